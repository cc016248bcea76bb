"""Templates as files: one YAML a template with its languages, or a folder of them; the same text comes out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Missing, Template
from comptoir.model.message import Discretion

FORMAT = 1
_MOST_FILE = 1_000_000
_MOST_DEPTH = 8
_TOP = {
    "format",
    "template",
    "version",
    "brand",
    "discretion",
    "missing",
    "fallbacks",
    "marketing",
    "mjml",
    "languages",
}
_EACH = {"subject", "preheader", "mjml", "text", "fallbacks"}


def parse(text: str, *, origin: str = "") -> list[Template]:
    """
    Read a template's YAML: one template a language. Order: as written.

    Raises: BadTemplate.
    """
    said = _mapping(_loaded(text, origin), origin)
    _only(said, _TOP, origin)
    name, version = str(said.get("template") or ""), said.get("version")
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or not name.isascii():
        raise BadTemplate(file=origin, what="`template:` is a name of letters, digits, `-`, `_` and `.`")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadTemplate(template=name, what="`version:` is a whole number from 1 on")
    if said.get("format", FORMAT) != FORMAT:
        raise BadTemplate(template=name, what="`format:` is 1")
    languages = _mapping(said.get("languages"), f"{name}.languages")
    if not languages:
        raise BadTemplate(template=name, what="`languages:` has one part a language")
    return [
        _one(name, version, str(language), said, _mapping(part, f"{name}.{language}"))
        for language, part in languages.items()
    ]


def _one(name: str, version: int, language: str, top: Mapping[str, Any], part: Mapping[str, Any]) -> Template:
    _only(part, _EACH, f"{name}.{language}")
    source = part.get("mjml", top.get("mjml"))
    for what, value in (("subject", part.get("subject")), ("mjml", source)):
        if not isinstance(value, str) or not value.strip():
            raise BadTemplate(template=name, language=language, what=f"`{what}` is missing")
    try:
        discretion = Discretion(top.get("discretion", Discretion.CATEGORY))
        missing = Missing(top.get("missing", Missing.ABORT))
    except ValueError as error:
        raise BadTemplate(template=name, what=str(error)) from error
    said = {**_mapping(top.get("fallbacks") or {}, name), **_mapping(part.get("fallbacks") or {}, name)}
    text = part.get("text")
    return Template(
        name=name, version=version, language=language, brand=str(top.get("brand") or EVERY_BRAND),
        subject=str(part["subject"]), preheader=str(part.get("preheader") or ""), mjml=str(source),
        text=None if text is None else str(text), discretion=discretion, missing=missing,
        fallbacks={str(key): str(value) for key, value in said.items()},
        is_marketing=bool(top.get("marketing", True)),
    )  # fmt: skip


def read(path: Path) -> list[Template]:
    """Read a file, or every `.yaml` of a folder. Order: by file name. Raises: BadTemplate."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files or not all(one.is_file() for one in files):
        raise BadTemplate(file=str(path), what="no such file, or a folder without `.yaml` files")
    found: list[Template] = []
    for one in files:
        if one.stat().st_size > _MOST_FILE:
            raise BadTemplate(file=str(one), what=f"more than {_MOST_FILE} bytes")
        found += parse(one.read_text(encoding="utf-8"), origin=str(one))
    return found


def dump(languages: Sequence[Template]) -> str:
    """Write one version of a template with all its languages as YAML; `parse` reads the same from it."""
    first = languages[0]
    shared = len({one.mjml for one in languages}) == 1
    said: dict[str, Any] = {
        "format": FORMAT,
        "template": first.name,
        "version": first.version,
        **({} if first.brand == EVERY_BRAND else {"brand": first.brand}),
        "discretion": first.discretion.value,
        "missing": first.missing.value,
        **({} if first.is_marketing else {"marketing": False}),
        **({"mjml": first.mjml} if shared else {}),
        "languages": {one.language: _part(one, with_mjml=not shared) for one in languages},
    }
    written: str = yaml.dump(said, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    return written


def _part(one: Template, *, with_mjml: bool) -> dict[str, Any]:
    said: dict[str, Any] = {"subject": one.subject}
    if one.preheader:
        said["preheader"] = one.preheader
    if one.fallbacks:
        said["fallbacks"] = dict(one.fallbacks)
    if with_mjml:
        said["mjml"] = one.mjml
    if one.text is not None:
        said["text"] = one.text
    return said


class _Dumper(yaml.SafeDumper):
    """Writes long texts as blocks, which people can read."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def _loaded(text: str, origin: str) -> object:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > _MOST_DEPTH:
                raise BadTemplate(file=origin, what="a template's YAML has no aliases, and few levels")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, BadTemplate):
            raise
        raise BadTemplate(file=origin, what=f"this is no YAML: {str(error).splitlines()[0]}") from error


def _mapping(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadTemplate(where=where, what="names with values are needed here")
    return value


def _only(said: Iterable[str], known: set[str], where: str) -> None:
    strange = sorted(str(one) for one in set(said) - known)
    if strange:
        raise BadTemplate(where=where, what=f"`{strange[0]}` is unknown; known are {', '.join(sorted(known))}")
