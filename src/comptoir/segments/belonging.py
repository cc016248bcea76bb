"""
Who belongs to what, kept in memory beside `fact.memberships`: a tick asks of a thousand people among millions of rows.

It takes a bit a person and segment. The table is the truth: it is read once when an engine starts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.segments"
_HASH = pa.uint64()
_AT_ONCE = 1_000_000
"""Rows of the table that are taken in at once."""
_LATE = 20_000
"""Newcomers up to which they are looked for by themselves, and not sorted in among the others."""
Truth = NDArray[np.bool_]


class _Waiting(NamedTuple):
    """What a tick changed, which counts once a later tick comes. Shape: segment, profile_hash."""

    tick_id: int
    forgotten: Collection[str]
    exited: pa.Table
    entered: pa.Table


@dataclass(slots=True)
class Belonging:
    """
    Who belongs to which segment, as of the last tick that was committed.

    A tick cannot know whether its transaction will be committed, so that what it changes waits here. The next tick can:
    ticks follow each other, and one whose transaction was taken back comes again under its own number.
    """

    _hashes: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    """People, in the order of their rows up to the newcomers. Order: ascending."""
    _late: dict[int, int] = field(default_factory=dict)
    """Newcomers, with their rows."""
    _bits: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 1), np.uint8))
    """A row a person, a bit a segment."""
    _columns: dict[str, int] = field(default_factory=dict)
    _waiting: _Waiting | None = None
    _is_loaded: bool = False

    def begin(self, cursor: Cursor, tick_id: int) -> None:
        """Stand as of the tick before this one."""
        if not self._is_loaded:
            self._load(cursor)
            self._is_loaded = True
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.tick_id == tick_id:
            return
        self._forget(waiting.forgotten)
        self._write(waiting.exited, belongs=False)
        self._write(waiting.entered, belongs=True)

    def wait(
        self, cursor: Cursor, tick_id: int, *, forgotten: Collection[str], exited: Sequence[pa.Table],
        entered: Sequence[pa.Table],
    ) -> None:  # fmt: skip
        """Keep what a tick changes until it is known that it was committed. Shape: segment, profile_id."""
        if sum(map(len, (*exited, *entered))) > _AT_ONCE:
            self._is_loaded = False  # so many that it is quicker to read the table again
            return
        self._waiting = _Waiting(tick_id, forgotten, _hashed(cursor, exited), _hashed(cursor, entered))

    def standing(self, people: NDArray[np.uint64], segments: Iterable[str]) -> dict[str, Truth]:
        """Say which of some people belong to each segment."""
        rows = self._rows_of(people)
        known = rows >= 0
        bits = np.zeros((len(people), self._bits.shape[1]), np.uint8)
        bits[known] = self._bits[rows[known]]
        columns = {segment: self._columns[segment] for segment in segments if segment in self._columns}
        return {segment: bits[:, at >> 3] & (1 << (at & 7)) != 0 for segment, at in columns.items()}

    def _load(self, cursor: Cursor) -> None:
        people = load(_PACKAGE, "belonging_people").table(cursor)["profile_hash"].to_numpy()
        self._hashes, self._late, self._columns = people, {}, {}
        self._bits = np.zeros((len(people), 1), np.uint8)
        places = pa.array(np.arange(len(people), dtype=np.int32))
        cursor.register("numbered", pa.table({"profile_hash": pa.array(people, _HASH), "place": places}))
        for batch in load(_PACKAGE, "belonging_rows").batches(cursor, _AT_ONCE):
            self._set(batch.column("segment"), batch.column("place").to_numpy(), belongs=True)

    def _forget(self, segments: Collection[str]) -> None:
        for segment in segments:
            column = self._columns.get(segment)
            if column is not None:
                self._bits[:, column >> 3] &= 0xFF ^ (1 << (column & 7))

    def _write(self, moved: pa.Table, *, belongs: bool) -> None:
        if len(moved):
            people = moved["profile_hash"].to_numpy()
            self._add(people[self._rows_of(people) < 0])
            self._set(moved["segment"].combine_chunks(), self._rows_of(people), belongs=belongs)

    def _set(self, segments: pa.Array, rows: NDArray[np.int32], *, belongs: bool) -> None:
        coded = segments.dictionary_encode()
        columns = np.array([self._column(one) for one in coded.dictionary.to_pylist()], np.int64)
        column = columns[coded.indices.to_numpy()]
        bit = np.left_shift(1, column & 7).astype(np.uint8)
        if belongs:
            np.bitwise_or.at(self._bits, (rows, column >> 3), bit)
        else:
            np.bitwise_and.at(self._bits, (rows, column >> 3), ~bit)

    def _column(self, segment: str) -> int:
        column = self._columns.setdefault(segment, len(self._columns))
        if column >> 3 >= self._bits.shape[1]:
            self._bits = np.pad(self._bits, ((0, 0), (0, self._bits.shape[1])))
        return column

    def _rows_of(self, people: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Give the row of each person; −1 where there is none."""
        found = np.full(len(people), -1, np.int32)
        if len(self._hashes):
            at = np.minimum(np.searchsorted(self._hashes, people), len(self._hashes) - 1)
            is_known = self._hashes[at] == people
            found[is_known] = at[is_known]
        if self._late:
            for place in np.flatnonzero(found < 0).tolist():
                found[place] = self._late.get(int(people[place]), -1)
        return found

    def _add(self, people: NDArray[np.uint64]) -> None:
        fresh = np.unique(people)
        if not len(fresh):
            return
        first = len(self._hashes) + len(self._late)
        self._late |= dict(zip(fresh.tolist(), range(first, first + len(fresh)), strict=True))
        room = first + len(fresh) - len(self._bits)
        if room > 0:
            self._bits = np.pad(self._bits, ((0, max(room, len(self._bits) // 8)), (0, 0)))
        if len(self._late) > _LATE:
            self._sort_in()

    def _sort_in(self) -> None:
        people = np.concatenate([self._hashes, np.fromiter(self._late, np.uint64, len(self._late))])
        order = np.argsort(people)
        self._hashes, self._bits, self._late = people[order], self._bits[order], {}


def _hashed(cursor: Cursor, moves: Sequence[pa.Table]) -> pa.Table:
    if not moves:
        return pa.table({"segment": pa.array([], pa.string()), "profile_hash": pa.array([], _HASH)})
    cursor.register("moving", pa.concat_tables(moves).select(["segment", "profile_id"]))
    return load(_PACKAGE, "moving_hashes").table(cursor)
