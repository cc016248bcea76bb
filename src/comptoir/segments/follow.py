"""The segments' box of a tick: who is touched, what is asked of them anew, who enters and who leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlglot import exp

from comptoir.ids import hash64
from comptoir.model.identifier import Moved
from comptoir.segments import changes, predicate
from comptoir.segments.asked import NODE, PROFILE, Asked, Edge, Moment, Question, each, naive, text_of
from comptoir.segments.belonging import Belonging
from comptoir.segments.changes import Changes, Move, Standing
from comptoir.segments.composed import Composed
from comptoir.segments.tickshape import Plan, Planner, Touched, Tree, Truth, days_of, holds, is_scheduled, leaves_of
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
BETWEEN_CROSSINGS = timedelta(seconds=10)
"""How often it is looked whose rows have left a window that slides: a change that time alone makes is no later."""
WRITTEN = "*"
"""Begins the name of what was written outside ticks, among those whom the next tick asks anew."""
_DUE = pa.schema({"profile_id": pa.string(), "former": pa.string()})


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a tick brought that conditions may look at."""

    tick_id: int
    now: datetime
    nodes: frozenset[int] = frozenset()
    """Whom its rows name."""
    quiet: frozenset[int] = frozenset()
    """Those of them whom only history names: scenarios do not hear of what it makes them enter."""
    heard: frozenset[str] = frozenset()
    """The base tables it added to."""
    events: frozenset[str] = frozenset()
    """The names of its events."""
    orders: frozenset[int] = frozenset()
    """Keys of the orders that were derived again."""
    people: frozenset[str] = frozenset()
    """Profiles whose carts were derived again."""
    moved: Sequence[Moved] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A segment that is followed."""

    key: str
    version: int
    """Of the question: it changes with what it is compiled of, such as other segments or the category tree."""
    question: Question

    @classmethod
    def of(cls, key: str, question: Question) -> Live:
        """Give a segment that is followed under the version that its question has."""
        return cls(key=key, version=hash64("segment", text_of(question)), question=question)


@dataclass(slots=True)
class Crossing:
    """What finds the people whose rows crossed a bound that moves with time. It is composed when it is first asked."""

    asked: Asked
    edge: Edge
    _query: Composed | None = None

    def people(self, cursor: Cursor, zones: tuple[str, ...], now: datetime, since: datetime) -> list[str]:
        """Name the people whose rows crossed it since then."""
        self._query = self._query or Composed.of(_crossing(self.asked, self.edge))
        found: list[str] = self._query.table(cursor, zones, now, since)[PROFILE].to_pylist()
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """All segments that are followed, planned."""

    live: Mapping[str, Live]
    plan: Plan
    trees: Mapping[str, Tree]
    """The questions of those that ticks follow."""
    scheduled: frozenset[str]
    """Those asked in full once a day: they look at single events of a long time, or at a date of the calendar."""
    crossings: Mapping[str, Sequence[Crossing]]
    """By segment, its bounds that move with time; those of a question that several ask are one."""
    paused: frozenset[str] = frozenset()
    """Those whose members stay as they are."""

    def asked(self, segment: str) -> Iterator[Asked]:
        """Give the single questions of a segment that ticks follow."""
        return (self.plan.leaves[place] for place in leaves_of(self.trees[segment]))


@dataclass(slots=True)
class Following:
    """Plans how segments are followed; what it planned before is taken over where the segment is the same object."""

    _planner: Planner = field(default_factory=Planner)
    _crossings: dict[int, tuple[Crossing, ...]] = field(default_factory=dict)
    """By the identity of the question that each holds on to."""

    def plan(self, live: Iterable[Live], zones: tuple[str, ...], paused: Collection[str] = ()) -> Followed:
        """Plan how some segments are followed."""
        by_key = {one.key: one for one in live}
        scheduled = {key for key, one in by_key.items()
                     if any(is_scheduled(asked) or asked.is_daily for asked in each(one.question))}  # fmt: skip
        keys = sorted(by_key.keys() - scheduled)
        plan = self._planner.plan({key: by_key[key].question for key in keys}, zones)
        trees = dict(zip(keys, plan.trees, strict=True))
        known = self._crossings
        self._crossings = {
            id(asked): known.get(id(asked)) or tuple(Crossing(asked, edge) for edge in asked.edges)
            for asked in plan.leaves
        }
        crossings = {
            key: [one for place in sorted(set(leaves_of(tree))) for one in self._crossings[id(plan.leaves[place])]]
            for key, tree in trees.items()
        }
        return Followed(
            live=by_key, plan=plan, trees=trees, scheduled=frozenset(scheduled), crossings=crossings,
            paused=frozenset(paused),
        )  # fmt: skip


def followed(live: Iterable[Live], zones: tuple[str, ...], paused: Collection[str] = ()) -> Followed:
    """Plan how some segments are followed."""
    return Following().plan(live, zones, paused)


def follow(cursor: Cursor, news: News, those: Followed, belonging: Belonging | None = None) -> None:
    """
    Ask anew what a tick can have changed, inside its transaction: who belongs, who entered and who left.

    `belonging` spares the look at all members where it is kept from tick to tick.

    Asked are touched people for the segments that look at what the tick brought; people who crossed an edge of time
    for theirs; everybody for a new version, for what is due by the calendar, and for what is stale.
    """
    before = changes.standings(cursor)
    belonging = belonging or Belonging()
    belonging.begin(cursor, news.tick_id)
    forgotten = before.keys() - those.live.keys() - those.paused
    changes.forget(cursor, forgotten)
    due, written = _take_due(cursor)
    now, found = naive(news.now), Changes()
    whole = {key for key in those.live if _is_asked_in_full(those, before.get(key), key, news.now)}
    whole |= {key for key, one in those.live.items() if written and _looks_at(one.question, written)}
    partly = {key: before[key] for key in those.trees.keys() - whole}
    crossed = _crossed(cursor, those, partly, news.now)
    asking = _Asking(cursor, replace(news, moved=[*news.moved, *due]), those, crossed, belonging)
    asking.ask_touched(partly, found)
    for key in sorted(whole):
        _ask_everybody(asking, before.get(key), those.live[key], found)
    found.write(cursor, tick_id=news.tick_id, now=now)
    belonging.wait(cursor, news.tick_id, forgotten=forgotten, exited=found.exited, entered=found.entered)
    more, count = found.members(), changes.members_after(before, found)
    moves_with_time = {
        key for key, one in partly.items()
        if those.crossings[key] and news.now - one.asked_at.replace(tzinfo=UTC) >= BETWEEN_CROSSINGS
    }  # fmt: skip
    standing = [
        Standing(
            key,
            those.live[key].version,
            now if key in whole | moves_with_time else before[key].asked_at,
            count[key],
        )
        for key in sorted(whole | moves_with_time | (more.keys() & partly.keys()))
    ]
    # it counts as never asked, so that it is asked in full when it goes on
    standing += [before[key]._replace(version=0) for key in sorted(those.paused & before.keys()) if before[key].version]
    changes.stand(cursor, standing, news.now.astimezone(UTC).date())


def is_due(cursor: Cursor, those: Followed, now: datetime) -> bool:
    """Say whether time alone, a join or cut by hand, or another version asks for a tick although no line came in."""
    before = changes.standings(cursor)
    if before.keys() - those.live.keys() - those.paused or _due(cursor):
        return True
    if any(_is_asked_in_full(those, before.get(key), key, now) for key in those.live):
        return True
    return any(_crossed(cursor, those, {key: before[key]}, now) for key in those.trees)


def mark_moved(cursor: Cursor, moved: Sequence[Moved]) -> None:
    """Keep whom the next tick asks anew: joined or cut by hand between two ticks."""
    rows = sorted({(one.profile_id, one.former or "") for one in moved if one.profile_id is not None})
    if rows:
        cursor.register("made", changes.table(_DUE, rows))
        load(_PACKAGE, "due_insert").run(cursor)


def _due(cursor: Cursor) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = load(_PACKAGE, "due").run(cursor).fetchall()
    return found


def _take_due(cursor: Cursor) -> tuple[list[Moved], frozenset[str]]:
    """Take who was joined or cut by hand, and what was written outside ticks."""
    found = _due(cursor)
    if found:
        load(_PACKAGE, "due_delete").run(cursor)
    written = {name.removeprefix(WRITTEN) for name, _ in found if name.startswith(WRITTEN)}
    moved = [Moved(0, former or None, profile) for profile, former in found if not profile.startswith(WRITTEN)]
    return moved, frozenset(written)


def _looks_at(question: Question, written: frozenset[str]) -> bool:
    return any(asked.relation.hears & written for asked in each(question))


def mark_written(cursor: Cursor, what: str) -> None:
    """Say, in the transaction that wrote them, that scores are others: who looks at them is asked anew."""
    cursor.register("made", changes.table(_DUE, [(f"{WRITTEN}{what}", "")]))
    load(_PACKAGE, "due_insert").run(cursor)


def _is_asked_in_full(those: Followed, standing: Standing | None, key: str, now: datetime) -> bool:
    if standing is None or standing.version != those.live[key].version:
        return True
    return key in those.scheduled and _has_turned(those, standing, now)


def _has_turned(those: Followed, standing: Standing, now: datetime) -> bool:
    """Say whether a day began in some zone since a segment was asked."""
    zones = those.plan.zones
    return days_of(standing.asked_at.replace(tzinfo=UTC), zones) != days_of(now, zones)


# ── everybody ──


def _ask_everybody(asking: _Asking, standing: Standing | None, one: Live, found: Changes) -> None:
    """Ask one segment of everybody, as a set; its first filling and a new rule are nothing anybody did."""
    cursor, at = asking.cursor, naive(asking.news.now)
    wanted = run(cursor, predicate.members(one.question), asking.those.plan.zones, asking.news.now)
    cursor.register("wanted", wanted)
    found.counted[one.key] = len(wanted)
    happens = standing is not None and standing.version == one.version
    for name, into in (("wanted_entering", found.entered), ("wanted_exiting", found.exited)):
        rows = load(_PACKAGE, name).table(cursor, segment=one.key)
        # of a profile that is no more, nothing is told: its person goes on under another name
        heard = pc.and_(rows["is_there"], pa.scalar(happens))
        into.append(changes.moves_of(rows["profile_id"], one.key, at, heard))


def run(
    cursor: Cursor, query: exp.Select, zones: tuple[str, ...], now: datetime, before: datetime | None = None
) -> pa.Table:
    """Answer a composed question as of `now`; what moves with time and is asked of `before` stands there."""
    return Composed.of(query).table(cursor, zones, now, before)


# ── those who are touched, or whom time alone has moved ──


def _crossed(cursor: Cursor, those: Followed, partly: Mapping[str, Standing], now: datetime) -> dict[str, set[str]]:
    """Find the people of whose rows one crossed an edge since their segment was asked. Shape: profiles by segment."""
    found: dict[str, set[str]] = {}
    known: dict[tuple[int, datetime], list[str]] = {}  # a bound of several segments is looked at once
    for key, standing in partly.items():
        since = standing.asked_at.replace(tzinfo=UTC)
        has_turned, is_time = _has_turned(those, standing, now), now - since >= BETWEEN_CROSSINGS
        for one in those.crossings[key]:
            if is_time if one.edge.moment is Moment.AGO else has_turned:
                asked = (id(one), since)
                if asked not in known:
                    known[asked] = one.people(cursor, those.plan.zones, now, since)
                if known[asked]:
                    found.setdefault(key, set()).update(known[asked])
    return found


def _crossing(asked: Asked, edge: Edge) -> exp.Select:
    where = (*(one.copy() for one in asked.where), edge.crossed())
    rows = exp.select(asked.relation.by).from_(asked.relation.rows(None).subquery("rows")).where(*where)
    if asked.relation.by == PROFILE:
        return rows.distinct()
    owners = exp.select(PROFILE).distinct().from_(exp.table_("profile_of", db="fact"))
    return owners.where(exp.column(NODE).isin(query=rows), exp.column(PROFILE).is_(exp.null()).not_())


def touched_by(cursor: Cursor, news: News, more: Collection[str] = ()) -> pa.Table:
    """
    Give the profiles that a tick touched, and `more`, as long as they are there.

    Touched is whom a row names, whose orders or carts were derived again, and who got or lost nodes. Shape: profile_id,
    person, profile_hash. Order: by name.
    """
    nodes = set(news.nodes) | {one.node_id for one in news.moved}
    if news.orders:
        found = load(_PACKAGE, "touched_orders_nodes").run(cursor, orders=sorted(news.orders)).fetchall()
        nodes |= {node for (node,) in found}
    people = {*news.people, *more, *(name for one in news.moved for name in (one.former, one.profile_id) if name)}
    cursor.register("nodes", pa.table({NODE: pa.array(sorted(nodes), pa.int64())}))
    cursor.register("people", pa.table({PROFILE: pa.array(sorted(people), pa.string())}))
    return load(_PACKAGE, "touched_people").table(cursor)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One asking of a tick."""

    cursor: Cursor
    news: News
    those: Followed
    crossed: Mapping[str, set[str]]
    belonging: Belonging

    def ask_touched(self, partly: Collection[str], found: Changes) -> None:
        """Ask the segments that can have changed, and add who comes and goes."""
        affected = [key for key in sorted(partly) if key in self.crossed or self._hears(key)]
        gone = self._gone(found, partly)
        if not affected:
            return
        people = touched_by(self.cursor, self.news, set[str]().union(*self.crossed.values()))
        if not len(people):
            return
        profiles: list[str] = people[PROFILE].to_pylist()
        touched = Touched(profiles=profiles)
        places = pa.array(np.arange(len(people), dtype=np.int32))
        self.cursor.register("touched_people", people.append_column("place", places))
        nodes = load(_PACKAGE, "touched_nodes").table(self.cursor)
        self.cursor.register("touched_nodes", nodes)
        needed = frozenset(leaf for key in affected for leaf in leaves_of(self.those.trees[key]))
        truth = self.those.plan.answer(self.cursor, touched, self.news.now, needed)
        standing = self.belonging.standing(people["profile_hash"].to_numpy(), affected)
        origin = self._origin(profiles, gone)
        happens = self._loud(profiles, nodes)
        for key in affected:
            wanted = holds(self.those.trees[key], truth)
            was = standing.get(key, np.zeros(len(profiles), np.bool_))
            entering, leaving = np.flatnonzero(wanted & ~was), np.flatnonzero(was & ~wanted)
            if len(entering):
                found.entered.append(changes.moves(self._entering(key, entering, profiles, origin, happens)))
            if len(leaving):
                rows = [(key, profiles[at], naive(self.news.now), bool(happens[at])) for at in leaving]
                found.exited.append(changes.moves(rows))

    def _hears(self, key: str) -> bool:
        """Say whether a segment looks at something that the tick brought."""
        if self.news.moved:
            return True
        return any(
            asked.relation.hears & self.news.heard and (asked.names is None or asked.names & self.news.events)
            for asked in self.those.asked(key)
        )

    def _gone(self, found: Changes, partly: Collection[str]) -> dict[str, dict[str, datetime]]:
        """
        Take out the profiles that are no more, and give since when those that lost nodes belong to which segment.

        Shape: by profile and segment.
        """
        formers = sorted({one.former for one in self.news.moved if one.former})
        if not formers:
            return {}
        self.cursor.register("people", pa.table({PROFILE: pa.array(formers, pa.string())}))
        kept: dict[str, dict[str, datetime]] = {}
        leaving: list[Move] = []
        for segment, profile, entered_at, is_there in load(_PACKAGE, "members_of_formers").run(self.cursor).fetchall():
            kept.setdefault(profile, {})[segment] = entered_at
            # of a segment that is asked in full, the asking itself takes them out
            if not is_there and (segment in partly or segment in self.those.paused):
                leaving.append((segment, profile, entered_at, False))
        if leaving:
            found.exited.append(changes.moves(leaving))
        return kept

    def _origin(
        self, profiles: Sequence[str], kept: Mapping[str, Mapping[str, datetime]]
    ) -> dict[int, dict[str, datetime]]:
        """Say, of people who got nodes of others, to which segments those others belonged, and since when."""
        places = {profile: place for place, profile in enumerate(profiles)}
        found: dict[int, dict[str, datetime]] = {}
        for one in self.news.moved:
            if one.former and one.profile_id in places and one.former != one.profile_id:
                into = found.setdefault(places[one.profile_id], {})
                for segment, since in kept.get(one.former, {}).items():
                    into[segment] = min(since, into.get(segment, since))
        return found

    def _entering(
        self,
        key: str,
        entering: NDArray[np.int64],
        profiles: Sequence[str],
        origin: Mapping[int, Mapping[str, datetime]],
        happens: Truth,
    ) -> Iterator[Move]:
        """Say who enters a segment; whoever was joined with a member has belonged since then, and nothing happened."""
        now = naive(self.news.now)
        for at in map(int, entering):
            since = origin.get(at, {}).get(key)
            yield (key, profiles[at], since or now, since is None and bool(happens[at]))

    def _loud(self, profiles: Sequence[str], nodes: pa.Table) -> Truth:
        """Say of whom scenarios hear: not of those whom only history touched, nor of those whom a cut took apart."""
        places = dict(zip(nodes[NODE].to_pylist(), nodes["place"].to_pylist(), strict=True))
        quiet = {places[node] for node in self.news.quiet if node in places}
        quiet -= {places[node] for node in self.news.nodes - self.news.quiet if node in places}
        by_name = {profile: place for place, profile in enumerate(profiles)}
        quiet -= {by_name[one] for people in self.crossed.values() for one in people if one in by_name}
        for one in self.news.moved:
            # the former profile is still there: it was cut, or lost an identifier to another
            if one.former in by_name and one.former != one.profile_id:
                quiet |= {by_name[name] for name in (one.former, one.profile_id) if name in by_name}
        found = np.ones(len(profiles), np.bool_)
        found[sorted(quiet)] = False
        return found
