"""Versions of a scenario: publish, pause, resume, put away, compare, move people, enroll, and the text itself."""

from __future__ import annotations

import difflib
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
from comptoir.acting import pressure_of
from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, drafts, edit, moves, standing
from comptoir.scenarios.drafts import StaleDraft
from comptoir.scenarios.moves import LEAVES, Moved, StepNotMapped
from comptoir.scenarios.parse import EVERY_BRAND, Definition, parse
from comptoir.state.drafts import Version
from comptoir.web import scenario_editor as editor
from comptoir.web import scenario_panel as panels
from comptoir.web import scenario_reach, scenario_says
from comptoir.web import scenario_telling as telling
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_editor import Shown, path_of
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

_MOST_LINES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version and how it differs from the one before it."""

    version: int
    is_live: bool
    people: int
    published_at: datetime
    published_by: str
    changes: Sequence[str]
    lines: Sequence[tuple[str, str]]
    """Lines of the text: a sign (+, - or blank) and what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    """A mapping that is shown before it is done: each step people stand at, how many, and where they may go."""

    from_version: int
    to_version: int
    rows: Sequence[Moved]
    names: dict[str, str]
    options: Sequence[tuple[str, str]]
    wrong: str = ""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scenarios/{name}/versions", versions_page, Right.CAMPAIGN),
        get("/scenarios/{name}/text", text_page, Right.CAMPAIGN),
        get("/scenarios/{name}/download", download, Right.CAMPAIGN),
        get("/scenarios/{name}/publish", publish_page, Right.CAMPAIGN),
        post("/scenarios/{name}/text", save_text, Right.CAMPAIGN, deed=None),
        post("/scenarios/{name}/publish", publish, Right.CAMPAIGN, deed=Deed.SCENARIO_PUBLISHED),
        post("/scenarios/{name}/state", set_state, Right.CAMPAIGN, deed=None),
        post("/scenarios/{name}/move", move, Right.CAMPAIGN, deed=Deed.SCENARIO_MOVED),
    ]


# ── versions ──


async def versions_page(request: Request) -> Response:
    """Answer the list of versions, what changed in each, and the mapping of people who are on older ones."""
    return await _versions(request)


