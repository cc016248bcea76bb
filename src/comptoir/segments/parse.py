"""Reading a segment: text or plain values become a definition; what does not fit says what, where, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec

from comptoir import plugins
from comptoir.errors import ComptoirError, PluginNotFound
from comptoir.grammar import fields as grammar
from comptoir.grammar.fields import BadDefinition, Fields, Map
from comptoir.segments import upgrade
from comptoir.segments.base import LANGUAGES, All, AnyOf, Condition, Kind, Leaf, Not

_Made = TypeVar("_Made")
KindNamed = Callable[[str], type[Kind]]
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_UNEASY = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_GROUPS = ("all", "any", "not")
_MOST_PARTS = 200
"""Questions one definition may ask."""
_DEEPEST = 12


class BadSegment(BadDefinition):
    """The definition of a segment cannot be read."""

    code, status = "bad_segment", 400
    hint = "Mend what is named; docs/reference/segment.md lists every kind of condition with an example."


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """
    A segment: who belongs.

    `never` names offers that its members must never be made.
    """

    key: str
    name: Mapping[str, str]
    condition: Condition
    brand: str | None = None
    description: Mapping[str, str]
    never: tuple[str, ...] = ()

    def words(self, language: str) -> str:
        """Say the rule in words."""
        return self.condition.words(language)


def by_entry_point(name: str) -> type[Kind]:
    """Give the kind of condition of this name. Raises: PluginNotFound."""
    return cast("type[Kind]", plugins.load(plugins.Kind.CONDITION, name))


def known() -> tuple[str, ...]:
    """List the kinds of conditions there are. Order: by name."""
    return tuple(point.name for point in plugins.offered(plugins.Kind.CONDITION))


def load(text: str) -> Map:
    """Read YAML (JSON is YAML) into plain values, in today's format. Raises: BadSegment."""
    return _told(lambda: upgrade.upgraded(grammar.load(text)))


def read(text: str, *, kinds: KindNamed = by_entry_point) -> Definition:
    """Read the definition of a segment from YAML or JSON. Raises: BadSegment."""
    return _told(lambda: _definition(upgrade.upgraded(grammar.load(text)), kinds))


def of_values(values: Mapping[str, Any], *, kinds: KindNamed = by_entry_point) -> Definition:
    """Read the definition of a segment from plain values, such as a body of JSON. Raises: BadSegment."""
    return _told(lambda: _definition(upgrade.upgraded(mapped(values)), kinds))


def condition_of(value: object, *, kinds: KindNamed = by_entry_point) -> Condition:
    """Read a condition alone. Raises: BadSegment."""
    return _told(lambda: _Reader(kinds).read(_mapped(value), "if"))


def mapped(values: Mapping[str, Any]) -> Map:
    """Give plain values as a definition reads them; numbers with a point are text, as in a file. Raises: BadSegment."""
    try:
        return _told(lambda: grammar.load(_escaped(msgspec.json.encode(values).decode())))
    except (TypeError, ValueError) as error:
        if isinstance(error, BadDefinition):
            raise
        raise BadSegment(what="this is no plain data", where="the definition", mend="send JSON") from error


def _escaped(text: str) -> str:
    """Escape what JSON takes as it stands and YAML takes for the end of a line, or for no text."""
    return _UNEASY.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _mapped(value: object) -> object:
    if isinstance(value, dict) and not isinstance(value, Map):
        return mapped(value)
    return value


def _told(make: Callable[[], _Made]) -> _Made:
    try:
        return make()
    except BadSegment:
        raise
    except BadDefinition as error:
        raise BadSegment(**error.facts) from error


def _definition(top: Map, kinds: KindNamed) -> Definition:
    said = Fields(top, "segment")
    said.whole("version")
    key = said.text("key")
    if not _KEY.fullmatch(key):
        raise said.bad("key", key, "small letters, digits, `-` and `_`, at most 63")
    found = Definition(
        key=key,
        name=languages(said, "name"),
        description=languages(said, "description") if said.has("description") else {},
        brand=said.text("brand") if said.has("brand") else None,
        never=said.texts("never", ()),
        condition=_Reader(kinds).read(said.raw("if"), "if"),
    )
    said.done()
    return found


def is_key(text: str) -> bool:
    """Say whether a definition may be called so."""
    return _KEY.fullmatch(text) is not None


def languages(said: Fields, name: str) -> dict[str, str]:
    """Read words in both languages; those of one stand for the other too. Raises: BadDefinition."""
    if not isinstance(said.raw(name), Map):
        return dict.fromkeys(LANGUAGES, said.text(name))
    inner = said.inner(name)
    found = {language: inner.text(language) for language in LANGUAGES if inner.has(language)}
    for language in LANGUAGES:
        inner.raw(language, None)
    inner.done()
    if not found:
        raise said.bad(name, "", "`{fr: …, en: …}`")
    first = next(iter(found.values()))
    return {language: found.get(language, first) for language in LANGUAGES}


def plugin_failed(name: str, where: str, error: Exception) -> BadSegment:
    """Say that a kind of condition, which may be anybody's, raised what it should not have."""
    return BadSegment(what=f"`{name}` failed: {error!r}"[:500], where=where, mend="mend the plug-in, or take it out")


class _Reader:
    """Reads the conditions of one definition, and counts them."""

    def __init__(self, kinds: KindNamed) -> None:
        self._kinds = kinds
        self._count = 0

    def read(self, value: object, where: str, depth: int = 0) -> Condition:
        """Read a condition: a mapping with one key. Raises: BadDefinition."""
        if not isinstance(value, Map) or len(value) != 1:
            raise BadDefinition(
                what="a condition is a mapping with one key", where=where,
                mend="write `all: […]`, `any: […]`, `not: …`, or one kind such as `did: {…}`",
            )  # fmt: skip
        if depth > _DEEPEST:
            raise BadDefinition(what="groups are nested too deep", where=where, mend=f"at most {_DEEPEST} levels")
        ((name, inner),) = value.items()
        where = f"{where}.{name}"
        match name:
            case "all":
                return All(self._parts(inner, where, depth))
            case "any":
                return AnyOf(self._parts(inner, where, depth))
            case "not":
                return Not(self.read(inner, where, depth + 1))
        return self._leaf(name, inner, where)

    def _parts(self, value: object, where: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(value, list) or not value:
            raise BadDefinition(what="a list of conditions is needed", where=where, mend="write `all: [{…}, {…}]`")
        return tuple(self.read(one, f"{where}[{place}]", depth + 1) for place, one in enumerate(value, start=1))

    def _leaf(self, name: str, inner: object, where: str) -> Leaf:
        self._count += 1
        if self._count > _MOST_PARTS:
            raise BadDefinition(what="too many conditions", where=where, mend=f"at most {_MOST_PARTS}")
        try:
            kind = self._kinds(name)
        except PluginNotFound as error:
            mend = "use one of " + ", ".join((*_GROUPS, *known()))
            raise BadDefinition(what=f"`{name}` is no kind of condition", where=where, mend=mend) from error
        if not isinstance(inner, Map) and kind.short:
            inner = Map({kind.short: inner})
        said = Fields(inner, where)
        try:
            found = kind.read(said)
        except ComptoirError:
            raise
        except Exception as error:
            raise plugin_failed(name, where, error) from error
        said.done(known=[one.name for one in kind.form()])
        return Leaf(found)
