"""Customers: found by anything, listed by what they did lately, then one person's whole story."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.app import keeper_of
from comptoir.clock import instant, micros
from comptoir.golden.choose import Record
from comptoir.identity import directory, profile
from comptoir.identity.directory import Sketch
from comptoir.identity.links import WEAKNESS
from comptoir.identity.profile import Identification, Profile
from comptoir.model.identifier import IdentifierKind, NodeId, profile_named_after
from comptoir.privacy import texts
from comptoir.quality import phone
from comptoir.scenarios import passages
from comptoir.web import (
    called,
    customer_acts,
    customer_identity,
    customer_messages,
    customer_story,
    customer_worth,
    quality,
    scenario_names,
)
from comptoir.web.customer_head import find, head_of, path_of
from comptoir.web.customer_identity import LinkView, as_read, shown
from comptoir.web.quality import Origin
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, is_fragment, render, speech_of, who_asks

MOST_LISTED = 50
"""People on a list."""

MOST_LINKS = 12
"""Links shown beside the story; the page of identifiers has them all."""

RECENT = timedelta(days=30)
"""How long ago somebody may have been in touch to be listed where nothing is asked."""

WHO = ("known", "bought", "left", "written", "everyone")
"""Whom the list shows: known by more than a browser, ordered, left a cart, was written to, everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody a search has found, and by what."""

    profile_id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody on a list: who, when last in touch, what ordered."""

    sketch: Sketch
    last_at: datetime
    order_count: int
    amount_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Something known of a person: what stands, who said it, how far that is believed, and what others say."""

    name: str
    value: str
    trust: str
    source: str
    at: datetime
    others: int
    """How many other values were stated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinity:
    """A product or a category that was looked at. `share` is of the heaviest of its kind, 0–1."""

    name: str
    reference: str
    share: float
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One statement on consent, with its proof and the words that were agreed to."""

    said: Mapping[str, Any]
    text: str
    """Empty where the words are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """All that the page shows of a person beside her story."""

    identifiers: Sequence[Identification]
    links: Sequence[LinkView]
    link_count: int
    traits: Sequence[Trait]
    worth: Sequence[Mapping[str, Any]]
    session_count: int
    first_at: datetime | None
    last_at: datetime | None
    points: int | None
    consents: Sequence[Consent]
    categories: Sequence[Affinity]
    products: Sequence[Affinity]
    runs: Sequence[Mapping[str, Any]]
    """The scenarios she is in now."""
    origins: Sequence[Origin]
    """Where her addresses and numbers came from."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/customers", search_page, Right.SEE_CUSTOMERS),
        *customer_acts.routes(),
        *customer_identity.routes(),
        *customer_messages.routes(),
        *customer_worth.routes(),
        get("/customers/{profile_id}", page, Right.SEE_CUSTOMERS),
    ]


async def search_page(request: Request) -> Response:
    """Answer the search: the one person it finds or those it may be; else whoever was in touch lately."""
    desk, who = desk_of(request), who_asks(request)
    may = {"may_match": who.may(Right.CARE) and not who.brands}
    asked = request.query_params.get("q", "").strip()[:200]
    if asked:
        found = await search(desk, asked, brands=who.brands)
        if len(found) == 1:
            return RedirectResponse(path_of(found[0].profile_id), status_code=303)
        return render(request, "customer", "customers", may | _listed(asked, found, "", []))
    chosen = request.query_params.get("who", "")
    chosen = chosen if chosen in WHO else WHO[0]
    people = await recent(desk, chosen, brands=who.brands)
    return render(request, "customer", "customers", may | _listed("", [], chosen, people))


def _listed(asked: str, found: Sequence[Found], chosen: str, people: Sequence[Listed]) -> dict[str, Any]:
    return {
        "asked": asked,
        "found": found,
        "people": people,
        "chosen": chosen,
        "kinds": WHO,
        "most": MOST_LISTED,
        "days": RECENT.days,
    }


async def page(request: Request) -> Response:
    """Answer one person's page; an old number leads to the person of today."""
    desk, who = desk_of(request), who_asks(request)
    name = request.path_params["profile_id"]
    person = await find(desk, who, name)
    if person.profile_id != name:
        return RedirectResponse(path_of(person.profile_id), status_code=303)
    story, names = await asyncio.gather(
        customer_story.load(desk, who, person, request.query_params, speech_of(request).day_of),
        run_in_threadpool(scenario_names.load, desk, speech_of(request)),
    )
    if is_fragment(request):
        return render(request, "customer", "customer", {"story": story, "names": names}, block="moments")
    head, customer = await asyncio.gather(
        run_in_threadpool(head_of, desk, who, person), load(desk, who, person, speech_of(request).language.value)
    )
    context = {
        "head": head,
        "customer": customer,
        "story": story,
        "names": names,
        "now": desk.clock.now(),
    }
    return render(request, "customer", "customer", context)


