"""
The segments of one person over HTTP, from the door of the desk to the engine's tables and back.

It draws people, segments and who belongs to them by seed, and serves them by a desk and an engine in processes of their
own. The reference is a bare ASGI answer of the same size:
    python benchmarks/segments_person.py [--profiles 200000] [--segments 20] [--seconds 5] [--after-night]
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import _machine
import profile_api
import pyarrow as pa
import uvicorn
from profile_api import SAMPLE, bare, fill, measure, running
from segments_tick import texts
from sqlalchemy import select

from comptoir import app as apps
from comptoir.access import keys
from comptoir.clock import ManualClock
from comptoir.config import DeskSettings, Settings
from comptoir.identity.rows import nodes
from comptoir.model.identifier import NodeId, profile_named_after
from comptoir.reports import service
from comptoir.segments import changes
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.shop import Shop
from comptoir.server import desk
from comptoir.state.base import open_state
from comptoir.warehouse.duckdb import open_warehouse

SHARE = 0.4
"""How many of all people belong to a segment."""


def draw(home: Path, segments: int, *, is_sorted: bool) -> None:
    """Publish segments, and write down who belongs: segment by segment, as first fillings do; or as nights leave it."""
    state, clock, drawn = open_state(home / "state.db"), ManualClock(), random.Random(7)
    with state.write() as connection:
        for text in itertools.islice(texts(), segments):
            SEGMENTS.publish_text(connection, text, clock.now())
        founders = sorted(set(connection.scalars(select(nodes.c.founder))))
    people = pa.array([profile_named_after(NodeId(one)) for one in founders])
    warehouse = open_warehouse(home / "warehouse.duckdb")
    with warehouse.transaction() as cursor:
        for number in range(segments):
            found = changes.Changes()
            some = pa.array(sorted(drawn.sample(range(len(people)), int(SHARE * len(people)))))
            at, heard = clock.now().replace(tzinfo=None), pa.array([False] * len(some))
            found.entered.append(changes.moves_of(pa.chunked_array([people.take(some)]), f"s{number}", at, heard))
            found.write(cursor, tick_id=1, now=at)
    if is_sorted:
        with warehouse.cursor() as cursor:
            parts = changes.stretches(cursor)
        for low, high in parts:
            with warehouse.transaction() as cursor:
                changes.sort(cursor, low, high)
    warehouse.checkpoint()
    warehouse.close()
    state.close()


def serve(what: str, port: int, home: Path) -> None:
    """Be the desk, the bare answer, or the engine's side of the socket."""
    settings = Settings(home=home, desk=DeskSettings(api_per_second=0))
    app: object = bare((home / SAMPLE).read_bytes()) if what == "bare" else None
    if what == "desk":
        ask = partial(service.ask, home / service.FILE_NAME)
        app = desk.make(settings, open_state(home / "state.db", read_only=True), ask, dict, ManualClock())
    if what == "write":  # `running` does not wait for a port of this one
        state, warehouse = open_state(home / "state.db"), open_warehouse(home / "warehouse.duckdb")
        shop = Shop(brands=partial(keys.list_brands, state))
        answering = partial(apps.answer_of_segments, state, shop, warehouse, now=ManualClock().now())
        service.serve(home / service.FILE_NAME, answering, status=dict)
        time.sleep(3_600)
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", lifespan="off", log_level="error", access_log=False)  # type: ignore[arg-type]


def questions(count: int, secret: str) -> Iterator[bytes]:
    """Ask for people drawn at random."""
    drawn = random.Random(7)
    head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {secret}\r\n\r\n"
    made = [f"GET /api/v1/profiles/account/C-{drawn.randrange(count)}/segments{head}".encode() for _ in range(5_000)]
    return itertools.cycle(made)


def sample(home: Path, secret: str, port: int) -> int:
    """Keep what one answer weighs, once the engine's side listens."""
    while not (home / service.FILE_NAME).exists():
        time.sleep(0.05)
    return profile_api.sample(home, secret, port, "/segments")


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=200_000)
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument(
        "--after-night", action="store_true", help="Members lie person by person, as the night writes them."
    )
    parser.add_argument("--serve", choices=["desk", "bare", "write"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.port, given.home)
        return
    _machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        home, run = Path(folder), partial(running, script=__file__)
        secret = fill(home, given.profiles)
        draw(home, given.segments, is_sorted=given.after_night)
        belonging = int(SHARE * given.profiles) * given.segments
        print(f"{given.profiles:,} profiles, {given.segments} segments, {belonging:,} memberships")
        made = questions(given.profiles, secret)
        with run("write", home), run("desk", home) as port:
            print(f"an answer weighs {sample(home, secret, port):,} bytes")
            one = measure("somebody's segments, one connection", port, made, given.seconds, 1)
            measure("the same, four connections", port, made, given.seconds, 4)
        with run("bare", home) as port:
            reference = measure("a bare ASGI answer of equal size", port, made, given.seconds, 1)
        print(f"ratio to the bare answer: {one / reference:.3f}; must: p99 < 10 ms")


if __name__ == "__main__":
    sys.exit(main())
