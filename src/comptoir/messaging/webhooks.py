"""Calls of other systems: queued with the effect they tell of, signed, and tried for days, each endpoint by itself."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from comptoir import safe_http
from comptoir.clock import EPOCH, Clock, instant, micros
from comptoir.errors import ComptoirError
from comptoir.ids import uuid7
from comptoir.messaging.rows import webhook_calls, webhook_endpoints
from comptoir.safe_http import Client, Response
from comptoir.state.base import State
from comptoir.state.sealing import MasterKey, SecretUnreadable

MOST_BODY_BYTES = 20_000
SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""How long after each failure a call is tried again. Source: Standard Webhooks."""
_PREFIX = "whsec_"
_GONE = 410
_OK = range(200, 300)
_AT_ONCE = 8
"""Calls under way; one endpoint has one at a time, so one that hangs holds back none but its own."""
_LONGEST_WAIT = timedelta(hours=24)


class EndpointNotFound(ComptoirError, LookupError):
    """No webhook endpoint has this name."""

    code, status = "endpoint_not_found", 404
    hint = "List them with `comptoir webhook list`."


class BadWebhookSecret(ComptoirError, ValueError):
    """A webhook secret is 24 to 64 bytes, in base64 after `whsec_`."""

    code, status = "bad_webhook_secret", 400
    hint = "Leave it out, and one is made."


class BodyTooLarge(ComptoirError, ValueError):
    """The body of a webhook call is larger than 20 kB."""

    code, status = "webhook_body_too_large", 413
    hint = "Send ids instead of whole rows; the receiver can ask the API for the rest."


def add(
    connection: Connection,
    *,
    name: str,
    url: str,
    key: MasterKey,
    now: datetime,
    secret: str = "",
    private_hosts: Collection[str] = (),
) -> str:
    """
    Store an endpoint over one of the same name, and give its secret, which is shown this once.

    Raises: BadAddress; BadWebhookSecret.
    """
    safe_http.check(url, private_hosts)
    shown = secret or _PREFIX + b64encode(secrets.token_bytes(32)).decode("ascii")
    _secret_bytes(shown)
    row: dict[str, Any] = {
        "name": name,
        "url": url,
        "secret": key.seal(shown.encode(), f"webhook_endpoints/{name}"),
        "is_enabled": True,
        "detail": None,
        "made_at": micros(now),
    }
    connection.execute(insert(webhook_endpoints).prefix_with("OR REPLACE").values(row))
    return shown


def listing(connection: Connection) -> list[dict[str, Any]]:
    """List the endpoints, with how many calls wait and failed. Order: by name."""
    c = webhook_calls.c
    asked = select(c.endpoint, c.state, func.count()).group_by(c.endpoint, c.state)
    counts = {(row[0], row[1]): row[2] for row in connection.execute(asked)}
    return [
        {
            "name": row.name,
            "url": row.url,
            "is_enabled": row.is_enabled,
            "detail": row.detail,
            "waiting": counts.get((row.name, "queued"), 0),
            "done": counts.get((row.name, "done"), 0),
            "failed": counts.get((row.name, "failed"), 0),
        }
        for row in connection.execute(select(webhook_endpoints).order_by(webhook_endpoints.c.name))
    ]


def opened(connection: Connection, name: str, key: MasterKey) -> tuple[str, str]:
    """Give the address and the secret of an endpoint. Raises: EndpointNotFound; SecretUnreadable."""
    row = connection.execute(select(webhook_endpoints).where(webhook_endpoints.c.name == name)).one_or_none()
    if row is None:
        raise EndpointNotFound(name=name)
    return row.url, key.open(bytes(row.secret), f"webhook_endpoints/{name}").decode()


def enable(connection: Connection, name: str, *, is_enabled: bool, detail: str | None = None) -> None:
    """Open or close an endpoint; what waits for it waits on. Raises: EndpointNotFound."""
    changed = (
        update(webhook_endpoints).where(webhook_endpoints.c.name == name).values(is_enabled=is_enabled, detail=detail)
    )
    if connection.execute(changed).rowcount == 0:
        raise EndpointNotFound(name=name)


