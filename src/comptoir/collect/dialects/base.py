"""What a dialect is: it turns one client's way of writing events into canonical lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from comptoir.collect.parse import Fault, Parsed, Stamp

POST = ("POST",)
GET = ("GET",)
BOTH = ("POST", "GET")


class Route(NamedTuple):
    """What the door does with an address of a dialect."""

    name: str
    """The dialect's own name of what comes there; it is kept with a refused event."""
    methods: tuple[str, ...] = POST
    is_page: bool = False
    """What is asked for here writes nothing: `Dialect.page` answers it."""


class Asking(NamedTuple):
    """One request as a dialect sees it."""

    route: str
    """The name of its `Route`."""
    body: bytes = b""
    """Without its compression; what a client calls it, and whether it says so, does not matter."""
    query: bytes = b""
    """What stands behind the question mark, as it came."""
    part: str = ""
    """What stands for `{…}` in the address."""
    method: str = "POST"
    headers: Mapping[bytes, bytes] = {}
    """Names in lower case."""
    door_url: str = ""
    """Where this client reaches the door, without a slash at its end; for pages only."""


class Opened(msgspec.Struct, kw_only=True, gc=False):
    """
    A request, taken apart but not read yet: enough to find its key and to count its events.

    `fault` says that nothing in it can be read; `body` is then all there is.
    """

    route: str
    body: bytes
    events: Sequence[Any] = ()
    """The events' own texts, in whatever form the dialect reads; or, `is_read`, what they say."""
    key: str | None = None
    """The key, where the client wrote it elsewhere than in the headers that the door knows."""
    is_single: bool = False
    """An error of its one event is the whole request's: 400, not 200 with a list."""
    is_historical: bool = False
    fault: Fault | None = None
    is_sound: bool = False
    """The whole body has been checked, so its events need not be, one by one, but for their limits."""
    is_shallow: bool = False
    """It has been checked too that nothing in it is nested too deep."""
    is_within: bool = False
    """It has been checked too that none of its events has too many keys."""
    is_compact: bool = False
    """The whole body is written as we would write it, so no part of it has white space to remove."""
    is_read: bool = False
    """The events are no texts, but what they say, read with the whole body."""
    texts: Sequence[Any] | None = None
    """The texts of events that were read; None where they are what we would write."""
    is_query: bool = False
    """The events' texts are no JSON but names and values; only their size is looked at."""
    defaults: Any = None
    """What the dialect keeps for all events of the request."""

    def text_of(self, index: int) -> bytes:
        """Give an event's own text."""
        texts = self.texts if self.is_read else self.events
        return msgspec.json.encode(self.events[index]) if texts is None else bytes(texts[index])


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What a dialect answers in its client's own way."""

    status: int = 200
    body: bytes = b'{"success": true, "status": "Ok"}'
    content_type: str = "application/json"
    headers: Sequence[tuple[bytes, bytes]] = ()
    zipped: bytes = b""
    """The same body in gzip, for whoever takes that; empty where it is not worth it."""
    tag: str = ""
    """Its ETag, weak: whoever has it is told so."""
    keep_seconds: int | None = None
    """So long a browser or a proxy may keep it; None where nobody may."""
    is_for_asker: bool = False
    """It repeats how its client reaches the door, which anybody may forge: no cache that others share keeps it."""
    key: str | None = None
    """Of a page: the key it speaks of; where that is none of ours, the door answers so instead."""


class Dialect(Protocol):
    """
    A client's way of writing events over HTTP. Registered under the entry point `comptoir.dialects`.

    Those that derive from it inherit the usual way of what is not theirs alone: `reopen`, `answer`, `page`.
    """

    name: str
    routes: Mapping[str, Route]
    """Paths the door answers for this dialect; one part of a path may be `{…}`, and then stands for any text."""
    busy_status: int = 429
    """What says "too many, come back later" so that its clients do come back."""

    def open(self, asked: Asking) -> Opened:
        """Take a request apart. Bad data is a value: `Opened.fault`."""
        ...

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event into canonical lines; a bad one becomes one refused line beside its neighbours."""
        ...

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one event that was kept aside, by its own text and the route it came by."""
        return self.open(Asking(route, text))

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:  # noqa: ARG002 (for those that override it)
        """Answer a request that was read, in the client's own way; None for the way most clients take."""
        return None

    def page(self, asked: Asking) -> Reply | None:  # noqa: ARG002
        """Answer what writes nothing: of itself that all is well, as to a client's metrics; None: nothing is here."""
        return Reply()
