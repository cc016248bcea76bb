"""The places rows are fetched from, as they are kept: their secrets sealed, and how far each was fetched."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from msgspec import json
from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir import plugins
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.sources import mapping, schedule
from comptoir.sources.base import MappingBroken
from comptoir.sources.kinds import KINDS
from comptoir.sources.pulls.base import PlaceNeeds, Pull
from comptoir.sources.pulls.rows import cursors, pulls, runs
from comptoir.sources.schedule import Schedule
from comptoir.state.sealing import MasterKey

DEFAULT_ALARM_HOURS = 48
MOST_ALARM_HOURS = 24 * 365
MOST_OPTION = 20_000
"""Characters of an option."""


class PullNotFound(ComptoirError, LookupError):
    """No source of this name is fetched."""

    code, status = "pull_not_found", 404
    hint = "List them with `comptoir pull list`, or on the page Sources."


class PullExists(ComptoirError, ValueError):
    """Another source that is fetched has this name."""

    code, status = "pull_exists", 409
    hint = "Take another name, or change the one that is there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A place rows are fetched from. `options` without secrets; which secrets there are says `secrets`."""

    name: str
    place: str
    brand: str
    kind: str = ""
    """What its rows are, where the place does not say."""
    mapping: str = ""
    streams: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    schedule: Schedule = schedule.BY_HAND
    alarm_hours: int = DEFAULT_ALARM_HOURS
    """Without anything new for so long, it is a finding; 0: never."""
    is_paused: bool = False
    may_look_inside: bool = False
    """Whether it may reach hosts of the own network: if whoever saved it has every brand."""
    made_at: datetime
    brought_at: datetime | None = None


def place_of(name: str) -> type[Pull]:
    """Give a kind of place. Raises: PluginNotFound, PluginBroken."""
    return cast("type[Pull]", plugins.load(plugins.Kind.PULL, name))


def places() -> list[str]:
    """List the kinds of places. Order: by name."""
    return [point.name for point in plugins.offered(plugins.Kind.PULL)]


def check(pull: Kept, secrets: Mapping[str, str]) -> None:
    """See that a description is whole. Raises: PlaceNeeds, naming the field; MappingBroken; PluginNotFound."""
    place = place_of(pull.place)
    said = {**pull.options, **secrets}
    known = {one.name: one for one in place.options}
    for name, value in said.items():
        if name not in known:
            raise PlaceNeeds(option=name, known=sorted(known))
        if len(value) > MOST_OPTION or "\0" in value or (known[name].one_of and value not in known[name].one_of):
            raise PlaceNeeds(option=name, takes=list(known[name].one_of))
    for one in place.options:
        if one.is_needed and not said.get(one.name, "").strip() and one.name not in pull.secrets:
            raise PlaceNeeds(option=one.name)
    own = {one.name: one for one in place.streams}
    if not pull.streams or not set(pull.streams) <= own.keys():
        raise PlaceNeeds(option="streams", takes=sorted(own))
    if any(not own[name].kind for name in pull.streams):
        if pull.kind not in KINDS:
            raise PlaceNeeds(option="kind", takes=sorted(KINDS))
        if pull.mapping and mapping.parse(pull.mapping).kind.name != pull.kind:
            raise MappingBroken(why=f"it is not a mapping of {pull.kind}")
    if not 0 <= pull.alarm_hours <= MOST_ALARM_HOURS:
        raise PlaceNeeds(option="alarm_hours", takes=f"0 to {MOST_ALARM_HOURS}")


def save(connection: Connection, pull: Kept, secrets: Mapping[str, str], key: MasterKey, *, is_new: bool) -> Kept:
    """
    Keep a description: secrets that are left empty stay as they are.

    Where it leads elsewhere than before, its former secrets are forgotten, and it is fetched from the beginning.

    Raises: PullExists, PullNotFound; whatever `check` raises.
    """
    former = None if is_new else find(connection, pull.name)
    if is_new and connection.scalar(select(pulls.c.name).where(pulls.c.name == pull.name)) is not None:
        raise PullExists(name=pull.name)
    is_moved = former is not None and _target(former, _HOST) != _target(pull, _HOST)
    is_another = former is not None and _target(former, _WHAT) != _target(pull, _WHAT)
    kept = {} if former is None or is_moved else opened(connection, pull.name, key)
    kept |= {name: value for name, value in secrets.items() if value}
    pull = replace(
        pull,
        secrets=frozenset(kept),
        made_at=pull.made_at if former is None else former.made_at,
        brought_at=None if former is None else former.brought_at,
        is_paused=pull.is_paused if former is None else former.is_paused,
    )
    check(pull, {})
    place = place_of(pull.place)
    options = {one.name: pull.options.get(one.name, one.default) for one in place.options if not one.is_secret}
    row: dict[str, Any] = {
        "name": pull.name, "place": pull.place, "brand": pull.brand, "kind": pull.kind, "mapping": pull.mapping,
        "streams": json.encode(pull.streams).decode(), "options": json.encode(options).decode(),
        "secrets": key.seal(json.encode(kept), _place(pull.name)),
        "secret_names": json.encode(sorted(kept)).decode(), "schedule": pull.schedule.text(),
        "alarm_hours": pull.alarm_hours, "is_paused": pull.is_paused, "may_look_inside": pull.may_look_inside,
        "made_at": micros(pull.made_at), "brought_at": None if pull.brought_at is None else micros(pull.brought_at),
    }  # fmt: skip
    connection.execute(upsert(pulls).values(row).on_conflict_do_update(index_elements=["name"], set_=row))
    if is_moved or is_another:
        connection.execute(delete(cursors).where(cursors.c.pull == pull.name))
    return find(connection, pull.name)


