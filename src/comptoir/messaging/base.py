"""The promises of messaging: a channel hands over, a gate keeps the pressure, the last look may still forbid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from comptoir.clock import Clock
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.messaging.overlay import Hold
from comptoir.model.message import DeliveryKind, Mail, Reason, Receipt
from comptoir.state.base import State
from comptoir.state.sealing import MasterKey

LastLook = Callable[[], bool]
"""Asked at the very last moment, before the act that cannot be taken back: may this still go?"""


class Channel(Protocol):
    """
    A way to hand a message over. Plug-ins enter by the group `comptoir.channels`.

    `send` never raises for the other side's faults: it says accepted, failed (never to be tried again), deferred
    (surely not accepted), stopped (the last look forbade it) or unknown (nobody can tell).
    """

    @property
    def name(self) -> str:
        """Name the channel."""
        ...

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Hand one message over, asking `may_still` right before it cannot be taken back."""
        ...

    def close(self) -> None:
        """Let go of the connection; sending again opens a new one."""
        ...


class ChannelNeeds(ComptoirError, ValueError):
    """A channel lacks something it needs."""

    code, status = "channel_needs", 400
    hint = "Set it in `[channels] options`, as `channel.name=value`."


@runtime_checkable
class Wide(Protocol):
    """What a channel adds that holds several conversations at once; one that does not say holds one."""

    @property
    def connections(self) -> int:
        """Say how many messages may be under way at once: `send` is then called by as many threads."""
        ...

    def room(self, brand: str) -> int:
        """Say how many messages of a brand may begin now: 0 where a rate is reached."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a channel may be made of: its class offers `made(making) -> Channel`."""

    settings: Settings
    state: State
    clock: Clock
    key: Callable[[], MasterKey]
    """Gives the key that secrets in state are sealed under."""
    link_key: bytes
    options: Mapping[str, str] = field(default_factory=dict)
    """What `[channels] options` says for this channel."""


class Gate(Protocol):
    """
    Whoever keeps the pressure ledger, as far as the sender needs it. All inside the sender's transaction.

    A message is its outbox row.
    """

    def refusals(
        self, connection: Any, messages: Sequence[Mapping[str, Any]], now: datetime
    ) -> Mapping[str, Reason | Hold]:
        """
        Say which messages that were reserved earlier may not go now, and why; the others may, and are handed over.

        Each is judged as if those before it that may go had been handed over. Where it may go later, the gate has put
        off its `not_before` and says `Hold.WAIT`.
        """
        ...

    def handed_all(self, connection: Any, messages: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Note that messages are being handed over: from now on they count, whatever comes."""
        ...

    def settled_all(self, connection: Any, endings: Sequence[tuple[Mapping[str, Any], DeliveryKind, datetime]]) -> None:
        """Note channels' answers: a failure releases the reservation, an unknown fate counts."""
        ...

    def dropped(self, connection: Any, message: Mapping[str, Any], reason: Reason, now: datetime) -> None:
        """Note that a queued message will not go: its reservation is released."""
        ...


SaidSince = Callable[[Any, Mapping[str, Any]], Reason | Hold | None]
"""
Say what was said of one outbox row, other than by a line, since it was handed over: that its address is barred, that
its scenario, its person or all sending stands still, that its run ended.

Asked by many threads at the last look; the first argument is a connection that reads.
"""

Living = Callable[[Any, Sequence[Mapping[str, Any]]], frozenset[str]]
"""
Give the message ids of those outbox rows behind which the scenario and the enrollment still run.

The first argument is the connection of the sender's transaction.
"""
