"""The desk: screens and API, private. It reads state itself and asks the engine for the warehouse."""

from __future__ import annotations

import gc
import ipaddress
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any, Generic, TypeVar
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
from comptoir.access import keys, passwords
from comptoir.access.roles import OPERATOR, Principal, Right, Role
from comptoir.app import open_app
from comptoir.clock import Clock
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.reports import service
from comptoir.server import metrics
from comptoir.server.api import candidates, catalogue, problems, questions, scores, segments, traits, why
from comptoir.server.api.endpoints import MethodNotTaken, NothingHere
from comptoir.server.api.keys import SecretKeys
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


_ELSEWHERE = (why.SUFFIX, *scores.SUFFIXES, *segments.SUFFIXES, *traits.SUFFIXES)
"""How addresses of the profile API end that wait for the engine, and so are answered by a thread."""
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


class Broken(ComptoirError):
    """Something broke at the desk."""

    code, status = "desk_broken", 500
    hint = "The log says what, without anybody's address; please tell us (CONTRIBUTING.md)."


class LoginNeeded(ComptoirError, PermissionError):
    """Sign in first."""

    code, status = "login_needed", 401
    hint = "Open the desk in a browser and sign in, or send `Authorization: Bearer uk_…` from a program."


Opened = TypeVar("Opened")


class Once(Generic[Opened]):
    """Opens something when it is first asked for, and once, however many threads ask at that moment."""

    def __init__(self, opens: Callable[[], Opened]) -> None:
        self._opens, self._lock, self._opened = opens, threading.Lock(), list[Opened]()

    def __call__(self) -> Opened:
        """Give it, opened."""
        with self._lock:
            if not self._opened:
                self._opened.append(self._opens())
            return self._opened[0]


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
            if scope["path"].startswith(PROFILES) and not scope["path"].endswith(_ELSEWHERE):
                answer: ASGIApp = self.profiles
            else:
                scope[SCOPE_KEY] = visit = await run_in_threadpool(self.visit, scope)
                answer = _change_password if _is_new(visit, scope["path"]) else self.pages
        except LoginNeeded as error:
            answer = _lead_to_login if _is_browsing(scope) else partial(_refused, error)
        except ComptoirError as error:
            answer = partial(_refused, error)
        try:
            await answer(scope, receive, send)
        except Exception:  # the desk's boundary: the answer is out, and uvicorn would print what the error quotes
            # the route and not the address, which may name a person
            log.exception("a request failed", route=getattr(scope.get("route"), "path", ""))

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
        authorization = headers.get(b"authorization", b"").decode("latin-1")
        holder = self.keys.check(authorization) if authorization else None
        with self.desk.state.read() as connection:
            every_brand = keys.brands_in(connection)
            if holder is not None:
                return Visit(principal=holder, token=token_of(authorization), every_brand=every_brand)
            cookie = _cookie(headers, login.COOKIE)
            found = passwords.signed_in(connection, cookie, self.desk.clock.now()) if cookie else None
        if found is not None:
            return Visit(
                principal=found.principal,
                token=token_of(cookie),
                is_signed_in=True,
                must_change=found.must_change,
                every_brand=every_brand,
            )
        if self.is_open or (path == "/metrics" and _is_loopback(self.desk.settings.desk.host)):
            return Visit(principal=OPERATOR, token=token_of(self.form_secret), every_brand=every_brand)
        raise LoginNeeded


def make(settings: Settings, state: State, ask: Ask, status: Status, clock: Clock) -> Front:
    """
    Build the desk. `ask` and `status` reach the engine and may block: they are called from threads.

    Screens ask for a password, unless `desk.login` is off and the desk listens on a loopback address.
    """
    holders = SecretKeys(state, clock, settings.desk.api_per_second)
    desk = Desk(
        settings=settings, state=state, clock=clock, ask=ask, status=status, app=Once(partial(open_app, settings))
    )
    pages = Starlette(
        routes=[
            *web_pages.routes(),
            Route("/health", health),
            Route("/ready", ready),
            get("/metrics", measure, Right.ASK, whole=True),
            *questions.routes(holders),
            *candidates.routes(holders, Once(partial(candidates.open_counter, settings, clock))),
            *why.routes(holders),
            *catalogue.routes(holders),
        ],
        exception_handlers={ComptoirError: _say_wrong, HTTPException: _say_missing, Exception: _say_broken},
    )
    pages.state.desk = desk
    is_open = not settings.desk.login and _is_loopback(settings.desk.host)
    return Front(desk, holders, Profiles.open(desk, holders), pages, is_open)


_COLLECTIONS = 20_000, 20, 50
"""When Python's collector looks at objects: seldom at old ones, since an answer leaves next to none behind."""


def serve(settings: Settings) -> None:
    """Be the desk until told to stop."""
    socket = settings.path(service.FILE_NAME)
    state = open_state(settings.path("state.db"))
    app = make(
        settings, state, partial(service.ask, socket), partial(service.ask_status, socket), settings.make_clock()
    )
    gc.freeze()  # what is loaded by now stays: no collection holds an answer up to look at it again
    gc.set_threshold(*_COLLECTIONS)
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
        # what failed stands in Health: anybody may ask here
        failing = said.get("failures") or {}
        reasons += [{"code": "engine_failing", "message": f"{work} fails; Health says why."} for work in failing]
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
        return problems.answer(error)
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
    answer = view.render(request, "", "wrong", {"told": told}, status_code=error.status)
    answer.headers.update(problems.headers_of(error))
    return answer


async def _say_missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not _wants_page(request):
        kind = MethodNotTaken if error.status_code == MethodNotTaken.status else NothingHere
        return problems.answer(kind(path=request.url.path[:200]))
    said = view.speech_of(request)
    told = Told(title=said("wrong.missing"), says=request.url.path[:200], hint=said("wrong.missing.hint"))
    return view.render(request, "", "wrong", {"told": told}, status_code=error.status_code)


async def _say_broken(request: Request, error: Exception) -> Response:
    if not _wants_page(request):
        return problems.answer(Broken(error=type(error).__name__))
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


async def _refused(error: ComptoirError, scope: Scope, receive: Receive, send: Send) -> None:
    await problems.answer(error)(scope, receive, send)
