"""Imports over the API: a file that lies in the home's folder `imports` is read as a page would read it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from comptoir import importing
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import RealClock
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint
from comptoir.sources import history, mapping
from comptoir.sources.base import FileUnreadable, MappingBroken
from comptoir.sources.history import Import, ImportRests, ImportRuns, ImportState, NoSuchImport


class File(msgspec.Struct, kw_only=True):
    """A file that waits to be imported."""

    name: str
    bytes: int


class Draft(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A file, what its rows are, and what they are booked under."""

    file: str
    kind: Literal[
        "events", "contacts", "accounts", "consents", "products", "categories", "prices", "stock", "orders", "returns",
        "receipts", "pickups", "loyalty", "subscriptions", "campaign_returns", "claims", "spend",
    ]  # fmt: skip
    source: str = "import"
    brand: str = keys.DEFAULT_BRAND
    mapping: str = ""
    """YAML; left out, the one that the file's header suggests."""


class Told(msgspec.Struct, kw_only=True):
    """An import, and how far it is."""

    id: str
    kind: str
    source: str
    brand: str
    state: ImportState
    files: list[str]
    mapping: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    done: int
    whole: int
    read: int
    accepted: int
    refused: int
    duplicates: int
    problem: str


def files(call: Call) -> list[File]:
    """List the files that wait."""
    return [File(name=one.name, bytes=one.stat().st_size) for one in importing.waiting_files(call.desk.settings)]


def draft(call: Call) -> Told:
    """Draft an import."""
    said: Draft = call.body
    waiting = {one.name: one for one in importing.waiting_files(call.desk.settings)}
    if said.file not in waiting:
        raise BadRequest(file=said.file[:100], problem="no such file lies in the home's folder imports")
    if said.mapping:
        mapping.parse(said.mapping, name="mapping")
    made = importing.draft(
        call.desk.settings, call.desk.state, waiting[said.file], said.kind, source=said.source, brand=said.brand,
        made_by=call.who.name,
    )  # fmt: skip
    if said.mapping:
        with call.desk.state.write() as connection:
            history.remap(connection, made, mapping=said.mapping, source=said.source, brand=said.brand)
    call.tell(about=made, brand=said.brand)
    return _told(find(call, made))


def listed(call: Call) -> list[Told]:
    """List the imports. Order: the newest first."""
    with call.desk.state.read() as connection:
        found = history.listing(connection, machine_now=RealClock().now(), brands=call.who.brands)
    return [_told(one) for one in found]


def show(call: Call) -> Told:
    """Show one import."""
    return _told(find(call, call.path["import_id"]))


def run(call: Call) -> Told:
    """Start a drafted import, which goes on by itself."""
    one = find(call, call.path["import_id"])
    call.tell(brand=one.brand)
    return _told(find(call, importing.start(call.desk.settings, call.desk.state, one.import_id)))


def stop(call: Call) -> Told:
    """Stop an import that is under way."""
    one = find(call, call.path["import_id"])
    call.tell(brand=one.brand)
    importing.stop(call.desk.state, one.import_id, call.desk.clock.now())
    return _told(find(call, one.import_id))


def find(call: Call, import_id: str) -> Import:
    """Find an import of the asker's brands. Raises: NoSuchImport."""
    with call.desk.state.read() as connection:
        return history.find(connection, import_id, machine_now=RealClock().now(), brands=call.who.brands)


def _told(one: Import) -> Told:
    return Told(
        id=one.import_id, kind=one.kind, source=one.source, brand=one.brand, state=one.state,
        files=[file.name for file in one.files], mapping=one.mapping, made_by=one.made_by, made_at=one.made_at,
        ended_at=one.ended_at, done=one.done, whole=one.whole, read=one.read, accepted=one.accepted,
        refused=one.refused, duplicates=one.duplicates, problem=one.problem,
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="GET", path="/imports/files", whole=True, tag="Imports", right=Right.RUN, answer=list[File], act=files,
        summary="Files that lie in the home's folder `imports` and wait.",
    ),
    Endpoint(
        method="GET", path="/imports", tag="Imports", right=Right.RUN, answer=list[Told], act=listed,
        summary="The imports, those of the command line too, the newest first.",
    ),
    Endpoint(
        method="POST", path="/imports", whole=True, deed=Deed.IMPORT_DRAFTED,
        tag="Imports", right=Right.RUN, body=Draft, answer=Told, act=draft, status=201,
        summary="Draft an import of a file that waits; its mapping is suggested where none is sent.",
        errors=(FileUnreadable, MappingBroken), example={"file": "orders.csv", "kind": "orders", "brand": "maison"},
    ),
    Endpoint(
        method="GET", path="/imports/{import_id}", tag="Imports", right=Right.RUN, answer=Told, act=show,
        summary="One import: how far it is, and what became of its rows.", errors=(NoSuchImport,),
    ),
    Endpoint(
        method="POST", path="/imports/{import_id}/run", deed=Deed.IMPORT_STARTED,
        tag="Imports", right=Right.RUN, answer=Told, act=run,
        status=202, summary="Start a drafted import; it goes on by itself.", errors=(NoSuchImport, ImportRuns),
    ),
    Endpoint(
        method="POST", path="/imports/{import_id}/stop", deed=Deed.IMPORT_STOPPED,
        tag="Imports", right=Right.RUN, answer=Told, act=stop,
        summary="Stop an import that is under way; what it had read stays.", errors=(NoSuchImport, ImportRests),
    ),
)  # fmt: skip
"""What the API says of imports."""
