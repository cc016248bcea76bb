"""The Segment dialect: `/v1/track` and its like, as every Segment SDK writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from comptoir.collect import parse
from comptoir.collect.dialects import analytics_next, bodies, events
from comptoir.collect.dialects.base import BOTH, GET, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.dialects.events import Event, Writing
from comptoir.collect.parse import NO_OBJECT, Fault, Parsed, Stamp
from comptoir.model.event import RefusalReason, Type

SINGLE = tuple(kind.value for kind in (Type.TRACK, Type.PAGE, Type.SCREEN, Type.IDENTIFY, Type.GROUP, Type.ALIAS))
MANY = "batch"
IMPORT = "import"
_METRICS = "metrics"
_SETTINGS, _SCRIPT, _PIECE = (Route(name, GET, is_page=True) for name in ("settings", "script", "piece"))


class _Around(msgspec.Struct, gc=False):
    """What stands around the events of a batch."""

    batch: list[msgspec.Raw]
    context: msgspec.Raw = NO_OBJECT
    writeKey: str | None = None  # noqa: N815 (the wire's name)
    sentAt: str | int | float | None = None  # noqa: N815


_read_event = msgspec.json.Decoder(Event).decode
_read_around = msgspec.json.Decoder(_Around).decode


class _Defaults(NamedTuple):
    """What a batch says for all its events; and, of a single event, the event itself, as it was read for its key."""

    context: dict[str, msgspec.Raw] | None = None
    sent_at: int | None = None
    sent_said: str = ""
    event: Event | None = None


_NO_DEFAULTS = _Defaults()


class Segment(Dialect):
    """Reads the calls of Segment's HTTP tracking API, and its one-letter twins."""

    name = "segment"
    routes: Mapping[str, Route] = {
        **{f"/v1/{kind}": Route(kind) for kind in (*SINGLE, MANY, IMPORT)},
        **{f"/v1/{kind[0]}": Route(kind) for kind in (*SINGLE, MANY)},  # but /v1/i is identify: no twin for import
        **dict.fromkeys(("/v1/m", "/v1/metrics"), Route(_METRICS, BOTH, is_page=True)),
        **dict.fromkeys(("/v1/projects/{key}/settings", "/analytics.js/v1/{key}/settings"), _SETTINGS),
        **dict.fromkeys(("/analytics.js/v1/{key}/analytics.min.js", "/analytics.js/v1/{key}/analytics.js"), _SCRIPT),
        "/analytics-next/bundles/{name}": _PIECE,
    }

    def open(self, asked: Asking) -> Opened:
        """Take a body apart; what cannot be read at all has a `fault`."""
        return many(asked) if asked.route in {MANY, IMPORT} else single(asked)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event; a bad one becomes a refused line beside its neighbours."""
        return read(self.name, opened, stamp)

    def page(self, asked: Asking) -> Reply | None:
        """Give the browser's client, what it asks before it starts, and that its own metrics are well."""
        if asked.route == _SETTINGS.name:
            return analytics_next.settings(asked)
        if asked.route == _SCRIPT.name:
            return analytics_next.script(asked.part)
        return analytics_next.piece(asked.part) if asked.route == _PIECE.name else Reply()

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one event: what it is stands in itself, or is the route it came by."""
        return again(route, text)


def single(asked: Asking) -> Opened:
    """Take apart a body that is one event, of the type that its route says."""
    route, body = asked.route, asked.body
    look = parse.look(body)
    fault = parse.fault_after(look, body)
    if fault is None:
        try:
            event = _read_event(body)
        except msgspec.ValidationError as error:
            fault = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        else:
            event.type = route
            return Opened(
                route=route,
                body=body,
                events=(body,),
                key=event.writeKey,
                is_single=True,
                is_sound=look.is_sound,
                is_compact=look.is_compact,
                defaults=_Defaults(event=event),
            )
    return Opened(route=route, body=body, key=parse.text_field(body, "writeKey"), is_single=True, fault=fault)


def many(asked: Asking) -> Opened:
    """Take apart a batch, and what it says for all its events."""
    route, body = asked.route, asked.body
    found = bodies.cut(body, "batch", _read_around)
    fault, around = found.fault, found.around
    if around is not None:
        try:
            defaults = _Defaults(events.parts(around.context), parse.instant(around.sentAt), str(around.sentAt))
        except msgspec.ValidationError as error:
            fault = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        else:
            return Opened(
                route=route,
                body=body,
                events=found.events,
                key=around.writeKey,
                is_historical=route == IMPORT,
                is_sound=found.is_sound,
                is_shallow=found.is_shallow,
                is_compact=found.is_compact,
                defaults=defaults,
            )
    return Opened(
        route=route, body=body, key=parse.text_field(body, "writeKey"), is_historical=route == IMPORT, fault=fault
    )


def read(dialect: str, opened: Opened, stamp: Stamp) -> Parsed:
    """Read what `single` or `many` opened, in the name of a dialect."""
    defaults: _Defaults = opened.defaults or _NO_DEFAULTS
    writing = Writing(dialect, opened, stamp, defaults.context, defaults.sent_at, defaults.sent_said)
    known = defaults.event
    return events.read(writing, _read_event if known is None else lambda _: known)


def again(route: str, text: bytes) -> Opened:
    """Open one event that was kept aside: its type stands in itself, or is the route it came by."""
    if route in SINGLE and b'"type"' not in text:
        return single(Asking(route, text))
    return many(Asking(MANY, b'{"batch":[' + text + b"]}"))
