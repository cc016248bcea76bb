"""The one strict parse: what JSON, instants and addresses we take, and with which reason the rest is refused."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

import msgspec

from comptoir.clock import EPOCH, micros
from comptoir.collect import addresses
from comptoir.model.event import ENVELOPE_VERSION, Line, RefusalReason, Trust, Type

DEPTH_LIMIT = 64
KEY_LIMIT = 2_000
NO_OBJECT = msgspec.Raw(b"{}")

FEW_KEYS_BYTES = 4 * KEY_LIMIT
"""No shorter text holds too many keys: the shortest key and value are `"":0`."""
_OBJECT, _LIST = b"{["
_FIRST_MICROS = 0
_END_MICROS = micros(datetime(2200, 1, 1, tzinfo=UTC))
_SECONDS_BELOW = 100_000_000_000
"""A number of the epoch below this counts seconds (until the year 5138), else milliseconds (from 1973)."""
_MILLIS_DIGITS, _MICROS_DIGITS = 13, 16
"""Of a number of the epoch, in milliseconds (from 2001 to 2286) and in microseconds."""

_SECRET, _HIDDEN_SECRET = re.compile(rb"sk_[A-Za-z0-9_-]{20,}"), b"sk_hidden"
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(rb'%b|\{[^][{}"]*+(?:%b[^][{}"]*+)*+\}|[][{},]' % (_STRING, _STRING), re.DOTALL)
"""A string, a whole object without brackets in it, or a bracket or comma."""
_MOST_TOKENS = 60_000
"""Of a broken body; one of half a megabyte that any client made has fewer."""
_DIGITS = re.compile(r"[0-9]{10,16}")


def _shallow(levels: int) -> Any:
    """Give the type of all JSON with no more levels than these: to read it so takes no longer than to read any."""
    scalar = str | int | float | bool | None
    found: Any = scalar
    for _ in range(levels):
        found = scalar | list[found] | dict[str, found]
    return found


_decode = msgspec.json.decode
_encode = msgspec.json.encode
_decode_shallow = msgspec.json.Decoder(_shallow(8)).decode
_encode_lines = msgspec.json.Encoder().encode_lines

Said = TypeVar("Said")
"""What a text is read as."""


class Fault(NamedTuple):
    """Why a text cannot be taken."""

    reason: RefusalReason
    detail: str


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What the door knows of a request before it reads its events."""

    source: str
    brand: str
    trust: Trust
    received_at: int
    """Units: microseconds since 1970, UTC."""
    event_bytes: int
    anonymous_id: str | None = None
    """The browser's cookie, for events that name no `anonymousId`."""
    mint: Callable[[], str] | None = None
    """Makes an anonymous id for an event that names nobody; None where the client must say who it speaks of."""
    ip: str | None = None
    """Of the connection, truncated."""
    user_agent: str | None = None
    historical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One event that was not taken: its place in the request, why, and its bytes."""

    index: int
    fault: Fault
    raw: bytes
    message_id: str = ""
    name: str = ""


@dataclass(slots=True)
class Parsed:
    """What one request said: canonical lines in order (refused and discarded ones among them), and the refusals."""

    lines: list[Line] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    is_urgent: bool = False
    minted: str | None = None
    """The anonymous id that was made, for the browser to keep."""


def refused_line(stamp: Stamp, refusal: Refusal) -> Line:
    """
    Write the line that keeps a refused event, with its reason and its bytes: counted, and open to repair.

    Of the bytes, only the addresses are cut to their networks, as no whole one is kept anywhere; and a secret key is
    hidden, as people who mend events have no business with it.
    """
    raw = addresses.with_networks(refusal.raw)
    raw = _SECRET.sub(_HIDDEN_SECRET, raw) if b"sk_" in raw else raw
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.REFUSED.value,
        source=stamp.source,
        brand=stamp.brand,
        received_at=stamp.received_at,
        trust=stamp.trust.value,
        historical=stamp.historical,
        message_id=refusal.message_id,
        name=refusal.name,
        reason=refusal.fault.reason.value,
        detail=refusal.fault.detail,
        raw=b64encode(raw).decode("ascii"),
    )


def discarded_line(stamp: Stamp) -> Line:
    """Write the line that counts an event whose consent was refused; nothing of the event is in it."""
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.DISCARDED.value,
        source=stamp.source,
        brand=stamp.brand,
        received_at=stamp.received_at,
        trust=stamp.trust.value,
        historical=stamp.historical,
    )


def compact(raw: msgspec.Raw, *, is_compact: bool = False) -> msgspec.Raw:
    """
    Remove white space outside strings, if there is any; numbers stay as they were written.

    Raises: ValueError for no object.
    """
    if raw is NO_OBJECT:
        return raw
    text = bytes(raw) if is_compact else msgspec.json.format(raw, indent=-1)
    if text[0] == _OBJECT:
        return raw if is_compact else msgspec.Raw(text)
    if text == b"null":
        return NO_OBJECT
    raise ValueError


def fault(text: bytes) -> Fault | None:
    """
    Tell why a text is no JSON that every reader understands alike, or None if it is.

    Objects and lists may be nested 64 deep, objects may hold 2,000 keys in all; see `RefusalReason` for the rest.
    """
    try:
        again = _encode(_decode(text))
        if again != text and _names_a_key_twice(text, again):
            return Fault(RefusalReason.DUPLICATE_KEY, "an object names the same key twice")
    except UnicodeDecodeError as error:
        return Fault(RefusalReason.BAD_JSON, f"invalid UTF-8: {error.reason}")
    except RecursionError:
        return Fault(RefusalReason.TOO_DEEP, f"nested deeper than {DEPTH_LIMIT}")
    except msgspec.ValidationError as error:
        return Fault(RefusalReason.NUMBER_OUT_OF_RANGE, str(error))
    except msgspec.DecodeError as error:
        if _has_half_pair(text):
            return Fault(RefusalReason.LONE_SURROGATE, "half of a UTF-16 pair")
        return Fault(RefusalReason.BAD_JSON, str(error))
    return beyond_limits(text)


class Look(NamedTuple):
    """What one look at a whole body found."""

    is_sound: bool
    """It has no fault, but for the limits that count for each event: `beyond_limits`."""
    is_compact: bool
    """It is written just as we would write it."""
    is_shallow: bool = False
    """It is sound, and no part of it can be nested too deep."""
    value: Any = None
    """What it says, if it is compact: numbers that are not whole are floats, but are written with the same digits."""


def look(text: bytes) -> Look:
    """
    Look at a whole body, quickly.

    What is the same after it was read and written again named no key twice and has no white space to remove: so for
    what browsers send, one comparison answers both. Nearly all is shallow: that is found while it is read.
    """
    try:
        value, is_shallow = _decode_shallow(text), True
    except msgspec.ValidationError:
        value, is_shallow = msgspec.UNSET, False
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNSOUND
    try:
        value = _decode(text) if value is msgspec.UNSET else value
        again = _encode(value)
        if again == text:
            return Look(is_sound=True, is_compact=True, is_shallow=is_shallow, value=value)
        is_sound = not _names_a_key_twice(text, again)
        return Look(is_sound=is_sound, is_compact=False, is_shallow=is_shallow and is_sound)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _UNSOUND


_UNSOUND = Look(is_sound=False, is_compact=False)


def compact_value(text: bytes, read: Callable[[bytes], Said]) -> Said | None:
    """Read a text that is sound and written just as we would write it; None for any other: `fault` tells more."""
    try:
        value = read(text)
        return value if _encode(value) == text else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def compact_values(texts: Sequence[bytes], read_lines: Callable[[bytes], list[Said]]) -> list[Said] | None:
    """
    Read several texts as `compact_value` reads one, in one go; None where any of them is written otherwise.

    What we write has no newline in it. So where they are, one below the other, what we would write of as many values,
    each newline stands between two values, and none inside a text.
    """
    lines = b"\n".join([*texts, b""])
    try:
        values = read_lines(lines)
        return values if len(values) == len(texts) and _encode_lines(values) == lines else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def has_few_keys(text: bytes) -> bool:
    """Say that a text, and so each part of it, holds not too many keys; a quick look may miss that it does not."""
    return len(text) < FEW_KEYS_BYTES or text.count(b":") <= KEY_LIMIT


def beyond_limits(text: bytes) -> Fault | None:
    """Tell whether a sound text is nested too deep or holds too many keys."""
    # Brackets and colons inside strings only make these counts larger, so most events pass without a closer look.
    lists = text.count(b"[") if _LIST in text else 0  # to look for one is ten times as quick as to count
    if text.count(b"{") + lists <= DEPTH_LIMIT and has_few_keys(text):
        return None
    value = _decode(text)
    if _depth(value) > DEPTH_LIMIT:
        return Fault(RefusalReason.TOO_DEEP, f"nested deeper than {DEPTH_LIMIT}")
    if sum(len(one) for one in _objects(value)) > KEY_LIMIT:
        return Fault(RefusalReason.TOO_MANY_KEYS, f"more than {KEY_LIMIT} keys")
    return None


def fault_after(look: Look, text: bytes) -> Fault | None:
    """Tell why an event's text cannot be taken, after a look at it."""
    if look.is_shallow and has_few_keys(text):
        return None
    return beyond_limits(text) if look.is_sound else fault(text)


