"""The e-mail channel: SMTP one step at a time, so that it knows what may have been accepted when a line breaks."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from hashlib import sha256

from comptoir.clock import monotonic
from comptoir.config import MailSettings
from comptoir.messaging.base import LastLook
from comptoir.model.message import DeliveryKind, Mail, Receipt

_TEMPORARY = range(400, 500)
_START = 354
_OK = range(200, 300)
_IDLE_SECONDS = 5.0
"""After so long the server is asked whether it is still there."""


class _CannotSecure(Exception):
    """The server does not offer what the TLS policy demands."""


class Email:
    """
    Hands mails to one SMTP server over one connection, kept open between mails.

    What was surely not accepted is `deferred` (4xx, no connection, connection lost before the final dot) or `failed`
    (5xx); from the final dot on, a lost connection leaves the fate `unknown`.
    """

    name = "email"

    def __init__(self, settings: MailSettings) -> None:
        """Remember where to send; the connection is opened by the first mail."""
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        self._used = 0.0

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Hand one mail over, asking `may_still` right before the final dot."""
        try:
            body = _smtp_bytes(compose(mail))
        except (ValueError, IndexError, MessageError) as error:
            return Receipt(kind=DeliveryKind.FAILED, detail=f"bad message: {error}")
        try:
            server = self._connected()
            refused = self._envelope(server, mail)
            if refused is not None:
                self._tidy(server)
                return refused
            server.send(body)
        except _CannotSecure as error:
            self.close()
            return Receipt(kind=DeliveryKind.DEFERRED, detail=str(error))
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return _before_dot(error)
        return self._finish(server, may_still)

    def close(self) -> None:
        """Let go of the connection; sending again opens a new one."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                server.close()

    def _finish(self, server: smtplib.SMTP, may_still: LastLook) -> Receipt:
        """Everything but the final dot is written: look once more, then end it."""
        if not may_still():
            # there is no way to take a mail back inside DATA but to hang up before the dot
            self.close()
            return Receipt(kind=DeliveryKind.STOPPED, detail="forbidden at the last look")
        try:
            server.send(b".\r\n")
            code, said = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Receipt(kind=DeliveryKind.UNKNOWN, detail=f"{type(error).__name__} after the final dot")
        self._used = monotonic()
        if code in _OK:
            return Receipt(kind=DeliveryKind.ACCEPTED, detail=_answer(code, said))
        self._tidy(server)
        return _refusal(code, said)

    def _envelope(self, server: smtplib.SMTP, mail: Mail) -> Receipt | None:
        options = [] if mail.to.isascii() and mail.sender.isascii() else ["SMTPUTF8"]
        if options and not server.has_extn("smtputf8"):
            return Receipt(kind=DeliveryKind.FAILED, detail="the server takes no international address")
        steps: tuple[tuple[Callable[[], tuple[int, bytes]], range], ...] = (
            (lambda: server.mail(mail.sender, options), _OK),
            (lambda: server.rcpt(mail.to), _OK),
            (lambda: server.docmd("DATA"), range(_START, _START + 1)),
        )
        for step, good in steps:
            code, said = step()
            if code == -1:
                raise smtplib.SMTPServerDisconnected(said)
            if code not in good:
                return _refusal(code, said)
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            try:
                if monotonic() - self._used < _IDLE_SECONDS or self._server.noop()[0] in _OK:
                    return self._server
            except (OSError, smtplib.SMTPException):
                pass  # it hung up while idle: a new connection is as good
            self.close()
        self._server = self._connect()
        return self._server

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        secure = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_seconds, context=secure)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                if not server.has_extn("starttls"):
                    raise _CannotSecure("the server offers no STARTTLS, and the policy demands it")
                server.starttls(context=secure)
                server.ehlo()
            if settings.user:
                server.login(settings.user, settings.password)
        except BaseException:
            server.close()
            raise
        return server

    def _tidy(self, server: smtplib.SMTP) -> None:
        """Make the connection ready for the next mail, or let it go."""
        try:
            if server.rset()[0] not in _OK:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()


def compose(mail: Mail) -> EmailMessage:
    """
    Make the message: text and HTML, deterministic to the byte.

    Raises: ValueError where a header would carry a line break or an address is none.
    """
    message = EmailMessage(policy=SMTP_POLICY.clone(utf8=not (mail.to.isascii() and mail.sender.isascii())))
    message["From"] = Address(addr_spec=mail.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.message_id}@{mail.sender.rpartition('@')[2]}>"
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"
    for name, value in mail.headers:
        message[name] = value
    message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message.set_boundary("=_" + sha256(mail.message_id.encode()).hexdigest()[:32])
    return message


def _smtp_bytes(message: EmailMessage) -> bytes:
    """Write it for DATA: CRLF, dots doubled at line starts, without the final dot."""
    lines = message.as_bytes().replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _before_dot(error: Exception) -> Receipt:
    """Nothing was accepted, as the final dot was not written; and no answer to a greeting judges the mail itself."""
    if isinstance(error, smtplib.SMTPResponseException):
        return Receipt(kind=DeliveryKind.DEFERRED, detail=_answer(error.smtp_code, error.smtp_error))
    return Receipt(kind=DeliveryKind.DEFERRED, detail=f"{type(error).__name__} before the final dot")


def _refusal(code: int, said: bytes | str) -> Receipt:
    kind = DeliveryKind.DEFERRED if code in _TEMPORARY else DeliveryKind.FAILED
    return Receipt(kind=kind, detail=_answer(code, said))


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"[:300]
