"""Who may speak: candidates of the same people against what those people already bear, in one total order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

import msgspec

from comptoir.model.consent import ConsentKey
from comptoir.model.message import Candidate, Outcome, Reason
from comptoir.pressure import ahead
from comptoir.pressure.ahead import Coming
from comptoir.pressure.caps import EVERY_BRAND, Full, Order, Policy, Spent, room
from comptoir.pressure.policies import PolicyOf
from comptoir.pressure.quiet import NOWHERE, Place, opens_at, place_of

__all__ = ["Around", "Bill", "Openings", "Spent", "Verdict", "closed", "decide", "opening"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What arbitration says of one candidate."""

    candidate: Candidate
    outcome: Outcome
    reason: Reason | None = None
    until: datetime | None = None
    replaced_by: str | None = None
    replaces: tuple[str, ...] = ()
    moved: tuple[Verdict, ...] = ()
    """What becomes of those it replaces, where their whole wish is known: they wait if they live long enough."""
    bears: tuple[str, ...] = ()
    """The messages that counted when it was judged."""
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What arbitration must know besides candidates and contacts."""

    policies: Mapping[str, Policy] = field(default_factory=dict)
    """Brands' own policies; `*` stands before the default."""
    brands: Mapping[str, Place] = field(default_factory=dict)
    paused: Mapping[ConsentKey, datetime] = field(default_factory=dict)
    held_out: frozenset[str] = frozenset()
    """Message ids of people in the universal control group."""
    coming: Sequence[Coming] = ()

    def policy_of(self, default: Policy) -> PolicyOf:
        """Give who says the policy of a brand."""
        fallback = self.policies.get(EVERY_BRAND, default)
        return lambda brand: self.policies.get(brand, fallback)


NOTHING_AROUND = Around()


class Bill:
    """What is spent, found by node and by address."""

    def __init__(self, spent: Iterable[Spent]) -> None:
        self._by_node: dict[int, dict[str, Spent]] = defaultdict(dict)
        self._by_contact: dict[str, dict[str, Spent]] = defaultdict(dict)
        for one in spent:
            self.add(one)

    def add(self, one: Spent) -> None:
        """Count one more; the same message again counts once."""
        self._by_node[one.node_id][one.message_id] = one
        self._by_contact[one.contact][one.message_id] = one

    def drop(self, one: Spent) -> None:
        """Count one no more."""
        del self._by_node[one.node_id][one.message_id]
        del self._by_contact[one.contact][one.message_id]

    def of(self, nodes: Iterable[int], contact: str) -> list[Spent]:
        """Give what these nodes and this address bear."""
        found = self._by_contact.get(contact, {})
        for node in nodes:
            if node in self._by_node:
                found = found | self._by_node[node]
        return list(found.values())


class Openings:
    """When each place opens, worked out once for all candidates of that place."""

    def __init__(self, around: Around) -> None:
        self._around = around
        # by what tells places apart, and by the policy's identity: hashing its quiet hours would cost more than these
        self._zones: dict[tuple[int, str | None, str | None, str], tuple[ZoneInfo, str | None]] = {}
        self._opens: dict[tuple[int, str | None, str | None, str, datetime], datetime] = {}

    def of(self, wish: Candidate, policy: Policy, at: datetime) -> datetime:
        """Give the first instant from `at` on at which a wish may go, for all that its person's clock says."""
        quiet = policy.quiet
        if quiet is None or not quiet.keeps(wish.channel):
            return at
        place = (id(policy), wish.time_zone, wish.country, wish.brand)
        opens = self._opens.get((*place, at))
        if opens is None:
            if place not in self._zones:
                person = Place(zone=wish.time_zone, country=wish.country)
                self._zones[place] = place_of(quiet, person, self._around.brands.get(wish.brand, NOWHERE))
            opens = self._opens[(*place, at)] = opens_at(quiet, *self._zones[place], at)
        return opens


def opening(wish: Candidate, policy: Policy, around: Around, now: datetime) -> Full | None:
    """Say until when a wish may not go because of a pause or quiet hours; None where it may."""
    return closed(wish, policy, around, Openings(around), now)


