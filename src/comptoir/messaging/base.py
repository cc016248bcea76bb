"""The promises of messaging: a channel hands over, a gate keeps the pressure, the last look may still forbid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from comptoir.model.message import DeliveryKind, Mail, Reason, Receipt

LastLook = Callable[[], bool]
"""Asked at the very last moment, before the act that cannot be taken back: may this still go?"""


class Channel(Protocol):
    """
    A way to hand a message over.

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


class Gate(Protocol):
    """
    Whoever keeps the pressure ledger, as far as the sender needs it. All inside the sender's transaction.

    `message` is the outbox row.
    """

    def refuses(self, connection: Any, message: Mapping[str, Any], now: datetime) -> Reason | None:
        """Say why the caps forbid a message that was reserved earlier; None where it may go."""
        ...

    def handed(self, connection: Any, message: Mapping[str, Any], now: datetime) -> None:
        """Note that the message is being handed over: from now on it counts, whatever comes."""
        ...

    def settled(self, connection: Any, message: Mapping[str, Any], kind: DeliveryKind, now: datetime) -> None:
        """Note the channel's answer: a failure releases the reservation, an unknown fate counts."""
        ...

    def dropped(self, connection: Any, message: Mapping[str, Any], reason: Reason, now: datetime) -> None:
        """Note that a queued message will not go: its reservation is released."""
        ...


IsLive = Callable[[Any, Mapping[str, Any]], bool]
"""Say whether the scenario and the enrollment behind an outbox row still run. First argument: the connection."""
