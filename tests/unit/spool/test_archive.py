"""The archive: every line once, by day, byte for byte, or an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comptoir.clock import micros
from comptoir.model.event import ENVELOPE_VERSION, Line, encode
from comptoir.model.tick import Tick
from comptoir.spool import archive
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool

NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


def _spool(path: Path, count: int) -> tuple[SqliteSpool, list[bytes]]:
    lines = [
        encode(
            Line(
                v=ENVELOPE_VERSION,
                type="track",
                name="é",
                source="web",
                brand="main",
                message_id=str(number),
                received_at=micros(NOW + timedelta(minutes=number)),
            )
        )
        for number in range(count)
    ]
    spool = SqliteSpool(path)
    for start in range(0, count, 7):
        part = lines[start : start + 7]
        spool.append([Parcel(lines=b"\n".join(part), count=len(part))])
    return spool, lines


def _tick(first: int, after: int) -> Tick:
    return Tick(tick_id=first + 1, spool="front", from_offset=first, to_offset=after, now=NOW)


def test_lines_come_back_as_they_were_and_lie_by_the_day_they_came(tmp_path: Path) -> None:
    spool, lines = _spool(tmp_path / "front.db", 70)

    after = archive.write(tmp_path / "archive", "front", spool, [_tick(0, 35), _tick(35, 70)])

    assert after == 70
    assert [text for _, text in archive.read(tmp_path / "archive", "front", 0, 70)] == lines
    assert [place for place, _ in archive.read(tmp_path / "archive", "front", 20, 40)] == list(range(20, 40))
    days = sorted(folder.name for folder in (tmp_path / "archive").iterdir())
    assert days == ["day=2026-11-21", "day=2026-11-22"]


def test_archiving_a_stretch_twice_changes_nothing(tmp_path: Path) -> None:
    spool, lines = _spool(tmp_path / "front.db", 14)
    for _ in range(2):
        archive.write(tmp_path / "archive", "front", spool, [_tick(0, 14)])

    assert [text for _, text in archive.read(tmp_path / "archive", "front", 0, 14)] == lines
    assert not list(tmp_path.rglob("*.part"))


def test_a_byte_changed_at_rest_is_never_read_as_data(tmp_path: Path) -> None:
    spool, lines = _spool(tmp_path / "front.db", 7)
    archive.write(tmp_path / "archive", "front", spool, [_tick(0, 7)])
    (file,) = (tmp_path / "archive").rglob("*.parquet")
    whole = file.read_bytes()

    silent = 0
    for place in range(0, len(whole), 11):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        try:
            read = [text for _, text in archive.read(tmp_path / "archive", "front", 0, 7)]
        except (OSError, ValueError, MemoryError):
            continue
        silent += read != lines

    assert silent == 0


@pytest.mark.parametrize("most", [1, 10, 25, 100])
def test_ticks_are_taken_in_groups_of_at_most_so_many_lines(most: int) -> None:
    ticks = [_tick(start, start + 10) for start in range(0, 50, 10)]

    groups = []
    while ticks:
        group, ticks = archive.take(ticks, most)
        groups.append(group)

    assert [tick.from_offset for group in groups for tick in group] == [0, 10, 20, 30, 40]
    assert all(len(group) == 1 or group[-1].to_offset - group[0].from_offset <= most for group in groups)
