"""The messages that are ready to go, a stretch at a time, each beside the facts that it will be looked at with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, literal_column, select, tuple_

from comptoir.clock import instant, micros, monotonic
from comptoir.messaging import render
from comptoir.messaging.base import SaidSince
from comptoir.messaging.look import Ahead, Row
from comptoir.messaging.rows import outbox
from comptoir.messaging.throttle import group_of
from comptoir.model.consent import NOTHING_ON, Consents, ContactPoint, Known
from comptoir.model.event import decode
from comptoir.model.message import ONSITE, MessageClass
from comptoir.model.scenario import NOTHING_KNOWN, NodesOf, Subject, World, WorldFacts
from comptoir.spool.base import Spool
from comptoir.state.base import State
from comptoir.state.statement import Statement

FRONT = "front"
_STRETCH = 256
_MOST_HELD = 1_024
_FRESH_SECONDS = 2.0
"""Facts older than this are asked again."""


Lane = tuple[str, str, str]
"""Provider, channel and brand: messages of one lane may go, or not, alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that is ready, the facts about it, and what the spools hold beyond them."""

    row: Row
    facts: WorldFacts
    ahead: Ahead
    group: str
    lane: Lane
    known: Known
    """How things stand with the address of marketing: whether opens are noticed, what its links may say."""


@dataclass(slots=True, kw_only=True)
class Ready:
    """What is ready at one instant. Each message is given once."""

    state: State
    world: World
    spools: Mapping[str, Spool]
    applied: Callable[[Connection], Mapping[str, int]]
    nodes_of: NodesOf
    now: datetime
    stale_after: timedelta
    consents: Consents
    said_since: SaidSince
    _held: list[Waiting] = field(default_factory=list)
    _oldest: float = 0.0
    """When the facts of the first of those held were read."""
    _given: set[str] = field(default_factory=set)
    _after: tuple[int, int, str] | None = None
    _is_at_end: bool = False

    def take(self, may: Callable[[Waiting], bool], has_room: Callable[[], bool]) -> None:
        """
        Offer messages to `may` in their order until there is no room.

        One that it does not take is offered again by a later call; nor is, in this one, another of the same lane.
        """
        old = monotonic() - _FRESH_SECONDS
        if self._held and self._oldest < old:
            self._start_again()
        shut: set[Lane] = set()
        while True:
            self._offer(may, has_room, shut)
            if not has_room() or self._is_at_end or len(self._held) >= _MOST_HELD:
                return
            self._read()

    def _offer(self, may: Callable[[Waiting], bool], has_room: Callable[[], bool], shut: set[Lane]) -> None:
        held, left = self._held, []
        for place, one in enumerate(held):
            if one.lane in shut:
                left.append(one)
            elif not has_room():
                left += held[place:]
                break
            elif may(one):
                self._given.add(one.row["message_id"])
            else:
                shut.add(one.lane)
                left.append(one)
        self._held = left

    def _start_again(self) -> None:
        self._held, self._after, self._is_at_end = [], None, False

    def _read(self) -> None:
        with self.state.read() as connection:
            applied = self.applied(connection)
            found = self._stretch(connection)
            points = {_point(row) for row in found if MessageClass(row["message_class"]).is_marketing}
            on = self.consents.known(connection, points, micros(self.now)) if points else {}
        self._is_at_end = len(found) < _STRETCH
        if not found:
            return
        last = found[-1]
        self._after = last["rank"], last["not_before"], last["message_id"]
        rows = [row for row in found if row["message_id"] not in self._given]
        if not self._is_fresh(applied):
            rows = [row for row in rows if not MessageClass(row["message_class"]).is_marketing]
        ahead = Ahead(
            state=self.state, spools=self.spools, applied=applied, nodes_of=self.nodes_of, said_since=self.said_since
        )
        # facts are read after `applied`, so the overlay of all later lines covers what they may lack
        asked = [subject_of(place, row) for place, row in enumerate(rows)]
        subjects = [one for one in asked if one.cart_key is not None or one.needs]
        known = self.world.facts_of(subjects) if subjects else {}
        self._oldest = min(self._oldest, monotonic()) if self._held else monotonic()
        self._held += [
            Waiting(
                row=row,
                facts=known.get(place, NOTHING_KNOWN),
                ahead=ahead,
                group=group,
                lane=(group, row["channel"], row["brand"]),
                known=on.get(_point(row), NOTHING_ON),
            )
            for place, (row, group) in enumerate((row, _group(row)) for row in rows)
        ]

    def _stretch(self, connection: Connection) -> list[Row]:
        rank, not_before, message_id = self._after or (-1, 0, "")
        found: list[Row] = list(
            _NEXT.mappings(connection, due=micros(self.now), rank=rank, at=not_before, id=message_id)
        )
        return found

    def _is_fresh(self, applied: Mapping[str, int]) -> bool:
        """Say whether the front spool is applied up to less than `stale_after` before now."""
        front = self.spools.get(FRONT)
        if front is None:
            return True
        after = applied.get(FRONT, 0)
        if front.head() <= after:
            return True
        waiting = front.read(after, 1).lines
        return not waiting or self.now - instant(decode(waiting[0]).received_at) < self.stale_after


def _group(row: Row) -> str:
    return ONSITE if row["channel"] == ONSITE else group_of(row["contact"])


def _point(row: Row) -> ContactPoint:
    return ContactPoint(row["contact"], row["brand"], row["channel"])


def subject_of(place: int, row: Row) -> Subject:
    """Say what to ask the world about a message before it goes."""
    promised = () if row["cart_key"] is not None or row["promise"] == "[]" else render.promise_of(row)
    return Subject(
        subject_id=place,
        brand=row["brand"],
        node_id=row["node_id"],
        cart_key=row["cart_key"],
        needs=frozenset({"shelf:product"} if promised else ()),
        product_ids=tuple(line.product_id for line in promised),
    )


_o = outbox.c
_NEXT = Statement(
    select(outbox)
    .where(
        _o.state == literal_column("'queued'"),  # as text, so that the partial index is found
        _o.not_before <= bindparam("due"),
        tuple_(_o.rank, _o.not_before, _o.message_id) > tuple_(bindparam("rank"), bindparam("at"), bindparam("id")),
    )
    .order_by(_o.rank, _o.not_before, _o.message_id)
    .limit(_STRETCH)
)
