"""Why a customer's identifiers are one person: links, how they came together, and parting them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec import Raw
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.app import keeper_of
from comptoir.clock import instant, micros
from comptoir.golden.choose import Field, Record
from comptoir.identity import by_hand, profile
from comptoir.identity.links import WEAKNESS, Link
from comptoir.identity.profile import Explanation, Identification, Profile
from comptoir.web.customer_head import find, head_of, may_see, path_of
from comptoir.web.routes import get, post
from comptoir.web.view import Desk, desk_of, go, render, who_asks

MOST = 200
_PLACES = {
    name: place
    for place, name in enumerate((
        "title", "first_name", "last_name", "name", "company", "birth_on", "email", "phone", "mobile", "street",
        "postal_code", "city", "region", "state", "country", "language", "locale",
    ))
}  # fmt: skip
"""Where each field of a person stands when people read them; others follow, by name."""
"""Links of each sort on the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An identifier as it is written for people: its kind and its value."""

    kind: str
    value: str

    @property
    def key(self) -> str:
        """The identifier as identity takes it."""
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Two identifiers and why they are taken for one person's, or not."""

    a: Named
    b: Named
    reason: str
    trust: str
    at: datetime
    why_not: str
    """Why it joins nobody; empty if it does join them."""
    by: str
    """Who made it by hand; empty if nobody did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutView:
    """Two identifiers that somebody has parted by hand."""

    a: Named
    b: Named
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Whom a cut would leave on one side."""

    key: str
    """The words `customer.side.<key>`."""
    identifiers: Sequence[Named]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherView:
    """A value that does not stand."""

    value: str
    source: str
    at: datetime
    trust: str
    grade: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of the golden record as it is shown."""

    name: str
    value: str
    """Empty where all that is said was refused."""
    source: str
    at: datetime
    trust: str
    grade: str
    why: str
    agree: Sequence[str]
    others: Sequence[OtherView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """All that the page shows."""

    identifiers: Sequence[Identification]
    joining: Sequence[LinkView]
    apart: Sequence[LinkView]
    history: Sequence[tuple[LinkView, str, str]]
    """How she came together, oldest first: the link, the number that stayed, the number that went into it."""
    cuts: Sequence[CutView]
    also_known_as: Sequence[str]
    record: Sequence[FieldView]
    """What stands of each field, and what does not."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/customers/{profile_id}/identity", page, Right.SEE_CUSTOMERS),
        get("/customers/{profile_id}/cut", foresee, Right.CARE),
        post("/customers/{profile_id}/cut", cut, Right.CARE, deed=Deed.PERSON_CUT),
        post("/customers/{profile_id}/join", join, Right.CARE, deed=Deed.PERSON_JOINED),
    ]


async def page(request: Request) -> Response:
    """Show why she is one person."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    if person.profile_id != request.path_params["profile_id"]:
        return RedirectResponse(f"{path_of(person.profile_id)}/identity", status_code=303)
    head = await run_in_threadpool(head_of, desk, who, person)
    identity = await run_in_threadpool(_load, desk, who, person)
    return render(
        request, "customer", "customer_identity", {"head": head, "identity": identity, "now": desk.clock.now()}
    )


async def foresee(request: Request) -> Response:
    """Show what each side of a cut would keep, before anything is cut."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    head = await run_in_threadpool(head_of, desk, who, person)
    identifier = request.query_params.get("identifier", "")[:1_000]
    sides, count = await run_in_threadpool(sides_of, desk, person, identifier)
    context = {"head": head, "identifier": named(identifier), "sides": sides, "cuts": count}
    return render(request, "customer", "customer_cut", context)


async def cut(request: Request, form: FormData) -> Response:
    """Cut an identifier off her; facts follow within a tick."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    identifier = str(form.get("identifier", ""))[:1_000]
    made = await run_in_threadpool(_cut, desk, person, identifier, who.name)
    return go(f"{path_of(made.left.profile_id)}/identity", done="customer.cut")


async def join(request: Request, form: FormData) -> Response:
    """Take a cut back: say of two identifiers that they are one person's after all."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    pair = (str(form.get("a", ""))[:1_000], str(form.get("b", ""))[:1_000])
    made = await run_in_threadpool(_join, desk, who, person, pair)
    return go(f"{path_of(made.profile_id)}/identity", done="customer.joined")


def joining(told: Explanation) -> list[LinkView]:
    """Give the links that make her one person. Order: as they were weighed."""
    return [_link(link, told, "") for link in told.active]


def apart(told: Explanation) -> list[LinkView]:
    """Give the links that are kept and join nobody, each with why."""
    return [_link(one.link, told, one.why.value if one.why else "weaker") for one in told.demoted]


