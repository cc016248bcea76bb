"""The rows of an import over the API: sent, looked at with a mapping before they run, and those that were refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from comptoir import importing
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.errors import ComptoirError
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.endpoints import MOST_ITEMS, BadRequest, BodyTooLong, Call, Endpoint, encode
from comptoir.server.api.imports import File, find
from comptoir.sources import draft as drafts
from comptoir.sources import history, mapping, preview
from comptoir.sources.base import MappingBroken
from comptoir.sources.history import Import, ImportRuns, ImportState, NoSuchImport
from comptoir.sources.kinds import KINDS
from comptoir.web import imports as page
from comptoir.web.routes import FILE_BYTES
from comptoir.web.view import desk_of, who_asks


class Column(msgspec.Struct, kw_only=True):
    """A column of the file, and its first values."""

    name: str
    samples: list[str]


class Field(msgspec.Struct, kw_only=True):
    """A field that rows of this kind can have, and what fills it with the mapping as it is."""

    name: str
    is_needed: bool
    column: str
    constant: str


class Row(msgspec.Struct, kw_only=True):
    """One of the first rows as it would become: the values of `fields`, or why it would be refused."""

    line: int
    values: list[str]
    reason: str
    detail: str


class Seen(msgspec.Struct, kw_only=True):
    """The first rows of a file: its columns, and what they become with the mapping."""

    mapping: str
    columns: list[Column]
    choices: list[Field]
    """What each field is filled with; none where the mapping says more than a form can show."""
    lacking: list[str]
    """Needed fields that nothing fills; of which one is needed, all, joined by a bar."""
    fields: list[str]
    rows: list[Row]
    skipped: int
    problem: str
    """Why no row can be shown; empty where they can."""


class Remap(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of a drafted import; what is left out stays."""

    mapping: str = ""
    """YAML, as `comptoir import --mapping` reads it."""
    brand: str = ""
    source: str = ""