def decide(
    candidates: Sequence[Candidate],
    spent: Iterable[Spent],
    kin: Mapping[int, frozenset[int]],
    policy: Policy,
    now: datetime,
    *,
    around: Around = NOTHING_AROUND,
) -> Iterator[Verdict]:
    """
    Judge candidates; marketing keeps its brand's policy per person (`kin`: all nodes of a person) and per address.

    A candidate without room takes the place of worse ones that are still queued, waits until there is room if that is
    before it expires, or goes away. One with room makes way for a better one of the coming days that would lose its
    own.

    Order: the candidates' own, strongest first, so the answer does not depend on how they were listed.
    """
    court = _Court(
        spent, kin, around.policy_of(policy), now, around=around, present={one.message_id for one in candidates}
    )
    for order, candidate in sorted([(one.order, one) for one in candidates], key=itemgetter(0)):
        yield court.judge(candidate, order)


class _Court:
    """One sitting of arbitration: the bill so far, and what is to come."""

    def __init__(
        self,
        spent: Iterable[Spent],
        kin: Mapping[int, frozenset[int]],
        policy_of: PolicyOf,
        now: datetime,
        *,
        around: Around,
        present: set[str],
    ) -> None:
        self.bill = Bill(spent)
        self.kin, self.now, self.around = kin, now, around
        self.policy_of = policy_of
        self.openings = Openings(around)
        self.coming: dict[int, list[Coming]] = defaultdict(list)
        for one in around.coming:
            if one.wish.message_id not in present:
                self.coming[one.wish.node_id].append(one)

    def judge(self, wish: Candidate, order: Order) -> Verdict:
        """Judge one candidate, after all stronger ones."""
        if not wish.message_class.is_marketing:
            return Verdict(candidate=wish, outcome=Outcome.QUEUED)
        if wish.message_id in self.around.held_out:
            return Verdict(candidate=wish, outcome=Outcome.HELD_OUT, reason=Reason.UNIVERSAL_CONTROL)
        policy = self.policy_of(wish.brand)
        nodes = self.kin.get(wish.node_id) or frozenset({wish.node_id})
        mine = self.bill.of(nodes, wish.contact)
        shut = closed(wish, policy, self.around, self.openings, self.now)
        if shut is not None:
            return self._wait(wish, policy, mine, shut)
        full = room(policy, wish, nodes, mine, self.now) if mine else _nothing_borne(policy, wish, self.now)
        losers = [] if full is None else _losers(wish, order, mine, nodes, policy=policy, now=self.now)
        if full is not None and not losers:
            return self._wait(wish, policy, mine, full)
        if self.coming:
            better = self._better(wish, nodes, [one for one in mine if one not in losers])
            if better is not None:
                return self._make_way(wish, policy, mine, better)
        for loser in losers:
            self.bill.drop(loser)
        self.bill.add(ahead.claim(wish, self.now, order))
        if not losers:
            return Verdict(candidate=wish, outcome=Outcome.QUEUED, bears=_names(mine), policy=policy.name)
        return self._win(wish, policy, nodes, mine, losers)

    def _win(
        self, wish: Candidate, policy: Policy, nodes: frozenset[int], mine: list[Spent], losers: list[Spent]
    ) -> Verdict:
        return Verdict(
            candidate=wish,
            outcome=Outcome.QUEUED,
            replaces=tuple(loser.message_id for loser in losers),
            moved=tuple(self._displaced(loser.wish, wish, nodes) for loser in losers if loser.wish is not None),
            bears=_names(mine),
            policy=policy.name,
        )

    def _displaced(self, loser: Candidate, winner: Candidate, nodes: frozenset[int]) -> Verdict:
        """Say what becomes of a queued message whose place was taken: it waits if it lives until there is room."""
        policy = self.policy_of(loser.brand)
        own = nodes if loser.node_id in nodes else frozenset({loser.node_id})
        bill = self.bill.of(own, loser.contact)
        full = room(policy, loser, own, bill, self.now)
        until = self._opens(loser, policy, full.until if full is not None else self.now + _MOMENT)
        if until < loser.expires_at:
            self.coming[loser.node_id].append(Coming(wish=loser, at=until))
            return Verdict(
                candidate=loser, outcome=Outcome.DEFERRED, reason=Reason.BETTER, until=until,
                replaced_by=winner.message_id, bears=_names(bill), policy=policy.name,
            )  # fmt: skip
        return Verdict(
            candidate=loser, outcome=Outcome.REPLACED, reason=Reason.BETTER, replaced_by=winner.message_id,
            bears=_names(bill), policy=policy.name,
        )  # fmt: skip

    def _wait(self, wish: Candidate, policy: Policy, mine: list[Spent], full: Full) -> Verdict:
        """Defer a candidate until it may go, or take it away where that is too late."""
        until = self._opens(wish, policy, full.until)
        bears = _names(mine)
        if until < wish.expires_at:
            self.coming[wish.node_id].append(Coming(wish=wish, at=until))
            return Verdict(
                candidate=wish, outcome=Outcome.DEFERRED, reason=full.reason, until=until, bears=bears,
                policy=policy.name,
            )  # fmt: skip
        better = next((one.message_id for one in mine if one.is_new), None)
        if better is not None and full.reason not in _OF_THE_CLOCK:
            return Verdict(
                candidate=wish, outcome=Outcome.REPLACED, reason=Reason.BETTER, replaced_by=better, bears=bears,
                policy=policy.name,
            )  # fmt: skip
        return Verdict(
            candidate=wish, outcome=Outcome.DROPPED, reason=full.reason, until=until, bears=bears, policy=policy.name
        )

    def _better(self, wish: Candidate, nodes: frozenset[int], bill: list[Spent]) -> Coming | None:
        to_come = [one for node in nodes if node in self.coming for one in self.coming[node]]
        if not to_come:
            return None
        return ahead.preferred(wish, nodes, bill, to_come, policy_of=self.policy_of, now=self.now)

    def _make_way(self, wish: Candidate, policy: Policy, mine: list[Spent], better: Coming) -> Verdict:
        until = self._opens(wish, policy, ahead.resumes_at(better, self.now))
        is_patient = until < wish.expires_at
        if is_patient:
            self.coming[wish.node_id].append(Coming(wish=wish, at=until))
        return Verdict(
            candidate=wish,
            outcome=Outcome.DEFERRED if is_patient else Outcome.DROPPED,
            reason=Reason.BETTER_SOON,
            until=until,
            replaced_by=better.wish.message_id,
            bears=_names(mine),
            policy=policy.name,
        )

    def _opens(self, wish: Candidate, policy: Policy, at: datetime) -> datetime:
        """Give when it may go at `at` or after; never a moment that has passed, and never beyond the calendar."""
        at = max(at, self.now + _MOMENT)
        return at if at >= wish.expires_at else self.openings.of(wish, policy, at)


