"""The stages of collecting, in order: each takes a batch, fills in what it finds, and keeps aside what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import msgspec

from comptoir.collect import addresses, agents, channels, commerce, fingerprint, grading, people
from comptoir.collect.batch import Event, Outcome, Refused, Stage
from comptoir.collect.geo import Datacenters, Places
from comptoir.collect.pace import Pace
from comptoir.collect.plan.check import Checker
from comptoir.collect.seen import ANY_BODY, Seen, Verdict
from comptoir.model import erasure
from comptoir.model.event import EMPTY_BYTES, Line, Record, RefusalReason, Trust, Type
from comptoir.quality.offers import Offer
from comptoir.quality.postal import NO_TOWNS, Towns

SECOND = 1_000_000
FUTURE_SLACK = 60 * SECOND
"""A client may be this far ahead before we say its clock is wrong."""
MOST_ON_THE_WAY = 3 * SECOND
"""A request that came within this of being sent says that its client's clock is right."""
OLDEST_CLAIM = 2 * 366 * 86_400 * SECOND
"""What a public key says happened longer ago than this happened, for us, when it was said."""
EARLIEST = -5 * 365 * 86_400 * SECOND
LATEST_YEARS = 200 * 366 * 86_400 * SECOND
_CONTACTS = (b'"loyalty_card"', b'"email"', b'"phone"')

BEHAVIOURS = frozenset({Type.TRACK, Type.PAGE, Type.SCREEN, Type.IDENTIFY, Type.GROUP, Type.ALIAS})
VISITS = frozenset({Type.TRACK, Type.PAGE, Type.SCREEN})
REPORTS = frozenset({Type.RECORD, Type.CONTROL})
"""What is no behaviour: imported rows, and what must act before anything else."""


class Page(msgspec.Struct, gc=False):
    """`context.page` of the Segment spec."""

    url: str | None = None
    path: str | None = None
    title: str | None = None
    referrer: str | None = None


class Campaign(msgspec.Struct, gc=False):
    """`context.campaign` of the Segment spec."""

    source: str | None = None
    medium: str | None = None
    name: str | None = None
    term: str | None = None
    content: str | None = None


class Context(msgspec.Struct, rename="camel", gc=False):
    """The part of `context` that becomes columns."""

    page: Page | None = None
    campaign: Campaign | None = None
    user_agent: str | None = None
    locale: str | None = None


