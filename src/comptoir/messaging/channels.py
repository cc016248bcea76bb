"""Two small channels beside e-mail: a file of JSON lines, and a call of another system for each message."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from comptoir.messaging import webhooks
from comptoir.messaging.base import ChannelNeeds, LastLook, Making
from comptoir.messaging.compose import address
from comptoir.model.message import DeliveryKind, Mail, Receipt
from comptoir.safe_http import Client, Response

_OK = range(200, 300)
_TRY_AGAIN = frozenset({408, 409, 425, 429})
_SERVER_FAULTS = range(500, 600)


def as_json(mail: Mail) -> dict[str, Any]:
    """Give a message as what other systems read."""
    return {
        "message_id": mail.message_id,
        "brand": mail.brand,
        "to": mail.to,
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "at": mail.at.isoformat(),
        "language": mail.language,
        "headers": dict(mail.headers),
    }


@dataclass(slots=True)
class File:
    """
    Appends each message to a file as one line of JSON, on disk before it is accepted; the same message twice is one.
    """

    path: Path
    name: str = "file"
    connections: int = 1
    _written: set[str] | None = None
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def made(cls, making: Making) -> File:
        """Make it from the option `path`, a file beside or inside the home. Raises: ChannelNeeds."""
        if not making.options.get("path"):
            raise ChannelNeeds(channel="file", needs="path")
        return cls(making.settings.path(making.options["path"]))

    def room(self, _brand: str) -> int:
        """Say that there is always room."""
        return self.connections

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Append one message."""
        try:
            address(mail.to)
            line = msgspec.json.encode(as_json(mail)) + b"\n"
        except (ValueError, TypeError) as error:
            return Receipt(kind=DeliveryKind.FAILED, detail=f"bad message: {error}")
        with self._lock:
            try:
                known = self._known()
            except OSError as error:
                return Receipt(kind=DeliveryKind.DEFERRED, detail=str(error))
            if mail.message_id in known:
                return Receipt(kind=DeliveryKind.ACCEPTED, detail="written before")
            if not may_still():
                return Receipt(kind=DeliveryKind.STOPPED, detail="forbidden at the last look")
            return self._append(line, mail.message_id)

    def close(self) -> None:
        """Nothing stays open; what was written is read again at the next message."""
        with self._lock:
            self._written = None

    def _append(self, line: bytes, message_id: str) -> Receipt:
        try:
            with self.path.open("ab") as file:
                size = file.tell()
                try:
                    file.write(line)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(size)  # half a line is none
                    raise
        except OSError as error:
            self._written = None  # the file says what is in it
            return Receipt(kind=DeliveryKind.DEFERRED, detail=str(error))
        if self._written is not None:
            self._written.add(message_id)
        return Receipt(kind=DeliveryKind.ACCEPTED, detail=str(self.path.name))

    def _known(self) -> set[str]:
        if self._written is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._written = set(_ids(self.path))
        return self._written


def _ids(path: Path) -> list[str]:
    """Read which messages a file holds, and cut off half a line that a crash left."""
    if not path.exists():
        return []
    with path.open("rb+") as file:
        found, whole = [], 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            try:
                found.append(str(msgspec.json.decode(line)["message_id"]))
            except (msgspec.MsgspecError, KeyError, TypeError):
                continue  # a line of somebody else's
        file.truncate(whole)
    return found


@dataclass(slots=True, kw_only=True)
class Webhook:
    """
    Calls another system for each message, signed; the message id is its idempotency key.

    A 2xx is accepted; 408, 409, 425, 429 and 5xx are tried again; other answers are final. A call that broke off may
    have been taken: its fate is unknown.
    """

    url: str
    secret: str
    client: Client
    now: Callable[[], datetime]
    connections: int = 4
    name: str = "webhook"

    @classmethod
    def made(cls, making: Making) -> Webhook:
        """Make it from the option `endpoint`, the name of a stored one. Raises: ChannelNeeds; EndpointNotFound."""
        name = making.options.get("endpoint", "")
        if not name:
            raise ChannelNeeds(channel="webhook", needs="endpoint")
        with making.state.read() as connection:
            url, secret = webhooks.opened(connection, name, making.key())
        hooks = making.settings.webhooks
        client = Client(private_hosts=hooks.private_hosts, seconds=hooks.seconds)
        return cls(url=url, secret=secret, client=client, now=making.clock.now)

    def room(self, _brand: str) -> int:
        """Say that only the number of connections bounds it."""
        return self.connections

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Call once."""
        try:
            address(mail.to)
            body = msgspec.json.encode({"type": "message", "data": as_json(mail)})
            headers = webhooks.signed(self.secret, mail.message_id, body, self.now())
        except (ValueError, TypeError) as error:
            return Receipt(kind=DeliveryKind.FAILED, detail=f"bad message: {error}")
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED, detail="forbidden at the last look")
        return _judged(self.client.post(self.url, body, headers))

    def close(self) -> None:
        """Nothing stays open between calls."""


def _judged(response: Response) -> Receipt:
    status, detail = response.status, response.detail
    if status in _OK:
        return Receipt(kind=DeliveryKind.ACCEPTED, detail=detail)
    if status in _TRY_AGAIN or status in _SERVER_FAULTS:
        return Receipt(kind=DeliveryKind.DEFERRED, detail=detail, is_busy=status in {429, 503})
    if status:
        return Receipt(kind=DeliveryKind.FAILED, detail=detail)
    kind = DeliveryKind.UNKNOWN if response.was_sent else DeliveryKind.DEFERRED
    return Receipt(kind=kind, detail=detail, no_server=not response.was_sent)
