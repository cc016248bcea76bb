"""The built-in inbox: a small SMTP server for trials that keeps every mail as a file, with an index."""

from __future__ import annotations

import asyncio
import email
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default as modern
from html import unescape
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from comptoir.clock import Clock
from comptoir.config import Settings
from comptoir.errors import ComptoirError

FOLDER = "inbox"
INDEX = "index.jsonl"
_LARGEST = 10 * 1024 * 1024
_HREF = re.compile(r'href="([^"]+)"')


class MailNotFound(ComptoirError, LookupError):
    """The inbox has no such mail."""

    code, status = "mail_not_found", 404
    hint = "List the mails with `comptoir inbox list`."


class Keeper:
    """Keeps each mail as a file before it is acknowledged; the index names it only once it is whole."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Keep mails in `folder`, making it if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._lock = Lock()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep one mail."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        await asyncio.get_running_loop().run_in_executor(None, self.keep, raw, [str(one) for one in envelope.rcpt_tos])
        return "250 kept"

    def keep(self, raw: bytes, recipients: list[str]) -> str:
        """Write a mail and its line in the index; give its name."""
        said = email.message_from_bytes(raw, policy=modern)
        with self._lock:
            name = f"{len(_index(self._folder)) + 1:06d}"
            unfinished = self._folder / f"{name}.part"
            with unfinished.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self._folder / f"{name}.eml")
            line = {
                "id": name,
                "received_at": self._clock.now().isoformat(),
                "to": recipients,
                "subject": str(said["Subject"] or ""),
                "message_id": str(said["Message-ID"] or "").strip("<> "),
            }
            with (self._folder / INDEX).open("ab") as index:
                index.write(msgspec.json.encode(line) + b"\n")
        return name


def start(home: Path, clock: Clock, *, host: str, port: int) -> Controller:
    """Start the inbox in its own thread; stop it with `.stop()`. Port 0 takes a free one, see `port_of`."""
    controller = _Controller(
        Keeper(home / FOLDER, clock), hostname=host, port=port, data_size_limit=_LARGEST, enable_SMTPUTF8=True,
        ident="Comptoir inbox",
    )  # fmt: skip
    controller.start()
    return controller


@contextmanager
def running(settings: Settings) -> Iterator[Controller]:
    """Run the inbox on the host and port that mails are handed to, while inside."""
    controller = start(settings.home, settings.make_clock(), host=settings.mail.host, port=settings.mail.port)
    try:
        yield controller
    finally:
        controller.stop()


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Try the port the server really has: aiosmtpd's own trial asks the one that was wished for, which may be 0."""
        with socket.create_connection((self.hostname, port_of(self)), timeout=1.0) as trial:
            trial.recv(1_024)


def port_of(controller: Controller) -> int:
    """Give the port the inbox really listens on."""
    server: Any = controller.server
    return int(server.sockets[0].getsockname()[1])


def listing(home: Path) -> list[dict[str, Any]]:
    """List the mails, oldest first."""
    return _index(home / FOLDER)


def show(home: Path, name: str) -> dict[str, Any]:
    """
    Give one mail: its headers, both bodies and its links. `name` is its id, or `last`.

    Raises: MailNotFound.
    """
    known = listing(home)
    found = known[-1] if name == "last" and known else next((one for one in known if one["id"] == name), None)
    if found is None:
        raise MailNotFound(id=name)
    raw = (home / FOLDER / f"{found['id']}.eml").read_bytes()
    said = email.message_from_bytes(raw, policy=modern)
    assert isinstance(said, EmailMessage)
    html = _part(said, "html")
    return found | {
        "headers": {key: str(value) for key, value in said.items()},
        "text": _part(said, "plain"),
        "html": html,
        "links": [unescape(link) for link in _HREF.findall(html)],
    }


def _part(said: EmailMessage, kind: str) -> str:
    body = said.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""


def _index(folder: Path) -> list[dict[str, Any]]:
    file = folder / INDEX
    if not file.exists():
        return []
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines() if line.strip()]
