"""Why she got this, and why not that: `GET /api/v1/messages/{id}/why` and `GET /api/v1/profiles/{…}/why`."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access.roles import Principal, Right
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.server.api.keys import SecretKeys
from comptoir.server.api.profiles import NoSuchProfile, normal
from comptoir.web import view
from comptoir.web.customer_head import may_see

SUFFIX = "/why"


class NoSuchMessage(ComptoirError, LookupError):
    """No message has this id."""

    code, status = "no_such_message", 404
    hint = "The id stands in the message's headers, in view messages, and in the answers of the API."


def routes(keys: SecretKeys) -> list[Route]:
    """Give the routes; `keys` says who asks."""

    async def of_message(request: Request) -> Response:
        """Answer why a message went, or did not."""
        who = await run_in_threadpool(_principal, request, keys)
        return await run_in_threadpool(_of_message, request, who)

    async def of_profile(request: Request) -> Response:
        """Answer why a person got what it got."""
        who = await run_in_threadpool(_principal, request, keys)
        return await run_in_threadpool(_of_profile, request, who)

    return [
        Route("/api/v1/messages/{message_id}/why", of_message, methods=["GET"]),
        Route("/api/v1/profiles/{kind}/{value:path}/why", of_profile, methods=["GET"]),
        Route("/api/v1/profiles/{profile_id}/why", of_profile, methods=["GET"]),
    ]


def _principal(request: Request, keys: SecretKeys) -> Principal:
    who = keys.check(request.headers.get("authorization", ""))
    who.check(Right.SEE_CUSTOMERS)
    return who


def _of_message(request: Request, who: Principal) -> Response:
    told = _tell(request, who, message_id=request.path_params["message_id"])
    if not told:
        raise NoSuchMessage(id=request.path_params["message_id"][:100])
    return _json(told[0])


def _of_profile(request: Request, who: Principal) -> Response:
    said = request.path_params
    with view.desk_of(request).state.read() as connection:
        if "kind" in said:
            found = profile.read(connection, said["kind"], normal(said["kind"], said["value"]))
        else:
            found = profile.read_by_id(connection, said["profile_id"])
    if found is None or not may_see(view.desk_of(request), who, found):
        raise NoSuchProfile
    told = _tell(request, who, nodes=found.node_ids)
    return _json({"profile_id": found.profile_id, "candidates": told})


def _tell(request: Request, who: Principal, **whom: Any) -> list[dict[str, Any]]:
    from comptoir.acting import archive_of  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)
    from comptoir.pressure import explain  # noqa: PLC0415

    desk = view.desk_of(request)

    def ask(name: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = desk.ask({"kind": "report", "name": name, "parameters": parameters}).to_pylist()
        return found

    lang = request.query_params.get("lang") or request.headers.get("accept-language", "en")
    with desk.state.read() as connection:
        told = explain.tell(
            connection,
            archive_of(desk.settings, ask),
            desk.clock.now(),
            lang="fr" if lang.lower().startswith("fr") else "en",
            **whom,
        )
    return [one for one in told if who.may_see(one["brand"])]


def _json(answer: object) -> Response:
    return Response(
        msgspec.json.encode(answer, enc_hook=str), media_type="application/json", headers={"Cache-Control": "no-store"}
    )
