"""
The RudderStack dialect: what its clients ask beside Segment's calls.

Its `/v1/track` and its like are Segment's to the letter, so the Segment dialect answers them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, events, segment
from comptoir.collect.dialects.base import BOTH, GET, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.parse import Fault, Parsed, Stamp
from comptoir.model.event import RefusalReason, Type

_BEACON, _WEBHOOK, _MERGE, _AUDIENCE = segment.MANY, "webhook", "merge", "audiencelist"
_PIXEL_TRACK, _PIXEL_PAGE = "pixel-track", "pixel-page"
_CONFIG, _METRICS, _VERSION, _ROBOTS = "config", "metrics", "version", "robots"
_WEBHOOK_NAME = "webhook_source_event"
"""As RudderStack itself calls what a webhook brings."""
_PAGE_NAME = "Unknown Page"
_MERGED = {"user_id": "userId", "userid": "userId", "anonymous_id": "anonymousId", "anonymousid": "anonymousId"}
"""Kinds of identifier in a merge that are fields of an event; others are traits."""
_OBJECTS = frozenset({"properties", "traits", "context"})

_read_event = msgspec.json.Decoder(Event).decode


class _Merging(msgspec.Struct, gc=False):
    """One identifier of a merge."""

    type: str
    value: str | int


class _Merge(msgspec.Struct, gc=False):
    """A statement that two identifiers are one person."""

    mergeProperties: list[_Merging]  # noqa: N815 (the wire's name)
    messageId: str | None = None  # noqa: N815
    timestamp: str | int | float | None = None
    originalTimestamp: str | int | float | None = None  # noqa: N815
    sentAt: str | int | float | None = None  # noqa: N815


_read_merge = msgspec.json.Decoder(_Merge).decode


class RudderStack(Dialect):
    """Reads beacons, pixels, webhooks and merges, and answers what RudderStack's browser client asks first."""

    name = "rudderstack"
    routes: Mapping[str, Route] = {
        "/beacon/v1/batch": Route(_BEACON),
        "/v1/webhook": Route(_WEBHOOK, BOTH),
        "/v1/merge": Route(_MERGE),
        "/v1/audiencelist": Route(_AUDIENCE),
        "/pixel/v1/track": Route(_PIXEL_TRACK, GET),
        "/pixel/v1/page": Route(_PIXEL_PAGE, GET),
        **dict.fromkeys(("/sourceConfig", "/sourceConfig/"), Route(_CONFIG, GET, is_page=True)),
        "/rsaMetrics": Route(_METRICS, is_page=True),
        "/version": Route(_VERSION, GET, is_page=True),
        "/robots.txt": Route(_ROBOTS, GET, is_page=True),
    }

    def open(self, asked: Asking) -> Opened:
        """Take a request apart; a pixel's and a webhook's event may stand in the query."""
        if asked.route == _BEACON:
            return segment.many(asked)
        if asked.method == "GET":
            return _of_query(asked.route, asked.query)
        return _of_body(asked)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event; a bad one becomes a refused line."""
        if opened.route == _BEACON:
            return segment.read(self.name, opened, stamp)
        is_called = opened.route == _WEBHOOK and opened.is_query
        return events.read(Writing(self.name, opened, stamp), _called if is_called else _TRANSLATE[opened.route])

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one event again."""
        if route == _BEACON:
            return segment.again(route, text)
        return _of_body(Asking(route, text)) if text.lstrip().startswith(b"{") else _of_query(route, text)

    def answer(self, opened: Opened, parsed: Parsed) -> Reply | None:
        """Answer a pixel with a picture."""
        if opened.route not in {_PIXEL_TRACK, _PIXEL_PAGE} or parsed.refusals:
            return None
        return Reply(body=bodies.PIXEL, content_type="image/gif", headers=[(b"cache-control", b"no-store")])

    def page(self, asked: Asking) -> Reply:
        """Answer what writes nothing."""
        if asked.route == _CONFIG:
            return _config(asked)
        if asked.route == _ROBOTS:
            return Reply(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain", keep_seconds=86_400)
        return Reply()


def _of_query(route: str, query: bytes) -> Opened:
    said = bodies.fields(query)
    fault = said if isinstance(said, Fault) else None
    key = said.get("writeKey") if isinstance(said, dict) else None
    kept = bodies.without(query, b"writeKey")
    return Opened(route=route, body=kept, events=(kept,), key=key, is_single=True, is_query=True, fault=fault)


def _of_body(asked: Asking) -> Opened:
    look = parse.look(asked.body)
    fault = parse.fault_after(look, asked.body)
    return Opened(
        route=asked.route,
        body=asked.body,
        events=(asked.body,),
        key=parse.text_field(asked.body, "writeKey"),
        is_single=True,
        is_sound=look.is_sound,
        is_compact=look.is_compact,
        fault=fault,
    )


def _pixel(text: bytes, kind: Type) -> Event | Fault:
    """Read `properties.price=9.5&anonymousId=a`: a dot leads into an object, and every value is a text."""
    said = bodies.fields(text)
    if isinstance(said, Fault):
        return said
    made: dict[str, Any] = {}
    for name, value in said.items():
        first, dot, rest = name.partition(".")
        if not dot:
            made[name] = value
        elif first in _OBJECTS:
            inside = made.setdefault(first, {})
            *way, last = rest.split(".")[: parse.DEPTH_LIMIT - 2]
            for step in way:
                inside = inside.setdefault(step, {}) if isinstance(inside, dict) else {}
            if isinstance(inside, dict):
                inside[last] = value
    event = _read_event(msgspec.json.encode(made))
    event.type = kind.value
    if kind is Type.PAGE and not event.name:
        event.name = _PAGE_NAME
    return event


def _webhook(text: bytes) -> Event:
    """Keep whatever came as the properties of one event; its own ids name whom it speaks of, if it has any."""
    event = _read_event(text)
    return Event(
        type=Type.TRACK.value,
        event=_WEBHOOK_NAME,
        userId=event.userId,
        anonymousId=event.anonymousId,
        messageId=event.messageId,
        timestamp=event.timestamp,
        properties=msgspec.Raw(text),
    )


def _called(text: bytes) -> Event | Fault:
    """Do the same with a webhook that says all in its query."""
    said = bodies.fields(text)
    return said if isinstance(said, Fault) else _webhook(msgspec.json.encode(said))


def _merge(text: bytes) -> Event:
    """Say in one identify that its two identifiers are one person; how far that is believed, the key decides."""
    merge = _read_merge(text)
    event = Event(
        type=Type.IDENTIFY.value,
        messageId=merge.messageId,
        timestamp=merge.timestamp,
        originalTimestamp=merge.originalTimestamp,
        sentAt=merge.sentAt,
    )
    traits: dict[str, str | int] = {}
    for one in merge.mergeProperties:
        field = _MERGED.get(one.type.lower())
        if field is None:
            traits[one.type.lower()] = one.value
        else:
            setattr(event, field, one.value)
    event.traits = events.raw(traits)
    return event


def _audience(_text: bytes) -> Fault:
    return Fault(RefusalReason.NOT_ALLOWED, "lists of people come in by an import, with their consent")


_TRANSLATE: dict[str, events.Translate] = {
    _PIXEL_TRACK: lambda text: _pixel(text, Type.TRACK),
    _PIXEL_PAGE: lambda text: _pixel(text, Type.PAGE),
    _WEBHOOK: _webhook,
    _MERGE: _merge,
    _AUDIENCE: _audience,
}


def _config(asked: Asking) -> Reply:
    """Say that the source is there and has no destinations: all events come here, and only here."""
    said = bodies.fields(asked.query)
    key = said.get("writeKey", "") if isinstance(said, dict) else ""
    source = {
        "id": "comptoir",
        "name": "comptoir",
        "writeKey": key,
        "enabled": True,
        "workspaceId": "comptoir",
        "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
        "destinations": [],
        "connections": [],
    }
    return Reply(body=msgspec.json.encode({"source": source}), keep_seconds=120, key=key)
