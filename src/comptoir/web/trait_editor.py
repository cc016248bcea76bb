"""What a computed trait is made of: its form, changed in a draft that can be undone, and what it comes to for some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.keys import list_brands
from comptoir.access.roles import Principal, Right
from comptoir.errors import ComptoirError
from comptoir.segments.traits.definition import BadTrait, Trait
from comptoir.segments.traits.keep import TRAITS
from comptoir.state.drafts import Draft
from comptoir.state.shelf import DraftMovedOn
from comptoir.web import segment_count, segment_offers, segment_reach, segment_says, trait_form, trait_reach, trait_says
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_controls import Typed
from comptoir.web.scenario_fields import Choices
from comptoir.web.segment_count import Somebody
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, render, speech_of, who_asks

SECONDS = 5.0
"""How long trying a definition may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A computed trait as its pages show it: the draft if there is one, or the version that is published."""

    draft: Draft
    trait: Trait
    live: Trait | None
    document: Mapping[str, Any]
    can_edit: bool

    @property
    def home(self) -> str:
        """The address of its page."""
        return path_of(self.trait.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Valued:
    """Somebody, and what a trait comes to for her."""

    somebody: Somebody
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a definition comes to for some people; `wrong` where it could not be tried."""

    people: Sequence[Valued] = ()
    wrong: str = ""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/traits/{name}/rule", page, Right.CAMPAIGN),
        get("/traits/{name}/preview", preview_page, Right.CAMPAIGN),
        post("/traits/{name}/edit", change, Right.CAMPAIGN, deed=None),
    ]


def path_of(name: str) -> str:
    """Give the address of a computed trait's page."""
    return f"/traits/{quote(name, safe='')}"


async def load(request: Request, *, to_change: bool = False) -> Shown:
    """Read the trait that an address names. Raises: DefinitionNotFound, for one of other brands too; TraitNotYours."""
    who, name = who_asks(request), request.path_params["name"]
    shown = await run_in_threadpool(_load, desk_of(request), name, who)
    if to_change:
        for one in (shown.trait, shown.live):
            if one is not None:
                trait_reach.check(one, who)
        tell(request, about=name, brand=shown.trait.brand or "")
    return shown


def _load(desk: Desk, name: str, who: Principal) -> Shown:
    with desk.state.read() as connection:
        draft = TRAITS.read(connection, name)
        published = TRAITS.live_text(connection, name) if draft.live_version else None
    trait = trait_says.read(draft.text)
    live = None if published is None else trait_says.read(published)
    trait_reach.check_seen(trait, who)
    return Shown(
        draft=draft, trait=trait, live=live, document=segment_says.document(draft.text),
        can_edit=all(trait_reach.may_change(one, who) for one in (trait, live) if one is not None),
    )  # fmt: skip


async def page(request: Request) -> Response:
    """Answer the form."""
    return await _answer(request, await load(request))


async def preview_page(request: Request) -> Response:
    """Answer what the draft comes to for some people: a part of the page for htmx, else the page with it."""
    shown = await load(request)
    return await _answer(request, shown, tried=await preview(request, shown))


async def preview(request: Request, shown: Shown) -> Preview:
    """Compute the draft for some people; what takes too long is said."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    if not shown.can_edit:
        return Preview(wrong=said("trait.not_yours"))
    try:
        rows = await rows_of(desk, who, "preview", definition=shown.draft.text, seconds=SECONDS)
    except ComptoirError as error:
        return Preview(wrong=said.known("wrong", error.code))
    return Preview(people=await valued(desk, said, shown.trait, rows))


async def rows_of(desk: Desk, who: Principal, do: str, **asked: object) -> list[dict[str, Any]]:
    """Ask the engine about computed traits (`segments.traits.answers`). Raises: what the engine says."""
    request = {"kind": "trait", "do": do, "brands": sorted(who.brands), **asked}
    found: list[dict[str, Any]] = (await run_in_threadpool(desk.ask, request)).to_pylist()
    return found


async def valued(desk: Desk, said: Speech, trait: Trait, rows: Sequence[Mapping[str, Any]]) -> list[Valued]:
    """Name people beside what a trait comes to for them. Order: as given."""
    currency = await run_in_threadpool(currency_of, desk, trait)
    values = {row["profile_id"]: trait_says.value(trait, row, said, currency) for row in rows}
    people = await run_in_threadpool(segment_count.named, desk, said, list(values))
    return [Valued(somebody=one, value=values[one.link.rpartition("/")[2]]) for one in people]


def currency_of(desk: Desk, trait: Trait) -> str:
    """Say in which currency a trait's amounts are: its own, or that of its brand, or of the first brand."""
    named = getattr(trait.of, "currency", None)
    brands = list_brands(desk.state)
    mine = [one.currency for one in brands if trait.brand in {None, one.name}]
    return str(named or next(iter(mine), "EUR"))


