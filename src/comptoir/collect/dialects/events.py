"""
What every dialect makes of its client's events, and the one judge of all: an `Event` becomes a line or a fault.

So limits, trust, reserved names, consent and refusals are the same whoever speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, final

import msgspec
from msgspec import structs

from comptoir.collect import addresses, consents, parse
from comptoir.collect.dialects.base import Opened
from comptoir.collect.parse import NO_OBJECT, Fault, Parsed, Refusal, Stamp
from comptoir.model.consent import CONSENT_CHANGES, tracking_choice
from comptoir.model.event import ENVELOPE_VERSION, MESSAGE_ANSWERED, Control, Line, Record, RefusalReason, Trust

RESERVED = frozenset(
    {*(name.value for name in Record), *(name.value for name in Control), MESSAGE_ANSWERED} - consents.NAMES
)
"""Names only Comptoir itself gives: as a track event they would pass for imported rows or control lines."""

URGENT = CONSENT_CHANGES | {"Order Completed", "Order Updated", "Order Cancelled", "Order Refunded", "Order Returned"}
"""Events that can forbid a message that is about to leave."""


@final
class Event(msgspec.Struct, gc=False):
    """
    One event, in the words of the Segment spec; the names are the wire's.

    A dialect whose client says a thing in another place puts it where it stands here: the browser's own address of the
    page under `context.page`, its name under `context.userAgent`, its IP address under `context.ip`.
    """

    type: str | None = None
    event: str | int | None = None
    name: str | int | None = None
    userId: str | int | None = None  # noqa: N815 (the wire's name)
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
    traits: msgspec.Raw = NO_OBJECT


class _Seen(msgspec.Struct, gc=False):
    """What an event's line takes of its context."""

    kept: msgspec.Raw
    ip: str | None
    user_agent: str | None
    consent: Any
    traits: msgspec.Raw


_read_context = msgspec.json.Decoder(_Context).decode
_read_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_optional_parts = msgspec.json.Decoder(dict[str, msgspec.Raw] | None).decode
_NO_CONTEXT = _Context()
(_OBJECT,) = b"{"
_CLAIMED = Trust.CLAIMED  # to ask an enumeration for a member takes as long as a look into a context

Translate = Callable[[Any], Event | Sequence[Event] | Fault]
"""Says what one client's event, by its text or as it was read, is in our words: one or several, or why it is none."""


class Writing(msgspec.Struct, gc=False):
    """One request while its events are judged and written."""

    dialect: str
    opened: Opened
    stamp: Stamp
    context: Mapping[str, msgspec.Raw] | None = None
    """What the request says for all its events, below each one's own."""
    sent_at: int | None = None
    sent_said: str = ""
    """When the request was sent, as its client wrote it: part of the names of events that have none."""
    parsed: Parsed = msgspec.field(default_factory=Parsed)
    twins: dict[str, int] = {}
    """How often each text without message id came in this request, by the id that it gets."""
    last_said: str | float | None = None
    last_sent: int | None = None
    """The last `sentAt` and its instant: as a rule all events of a request say the same."""
    last_context: msgspec.Raw | None = None
    last_seen: _Seen | None = None
    """The last context, and what was taken of it: as a rule all events of one page say the same."""
    last_index: int = -1
    last_name: str = ""
    """The last event that was given a name, and that name without the number of twins."""
    bare: Line = Line(v=ENVELOPE_VERSION, type="", source="", brand="", received_at=0)
    """What all lines of the request have; to fill a copy takes a third of the time of a line from nothing."""


def raw(value: object) -> msgspec.Raw:
    """Write a value as JSON, for a part of an `Event`."""
    return msgspec.Raw(msgspec.json.encode(value))


