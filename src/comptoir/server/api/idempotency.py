"""
Idempotency keys: a write that is sent again with the same key is done once and answered alike.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from starlette.responses import Response

from comptoir.access.rows import api_answers
from comptoir.clock import MICROSECOND, micros
from comptoir.errors import ComptoirError
from comptoir.state.sealing import master_key
from comptoir.web.view import Desk

REMEMBERED = timedelta(days=1)
LONGEST_KEY = 200
_JSON = "application/json"
_PROBLEM = "application/problem+json"
_FAILED = 500
_WRONG = 400

_under_way: set[tuple[str, str]] = set()
_lock = threading.Lock()


class KeyUsedOtherwise(ComptoirError, ValueError):
    """This idempotency key came with another request before."""

    code, status = "idempotency_key_used_otherwise", 422
    hint = "Draw a new key for each new request."


class KeyUnderWay(ComptoirError):
    """The same request is being answered just now."""

    code, status = "idempotency_key_under_way", 409
    hint = "Ask again in a second: the answer will be the same."


class BadKey(ComptoirError, ValueError):
    """This idempotency key is empty, too long, or has characters that cannot be shown."""

    code, status = "bad_idempotency_key", 400
    hint = "A UUID does well."


def once(desk: Desk, who: str, key: str, digest: str, act: Callable[[], Response]) -> Response:
    """
    Do something once for a key, and answer alike for a day.

    What fails on our side (5xx) is not remembered: it may be tried again.

    Raises: BadKey, KeyUsedOtherwise, KeyUnderWay.
    """
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise BadKey(longest=LONGEST_KEY)
    with _lock:
        if (who, key) in _under_way:
            raise KeyUnderWay(key=key)
        _under_way.add((who, key))
    try:
        return _remembered(desk, who, key, digest) or _done(desk, who, key, digest, act)
    finally:
        with _lock:
            _under_way.discard((who, key))


def _remembered(desk: Desk, who: str, key: str, digest: str) -> Response | None:
    c = api_answers.c
    since = micros(desk.clock.now() - REMEMBERED)
    with desk.state.read() as connection:
        found = connection.execute(
            select(c.request_hash, c.status, c.body).where(c.who == who, c.key == key, c.answered_at > since)
        ).first()
    if found is None:
        return None
    if found.request_hash != digest:
        raise KeyUsedOtherwise(key=key)
    kind = _JSON if found.status < _WRONG else _PROBLEM
    headers = {"Idempotency-Replayed": "true", "Cache-Control": "no-store"}
    body = master_key(desk.settings.home).open(found.body, _place(who, key))
    return Response(body, found.status, media_type=kind, headers=headers)


def _done(desk: Desk, who: str, key: str, digest: str, act: Callable[[], Response]) -> Response:
    answer = act()
    if answer.status_code < _FAILED:
        now = micros(desk.clock.now())
        # sealed: an answer may show a new key, of which the store keeps nothing but hashes elsewhere
        sealed = master_key(desk.settings.home).seal(bytes(answer.body), _place(who, key))
        row = {
            "who": who, "key": key, "request_hash": digest, "status": answer.status_code, "body": sealed,
            "answered_at": now,
        }  # fmt: skip
        with desk.state.write() as connection:
            connection.execute(delete(api_answers).where(api_answers.c.answered_at <= now - REMEMBERED // MICROSECOND))
            keep = insert(api_answers).values(row)
            connection.execute(keep.on_conflict_do_update(index_elements=["who", "key"], set_=row))
    return answer


def _place(who: str, key: str) -> str:
    return f"api_answers/{who}/{key}"
