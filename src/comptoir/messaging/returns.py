"""Mails that come back: read from a folder, a file or a mailbox, believed only where we sent them, each once."""

from __future__ import annotations

import imaplib
import mailbox
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from comptoir import logs
from comptoir.clock import Clock, monotonic
from comptoir.config import BounceSettings
from comptoir.messaging import bounces, dsn, verp
from comptoir.messaging.rows import outbox
from comptoir.model.message import DeliveryKind
from comptoir.state.base import State

log = logs.get("returns")

_MOST_BYTES = 1_000_000
_MOST_HEADER = 1_000
"""More than an envelope sender takes; addresses are read in a time that grows with the square. Units: characters."""
_AT_ONCE = 200
_ADDRESS_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Original-Mail-From")
_KINDS = {
    dsn.Severity.HARD: DeliveryKind.BOUNCED,
    dsn.Severity.SOFT: DeliveryKind.SOFT_BOUNCED,
}

Incoming = tuple[bytes, Callable[[], None]]
"""A mail as it came, and what to call once it is settled."""


def take(connection: Connection, raw: bytes, keys: Sequence[bytes], now: datetime) -> str:
    """
    Take one mail that came back, in the caller's transaction, and say in a word what it was.

    Only what came to an envelope sender that we made is believed; of a complaint also what the report carries of it.
    """
    try:
        message = message_from_bytes(raw[:_MOST_BYTES])
        heard = dsn.hear(message)
        message_ids = [] if heard.word == dsn.Word.NOTHING else _named(message, heard, keys)
    except Exception as error:  # noqa: BLE001 (anybody may write here, and no mail may stop all that come after it)
        log.warning("a mail that came back cannot be read, and is put aside", error=type(error).__name__)
        return "unreadable"
    if heard.word == dsn.Word.NOTHING:
        return "nothing"
    row = _sent(connection, message_ids)
    if row is None:
        return "not ours"
    kind = DeliveryKind.COMPLAINED if heard.word == dsn.Word.COMPLAINT else _KINDS[heard.severity or dsn.Severity.SOFT]
    bounces.note(connection, row, kind, heard.detail, now)
    return kind.value


@dataclass(slots=True, kw_only=True)
class Returns:
    """Looks for mails that came back, every few seconds; `look` is called by one thread."""

    state: State
    settings: BounceSettings
    clock: Clock
    keys: Sequence[bytes]
    home: Path
    _looked_at: float = -1e9
    _told: set[str] = field(default_factory=set)

    def look(self, *, at_once: bool = False) -> int:
        """Take what has come, where it is time to look, and say how many mails that were."""
        if not at_once and monotonic() - self._looked_at < self.settings.seconds:
            return 0
        self._looked_at = monotonic()
        count = 0
        for name, source in self._sources():
            try:
                for raw, settled in source():
                    with self.state.write() as connection:
                        take(connection, raw, self.keys, self.clock.now())
                    settled()
                    count += 1
                self._told.discard(name)
            except (OSError, imaplib.IMAP4.error, mailbox.Error, UnicodeError) as error:
                if name not in self._told:
                    log.warning("cannot read mails that came back", source=name, error=str(error))
                self._told.add(name)
        return count

    def _sources(self) -> Iterator[tuple[str, Callable[[], Iterator[Incoming]]]]:
        if self.settings.folder:
            yield "folder", lambda: from_folder(self.home / self.settings.folder)
        if self.settings.mbox:
            yield "mbox", lambda: from_mbox(self.home / self.settings.mbox)
        if self.settings.imap_host:
            yield "imap", lambda: from_imap(self.settings)


