"""From lines to facts: a stretch of a spool becomes tables for the warehouse, sightings for identity, and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from comptoir.collect import bulk, commerce, grading, people, robots, tables
from comptoir.collect.batch import Event, Outcome, Refused, Stage, run
from comptoir.collect.plan import check as plan_check
from comptoir.collect.plan.check import Findings
from comptoir.collect.stages import BEHAVIOURS, REPORTS, World, stages
from comptoir.model import erasure, money
from comptoir.model.consent import BY_LINK, LEFT, MARKETING
from comptoir.model.erasure import Was
from comptoir.model.event import MESSAGE_ANSWERED, Control, Line, OnSite, Record, RefusalReason, Type, decode
from comptoir.model.message import ONSITE, DeliveryKind
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen

GROUP = 1_000
"""Events that go through all stages together."""

OWN_SOURCE = "comptoir"
"""The source of the lines that Comptoir's own addresses write: nobody else may have it."""
_NO_EVENTS = frozenset({Type.REFUSED, Type.DISCARDED, Type.ERASED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the lines of a tick; the first is the sum of the others."""

    received: int
    stored: int
    refused: int
    consent_discarded: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """
    What a tick collected.

    `tables` are shaped like the base tables `fact.<name>`; empty ones are left out. `controls` must act before anything
    else. `kept` are the stored events, in order.
    """

    tables: dict[str, pa.Table]
    nodes: list[NodeSeen]
    links: list[LinkClaim]
    traits: list[TraitSeen]
    controls: list[Event]
    kept: list[Event]
    counts: Counts
    imports: dict[str, Counts]
    answers: list[tuple[str, str, str, int]] = field(default_factory=list)
    """Corrections that customers answered: the offer, the answer, the message id, and when."""
    findings: Findings = field(default_factory=Findings)
    """What breaks a tracking plan."""
    together: bulk.Bulk = bulk.NOTHING
    """What was collected in bulk; its rows are among `tables`, its lines are no `kept` events."""
    erased: list[Gone] = field(default_factory=list)
    """What an erasure left: no fact, but known when it is sent again."""


class Gone(NamedTuple):
    """A line whose person was erased."""

    line: Line
    left: erasure.Left


def collect(
    lines: Sequence[bytes],
    *,
    first_offset: int,
    tick_id: int,
    world: World,
    extra: tuple[Stage, ...] = (),
    one_by_one: bool = False,
) -> Collected:
    """
    Take the lines of a tick through the stages and make tables of what they kept.

    `extra` stages run last (tests poison them). Nothing is lost: each line is stored, refused with its reason, known
    already, or a refused consent of which only the fact remains. Order lines of imports are collected in bulk, unless
    one of them is out of the ordinary or they are asked for `one_by_one`.
    """
    together, places = (bulk.NOTHING, range(len(lines))) if one_by_one or extra else _together(lines, tick_id, world)
    findings = Findings()
    checks = (plan_check.stage(world.plans, findings),) if world.plans else ()
    line = (*stages(world, *checks), *extra, _read_records(world))
    gathered = _Gathered(tick_id=tick_id)
    for start in range(0, len(places), GROUP):
        gathered.take(lines, places[start : start + GROUP], first_offset, line)
    outcome, gone = gathered.outcome, gathered.gone
    outcome.refused[:0] = gathered.refused
    stored = [one for one in gone if one.left.was is Was.STORED]
    kept = outcome.kept
    nodes, links, traits = people.sightings(kept, world.is_blocked)
    made = _tables(gathered, stored)
    if together.commerce is not None:
        known = [made["commerce"]] if "commerce" in made else []
        made["commerce"] = pa.concat_tables([*known, together.commerce])
    return Collected(
        tables=made,
        nodes=[*nodes, *together.nodes],
        links=[*links, *together.links],
        traits=traits,
        controls=[event for event in kept if event.line.type == Type.CONTROL or event.line.name == Record.CONSENT],
        kept=kept,
        counts=Counts(
            received=len(lines),
            stored=len(kept) + len(stored) + len(together.hashes),
            refused=len(outcome.refused),
            consent_discarded=gathered.discarded,
            duplicates=len(outcome.duplicates) + len(gone) - len(stored) + together.duplicates.total(),
        ),
        imports=_by_import(outcome, gone, together),
        findings=findings,
        erased=stored,
        together=together,
        answers=[
            (*event.answered, event.line.message_id, event.occurred_at) for event in kept if event.answered is not None
        ],
    )


def _together(lines: Sequence[bytes], tick_id: int, world: World) -> tuple[bulk.Bulk, Sequence[int]]:
    """Collect in bulk what can be; give that, and the places of the lines that take the long way."""
    plain, places = bulk.part(lines)
    found = bulk.collect([lines[place] for place in plain], tick_id, world) if plain else bulk.NOTHING
    if found is None and not places:  # they only begin alike
        plain, places = bulk.part(lines, one_by_one=True)
        found = bulk.collect([lines[place] for place in plain], tick_id, world) if places and plain else None
    return (bulk.NOTHING, range(len(lines))) if found is None else (found, places)


@dataclass(slots=True, kw_only=True)
class _Gathered:
    """
    What the groups of a tick have made so far.

    A group goes all the way from text to columns before the next begins: what it touches stays in the processor's
    cache, so that a line of a tick of 20,000 costs no more than one of a tick of 1,000.
    """

    tick_id: int
    outcome: Outcome = field(default_factory=Outcome)
    refused: list[Refused] = field(default_factory=list)
    """What was no event to begin with."""
    gone: list[Gone] = field(default_factory=list)
    discarded: int = 0
    events: list[pa.Table] = field(default_factory=list)
    commerce: list[pa.Table] = field(default_factory=list)
    reports: list[Event] = field(default_factory=list)
    """Kept records and controls."""
    on_site: list[Event] = field(default_factory=list)
    """Kept behaviours that tell of a message shown on the site."""

    def take(self, lines: Sequence[bytes], places: Iterable[int], first_offset: int, line: tuple[Stage, ...]) -> None:
        """Take a group of lines through the stages, and make columns of the behaviours among them."""
        outcome = run(self._sorted(lines, places, first_offset), line)
        self.outcome.kept += outcome.kept
        self.outcome.refused += outcome.refused
        self.outcome.duplicates += outcome.duplicates
        behaviours = [event for event in outcome.kept if event.line.type in BEHAVIOURS]
        self.events.append(tables.table(behaviours, tables.EVENTS, self.tick_id))
        said = [event for event in outcome.kept if event.commerce and event.robot_reason is None]
        self.commerce.append(tables.commerce(said, self.tick_id))
        self.reports += [event for event in outcome.kept if event.line.type in REPORTS]
        self.on_site += [event for event in behaviours if event.properties and event.line.name in _ON_SITE]

    def _sorted(self, lines: Sequence[bytes], places: Iterable[int], first_offset: int) -> list[Event]:
        """Decode lines, and give those that are events; the others are put aside."""
        events = []
        for place in places:
            offset, text = first_offset + place, lines[place]
            try:
                line = decode(text)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                lost = Event(offset, text, Line(v=0, type="refused", source="", brand="", received_at=0))
                self.refused.append(Refused(lost, RefusalReason.BAD_ENVELOPE, str(error)))
                continue
            if line.type not in _NO_EVENTS:
                events.append(Event(offset, text, line))
            elif line.type == Type.REFUSED:
                reason = RefusalReason(line.reason or RefusalReason.BAD_ENVELOPE)
                self.refused.append(Refused(Event(offset, text, line), reason, line.detail or ""))
            elif line.type == Type.ERASED and line.erased is not None:
                self.gone.append(Gone(line, erasure.read(line.erased)))
            else:
                self.discarded += 1
        return events


def _read_records(world: World) -> Stage:
    def read_records(batch: list[Event]) -> Outcome:
        told = [event for event in batch if event.line.name in _TELLING or event.line.type in REPORTS]
        if not told:
            return Outcome(kept=batch)
        _judge_hits(told, world)
        _address_answers(told, world)
        _hear_the_site(told, world)
        grading.settle_answers(told, world.offers, world.answered)
        outcome = Outcome()
        _address(batch, world)
        for event in batch:
            problem = _read_record(event, world) if event.line.type in REPORTS else None
            if problem is None:
                outcome.kept.append(event)
            else:
                outcome.refused.append(Refused(event, *problem))
        return outcome

    return read_records


def _judge_hits(batch: list[Event], world: World) -> None:
    """Write down which clicks, openings and answers are a machine's; its agent alone may have said so already."""
    hits = [(event, hit) for event in batch if (hit := _hit(event)) is not None]
    if not hits:
        return
    sent = world.references([hit.message_id for _, hit in hits])
    handed = {name: one.handed_at for name, one in sent.items() if one.handed_at is not None}
    verdicts = robots.verdicts([hit for _, hit in hits], handed)
    for (event, _), verdict in zip(hits, verdicts, strict=True):
        event.robot_reason = event.robot_reason or verdict


def _hit(event: Event) -> robots.Hit | None:
    line = event.line
    kind = robots.KINDS.get(line.name)
    if kind is None or line.source != OWN_SOURCE:
        return None
    said = event.properties or msgspec.json.decode(line.properties, type=dict[str, Any])
    return robots.Hit(
        kind=kind,
        message_id=str(said.get("message_id", "")),
        link=str(said.get("link") or said.get("answer") or ""),
        method=str(said.get("detail") or "GET") if kind == "click" else "GET",
        agent=event.user_agent or "",
        network=line.ip or "",
        at=line.received_at,
    )


def _address(batch: list[Event], world: World) -> None:
    """Find whom the messages were sent to that controls speak of: the door knows no personal data, our ledger does."""
    controls = [event for event in batch if event.line.type == Type.CONTROL]
    if not controls:
        return
    references = world.references([str((event.properties or {}).get("message_id", "")) for event in controls])
    for event in controls:
        said = event.properties or {}
        sent = references.get(str(said.get("message_id", "")))
        if sent is None:
            continue
        event.sent_to = sent.node_id
        said["node_id"] = sent.node_id
        if event.line.name == Control.UNSUBSCRIBED:
            said |= {"contact_kind": sent.channel, "contact": sent.contact, "channel": sent.channel}


def _address_answers(batch: list[Event], world: World) -> None:
    """Find who answered a question of a mail, and where in which scenario it was asked: our own ledger knows."""
    answers = [event for event in batch if event.line.name == MESSAGE_ANSWERED and event.line.source == OWN_SOURCE]
    if not answers:
        return
    said = [msgspec.json.decode(event.line.properties) for event in answers]
    references = world.references([str(one.get("message_id", "")) for one in said])
    for event, one in zip(answers, said, strict=True):
        sent = references.get(str(one.get("message_id", "")))
        if sent is None:
            continue
        event.node_id = event.browser_node = event.sent_to = sent.node_id
        more = {"scenario": sent.scenario, "step": sent.step}
        properties = msgspec.Raw(msgspec.json.encode(one | more))
        event.line = msgspec.structs.replace(event.line, properties=properties)


def _hear_the_site(batch: list[Event], world: World) -> None:
    """
    Find the messages on the site that the site's script speaks of.

    Whoever has a public key may name any message, so only the browser that a message was for is believed.
    """
    told = [event for event in batch if event.line.name in _ON_SITE and event.line.type == Type.TRACK]
    if not told:
        return
    said = [msgspec.json.decode(event.line.properties, type=dict[str, Any]) for event in told]
    references = world.references([str(one["message_id"]) for one in said if one.get("message_id")])
    for event, one in zip(told, said, strict=True):
        line, sent = event.line, references.get(str(one.get("message_id")))
        if sent is not None and (sent.channel, sent.contact, sent.brand) == (ONSITE, line.anonymous_id, line.brand):
            kind, link = _ON_SITE[line.name].value, one.get("url")
            event.properties = {"message_id": one["message_id"], "kind": kind, "link": link, "node_id": sent.node_id}


_ON_SITE = {
    OnSite.SHOWN.value: DeliveryKind.SHOWN,
    OnSite.CLICKED.value: DeliveryKind.CLICKED,
    OnSite.DISMISSED.value: DeliveryKind.DISMISSED,
}
_TELLING = frozenset({MESSAGE_ANSWERED, *_ON_SITE})
"""Behaviours that tell of a message of ours; all else that does is a record or a control."""


def _read_record(event: Event, world: World) -> tuple[RefusalReason, str] | None:
    if event.line.name == Record.ORDER_LINE:
        commerce.read_ids(event)
        return commerce.order_line(event, world.currencies.get(event.line.brand, "EUR"))
    said = event.properties or {}
    if event.line.type == Type.CONTROL:
        by_name = _CONTROLS.get(event.line.name, {})
        said |= {key: one for key, one in by_name.items() if key not in said or key == "state"}
    columns = _RECORDS.get(event.line.name)
    if columns is None:
        return None
    problem = _complete(event.line.name, said)
    if problem is not None:
        return problem
    if event.line.name == Record.DELIVERY and said.get("robot_reason"):
        event.robot_reason = str(said["robot_reason"])  # judged where it was seen, by who reports it
    try:
        tables.table([event], columns[1], 0)
    except (ValueError, TypeError, ArithmeticError, pa.ArrowException) as error:
        return RefusalReason.BAD_ROW, str(error)[:300]
    missing = [name for name in columns[2] if said.get(name) in {None, ""}]
    return (RefusalReason.BAD_ROW, f"missing {', '.join(missing)}") if missing else None


def _complete(name: str, said: dict[str, object]) -> tuple[RefusalReason, str] | None:
    """Work out what a record does not say in so many words."""
    if name == Record.SPEND and said.get("amount") is not None:
        try:
            said["amount_minor"] = money.minor(money.parse(str(said["amount"])), str(said.get("currency")))
        except (KeyError, ValueError) as error:
            return RefusalReason.BAD_AMOUNT, f"{type(error).__name__}: {error}"
    elif name == Record.CAMPAIGN_RETURN:
        kind = "email" if said.get("email") else "phone"
        said["contact"] = said.get(kind)
        if said["contact"] and said.get("kind") in LEFT:
            said |= {"contact_kind": kind, "purpose": MARKETING, "state": "withdrawn", "text_version": BY_LINK}
    return None


_WITHDRAWALS = (Control.UNSUBSCRIBED, Control.CONSENT_WITHDRAWN)
_WITHDRAWN: dict[str, object] = {"purpose": "marketing", "channel": "email", "state": "withdrawn"}
_CONTROLS: dict[str, dict[str, object]] = {
    Control.MESSAGE_CLICKED: {"kind": "clicked"},
    Control.UNSUBSCRIBED: {
        "kind": "unsubscribed",
        "state": "withdrawn",
        "purpose": "marketing",
        "text_version": "one-click",
    },
    Control.CONSENT_WITHDRAWN: _WITHDRAWN,
}
"""What a control says by its name alone."""

_RECORDS: dict[str, tuple[str, list[tables.Column], tuple[str, ...]]] = {
    Record.PRODUCT: ("product_records", tables.PRODUCTS, ("product_id",)),
    Record.CONTACT: ("contact_records", tables.CONTACTS, ()),
    Record.CONSENT: ("consents", tables.CONSENTS, ("contact_kind", "contact", "purpose", "channel", "state")),
    Record.LOYALTY_MOVEMENT: ("loyalty_movements", tables.LOYALTY, ("kind", "points")),
    Record.PRICE: ("price_records", tables.PRICES, ("product_id", "price")),
    Record.STOCK: ("stock_records", tables.STOCKS, ("product_id", "stock")),
    Record.CATEGORY: ("category_records", tables.CATEGORIES, ("category_id",)),
    Record.PICKUP: ("pickup_records", tables.PICKUPS, ("order_id", "state")),
    Record.SUBSCRIPTION: ("subscription_records", tables.SUBSCRIPTIONS, ("subscription_id", "state")),
    Record.CAMPAIGN_RETURN: ("campaign_return_records", tables.CAMPAIGN_RETURNS, ("campaign_id", "kind", "channel")),
    Record.CLAIM: ("claim_records", tables.CLAIMS, ("claim_id", "state")),
    Record.SPEND: ("spend_records", tables.SPENDS, ("channel", "amount_minor", "currency")),
    Record.MESSAGE: ("message_records", tables.MESSAGES, ("message_id", "outcome")),
    Record.DELIVERY: ("delivery_records", tables.DELIVERIES, ("message_id", "kind")),
}


def _tables(gathered: _Gathered, gone: Sequence[Gone]) -> dict[str, pa.Table]:
    outcome, tick_id = gathered.outcome, gathered.tick_id
    by_kind: defaultdict[str, list[Event]] = defaultdict(list)
    for event in gathered.reports:
        by_kind[event.line.name].append(event)
    made = {"events": _joined(gathered.events), "commerce": _joined(gathered.commerce)}
    for name, (table, columns, _) in _RECORDS.items():
        made[table] = tables.table(by_kind[name], columns, tick_id)
    told = [*by_kind[Control.MESSAGE_CLICKED], *by_kind[Control.UNSUBSCRIBED], *gathered.on_site]
    clicks = tables.table([one for one in told if (one.properties or {}).get("message_id")], tables.DELIVERIES, tick_id)
    made["delivery_records"] = pa.concat_tables([made["delivery_records"], clicks])
    withdrawn = [one for name in _WITHDRAWALS for one in by_kind[name] if (one.properties or {}).get("contact")]
    withdrawn += [one for one in by_kind[Record.CAMPAIGN_RETURN] if (one.properties or {}).get("state")]
    made["consents"] = pa.concat_tables([made["consents"], tables.table(withdrawn, tables.CONSENTS, tick_id)])
    made["field_grades"] = grading.grades(outcome.kept, tick_id)
    made["field_counts"] = grading.counts(outcome.kept)
    made["failed"] = tables.failed(outcome.refused, tick_id)
    made["erased_lines"] = tables.erased(gone, tick_id)
    return {name: table for name, table in made.items() if table.num_rows}


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts) if parts else pa.table({})


def _by_import(outcome: Outcome, gone: Sequence[Gone], together: bulk.Bulk) -> dict[str, Counts]:
    stored = together.stored + Counter(event.line.import_id or "" for event in outcome.kept)
    refused = Counter(one.event.line.import_id or "" for one in outcome.refused)
    duplicates = together.duplicates + Counter(event.line.import_id or "" for event in outcome.duplicates)
    stored.update(one.line.import_id or "" for one in gone if one.left.was is Was.STORED)
    duplicates.update(one.line.import_id or "" for one in gone if one.left.was is not Was.STORED)
    return {
        one: Counts(
            received=stored[one] + refused[one] + duplicates[one],
            stored=stored[one],
            refused=refused[one],
            consent_discarded=0,
            duplicates=duplicates[one],
        )
        for one in (stored.keys() | refused.keys() | duplicates.keys())
        if one
    }