def remap(connection: Connection, name: str, text: str) -> None:
    """Keep another mapping of a pull. Raises: PullNotFound; MappingBroken."""
    found = find(connection, name)
    if text and mapping.parse(text).kind.name != found.kind:
        raise MappingBroken(why=f"it is not a mapping of {found.kind}")
    connection.execute(update(pulls).where(pulls.c.name == name).values(mapping=text))


def pause(connection: Connection, name: str, *, is_paused: bool) -> None:
    """Let a pull rest, or go on. Raises: PullNotFound."""
    if connection.execute(update(pulls).where(pulls.c.name == name).values(is_paused=is_paused)).rowcount == 0:
        raise PullNotFound(name=name[:100])


def remove(connection: Connection, name: str) -> None:
    """Forget a pull, its secrets and its runs; what it brought stays. Raises: PullNotFound."""
    if connection.execute(delete(pulls).where(pulls.c.name == name)).rowcount == 0:
        raise PullNotFound(name=name[:100])
    connection.execute(delete(cursors).where(cursors.c.pull == name))
    connection.execute(delete(runs).where(runs.c.pull == name))


def find(connection: Connection, name: str, *, brands: Collection[str] = ()) -> Kept:
    """Give one pull, of these brands only (none named: of any). Raises: PullNotFound."""
    row = connection.execute(select(pulls).where(pulls.c.name == name)).one_or_none()
    if row is None or (brands and row.brand not in brands):
        raise PullNotFound(name=name[:100])
    return _kept(row)


def listing(connection: Connection, *, brands: Collection[str] = ()) -> list[Kept]:
    """List the pulls, of these brands only (none named: of any). Order: by name."""
    question = select(pulls).order_by(pulls.c.name)
    if brands:
        question = question.where(pulls.c.brand.in_(sorted(brands)))
    return [_kept(row) for row in connection.execute(question)]


def opened(connection: Connection, name: str, key: MasterKey) -> dict[str, str]:
    """Give the secrets of a pull. Raises: PullNotFound; SecretUnreadable."""
    sealed = connection.scalar(select(pulls.c.secrets).where(pulls.c.name == name))
    if sealed is None:
        raise PullNotFound(name=name[:100])
    return json.decode(key.open(sealed, _place(name)), type=dict[str, str])


def cursor(connection: Connection, pull: str, stream: str) -> str:
    """Say from where a stream goes on; empty: from the beginning."""
    asked = select(cursors.c.cursor).where(cursors.c.pull == pull, cursors.c.stream == stream)
    return connection.scalar(asked) or ""


def go_on_from(connection: Connection, pull: str, stream: str, where: str) -> None:
    """Keep from where a stream goes on."""
    put = upsert(cursors).values(pull=pull, stream=stream, cursor=where)
    connection.execute(put.on_conflict_do_update(index_elements=["pull", "stream"], set_={"cursor": where}))


def brought(connection: Connection, name: str, now: datetime) -> None:
    """Note that something new came."""
    connection.execute(update(pulls).where(pulls.c.name == name).values(brought_at=micros(now)))


_HOST = ("url", "host", "port")
"""A secret goes to nobody but whom it was entered for."""
_WHAT = ("folder", "pattern", "what", "grows", "key")
"""Of something else, everything is fetched."""


def _target(pull: Kept, names: Sequence[str]) -> tuple[str, ...]:
    return (pull.place, *(pull.options.get(name, "").strip() for name in names))


def _place(name: str) -> str:
    return f"pulls/{name}/secrets"


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        name=row.name,
        place=row.place,
        brand=row.brand,
        kind=row.kind,
        mapping=row.mapping,
        streams=tuple(json.decode(row.streams)),
        options=json.decode(row.options, type=dict[str, str]),
        secrets=frozenset(json.decode(row.secret_names, type=list[str])),
        schedule=schedule.parse(row.schedule),
        alarm_hours=row.alarm_hours,
        is_paused=row.is_paused,
        may_look_inside=row.may_look_inside,
        made_at=instant(row.made_at),
        brought_at=None if row.brought_at is None else instant(row.brought_at),
    )
