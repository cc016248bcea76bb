"""Who may speak: candidates of the same people against what those people already bear, in one total order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from comptoir.model.message import Candidate, Outcome, Reason
from comptoir.pressure.caps import Full, Policy, room

Order = tuple[int, int, float, datetime, datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A contact that counts already. `order` is there while it is still queued, and so may yet be replaced."""

    message_id: str
    node_id: int
    contact: str
    at: datetime
    order: Order | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What arbitration says of one candidate."""

    candidate: Candidate
    outcome: Outcome
    reason: Reason | None = None
    until: datetime | None = None
    replaced_by: str | None = None
    replaces: tuple[str, ...] = ()


class _Bill:
    """What is spent, found by node and by address."""

    def __init__(self, spent: Iterable[Spent]) -> None:
        self._by_node: dict[int, dict[str, Spent]] = defaultdict(dict)
        self._by_contact: dict[str, dict[str, Spent]] = defaultdict(dict)
        for one in spent:
            self.add(one)

    def add(self, one: Spent) -> None:
        self._by_node[one.node_id][one.message_id] = one
        self._by_contact[one.contact][one.message_id] = one

    def drop(self, one: Spent) -> None:
        del self._by_node[one.node_id][one.message_id]
        del self._by_contact[one.contact][one.message_id]

    def of(self, nodes: Iterable[int], contact: str) -> list[Spent]:
        found = dict(self._by_contact.get(contact, {}))
        for node in nodes:
            found |= self._by_node.get(node, {})
        return list(found.values())


def decide(
    candidates: Sequence[Candidate],
    spent: Iterable[Spent],
    kin: Mapping[int, frozenset[int]],
    policy: Policy,
    now: datetime,
) -> Iterator[Verdict]:
    """
    Judge candidates; marketing keeps the policy per person (`kin`: all nodes of a node's person) and per address.

    A candidate without room takes the place of worse ones that are still queued, waits until there is room if that is
    before it expires, or goes away.

    Order: the candidates' own, strongest first, so the answer does not depend on how they were listed.
    """
    bill = _Bill(spent)
    for candidate in sorted(candidates, key=lambda one: one.order):
        if not candidate.message_class.is_marketing:
            yield Verdict(candidate=candidate, outcome=Outcome.QUEUED)
            continue
        mine = bill.of(kin.get(candidate.node_id, frozenset({candidate.node_id})), candidate.contact)
        full = room(policy, [one.at for one in mine], now)
        losers = [] if full is None else _losers(candidate, mine, policy, now)
        if full is not None and not losers:
            yield _refused(candidate, mine, full)
            continue
        for loser in losers:
            bill.drop(loser)
        bill.add(_claim(candidate, now))
        yield Verdict(candidate=candidate, outcome=Outcome.QUEUED, replaces=tuple(loser.message_id for loser in losers))


def _claim(candidate: Candidate, now: datetime) -> Spent:
    return Spent(
        message_id=candidate.message_id,
        node_id=candidate.node_id,
        contact=candidate.contact,
        at=now,
        order=candidate.order,
        is_new=True,
    )


def _losers(candidate: Candidate, mine: list[Spent], policy: Policy, now: datetime) -> list[Spent]:
    """Give the fewest worse queued messages, worst first, whose leaving makes room; none if that is not enough."""
    worse = [(one.order, one) for one in mine if one.order is not None and one.order > candidate.order]
    leaving: list[Spent] = []
    for _, one in sorted(worse, key=lambda pair: pair[0], reverse=True):
        leaving.append(one)
        if room(policy, [other.at for other in mine if other not in leaving], now) is None:
            return leaving
    return []


def _refused(candidate: Candidate, mine: list[Spent], full: Full) -> Verdict:
    if full.until < candidate.expires_at:
        return Verdict(candidate=candidate, outcome=Outcome.DEFERRED, reason=full.reason, until=full.until)
    better = next((one.message_id for one in mine if one.is_new), None)
    if better is not None:
        return Verdict(candidate=candidate, outcome=Outcome.REPLACED, reason=Reason.BETTER, replaced_by=better)
    return Verdict(candidate=candidate, outcome=Outcome.DROPPED, reason=full.reason, until=full.until)