def from_folder(folder: Path) -> Iterator[Incoming]:
    """Give the mails of a Maildir, or of a folder of .eml files; a settled one is moved to `cur`, or to `done`."""
    new = folder / "new"
    is_maildir = new.is_dir()
    done = folder / ("cur" if is_maildir else "done")
    names = (
        sorted(one.name for one in new.iterdir()) if is_maildir else sorted(one.name for one in folder.glob("*.eml"))
    )
    for name in names[:_AT_ONCE]:
        path = (new if is_maildir else folder) / name

        def settled(path: Path = path, to: str = f"{name}:2,S" if is_maildir else name) -> None:
            done.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                path.rename(done / to)

        with path.open("rb") as file:
            yield file.read(_MOST_BYTES), settled


def from_mbox(path: Path) -> Iterator[Incoming]:
    """Give the mails of an mbox file, taking each out once it is settled; the file is locked meanwhile."""
    if not path.exists() or path.stat().st_size == 0:
        return
    box = mailbox.mbox(path)
    box.lock()
    try:
        for key in list(box.keys())[:_AT_ONCE]:
            yield box.get_bytes(key), lambda key=key: box.discard(key)  # type: ignore[misc] # mypy loses the default
        box.flush()
    finally:
        box.unlock()
        box.close()


def from_imap(settings: BounceSettings) -> Iterator[Incoming]:
    """Give the unseen mails of an IMAP folder; a settled one is marked as seen."""
    with imaplib.IMAP4_SSL(settings.imap_host, settings.imap_port, timeout=30) as box:
        yield from unseen(box, settings)


def unseen(box: imaplib.IMAP4, settings: BounceSettings) -> Iterator[Incoming]:
    """Log in, and give the unseen mails of the folder."""
    _log_in(box, settings)
    box.select(f'"{settings.imap_folder}"')
    _, found = box.uid("SEARCH", "UNSEEN")
    for number in (found[0] or b"").split()[:_AT_ONCE]:
        uid = number.decode("ascii")
        _, parts = box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{_MOST_BYTES}>)")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), b"")

        def settled(uid: str = uid) -> None:
            box.uid("STORE", uid, "+FLAGS", "(\\Seen)")

        yield raw, settled


def _log_in(box: imaplib.IMAP4, settings: BounceSettings) -> None:
    if (settings.imap_user + settings.imap_password).isascii():
        box.login(settings.imap_user, settings.imap_password)
    else:  # Source: RFC 4616: PLAIN is said in UTF-8, and LOGIN in ASCII alone
        said = f"\0{settings.imap_user}\0{settings.imap_password}".encode()
        box.authenticate("PLAIN", lambda _: said)


def _named(message: Message, heard: dsn.Heard, keys: Sequence[bytes]) -> list[str]:
    """Give the messages that a mail that came back was sent to the envelope senders of."""
    said = (verp.message_of(keys, address) for address in _addresses(message, heard))
    return [one for one in said if one is not None]


def _sent(connection: Connection, message_ids: Sequence[str]) -> Mapping[str, Any] | None:
    """Give the outbox row a mail that came back belongs to: the first of these that there is."""
    for one in message_ids:
        row = connection.execute(select(outbox).where(outbox.c.message_id == one)).mappings().one_or_none()
        if row is not None:
            return dict(row)
    return None


def _addresses(message: Message, heard: dsn.Heard) -> Iterator[str]:
    parts = message.walk() if heard.word == dsn.Word.COMPLAINT else [message]
    for part in parts:
        said = [str(one) for name in _ADDRESS_HEADERS for one in part.get_all(name, [])]
        if part.get_content_type() == "message/feedback-report":
            report = part.get_payload()
            blocks = [one for one in report if isinstance(one, Message)] if isinstance(report, list) else []
            blocks = blocks or [message_from_bytes(str(report).encode())]
            said += [str(one) for block in blocks for one in block.get_all("Original-Mail-From", [])]
        if heard.word == dsn.Word.COMPLAINT:
            said += [str(one) for one in part.get_all("Return-Path", [])]
        yield from (address for _, address in getaddresses([one[:_MOST_HEADER] for one in said]) if address)
