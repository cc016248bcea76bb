"""
How long the desk takes for each page of the demonstration's shop, and how much a first visit transfers.

Reference, in the same run: the desk's own /health, which asks nothing and renders nothing. Must: 150 ms a page, and
300 KB on a first visit.

    .venv/bin/python benchmarks/screens.py --home comptoir-home/demo
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir import config
from comptoir.demo import home as homes
from comptoir.demo import opening
from comptoir.web import menu

MUST_MS, MUST_KB = 150, 300


class Visitor:
    """Somebody signed in."""

    def __init__(self, desk: str, password: str) -> None:
        self.desk = desk
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        form = urllib.parse.urlencode({"name": "admin", "password": password}).encode()
        self.opener.open(f"{desk}/login", form).read()

    def get(self, path: str) -> bytes:
        body: bytes = self.opener.open(self.desk + path).read()
        return body

    def times(self, path: str, count: int) -> list[float]:
        """Give milliseconds of `count` visits, after one that nobody counts."""
        self.get(path)
        spent = []
        for _ in range(count):
            began = time.perf_counter()
            self.get(path)
            spent.append((time.perf_counter() - began) * 1e3)
        return sorted(spent)

    def first_visit_kb(self, path: str) -> float:
        """Give what a browser that holds nothing transfers: the page, its styles and its scripts, as they are sent."""
        page = self.get(path)
        files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
        return (len(page) + sum(len(self.get(one)) for one in files)) / 1_000


def main() -> None:
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
        visitor = Visitor(homes.desk_of(settings), note.password)
        health = statistics.median(visitor.times("/health", said.visits))
        print(f"/health {health:.1f} ms\n{'page':<28}{'p50 ms':>8}{'p95 ms':>8}{'× health':>9}{'KB':>7}{'gz KB':>7}")
        worst = 0.0
        for path in [one.path for one in menu.ENTRIES] + [person(visitor)]:
            times = visitor.times(path, said.visits)
            middle, late = times[len(times) // 2], times[int(len(times) * 0.95) - 1]
            worst = max(worst, late)
            weight = visitor.first_visit_kb(path)
            packed = len(gzip.compress(visitor.get(path))) / 1_000
            shown = path if len(path) < 27 else path[:24] + "…"
            print(f"{shown:<28}{middle:>8.0f}{late:>8.0f}{middle / health:>9.1f}{weight:>7.0f}{packed:>7.0f}")
        print(f"slowest page p95 {worst:.0f} ms; must < {MUST_MS} ms and < {MUST_KB} KB")


def person(visitor: Visitor) -> str:
    """Give the page of somebody who is listed."""
    found = re.search(r'href="(/customers/[^"?]+)"', visitor.get("/customers").decode())
    return found[1] if found else "/customers"


if __name__ == "__main__":
    main()
