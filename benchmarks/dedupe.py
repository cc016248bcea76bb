"""The duplicate index alone: a tick's lookups among 60 million remembered ids, against a Python set and a SQLite index."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir.clock import monotonic
from comptoir.collect.seen import Seen

REMEMBERED = 60_000_000
IN_SQLITE = 10_000_000
TICK = 4_000
TRIES = 20


def main() -> None:
    machine.describe()
    draw = np.random.default_rng(7)
    seen = Seen()
    days = 30
    for _ in range(days):
        ids = draw.integers(-(2**63), 2**63 - 1, REMEMBERED // days, dtype=np.int64)
        seen.load(ids, np.ones_like(ids))
    some = draw.integers(-(2**63), 2**63 - 1, (TRIES, TICK), dtype=np.int64)
    bodies = [1] * TICK
    spent = []
    for ids in some:
        wanted = ids.tolist()
        began = monotonic()
        seen.judge(wanted, bodies)
        spent.append(monotonic() - began)
    ours = sorted(spent)[TRIES // 2]
    known = set(draw.integers(-(2**63), 2**63 - 1, 2_000_000, dtype=np.int64).tolist())
    wanted = some[0].tolist()
    began = monotonic()
    for one in wanted:
        _ = one in known
    plain = monotonic() - began
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "seen.db")
        connection.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY) WITHOUT ROWID")
        rows = np.unique(draw.integers(-(2**63), 2**63 - 1, IN_SQLITE, dtype=np.int64)).tolist()
        connection.executemany("INSERT INTO seen VALUES (?)", ((one,) for one in rows))
        connection.commit()
        began = monotonic()
        connection.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((one,) for one in wanted))
        connection.commit()
        sqlite = monotonic() - began
    memory = sum(run.ids.nbytes + run.bodies.nbytes for run in seen.runs) / (1 << 20)
    print(f"{len(seen):,} ids remembered in {len(seen.runs)} runs, {memory:,.0f} MiB")
    print(f"a tick of {TICK:,}: {ours * 1e3:.1f} ms · a Python set of 2 M (no room for 60 M): {plain * 1e3:.1f} ms"
          f" · SQLite unique index at {IN_SQLITE:,}: {sqlite * 1e3:.1f} ms · ratio to SQLite {sqlite / ours:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
