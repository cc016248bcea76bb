"""An HTTP server for tests of webhooks that refuses, hangs, drips, floods, or hangs up."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"


@dataclass
class Hook:
    """Takes calls; `answers` are used up one by one: (status, more headers); -1 hangs up, -2 hangs, -3 floods."""

    answers: list[tuple[int, bytes]] = field(default_factory=list)
    kept: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    on: Callable[[str], None] = lambda _point: None
    connections: int = 0
    port: int = 0
    context: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.on("connect")
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        if self.context is not None:
            try:
                connection = self.context.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            headers: dict[str, str] = {}
            lines.readline()
            while (line := lines.readline()) not in {b"\r\n", b""}:
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = lines.read(int(headers.get("content-length", "0")))
            self.on("called")
            status, more = self.answers.pop(0) if self.answers else (200, b"")
            if status == -1:
                return
            if status == -2:
                time.sleep(30)
            elif status == -3:
                self._flood(connection)
            elif status == -4:
                for _ in range(200):
                    connection.sendall(b"H")
                    time.sleep(0.1)
            else:
                if status == 200:
                    self.kept.append((headers, body))
                connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n%b\r\n" % (status, more))

    def _flood(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5368709120\r\n\r\n")
        block = b"x" * 65_536
        while True:
            connection.sendall(block)
