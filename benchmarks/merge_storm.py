"""
A merge storm over a running installation: people are joined by the thousand while their profiles are read.

It joins what stood apart: browsers to accounts and to e-mails, in cycles, and there is one kiosk on which everybody logs
in. The same claims go, in another order and cut into other batches, to a second installation:
both must end with the same people. Reference, in the same run: profile reads of the installation at rest.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
from end_to_end import COMPTOIR, free_port, share, wait_for

BATCH = 100
RING = 10
"""Browsers of one person: each leads to the same account and to the same e-mail, so claims close to cycles."""
EPOCH = 1_795_000_000


def claims(rings: int) -> list[dict[str, object]]:
    """Say of each ring that each browser is its account's and its e-mail's, and that everybody was on the kiosk."""
    said: list[dict[str, object]] = []
    for ring in range(rings):
        email = f"e{ring}@example.org"
        for place in range(RING):
            browser = f"b-{ring}-{place}"
            said.append({"type": "track", "event": "Seen", "anonymousId": browser, "userId": f"u-{ring}"})
            said.append({"type": "identify", "anonymousId": browser, "traits": {"email": email}})
        said.append({"type": "identify", "userId": f"u-{ring}", "traits": {"email": email, "city": "Lyon"}})
        said.append({"type": "track", "event": "Seen", "anonymousId": "kiosk", "userId": f"u-{ring}"})
    for number, one in enumerate(said):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH + number))
        one |= {"messageId": f"storm-{number}", "timestamp": at}
    return said


def apart(rings: int) -> list[dict[str, object]]:
    """Let every browser and every account be seen alone first: what the storm joins are profiles with a name."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH - 1_000))
    seen = [{"anonymousId": f"b-{ring}-{place}"} for ring in range(rings) for place in range(RING)]
    seen += [{"userId": f"u-{ring}"} for ring in range(rings)]
    return [
        {"type": "track", "event": "Seen", "messageId": f"alone-{number}", "timestamp": at} | one
        for number, one in enumerate(seen)
    ]


