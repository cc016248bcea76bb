"""Segments: those of the shop with how many people they hold, and the library to begin from."""

from __future__ import annotations

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
from comptoir.errors import ComptoirError
from comptoir.segments import shipped
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import BadSegment, Definition
from comptoir.state.drafts import Draft, OnShelf
from comptoir.state.shelf import DefinitionNotFound, KeyTaken
from comptoir.web import segment_count, segment_editor, segment_page, segment_panel, segment_reach, segment_says
from comptoir.web import segment_versions as versions
from comptoir.web.routes import get, post, tell
from comptoir.web.scenarios import slug
from comptoir.web.segment_editor import Branch, branch_of, path_of
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, render, speech_of, who_asks

STATES = ("live", "paused", "draft")
SHELVES: Mapping[str, tuple[str, ...]] = {
    "value": ("gold", "lapsed-gold", "big-spenders", "advocates", "regulars"),
    "begin": ("newcomers", "first-order-no-second", "second-purchase-due", "subscribers-never-bought"),
    "stay": ("at-risk", "inactive-6-months", "inactive-12-months", "reachable-never-contacted", "points-expiring",
             "birthday-this-month"),
    "interest": ("browsing-without-buying", "abandoned-basket-this-week", "interested-in-a-category", "b2b-interest",
                 "cart-often-order-never"),
    "habits": ("bargain-hunters", "couponers", "returns-often", "web-only", "shop-only", "web-and-shop"),
}  # fmt: skip
"""The library by heading."""
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A segment of the shop. `people` is None where it is not followed. Order: `days` from the oldest on."""

    key: str
    title: str
    says: str
    state: str
    has_draft: bool
    brand: str
    people: int | None
    change: int | None
    days: Sequence[int]
    changed_at: datetime
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A segment of the library."""

    key: str
    title: str
    says: str
    is_used: bool
    link: str
    look: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A segment of the library, looked at before it is used."""

    key: str
    title: str
    says: str
    home: str
    is_used: bool
    tree: Branch
    words: Sequence[tuple[str, str]]
    count: str
    again: str
    may_name: bool
    needs: str
    """What the shop must send for anybody to be found, where that is not plain."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/segments", page, Right.CAMPAIGN),
        post("/segments", begin, Right.CAMPAIGN, deed=Deed.SEGMENT_DRAFTED),
        get("/segments/library/{key}", look, Right.CAMPAIGN),
        *versions.routes(),
        *segment_editor.routes(),
        *segment_page.routes(),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    return await _list(request)


async def begin(request: Request, form: FormData) -> Response:
    """Begin a segment: from the library, from a text, or from nothing under a name of its own."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    chosen, text = str(form.get("library", "")), str(form.get("text", "")).replace("\r\n", "\n")
    title = str(form.get("title", "")).strip()[:_LONGEST_NAME]
    shelf = shipped.texts()
    if chosen in shelf:
        text = mine(shelf[chosen], who)
    elif title:
        text = mine(blank(slug(title), title), who)
    elif not text:
        return await _list(request, wrong=said("segments.new.missing"), status=422)
    try:
        segment_reach.check(segment_says.read(text), None, who)
        draft = await run_in_threadpool(_begin, desk, text, who)
    except KeyTaken as error:
        taken = str(error.facts.get("key", ""))
        wrong = said("segments.new.taken", name=taken)
        return await _list(request, wrong=wrong, title=title, text="" if title or chosen else text, status=422)
    except BadSegment as error:
        wrong = said("segment.wrong.line", **segment_says.what_of(said, error))
        return await _list(request, wrong=wrong, text=text, status=422)
    tell(request, about=f"{draft.key} begun")
    return go(f"{path_of(draft.key)}/rule", done="segment.begun")


def _begin(desk: Desk, text: str, who: Principal) -> Draft:
    with desk.state.write() as connection:
        return SEGMENTS.begin(connection, text, desk.clock.now(), by=who.name)


def mine(text: str, who: Principal) -> str:
    """Give a definition for the visitor's brand: as it is, unless she has only some."""
    if not who.brands:
        return text
    document = segment_says.document(text)
    return segment_says.write({**document, "brand": min(who.brands)})


def blank(key: str, title: str) -> str:
    """Give a definition to begin from nothing with."""
    named = {"fr": title, "en": title}
    return segment_says.write({"version": 1, "key": key, "name": named, "if": {"all": [segment_panel.FIRST]}})


