"""What changed about people, in order, for systems that treat Comptoir as the reference; and who is called about it."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Literal

import msgspec

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.keys import NoSuchSource
from comptoir.access.roles import Right
from comptoir.clock import monotonic
from comptoir.golden import feed, subscribers
from comptoir.golden.feed import FeedForgotten
from comptoir.messaging.webhooks import EndpointNotFound
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint

LONGEST_WAIT = 25.0
"""Seconds a request may wait for something to change: less than proxies do."""
WAITING = 8
"""Requests that may wait at once; a further one is answered at once, with nothing."""
_PAUSE = 0.2
_places = threading.BoundedSemaphore(WAITING)


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """From where on, and how long to wait where nothing has changed."""

    after: str | None = None
    """The `next` of the last answer. Left out, every profile is listed first, then what changes."""
    limit: int = 100
    wait: float = 0.0
    """Seconds to wait for a change where there is none yet, at most 25."""
    start: Literal["all", "now"] = "all"
    """`now` begins with what changes from now on, without listing every profile."""

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= 500:
            raise ValueError("limit is from 1 to 500")
        if not 0 <= self.wait <= LONGEST_WAIT:
            raise ValueError(f"wait is from 0 to {LONGEST_WAIT:.0f}")


class Change(msgspec.Struct, kw_only=True):
    """One change of one profile."""

    kind: Literal["listed", "changed", "merged", "cut", "erased"]
    profile_id: str
    other: str | None = None
    """Of a merge, the profile it went into; of a cut, the one that got what was cut off."""
    at: datetime | None = None
    """None for a profile that is only listed."""
    fields: tuple[str, ...] = ()
    """What changed, `identifiers` among them."""


class Changes(msgspec.Struct, kw_only=True):
    """A part of the feed."""

    items: list[Change]
    next: str
    """What to send as `after` next time, also where nothing came."""
    more: bool
    """Whether more is there already."""


class Follow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How an endpoint is told what changes."""

    source: str = ""
    """The source it speaks as: what that alone said is not told to it."""


class Follower(msgspec.Struct, kw_only=True):
    """An endpoint that is told what changes."""

    endpoint: str
    source: str
    waits: int
    """Changes it was not told of yet."""


Place = tuple[Literal["all", "at"], int, int]
"""Where a reader is: listing profiles after a founder, to follow from a seq on; or following after a seq."""


def changed(call: Call) -> Changes:
    """Tell what changed. Order: as it happened. Raises: FeedForgotten."""
    said: Asked = call.query
    place: Place | None = cursors.read(said.after, Place)
    found = _look(call, place)
    if found.items or not said.wait or not _places.acquire(blocking=False):
        return found
    try:
        until = monotonic() + said.wait
        while not found.items and monotonic() < until:
            time.sleep(_PAUSE)
            found = _look(call, cursors.read(found.next, Place))
    finally:
        _places.release()
    return found


def _start(said: Asked, head: int) -> Place:
    return ("at", head, 0) if said.start == "now" else ("all", feed.LEAST, head)


def _look(call: Call, place: Place | None) -> Changes:
    said: Asked = call.query
    reader = _reader(call)
    with call.desk.state.read() as connection:
        phase, after, head = place or _start(said, feed.head(connection))
        if phase == "all":
            some = feed.everybody(connection, after, said.limit, reader)
            is_whole = len(some) < said.limit
            return Changes(
                items=[Change(kind="listed", profile_id=one.profile_id) for one in some],
                next=cursors.write(("at", head, 0) if is_whole else ("all", some[-1].founder, head)),
                more=not is_whole or feed.head(connection) > head,
            )
        look = feed.look(connection, after, said.limit, reader)
        return Changes(
            items=[_told(one) for one in look.changes],
            next=cursors.write(("at", look.upto, 0)),
            more=look.upto < feed.head(connection),
        )


def _told(one: feed.Change) -> Change:
    return Change(
        kind=msgspec.convert(one.kind, Literal["changed", "merged", "cut", "erased"]),
        profile_id=one.profile_id,
        other=one.other,
        at=one.at,
        fields=one.fields,
    )


def _reader(call: Call) -> feed.Reader:
    """Say who reads: people are told of whom a brand of the key, or one of its sources, has a word."""
    source = call.who.name if call.who.kind == "source" else ""
    every = {one.name for one in keys.list_brands(call.desk.state)}
    if not call.who.brands or call.who.brands >= every:
        return feed.Reader(source) if source else feed.EVERYONE
    own = frozenset(one.name for one in keys.list_sources(call.desk.state) if one.brand in call.who.brands)
    return feed.Reader(source, call.who.brands, own)


def followers(call: Call) -> list[Follower]:
    """List the endpoints that are told what changes."""
    with call.desk.state.read() as connection:
        return [Follower(**one._asdict()) for one in subscribers.listing(connection)]


def follow(call: Call) -> None:
    """Tell an endpoint what changes from now on. Raises: EndpointNotFound; NoSuchSource."""
    source: str = call.body.source
    if source and source not in {one.name for one in keys.list_sources(call.desk.state)}:
        raise NoSuchSource(source=source[:100])
    with call.desk.state.write() as connection:
        subscribers.follow(connection, call.path["name"], source=source)


def unfollow(call: Call) -> None:
    """Tell an endpoint no more. Raises: EndpointNotFound."""
    with call.desk.state.write() as connection:
        if not subscribers.unfollow(connection, call.path["name"]):
            raise EndpointNotFound(name=call.path["name"][:100])


ENDPOINTS = (
    Endpoint(
        method="GET", path="/changes", tag="People", right=Right.SEE_CUSTOMERS, query=Asked, answer=Changes,
        act=changed, errors=(FeedForgotten,),
        summary="What changed about people, in order, at least once; a key of a source is not told its own words.",
    ),
    Endpoint(
        method="GET", path="/webhook-followers", whole=True, tag="Webhooks", right=Right.RUN, answer=list[Follower],
        act=followers, summary="The endpoints that are called when something changes about people.",
    ),
    Endpoint(
        method="PUT", path="/webhook-followers/{name}", whole=True, deed=Deed.WEBHOOK_SWITCHED, tag="Webhooks",
        right=Right.RUN, body=Follow, answer=None, act=follow, errors=(EndpointNotFound, NoSuchSource),
        summary="Call an endpoint whenever something changes about people, from now on.", example={"source": "crm"},
    ),
    Endpoint(
        method="DELETE", path="/webhook-followers/{name}", whole=True, deed=Deed.WEBHOOK_SWITCHED, tag="Webhooks",
        right=Right.RUN, answer=None, act=unfollow, errors=(EndpointNotFound,),
        summary="Call an endpoint about people no more.",
    ),
)  # fmt: skip
"""What the API says of changes."""
