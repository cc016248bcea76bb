"""From the YAML of a scenario to its frozen definition, and to the program that the engine walks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from comptoir import plugins
from comptoir.errors import PluginNotFound
from comptoir.grammar import fields, properties
from comptoir.grammar.fields import BadDefinition, Fields, Map
from comptoir.grammar.properties import ANYTHING, Where
from comptoir.model.consent import EMAIL, MARKETING
from comptoir.model.message import ONSITE, Discretion, MessageClass
from comptoir.model.scenario import Block, Goto, Step
from comptoir.scenarios import conditions, triggers, upgrade
from comptoir.scenarios.conditions import Condition
from comptoir.scenarios.triggers import Trigger

StepNamed = Callable[[str], Any]
"""Give the class of a step by its kind; it has `read(fields)`."""

EVERY_BRAND = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRule:
    """What ends a run at any moment: an event of the same key or person, or a condition."""

    reason: str
    event: str | None = None
    where: Where = ANYTHING
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A step in its program: itself, and where to go after it and into each of its branches. None is the end."""

    step: Step
    after: str | None
    into: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One version of a scenario, as published."""

    scenario: str
    version: int
    title: Mapping[str, str]
    message_class: MessageClass
    brands: tuple[str, ...]
    trigger: Trigger
    exits: tuple[ExitRule, ...]
    priority: int
    expected_value: float
    control_share: float
    discretion: Discretion
    tags: tuple[str, ...]
    steps: tuple[Step, ...]
    words: Mapping[str, Mapping[str, Mapping[str, str]]]
    """By template, then language, then name."""
    program: Mapping[str, Place] = field(repr=False)
    first: str
    contacts_by: frozenset[tuple[str, str]]
    """The (purpose, channel) pairs that its steps and conditions speak of."""
    needs: frozenset[str]
    """Which of the dearer facts its steps and conditions look at."""
    listens_to: frozenset[str]
    """The names of all events that can start, wake or end a run."""

    @property
    def shelf(self) -> str:
        """Say which products a message speaks of that does not say it: those of what a run is about."""
        return {"cart": "cart", "product": "product"}.get(self.trigger.key, "none")

    @property
    def asks_at_the_last_second(self) -> bool:
        """Say whether an exit rule must be asked when a message leaves; the cart's state the sender checks itself."""
        return any(
            rule.condition is not None and not conditions.asks_only_the_cart_state(rule.condition)
            for rule in self.exits
        )

    @property
    def on_site(self) -> frozenset[str]:
        """Name the templates that only pages of the site show."""
        return _on_site(self.program)

    @property
    def stored_templates(self) -> list[tuple[str, str, int]]:
        """Give the stored templates that it sends: step, name, version (0: none is said). Order: by step."""
        steps = [(key, place.step) for key, place in sorted(self.program.items())]
        sends = [(key, getattr(step, "stored", None), getattr(step, "stored_version", None)) for key, step in steps]
        return [(key, name, version or 0) for key, name, version in sends if name is not None]

    def is_for(self, brand: str) -> bool:
        """Say whether the scenario runs for a brand."""
        return EVERY_BRAND in self.brands or brand in self.brands


@cache
def by_entry_point(kind: str) -> Any:
    """Find a step's class among the installed plug-ins, once a process. Raises: PluginNotFound."""
    return plugins.load(plugins.Kind.STEP, kind)


@lru_cache(maxsize=256)
def parse(text: str, *, steps: StepNamed = by_entry_point) -> Definition:
    """
    Read a definition from its YAML.

    Raises: BadDefinition, which says what is wrong, where, and how to mend it.
    """
    top = Fields(upgrade.upgraded(fields.load(text)), "scenario")
    top.raw("format")
    block = _Blocks(steps).read(top.raw("steps"), "steps", "")
    if isinstance(block, Goto) or not block:
        raise BadDefinition(what="a scenario needs steps", where="steps", mend="write a list with at least one step")
    program = dict(_program(block, None))
    trigger, exits = triggers.read(top.inner("trigger")), _exits(top.raw("exit_when", []))
    definition = Definition(
        scenario=top.text("scenario"),
        version=top.whole("version", least=1),
        title=_texts_by_language(top.raw("title"), "title"),
        message_class=MessageClass(top.choice("class", list(MessageClass), default=MessageClass.SCENARIO)),
        brands=top.texts("brands", default=EVERY_BRAND),
        trigger=trigger,
        exits=exits,
        priority=top.whole("priority", 50),
        expected_value=float(top.decimal("expected_value", 0)),
        control_share=top.share("control_share", 0),
        discretion=Discretion(top.choice("discretion", list(Discretion), default=Discretion.CATEGORY)),
        tags=top.texts("tags", default=()),
        steps=block,
        words=_words(top.raw("words", Map()), _on_site(program)),
        program=MappingProxyType(program),
        first=block[0].key,
        contacts_by=_contacts_by(program),
        needs=_needs(program, exits, trigger),
        listens_to=_listens_to(program, exits, trigger),
    )
    top.done()
    _check_gotos(program)
    _check_templates(definition)
    return definition


