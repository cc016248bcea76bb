"""A policy tried on what was: wishes of past days judged again, by today's rules and by others; nothing is kept."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select

from comptoir.clock import instant, micros
from comptoir.model.message import Candidate, Outcome, Reason
from comptoir.model.scenario import NodesOf
from comptoir.pressure import arbitrate, book, control
from comptoir.pressure.ahead import Coming
from comptoir.pressure.arbitrate import Around
from comptoir.pressure.book import COUNTING, MARKETING
from comptoir.pressure.caps import EVERY_BRAND, Policy, Spent
from comptoir.pressure.quiet import Place
from comptoir.pressure.rows import candidates, reservations

MOST = 200_000
"""Wishes replayed: the newest."""
_AT_ONCE = 5_000

_NEVER_ASKED = frozenset({Reason.CONTROL, Reason.SAID_ALREADY, *(one for one in Reason if one.is_before_eligibility)})
"""What takes a wish out before pressure is asked at all."""
_STOPPED_ANYHOW = frozenset({
    Reason.ORDERED, Reason.CART_CLOSED, Reason.NOT_FOR_SALE, Reason.PRICE_CHANGED, Reason.CONSENT_WITHDRAWN,
    Reason.SUPPRESSED_SINCE, Reason.SCENARIO_STOPPED, Reason.EXITED, Reason.RENDER_FAILED, Reason.NOT_SENT,
    Reason.NOT_SETTLED,
})  # fmt: skip
"""What stopped a message at the last second, whatever the policy said."""

Progress = Callable[[int, int], None]
"""Told how many wishes of how many are judged."""


@dataclass(slots=True)
class Fates:
    """What became of wishes."""

    sent: int = 0
    late: int = 0
    """Of those sent, those that had to wait first."""
    dropped: int = 0
    waiting: int = 0
    """Still deferred at the end."""
    held_out: int = 0


@dataclass(slots=True, kw_only=True)
class Row:
    """One scenario: what really happened, and both replays."""

    scenario: str
    wishes: int = 0
    really: Fates = field(default_factory=Fates)
    before: Fates = field(default_factory=Fates)
    after: Fates = field(default_factory=Fates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a policy would have done. Order of `rows`: most wishes first."""

    rows: Sequence[Row]
    total: Row
    reasons: Sequence[tuple[str, int, int]]
    """Why wishes did not go at once: reason, before, after."""
    most_a_week: tuple[int, int]
    """The most messages that one person gets within seven days, before and after."""
    since: datetime
    until: datetime
    is_cut: bool
    """Whether there were more wishes than `MOST`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a replay stands on, read once: wishes, what was borne before them, and whose they are."""

    wishes: Sequence[Candidate]
    really: Mapping[str, str]
    spent: Sequence[Spent]
    kin: Mapping[int, frozenset[int]]
    policies: Mapping[str, Policy]
    places: Mapping[str, Place]
    draws: Mapping[int, bool]
    since: datetime
    until: datetime
    is_cut: bool


def read(
    connection: Connection, *, since: datetime, until: datetime, default: Policy, policies: Mapping[str, Policy],
    memory: timedelta, nodes_of: NodesOf, places: Mapping[str, Place],
) -> Past:  # fmt: skip
    """Read the past of all brands; `memory` is how far back contacts matter for any policy that will be tried."""
    c = candidates.c
    asked = (
        select(c.wish, c.outcome, c.reason)
        .where(c.wished_at >= micros(since), c.wished_at < micros(until), c.message_class.in_(MARKETING))
        .order_by(c.wished_at.desc(), c.message_id)
        .limit(MOST + 1)
    )
    wishes: list[Candidate] = []
    really: dict[str, str] = {}
    rows = connection.execute(asked).all()
    for text, outcome, reason in rows[:MOST]:
        if reason in _NEVER_ASKED or (outcome == Outcome.DROPPED and reason in _STOPPED_ANYHOW):
            continue
        wish = msgspec.structs.replace(book.wish_of(text), words="{}", traits="{}", promise=())
        wishes.append(wish)
        really[wish.message_id] = outcome
    first = min((one.wished_at for one in wishes), default=since)
    spent = list(_borne(connection, since=first - max(memory, default.memory), until=first))
    nodes = sorted({one.node_id for one in wishes} | {one.node_id for one in spent})
    kin: dict[int, frozenset[int]] = {}
    for start in range(0, len(nodes), _AT_ONCE):
        kin |= nodes_of(connection, nodes[start : start + _AT_ONCE])
    return Past(
        wishes=wishes, really=really, spent=spent, kin=kin,
        policies={EVERY_BRAND: default, **policies}, places=places, draws=control.drawn(connection),
        since=first if len(rows) > MOST else since, until=until, is_cut=len(rows) > MOST,
    )  # fmt: skip


