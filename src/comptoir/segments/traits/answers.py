"""Questions about computed traits, as screens, the API and the command line put them to the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from sqlglot import exp

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.segments.asked import PROFILE, Around
from comptoir.segments.traits import keep
from comptoir.segments.traits.definition import read
from comptoir.segments.traits.spread import SPREAD, spread, values
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_PREVIEWED = 10
_PEOPLE = pa.schema([
    ("profile_id", pa.string()), ("said", pa.list_(pa.string())), ("number", pa.string()), ("day", pa.date32()),
])  # fmt: skip
_SIZES = pa.schema([("trait", pa.string()), ("people", pa.int64()), ("as_of", pa.int64())])
_OWN = pa.schema([("trait", pa.string()), ("said", pa.list_(pa.string())), ("as_of", pa.int64())])
_MANY = pa.schema([("trait", pa.string()), *_PEOPLE])
_MOST_PEOPLE = 10_000


class BadTraitQuestion(ComptoirError, ValueError):
    """Computed traits are not asked so."""

    code, status = "bad_trait_question", 400
    hint = "Ask with `do` one of preview, sizes, spread, people, of_people, of_person."


def answer(cursor: Cursor, around: Around, request: Mapping[str, Any], *, now: datetime) -> pa.Table:
    """
    Answer `do`: preview, sizes, spread, people, of_people or of_person. With `brands` only of who has to do with them.

    Shape: preview and people profile_id, said, number, day; of_people those of each trait; sizes trait, people, as_of;
    spread as `spread.SPREAD`; of_person trait, said, as_of. Units: `as_of` microseconds since 1970.
    Raises: BadTrait, BadTraitQuestion.
    """
    do = _DOES.get(str(request.get("do")))
    if do is None:
        raise BadTraitQuestion(do=request.get("do"))
    return do(cursor, around, request, now)


def _preview(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    """Compute a definition for some people without keeping anything."""
    most = min(int(request.get("most", _PREVIEWED)), 1_000)
    trait = read(str(request["definition"]))
    brands: Collection[str] = request.get("brands") or ()
    if trait.brand is None and len(brands) == 1:
        around = replace(around, brand=next(iter(brands)))
    found = keep.values(cursor, trait, around, now, most=most)
    return found.set_column(2, "number", found["number"].cast(pa.string())).cast(_PEOPLE)


def _sizes(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    del around, now
    rows = load(_PACKAGE, "traits_sizes").run(cursor).fetchall()
    if brands := _brands(request):
        rows = [(key, _number(cursor, values(key, brands)), at) for key, _, at in rows]
    return pa.Table.from_pylist(
        [{"trait": key, "people": people, "as_of": micros(at.replace(tzinfo=UTC))} for key, people, at in rows],
        schema=_SIZES,
    )


def _of_person(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    del around, now
    rows = load(_PACKAGE, "traits_of").run(cursor, profile_id=str(request["profile_id"])).fetchall()
    return pa.Table.from_pylist(
        [{"trait": key, "said": said, "as_of": micros(at.replace(tzinfo=UTC))} for key, said, at in rows], schema=_OWN
    )


def _number(cursor: Cursor, kept: exp.Select) -> int:
    counted = exp.select(exp.Count(this=exp.Star())).from_(kept.subquery("kept"))
    ((found,),) = cursor.sql(counted.sql(dialect="duckdb")).fetchall()
    return int(found)


def _brands(request: Mapping[str, Any]) -> list[str]:
    return [str(one) for one in request.get("brands") or ()]


def _spread(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    """Say how people are spread over some traits."""
    del around, now
    rows = [row for key in request["traits"] for row in spread(cursor, str(key), _brands(request))]
    return pa.Table.from_pylist(rows, schema=SPREAD)


def _people(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    """Give some who have a trait. Order: as a hash throws them, the same as long as they are the same people."""
    del around, now
    most = min(int(request.get("most", _PREVIEWED)), 1_000)
    kept = values(str(request["trait"]), _brands(request)).subquery("kept")
    query = exp.select(PROFILE, "said", exp.cast(exp.column("number"), "VARCHAR"), "day").from_(kept)
    query = query.order_by(exp.func("md5", exp.column(PROFILE))).limit(most)
    return cursor.sql(query.sql(dialect="duckdb")).to_arrow_table().rename_columns(_PEOPLE.names).cast(_PEOPLE)


def _of_people(cursor: Cursor, around: Around, request: Mapping[str, Any], now: datetime) -> pa.Table:
    """Give what some traits come to for people who are named: the asker may see them, or would not know their names."""
    del around, now
    named = [str(one) for one in request["profile_ids"]][:_MOST_PEOPLE]
    found = load(_PACKAGE, "traits_of_people").table(
        cursor, traits=[str(one) for one in request["traits"]], profile_ids=named
    )
    return found.cast(_MANY)


_DOES: Mapping[str, Callable[[Cursor, Around, Mapping[str, Any], datetime], pa.Table]] = {
    "preview": _preview, "sizes": _sizes, "spread": _spread, "people": _people, "of_people": _of_people,
    "of_person": _of_person,
}  # fmt: skip
