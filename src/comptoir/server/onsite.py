"""What the door answers to a page that asks what to show: what is for everybody, and what is for its browser alone."""

from __future__ import annotations

import msgspec

from comptoir.access.public import Grant
from comptoir.access.shown import Shown, hash_of
from comptoir.collect.parse import Fault
from comptoir.model.event import RefusalReason
from comptoir.model.identifier import is_secret
from comptoir.server import problems
from comptoir.server.problems import Answer

PATH = "/v1/placements"
MOST_BYTES = 2_048
_HEADERS = [*problems.JSON, (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Question(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """Who asks. A page whose visitor has not agreed to be known names no browser."""

    write_key: str | None = None
    anonymous_id: str | None = None
    by_cookie: bool = False
    """The browser's cookie says which it is."""


NOBODY = Question()
"""Somebody of whom nothing is said: a GET."""
_decode = msgspec.json.Decoder(Question).decode


def read(body: bytes) -> Question:
    """Read a question. Raises: EventRefused where it is none."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise problems.EventRefused(Fault(RefusalReason.BAD_JSON, str(error))) from error


def answer(shown: Shown, grant: Grant, browser: str | None, now: int) -> Answer:
    """
    Say what to show. Order: what is for the browser alone first, the newest before the others.

    Whoever names a browser is answered as that browser, and write keys are public; so an id that could be guessed gets
    what everybody gets, and a wrong one learns nothing, not even that it is wrong.
    """
    found: list[bytes] = []
    if browser is not None and is_secret(browser):
        found += shown.of(hash_of(grant.brand, grant.source, browser), now)
    found += shown.for_all(grant.brand, now)
    return Answer(200, b'{"placements":[' + b",".join(found) + b"]}", _HEADERS)
