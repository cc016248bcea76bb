"""Bytes that changed at rest are noticed, and never given back as data."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from comptoir.errors import ComptoirError, SpoolDamaged, StoreUnavailable
from comptoir.spool import wal
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool

LINES = [f'{{"v":1,"message_id":"m{number}"}}'.encode() for number in range(60)]


def fill(path: Path, *, checkpoint: bool) -> None:
    """Write 60 lines in 20 commits; with `checkpoint` they lie in the file, else in the log, as after a crash."""
    spool = SqliteSpool(path)
    for at in range(0, 60, 3):
        spool.append([Parcel(b"\n".join(LINES[at : at + 3]), 3, urgent=at % 6 == 0)])
    if checkpoint:
        spool.close()
        return
    log = path.with_name(path.name + "-wal").read_bytes()
    main = path.read_bytes()
    spool.close()
    path.write_bytes(main)
    path.with_name(path.name + "-wal").write_bytes(log)


def read_all(path: Path) -> list[bytes]:
    spool = SqliteSpool(path)
    try:
        stretch = spool.read(0, 1_000)
        if spool.head() != stretch.end:
            raise SpoolDamaged(head=spool.head(), end=stretch.end)
        return stretch.lines
    finally:
        spool.close()


def test_a_changed_row_is_refused(tmp_path: Path) -> None:
    for column, value in [("lines", b"x\nx\nx"), ("count", 4), ("urgent", 1), ("checksum", 5), ("first", 4)]:
        path = tmp_path / f"{column}.db"
        fill(path, checkpoint=True)
        with sqlite3.connect(path) as raw:
            raw.execute(f"UPDATE parcels SET {column} = ? WHERE first = 3", (value,))
        raw.close()

        with pytest.raises(SpoolDamaged):
            read_all(path)


def test_a_missing_row_is_noticed_in_the_middle_and_at_the_end(tmp_path: Path) -> None:
    for first in (6, 57):
        path = tmp_path / f"{first}.db"
        fill(path, checkpoint=True)
        with sqlite3.connect(path) as raw:
            raw.execute("DELETE FROM parcels WHERE first = ?", (first,))
        raw.close()

        with pytest.raises(SpoolDamaged):
            read_all(path)


@pytest.mark.parametrize("part", range(8))
def test_a_flipped_bit_of_the_file_is_never_given_back_as_data(tmp_path: Path, part: int) -> None:
    path = tmp_path / "spool.db"
    fill(path, checkpoint=True)
    sound = path.read_bytes()
    draw = random.Random(part)

    for _ in range(60):
        at = draw.randrange(len(sound))
        flipped = bytearray(sound)
        flipped[at] ^= 1 << draw.randrange(8)
        for beside in tmp_path.glob("spool.db-*"):
            beside.unlink()
        path.write_bytes(flipped)
        try:
            got = read_all(path)
        except ComptoirError:
            continue
        assert got == LINES, f"byte {at} of {len(sound)}"


@pytest.mark.parametrize("part", range(4))
def test_a_flipped_bit_of_the_log_drops_at_most_the_last_commit(tmp_path: Path, part: int) -> None:
    path = tmp_path / "spool.db"
    fill(path, checkpoint=False)
    log = path.with_name("spool.db-wal")
    sound_main, sound = path.read_bytes(), log.read_bytes()
    draw = random.Random(part)
    noticed = 0

    for _ in range(40):
        at = draw.randrange(len(sound))
        flipped = bytearray(sound)
        flipped[at] ^= 1 << draw.randrange(8)
        for beside in tmp_path.glob("spool.db-*"):
            beside.unlink()
        path.write_bytes(sound_main)
        log.write_bytes(flipped)
        try:
            got = read_all(path)
        except SpoolDamaged:
            noticed += 1
            continue
        # Only the end of the last commits cannot be told from a torn write; what is left is whole and in order.
        assert got == LINES[: len(got)]
        assert len(got) >= len(LINES) - 6, f"byte {at} of {len(sound)}"
    assert noticed > 20


def test_a_log_that_lost_its_end_gives_back_whole_commits(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    fill(path, checkpoint=False)
    log = path.with_name("spool.db-wal")
    main, sound = path.read_bytes(), log.read_bytes()

    for size in range(len(sound), len(sound) // 2, -1_013):
        for beside in tmp_path.glob("spool.db-*"):
            beside.unlink()
        path.write_bytes(main)
        log.write_bytes(sound[:size])

        got = read_all(path)

        assert got == LINES[: len(got)]
        assert len(got) % 3 == 0


def test_a_log_in_use_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "spool.db"
    spool = SqliteSpool(path)
    for number in range(1_200):
        spool.append([Parcel(b"x" * 300, 1)])
        if number % 500 == 0:
            wal.check(path)

    SqliteSpool(path).close()
    assert spool.head() == 1_200


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "spool.db").mkdir()

    with pytest.raises(StoreUnavailable):
        SqliteSpool(tmp_path / "spool.db")


def test_a_proof_that_the_spool_can_be_written_writes(tmp_path: Path) -> None:
    spool = SqliteSpool(tmp_path / "spool.db")
    before = (tmp_path / "spool.db-wal").stat().st_size

    spool.append([])

    assert (tmp_path / "spool.db-wal").stat().st_size > before


def test_a_file_that_is_no_spool_is_damage(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"not a database, though long enough to be asked " * 100)

    with pytest.raises(SpoolDamaged):
        SqliteSpool(tmp_path / "spool.db")
