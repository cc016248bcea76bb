"""People: who may sign in or ask the API, in which role, for which brands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import passwords, users
from comptoir.access.audit import Deed
from comptoir.access.keys import BadName
from comptoir.access.roles import Right, Role
from comptoir.access.users import NoSuchUser, User, UserExists
from comptoir.web.routes import get, post
from comptoir.web.view import desk_of, every_brand, go, render, speech_of, who_asks

HOME = "/settings/people"
_NOBODY: Mapping[str, Any] = MappingProxyType(
    {"name": "", "role": Role.MARKETING.value, "brands": (), "kind": "password"}
)
LIVES = (30, 90, 365, 730)
"""Days a key may work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A secret that is shown this once: whose, and what it is (password or key)."""

    name: str
    kind: str
    secret: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN, whole=True),
        post(f"{HOME}/add", add, Right.RUN, whole=True, deed=Deed.USER_ADDED),
        post(f"{HOME}/change", change, Right.RUN, whole=True, deed=Deed.USER_CHANGED),
        post(f"{HOME}/switch", switch, Right.RUN, whole=True, deed=Deed.USER_SWITCHED),
        post(f"{HOME}/password", give_password, Right.RUN, whole=True, deed=Deed.USER_PASSWORD),
        post(f"{HOME}/key", give_key, Right.RUN, whole=True, deed=Deed.USER_KEY),
    ]


async def page(request: Request) -> Response:
    """Answer the list. It is for those who have every brand: another could make herself a user who has them."""
    return await _show(request)


async def _show(
    request: Request,
    *,
    shown: Shown | None = None,
    errors: Mapping[str, str] | None = None,
    entered: Mapping[str, Any] = _NOBODY,
) -> Response:
    desk = desk_of(request)
    listed = await run_in_threadpool(users.list_users, desk.state, now=desk.clock.now())
    context = {
        "people": listed,
        "me": who_asks(request).name,
        "roles": list(Role),
        "brands": [one.name for one in every_brand(request)],
        "lives": LIVES,
        "shown": shown,
        "errors": errors or {},
        "entered": entered,
        "overlap_days": users.OVERLAP.days,
        "tab": "people",
    }
    return render(request, "settings", "people", context, status_code=422 if errors else 200)


async def add(request: Request, form: FormData) -> Response:
    """Make a user, and show her first password, or the key of a program, this once."""
    desk, said = desk_of(request), speech_of(request)
    name, kind = str(form.get("name", "")).strip(), "key" if form.get("kind") == "key" else "password"
    role, brands = str(form.get("role", "")), [str(one) for one in form.getlist("brands")]
    entered = {"name": name, "role": role, "brands": brands, "kind": kind}
    if role not in set(Role):
        return await _show(request, errors={"role": said("people.wrong.role")}, entered=entered)

    def make() -> str:
        """Make it."""
        now = desk.clock.now()
        if kind == "key":
            return users.add_user(desk.state, name=name, role=Role(role), now=now, for_brands=brands)
        with desk.state.write() as connection:
            users.make_user(connection, name=name, role=Role(role), now=now, for_brands=brands)
        return passwords.first_password(desk.state, name, now)

    try:
        secret = await run_in_threadpool(make)
    except BadName:
        return await _show(request, errors={"name": said("sources.wrong.name")}, entered=entered)
    except UserExists:
        return await _show(request, errors={"name": said("people.wrong.taken")}, entered=entered)
    except users.NoSuchBrand:
        return await _show(request, errors={"brands": said("sources.wrong.brand")}, entered=entered)
    return await _show(request, shown=Shown(name=name, kind=kind, secret=secret))


async def change(request: Request, form: FormData) -> Response:
    """Give a user another role and other brands; not oneself, so that an admin remains."""
    name, said = await run_in_threadpool(_other, request, form), speech_of(request)
    if name is None:
        return await _show(request, errors={"self": said("people.wrong.self")})
    role = str(form.get("role", ""))
    if role not in set(Role):
        return await _show(request, errors={"self": said("people.wrong.role")})
    brands = [str(one) for one in form.getlist("brands")]
    await run_in_threadpool(users.change_user, desk_of(request).state, name, role=Role(role), for_brands=brands)
    return go(HOME, done="user.changed")


async def switch(request: Request, form: FormData) -> Response:
    """Open or close a user's access; not one's own."""
    name = await run_in_threadpool(_other, request, form)
    if name is None:
        return await _show(request, errors={"self": speech_of(request)("people.wrong.self")})
    is_enabled = form.get("open") == "yes"
    await run_in_threadpool(users.change_user, desk_of(request).state, name, is_enabled=is_enabled)
    return go(HOME, done="user.opened" if is_enabled else "user.closed")


async def give_password(request: Request, form: FormData) -> Response:
    """Give a user a new first password, shown this once."""
    desk = desk_of(request)
    user = await run_in_threadpool(_find, request, form)
    word = await run_in_threadpool(passwords.first_password, desk.state, user.name, desk.clock.now())
    return await _show(request, shown=Shown(name=user.name, kind="password", secret=word))


async def give_key(request: Request, form: FormData) -> Response:
    """Give a user a new key, shown this once; those it has end after the overlap."""
    desk = desk_of(request)
    user = await run_in_threadpool(_find, request, form)
    said = str(form.get("days", ""))
    days = int(said) if said.isdigit() and int(said) in LIVES else LIVES[-2]
    key = await run_in_threadpool(users.new_key, desk.state, user.name, now=desk.clock.now(), life=timedelta(days=days))
    return await _show(request, shown=Shown(name=user.name, kind="key", secret=key))


def _other(request: Request, form: FormData) -> str | None:
    """Name the user a form is about; None where that is the visitor. Raises: NoSuchUser."""
    name = _find(request, form).name
    return None if name == who_asks(request).name else name


def _find(request: Request, form: FormData) -> User:
    desk, name = desk_of(request), str(form.get("name", ""))
    found = next((one for one in users.list_users(desk.state, now=desk.clock.now()) if one.name == name), None)
    if found is None:
        raise NoSuchUser(name=name[:100])
    return found
