"""The Segment dialect: `/v1/track` and its like, as every Segment SDK writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from msgspec import structs

from comptoir.collect import consents, parse
from comptoir.collect.dialects.base import Opened
from comptoir.collect.parse import NO_OBJECT, Fault, Parsed, Refusal, Stamp
from comptoir.model.consent import CONSENT_CHANGES, tracking_choice
from comptoir.model.event import ENVELOPE_VERSION, MESSAGE_ANSWERED, Control, Line, Record, RefusalReason, Trust, Type

_SINGLE = tuple(kind.value for kind in (Type.TRACK, Type.PAGE, Type.SCREEN, Type.IDENTIFY, Type.GROUP, Type.ALIAS))
_MANY = "batch"
_IMPORT = "import"

RESERVED = frozenset(
    {*(name.value for name in Record), *(name.value for name in Control), MESSAGE_ANSWERED} - consents.NAMES
)
"""Names only Comptoir itself gives: as a track event they would pass for imported rows or control lines."""

URGENT = CONSENT_CHANGES | {"Order Completed", "Order Updated", "Order Cancelled", "Order Refunded", "Order Returned"}
"""Events that can forbid a message that is about to leave."""


class _Body(msgspec.Struct, gc=False):
    """What stands around the events of a batch."""

    batch: list[msgspec.Raw]
    context: msgspec.Raw = NO_OBJECT
    writeKey: str | None = None  # noqa: N815 (the wire's name)
    sentAt: str | int | float | None = None  # noqa: N815


class _Event(msgspec.Struct, gc=False):
    """One event as it is written on the wire; the names are the wire's."""

    type: str | None = None
    event: str | int | None = None
    name: str | int | None = None
    userId: str | int | None = None  # noqa: N815
    anonymousId: str | int | None = None  # noqa: N815
    groupId: str | int | None = None  # noqa: N815
    previousId: str | int | None = None  # noqa: N815
    messageId: str | int | None = None  # noqa: N815
    timestamp: str | int | float | None = None
    originalTimestamp: str | int | float | None = None  # noqa: N815
    sentAt: str | int | float | None = None  # noqa: N815
    properties: msgspec.Raw = NO_OBJECT
    traits: msgspec.Raw = NO_OBJECT
    context: msgspec.Raw = NO_OBJECT
    writeKey: str | None = None  # noqa: N815


class _Context(msgspec.Struct, gc=False):
    """What we read of an event's context; all of it is kept but the address."""

    ip: Any = msgspec.UNSET
    userAgent: Any = None  # noqa: N815
    direct: Any = None
    consent: Any = None


_read_body = msgspec.json.Decoder(_Body).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_context = msgspec.json.Decoder(_Context).decode
_read_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_optional_parts = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_NO_CONTEXT = _Context()


class _Defaults(NamedTuple):
    """What a batch says for all its events; and, of a single event, the event itself, as it was read for its key."""

    context: dict[str, msgspec.Raw] | None = None
    sent_at: int | None = None
    sent_text: str = ""
    event: _Event | None = None


_NO_DEFAULTS = _Defaults()


