"""The audience lane at the door: a page view without consent, no cookie, kept apart from all that has a name."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from comptoir.access.public import Grant
from comptoir.audience import hit, store
from comptoir.audience.hit import Hit, View
from comptoir.audience.salt import Salts
from comptoir.clock import Clock
from comptoir.errors import ComptoirError, StoreUnavailable
from comptoir.server import problems
from comptoir.server.problems import Answer
from comptoir.server.requests import Asked, Proxies, Scope
from comptoir.spool.base import Parcel
from comptoir.spool.commit import GroupCommitter, Settled
from comptoir.spool.sqlite import SqliteSpool

PATH = "/v1/audience"
PIXEL_PATH = "/v1/audience.gif"
OUT_PATH, IN_PATH = "/v1/audience/out", "/v1/audience/in"
PATHS = frozenset({PATH, PIXEL_PATH, OUT_PATH, IN_PATH})
VIEW_BYTES = 16_384
OUT_COOKIE = b"comptoir_unmeasured"
_DRAWN_BYTES = 8
_OUT_SECONDS = 395 * 86_400
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NO_STORE = (b"cache-control", b"no-store")

FindGrant = Callable[[str | None, Asked], Grant]
"""Gives what a key grants to whoever asks so. Raises: UnknownKey, SourceDisabled, OriginNotAllowed, TooManyEvents."""
ReadBody = Callable[[int], Awaitable[bytes]]


@dataclass(slots=True)
class Measure:
    """Takes page views of the audience lane into a spool of its own."""

    folder: Path
    clock: Clock
    proxies: Proxies
    salts: Salts = field(default_factory=Salts)
    _committer: GroupCommitter[asyncio.Future[ComptoirError | None]] | None = None
    _spool: SqliteSpool | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Open the spool."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.forget_salt(self.folder)
        self._loop = asyncio.get_running_loop()
        self._spool = SqliteSpool(self.folder / store.SPOOL)
        self._committer = GroupCommitter(self._spool, self._announce)
        self.turn()

    def close(self) -> None:
        """Write what waits, and let go of the spool."""
        if self._committer is not None and self._spool is not None:
            self._committer.close()
            self._spool.close()

    def turn(self) -> None:
        """Draw a new salt where a new day has begun."""
        self.salts.turn(_day(self.clock.now()))

    async def answer(self, method: str, scope: Scope, asked: Asked, read: ReadBody, find: FindGrant) -> Answer:
        """Answer what is asked of the audience lane."""
        path = scope["path"]
        if path in {OUT_PATH, IN_PATH}:
            return _choice(method, is_out=path == OUT_PATH)
        if method != ("GET" if path == PIXEL_PATH else "POST"):
            raise problems.MethodNotAllowed(method=method)
        view = _of_query(scope, asked) if path == PIXEL_PATH else hit.read(await read(VIEW_BYTES))
        if view is None:
            raise NoView
        grant = find(view.key or None, asked)
        if not is_out(asked) and (made := self.hit(view, grant, scope, asked)) is not None:
            await self._keep(made)
        if path == PIXEL_PATH:
            return Answer(200, _GIF, [(b"content-type", b"image/gif"), _NO_STORE])
        return Answer(204, b"", [_NO_STORE])

    def hit(self, view: View, grant: Grant, scope: Scope, asked: Asked) -> Hit | None:
        """Keep of a view what may be kept; None for a machine's, and for one that is nowhere."""
        agent = asked.get(b"user-agent", b"").decode("latin-1")
        page, device = hit.page_of(view), hit.device_of(agent)
        if page is None or device is None:
            return None
        self.turn()
        address = self.proxies.client(scope, asked) or ""
        drawn = view.id or self.salts.draw(_DRAWN_BYTES).hex()
        return Hit(
            day=self.salts.day,
            brand=grant.brand,
            source=grant.source,
            visitor=self.salts.hashed("visitor", grant.brand, address, agent),
            hash=self.salts.hashed("view", grant.source, drawn),
            path=page.path,
            referrer=page.referrer,
            campaign=page.campaign,
            device=device,
            country=hit.country_of(asked.get(b"accept-language", b"").decode("latin-1")),
        )

    async def _keep(self, made: Hit) -> None:
        assert self._committer is not None
        assert self._loop is not None
        waiting: asyncio.Future[ComptoirError | None] = self._loop.create_future()
        self._committer.submit(Parcel(msgspec.json.encode(made), 1), waiting)
        error = await waiting
        if error is not None:
            raise StoreUnavailable from error

    def _announce(self, settled: Settled[asyncio.Future[ComptoirError | None]]) -> None:
        def wake() -> None:
            for one in settled.tickets:
                if not one.done():
                    one.set_result(settled.error)

        assert self._loop is not None
        self._loop.call_soon_threadsafe(wake)


class NoView(ComptoirError, ValueError):
    """This is no page view."""

    code, status = "no_view", 400
    hint = 'Send {"key": "wk_…", "url": "https://…", "referrer": "", "id": "drawn anew"}.'


def is_out(asked: Asked) -> bool:
    """Say whether this browser does not want to be measured: by its settings, or by a choice it made here."""
    return b"1" in {asked.get(b"dnt"), asked.get(b"sec-gpc")} or OUT_COOKIE + b"=1" in asked.get(b"cookie", b"")


def _choice(method: str, *, is_out: bool) -> Answer:
    """Remember, or forget, that a browser does not want to be measured: the one cookie of this lane, and it says no."""
    if method != "POST":
        raise problems.MethodNotAllowed(method=method)
    seconds = _OUT_SECONDS if is_out else 0
    cookie = OUT_COOKIE + b"=%d; Max-Age=%d; Path=/; HttpOnly; Secure; SameSite=None" % (is_out, seconds)
    return Answer(204, b"", [(b"set-cookie", cookie), _NO_STORE])


def _of_query(scope: Scope, asked: Asked) -> View | None:
    """Read a pixel's address: the page is the one that shows it, unless it says another."""
    try:
        said = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20)
    except ValueError:
        return None
    first = {name: values[0] for name, values in said.items()}
    url = first.get("url") or asked.get(b"referer", b"").decode("latin-1")
    return View(url=url, referrer=first.get("referrer", ""), id=first.get("id", ""), key=first.get("key", ""))


def _day(now: datetime) -> str:
    return now.date().isoformat()