async def look(request: Request) -> Response:
    """Answer a segment of the library with the people it finds here."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    key = request.path_params["key"]
    text = shipped.texts().get(key)
    if text is None:
        raise DefinitionNotFound(kind="segment", key=key[:63])
    definition, path = segment_says.read(text), f"/segments/library/{key}"
    root = segment_says.document(text)["if"]
    counting, is_sure = request.query_params.get("count") == "yes", request.query_params.get("sure") == "yes"
    count = await segment_count.count(request, mine(text, who), name=key, is_sure=is_sure) if counting else None
    titles = await run_in_threadpool(segment_count.titles_of, desk, who, said)
    needs = f"segment.needs.{key}"
    shown = Look(
        key=key, title=segment_says.title(definition, said), says=segment_says.description(definition, said),
        home=path_of(key), is_used=key in titles,
        tree=branch_of(root, path, said, segment_says.leaves(definition, said)),
        words=segment_says.words(definition, said), count=f"{path}?count=yes", again=f"{path}?count=yes&sure=yes",
        may_name=who.may(Right.SEE_CUSTOMERS), needs=said(needs) if said.has(needs) else "",
    )  # fmt: skip
    block = "count" if is_fragment(request) and count is not None else ""
    return render(request, "segments", "segment_library", {"page": shown, "count": count}, block=block)


async def _list(request: Request, *, wrong: str = "", title: str = "", text: str = "", status: int = 200) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    asked = request.query_params.get("q", "").strip()[:100]
    state = request.query_params.get("state", "")
    state = state if state in STATES else ""
    shelf = await run_in_threadpool(_shelf, desk, who)
    sizes: Mapping[str, Mapping[str, Any]] = {}
    away = ""
    try:
        rows = await segment_count.rows_of(
            desk, "sizes", segments=[one.key for one, _ in shelf], brands=sorted(who.brands)
        )
        sizes = {row["segment"]: row for row in rows}
    except ComptoirError:
        away = said("segments.away")
    lines = [_line(definition, one, sizes.get(definition.key), said) for definition, one in shelf]
    word = asked.casefold()
    context = {
        "listed": [
            one for one in sorted(lines, key=lambda one: (STATES.index(one.state), one.title.casefold()))
            if state in {"", one.state} and word in f"{one.title} {one.says} {one.key}".casefold()
        ],
        "library": _library(said, {one.key for one in lines}, word),
        "asked": asked,
        "state": state,
        "states": [one for one in STATES if any(line.state == one for line in lines)],
        "is_empty": not lines,
        "wrong": wrong,
        "wrong_engine": away if lines else "",
        "title": title,
        "text": text,
    }  # fmt: skip
    return render(request, "segments", "segments", context, status_code=status)


def _shelf(desk: Desk, who: Principal) -> list[tuple[Definition, OnShelf]]:
    with desk.state.read() as connection:
        shelf = SEGMENTS.listing(connection)
    found = [(segment_says.read(one.text), one) for one in shelf]
    return [(definition, one) for definition, one in found if segment_reach.may_see(definition, who)]


def _line(definition: Definition, one: OnShelf, size: Mapping[str, Any] | None, said: Speech) -> Line:
    home = path_of(definition.key)
    days = list(size["days"] or ()) if size else []
    return Line(
        key=definition.key, title=segment_says.title(definition, said),
        says=segment_says.description(definition, said) or segment_says.sentence(definition, said),
        state=one.state, has_draft=one.has_draft and one.live_version > 0, brand=definition.brand or "",
        people=size["number"] if size else None, change=segment_page.week(days), days=days,
        changed_at=one.changed_at, link=home if one.live_version else f"{home}/rule",
    )  # fmt: skip


def _library(said: Speech, used: set[str], word: str) -> list[tuple[str, list[Shelved]]]:
    texts = shipped.texts()
    found = []
    for group, keys in SHELVES.items():
        shelved = []
        for key in (one for one in keys if one in texts):
            definition = segment_says.read(texts[key])
            title, says = segment_says.title(definition, said), segment_says.description(definition, said)
            if word in f"{title} {says}".casefold():
                one = Shelved(
                    key=key, title=title, says=says, is_used=key in used, link=path_of(key),
                    look=f"/segments/library/{key}",
                )  # fmt: skip
                shelved.append(one)
        if shelved:
            found.append((group, shelved))
    return found
