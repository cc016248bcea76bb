"""
How long each kind of page of the demonstration's desk takes, and how much a first visit transfers.

Pages are found by their links, from the menu on. Wall time is what a visitor waits; CPU is what desk and engine
worked for it, which neighbors on the machine do not disturb. Reference, in the same run: the desk's own /health,
which asks nothing and renders nothing. Must: 150 ms a page, and 300 KB on a first visit.

    .venv/bin/python benchmarks/screens.py --home comptoir-home/demo
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _machine as machine

from comptoir import config
from comptoir.demo import home as homes
from comptoir.demo import opening
from tools.desk_pages import Visitor, kinds_of_pages

MUST_MS, MUST_KB = 150, 300
TICK_MS = 1_000 / os.sysconf("SC_CLK_TCK")
QUIET_SECONDS = 20.0
"""How long we wait at most until the engine rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Visits of one page. Units: milliseconds."""

    middle: float
    late: float
    cpu: float
    """Of all our processes, a visit."""


def processes(home: Path) -> list[int]:
    """Find the processes that serve this home."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if str(home.resolve()).encode() in command and b"comptoir" in command and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


def cpu_ms(served_by: list[int]) -> float:
    """Sum the CPU that processes have used so far."""
    stats = [Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split() for one in served_by]
    return sum((int(one[11]) + int(one[12])) * TICK_MS for one in stats)


def wait_until_quiet(served_by: list[int]) -> None:
    """Wait until the engine has caught up and nobody works."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        before = cpu_ms(served_by)
        time.sleep(1)
        if cpu_ms(served_by) - before < 100:
            return


def visits(visitor: Visitor, path: str, count: int, served_by: list[int]) -> Timed:
    """Time some visits, after one that nobody counts."""
    visitor.get(path)
    spent, before = [], cpu_ms(served_by)
    for _ in range(count):
        began = time.perf_counter()
        visitor.get(path)
        spent.append((time.perf_counter() - began) * 1e3)
    cpu = (cpu_ms(served_by) - before) / count
    spent.sort()
    return Timed(middle=statistics.median(spent), late=spent[max(0, int(count * 0.95) - 1)], cpu=cpu)


def first_visit_kb(visitor: Visitor, path: str) -> tuple[float, float]:
    """Give what a browser that holds nothing transfers: page, styles and scripts; plain, and the page compressed."""
    page = visitor.get(path)
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
    return (len(page) + sum(len(visitor.get(one)) for one in files)) / 1_000, len(gzip.compress(page)) / 1_000


def main() -> None:
    """Measure; exit 1 where a page misses what it must."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, default=Path("comptoir-home/demo"))
    asked.add_argument("--visits", type=int, default=20)
    said = asked.parse_args()
    note = opening.found(said.home)
    if note is None:
        sys.exit("no demonstration there: run make demo")
    machine.describe()
    settings = config.load(said.home)
    with homes.running(settings):
        visitor, served_by = Visitor(homes.desk_of(settings), note.password), processes(said.home)
        wait_until_quiet(served_by)
        health = visits(visitor, "/health", said.visits, served_by)
        print(f"/health {health.middle:.1f} ms, CPU {health.cpu:.1f} ms")
        print(f"{'page':<52}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms':>8}{'KB':>7}{'gz KB':>7}")
        missed = []
        for route, path in sorted(kinds_of_pages(visitor.ask).items()):
            timed = visits(visitor, path, said.visits, served_by)
            plain, packed = first_visit_kb(visitor, path)
            is_missed = timed.middle >= MUST_MS or plain >= MUST_KB
            missed += [route] * is_missed
            figures = f"{timed.middle:>8.0f}{timed.late:>8.0f}{timed.cpu:>8.0f}{plain:>7.0f}{packed:>7.0f}"
            print(f"{route[:51]:<52}{figures}{' !' if is_missed else ''}", flush=True)
        print(f"{len(missed)} kinds of pages miss {MUST_MS} ms (p50) or {MUST_KB} KB: {' '.join(missed) or '-'}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
