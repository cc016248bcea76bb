"""The lines that public pages write: what somebody did through a signed link, as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from comptoir.ids import uuid7
from comptoir.messaging.links import Answer, Link
from comptoir.model.event import ENVELOPE_VERSION, MESSAGE_ANSWERED, Control, Line, Trust, Type

SOURCE = "comptoir"
"""The source of lines that Comptoir's own addresses write."""
MOST_WORDS = 2_000
"""Characters of a free text that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks, as far as a request says it. The address is truncated."""

    now_micros: int
    method: str
    ip: str | None
    user_agent: str
    anonymous_id: str | None = None


def clicked(link: Link, by: Visitor) -> Line:
    """Write the line of a click, as it came: whether a robot or a person clicked is judged later."""
    said = {"message_id": link.message_id, "kind": "clicked", "link": link.target, "detail": by.method}
    return _line(Type.CONTROL, Control.MESSAGE_CLICKED, link, by, said, anonymous_id=by.anonymous_id)


def unsubscribed(link: Link, by: Visitor, *, way: str) -> Line:
    """Write the line of an unsubscription. Source: RFC 8058 for the one-click call."""
    return _line(Type.CONTROL, Control.UNSUBSCRIBED, link, by, {"message_id": link.message_id, "way": way})


def confirmed(link: Link, by: Visitor) -> Line:
    """Write the line of the button of a double opt-in."""
    return _line(Type.CONTROL, Control.CONSENT_CONFIRMED, link, by, {"message_id": link.message_id})


def chose(link: Link, by: Visitor, choices: Sequence[Mapping[str, Any]]) -> Line:
    """Write the line of a saved preference page."""
    said = {"message_id": link.message_id, "choices": list(choices)}
    return _line(Type.CONTROL, Control.PREFERENCES_CHANGED, link, by, said)


def paused(link: Link, by: Visitor, until: int) -> Line:
    """Write the line of a pause, or (`until` 0) of its end. Units: `until` in microseconds since 1970, UTC."""
    return _line(Type.CONTROL, Control.PAUSED, link, by, {"message_id": link.message_id, "until": until})


def corrected(link: Link, by: Visitor, answer: str) -> Line:
    """Write the line of an answer to "is this still right?"; what was proposed, our own ledger knows."""
    return _line(Type.CONTROL, Control.CORRECTION_ANSWERED, link, by, {"message_id": link.message_id, "answer": answer})


def opened(link: Link, by: Visitor) -> Line:
    """Write the line of a fetched pixel, as it came: whether it may be noticed, and who fetched it, is judged later."""
    return _line(Type.CONTROL, Control.MESSAGE_OPENED, link, by, {"message_id": link.message_id})


def answered(link: Link, by: Visitor, answer: Answer, *, text: str = "") -> Line:
    """Write the event of a one-click answer; whose it is, our own ledger knows."""
    said = {"message_id": link.message_id, "question": answer.question, "answer": answer.value, "way": by.method}
    if text:
        said["text"] = text[:MOST_WORDS]
    return _line(Type.TRACK, MESSAGE_ANSWERED, link, by, said)


def _line(
    kind: Type, name: str, link: Link, by: Visitor, said: Mapping[str, Any], *, anonymous_id: str | None = None
) -> Line:
    return Line(
        v=ENVELOPE_VERSION,
        type=kind.value,
        source=SOURCE,
        brand=link.brand,
        received_at=by.now_micros,
        trust=Trust.CONFIRMED.value,
        dialect=SOURCE,
        message_id=str(uuid7(by.now_micros)),
        name=str(name),
        anonymous_id=anonymous_id,
        ip=by.ip,
        user_agent=by.user_agent or None,
        properties=msgspec.Raw(msgspec.json.encode(said)),
    )
