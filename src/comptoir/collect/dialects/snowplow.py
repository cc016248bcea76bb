"""The Snowplow dialect: `/com.snowplowanalytics.snowplow/tp2` and `/i`, as Snowplow's trackers write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, events, snowplow_events
from comptoir.collect.dialects.base import GET, POST, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.dialects.snowplow_events import Fields
from comptoir.collect.parse import Fault, Parsed, Stamp

PAYLOAD, PIXEL = "payload", "pixel"
_ANONYMOUS = b"sp-anonymous"
_GIF = Reply(body=bodies.PIXEL, content_type="image/gif", headers=((b"cache-control", b"no-store"),))


class _Around(msgspec.Struct, gc=False):
    """What stands around the events of a request: a schema, which nothing depends on."""

    data: list[msgspec.Raw]


class _Usual(msgspec.Struct, gc=False):
    """A request as nearly all trackers write it: every field a text."""

    schema: str
    data: list[dict[str, str]]


class _Defaults(NamedTuple):
    """What holds for all events of a request."""

    is_anonymous: bool = False
    items: Mapping[str, Sequence[Fields]] = {}
    """Order → its items, which the older way of writing sends as events of their own."""


_NO_DEFAULTS = _Defaults()
_read_around = msgspec.json.Decoder(_Around).decode
_read_usual = msgspec.json.Decoder(_Usual).decode


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
        inside = snowplow_events.unpacked(opened.events) if opened.is_read else snowplow_events.NOTHING

        def translate(one: bytes | Fields) -> Event | Sequence[Event] | Fault:
            said = _fields(opened, one)
            if isinstance(said, Fault):
                return said
            items = defaults.items.get(said.get("tr_id", ""), ()) if said.get("e") == "tr" else ()
            return snowplow_events.translate(said, items, inside, is_anonymous=defaults.is_anonymous)

        return events.read(Writing(self.name, opened, stamp), translate)

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
    usual = parse.compact_value(asked.body, _read_usual)
    opened = (
        _unusual(asked)
        if usual is None
        else Opened(
            route=asked.route,
            body=asked.body,
            events=usual.data,
            is_sound=True,
            is_shallow=True,
            is_within=max(map(len, usual.data), default=0) <= parse.KEY_LIMIT,
            is_compact=True,
            is_read=True,
        )
    )
    opened.key = parse.text_field(asked.body, "aid")
    opened.defaults = _Defaults(_ANONYMOUS in asked.headers, _items(opened))
    return opened


def _unusual(asked: Asking) -> Opened:
    found = bodies.cut(asked.body, "data", _read_around)
    return Opened(
        route=asked.route,
        body=asked.body,
        events=found.events,
        fault=found.fault,
        is_sound=found.is_sound,
        is_shallow=found.is_shallow,
        is_compact=True,  # all that is kept is written anew
    )


def _items(opened: Opened) -> Mapping[str, Sequence[Fields]]:
    """Gather the items of orders, so that each order is counted with what was bought."""
    if not opened.is_sound:
        return {}
    if not (any("ti_id" in one for one in opened.events) if opened.is_read else b'"ti_id"' in opened.body):
        return {}
    found: dict[str, list[Fields]] = defaultdict(list)
    for one in opened.events:
        try:
            said = _fields(opened, one if opened.is_read else bytes(one))
        except msgspec.ValidationError:
            continue
        if isinstance(said, dict) and said.get("e") == "ti" and "ti_id" in said:
            found[said["ti_id"]].append(said)
    return found


def _fields(opened: Opened, one: bytes | Fields) -> Fields | Fault:
    if not isinstance(one, bytes):
        return one if all(one.values()) else {name: value for name, value in one.items() if value}
    if opened.is_query:
        said = bodies.fields(one)
        return said if isinstance(said, Fault) else {name: value for name, value in said.items() if value}
    return snowplow_events.fields(one)
