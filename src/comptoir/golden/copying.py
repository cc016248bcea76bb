"""The golden records in the warehouse: conditions of segments ask what stands, as every screen shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlalchemy import Connection

from comptoir.golden.choose import Record
from comptoir.golden.keep import Keeper
from comptoir.identity import region
from comptoir.model.identifier import Moved, founder_of
from comptoir.segments import traits_kept
from comptoir.segments.traits_kept import Stood
from comptoir.warehouse.base import Cursor


def copy(cursor: Cursor, connection: Connection, keeper: Keeper, said: Collection[int], moved: Iterable[Moved]) -> None:
    """
    Copy the records of whoever stated something in a tick (by nodes), and of those who got or lost nodes.

    Both stores are read as of one instant, and identity has been followed: so a person has one record, the one kept.
    """
    founders = set(region.founders_of(connection, said).values())
    founders |= {founder_of(name) for one in moved for name in (one.former, one.profile_id) if name}
    if founders:
        traits_kept.replace(cursor, founders, _stood(keeper.records_of(connection, founders)))


def copy_everybody(cursor: Cursor, connection: Connection, keeper: Keeper) -> None:
    """Copy every record, whatever was there before."""
    traits_kept.clear(cursor)
    for part in keeper.everybody(connection):
        traits_kept.replace(cursor, (), _stood(keeper.records_of(connection, part)))


def _stood(records: Iterable[tuple[int, str, Record]]) -> Iterator[Stood]:
    for founder, brand, record in records:
        for one in record:
            if traits_kept.is_kept(one.name):
                name = traits_kept.kept_as(one.name, brand)
                yield Stood(founder, name, bytes(one.value).decode(), one.at, one.message_id)
