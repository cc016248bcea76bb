"""Links between the shop's own domains: a browser on one is known on the other, by a token that only the door makes."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from comptoir.access.public import Grant, PublicBook
from comptoir.clock import Clock, micros
from comptoir.collect.parse import Fault
from comptoir.errors import ComptoirError
from comptoir.model.event import ENVELOPE_VERSION, Line, RefusalReason, Trust, Type
from comptoir.model.identifier import is_secret
from comptoir.server import problems, requests
from comptoir.server.cookie import Cookie, mint
from comptoir.server.pages.lines import SOURCE
from comptoir.server.problems import Answer
from comptoir.server.refusals import Refusals
from comptoir.server.requests import Asked, Proxies, Scope

PATH = "/v1/link"
MOST_BYTES = 4_096
LIFE_MICROS = 120 * 1_000_000
"""How long a token may be followed: a page that is slow to load, and no more."""
_MOST_TOKEN = 1_024
_PLACE = "link"
_NONCE = slice(1, 13)
_HEADERS = [*problems.JSON, (b"cache-control", b"no-store")]

Write = Callable[[list[Line], bool], Awaitable[None]]
"""Makes lines durable; the second argument says that they may forbid a message that is about to leave."""
FindGrant = Callable[[str | None, Asked], Grant]
ReadBody = Callable[[int], Awaitable[bytes]]


class NotOurSite(ComptoirError):
    """A link is signed only from one of the shop's own sites to another."""

    code, status = "not_our_site", 403
    hint = "Add the origins of both sites to the brand's sources: https://www.shop.example and https://shop.example.be."


class BadLink(ComptoirError, ValueError):
    """This link was not made for this page, is older than two minutes, or was followed before."""

    code, status = "bad_link", 400
    hint = "Nothing is lost but that the two visits stay two; the next link is a new one."


class Said(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What a page asks: a token `to` another site, or that a `link` was followed."""

    write_key: str | None = None
    anonymous_id: str | None = None
    """Without it, the browser's cookie says which it is."""
    to: str = ""
    """The origin a link leads to."""
    link: str = ""
    referrer: str = ""


class Crossing(NamedTuple):
    """Which browser leaves which site for which other one."""

    brand: str
    anonymous_id: str
    origin: str
    to: str
    expires_at: int
    """Units: microseconds since 1970, UTC."""


class Asker(NamedTuple):
    """Who asks, as far as the request says it. The address is truncated."""

    grant: Grant
    origin: str
    browser: str | None
    ip: str | None
    agent: str
    now: int


_decode = msgspec.json.Decoder(Said).decode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Crossing).decode


def seal(key: bytes, crossing: Crossing) -> str:
    """
    Write a token: sealed and not only signed, as who reads a browser's id could pass for that browser.

    Source: AES-256-GCM, under a key made of the one that signs links.
    """
    from comptoir.state.sealing import MasterKey  # noqa: PLC0415 (cryptography is slow to load, and few shops need it)

    sealed = MasterKey(_key(key)).seal(_pack(crossing), _PLACE)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def unseal(keys: Sequence[bytes], token: str, now_micros: int) -> tuple[str, Crossing] | None:
    """Read a token that one of `keys` sealed and that has not expired, and its number; None for any other text."""
    from comptoir.state.sealing import MasterKey, SecretUnreadable  # noqa: PLC0415

    if len(token) > _MOST_TOKEN or not token.isascii():
        return None
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (BadBase64, ValueError):
        return None
    for key in keys:
        try:
            crossing = _unpack(MasterKey(_key(key)).open(raw, _PLACE))
        except (SecretUnreadable, msgspec.MsgspecError):
            continue
        return (raw[_NONCE].hex(), crossing) if crossing.expires_at > now_micros else None
    return None


