"""The desk: screens and API, private. It reads state itself and asks the engine for the warehouse."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

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
from comptoir.access import passwords
from comptoir.access.roles import OPERATOR, Principal, Right, Role
from comptoir.app import open_app
from comptoir.clock import Clock
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.reports import service
from comptoir.server import metrics
from comptoir.server.api import candidates, catalogue, problems, questions, why
from comptoir.server.api.endpoints import MethodNotTaken, NothingHere
from comptoir.server.api.keys import NotKnown, SecretKeys
from comptoir.server.api.profiles import PREFIX as PROFILES
from comptoir.server.api.profiles import Profiles
from comptoir.state.base import State, open_state
from comptoir.web import login, view
from comptoir.web import pages as web_pages
from comptoir.web.routes import get
from comptoir.web.view import Ask, Desk, Status
from comptoir.web.visit import SCOPE_KEY, Visit, token_of

log = logs.get("desk")

READY_LAG_SECONDS = 10.0
"""Lag from which the desk says it is not ready."""

_OPEN = frozenset({"/health", "/ready", login.PATH})
"""What a supervisor, a balancer or a visitor before the door may ask."""

_KEY_ONLY = "/api/"
"""What answers programs: each address there asks for a key itself, and no cookie opens it."""

_NOBODY = Visit(principal=Principal(name="", role=Role.SUPPORT, brands=frozenset({"\0"})), token="")
"""Whoever stands before the sign-in page."""


_WITH_FIRST_PASSWORD = frozenset({login.CHANGE_PATH, login.OUT_PATH})
"""The pages for whoever still has the first password."""


class ForeignHost(ComptoirError):
    """This host is not the desk's."""

    code, status = "foreign_host", 421
    hint = "Open the desk by its address, such as http://127.0.0.1:8141, or set desk.host to the name you use."


class CrossSite(ComptoirError, PermissionError):
    """Another site's page may change nothing here."""

    code, status = "cross_site_request", 403
    hint = "Use the desk's own pages, or the API with a secret key from a program."


class LoginNeeded(ComptoirError, PermissionError):
    """Sign in first."""

    code, status = "login_needed", 401
    hint = "Open the desk in a browser and sign in, or send `Authorization: Bearer uk_…` from a program."


