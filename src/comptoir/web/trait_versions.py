"""Versions of a computed trait: publish with a look at whom it finds, delete with a warning, and the text itself."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.segments.traits.definition import BadTrait
from comptoir.segments.traits.keep import TRAITS
from comptoir.state.shelf import AnotherKey, DraftMovedOn
from comptoir.web import segment_count, segment_says, trait_reach, trait_says, trait_uses
from comptoir.web.routes import get, post
from comptoir.web.speech import Speech
from comptoir.web.trait_editor import around, load, path_of, preview
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

_HOMES = {"segment": "/segments/", "scenario": "/scenarios/", "template": "/messages/templates/"}


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/traits/{name}/text", text_page, Right.CAMPAIGN),
        get("/traits/{name}/download", download, Right.CAMPAIGN),
        get("/traits/{name}/publish", publish_page, Right.CAMPAIGN),
        get("/traits/{name}/delete", delete_page, Right.CAMPAIGN),
        post("/traits/{name}/text", save_text, Right.CAMPAIGN, deed=Deed.TRAIT_DRAFTED),
        post("/traits/{name}/publish", publish, Right.CAMPAIGN, deed=Deed.TRAIT_PUBLISHED),
        post("/traits/{name}/delete", delete, Right.CAMPAIGN, deed=Deed.TRAIT_DELETED),
    ]


def used_by(desk: Desk, who: Principal, said: Speech, name: str) -> list[tuple[str, str, str]]:
    """List where a trait is used: kind, name and address. Order: by kind, then by name."""
    with desk.state.read() as connection:
        found = trait_uses.used_by(connection, name, who)
    titles = segment_count.titles_of(desk, who, said)
    return sorted(
        (kind, titles.get(key, key) if kind == "segment" else key, f"{_HOMES[kind]}{key}") for kind, key in found
    )


# ── publishing ──


async def publish_page(request: Request) -> Response:
    """Answer what publishing the draft would compute, for some people."""
    return await _publish_page(request)


async def _publish_page(request: Request, *, wrong: str = "", status: int = 200) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await load(request)
    if shown.draft.revision is None:
        return go(shown.home)
    context = {
        **around(shown, said),
        "live": "" if shown.live is None else trait_says.sentence(shown.live, said),
        "now": trait_says.sentence(shown.trait, said),
        "tried": await preview(request, shown),
        "used": await run_in_threadpool(used_by, desk, who, said, shown.trait.key),
        "may_name": who.may(Right.SEE_CUSTOMERS),
        "wrong": wrong,
    }
    return render(request, "segments", "trait_publish", context, status_code=status)


async def publish(request: Request, form: FormData) -> Response:
    """Publish the draft: it is computed for everybody, and kept up to date from then on."""
    said, shown = speech_of(request), await load(request, to_change=True)
    try:
        await run_in_threadpool(
            _publish, desk_of(request), shown.trait.key, str(form.get("base", "")), who_asks(request)
        )
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _publish_page(request, wrong=told, status=409)
    return go(shown.home, done="trait.published")


def _publish(desk: Desk, name: str, base: str, who: Principal) -> None:
    with desk.state.write() as connection:
        TRAITS.publish(connection, name, desk.clock.now(), base=base, by=who.name)


# ── deleting ──


async def delete_page(request: Request) -> Response:
    """Answer where a trait is used, and ask whether it shall go."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await load(request)
    used = await run_in_threadpool(used_by, desk, who, said, shown.trait.key)
    return render(request, "segments", "trait_delete", {**around(shown, said), "used": used})


async def delete(request: Request, form: FormData) -> Response:
    """Delete a trait with its values: whoever asked for it finds nobody any more, as the page has said."""
    del form
    shown = await load(request, to_change=True)
    await run_in_threadpool(_delete, desk_of(request), shown.trait.key)
    return go("/traits", done="trait.deleted")


def _delete(desk: Desk, name: str) -> None:
    with desk.state.write() as connection:
        TRAITS.delete(connection, name)


# ── the text ──


async def text_page(request: Request) -> Response:
    """Answer the text of the draft, or of what is published."""
    return await _text(request)


async def _text(request: Request, *, typed: str | None = None, wrong: str = "", status: int = 200) -> Response:
    said, shown = speech_of(request), await load(request)
    text = shown.draft.text if typed is None else typed
    context = {**around(shown, said), "text": text, "wrong": wrong, "base": shown.draft.base}
    return render(request, "segments", "trait_text", context, status_code=status)


async def save_text(request: Request, form: FormData) -> Response:
    """Keep a text as the draft, or say which line to mend."""
    who, said = who_asks(request), speech_of(request)
    shown = await load(request, to_change=True)
    text = str(form.get("text", "")).replace("\r\n", "\n")
    try:
        trait_reach.check(trait_says.read(text), who)
        await run_in_threadpool(_keep, desk_of(request), who, shown.trait.key, text, str(form.get("base", "")))
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _text(request, typed=text, wrong=told, status=409)
    except AnotherKey:
        return await _text(request, typed=text, wrong=said("wrong.definition_of_another"), status=422)
    except BadTrait as error:
        told = said("segment.wrong.line", **segment_says.what_of(said, error))
        return await _text(request, typed=text, wrong=told, status=422)
    return go(f"{path_of(shown.trait.key)}/rule", done="trait.saved")


def _keep(desk: Desk, who: Principal, name: str, text: str, base: str) -> None:
    with desk.state.write() as connection:
        TRAITS.save(connection, name, text, desk.clock.now(), base=base, by=who.name, what="text")


async def download(request: Request) -> Response:
    """Answer the text as a file."""
    shown = await load(request)
    headers = {
        "Content-Disposition": f'attachment; filename="{shown.trait.key}.yaml"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(shown.draft.text, media_type="application/yaml; charset=utf-8", headers=headers)