async def search(desk: Desk, asked: str, *, brands: Collection[str] = ()) -> list[Found]:
    """
    Find people by any identifier, by a customer number, by an order, a cart or a message, or by part of a name.

    Only people who have to do with one of `brands` are found, where any is named.

    Order: identifiers first. Raises: EngineUnreachable, EngineSilent.
    """
    people = await run_in_threadpool(_by_identifier, desk, asked)
    if not people:
        people = await run_in_threadpool(_by_nodes, desk, await desk.report("subject_of", reference=asked))
    if not people:
        return await _by_name(desk, asked, brands)
    if brands:
        theirs = await _nodes_of_brands(desk, [node for person, _ in people for node in person.node_ids], brands)
        people = [(person, kind) for person, kind in people if not theirs.isdisjoint(person.node_ids)]
    return await run_in_threadpool(_by_records, desk, people[:MOST_LISTED])


async def recent(desk: Desk, chosen: str, *, brands: Collection[str]) -> list[Listed]:
    """List who has been in touch lately. Order: the latest first. Raises: EngineUnreachable, EngineSilent."""
    since = micros(desk.clock.now() - RECENT)
    rows = await desk.report("customer_recent", since_at=since, who=chosen, brands=sorted(brands), most=MOST_LISTED)
    sketches = await run_in_threadpool(_sketches, desk, [row["profile_id"] for row in rows])
    return [
        Listed(
            sketch=sketches[row["profile_id"]],
            last_at=row["last_at"],
            order_count=row["order_count"],
            amount_minor=row["amount_minor"],
            currency=row["currency"],
        )
        for row in rows
        if row["profile_id"] in sketches  # joined to another since the facts were copied: she is there under that name
    ]


async def load(desk: Desk, who: Principal, person: Profile, language: str) -> Customer:
    """Gather what the page shows of a person. Raises: EngineUnreachable, EngineSilent."""
    about = {"nodes": list(person.node_ids), "brands": sorted(who.brands)}
    record = await run_in_threadpool(_record, desk, who, person)
    stated = [one.message_id for one in record]
    (links, link_count, runs), figures, consents, affinities, sources = await asyncio.gather(
        run_in_threadpool(_kept, desk, who, person),
        desk.report("customer_figures", **about),
        desk.report("customer_consents", **about),
        desk.report("customer_affinities", now=desk.now_micros(), **about),
        desk.report("customer_sources", message_ids=stated, **about),
    )
    origins = await quality.origins(desk, who, person.node_ids)
    first = figures[0]
    return Customer(
        identifiers=sorted(person.identifiers, key=lambda one: (WEAKNESS[one.kind], one.first_seen_at, one.value)),
        links=links,
        link_count=link_count,
        traits=_traits(record, {row["message_id"]: row["source"] for row in sources}),
        worth=[row for row in figures if row["currency"] is not None],
        session_count=first["session_count"],
        first_at=first["first_at"],
        last_at=first["last_at"],
        points=first["points"],
        consents=await run_in_threadpool(_with_words, desk, consents, language),
        categories=_affinities(affinities, "category"),
        products=_affinities(affinities, "product"),
        runs=runs,
        origins=origins,
    )


def _by_identifier(desk: Desk, asked: str) -> list[tuple[Profile, str]]:
    with desk.state.read() as connection:
        people = [(profile.read_by_id(connection, asked), "profile")]
        people += [(profile.read(connection, kind.value, _normal(kind, asked)), kind.value) for kind in IdentifierKind]
    return _distinct(people)


def _by_nodes(desk: Desk, subjects: Sequence[Mapping[str, Any]]) -> list[tuple[Profile, str]]:
    with desk.state.read() as connection:
        return _distinct(
            # any node names a profile: the one it founded or the one it belongs to
            (profile.read_by_id(connection, profile_named_after(NodeId(row["node_id"]))), row["kind"])
            for row in subjects
        )


