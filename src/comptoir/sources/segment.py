"""A site's own voice: rows of a stream become the messages that the Segment SDKs of a live shop would send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.ids import hash64
from comptoir.model.event import Type, decode
from comptoir.sources.intake import shape_file
from comptoir.sources.mapping import Mapping
from comptoir.sources.shape import Run

USER_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1 Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36",
)
BROWSER_LIBRARY = {"name": "analytics.js", "version": "npm:next-1.84.3"}
SERVER_LIBRARY = {"name": "analytics-python", "version": "2.4.0"}


class NotAStream(ComptoirError, ValueError):
    """Only a mapping of events can be replayed."""

    code, status = "not_a_stream", 400
    hint = "Bring in orders, products, contacts and consents with `comptoir import`."


class Speaker(StrEnum):
    """Who sends an event: the visitor's browser, with the write key, or the shop's server, with the secret key."""

    BROWSER = "browser"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One event of a stream, on its way to the door."""

    at: int
    """When it happens in the stream, in microseconds since 1970."""
    speaker: Speaker
    visitor: str
    """Whose events must arrive in order."""
    message: dict[str, Any]
    """The message, but for its `timestamp` and `sentAt`: those are known when it is sent."""


def hits(path: Path, mapping: Mapping, *, with_pages: bool = True) -> Iterator[Hit]:
    """
    Read a stream as the messages a live shop would send.

    The browser tells what is seen and put into the cart, with a page call where a session begins; orders are told by
    the server. A row says the same `messageId` in every run.

    Order:  as in the file, which must be by time.
    Raises: NotAStream where the mapping is of no events.
    """
    if mapping.kind.type is not Type.TRACK:
        raise NotAStream(kind=mapping.kind.name)
    run = Run(import_id="", source=mapping.source or "", brand="", now_micros=0)
    sessions: set[str] = set()
    for _, shaped in shape_file(path, mapping, run):
        for text in shaped.lines:
            line = decode(text)
            if line.type == Type.REFUSED or line.timestamp is None:
                continue
            properties = msgspec.json.decode(line.properties, type=dict[str, msgspec.Raw])
            context = msgspec.json.decode(line.context)
            visitor = line.anonymous_id or line.user_id or ""
            if line.name.startswith("Order "):
                yield _hit(line.timestamp, Speaker.SERVER, visitor, _order(line, properties))
                continue
            session = _session(visitor, properties, context)
            if with_pages and session not in sessions:
                sessions.add(session)
                yield _hit(line.timestamp, Speaker.BROWSER, visitor, _page(line, context))
            yield _hit(line.timestamp, Speaker.BROWSER, visitor, _seen(line, properties, context))


def user_agent(visitor: str) -> str:
    """Give a visitor the browser they always have."""
    return USER_AGENTS[hash64("agent", visitor) % len(USER_AGENTS)]


def browser_context(visitor: str, url: str, referrer: str = "") -> dict[str, Any]:
    """Give the context a browser's SDK adds to every message."""
    path = "/" + url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    search = url.partition("?")[2]
    return {
        "page": {"url": url, "path": path, "search": f"?{search}" if search else "", "referrer": referrer, "title": ""},
        "userAgent": user_agent(visitor),
        "locale": "fr-FR",
        "library": BROWSER_LIBRARY,
    }


def stamped(message: dict[str, Any], *, at: int, now: int) -> dict[str, Any]:
    """Add when a message happened and when it is sent."""
    return message | {"timestamp": iso(at), "sentAt": iso(now)}


def iso(micros: int) -> str:
    """Write an instant as the SDKs do: ISO 8601 in milliseconds, with a Z."""
    return instant(micros).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _hit(at: int, speaker: Speaker, visitor: str, message: dict[str, Any]) -> Hit:
    return Hit(at=at, speaker=speaker, visitor=visitor, message=message)


def _session(visitor: str, properties: dict[str, msgspec.Raw], context: dict[str, Any]) -> str:
    return str(context.get("session_id") or bytes(properties.get("cart_id", b"")).decode() or visitor)


def _url(context: dict[str, Any]) -> str:
    page = context.get("page")
    return str(page.get("url", "")) if isinstance(page, dict) else ""


def _who(user_id: str | None, anonymous_id: str | None) -> dict[str, Any]:
    said = {"userId": user_id, "anonymousId": anonymous_id}
    return {name: value for name, value in said.items() if value is not None}


def _seen(line: Any, properties: dict[str, msgspec.Raw], context: dict[str, Any]) -> dict[str, Any]:
    around = browser_context(line.anonymous_id or line.user_id or "", _url(context))
    named = {"event": line.name} if line.type == Type.TRACK else {"name": line.name}
    return {
        "type": line.type,
        **named,
        **_who(line.user_id, line.anonymous_id),
        "messageId": line.message_id,
        "properties": properties,
        "context": {name: value for name, value in context.items() if name != "page"} | around,
        "integrations": {},
    }


def _page(line: Any, context: dict[str, Any]) -> dict[str, Any]:
    around = browser_context(line.anonymous_id or line.user_id or "", _url(context))
    return {
        "type": "page",
        **_who(line.user_id, line.anonymous_id),
        "messageId": f"{line.message_id}-page",
        "properties": around["page"],
        "context": around,
        "integrations": {},
    }


def _order(line: Any, properties: dict[str, msgspec.Raw]) -> dict[str, Any]:
    return {
        "type": "track",
        "event": line.name,
        **_who(line.user_id, None if line.user_id else line.anonymous_id),
        "messageId": line.message_id,
        "properties": properties,
        "context": {"library": SERVER_LIBRARY},
        "integrations": {},
    }
