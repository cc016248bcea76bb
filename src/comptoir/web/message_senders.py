"""Whether our mail is believed: what DNS says of each sender's domain, and how mail was received lately."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.clock import micros
from comptoir.messaging import domains, servers
from comptoir.messaging.domains import Check, Sender, Texts
from comptoir.state.sealing import master_key
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render, who_asks

DAYS = 30
BOUNCES_FROM, COMPLAINTS_FROM = 0.02, 0.001
"""Shares from which mailbox providers begin to distrust a sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """How the mail of a brand was received."""

    brand: str
    sent_count: int
    bounced_count: int
    soft_bounced_count: int
    complained_count: int
    unsubscribed_count: int

    @property
    def bounce_share(self) -> float:
        """The share that came back for good, or was refused."""
        return self.bounced_count / self.sent_count if self.sent_count else 0.0

    @property
    def complaint_share(self) -> float:
        """The share that was reported as unwanted."""
        return self.complained_count / self.sent_count if self.sent_count else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A sender's domain, with what DNS says where it was asked."""

    sender: Sender
    checks: Sequence[Check]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/messages/senders", page, Right.CAMPAIGN)]


async def page(request: Request) -> Response:
    """Answer the page; DNS is asked where the address says `check=yes`, as it may take seconds."""
    desk, who = desk_of(request), who_asks(request)
    is_asked = request.query_params.get("check") == "yes"
    found, returns = await asyncio.gather(
        run_in_threadpool(checked, desk, who, dns_of(request) if is_asked else None), returns_of(desk, who)
    )
    context = {
        "returns": returns,
        "found": found,
        "is_asked": is_asked,
        "days": DAYS,
        "limits": (BOUNCES_FROM, COMPLAINTS_FROM),
    }
    return render(request, "messages", "message_senders", context)


def dns_of(request: Request) -> Texts:
    """Give who answers for DNS."""
    found: Texts = getattr(request.app.state, "dns", domains.over_dns)
    return found


async def returns_of(desk: Desk, who: Principal) -> list[Returns]:
    """Say how the mail of each brand was received lately. Raises: EngineUnreachable, EngineSilent."""
    now = desk.clock.now()
    rows = await desk.report(
        "messages_returns", since_at=micros(now - timedelta(days=DAYS)), until_at=micros(now),
        brands=sorted(who.brands),
    )  # fmt: skip
    return [Returns(**row) for row in rows]


def checked(desk: Desk, who: Principal, texts: Texts | None) -> list[Checked]:
    """List the domains that mail is sent from; with `texts`, what DNS says of each."""
    with desk.state.read() as connection:
        found = domains.senders(connection, desk.settings.mail, lambda: master_key(desk.settings.home))
        brand_of = {str(one["name"]): str(one["brand"]) for one in servers.listing(connection)}
    found = [one for one in found if not brand_of.get(one.server) or who.may_see(brand_of[one.server])]
    return [
        Checked(sender=one, checks=domains.look(one, texts) if texts is not None and not one.is_local else ())
        for one in found
    ]
