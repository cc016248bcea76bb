"""The e-mail channel: SMTP one step at a time, so that it knows what may have been accepted when a line breaks."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock

from comptoir.clock import monotonic
from comptoir.config import MailSettings
from comptoir.messaging.base import LastLook
from comptoir.messaging.compose import Signer, address, compose, smtp_bytes, written
from comptoir.model.message import DeliveryKind, Mail, Receipt

__all__ = ["Email", "compose"]

_TEMPORARY = range(400, 500)
_START = 354
_LOGGED_IN = 235
_OK = range(200, 300)
_CLOSING = 421
_BUSY = re.compile(r"too many|rate.?limit|throttl|4\.7\.(0|28)|TSS04", re.IGNORECASE)
_IDLE_SECONDS = 5.0
"""After so long the server is asked whether it is still there."""


class _CannotSecure(Exception):
    """The server does not offer what the TLS policy demands."""


class _Worn(Exception):
    """The server closes a connection that it has had enough of: a new one is as good."""


@dataclass(slots=True)
class _Line:
    """One open connection."""

    server: smtplib.SMTP
    used: float
    closings: int
    """How often the channel had been closed when it was opened."""
    mails: int = 0


class Email:
    """
    Hands mails to one SMTP server over connections that are kept open between mails; several threads may call it.

    What was surely not accepted is `deferred` (4xx, no connection, connection lost before the final dot) or `failed`
    (5xx); from the final dot on, a lost connection leaves the fate `unknown`.
    """

    name = "email"

    def __init__(self, settings: MailSettings, *, signer: Signer | None = None, connections: int = 1) -> None:
        """Remember where to send; connections are opened by mails."""
        self.connections = connections
        self._settings = settings
        self._signer = signer
        self._idle: list[_Line] = []
        self._closings = 0
        self._lock = Lock()

    def room(self, _brand: str) -> int:
        """Say that only the number of connections bounds it."""
        return self.connections

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Hand one mail over, asking `may_still` right before the final dot."""
        try:
            body = smtp_bytes(written(mail, self._signer))
            envelope = _Envelope(sender=address(mail.envelope or mail.sender), to=address(mail.to))
        except ValueError as error:
            return Receipt(kind=DeliveryKind.FAILED, detail=f"bad message: {error}")
        while True:
            try:
                line = self._taken()
            except _CannotSecure as error:
                return Receipt(kind=DeliveryKind.DEFERRED, detail=str(error), no_server=True)
            except (OSError, smtplib.SMTPException) as error:
                return replace(_before_dot(error), no_server=True)
            except ValueError:  # `smtp..example`: no name at all, and surely nothing was accepted
                detail = "the server's name or password is none that can be said"
                return Receipt(kind=DeliveryKind.DEFERRED, detail=detail, no_server=True)
            try:
                return self._talk(line, envelope, body, may_still)
            except _Worn:
                continue

    def close(self) -> None:
        """Let go of the connections; sending again opens new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closings += 1
        for line in idle:
            _hang_up(line)

    def _talk(self, line: _Line, envelope: _Envelope, body: bytes, may_still: LastLook) -> Receipt:
        try:
            refused = envelope.say(line)
            if refused is not None:
                self._tidy(line)
                return refused
            line.server.send(body)
        except (OSError, smtplib.SMTPException) as error:
            _hang_up(line)
            return _before_dot(error)
        except BaseException:
            _hang_up(line)
            raise
        return self._finish(line, may_still)

    def _finish(self, line: _Line, may_still: LastLook) -> Receipt:
        """Everything but the final dot is written: look once more, then end it."""
        try:
            is_allowed = may_still()
        except BaseException:
            _hang_up(line)
            raise
        if not is_allowed:
            # there is no way to take a mail back inside DATA but to hang up before the dot
            _hang_up(line)
            return Receipt(kind=DeliveryKind.STOPPED, detail="forbidden at the last look")
        try:
            line.server.send(b".\r\n")
            code, said = line.server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            _hang_up(line)
            return Receipt(kind=DeliveryKind.UNKNOWN, detail=f"{type(error).__name__} after the final dot")
        line.mails += 1
        if code in _OK:
            self._keep(line)
            return Receipt(kind=DeliveryKind.ACCEPTED, detail=_answer(code, said))
        self._tidy(line, code)
        return _refusal(code, said)

    def _taken(self) -> _Line:
        """Take an idle connection that still answers, or open a new one."""
        while True:
            with self._lock:
                line = self._idle.pop() if self._idle else None
            if line is None:
                return _Line(self._connect(), monotonic(), self._closings)
            try:
                if monotonic() - line.used < _IDLE_SECONDS or line.server.noop()[0] in _OK:
                    return line
            except (OSError, smtplib.SMTPException):
                pass  # it hung up while idle: a new connection is as good
            _hang_up(line)

    def _keep(self, line: _Line) -> None:
        line.used = monotonic()
        with self._lock:
            if line.closings == self._closings:
                self._idle.append(line)
                return
        _hang_up(line)  # the channel was closed while it was under way: nobody would come for it

    def _tidy(self, line: _Line, code: int = 0) -> None:
        """Make the connection ready for the next mail, or let it go."""
        try:
            if code != _CLOSING and line.server.rset()[0] in _OK:
                self._keep(line)
                return
        except (OSError, smtplib.SMTPException):
            pass  # it is let go of
        _hang_up(line)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_seconds, context=_secured()
            )
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
            if server.sock is not None:  # the final dot is a small write after a large one: it must not wait for an ACK
                server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                if not server.has_extn("starttls"):
                    raise _CannotSecure("the server offers no STARTTLS, and the policy demands it")
                server.starttls(context=_secured())
                server.ehlo()
            if settings.user:
                _log_in(server, settings)
        except BaseException:
            server.close()
            raise
        return server


def _log_in(server: smtplib.SMTP, settings: MailSettings) -> None:
    if (settings.user + settings.password).isascii():
        server.login(settings.user, settings.password)
        return
    # Source: RFC 4616: PLAIN is said in UTF-8, and smtplib knows ASCII alone
    said = b64encode(f"\0{settings.user}\0{settings.password}".encode()).decode("ascii")
    code, answer = server.docmd("AUTH", f"PLAIN {said}")
    if code != _LOGGED_IN:
        raise smtplib.SMTPAuthenticationError(code, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """Whom a mail comes from and goes to, as the server is told."""

    sender: str
    to: str

    def say(self, line: _Line) -> Receipt | None:
        """
        Say MAIL, RCPT and DATA; give what was refused.

        Source: RFC 2920: the three may be said at once where the server offers it.
        """
        server = line.server
        is_wide = not (self.to.isascii() and self.sender.isascii())
        if is_wide and not server.has_extn("smtputf8"):
            return Receipt(kind=DeliveryKind.FAILED, detail="the server takes no international address")
        options = " SMTPUTF8" if is_wide else ""
        words = (f"MAIL FROM:<{self.sender}>{options}", f"RCPT TO:<{self.to}>", "DATA")
        if is_wide:
            server.command_encoding = "utf-8"
        replies = _at_once(server, words) if server.has_extn("pipelining") else _one_by_one(server, words)
        for place, (code, said) in enumerate(replies):
            if code == -1:
                raise smtplib.SMTPServerDisconnected(said)
            if code == _CLOSING and place == 0 and line.mails:
                _hang_up(line)
                raise _Worn
            if code not in (range(_START, _START + 1) if place == len(words) - 1 else _OK):
                if replies[-1][0] == _START:  # it waits for a mail that it has refused: only hanging up ends that
                    server.close()
                return _refusal(code, said)
        return None


_Replies = list[tuple[int, bytes]]


def _one_by_one(server: smtplib.SMTP, words: tuple[str, ...]) -> _Replies:
    replies: _Replies = []
    for place, word in enumerate(words):
        replies.append(server.docmd(word))
        if replies[-1][0] not in _OK and place < len(words) - 1:
            break
    return replies


def _at_once(server: smtplib.SMTP, words: tuple[str, ...]) -> _Replies:
    server.send("".join(f"{word}\r\n" for word in words))
    replies: _Replies = []
    for _ in words:
        replies.append(server.getreply())
        if replies[-1][0] in {-1, _CLOSING}:
            break
    return replies


def _secured() -> ssl.SSLContext:
    """Make the context of TLS: certificates and names are checked. It reads every authority there is: 40 ms."""
    return ssl.create_default_context()


def _hang_up(line: _Line) -> None:
    with suppress(OSError):
        line.server.close()


def _before_dot(error: Exception) -> Receipt:
    """Nothing was accepted, as the final dot was not written; and no answer to a greeting judges the mail itself."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Receipt(kind=DeliveryKind.DEFERRED, detail=_answer(error.smtp_code, error.smtp_error))
    return Receipt(
        kind=DeliveryKind.DEFERRED,
        detail=f"{type(error).__name__} before the final dot",
        # where no answer comes in time, smtplib says that the connection was closed
        is_busy=isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError),
    )


def _refusal(code: int, said: bytes | str) -> Receipt:
    answer = _answer(code, said)
    if code not in _TEMPORARY:
        return Receipt(kind=DeliveryKind.FAILED, detail=answer)
    is_busy = code == _CLOSING or _BUSY.search(answer) is not None
    return Receipt(kind=DeliveryKind.DEFERRED, detail=answer, is_busy=is_busy)


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
