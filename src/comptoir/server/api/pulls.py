"""Sources that are fetched, over the API: the same places, schedules and runs as on the page Sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from comptoir import pulling
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import BadName
from comptoir.access.roles import Right
from comptoir.clock import RealClock
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint
from comptoir.sources import schedule
from comptoir.sources.base import MappingBroken
from comptoir.sources.pulls import runs, shelf
from comptoir.sources.pulls.base import PlaceAway, PlaceBarred, PlaceForbids, PlaceNeeds, PlaceNotThere
from comptoir.sources.pulls.runs import PullRuns, Ran, RunNotFound, RunState
from comptoir.sources.pulls.shelf import Kept, PullExists, PullNotFound
from comptoir.sources.schedule import BadSchedule
from comptoir.state.sealing import master_key


class PlaceOption(msgspec.Struct, kw_only=True):
    """Something a place has to be told."""

    name: str
    says: str
    is_needed: bool
    is_secret: bool
    default: str
    one_of: list[str]


class PlaceStream(msgspec.Struct, kw_only=True):
    """One kind of rows a place gives; `kind` is empty where you say what they are."""

    name: str
    kind: str


class PlaceKind(msgspec.Struct, kw_only=True):
    """A kind of place rows are fetched from."""

    name: str
    options: list[PlaceOption]
    streams: list[PlaceStream]


class AddPull(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new source that is fetched."""

    name: str
    place: str
    brand: str = keys.DEFAULT_BRAND
    options: dict[str, str] = {}
    secrets: dict[str, str] = {}
    """Sealed, and never given back."""
    kind: str = ""
    mapping: str = ""
    streams: list[str] = []
    """None: all of the place."""
    schedule: str = "hand"
    alarm_hours: int = shelf.DEFAULT_ALARM_HOURS