async def _versions(
    request: Request, *, from_version: int = 0, mapping: dict[str, str] | None = None, wrong: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    asked = str(from_version or request.query_params.get("from", ""))
    context = await run_in_threadpool(
        _versions_context, desk, shown, said, asked=asked, mapping=mapping or {}, wrong=wrong
    )
    return render(request, "scenarios", "scenario_versions", context, status_code=status)


def _versions_context(
    desk: Desk, shown: Shown, said: Speech, *, asked: str, mapping: dict[str, str], wrong: str
) -> dict[str, object]:
    name = shown.definition.scenario
    with desk.state.read() as connection:
        listed = drafts.versions(connection, name)
        flying = standing.in_flight(connection, name)
        older = [one for one in flying if one != shown.draft.live_version]
        moving = int(asked) if asked.isdigit() and int(asked) in older else next(iter(older), 0)
        view = None
        if moving and shown.live is not None:
            view = _move_view(connection, shown, said, moving, mapping=mapping, wrong=wrong)
    return {
        "path": path_of(name),
        "title": telling.title(shown.definition, said),
        "shown": shown,
        "versions": _version_views(listed, flying, shown.draft.live_version, said),
        "older": older,
        "moving": view,
        "leaves": LEAVES,
    }


def _version_views(listed: Sequence[Version], flying: dict[int, int], live: int, said: Speech) -> list[VersionView]:
    found = []
    for number, one in enumerate(listed):
        before = listed[number + 1] if number + 1 < len(listed) else None
        found.append(
            VersionView(
                version=one.version, is_live=one.version == live, people=flying.get(one.version, 0),
                published_at=one.published_at, published_by=one.published_by,
                changes=[] if before is None else changes(before.text, one.text, said),
                lines=[] if before is None else lines(before.text, one.text),
            )
        )  # fmt: skip
    return found


def changes(before: str, after: str, said: Speech) -> list[str]:
    """Say in words how two texts differ."""
    was, now = (edit.read(text) for text in (before, after))
    old, new = (parse(edit.tidy(text)) for text in (before, after))
    names = panels.names_of(was, old, said) | panels.names_of(now, new, said)
    return [
        said(
            f"scenario.change.{kind}", what=said(f"scenario.top.{about}") if kind == "part" else names.get(about, about)
        )
        for kind, about in edit.differences(old, new)
    ]


def lines(before: str, after: str) -> list[tuple[str, str]]:
    """Give the lines that differ, with a few around them."""
    return differing(edit.tidy(before), edit.tidy(after))


def differing(before: str, after: str) -> list[tuple[str, str]]:
    """Give the lines of two texts that differ as they stand: a sign (+, - or blank) and what it says."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    told = [(one[:1], one[1:]) for one in found if not one.startswith(("---", "+++"))]
    return [("…", "") if sign == "@" else (sign, text) for sign, text in told][:_MOST_LINES]


def _move_view(
    connection: Connection, shown: Shown, said: Speech, moving: int, *, mapping: dict[str, str], wrong: str
) -> MoveView:
    name, live = shown.definition.scenario, shown.draft.live_version
    try:
        rows = moves.plan(connection, scenario=name, from_version=moving, to_version=live, mapping=mapping)
    except StepNotMapped:
        rows = moves.plan(connection, scenario=name, from_version=moving, to_version=live)
    text = definitions.text_of(connection, name, moving)
    names = panels.names_of(edit.read(text), parse(edit.tidy(text)), said)
    assert shown.live is not None
    target = edit.read(definitions.text_of(connection, name, live))
    options = [(LEAVES, said("scenario.move.leave")), *panels.names_of(target, shown.live, said).items()]
    return MoveView(from_version=moving, to_version=live, rows=rows, names=names, options=options, wrong=wrong)


async def move(request: Request, form: FormData) -> Response:
    """Move people in flight as mapped, or show the mapping again where one has no place."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    editor.check_brands(shown, who)
    from_version = str(form.get("from", ""))
    mapping = {key.removeprefix("map."): str(value) for key, value in form.items() if key.startswith("map.") and value}
    if not from_version.isdigit():
        return await _versions(request, wrong=said("scenario.wrong.nothing"), status=422)
    try:
        await run_in_threadpool(_move, desk, shown, int(from_version), mapping)
    except StepNotMapped:
        wrong = said("scenario.move.unmapped")
        return await _versions(request, from_version=int(from_version), mapping=mapping, wrong=wrong, status=422)
    tell(request, brand=_brand(shown))
    return go(f"{path_of(name)}/versions", done="scenario.moved")


def _move(desk: Desk, shown: Shown, from_version: int, mapping: dict[str, str]) -> None:
    pressure = pressure_of(desk.settings, desk.app().link_key())
    with desk.state.write() as connection:
        moves.move(
            connection, scenario=shown.definition.scenario, from_version=from_version,
            to_version=shown.draft.live_version, mapping=mapping, now=desk.clock.now(), pressure=pressure,
        )  # fmt: skip


# ── publishing ──


async def publish_page(request: Request) -> Response:
    """Answer what publishing the draft would do: to new people, and to those in flight."""
    return await _publish_page(request)


async def _publish_page(request: Request, *, wrong: str = "", status: int = 200) -> Response:
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    if shown.draft.revision is None:
        return go(path_of(name))
    context = await run_in_threadpool(_publish_context, desk, shown, said, wrong)
    return render(request, "scenarios", "scenario_publish", context, status_code=status)


def _publish_context(desk: Desk, shown: Shown, said: Speech, wrong: str) -> dict[str, object]:
    name = shown.definition.scenario
    with desk.state.read() as connection:
        flying = sum(standing.in_flight(connection, name).values())
        live = definitions.text_of(connection, name) if shown.draft.live_version else None
    try:
        definitions.check(shown.draft.text)
    except BadDefinition as error:
        wrong = wrong or said("scenario.wrong.together", **scenario_says.what_of(said, error))
    return {
        "path": path_of(name),
        "title": telling.title(shown.definition, said),
        "shown": shown,
        "in_flight": flying,
        "changes": [] if live is None else changes(live, shown.draft.text, said),
        "wrong": wrong,
    }


async def publish(request: Request, form: FormData) -> Response:
    """Publish the draft."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    editor.check_brands(shown, who)
    try:
        await run_in_threadpool(publish_draft, desk, name, str(form.get("base", "")), who)
    except StaleDraft as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _publish_page(request, wrong=told, status=409)
    except BadDefinition:
        return await _publish_page(request, status=422)
    tell(request, brand=_brand(shown))
    return go(path_of(name), done="scenario.published")


def _brand(shown: Shown) -> str:
    """Give the brand that a scenario speaks for, for the audit; empty where it is for several."""
    brands = shown.definition.brands
    return brands[0] if len(brands) == 1 and EVERY_BRAND not in brands else ""


def publish_draft(desk: Desk, name: str, base: str, who: Principal) -> Definition:
    """Publish a draft. Raises: StaleDraft, NothingToUndo, BadDefinition."""
    with desk.state.write() as connection:
        if drafts.read(connection, name).base == base:
            definitions.check(drafts.read(connection, name).text)
        return drafts.publish(connection, name, desk.clock.now(), base=base, by=who.name)


_STATES: dict[str, Callable[[Connection, str, datetime], None]] = {
    "paused": definitions.pause,
    "resumed": definitions.resume,
    "archived": definitions.archive,
}


async def set_state(request: Request, form: FormData) -> Response:
    """Pause a scenario, let it run again, or put it away."""
    desk, who, name, to = desk_of(request), who_asks(request), request.path_params["name"], str(form.get("to", ""))
    shown = await run_in_threadpool(editor.load, desk, name, who)
    editor.check_brands(shown, who)
    if to not in _STATES:
        return go(path_of(name))
    await run_in_threadpool(_set_state, desk, name, to)
    tell(request, about=f"{name} {to}", brand=_brand(shown), deed=Deed.SCENARIO_SWITCHED)
    return go(path_of(name), done=f"scenario.{to}")


def _set_state(desk: Desk, name: str, to: str) -> None:
    with desk.state.write() as connection:
        _STATES[to](connection, name, desk.clock.now())


# ── the text ──


async def text_page(request: Request) -> Response:
    """Answer the text of the draft, or of what is published."""
    return await _text(request)


async def _text(
    request: Request, *, typed: str | None = None, wrong: str = "", status: int = 200, mine: str = ""
) -> Response:
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    context = {
        "path": path_of(name),
        "title": telling.title(shown.definition, said),
        "shown": shown,
        "text": shown.draft.text if typed is None else typed,
        "wrong": wrong,
        "lines": lines(shown.draft.text, mine) if mine else [],
    }
    return render(request, "scenarios", "scenario_text", context, status_code=status)


async def save_text(request: Request, form: FormData) -> Response:
    """Keep a text as the draft, or say which line to mend."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    editor.check_brands(shown, who)
    text = str(form.get("text", "")).replace("\r\n", "\n")
    try:
        await run_in_threadpool(keep_text, desk, who, name, text, str(form.get("base", "")))
    except StaleDraft as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        return await _text(request, typed=text, wrong=told, status=409, mine=text)
    except BadDefinition as error:
        wrong = said("scenario.wrong.line", **scenario_says.what_of(said, error))
        return await _text(request, typed=text, wrong=wrong, status=422)
    return go(path_of(name), done="scenario.saved")


def keep_text(desk: Desk, who: Principal, name: str, text: str, base: str) -> None:
    """Keep a text as the draft. Raises: StaleDraft, BadDefinition, NotYours."""
    with desk.state.write() as connection:
        if drafts.read(connection, name).base != base:
            definitions.check(text)
            raise StaleDraft(scenario=name, by=drafts.read(connection, name).saved_by)
        made = definitions.check(text)
        scenario_reach.check_brands(made, who)
        drafts.save(connection, name, text, desk.clock.now(), base=base, by=who.name, what="text")


async def download(request: Request) -> Response:
    """Answer the text as a file."""
    desk, who, name = desk_of(request), who_asks(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    asked = request.query_params.get("version", "")
    text = shown.draft.text
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        text = await run_in_threadpool(_text_of, desk, name, int(asked))
    file = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in name)
    headers = {
        "Content-Disposition": f'attachment; filename="{file}.yaml"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="application/yaml; charset=utf-8", headers=headers)


def _text_of(desk: Desk, name: str, version: int) -> str:
    with desk.state.read() as connection:
        return definitions.text_of(connection, name, version)
