"""Events that were kept aside, and how one is mended and made a line again, with its own time and its own trust."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from comptoir.clock import micros
from comptoir.collect.dialects.base import Dialect
from comptoir.collect.parse import Stamp
from comptoir.errors import ComptoirError
from comptoir.model.event import Line, RefusalReason, Trust, Type
from comptoir.model.event import decode as decode_line

REPAIR_BYTES = 1 << 20
"""A mended event may be larger than the door takes: somebody looked at it."""


class NotMendable(ComptoirError, ValueError):
    """This refused event is still not one that can be taken."""

    code, status = "not_mendable", 422
    hint = "Look at it with `comptoir failed show ID`, then correct it with `comptoir failed repair ID --with FILE`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """
    A refused event as the warehouse keeps it.

    `line` is its canonical line where it had become one; `raw` the bytes as they came where it had not.
    """

    failed_id: str
    source: str
    brand: str
    trust: Trust
    """As the door decided it: a mended event is believed no more and no less."""
    reason: RefusalReason
    detail: str | None
    message_id: str | None
    line: str | None
    raw: bytes | None
    dialect: str
    """Who read it, and reads it again."""
    route: str
    """What that dialect calls the address it came to."""
    import_id: str | None
    row_number: int | None
    received_at: datetime

    @property
    def body(self) -> bytes:
        """Give what there is of the event: its line, or the bytes that came."""
        return self.line.encode() if self.line is not None else (self.raw or b"")


_READ = frozenset({"raw", "reason", "trust", "received_at", "dialect", "route"})
_FIRST_DIALECT, _FIRST_ROUTE = "segment", "track"
"""Of events refused before Comptoir kept these."""


def from_row(row: Mapping[str, object]) -> Failed:
    """Read a row of `failed`."""
    raw, received = row["raw"], row["received_at"]
    assert isinstance(received, datetime)
    known = {name: row[name] for name in Failed.__dataclass_fields__ if name not in _READ}
    return Failed(
        raw=None if raw is None else base64.b64decode(str(raw)),
        received_at=received.replace(tzinfo=UTC),
        dialect=str(row["dialect"] or _FIRST_DIALECT),
        route=str(row["route"] or _FIRST_ROUTE),
        trust=Trust(str(row["trust"])),
        reason=RefusalReason(str(row["reason"])),
        **known,  # type: ignore[arg-type]
    )


def set_fields(body: bytes, changes: Mapping[str, str]) -> bytes:
    """
    Set fields of an event by dotted path, each to a JSON text; what is not touched keeps its exact text.

    Raises: NotMendable where the body is no JSON object, or a value no JSON.
    """
    for path, value in changes.items():
        try:
            body = _set(body, path.split("."), value.encode())
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise NotMendable(path=path, problem=str(error)) from error
    return body


def _set(body: bytes, path: list[str], value: bytes) -> bytes:
    said = msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw])
    if len(path) == 1:
        msgspec.json.decode(value)
        said[path[0]] = msgspec.Raw(value)
    else:
        said[path[0]] = msgspec.Raw(_set(bytes(said.get(path[0], msgspec.Raw(b"{}"))), path[1:], value))
    return msgspec.json.format(msgspec.json.encode(said), indent=-1)


def spot(text: str, detail: str) -> tuple[int, int] | None:
    """
    Find where in an event's text the fault lies that `detail` tells of; None where it names no place.

    Units:  the place's first character, and the one after its last.
    """
    if found := _BYTE.search(detail):
        start = len(text.encode()[: int(found[1])].decode("utf-8", "ignore"))
        return (start, start + 1) if start < len(text) else (max(0, len(text) - 1), len(text))
    named = _PATH.search(detail)
    place = None
    at = 0
    for key in _KEY.findall(named[0]) if named else ():
        at = text.find(f'"{key}"', at)
        if at < 0:
            break
        named_to = at + len(key) + 2
        value = _VALUE.match(text, named_to)
        place = (at, value.end() if value else named_to)
    quoted = _QUOTED.search(detail)
    said = quoted[1] if quoted else detail
    if place is None and said and (at := text.find(said)) >= 0:
        place = (at, at + len(said))
    return place


_BYTE = re.compile(r"\(byte (\d+)\)")
_PATH = re.compile(r"\$(?:\.\w+|\[[^\]]*\])+|\b\w+(?:\.\w+)+|`\w+`")
_VALUE = re.compile(r'\s*:\s*(?:"(?:[^"\\]|\\.)*"|[^\s",\[\]{}]+)')
_KEY = re.compile(r"[A-Za-z_]\w*")
_QUOTED = re.compile(r"['\u2018\u201c\u00ab]([^'\u2019\u201d\u00bb]{1,100})['\u2019\u201d\u00bb]")


def again(one: Failed, mended: bytes | None, dialect: Dialect) -> list[Line]:
    """
    Make the lines that send an event in again: one as a rule, as many as its dialect makes of it.

    Its time of receipt stays the first one, so that its own time is corrected as it would have been.

    Raises: NotMendable where what there is still cannot be taken.
    """
    body = one.body if mended is None else mended
    if one.line is not None:
        return [_read_line(one, body)]
    stamp = Stamp(
        source=one.source,
        brand=one.brand,
        trust=one.trust,
        received_at=micros(one.received_at),
        event_bytes=REPAIR_BYTES,
        historical=one.import_id is not None,
    )
    opened = dialect.reopen(one.route, body)
    parsed = dialect.read(opened, stamp)
    if parsed.refusals or not parsed.lines or len(opened.events) != 1:
        fault = parsed.refusals[0].fault if parsed.refusals else opened.fault
        raise NotMendable(failed_id=one.failed_id, problem=fault.detail if fault else "it is not one event")
    return parsed.lines


def _read_line(one: Failed, body: bytes) -> Line:
    try:
        line = decode_line(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotMendable(failed_id=one.failed_id, problem=str(error)) from error
    if line.type in {Type.REFUSED, Type.DISCARDED}:
        raise NotMendable(failed_id=one.failed_id, problem=f"type {line.type!r}")
    return line
