"""Asking another system over HTTP: patient with what is busy or broken, and plain about what is forbidden."""

from __future__ import annotations

import http.client
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from comptoir.clock import Clock
from comptoir.errors import ComptoirError
from comptoir.safe_http import Answer, BadAddress, Client
from comptoir.sources.pulls.base import (
    Making,
    Pause,
    PlaceAway,
    PlaceBarred,
    PlaceForbids,
    PlaceNotThere,
    PlaceStrange,
)

T = TypeVar("T")

TRIES = 5
MOST_WAIT = 300.0
"""Seconds; who asks us to wait longer is asked again at the next run."""
MOST_PAGE_BYTES = 64 << 20
AGENT = "Comptoir"
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FORBIDS = frozenset({401, 403})
_GONE = frozenset({404, 410})

_json = msgspec.json.Decoder(float_hook=str)
"""Amounts stay as they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer, read."""

    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """An interface that answers JSON."""

    client: Client
    base: str
    """The address before every path."""
    clock: Clock
    pause: Pause
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, making: Making, base: str, headers: Mapping[str, str]) -> Rest:
        """Make one of what a place is made of."""
        return cls(client=making.http, base=base, clock=making.clock, pause=making.pause, headers=headers)

    def get(self, path: str, query: Mapping[str, object] | None = None) -> Page:
        """Ask for a path below the base, or for a whole address. Raises: what `ask` raises."""
        url = path if "://" in path else f"{self.base.rstrip('/')}/{path.lstrip('/')}"
        if query:
            url = f"{url}?{urlencode({name: str(value) for name, value in query.items()})}"
        headers, raw = self.ask(
            url, {"Accept": "application/json"}, lambda answer: b"".join(answer.parts(MOST_PAGE_BYTES))
        )
        try:
            return Page(body=_json.decode(raw or b"null"), headers=headers)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise PlaceStrange(host=_host(url), why="its answer is no JSON") from error

    def ask(self, url: str, headers: Mapping[str, str], read: Callable[[Answer], T]) -> tuple[Mapping[str, str], T]:
        """
        Ask until there is an answer that `read` could read to its end.

        Who is busy is left alone as long as it says, else a little longer each time.

        Raises: PlaceAway, PlaceForbids, PlaceNotThere, PlaceStrange.
        """
        said = {"User-Agent": AGENT, **self.headers, **headers}
        number = 0
        while True:
            number += 1
            wait = 2.0**number
            try:
                with self.client.get(url, said) as answer:
                    if answer.status not in _BUSY:
                        _check(url, answer)
                        return answer.headers, read(answer)
                    why = f"it answers {answer.status}"
                    wait = max(wait, self._asked(answer.headers.get("retry-after", "")))
            except BadAddress as error:
                raise PlaceBarred(host=_host(url)) from error
            except ComptoirError:
                raise
            except (OSError, http.client.HTTPException, ValueError) as error:
                why = f"{type(error).__name__}: {error}"[:200]
            if number == TRIES or wait > MOST_WAIT:
                raise PlaceAway(host=_host(url), why=why, tries=number)
            self.pause(wait)

    def _asked(self, retry_after: str) -> float:
        """Read how long we are asked to wait, in seconds."""
        try:
            return max(0.0, float(retry_after))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(retry_after) - self.clock.now()).total_seconds())
        except (TypeError, ValueError):
            return 0.0


def basic(user: str, password: str) -> dict[str, str]:
    """Write the header of a user name and a password."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def bearer(token: str) -> dict[str, str]:
    """Write the header of a token."""
    return {"Authorization": f"Bearer {token}"}


def _check(url: str, answer: Answer) -> None:
    if answer.status in _FORBIDS:
        raise PlaceForbids(host=_host(url), answers=answer.status)
    if answer.status in _GONE:
        raise PlaceNotThere(host=_host(url), answers=answer.status)
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise PlaceStrange(host=_host(url), answers=answer.status)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]
