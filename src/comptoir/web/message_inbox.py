"""The built-in inbox: the mails of a demonstration or a trial, as their readers would open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.messaging import inbox, outbox_shelf
from comptoir.messaging.inbox import MailNotFound
from comptoir.web import message_preview
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render, who_asks

PATH = "/messages/inbox/{mail_id}"
MOST = 100
"""Mails shown: the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One mail of the inbox."""

    id: str
    received_at: datetime
    to: str
    subject: str
    message_id: str
    """The message of the outbox that it is; empty for a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One mail, opened."""

    kept: Kept
    sender: str
    text: str
    has_html: bool
    headers: Sequence[tuple[str, str]]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/messages/inbox", page, Right.CAMPAIGN),
        get(PATH, one_page, Right.CAMPAIGN),
        get(f"{PATH}/mail", mail, Right.CAMPAIGN),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    desk, who = desk_of(request), who_asks(request)
    found = await run_in_threadpool(listed, desk, who)
    context = {"found": found[:MOST], "is_on": desk.settings.mail.inbox, "count": len(found)}
    return render(request, "messages", "message_inbox", context)


async def one_page(request: Request) -> Response:
    """Answer one mail."""
    desk, who = desk_of(request), who_asks(request)
    opened = await run_in_threadpool(_opened, desk, who, request.path_params["mail_id"])
    return render(request, "messages", "message_inbox_mail", {"mail": opened})


async def mail(request: Request) -> Response:
    """Answer a mail's HTML, for a frame; its links open the door in a page of their own."""
    desk, who = desk_of(request), who_asks(request)

    def html() -> str:
        """Give the mail itself."""
        kept(desk, who, request.path_params["mail_id"])
        return str(inbox.show(desk.settings.home, request.path_params["mail_id"])["html"])

    return message_preview.frame(await run_in_threadpool(html), opens_links=True)


def listed(desk: Desk, who: Principal) -> list[Kept]:
    """List the mails whose brand the visitor may see. Order: newest first."""
    found = [_read(one) for one in reversed(inbox.listing(desk.settings.home))]
    if not who.brands:
        return found
    newest = found[: 5 * MOST]
    with desk.state.read() as connection:
        brands = outbox_shelf.brands_of(connection, [one.message_id for one in newest])
    return [one for one in newest if brands.get(one.message_id) in who.brands]


def kept(desk: Desk, who: Principal, mail_id: str) -> Kept:
    """Give a mail that the visitor may see. Raises: MailNotFound."""
    found = next((one for one in listed(desk, who) if one.id == mail_id), None)
    if found is None:
        raise MailNotFound(id=mail_id[:50])
    return found


def _opened(desk: Desk, who: Principal, mail_id: str) -> Opened:
    one = kept(desk, who, mail_id)
    said = inbox.show(desk.settings.home, mail_id)
    headers = dict(said["headers"])
    return Opened(
        kept=one,
        sender=headers.get("From", ""),
        text=said["text"],
        has_html=bool(said["html"]),
        headers=sorted(headers.items()),
    )


def _read(one: dict[str, Any]) -> Kept:
    message_id = str(one["message_id"]).partition("@")[0]
    return Kept(
        id=one["id"],
        received_at=datetime.fromisoformat(one["received_at"]),
        to=", ".join(one["to"]),
        subject=one["subject"],
        message_id=message_id,
    )
