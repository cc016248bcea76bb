"""Every message that was wished for a customer: sent, deferred, dropped or held out, and why."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.identity.profile import Profile
from comptoir.pressure import explain
from comptoir.scenarios import passages
from comptoir.web import scenario_names
from comptoir.web.customer_head import find, head_of, path_of
from comptoir.web.routes import get
from comptoir.web.view import Desk, desk_of, render, speech_of, who_asks

OUTCOMES = ("sent", "waiting", "stopped", "held_out")
"""What the list can be narrowed to."""

_OF = {"queued": "waiting", "deferred": "waiting", "dropped": "stopped", "replaced": "stopped", "failed": "stopped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One message that was wished for her, and what became of it."""

    message_id: str
    scenario: str
    step: str
    brand: str
    channel: str
    contact: str
    outcome: str
    because: str
    """A sentence in the reader's tongue."""
    decided_at: datetime
    wished_at: datetime
    heard: Sequence[Mapping[str, Any]]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/customers/{profile_id}/messages", page, Right.SEE_CUSTOMERS)]


async def page(request: Request) -> Response:
    """Show what was said to her, what was not, and why."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    if person.profile_id != request.path_params["profile_id"]:
        return RedirectResponse(f"{path_of(person.profile_id)}/messages", status_code=303)
    asked = request.query_params.get("outcome", "")
    asked = asked if asked in OUTCOMES else ""
    head, wishes, runs, names = await asyncio.gather(
        run_in_threadpool(head_of, desk, who, person),
        load(desk, who, person, speech_of(request).language.value),
        run_in_threadpool(_runs, desk, who, person),
        run_in_threadpool(scenario_names.load, desk, speech_of(request)),
    )
    context = {
        "head": head,
        "wishes": [one for one in wishes if asked in {"", _OF.get(one.outcome, one.outcome)}],
        "asked": asked,
        "outcomes": OUTCOMES,
        "runs": runs,
        "names": names,
        "now": desk.clock.now(),
    }
    return render(request, "customer", "customer_messages", context)


async def load(desk: Desk, who: Principal, person: Profile, language: str) -> list[Wish]:
    """Gather the messages. Order: newest decision first. Raises: EngineUnreachable, EngineSilent."""
    told = await run_in_threadpool(_why, desk, person, language)
    told = [one for one in told if not who.brands or one["brand"] in who.brands]
    sent = [one["message_id"] for one in told if one["outcome"] in {"sent", "failed"}]
    heard: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in await desk.report("heard_of", message_ids=sent) if sent else []:
        heard[row["message_id"]].append(row)
    return [
        Wish(
            message_id=one["message_id"],
            scenario=one["scenario"],
            step=one["step"],
            brand=one["brand"],
            channel=one["channel"],
            contact=one["contact"],
            outcome=one["outcome"],
            because=one["because"],
            decided_at=datetime.fromisoformat(one["decided_at"]),
            wished_at=datetime.fromisoformat(one["wished_at"]),
            heard=heard[one["message_id"]],
        )
        for one in told
    ]


def _why(desk: Desk, person: Profile, language: str) -> list[dict[str, Any]]:
    with desk.state.read() as connection:
        return explain.why(connection, nodes=person.node_ids, lang=language)


def _runs(desk: Desk, who: Principal, person: Profile) -> list[dict[str, Any]]:
    with desk.state.read() as connection:
        found = passages.of(connection, person.node_ids)
    return [one for one in found if not who.brands or one["brand"] in who.brands]
