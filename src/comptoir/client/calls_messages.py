"""
Messages: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from comptoir.client import shapes_messages, shapes_shared
from comptoir.client.asking import Asking, at


class MessagesCalls(Asking):
    """Messages."""

    __slots__ = ()

    def senders(self, *, check: bool | None = None) -> shapes_messages.Believed:
        """Whether mail is believed: SPF, DKIM and DMARC of each sender, bounces and complaints of each brand."""
        found: shapes_messages.Believed = self.ask("GET", "/senders", query={"check": check})
        return found

    def outbox_counts(self) -> dict[str, int]:
        """How many messages wait, are deferred, or of unknown fate."""
        found: dict[str, int] = self.ask("GET", "/outbox/counts")
        return found

    def inbox(self) -> list[shapes_messages.OverviewMail]:
        """The mails that the inbox for trials has taken, newest first."""
        found: list[shapes_messages.OverviewMail] = self.ask("GET", "/inbox")
        return found

    def inbox_get(self, id_: str, /) -> shapes_messages.Opened:
        """One mail of the inbox for trials."""
        found: shapes_messages.Opened = self.ask("GET", at("/inbox/{}", id_))
        return found

    def mails(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> list[shapes_messages.FiguresMail]:
        """The mails that are sent or being written, which scenarios send them, and what came of them."""
        found: list[shapes_messages.FiguresMail] = self.ask(
            "GET", "/mails", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found

    def outbox_mail(self, message_id: str, /) -> shapes_shared.TemplateDraftsSeen:
        """A message's mail, made again from what was kept."""
        found: shapes_shared.TemplateDraftsSeen = self.ask("GET", at("/outbox/{}/mail", message_id))
        return found

    def outbox(
        self, *, state: shapes_messages.OutboxShelfShown | None = None, search: str | None = None
    ) -> Iterator[shapes_messages.OutboxShelfSending]:
        """Messages that wait, left, failed, or are of unknown fate, newest first."""
        yield from self.each("/outbox", state=state, search=search)

    def outbox_get(self, message_id: str, /) -> shapes_messages.OutboxShelfSending:
        """One message of the outbox."""
        found: shapes_messages.OutboxShelfSending = self.ask("GET", at("/outbox/{}", message_id))
        return found

    def outbox_settle(
        self, message_id: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_messages.Settle]
    ) -> shapes_messages.OutboxShelfSending:
        """Say of a message of unknown fate whether it was sent."""
        found: shapes_messages.OutboxShelfSending = self.ask(
            "POST", at("/outbox/{}/settle", message_id), body=body, idempotency_key=idempotency_key
        )
        return found

    def outbox_unknown(self) -> list[dict[str, Any]]:
        """Messages nobody knows the fate of; they are never sent again by themselves."""
        found: list[dict[str, Any]] = self.ask("GET", "/outbox/unknown")
        return found

    def mail_servers(self) -> list[dict[str, Any]]:
        """The servers that mails are handed to, without their secrets."""
        found: list[dict[str, Any]] = self.ask("GET", "/mail-servers")
        return found

    def mail_servers_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_messages.AddServer]
    ) -> shapes_messages.Server:
        """Store a mail server; its secrets are sealed."""
        found: shapes_messages.Server = self.ask("POST", "/mail-servers", body=body, idempotency_key=idempotency_key)
        return found

    def mail_servers_delete(self, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Forget a mail server."""
        self.ask("DELETE", at("/mail-servers/{}", name), idempotency_key=idempotency_key)

    def mail_servers_get(self, name: str, /) -> shapes_messages.Server:
        """One mail server, without its secrets, and what DNS should say of its signature."""
        found: shapes_messages.Server = self.ask("GET", at("/mail-servers/{}", name))
        return found

    def mail_servers_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_messages.ChangeServer]
    ) -> shapes_messages.Server:
        """Change a mail server; what is left out stays."""
        found: shapes_messages.Server = self.ask(
            "PATCH", at("/mail-servers/{}", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def mail_servers_test(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_messages.To]
    ) -> shapes_shared.Tried:
        """Send one test mail over a server, and say what it answered."""
        found: shapes_shared.Tried = self.ask(
            "POST", at("/mail-servers/{}/test", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def sending(self) -> shapes_messages.SetupSending:
        """Whether anything is sent."""
        found: shapes_messages.SetupSending = self.ask("GET", "/sending")
        return found

    def sending_change(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_messages.Send]
    ) -> shapes_messages.SetupSending:
        """Pause all sending within a second, or go on."""
        found: shapes_messages.SetupSending = self.ask("PATCH", "/sending", body=body, idempotency_key=idempotency_key)
        return found