async def change(request: Request, form: FormData) -> Response:
    """Make a change of the draft, or say beside the fields why not."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    does, base = str(form.get("do", "")), str(form.get("base", ""))
    values = {key: [str(one) for one in form.getlist(key)] for key in form}
    shown = await load(request, to_change=True)
    try:
        if does in _WHOLE:
            await run_in_threadpool(_whole, desk, name, base, _WHOLE[does])
        elif wrong := await run_in_threadpool(_keep, Keeping(desk, who, said, shown), values, base):
            return await _answer(request, shown, values=values, wrong=wrong, status=422)
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _answer(request, await load(request), wrong={"": told}, status=409)
    tell(request, about=f"{name} {does or 'keep'}", deed=Deed.TRAIT_DRAFTED)
    return go(f"{shown.home}/rule", done="trait.saved")


_WHOLE: Mapping[str, Callable[..., Draft]] = {"undo": TRAITS.undo, "redo": TRAITS.redo, "discard": TRAITS.discard}


def _whole(desk: Desk, name: str, base: str, does: Callable[..., Draft]) -> Draft:
    with desk.state.write() as connection:
        return does(connection, name, base=base)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Who keeps a change of which trait."""

    desk: Desk
    who: Principal
    said: Speech
    shown: Shown


def _keep(one: Keeping, values: Typed, base: str) -> Mapping[str, str]:
    """Keep what was typed as the draft; give what is wrong with it by control. Raises: DraftMovedOn, TraitNotYours."""
    document, wrong = trait_form.read(one.shown.document, values, one.said)
    if wrong:
        return wrong
    text = segment_says.write(document)
    try:
        trait_reach.check(trait_says.read(text), one.who)
        with one.desk.state.write() as connection:
            key, now = one.shown.trait.key, one.desk.clock.now()
            TRAITS.save(connection, key, text, now, base=base, by=one.who.name, what="keep")
    except BadTrait as error:
        return trait_form.beside(error, one.said, values)
    return {}


_NOTHING_WRONG: Mapping[str, str] = {}


async def _answer(
    request: Request,
    shown: Shown,
    *,
    values: Typed | None = None,
    wrong: Mapping[str, str] = _NOTHING_WRONG,
    tried: Preview | None = None,
    status: int = 200,
) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    form = None
    if shown.can_edit and not is_fragment(request):
        choices = Choices(named=await segment_offers.offered(desk, who, said, trait_form.wanted()))
        brands = [one.name for one in segment_reach.offered(request)]
        typed = trait_form.typed(shown.document) if values is None else values
        form = trait_form.draw(typed, said, choices, wrong, brands)
    context = {**around(shown, said), "form": form, "wrong": wrong.get("", ""), "tried": tried,
               "may_name": who.may(Right.SEE_CUSTOMERS)}  # fmt: skip
    block = "preview" if is_fragment(request) and tried is not None else ""
    return render(request, "segments", "trait_rule", context, block=block, status_code=status)


def around(shown: Shown, said: Speech) -> dict[str, Any]:
    """Give what every page of a computed trait says at its head."""
    return {
        "home": shown.home,
        "title": trait_says.title(shown.trait, said),
        "description": shown.trait.description.get(said.language.value, ""),
        "shown": shown,
        "words": trait_says.words(shown.trait, said),
    }