_context = msgspec.json.Decoder(Context)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the stages must know beside the batch."""

    seen: Seen
    currencies: Mapping[str, str]
    """Brand → its currency."""
    is_blocked: Callable[[str, str], bool]
    """Whether a value of a kind identifies nobody (`null`, `anonymous`, the shop's own e-mail …)."""
    countries: Mapping[str, str] = field(default_factory=dict)
    """Brand → the country that a number or postal code without one is of."""
    towns: Towns = NO_TOWNS
    plans: Mapping[str, Checker] = field(default_factory=dict)
    """Brand → its tracking plan, compiled."""
    sites: frozenset[str] = frozenset()
    """Hosts of the shop's own sites, as its sources declare them: who comes from one to another was here before."""
    search_parameters: tuple[str, ...] = ()
    """Parameters of addresses in which the site's own search puts what was searched for."""
    fresh: dict[int, int] = field(default_factory=dict)
    """Ids that are new in this tick, with their bodies."""
    references: Callable[[Sequence[str]], Mapping[str, Reference]] = lambda _ids: {}
    """Message ids → whom our own ledger sent them to."""
    offers: Callable[[Sequence[str]], Mapping[str, Offer]] = lambda _ids: {}
    """Ids → the corrections that were offered to customers."""
    answered: dict[str, str] = field(default_factory=dict)
    """Offers that were answered in this tick, each with the first answer's message id."""
    named: dict[people.Pair, people.Named] = field(default_factory=dict)
    """Whom an account and a browser together name: true for as long as `is_blocked` says the same."""
    places: Places | None = None
    datacenters: Datacenters | None = None
    pace: Pace | None = None


class Reference(NamedTuple):
    """Whom a message was sent to."""

    brand: str
    channel: str
    contact: str
    node_id: int
    scenario: str | None = None
    step: str | None = None
    handed_at: int | None = None
    """When it was handed over; a click seconds later is a machine's. Units: microseconds since 1970, UTC."""


def stages(world: World, *checks: Stage) -> tuple[Stage, ...]:
    """List the stages in the order they run; `checks` see an event before anything is read of what it says."""

    def drop_duplicates(batch: list[Event]) -> Outcome:
        return _drop_duplicates(batch, world)

    def read_commerce(batch: list[Event]) -> Outcome:
        return commerce.read_commerce(batch, world.currencies)

    def grade_people(batch: list[Event]) -> Outcome:
        return grading.grade_people(batch, world.countries, world.towns)

    def name_nodes(batch: list[Event]) -> Outcome:
        return _name_nodes(batch, world.is_blocked, world.named)

    return (
        fingerprint_lines,
        drop_duplicates,
        correct_clock,
        read_context,
        *_by_sites(world.sites),
        *_by_search(world.search_parameters),
        mark_robots,
        *_by_network(world),
        *checks,
        read_ids,
        read_said,
        read_commerce,
        grade_people,
        name_nodes,
        *_by_pace(world),
    )


def fingerprint_lines(batch: list[Event]) -> Outcome:
    """Hash what identifies an event and what it says; what names itself after its content has no second hash."""
    lines = [event.line for event in batch]
    hashes = zip(batch, fingerprint.of_messages(lines), fingerprint.of_bodies(lines), strict=True)
    for event, message_hash, body_hash in hashes:
        event.message_hash = message_hash
        event.body_hash = body_of(event.line, body_hash)
        if event.line.erased is not None:  # it is known by what it said before
            event.body_hash = erasure.read(event.line.erased).body_hash
    return Outcome(kept=batch)


def body_of(line: Line, body_hash: int) -> int:
    """
    Give the hash of what a line says, or `ANY_BODY` where its id is made of that.

    A public key's consent bears its client's id: as any body, it would make another event of that id disappear.
    """
    return ANY_BODY if line.type in REPORTS and line.trust != Trust.CLAIMED else body_hash or 1


def _drop_duplicates(batch: list[Event], world: World) -> Outcome:
    outcome = Outcome()
    verdicts = world.seen.judge(
        [event.message_hash for event in batch], [event.body_hash for event in batch], world.fresh
    )
    if not any(verdicts):  # all are new, as a rule
        outcome.kept = batch
        return outcome
    for event, verdict in zip(batch, verdicts, strict=True):
        if verdict is Verdict.NEW:
            outcome.kept.append(event)
        elif verdict is Verdict.DUPLICATE:
            outcome.duplicates.append(event)
        else:
            outcome.refused.append(Refused(event, RefusalReason.MESSAGE_ID_REUSED, event.line.message_id))
    return outcome


def correct_clock(batch: list[Event]) -> Outcome:
    """
    Say when each event occurred by our clock.

    With `sentAt`, the client's clock cancels out: received − (sent − said), in whole seconds, and not where the time on
    the way explains the difference. Without it the client is believed, unless it speaks of the future. Imports are
    believed.

    Source: Segment spec, common fields: `timestamp = receivedAt − (sentAt − originalTimestamp)`.
    """
    for event in batch:
        line = event.line
        said = line.timestamp
        event.original_timestamp = line.original_timestamp
        if said is None:
            event.occurred_at = line.received_at
            event.clock_flag = "unreadable" if line.original_timestamp else None
        elif line.historical:
            event.occurred_at = said
        else:
            event.occurred_at, event.clock_flag = _corrected(said, line.sent_at, line.received_at)
            if line.trust == Trust.CLAIMED and event.occurred_at < line.received_at - OLDEST_CLAIM:
                event.occurred_at, event.clock_flag = line.received_at, "out_of_range"
            if event.clock_flag is not None:
                event.original_timestamp = line.original_timestamp or str(said)
    return Outcome(kept=batch)


def _corrected(said: int, sent: int | None, received: int) -> tuple[int, str | None]:
    flag = None
    if sent is not None and sent >= said:
        skew = received - sent
        if skew > FUTURE_SLACK or skew < -FUTURE_SLACK:
            flag = "skew"
        said += _steady(skew)
    if said > received + FUTURE_SLACK:
        return received, "future"
    if said < EARLIEST or said > LATEST_YEARS:
        return received, "out_of_range"
    return min(said, received), flag


def _steady(skew: int) -> int:
    """
    Give a skew that is the same for all that a client sends at one time, however long each took on its way.

    What was said first then occurred first, although the other request overtook it.
    """
    return 0 if 0 <= skew < MOST_ON_THE_WAY else skew // SECOND * SECOND


def read_context(batch: list[Event]) -> Outcome:
    """Fill in page, campaign, agent and channel; a context that does not fit is left to the archive."""
    for event in batch:
        line = event.line
        event.user_agent = line.user_agent
        if len(line.context) > EMPTY_BYTES:
            _fill(event, _read_context(line.context))
        if line.type in VISITS and (not line.historical or event.url):  # without a page, an import knows no way in
            event.channel, event.channel_detail = channels.channel_of(
                event.referrer, event.url, event.utm_source, event.utm_medium, event.click
            )
    return Outcome(kept=batch)


def _by_sites(sites: frozenset[str]) -> list[Stage]:
    """Give the stage that knows the shop's own sites apart from those of others, where it has several."""
    if len(sites) < 2:
        return []

    def know_own_sites(batch: list[Event]) -> Outcome:
        for event in batch:
            if event.channel == "referral" and event.channel_detail in sites:
                event.channel, event.channel_detail = "internal", None
        return Outcome(kept=batch)

    return [know_own_sites]


def _by_search(parameters: tuple[str, ...]) -> list[Stage]:
    """Give the stage that reads what was searched for on the site from the addresses of its pages."""
    if not parameters:
        return []
    searched = addresses.searched_by(parameters)

    def read_searches(batch: list[Event]) -> Outcome:
        for event in batch:
            if event.url and "?" in event.url and event.line.type == Type.PAGE:
                event.search_term = searched(event.url)
        return Outcome(kept=batch)

    return [read_searches]


def _read_context(raw: msgspec.Raw) -> Context:
    try:
        return _context.decode(raw)
    except msgspec.ValidationError:
        loose = msgspec.json.decode(raw)
        return Context(
            page=_loosely(loose.get("page"), Page),
            campaign=_loosely(loose.get("campaign"), Campaign),
            user_agent=_text(loose.get("userAgent")),
            locale=_text(loose.get("locale")),
        )


_Part = TypeVar("_Part", Page, Campaign)


def _loosely(value: object, kind: type[_Part]) -> _Part | None:
    if not isinstance(value, dict):
        return None
    return kind(**{name: _text(value.get(name)) for name in kind.__struct_fields__})


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _fill(event: Event, context: Context) -> None:
    page, campaign = context.page, context.campaign
    if page is not None:
        event.url, event.path, event.title, event.referrer = page.url, page.path, page.title, page.referrer
        tags = channels.NO_TAGS if not page.url or "=" not in page.url else channels.tags_of(page.url)
        if tags is not channels.NO_TAGS:
            event.utm_source, event.utm_medium, event.utm_campaign = tags.source, tags.medium, tags.campaign
            event.utm_term, event.utm_content, event.click = tags.term, tags.content, tags.click
    if campaign is not None:
        event.utm_source = campaign.source or event.utm_source
        event.utm_medium = campaign.medium or event.utm_medium
        event.utm_campaign = campaign.name or event.utm_campaign
        event.utm_term = campaign.term or event.utm_term
        event.utm_content = campaign.content or event.utm_content
    event.user_agent = context.user_agent or event.user_agent
    event.locale = context.locale


def mark_robots(batch: list[Event]) -> Outcome:
    """
    Write down which agent it was, and why it is a robot if it is one; nothing is dropped.

    Only a browser's agent is judged: a server's HTTP library speaks for people and is none of them.
    """
    for event in batch:
        agent = event.user_agent
        if agent and event.line.type != Type.RECORD:
            event.robot_reason, event.browser, event.os, event.device, event.device_type = agents.read(agent)
        if event.line.erased is not None:
            event.robot_reason = erasure.read(event.line.erased).robot_reason or None
    return Outcome(kept=batch)


def _by_network(world: World) -> list[Stage]:
    """Give the stage that reads networks, where the operator brought a file to read them by."""
    places, datacenters = world.places, world.datacenters
    if places is None and datacenters is None:
        return []

    def read_network(batch: list[Event]) -> Outcome:
        """Say where each event's network lies, and whether machines stand there: a shop's own server may."""
        for event in batch:
            ip = event.line.ip
            if ip is None:
                continue
            if places is not None:
                event.country, event.region, event.town = places.of(ip)
            if datacenters is not None and event.robot_reason is None and event.line.trust == Trust.CLAIMED:
                owner = datacenters.owner(ip)
                event.robot_reason = None if owner is None else f"data center: {owner}"
        return Outcome(kept=batch)

    return [read_network]


def _by_pace(world: World) -> list[Stage]:
    """Give the stage that marks who turns pages faster than anybody reads."""
    pace = world.pace
    if pace is None or not pace.most:
        return []
    pace.begin()

    def mark_hasty(batch: list[Event]) -> Outcome:
        pace.judge(batch)
        return Outcome(kept=batch)

    return [mark_hasty]


def read_ids(batch: list[Event]) -> Outcome:
    """Fill in cart, checkout, order and product ids of behaviours."""
    for event in batch:
        line = event.line
        if len(line.properties) > EMPTY_BYTES and line.type in BEHAVIOURS:
            commerce.read_ids(event)
    return Outcome(kept=batch)


def read_said(batch: list[Event]) -> Outcome:
    """Decode what records and controls say, numbers exact; order lines have their own quick reader."""
    for event in [event for event in batch if event.line.type in REPORTS]:
        line = event.line
        text = bytes(line.properties)
        if line.name != Record.ORDER_LINE or any(one in text for one in _CONTACTS):
            said = msgspec.json.decode(line.properties, type=dict[str, msgspec.Raw])
            event.properties = {name: _plain(bytes(value)) for name, value in said.items()}
    return Outcome(kept=batch)


def _plain(raw: bytes) -> object:
    return msgspec.json.decode(raw) if raw[:1] in b'"{[tfn' else raw.decode()


def _name_nodes(
    batch: list[Event], is_blocked: Callable[[str, str], bool], known: dict[people.Pair, people.Named]
) -> Outcome:
    for event in batch:
        line = event.line
        if line.type in people.SPEAKERS:
            named = people.named(event, is_blocked)
        else:
            pair = line.user_id, line.anonymous_id
            named = known.get(pair) or known.setdefault(pair, people.named(event, is_blocked))
        event.identifiers, event.node_id, event.browser_node = named
    return Outcome(kept=batch)