_MOMENT = timedelta(microseconds=1)
_OF_THE_CLOCK = frozenset({Reason.PAUSED, Reason.QUIET_HOURS})


def _names(mine: list[Spent]) -> tuple[str, ...]:
    return tuple([one.message_id for one in mine[:20]]) if mine else ()


def _nothing_borne(policy: Policy, wish: Candidate, now: datetime) -> Full | None:
    """Answer for people who bear nothing yet: only a cap of none at all can be full."""
    if all(cap.count for cap in policy.caps):
        return None
    return room(policy, wish, frozenset(), (), now)


def closed(wish: Candidate, policy: Policy, around: Around, openings: Openings, now: datetime) -> Full | None:
    """Say until when a wish may not go because of a pause or quiet hours, with openings worked out for many."""
    paused = None
    if around.paused:
        paused = around.paused.get(ConsentKey(wish.contact, wish.brand, wish.purpose, wish.channel))
    if paused is not None and paused > now:
        return Full(Reason.PAUSED, paused)
    opens = openings.of(wish, policy, now)
    return Full(Reason.QUIET_HOURS, opens) if opens > now else None


def _losers(
    wish: Candidate, order: Order, mine: list[Spent], nodes: frozenset[int], *, policy: Policy, now: datetime
) -> list[Spent]:
    """Give the fewest worse queued messages, worst first, whose leaving makes room; none if that is not enough."""
    worse = [(one.order, one) for one in mine if one.order is not None and one.order > order]
    leaving: list[Spent] = []
    for _, one in sorted(worse, key=lambda pair: pair[0], reverse=True):
        leaving.append(one)
        if room(policy, wish, nodes, [other for other in mine if other not in leaving], now) is None:
            return leaving
    return []
