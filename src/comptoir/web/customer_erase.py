"""Erasing a customer: what would go and what would stay, a word to type, and the receipts of those who were erased."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.erasing import preview, work
from comptoir.erasing.preview import NotConfirmed, Preview
from comptoir.identity.profile import Profile
from comptoir.privacy import tombstones
from comptoir.privacy.tombstones import Erasure
from comptoir.web.customer_head import find as find_person
from comptoir.web.customer_head import head_of, path_of
from comptoir.web.routes import get, post, tell
from comptoir.web.view import Desk, desk_of, go, render, who_asks


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/customers/{profile_id}/erase", page, Right.CARE, whole=True),
        post("/customers/{profile_id}/erase", erase, Right.CARE, whole=True, deed=Deed.PERSON_ERASED),
        get("/erasures", receipts, Right.CARE, whole=True),
    ]


async def page(request: Request) -> Response:
    """Show what an erasure would do, and ask for the word."""
    return await _page(request, wrong=False)


async def erase(request: Request, form: FormData) -> Response:
    """Erase her, if the word was typed."""
    desk, who = desk_of(request), who_asks(request)
    person = await find_person(desk, who, request.path_params["profile_id"])
    try:
        await run_in_threadpool(ask, desk, person, str(form.get("word", "")), by=who.name)
    except NotConfirmed:
        return await _page(request, wrong=True)
    tell(request, about=person.profile_id)
    await run_in_threadpool(work.tell_engine, desk.settings)
    return go("/erasures", done="customer.erased")


async def receipts(request: Request) -> Response:
    """List who was erased."""
    desk = desk_of(request)
    found = await run_in_threadpool(listing, desk)
    return render(request, "customer", "erasures", {"erasures": list(reversed(found))})


def foresee(desk: Desk, person: Profile) -> Preview:
    """Count what an erasure would do. Raises: EngineUnreachable, EngineSilent."""

    def report(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = desk.ask({"kind": "report", "name": name, "parameters": parameters}).to_pylist()
        return rows

    with desk.state.read() as connection:
        return preview.preview(connection, report, person)


def ask(desk: Desk, person: Profile, word: str, *, by: str) -> str:
    """Write down that somebody is to be erased; the engine carries it out. Raises: NotConfirmed."""
    preview.check(person, word)
    with desk.state.write() as connection:
        return tombstones.ask(connection, person, desk.clock.now(), by=by)


def listing(desk: Desk) -> list[dict[str, Any]]:
    """List the erasures. Order: as asked."""
    with desk.state.read() as connection:
        return [_told(one) for one in tombstones.listing(connection)]


def find(desk: Desk, erasure_id: str) -> dict[str, Any]:
    """Give one erasure. Raises: ErasureNotFound."""
    with desk.state.read() as connection:
        return _told(tombstones.find(connection, erasure_id))


async def _page(request: Request, *, wrong: bool) -> Response:
    desk, who = desk_of(request), who_asks(request)
    person = await find_person(desk, who, request.path_params["profile_id"])
    head = await run_in_threadpool(head_of, desk, who, person)
    foreseen = await run_in_threadpool(foresee, desk, person)
    context = {"head": head, "foreseen": foreseen, "wrong": wrong, "back": path_of(person.profile_id)}
    return render(request, "customer", "customer_erase", context, status_code=422 if wrong else 200)


def _told(one: Erasure) -> dict[str, Any]:
    return {
        "erasure_id": one.erasure_id,
        "state": one.state,
        "asked_at": one.asked_at,
        "asked_by": one.asked_by,
        "done_at": one.done_at,
        "receipt": dict(one.receipt),
    }
