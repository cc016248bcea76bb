"""Computed traits: those of the shop with how many people have each and how they are spread, and the page of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.segments.traits import compile as compiling
from comptoir.segments.traits.definition import BadTrait, Trait
from comptoir.segments.traits.keep import TRAITS
from comptoir.state.drafts import Draft, OnShelf
from comptoir.state.shelf import KeyTaken
from comptoir.web import segment_says, trait_editor, trait_reach, trait_says, trait_versions
from comptoir.web.routes import get, post, tell
from comptoir.web.scenarios import slug
from comptoir.web.speech import Speech
from comptoir.web.trait_editor import Shown, Valued, currency_of, path_of, rows_of, valued
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

SAMPLE = 10
_LONGEST_NAME = 60
_FIRST = {"make": "count", "from": {"did": {"event": "Product Viewed", "within": "90 days"}}}
"""What a new trait begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A computed trait of the shop. `people` is None where it was not computed yet."""

    key: str
    title: str
    says: str
    unit: str
    state: str
    has_draft: bool
    brand: str
    people: int | None
    figures: Sequence[int]
    top: str
    """The commonest text, of a trait that is drawn by no figures."""
    as_of: datetime | None
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """People of one stretch, month or text. `share` of all who have the trait, 0–1."""

    says: str
    people: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What the engine knows of a trait."""

    people: int | None = None
    as_of: datetime | None = None
    bars: Sequence[Bar] = ()
    sample: Sequence[Valued] = ()


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/traits", page, Right.CAMPAIGN),
        post("/traits", begin, Right.CAMPAIGN, deed=Deed.TRAIT_DRAFTED),
        *trait_versions.routes(),
        *trait_editor.routes(),
        get("/traits/{name}", trait_page, Right.CAMPAIGN),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    return await _list(request)


async def begin(request: Request, form: FormData) -> Response:
    """Begin a computed trait under a name of its own, or from a text."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    title, text = str(form.get("title", "")).strip()[:_LONGEST_NAME], str(form.get("text", "")).replace("\r\n", "\n")
    if title:
        text = _blank(title, who)
    elif not text:
        return await _list(request, wrong=said("segments.new.missing"), status=422)
    try:
        trait_reach.check(trait_says.read(text), who)
        draft = await run_in_threadpool(_begin, desk, text, who)
    except KeyTaken as error:
        wrong = said("segments.new.taken", name=str(error.facts.get("key", "")))
        return await _list(request, wrong=wrong, title=title, text="" if title else text, status=422)
    except BadTrait as error:
        wrong = said("segment.wrong.line", **segment_says.what_of(said, error))
        return await _list(request, wrong=wrong, text=text, status=422)
    tell(request, about=f"{draft.key} begun")
    return go(f"{path_of(draft.key)}/rule", done="trait.begun")


def _begin(desk: Desk, text: str, who: Principal) -> Draft:
    with desk.state.write() as connection:
        return TRAITS.begin(connection, text, desk.clock.now(), by=who.name)


def _blank(title: str, who: Principal) -> str:
    """Give a definition to begin with; for the visitor's brand where she has only some."""
    brand = {"brand": min(who.brands)} if who.brands else {}
    key = slug(title).replace("-", "_")
    return segment_says.write({"version": 1, "key": key, "name": {"fr": title, "en": title}, **brand, **_FIRST})


async def _list(request: Request, *, wrong: str = "", title: str = "", text: str = "", status: int = 200) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shelf = await run_in_threadpool(_shelf, desk, who)
    sizes: Mapping[str, Mapping[str, Any]] = {}
    bars: dict[str, list[dict[str, Any]]] = {}
    away = ""
    try:
        counted, spread = await asyncio.gather(
            rows_of(desk, who, "sizes"), rows_of(desk, who, "spread", traits=[trait.key for trait, _, _ in shelf])
        )
        sizes = {row["trait"]: row for row in counted}
        for row in spread:
            bars.setdefault(row["trait"], []).append(row)
    except ComptoirError:
        away = said("segments.away")
    lines = [
        _line(trait, one, Known(sizes.get(trait.key), bars.get(trait.key, []), currency), said)
        for trait, one, currency in shelf
    ]  # fmt: skip
    context = {"listed": sorted(lines, key=lambda one: one.title.casefold()), "wrong": wrong, "title": title,
               "wrong_engine": away if lines else "", "text": text}  # fmt: skip
    return render(request, "segments", "traits", context, status_code=status)


def _shelf(desk: Desk, who: Principal) -> list[tuple[Trait, OnShelf, str]]:
    """Give the traits that somebody may see, each with its currency."""
    with desk.state.read() as connection:
        shelf = TRAITS.listing(connection)
    found = [(trait_says.read(one.text), one) for one in shelf]
    return [(trait, one, currency_of(desk, trait)) for trait, one in found if trait_reach.may_see(trait, who)]


@dataclass(frozen=True, slots=True)
class Known:
    """What the engine says of a trait in the list."""

    size: Mapping[str, Any] | None
    bars: Sequence[Mapping[str, Any]]
    currency: str


def _line(trait: Trait, one: OnShelf, known: Known, said: Speech) -> Line:
    figures, home, bars = trait_says.figures(known.bars), path_of(trait.key), known.bars
    return Line(
        key=trait.key, title=trait_says.title(trait, said), says=trait_says.sentence(trait, said),
        unit=trait_says.unit(trait, said, known.currency), state=one.state,
        has_draft=one.has_draft and one.live_version > 0, brand=trait.brand or "",
        people=None if known.size is None else known.size["people"], figures=figures,
        top="" if figures or not bars else trait_says.stretch(trait, bars[0], said, known.currency),
        as_of=None if known.size is None else instant(known.size["as_of"]),
        link=home if one.live_version else f"{home}/rule",
    )  # fmt: skip


async def trait_page(request: Request) -> Response:
    """Answer the page of one; of a trait that was never published, its form."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await trait_editor.load(request)
    if shown.live is None:
        return go(f"{shown.home}/rule")
    figures, wrong = Figures(), ""
    try:
        figures = await _figures(desk, who, said, shown)
    except ComptoirError:
        wrong = said("segments.away")
    trait = shown.live
    currency = await run_in_threadpool(currency_of, desk, trait)
    context = {
        **trait_editor.around(shown, said),
        "words": trait_says.words(trait, said),
        "figures": figures,
        "unit": trait_says.unit(trait, said, currency),
        "is_quick": compiling.is_quick(trait),
        "used": await run_in_threadpool(trait_versions.used_by, desk, who, said, trait.key),
        "may_name": who.may(Right.SEE_CUSTOMERS),
        "wrong": wrong,
    }
    return render(request, "segments", "trait", context)


async def _figures(desk: Desk, who: Principal, said: Speech, shown: Shown) -> Figures:
    trait = shown.live
    assert trait is not None
    sizes, bars, rows = await asyncio.gather(
        rows_of(desk, who, "sizes"), rows_of(desk, who, "spread", traits=[trait.key]),
        rows_of(desk, who, "people", trait=trait.key, most=SAMPLE),
    )  # fmt: skip
    size = next((row for row in sizes if row["trait"] == trait.key), None)
    if size is None:
        return Figures()
    currency = await run_in_threadpool(currency_of, desk, trait)
    whole = size["people"] or 1
    return Figures(
        people=size["people"], as_of=instant(size["as_of"]), sample=await valued(desk, said, trait, rows),
        bars=[
            Bar(says=trait_says.stretch(trait, one, said, currency), people=one["people"],
                share=one["people"] / whole) for one in bars
        ],
    )  # fmt: skip
