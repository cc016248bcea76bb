"""Computed traits on their shelf, and what each comes to: in full by night, and at once for whom a tick touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import pyarrow as pa
from sqlglot import exp

from comptoir import logs
from comptoir.errors import ComptoirError
from comptoir.segments.asked import PROFILE, Around, Scope, bind, naive
from comptoir.segments.traits import compile as compiling
from comptoir.segments.traits.definition import Trait, read
from comptoir.state.shelf import Shelf
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
log = logs.get("traits")
_LENT = "people_asked"


def _key_of(text: str) -> str:
    return read(text).key


TRAITS = Shelf(kind="trait", key_of=_key_of)
"""The computed traits. Each change of a text reads it first: what is none is refused with what to mend."""


def readable(texts: Mapping[str, str]) -> dict[str, Trait]:
    """Read definitions; one that cannot be read any more is told and left out."""
    found = {}
    for key, text in texts.items():
        try:
            found[key] = read(text)
        except ComptoirError as error:
            log.warning("a computed trait cannot be read", trait=key, error=str(error))
    return found


def refresh(
    cursor: Cursor,
    traits: Mapping[str, Trait],
    around: Around,
    now: datetime,
    *,
    profiles: Collection[str] | None = None,
) -> int:
    """
    Write what traits come to, for everybody or for some profiles; give how many values there are now.

    Somebody of whom nothing counts has no value; neither has a profile that is nobody any more.
    """
    scope: Scope = None
    if profiles is not None:
        cursor.register(_LENT, pa.table({PROFILE: pa.array(sorted(profiles), pa.string())}))
        scope = exp.select(PROFILE).from_(exp.table_(_LENT))
    written = 0
    for key in sorted(traits):
        statement = "computed_delete_some" if profiles is not None else "computed_delete"
        load(_PACKAGE, statement).run(cursor, trait=key)
        found = values(cursor, traits[key], around, now, scope=scope)
        cursor.register("computed", found)
        load(_PACKAGE, "computed_insert").run(cursor, trait=key, now=naive(now))
        written += len(found)
    return written


def values(
    cursor: Cursor, trait: Trait, around: Around, now: datetime, *, scope: Scope = None, most: int | None = None
) -> pa.Table:
    """Ask what a trait comes to. Shape: profile_id, said, number, day. With `most`, so many people."""
    query = compiling.select(trait, around, scope)
    if most is not None:
        query = exp.select("*").from_(query.subquery("found")).order_by(PROFILE).limit(most)
    names = {found.name for found in query.find_all(exp.Placeholder)}
    bound = bind(names, now=now, before=now, zones=around.zone_list)
    text = query.sql(dialect="duckdb")
    found = cursor.sql(text, params=bound) if bound else cursor.sql(text)
    return found.to_arrow_table()
