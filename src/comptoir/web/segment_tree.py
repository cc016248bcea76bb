"""
The rule of a segment as a tree that forms change: conditions in groups, each addressed by its places from the top.

`not` is no place of its own: it is how a condition or a group is asked, so a rule reads as people say it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
"""A condition as a definition holds it: a mapping of one key."""
Path = tuple[int, ...]
"""Places from the top; the top itself is ()."""

GROUPS = ("all", "any")
DEEPEST = 8
"""Groups inside each other that a page still shows."""
MOST = 120
"""Conditions and groups of one rule on a page."""


class NoSuchPlace(LookupError):
    """The rule has nothing at this place: somebody has changed it meanwhile."""


class LastCondition(ValueError):
    """A rule keeps at least one condition."""


class TooLarge(ValueError):
    """A rule of this depth or length is read better as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What stands at one place: a group with its mode, or a condition with its kind and what it says."""

    path: Path
    node: Node
    is_negated: bool
    kind: str
    inner: Any
    """What stands under the kind's key; of a group its parts."""

    @property
    def is_group(self) -> bool:
        """Whether it holds others."""
        return self.kind in GROUPS


def spot(root: Node, path: Path) -> Spot:
    """Give what stands at a place. Raises: NoSuchPlace."""
    node, is_negated = _bare(root)
    for place in path:
        parts = _parts(node)
        if parts is None or not 0 <= place < len(parts):
            raise NoSuchPlace(path)
        node, is_negated = _bare(parts[place])
    ((kind, inner),) = node.items()
    return Spot(path=path, node=node, is_negated=is_negated, kind=kind, inner=inner)


def each(root: Node, path: Path = ()) -> Iterator[Spot]:
    """Give everything there is. Order: as it is read, groups before what they hold."""
    here = spot(root, path)
    yield here
    if here.is_group:
        for place in range(len(here.inner)):
            yield from each(root, (*path, place))


def change(root: Node, path: Path, kind: str, inner: Any) -> Node:
    """Give the rule with another condition, or another mode, at a place. Raises: NoSuchPlace."""
    here = spot(root, path)
    return _with(root, path, _asked({kind: inner}, is_negated=here.is_negated))


def negate(root: Node, path: Path) -> Node:
    """Give the rule with the opposite asked at a place. Raises: NoSuchPlace."""
    here = spot(root, path)
    return _with(root, path, _asked(here.node, is_negated=not here.is_negated))


def add(root: Node, path: Path, node: Node) -> tuple[Node, Path]:
    """
    Put something at the end of a group, or beside a condition; give also where it stands now.

    Raises: NoSuchPlace, TooLarge.
    """
    here = spot(root, path)
    if not here.is_group:
        if path:
            return add(root, path[:-1], node)
        return _checked({"all": [root, node]}), (1,)
    made = _asked({here.kind: [*here.inner, node]}, is_negated=here.is_negated)
    return _checked(_with(root, path, made)), (*path, len(here.inner))


def remove(root: Node, path: Path) -> Node:
    """Take something out, and a group that it leaves empty. Raises: NoSuchPlace, LastCondition."""
    spot(root, path)
    if not path:
        raise LastCondition
    above = spot(root, path[:-1])
    parts = [one for place, one in enumerate(above.inner) if place != path[-1]]
    if not parts:
        return remove(root, above.path)
    return _with(root, above.path, _asked({above.kind: parts}, is_negated=above.is_negated))


def wrap(root: Node, path: Path, mode: str) -> Node:
    """Put a group around what stands at a place. Raises: NoSuchPlace, TooLarge."""
    here = spot(root, path)
    return _checked(_with(root, path, {mode: [_asked(here.node, is_negated=here.is_negated)]}))


def dissolve(root: Node, path: Path) -> Node:
    """Take a group away and leave in its place what it held; the top goes if it holds one. Raises: NoSuchPlace."""
    here = spot(root, path)
    if not here.is_group or (not path and len(here.inner) > 1):
        raise NoSuchPlace(path)
    if not path:
        return _asked(here.inner[0], is_negated=here.is_negated)
    above = spot(root, path[:-1])
    parts = [_asked(one, is_negated=here.is_negated) for one in here.inner]
    held = [*above.inner[: path[-1]], *parts, *above.inner[path[-1] + 1 :]]
    return _with(root, above.path, _asked({above.kind: held}, is_negated=above.is_negated))