def remove(connection: Connection, name: str, now: datetime) -> None:
    """Forget an endpoint; what waits for it fails. Raises: EndpointNotFound."""
    if connection.execute(delete(webhook_endpoints).where(webhook_endpoints.c.name == name)).rowcount == 0:
        raise EndpointNotFound(name=name)
    c = webhook_calls.c
    waiting = update(webhook_calls).where(c.endpoint == name, c.state == "queued")
    connection.execute(waiting.values(state="failed", detail="the endpoint was removed", settled_at=micros(now)))


def queue(
    connection: Connection,
    *,
    call_id: str,
    endpoint: str,
    kind: str,
    body: Mapping[str, Any],
    now: datetime = EPOCH,
) -> None:
    """
    Queue a call in the caller's transaction; the same id twice is one. An endpoint nobody knows fails at its turn.

    `now` is when it happened, for whoever reads the queue; a call is due at once in any case.

    Raises: BodyTooLarge.
    """
    said = {"type": kind, "data": dict(body)}
    text = msgspec.json.encode(said)
    if len(text) > MOST_BODY_BYTES:
        raise BodyTooLarge(bytes=len(text), call_id=call_id)
    row = {
        "call_id": call_id,
        "endpoint": endpoint,
        "kind": kind,
        "body": text.decode(),
        "state": "queued",
        "queued_at": micros(now),
        "not_before": micros(now),
    }
    connection.execute(insert(webhook_calls).prefix_with("OR IGNORE").values(row))


