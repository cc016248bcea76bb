"""A real installation: its processes on free ports in a home of its own; load, kills, questions, a client's log."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from shutil import copytree
from typing import Any, Self

import pytest

from comptoir import config
from comptoir.access import keys
from comptoir.app import open_app
from comptoir.clock import RealClock
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.reports import service
from tests.shop import made_home

GIVES_UP = 0.3
"""How often a client that got no answer does not try again: whether its events came in nobody knows."""
ROLES = ("door", "engine", "desk")
_END_WITH_TEST = (
    "import ctypes, os, signal, sys; ctypes.CDLL(None).prctl(1, signal.SIGTERM);"  # 1: PR_SET_PDEATHSIG
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Become a Python that is told to stop when the one that started it dies, however it dies."""


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on, below those the kernel hands out to clients."""
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            one = socket.socket()
            with suppress(OSError):
                one.bind(("127.0.0.1", random.SystemRandom().randrange(20_000, 32_000)))
                held.append(one)
                continue
            one.close()
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


@dataclass(slots=True)
class Installation:
    """One installation: a home with one source, and the supervisor with its three processes once it is started."""

    home: Path
    door_port: int
    desk_port: int
    write_key: str
    secret_key: str
    process: subprocess.Popen[bytes] | None = None
    start_seconds: float = 0.0
    """How long the first start took: what this machine, as busy as it is, can do."""

    @classmethod
    def make(cls, home: Path, *, more: str = "") -> Self:
        """Make the home, with one source that may send; `more` is TOML for other tables than `door` and `desk`."""
        door, desk = free_ports(2)
        home.mkdir(parents=True, exist_ok=True)
        text = f"[door]\nport = {door}\n\n[desk]\nport = {desk}\n\n{more}"
        (home / config.FILE_NAME).write_text(text, encoding="utf-8")
        settings = config.load(home, environ={})
        copytree(made_home(), home, dirs_exist_ok=True)
        app = open_app(settings)
        try:
            new = keys.add_source(app.state, name="site", now=RealClock().now())
            app.publish()
        finally:
            app.close()
        return cls(home, door, desk, new.write_key, new.secret_key)

    @property
    def settings(self) -> Settings:
        """Give the settings of the home."""
        return config.load(self.home, environ={})

    @property
    def log(self) -> Path:
        """Give where the processes' words go: beside the home, so that a full home does not silence them."""
        return self.home.parent / f"{self.home.name}.log"

    # ── processes ──

    def start(self, *, ready_within: float = 60, environ: Mapping[str, str] | None = None) -> float:
        """Start the supervisor and wait until both ports are ready; give how many seconds it took."""
        began = time.monotonic()
        self.process = self.supervise(**(environ or {}))
        self.wait_ready(ready_within)
        took = time.monotonic() - began
        self.start_seconds = self.start_seconds or took
        return took

    def supervise(self, **environ: str) -> subprocess.Popen[bytes]:
        """Start a supervisor of this home; it is told to stop if this test process dies."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", _END_WITH_TEST, "-m", "comptoir", "serve", "--home", str(self.home)],
                stdout=log, stderr=log, env=plain | environ,
            )  # fmt: skip

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until door and desk say they are ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError, HTTPException):
                if self.status_of("/ready") == 200 and self.status_of("/ready", self.desk_port) == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"not ready within {seconds} s; the end of its log:\n{self.last_words()}")

    def last_words(self) -> str:
        """Give the end of the log."""
        return self.log.read_text(errors="replace")[-4_000:] if self.log.exists() else ""

    def pids(self) -> dict[str, int]:
        """Give the process ids of the running processes by role, of those this test's supervisor started."""
        if self.process is None:
            return {}
        found: dict[str, int] = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with suppress(OSError, IndexError, ValueError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[1]) != self.process.pid:
                    continue
                words = (folder / "cmdline").read_bytes().split(b"\0")
                found[words[words.index(b"serve") + 1].decode()] = int(folder.name)
        return found

    def kill(self, *roles: str) -> dict[str, int]:
        """Kill processes of ours by role, as `kill -9` does; a role that is not running just now is waited for."""
        deadline = time.monotonic() + 20
        while not set(roles) <= (running := self.pids()).keys():
            assert time.monotonic() < deadline, f"{roles} never ran; the end of the log:\n{self.last_words()}"
            time.sleep(0.01)
        for role in roles:
            with suppress(ProcessLookupError):
                os.kill(running[role], signal.SIGKILL)
        return running

    def kill_all(self) -> None:
        """Kill the supervisor and all its processes, as a power cut does."""
        assert self.process is not None
        running = self.pids()
        self.process.kill()
        self.process.wait()
        for pid in running.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(_is_alive(pid) for pid in running.values()) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.process = None

    def stop(self) -> None:
        """Stop everything in order; whatever does not stop is killed."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill_all()
        self.process = None

    # ── words with it ──

    def connect(self, port: int | None = None) -> HTTPConnection:
        """Open a connection to the door, or to another port."""
        return HTTPConnection("127.0.0.1", port or self.door_port, timeout=10)

    def basic(self, *, secret: bool = False) -> dict[str, str]:
        """Give the header that names the source: by its public key, or by its secret one."""
        key = self.secret_key if secret else self.write_key
        return {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}

    def status_of(self, path: str, port: int | None = None) -> int:
        """Ask for a page and give its status."""
        with closing(self.connect(port)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def post(
        self, path: str, said: object, *, secret: bool = False, raw: bytes | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """Post to the door; give status, body and headers."""
        with closing(self.connect()) as connection:
            connection.request("POST", path, raw if raw is not None else json.dumps(said), self.basic(secret=secret))
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.headers.items()}

    def metrics(self) -> dict[str, float]:
        """Read /metrics of the desk: each sample by its name with labels."""
        with closing(self.connect(self.desk_port)) as connection:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Ask the running engine, as an analyst does."""
        request = {"kind": "query", "sql": sql, "seconds": 60, "rows": 5_000_000}
        rows: list[dict[str, Any]] = service.ask(self.home / service.FILE_NAME, request, 90).to_pylist()
        return rows

    def status(self) -> dict[str, Any]:
        """Give the engine's status, waiting for an engine that starts."""
        deadline = time.monotonic() + 30
        while True:
            try:
                return service.ask_status(self.home / service.FILE_NAME)
            except (ComptoirError, OSError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def received(self) -> int:
        """Count the lines received so far."""
        return int(self.status()["counts"]["received"])

    def wait_applied(self, lines: int, seconds: float = 60) -> None:
        """Wait until so many lines have become facts, or whatever becomes of them, while more come in."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            said = self.status()
            if said["counts"]["received"] - sum(said["pending"].values()) >= lines:
                return
            time.sleep(0.05)
        raise AssertionError(f"not applied within {seconds} s: {said}")

    def settle(self, seconds: float = 60) -> dict[str, Any]:
        """Wait until nothing waits for its tick; give the engine's status."""
        deadline = time.monotonic() + seconds
        said: dict[str, Any] = {}
        while time.monotonic() < deadline:
            with suppress(ComptoirError, OSError):
                said = service.ask_status(self.home / service.FILE_NAME)
                if not any(said["pending"].values()):
                    return said
            time.sleep(0.05)
        raise AssertionError(f"still pending after {seconds} s: {said.get('pending')} {said.get('failures')}")

    def cli(self, *words: str, home: Path | None = None) -> Any:
        """Run a command that answers in JSON; give what it says."""
        done = subprocess.run(
            [sys.executable, "-m", "comptoir", *words, "--home", str(home or self.home), "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@contextmanager
def installed(home: Path, *, more: str = "", **environ: str) -> Iterator[Installation]:
    """Lend an installation that runs; it is stopped whatever happens."""
    made = Installation.make(home, more=more)
    try:
        made.start(environ=environ)
        yield made
    finally:
        made.stop()


def compiled_shim(folder: Path) -> Path:
    """Compile the shim that makes system calls fail, or skip with a line where there is no compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc: the shim that makes system calls fail cannot be compiled")
    made, source = folder / "fault.so", Path(__file__).resolve().parents[1] / "tools" / "fault.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(made), str(source), "-ldl"], check=True)
    return made


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# ── the client's own log, and the verdict ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of the events of a run, in Jepsen's words, judged by the clients' own log."""

    attempted: int
    acknowledged: int
    ok: int
    """Acknowledged and stored."""
    lost: int
    """Acknowledged and not stored: never."""
    recovered: int
    """Not acknowledged, and stored all the same."""
    duplicated: int
    """Stored more than once: never."""
    unexpected: int
    """Stored, and never sent: never."""


def verdict(attempted: set[str], acked: set[str], stored: Mapping[str, int]) -> Verdict:
    """Judge a run. `stored` counts the rows of each message id."""
    return Verdict(
        attempted=len(attempted),
        acknowledged=len(acked),
        ok=len(acked & stored.keys()),
        lost=len(acked - stored.keys()),
        recovered=len((attempted - acked) & stored.keys()),
        duplicated=sum(count > 1 for count in stored.values()),
        unexpected=len(stored.keys() - attempted),
    )


Maker = Callable[[str, random.Random], dict[str, object]]


def plain_event(message_id: str, draw: random.Random) -> dict[str, object]:
    """Make an event of a shop that is only looked at, and sometimes put into a cart."""
    who = f"b{draw.randrange(200)}"
    name = draw.choice(["Product Viewed", "Product Viewed", "Product Viewed", "Product Added"])
    properties = {"product_id": f"p{draw.randrange(30)}", "price": 9.5, "quantity": 1}
    if name == "Product Added":
        properties["cart_id"] = f"c-{who}"
    return {
        "type": "track", "event": name, "messageId": message_id, "anonymousId": who, "properties": properties
    }  # fmt: skip


@dataclass(slots=True)
class Log:
    """What one client sent, and what was acknowledged."""

    attempted: set[str] = field(default_factory=set)
    acked: set[str] = field(default_factory=set)
    refused: int = 0
    """Events acknowledged that are to be refused."""
    discarded: int = 0
    """Events acknowledged that are to be discarded."""
    answers: Counter[int] = field(default_factory=Counter)
    failures: int = 0
    """Requests that got no answer."""


@dataclass(slots=True, kw_only=True)
class Load:
    """Clients that send batches, mostly again where they got no answer, and write down what was acknowledged."""

    installation: Installation
    seed: int
    clients: int = 4
    pause: float = 0.04
    make: Maker = plain_event
    mixed: bool = False
    """Whether to send events that must be refused or discarded, and some batches twice, too."""
    logs: list[Log] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    began: float = 0.0

    def __enter__(self) -> Self:
        """Start the clients."""
        self.began = time.monotonic()
        for number in range(self.clients):
            self.logs.append(Log())
            self.threads.append(threading.Thread(target=self._shop, args=(number,), daemon=True))
            self.threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clients."""
        self.stop()

    def stop(self) -> None:
        """Stop the clients and wait for their last answers."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)

    @property
    def acked(self) -> set[str]:
        """Give the ids that were acknowledged so far."""
        return set().union(*(set(log.acked) for log in self.logs))

    @property
    def attempted(self) -> set[str]:
        """Give the ids that were sent."""
        return set().union(*(log.attempted for log in self.logs))

    def rate(self) -> float:
        """Give how many events a second were acknowledged."""
        return len(self.acked) / (time.monotonic() - self.began)

    def _shop(self, client: int) -> None:
        draw, log, number = random.Random(f"{self.seed}/{client}"), self.logs[client], 0
        connection = self.installation.connect()
        try:
            while not self.stopping.is_set():
                number += 1
                ids = [f"s{self.seed}.{client}.{number}.{place}" for place in range(draw.choice([1, 1, 5, 20, 40]))]
                batch = [self.make(one, draw) for one in ids]
                refused, discarded = self._spoil(batch, draw)
                log.attempted.update(ids)
                for _ in range(draw.choice([1, 1, 1, 2]) if self.mixed else 1):
                    if self._send(connection, log, batch, draw):
                        log.acked.update(ids)
                        log.refused += refused
                        log.discarded += discarded
                self.stopping.wait(self.pause * draw.random() * 2)
        finally:
            connection.close()

    def _spoil(self, batch: list[dict[str, object]], draw: random.Random) -> tuple[int, int]:
        if not self.mixed:
            return 0, 0
        refused = draw.choice([0, 0, 0, 1, 3])
        discarded = draw.choice([0, 0, 1, 2])
        batch += [{"type": "track", "anonymousId": "x", "properties": {}}] * refused
        consent = {"consent": {"categoryPreferences": {"analytics": False, "marketing": False}}}
        batch += [{"type": "track", "event": "E", "anonymousId": "x", "context": consent}] * discarded
        draw.shuffle(batch)
        return refused, discarded

    def _send(self, connection: HTTPConnection, log: Log, batch: list[dict[str, object]], draw: random.Random) -> bool:
        """Send a batch until it is answered with 200, the client gives up, or the test is over."""
        body, headers = json.dumps({"batch": batch}), self.installation.basic()
        while True:
            try:
                connection.request("POST", "/v1/batch", body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                connection.close()
                log.failures += 1
                if draw.random() < GIVES_UP:
                    return False
            else:
                log.answers[answer.status] += 1
                if answer.status == 200:
                    return True
                assert answer.status == 503, f"{answer.status} {body[:200]}"
                assert answer.headers["Retry-After"]
            if self.stopping.wait(0.03):
                return False


def stored_counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Read `SELECT message_id, count(*) AS rows …` as a dictionary."""
    return {row["message_id"]: row["rows"] for row in rows}


STORED = "SELECT message_id, count(*) AS rows FROM events_all GROUP BY message_id"