class _Blocks:
    """Reads blocks of steps, one inside the other, and keeps their keys apart."""

    def __init__(self, steps: StepNamed) -> None:
        self._steps = steps
        self._keys: set[str] = set()

    def read(self, value: object, where: str, parent: str) -> Block:
        if isinstance(value, Map) and set(value) == {"goto"}:
            return Goto(str(value["goto"]))
        if not isinstance(value, list):
            raise BadDefinition(what="a list of steps is needed", where=where, mend="write `- wait: …` lines")
        return tuple(self._step(one, f"{where}[{place}]", parent, place) for place, one in enumerate(value, start=1))

    def _step(self, value: object, where: str, parent: str, place: int) -> Step:
        if not isinstance(value, Map) or len(value) != 1:
            raise BadDefinition(
                what="a step is a mapping with one key, its kind", where=where, mend="write `- wait: {for: 25 minutes}`"
            )
        (kind, inner), *_ = value.items()
        said: object = _as_map(inner, value.line)
        key = str(said.pop("key", "")) if isinstance(said, Map) else ""
        key = key or f"{parent}.{kind}{place}".lstrip(".")
        if key in self._keys:
            raise BadDefinition(
                what=f"two steps have the key `{key}`", where=where, mend="give one of them another key"
            )
        self._keys.add(key)
        asked = Fields(said, f"{where}.{kind}", key=key, blocks=self.read)
        step: Step = self._class(kind, where).read(asked)
        asked.done()
        return step

    def _class(self, kind: str, where: str) -> Any:
        try:
            return self._steps(kind)
        except PluginNotFound as error:
            known = [str(name) for name in error.facts.get("installed", [])]  # type: ignore[attr-defined]
            near = next(iter(get_close_matches(kind, known, n=1, cutoff=0.4)), None)
            mend = f"did you mean `{near}`?" if near else "installed are " + ", ".join(known)
            raise BadDefinition(what=f"`{kind}` is no step", where=where, mend=mend) from error


def _as_map(inner: object, line: int) -> object:
    """A step without fields may be written bare (`- exit:`); `- exit: reason` gives the reason alone."""
    if inner is None or isinstance(inner, str):
        bare = Map({} if inner is None else {"reason": inner})
        bare.line = line
        return bare
    if isinstance(inner, Map):
        copy = Map(inner)
        copy.line = inner.line
        return copy
    return inner


def _program(block: Sequence[Step], after: str | None) -> Iterator[tuple[str, Place]]:
    """Lay the blocks out: every step with where it leads. Branches meet again after their step."""
    for position, step in enumerate(block, start=1):
        then = block[position].key if position < len(block) else after
        into: dict[str, str | None] = {}
        for name, branch in step.branches.items():
            if isinstance(branch, Goto):
                into[name] = branch.key
                continue
            into[name] = branch[0].key if branch else then
            yield from _program(branch, then)
        yield step.key, Place(step, then, into)


def _asked(step: Step) -> tuple[object, ...]:
    return (getattr(step, "condition", None), *getattr(step, "conditions", ()))


def _contacts_by(program: Mapping[str, Place]) -> frozenset[tuple[str, str]]:
    found = {(MARKETING, EMAIL)}
    for place in program.values():
        purpose, channel = getattr(place.step, "purpose", None), getattr(place.step, "channel", None)
        if isinstance(purpose, str) and isinstance(channel, str):
            found.add((purpose, channel))
        for condition in _asked(place.step):
            found |= conditions.consents_in(condition)
    return frozenset(found)


