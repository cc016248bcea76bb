from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.segments import belonging as rooms
from comptoir.segments.belonging import Belonging
from comptoir.segments.changes import Changes, forget, moves, sort, stretches
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

AT = datetime(2026, 3, 1)
PEOPLE = [f"p{number}" for number in range(12)]
SEGMENTS = [f"s{number}" for number in range(19)]
"""More than one and two bytes hold."""
TICKS = st.lists(
    st.tuples(
        st.sets(st.tuples(st.sampled_from(SEGMENTS), st.sampled_from(PEOPLE)), max_size=30),
        st.sets(st.sampled_from(SEGMENTS), max_size=2),
        st.booleans(),
    ),
    max_size=8,
)
"""Who moves in or out, which segments are forgotten, and whether the tick is committed the first time."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckdbWarehouse]:
    made = open_warehouse(Path(tmp_path_factory.mktemp("belonging")) / "warehouse.duckdb")
    yield made
    made.close()


def members(cursor: Cursor) -> set[tuple[str, str]]:
    return set(cursor.execute("SELECT segment, profile_id FROM fact.memberships").fetchall())


def said(kept: Belonging, cursor: Cursor) -> set[tuple[str, str]]:
    hashes = [cursor.execute("SELECT md5_number_lower(?)", [one]).fetchall() for one in PEOPLE]
    found = kept.standing(np.array([one for ((one,),) in hashes], np.uint64), SEGMENTS)
    return {(segment, PEOPLE[at]) for segment, truth in found.items() for at in np.flatnonzero(truth)}


def tick(cursor: Cursor, kept: Belonging, number: int, flips: set[tuple[str, str]], gone: set[str]) -> None:
    kept.begin(cursor, number)
    forget(cursor, gone)
    before = members(cursor)
    assert said(kept, cursor) - {one for one in said(kept, cursor) if one[0] in gone} == before
    found = Changes()
    for into, some in ((found.exited, flips & before), (found.entered, flips - before)):
        if some:
            into.append(moves((segment, profile, AT, True) for segment, profile in sorted(some)))
    found.write(cursor, tick_id=number, now=AT)
    kept.wait(cursor, number, forgotten=gone, exited=found.exited, entered=found.entered)


@given(ticks=TICKS, late=st.sampled_from([1, 20_000]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_is_what_the_table_says_whatever_is_taken_back(
    ticks: list[tuple[set[tuple[str, str]], set[str], bool]],
    late: int,
    warehouse: DuckdbWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rooms, "_LATE", late)
    with warehouse.transaction() as cursor:
        cursor.execute("DELETE FROM fact.memberships")
    kept = Belonging()
    for number, (flips, gone, is_committed) in enumerate(ticks, start=1):
        if not is_committed:  # it comes again under its own number, and may find other lines
            with warehouse.cursor() as cursor:
                cursor.execute("BEGIN")
                tick(cursor, kept, number, set(sorted(flips)[1:]) | {("s3", "p3")}, gone)
                cursor.execute("ROLLBACK")
        with warehouse.transaction() as cursor:
            tick(cursor, kept, number, flips, gone)

    with warehouse.cursor() as cursor:
        kept.begin(cursor, len(ticks) + 1)
        fresh = Belonging()
        fresh.begin(cursor, 1)
        assert said(kept, cursor) == said(fresh, cursor) == members(cursor)


def test_the_night_writes_each_person_s_segments_together_and_changes_nothing(warehouse: DuckdbWarehouse) -> None:
    rows = [(segment, f"p{number}", AT, True) for segment in SEGMENTS[:5] for number in range(200)]
    with warehouse.transaction() as cursor:
        cursor.execute("DELETE FROM fact.memberships")
        found = Changes(entered=[moves(rows)])
        found.write(cursor, tick_id=1, now=AT)
        before = members(cursor)
        parts = stretches(cursor, 300)

        for low, high in parts:
            sort(cursor, low, high)

        assert len(parts) == 4
        assert members(cursor) == before
        assert len(before) == 1_000
        kept = cursor.execute("SELECT profile_hash FROM fact.memberships ORDER BY rowid").fetchall()
        assert kept == sorted(kept)
        assert [low for low, _ in parts] == [0, *(high + 1 for _, high in parts[:-1])]
        assert parts[-1][1] == 2**64 - 1
        cursor.execute("DELETE FROM fact.memberships")
        assert stretches(cursor) == []