def named(text: str) -> Named:
    """Read KIND:VALUE."""
    kind, _, value = text.partition(":")
    return Named(kind=kind, value=value)


def as_read(record: Record) -> list[Field]:
    """Put the fields of a record in the order people read them: who it is, how to reach her, where she lives."""
    return sorted(record, key=lambda one: (_PLACES.get(one.name, len(_PLACES)), one.name))


def shown(value: Raw) -> str:
    """Write a value for people: a text as it is, of a list or an address its parts, anything else as its JSON."""
    read = msgspec.json.decode(value)
    match read:
        case str():
            return read
        case dict() | list():
            parts = list(read.values()) if isinstance(read, dict) else read
            said = [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in parts if one]
            return ", ".join(said)
    return bytes(value).decode()


def _field(one: Field) -> FieldView:
    return FieldView(
        name=one.name,
        value=shown(one.value) if one.stands else "",
        source=one.source,
        at=instant(one.at),
        trust=one.trust,
        grade=one.grade,
        why=one.why,
        agree=[name for name in one.agree if name],
        others=[
            OtherView(
                value=shown(other.value),
                source=other.source,
                at=instant(other.at),
                trust=other.trust,
                grade=other.grade,
                why=other.why,
            )
            for other in one.others
        ],
    )


def _without_source(person: Profile, who: Principal) -> Sequence[Identification]:
    """Give the identifiers, without where they were seen first for somebody who is for some brands only."""
    return [one._replace(first_source="") for one in person.identifiers] if who.brands else person.identifiers


def _load(desk: Desk, who: Principal, person: Profile) -> Identity:
    with desk.state.read() as connection:
        told = profile.explain(connection, person.profile_id)
        record = keeper_of(desk.settings).read_for(connection, person, who.brands)
    return Identity(
        identifiers=sorted(
            _without_source(person, who), key=lambda one: (WEAKNESS[one.kind], one.first_seen_at, one.value)
        ),
        joining=joining(told)[:MOST],
        apart=apart(told)[:MOST],
        history=[(_link(one.link, told, ""), one.kept, one.gone) for one in told.history],
        cuts=[CutView(a=_named(a, told.names), b=_named(b, told.names), at=at, by=by) for a, b, at, by in told.cuts],
        also_known_as=person.merged_from,
        record=[_field(one) for one in as_read(record)],
    )


def sides_of(desk: Desk, person: Profile, identifier: str) -> tuple[list[Side], int]:
    """Say what each side of a cut would keep, and how many links it takes. Raises: NotOnePerson."""
    with desk.state.read() as connection:
        foreseen = by_hand.foresee(connection, person.profile_id, identifier)
        told = profile.explain(connection, person.profile_id)
    sides = [("left", foreseen.left), ("restored", foreseen.restored), *(("other", one) for one in foreseen.others)]
    return [
        Side(key=key, identifiers=sorted((_named(node, told.names) for node in nodes), key=_strength))
        for key, nodes in sides
    ], foreseen.cuts


def _cut(desk: Desk, person: Profile, identifier: str, by: str) -> by_hand.Parted:
    with desk.state.write() as connection:
        return by_hand.cut(connection, person.profile_id, identifier, at=micros(desk.clock.now()), by=by)


def _join(desk: Desk, who: Principal, person: Profile, pair: tuple[str, str]) -> Profile:
    """Join two of which one is hers, and the visitor may see both. Raises: PersonNotFound; NotOnePerson."""
    with desk.state.read() as connection:
        nodes = {one: profile.find(connection, one) for one in pair}
        both = {one: profile.read_node(connection, node) for one, node in nodes.items()}
    if set(nodes.values()).isdisjoint(person.node_ids):
        raise by_hand.NotOnePerson(person=person.profile_id, identifier=pair[0])
    for asked, one in both.items():
        if one is None or not may_see(desk, who, one):
            raise profile.PersonNotFound(person=asked[:100])
    with desk.state.write() as connection:
        return by_hand.merge(connection, *pair, at=micros(desk.clock.now()), by=who.name)


def _link(link: Link, told: Explanation, why_not: str) -> LinkView:
    return LinkView(
        a=_named(link.a, told.names),
        b=_named(link.b, told.names),
        reason=link.reason,
        trust=link.trust,
        at=instant(link.occurred_at),
        why_not=why_not,
        by=told.by_hand.get(link.recorded, "") if link.recorded else "",
    )


def _named(node: int, names: Mapping[int, str]) -> Named:
    return named(names.get(node, f":{node}"))


def _strength(one: Named) -> tuple[int, str]:
    return WEAKNESS.get(one.kind, len(WEAKNESS)), one.value
