"""The public door: takes events, answers once they are durable, redirects clicks, takes unsubscriptions. Bare ASGI."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import socket
import sys
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import uvicorn

from comptoir import clock as clocks
from comptoir import logs
from comptoir.access.public import Grant, PublicBook
from comptoir.clock import Clock, micros
from comptoir.collect.dialects.base import Asking, Opened, Reply
from comptoir.collect.parse import Fault, Parsed, Stamp
from comptoir.config import Settings
from comptoir.errors import BadSetting, ComptoirError, StoreUnavailable
from comptoir.messaging import links
from comptoir.model.event import Line, RefusalReason, Trust, encode_all
from comptoir.server import crossing, limits, measure, onsite, problems, requests, site
from comptoir.server.calls import Calls
from comptoir.server.cookie import Cookie, mint
from comptoir.server.crossing import Crossings
from comptoir.server.direct import Call, DirectProtocol, Waiting
from comptoir.server.limits import Buckets, Networks, NotInflatable
from comptoir.server.measure import Measure
from comptoir.server.pages.letters import Letters
from comptoir.server.problems import Answer
from comptoir.server.refusals import Refusals
from comptoir.server.requests import Asked, Proxies, Scope
from comptoir.spool import turned
from comptoir.spool.base import Parcel, Spool
from comptoir.spool.commit import GroupCommitter, Settled
from comptoir.spool.sqlite import SqliteSpool

log = logs.get("door")

REFRESH_SECONDS = 0.2
PROVEN_SECONDS = 5.0
"""A spool that was written less than this ago is ready without a proof."""
KEEP_ALIVE_SECONDS = 75
CALLS_BETWEEN_SWITCHES = 0.0005
"""The committing thread gets the interpreter after at most this many seconds; Python's default is ten times that."""
COLLECTIONS = 20_000, 20, 50
"""Objects between two searches for cycles, thrice: a batch is thousands of objects, and they lead to no cycle."""

OK = problems.OK
_OK_START = {
    "type": "http.response.start",
    "status": OK.status,
    "headers": [*OK.headers, (b"content-length", b"%d" % len(OK.body))],
}
_OK_BODY = {"type": "http.response.body", "body": OK.body}
_ALIVE = Answer(200, b'{"status": "alive"}', problems.JSON)
_READY = Answer(200, b'{"status": "ready"}', problems.JSON)
_NO_CONTENT = 204
_BODILESS = frozenset({_NO_CONTENT, 304})

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class NotReady(StoreUnavailable):
    """The door cannot take events just now."""

    code, status = "not_ready", 503
    hint = "Look at the disk of the spool, and whether the engine has published public.db (`comptoir doctor`)."


