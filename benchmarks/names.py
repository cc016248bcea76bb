"""
A shop whose site invents a name for every event and every property: does it stay quick, and do its pages?

As many events with twenty names, in an installation of their own, are the reference of the same run. Must: 0.8 of its
rate, and a page within a second (faults.md P5).

    python benchmarks/names.py [--events 1000000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
from end_to_end import COMPTOIR
from merge_storm import House, house

USUAL = 20
LOT = 20_000
"""Events that are written down before they are posted."""
PAGES = ("/", "/live", "/sources", "/sources/plan", "/segments", "/running")
VISITS = 5
FOLLOWS_WITHIN = 90
EPOCH = 1_795_000_000


def events(count: int, names: int) -> Iterator[dict[str, object]]:
    """Say events of so many names, each with a property of as many, by people who look at some pages each."""
    for number in range(count):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH + number // 100))
        yield {
            "type": "track", "event": f"Event {number % names}", "messageId": f"n-{number}", "timestamp": at,
            "anonymousId": f"a{number // 10}", "properties": {f"property_{number % names}": number, "price": 9.5},
        }  # fmt: skip


def rate(made: House, count: int, names: int) -> float:
    """Post events as fast as they are taken, wait until all are facts, and give how many a second."""
    said = events(count, names)
    began, writing = time.perf_counter(), 0.0
    for start in range(0, count, LOT):
        paused = time.perf_counter()
        lot = [next(said) for _ in range(min(LOT, count - start))]
        writing += time.perf_counter() - paused
        made.post(lot)
    made.settle()
    return count / (time.perf_counter() - began - writing)


def catalog(made: House) -> int:
    """Give how many names the catalog keeps, once it follows: it is up to half a minute late."""
    until, kept = time.monotonic() + FOLLOWS_WITHIN, 0
    while (now := made.one("SELECT count(*) FROM schema_names")) != kept or (not now and time.monotonic() < until):
        kept = now
        time.sleep(5)
    return kept


def pages(made: House) -> dict[str, float]:
    """Give the seconds that each page takes somebody who is signed in; the middle of some visits."""
    command = [*COMPTOIR, "user", "add", "watcher", "--role", "admin", "--home", str(made.home), "--json"]
    key = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["key"]
    header = {"Authorization": "Basic " + b64encode(f"watcher:{key}".encode()).decode()}
    found = {}
    for path in PAGES:
        took = []
        for _ in range(VISITS):
            began = time.perf_counter()
            with urllib.request.urlopen(
                urllib.request.Request(f"http://127.0.0.1:{made.desk}{path}", headers=header)
            ) as one:
                one.read()
            took.append(time.perf_counter() - began)
        found[path] = sorted(took)[VISITS // 2]
    return found


def main() -> None:
    """Measure, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--events", type=int, default=1_000_000)
    count = asked.parse_args().events
    machine.describe()
    rates = {}
    for names in (USUAL, count):
        with house() as made:
            rates[names] = rate(made, count, names)
            kept = catalog(made)
            shown = " · ".join(f"{path} {seconds * 1e3:.0f} ms" for path, seconds in pages(made).items())
        print(
            f"{count:,} events, {names:>9,} names: {rates[names]:>7,.0f} events/s · {kept:,} names in the catalog · {shown}"
        )
    print(f"of the usual rate: {rates[count] / rates[USUAL]:.2f} (must 0.8)")


if __name__ == "__main__":
    main()
