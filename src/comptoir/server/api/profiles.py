"""
Who is this: `GET /api/v1/profiles/{kind}/{value}` and `/api/v1/profiles/{profile_id}`.

Bare ASGI, and a read in the loop: SQLite answers in a tenth of a millisecond, less than a thread's hand-over.
A key that is for some brands only finds who has to do with one of them: that is asked of the facts, and remembered.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from comptoir.access.roles import Principal, Right
from comptoir.app import keeper_of
from comptoir.clock import instant, monotonic
from comptoir.errors import ComptoirError
from comptoir.golden.choose import Field, Record
from comptoir.golden.keep import Keeper
from comptoir.identity import profile
from comptoir.identity.links import Link
from comptoir.identity.profile import Identification, Joined, Profile
from comptoir.model.identifier import IdentifierKind
from comptoir.quality import phone
from comptoir.server.api.keys import SecretKeys
from comptoir.server.api.problems import MEDIA_TYPE, headers_of, problem
from comptoir.web import counted
from comptoir.web.customer_head import may_see
from comptoir.web.view import Desk

PREFIX = "/api/v1/profiles/"

_KINDS = frozenset(kind.value for kind in IdentifierKind)
_LONGEST = 1_000
_WEIGHT = 0.01
"""Of a request, for the limit of a key: so little is a read by an identifier."""
_MOST_LINKS = 200
"""Links that an answer holds; `/people/{profile_id}/links` gives all, and those that join nobody."""
_SEEN_SECONDS = 60.0
_MOST_SEEN = 100_000
_JSON = b"application/json"
_encoder = msgspec.json.Encoder()


class NoSuchProfile(ComptoirError, LookupError):
    """No profile has this identifier."""

    code, status = "no_such_profile", 404
    hint = "Check the kind and the value; a person is known from the first event or import that names her."


class UnknownKind(ComptoirError, ValueError):
    """This is no kind of identifier."""

    code, status = "unknown_identifier_kind", 400
    hint = "The kinds are account, loyalty_card, email, phone, external, device and anonymous."


class OnlyRead(ComptoirError):
    """This address can only be read."""

    code, status = "only_read", 405
    hint = "Use GET."


class Read(NamedTuple):
    """A person, and what the API says of her."""

    person: Profile
    told: dict[str, object]


@dataclass(slots=True)
class Profiles:
    """The profile API of a desk. One connection for all: only the event loop uses it."""

    connection: Connection
    keys: SecretKeys
    desk: Desk
    keeper: Keeper
    seen: dict[tuple[str, str], float] = field(default_factory=dict)
    """By holder and profile, since when it is known that the one may see the other."""

    @classmethod
    def open(cls, desk: Desk, keys: SecretKeys) -> Profiles:
        """Open it on a desk's state store."""
        connection = desk.state.engine.connect()
        connection.exec_driver_sql("PRAGMA mmap_size=1073741824")  # a read beyond SQLite's own cache then costs no call
        connection.commit()
        return cls(connection, keys, desk, keeper_of(desk.settings))

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            who, found = self.answer(scope)
            if who.brands and not await self._may_see(who, found.person, _authorization(scope)):
                raise NoSuchProfile
            told = found.told
            if _is_counted(scope):
                self.keys.check(_authorization(scope))  # a question to the engine counts whole
                told |= await run_in_threadpool(counted.told, self.desk, who, found.person.profile_id)
            status, kind, body = 200, _JSON, _encoder.encode(told)
            more = dict[str, str]()
        except ComptoirError as error:
            status, kind, body = error.status, MEDIA_TYPE, problem(error)
            more = headers_of(error)
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            *((name.lower().encode(), value.encode()) for name, value in more.items()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def answer(self, scope: Scope) -> tuple[Principal, Read]:
        """
        Give who asks, and the profile that is asked for.

        Raises: NotKnown, TooManyRequests, NotAllowed, OnlyRead, UnknownKind, NoSuchProfile.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise OnlyRead
        who = self.keys.check(_authorization(scope), _WEIGHT)
        who.check(Right.SEE_CUSTOMERS)
        # in a shop of one brand, a key of that brand is for everything
        brands = frozenset() if who.brands >= self.keys.brands else who.brands
        found = self.find(*_asked(scope), brands)
        if found is None:
            raise NoSuchProfile
        return who, found

    async def _may_see(self, who: Principal, found: Profile, authorization: str) -> bool:
        if self.keys.brands <= who.brands:
            return True
        key, now = (who.id, found.profile_id), monotonic()
        if now - self.seen.get(key, float("-inf")) < _SEEN_SECONDS:
            return True
        self.keys.check(authorization)  # a question to the facts counts whole
        if not await run_in_threadpool(may_see, self.desk, who, found):
            return False
        if len(self.seen) >= _MOST_SEEN:
            self.seen.clear()
        self.seen[key] = now
        return True

    def find(self, kind: str, value: str, brands: frozenset[str] = frozenset()) -> Read | None:
        """Read a profile by an identifier, or by its own name under the kind `profile`, all of it at one instant."""
        # the driver's own connection: through SQLAlchemy these two words took a third of the whole answer
        driver = self.connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("BEGIN")
        try:
            if kind == "profile":
                found = profile.read_by_id(self.connection, value, with_traits=False)
            else:
                found = profile.read(self.connection, kind, value, with_traits=False)
            if found is None:
                return None
            record = self.keeper.read_for(self.connection, found, brands)
            links, history = profile.why_linked(self.connection, found)
        finally:
            driver.execute("COMMIT")
        sources = {name for name, brand in self.keys.sources.items() if brand in brands} if brands else None
        return Read(found, _told(found, record, links, history, sources))


def _told(
    found: Profile, record: Record, links: Sequence[Link], history: Sequence[Joined], sources: Collection[str] | None
) -> dict[str, object]:
    """Give what the API says of a profile; traits keep the exact text they were stated with."""
    names: dict[int, str] = {
        node: f"{one.kind}:{one.value}" for node, one in zip(found.node_ids, found.identifiers, strict=True)
    }
    return {
        "profile_id": found.profile_id,
        "identifiers": [_told_identifier(one, sources) for one in found.identifiers],
        "traits": {one.name: one.value for one in record if one.stands},
        "record": [_told_field(one) for one in record],
        "first_seen_at": found.first_seen_at,
        "last_seen_at": found.last_seen_at,
        "merged_from": found.merged_from,
        "why_linked": [_told_link(one, names) for one in links[:_MOST_LINKS]],
        "history": [
            {"kept": one.kept, "gone": one.gone, **_told_link(one.link, names)} for one in history[:_MOST_LINKS]
        ],
    }


def _told_identifier(one: Identification, sources: Collection[str] | None) -> dict[str, object]:
    """Name where it was seen first, if that is one of `sources`; None stands for all."""
    is_known = sources is None or one.first_source in sources
    return one._asdict() if is_known else one._replace(first_source="")._asdict()


def _told_field(one: Field) -> dict[str, object]:
    return {
        "name": one.name,
        "value": one.value,
        "source": one.source,
        "brand": one.brand,
        "at": instant(one.at) if one.stands else None,
        "trust": one.trust,
        "grade": one.grade,
        "why": one.why,
        "agree": one.agree,
        "others": [
            {
                "value": other.value,
                "source": other.source,
                "brand": other.brand,
                "at": instant(other.at),
                "trust": other.trust,
                "grade": other.grade,
                "why": other.why,
            }
            for other in one.others
        ],
    }


def _told_link(link: Link, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "a": names[link.a],
        "b": names[link.b],
        "reason": link.reason,
        "trust": link.trust,
        "at": instant(link.occurred_at),
    }


def normal(kind: str, value: str) -> str:
    """Write an identifier as identity keeps it: e-mails trimmed, in lower case and NFC; phones as E.164."""
    value = value.strip()
    if kind == IdentifierKind.PHONE:
        return phone.as_kept(value)
    return unicodedata.normalize("NFC", value.lower()) if kind == IdentifierKind.EMAIL else value


def _asked(scope: Scope) -> tuple[str, str]:
    # split before decoding: a value may hold an escaped slash
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    parts = raw.partition(b"?")[0][len(PREFIX) : len(PREFIX) + _LONGEST].split(b"/", 1)
    try:
        texts = [unquote_to_bytes(part).decode() for part in parts]
    except UnicodeDecodeError as error:
        raise NoSuchProfile from error
    if len(texts) == 1:
        return "profile", texts[0]
    kind, value = texts
    if kind not in _KINDS:
        raise UnknownKind(kind=kind[:50])
    return kind, normal(kind, value)


def _is_counted(scope: Scope) -> bool:
    """Say whether what is counted of the person is asked for too: service level, computed traits, scores."""
    asked: bytes = scope["query_string"]
    return b"include=counted" in asked.split(b"&")


def _authorization(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            said: bytes = value
            return said.decode("latin-1")
    return ""