class ClientGone(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


class Door:
    """The door as an ASGI application. It opens `public.db` to read and its own spools to write, and nothing else."""

    def __init__(self, settings: Settings, clock: Clock, *, spool: Callable[[], Spool] | None = None) -> None:
        """Prepare; files are opened at the start of the application's life."""
        self._settings = settings.door
        self._clock = clock
        self._open_spool = spool or partial(SqliteSpool, settings.path("spool", "front.db"))
        self._book = PublicBook(settings.path("public.db"))
        self._cookie = Cookie(self._settings.cookie_name, self._settings.cookie_domain, self._settings.cookie_days)
        self._proxies = Proxies.of(self._settings.trusted_proxies)
        self._letters = Letters(
            book=self._book,
            clock=clock,
            cookie=self._cookie,
            proxies=self._proxies,
            write=lambda lines, is_urgent: self._write(lines, is_urgent=is_urgent),
            read_body=self._body,
        )
        self._measure = (
            Measure(settings.path("audience"), clock, self._proxies) if settings.audience.is_measured else None
        )
        self._refusals = Refusals(self._book)
        self._crossings = Crossings(
            book=self._book,
            clock=clock,
            cookie=self._cookie,
            proxies=self._proxies,
            refusals=self._refusals,
            write=lambda lines, is_urgent: self._write(lines, is_urgent=is_urgent),
        )
        self._buckets = Buckets()
        self._networks = Networks(self._settings.network_share, self._settings.network_per_second)
        self._spool_folder = settings.path("spool")
        self.half_sent = limits.HalfSent()
        """Bodies whose end has not come."""
        self._calls = Calls.of_dialects()
        self.calls = self._calls.exact
        """Who reads what comes to an address."""
        self.batch_bytes = self._settings.batch_bytes
        self._proven_at = float("-inf")
        self._is_failing = False
        self.connections: Collection[Any] = ()
        """The server's open connections, for the sweep of slow clients."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or live and die with the server."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: Asked = dict(scope["headers"])
        is_unread = False
        try:
            answer = await self._answer(scope, asked, receive)
        except ClientGone:
            return
        except ComptoirError as error:
            is_unread = isinstance(error, problems.BodyTooLarge)
            answer = problems.answer(error)
        except Exception as error:  # noqa: BLE001 (the top: whatever it is, the client gets an answer)
            answer = _answer_to(error, scope["path"])
        if answer is OK and b"origin" not in asked:  # the usual way, with nothing left to build
            await send(_OK_START)
            await send(_OK_BODY)
            return
        headers = list(answer.headers)
        if answer.status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        if b"origin" in asked:
            headers += requests.cors(asked)
        if is_unread:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if is_unread:
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await limits.drain(receive)
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, asked: Asked, receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        if method == "OPTIONS":
            return Answer(_NO_CONTENT, b"", requests.preflight(asked))
        call = self._calls.find(path)
        if call is not None:
            if method not in call.route.methods and (method, call.route.is_page) != ("HEAD", True):
                raise problems.MethodNotAllowed(method=method)
            body = await self._body(asked, receive, self.batch_bytes)
            if call.route.is_page:
                return self._page(call, scope, asked, body)
            parcel, answer = self._take(call, scope, asked, body)
            if parcel is not None:
                await self._submit(parcel)
            return answer
        if path[:3] in links.PATHS:
            return await self._letters.answer(path, scope, asked, receive)
        if path in measure.PATHS and self._measure is not None:
            return await self._measure.answer(
                method, scope, asked, partial(self._body, asked, receive), partial(self._counted_grant, scope)
            )
        if path == onsite.PATH:
            return await self._shown(scope, asked, receive)
        if path == crossing.PATH:
            return await self._crossings.answer(
                scope, asked, partial(self._body, asked, receive), partial(self._counted_grant, scope)
            )
        return await self._own(method, path, asked)

    async def _own(self, method: str, path: str, asked: Asked) -> Answer:
        """Answer what the door says by itself: the site's scripts, and how it does."""
        if path in site.PATHS:
            return site.give(method, path, asked, self._cookie)
        if path == "/health":
            return _ALIVE
        if path == "/ready":
            return await self._ready()
        raise problems.NoSuchPage

    def begin(self, call: Call, scope: Scope, asked: Asked, body: bytes, waiting: Waiting) -> None:
        """Take a request from its connection, and say when its answer may leave: once its lines are durable."""
        try:
            parcel, waiting.answer = self._take(call, scope, asked, body)
            if parcel is not None:
                self._committer.submit(parcel, waiting)
                return
        except Exception as error:  # noqa: BLE001 (the top: whatever it is, the client gets an answer)
            waiting.answer = _answer_to(error, scope["path"])
        waiting.settled(None)

    def _take(self, call: Call, scope: Scope, asked: Asked, body: bytes) -> tuple[Parcel | None, Answer]:
        """Read a request once, and give the lines to keep and the answer for when they are kept."""
        opened = self._opened(call, scope, asked, body)
        now_micros = micros(self._clock.now())
        grant = self._grant(opened, scope, asked, now_micros)
        if len(opened.events) > self._settings.batch_events:
            raise problems.BodyTooLarge(events=len(opened.events), most_events=self._settings.batch_events)
        ip = self._proxies.address(scope, asked)
        try:
            self._pass(grant, ip, self._weight(opened))
        except problems.TooManyEvents as error:
            error.status = call.dialect.busy_status
            raise
        parsed = call.dialect.read(opened, self._stamp(grant, opened, ip, asked, now_micros))
        parcel = None
        if parsed.lines:
            lines = self._refusals.sift(parsed.lines, is_urgent=parsed.is_urgent)
            parcel = Parcel(encode_all(lines), len(lines), parsed.is_urgent)
        reply = call.dialect.answer(opened, parsed)
        answer = _answer_of(opened, parsed) if reply is None else _answer_with(reply)
        if parsed.minted is not None:
            cookie = (b"set-cookie", self._cookie.write(parsed.minted))
            answer = Answer(answer.status, answer.body, [*answer.headers, cookie])
        return parcel, answer

    async def _shown(self, scope: Scope, asked: Asked, receive: Receive) -> Answer:
        """Say what the pages of a site show to the browser that asks."""
        if scope["method"] not in {"GET", "POST"}:
            raise problems.MethodNotAllowed(method=scope["method"])
        is_by_name = scope["method"] == "POST"
        body = await self._body(asked, receive, onsite.MOST_BYTES) if is_by_name else b""
        question = onsite.read(body) if is_by_name else onsite.NOBODY
        now = micros(self._clock.now())
        grant = self._writing(requests.key(question.write_key, scope, asked), asked, now)
        self._pass(grant, self._proxies.address(scope, asked), 1)
        browser = question.anonymous_id
        if browser is None and question.by_cookie:
            browser = self._cookie.read(asked.get(b"cookie", b""), now)
        if browser is not None and self._refusals.refuses(grant.brand, browser):
            browser = None
        return onsite.answer(self._book.shown, grant, browser, now)

    async def _body(self, asked: Asked, receive: Receive, most: int) -> bytes:
        length = asked.get(b"content-length")
        if length is not None and int(length) > most:
            raise problems.BodyTooLarge(bytes=int(length), most_bytes=most)
        body = await limits.read_body(receive, most, self.half_sent)
        if body is None:
            raise ClientGone
        return body

    def _page(self, call: Call, scope: Scope, asked: Asked, body: bytes) -> Answer:
        """Answer what writes nothing; where the page speaks of a key, that must be one of ours."""
        with contextlib.suppress(NotInflatable):
            body = self._inflated(body, asked)
        door_url = self._proxies.door_url(scope, asked, self._settings)
        reply = call.dialect.page(_asking(call, scope, asked, body)._replace(door_url=door_url))
        if reply is None:
            raise problems.NoSuchPage
        if reply.key is not None:
            self._grant_of(reply.key, micros(self._clock.now()))
        return site.page(reply, asked, is_shared=not reply.is_for_asker or bool(self._settings.public_url))

    def _inflated(self, body: bytes, asked: Asked) -> bytes:
        return limits.inflated(body, asked.get(b"content-encoding", b""), self.batch_bytes)

    def _opened(self, call: Call, scope: Scope, asked: Asked, body: bytes) -> Opened:
        try:
            text = self._inflated(body, asked)
        except NotInflatable as error:
            return Opened(route=call.route.name, body=body, fault=Fault(RefusalReason.BAD_JSON, str(error)))
        return call.dialect.open(_asking(call, scope, asked, text))

    def _grant(self, opened: Opened, scope: Scope, asked: Asked, now_micros: int) -> Grant:
        """Find whose key this is, and whether it may be used so."""
        key = requests.key(opened.key, scope, asked)
        if opened.fault is not None and not key:
            raise problems.EventRefused(opened.fault)
        return self._writing(key, asked, now_micros)

    def _counted_grant(self, scope: Scope, key: str | None, asked: Asked) -> Grant:
        """Find whose key this is, for a request that counts as one event."""
        grant = self._writing(key, asked, micros(self._clock.now()))
        self._pass(grant, self._proxies.address(scope, asked), 1)
        return grant

    def _weight(self, opened: Opened) -> int:
        """Give the tokens of a request: its events, or as many of the largest as have its size, where that is more."""
        events, size = len(opened.events) or 1, len(opened.body)
        most = self._settings.event_bytes
        return events if size <= events * most else size // most

    def _pass(self, grant: Grant, network: str | None, events: int) -> None:
        """Let events pass, if neither their network nor all that bears their key is too fast. Raises: TooManyEvents."""
        now = clocks.monotonic()
        try:
            tokens = self._networks.take(grant, network, events, now)
            if grant.rate_per_second > 0:
                self._buckets.take(grant, tokens, now)
        except problems.TooManyEvents as error:
            is_network = isinstance(error, problems.NetworkTooFast)
            self._turned_away.add(grant.source, turned.Bound.NETWORK if is_network else turned.Bound.KEY)
            raise

    def _writing(self, key: str | None, asked: Asked, now_micros: int) -> Grant:
        """Find whose key this is, and whether it may write from where it is used."""
        grant = self._grant_of(key, now_micros)
        if grant.origins and grant.trust is Trust.CLAIMED:
            origin = requests.origin(asked)
            if origin not in grant.origins:
                raise problems.OriginNotAllowed(origin=origin[:200])
        return grant

    def _grant_of(self, key: str | None, now_micros: int) -> Grant:
        """Find whose key this is, and whether it may be used at all."""
        grant = self._book.find(key) if key else None
        if grant is None:
            raise problems.UnknownKey
        if not grant.is_enabled or (grant.expires_at is not None and grant.expires_at <= now_micros):
            raise problems.SourceDisabled(source=grant.source)
        return grant

    def _stamp(self, grant: Grant, opened: Opened, ip: str | None, asked: Asked, now_micros: int) -> Stamp:
        is_browser = grant.trust is Trust.CLAIMED
        cookie = asked.get(b"cookie") if is_browser else None
        agent = requests.agent(asked)
        return Stamp(
            source=grant.source,
            brand=grant.brand,
            trust=grant.trust,
            received_at=now_micros,
            event_bytes=self._settings.event_bytes,
            anonymous_id=self._cookie.read(cookie, now_micros) if cookie else None,
            mint=partial(mint, now_micros) if is_browser else None,
            ip=ip,
            # A library's own name is not the visitor's browser, and would pass for a robot.
            user_agent=agent if is_browser and agent.startswith("Mozilla/") else None,
            historical=opened.is_historical and grant.trust is Trust.CONFIRMED,
        )

    async def _write(self, lines: list[Line], *, is_urgent: bool) -> None:
        """Wait until the lines are durable. Raises: StoreUnavailable, and then none of them is."""
        await self._submit(Parcel(encode_all(lines), len(lines), is_urgent))

    async def _submit(self, parcel: Parcel) -> None:
        durable = _Durable(self._loop.create_future())
        self._committer.submit(parcel, durable)
        error = await durable.future
        if error is not None:
            raise StoreUnavailable from error

    def _announce(self, settled: Settled[_Durable | Waiting]) -> None:
        """Carry what one commit settled from its thread into ours, all at once."""
        self._loop.call_soon_threadsafe(self._settle, settled)

    def _settle(self, settled: Settled[_Durable | Waiting]) -> None:
        if (settled.error is not None) != self._is_failing:  # once at each turn: a full disk has no room for a flood
            self._is_failing = settled.error is not None
            if settled.error is not None:
                log.error("events cannot be written; clients are asked to wait", error=str(settled.error))
            else:
                log.info("events can be written again")
        self._proven_at = clocks.monotonic() if settled.error is None else float("-inf")
        for ticket in settled.tickets:
            ticket.settled(settled.error)

    async def _ready(self) -> Answer:
        if not self._book.refresh():
            raise NotReady(missing="public.db")
        if clocks.monotonic() - self._proven_at > PROVEN_SECONDS:
            await self._submit(Parcel(b"", 0))
        return _READY

    async def _live(self, receive: Receive, send: Send) -> None:
        chores: list[asyncio.Task[None]] = []
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._start()
                chores = [asyncio.create_task(self._refresh()), asyncio.create_task(limits.sweep(self.connections))]
                await send({"type": "lifespan.startup.complete"})
            else:
                for chore in chores:
                    chore.cancel()
                await asyncio.to_thread(self._committer.close)
                self._turned_away.write()
                if self._measure is not None:
                    await asyncio.to_thread(self._measure.close)
                self._spool.close()
                self._book.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._spool = self._open_spool()
        self._turned_away = turned.Tally(self._spool_folder)
        self._book.refresh()
        if self._measure is not None:
            self._measure.start()
        self._refusals.learn(self._spool.urgent_after(0))
        self._committer: GroupCommitter[_Durable | Waiting] = GroupCommitter(
            self._spool, self._announce, soon=self._loop.call_soon
        )

    async def _refresh(self) -> None:
        while True:
            self._book.refresh()
            if self._measure is not None:
                self._measure.turn()
            self._turned_away.write()
            await asyncio.sleep(REFRESH_SECONDS)


@dataclass(frozen=True, slots=True)
class _Durable:
    """A parcel that a task waits for."""

    future: asyncio.Future[ComptoirError | None]

    def settled(self, error: ComptoirError | None) -> None:
        """Wake the task, if it still waits."""
        if not self.future.done():
            self.future.set_result(error)


def make(settings: Settings, clock: Clock) -> Door:
    """Make the door of an installation. Raises: BadSetting, PluginBroken."""
    return Door(settings, clock)


def serve(settings: Settings, *, on_listening: Callable[[int], None] | None = None) -> None:
    """Serve the door until SIGTERM or Ctrl-C. `on_listening` is told the port; port 0 takes a free one."""
    sys.setswitchinterval(CALLS_BETWEEN_SWITCHES)
    _allow_many_files()
    door = make(settings, settings.make_clock())
    server = uvicorn.Server(
        uvicorn.Config(
            door,
            loop="uvloop",
            http=DirectProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=10,
        )
    )
    door.connections = server.server_state.connections
    with _listening(settings.door.host, settings.door.port) as listener:
        port: int = listener.getsockname()[1]
        log.info("the door listens", host=settings.door.host, port=port)
        if on_listening is not None:
            on_listening(port)
        gc.freeze()  # what is loaded by now stays: no collection needs to look at it again
        gc.set_threshold(*COLLECTIONS)
        server.run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(4096)
    except OSError as error:
        listener.close()
        raise BadSetting(setting="door.port", value=port, problem=str(error)) from error
    return listener


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 65_536)), hard))


