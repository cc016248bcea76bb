"""The steps that wait, ask and end; they enter by the same door as strangers' (`comptoir.steps`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from types import MappingProxyType
from typing import ClassVar, Self

from comptoir import localtime
from comptoir.grammar import properties
from comptoir.grammar.fields import Fields
from comptoir.grammar.forms import one
from comptoir.grammar.properties import ANYTHING, Where
from comptoir.model.scenario import Block, Facts, FieldKind, FormField, Go, Leave, Stay
from comptoir.scenarios import conditions
from comptoir.scenarios.acts import Goal, Notify, Send, SetTrait, Webhook
from comptoir.scenarios.conditions import Condition
from comptoir.scenarios.draws import Experiment, RandomSplit

__all__ = [
    "Branch", "Exit", "Experiment", "Goal", "Notify", "RandomSplit", "Send", "SetTrait", "Split", "Wait",
    "WaitForEvent", "Webhook",
]  # fmt: skip

SINCE = ("arrival", "last_action", "entry")
_MORNING = time(10, 0)
_NO_BRANCHES: Mapping[str, Block] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """
    Wait for a span of time, until a time of day, or until a week day.

    A span counts since the enrollment came here, since it began, or since its last action; a time of day is the
    person's own, and comes after the span where both are given. It may be the hour at which the person answers best.
    """

    kind: ClassVar[str] = "wait"
    label: ClassVar[Mapping[str, str]] = {"fr": "Attendre", "en": "Wait"}
    key: str
    span: timedelta = timedelta()
    since: str = "arrival"
    until: time | None = None
    days: tuple[str, ...] = ()
    best_hour: bool = False
    """Until the hour at which the person answers best; `until` holds while nobody can tell which that is."""
    waits_for: ClassVar[None] = None
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @property
    def restarts(self) -> bool:
        """Say whether each new action starts the wait again."""
        return self.since == "last_action"

    @property
    def needs(self) -> frozenset[str]:
        """Say which of the dearer facts it looks at: the person's zone, and their best hour."""
        return frozenset({"person"} if self.until is not None or self.days else ()) | (
            {"best_hour"} if self.best_hour else frozenset()
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("for", FieldKind.DURATION, "Durée", "Span of time", default="1 day"),
            one("since", FieldKind.CHOICE, "À compter de", "Since", default="arrival", options=SINCE),
            one("until", FieldKind.LOCAL_TIME, "Jusqu’à l’heure", "Until the time of day",
                "Heure locale de la personne.", "The person’s local time."),
            one("best_hour", FieldKind.FLAG, "À sa meilleure heure", "At their best hour",
                "L’heure à laquelle cette personne répond le mieux (Scores). Tant qu’on ne la connaît pas, l’heure "
                "ci-dessus, ou 10:00.",
                "The hour at which this person answers best (Scores). While it is not known, the time above, or 10:00.",
                default=False),
            one("on", FieldKind.WEEKDAYS, "Un de ces jours", "On one of these days", options=localtime.WEEKDAYS),
        )  # fmt: skip

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `for` and `since`, or `until`, `best_hour` and `on`."""
        is_best = fields.flag("best_hour", default=False)
        is_local = is_best or fields.has("until") or fields.has("on")
        return cls(
            key=fields.key,
            span=fields.duration("for", timedelta()) if is_local else fields.duration("for"),
            since=fields.choice("since", SINCE, default="arrival"),
            until=fields.local_time("until", _MORNING if is_best else time(0, 0)) if is_local else None,
            days=fields.weekdays("on", ()),
            best_hour=is_best,
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on once the span is over and the time has come."""
        until = facts.since(self.since) + self.span
        if self.until is not None:
            weekdays = frozenset(localtime.WEEKDAYS.index(day) for day in self.days)
            zone, shown = facts.zone, self.until
            if self.best_hour and facts.world.best_hour is not None:
                zone, shown = facts.brand_zone, time(facts.world.best_hour)  # it was found by the brand's clocks
            until = localtime.next_local(until, zone, shown, weekdays)
        return Go() if facts.now >= until else Stay(until)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForEvent:
    """Wait for an event, at most `timeout`; go one way if it comes, the other if it does not."""

    kind: ClassVar[str] = "wait_for_event"
    label: ClassVar[Mapping[str, str]] = {"fr": "Attendre un événement", "en": "Wait for an event"}
    key: str
    event: str
    timeout: timedelta
    where: Where = ANYTHING
    on_event: Block = ()
    on_timeout: Block = ()
    restarts: ClassVar[bool] = False

    @property
    def waits_for(self) -> str:
        """Name the event that wakes an enrollment which stays here."""
        return self.event

    @property
    def branches(self) -> Mapping[str, Block]:
        """Give the two ways."""
        return {"on_event": self.on_event, "on_timeout": self.on_timeout}

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("event", FieldKind.EVENT, "Événement", "Event", is_required=True),
            one("where", FieldKind.WHERE, "Dont les propriétés", "Whose properties"),
            one("timeout", FieldKind.DURATION, "Au plus", "At most", default="2 days", is_required=True),
            one("on_event", FieldKind.BLOCK, "S’il arrive", "If it comes"),
            one("on_timeout", FieldKind.BLOCK, "Sinon", "If it does not"),
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `event`, `where`, `timeout`, `on_event` and `on_timeout`."""
        return cls(
            key=fields.key,
            event=fields.text("event"),
            timeout=fields.duration("timeout"),
            where=properties.read(fields.raw("where"), f"{fields.where}.where") if fields.has("where") else ANYTHING,
            on_event=fields.block("on_event"),
            on_timeout=fields.block("on_timeout"),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go one way if the event has come, the other when time is over."""
        if self.event in facts.happened:
            return Go("on_event")
        until = facts.arrived_at + self.timeout
        return Go("on_timeout") if facts.now >= until else Stay(until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Ask a condition; go one way if it holds, the other if it does not."""

    kind: ClassVar[str] = "condition"
    label: ClassVar[Mapping[str, str]] = {"fr": "Condition", "en": "Condition"}
    key: str
    condition: Condition
    then: Block = ()
    otherwise: Block = ()
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False

    @property
    def branches(self) -> Mapping[str, Block]:
        """Give the two ways."""
        return {"then": self.then, "otherwise": self.otherwise}

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("if", FieldKind.CONDITION, "Si", "If", is_required=True),
            one("then", FieldKind.BLOCK, "Alors", "Then"),
            one("otherwise", FieldKind.BLOCK, "Sinon", "Otherwise"),
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `if`, `then` and `otherwise`."""
        return cls(
            key=fields.key,
            condition=conditions.read(fields.raw("if"), f"{fields.where}.if"),
            then=fields.block("then"),
            otherwise=fields.block("otherwise"),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go the way the condition says."""
        return Go("then" if self.condition.holds(facts) else "otherwise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way of a split: a condition, and where it leads."""

    name: str
    condition: Condition
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Ask several conditions, one after the other; go the way of the first that holds, or the way of none."""

    kind: ClassVar[str] = "split"
    label: ClassVar[Mapping[str, str]] = {"fr": "Plusieurs chemins", "en": "Split"}
    key: str
    cases: tuple[Case, ...]
    otherwise: Block = ()
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False

    @property
    def branches(self) -> Mapping[str, Block]:
        """Give all ways by name."""
        return {**{case.name: case.block for case in self.cases}, "otherwise": self.otherwise}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Give what it asks."""
        return tuple(case.condition for case in self.cases)

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            one("cases", FieldKind.CASES, "Chemins", "Ways", is_required=True),
            one("otherwise", FieldKind.BLOCK, "Sinon", "Otherwise"),
        )

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `cases`, each with `if`, `then` and perhaps `name`; and `otherwise`."""
        cases = []
        for place, inner in enumerate(fields.items("cases"), start=1):
            cases.append(
                Case(
                    name=inner.text("name", default=f"case{place}"),
                    condition=conditions.read(inner.raw("if"), f"{inner.where}.if"),
                    block=inner.block("then"),
                )
            )
            inner.done()
        names = [case.name for case in cases]
        if len({*names, "otherwise"}) <= len(names):
            raise fields.bad("cases", names, "ways that each have a name of their own")
        return cls(key=fields.key, cases=tuple(cases), otherwise=fields.block("otherwise"))

    def decide(self, facts: Facts) -> Go | Stay:
        """Go the way of the first condition that holds."""
        return Go(next((case.name for case in self.cases if case.condition.holds(facts)), "otherwise"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """End the enrollment, with a reason."""

    kind: ClassVar[str] = "exit"
    label: ClassVar[Mapping[str, str]] = {"fr": "Sortir", "en": "Exit"}
    key: str
    reason: str = "exit"
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (one("reason", FieldKind.TEXT, "Raison", "Reason", default="exit"),)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `reason`."""
        return cls(key=fields.key, reason=fields.text("reason", default="exit"))

    def decide(self, facts: Facts) -> Go | Stay:
        """Leave, whatever the facts."""
        del facts
        return Go(effects=(Leave(reason=self.reason),))