def parts(said: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """Take an object apart by its keys; None where it says nothing. Raises: msgspec.ValidationError."""
    return None if said is NO_OBJECT else _read_optional_parts(said) or None


def read(writing: Writing, translate: Translate) -> Parsed:
    """Read every event of a request by what its dialect makes of each."""
    opened = writing.opened
    writing.bare = _bare(writing.dialect, writing.stamp)
    if opened.fault is not None:
        refuse(writing, 0, opened.fault)
        return writing.parsed
    is_within = opened.is_within and len(opened.body) <= writing.stamp.event_bytes
    for index, given in enumerate(opened.events):
        one = given if opened.is_read else bytes(given)
        fault = None if is_within else fault_of_text(writing, opened.text_of(index) if opened.is_read else one)
        if fault is not None:
            refuse(writing, index, fault)
            continue
        try:
            said = translate(one)
        except msgspec.ValidationError as error:
            said = Fault(RefusalReason.BAD_ENVELOPE, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # of JSON inside a query
            said = Fault(RefusalReason.BAD_JSON, str(error))
        if isinstance(said, Fault):
            refuse(writing, index, said)
        elif type(said) is Event:  # to ask `isinstance` of a struct is six times as slow
            line = _line(writing, said, index)
            if isinstance(line, Fault):
                refuse(writing, index, line, said)
            else:
                _keep(writing, line)
        else:
            _take_all(writing, index, said)
    if writing.parsed.minted is not None:
        _name_browser(writing.parsed)
    return writing.parsed


def _name_browser(parsed: Parsed) -> None:
    """
    Let events that name an account alone be of the browser whose id was made for those beside them.

    A visitor who signs in before the first answer has come says both in one request: without this, the account would
    never be joined to what the browser did.
    """
    parsed.lines[:] = [
        structs.replace(line, anonymous_id=parsed.minted)
        if line.anonymous_id is None and line.user_id is not None
        else line
        for line in parsed.lines
    ]


def _take_all(writing: Writing, index: int, said: Sequence[Event]) -> None:
    """Write what one client's event became; where one part of it is refused, all of it is."""
    lines: list[Line] = []
    for event in said:
        line = _line(writing, event, index)
        if isinstance(line, Fault):
            refuse(writing, index, line, event)
            return
        lines.append(line)
    for line in lines:
        _keep(writing, line)


def _keep(writing: Writing, line: Line) -> None:
    parsed = writing.parsed
    parsed.lines.append(line)
    if (line.type == "control" or (line.name in URGENT and line.type == "track")) and not writing.stamp.historical:
        parsed.is_urgent = True


def refuse(writing: Writing, index: int, fault: Fault, event: Event | None = None) -> None:
    """Keep one client's event aside with its own bytes, for a look and another try; or all that came, unread."""
    said = Event() if event is None else event
    text = writing.opened.body if writing.opened.fault is not None else writing.opened.text_of(index)
    refusal = Refusal(
        index=index, fault=fault, raw=text, message_id=_text(said.messageId) or "", name=_text(said.event) or ""
    )
    writing.parsed.refusals.append(refusal)
    line = parse.refused_line(writing.stamp, refusal)
    writing.parsed.lines.append(structs.replace(line, dialect=writing.dialect, route=writing.opened.route))


def fault_of_text(writing: Writing, text: bytes) -> Fault | None:
    """Tell why an event's text cannot be taken, before anybody reads it."""
    opened, most = writing.opened, writing.stamp.event_bytes
    if len(text) > most:
        return Fault(RefusalReason.EVENT_TOO_LARGE, f"{len(text)} bytes, at most {most}")
    if opened.is_single or opened.is_query or opened.is_within:
        return None  # the body was the event, and is checked
    if opened.is_shallow and len(text) < parse.FEW_KEYS_BYTES:
        return None
    return parse.beyond_limits(text) if opened.is_sound else parse.fault(text)


def _bare(dialect: str, stamp: Stamp) -> Line:
    return Line(
        v=ENVELOPE_VERSION,
        type="",
        source=stamp.source,
        brand=stamp.brand,
        received_at=stamp.received_at,
        trust=stamp.trust.value,
        dialect=dialect,
        historical=stamp.historical,
    )


def _line(writing: Writing, event: Event, index: int) -> Line | Fault:
    """Write the canonical line of an event, or say why there is none."""
    stamp, kind = writing.stamp, event.type
    name = _text(event.event if kind == "track" else event.name) or ""
    fault = _fault_of_event(event, kind, name)
    if fault is not None:
        return fault
    is_compact = writing.opened.is_compact
    try:
        properties, traits = event.properties, event.traits
        if properties is not NO_OBJECT:
            properties = _kept(properties, is_compact=is_compact)
        if traits is not NO_OBJECT:
            traits = parse.compact(traits, is_compact=is_compact)
        seen = _seen(writing, event.context)
        if kind == "identify" and seen.traits is not NO_OBJECT and len(traits) == len(NO_OBJECT):
            traits = parse.compact(seen.traits, is_compact=True)  # there a browser of RudderStack keeps them
    except ValueError:  # msgspec.ValidationError is one too
        return Fault(RefusalReason.BAD_ENVELOPE, "properties, traits and context are objects")
    if seen.consent is not None and _is_refused(seen.consent, name):
        return parse.discarded_line(stamp)
    user_id = None if event.userId is None else _text(event.userId)
    anonymous_id = _text(event.anonymousId) or stamp.anonymous_id
    if user_id is None and anonymous_id is None:
        anonymous_id = _minted(writing)
        if anonymous_id is None:
            return Fault(RefusalReason.MISSING_IDENTIFIER, "neither userId nor anonymousId")
    said_at = event.timestamp if event.timestamp is not None else event.originalTimestamp
    happened = None if said_at is None else parse.instant(said_at)
    line = structs.replace(
        writing.bare,
        type=kind,
        message_id=_text(event.messageId) or _derived_id(writing, index),
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        timestamp=happened,
        sent_at=writing.sent_at if event.sentAt is None else _sent_at(writing, event.sentAt),
        ip=seen.ip,
        user_agent=seen.user_agent,
        properties=properties,
        context=seen.kept,
    )
    unread = str(said_at) if happened is None and said_at is not None else None
    is_rare = event.groupId is not None or event.previousId is not None
    if is_rare or unread is not None or traits is not NO_OBJECT:
        line = structs.replace(
            line,
            traits=traits,
            group_id=_text(event.groupId),
            previous_id=_text(event.previousId),
            original_timestamp=unread,
        )
    return _consent(line, stamp) if kind == "track" and name in consents.NAMES else line


def _consent(line: Line, stamp: Stamp) -> Line | Fault:
    """
    Write what an event says of consent.

    A public key's comes from where its connection does, whatever address it names: mails that ask are counted by it.
    """
    return consents.line_of(structs.replace(line, ip=stamp.ip) if stamp.trust is _CLAIMED else line)


def _kept(said: msgspec.Raw, *, is_compact: bool) -> msgspec.Raw:
    """Give what is kept of properties: compact, and without what is somebody's in addresses. Raises: ValueError."""
    text = bytes(said)
    if is_compact and text[0] == _OBJECT and addresses.is_plain(text):  # as a rule
        return said
    return addresses.without_personal(parse.compact(said, is_compact=is_compact))


def _fault_of_event(event: Event, kind: str | None, name: str) -> Fault | None:
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


def _seen(writing: Writing, own: msgspec.Raw) -> _Seen:
    """Give what a line takes of a context; of one that came just before, what was taken then."""
    seen = writing.last_seen
    if seen is not None and (own is writing.last_context or own == writing.last_context):
        return seen
    stamp = writing.stamp
    context, found = _context(own, writing.context, is_compact=writing.opened.is_compact)
    agent = found.userAgent
    seen = writing.last_seen = _Seen(
        kept=addresses.without_personal(context),
        ip=_address(found, stamp),
        user_agent=agent if isinstance(agent, str) and agent else stamp.user_agent,
        consent=found.consent,
        traits=found.traits,
    )
    writing.last_context = own
    return seen


def _context(
    own: msgspec.Raw, below: Mapping[str, msgspec.Raw] | None, *, is_compact: bool
) -> tuple[msgspec.Raw, _Context]:
    """Lay the batch's context under the event's, read what we use of it, and take the address out of what is kept."""
    if below is not None:
        own = msgspec.Raw(msgspec.json.encode({**below, **(parts(own) or {})}))
    own = parse.compact(own, is_compact=is_compact)
    if own is NO_OBJECT:
        return NO_OBJECT, _NO_CONTEXT
    seen = _read_context(own)
    if seen.ip is not msgspec.UNSET:
        kept = _read_parts(own)
        kept.pop("ip", None)
        own = msgspec.Raw(msgspec.json.encode(kept))
    return own, seen


def _is_refused(consent: Any, name: str) -> bool:
    """Tell whether a choice says no to what this lane is for; the news of a choice itself is always kept."""
    return tracking_choice(consent) is False and name not in CONSENT_CHANGES and name not in consents.NAMES


def _sent_at(writing: Writing, said: str | float) -> int | None:
    """Read when an event was sent; the same text is read once."""
    if said != writing.last_said:
        writing.last_said, writing.last_sent = said, parse.instant(said)
    return writing.last_sent


def _minted(writing: Writing) -> str | None:
    """Give the one anonymous id made for this request, or None where the client may not be given one."""
    if writing.parsed.minted is None and writing.stamp.mint is not None:
        writing.parsed.minted = writing.stamp.mint()
    return writing.parsed.minted


def _derived_id(writing: Writing, index: int) -> str:
    """
    Name an event after what it says and when it was sent, so that the same request sent again is the same event.

    Events of one request whose texts are equal are told apart by their number among themselves.
    """
    if index != writing.last_index:
        text = writing.opened.text_of(index)
        digest = blake2b(text + writing.sent_said.encode(), digest_size=16).hexdigest()
        writing.last_index, writing.last_name = index, "derived-" + digest
    name = writing.last_name
    twin = writing.twins.get(name, 0)
    writing.twins[name] = twin + 1
    return f"{name}-{twin}" if twin else name


def _address(seen: _Context, stamp: Stamp) -> str | None:
    """Give the event's own address, truncated; else the connection's: behind a secret key that is but a server's."""
    if isinstance(seen.ip, str) and (own := addresses.truncated(seen.ip)) is not None:
        return own
    return stamp.ip if stamp.trust is _CLAIMED or seen.direct is True else None


def _text(value: str | int | None) -> str | None:
    if value is None:
        return None
    return str(value) if isinstance(value, int) else value if value.strip() else None