def _asking(call: Call, scope: Scope, asked: Asked, text: bytes) -> Asking:
    return Asking(call.route.name, text, scope.get("query_string", b""), call.part, scope["method"], asked)


def _answer_with(reply: Reply) -> Answer:
    headers = [(b"content-type", reply.content_type.encode()), *reply.headers] if reply.body else list(reply.headers)
    return Answer(reply.status, reply.body, headers)


def _answer_to(error: Exception, path: str) -> Answer:
    """Answer a request that failed; what nobody foresaw goes to the log too."""
    if isinstance(error, ComptoirError):
        return problems.answer(error)
    log.error("a request failed", path=path[:20], error=repr(error), exc_info=error)
    return problems.answer(ComptoirError())


def _answer_of(opened: Opened, parsed: Parsed) -> Answer:
    """Answer 200 where anything was taken: a client that sees an error sends the whole batch again."""
    if not parsed.refusals:
        return OK
    if opened.is_single or opened.fault is not None:
        return problems.answer(problems.EventRefused(parsed.refusals[0].fault))
    refused = [
        {"index": one.index, "code": one.fault.reason.value, "message": one.fault.detail} for one in parsed.refusals
    ]
    return Answer(200, msgspec.json.encode({"success": True, "status": "Ok", "refused": refused}), problems.JSON)
