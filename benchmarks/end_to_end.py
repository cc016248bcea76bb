"""
The whole house under load: ingest, ticks and screens at once, on two cores, everything durable.

A client posts batches at a steady rate; another asks the desk for profiles and pages; we watch how far behind the
newest acknowledged event scenarios are. Reference, in the same run: the same events collected and inserted alone,
without identity, sessions, carts, ledger or scenarios.
"""

from __future__ import annotations

import argparse
import bisect
import json
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from base64 import b64encode
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

COMPTOIR = [sys.executable, "-m", "comptoir"]


def free_port() -> int:
    import socket

    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


CONTEXT = (
    '"context":{"page":{"url":"https://shop.example.test/p/%d","referrer":"https://www.google.fr/"},'
    '"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"}'
)
VIEW = (
    '{"messageId":"%s-%d","type":"track","event":"Product Viewed","anonymousId":"a%d"%s,"properties":{"product_id":"p%d","price":19.9},'
    + CONTEXT
    + "}"
)
ADD = (
    '{"messageId":"%s-%d","type":"track","event":"Product Added","anonymousId":"a%d"%s,"properties":{"product_id":"p%d","price":19.9,"cart_id":"c%d"},'
    + CONTEXT
    + "}"
)
ORDER = (
    '{"messageId":"%s-%d","type":"track","event":"Order Completed","anonymousId":"a%d"%s,"properties":{"order_id":"%s-%d","cart_id":"c%d","total":19.9,"products":[{"product_id":"p%d","price":19.9}]},'
    + CONTEXT
    + "}"
)


VISITORS = 40_000
RUN = "@run@"


def event(number: int, run: str) -> str:
    """Say one event: one in twelve fills a cart, one in a hundred orders it; one visitor in three is known."""
    who, product = number * 7_919 % VISITORS, number % 5_000
    known = "" if who % 3 else f',"userId":"u{who}"'
    if number % 100 == 99:
        return ORDER % (run, number, who, known, run, number, who, product, product)
    if number % 12 == 0:
        return ADD % (run, number, who, known, product, who, product)
    return VIEW % (run, number, who, known, product, product)


def bodies(batch: int) -> list[bytes]:
    """Write the batches of one round, in which every visitor comes once, with a mark where the round's name belongs."""
    return [
        b'{"batch":[' + ",".join([event(number + place, RUN) for place in range(batch)]).encode() + b"]}"
        for number in range(0, VISITORS, batch)
    ]


