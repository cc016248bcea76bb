"""People who want no cookie: their page views are counted in the audience lane, and lead to nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

import msgspec

from comptoir.demo.shop.plan import House

_PATH = "/v1/audience"
_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """One page view, as a browser makes it."""

    house: House
    address: str
    agent: str
    url: str
    referrer: str
    view_id: str


PassBy = Callable[[PageView], None]
"""Lets a page view be counted."""


def unseen(_: PageView) -> None:
    """Count nothing: a shop that does not measure its audience."""


class Counted:
    """Posts page views to the door over one connection, as the site's script does; one that fails is lost, as there."""

    def __init__(self, door: str, write_keys: Mapping[str, str]) -> None:
        """Name the door, and the write key of each house."""
        parts = urlsplit(door)
        self._connection = HTTPConnection(parts.hostname or door, parts.port, timeout=_TIMEOUT_SECONDS)
        self._keys = write_keys

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __call__(self, view: PageView) -> None:
        """Post one page view."""
        said = {"url": view.url, "referrer": view.referrer, "id": view.view_id, "key": self._keys[view.house.key]}
        headers = {
            "Content-Type": "text/plain",
            "User-Agent": view.agent,
            "X-Forwarded-For": view.address,
            "Accept-Language": "fr-FR" if view.house.language == "fr" else "en-GB",
        }
        try:
            self._connection.request("POST", _PATH, msgspec.json.encode(said), headers)
            self._connection.getresponse().read()
        except (OSError, HTTPException):
            self._connection.close()  # the next view opens it again
