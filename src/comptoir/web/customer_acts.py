"""What is done for a customer on her word: a pause, a stop, their undoing, and her data to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.identity.profile import Profile
from comptoir.privacy import care, export
from comptoir.web.customer_head import find, path_of, points_of
from comptoir.web.routes import get, post, tell
from comptoir.web.view import HEADERS, Desk, desk_of, go, speech_of, who_asks

PAUSE = timedelta(days=30)


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        post("/customers/{profile_id}/pause", pause, Right.CARE, deed=Deed.PERSON_PAUSED),
        post("/customers/{profile_id}/stop", stop, Right.CARE, deed=Deed.PERSON_STOPPED),
        get("/customers/{profile_id}/export", take_along, Right.CARE, deed=Deed.PERSON_EXPORTED),
    ]


async def pause(request: Request, form: FormData) -> Response:
    """Write to her nowhere for a while, or again."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    points, now = await run_in_threadpool(points_of, desk, who, person), desk.clock.now()

    def work() -> None:
        """Do it, away from the loop."""
        with desk.state.write() as connection:
            if form.get("do") == "end":
                care.end_pause(connection, points, now, by=who.name)
            else:
                care.pause(connection, points, now + PAUSE, now, by=who.name)

    await run_in_threadpool(work)
    tell(request, about=person.profile_id + (" end" if form.get("do") == "end" else ""))
    return go(path_of(person.profile_id), done="customer.resumed" if form.get("do") == "end" else "customer.paused")


async def stop(request: Request, form: FormData) -> Response:
    """Write to none of her addresses any more, for the brands that the visitor is for; or take that back."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])

    def work() -> None:
        """Do it, away from the loop."""
        with desk.state.write() as connection:
            if form.get("do") == "lift":
                care.lift(connection, person, brands=who.brands)
            else:
                care.stop(connection, person, desk.clock.now(), brands=who.brands)

    await run_in_threadpool(work)
    tell(request, about=person.profile_id, deed=Deed.PERSON_LIFTED if form.get("do") == "lift" else None)
    return go(path_of(person.profile_id), done="customer.lifted" if form.get("do") == "lift" else "customer.stopped")


async def take_along(request: Request) -> Response:
    """Give everything known of her as a JSON file."""
    desk, who = desk_of(request), who_asks(request)
    person = await find(desk, who, request.path_params["profile_id"])
    tell(request, about=person.profile_id)
    said = await run_in_threadpool(gather, desk, person, sorted(who.brands), speech_of(request).language.value)
    body = msgspec.json.format(msgspec.json.encode(said), indent=2)
    name = f'attachment; filename="{person.profile_id}.json"'
    return Response(body, media_type="application/json", headers={**HEADERS, "Content-Disposition": name})


def gather(desk: Desk, person: Profile, brands: Sequence[str], language: str) -> dict[str, Any]:
    """Gather everything known of a person. Raises: EngineUnreachable, EngineSilent."""

    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = desk.ask({"kind": "report", "name": name, "parameters": parameters}).to_pylist()
        return rows

    every_brand = [one.name for one in keys.list_brands(desk.state)]
    with desk.state.read() as connection:
        return export.gather(
            connection,
            ask,
            person,
            brands=brands,
            every_brand=every_brand,
            now=desk.clock.now(),
            lang=language,
        )
