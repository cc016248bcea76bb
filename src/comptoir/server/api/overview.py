"""What the screens Today, Live and Health show, over the API; and whether our mail is believed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from comptoir import backup, repair
from comptoir.access.audit import Deed
from comptoir.access.roles import NotAllowed, Right
from comptoir.access.users import NoSuchBrand
from comptoir.backup import NotABackup
from comptoir.messaging import inbox, outbox_shelf
from comptoir.messaging.domains import Kind, Sender, Verdict
from comptoir.messaging.inbox import MailNotFound
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.spans import Span, scope
from comptoir.web import health, live, message_inbox, message_senders, today
from comptoir.web.view import speech_of


class Figure(msgspec.Struct, kw_only=True):
    """A count of the period, its change against the one before (0.1 is 10 % more), and its course."""

    name: str
    count: int
    change: float | None
    course: list[int]
    beside: dict[str, int]
    """What is counted beside it, such as carts that were left."""


class Revenue(msgspec.Struct, kw_only=True):
    """One currency's revenue, and the part that Comptoir brought. Units: minor units of the currency."""

    currency: str
    order_count: int
    amount_minor: int
    change: float | None
    course: list[int]
    clicked_minor: int
    """Of orders whose last touch was a click in a message."""
    clicked_count: int
    brought_minor: int
    is_measured: bool
    """Whether the control groups say it; else it is by the last touch."""


class Need(msgspec.Struct, kw_only=True):
    """Something that needs somebody, what to do, and the page where."""

    says: str
    does: str
    link: str
    weight: Literal["danger", "warn", "news"]


class Step(msgspec.Struct, kw_only=True):
    """One of the first steps of an installation."""

    name: str
    is_done: bool


class Today(msgspec.Struct, kw_only=True):
    """What the shop did, what Comptoir brought of it, and what needs somebody."""

    now: datetime
    figures: list[Figure]
    revenue: list[Revenue]
    closed_until: datetime | None
    needs: list[Need]
    first_steps: list[Step]
    """None once all are done."""


