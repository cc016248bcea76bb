"""The steps that ship with Comptoir; they enter by the same door as strangers' (`comptoir.steps`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import ClassVar, Self

from comptoir.model.consent import EMAIL, MARKETING
from comptoir.model.scenario import Block, Facts, Go, Leave, Proposal, Stay
from comptoir.scenarios import conditions
from comptoir.scenarios.conditions import Condition
from comptoir.scenarios.fields import Fields

_SINCE = ("arrival", "last_action", "entry")
_NO_BRANCHES: Mapping[str, Block] = MappingProxyType({})


def _start(facts: Facts, since: str) -> datetime:
    return {"arrival": facts.arrived_at, "last_action": facts.last_action_at, "entry": facts.entered_at}[since]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait for a span of time, since the enrollment came here, since it began, or since its last action."""

    kind: ClassVar[str] = "wait"
    key: str
    span: timedelta
    since: str = "arrival"
    waits_for: ClassVar[None] = None
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @property
    def restarts(self) -> bool:
        """Say whether each new action starts the wait again."""
        return self.since == "last_action"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `for` and `since`."""
        return cls(key=fields.key, span=fields.duration("for"), since=fields.choice("since", _SINCE, default="arrival"))

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on once the span is over."""
        until = _start(facts, self.since) + self.span
        return Go() if facts.now >= until else Stay(until)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForEvent:
    """Wait for an event, at most `timeout`; go one way if it comes, the other if it does not."""

    kind: ClassVar[str] = "wait_for_event"
    key: str
    event: str
    timeout: timedelta
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
    def read(cls, fields: Fields) -> Self:
        """Read `event`, `timeout`, `on_event` and `on_timeout`."""
        return cls(
            key=fields.key,
            event=fields.text("event"),
            timeout=fields.duration("timeout"),
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
class Send:
    """Wish to send a message; arbitration decides, and it must be handed over within a span or not at all."""

    kind: ClassVar[str] = "send"
    key: str
    template: str
    channel: str = EMAIL
    purpose: str = MARKETING
    within: timedelta
    since: str = "arrival"
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `template`, `channel`, `purpose`, `within` and `since`."""
        return cls(
            key=fields.key,
            template=fields.text("template"),
            channel=fields.text("channel", default=EMAIL),
            purpose=fields.text("purpose", default=MARKETING),
            within=fields.duration("within"),
            since=fields.choice("since", _SINCE, default="arrival"),
        )

    def decide(self, facts: Facts) -> Go | Stay:
        """Go on, with a wish to contact."""
        expires = _start(facts, self.since) + self.within
        wish = Proposal(channel=self.channel, template=self.template, purpose=self.purpose, expires_at=expires)
        return Go(effects=(wish,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """End the enrollment, with a reason."""

    kind: ClassVar[str] = "exit"
    key: str
    reason: str = "exit"
    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    branches: ClassVar[Mapping[str, Block]] = _NO_BRANCHES

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `reason`."""
        return cls(key=fields.key, reason=fields.text("reason", default="exit"))

    def decide(self, facts: Facts) -> Go | Stay:
        """Leave, whatever the facts."""
        del facts
        return Go(effects=(Leave(reason=self.reason),))