def replay(
    past: Past, policies: Mapping[str, Policy], *, salt: str, told: Progress = lambda _done, _all: None
) -> Replay:
    """
    Judge the wishes of the past again, with the policies that held and with `policies` in their place.

    A message that may go leaves at once, and none was announced beforehand: so the replay of today's policies, not
    what really happened, is what others are compared with.
    """
    rows: dict[str, Row] = {}
    reasons: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    most = [0, 0]
    done = 0
    worlds = (past.policies, {**past.policies, **policies})
    for wishes, spent in people(past):
        for one in wishes:
            row = rows.setdefault(one.scenario, Row(scenario=one.scenario))
            row.wishes += 1
            _count_real(row.really, past.really[one.message_id])
        for side, world in enumerate(worlds):
            life = _Life(past, world, salt=salt, spent=spent)
            life.live(wishes)
            for scenario, fates in life.fates.items():
                _add(rows[scenario].after if side else rows[scenario].before, fates)
            for reason, count in life.reasons.items():
                reasons[reason][side] += count
            most[side] = max(most[side], life.most_a_week())
        done += len(wishes)
        told(done, len(past.wishes))
    total = Row(scenario="")
    for row in rows.values():
        total.wishes += row.wishes
        for name in ("really", "before", "after"):
            _add(getattr(total, name), getattr(row, name))
    return Replay(
        rows=sorted(rows.values(), key=lambda row: (-row.wishes, row.scenario)),
        total=total,
        reasons=sorted(
            ((name, one, other) for name, (one, other) in reasons.items()), key=lambda one: (-one[2], one[0])
        ),
        most_a_week=(most[0], most[1]),
        since=past.since,
        until=past.until,
        is_cut=past.is_cut,
    )


def people(past: Past) -> Iterator[tuple[list[Candidate], list[Spent]]]:
    """Part the past into groups that cannot touch each other: people, and those who share an address with them."""
    groups = _Groups()
    for node, own in past.kin.items():
        for other in own:
            groups.join(node, other)
    for wish in past.wishes:
        groups.join(wish.node_id, wish.contact)
    for borne in past.spent:
        groups.join(borne.node_id, borne.contact)
    found: dict[object, tuple[list[Candidate], list[Spent]]] = {}
    for wish in past.wishes:
        found.setdefault(groups.of(wish.node_id), ([], []))[0].append(wish)
    for one in past.spent:
        group = found.get(groups.of(one.node_id))
        if group is not None:
            group[1].append(one)
    yield from found.values()


class _Groups:
    """Things that belong together, joined pair by pair."""

    def __init__(self) -> None:
        self._above: dict[object, object] = {}

    def of(self, one: object) -> object:
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above.get(above, above)
            one = above
        return one

    def join(self, one: object, other: object) -> None:
        a, b = self.of(one), self.of(other)
        if a != b:
            self._above[a] = b


