"""The Snowplow dialect: `/com.snowplowanalytics.snowplow/tp2` and `/i`, as Snowplow's trackers write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, events, snowplow_events
from comptoir.collect.dialects.base import GET, POST, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.dialects.parts import Parts
from comptoir.collect.dialects.snowplow_events import Fields
from comptoir.collect.parse import Fault, Parsed, Stamp

PAYLOAD, PIXEL = "payload", "pixel"
_ANONYMOUS = b"sp-anonymous"
_GIF = Reply(body=bodies.PIXEL, content_type="image/gif", headers=((b"cache-control", b"no-store"),))


class _Around(msgspec.Struct, gc=False):
    """What stands around the events of a request: a schema, which nothing depends on."""

    data: list[msgspec.Raw]


class _Defaults(NamedTuple):
    """What holds for all events of a request; and its events, where they were read with the whole body."""

    is_anonymous: bool = False
    items: Mapping[str, Sequence[Fields]] = {}
    """Order → its items, which the older way of writing sends as events of their own."""
    known: Sequence[Any] | None = None


_NO_DEFAULTS = _Defaults()
_read_around = msgspec.json.Decoder(_Around).decode


class Snowplow(Dialect):
    """Reads the tracker protocol: lists of events by POST, single ones in the address of a picture."""

    name = "snowplow"
    routes: Mapping[str, Route] = {
        "/com.snowplowanalytics.snowplow/tp2": Route(PAYLOAD, POST),
        "/i": Route(PIXEL, GET),
    }

    def open(self, asked: Asking) -> Opened:
        """Take a request apart; the key is the application's id, `aid`."""
        return _pixel(asked) if asked.route == PIXEL else _payload(asked)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event; a bad one becomes a refused line beside its neighbours."""
        defaults: _Defaults = opened.defaults or _NO_DEFAULTS

        def translate(one: bytes | Parts) -> Event | Sequence[Event] | Fault:
            said = _fields(opened, one)
            if isinstance(said, Fault):
                return said
            items = defaults.items.get(said.get("tr_id", ""), ()) if said.get("e") == "tr" else ()
            return snowplow_events.translate(said, items, is_anonymous=defaults.is_anonymous)

        return events.read(Writing(self.name, opened, stamp), translate, defaults.known)

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one event that was kept aside: a query, or a member of a list."""
        if route == PIXEL:
            return _pixel(Asking(route, query=text))
        return _payload(Asking(route, b'{"data":[' + text + b"]}"))

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:
        """Answer a picture with a picture, and all else as usual."""
        return _GIF if opened.route == PIXEL and not parsed.refusals else None


def _pixel(asked: Asking) -> Opened:
    said = bodies.fields(asked.query)
    fault = said if isinstance(said, Fault) else None
    return Opened(
        route=asked.route,
        body=asked.query,
        events=() if fault else (asked.query,),
        key=None if isinstance(said, Fault) else said.get("aid"),
        is_single=True,
        is_compact=True,  # all that is kept is written anew
        is_query=True,
        fault=fault,
        defaults=_Defaults(_ANONYMOUS in asked.headers),
    )


def _payload(asked: Asking) -> Opened:
    found = bodies.cut(asked.body, "data", _read_around)
    opened = Opened(
        route=asked.route,
        body=asked.body,
        events=found.events,
        key=parse.text_field(asked.body, "aid"),
        fault=found.fault,
        is_sound=found.is_sound,
        is_compact=True,
    )
    known = None if found.value is None else found.value["data"]
    opened.defaults = _Defaults(_ANONYMOUS in asked.headers, _items(opened, known), known)
    return opened


def _items(opened: Opened, known: Sequence[Any] | None) -> Mapping[str, Sequence[Fields]]:
    """Gather the items of orders, so that each order is counted with what was bought."""
    if known is not None and not any("ti_id" in one for one in known if isinstance(one, dict)):
        return {}
    if not opened.is_sound or b'"ti_id"' not in opened.body:
        return {}
    found: dict[str, list[Fields]] = defaultdict(list)
    for text in opened.events:
        try:
            said = snowplow_events.fields(bytes(text))
        except msgspec.ValidationError:
            continue
        if said.get("e") == "ti" and "ti_id" in said:
            found[said["ti_id"]].append(said)
    return found


def _fields(opened: Opened, one: bytes | Parts) -> Fields | Fault:
    if not isinstance(one, bytes):
        return snowplow_events.texts(one)
    if opened.is_query:
        said = bodies.fields(one)
        return said if isinstance(said, Fault) else {name: value for name, value in said.items() if value}
    return snowplow_events.fields(one)
