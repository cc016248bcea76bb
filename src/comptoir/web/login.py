"""Signing in and out, and replacing a password."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from comptoir.access import passwords
from comptoir.access.audit import Deed
from comptoir.access.passwords import TooManyTries, Tries, WeakPassword, WrongPassword
from comptoir.access.roles import Right
from comptoir.errors import ComptoirError
from comptoir.web import routes as made
from comptoir.web.view import desk_of, render
from comptoir.web.visit import visit_of

COOKIE = "comptoir_desk"
AT_ONCE = 2
"""Passwords that are looked at at a time: each takes 64 MiB and a tenth of a second of a core."""
WAITING = 20
"""Passwords that may wait for that; more are sent away."""
FORM_BYTES = 10_000
PATH = "/login"
CHANGE_PATH = "/password"
OUT_PATH = "/logout"


@dataclass(slots=True)
class Gate:
    """Lets a few passwords through at a time, so that a flood of them leaves the desk to those who are in."""

    tries: Tries = field(default_factory=Tries)
    lanes: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    waiting: int = 0

    async def sign_in(self, request: Request, name: str, password: str) -> str:
        """Look at a password in turn; give what the cookie shall hold. Raises: WrongPassword, TooManyTries, Busy."""
        if self.waiting >= WAITING:
            raise Busy
        desk, where = desk_of(request), request.client.host if request.client else ""
        self.waiting += 1
        try:
            async with self.lanes:
                return await run_in_threadpool(
                    passwords.sign_in,
                    desk.state,
                    name,
                    password,
                    now=desk.clock.now(),
                    tries=self.tries,
                    where=where,
                )
        finally:
            self.waiting -= 1


class Busy(ComptoirError):
    """Too many people sign in at this moment."""

    code, status = "signing_in_busy", 429
    hint = "Try again in a few seconds."
    retry_seconds = 5


def routes() -> list[BaseRoute]:
    """Give the routes. Signing in wants no token: there is no visitor yet whom another site could act for."""
    gate = Gate()

    async def enter(request: Request) -> Response:
        """Show the form, or take it."""
        if request.method == "GET":
            return _ask(request)
        made.check_length(request, FORM_BYTES)
        async with request.form(max_files=0, max_fields=10) as form:
            return await _enter(request, form, gate)

    return [
        Route(PATH, enter, methods=["GET", "POST"]),
        made.get(CHANGE_PATH, change_page, Right.ASK),
        made.post(CHANGE_PATH, change, Right.ASK, deed=Deed.USER_PASSWORD),
        made.post(OUT_PATH, leave, Right.ASK, deed=None),
    ]


async def change_page(request: Request) -> Response:
    """Show the form that replaces the visitor's own password."""
    return _ask_change(request)


async def change(request: Request, form: FormData) -> Response:
    """Replace the visitor's own password, which signs every browser of hers out, and this one in again."""
    desk, visit = desk_of(request), visit_of(request)
    password = str(form.get("password", ""))
    if not visit.is_signed_in:
        return RedirectResponse("/", status_code=303)
    if password != str(form.get("again", "")):
        return _ask_change(request, "login.differs")
    now = desk.clock.now()
    try:
        await run_in_threadpool(passwords.change, desk.state, visit.principal.name, password, now)
    except WeakPassword:
        return _ask_change(request, "login.weak")
    made.tell(request, about=visit.principal.name, brand="")
    token = await run_in_threadpool(
        passwords.sign_in, desk.state, visit.principal.name, password, now=now, tries=Tries()
    )
    return _with_cookie(RedirectResponse("/?done=password", status_code=303), request, token)


async def leave(request: Request, form: FormData) -> Response:
    """Sign this browser out."""
    del form
    await run_in_threadpool(passwords.sign_out, desk_of(request).state, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(PATH, status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


async def _enter(request: Request, form: FormData, gate: Gate) -> Response:
    name, password = str(form.get("name", "")).strip()[:100], str(form.get("password", ""))
    try:
        token = await gate.sign_in(request, name, password)
    except WrongPassword:
        return _ask(request, "login.wrong", name)
    except (TooManyTries, Busy) as error:
        answer = _ask(request, "login.wait" if isinstance(error, TooManyTries) else "login.busy", name, error.status)
        answer.headers["Retry-After"] = str(error.retry_seconds)
        return answer
    before = request.cookies.get(COOKIE, "")
    if before:  # whoever was signed in here is signed out: one browser acts for one person
        await run_in_threadpool(passwords.sign_out, desk_of(request).state, before)
    return _with_cookie(RedirectResponse(_next(request), status_code=303), request, token)


def _ask(request: Request, wrong: str = "", name: str = "", status: int = 422) -> Response:
    context = {"wrong": wrong, "name": name, "next": _next(request)}
    return render(request, "login", "login", context, status_code=status if wrong else 200)


def _ask_change(request: Request, wrong: str = "") -> Response:
    context = {"wrong": wrong, "must_change": visit_of(request).must_change, "least": passwords.LEAST_LENGTH}
    return render(request, "login", "password", context, status_code=422 if wrong else 200)


def _next(request: Request) -> str:
    """Give where to go afterwards: a page of our own, never another site's."""
    asked = request.query_params.get("next", "/")
    is_ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if is_ours and not asked.startswith((PATH, OUT_PATH)) else "/"


def _with_cookie(answer: Response, request: Request, token: str) -> Response:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(passwords.LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
    )
    return answer
