"""People over the API: found, told, parted and joined, and what they agreed to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from comptoir.access import audit
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.app import keeper_of
from comptoir.clock import instant, micros
from comptoir.identity import by_hand, profile
from comptoir.identity.profile import PersonNotFound, Profile
from comptoir.messaging import suppression
from comptoir.model.consent import contact_of
from comptoir.privacy import texts
from comptoir.privacy.consent import ConsentLedger
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint, Page, Paged
from comptoir.server.api.profiles import NoSuchProfile
from comptoir.web.customer_head import may_see

_WHOLE_STORY = 100_000


class Identifier(msgspec.Struct, kw_only=True):
    """One name of a person."""

    kind: str
    value: str
    first_seen_at: datetime | None = None


class Person(msgspec.Struct, kw_only=True):
    """A person: all names she is known by."""

    profile_id: str
    identifiers: list[Identifier]
    traits: dict[str, Any]
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    merged_from: list[str]


class Named(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody: an e-mail, an account id, a profile id, or `kind:value`."""

    person: str


class Join(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Two who are one person."""

    person: str
    other: str


class Cut(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A person, and what is not hers."""

    person: str
    identifier: str
    """As `kind:value`."""


class Parted(msgspec.Struct, kw_only=True):
    """What a cut made of one person."""

    left: Person
    restored: Person
    cuts: int


class Moment(msgspec.Struct, kw_only=True):
    """Something that happened with a person."""

    at: datetime
    kind: str
    title: str | None
    reference: str | None
    state: str | None
    place: str | None
    thing: str | None
    detail: str | None
    amount_minor: int | None
    currency: str | None


class Story(Paged, kw_only=True, forbid_unknown_fields=True):
    """Which moments."""

    person: str
    kind: Literal["", "event", "cart", "order", "message", "points"] = ""


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which address or phone."""

    contact: str


class AskedAt(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which address or phone, at which instant (ISO 8601)."""

    contact: str
    at: datetime


class Suppress(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An address that must not be written to."""

    contact: str
    channel: str = "email"
    brand: str | None = None
    """None: for every brand."""
    reason: str = "manual"


class Lift(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An address that may be written to again."""

    contact: str
    channel: str = "email"
    brand: str | None = None
    """None: for every brand."""
    reason: str | None = None
    """Only what was stopped for this reason, such as `bounce`; None: for any but an erasure."""


class Suppressed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whose entries; of every address where none is named."""

    contact: str = ""


class Lifted(msgspec.Struct, kw_only=True):
    """How many entries were taken off the list."""

    lifted: int


def show(call: Call) -> Person:
    """Give a person."""
    return told(call, found_by(call, call.query.person))


def links(call: Call) -> dict[str, Any]:
    """Give the links that make her one person, those that do not count and why, and what was merged and cut."""
    found = found_by(call, call.query.person)
    with call.desk.state.read() as connection:
        told_of = profile.explain(connection, found.profile_id)
    names = told_of.names
    return {
        "profile_id": found.profile_id,
        "links": [_link(one, names) for one in told_of.active],
        "not_counted": [_link(one.link, names) | {"why": one.why} for one in told_of.demoted],
        "cuts": [{"a": names[a], "b": names[b], "at": at, "by": by} for a, b, at, by in told_of.cuts],
        "merges": [
            {"kept": one.kept, "gone": one.gone, "at": instant(one.link.occurred_at)} for one in told_of.history
        ],
    }


def join(call: Call) -> Person:
    """Say that two are one person."""
    now = micros(call.desk.clock.now())
    for one in (call.body.person, call.body.other):
        found_by(call, one)
    with call.desk.state.write() as connection:
        made = by_hand.merge(connection, call.body.person, call.body.other, at=now, by=call.who.name)
    call.tell(about=made.profile_id)
    return told(call, made)


def cut(call: Call) -> Parted:
    """Cut an identifier off a person."""
    now = micros(call.desk.clock.now())
    call.tell(about=found_by(call, call.body.person).profile_id)
    with call.desk.state.write() as connection:
        made = by_hand.cut(connection, call.body.person, call.body.identifier, at=now, by=call.who.name)
    return Parted(left=told(call, made.left), restored=told(call, made.restored), cuts=made.cuts)


def timeline(call: Call) -> Page[Moment]:
    """Give what happened with a person. Order: newest first."""
    asked: Story = call.query
    place = cursors.read(asked.cursor, tuple[int, str, str])
    found = found_by(call, asked.person)
    parameters = {
        "nodes": list(found.node_ids), "kind": asked.kind, "brands": sorted(call.who.brands), "most": _WHOLE_STORY,
    }  # fmt: skip
    rows = call.desk.ask({"kind": "report", "name": "customer_timeline", "parameters": parameters}).to_pylist()
    moments = sorted((_moment(row) for row in rows), key=_place)
    return cursors.page(
        [one for one in moments if place is None or _place(one) > place][: asked.limit + 1], asked, _place
    )


def consents(call: Call) -> list[dict[str, Any]]:
    """Give everything an address ever said of consent, with its proof."""
    with call.desk.state.read() as connection:
        found = ConsentLedger().history(connection, _contact(call.query.contact))
    return [dict(row) for row in found if call.may_see(str(row["brand"]))]


def consents_at(call: Call) -> list[dict[str, Any]]:
    """Replay an instant: what held for an address, in which words, with which proof."""
    at = call.query.at if call.query.at.tzinfo else call.query.at.replace(tzinfo=UTC)
    with call.desk.state.read() as connection:
        found = ConsentLedger().at(connection, _contact(call.query.contact), at)
        for row in found:
            named = {key: str(row[key]) for key in ("brand", "purpose", "channel")}
            words = texts.find(connection, **named, version=str(row["text_version"]))
            row["text"] = {one.language: one.text for one in words}
    return [dict(row) for row in found if call.may_see(str(row["brand"]))]


def suppress(call: Call) -> None:
    """Stop messages to an address."""
    said: Suppress = call.body
    call.check_brand(said.brand)
    call.tell(about=audit.sealed(said.contact))
    with call.desk.state.write() as connection:
        suppression.suppress(
            connection,
            contact=said.contact,
            channel=said.channel,
            brand=said.brand or "",
            reason=said.reason,
            now=call.desk.clock.now(),
        )


def suppressed(call: Call) -> list[dict[str, Any]]:
    """List the addresses that must not be written to, as hashes."""
    with call.desk.state.read() as connection:
        found = suppression.listing(connection, contact=call.query.contact or None)
    return [dict(row) for row in found if row["brand"] is None or call.may_see(str(row["brand"]))]


def lift(call: Call) -> Lifted:
    """Take an address off the list."""
    said: Lift = call.body
    call.check_brand(said.brand)
    call.tell(about=audit.sealed(said.contact))
    with call.desk.state.write() as connection:
        count = suppression.lift(
            connection, contact=said.contact, channel=said.channel, brand=said.brand, reason=said.reason
        )
    return Lifted(lifted=count)


def found_by(call: Call, asked: str) -> Profile:
    """Find a person whom the key may see. Raises: PersonNotFound, for strangers to its brands too."""
    with call.desk.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, asked))
    if found is None or not may_see(call.desk, call.who, found):
        raise PersonNotFound(person=asked[:200])
    return found


def told(call: Call, found: Profile) -> Person:
    """Write a profile for the API, with the values that stand."""
    with call.desk.state.read() as connection:
        record = keeper_of(call.desk.settings).read_for(connection, found, call.who.brands)
    return Person(
        profile_id=found.profile_id,
        identifiers=[
            Identifier(kind=one.kind, value=one.value, first_seen_at=one.first_seen_at) for one in found.identifiers
        ],
        traits={one.name: msgspec.json.decode(one.value) for one in record if one.stands},
        first_seen_at=found.first_seen_at,
        last_seen_at=found.last_seen_at,
        merged_from=list(found.merged_from),
    )


def _link(link: Any, names: Any) -> dict[str, Any]:
    return {
        "a": names.get(link.a, str(link.a)),
        "b": names.get(link.b, str(link.b)),
        "reason": link.reason,
        "trust": link.trust,
        "at": instant(link.occurred_at),
    }


def _moment(row: Any) -> Moment:
    names = ("kind", "title", "reference", "state", "place", "thing", "detail", "amount_minor", "currency")
    return Moment(at=row["happened_at"], **{name: row[name] for name in names})


def _place(moment: Moment) -> tuple[int, str, str]:
    at = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=UTC)
    return -micros(at), moment.kind, moment.reference or ""


def _contact(said: str) -> str:
    if not said.strip():
        raise BadRequest(contact=said, problem="an e-mail or a phone is needed")
    return contact_of("email" if "@" in said else "", said)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/people", tag="People", right=Right.SEE_CUSTOMERS, query=Named, answer=Person, act=show,
        summary="One person by any of her identifiers.", errors=(PersonNotFound, NoSuchProfile),
    ),
    Endpoint(
        method="GET", path="/people/links", tag="People", right=Right.SEE_CUSTOMERS, query=Named,
        answer=dict[str, Any], act=links, errors=(PersonNotFound,),
        summary="Why her identifiers are one person: links, what does not count, merges and cuts.",
    ),
    Endpoint(
        method="GET", path="/people/timeline", tag="People", right=Right.SEE_CUSTOMERS, query=Story,
        answer=Page[Moment], act=timeline, errors=(PersonNotFound,),
        summary="What happened with a person, newest first.",
    ),
    Endpoint(
        method="POST", path="/people/cut", deed=Deed.PERSON_CUT,
        tag="People", right=Right.CARE, body=Cut, answer=Parted, act=cut,
        summary="Cut an identifier off a person; joining them again takes it back.",
        errors=(PersonNotFound, by_hand.NotOnePerson),
        example={"person": "ann@example.org", "identifier": "phone:+33123456789"},
    ),
    Endpoint(
        method="POST", path="/people/join", deed=Deed.PERSON_JOINED,
        tag="People", right=Right.CARE, body=Join, answer=Person, act=join,
        summary="Say that two are one person; a cut takes it back exactly.", errors=(PersonNotFound,),
        example={"person": "ann@example.org", "other": "account:4711"},
    ),
    Endpoint(
        method="GET", path="/consents", tag="Consent", right=Right.SEE_CUSTOMERS, query=Asked,
        answer=list[dict[str, Any]], act=consents,
        summary="Everything an address ever said of consent, with its proof.",
    ),
    Endpoint(
        method="GET", path="/consents/at", tag="Consent", right=Right.SEE_CUSTOMERS, query=AskedAt,
        answer=list[dict[str, Any]], act=consents_at,
        summary="What held for an address at an instant, in which words.",
    ),
    Endpoint(
        method="GET", path="/suppressions", tag="Consent", right=Right.SEE_CUSTOMERS, query=Suppressed,
        answer=list[dict[str, Any]], act=suppressed, summary="Addresses that must not be written to, as hashes.",
    ),
    Endpoint(
        method="POST", path="/suppressions", deed=Deed.PERSON_STOPPED,
        tag="Consent", right=Right.CARE, body=Suppress, answer=None, act=suppress,
        summary="Stop messages to an address.", example={"contact": "ann@example.org"},
    ),
    Endpoint(
        method="POST", path="/suppressions/lift", deed=Deed.PERSON_LIFTED,
        tag="Consent", right=Right.CARE, body=Lift, answer=Lifted,
        act=lift, summary="Let messages go to an address again.", example={"contact": "ann@example.org"},
    ),
)  # fmt: skip
"""What the API says of people."""
