"""Questions over the API: `POST /api/v1/query` in SQL and `GET /api/v1/results`, each as the asker's role may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access.roles import Principal, Right, Role
from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.reports import export, measures, results
from comptoir.server.api.endpoints import body_of
from comptoir.server.api.keys import SecretKeys
from comptoir.web import view

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "arrow": "application/vnd.apache.arrow.stream",
}


class BadQuestion(ComptoirError, ValueError):
    """This request to the API cannot be read."""

    code, status = "bad_question", 400
    hint = 'Send JSON such as {"sql": "SELECT count(*) FROM orders", "format": "json"}.'


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """A question in SQL."""

    sql: str
    format: str = "json"
    """json, csv or arrow."""
    seconds: float = 30.0
    rows: int = 1_000_000


def routes(keys: SecretKeys) -> list[Route]:
    """Give the routes; `keys` says who asks."""

    async def query(request: Request) -> Response:
        """Answer a question in SQL."""
        principal = await run_in_threadpool(_principal, request, keys, Right.ASK)
        try:
            asked = msgspec.json.decode(await body_of(request), type=Question)
        except msgspec.MsgspecError as error:
            raise BadQuestion(detail=str(error)) from error
        if asked.format not in MEDIA_TYPES:
            raise BadQuestion(format=asked.format, formats=sorted(MEDIA_TYPES))
        table = await run_in_threadpool(view.desk_of(request).ask, _question(asked, principal))
        body = await run_in_threadpool(lambda: b"".join(export.render(table, asked.format)))
        return Response(body, media_type=MEDIA_TYPES[asked.format], headers={"Cache-Control": "no-store"})

    async def bring(request: Request) -> Response:
        """Answer what scenarios brought."""
        principal = await run_in_threadpool(_principal, request, keys, Right.SEE_RESULTS)
        found = await run_in_threadpool(_results, request, principal)
        return Response(
            msgspec.json.encode(found, enc_hook=str),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/api/v1/query", query, methods=["POST"]), Route("/api/v1/results", bring, methods=["GET"])]


def _principal(request: Request, keys: SecretKeys, right: Right) -> Principal:
    principal = keys.check(request.headers.get("authorization", ""))
    principal.check(right)
    return principal


def _question(asked: Question, principal: Principal) -> Mapping[str, object]:
    return {
        "kind": "query",
        "sql": asked.sql,
        "seconds": asked.seconds,
        "rows": asked.rows,
        "role": principal.role.value,
        "brands": sorted(principal.brands),
    }


def _results(request: Request, principal: Principal) -> Mapping[str, Any]:
    desk = view.desk_of(request)
    said = request.query_params
    only = next(iter(principal.brands)) if len(principal.brands) == 1 else None
    brand = said.get("brand") or only
    principal.check_brand(brand)

    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = desk.ask({"kind": "report", "name": name, "parameters": parameters}).to_pylist()
        return found

    from comptoir.acting import authored  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)

    with desk.state.read() as connection:
        known, closed = authored(connection), measures.kept(connection)
    answer = results.results(
        ask,
        brand=brand,
        since=_instant(said.get("since"), results.EARLIEST),
        until=_instant(said.get("until"), results.LATEST),
        window_days=_days(said.get("window_days")),
        authored=known,
        closed=closed,
    )
    return results.for_role(answer, is_finance=principal.role in {Role.ADMIN, Role.FINANCE})


def _instant(text: str | None, default: datetime) -> datetime:
    if not text:
        return default
    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQuestion(instant=text[:50]) from error
    return instant(micros(said if said.tzinfo else said.replace(tzinfo=UTC)))


def _days(text: str | None) -> int:
    if not text:
        return results.WINDOW_DAYS
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= results.MOST_WINDOW_DAYS:
        raise BadQuestion(window_days=text[:20], takes=f"1 to {results.MOST_WINDOW_DAYS}")
    return int(text)
