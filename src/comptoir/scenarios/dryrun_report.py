"""What a rehearsal says: volumes, outcomes, conflicts, overlaps, named examples, cost, and what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select

from comptoir.clock import instant
from comptoir.ids import hash64
from comptoir.messaging.rows import outbox
from comptoir.model.message import Outcome, Reason
from comptoir.pressure.rows import candidates
from comptoir.scenarios.dryrun_play import Stage
from comptoir.scenarios.dryrun_unknown import unknowable
from comptoir.scenarios.dryrun_watch import Judged, Trod
from comptoir.scenarios.rows import enrollments

EXAMPLES = 20
_MOST_CONFLICTS = 200
_MUCH = 0.4
"""A share of all candidates that ends one way and is worth a warning."""
_FOR_ROOM = frozenset({Reason.CAPPED.value, Reason.GAP.value, Reason.BETTER.value, Reason.BETTER_SOON.value})
_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What happened at one step on one day. `waiting` stand there at the day's end."""

    day: date
    step: str
    entered: int = 0
    woken: int = 0
    waiting: int = 0
    branches: Mapping[str, int]
    candidates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How many runs ended one way; `live` has not ended."""

    status: str
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of so many candidates."""

    step: str
    outcome: str
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One of our messages and one of a live scenario wanted the same room; one of them had it."""

    at: datetime
    message_id: str
    other_scenario: str
    other_message_id: str
    won: bool
    """Ours had it."""
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many people are in both. `share` is of ours."""

    scenario: str
    people: int
    both: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line of a timeline. `kind`: did, entered, step, decided, ended."""

    at: datetime
    kind: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as it would have been sent, the same bytes; `problem` where it could not be made."""

    message_id: str
    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One run, named."""

    enrollment_id: str
    profile_id: str
    emails: tuple[str, ...]
    entered_at: datetime
    ending: str
    timeline: tuple[Said, ...]
    messages: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it costs. Units: messages; `busiest` on the day with most."""

    messages: int
    people: int
    per_day: float
    busiest: int
    busiest_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would have happened."""

    scenario: str
    version: int
    since: datetime
    until: datetime
    brand: str | None
    seed: int
    beside: tuple[str, ...]
    """The live scenarios that ran beside it."""
    events: int
    entered: int
    volumes: tuple[Volume, ...]
    endings: tuple[Ended, ...]
    outcomes: tuple[Came, ...]
    conflicts: tuple[Conflict, ...]
    """At most 200, oldest first; `conflict_counts` counts all."""
    conflict_counts: Mapping[str, Mapping[str, int]]
    """Live scenario → how often ours won and lost."""
    overlaps: tuple[Overlap, ...]
    examples: tuple[Example, ...]
    cost: Cost
    warnings: tuple[str, ...]


def report(stage: Stage, seed: int) -> Rehearsal:
    """Write down what a rehearsal that was played has come to."""
    return _Report(stage, seed).whole()


class _Report:
    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.seed = stage, seed
        self.name = stage.definition.scenario
        self.runs = _rows(stage, enrollments, "entered_at", "enrollment_id")
        self.wishes = _rows(stage, candidates, "wished_at", "message_id")
        self.sent = {row["message_id"]: row for row in _rows(stage, outbox, "queued_at", "message_id")}
        self.ours = [row for row in self.runs if row["scenario"] == self.name]
        self.own = [row for row in self.wishes if row["scenario"] == self.name]
        self.scenario_of = {row["message_id"]: row["scenario"] for row in self.wishes}
        self.zone = ZoneInfo(stage.zone)

    def whole(self) -> Rehearsal:
        """Write all of it."""
        stretch = self.stage.history.stretch
        conflicts = self._conflicts()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for one in conflicts:
            counts[one.other_scenario]["won" if one.won else "lost"] += 1
        examples = self._examples()
        return Rehearsal(
            scenario=self.name,
            version=self.stage.definition.version,
            since=stretch.since,
            until=stretch.until,
            brand=stretch.brand,
            seed=self.seed,
            beside=self.stage.live,
            events=self.stage.history.event_count,
            entered=len(self.ours),
            volumes=self._volumes(),
            endings=_counted(Ended, ((row["status"], row["exit_reason"]) for row in self.ours), "status", "reason"),
            outcomes=_counted(
                Came, ((row["step"], row["outcome"], row["reason"]) for row in self.own), "step", "outcome", "reason"
            ),
            conflicts=tuple(conflicts[:_MOST_CONFLICTS]),
            conflict_counts={name: dict(found) for name, found in sorted(counts.items())},
            overlaps=self._overlaps(),
            examples=examples,
            cost=self._cost(),
            warnings=tuple(self._warnings(examples)),
        )

    # ── volumes ──

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def _volumes(self) -> tuple[Volume, ...]:
        first = self.stage.definition.first
        began = {row["enrollment_id"]: instant(row["entered_at"]) for row in self.ours}
        counts: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
        branches: dict[tuple[date, str], Counter[str]] = defaultdict(Counter)
        seen: set[tuple[int, str, datetime]] = set()
        walked: set[int] = set()
        stays: list[tuple[date, str, date]] = []
        # the engine puts a run at its first step without walking it: that is no decision of the step's
        standing = {run: (first, self._day(at)) for run, at in began.items()}
        for at in began.values():
            counts[self._day(at), first]["entered"] += 1
        for one in self.stage.notebook.trod:
            if one.enrollment_id not in began:
                continue
            place, visit = (self._day(one.at), one.step), (one.enrollment_id, one.step, one.arrived_at)
            # it arrives there when the tick does, which may be a moment after it began
            is_there = visit in seen or (one.step == first and one.enrollment_id not in walked)
            if one.at > began[one.enrollment_id] or one.step != first:
                counts[place]["woken" if is_there else "entered"] += 1
            seen.add(visit)
            walked.add(one.enrollment_id)
            counts[place]["candidates"] += one.effects.count("proposal")
            if one.branch:
                branches[place][one.branch] += 1
            self._stand(one, standing, stays)
        until = self._day(self.stage.history.stretch.until)
        ended = {row["enrollment_id"]: row["ended_at"] for row in self.ours}
        for run, (step, since) in standing.items():
            over = until if ended[run] is None else self._day(instant(ended[run]))
            stays.append((since, step, over))
        for since, step, over in stays:
            for number in range(since.toordinal(), over.toordinal()):
                counts[date.fromordinal(number), step]["waiting"] += 1
        return tuple(
            Volume(day=day, step=step, branches=dict(sorted(branches[day, step].items())), **dict(counts[day, step]))
            for day, step in sorted(counts, key=lambda place: (place[0], self._place_of(place[1])))
        )

    def _stand(self, one: Trod, standing: dict[int, tuple[str, date]], stays: list[tuple[date, str, date]]) -> None:
        """Follow where a run stands from one day to the next."""
        day = self._day(one.at)
        before = standing.get(one.enrollment_id)
        if before is not None and (one.until is None or before[0] != one.step):
            stays.append((before[1], before[0], day))
            del standing[one.enrollment_id]
        if one.until is not None:
            standing.setdefault(one.enrollment_id, (one.step, day))

    def _place_of(self, step: str) -> int:
        order = list(self.stage.definition.program)
        return order.index(step) if step in order else len(order)

    # ── others ──

    def _conflicts(self) -> list[Conflict]:
        found: dict[tuple[str, str, bool], Conflict] = {}
        for one in self.stage.notebook.judged:
            others = [*one.stood_in_the_way, *([one.replaced_by] if one.replaced_by else [])]
            if one.reason not in _FOR_ROOM:
                continue
            for other in others:
                for conflict in self._conflict(one, other):
                    found.setdefault((conflict.message_id, conflict.other_message_id, conflict.won), conflict)
        return sorted(found.values(), key=lambda one: (one.at, one.message_id, one.other_message_id))

    def _conflict(self, one: Judged, other: str) -> Iterable[Conflict]:
        loser, winner = self.scenario_of.get(one.message_id), self.scenario_of.get(other)
        if loser == self.name and winner is not None and winner != self.name:
            yield Conflict(at=one.at, message_id=one.message_id, other_scenario=winner, other_message_id=other,
                           won=False, outcome=one.outcome, reason=one.reason)  # fmt: skip
        elif winner == self.name and loser is not None and loser != self.name:
            yield Conflict(at=one.at, message_id=other, other_scenario=loser, other_message_id=one.message_id,
                           won=True, outcome=one.outcome, reason=one.reason)  # fmt: skip

    def _overlaps(self) -> tuple[Overlap, ...]:
        people: dict[str, set[str]] = defaultdict(set)
        for row in self.runs:
            people[row["scenario"]].add(self.stage.world.people.of(row["node_id"]).profile_id)
        ours = people[self.name]
        return tuple(
            Overlap(
                scenario=name,
                people=len(people[name]),
                both=len(people[name] & ours),
                share=len(people[name] & ours) / len(ours) if ours else 0.0,
            )
            for name in self.stage.live
        )

    def _cost(self) -> Cost:
        sent = [row for row in self.own if row["outcome"] == Outcome.SENT.value]
        days = Counter(self._day(instant(row["decided_at"])) for row in sent)
        busiest = min(days, key=lambda day: (-days[day], day), default=None)
        stretch = self.stage.history.stretch
        length = max((stretch.until - stretch.since).total_seconds() / 86_400, 1e-9)
        return Cost(
            messages=len(sent),
            people=len({self.stage.world.people.of(row["node_id"]).profile_id for row in sent}),
            per_day=round(len(sent) / length, 2),
            busiest=0 if busiest is None else days[busiest],
            busiest_on=busiest,
        )

    # ── examples ──

    def _examples(self) -> tuple[Example, ...]:
        """Draw runs by the seed: the same seed shows the same people."""
        drawn = sorted(
            self.ours, key=lambda row: hash64("example", str(self.seed), str(row["enrollment_id"])) % _WHOLE
        )[:EXAMPLES]
        return tuple(self._example(row) for row in drawn)

    def _example(self, row: Mapping[str, Any]) -> Example:
        run = row["enrollment_id"]
        person = self.stage.world.people.of(row["node_id"])
        wishes = [one for one in self.own if one["enrollment_id"] == run]
        said = [*self._did(row, person.nodes), *self._trod(run), *self._decided(wishes)]
        said.append(Said(at=instant(row["entered_at"]), kind="entered", what=self.name))
        ending = row["exit_reason"] or row["status"]
        if row["ended_at"] is not None:
            over, why = instant(row["ended_at"]), row["exit_reason"] or ""
            said.append(Said(at=over, kind="ended", what=row["status"], why=why))
        return Example(
            enrollment_id=f"{run % _WHOLE:016x}",
            profile_id=person.profile_id,
            emails=person.emails,
            entered_at=instant(row["entered_at"]),
            ending=ending,
            timeline=tuple(sorted(said, key=lambda one: (one.at, _KINDS.index(one.kind)))),
            messages=tuple(
                self._shown(self.sent[one["message_id"]])
                for one in wishes
                if one["message_id"] in self.sent and self.sent[one["message_id"]]["handed_at"] is not None
            ),
        )

    def _did(self, row: Mapping[str, Any], nodes: frozenset[int]) -> Iterable[Said]:
        until = instant(row["ended_at"]) if row["ended_at"] is not None else self.stage.history.stretch.until
        began = instant(row["entered_at"])
        for one in self.stage.heard_by(nodes):
            if began <= one.occurred_at <= until and row["cart_key"] in {None, one.cart_key}:
                yield Said(at=one.occurred_at, kind="did", what=one.name, why=one.cart_id or one.order_id or "")

    def _trod(self, run: int) -> Iterable[Said]:
        for one in self.stage.trod_by(run):
            if one.until is not None:
                why = f"waits until {one.until:%Y-%m-%d %H:%M:%S} UTC"
            else:
                why = ", ".join([*([f"goes {one.branch}"] if one.branch else []), *one.effects]) or "goes on"
            yield Said(at=one.at, kind="step", what=one.step, why=why)

    def _decided(self, wishes: Sequence[Mapping[str, Any]]) -> Iterable[Said]:
        for wish in wishes:
            told = [one for one in self.stage.judged_of(wish["message_id"]) if one.outcome == Outcome.DEFERRED.value]
            for one in told:
                until = "" if one.until is None else f" until {one.until:%Y-%m-%d %H:%M:%S} UTC"
                yield Said(at=one.at, kind="decided", what=f"deferred{until}", why=one.reason or "")
            if wish["outcome"] != Outcome.DEFERRED.value:
                yield Said(
                    at=instant(wish["decided_at"]), kind="decided", what=wish["outcome"], why=_because(wish["reason"])
                )

    def _shown(self, row: Mapping[str, Any]) -> Shown:
        mail, problem = self.stage.mail_of(row)
        if mail is None:
            return Shown(message_id=row["message_id"], to=row["contact"], problem=problem)
        return Shown(message_id=mail.message_id, to=mail.to, subject=mail.subject, text=mail.text, html=mail.html)

    # ── warnings ──

    def _warnings(self, examples: Sequence[Example]) -> Iterable[str]:
        yield from unknowable(self.stage)
        if self._is_heard and not self.stage.history.event_count:
            yield "none of the events it listens to came in these days: does the site spell the trigger's name so?"
        elif not self._is_heard and not self.ours:
            yield "nobody entered on any of these days"
        elif not self.ours:
            yield "nobody entered, although events came: look at the trigger's brand, key and filters"
        total = len(self.own)
        for (reason, count), share in self._shares():
            yield f"{share:.0%} of {total:,} candidates end in {reason} ({count:,}): {_because(reason)}"
        if self.ours and not total:
            yield "nobody came to a message: every run ended or waits before it"
        if total and all(row["reason"] == Reason.NO_CONSENT.value for row in self.own):
            yield "nobody has consent"
        failed = sum(1 for row in self.own if row["reason"] == Reason.RENDER_FAILED.value)
        problems = sorted({one.problem for example in examples for one in example.messages if one.problem})
        if failed or problems:
            yield f"the template fails for {failed:,} people" + "".join(f"; {one}" for one in problems[:3])
        if self.stage.world.guessed:
            count = len(self.stage.world.guessed)
            yield f"{count:,} products were in carts before the catalogue knew them: their first known price is used"
        lost = Counter(one.other_scenario for one in self._conflicts() if one.won)
        for name, count in sorted(lost.items()):
            yield f"it takes {count:,} messages' place from the live scenario {name}"

    @property
    def _is_heard(self) -> bool:
        """Say whether it begins by something that is heard, and not by the calendar or by hand."""
        return bool(self.stage.definition.trigger.events)

    def _shares(self) -> Iterable[tuple[tuple[str, int], float]]:
        reasons = Counter(row["reason"] for row in self.own if row["outcome"] != Outcome.SENT.value and row["reason"])
        for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
            if count / len(self.own) >= _MUCH:
                yield (reason, count), count / len(self.own)


_KINDS = ("did", "entered", "step", "decided", "ended")


def _because(reason: str | None) -> str:
    return reason.replace("_", " ") if reason else ""


def _rows(stage: Stage, table: Table, *order: str) -> list[Mapping[str, Any]]:
    with stage.scratch.read() as connection:
        found = connection.execute(select(table).order_by(*(table.c[name] for name in order))).mappings()
        return [dict(row) for row in found]


def _counted(kind: Any, found: Iterable[tuple[Any, ...]], *names: str) -> tuple[Any, ...]:
    counts = Counter(found)
    return tuple(
        kind(**dict(zip(names, key, strict=True)), count=count)
        for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    )
