"""
Ingest: events a second through a real door, acknowledged after they are durable.

The door runs in a process of its own in a temporary home; a load client runs in another. Beside each figure stands the
ratio to two references measured in the same run: SQLite's group commit without HTTP, and uvicorn that only answers 200.
With `--slow-ms 5` every fsync takes 5 ms more (tools/fault.c, loaded before the door), as on a cloud's disk.

With `--dialect NAME` or `--dialect all`, what other clients send is measured beside Segment's, in turns.

    python benchmarks/ingest.py [--seconds 5] [--slow-ms 5] [--folder DIR] [--dialect NAME|all]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _dialects

from comptoir.access import keys
from comptoir.access.rows import brands, sources
from comptoir.access.rows import keys as key_rows
from comptoir.state.base import metadata, open_state

ROOT = Path(__file__).resolve().parents[1]
DOOR = """
import sys
from pathlib import Path
from comptoir import config, logs
from comptoir.server import door
logs.set_up()
settings = config.load(Path(sys.argv[1]), flags={"door.port": 0})
door.serve(settings, on_listening=lambda port: print("port", port, flush=True))
"""
BARE = """
import socket, uvicorn
async def app(scope, receive, send):
    if scope["type"] != "http":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
print("port", listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", log_level="error")).run(sockets=[listener])
"""
RUNS = ((1, 100), (20, 30), (100, 12))
"""Events a request, and connections."""


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--slow-ms", type=float, action="append", help="also with every fsync slowed by so many ms")
    parser.add_argument("--folder", type=Path, help="where to put the temporary home: the disk that is measured")
    parser.add_argument("--dialect", help="one dialect, or all, beside Segment")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        home = Path(folder)
        shim = compiled_shim(home)
        key = make_home(home)
        print(machine(home))
        if asked.dialect:
            dialects(home, key, asked.dialect, asked.seconds)
            return
        bare = bare_rate(asked.seconds)
        print(f"reference: bare uvicorn answering 200      {bare['events_per_second']:>9,} requests/s")
        for slow_ms in (0.0, *(asked.slow_ms or [5.0])):
            raw = raw_rate(home / f"raw-{slow_ms}.db", slow_ms, shim, asked.seconds)
            print(
                f"\nfsync + {slow_ms:g} ms · reference: SQLite, {raw['parcel']} lines a commit, no HTTP "
                f"{raw['rate']:>9,.0f} lines/s"
            )
            print("events/request  connections   events/s   p50 ms   p99 ms  failures   of raw  of bare  cpu µs/event")
            for batch, connections in RUNS:
                seen = door_rate(home, key, slow_ms, shim, seconds=asked.seconds, batch=batch, connections=connections)
                requests_per_second = seen["events_per_second"] / batch
                print(
                    f"{batch:>14}  {connections:>11}  {seen['events_per_second']:>9,.0f}  {seen['p50_ms']:>7}"
                    f"  {seen['p99_ms']:>7}  {seen['failures']:>8}  {seen['events_per_second'] / raw['rate']:>7.2f}"
                    f"  {requests_per_second / bare['events_per_second']:>7.2f}  {seen['cpu_us']:>12.1f}"
                )


def dialects(home: Path, key: str, wanted: str, seconds: float) -> None:
    """
    Measure dialects beside Segment's rate in the same run, each right after it; 0.6 of it is what we promise.

    Some say in one request what Segment's client says in two, such as a page and the product on it: `stored` counts the
    events that came of it, read off the spool.
    """
    from comptoir import plugins

    installed = {point.name for point in plugins.offered(plugins.Kind.DIALECT)}
    names = [name for name in _dialects.MAKERS if name in installed and wanted in {"all", name}]
    print("dialect      said/request     said/s  of Segment   stored/s  of Segment  cpu µs/said  of Segment  failures")
    for name in names:
        for batch, connections in ((1, 100), (20, 30)):
            if batch > 1 and name in _dialects.SINGLE:
                continue
            with server(DOOR, str(home), environ=dict(os.environ)) as (port, process):
                seen = {}
                for one in ("segment", name):
                    before, head = cpu_seconds(process.pid), stored(home)
                    seen[one] = load(port, key, seconds, batch, connections, one)
                    said = seen[one]["requests"] * batch
                    seen[one]["stored"] = seen[one]["events_per_second"] * (stored(home) - head) / max(said, 1)
                    seen[one]["cpu"] = (cpu_seconds(process.pid) - before) / max(said, 1) * 1e6
            own, base = seen[name], seen["segment"]
            print(
                f"{name:<12} {batch:>12}  {own['events_per_second']:>9,.0f}  "
                f"{own['events_per_second'] / base['events_per_second']:>10.2f}  {own['stored']:>9,.0f}  "
                f"{own['stored'] / base['stored']:>10.2f}  {own['cpu']:>11.1f}  "
                f"{own['cpu'] / base['cpu']:>10.2f}  {own['failures']:>8}"
            )


def stored(home: Path) -> int:
    """Say how many events the spool has taken."""
    with closing(sqlite3.connect(f"file:{home / 'spool' / 'front.db'}?mode=ro", uri=True)) as spool:
        (head,) = spool.execute("SELECT at FROM head").fetchone()
    return int(head)


def compiled_shim(folder: Path) -> Path:
    """Compile the shim that slows the disk."""
    shim = folder / "fault.so"
    command = ["gcc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(ROOT / "tools" / "fault.c"), "-ldl"]
    subprocess.run(command, check=True)
    return shim


def make_home(home: Path) -> str:
    """Make just enough of an installation for the door, and give a write key."""
    state = open_state(home / "state.db")
    metadata.create_all(state.engine, tables=[brands, sources, key_rows])
    new = keys.add_source(state, name="site", now=datetime.now(UTC))
    keys.publish(state, home / "public.db", link_keys=[])
    state.close()
    return new.write_key


def machine(home: Path) -> str:
    """Say what was measured on."""
    file = os.open(home / "probe", os.O_RDWR | os.O_CREAT)
    took = []
    for number in range(200):
        os.pwrite(file, b"x" * 8192, number * 8192)
        began = time.perf_counter()
        os.fdatasync(file)
        took.append((time.perf_counter() - began) * 1e3)
    os.close(file)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{os.cpu_count()} cores · {platform.platform()} · Python {platform.python_version()} · fdatasync "
        f"{statistics.median(took):.2f} ms (p99 {sorted(took)[197]:.2f}) · load before {load}"
    )


def environment(slow_ms: float, shim: Path) -> dict[str, str]:
    """Give the environment in which the disk is slow."""
    return os.environ | ({"LD_PRELOAD": str(shim), "FAULT_FSYNC_MS": str(slow_ms)} if slow_ms else {})


@contextmanager
def server(code: str, *arguments: str, environ: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run a server that prints its port."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environ,
    )
    try:
        assert process.stdout is not None
        port = next(int(line.split()[1]) for line in process.stdout if line.startswith("port "))
        time.sleep(1)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


def load(port: int, key: str, seconds: float, batch: int, connections: int, dialect: str = "") -> dict[str, float]:
    """Run the load client."""
    command = [sys.executable, str(ROOT / "benchmarks" / "_load.py"), str(port), key]
    command += ["--seconds", str(seconds), "--batch", str(batch), "--connections", str(connections)]
    command += ["--dialect", dialect] if dialect else []
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def bare_rate(seconds: float) -> dict[str, float]:
    """Measure uvicorn that answers at once."""
    with server(BARE, environ=dict(os.environ)) as (port, _):
        return load(port, "nobody", seconds, 1, RUNS[0][1])


def door_rate(
    home: Path, key: str, slow_ms: float, shim: Path, *, seconds: float, batch: int, connections: int
) -> dict[str, float]:
    """Measure the door."""
    with server(DOOR, str(home), environ=environment(slow_ms, shim)) as (port, process):
        before = cpu_seconds(process.pid)
        seen = load(port, key, seconds, batch, connections)
        spent = cpu_seconds(process.pid) - before
    return seen | {"cpu_us": spent / max(seen["requests"] * batch, 1) * 1e6}


def cpu_seconds(pid: int) -> float:
    """Give the processor's time that a process took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


RAW = """
import sys, time
from pathlib import Path
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
spool = SqliteSpool(Path(sys.argv[1]))
parcel = Parcel(b"\\n".join([b"x" * 900] * 50), 50)
until, count = time.perf_counter() + float(sys.argv[2]), 0
began = time.perf_counter()
while time.perf_counter() < until:
    spool.append([parcel])
    count += 50
print(count / (time.perf_counter() - began))
"""


def raw_rate(path: Path, slow_ms: float, shim: Path, seconds: float) -> dict[str, float]:
    """Measure the spool alone: 50 lines a commit, one commit after the other."""
    done = subprocess.run(
        [sys.executable, "-c", RAW, str(path), str(seconds)],
        check=True, capture_output=True, text=True, env=environment(slow_ms, shim),
    )  # fmt: skip
    return {"rate": float(done.stdout), "parcel": 50}


if __name__ == "__main__":
    main()
