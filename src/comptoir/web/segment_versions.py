"""Versions of a segment: publish, pause, resume, compare, delete, and the text itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import BadSegment
from comptoir.state.drafts import Version
from comptoir.state.shelf import AnotherKey, DefinitionNotFound, DraftMovedOn
from comptoir.web import segment_editor, segment_page, segment_reach, segment_says, segment_uses
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_versions import differing
from comptoir.web.segment_editor import Shown, path_of
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version: what it says, and how its text differs from the one before it."""

    version: int
    is_live: bool
    published_at: datetime
    published_by: str
    says: str
    lines: Sequence[tuple[str, str]]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/segments/{name}/versions", versions_page, Right.CAMPAIGN),
        get("/segments/{name}/text", text_page, Right.CAMPAIGN),
        get("/segments/{name}/download", download, Right.CAMPAIGN),
        get("/segments/{name}/publish", publish_page, Right.CAMPAIGN),
        get("/segments/{name}/delete", delete_page, Right.CAMPAIGN),
        post("/segments/{name}/text", save_text, Right.CAMPAIGN, deed=Deed.SEGMENT_DRAFTED),
        post("/segments/{name}/publish", publish, Right.CAMPAIGN, deed=Deed.SEGMENT_PUBLISHED),
        post("/segments/{name}/state", set_state, Right.CAMPAIGN, deed=None),
        post("/segments/{name}/delete", delete, Right.CAMPAIGN, deed=Deed.SEGMENT_DELETED),
    ]


async def _load(request: Request, *, to_change: bool = False) -> Shown:
    desk, who, name = desk_of(request), who_asks(request), request.path_params["name"]
    shown = await run_in_threadpool(segment_editor.load, desk, name, who)
    if to_change:
        segment_reach.check(shown.definition, shown.live, who)
        tell(request, about=name, brand=shown.definition.brand or "")
    return shown


def _around(shown: Shown, said: Speech) -> dict[str, object]:
    key = shown.definition.key
    return {"home": path_of(key), "title": segment_says.title(shown.definition, said), "shown": shown}


# ── versions ──


async def versions_page(request: Request) -> Response:
    """Answer the versions that were published, and what changed in each."""
    desk, said = desk_of(request), speech_of(request)
    shown = await _load(request)
    listed = await run_in_threadpool(_versions, desk, shown, said)
    return render(request, "segments", "segment_versions", {**_around(shown, said), "versions": listed})


def _versions(desk: Desk, shown: Shown, said: Speech) -> list[VersionView]:
    with desk.state.read() as connection:
        listed = SEGMENTS.versions(connection, shown.definition.key)
    before: list[Version | None] = [*listed[1:], None][: len(listed)]
    return [
        VersionView(
            version=one.version, is_live=one.version == shown.draft.live_version, published_at=one.published_at,
            published_by=one.published_by, says=segment_says.sentence(segment_says.read(one.text), said),
            lines=[] if older is None else differing(older.text, one.text),
        )
        for one, older in zip(listed, before, strict=True)
    ]  # fmt: skip


# ── publishing ──


async def publish_page(request: Request) -> Response:
    """Answer what publishing the draft would change."""
    return await _publish_page(request)


async def _publish_page(request: Request, *, wrong: str = "", status: int = 200) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await _load(request)
    if shown.draft.revision is None:
        return go(path_of(shown.definition.key))
    live = await run_in_threadpool(_live_text, desk, shown)
    context = {
        **_around(shown, said),
        "now": segment_says.sentence(shown.definition, said),
        "live": "" if shown.live is None else segment_says.sentence(shown.live, said),
        "lines": [] if live is None else differing(live, shown.draft.text),
        "used": await run_in_threadpool(segment_page.used_by, desk, who, said, shown.definition.key),
        "wrong": wrong,
    }
    return render(request, "segments", "segment_publish", context, status_code=status)


def _live_text(desk: Desk, shown: Shown) -> str | None:
    if not shown.draft.live_version:
        return None
    with desk.state.read() as connection:
        return SEGMENTS.live_text(connection, shown.definition.key)


