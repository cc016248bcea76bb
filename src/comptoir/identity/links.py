"""Links: what says that two nodes are one person, in the order it is weighed; and cuts, which say they are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from comptoir.model.event import Trust
from comptoir.model.identifier import NOBODY, IdentifierKind
from comptoir.model.sighting import LinkClaim


class Reason(StrEnum):
    """Why two nodes are held to be one person."""

    EVENT = "event"
    """One event carried both."""
    IDENTIFY = "identify"
    """An identify call named both."""
    ALIAS = "alias"
    """The site said that one id follows the other."""
    IMPORT = "import"
    """An imported row carried both."""
    RECEIPT = "receipt"
    """A receipt carried a loyalty card beside another identifier: somebody typed both at a till."""
    SITE_LINK = "site_link"
    """A signed link led from one of the shop's sites to another, so both ids are one browser's."""
    CLICK = "click"
    """A link of a message sent to one was clicked on the other."""
    CORRECTION = "correction"
    """A mistyped address was corrected: perhaps both are one person's."""
    MANUAL = "manual"
    """Somebody joined them by hand."""


WEAKNESS: dict[str, int] = {kind.value: rank for rank, kind in enumerate(IdentifierKind)}
"""Larger is weaker: an account says who somebody is, a browser only where they sat."""

WEAK_FROM = WEAKNESS[IdentifierKind.DEVICE]
"""A link at least this weak has a browser or a device at one end: what several people may share."""


class Link(NamedTuple):
    """
    One link. Links sort in the order in which they are weighed, which no arrival order can change.

    Within one message the strong come first: an account takes its e-mail before a shared browser can.

    Units: `occurred_at` in microseconds since 1970; `weakness` of the weaker end; `a` < `b`.
    """

    occurred_at: int
    message_id: str
    weakness: int
    a: int
    b: int
    reason: str
    trust: str
    recorded: int = 0
    """For a link made by hand, the change that recorded it: it stands against the cuts before that; else 0."""

    @property
    def pair(self) -> tuple[int, int]:
        """Give the two nodes, the smaller first."""
        return self.a, self.b

    @property
    def identity(self) -> tuple[int, int, str, str, int]:
        """Give what makes two statements the same link, however often they come."""
        return self.a, self.b, self.reason, self.trust, self.recorded


class Cut(NamedTuple):
    """
    Somebody said by hand that two nodes are not one person.

    Units: `at` in microseconds since 1970; `recorded` is the change that recorded it; `a` < `b`.
    """

    a: int
    b: int
    recorded: int
    at: int
    by: str


Cuts = Mapping[tuple[int, int], int]
"""The last change in which each pair of nodes was cut."""


def cuts_of(cuts: Iterable[Cut]) -> dict[tuple[int, int], int]:
    """Keep the last cut of each pair."""
    last: dict[tuple[int, int], int] = {}
    for cut in cuts:
        last[cut.a, cut.b] = max(cut.recorded, last.get((cut.a, cut.b), 0))
    return last


def is_void(link: Link, cuts: Cuts) -> bool:
    """Say whether a cut voids this link: all between the two nodes, but for what was joined by hand afterwards."""
    cut = cuts.get((link.a, link.b))
    return cut is not None and link.recorded <= cut


def gather(claims: Iterable[LinkClaim], kinds: Mapping[int, str], *, recorded: int = 0) -> list[Link]:
    """
    Make links of claims: of statements of one link the earliest stands, so neither repeats nor arrival order matter.

    Claims about a node that `kinds` does not know (it identifies nobody) make none.
    """
    earliest: dict[tuple[int, int, str, str], tuple[int, str]] = {}
    for a, b, reason, trust, occurred_at, message_id in claims:
        key = (a, b, reason, trust) if a < b else (b, a, reason, trust)
        when = (occurred_at, message_id)
        former = earliest.get(key)
        if former is None or when < former:
            earliest[key] = when
    return [
        make(LinkClaim(*key, *when), kinds, recorded=recorded)
        for key, when in earliest.items()
        if key[0] != key[1] and NOBODY not in key[:2] and key[0] in kinds and key[1] in kinds
    ]


def make(claim: LinkClaim, kinds: Mapping[int, str], *, recorded: int = 0) -> Link:
    """Make the link of one claim; a claim made by hand is always confirmed."""
    a, b = min(claim.a, claim.b), max(claim.a, claim.b)
    by_hand = claim.reason == Reason.MANUAL
    return Link(
        occurred_at=claim.occurred_at,
        message_id=claim.message_id,
        weakness=max(WEAKNESS[kinds[a]], WEAKNESS[kinds[b]]),
        a=a,
        b=b,
        reason=claim.reason,
        trust=Trust.CONFIRMED.value if by_hand else claim.trust,
        recorded=recorded if by_hand else 0,
    )
