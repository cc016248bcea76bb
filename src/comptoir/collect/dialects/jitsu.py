"""The Jitsu dialect: Segment's events under addresses of its own."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.collect.dialects import segment
from comptoir.collect.dialects.base import Asking, Dialect, Opened, Route
from comptoir.collect.parse import Parsed, Stamp


class Jitsu(Dialect):
    """
    Reads the calls of `@jitsu/js`, from browsers and from servers, an event a request.

    Its key comes as `X-Write-Key: id:secret`, of which the secret counts; the one in the body is masked.
    """

    name = "jitsu"
    routes: Mapping[str, Route] = {
        f"/api/s/{way}{kind}": Route(kind) for way in ("", "s2s/") for kind in segment.SINGLE
    }

    def open(self, asked: Asking) -> Opened:
        """Take a body apart; what cannot be read at all has a `fault`."""
        return segment.single(asked)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read the event; a bad one becomes a refused line."""
        return segment.read(self.name, opened, stamp)
