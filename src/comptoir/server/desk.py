"""The desk: screens and API, private. It reads state itself and asks the engine for the warehouse."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from comptoir import logs
from comptoir.access.roles import Right
from comptoir.clock import Clock
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.reports import service
from comptoir.server import metrics
from comptoir.server.api import candidates, problems, questions, why
from comptoir.server.api.keys import NotKnown, SecretKeys
from comptoir.server.api.profiles import PREFIX as PROFILES
from comptoir.server.api.profiles import Profiles
from comptoir.state.base import State, open_state
from comptoir.web import customer, live, today, view
from comptoir.web.view import Ask, Desk, Status

log = logs.get("desk")

READY_LAG_SECONDS = 10.0
"""Lag from which the desk says it is not ready."""

_OPEN = frozenset({"/health", "/ready"})
"""What a supervisor or a balancer may ask without a key."""


_NEEDS = (
    ("/api/", Right.ASK),  # each address of the API asks for more itself
    ("/static/", Right.ASK),
    ("/customers", Right.SEE_CUSTOMERS),
    ("/live", Right.SEE_CUSTOMERS),
    ("/metrics", Right.ASK),
    ("/", Right.SEE_RESULTS),
)
"""What a page asks of whoever opens it, by how its path begins; the first that fits."""


class ForeignHost(ComptoirError):
    """This host is not the desk's."""

    code, status = "foreign_host", 421
    hint = "Open the desk by its address, such as http://127.0.0.1:8141, or set desk.host to the name you use."


class CrossSite(ComptoirError, PermissionError):
    """Another site's page may change nothing here."""

    code, status = "cross_site_request", 403
    hint = "Use the desk's own pages, or the API with a secret key from a program."


@dataclass(slots=True)
class Front:
    """What stands before every answer: whose host is asked for, from where, and by whom."""

    settings: Settings
    keys: SecretKeys
    profiles: Profiles
    pages: ASGIApp
    needs_key: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return
        try:
            self.check(scope)
        except ComptoirError as error:
            await _refuse(error, send)
            return
        if scope["path"].startswith(PROFILES) and not scope["path"].endswith(why.SUFFIX):
            await self.profiles(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Let a request pass. Raises: ForeignHost, CrossSite, NotKnown."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not is_ours(host, self.settings.desk.host):
            raise ForeignHost(host=host[:200])
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"} and _is_cross_site(headers, host):
            raise CrossSite
        if self.needs_key and scope["path"] not in _OPEN:
            who = self.keys.check(headers.get(b"authorization", b"").decode("latin-1"))
            for start, right in _NEEDS:
                if scope["path"].startswith(start):
                    who.check(right)
                    break


def make(settings: Settings, state: State, ask: Ask, status: Status, clock: Clock) -> Front:
    """
    Build the desk. `ask` and `status` reach the engine and may block: they are called from threads.

    On a loopback address the screens need no password in this version; on any other, a source's secret key.
    """
    keys = SecretKeys(state, clock)
    needs_key = not _is_loopback(settings.desk.host)
    pages = Starlette(
        routes=[
            Route("/", today.page),
            Route("/live", live.page),
            Route("/customers", customer.search_page),
            Route("/customers/{profile_id}", customer.page),
            Route("/health", health),
            Route("/ready", ready),
            Route("/metrics", measure),
            Route("/static/{name}", view.static),
            *questions.routes(keys),
            *candidates.routes(keys, cache(partial(candidates.open_counter, settings, clock))),
            *why.routes(keys),
        ],
        exception_handlers={ComptoirError: _say_wrong, HTTPException: _say_missing, Exception: _say_broken},
    )
    pages.state.desk = Desk(settings=settings, state=state, clock=clock, ask=ask, status=status, needs_key=needs_key)
    return Front(settings, keys, Profiles.open(state, keys), pages, needs_key)


def serve(settings: Settings) -> None:
    """Be the desk until told to stop."""
    socket = settings.path(service.FILE_NAME)
    state = open_state(settings.path("state.db"), read_only=True)
    app = make(
        settings, state, partial(service.ask, socket), partial(service.ask_status, socket), settings.make_clock()
    )
    log.info("desk ready", url=f"http://{settings.desk.host}:{settings.desk.port}")
    uvicorn.run(
        app,
        host=settings.desk.host,
        port=settings.desk.port,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def is_ours(host: str, own: str) -> bool:
    """
    Tell whether a Host header names the desk: its configured host, localhost, or a bare address.

    A page of another site that has made its own name point here (DNS rebinding) still sends that name.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.strip("[]").lower()
    if name in {"localhost", own.lower()}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _is_cross_site(headers: Mapping[bytes, bytes], host: str) -> bool:
    if headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
        return True
    origin = headers.get(b"origin")
    return origin is not None and origin.decode("latin-1").partition("://")[2] != host


# ── how is it? ──


async def health(_request: Request) -> Response:
    """Say that the desk lives."""
    return _json({"status": "ok"})


async def ready(request: Request) -> Response:
    """Say whether the desk can do its work, and if not, why: 200 or 503."""
    reasons = []
    said = await _status(request)
    if said is None:
        reasons.append({"code": "engine_unreachable", "message": "The engine does not answer."})
    else:
        lag = float(said.get("lag_seconds") or 0)
        if lag > READY_LAG_SECONDS:
            reasons.append({"code": "engine_late", "message": f"The engine is {lag:.0f} s behind what comes in."})
        for work, failure in (said.get("failures") or {}).items():
            reasons.append({"code": "engine_failing", "message": f"{work}: {failure}"})
    is_ready = not reasons
    return _json({"status": "ready" if is_ready else "not_ready", "reasons": reasons}, 200 if is_ready else 503)


async def measure(request: Request) -> Response:
    """Answer /metrics."""
    return Response(metrics.text(await _status(request)), media_type=metrics.MEDIA_TYPE)


async def _status(request: Request) -> Mapping[str, Any] | None:
    try:
        return await run_in_threadpool(view.desk_of(request).status)
    except ComptoirError:
        return None


# ── when it goes wrong ──


async def _say_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, ComptoirError)
    if not _wants_page(request):
        return Response(problems.problem(error), error.status, media_type=problems.MEDIA_TYPE.decode())
    said = view.speech_of(request)
    is_away = error.code in {"engine_unreachable", "engine_silent"}
    context = {
        "title": said("away.title") if is_away else said("wrong.title"),
        "says": said("away.says") if is_away else error.message,
        "hint": error.hint,
        "code": error.code,
    }
    return view.render(request, "", "wrong", context, status_code=error.status)


async def _say_missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not _wants_page(request):
        return _json({"status": error.status_code, "title": error.detail}, error.status_code)
    title = view.speech_of(request)("wrong.missing")
    context = {"title": title, "says": request.url.path, "hint": "", "code": ""}
    return view.render(request, "", "wrong", context, status_code=error.status_code)


async def _say_broken(request: Request, error: Exception) -> Response:
    log.error("a page failed", path=request.url.path, error=type(error).__name__)
    title = view.speech_of(request)("wrong.title")
    context = {"title": title, "says": type(error).__name__, "hint": "", "code": "error"}
    return view.render(request, "", "wrong", context, status_code=500)


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/")


def _json(body: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(body), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _refuse(error: ComptoirError, send: Send) -> None:
    body = problems.problem(error)
    headers = [(b"content-type", problems.MEDIA_TYPE), (b"content-length", str(len(body)).encode())]
    if isinstance(error, NotKnown):
        headers.append((b"www-authenticate", b'Basic realm="Comptoir", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
