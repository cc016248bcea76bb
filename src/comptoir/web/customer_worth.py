"""Where a customer belongs and what she is worth: her segments since when and why, her scores with their reasons."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.model.service import GOLD
from comptoir.reports.service import EngineUnreachable
from comptoir.scores.asking import giving
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import Definition
from comptoir.web import counted, score_answers, scores, segment_count, segment_reach, segment_says, trait_says
from comptoir.web.customer_head import find, head_of
from comptoir.web.routes import get
from comptoir.web.speech import Speech
from comptoir.web.trait_editor import currency_of
from comptoir.web.view import Desk, desk_of, is_fragment, own_brands, render, speech_of, who_asks

MOST_DRAWN = 8
"""Categories that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongs:
    """A segment that she is in."""

    title: str
    link: str
    says: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One of her scores, in words. `top_share`: 0 is the best of all."""

    title: str
    link: str
    brand: str
    kind: str
    value: str
    top_share: float | None
    since: date | None
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a computed trait comes to for her."""

    title: str
    link: str
    says: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A category that she is drawn to, and where the pages that made it are shown. `share` of the strongest, 0–1."""

    category: str
    brand: str
    lift: float
    share: float
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Something she did in a category."""

    at: datetime
    name: str
    what: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """All that the part shows."""

    path: str
    segments: Sequence[Belongs]
    scores: Sequence[Standing]
    traits: Sequence[Counted]
    drawn: Sequence[Drawn]
    gold: Sequence[str]
    """The brands whose gold service is hers."""
    wrong: str
    may_open: bool


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/customers/{profile_id}/worth", page, Right.SEE_CUSTOMERS),
        get("/customers/{profile_id}/interest", interest, Right.SEE_CUSTOMERS),
    ]


async def page(request: Request) -> Response:
    """Answer the page, or for htmx the part that stands on a customer's own page. Raises: NoSuchCustomer."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    person = await find(desk, who, request.path_params["profile_id"])
    head = await run_in_threadpool(head_of, desk, who, person)
    wrong = ""
    mine: list[Belongs] = []
    standing: list[Standing] = []
    traits: list[Counted] = []
    drawn: list[Drawn] = []
    gold: list[str] = []
    try:
        mine, standing, traits, drawn, gold = await asyncio.gather(
            segments_of(desk, who, said, person.profile_id),
            run_in_threadpool(scores_of, desk, who, said, person.profile_id),
            run_in_threadpool(traits_of, desk, who, said, person.profile_id),
            run_in_threadpool(drawn_to, desk, who, person.profile_id),
            run_in_threadpool(gold_of, desk, who, person.profile_id),
        )
    except ComptoirError:
        wrong = said("segments.away")
    worth = Worth(
        path=head.path, segments=mine, scores=standing, traits=traits, drawn=drawn, gold=gold, wrong=wrong,
        may_open=who.may(Right.CAMPAIGN),
    )  # fmt: skip
    context = {"head": head, "worth": worth, "now": desk.clock.now()}
    return render(request, "customer", "customer_worth", context, block="worth" if is_fragment(request) else "")


async def interest(request: Request) -> Response:
    """Answer the pages, baskets and orders that made an affinity. Raises: NoSuchCustomer, NotAllowed."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    person = await find(desk, who, request.path_params["profile_id"])
    head = await run_in_threadpool(head_of, desk, who, person)
    brands = [one.name for one in own_brands(request)]
    brand = request.query_params.get("brand", "") or next(iter(brands), "")
    category = request.query_params.get("category", "")[:300]
    looked, wrong = [], ""
    try:
        rows = await run_in_threadpool(
            partial(score_answers.pages, desk, who, person.profile_id, brand=brand, category=category)
        )
        looked = [
            Looked(at=row["occurred_at"], name=said.known("name", row["name"]), page=row["path"] or "",
                   what=row["title"] or row["product_id"] or row["category"] or "")
            for row in rows
        ]  # fmt: skip
    except EngineUnreachable:
        wrong = said("segments.away")
    context = {"head": head, "now": desk.clock.now(), "looked": looked, "wrong": wrong, "category": category,
               "brand": brand}  # fmt: skip
    return render(request, "customer", "customer_interest", context)


