"""The picture of a scenario as the page draws it: lines, cards with what their steps do, and the figures on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from comptoir.scenarios import edit, layout
from comptoir.scenarios.edit import Document, Slot
from comptoir.scenarios.layout import Line
from comptoir.scenarios.parse import Definition
from comptoir.web import scenario_telling as telling
from comptoir.web.speech import Speech

_ROUND = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A figure on a card: its words (`scenario.count.<name>`), and whether it is only known to be at least that."""

    name: str
    number: int
    is_least: bool = False


Counts = Mapping[str, Sequence[Count]]
"""By step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """One card."""

    key: str
    x: int
    y: int
    width: int
    height: int
    icon: str
    label: str
    says: str
    group: str
    link: str
    counts: Sequence[Count]
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignView:
    """A way that leads to a step somewhere else."""

    x: int
    y: int
    width: int
    height: int
    says: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GapView:
    """A "+" between two cards; `says` names the place."""

    x: int
    y: int
    link: str
    says: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WayView:
    """The name of a way."""

    x: int
    y: int
    width: int
    says: str
    number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureView:
    """All of it."""

    width: int
    height: int
    start: CardView
    cards: Sequence[CardView]
    signs: Sequence[SignView]
    gaps: Sequence[GapView]
    ways: Sequence[WayView]
    lines: Sequence[str]
    end: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where cards and gaps lead: the page's path, and what of its address stays."""

    path: str
    kept: Mapping[str, str]
    can_edit: bool

    def step(self, key: str) -> str:
        """Give the address of a step's panel."""
        return f"{self.path}?{urlencode({**self.kept, 'step': key})}#panel"

    def part(self, name: str) -> str:
        """Give the address of another part's panel."""
        return f"{self.path}?{urlencode({**self.kept, 'part': name})}#panel"

    def gap(self, slot: Slot) -> str:
        """Give the address of the menu of steps for a place."""
        asked = {**self.kept, "into": slot.parent, "way": slot.way, "at": str(slot.place)}
        return f"{self.path}?{urlencode(asked)}#panel"


def draw(
    definition: Definition,
    document: Document,
    said: Speech,
    *,
    links: Links,
    counts: Counts,
    chosen: str | Slot | None = None,
    taken: Mapping[tuple[str, str], int] | None = None,
) -> PictureView:
    """Draw a definition; `chosen` is the step or the place whose panel is open, `taken` how many took each way."""
    placed = layout.place(definition)
    fields = {one.key: one for one in edit.each(document)}
    steps = {key: place.step for key, place in definition.program.items()}
    cards = [
        CardView(
            key=one.key, x=one.x, y=one.y, width=one.width, height=one.height,
            icon=telling.ICONS.get(fields[one.key].kind, telling.OTHER_ICON),
            label=telling.label(fields[one.key].kind, steps[one.key], said),
            says=telling.says(steps[one.key], fields[one.key].said, definition, said),
            group=telling.GROUPS.get(fields[one.key].kind, "other"),
            link=links.step(one.key), counts=counts.get(one.key, ()), is_chosen=chosen == one.key,
        )
        for one in placed.cards
    ]  # fmt: skip
    names = {one.key: f"{one.label} – {one.says}" if one.says else one.label for one in cards}
    return PictureView(
        width=placed.width,
        height=placed.height,
        start=_start(definition, placed.start, said, links, is_chosen=chosen == "\0trigger"),
        cards=cards,
        signs=[
            SignView(x=one.x, y=one.y, width=one.width, height=one.height, says=names[one.target],
                     link=links.gap(one.slot))
            for one in placed.signs
        ],
        gaps=[
            GapView(x=one.x, y=one.y, link=links.gap(one.slot), is_chosen=chosen == one.slot,
                    says=where(document, one.slot, names, steps, said))
            for one in placed.gaps
        ] if links.can_edit else [],
        ways=[
            WayView(x=one.x, y=one.y, width=one.width, says=telling.way(steps[one.key], one.way, said),
                    number=(taken or {}).get((one.key, one.way)))
            for one in placed.names
        ],
        lines=[_path(line) for line in placed.lines],
        end=placed.end,
    )  # fmt: skip


def where(document: Document, slot: Slot, names: Mapping[str, str], steps: Mapping[str, object], said: Speech) -> str:
    """Say where a place is: after which step, or at the head of which way."""
    before = next(
        (one.key for one in edit.each(document)
         if one.slot == Slot(parent=slot.parent, way=slot.way, place=slot.place - 1)), None
    )  # fmt: skip
    if before is not None:
        return said("scenario.place.after", step=names.get(before, before))
    if not slot.parent:
        return said("scenario.place.first")
    way = telling.way(steps[slot.parent], slot.way, said)
    return said("scenario.place.way", way=way, step=names.get(slot.parent, slot.parent))


def _start(definition: Definition, one: layout.Card, said: Speech, links: Links, *, is_chosen: bool) -> CardView:
    return CardView(
        key="", x=one.x, y=one.y, width=one.width, height=one.height, icon="▶", label=said("scenario.starts"),
        says=telling.trigger(definition.trigger, said), group="start", link=links.part("trigger"), counts=(),
        is_chosen=is_chosen,
    )  # fmt: skip


def _path(line: Line) -> str:
    """Write a line with its corners rounded."""
    corners = [point for number, point in enumerate(line) if number == 0 or point != line[number - 1]]
    path = f"M{corners[0][0]} {corners[0][1]}"
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        (x1, y1), (x2, y2) = _toward(here, before), _toward(here, after)
        path += f"L{x1} {y1}Q{here[0]} {here[1]} {x2} {y2}"
    return f"{path}L{corners[-1][0]} {corners[-1][1]}"


def _toward(here: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Give the point a little way from a corner towards another point."""
    dx, dy = other[0] - here[0], other[1] - here[1]
    length = max(abs(dx), abs(dy))
    step = min(_ROUND, length // 2)
    return here[0] + (dx * step // length if dx else 0), here[1] + (dy * step // length if dy else 0)
