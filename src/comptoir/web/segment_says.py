"""What a segment is called and what it says, in the tongue of its reader; and its definition as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import yaml

from comptoir.grammar.fields import BadDefinition
from comptoir.scores import plugin as plugins
from comptoir.segments import base, parse
from comptoir.segments.parse import Definition
from comptoir.web.scenario_says import what_of as what_of_scenario
from comptoir.web.speech import Language, Speech


@lru_cache(maxsize=512)
def read(text: str) -> Definition:
    """Read a text; one that was read lately is not read again. Raises: BadSegment."""
    return parse.read(text)


@lru_cache(maxsize=512)
def document(text: str) -> dict[str, Any]:
    """Give what a text holds as plain values, which nobody changes. Raises: BadSegment."""
    found: dict[str, Any] = _plain(parse.load(text))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def title(definition: Definition, said: Speech) -> str:
    """Say what a segment is called."""
    return definition.name[said.language.value]


def description(definition: Definition, said: Speech) -> str:
    """Say what a segment is for, as its author wrote it."""
    return definition.description.get(said.language.value, "")


def words(definition: Definition, said: Speech) -> list[tuple[str, str]]:
    """Say the rule as a sentence in every tongue. Order: the reader's first."""
    tongues = sorted(Language, key=lambda one: one is not said.language)
    return [(one.value, sentence(definition, Speech(one, said.zone))) for one in tongues]


def sentence(definition: Definition, said: Speech) -> str:
    """Say the rule as a sentence."""
    return said("segment.sentence", rule=told(definition.words(said.language.value), said))


def leaves(definition: Definition, said: Speech) -> Iterator[str]:
    """Say each condition by itself. Order: as they stand in the rule."""
    for one in base.each(definition.condition):
        text = told(one.words(said.language.value), said)
        yield text[:1].upper() + text[1:]


def told(text: str, said: Speech) -> str:
    """Say words of a rule with the names of events, scores and kinds of customers as screens say them."""
    return said.spaced(_QUOTED.sub(lambda found: f"{found[1]}{_named(found[2], said)}{found[3]}", text))


def _named(quoted: str, said: Speech) -> str:
    """Say quoted words, one or several."""
    known = _names(said.language)
    return "".join(known.get(one) or said.known("name", one) for one in _JOINTS.split(quoted))


@cache
def _names(language: Language) -> Mapping[str, str]:
    """Give what scores and the kinds they name are called."""
    found: dict[str, str] = {}
    for plugin in plugins.every():
        for given in plugin.gives:
            found |= {label: texts[language.value] for label, texts in given.labels.items()}
            found[given.name] = given.words[language.value]
    return found


_QUOTED = re.compile(r"(« |“)([^»”]*?)( »|”)")
_JOINTS = re.compile(r"( ou | or |, )")


def facts(definition: Definition, live_version: int, said: Speech) -> Sequence[tuple[str, str]]:
    """List what is worth knowing beside the rule."""
    found = [
        (said("segment.fact.key"), definition.key),
        (said("segment.fact.brand"), definition.brand or said("scope.brands")),
    ]
    return [*found, (said("segment.fact.version"), said.number(live_version))] if live_version else found


def what_of(said: Speech, error: BadDefinition) -> dict[str, str]:
    """Say what is wrong with a text, where, and how to mend it."""
    return what_of_scenario(said, error)


def write(document: Mapping[str, Any]) -> str:
    """Write a definition down as its text."""
    return yaml.safe_dump(_plain(document), allow_unicode=True, sort_keys=False, width=100)