def traits_of(desk: Desk, who: Principal, said: Speech, profile_id: str) -> list[Counted]:
    """Give what computed traits come to for somebody. Order: by title. Raises: what the engine says."""
    known = counted.traits(desk, who)
    mine = counted.values(desk, known, [profile_id]).get(profile_id, {})
    found = [
        Counted(
            title=trait_says.title(known[key], said), link=f"/traits/{key}", says=trait_says.sentence(known[key], said),
            value=trait_says.value(known[key], row, said, currency_of(desk, known[key])),
        )
        for key, row in mine.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.title.casefold())


def drawn_to(desk: Desk, who: Principal, profile_id: str) -> list[Drawn]:
    """Give the categories that somebody is drawn to. Order: the strongest first. Raises: what the engine says."""
    rows = score_answers.affinities(desk, who, profile_id, most=MOST_DRAWN)
    most = max((row["value"] for row in rows), default=1.0) or 1.0
    return [
        Drawn(
            category=row["category"],
            brand=row["brand"],
            lift=row["lift"],
            share=max(0.0, row["value"] / most),
            link=f"/customers/{profile_id}/interest?" + urlencode({"brand": row["brand"], "category": row["category"]}),
        )
        for row in rows
    ]


def gold_of(desk: Desk, who: Principal, profile_id: str) -> list[str]:
    """Name the brands whose gold service somebody has. Order: by name. Raises: what the engine says."""
    levels = counted.levels(desk, who.brands, [profile_id]).get(profile_id, {})
    return sorted(brand for brand, level in levels.items() if level == GOLD)


async def segments_of(desk: Desk, who: Principal, said: Speech, profile_id: str) -> list[Belongs]:
    """Give the segments that somebody is in. Order: the latest first. Raises: what the engine says."""
    rows = await segment_count.rows_of(desk, "of_person", profile_id=profile_id)
    shelf = await run_in_threadpool(_live, desk)
    found = [
        Belongs(
            title=segment_says.title(one, said), link=f"/segments/{row['segment']}",
            says=segment_says.sentence(one, said), since=instant(row["entered_at"]),
        )
        for row in rows
        if (one := shelf.get(row["segment"])) is not None and segment_reach.may_see(one, who)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.since, one.title), reverse=True)


def _live(desk: Desk) -> dict[str, Definition]:
    with desk.state.read() as connection:
        return {key: segment_says.read(text) for key, (_, text) in SEGMENTS.live(connection).items()}


def scores_of(desk: Desk, who: Principal, said: Speech, profile_id: str) -> list[Standing]:
    """Give somebody's scores with their reasons. Order: by score and brand. Raises: what the engine says."""
    own = score_answers.of_person(desk, who, profile_id)
    if not own:
        return []
    why: dict[tuple[str, str], list[str]] = {}
    for reason in score_answers.reasons(desk, who, profile_id):
        why.setdefault((reason.plugin, reason.brand), []).append(said.spaced(reason.words[said.language.value]))
    made, told = [], set()
    for one in own:
        known = score_answers.given(one.score)
        plugin = giving(one.score).name
        reasons = [] if (plugin, one.brand) in told else why.get((plugin, one.brand), [])
        told.add((plugin, one.brand))
        made.append(
            Standing(
                title=said.spaced(known.words[said.language.value]), link=f"/scores/{one.score}", brand=one.brand,
                kind=scores.label_of(known, one.label, said) if one.label else "",
                value=scores.value_of(known, one.value, said), top_share=one.top_share if known.is_ranked else None,
                since=one.since, reasons=reasons,
            )
        )  # fmt: skip
    return made
