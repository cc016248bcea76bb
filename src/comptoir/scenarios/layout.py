"""The picture of a scenario: where its cards, lines and gaps stand. Computed, never drawn by hand. Units: pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from comptoir.model.scenario import Block, Goto, Step
from comptoir.scenarios.edit import Slot
from comptoir.scenarios.parse import Definition

CARD = 264, 120
SIGN = 200, 40
"""The card of a way that leads to a step somewhere else."""
GAP = 56
"""Between two cards: room for a line and its "+"."""
FAN = 72
"""Between a card and the lanes of its ways: room for the line that spreads, and for the names of the ways."""
LANE = 168
"""The narrowest lane."""
BETWEEN = 24
MARGIN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A step's card."""

    key: str
    x: int
    y: int
    width: int = CARD[0]
    height: int = CARD[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A way that leads to a step somewhere else."""

    target: str
    slot: Slot
    x: int
    y: int
    width: int = SIGN[0]
    height: int = SIGN[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place for another step; `x` and `y` are its middle."""

    slot: Slot
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WayName:
    """The name of a way, over its lane; `x` and `y` are its middle."""

    key: str
    way: str
    x: int
    y: int
    width: int


Line = tuple[tuple[int, int], ...]
"""Corners of a line that runs straight down or across."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it. `end`: where who goes through comes out; None where every way ends before."""

    width: int
    height: int
    start: Card
    cards: tuple[Card, ...]
    signs: tuple[Sign, ...]
    gaps: tuple[Gap, ...]
    names: tuple[WayName, ...]
    lines: tuple[Line, ...]
    end: tuple[int, int] | None


def place(definition: Definition) -> Picture:
    """Place a definition's steps: a column, splits side by side, lanes that meet again unless they end or lead away."""
    width = max(_width(definition.steps), CARD[0]) + 2 * MARGIN
    middle = width // 2
    start = Card(key="", x=middle - CARD[0] // 2, y=MARGIN)
    made = _Drawing()
    bottom, goes_on = made.block(definition.steps, Slot(), middle, start.y + start.height)
    return Picture(
        width=width,
        height=bottom + (GAP if goes_on else 0) + MARGIN,
        start=start,
        cards=tuple(made.cards),
        signs=tuple(made.signs),
        gaps=tuple(made.gaps),
        names=tuple(made.names),
        lines=tuple(made.lines),
        end=(middle, bottom) if goes_on else None,
    )


def ends(step: Step) -> bool:
    """Say whether every run that comes to a step ends there."""
    return getattr(type(step), "kind", "") == "exit" or getattr(step, "ends", False) is True


def surely_before(definition: Definition) -> Mapping[str, frozenset[str]]:
    """Give for each step those that every run on its way there has gone through (its dominators, itself left out)."""
    program = definition.program
    everyone = frozenset(program)
    found = dict.fromkeys(program, everyone) | {definition.first: frozenset[str]()}
    into: dict[str, set[str]] = {key: set() for key in program}
    for key in program:
        for target in _next(definition, key):
            into[target].add(key)
    is_settled = False
    while not is_settled:
        is_settled = True
        for key in program:
            if key == definition.first:
                continue
            ways = [found[before] | {before} for before in into[key]]
            now = frozenset.intersection(*ways) if ways else frozenset[str]()
            if now != found[key]:
                found[key], is_settled = now, False
    return found


def reachable(definition: Definition) -> Mapping[str, frozenset[str]]:
    """Give for each step those that a run can come to from there."""
    found = {key: frozenset(_next(definition, key)) for key in definition.program}
    is_settled = False
    while not is_settled:
        grown = {key: later.union(*(found[one] for one in later)) for key, later in found.items()}
        is_settled, found = grown == found, grown
    return found


def _next(definition: Definition, key: str) -> Iterator[str]:
    one = definition.program[key]
    if ends(one.step):
        return
    targets = (*one.into.values(), *(() if one.into else (one.after,)))
    yield from (target for target in targets if target is not None)


def _width(block: Block) -> int:
    if isinstance(block, Goto):
        return SIGN[0]
    return max((_step_width(step) for step in block), default=LANE)


def _step_width(step: Step) -> int:
    lanes = [max(_width(block), LANE) for block in step.branches.values()]
    return max(CARD[0], sum(lanes) + BETWEEN * (len(lanes) - 1))


@dataclass(slots=True)
class _Drawing:
    cards: list[Card] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    names: list[WayName] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def block(self, block: Block, slot: Slot, x: int, y: int) -> tuple[int, bool]:
        """Draw a block whose line comes in at (x, y); give where it ends, and whether anybody goes on from there."""
        if isinstance(block, Goto):
            self.signs.append(Sign(target=block.key, slot=slot, x=x - SIGN[0] // 2, y=y))
            return y + SIGN[1], False
        goes_on = True
        for number, step in enumerate(block):
            if goes_on:
                self._gap(Slot(parent=slot.parent, way=slot.way, place=number), x, y)
            self.cards.append(Card(key=step.key, x=x - CARD[0] // 2, y=y + GAP))
            y, goes_on = self._ways(step, x, y + GAP + CARD[1])
        if goes_on:
            self._gap(Slot(parent=slot.parent, way=slot.way, place=len(block)), x, y)
            y += GAP
        return y, goes_on

    def _gap(self, slot: Slot, x: int, y: int) -> None:
        self.lines.append(((x, y), (x, y + GAP)))
        self.gaps.append(Gap(slot=slot, x=x, y=y + GAP // 2))

    def _ways(self, step: Step, x: int, y: int) -> tuple[int, bool]:
        if not step.branches:
            return y, not ends(step)
        lanes = [max(_width(block), LANE) for block in step.branches.values()]
        left = x - (sum(lanes) + BETWEEN * (len(lanes) - 1)) // 2
        ended: list[tuple[int, int]] = []
        bottom = y
        for lane, (name, block) in zip(lanes, step.branches.items(), strict=True):
            middle = left + lane // 2
            self.lines.append(((x, y), (x, y + BETWEEN), (middle, y + BETWEEN), (middle, y + FAN)))
            self.names.append(WayName(key=step.key, way=name, x=middle, y=y + FAN - 20, width=lane - 8))
            low, goes_on = self.block(block, Slot(parent=step.key, way=name), middle, y + FAN)
            bottom = max(bottom, low)
            if goes_on:
                ended.append((middle, low))
            left += lane + BETWEEN
        if not ended:
            return bottom, False
        meet = bottom + BETWEEN
        for middle, low in ended:
            self.lines.append(((middle, low), (middle, meet), (x, meet)))
        return meet, True
