"""
Who is this: `GET /api/v1/profiles/{kind}/{value}` and `/api/v1/profiles/{profile_id}`.

Bare ASGI, and a read in the loop: SQLite answers in a tenth of a millisecond, less than a thread's hand-over.
A key that is for some brands only finds who has to do with one of them: that is asked of the facts, and remembered.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import msgspec
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from comptoir.access.roles import Principal, Right
from comptoir.clock import monotonic
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.identity.profile import Profile
from comptoir.model.identifier import IdentifierKind
from comptoir.server.api.keys import SecretKeys
from comptoir.server.api.problems import MEDIA_TYPE, headers_of, problem
from comptoir.web.customer_head import may_see
from comptoir.web.view import Desk

PREFIX = "/api/v1/profiles/"

_KINDS = frozenset(kind.value for kind in IdentifierKind)
_LONGEST = 1_000
_WEIGHT = 0.01
"""Of a request, for the limit of a key: so little is a read by an identifier."""
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


@dataclass(slots=True)
class Profiles:
    """The profile API of a desk. One connection for all: only the event loop uses it."""

    connection: Connection
    keys: SecretKeys
    desk: Desk
    seen: dict[tuple[str, str], float] = field(default_factory=dict)
    """By holder and profile, since when it is known that the one may see the other."""

    @classmethod
    def open(cls, desk: Desk, keys: SecretKeys) -> Profiles:
        """Open it on a desk's state store."""
        connection = desk.state.engine.connect()
        connection.exec_driver_sql("PRAGMA mmap_size=1073741824")  # a read beyond SQLite's own cache then costs no call
        connection.commit()
        return cls(connection, keys, desk)

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            who, found = self.answer(scope)
            if who.brands and not await self._may_see(who, found, _authorization(scope)):
                raise NoSuchProfile
            status, kind, body = 200, _JSON, _encoder.encode(_told(found))
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

    def answer(self, scope: Scope) -> tuple[Principal, Profile]:
        """
        Give who asks, and the profile that is asked for.

        Raises: NotKnown, TooManyRequests, NotAllowed, OnlyRead, UnknownKind, NoSuchProfile.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise OnlyRead
        who = self.keys.check(_authorization(scope), _WEIGHT)
        who.check(Right.SEE_CUSTOMERS)
        found = self.find(*_asked(scope))
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

    def find(self, kind: str, value: str) -> Profile | None:
        """Find a profile by an identifier, or by its own name under the kind `profile`, seen at one instant."""
        # the driver's own connection: through SQLAlchemy these two words took a third of the whole answer
        driver = self.connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("BEGIN")
        try:
            if kind == "profile":
                return profile.read_by_id(self.connection, value)
            return profile.read(self.connection, kind, value)
        finally:
            driver.execute("COMMIT")


def _told(found: Profile) -> dict[str, object]:
    """Give what the API says of a profile; traits keep the exact text they were stated with."""
    return {
        "profile_id": found.profile_id,
        "identifiers": [one._asdict() for one in found.identifiers],
        "traits": {one.name: msgspec.Raw(one.value_json.encode()) for one in found.stated},
        "traits_said": [{"name": one.name, "trust": one.trust, "at": one.occurred_at} for one in found.stated],
        "first_seen_at": found.first_seen_at,
        "last_seen_at": found.last_seen_at,
        "merged_from": found.merged_from,
    }


def normal(kind: str, value: str) -> str:
    """Write an identifier as identity keeps it: e-mails in lower case, without spaces around, in NFC."""
    value = value.strip()
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


def _authorization(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"authorization":
            said: bytes = value
            return said.decode("latin-1")
    return ""