class Segment:
    """Reads the calls of Segment's HTTP tracking API, and its one-letter twins."""

    name = "segment"
    routes: Mapping[str, str] = {
        **{f"/v1/{kind}": kind for kind in (*_SINGLE, _MANY, _IMPORT)},
        **{f"/v1/{kind[0]}": kind for kind in (*_SINGLE, _MANY)},  # but /v1/i is identify: no twin for import
    }

    def open(self, route: str, body: bytes) -> Opened:
        """Take a body apart; what cannot be read at all has a `fault`."""
        return _open_many(route, body) if route in {_MANY, _IMPORT} else _open_single(route, body)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every event; a bad one becomes a refused line beside its neighbours."""
        parsed = Parsed()
        if opened.fault is not None:
            _keep(parsed, stamp, Refusal(index=0, fault=opened.fault, raw=opened.body))
            return parsed
        reading = _Reading(opened, opened.defaults or _NO_DEFAULTS, stamp, parsed, stamp.trust.value, stamp.historical)
        for index, text in enumerate(opened.events):
            _read_one(reading, index, bytes(text))
        return parsed


@dataclass(slots=True)
class _Reading:
    """One request while its events are read."""

    opened: Opened
    defaults: _Defaults
    stamp: Stamp
    parsed: Parsed
    trust: str
    is_historical: bool
    twins: dict[bytes, int] = field(default_factory=dict)
    """How often each text without message id came in this request."""
    sent_text: str | float | None = None
    sent_at: int | None = None
    """The last `sentAt` and its instant: as a rule all events of a request say the same."""


def _open_single(route: str, body: bytes) -> Opened:
    is_sound, is_compact = parse.look(body)
    fault = parse.beyond_limits(body) if is_sound else parse.fault(body)
    if fault is None:
        try:
            event = _read_event(body)
        except msgspec.ValidationError as error:
            fault = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        else:
            return Opened(
                route=route,
                body=body,
                events=(body,),
                key=event.writeKey,
                is_single=True,
                is_sound=is_sound,
                is_compact=is_compact,
                defaults=_Defaults(event=event),
            )
    return Opened(route=route, body=body, key=parse.text_field(body, "writeKey"), is_single=True, fault=fault)


def _open_many(route: str, body: bytes) -> Opened:
    is_sound, is_compact = parse.look(body)
    cut = None if is_sound else parse.members(body, "batch")
    fault = None
    if not is_sound:
        fault = (
            parse.fault(cut[1]) if cut else parse.fault(body) or Fault(RefusalReason.BAD_JSON, "brackets do not match")
        )
    if fault is None:
        try:
            around = _read_body(cut[1] if cut else body)
            defaults = _Defaults(_parts(around.context), parse.instant(around.sentAt), str(around.sentAt))
        except msgspec.ValidationError as error:
            fault = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        else:
            return Opened(
                route=route,
                body=body,
                events=cut[0] if cut else around.batch,
                key=around.writeKey,
                is_historical=route == _IMPORT,
                is_sound=is_sound,
                is_compact=is_compact,
                defaults=defaults,
            )
    return Opened(
        route=route,
        body=body,
        key=parse.text_field(body, "writeKey"),
        is_historical=route == _IMPORT,
        fault=fault,
    )


def _read_one(reading: _Reading, index: int, text: bytes) -> None:
    opened, stamp, parsed = reading.opened, reading.stamp, reading.parsed
    fault = _fault_of_text(text, stamp, opened)
    message_id = name = ""
    if fault is None:
        try:
            event = reading.defaults.event or _read_event(text)
        except msgspec.ValidationError as error:
            fault = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        else:
            line = _line(reading, event, text)
            if isinstance(line, Line):
                parsed.lines.append(line)
                if (line.type == "control" or (line.name in URGENT and line.type == "track")) and not stamp.historical:
                    parsed.is_urgent = True
                return
            fault, message_id, name = line, _text(event.messageId) or "", _text(event.event) or ""
    _keep(parsed, stamp, Refusal(index=index, fault=fault, raw=text, message_id=message_id, name=name))


def _keep(parsed: Parsed, stamp: Stamp, refusal: Refusal) -> None:
    parsed.refusals.append(refusal)
    parsed.lines.append(parse.refused_line(stamp, refusal))


def _fault_of_text(text: bytes, stamp: Stamp, opened: Opened) -> Fault | None:
    if len(text) > stamp.event_bytes:
        return Fault(RefusalReason.EVENT_TOO_LARGE, f"{len(text)} bytes, at most {stamp.event_bytes}")
    if opened.is_single:
        return None  # the body was the event, and is checked
    return parse.beyond_limits(text) if opened.is_sound else parse.fault(text)


def _line(reading: _Reading, event: _Event, text: bytes) -> Line | Fault:
    """Write the canonical line of an event, or say why there is none."""
    opened, stamp = reading.opened, reading.stamp
    kind = opened.route if opened.is_single else event.type
    name = _text(event.event if kind == "track" else event.name) or ""
    fault = _fault_of_event(event, kind, name)
    if fault is not None:
        return fault
    is_compact = opened.is_compact
    try:
        properties = parse.compact(event.properties, is_compact=is_compact)
        traits = parse.compact(event.traits, is_compact=is_compact)
        context, seen = _context(event.context, reading.defaults.context, is_compact=is_compact)
    except ValueError:  # msgspec.ValidationError is one too
        return Fault(RefusalReason.BAD_ENVELOPE, "properties, traits and context are objects")
    if seen.consent is not None and _is_refused(seen.consent, name):
        return parse.discarded_line(stamp)
    user_id = None if event.userId is None else _text(event.userId)
    anonymous_id = _text(event.anonymousId) or stamp.anonymous_id
    if user_id is None and anonymous_id is None:
        anonymous_id = _minted(reading)
        if anonymous_id is None:
            return Fault(RefusalReason.MISSING_IDENTIFIER, "neither userId nor anonymousId")
    said_at = event.timestamp if event.timestamp is not None else event.originalTimestamp
    happened = parse.instant(said_at)
    agent = seen.userAgent
    line = Line(
        v=ENVELOPE_VERSION,
        type=kind or "",
        source=stamp.source,
        brand=stamp.brand,
        received_at=stamp.received_at,
        trust=reading.trust,
        message_id=_text(event.messageId) or _derived_id(reading, text),
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        timestamp=happened,
        sent_at=_sent_at(reading, event.sentAt),
        ip=_address(seen, stamp),
        user_agent=agent if isinstance(agent, str) and agent else stamp.user_agent,
        properties=properties,
        traits=traits,
        context=context,
    )
    unread = str(said_at) if happened is None and said_at is not None else None
    if unread is not None or reading.is_historical or event.groupId is not None or event.previousId is not None:
        line = _more_of(line, reading, event, unread)
    return consents.line_of(line) if kind == "track" and name in consents.NAMES else line


def _more_of(line: Line, reading: _Reading, event: _Event, unread: str | None) -> Line:
    """Add the fields that few lines have: a line is made in half the time where they are not even named."""
    return structs.replace(
        line,
        historical=reading.is_historical,
        group_id=_text(event.groupId),
        previous_id=_text(event.previousId),
        original_timestamp=unread,
    )


def _fault_of_event(event: _Event, kind: str | None, name: str) -> Fault | None:
    if kind == "track":
        if not name:
            return Fault(RefusalReason.MISSING_NAME, "a track event needs `event`")
        if name in RESERVED:
            return Fault(RefusalReason.NOT_ALLOWED, "this name is given by Comptoir alone")
    elif kind == "group":
        if _text(event.groupId) is None:
            return Fault(RefusalReason.MISSING_GROUP, "a group event needs `groupId`")
    elif kind == "alias":
        if _text(event.previousId) is None or _text(event.userId) is None:
            return Fault(RefusalReason.MISSING_PREVIOUS, "an alias event needs `previousId` and `userId`")
    elif kind in {"record", "control"}:
        return Fault(RefusalReason.NOT_ALLOWED, "this type is written by Comptoir alone")
    elif kind not in {"page", "screen", "identify"}:
        return Fault(RefusalReason.BAD_ENVELOPE, "no known `type`")
    return None


def _context(
    own: msgspec.Raw, below: dict[str, msgspec.Raw] | None, *, is_compact: bool
) -> tuple[msgspec.Raw, _Context]:
    """Lay the batch's context under the event's, read what we use of it, and take the address out of what is kept."""
    if below is not None:
        own = msgspec.Raw(msgspec.json.encode(below | (_parts(own) or {})))
    own = parse.compact(own, is_compact=is_compact)
    if own is NO_OBJECT:
        return NO_OBJECT, _NO_CONTEXT
    seen = _read_context(own)
    if seen.ip is not msgspec.UNSET:
        parts = _read_parts(own)
        parts.pop("ip", None)
        own = msgspec.Raw(msgspec.json.encode(parts))
    return own, seen


def _parts(context: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """Take a context apart by its keys; None where it says nothing."""
    return None if context is NO_OBJECT else _read_optional_parts(context) or None


def _is_refused(consent: Any, name: str) -> bool:
    """Tell whether a choice says no to what this lane is for; the news of a choice itself is always kept."""
    return tracking_choice(consent) is False and name not in CONSENT_CHANGES and name not in consents.NAMES


def _sent_at(reading: _Reading, said: str | float | None) -> int | None:
    """Read when an event was sent, or else its batch; the same text is read once."""
    if said is None:
        return reading.defaults.sent_at
    if said != reading.sent_text:
        reading.sent_text, reading.sent_at = said, parse.instant(said)
    return reading.sent_at


def _minted(reading: _Reading) -> str | None:
    """Give the one anonymous id made for this request, or None where the client may not be given one."""
    if reading.parsed.minted is None and reading.stamp.mint is not None:
        reading.parsed.minted = reading.stamp.mint()
    return reading.parsed.minted


def _derived_id(reading: _Reading, text: bytes) -> str:
    """
    Name an event after what it says and when it was sent, so that the same request sent again is the same event.

    Events of one request whose texts are equal are told apart by their number among themselves.
    """
    digest = blake2b(text, digest_size=16)
    digest.update(reading.defaults.sent_text.encode())
    twin = reading.twins.get(digest.digest(), 0)
    reading.twins[digest.digest()] = twin + 1
    return f"derived-{digest.hexdigest()}" + (f"-{twin}" if twin else "")


def _address(seen: _Context, stamp: Stamp) -> str | None:
    """Give the event's own address, truncated; else the connection's: behind a secret key that is but a server's."""
    if isinstance(seen.ip, str) and (own := parse.truncated(seen.ip)) is not None:
        return own
    return stamp.ip if stamp.trust is Trust.CLAIMED or seen.direct is True else None


def _text(value: str | int | None) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, int) else value if value.strip() else None