@dataclass(slots=True)
class Front:
    """What stands before every answer: whose host is asked for, from where, and by whom."""

    desk: Desk
    keys: SecretKeys
    profiles: Profiles
    pages: ASGIApp
    is_open: bool
    """Whether whoever uses this machine is let in without a password."""
    form_secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    """What the tokens of forms are made from where nobody signs in; of this process."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            return
        try:
            self.check(scope)
            if scope["path"].startswith(PROFILES) and not scope["path"].endswith(why.SUFFIX):
                answer: ASGIApp = self.profiles
            else:
                scope[SCOPE_KEY] = visit = await run_in_threadpool(self.visit, scope)
                answer = _change_password if _is_new(visit, scope["path"]) else self.pages
        except LoginNeeded as error:
            answer = _lead_to_login if _is_browsing(scope) else partial(_refused, error)
        except ComptoirError as error:
            answer = partial(_refused, error)
        await answer(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Let a request pass. Raises: ForeignHost, CrossSite."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if not is_ours(host, self.desk.settings.desk.host):
            raise ForeignHost(host=host[:200])
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"} and _is_cross_site(headers, host):
            raise CrossSite

    def visit(self, scope: Scope) -> Visit:
        """Say who asks. Raises: LoginNeeded, NotKnown."""
        path = scope["path"]
        if path in _OPEN or path.startswith(("/static/", _KEY_ONLY)):
            return _NOBODY
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if authorization := headers.get(b"authorization", b"").decode("latin-1"):
            return Visit(principal=self.keys.check(authorization), token=token_of(authorization))
        if cookie := _cookie(headers, login.COOKIE):
            with self.desk.state.read() as connection:
                found = passwords.signed_in(connection, cookie, self.desk.clock.now())
            if found is not None:
                return Visit(
                    principal=found.principal,
                    token=token_of(cookie),
                    is_signed_in=True,
                    must_change=found.must_change,
                )
        if self.is_open or (path == "/metrics" and _is_loopback(self.desk.settings.desk.host)):
            return Visit(principal=OPERATOR, token=token_of(self.form_secret))
        raise LoginNeeded


def make(settings: Settings, state: State, ask: Ask, status: Status, clock: Clock) -> Front:
    """
    Build the desk. `ask` and `status` reach the engine and may block: they are called from threads.

    Screens ask for a password, unless `desk.login` is off and the desk listens on a loopback address.
    """
    keys = SecretKeys(state, clock)
    desk = Desk(
        settings=settings, state=state, clock=clock, ask=ask, status=status, app=cache(partial(open_app, settings))
    )
    pages = Starlette(
        routes=[
            *web_pages.routes(),
            Route("/health", health),
            Route("/ready", ready),
            get("/metrics", measure, Right.ASK),
            *questions.routes(keys),
            *candidates.routes(keys, cache(partial(candidates.open_counter, settings, clock))),
            *why.routes(keys),
            *catalogue.routes(keys),
        ],
        exception_handlers={ComptoirError: _say_wrong, HTTPException: _say_missing, Exception: _say_broken},
    )
    pages.state.desk = desk
    is_open = not settings.desk.login and _is_loopback(settings.desk.host)
    return Front(desk, keys, Profiles.open(state, keys), pages, is_open)


def serve(settings: Settings) -> None:
    """Be the desk until told to stop."""
    socket = settings.path(service.FILE_NAME)
    state = open_state(settings.path("state.db"))
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


def _cookie(headers: Mapping[bytes, bytes], name: str) -> str:
    try:
        kept = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    return kept[name].value if name in kept else ""


def _is_browsing(scope: Scope) -> bool:
    return scope["method"] in {"GET", "HEAD"} and b"hx-request" not in dict(scope["headers"])


def _is_new(visit: Visit, path: str) -> bool:
    return visit.must_change and path not in _WITH_FIRST_PASSWORD


async def _change_password(_scope: Scope, _receive: Receive, send: Send) -> None:
    await _lead(login.CHANGE_PATH, send)


async def _lead_to_login(scope: Scope, _receive: Receive, send: Send) -> None:
    asked = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
    await _lead(login.PATH if asked == "/" else f"{login.PATH}?next={quote(asked)}", send)


async def _lead(target: str, send: Send) -> None:
    headers = [(b"location", target.encode("latin-1")), (b"cache-control", b"no-store"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


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

_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})
"""What may be otherwise a moment later, so that asking again makes sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a page says that went wrong: what happened, what to do, and the code and facts to quote to a developer."""

    title: str
    says: str
    hint: str
    code: str = ""
    facts: tuple[str, ...] = ()
    can_retry: bool = False


async def _say_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, ComptoirError)
    if not _wants_page(request):
        return Response(problems.problem(error), error.status, media_type=problems.MEDIA_TYPE.decode())
    said = view.speech_of(request)
    is_away = error.code in {"engine_unreachable", "engine_silent"}
    is_known = said.has(f"wrong.{error.code}")
    told = Told(
        title=said("away.title" if is_away else "wrong.title"),
        says=said("away.says") if is_away else said(f"wrong.{error.code}") if is_known else error.message,
        hint=said(f"wrong.{error.code}.do") if is_known else error.hint,
        code=error.code,
        facts=tuple(f"{name}: {value}" for name, value in error.facts.items()) if is_known else (),
        can_retry=is_away or error.status in _PASSING,
    )
    return view.render(request, "", "wrong", {"told": told}, status_code=error.status)


async def _say_missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not _wants_page(request):
        kind = MethodNotTaken if error.status_code == MethodNotTaken.status else NothingHere
        said_wrong = kind(path=request.url.path[:200])
        return Response(problems.problem(said_wrong), kind.status, media_type=problems.MEDIA_TYPE.decode())
    said = view.speech_of(request)
    told = Told(title=said("wrong.missing"), says=request.url.path[:200], hint=said("wrong.missing.hint"))
    return view.render(request, "", "wrong", {"told": told}, status_code=error.status_code)


async def _say_broken(request: Request, error: Exception) -> Response:
    log.error("a page failed", path=request.url.path, error=type(error).__name__)
    said = view.speech_of(request)
    told = Told(
        title=said("wrong.title"),
        says=said("wrong.broken"),
        hint=said("wrong.broken.do"),
        code=type(error).__name__,
        can_retry=True,
    )
    return view.render(request, "", "wrong", {"told": told}, status_code=500)


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/")


def _json(body: object, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(body), status, media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _refused(error: ComptoirError, _scope: Scope, _receive: Receive, send: Send) -> None:
    body = problems.problem(error)
    headers = [(b"content-type", problems.MEDIA_TYPE), (b"content-length", str(len(body)).encode())]
    if isinstance(error, NotKnown):
        headers.append((b"www-authenticate", b'Basic realm="Comptoir", charset="UTF-8"'))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
