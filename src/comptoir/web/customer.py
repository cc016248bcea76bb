"""Customers: found by anything, then one person's whole story, and why her identifiers are one person."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.identity.links import WEAKNESS, Link
from comptoir.identity.profile import Identification, Profile
from comptoir.model.identifier import IdentifierKind, NodeId, profile_named_after
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render

MOST = 300
"""Moments shown of a story."""

MOST_LINKS = 40
"""Links shown of those that join, and of those that do not."""

KINDS = ("event", "cart", "order", "message", "points")
"""Moments a story can be narrowed to; what became of a message goes with it."""

ICONS = {"event": "•", "cart": "◪", "order": "✓", "message": "✉", "delivery": "↪", "points": "★"}


class NoSuchCustomer(ComptoirError, LookupError):
    """Nobody has this customer number."""

    code, status = "no_such_customer", 404
    hint = "Find the person by an e-mail, a phone, an account or an order; a number comes from a link that may be old."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody a search has found, and by what."""

    profile_id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something known of a person, the latest word of it."""

    name: str
    value: str
    trust: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Two identifiers and why they are taken for one person's, or not."""

    a: str
    b: str
    reason: str
    trust: str
    at: datetime
    why_not: str
    """Why it joins nobody; empty if it does join them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """All that the page shows of a person."""

    profile_id: str
    name: str
    is_anonymous: bool
    identifiers: Sequence[Identification]
    links: Sequence[LinkView]
    traits: Sequence[Trait]
    worth: Sequence[Mapping[str, Any]]
    session_count: int
    first_at: datetime | None
    last_at: datetime | None
    story: Sequence[tuple[date, Sequence[Mapping[str, Any]]]]
    is_cut: bool
    consents: Sequence[Mapping[str, Any]]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/customers", search_page, Right.SEE_CUSTOMERS),
        get("/customers/{profile_id}", page, Right.SEE_CUSTOMERS),
    ]


async def search_page(request: Request) -> Response:
    """Answer the search: the one person it finds, or those it may be, or a hint."""
    desk = desk_of(request)
    asked = request.query_params.get("q", "").strip()[:200]
    found = await search(desk, asked) if asked else []
    if len(found) == 1:
        return RedirectResponse(f"/customers/{found[0].profile_id}", status_code=303)
    return render(request, "customer", "customers", {"asked": asked, "found": found})


async def page(request: Request) -> Response:
    """Answer one person's page; an old number leads to the person of today."""
    desk = desk_of(request)
    name = request.path_params["profile_id"]
    person = await run_in_threadpool(_by_id, desk, name)
    if person.profile_id != name:
        return RedirectResponse(f"/customers/{person.profile_id}", status_code=303)
    asked = request.query_params.get("kind", "")
    asked = asked if asked in KINDS else ""
    context = {
        "customer": await load(desk, person, asked),
        "asked": asked,
        "kinds": KINDS,
        "icons": ICONS,
        "most": MOST,
        "now": desk.clock.now(),
    }
    return render(request, "customer", "customer", context)


async def search(desk: Desk, asked: str) -> list[Found]:
    """
    Find people by any identifier, by a customer number, or by an order, a cart or a message.

    Order: identifiers first. Raises: EngineUnreachable, EngineSilent.
    """
    found = await run_in_threadpool(_by_identifier, desk, asked)
    if not found:
        subjects = await desk.report("subject_of", reference=asked)
        found = await run_in_threadpool(_by_nodes, desk, subjects)
    return found


async def load(desk: Desk, person: Profile, kind: str) -> Customer:
    """Gather what the page shows of a person. Raises: EngineUnreachable, EngineSilent."""
    nodes = list(person.node_ids)
    links, figures, story, consents = await asyncio.gather(
        run_in_threadpool(_links, desk, person),
        desk.report("customer_figures", nodes=nodes),
        desk.report("customer_timeline", nodes=nodes, kind=kind, most=MOST),
        desk.report("customer_consents", nodes=nodes),
    )
    first = figures[0]
    return Customer(
        profile_id=person.profile_id,
        name=_name(person),
        is_anonymous=all(one.kind == IdentifierKind.ANONYMOUS for one in person.identifiers),
        identifiers=sorted(person.identifiers, key=lambda one: (WEAKNESS[one.kind], one.first_seen_at, one.value)),
        links=links,
        traits=_traits(person),
        worth=[row for row in figures if row["currency"] is not None],
        session_count=first["session_count"],
        first_at=first["first_at"],
        last_at=first["last_at"],
        story=[(day, list(moments)) for day, moments in groupby(story, key=lambda row: row["happened_at"].date())],
        is_cut=len(story) == MOST,
        consents=consents,
    )


def _by_id(desk: Desk, name: str) -> Profile:
    with desk.state.read() as connection:
        found = profile.read_by_id(connection, name)
    if found is None:
        raise NoSuchCustomer(profile_id=name[:50])
    return found


def _by_identifier(desk: Desk, asked: str) -> list[Found]:
    with desk.state.read() as connection:
        people = [("profile", profile.read_by_id(connection, asked))]
        people += [(kind.value, profile.read(connection, kind.value, _normal(kind, asked))) for kind in IdentifierKind]
    return _distinct(people)


def _by_nodes(desk: Desk, subjects: Sequence[Mapping[str, Any]]) -> list[Found]:
    with desk.state.read() as connection:
        people = [
            # any node names a profile: the one it founded or the one it belongs to
            (row["kind"], profile.read_by_id(connection, profile_named_after(NodeId(row["node_id"]))))
            for row in subjects
        ]
    return _distinct(people)


def _distinct(people: Sequence[tuple[str, Profile | None]]) -> list[Found]:
    found: dict[str, Found] = {}
    for kind, person in people:
        if person is not None and person.profile_id not in found:
            found[person.profile_id] = Found(profile_id=person.profile_id, name=_name(person), kind=kind)
    return list(found.values())


def _normal(kind: IdentifierKind, asked: str) -> str:
    return unicodedata.normalize("NFC", asked.lower()) if kind is IdentifierKind.EMAIL else asked


def _name(person: Profile) -> str:
    """Give the name a shop would greet with: from traits, else the strongest identifier that a person would know."""
    traits = person.traits
    said = [
        traits.get(first) or traits.get(second)
        for first, second in (("first_name", "firstName"), ("last_name", "lastName"))
    ]
    full = " ".join(str(part) for part in said if part) or str(traits.get("name") or "")
    readable = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.ACCOUNT, IdentifierKind.LOYALTY_CARD)
    return full or next((values[0] for kind in readable if (values := person.values(kind))), "")


def _traits(person: Profile) -> list[Trait]:
    return [
        Trait(
            name=one.name,
            value=one.value if isinstance(one.value, str) else one.value_json,
            trust=one.trust,
            at=one.occurred_at,
        )
        for one in person.stated
    ]


def _links(desk: Desk, person: Profile) -> list[LinkView]:
    with desk.state.read() as connection:
        told = profile.explain(connection, person.profile_id)
    joining = [_link(link, told.names, "") for link in told.active]
    others = [_link(one.link, told.names, one.why.value if one.why else "weaker") for one in told.demoted]
    return [*joining[:MOST_LINKS], *others[:MOST_LINKS]]


def _link(link: Link, names: Mapping[int, str], why_not: str) -> LinkView:
    a, b = (names.get(node, "").partition(":")[2] or str(node) for node in (link.a, link.b))
    return LinkView(a=a, b=b, reason=link.reason, trust=link.trust, at=instant(link.occurred_at), why_not=why_not)
