"""
Collecting alone, without HTTP, disk and stores: bodies to lines at the door, lines to columns in the engine.

The engine's decoding stands beside DuckDB's own JSON reader on the same lines. CPU is the process's own time, best of
some tries: other work on the machine disturbs it less than it disturbs the clock on the wall.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

import _dialects
import _load
import _machine as machine
import msgspec

from comptoir.clock import monotonic
from comptoir.collect import pipeline
from comptoir.collect.dialects.base import Asking, Dialect
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Stamp
from comptoir.collect.seen import Seen
from comptoir.collect.stages import World
from comptoir.model.event import ENVELOPE_VERSION, Line, Trust, decode, encode, encode_all
from comptoir.server.calls import Calls

NOW = 1_795_290_409_850_000
EVENTS = 1_000
CALLS = Calls.of_dialects()
AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


def lines(count: int) -> list[bytes]:
    draw = random.Random(7)
    made = []
    for number in range(count):
        who = draw.randrange(count // 4)
        url = f"https://shop.example/p/{draw.randrange(5_000)}?utm_source=news"
        context = {"page": {"url": url, "path": "/p", "referrer": "https://www.google.fr/"}, "userAgent": AGENT}
        item = {"product_id": f"p{draw.randrange(5_000)}", "price": 33.2, "cart_id": f"c{who}"}
        made.append(
            encode(
                Line(
                    v=ENVELOPE_VERSION,
                    type="track",
                    name="Product Added" if number % 10 == 0 else "Product Viewed",
                    source="web",
                    brand="main",
                    received_at=NOW + number,
                    message_id=f"ajs-next-{number}",
                    anonymous_id=f"browser-{who}",
                    timestamp=NOW + number - 1_000_000,
                    sent_at=NOW + number - 5_000,
                    properties=msgspec.Raw(json.dumps(item).encode()),
                    context=msgspec.Raw(json.dumps(context).encode()),
                )
            )
        )
    return made


def timed(work: Callable[[], object], tries: int = 3, watch: Callable[[], float] = monotonic) -> float:
    best = float("inf")
    for _ in range(tries):
        began = watch()
        work()
        best = min(best, watch() - began)
    return best


def cpu_us(work: Callable[[], object], events: int) -> float:
    return timed(work, 9, time.process_time) / events * 1e6


def read(batch: int, bodies: list[bytes]) -> None:
    """Do with bodies what the door does with them, up to the bytes of a parcel."""
    dialect = Segment()
    stamp = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=NOW, event_bytes=32_768)
    for body in bodies:
        opened = dialect.open(Asking("track" if batch == 1 else "batch", body))
        encode_all(dialect.read(opened, stamp).lines)


def door() -> None:
    for batch in (1, 20, 100):
        made = itertools.islice(_load.requests("key", batch, "run"), 2_000 // batch)
        bodies = [request.partition(b"\r\n\r\n")[2] for request in made]
        spent = cpu_us(lambda: read(batch, bodies), 2_000)  # noqa: B023 (called at once)
        print(f"requests of {batch:>3} events: body to lines {spent:>5.1f} µs of CPU an event")


def asked(name: str, batch: int) -> list[tuple[Dialect, Asking]]:
    """Write what a dialect's client sends, as the dialect sees it."""
    made = []
    for request in itertools.islice(_dialects.requests(name, "wk_benchmark", batch, "run"), EVENTS // batch):
        head, _, body = request.partition(b"\r\n\r\n")
        method, address, _ = head.partition(b"\r\n")[0].decode().split(" ")
        path, _, query = address.partition("?")
        call = CALLS.find(path)
        assert call is not None
        made.append((call.dialect, Asking(call.route.name, body, query.encode(), call.part, method)))
    return made


def said(requests: list[tuple[Dialect, Asking]]) -> int:
    """Read requests into the bytes of parcels; give how many lines they are."""
    stamp = Stamp(source="site", brand="main", trust=Trust.CLAIMED, received_at=NOW, event_bytes=32_768)
    count = 0
    for dialect, request in requests:
        lines = dialect.read(dialect.open(request), stamp).lines
        encode_all(lines)
        count += len(lines)
    return count


def dialects() -> None:
    """Say what an event of each dialect costs, in turns with Segment's; and a line, where an event becomes several."""
    for batch in (1, 20):
        names = [name for name in _dialects.MAKERS if batch == 1 or name not in _dialects.SINGLE]
        made = {name: asked(name, batch) for name in names}
        best = dict.fromkeys(names, float("inf"))
        for _ in range(15):
            for name, requests in made.items():
                began = time.process_time()
                said(requests)
                best[name] = min(best[name], (time.process_time() - began) / EVENTS * 1e6)
        for name, spent in best.items():
            lines = said(made[name]) / EVENTS
            print(f"{name:<12} {batch:>3} a request: {spent:>5.1f} µs of CPU an event, {spent / best['segment']:.2f} × Segment's"
                  f" · {lines:g} lines an event, {spent / lines / best['segment']:.2f} × a line")  # fmt: skip


def world() -> World:
    return World(seen=Seen(), currencies={"main": "EUR"}, is_blocked=lambda _kind, _value: False)


STRUCTURE = json.dumps({
    "v": "BIGINT", "type": "VARCHAR", "name": "VARCHAR", "source": "VARCHAR", "brand": "VARCHAR", "received_at": "BIGINT",
    "message_id": "VARCHAR", "anonymous_id": "VARCHAR", "user_id": "VARCHAR", "timestamp": "BIGINT", "sent_at": "BIGINT",
    "properties": "JSON", "context": {"page": {"url": "VARCHAR", "path": "VARCHAR", "referrer": "VARCHAR"}, "userAgent": "VARCHAR"},
})  # fmt: skip


def main() -> None:
    machine.describe()
    door()
    dialects()
    connection = duckdb.connect(config={"threads": 2})
    for count in (1_000, 4_000, 20_000):
        said = lines(count)
        table = pa.table({"line": pa.array([one.decode() for one in said])})
        connection.register("said", table)
        ours = timed(lambda: [decode(one) for one in said])  # noqa: B023 (called at once)
        whole = timed(lambda: pipeline.collect(said, first_offset=0, tick_id=1, world=world()))  # noqa: B023
        spent = cpu_us(lambda: pipeline.collect(said, first_offset=0, tick_id=1, world=world()), count)  # noqa: B023
        theirs = timed(
            lambda: connection.sql("SELECT from_json(line, $1) AS e FROM said", params=[STRUCTURE]).to_arrow_table()
        )
        print(f"tick of {count:>6,}: msgspec decode {count / ours:>9,.0f}/s · DuckDB from_json {count / theirs:>9,.0f}/s"
              f" · ratio {theirs / ours:.2f} · decode + all stages + columns {count / whole:>8,.0f}/s, {spent:.1f} µs of CPU an event")  # fmt: skip


if __name__ == "__main__":
    main()
