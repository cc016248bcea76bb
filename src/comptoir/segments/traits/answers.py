"""Questions about computed traits, as screens, the API and the command line put them to the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.segments.asked import Around
from comptoir.segments.traits import keep
from comptoir.segments.traits.definition import read
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_PREVIEWED = 10
_PEOPLE = pa.schema([
    ("profile_id", pa.string()), ("said", pa.list_(pa.string())), ("number", pa.string()), ("day", pa.date32()),
])  # fmt: skip
_SIZES = pa.schema([("trait", pa.string()), ("people", pa.int64()), ("as_of", pa.int64())])
_OWN = pa.schema([("trait", pa.string()), ("said", pa.list_(pa.string())), ("as_of", pa.int64())])


class BadTraitQuestion(ComptoirError, ValueError):
    """Computed traits are not asked so."""

    code, status = "bad_trait_question", 400
    hint = "Ask with `do` one of preview, sizes, of_person."


def answer(cursor: Cursor, around: Around, request: Mapping[str, Any], *, now: datetime) -> pa.Table:
    """
    Answer `do`: preview, sizes or of_person.

    Shape: preview profile_id, said, number, day; sizes trait, people, as_of; of_person trait, said, as_of. Units:
    `as_of` microseconds since 1970. Raises: BadTrait, BadTraitQuestion.
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
    del around, request, now
    rows = load(_PACKAGE, "traits_sizes").run(cursor).fetchall()
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


_DOES: Mapping[str, Callable[[Cursor, Around, Mapping[str, Any], datetime], pa.Table]] = {
    "preview": _preview, "sizes": _sizes, "of_person": _of_person,
}  # fmt: skip