class _Life:
    """One group of people, lived through once."""

    def __init__(self, past: Past, policies: Mapping[str, Policy], *, salt: str, spent: Iterable[Spent]) -> None:
        self.past = past
        self.policies = policies
        self.default = policies[EVERY_BRAND]
        self.salt = salt
        self.spent = list(spent)
        self.fates: dict[str, Fates] = defaultdict(Fates)
        self.reasons: dict[str, int] = defaultdict(int)
        self.waiting: list[tuple[datetime, str, Candidate]] = []
        self.waited: set[str] = set()

    def live(self, wishes: Sequence[Candidate]) -> None:
        """Judge wishes as they come, and those that wait as they come due."""
        arriving = [(one.wished_at, one.message_id, one) for one in wishes]
        heapq.heapify(arriving)
        while arriving or self.waiting:
            now = min(queue[0][0] for queue in (arriving, self.waiting) if queue)
            if now >= self.past.until:
                break
            fresh = [*_due(arriving, now), *_due(self.waiting, now)]
            self.judge(fresh, now)
        for _, _, wish in self.waiting:
            self.fates[wish.scenario].waiting += 1

    def judge(self, fresh: Sequence[Candidate], now: datetime) -> None:
        """Judge those of one instant together."""
        around = Around(
            policies=self.policies,
            brands=self.past.places,
            held_out=frozenset(one.message_id for one in fresh if self.is_held(one)),
            coming=[Coming(wish=wish, at=until) for until, _, wish in self.waiting],
        )
        for verdict in arbitrate.decide(fresh, self.spent, self.past.kin, self.default, now, around=around):
            wish, fates = verdict.candidate, self.fates[verdict.candidate.scenario]
            if verdict.reason is not None and wish.message_id not in self.waited:
                self.reasons[verdict.reason.value] += 1
            match verdict.outcome:
                case Outcome.QUEUED:
                    fates.sent += 1
                    fates.late += wish.message_id in self.waited
                    self.spent.append(_contact(wish, now))
                case Outcome.DEFERRED:
                    assert verdict.until is not None
                    self.waited.add(wish.message_id)
                    heapq.heappush(self.waiting, (verdict.until, wish.message_id, wish))
                case Outcome.HELD_OUT:
                    fates.held_out += 1
                case _:
                    fates.dropped += 1

    def is_held(self, wish: Candidate) -> bool:
        """Say whether its person gets no marketing at all: as drawn, or as it would be drawn now."""
        own = self.past.kin.get(wish.node_id, frozenset({wish.node_id}))
        known = [self.past.draws[node] for node in own if node in self.past.draws]
        if known:
            return any(known)
        share = self.default.universal_share
        return bool(share) and control.draws(wish.profile_id or f"node:{min(own)}", share=share, salt=self.salt)

    def most_a_week(self) -> int:
        """Give the most messages that one address got within seven days."""
        times: dict[str, list[datetime]] = defaultdict(list)
        for one in self.spent:
            times[one.contact].append(one.at)
        return max((_busiest(sorted(own)) for own in times.values()), default=0)


def _due(queue: list[tuple[datetime, str, Candidate]], now: datetime) -> list[Candidate]:
    found = []
    while queue and queue[0][0] <= now:
        found.append(heapq.heappop(queue)[2])
    return found


def _busiest(times: Sequence[datetime]) -> int:
    first = most = 0
    for last, at in enumerate(times):
        while at - times[first] >= timedelta(days=7):
            first += 1
        most = max(most, last - first + 1)
    return most


def _contact(wish: Candidate, at: datetime) -> Spent:
    return Spent(
        message_id=wish.message_id, node_id=wish.node_id, contact=wish.contact, at=at, brand=wish.brand,
        channel=wish.channel, tags=wish.tags, reveals=wish.reveals,
    )  # fmt: skip


def _borne(connection: Connection, *, since: datetime, until: datetime) -> Iterator[Spent]:
    r = reservations.c
    asked: Any = select(reservations).where(
        r.at >= micros(since), r.at < micros(until), r.message_class.in_(MARKETING),
        or_(*(r.state == one for one in COUNTING)),
    )  # fmt: skip
    for row in connection.execute(asked):
        yield Spent(
            message_id=row.message_id, node_id=row.node_id, contact=row.contact, at=instant(row.at), brand=row.brand,
            channel=row.channel, tags=tuple(row.tags.split("\n")) if row.tags else (), reveals=bool(row.reveals),
        )  # fmt: skip


def _count_real(fates: Fates, outcome: str) -> None:
    match outcome:
        case Outcome.SENT | Outcome.QUEUED:
            fates.sent += 1
        case Outcome.DEFERRED:
            fates.waiting += 1
        case Outcome.HELD_OUT:
            fates.held_out += 1
        case _:
            fates.dropped += 1


def _add(into: Fates, more: Fates) -> None:
    into.sent += more.sent
    into.late += more.late
    into.dropped += more.dropped
    into.waiting += more.waiting
    into.held_out += more.held_out
