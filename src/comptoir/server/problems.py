"""Errors over HTTP: every one is JSON with `code`, `message`, `detail` (SDKs read these) and a hint."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field

import msgspec

from comptoir.collect.parse import Fault
from comptoir.errors import ComptoirError

RETRY_SECONDS = 1

Headers = list[tuple[bytes, bytes]]

JSON: Headers = [(b"content-type", b"application/json")]


class UnknownKey(ComptoirError, LookupError):
    """The request has no key that is known here."""

    code, status = "unknown_key", 401
    hint = "Send a write key or a secret key of a source: `comptoir source list` shows them."


class SourceDisabled(ComptoirError):
    """The source of this key is closed, or the key has expired."""

    code, status = "source_disabled", 403
    hint = "Open it again with `comptoir source enable NAME`, or use a newer key."


class OriginNotAllowed(ComptoirError):
    """This key may not be used from pages of this origin."""

    code, status = "origin_not_allowed", 403
    hint = "Add the origin to the source, or use that site's own key."


class TooManyEvents(ComptoirError):
    """This source sends more events than its limit."""

    code, status = "too_many_events", 429
    hint = "Wait as long as Retry-After says, then send again."

    def __init__(self, *, retry_seconds: int) -> None:
        self.retry_seconds = retry_seconds
        super().__init__(retry_seconds=retry_seconds)


class NetworkTooFast(TooManyEvents):
    """One network sends more events with this public key than a network may."""

    code, status = "network_too_fast", 429
    hint = "Wait as long as Retry-After says, then send again; a server sends with its source's secret key."


class BodyTooLarge(ComptoirError):
    """The body is larger than the door takes."""

    code, status = "body_too_large", 413
    hint = "Send smaller batches: 500 KB and 2,500 events at most, unless configured."


class TooMuchHalfSent(ComptoirError):
    """Too many requests are half sent at this moment."""

    code, status = "too_much_half_sent", 503
    hint = "Send it again in a few seconds: what is whole is always taken."


class EncodingNotSupported(ComptoirError):
    """The body is compressed in a way the door does not read."""

    code, status = "encoding_not_supported", 415
    hint = "Send gzip, deflate or plain JSON."


class NoSuchPage(ComptoirError, LookupError):
    """Nothing is here."""

    code, status = "not_found", 404
    hint = "See docs/reference/http.md for what the door answers."


class MethodNotAllowed(ComptoirError):
    """This address does not take this method."""

    code, status = "method_not_allowed", 405
    hint = "Send events with POST."


class EventRefused(ComptoirError, ValueError):
    """The event was refused; it is kept with its reason and can be repaired."""

    status = 400
    hint = "docs/reference/refusals.md explains every reason."

    def __init__(self, fault: Fault) -> None:
        self.code = fault.reason.value
        super().__init__(reason=fault.reason.value, detail=fault.detail)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, whole."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


OK = Answer(200, b'{"success": true, "status": "Ok"}', JSON)
"""All is well, in the words that Segment's SDKs read."""


def body_of(error: ComptoirError) -> dict[str, object]:
    """Give the members of a problem: what happened, what exactly, what to do."""
    detail = ", ".join(f"{name}: {value}" for name, value in error.facts.items())
    said = (inspect.getdoc(type(error)) or "").partition("\n")[0]
    return {
        "success": False,
        "code": error.code,
        "message": said,
        "detail": detail or said,
        "hint": error.hint,
        "status": error.status,
    }


def answer(error: ComptoirError) -> Answer:
    """Turn an error into a response; where trying again helps, it says when."""
    headers = list(JSON)
    if error.status in {429, 503}:
        headers.append((b"retry-after", str(getattr(error, "retry_seconds", RETRY_SECONDS)).encode()))
        headers.append((b"access-control-expose-headers", b"retry-after"))  # else a page's script cannot read it
    return Answer(error.status, msgspec.json.encode(body_of(error)), headers)