class Arrived(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which arrivals: of a source, a dialect, a name of an event, a profile, a thing, or a reason."""

    source: str = ""
    dialect: str = ""
    name: str = ""
    profile: str = ""
    thing: str = ""
    reason: str = ""
    what: Literal["", "accepted", "refused"] = ""


class Arrival(msgspec.Struct, kw_only=True):
    """An event as it came in."""

    received_at: datetime
    is_refused: bool
    is_historical: bool
    title: str
    source: str
    brand: str
    profile_id: str | None
    identifier_kind: str | None
    identifier: str | None
    trust: str | None
    robot: str | None
    late_seconds: float | None
    things: list[str]
    detail: str
    reason: str | None
    failed_id: str | None
    is_sent_again: bool
    message_id: str | None
    content: str


class Refusals(msgspec.Struct, kw_only=True):
    """Events refused for one reason that wait for somebody."""

    reason: str
    times: int
    last_at: datetime
    sources: list[str]


class Process(msgspec.Struct, kw_only=True):
    """One of the three processes."""

    name: str
    is_up: bool
    says: str


class Equation(msgspec.Struct, kw_only=True):
    """What became of every line that was received: the parts add up to it, unless it is off by some."""

    received: int
    parts: dict[str, int]
    off_by: int


class Pace(msgspec.Struct, kw_only=True):
    """How the engine works. Units: seconds, bytes; shares of the time 0–1."""

    lag_seconds: float
    is_late: bool
    ticks: int
    tick_seconds: dict[str, float]
    boxes: dict[str, float]
    checkpoints: int
    checkpoint_seconds: float
    wal_bytes: int
    received_in_a_day: int


class Health(msgspec.Struct, kw_only=True):
    """Whether all is running, and whether every line is accounted for."""

    now: datetime
    processes: list[Process]
    equation: Equation | None
    """None where the engine does not answer."""
    pace: Pace | None
    troubles: list[str]
    stores: dict[str, int]
    """Bytes of each part of the home."""
    free_bytes: int
    is_short_of_room: bool
    is_fenced: bool
    is_sending: bool


class Backup(msgspec.Struct, kw_only=True):
    """A backup in the home's own folder."""

    name: str
    taken_at: datetime | None
    """None while it is being written, or where writing it was broken off."""


class Backups(msgspec.Struct, kw_only=True):
    """The backups, and the last one that was completed, wherever it went."""

    last_folder: str
    last_taken_at: datetime | None
    is_old: bool
    kept: list[Backup]


class Check(msgspec.Struct, kw_only=True):
    """One record of DNS: what stands there, and what should."""

    kind: Kind
    verdict: Verdict
    name: str
    found: str
    publish: str


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whether DNS is asked, which may take seconds."""

    check: bool = False


class Checked(msgspec.Struct, kw_only=True):
    """A domain that mail is sent from, with what DNS says where it was asked."""

    sender: Sender
    checks: list[Check]


class Returns(msgspec.Struct, kw_only=True):
    """How the mail of a brand was received in the last 30 days."""

    brand: str
    sent_count: int
    bounced_count: int
    soft_bounced_count: int
    complained_count: int
    unsubscribed_count: int


class Believed(msgspec.Struct, kw_only=True):
    """Whether our mail is believed."""

    senders: list[Checked]
    returns: list[Returns]


class Mail(msgspec.Struct, kw_only=True):
    """A mail of the inbox for trials."""

    id: str
    received_at: datetime
    to: str
    subject: str
    message_id: str


class Opened(Mail, kw_only=True):
    """A mail of the inbox, opened."""

    text: str
    html: str
    headers: dict[str, str]


def now(call: Call) -> Today:
    """Say what the shop did, and what needs somebody."""
    if not call.who.may(Right.SEE_RESULTS):
        raise NotAllowed(role=call.who.role.value, needs=Right.SEE_RESULTS.value)
    found = call.wait(today.load, call.request, call.desk, scope(call))
    return Today(
        now=found.now,
        figures=[
            Figure(
                name=one.key, count=one.figure, change=one.change, course=list(one.course),
                beside=dict([one.beside]) if one.beside else {},
            )
            for one in found.tiles
        ],
        revenue=[_revenue(one) for one in found.money],
        closed_until=found.closed_until,
        needs=[Need(says=one.says, does=one.does, link=one.link, weight=one.weight) for one in found.needs],
        first_steps=[Step(name=one.key, is_done=one.is_done) for one in found.steps],
    )  # fmt: skip


def arrivals(call: Call) -> list[Arrival]:
    """List what came in lately. Order: newest first."""
    asked = {name: str(value)[:200] for name, value in msgspec.structs.asdict(call.query).items()}
    return [_arrival(one) for one in call.wait(live.load, call.desk, asked, sorted(call.who.brands))]


def refusals(call: Call) -> list[Refusals]:
    """Count what was refused lately and waits. Order: the most frequent reason first."""
    found = call.wait(live.refusals_of, call.desk, sorted(call.who.brands), _sent_again(call))
    return [Refusals(**asdict(one)) for one in found]


def how(call: Call) -> Health:
    """Say whether all is running."""
    call.check_brand(None)
    found = call.wait(health.load, call.desk, speech_of(call.request))
    equation, pace = found.equation, found.pace
    return Health(
        now=found.now,
        processes=[Process(**asdict(one)) for one in found.processes],
        equation=None
        if equation is None
        else Equation(received=equation.received, parts=dict(equation.parts), off_by=equation.off_by),
        pace=None if pace is None else _pace(pace),
        troubles=list(found.troubles),
        stores={one.name: one.bytes for one in found.stores},
        free_bytes=found.free_bytes, is_short_of_room=found.is_short, is_fenced=found.is_fenced,
        is_sending=found.is_sending,
    )  # fmt: skip


def backups(call: Call) -> Backups:
    """List the backups. Order: the newest name first."""
    call.check_brand(None)
    with call.desk.state.read() as connection:
        last = backup.last(connection)
    return Backups(
        last_folder=last.folder if last else "",
        last_taken_at=last.taken_at if last else None,
        is_old=last is None or call.desk.clock.now() - last.taken_at > health.OLD_BACKUP,
        kept=[Backup(name=one.name, taken_at=one.taken_at) for one in backup.listing(call.desk.settings)],
    )


def forget_backup(call: Call) -> None:
    """Delete a backup."""
    call.check_brand(None)
    backup.forget(call.desk.settings, call.path["name"])


def senders(call: Call) -> Believed:
    """Say whether our mail is believed."""
    texts = message_senders.dns_of(call.request) if call.query.check else None
    returns = call.wait(message_senders.returns_of, call.desk, call.who)
    return Believed(
        senders=[
            Checked(sender=one.sender, checks=[Check(**asdict(each)) for each in one.checks])
            for one in message_senders.checked(call.desk, call.who, texts)
        ],
        returns=[Returns(**asdict(one)) for one in returns],
    )


def mails(call: Call) -> list[Mail]:
    """List the mails of the inbox for trials. Order: newest first."""
    found = message_inbox.listed(call.desk, call.who)[: message_inbox.MOST]
    return [Mail(**asdict(one)) for one in found]


def mail(call: Call) -> Opened:
    """Open a mail of the inbox for trials."""
    kept = message_inbox.kept(call.desk, call.who, call.path["id"])
    said: dict[str, Any] = inbox.show(call.desk.settings.home, kept.id)
    return Opened(**asdict(kept), text=said["text"], html=said["html"] or "", headers=dict(said["headers"]))


def counts(call: Call) -> dict[str, int]:
    """Count the messages that are not settled, by state."""
    with call.desk.state.read() as connection:
        found = outbox_shelf.counts(connection, brands=call.who.brands)
    return {shown.value: count for shown, count in found.items()}


def _sent_again(call: Call) -> list[str]:
    with call.desk.state.read() as connection:
        return repair.sent_again(connection, repair.MOST_AGAIN)


def _revenue(one: today.Money) -> Revenue:
    return Revenue(
        currency=one.currency, order_count=one.order_count, amount_minor=one.amount_minor, change=one.change,
        course=list(one.course), clicked_minor=one.clicked_minor, clicked_count=one.clicked_count,
        brought_minor=one.brought_minor, is_measured=one.measured is not None,
    )  # fmt: skip


def _arrival(one: live.Arrival) -> Arrival:
    late: timedelta | None = one.late
    return Arrival(
        received_at=one.received_at, is_refused=one.is_refused, is_historical=one.is_historical, title=one.title,
        source=one.source, brand=one.brand, profile_id=one.profile_id, identifier_kind=one.identifier_kind,
        identifier=one.identifier, trust=one.trust, robot=one.robot,
        late_seconds=None if late is None else late.total_seconds(), things=list(one.things), detail=one.detail,
        reason=one.reason, failed_id=one.failed_id, is_sent_again=one.is_sent_again, message_id=one.message_id,
        content=one.content,
    )  # fmt: skip


def _pace(pace: health.Pace) -> Pace:
    return Pace(
        lag_seconds=pace.lag_seconds, is_late=pace.is_late, ticks=pace.ticks, tick_seconds=dict(pace.tick_seconds),
        boxes=dict(pace.boxes), checkpoints=pace.checkpoints, checkpoint_seconds=pace.checkpoint_seconds,
        wal_bytes=pace.wal_bytes, received_in_a_day=pace.day_received,
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="GET", path="/today", tag="Figures", right=Right.SEE_RESULTS, query=Span, answer=Today, act=now,
        errors=(NoSuchBrand, EngineUnreachable),
        summary="What the shop did, the part that Comptoir brought, and what needs somebody.",
    ),
    Endpoint(
        method="GET", path="/arrivals", tag="Refused events", right=Right.SEE_CUSTOMERS, query=Arrived,
        answer=list[Arrival], act=arrivals, errors=(EngineUnreachable,),
        summary="What came in lately, newest first, accepted or refused.",
    ),
    Endpoint(
        method="GET", path="/refusals", tag="Refused events", right=Right.SEE_CUSTOMERS, answer=list[Refusals],
        act=refusals, errors=(EngineUnreachable,), summary="How many events were refused of late, by reason.",
    ),
    Endpoint(
        method="GET", path="/health", whole=True, tag="Running", right=Right.RUN, answer=Health, act=how,
        summary="Whether all is running, whether every line is accounted for, and how much room is left.",
    ),
    Endpoint(
        method="GET", path="/backups", whole=True, tag="Running", right=Right.RUN, answer=Backups, act=backups,
        summary="The backups of the home's own folder, and the last one that was completed.",
    ),
    Endpoint(
        method="DELETE", path="/backups/{name}", whole=True, deed=Deed.BACKUP_FORGOTTEN,
        tag="Running", right=Right.RUN, answer=None, act=forget_backup,
        summary="Delete a backup of the home's own folder.", errors=(NotABackup,),
    ),
    Endpoint(
        method="GET", path="/senders", tag="Messages", right=Right.CAMPAIGN, query=Asked, answer=Believed,
        act=senders, errors=(EngineUnreachable,),
        summary="Whether mail is believed: SPF, DKIM and DMARC of each sender, bounces and complaints of each brand.",
    ),
    Endpoint(
        method="GET", path="/outbox/counts", tag="Messages", right=Right.CAMPAIGN, answer=dict[str, int], act=counts,
        summary="How many messages wait, are deferred, or of unknown fate.",
    ),
    Endpoint(
        method="GET", path="/inbox", tag="Messages", right=Right.CAMPAIGN, answer=list[Mail], act=mails,
        summary="The mails that the inbox for trials has taken, newest first.",
    ),
    Endpoint(
        method="GET", path="/inbox/{id}", tag="Messages", right=Right.CAMPAIGN, answer=Opened, act=mail,
        summary="One mail of the inbox for trials.", errors=(MailNotFound,),
    ),
)  # fmt: skip
"""What the API says of what happens."""