def members(text: bytes, key: str) -> tuple[list[bytes], bytes] | None:
    """
    Cut the list under `key` of an object into its members' texts, by brackets and strings alone; give the rest too.

    For a body that as a whole is no JSON, so that one poisoned event does not cost its neighbours. None where the
    brackets do not match, or the list is not there; nor where a body is little but brackets and commas: the door would
    look at nothing else meanwhile.
    """
    wanted = b'"' + key.encode() + b'"'
    stack = bytearray()
    found: list[bytes] = []
    begin = start = end = -1
    name = b""
    for number, token in enumerate(_TOKEN.finditer(text)):
        if number > _MOST_TOKENS:
            return None
        mark = token.group()
        if mark in b"[{":
            stack += mark
            if len(stack) == 2 and mark == b"[" and name == wanted and begin < 0:  # the list is inside the object
                begin = start = token.end()
        elif mark in b"]}" and (not stack or stack.pop() + 2 != mark[0]):  # a bracket closes with its own code and two
            return None
        is_last = end < 0 <= begin and mark == b"]" and len(stack) == 1
        if is_last or (mark == b"," and end < 0 <= begin and len(stack) == 2):
            found.append(text[start : token.start()].strip())
            start = token.end()
            end = token.start() if is_last else end
        name = mark if len(stack) == 1 else b""
    if stack or end < 0:
        return None
    return [one for one in found if one], text[:begin] + text[end:]


