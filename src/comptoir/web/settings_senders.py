"""Senders: the servers that mails are handed to, with a signature made for them, a test, and a pause of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import safe_http
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.errors import ComptoirError
from comptoir.messaging import dkim, outward, servers
from comptoir.messaging.compose import address
from comptoir.messaging.servers import MailServer, MailServerNotFound
from comptoir.model.message import DeliveryKind
from comptoir.state.sealing import master_key
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, own_brands, render, speech_of, who_asks

HOME = "/settings/senders"
SECURITY = ("starttls", "tls", "none")
SELECTOR = "comptoir"
PORT = 587
_MOST_PORT = 65_535
_COUNTS = {"port": (1, _MOST_PORT), "priority": (1, 99), "rate_per_minute": (0, 1_000_000), "connections": (1, 200)}
_TEXTS = ("name", "brand", "host", "security", "user", "sender", "bounce_domain", "dkim_domain", "dkim_selector")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a server answered to a test mail."""

    name: str
    is_fine: bool
    detail: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN),
        get("/settings/sender", form_page, Right.RUN),
        post("/settings/sender", save, Right.RUN, deed=Deed.SENDER_SAVED),
        post("/settings/sender/test", try_out, Right.RUN, deed=None),
        post("/settings/sender/remove", remove, Right.RUN, deed=Deed.SENDER_REMOVED),
        post("/settings/sending", switch, Right.RUN, whole=True, deed=Deed.SENDING_SWITCHED),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    return await _show(request)


async def _show(request: Request, tried: Tried | None = None) -> Response:
    desk, who = desk_of(request), who_asks(request)

    def read() -> tuple[list[dict[str, Any]], bool]:
        with desk.state.read() as connection:
            return servers.listing(connection), outward.is_sending(connection)

    listed, is_sending = await run_in_threadpool(read)
    mail = desk.settings.mail
    context = {
        "servers": [one for one in listed if _may_see(who, one["brand"])],
        "is_sending": is_sending,
        "fallback": None if listed else mail,
        "may_pause": not who.brands,
        "tried": tried,
        "tab": "senders",
    }
    return render(request, "settings", "senders", context)


def _may_see(who: Principal, brand: str) -> bool:
    return not who.brands or brand in who.brands


# ── one server ──


async def form_page(request: Request) -> Response:
    """Answer the form of a server; of a new one where none is named. Raises: MailServerNotFound."""
    name = request.query_params.get("name", "")
    if not name:
        return await _ask(request, MailServer(name="", host="", port=PORT, dkim_selector=SELECTOR), {}, is_new=True)
    return await _ask(request, await run_in_threadpool(_find, request, name), {}, is_new=False)


def _find(request: Request, name: str) -> MailServer:
    """Give a server that the visitor may change. Raises: MailServerNotFound, NotAllowed."""
    desk, who = desk_of(request), who_asks(request)
    with desk.state.read() as connection:
        found = servers.find(connection, name, master_key(desk.settings.home))
    if not found.brand:  # it serves every brand
        who.check_brand(None)
    elif not who.may_see(found.brand):
        raise MailServerNotFound(name=name[:100])
    return found


async def _ask(request: Request, server: MailServer, errors: Mapping[str, str], *, is_new: bool) -> Response:
    own = who_asks(request).brands
    context = {
        "server": server,
        "errors": errors,
        "is_new": is_new,
        "brands": [one.name for one in own_brands(request)],
        "may_serve_all": not own,
        "securities": SECURITY,
        "record": _record(server),
        "record_name": f"{server.dkim_selector}._domainkey.{server.dkim_domain}",
        "tab": "senders",
    }
    return render(request, "settings", "sender", context, status_code=422 if errors else 200)


def _record(server: MailServer) -> str:
    return dkim.record(dkim.read_key(server.dkim_key.encode())) if server.dkim_key else ""


async def save(request: Request, form: FormData) -> Response:
    """Keep a server: secrets that were left empty stay, and a signature is made if asked for."""
    desk, said = desk_of(request), speech_of(request)
    texts = {name: str(form.get(name, "")).strip() for name in _TEXTS}
    who_asks(request).check_brand(texts["brand"] or None)
    is_new = form.get("is_new") == "yes"
    former = None if is_new else await run_in_threadpool(_find, request, texts["name"])
    errors = _errors(texts, form, said)
    if is_new and await run_in_threadpool(_is_taken, desk, texts["name"]):
        errors["name"] = said("senders.wrong.taken")
    is_moved = former is None or former.host != texts["host"]
    is_limited = is_moved and bool(who_asks(request).brands)
    if is_limited and not errors and not await run_in_threadpool(safe_http.is_outside, texts["host"], PORT):
        errors["host"] = said("senders.wrong.inside")  # what stands in the own network is the whole installation's
    server = await run_in_threadpool(_server, texts, form, former)
    if errors:
        return await _ask(request, server, errors, is_new=is_new)

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            servers.save(connection, server, master_key(desk.settings.home))

    try:
        await run_in_threadpool(keep)
    except ComptoirError as error:
        return await _ask(request, replace(server, dkim_key=""), {"dkim_key": error.hint}, is_new=is_new)
    tell(request, brand=server.brand)
    return go("/settings/sender", done="sender.saved", name=server.name)


