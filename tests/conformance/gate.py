"""What stands between a client and the door: it lets requests through, is closed for a while, or answers errors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from comptoir.errors import ComptoirError
from comptoir.server import problems

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One request that came to the gate."""

    at: float
    method: str
    path: str
    status: int
    """0 where the answer was lost."""
    headers: dict[str, str]


@dataclass(slots=True)
class Gate:
    """A way to the door under one port, whatever happens behind it."""

    door_port: int
    port: int = 0
    passages: list[Passage] = field(default_factory=list)
    errors: list[ComptoirError] = field(default_factory=list)
    """Each answers one request that brings events, in turn, with the very bytes the door would answer."""
    forgets: int = 0
    """So many answers of the door are lost on their way back: the connection ends instead."""
    server: ThreadingHTTPServer | None = None
    sockets: set[Any] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Give the address that a client is told."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Let requests through."""
        gate = self

        class Handler(_Handler):
            of = gate

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Say nothing of clients that hang up."""

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections, and cut those that stand: to a client the door is down."""
        if self.server is None:
            return
        self.server.shutdown()
        self.server.server_close()
        self.server = None
        for one in list(self.sockets):
            with suppress(OSError):
                one.shutdown(2)

    def note(self, one: BaseHTTPRequestHandler, status: int) -> dict[str, str]:
        """Write a request down, with the status it was answered; give its headers, names in lower case."""
        asked = {name.lower(): value for name, value in one.headers.items()}
        self.passages.append(
            Passage(at=time.monotonic(), method=one.command, path=one.path, status=status, headers=asked)
        )
        return asked

    @contextmanager
    def closed(self, seconds: float) -> Iterator[None]:
        """Be closed while the client goes on; come back when so many seconds are over."""
        self.close()
        began = time.monotonic()
        try:
            yield
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        finally:
            self.open()

    def paths(self, method: str = "POST") -> list[str]:
        """Give the addresses that were asked for, without their queries."""
        return [one.path.partition("?")[0] for one in self.passages if one.method == method]


class _Handler(BaseHTTPRequestHandler):
    """Hands one request on to the door, or answers an error in its place."""

    protocol_version = "HTTP/1.1"
    of: Gate

    def setup(self) -> None:
        super().setup()
        self.of.sockets.add(self.connection)

    def finish(self) -> None:
        self.of.sockets.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _pass(self) -> None:
        body = self._body()
        brings = self.command == "POST" and bool(body)
        if brings and self.of.errors:
            answer = problems.answer(self.of.errors.pop(0))
            self._answer(answer.status, [(a.decode(), b.decode()) for a, b in answer.headers], answer.body)
            return
        with closing(HTTPConnection("127.0.0.1", self.of.door_port, timeout=20)) as door:
            door.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP:
                    door.putheader(name, value)
            door.putheader("Content-Length", str(len(body)))
            door.endheaders(body)
            got = door.getresponse()
            headers = [(name, value) for name, value in got.getheaders() if name.lower() not in _HOP]
            said = got.read()
        if brings and self.of.forgets > 0:
            self.of.forgets -= 1
            self.close_connection = True
            self.of.note(self, 0)
            return
        self._answer(got.status, headers, said)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        asked = self.of.note(self, status)
        self.send_response_only(status)
        if "access-control-allow-origin" not in {name.lower() for name, _ in headers} and "origin" in asked:
            headers = [
                *headers,
                ("Access-Control-Allow-Origin", asked["origin"]),
                ("Access-Control-Allow-Credentials", "true"),
            ]
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_OPTIONS = do_HEAD = _pass  # noqa: N815 (http.server's names)