def post(port: int, key: str, rate: int, seconds: float, made: list[bytes], told: dict[str, float]) -> None:
    """Post batches at a steady rate. They are written beforehand: the client shares the cores it measures."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}
    batch = VISITORS // len(made)
    began, number = time.perf_counter(), 0
    me = f"r{time.time_ns()}-{threading.get_ident()}"
    while (elapsed := time.perf_counter() - began) < seconds:
        if number * batch / rate > elapsed:
            time.sleep(number * batch / rate - elapsed)
        body = made[number % len(made)].replace(RUN.encode(), f"{me}-{number // len(made)}".encode())
        connection.request("POST", "/v1/batch", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            number += 1
            told["sent"] = told.get("sent", 0) + batch
        else:
            told["refused"] = told.get("refused", 0) + 1
            time.sleep(0.05)


def look(desk: int, stop: threading.Event, waits: list[float]) -> None:
    number = 0
    while not stop.is_set():
        path = "/" if number % 20 == 0 else f"/api/v1/profiles/anonymous/a{number % 40_000}"
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{desk}{path}", timeout=30) as answer:
                answer.read()
        except OSError:
            pass
        if number % 20:
            waits.append(time.perf_counter() - began)
        number += 1
        time.sleep(0.05)


def watch(home: Path, stop: threading.Event, heads: list[tuple[float, int]], done: list[tuple[float, int]]) -> None:
    front = sqlite3.connect(f"file:{home / 'spool/front.db'}?mode=ro", uri=True)
    state = sqlite3.connect(f"file:{home / 'state.db'}?mode=ro", uri=True)
    while not stop.is_set():
        (head,) = front.execute("SELECT at FROM head").fetchone()
        heads.append((time.perf_counter(), head))
        row = state.execute("SELECT offset_after FROM scenarios_applied WHERE spool = 'front'").fetchone()
        done.append((time.perf_counter(), row[0] if row else 0))
        time.sleep(0.02)


def lags(heads: list[tuple[float, int]], done: list[tuple[float, int]]) -> list[float]:
    reached = [offset for _, offset in done]
    found = []
    for at, head in heads:
        place = bisect.bisect_left(reached, head)
        if place < len(done):
            found.append(max(0.0, done[place][0] - at))
    return sorted(found)


def share(sorted_values: list[float], part: float) -> float:
    return sorted_values[int((len(sorted_values) - 1) * part)] if sorted_values else float("nan")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=600.0)
    options.add_argument("--rate", type=int, default=10_000)
    options.add_argument("--batch", type=int, default=50)
    asked = options.parse_args()
    machine.describe()
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        home = Path(folder) / "home"
        subprocess.run([*COMPTOIR, "init", "--home", str(home)], check=True, stdout=subprocess.DEVNULL)
        made = subprocess.run(
            [*COMPTOIR, "source", "add", "web", "--home", str(home), "--json"], check=True, stdout=subprocess.PIPE
        )
        key = json.loads(made.stdout)["write_key"]
        subprocess.run(
            [*COMPTOIR, "scenario", "publish", "abandoned-basket", "--home", str(home)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        door, desk = free_port(), free_port()
        ports = ["--door-port", str(door), "--desk-port", str(desk)]
        log = (Path(folder) / "log").open("w")
        server = subprocess.Popen([*COMPTOIR, "serve", "--home", str(home), *ports], stderr=log)
        try:
            for port in (door, desk):
                wait_for(f"http://127.0.0.1:{port}/ready")
            measure(home, door, desk, key, asked)
        finally:
            server.terminate()
            server.wait(30)


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def measure(home: Path, door: int, desk: int, key: str, asked: argparse.Namespace) -> None:
    from comptoir.reports import service

    stop, told, waits = threading.Event(), {}, []
    heads: list[tuple[float, int]] = []
    done: list[tuple[float, int]] = []
    threading.Thread(target=look, args=(desk, stop, waits), daemon=True).start()
    threading.Thread(target=watch, args=(home, stop, heads, done), daemon=True).start()
    began = time.perf_counter()
    client = subprocess.Popen([
        sys.executable, __file__.replace("end_to_end.py", "_steady.py"), str(door), key, str(asked.rate),
        str(asked.seconds), str(asked.batch),
    ], stdout=subprocess.PIPE)  # fmt: skip
    out, _ = client.communicate()
    told = json.loads(out)
    posted = time.perf_counter() - began
    while done[-1][1] < heads[-1][1]:
        time.sleep(0.05)
    whole = time.perf_counter() - began
    stop.set()
    status = service.ask_status(home / service.FILE_NAME, 30)
    found = lags(heads, done)
    sent = told["sent"]
    print(f"posted {sent:,} events in {posted:.1f} s = {sent / posted:,.0f}/s; all seen by scenarios after {whole:.1f} s"
          f" = {sent / whole:,.0f}/s sustained")  # fmt: skip
    print(f"event → scenario sees it: p50 {share(found, 0.5) * 1e3:,.0f} ms · p99 {share(found, 0.99) * 1e3:,.0f} ms"
          f" · worst {share(found, 1) * 1e3:,.0f} ms · checkpoints {status['checkpoints']}")  # fmt: skip
    boxes = {name: round(seconds, 1) for name, seconds in sorted(status["box_seconds"].items())}
    print(f"ticks {status['ticks']:,} · tick p50 {status['tick_seconds']['0.5'] * 1e3:.0f} ms"
          f" p99 {status['tick_seconds']['0.99'] * 1e3:.0f} ms · seconds by box {boxes}")  # fmt: skip
    waits.sort()
    print(
        f"profile reads beside it: {len(waits):,}, p50 {share(waits, 0.5) * 1e3:.1f} ms p99 {share(waits, 0.99) * 1e3:.1f} ms"
    )
    gathered = boxes.get("collect", 0.0) + boxes.get("read", 0.0)
    print(f"ratio: all boxes take {sum(boxes.values()) / max(gathered, 0.1):.2f} × reading and collecting alone")


if __name__ == "__main__":
    main()