def _needs(program: Mapping[str, Place], exits: Sequence[ExitRule], trigger: Trigger) -> frozenset[str]:
    found: set[str] = set()
    for place in program.values():
        found |= getattr(place.step, "needs", frozenset())
        for condition in _asked(place.step):
            found |= conditions.needs(condition)
    for rule in exits:
        found |= conditions.needs(rule.condition)
    if trigger.schedule is not None:
        found |= conditions.needs(trigger.schedule.audience.condition)
    return frozenset(found | ({"shelf:product"} if trigger.key == "product" else set()))


def _listens_to(program: Mapping[str, Place], exits: Sequence[ExitRule], trigger: Trigger) -> frozenset[str]:
    waits = {place.step.waits_for for place in program.values()}
    return frozenset({name for name in (*trigger.events, *waits, *(rule.event for rule in exits)) if name})


def _check_gotos(program: Mapping[str, Place]) -> None:
    for key, place in program.items():
        for name, target in place.into.items():
            if target is not None and target not in program:
                near = next(iter(get_close_matches(target, list(program), n=1, cutoff=0.3)), None)
                raise BadDefinition(
                    what=f"`goto: {target}` names no step", where=f"step {key}.{name}",
                    mend=f"did you mean `{near}`?" if near else "give the step you mean that key",
                )  # fmt: skip


def _check_templates(definition: Definition) -> None:
    for key, place in definition.program.items():
        template = getattr(place.step, "template", None)
        if template is not None and template not in definition.words:
            raise BadDefinition(
                what=f"template `{template}` has no words", where=f"step {key}", mend=f"add `words: {{{template}: …}}`"
            )


def _exits(value: object) -> tuple[ExitRule, ...]:
    if not isinstance(value, list):
        raise BadDefinition(what="a list is needed", where="exit_when", mend="write `- {event: …, reason: …}` lines")
    return tuple(_exit(Fields(one, f"exit_when[{place}]")) for place, one in enumerate(value, start=1))


def _exit(one: Fields) -> ExitRule:
    if one.has("event") == one.has("if"):
        raise BadDefinition(what="an exit has either `event` or `if`", where=one.where, mend="keep one of them")
    rule = ExitRule(
        reason=one.text("reason"),
        event=one.text("event") if one.has("event") else None,
        where=properties.read(one.raw("where"), f"{one.where}.where") if one.has("where") else ANYTHING,
        condition=conditions.read(one.raw("if"), f"{one.where}.if") if one.has("if") else None,
    )
    one.done()
    return rule


def _texts_by_language(value: object, where: str) -> Mapping[str, str]:
    if not isinstance(value, Map) or not value or not all(isinstance(one, str) for one in value.values()):
        raise BadDefinition(what="texts by language are needed", where=where, mend="write `{fr: …, en: …}`")
    return MappingProxyType({language: str(text) for language, text in value.items()})


def _on_site(program: Mapping[str, Place]) -> frozenset[str]:
    """Name the templates that only pages of the site show."""
    used: dict[str, set[str]] = {}
    for place in program.values():
        template, channel = getattr(place.step, "template", None), getattr(place.step, "channel", EMAIL)
        if isinstance(template, str):
            used.setdefault(template, set()).add(str(channel))
    return frozenset(template for template, channels in used.items() if channels == {ONSITE})


def _words(value: object, on_site: frozenset[str]) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    if not isinstance(value, Map):
        raise BadDefinition(
            what="words by template are needed", where="words", mend="write `words: {reminder: {fr: …}}`"
        )
    found: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for template, languages in value.items():
        where = f"words.{template}"
        if not isinstance(languages, Map) or not languages:
            raise BadDefinition(what="words by language are needed", where=where, mend="write `fr: {subject: …}`")
        found[template] = MappingProxyType(
            {language: _texts_by_language(words, f"{where}.{language}") for language, words in languages.items()}
        )
        for language, words in found[template].items():
            if not words.get("subject") and template not in on_site:
                raise BadDefinition(what="`subject` is missing", where=f"{where}.{language}", mend="add `subject: …`")
    return MappingProxyType(found)