def _server(texts: Mapping[str, str], form: FormData, former: MailServer | None) -> MailServer:
    """Put together what was entered; a new DKIM key takes a while to make."""
    key = former.dkim_key if former else ""
    match str(form.get("dkim", "keep")):
        case "make":
            key = dkim.new_key()
        case "own":
            key = str(form.get("dkim_key", "")).strip()
        case "none":
            key = ""
    domain = texts["dkim_domain"] or (_address(texts["sender"]) or "").rpartition("@")[2]
    counts = {name: _count(form, name) or least for name, (least, _) in _COUNTS.items()}
    return MailServer(
        name=texts["name"],
        brand=texts["brand"],
        host=texts["host"],
        security=texts["security"] if texts["security"] in SECURITY else "starttls",  # type: ignore[arg-type]  # looked up
        user=texts["user"],
        password=str(form.get("password", "")) or (former.password if former else ""),
        sender=texts["sender"],
        bounce_domain=texts["bounce_domain"],
        dkim_domain=domain if key else "",
        dkim_selector=(texts["dkim_selector"] or SELECTOR) if key else "",
        dkim_key=key,
        weight=former.weight if former else 1,
        is_enabled=form.get("is_enabled") == "yes",
        **counts,
    )


def _errors(texts: Mapping[str, str], form: FormData, said: Speech) -> dict[str, str]:
    errors = {}
    try:
        keys.check_name(texts["name"])
    except keys.BadName:
        errors["name"] = said("sources.wrong.name")
    if not texts["host"] or " " in texts["host"] or "/" in texts["host"]:
        errors["host"] = said("senders.wrong.host")
    if _address(texts["sender"]) is None:
        errors["sender"] = said("senders.wrong.sender")
    for name, (least, most) in _COUNTS.items():
        count = _count(form, name)
        if count is None or not least <= count <= most:
            errors[name] = said("senders.wrong.count", least=least, most=said.number(most))
    return errors


def _address(said: str) -> str | None:
    try:
        return address(said)
    except ValueError:
        return None


def _count(form: FormData, name: str) -> int | None:
    said = str(form.get(name, "")).strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None


def _is_taken(desk: Desk, name: str) -> bool:
    with desk.state.read() as connection:
        return name in {one["name"] for one in servers.listing(connection)}


async def try_out(request: Request, form: FormData) -> Response:
    """Send one test mail and say what the server answered."""
    desk, said = desk_of(request), speech_of(request)
    name, to = str(form.get("name", "")), str(form.get("to", "")).strip()
    server = await run_in_threadpool(_find, request, name)
    if _address(to) is None:
        return await _show(request, Tried(name=name, is_fine=False, detail=said("senders.wrong.to")))
    try:
        receipt = await run_in_threadpool(
            servers.try_out, server, to, now=desk.clock.now(), timeout_seconds=desk.settings.mail.timeout_seconds
        )
    except (ComptoirError, OSError) as error:
        return await _show(request, Tried(name=name, is_fine=False, detail=str(error)))
    is_fine = receipt.kind == DeliveryKind.ACCEPTED
    return await _show(request, Tried(name=name, is_fine=is_fine, detail=receipt.detail or ""))


async def remove(request: Request, form: FormData) -> Response:
    """Forget a server."""
    desk, name = desk_of(request), str(form.get("name", ""))
    tell(request, brand=(await run_in_threadpool(_find, request, name)).brand)

    def forget() -> None:
        """Forget it."""
        with desk.state.write() as connection:
            servers.remove(connection, name)

    await run_in_threadpool(forget)
    return go(HOME, done="sender.removed")


async def switch(request: Request, form: FormData) -> Response:
    """Pause all sending, or go on."""
    desk, is_paused = desk_of(request), form.get("pause") == "yes"

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            outward.pause(connection, is_paused=is_paused)

    await run_in_threadpool(keep)
    tell(request, about="paused" if is_paused else "resumed")
    return go(HOME, done="sending.paused" if is_paused else "sending.resumed")
