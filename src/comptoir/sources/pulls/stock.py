"""Stock of places that do not say when it changed: all of it is read, and what differs from the last run is told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from comptoir.sources.pulls import tables
from comptoir.sources.pulls.base import Batch, PlaceStrange, Stream
from comptoir.sources.pulls.shop import amount

STOCK: Final = Stream(name="stock", kind="stock", columns=("product_id", "variant_id", "stock", "occurred_at"))
AT_ONCE = 10_000
_MARK = "\t"
"""Rows of a batch: after each, the known counts are written down, so that a run that dies goes on from there."""


class Count(NamedTuple):
    """How many there are of a product or variant."""

    product_id: str
    variant_id: str
    """Empty for all variants together."""
    number: Decimal


def summed(counts: Iterable[Count]) -> dict[str, Decimal]:
    """Add up what several shops of one house say of the same thing. Shape: product, or both with a mark between."""
    found: dict[str, Decimal] = {}
    for one in counts:
        key = f"{one.product_id}{_MARK}{one.variant_id}" if one.variant_id else one.product_id
        found[key] = found.get(key, Decimal(0)) + one.number
    return found


def batches(work: Path, counts: Mapping[str, Decimal], since: str, now: datetime) -> Iterator[Batch]:
    """
    Make batches of what differs from the counts that the last run knew; what is gone is counted none.

    The cursor is what is known: a count that comes back to an earlier one is another row, as it bears another moment.
    """
    known = _known(since)
    wanted = dict.fromkeys(known, Decimal(0)) | dict(counts)
    news = sorted((key, count) for key, count in wanted.items() if known.get(key) != count)
    for start in range(0, len(news), AT_ONCE):
        part = news[start : start + AT_ONCE]
        known |= dict(part)
        path = tables.write(work / f"stock-{start}.jsonl", STOCK.columns, [_row(*one, now) for one in part])
        left = {key: count for key, count in known.items() if key in counts or count}
        yield Batch(path=path, name=STOCK.name, cursor=_written(left), done=start + len(part), whole=len(news))


def _row(key: str, number: Decimal, now: datetime) -> tables.Row:
    product_id, _, variant_id = key.partition(_MARK)
    return {"product_id": product_id, "variant_id": variant_id or None, "stock": number, "occurred_at": now}


def _known(cursor: str) -> dict[str, Decimal]:
    if not cursor:
        return {}
    try:
        return {key: amount(said) for key, said in msgspec.json.decode(cursor, type=dict[str, str]).items()}
    except msgspec.MsgspecError as error:
        raise PlaceStrange(why="the known counts of the last run cannot be read") from error


def _written(known: Mapping[str, Decimal]) -> str:
    return msgspec.json.encode({key: format(number.normalize(), "f") for key, number in known.items()}).decode()
