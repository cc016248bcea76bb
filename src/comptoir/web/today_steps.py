"""The first five steps of an installation, each ticked by what is true, not by what was clicked."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from comptoir.access import keys
from comptoir.access.roles import Principal, Right
from comptoir.messaging import servers
from comptoir.scenarios import definitions
from comptoir.web.view import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the stem of its words, whether it is done, and where it is done (empty for who may not go there)."""

    key: str
    is_done: bool
    link: str


async def load(desk: Desk, who: Principal) -> tuple[Step, ...]:
    """Say how far the installation has come. Order: as they are taken."""
    (firsts,) = await desk.report("today_firsts")
    has_source, has_sender, has_scenario = await run_in_threadpool(_authored, desk)
    made = (
        ("source", has_source, "/sources", Right.RUN),
        ("browser", firsts["has_browser"], "/sources", Right.RUN),
        ("event", firsts["has_event"], "/live", Right.SEE_CUSTOMERS),
        ("sender", has_sender, "/settings", Right.RUN),
        ("scenario", has_scenario, "/scenarios", Right.CAMPAIGN),
    )
    return tuple(
        Step(key=key, is_done=bool(is_done), link=link if who.may(right) else "") for key, is_done, link, right in made
    )


def _authored(desk: Desk) -> tuple[bool, bool, bool]:
    mail = desk.settings.mail
    with desk.state.read() as connection:
        listed = definitions.listing(connection)
        has_server = any(one["is_enabled"] for one in servers.listing(connection))
    return (
        bool(keys.list_sources(desk.state)),
        has_server or mail.inbox or bool(mail.user) or mail.host not in {"127.0.0.1", "localhost"},
        any(one["state"] == definitions.LIVE for one in listed),
    )