def text_field(text: bytes, key: str) -> str | None:
    """Look for a plain text under `key` in a text that is no JSON: enough to find who sent it."""
    found = re.search(rb'"' + re.escape(key.encode()) + rb'"\s*:\s*"([\x20-\x21\x23-\x5b\x5d-\x7e]*)"', text)
    return found.group(1).decode("ascii") if found else None


def instant(value: str | float | None) -> int | None:
    """
    Read an instant: ISO 8601 in its variants (no zone means UTC), or a number of the epoch (seconds or milliseconds).

    None where it cannot be read, or lies outside 1970 to 2200.

    Units: microseconds since 1970, UTC.
    """
    if isinstance(value, str):
        if len(value) == _MILLIS_DIGITS and value.isdecimal() and value.isascii() and value[0] != "0":
            at: int | None = int(value) * 1_000
        else:
            at = _instant_of_text(value)
    elif value is None:
        return None
    else:
        at = _instant_of_number(value)
    return at if at is not None and _FIRST_MICROS <= at < _END_MICROS else None


def _names_a_key_twice(text: bytes, again: bytes) -> bool:
    """
    Tell whether an object names a key twice. Shape: `again` is the text, read and written again.

    Decoding keeps one of the two pairs, so `again` has lost at least one colon: a count tells, unless a colon may be
    written as an escape, or a number is written without one.
    """
    if rb"\u003" not in text and again.count(b":") == text.count(b":"):
        return False
    found = False

    def pairs(of_object: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal found
        one = dict(of_object)
        found |= len(one) != len(of_object)
        return one

    # Numbers stay text: only keys are asked for, and Python would refuse integers beyond 4,300 digits.
    json.loads(text, object_pairs_hook=pairs, parse_int=str, parse_float=str)
    return found


def _has_half_pair(text: bytes) -> bool:
    if not _HALF_PAIR.search(text):
        return False
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def _depth(value: object) -> int:
    """Count levels, breadth first: no recursion for a text to exhaust."""
    level = [value]
    depth = 0
    while level := [one for one in level if isinstance(one, (dict, list))]:
        depth += 1
        level = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
    return depth


def _objects(value: object) -> Iterator[dict[str, object]]:
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            yield one
            rest.extend(one.values())
        elif isinstance(one, list):
            rest.extend(one)


def _instant_of_text(text: str) -> int | None:
    if len(text) <= _MICROS_DIGITS and _DIGITS.fullmatch(text):
        return int(text) if len(text) == _MICROS_DIGITS else _instant_of_number(int(text))
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def _instant_of_number(number: float) -> int | None:
    scale = 1_000_000 if abs(number) < _SECONDS_BELOW else 1_000
    try:
        return round(number * scale)
    except (OverflowError, ValueError):
        return None