async def publish(request: Request, form: FormData) -> Response:
    """Publish the draft."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    await _load(request, to_change=True)
    try:
        await run_in_threadpool(_publish, desk, name, str(form.get("base", "")), who)
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _publish_page(request, wrong=told, status=409)
    except BadSegment as error:
        told = said("segment.wrong.line", **segment_says.what_of(said, error))
        return await _publish_page(request, wrong=told, status=422)
    return go(path_of(name), done="segment.published")


def _publish(desk: Desk, name: str, base: str, who: Principal) -> None:
    with desk.state.write() as connection:
        SEGMENTS.publish(connection, name, desk.clock.now(), base=base, by=who.name)


_STATES: dict[str, Callable[[Connection, str, datetime], object]] = {
    "paused": SEGMENTS.pause,
    "resumed": SEGMENTS.resume,
}


async def set_state(request: Request, form: FormData) -> Response:
    """Pause a segment, or follow it again."""
    desk, name, to = desk_of(request), request.path_params["name"], str(form.get("to", ""))
    await _load(request, to_change=True)
    if to not in _STATES:
        return go(path_of(name))
    await run_in_threadpool(_set_state, desk, name, to)
    tell(request, about=f"{name} {to}", deed=Deed.SEGMENT_SWITCHED)
    return go(path_of(name), done=f"segment.{to}")


def _set_state(desk: Desk, name: str, to: str) -> None:
    with desk.state.write() as connection:
        _STATES[to](connection, name, desk.clock.now())


# ── deleting ──


async def delete_page(request: Request) -> Response:
    """Answer what stands on a segment, and ask whether it shall go."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await _load(request)
    used = await run_in_threadpool(segment_page.used_by, desk, who, said, shown.definition.key)
    return render(request, "segments", "segment_delete", {**_around(shown, said), "used": used})


async def delete(request: Request, form: FormData) -> Response:
    """Delete a segment that nothing stands on. Raises: what the store says of one that is in use."""
    del form
    desk, name = desk_of(request), request.path_params["name"]
    await _load(request, to_change=True)
    await run_in_threadpool(_delete, desk, name)
    return go("/segments", done="segment.deleted")


def _delete(desk: Desk, name: str) -> None:
    with desk.state.write() as connection:
        segment_uses.delete(connection, name)


# ── the text ──


async def text_page(request: Request) -> Response:
    """Answer the text of the draft, or of what is published."""
    return await _text(request)


async def _text(request: Request, *, typed: str | None = None, wrong: str = "", status: int = 200) -> Response:
    said = speech_of(request)
    shown = await _load(request)
    text = shown.draft.text if typed is None else typed
    context = {**_around(shown, said), "text": text, "wrong": wrong, "base": shown.draft.base}
    return render(request, "segments", "segment_text", context, status_code=status)


async def save_text(request: Request, form: FormData) -> Response:
    """Keep a text as the draft, or say which line to mend."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    await _load(request, to_change=True)
    text = str(form.get("text", "")).replace("\r\n", "\n")
    try:
        segment_reach.check(segment_says.read(text), None, who)
        await run_in_threadpool(_keep, desk, who, name, text, str(form.get("base", "")))
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _text(request, typed=text, wrong=told, status=409)
    except AnotherKey:
        return await _text(request, typed=text, wrong=said("wrong.definition_of_another"), status=422)
    except BadSegment as error:
        wrong = said("segment.wrong.line", **segment_says.what_of(said, error))
        return await _text(request, typed=text, wrong=wrong, status=422)
    return go(f"{path_of(name)}/rule", done="segment.saved")


def _keep(desk: Desk, who: Principal, name: str, text: str, base: str) -> None:
    with desk.state.write() as connection:
        SEGMENTS.save(connection, name, text, desk.clock.now(), base=base, by=who.name, what="text")


async def download(request: Request) -> Response:
    """Answer the text as a file."""
    desk = desk_of(request)
    shown = await _load(request)
    name, text = shown.definition.key, shown.draft.text
    asked = request.query_params.get("version", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        text = await run_in_threadpool(_text_of, desk, name, int(asked))
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.yaml"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


def _text_of(desk: Desk, name: str, version: int) -> str:
    with desk.state.read() as connection:
        found = [one.text for one in SEGMENTS.versions(connection, name) if one.version == version]
    if not found:
        raise DefinitionNotFound(kind="segment", key=name, version=version)
    return found[0]
