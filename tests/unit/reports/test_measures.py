from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from comptoir.reports import measures
from comptoir.reports.measures import Cell
from comptoir.reports.rows import frozen_days, frozen_measures
from comptoir.state.base import State
from tests.stores import new_state

NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
WINDOW = 7


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = new_state(tmp_path / "state.db")
    yield made
    made.close()


def cell(day: int, measure: str = "sent", currency: str = "") -> Cell:
    return Cell("basket", 1, "mail", "b", date(2026, 3, day), measure, currency)


def test_a_day_is_closed_when_its_window_is_over_everywhere(state: State) -> None:
    found = {cell(22): 5, cell(23): 6, cell(30): 7}
    with state.write() as connection:
        assert measures.freeze(connection, found, now=NOW, window_days=WINDOW) == 1

        kept = measures.kept(connection)

    assert kept.closed_until == date(2026, 3, 23)
    assert kept.values == {cell(22): 5}
    assert measures.together(kept, found) == found


def test_what_was_said_of_a_closed_day_stays_said_and_a_restatement_stands_beside_it(state: State) -> None:
    with state.write() as connection:
        measures.freeze(connection, {cell(1): 5, cell(2): 1}, now=NOW, window_days=WINDOW)
        before = _rows(connection)

        later = NOW + timedelta(days=1)
        measures.freeze(connection, {cell(1): 8, cell(3): 2}, now=later, window_days=WINDOW)

        after = _rows(connection)
        assert after[: len(before)] == before
        assert measures.kept(connection).values == {cell(1): 8, cell(3): 2}
        assert measures.kept(connection).restated == {cell(1): 3, cell(2): -1, cell(3): 2}
        assert measures.kept(connection, as_of=NOW).values == {cell(1): 5, cell(2): 1}


def test_a_change_between_two_nights_does_not_show_in_a_closed_day(state: State) -> None:
    with state.write() as connection:
        measures.freeze(connection, {cell(1): 5}, now=NOW, window_days=WINDOW)
        kept = measures.kept(connection)

    assert measures.together(kept, {cell(1): 999, cell(29): 3}) == {cell(1): 5, cell(29): 3}


def test_freezing_twice_writes_once(state: State) -> None:
    with state.write() as connection:
        measures.freeze(connection, {cell(1): 5}, now=NOW, window_days=WINDOW)
        assert measures.freeze(connection, {cell(1): 5}, now=NOW, window_days=WINDOW) == 0
        days = connection.execute(select(frozen_days.c.day)).scalars().all()
    assert len(days) == len(set(days))


def test_a_square_that_outgrows_64_bits_is_kept_exactly(state: State) -> None:
    large = {cell(1, "squares:treated", "EUR"): 10**30 + 1}
    with state.write() as connection:
        measures.freeze(connection, large, now=NOW, window_days=WINDOW)
        assert measures.kept(connection).values == large


Nights = st.lists(st.dictionaries(st.integers(1, 28), st.integers(0, 9), max_size=6), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(Nights)
def test_frozen_and_restated_together_are_always_the_latest_truth(state: State, nights: list[dict[int, int]]) -> None:
    with state.engine.connect() as connection:
        transaction = connection.begin()
        for number, night in enumerate(nights):
            now = NOW + timedelta(days=number)
            found = {cell(day): value for day, value in night.items()}
            measures.freeze(connection, found, now=now, window_days=WINDOW)
            kept = measures.kept(connection)
            closed = {one: value for one, value in found.items() if value and one.day < kept.closed_until}
            assert kept.values == closed
        transaction.rollback()


def _rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(select(frozen_measures).order_by(frozen_measures.c.seq))]
