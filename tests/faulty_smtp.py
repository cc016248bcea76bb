"""An SMTP server for tests that dies, refuses or dawdles at any step of the conversation."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Self

POINTS = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "after")
"""Where it can die: at `dot` the mail has come but is not accepted; at `after` it is, but the answer is not sent."""
_VERBS = {"EHLO": "ehlo", "HELO": "ehlo", "MAIL": "mail", "RCPT": "rcpt", "DATA": "data", "AUTH": "auth"}


@dataclass
class FaultySmtp:
    """
    Listens on its own port; `dies_at` hangs up at a point, `answers` gives other codes, `on` hears each point.

    With `resets` it does not hang up as is proper, but breaks the connection off.
    """

    dies_at: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    slow_seconds: float = 0.0
    banner_bytes: int = 0
    resets: bool = False
    on: Callable[[str], None] = lambda _point: None
    accepted: list[bytes] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    """The lines that log in."""
    port: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)

    @property
    def message_ids(self) -> list[str]:
        """The ids of the mails accepted, in order."""
        return [str(message_from_bytes(raw)["Message-ID"]).strip("<>").partition("@")[0] for raw in self.accepted]

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                self._talk(connection, lines)
            except (_Died, OSError):
                if self.resets:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _talk(self, connection: socket.socket, lines: object) -> None:
        def say(text: str) -> None:
            time.sleep(self.slow_seconds)
            connection.sendall(text.encode() + b"\r\n")

        self._at("connect")
        say("220 faulty " + "x" * self.banner_bytes)
        while line := lines.readline():  # type: ignore[attr-defined]
            verb = line[:4].decode().upper()
            point = _VERBS.get(verb)
            if point is not None:
                self._at(point)
            if verb == "AUTH":
                self.logins.append(line.decode().strip())
            if verb == "DATA" and "data" not in self.answers:
                say("354 go on")
                self._take(lines, say)
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say(self.answers.get(point or "", "250 ok"))

    def _take(self, lines: object, say: Callable[[str], None]) -> None:
        body: list[bytes] = []
        while (line := lines.readline()) != b".\r\n":  # type: ignore[attr-defined]
            if not line:
                raise _Died
            if not body:
                self._at("body")
            body.append(line[1:] if line.startswith(b"..") else line)
        self._at("dot")
        if "dot" not in self.answers:
            self.accepted.append(b"".join(body))
        self._at("after")
        say(self.answers.get("dot", "250 kept"))

    def _at(self, point: str) -> None:
        self.on(point)
        if self.dies_at == point:
            raise _Died


class _Died(Exception):
    """The server hangs up."""
