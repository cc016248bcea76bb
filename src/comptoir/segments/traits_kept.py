"""The traits of people in the warehouse: of each node and trait the statement that counts, kept up by every tick."""

from __future__ import annotations

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_EVERYTHING = 2**62


def keep(cursor: Cursor, *, first: int, last: int) -> None:
    """
    Take in what was stated in some ticks: a later statement takes the place of an earlier one, whichever came first.

    A pure function of the statements there are: neither their order of arrival nor how ticks were cut matters.
    """
    stated = load(_PACKAGE, "traits_stated").table(cursor, first=first, last=last)
    if not len(stated):
        return
    cursor.register("stated", stated)
    cursor.register("known", load(_PACKAGE, "traits_known").table(cursor))
    load(_PACKAGE, "traits_delete").run(cursor)
    load(_PACKAGE, "traits_insert").run(cursor)


def rederive(cursor: Cursor) -> None:
    """Take in everything that was ever stated, from scratch."""
    cursor.execute("DELETE FROM fact.traits")
    keep(cursor, first=0, last=_EVERYTHING)
