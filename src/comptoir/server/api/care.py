"""What is done for one person over the API: found, paused, stopped, told what is kept of her."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.identity.profile import PersonNotFound, Profile
from comptoir.privacy import care
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint
from comptoir.server.api.people import Named
from comptoir.web import customer, customer_acts, customer_messages, palette
from comptoir.web.customer_head import NoSuchCustomer, find, head_of, points_of

_FARTHEST = timedelta(days=3_650)


class Sought(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is looked for: an identifier, an order, a cart, a message, or part of a name."""

    q: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Found(msgspec.Struct, kw_only=True):
    """Somebody who may be meant, and by what she was found."""

    profile_id: str
    name: str
    by: str


class Lately(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who: customers who are known by something, everyone, or who has ordered."""

    who: str = ""


class Recent(msgspec.Struct, kw_only=True):
    """Somebody who was in touch lately."""

    profile_id: str
    name: str
    last_at: datetime
    order_count: int
    amount_minor: int | None
    currency: str | None


class Standing(msgspec.Struct, kw_only=True):
    """Where a person is written to, and whether that is paused or stopped."""

    profile_id: str
    name: str
    contacts: list[str]
    paused_until: datetime | None
    is_stopped: bool
    """Whether no address of hers may be written to."""
    is_stopped_by_hand: bool
    """Whether that, or part of it, can be taken back by `start`."""


class Pause(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Who asked for a pause, and for how long."""

    person: str
    days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30
    until: datetime | None = None
    """In place of `days`."""


class Wish(msgspec.Struct, kw_only=True):
    """A message that was wished for a person, what became of it, and why."""

    message_id: str
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    outcome: str
    because: str
    wished_at: datetime
    decided_at: datetime


class Hit(msgspec.Struct, kw_only=True):
    """Something found: a page, a scenario or a person, and its address on the desk."""

    kind: Literal["page", "scenario", "person"]
    name: str
    link: str


def search(call: Call) -> list[Found]:
    """Find people."""
    found = call.wait(customer.search, call.desk, call.query.q.strip(), brands=call.who.brands)
    return [Found(profile_id=one.profile_id, name=one.name, by=one.kind) for one in found]


def recent(call: Call) -> list[Recent]:
    """List who was in touch lately. Order: the latest first."""
    who = call.query.who or customer.WHO[0]
    if who not in customer.WHO:
        raise BadRequest(who=who[:20], takes=", ".join(customer.WHO))
    return [
        Recent(
            profile_id=one.sketch.profile_id, name=one.sketch.name, last_at=one.last_at, order_count=one.order_count,
            amount_minor=one.amount_minor, currency=one.currency,
        )
        for one in call.wait(customer.recent, call.desk, who, brands=call.who.brands)
    ]  # fmt: skip


def standing(call: Call) -> Standing:
    """Say where a person is written to."""
    return _standing(call, person_of(call, call.query.person))


def pause(call: Call) -> Standing:
    """Write to a person nowhere for a while."""
    said: Pause = call.body
    now = call.desk.clock.now()
    until = now + timedelta(days=said.days) if said.until is None else _aware(said.until)
    if not now < until <= now + _FARTHEST:
        raise BadRequest(until=until.isoformat(), takes="an instant of the next ten years")
    person = person_of(call, said.person)
    points = points_of(call.desk, call.who, person)
    with call.desk.state.write() as connection:
        care.pause(connection, points, until, now, by=call.who.name)
    call.tell(about=person.profile_id)
    return _standing(call, person)


def resume(call: Call) -> Standing:
    """End a person's pause."""
    person = person_of(call, call.body.person)
    points = points_of(call.desk, call.who, person)
    with call.desk.state.write() as connection:
        care.end_pause(connection, points, call.desk.clock.now(), by=call.who.name)
    call.tell(about=person.profile_id)
    return _standing(call, person)


def stop(call: Call) -> Standing:
    """Write to a person no more."""
    person = person_of(call, call.body.person)
    with call.desk.state.write() as connection:
        care.stop(connection, person, call.desk.clock.now(), brands=call.who.brands)
    call.tell(about=person.profile_id)
    return _standing(call, person)


def start(call: Call) -> Standing:
    """Take back what was stopped by hand."""
    person = person_of(call, call.body.person)
    with call.desk.state.write() as connection:
        care.lift(connection, person, brands=call.who.brands)
    call.tell(about=person.profile_id)
    return _standing(call, person)


def export(call: Call) -> dict[str, Any]:
    """Give everything known of a person."""
    person = person_of(call, call.query.person)
    call.tell(about=person.profile_id)
    return customer_acts.gather(call.desk, person, sorted(call.who.brands), call.lang)


def messages(call: Call) -> list[Wish]:
    """List every message that was wished for a person. Order: the newest decision first."""
    found = call.wait(customer_messages.load, call.desk, call.who, person_of(call, call.query.person), call.lang)
    return [
        Wish(
            message_id=one.message_id, scenario=one.scenario, step=one.step, brand=one.brand, channel=one.channel,
            contact=one.contact, outcome=one.outcome, because=one.because, wished_at=one.wished_at,
            decided_at=one.decided_at,
        )
        for one in found
    ]  # fmt: skip


def anything(call: Call) -> list[Hit]:
    """Find pages, scenarios and people. Order: pages, scenarios, people."""
    found = call.wait(palette.find, call.request, call.query.q.strip())
    return [Hit(kind=one.kind, name=one.name, link=one.link) for one in found]  # type: ignore[arg-type] # the palette's kinds


def person_of(call: Call, said: str) -> Profile:
    """Find a person of the asker's brands. Raises: PersonNotFound, NoSuchCustomer."""
    with call.desk.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, said))
    if found is None:
        raise PersonNotFound(person=said[:100])
    return call.wait(find, call.desk, call.who, found.profile_id)