def signed(secret: str, call_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """
    Give the headers of a call. Source: Standard Webhooks, HMAC-SHA256 (`v1`).

    Raises: BadWebhookSecret.
    """
    at = str(micros(now) // 1_000_000)
    mac = hmac.digest(_secret_bytes(secret), b".".join([call_id.encode(), at.encode(), body]), "sha256")
    return {
        "Content-Type": "application/json",
        "User-Agent": "Comptoir",
        "webhook-id": call_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{b64encode(mac).decode('ascii')}",
    }


def try_out(
    url: str, secret: str, *, now: datetime, private_hosts: Collection[str], seconds: float
) -> tuple[bool, str]:
    """Call an endpoint once with a test; say whether it answered 2xx, and what it answered."""
    body = b'{"type":"test","data":{}}'
    headers = signed(secret, str(uuid7(micros(now))), body, now)
    answer = Client(private_hosts=private_hosts, seconds=seconds).post(url, body, headers)
    return answer.status in _OK, answer.detail or str(answer.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    row: Mapping[str, Any]
    url: str
    secret: str


@dataclass(slots=True, kw_only=True)
class Caller:
    """Hands queued calls over; `work` is called again and again from one thread, which alone writes to the state."""

    state: State
    key: Callable[[], MasterKey]
    clock: Clock
    client: Client
    _ended: SimpleQueue[tuple[_Call, Response]] = field(default_factory=SimpleQueue)
    _busy: set[str] = field(default_factory=set)

    def work(self, wait_seconds: float = 0.0) -> int:
        """Write down what ended, begin what is due, and say how many ended. `wait_seconds` is for the first to end."""
        count = self._settle_all(wait_seconds if self._busy else 0.0)
        for call in self._due():
            self._busy.add(call.row["endpoint"])
            Thread(target=self._call, args=(call,), name=f"webhook-{call.row['endpoint']}", daemon=True).start()
        return count

    @property
    def busy(self) -> int:
        """Say how many calls are under way."""
        return len(self._busy)

    def _call(self, call: _Call) -> None:
        body = call.row["body"].encode()
        try:
            headers = signed(call.secret, call.row["call_id"], body, self.clock.now())
            response = self.client.post(call.url, body, headers)
        except Exception as error:  # noqa: BLE001 (the boundary of a thread: the call is tried again)
            response = Response(status=0, detail=f"{type(error).__name__}: {error}"[:200])
        self._ended.put((call, response))

    def _due(self) -> list[_Call]:
        if len(self._busy) >= _AT_ONCE:
            return []
        now = micros(self.clock.now())
        c, e = webhook_calls.c, webhook_endpoints.c
        first = (
            select(c.endpoint, func.min(c.not_before).label("not_before"))
            .where(c.state == "queued", c.not_before <= now)
            .group_by(c.endpoint)
        )
        with self.state.read() as connection:
            names = [row.endpoint for row in connection.execute(first) if row.endpoint not in self._busy]
            open_ones = {row.name: row for row in connection.execute(select(webhook_endpoints).where(e.is_enabled))}
            known = {row.name for row in connection.execute(select(e.name))}
            names = [name for name in names if name in open_ones or name not in known]
            rows = [
                dict(row)
                for name in names[: _AT_ONCE - len(self._busy)]
                for row in connection.execute(
                    select(webhook_calls)
                    .where(c.state == "queued", c.endpoint == name, c.not_before <= now)
                    .order_by(c.not_before, c.call_id)
                    .limit(1)
                ).mappings()
            ]
        return [call for row in rows if (call := self._prepared(row, open_ones.get(row["endpoint"]))) is not None]

    def _prepared(self, row: Mapping[str, Any], endpoint: Any) -> _Call | None:
        if endpoint is None:
            self._fail(row, "no such endpoint")
            return None
        try:
            secret = self.key().open(bytes(endpoint.secret), f"webhook_endpoints/{endpoint.name}").decode()
        except SecretUnreadable as error:
            with self.state.write() as connection:
                enable(connection, endpoint.name, is_enabled=False, detail=str(error))
            return None
        return _Call(row=row, url=endpoint.url, secret=secret)

    def _fail(self, row: Mapping[str, Any], detail: str) -> None:
        with self.state.write() as connection:
            _change(connection, row, state="failed", detail=detail, settled_at=micros(self.clock.now()))

    def _settle_all(self, wait_seconds: float) -> int:
        count = 0
        try:
            one = self._ended.get(timeout=wait_seconds) if wait_seconds > 0 else self._ended.get_nowait()
            while True:
                self._settle(*one)
                count += 1
                one = self._ended.get_nowait()
        except Empty:
            return count

    def _settle(self, call: _Call, response: Response) -> None:
        now, row = self.clock.now(), call.row
        self._busy.discard(row["endpoint"])
        values: dict[str, Any] = {"status": response.status or None, "detail": response.detail or None}
        with self.state.write() as connection:
            if response.status in _OK:
                _change(connection, row, state="done", settled_at=micros(now), attempts=row["attempts"] + 1, **values)
                return
            if response.status == _GONE:
                close_endpoint(connection, row["endpoint"], "it answered 410 Gone")
            if row["attempts"] >= len(SCHEDULE) or response.status == _GONE:
                _change(connection, row, state="failed", settled_at=micros(now), attempts=row["attempts"] + 1, **values)
                return
            again = now + max(SCHEDULE[row["attempts"]], _asked_for(response))
            _change(connection, row, not_before=micros(again), attempts=row["attempts"] + 1, **values)


def close_endpoint(connection: Connection, name: str, detail: str) -> None:
    """Close an endpoint that may have been removed meanwhile."""
    closed = update(webhook_endpoints).where(webhook_endpoints.c.name == name)
    connection.execute(closed.values(is_enabled=False, detail=detail))


def calls(connection: Connection, endpoint: str, most: int = 50) -> list[dict[str, Any]]:
    """List the latest calls of an endpoint. Order: newest first."""
    c = webhook_calls.c
    found = connection.execute(
        select(webhook_calls).where(c.endpoint == endpoint).order_by(c.queued_at.desc()).limit(most)
    ).mappings()
    return [
        {name: row[name] for name in ("call_id", "kind", "state", "attempts", "status", "detail")}
        | {"queued_at": instant(row["queued_at"]).isoformat()}
        for row in found
    ]


def _change(connection: Connection, row: Mapping[str, Any], **values: object) -> None:
    connection.execute(update(webhook_calls).where(webhook_calls.c.call_id == row["call_id"]).values(**values))


def _asked_for(response: Response) -> timedelta:
    said = response.retry_after.strip()
    if not (said.isascii() and said.isdigit()):
        return timedelta()
    return min(timedelta(seconds=int(said[:9])), _LONGEST_WAIT)


def _secret_bytes(secret: str) -> bytes:
    try:
        raw = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (BadBase64, ValueError) as error:
        raise BadWebhookSecret from error
    if not 24 <= len(raw) <= 64:
        raise BadWebhookSecret(bytes=len(raw))
    return raw