class Most(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How many rows."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ITEMS)] = 100


class Rejected(msgspec.Struct, kw_only=True):
    """A row that was refused, as it came."""

    line: int | None
    reason: str
    detail: str
    row: str


def look(call: Call) -> Seen:
    """Look at the first rows."""
    return _seen(call, find(call, call.path["import_id"]))


def remap(call: Call) -> Seen:
    """Keep another mapping, brand or source of a draft."""
    said: Remap = call.body
    one = find(call, call.path["import_id"])
    if one.state is not ImportState.DRAFT:
        raise ImportRuns(import_id=one.import_id)
    text, brand, source = said.mapping or one.mapping, said.brand or one.brand, said.source or one.source
    call.check_brand(brand)
    if brand not in {each.name for each in keys.list_brands(call.desk.state)}:
        raise NoSuchBrand(brands=[brand[:100]])
    keys.check_name(source)
    if said.mapping:
        mapping.parse(text, name="mapping")
    with call.desk.state.write() as connection:
        history.remap(connection, one.import_id, mapping=text, source=source, brand=brand)
    return _seen(call, find(call, one.import_id))


def drop(call: Call) -> None:
    """Forget an import that is not under way; its rows, if any are facts, stay."""
    one = find(call, call.path["import_id"])
    if not one.may_run:
        raise ImportRuns(import_id=one.import_id)
    with call.desk.state.write() as connection:
        history.drop(connection, one.import_id)
    importing.forget_files(call.desk.settings, one.files)


def refused(call: Call) -> list[Rejected]:
    """List the rows that were refused. Order: as they stand in the file."""
    one = find(call, call.path["import_id"])
    rows = call.wait(
        call.desk.report, "sources_import_refused", import_id=one.import_id, most=call.query.limit
    )  # fmt: skip
    return [
        Rejected(line=each.row_number, reason=each.reason, detail=each.detail, row=each.raw)
        for each in map(page.rejected_of, rows)
    ]


async def upload(request: Request) -> Response:
    """Take a file of any size up to 512 MB into the home's folder `imports`; one of the same name is replaced."""
    name = request.path_params["name"]
    who_asks(request).check_brand(None)
    try:
        target = await run_in_threadpool(importing.waiting_path, desk_of(request).settings, name)
    except ValueError as error:
        raise BadRequest(name=name[:100], problem="it is no name of a file") from error
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            await _write(request, file)
        await run_in_threadpool(part.replace, target)
    finally:
        await run_in_threadpool(part.unlink, missing_ok=True)
    return Response(encode(_file(target)), 201, media_type="application/json", headers={"Cache-Control": "no-store"})


async def _write(request: Request, file: BinaryIO) -> None:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > FILE_BYTES:
            raise BodyTooLong(most_bytes=FILE_BYTES)
        await run_in_threadpool(file.write, chunk)


def _file(path: Path) -> File:
    return File(name=path.name, bytes=path.stat().st_size)


def _seen(call: Call, one: Import) -> Seen:
    form = drafts.read(one.mapping)
    told: dict[str, Any] = {"columns": [], "fields": [], "rows": [], "skipped": 0, "problem": ""}
    try:
        head = preview.head(one.files[0])
        told["columns"] = [Column(name=name, samples=list(texts)) for name, texts in head.columns.items()]
        if form is None or not form.lacking:
            how = mapping.parse(one.mapping)
            run = importing.new_run(call.desk.state, call.desk.clock, how, source=one.source, brand=one.brand)
            seen = preview.preview(one.files[0], how, run)
            told |= {"fields": list(seen.fields), "rows": [_row(row) for row in seen.rows], "skipped": seen.skipped}
    except ComptoirError as error:
        told["problem"] = str(error)
    return Seen(
        mapping=one.mapping,
        choices=[
            Field(
                name=field.name, is_needed=field.needed is not None, column=form.columns.get(field.name, ""),
                constant=form.constants.get(field.name, ""),
            )
            for field in (KINDS[one.kind].fields if form is not None else ())
            if form is not None
        ],
        lacking=list(form.lacking) if form is not None else [],
        **told,
    )  # fmt: skip


def _row(row: preview.Row) -> Row:
    return Row(line=row.line, values=list(row.values), reason=row.reason, detail=row.detail)


ENDPOINTS = (
    Endpoint(
        method="PUT", path="/imports/files/{name}", whole=True, deed=None, called="import_upload",
        tag="Imports", right=Right.RUN,
        answer=File, handler=upload, status=201, errors=(BadRequest, BodyTooLong), sends="application/octet-stream",
        summary="Send a file to be imported, as the body itself, up to 512 MB.",
    ),
    Endpoint(
        method="GET", path="/imports/{import_id}/preview", called="import_preview", tag="Imports", right=Right.RUN,
        answer=Seen, act=look, errors=(NoSuchImport,),
        summary="The file's columns and first rows, and what each becomes with the mapping.",
    ),
    Endpoint(
        method="PATCH", path="/imports/{import_id}", deed=Deed.IMPORT_DRAFTED, called="import_remap",
        tag="Imports", right=Right.RUN,
        body=Remap, answer=Seen, act=remap, errors=(NoSuchImport, ImportRuns, MappingBroken, NoSuchBrand),
        summary="Keep another mapping, brand or source of a draft, and look at the first rows again.",
        example={"brand": "maison"},
    ),
    Endpoint(
        method="DELETE", path="/imports/{import_id}", deed=Deed.IMPORT_DROPPED, called="import_drop",
        tag="Imports", right=Right.RUN,
        answer=None, act=drop, errors=(NoSuchImport, ImportRuns),
        summary="Forget an import that is not under way; rows that became facts stay.",
    ),
    Endpoint(
        method="GET", path="/imports/{import_id}/refused", called="import_refused", tag="Imports", right=Right.RUN,
        query=Most, answer=list[Rejected], act=refused, errors=(NoSuchImport, EngineUnreachable),
        summary="The rows that were refused, each with its reason and as it came.",
    ),
)  # fmt: skip
"""What the API says of the rows of imports."""