class House:
    """A running installation, with the secret key of its one source."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.door, self.desk = free_port(), free_port()
        subprocess.run([*COMPTOIR, "init", "--home", str(self.home)], check=True, stdout=subprocess.DEVNULL)
        made = subprocess.run(
            [*COMPTOIR, "source", "add", "web", "--home", str(self.home), "--json"], check=True, stdout=subprocess.PIPE
        )
        self.key = json.loads(made.stdout)["secret_key"]
        settings = self.home / "comptoir.toml"
        before = settings.read_text(encoding="utf-8") if settings.exists() else ""
        settings.write_text(before + "\n[desk]\napi_per_second = 0.0\n", encoding="utf-8")
        ports = ["--door-port", str(self.door), "--desk-port", str(self.desk)]
        self.log = (folder / "log").open("w")
        self.server = subprocess.Popen([*COMPTOIR, "serve", "--home", str(self.home), *ports], stderr=self.log)
        for port in (self.door, self.desk):
            wait_for(f"http://127.0.0.1:{port}/ready")

    def post(self, events: list[dict[str, object]], rate: float = 0.0) -> float:
        """Post events in batches, at most `rate` a second (0: as they are taken), and give the seconds it took."""
        connection = http.client.HTTPConnection("127.0.0.1", self.door, timeout=30)
        headers = {"Authorization": "Basic " + b64encode(f"{self.key}:".encode()).decode()}
        began = time.perf_counter()
        for start in range(0, len(events), BATCH):
            if rate and (early := start / rate - (time.perf_counter() - began)) > 0:
                time.sleep(early)
            while True:
                connection.request("POST", "/v1/batch", json.dumps({"batch": events[start : start + BATCH]}), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    break
                time.sleep(0.1)
        return time.perf_counter() - began

    def settle(self) -> float:
        """Wait until everything posted is applied, and give the seconds it took."""
        began = time.perf_counter()
        with closing(sqlite3.connect(f"file:{self.home / 'spool/front.db'}?mode=ro", uri=True)) as front:
            (head,) = front.execute("SELECT at FROM head").fetchone()
        while self.one("SELECT coalesce(max(offset_after), 0) FROM scenarios_applied WHERE spool = 'front'") < head:
            time.sleep(0.05)
        return time.perf_counter() - began

    def one(self, question: str) -> int:
        with closing(sqlite3.connect(f"file:{self.home / 'state.db'}?mode=ro", uri=True, timeout=30)) as state:
            return int(state.execute(question).fetchone()[0])

    def people(self) -> set[frozenset[tuple[str, str]]]:
        """Give the people there are, each as the set of its identifiers."""
        groups: dict[int, set[tuple[str, str]]] = {}
        with closing(sqlite3.connect(f"file:{self.home / 'state.db'}?mode=ro", uri=True)) as state:
            for founder, kind, value in state.execute("SELECT founder, kind, value FROM identity_nodes"):
                groups.setdefault(founder, set()).add((kind, value))
        return {frozenset(group) for group in groups.values()}

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(60)
        self.log.close()


@contextmanager
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        made = House(Path(folder))
        try:
            yield made
        finally:
            made.stop()


def read(made: House, rings: int, stop: threading.Event, waits: list[float], failures: list[int]) -> None:
    """Read profiles one after the other, over one connection, at some hundred a second."""
    draw = random.Random(7)
    connection = http.client.HTTPConnection("127.0.0.1", made.desk, timeout=30)
    headers = {"Authorization": f"Bearer {made.key}"}
    while not stop.is_set():
        began = time.perf_counter()
        connection.request("GET", f"/api/v1/profiles/account/u-{draw.randrange(rings)}", headers=headers)
        answer = connection.getresponse()
        answer.read()
        waits.append(time.perf_counter() - began)
        if answer.status != 200:
            failures.append(answer.status)
        time.sleep(0.004)


def reading(
    made: House, rings: int, seconds: float = 0.0
) -> tuple[threading.Event, threading.Thread, list[float], list[int]]:
    stop, waits, failures = threading.Event(), [], []
    thread = threading.Thread(target=read, args=(made, rings, stop, waits, failures), daemon=True)
    thread.start()
    if seconds:
        time.sleep(seconds)
        stop.set()
        thread.join()
    return stop, thread, waits, failures


def said(name: str, waits: list[float], failures: list[int]) -> float:
    ordered = sorted(waits)
    print(f"{name:<44} {len(ordered):>7,} reads  p50 {share(ordered, 0.5) * 1e3:6.2f} ms  "
          f"p99 {share(ordered, 0.99) * 1e3:6.2f} ms  failures {len(failures)}", flush=True)  # fmt: skip
    return share(ordered, 0.99)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rings", type=int, default=12_000)
    parser.add_argument("--merges-a-minute", type=int, default=100_000)
    asked = parser.parse_args()
    machine.describe()
    storm, alone = claims(asked.rings), apart(asked.rings)
    # a ring's browsers and its e-mail join its account: so many profiles go into another
    merges = asked.rings * (RING + 1)
    rate = len(storm) * asked.merges_a_minute / 60 / merges
    with house() as made:
        made.post(alone)
        made.settle()
        _, _, waits, failures = reading(made, asked.rings, 5.0)
        rest = said("profile reads, at rest", waits, failures)
        before = made.one("SELECT count(DISTINCT founder) FROM identity_nodes")
        stop, thread, waits, failures = reading(made, asked.rings)
        began = time.perf_counter()
        posted = made.post(storm, rate)
        made.settle()
        took = time.perf_counter() - began
        stop.set()
        thread.join()
        after = made.one("SELECT count(DISTINCT founder) FROM identity_nodes")
        storming = said("profile reads, in the storm", waits, failures)
        gone = before - after + asked.rings + 1  # e-mails and the kiosk came with the storm
        print(
            f"{gone:,} merges posted in {posted:.1f} s, all applied after {took:.1f} s = {gone / took * 60:,.0f} a minute"
        )
        crowds = made.one("SELECT count(*) FROM identity_crowds")
        first = made.people()
    print(
        f"people {len(first):,}, of {RING} browsers, an account and an e-mail each; crowds named: {crowds} (the kiosk)"
    )
    random.Random(11).shuffle(storm)
    with house() as made:
        random.Random(13).shuffle(alone)
        made.post([*storm, *alone])
        made.settle()
        print("the same people, in another order:", "yes" if made.people() == first else "NO")
    print(
        f"ratio: p99 in the storm is {storming / rest:.1f} × at rest; must: p99 < 50 ms, {asked.merges_a_minute:,} a minute"
    )


if __name__ == "__main__":
    main()
