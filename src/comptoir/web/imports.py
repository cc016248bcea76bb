"""Imports: a file is given, its columns are said to be fields, and it runs on while the page may be left."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import importing
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import RealClock
from comptoir.errors import ComptoirError
from comptoir.reports import export
from comptoir.sources import draft as drafts
from comptoir.sources import guess, history, mapping, preview
from comptoir.sources.draft import Draft
from comptoir.sources.history import Import
from comptoir.sources.kinds import KINDS, Field
from comptoir.sources.preview import Head, Preview
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import (
    HEADERS,
    Desk,
    desk_of,
    every_brand,
    go,
    is_fragment,
    own_brands,
    render,
    speech_of,
    who_asks,
)

LATEST = 5
"""Imports shown beside the sources."""
SHOWN = 100
"""Refused rows on a page."""
MOST_CSV = 100_000
HOME = "/sources/imports"
_CSV = HEADERS | {"Content-Disposition": "attachment; filename=refused.csv"}
_YAML = HEADERS | {"Content-Disposition": "attachment; filename=mapping.yaml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One field of the form: which column or fixed text fills it, and what it would hold."""

    name: str
    label: str
    column: str
    constant: str
    is_needed: bool
    sample: str
    error: str

    @property
    def is_used(self) -> bool:
        """Say whether it is filled, or has to be."""
        return bool(self.column or self.constant or self.is_needed or self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A draft as its page shows it."""

    taken: Import
    draft: Draft | None
    """None where the mapping says more than the form can show."""
    choices: tuple[Choice, ...]
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns that no field takes."""
    seen: Preview | None
    problem: str
    brands: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that was refused."""

    row_number: int | None
    reason: str
    detail: str
    raw: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN),
        get(f"{HOME}/new", new_page, Right.RUN),
        post(f"{HOME}/new", make, Right.RUN, takes_files=True, deed=Deed.IMPORT_DRAFTED),
        get(f"{HOME}/{{import_id}}", one_page, Right.RUN),
        get(f"{HOME}/{{import_id}}/refused.csv", refused_csv, Right.RUN),
        get(f"{HOME}/{{import_id}}/mapping.yaml", mapping_yaml, Right.RUN),
        post(f"{HOME}/{{import_id}}/map", remap, Right.RUN, deed=Deed.IMPORT_DRAFTED),
        post(f"{HOME}/{{import_id}}/run", run, Right.RUN, deed=Deed.IMPORT_STARTED),
        post(f"{HOME}/{{import_id}}/stop", stop, Right.RUN, deed=Deed.IMPORT_STOPPED),
        post(f"{HOME}/{{import_id}}/drop", drop, Right.RUN, deed=Deed.IMPORT_DROPPED),
    ]


async def page(request: Request) -> Response:
    """Answer the history of imports."""
    desk, who = desk_of(request), who_asks(request)

    def listed() -> list[Import]:
        """Read what is listed."""
        with desk.state.read() as connection:
            return history.listing(connection, machine_now=RealClock().now(), brands=who.brands)

    context = {"imports": await run_in_threadpool(listed), "folder": desk.settings.path(importing.FOLDER)}
    return render(request, "sources", "imports", context)


# ── giving a file ──


async def new_page(request: Request) -> Response:
    """Answer the form that takes a file."""
    return await _ask_new(request, {}, {})


async def make(request: Request, form: FormData) -> Response:
    """Take a file, uploaded or from the home's folder, and go on to its columns."""
    desk, said = desk_of(request), speech_of(request)
    entered = {name: str(form.get(name, "")).strip() for name in ("kind", "source", "brand", "waiting")}
    kind = entered["kind"]
    who_asks(request).check_brand(entered["brand"])
    errors = {} if kind in KINDS else {"kind": said("imports.wrong.kind")}
    if entered["brand"] not in {one.name for one in every_brand(request)}:
        errors["brand"] = said("imports.wrong.brand")
    try:
        keys.check_name(entered["source"])
    except keys.BadName:
        errors["source"] = said("imports.wrong.source")
    if entered["waiting"]:  # whatever lies in the folder, of whichever brand
        who_asks(request).check_brand(None)
    path = None if errors else await run_in_threadpool(_file, desk, form, entered["waiting"])
    if path is None and not errors:
        errors["file"] = said("imports.wrong.file")
    if path is None:
        return await _ask_new(request, entered, errors)
    try:
        import_id = await run_in_threadpool(
            importing.draft,
            desk.settings,
            desk.state,
            path,
            kind,
            source=entered["source"],
            brand=entered["brand"],
            made_by=who_asks(request).name,
        )
    except ComptoirError as error:
        await run_in_threadpool(importing.forget_files, desk.settings, [path])
        return await _ask_new(request, entered, {"file": said("imports.wrong.unreadable", why=error.hint)})
    tell(request, about=import_id, brand=entered["brand"])
    return go(f"{HOME}/{import_id}")


def _file(desk: Desk, form: FormData, waiting: str) -> Path | None:
    given = form.get("file")
    if isinstance(given, UploadFile) and given.filename:
        return importing.keep_upload(desk.settings, given.filename, given.file)
    return next((one for one in importing.waiting_files(desk.settings) if one.name == waiting), None)


async def _ask_new(request: Request, entered: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    desk, who = desk_of(request), who_asks(request)
    waiting = [] if who.brands else await run_in_threadpool(importing.waiting_files, desk.settings)
    context = {
        "entered": {"kind": "orders", "source": importing.DEFAULT_SOURCE, "brand": "", "waiting": ""} | dict(entered),
        "errors": errors,
        "kinds": list(KINDS),
        "brands": [one.name for one in own_brands(request)],
        "waiting": [one.name for one in waiting],
        "folder": desk.settings.path(importing.FOLDER),
    }
    return render(request, "sources", "import_new", context, status_code=422 if errors else 200)


# ── one import ──


async def one_page(request: Request) -> Response:
    """Answer an import: its columns while it is a draft, how far it is, or what came of it."""
    taken = await run_in_threadpool(_find, request)
    if taken.state is history.ImportState.DRAFT:
        return await _show_draft(request, taken)
    return await _show_run(request, taken)


async def _show_run(request: Request, taken: Import) -> Response:
    desk = desk_of(request)
    rows, reasons = await asyncio.gather(
        desk.report("sources_import_refused", import_id=taken.import_id, most=SHOWN),
        desk.report("sources_import_reasons", import_id=taken.import_id),
    )
    context = {
        "taken": taken,
        "rejected": [rejected_of(row) for row in rows],
        "reasons": reasons,
        "shown": SHOWN,
        "now": desk.clock.now(),
    }
    return render(request, "sources", "import", context, block="progress" if is_fragment(request) else "")


async def _show_draft(
    request: Request, taken: Import, *, draft: Draft | None = None, text: str | None = None
) -> Response:
    brands = tuple(one.name for one in own_brands(request))
    plan = await run_in_threadpool(_plan, desk_of(request), speech_of(request), taken, draft, text, brands=brands)
    context = {
        "plan": plan,
        "text": taken.mapping if text is None else text,
        "formats": [one or "" for one in guess.DATE_FORMATS],
        "rows": preview.ROWS,
    }
    return render(request, "sources", "import_draft", context, status_code=422 if draft or text is not None else 200)


def _plan(
    desk: Desk, said: Speech, taken: Import, draft: Draft | None, text: str | None, *, brands: tuple[str, ...]
) -> Plan:
    problem, head, seen = "", Head(columns={}), None
    draft = draft or drafts.read(taken.mapping if text is None else text)
    try:
        head = preview.head(taken.files[0])
        if draft is None or not draft.lacking:
            how = mapping.parse(draft.text() if draft else text or taken.mapping)
            asked = importing.new_run(desk.state, desk.clock, how, source=taken.source, brand=taken.brand)
            seen = preview.preview(taken.files[0], how, asked)
    except ComptoirError as error:
        problem = str(error)
    filled = set(draft.columns.values()) if draft else set()
    return Plan(
        taken=taken,
        draft=draft,
        choices=tuple(choice(one, draft, head, said) for one in draft.kind.fields) if draft else (),
        columns=tuple(head.columns),
        left_out=tuple(one for one in head.columns if one not in filled),
        seen=seen,
        problem=problem,
        brands=brands,
    )


def choice(field: Field, draft: Draft, head: Head, said: Speech) -> Choice:
    """Say of a field which column fills it, or what it lacks."""
    column, constant = draft.columns.get(field.name, ""), draft.constants.get(field.name, "")
    is_lacking = any(field.name in one.split("|") for one in draft.lacking)
    is_one_of = any("|" in one and field.name in one.split("|") for one in draft.lacking)
    error = said("imports.wrong.one_of" if is_one_of else "imports.wrong.needed") if is_lacking else ""
    return Choice(
        name=field.name,
        label=said.known("field", field.name),
        column=column if column in head.columns else "",
        constant=constant,
        is_needed=field.needed is not None,
        sample=head.sample(column) if column in head.columns else constant,
        error=error if column in head.columns or not column else said("imports.wrong.column", column=column),
    )


async def remap(request: Request, form: FormData) -> Response:
    """Keep what was said of the columns, and show the first rows again; or run, if that button was pressed."""
    desk = desk_of(request)
    taken = await run_in_threadpool(_find, request)
    if taken.state is not history.ImportState.DRAFT:
        raise history.ImportRuns(import_id=taken.import_id)
    by_hand = form.get("how") == "text"
    draft = None if by_hand else entered_in(form, taken.kind)
    text = str(form.get("text", "")) if draft is None else draft.text()
    brand = str(form.get("brand", taken.brand))
    who_asks(request).check_brand(brand)
    taken = replace(taken, brand=brand)
    plan = await run_in_threadpool(_plan, desk, speech_of(request), taken, draft, text if by_hand else None, brands=())
    if plan.problem or (by_hand and plan.seen is None):
        return await _show_draft(request, taken, draft=draft, text=text if by_hand else None)

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            history.remap(connection, taken.import_id, mapping=text, source=taken.source, brand=brand)

    await run_in_threadpool(keep)
    if draft is not None and draft.lacking:
        return await _show_draft(request, taken, draft=draft)
    tell(request, brand=brand)
    if form.get("then") == "run":
        tell(request, deed=Deed.IMPORT_STARTED)
        return await _start(request, taken.import_id)
    return go(f"{HOME}/{taken.import_id}", done="import.mapped")


def entered_in(form: FormData, kind: str) -> Draft:
    """Read which column was said to be which field."""

    def said(name: str) -> str:
        return str(form.get(name, "")).strip()

    fields = [one.name for one in KINDS[kind].fields]
    columns = {name: said(f"column.{name}") for name in fields if said(f"column.{name}")}
    return Draft(
        kind=KINDS[kind],
        columns=columns,
        constants={
            name: said(f"constant.{name}") for name in fields if said(f"constant.{name}") and name not in columns
        },
        date_format=said("date_format"),
        zone=said("zone"),
        decimal="," if said("decimal") == "," else ".",
        more=said("more"),
    )


async def run(request: Request, form: FormData) -> Response:
    """Run an import again that failed or was stopped."""
    del form
    return await _start(request, (await run_in_threadpool(_find, request)).import_id)


async def _start(request: Request, import_id: str) -> Response:
    desk = desk_of(request)
    started = await run_in_threadpool(importing.start, desk.settings, desk.state, import_id)
    return go(f"{HOME}/{started}", done="import.started")


async def stop(request: Request, form: FormData) -> Response:
    """Stop an import that is under way."""
    del form
    desk = desk_of(request)
    taken = await run_in_threadpool(_find, request)
    await run_in_threadpool(importing.stop, desk.state, taken.import_id, desk.clock.now())
    tell(request, brand=taken.brand)
    return go(f"{HOME}/{taken.import_id}", done="import.stopped")


async def drop(request: Request, form: FormData) -> Response:
    """Forget an import that is not under way, and the file that was uploaded for it."""
    del form
    desk = desk_of(request)
    taken = await run_in_threadpool(_find, request)
    if not taken.may_run:
        raise history.ImportRuns(import_id=taken.import_id)

    def forget() -> None:
        """Forget it."""
        with desk.state.write() as connection:
            history.drop(connection, taken.import_id)
        importing.forget_files(desk.settings, taken.files)

    await run_in_threadpool(forget)
    return go(HOME, done="import.dropped")


def _find(request: Request) -> Import:
    """Give the import of this address. Raises: NoSuchImport."""
    with desk_of(request).state.read() as connection:
        return history.find(
            connection,
            request.path_params["import_id"],
            machine_now=RealClock().now(),
            brands=who_asks(request).brands,
        )


# ── to take away ──


async def refused_csv(request: Request) -> Response:
    """Answer the refused rows as CSV."""
    taken = await run_in_threadpool(_find, request)
    rows = await desk_of(request).report("sources_import_refused", import_id=taken.import_id, most=MOST_CSV)
    found = [rejected_of(row) for row in rows]
    table = pa.table(
        {
            "line": pa.array([one.row_number for one in found], pa.int64()),
            "reason": pa.array([one.reason for one in found], pa.string()),
            "detail": pa.array([one.detail for one in found], pa.string()),
            "row": pa.array([one.raw for one in found], pa.string()),
        }
    )
    return Response(b"".join(export.as_csv(table)), media_type="text/csv", headers=_CSV)


async def mapping_yaml(request: Request) -> Response:
    """Answer the mapping as the command line takes it."""
    taken = await run_in_threadpool(_find, request)
    return Response(taken.mapping, media_type="application/yaml", headers=_YAML)


def rejected_of(row: Mapping[str, Any]) -> Rejected:
    """Make a refused row."""
    return Rejected(
        row_number=row["row_number"], reason=row["reason"], detail=row["detail"] or "", raw=_text(row["raw"] or "")
    )


def _text(raw: str) -> str:
    """Give the bytes of a row, kept in base64, as text; a canonical line stands there as it is."""
    try:
        return b64decode(raw, validate=True).decode("utf-8", "replace")
    except (BadBase64, ValueError):
        return raw