def _standing(call: Call, person: Profile) -> Standing:
    head = head_of(call.desk, call.who, person)
    return Standing(
        profile_id=head.profile_id, name=head.name, contacts=list(head.contacts), paused_until=head.paused_until,
        is_stopped=head.is_stopped, is_stopped_by_hand=head.is_by_hand,
    )  # fmt: skip


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


_UNKNOWN: tuple[type[ComptoirError], ...] = (PersonNotFound, NoSuchCustomer, EngineUnreachable)
_EXAMPLE = {"person": "ann@example.org"}

ENDPOINTS = (
    Endpoint(
        method="GET", path="/search", tag="People", right=Right.ASK, query=Sought, answer=list[Hit], act=anything,
        summary="Pages, scenarios and people by what is typed, as ⌘K finds them.", errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="GET", path="/people/search", tag="People", right=Right.SEE_CUSTOMERS, query=Sought,
        answer=list[Found], act=search, errors=(EngineUnreachable,),
        summary="People by any identifier, an order, a cart, a message, or part of a name.",
    ),
    Endpoint(
        method="GET", path="/people/recent", tag="People", right=Right.SEE_CUSTOMERS, query=Lately,
        answer=list[Recent], act=recent, summary="Who was in touch lately.", errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="GET", path="/people/standing", tag="People", right=Right.SEE_CUSTOMERS, query=Named, answer=Standing,
        act=standing, errors=_UNKNOWN, summary="Where a person is written to, and whether that is paused or stopped.",
    ),
    Endpoint(
        method="GET", path="/people/messages", tag="People", right=Right.SEE_CUSTOMERS, query=Named,
        answer=list[Wish], act=messages, errors=_UNKNOWN,
        summary="Every message wished for a person: sent, deferred, dropped or held out, and why.",
    ),
    Endpoint(
        method="GET", path="/people/export", deed=Deed.PERSON_EXPORTED,
        tag="People", right=Right.CARE, query=Named, answer=dict[str, Any],
        act=export, errors=_UNKNOWN, summary="Everything kept of a person, for that person.",
    ),
    Endpoint(
        method="POST", path="/people/pause", deed=Deed.PERSON_PAUSED,
        tag="People", right=Right.CARE, body=Pause, answer=Standing, act=pause,
        errors=_UNKNOWN, summary="Write to a person nowhere for a while.",
        example={"person": "ann@example.org", "days": 30},
    ),
    Endpoint(
        method="POST", path="/people/resume", deed=Deed.PERSON_PAUSED,
        tag="People", right=Right.CARE, body=Named, answer=Standing,
        act=resume, errors=_UNKNOWN, summary="End a person's pause.", example=_EXAMPLE,
    ),
    Endpoint(
        method="POST", path="/people/stop", deed=Deed.PERSON_STOPPED,
        tag="People", right=Right.CARE, body=Named, answer=Standing, act=stop,
        errors=_UNKNOWN, summary="Write to none of a person's addresses any more.", example=_EXAMPLE,
    ),
    Endpoint(
        method="POST", path="/people/start", deed=Deed.PERSON_LIFTED,
        tag="People", right=Right.CARE, body=Named, answer=Standing, act=start,
        errors=_UNKNOWN, summary="Take back a stop made by hand; addresses that bounced or complained stay stopped.",
        example=_EXAMPLE,
    ),
)  # fmt: skip
"""What the API does for a person."""
