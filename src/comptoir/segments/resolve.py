"""From a definition to a question: other segments' rules take the place of their names, and brands are bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from comptoir.errors import ComptoirError
from comptoir.segments import relations
from comptoir.segments.asked import Around, Asked, Every, No, Question, Some
from comptoir.segments.base import All, AnyOf, Condition, Leaf, Not, each
from comptoir.segments.kinds.others import Eligible, InSegment
from comptoir.segments.parse import BadSegment, Definition, plugin_failed

AroundOf = Callable[[str | None], Around]
"""Gives what a condition must know of the shop, for one brand or for all."""


class SegmentCircle(BadSegment):
    """Segments ask for each other in a circle."""

    code, status = "segment_circle", 422
    hint = "Take one of the named conditions away: a segment cannot ask who belongs to itself."


class SegmentMissing(BadSegment):
    """A condition names a segment that is not published."""

    code, status = "segment_missing", 422
    hint = "Publish that segment first, or choose another one: `comptoir segment list`."


def resolve(definition: Definition, shelf: Mapping[str, Definition], around_of: AroundOf) -> Question:
    """
    Give the question of a definition; `shelf` holds the segments that are published.

    Raises: SegmentCircle, with the way around; SegmentMissing.
    """
    return _Resolver(shelf, around_of).whole(definition, ())


def asks_for(definition: Definition, shelf: Mapping[str, Definition]) -> frozenset[str]:
    """Name the segments that a definition asks for itself."""
    return frozenset(key for kind in each(definition.condition) for key in _named(kind, shelf))


def check(definition: Definition, shelf: Mapping[str, Definition]) -> None:
    """Refuse a definition that asks for itself, or for a segment nobody published. Raises: as `resolve`."""
    others = {**shelf, definition.key: definition}
    _walk(definition, others, ())
    for other in others.values():  # it may close a circle that begins elsewhere: `never` is read by others
        _walk(other, others, ())


def _walk(definition: Definition, shelf: Mapping[str, Definition], path: tuple[str, ...]) -> None:
    path = (*path, definition.key)
    for key in sorted(asks_for(definition, shelf)):
        _refuse_circle(key, path)
        if key not in shelf:
            raise SegmentMissing(what=f"`{key}` is not published", where=f"segment {definition.key}", mend="publish it")
        _walk(shelf[key], shelf, path)


def _named(kind: object, shelf: Mapping[str, Definition]) -> Iterator[str]:
    if isinstance(kind, InSegment):
        yield kind.key
    if isinstance(kind, Eligible):
        yield from (key for key, one in sorted(shelf.items()) if kind.offer in one.never)


def _refuse_circle(key: str, path: tuple[str, ...]) -> None:
    if key in path:
        way = " → ".join((*path[path.index(key) :], key))
        raise SegmentCircle(what=f"they ask for each other: {way}", where=f"segment {path[-1]}", mend="cut the circle")


class _Resolver:
    def __init__(self, shelf: Mapping[str, Definition], around_of: AroundOf) -> None:
        self._shelf = shelf
        self._around_of = around_of

    def whole(self, definition: Definition, path: tuple[str, ...]) -> Question:
        """Give the question of a whole definition: of a brand's, only its own people are asked."""
        path = (*path, definition.key)
        around = self._around_of(definition.brand)
        found = self._question(definition.condition, around, path)
        if definition.brand is None or len(around.zones) < 2:
            return found
        return Every((_known_to(definition.brand), found))

    def _question(self, condition: Condition, around: Around, path: tuple[str, ...]) -> Question:
        match condition:
            case All(parts):
                return Every(tuple(self._question(part, around, path) for part in parts))
            case AnyOf(parts):
                return Some(tuple(self._question(part, around, path) for part in parts))
            case Not(part):
                return No(self._question(part, around, path))
        return self._leaf(condition, around, path)

    def _leaf(self, leaf: Leaf, around: Around, path: tuple[str, ...]) -> Question:
        kind = leaf.kind
        if isinstance(kind, InSegment):
            return self._other(kind.key, path)
        if isinstance(kind, Eligible):
            return No(Some(tuple(self._other(key, path) for key in _named(kind, self._shelf))))
        try:
            return kind.asked(around)
        except ComptoirError:
            raise
        except Exception as error:
            raise plugin_failed(kind.kind, f"segment {path[-1]}", error) from error

    def _other(self, key: str, path: tuple[str, ...]) -> Question:
        _refuse_circle(key, path)
        other = self._shelf.get(key)
        if other is None:
            raise SegmentMissing(what=f"`{key}` is not published", where=f"segment {path[-1]}", mend="publish it")
        return self.whole(other, path)


def _known_to(brand: str) -> Question:
    """Ask for the people of a brand: who did, ordered, stated or agreed to something there."""
    return Asked(relation=relations.CONTACTS, where=(exp.column("brand").eq(brand),))
