"""A server of files and shops for tests of pulls, on this machine: each answer is what a function of the test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from comptoir import app as apps
from comptoir import pulling
from comptoir.app import App
from comptoir.clock import RealClock
from comptoir.config import PullSettings, Settings
from comptoir.safe_http import Client
from comptoir.sources.pulls import runs, shelf
from comptoir.sources.pulls.base import Making
from comptoir.state.sealing import master_key

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One answer. `sends` fewer bytes than it promises; `hangs` so many seconds first."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sends: int | None = None
    hangs: float = 0.0


def as_json(said: object, **headers: str) -> Say:
    """Answer JSON."""
    return Say(body=json.dumps(said).encode(), headers={"Content-Type": "application/json", **headers})


@dataclass
class Place:
    """The server. `answer` says what is answered; what was asked is kept."""

    answer: Callable[[Asked], Say]
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.server_port}"

    def __enter__(self) -> Self:
        place = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                place.serve(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        one = Asked(path=parts.path, query=query, headers=headers)
        self.asked.append(one)
        said = self.answer(one)
        self.stopping.wait(said.hangs)
        with suppress(OSError):
            handler.send_response(said.status)
            for name, value in said.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(said.body)))
            handler.end_headers()
            handler.wfile.write(said.body[: said.sends])


def making(tmp_path: Path, options: Mapping[str, str], *, waits: list[float] | None = None) -> Making:
    """Give what a place may be made of, this machine allowed; how long it waited is kept."""
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return Making(
        options={"overlap_minutes": "10", **options},
        work=work,
        http=Client(private_hosts=(HOST,), seconds=1.0),
        clock=RealClock(),
        pause=(waits if waits is not None else []).append,
        home=tmp_path,
        folders=(tmp_path.resolve(),),
        zone="Europe/Paris",
    )


@dataclass
class House:
    """An installation with pulls, driven by hand."""

    app: App
    pause: Callable[[float], None] | None = None

    def add(self, name: str, place: str, options: Mapping[str, str], **more: Any) -> None:
        """Add a pull."""
        secrets = more.pop("secrets", {})
        streams = more.pop("streams", tuple(one.name for one in shelf.place_of(place).streams))
        wanted = shelf.Kept(
            name=name, place=place, brand="main", options=options, streams=streams, may_look_inside=True,
            made_at=self.app.clock.now(), **more,
        )  # fmt: skip
        with self.app.state.write() as connection:
            shelf.save(connection, wanted, secrets, master_key(self.app.settings.home), is_new=True)

    def run(self, name: str) -> runs.Ran:
        """Run a pull here, to its end, whatever that is."""
        run_id = pulling.begin(self.app.settings, self.app.state, name, made_by="tester")
        with suppress(Exception):
            pulling.work(self.app, name, run_id, pause=self.pause)
        with self.app.state.read() as connection:
            return runs.find(connection, run_id, machine_now=RealClock().now())

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Ask the facts."""
        rows: list[dict[str, Any]] = apps.answer(self.app.settings, {"kind": "query", "sql": sql}).to_pylist()
        return rows


@contextmanager
def house(home: Path) -> Iterator[House]:
    """Lend an installation whose pulls may read this machine and its folder `drop`."""
    settings = Settings(home=home, pulls=PullSettings(private_hosts=(HOST,)))
    apps.make_home(settings, brand="main")
    (home / "drop").mkdir()
    app = replace(apps.open_app(settings), settings=settings)
    try:
        yield House(app)
    finally:
        app.close()
