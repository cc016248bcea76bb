"""The Jitsu dialect: Segment's events under addresses of its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from comptoir.collect.dialects import bundled, segment
from comptoir.collect.dialects.base import GET, Asking, Dialect, Opened, Reply, Route
from comptoir.collect.parse import Parsed, Stamp

_SCRIPT = "script"
_ZIP = "jitsu-1.11.0.zip"


class Jitsu(Dialect):
    """
    Reads the calls of `@jitsu/js`, from browsers and from servers, an event a request; and servers' lists of them.

    Its key comes as `X-Write-Key: id:secret`, of which the secret counts; the one in the body is masked.
    """

    name = "jitsu"
    routes: Mapping[str, Route] = {
        **{f"/api/s/{way}{kind}": Route(kind) for way in ("", "s2s/") for kind in segment.SINGLE},
        "/api/s/s2s/batch": Route(segment.MANY),
        "/p.js": Route(_SCRIPT, GET, is_page=True),
    }

    def open(self, asked: Asking) -> Opened:
        """Take a body apart; what cannot be read at all has a `fault`."""
        return segment.many(asked) if asked.route == segment.MANY else segment.single(asked)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read the event; a bad one becomes a refused line."""
        return segment.read(self.name, opened, stamp)

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one event: what it is stands in itself, or is the route it came by."""
        return segment.again(route, text)

    def page(self, asked: Asking) -> Reply:  # noqa: ARG002 (a dialect's promise)
        """Give the client itself, as the tag of a page asks for it: it sends to where it was loaded from."""
        return _script()


@lru_cache(maxsize=1)
def _script() -> Reply:
    return bundled.reply(bundled.texts(_ZIP)["p.js"])
