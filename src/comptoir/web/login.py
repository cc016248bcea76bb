"""Signing in and out, and replacing a password."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from comptoir.access import passwords
from comptoir.access.passwords import TooManyTries, Tries, WeakPassword, WrongPassword
from comptoir.access.roles import Right
from comptoir.web import routes as made
from comptoir.web.view import desk_of, render
from comptoir.web.visit import visit_of

COOKIE = "comptoir_desk"
PATH = "/login"
CHANGE_PATH = "/password"
OUT_PATH = "/logout"


def routes() -> list[BaseRoute]:
    """Give the routes. Signing in wants no token: there is no visitor yet whom another site could act for."""
    tries = Tries()

    async def enter(request: Request) -> Response:
        """Show the form, or take it."""
        if request.method == "GET":
            return _ask(request)
        async with request.form(max_files=0, max_fields=10) as form:
            return await _enter(request, form, tries)

    return [
        Route(PATH, enter, methods=["GET", "POST"]),
        made.get(CHANGE_PATH, change_page, Right.ASK),
        made.post(CHANGE_PATH, change, Right.ASK),
        made.post(OUT_PATH, leave, Right.ASK),
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


async def _enter(request: Request, form: FormData, tries: Tries) -> Response:
    desk = desk_of(request)
    name, password = str(form.get("name", "")).strip()[:100], str(form.get("password", ""))
    try:
        token = await run_in_threadpool(
            passwords.sign_in, desk.state, name, password, now=desk.clock.now(), tries=tries
        )
    except WrongPassword:
        return _ask(request, "login.wrong", name)
    except TooManyTries:
        return _ask(request, "login.wait", name)
    return _with_cookie(RedirectResponse(_next(request), status_code=303), request, token)


def _ask(request: Request, wrong: str = "", name: str = "") -> Response:
    context = {"wrong": wrong, "name": name, "next": _next(request)}
    return render(request, "login", "login", context, status_code=422 if wrong else 200)


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