def up(root: Node, path: Path) -> tuple[Node, Path]:
    """
    Move one line up as it is read: past a condition, into the end of a group, or out of its own.

    Raises: NoSuchPlace.
    """
    return _move(root, path, -1)


def down(root: Node, path: Path) -> tuple[Node, Path]:
    """Move one line down: past a condition, into the beginning of a group, or out of its own. Raises: NoSuchPlace."""
    return _move(root, path, 1)


def path_of(text: str) -> Path | None:
    """Read places from an address, such as `0.2`; None for what are none."""
    if text == "top":
        return ()
    parts = text.split(".")
    if len(parts) > DEEPEST + 1 or not all(one.isascii() and one.isdigit() and len(one) < 4 for one in parts):
        return None
    return tuple(int(one) for one in parts)


def text_of(path: Path) -> str:
    """Write places for an address."""
    return ".".join(map(str, path)) or "top"


def is_like(value: object) -> bool:
    """Say whether something is built as a condition is, all the way down."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((kind, inner),) = value.items()
    if kind == "not":
        return is_like(inner)
    if kind in GROUPS:
        return isinstance(inner, list) and bool(inner) and all(is_like(one) for one in inner)
    return isinstance(kind, str)


def _move(root: Node, path: Path, step: int) -> tuple[Node, Path]:
    here = spot(root, path)
    if not path:
        return root, path
    moved = _asked(here.node, is_negated=here.is_negated)
    above = spot(root, path[:-1])
    place, other = path[-1], path[-1] + step
    parts = list(above.inner)
    if 0 <= other < len(parts):
        beside = spot(root, (*above.path, other))
        if beside.is_group and not here.is_group:
            held = [*beside.inner, moved] if step < 0 else [moved, *beside.inner]
            parts[other] = _asked({beside.kind: held}, is_negated=beside.is_negated)
            del parts[place]
            into = other if step < 0 else place
            made = _with(root, above.path, _asked({above.kind: parts}, is_negated=above.is_negated))
            return _checked(made), (*above.path, into, len(held) - 1 if step < 0 else 0)
        parts[place], parts[other] = parts[other], parts[place]
        made = _with(root, above.path, _asked({above.kind: parts}, is_negated=above.is_negated))
        return made, (*above.path, other)
    return _out(root, above, place, step)


def _out(root: Node, above: Spot, place: int, step: int) -> tuple[Node, Path]:
    """Move something out of its group, before or behind it; out of the group at the top nothing moves."""
    if not above.path:
        return root, (place,)
    moved = above.inner[place]
    left = [one for number, one in enumerate(above.inner) if number != place]
    over = spot(root, above.path[:-1])
    at = above.path[-1]
    group = [_asked({above.kind: left}, is_negated=above.is_negated)] if left else []
    held = [*over.inner[:at], *([moved, *group] if step < 0 else [*group, moved]), *over.inner[at + 1 :]]
    made = _with(root, over.path, _asked({over.kind: held}, is_negated=over.is_negated))
    return made, (*over.path, at if step < 0 or not group else at + 1)


def _with(root: Node, path: Path, node: Node) -> Node:
    if not path:
        return node
    above = spot(root, path[:-1])
    parts = list(above.inner)
    parts[path[-1]] = node
    return _with(root, above.path, _asked({above.kind: parts}, is_negated=above.is_negated))


def _bare(node: Node) -> tuple[Node, bool]:
    is_negated = False
    while set(node) == {"not"}:
        node, is_negated = node["not"], not is_negated
    return node, is_negated


def _asked(node: Node, *, is_negated: bool) -> Node:
    """Give a node asked as it stands or as its opposite; two `not` are none."""
    bare, was = _bare(node)
    return {"not": bare} if is_negated != was else bare


def _parts(node: Node) -> list[Any] | None:
    ((kind, inner),) = node.items()
    return inner if kind in GROUPS else None


def _checked(root: Node) -> Node:
    for count, one in enumerate(each(root), start=1):
        if count > MOST or len(one.path) > DEEPEST:
            raise TooLarge
    return root
