"""What every spool promises, run on each one there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.spool.base import Parcel, Spool
from comptoir.spool.sqlite import SqliteSpool

Open = Callable[[Path], Spool]


@pytest.fixture(params=[SqliteSpool], ids=["sqlite"])
def open_spool(request: pytest.FixtureRequest) -> Open:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def spool(open_spool: Open, tmp_path: Path) -> Spool:
    return open_spool(tmp_path / "spool.db")


def parcel(*lines: bytes, urgent: bool = False) -> Parcel:
    return Parcel(b"\n".join(lines), len(lines), urgent)


def test_an_empty_spool_has_nothing_to_read(spool: Spool) -> None:
    stretch = spool.read(0, 10)

    assert (stretch.first, stretch.end, stretch.lines) == (0, 0, [])
    assert spool.head() == 0
    assert spool.urgent_after(0) == []


def test_what_was_appended_is_read_back_in_order(spool: Spool) -> None:
    assert spool.append([parcel(b"a", b"b"), parcel(b"c")]) == 3
    assert spool.append([parcel(b"d")]) == 4

    stretch = spool.read(0, 100)

    assert (stretch.first, stretch.end, stretch.lines) == (0, 4, [b"a", b"b", b"c", b"d"])


def test_a_stretch_never_splits_a_parcel_and_holds_at_least_one(spool: Spool) -> None:
    spool.append([parcel(b"a", b"b", b"c"), parcel(b"d"), parcel(b"e")])

    assert spool.read(0, 1).lines == [b"a", b"b", b"c"]
    assert spool.read(0, 4).end == 4
    assert spool.read(3, 1).lines == [b"d"]


def test_nothing_to_append_moves_nothing(spool: Spool) -> None:
    spool.append([parcel(b"a")])

    assert spool.append([]) == 1
    assert spool.read(0, 9).lines == [b"a"]


def test_only_urgent_parcels_are_urgent(spool: Spool) -> None:
    spool.append([parcel(b"a"), parcel(b"b", b"c", urgent=True), parcel(b"d")])
    spool.append([parcel(b"e", urgent=True)])

    assert spool.urgent_after(0) == [b"b", b"c", b"e"]
    assert spool.urgent_after(4) == [b"e"]
    assert spool.urgent_after(5) == []


def test_the_head_survives_what_is_forgotten(spool: Spool, open_spool: Open, tmp_path: Path) -> None:
    spool.append([parcel(b"a", b"b"), parcel(b"c"), parcel(b"d")])

    spool.forget(3)
    spool.close()
    again = open_spool(tmp_path / "spool.db")

    assert again.head() == 4
    assert again.read(0, 9).first == 3
    assert again.read(3, 9).lines == [b"d"]


def test_forgetting_everything_keeps_counting_where_it_stood(spool: Spool, open_spool: Open, tmp_path: Path) -> None:
    spool.append([parcel(b"a"), parcel(b"b")])

    spool.forget(2)
    spool.close()
    again = open_spool(tmp_path / "spool.db")

    assert again.append([parcel(b"c")]) == 3
    assert again.read(2, 9).lines == [b"c"]


def test_a_parcel_that_is_not_wholly_before_the_mark_is_kept(spool: Spool) -> None:
    spool.append([parcel(b"a", b"b", b"c"), parcel(b"d")])

    spool.forget(2)

    assert spool.read(0, 9).lines == [b"a", b"b", b"c", b"d"]


def test_two_writers_in_turn_share_one_count(open_spool: Open, tmp_path: Path) -> None:
    first, second = open_spool(tmp_path / "spool.db"), open_spool(tmp_path / "spool.db")

    assert first.append([parcel(b"a")]) == 1
    assert second.append([parcel(b"b")]) == 2
    assert first.append([parcel(b"c")]) == 3
    assert second.append([parcel(b"d"), parcel(b"e")]) == 5

    assert first.read(0, 9).lines == [b"a", b"b", b"c", b"d", b"e"]


def test_a_reader_sees_what_another_has_written(spool: Spool, tmp_path: Path) -> None:
    reader = SqliteSpool(tmp_path / "spool.db", read_only=True)
    spool.append([parcel(b"a")])

    assert reader.head() == 1
    assert reader.read(0, 9).lines == [b"a"]


def test_a_reader_of_a_spool_that_is_not_there_yet_sees_an_empty_one(tmp_path: Path) -> None:
    reader = SqliteSpool(tmp_path / "later.db", read_only=True)

    assert reader.head() == 0
    assert reader.read(0, 9).lines == []
    assert not (tmp_path / "later.db").exists()
    SqliteSpool(tmp_path / "later.db").append([parcel(b"a")])
    assert reader.read(0, 9).lines == [b"a"]


_LINE = st.binary(min_size=1, max_size=60).filter(lambda line: b"\n" not in line)
_PARCEL = st.builds(
    lambda lines, urgent: parcel(*lines, urgent=urgent), st.lists(_LINE, min_size=1, max_size=5), st.booleans()
)


@given(groups=st.lists(st.lists(_PARCEL, max_size=5), max_size=6), most=st.integers(1, 8))
def test_reading_in_any_portions_gives_every_byte_back(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[Parcel]], most: int
) -> None:
    spool = SqliteSpool(tmp_path_factory.mktemp("spool") / "spool.db")
    expected = [line for group in groups for one in group for line in one.lines.split(b"\n")]

    for group in groups:
        spool.append(group)
    got: list[bytes] = []
    at = 0
    while (stretch := spool.read(at, most)).lines:
        assert (stretch.first, stretch.end) == (at, at + len(stretch.lines))
        got += stretch.lines
        at = stretch.end
    spool.close()

    assert got == expected
    assert at == len(expected)