@dataclass(slots=True, kw_only=True)
class Crossings:
    """
    Answers pages that link to the shop's other sites, and pages that such a link led to.

    A link identifies nobody: it says of two browsers' ids, which both browsers hold themselves, that they are one.
    """

    book: PublicBook
    clock: Clock
    cookie: Cookie
    proxies: Proxies
    refusals: Refusals
    write: Write
    _followed: OrderedDict[str, int] = field(default_factory=OrderedDict)
    """Number of each token that was followed → when it expires."""

    async def answer(self, scope: Scope, asked: Asked, read: ReadBody, find: FindGrant) -> Answer:
        """Answer one request. Raises: MethodNotAllowed; EventRefused; NotOurSite; BadLink; StoreUnavailable."""
        if scope["method"] != "POST":
            raise problems.MethodNotAllowed(method=scope["method"])
        try:
            said = _decode(await read(MOST_BYTES))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise problems.EventRefused(Fault(RefusalReason.BAD_JSON, str(error))) from error
        grant = find(requests.key(said.write_key, scope, asked), asked)
        origin = asked.get(b"origin", b"").decode("latin-1")
        now = micros(self.clock.now())
        browser = said.anonymous_id or self.cookie.read(asked.get(b"cookie", b""), now)
        by = Asker(grant, origin, browser, self.proxies.address(scope, asked), requests.agent(asked), now)
        return await self._follow(said, by) if said.link else self._make(said.to, by)

    def _make(self, to: str, by: Asker) -> Answer:
        """Give a token for one link. Who has no id of its own yet, a poor one, or said no, gets none."""
        grant, origin, browser = by.grant, by.origin, by.browser
        sites = self.book.sites.get(grant.brand, frozenset())
        if origin == to or not sites.issuperset((origin, to)):
            raise NotOurSite(origin=origin[:200], to=to[:200])
        token = None
        is_known = browser is not None and is_secret(browser) and not self.refusals.refuses(grant.brand, browser)
        if browser is not None and is_known and self.book.link_keys:
            crossing = Crossing(grant.brand, browser, origin, to, by.now + LIFE_MICROS)
            token = seal(self.book.link_keys[0], crossing)
        return Answer(200, msgspec.json.encode({"token": token}), _HEADERS)

    async def _follow(self, said: Said, by: Asker) -> Answer:
        """Note that a link was followed: by a page it was made for, that came from the page it was made on, once."""
        grant, now = by.grant, by.now
        found = unseal(self.book.link_keys, said.link, now)
        if found is None:
            raise BadLink
        number, crossing = found
        is_ours = (crossing.brand, crossing.to) == (grant.brand, by.origin) and crossing.origin == origin_of(
            said.referrer
        )
        if not is_ours or number in self._followed:
            raise BadLink
        headers = list(problems.OK.headers)
        browser = by.browser or mint(now)
        if by.browser is None:
            headers.append((b"set-cookie", self.cookie.write(browser)))
        refused = any(self.refusals.refuses(grant.brand, one) for one in (browser, crossing.anonymous_id))
        if not refused and browser != crossing.anonymous_id and is_secret(browser):  # a poor id may be somebody else's
            await self.write([_line(f"link-{number}", by, browser, crossing.anonymous_id)], False)
        while self._followed and next(iter(self._followed.values())) <= now:  # they expire about as they were followed
            self._followed.popitem(last=False)
        self._followed[number] = crossing.expires_at
        return Answer(200, problems.OK.body, headers)


def origin_of(url: str) -> str:
    """Give the origin of an address as browsers write it; empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else ""


def _line(message_id: str, by: Asker, browser: str, former: str) -> Line:
    """Write that two browsers' ids are one person's. The token's number names it, so a second telling counts once."""
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.ALIAS.value,
        source=by.grant.source,
        brand=by.grant.brand,
        received_at=by.now,
        trust=Trust.CLAIMED.value,
        dialect=SOURCE,
        message_id=message_id,
        anonymous_id=browser,
        previous_id=former,
        ip=by.ip,
        user_agent=by.agent or None,
    )


def _key(link_key: bytes) -> bytes:
    return blake2b(link_key, digest_size=32, person=b"comptoir link").digest()
