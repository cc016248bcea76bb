"""Webhook endpoints that are told what changes about people: one call at a time each, so the order holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from comptoir.golden import feed
from comptoir.golden.feed import Change, Reader
from comptoir.golden.rows import subscribers
from comptoir.messaging import webhooks
from comptoir.messaging.rows import webhook_calls, webhook_endpoints
from comptoir.messaging.webhooks import EndpointNotFound
from comptoir.state.base import State

KIND = "profiles.changed"
"""The type of the call."""
CHANGES_A_CALL = 50
"""So that a call stays below what a webhook may weigh."""
_FIELDS_TOLD = 10
"""Names of fields a call tells of each change; of one with more it tells only that, as an empty list."""


class Follower(NamedTuple):
    """An endpoint that is told."""

    endpoint: str
    source: str
    """The source it speaks as: what that alone said is not told to it."""
    waits: int
    """Changes it has not been told of yet, those that are not for it included."""


def follow(connection: Connection, endpoint: str, *, source: str = "") -> None:
    """Tell an endpoint what changes from now on; one that is told already goes on. Raises: EndpointNotFound."""
    known = select(webhook_endpoints.c.name).where(webhook_endpoints.c.name == endpoint)
    if connection.execute(known).one_or_none() is None:
        raise EndpointNotFound(name=endpoint[:100])
    now = feed.head(connection)
    row = {"endpoint": endpoint, "source": source, "told_to": now, "asked_to": now, "call_id": ""}
    made = insert(subscribers).values(row)
    connection.execute(made.on_conflict_do_update(index_elements=["endpoint"], set_={"source": source}))


def unfollow(connection: Connection, endpoint: str) -> bool:
    """Tell an endpoint no more; say whether it was told."""
    return connection.execute(delete(subscribers).where(subscribers.c.endpoint == endpoint)).rowcount > 0


def listing(connection: Connection) -> list[Follower]:
    """List who is told. Order: by name."""
    head = feed.head(connection)
    found = connection.execute(select(subscribers).order_by(subscribers.c.endpoint))
    return [Follower(row.endpoint, row.source, max(0, head - row.told_to)) for row in found]


def hand_over(state: State, now: datetime) -> int:
    """
    Queue the next call of each endpoint that has had its last one, and give how many were queued.

    An endpoint has one call under way at most. So changes reach it in their order however often a call fails, and one
    that is closed, or away for a week, loses nothing: what was not acknowledged is told again.
    """
    with state.read() as connection:
        if not any(_has_work(connection, row) for row in connection.execute(select(subscribers)).all()):
            return 0
    with state.write() as connection:
        rows = connection.execute(select(subscribers).order_by(subscribers.c.endpoint)).all()
        return sum(_go_on(connection, row, now) for row in rows)


def _has_work(connection: Connection, row: Any) -> bool:
    if row.call_id:
        return _state_of(connection, row.call_id) != "queued"
    return bool(row.told_to < feed.head(connection)) and _is_open(connection, row.endpoint)


def _go_on(connection: Connection, row: Any, now: datetime) -> bool:
    told_to = row.told_to
    if row.call_id:
        became = _state_of(connection, row.call_id)
        if became == "queued":
            return False
        told_to = row.asked_to if became == "done" else row.told_to  # one that failed is asked again, by a new call
    if not _is_open(connection, row.endpoint):
        return _keep(connection, row.endpoint, told_to=told_to, asked_to=told_to, call_id="")
    try:
        found = feed.look(connection, told_to, CHANGES_A_CALL, Reader(source=row.source))
    except feed.FeedForgotten:
        # away for longer than the feed remembers: it must read every profile anew
        told_to = feed.head(connection)
        found = feed.Look([], told_to)
        return _call(connection, row.endpoint, told_to, found, now, is_gap=True)
    if not found.changes:
        return _keep(connection, row.endpoint, told_to=found.upto, asked_to=found.upto, call_id="")
    return _call(connection, row.endpoint, told_to, found, now)


def _call(
    connection: Connection, endpoint: str, told_to: int, found: feed.Look, now: datetime, *, is_gap: bool = False
) -> bool:
    call_id = f"changes-{endpoint}-{found.upto}"
    times = 0
    while _state_of(connection, call_id) is not None:  # the same changes once more: a call of its own
        times += 1
        call_id = f"changes-{endpoint}-{found.upto}-{times}"
    body = {"changes": told(found.changes), "upto": found.upto, "gap": is_gap}
    webhooks.queue(connection, call_id=call_id, endpoint=endpoint, kind=KIND, body=body, now=now)
    _keep(connection, endpoint, told_to=told_to, asked_to=found.upto, call_id=call_id)
    return True


def told(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Write changes as a call tells them."""
    return [
        {
            "seq": one.seq, "at": one.at, "kind": one.kind, "profile_id": one.profile_id, "other": one.other,
            "fields": one.fields if len(one.fields) <= _FIELDS_TOLD else [],
        }
        for one in changes
    ]  # fmt: skip


def _state_of(connection: Connection, call_id: str) -> str | None:
    found = connection.execute(select(webhook_calls.c.state).where(webhook_calls.c.call_id == call_id)).scalar()
    return None if found is None else str(found)


def _is_open(connection: Connection, endpoint: str) -> bool:
    asked = select(webhook_endpoints.c.is_enabled).where(webhook_endpoints.c.name == endpoint)
    return bool(connection.execute(asked).scalar())


def _keep(connection: Connection, endpoint: str, **values: object) -> bool:
    connection.execute(update(subscribers).where(subscribers.c.endpoint == endpoint).values(**values))
    return False
