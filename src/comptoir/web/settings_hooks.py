"""Webhooks: the addresses of other systems that are called."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.errors import ComptoirError
from comptoir.golden import subscribers
from comptoir.messaging import webhooks
from comptoir.state.sealing import master_key
from comptoir.web.routes import get, post
from comptoir.web.view import desk_of, go, render, speech_of

HOME = "/settings/webhooks"
SHOWN_CALLS = 10


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN, whole=True),
        post(f"{HOME}/add", add, Right.RUN, whole=True, deed=Deed.WEBHOOK_ADDED),
        post(f"{HOME}/switch", switch, Right.RUN, whole=True, deed=Deed.WEBHOOK_SWITCHED),
        post(f"{HOME}/test", try_out, Right.RUN, whole=True, deed=None),
        post(f"{HOME}/follow", follow, Right.RUN, whole=True, deed=Deed.WEBHOOK_SWITCHED),
        post(f"{HOME}/remove", remove, Right.RUN, whole=True, deed=Deed.WEBHOOK_REMOVED),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    return await _show(request)


async def _show(request: Request, **said: Any) -> Response:
    desk = desk_of(request)

    def read() -> list[dict[str, Any]]:
        with desk.state.read() as connection:
            told = {one.endpoint: one for one in subscribers.listing(connection)}
            return [
                one | {"calls": webhooks.calls(connection, one["name"])[:SHOWN_CALLS], "follows": told.get(one["name"])}
                for one in webhooks.listing(connection)
            ]

    context = {
        "hooks": await run_in_threadpool(read),
        "sources": [one.name for one in await run_in_threadpool(keys.list_sources, desk.state)],
        "tab": "webhooks",
        "errors": {},
        "entered": {"name": "", "url": ""},
        "secret": "",
        "tried": None,
    } | said
    return render(request, "settings", "webhooks", context, status_code=422 if context["errors"] else 200)


async def add(request: Request, form: FormData) -> Response:
    """Store an endpoint, and show its secret this once."""
    desk, said = desk_of(request), speech_of(request)
    entered = {name: str(form.get(name, "")).strip() for name in ("name", "url")}
    try:
        keys.check_name(entered["name"])
    except keys.BadName:
        return await _show(request, entered=entered, errors={"name": said("sources.wrong.name")})

    def make() -> str | None:
        """Make it."""
        with desk.state.write() as connection:
            if entered["name"] in {one["name"] for one in webhooks.listing(connection)}:
                return None
            return webhooks.add(
                connection,
                name=entered["name"],
                url=entered["url"],
                key=master_key(desk.settings.home),
                now=desk.clock.now(),
                private_hosts=desk.settings.webhooks.private_hosts,
            )

    try:
        secret = await run_in_threadpool(make)
    except ComptoirError:
        return await _show(request, entered=entered, errors={"url": said("hooks.wrong.url")})
    if secret is None:
        return await _show(request, entered=entered, errors={"name": said("hooks.wrong.taken")})
    return await _show(request, secret=secret)


async def switch(request: Request, form: FormData) -> Response:
    """Call an endpoint again, or no more."""
    desk, name, is_enabled = desk_of(request), str(form.get("name", "")), form.get("open") == "yes"

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            webhooks.enable(connection, name, is_enabled=is_enabled)

    await run_in_threadpool(keep)
    return go(HOME, done="hook.opened" if is_enabled else "hook.closed")


async def try_out(request: Request, form: FormData) -> Response:
    """Call an endpoint once, and say what it answered."""
    desk, name = desk_of(request), str(form.get("name", ""))
    hooks = desk.settings.webhooks

    def call() -> tuple[bool, str]:
        """Call it."""
        with desk.state.read() as connection:
            url, secret = webhooks.opened(connection, name, master_key(desk.settings.home))
        return webhooks.try_out(
            url, secret, now=desk.clock.now(), private_hosts=hooks.private_hosts, seconds=hooks.seconds
        )

    is_fine, detail = await run_in_threadpool(call)
    return await _show(request, tried={"name": name, "is_fine": is_fine, "detail": detail})


async def follow(request: Request, form: FormData) -> Response:
    """Call an endpoint whenever something changes about people, or no more."""
    desk, name, source = desk_of(request), str(form.get("name", "")), str(form.get("source", ""))
    follows = form.get("follows") == "yes"

    def keep() -> None:
        """Keep it."""
        if source and source not in {one.name for one in keys.list_sources(desk.state)}:
            raise keys.NoSuchSource(source=source[:100])
        with desk.state.write() as connection:
            if follows:
                subscribers.follow(connection, name, source=source)
            else:
                subscribers.unfollow(connection, name)

    await run_in_threadpool(keep)
    return go(HOME, done="hook.follows" if follows else "hook.unfollowed")


async def remove(request: Request, form: FormData) -> Response:
    """Forget an endpoint; what waits for it fails."""
    desk, name = desk_of(request), str(form.get("name", ""))

    def forget() -> None:
        """Forget it."""
        with desk.state.write() as connection:
            webhooks.remove(connection, name, desk.clock.now())

    await run_in_threadpool(forget)
    return go(HOME, done="hook.removed")