async def _by_name(desk: Desk, asked: str, brands: Collection[str]) -> list[Found]:
    """Find people by part of a name: sketches tell enough, whole people would have to be read one by one."""
    sketches, nodes_of = await run_in_threadpool(_named, desk, asked, with_nodes=bool(brands))
    if brands:
        theirs = await _nodes_of_brands(desk, [node for nodes in nodes_of.values() for node in nodes], brands)
        sketches = [one for one in sketches if not theirs.isdisjoint(nodes_of.get(one.profile_id, ()))]
    return [Found(profile_id=one.profile_id, name=one.name, kind="name") for one in sketches]


def _by_records(desk: Desk, people: Sequence[tuple[Profile, str]]) -> list[Found]:
    with desk.state.read() as connection:
        return [
            Found(profile_id=person.profile_id, name=called.name_of(desk, connection, person), kind=kind)
            for person, kind in people
        ]


def _named(desk: Desk, asked: str, *, with_nodes: bool) -> tuple[list[Sketch], dict[str, Collection[int]]]:
    with desk.state.read() as connection:
        found = directory.find(connection, asked, MOST_LISTED)
        sketches = called.sketch(desk, connection, found)
        people = [profile.read_by_id(connection, one) for one in found] if with_nodes else []
    nodes_of: dict[str, Collection[int]] = {one.profile_id: one.node_ids for one in people if one is not None}
    return [sketches[one] for one in found if one in sketches], nodes_of


def _distinct(people: Any) -> list[tuple[Profile, str]]:
    found: dict[str, tuple[Profile, str]] = {}
    for person, kind in people:
        if person is not None:
            found.setdefault(person.profile_id, (person, kind))
    return list(found.values())


async def _nodes_of_brands(desk: Desk, nodes: Sequence[int], brands: Collection[str]) -> set[int]:
    rows = await desk.report("customer_brands", nodes=nodes)
    return {row["node_id"] for row in rows if row["brand"] in brands}


def _sketches(desk: Desk, profile_ids: Sequence[str]) -> Mapping[str, Sketch]:
    with desk.state.read() as connection:
        return called.sketch(desk, connection, profile_ids)


def _kept(desk: Desk, who: Principal, person: Profile) -> tuple[list[LinkView], int, list[dict[str, Any]]]:
    with desk.state.read() as connection:
        told = profile.explain(connection, person.profile_id)
        runs = passages.of(connection, person.node_ids)
    joining = customer_identity.joining(told)
    apart = customer_identity.apart(told)
    going = [one for one in runs if one["ended_at"] is None and (not who.brands or one["brand"] in who.brands)]
    return [*joining[:MOST_LINKS], *apart[:MOST_LINKS]], len(joining) + len(apart), going


def _normal(kind: IdentifierKind, asked: str) -> str:
    if kind is IdentifierKind.PHONE:
        return phone.as_kept(asked)
    return unicodedata.normalize("NFC", asked.lower()) if kind is IdentifierKind.EMAIL else asked


def _record(desk: Desk, who: Principal, person: Profile) -> Record:
    with desk.state.read() as connection:
        return keeper_of(desk.settings).read_for(connection, person, who.brands)


def _traits(record: Record, sources: Mapping[str, str]) -> list[Trait]:
    return [
        Trait(
            name=one.name,
            value=shown(one.value),
            trust=one.trust,
            source=one.source or sources.get(one.message_id, ""),
            at=instant(one.at),
            others=len(one.others),
        )
        for one in as_read(record)
        if one.stands
    ]


def _with_words(desk: Desk, rows: Sequence[Mapping[str, Any]], language: str) -> list[Consent]:
    """Put beside each statement the words that were agreed to, in the reader's tongue where they exist in it."""
    known: dict[tuple[str, str, str, str], str] = {}
    with desk.state.read() as connection:
        for row in rows:
            key = (row["brand"], row["purpose"], row["channel"], row["text_version"] or "")
            if key in known:
                continue
            brand, purpose, channel, version = key
            found = texts.find(connection, brand=brand, purpose=purpose, channel=channel, version=version)
            first = sorted(found, key=lambda one: one.language != language)[:1]
            known[key] = first[0].text if first else ""
    return [
        Consent(said=row, text=known[row["brand"], row["purpose"], row["channel"], row["text_version"] or ""])
        for row in rows
    ]


def _affinities(rows: Sequence[Mapping[str, Any]], kind: str) -> list[Affinity]:
    mine = [row for row in rows if row["kind"] == kind]
    most = max((row["weight"] for row in mine), default=1.0)
    return [
        Affinity(
            name=row["name"],
            reference=row["reference"],
            share=row["weight"] / most,
            times=row["times"],
            last_at=row["last_at"],
        )
        for row in mine
    ]
