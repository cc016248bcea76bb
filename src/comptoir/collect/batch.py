"""A batch: the events of a tick on their way through the stages, and what the stages refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from comptoir.model.event import Line, RefusalReason
from comptoir.quality.fields import FieldGrade


class Event(msgspec.Struct, gc=False):
    """
    One line on its way through the stages; each stage fills in what it finds.

    An event never leads back to itself, so Python's cycle collector need not walk the thousands of a tick.

    Units: instants in microseconds since 1970, UTC.
    """

    offset: int
    text: bytes
    line: Line
    message_hash: int = 0
    body_hash: int = 0
    occurred_at: int = 0
    original_timestamp: str | None = None
    clock_flag: str | None = None
    robot_reason: str | None = None
    user_agent: str | None = None
    browser: str | None = None
    os: str | None = None
    device: str | None = None
    device_type: str | None = None
    country: str | None = None
    region: str | None = None
    town: str | None = None
    locale: str | None = None
    url: str | None = None
    path: str | None = None
    title: str | None = None
    referrer: str | None = None
    channel: str | None = None
    channel_detail: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    click: str | None = None
    """Which advertiser's click id the address carries: a key of `channels.CLICKS`."""
    search_term: str | None = None
    """What was searched for, as the address of a page says."""
    cart_id: str | None = None
    checkout_id: str | None = None
    order_id: str | None = None
    product_id: str | None = None
    category: str | None = None
    identifiers: Sequence[tuple[str, str, int]] = ()
    """Kind, value and node of each, without those that identify nobody."""
    node_id: int = 0
    browser_node: int = 0
    sent_to: int = 0
    """For a control about a message: the node our own ledger sent that message to."""
    commerce: Sequence[dict[str, object]] = ()
    graded: Sequence[FieldGrade] = ()
    """What became of the fields of a person that it states."""
    contacts: dict[str, str] | None = None
    """The address and number that name the person, as grading reads them, empty where they name nobody; None where
    nothing was graded."""
    answered: tuple[str, str] | None = None
    """The offered correction that it answers, and the answer."""
    properties: dict[str, object] | None = None
    """Decoded once for records and controls, whose fields become columns."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that a stage kept aside, and why."""

    event: Event
    reason: RefusalReason
    detail: str = ""


@dataclass(slots=True)
class Outcome:
    """What a stage, or all of them, made of a batch."""

    kept: list[Event] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    duplicates: list[Event] = field(default_factory=list)

    def and_then(self, later: Outcome) -> Outcome:
        """Join with what a later stage made of `kept`."""
        return Outcome(later.kept, self.refused + later.refused, self.duplicates + later.duplicates)


Stage = Callable[[list[Event]], Outcome]
"""A stage takes a batch and says what it kept, what it refused and what it had seen before."""


def run(batch: list[Event], stages: tuple[Stage, ...]) -> Outcome:
    """
    Pass a batch through the stages.

    A stage that fails is given the batch again in halves, so that one poisoned event among 20,000 is kept aside as
    POISON after log2 tries and its neighbours go on.
    """
    outcome = Outcome(kept=batch)
    for stage in stages:
        outcome = outcome.and_then(_isolate(stage, outcome.kept))
    return outcome


def _isolate(stage: Stage, batch: list[Event]) -> Outcome:
    try:
        return stage(batch)
    except Exception as error:  # noqa: BLE001 (whatever it raises, the culprit is kept aside with the words)
        if len(batch) == 1:
            detail = f"{stage.__name__}: {type(error).__name__}: {error}"[:500]
            return Outcome(refused=[Refused(batch[0], RefusalReason.POISON, detail)])
        middle = len(batch) // 2
        first, second = _isolate(stage, batch[:middle]), _isolate(stage, batch[middle:])
        return Outcome(first.kept + second.kept, first.refused + second.refused, first.duplicates + second.duplicates)
