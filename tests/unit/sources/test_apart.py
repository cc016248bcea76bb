from __future__ import annotations

import pickle
from pathlib import Path
from typing import NoReturn

import pytest

from comptoir.errors import ComptoirError
from comptoir.sources import apart, intake, mapping
from comptoir.sources.base import ColumnMissing
from comptoir.sources.shape import Run
from comptoir.spool.sqlite import SqliteSpool

RUN = Run(import_id="import-1", source="shop", brand="main", now_micros=1_795_000_000_000_000)
ORDERS = mapping.parse("""\
kind: orders
currency: EUR
fields: {order_id: order, product_id: sku, quantity: qty, unit_price: price, occurred_at: at, user_id: customer}
""")
HEAD = "order,sku,qty,price,at,customer\n"


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    lines = [f"A{number},P{number % 7},2,9.99,2026-11-01 10:00:00,{number % 50}\n" for number in range(3_000)]
    lines[17] = "A17,P3,many,9.99,2026-11-01 10:00:00,7\n"
    path.write_text(HEAD + "".join(lines))
    return path


def test_another_process_reads_the_same_lines_as_ours(rows: Path, tmp_path: Path) -> None:
    ours, theirs = SqliteSpool(tmp_path / "ours.db"), SqliteSpool(tmp_path / "theirs.db")
    told: list[Path] = []

    here = intake.take_in([rows], ORDERS, ours, RUN)
    there = apart.take_in([rows], ORDERS, theirs.path, RUN, progress=lambda path, _: told.append(path))

    assert there == here
    assert (there.accepted, there.refused) == (2_999, 1)
    assert theirs.read(0, 5_000).lines == ours.read(0, 5_000).lines
    assert set(told) == {rows}
    ours.close()
    theirs.close()


def test_what_is_wrong_with_a_file_is_told_as_if_it_had_been_read_here(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("order,sku\nA1,P1\n")

    with pytest.raises(ColumnMissing) as here:
        intake.take_in([path], ORDERS, SqliteSpool(tmp_path / "ours.db"), RUN)
    with pytest.raises(ColumnMissing) as there:
        apart.take_in([path], ORDERS, tmp_path / "theirs.db", RUN)

    assert str(there.value) == str(here.value)
    assert there.value.facts == here.value.facts


def test_who_watches_may_stop_it(rows: Path, tmp_path: Path) -> None:
    def stop(_path: Path, _position: int) -> NoReturn:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apart.take_in([rows], ORDERS, tmp_path / "theirs.db", RUN, progress=stop)


def test_a_reader_that_dies_is_no_file_that_ended(rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a mapping that kills whoever unpacks it stands for the machine that runs out of memory
    monkeypatch.setattr(type(ORDERS), "__reduce__", lambda _self: (_die, ()), raising=False)

    with pytest.raises(apart.IntakeStopped) as error:
        apart.take_in([rows], ORDERS, tmp_path / "theirs.db", RUN)

    assert error.value.facts == {"exit_code": 9}


def _die() -> NoReturn:
    import os

    os._exit(9)


def test_small_files_are_read_here_and_large_ones_apart(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_bytes(b"x" * 100)
    large.write_bytes(b"x" * apart.LARGE_BYTES)

    assert not apart.is_worth_it([small])
    assert apart.is_worth_it([small, large])


@pytest.mark.parametrize("error", [apart.IntakeStopped(exit_code=-9), ColumnMissing(column="a", there=["b"])])
def test_an_error_goes_from_one_process_to_another_with_its_facts(error: ComptoirError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert (type(again), again.facts, str(again)) == (type(error), error.facts, str(error))
