"""Tables of the state store that belong to no slice: ticks, what is archived, and small named values."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.model.tick import Tick
from comptoir.state.base import metadata

ticks = Table(
    "ticks",
    metadata,
    Column("tick_id", Integer, primary_key=True),
    Column("spool", String, nullable=False),
    Column("from_offset", BigInteger, nullable=False),
    Column("to_offset", BigInteger, nullable=False),
    Column("now_micros", BigInteger, nullable=False),
)
"""One row a tick, written before its work begins; a replay reuses it, its `now` included."""

archived = Table(
    "archived",
    metadata,
    Column("spool", String, primary_key=True),
    Column("offset_after", BigInteger, nullable=False),
)
"""One row a spool: how far it lies in the archive."""

values = Table(
    "named_values",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""One row a small named value: the link key, whether this copy is fenced."""


def write_tick(connection: Connection, spool: str, from_offset: int, to_offset: int, now: datetime) -> Tick:
    """Write the row of the next tick and give it."""
    row = {"spool": spool, "from_offset": from_offset, "to_offset": to_offset, "now_micros": micros(now)}
    done = connection.execute(insert(ticks).values(row))
    key = done.inserted_primary_key
    return Tick(tick_id=key[0] if key else 0, spool=spool, from_offset=from_offset, to_offset=to_offset, now=now)


def last_tick(connection: Connection) -> Tick | None:
    """Give the newest tick, or None where there is none yet."""
    return next(iter(_ticks(connection, select(ticks).order_by(ticks.c.tick_id.desc()).limit(1))), None)


def all_ticks(connection: Connection) -> list[Tick]:
    """List every tick. Order: as worked."""
    return _ticks(connection, select(ticks).order_by(ticks.c.tick_id))


def ticks_after(connection: Connection, tick_id: int) -> list[Tick]:
    """List the ticks after one. Order: as worked."""
    return _ticks(connection, select(ticks).where(ticks.c.tick_id > tick_id).order_by(ticks.c.tick_id))


def ticks_from(connection: Connection, spool: str, offset: int, *, upto: int) -> list[Tick]:
    """List the ticks of a spool that end after an offset, up to tick `upto`. Order: as worked."""
    wanted = (ticks.c.spool == spool) & (ticks.c.to_offset > offset) & (ticks.c.tick_id <= upto)
    return _ticks(connection, select(ticks).where(wanted).order_by(ticks.c.tick_id))


def _ticks(connection: Connection, question: object) -> list[Tick]:
    return [
        Tick(
            tick_id=row.tick_id,
            spool=row.spool,
            from_offset=row.from_offset,
            to_offset=row.to_offset,
            now=instant(row.now_micros),
        )
        for row in connection.execute(question)  # type: ignore[call-overload]
    ]


def planned(connection: Connection, *, upto: int | None = None) -> dict[str, int]:
    """Say for each spool up to which offset ticks were planned, of all ticks or of those up to one."""
    question = select(ticks.c.spool, func.max(ticks.c.to_offset)).group_by(ticks.c.spool)
    if upto is not None:
        question = question.where(ticks.c.tick_id <= upto)
    return {spool: int(offset) for spool, offset in connection.execute(question)}


def planned_before(connection: Connection, spool: str, at: datetime) -> int:
    """Say up to which offset ticks of a spool were planned before an instant."""
    wanted = (ticks.c.spool == spool) & (ticks.c.now_micros < micros(at))
    return int(connection.scalar(select(func.max(ticks.c.to_offset)).where(wanted)) or 0)


def archived_to(connection: Connection, spool: str) -> int:
    """Say how far a spool lies in the archive."""
    return int(connection.scalar(select(archived.c.offset_after).where(archived.c.spool == spool)) or 0)


def mark_archived(connection: Connection, spool: str, offset_after: int) -> None:
    """Write down how far a spool lies in the archive."""
    row = upsert(archived).values(spool=spool, offset_after=offset_after)
    connection.execute(row.on_conflict_do_update(index_elements=["spool"], set_={"offset_after": offset_after}))


def read_value(connection: Connection, name: str) -> bytes | None:
    """Give a named value, or None."""
    found = connection.scalar(select(values.c.value).where(values.c.name == name))
    return None if found is None else bytes(found)


def write_value(connection: Connection, name: str, value: bytes) -> None:
    """Write a named value over the former one."""
    row = upsert(values).values(name=name, value=value)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def first_value(connection: Connection, name: str, value: bytes) -> bytes:
    """Give a named value, writing `value` if there is none yet."""
    connection.execute(upsert(values).values(name=name, value=value).on_conflict_do_nothing())
    return read_value(connection, name) or value
