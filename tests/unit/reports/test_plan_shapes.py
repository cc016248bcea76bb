"""What arrived, by name: a site that invents a name for every event fills no memory."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from comptoir import reports

ROOT = Path(__file__).resolve().parents[3]
SHAPES = (Path(reports.__file__).parent / "sql" / "plan_shapes.sql").read_text()
EVENTS = """
CREATE TABLE fact.events AS
SELECT
    'main' AS brand, 'web' AS source, 'track' AS type, 'Event ' || least(i, $names) AS name, $at AS received_at,
    '{"p_' || i || '":"v","shade":"' || (i % 3) || '"}' AS properties, '{}' AS traits, 1 AS tick_id,
    CAST(NULL AS VARCHAR) AS robot_reason
FROM range($events) AS r(i)
"""


ALONE = """
import resource
from tests.unit.reports.test_plan_shapes import shapes
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = shapes(names=100_000, events=100_500, most=1_000)
print()
print(len(rows), rows[0][2:6], rows[-1][2:6], sep="|")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
MOST_MIB = 600
"""In all; a sketch of each property's values, kept or not, took gigabytes, beyond the engine's own limit of memory."""


def shapes(*, names: int, events: int, most: int) -> list[tuple[Any, ...]]:
    at = datetime(2026, 11, 1, tzinfo=UTC).replace(tzinfo=None)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA fact")
        connection.execute(EVENTS, {"names": names, "events": events, "at": at})
        asked = {"after": 0, "upto": 1, "since_at": at, "brand": "", "most": most}
        return connection.execute(SHAPES, asked).fetchall()


def test_a_name_for_every_event_takes_no_sketch_of_values_each() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=ROOT, check=True, capture_output=True, text=True, timeout=120
    )
    told, mib = done.stdout.splitlines()[-2:]  # where it takes long, progress is told before

    assert told == "1001|('Event 100000', '', '', 500)|('(others)', '', '', 99001)"
    assert int(mib) < MOST_MIB


def test_values_are_told_of_what_is_kept() -> None:
    event, shade = shapes(names=0, events=30, most=2)

    assert event[2:6] == ("Event 0", "", "", 30)
    assert (event[8], event[9]) == (0, [])
    assert shade[2:6] == ("Event 0", "shade", "VARCHAR", 30)
    assert (shade[8], sorted(shade[9])) == (3, ["0", "1", "2"])