class ChangePull(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    options: dict[str, str] | None = None
    secrets: dict[str, str] = {}
    kind: str | None = None
    mapping: str | None = None
    streams: list[str] | None = None
    schedule: str | None = None
    alarm_hours: int | None = None
    is_paused: bool | None = None


class TryPull(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which of its streams is looked at; the first if none is named."""

    stream: str = ""


class PullTold(msgspec.Struct, kw_only=True):
    """A source that is fetched, without its secrets."""

    name: str
    place: str
    brand: str
    kind: str
    mapping: str
    streams: list[str]
    options: dict[str, str]
    secrets: list[str]
    """Which there are."""
    schedule: str
    alarm_hours: int
    is_paused: bool
    is_silent: bool
    """Whether it has brought nothing new for its alarm period."""
    made_at: datetime
    brought_at: datetime | None
    next_at: datetime | None
    last_state: RunState | None


class RunTold(msgspec.Struct, kw_only=True):
    """A run of a source. `made_by` is empty where its schedule asked for it."""

    id: str
    pull: str
    made_by: str
    state: RunState
    stage: str
    code: str
    problem: str
    began_at: datetime
    ended_at: datetime | None
    retry_at: datetime | None
    done: int
    whole: int
    bytes: int
    read: int
    stored: int
    refused: int
    duplicates: int
    skipped: int
    imports: list[str]


class TriedRow(msgspec.Struct, kw_only=True):
    """A row as it would be kept, or why it would be refused."""

    values: list[str]
    reason: str
    detail: str


class PullTried(msgspec.Struct, kw_only=True):
    """What a try gave."""

    says: str
    items: list[str]
    name: str
    fields: list[str]
    rows: list[TriedRow]
    mapping: str
    lacking: list[str]


def places(call: Call) -> list[PlaceKind]:
    """List the kinds of places."""
    del call
    return [
        PlaceKind(
            name=name,
            options=[
                PlaceOption(
                    name=one.name, says=one.says, is_needed=one.is_needed, is_secret=one.is_secret, default=one.default,
                    one_of=list(one.one_of),
                )
                for one in shelf.place_of(name).options
            ],
            streams=[PlaceStream(name=one.name, kind=one.kind) for one in shelf.place_of(name).streams],
        )
        for name in shelf.places()
    ]  # fmt: skip


def listed(call: Call) -> list[PullTold]:
    """List the sources that are fetched."""
    with call.desk.state.read() as connection:
        found = shelf.listing(connection, brands=call.who.brands)
    return [_told(call, one) for one in found]


def show(call: Call) -> PullTold:
    """Show one."""
    return _told(call, _find(call))


def add(call: Call) -> PullTold:
    """Add one."""
    said: AddPull = call.body
    call.tell(about=said.name, brand=said.brand)
    call.check_brand(said.brand)
    keys.check_name(said.name)
    if said.brand not in {one.name for one in keys.list_brands(call.desk.state)}:
        raise BadRequest(brand=said.brand[:100], problem="there is no such brand")
    place = shelf.place_of(said.place)
    wanted = Kept(
        name=said.name,
        place=said.place,
        brand=said.brand,
        kind=said.kind,
        mapping=said.mapping,
        streams=tuple(said.streams or [one.name for one in place.streams]),
        options=said.options,
        schedule=schedule.parse(said.schedule),
        alarm_hours=said.alarm_hours,
        may_look_inside=not call.who.brands,
        made_at=call.desk.clock.now(),
    )
    return _told(call, _save(call, wanted, said.secrets, is_new=True))


def change(call: Call) -> PullTold:
    """Change one."""
    said: ChangePull = call.body
    former = _find(call)
    call.tell(brand=former.brand)
    wanted = replace(
        former,
        options=dict(former.options) | (said.options or {}),
        kind=former.kind if said.kind is None else said.kind,
        mapping=former.mapping if said.mapping is None else said.mapping,
        streams=former.streams if said.streams is None else tuple(said.streams),
        schedule=former.schedule if said.schedule is None else schedule.parse(said.schedule),
        alarm_hours=former.alarm_hours if said.alarm_hours is None else said.alarm_hours,
        may_look_inside=not call.who.brands,
    )
    made = _save(call, wanted, said.secrets, is_new=False)
    if said.is_paused is not None:
        with call.desk.state.write() as connection:
            shelf.pause(connection, former.name, is_paused=said.is_paused)
            made = shelf.find(connection, former.name)
    return _told(call, made)


def _save(call: Call, wanted: Kept, secrets: dict[str, str], *, is_new: bool) -> Kept:
    if shelf.place_of(wanted.place).is_inside:
        call.check_brand(None)
    with call.desk.state.write() as connection:
        return shelf.save(connection, wanted, secrets, master_key(call.desk.settings.home), is_new=is_new)


def remove(call: Call) -> None:
    """Forget one; what it brought stays."""
    found = _find(call)
    call.tell(brand=found.brand)
    with call.desk.state.write() as connection:
        shelf.remove(connection, found.name)


def try_out(call: Call) -> PullTried:
    """Look at the place, and show the first rows as they would be kept."""
    tried = pulling.try_out(call.desk.settings, call.desk.state, _find(call), call.body.stream)
    return PullTried(
        says=tried.look.says,
        items=list(tried.look.items),
        name=tried.name,
        fields=list(tried.seen.fields) if tried.seen else [],
        rows=[
            TriedRow(values=list(one.values), reason=one.reason, detail=one.detail)
            for one in (tried.seen.rows if tried.seen else ())
        ],
        mapping=tried.mapping,
        lacking=list(tried.lacking),
    )


def run(call: Call) -> RunTold:
    """Fetch what is new; it goes on by itself."""
    found = _find(call)
    call.tell(brand=found.brand)
    run_id = pulling.start(call.desk.settings, call.desk.state, found.name, made_by=call.who.name)
    with call.desk.state.read() as connection:
        return _ran(runs.find(connection, run_id, machine_now=RealClock().now()))


def cancel(call: Call) -> RunTold:
    """End the run that is under way."""
    found = _find(call)
    call.tell(brand=found.brand)
    with call.desk.state.write() as connection:
        return _ran(runs.cancel(connection, found.name, machine_now=RealClock().now()))


def history(call: Call) -> list[RunTold]:
    """List its runs. Order: newest first."""
    found = _find(call)
    with call.desk.state.read() as connection:
        return [_ran(one) for one in runs.listing(connection, found.name, machine_now=RealClock().now())]


def _find(call: Call) -> Kept:
    with call.desk.state.read() as connection:
        return shelf.find(connection, call.path["name"], brands=call.who.brands)


def _told(call: Call, one: Kept) -> PullTold:
    now = call.desk.clock.now()
    with call.desk.state.read() as connection:
        last = runs.latest(connection, one.name, machine_now=RealClock().now())
    zone = pulling.zone_of(call.desk.state, one.brand)
    return PullTold(
        name=one.name, place=one.place, brand=one.brand, kind=one.kind, mapping=one.mapping, streams=list(one.streams),
        options=dict(one.options), secrets=sorted(one.secrets), schedule=one.schedule.text(),
        alarm_hours=one.alarm_hours, is_paused=one.is_paused, is_silent=runs.is_silent(one, now), made_at=one.made_at,
        brought_at=one.brought_at, next_at=runs.due_at(one, last, zone, now),
        last_state=None if last is None else last.state,
    )  # fmt: skip


def _ran(one: Ran) -> RunTold:
    return RunTold(
        id=one.run_id, pull=one.pull, made_by=one.made_by, state=one.state, stage=one.stage, code=one.code,
        problem=one.problem, began_at=one.began_at, ended_at=one.ended_at, retry_at=one.retry_at, done=one.done,
        whole=one.whole, bytes=one.bytes, read=one.read, stored=one.stored, refused=one.refused,
        duplicates=one.duplicates, skipped=one.skipped, imports=list(one.imports),
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="GET", path="/pull-places", tag="Pulls", right=Right.RUN, answer=list[PlaceKind], act=places,
        summary="The kinds of places rows are fetched from, and what each has to be told.",
    ),
    Endpoint(
        method="GET", path="/pulls", tag="Pulls", right=Right.RUN, answer=list[PullTold], act=listed,
        summary="The sources that are fetched, without their secrets.",
    ),
    Endpoint(
        method="POST", path="/pulls", deed=Deed.PULL_SAVED, tag="Pulls", right=Right.RUN, body=AddPull,
        answer=PullTold, act=add, status=201, summary="Add a source that is fetched.",
        errors=(PullExists, PlaceNeeds, BadSchedule, MappingBroken, BadName),
        example={"name": "till", "place": "folder", "options": {"folder": "drop"}, "kind": "orders",
                 "brand": "maison", "schedule": "every:15"},
    ),
    Endpoint(
        method="GET", path="/pulls/{name}", tag="Pulls", right=Right.RUN, answer=PullTold, act=show,
        summary="One source that is fetched.", errors=(PullNotFound,),
    ),
    Endpoint(
        method="PATCH", path="/pulls/{name}", deed=Deed.PULL_SAVED, tag="Pulls", right=Right.RUN, body=ChangePull,
        answer=PullTold, act=change, summary="Change a source that is fetched, or let it rest.",
        errors=(PullNotFound, PlaceNeeds, BadSchedule, MappingBroken), example={"is_paused": True},
    ),
    Endpoint(
        method="DELETE", path="/pulls/{name}", deed=Deed.PULL_REMOVED, tag="Pulls", right=Right.RUN, answer=None,
        act=remove, summary="Forget a source that is fetched; what it brought stays.", errors=(PullNotFound,),
    ),
    Endpoint(
        method="POST", path="/pulls/{name}/try", deed=None, tag="Pulls", right=Right.RUN, body=TryPull,
        answer=PullTried, act=try_out, summary="Show the first rows as they would be kept; nothing is taken.",
        errors=(PullNotFound, PlaceAway, PlaceForbids, PlaceNotThere, PlaceBarred), example={"stream": ""},
    ),
    Endpoint(
        method="POST", path="/pulls/{name}/run", deed=Deed.PULL_STARTED, tag="Pulls", right=Right.RUN, answer=RunTold,
        act=run, status=202, summary="Fetch what is new; it goes on by itself.", errors=(PullNotFound, PullRuns),
    ),
    Endpoint(
        method="POST", path="/pulls/{name}/cancel", deed=Deed.PULL_CANCELLED, tag="Pulls", right=Right.RUN,
        answer=RunTold, act=cancel, status=202, summary="End the run that is under way; what it brought stays.",
        errors=(PullNotFound, RunNotFound),
    ),
    Endpoint(
        method="GET", path="/pulls/{name}/runs", tag="Pulls", right=Right.RUN, answer=list[RunTold], act=history,
        summary="The runs of a source, the newest first.", errors=(PullNotFound,),
    ),
)  # fmt: skip
"""What the API says of sources that are fetched."""
