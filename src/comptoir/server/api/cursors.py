"""Cursors: where a list was left, as an opaque word. They hold a place, so what is added later moves nothing."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from comptoir.server.api.endpoints import BadRequest, Page, Paged

Item = TypeVar("Item")
_LONGEST = 500


def write(place: Sequence[str | int]) -> str:
    """Write a place as a cursor."""
    return urlsafe_b64encode(msgspec.json.encode(list(place))).decode().rstrip("=")


def read(cursor: str | None, kind: Any) -> Any:
    """Read a cursor as a place of this type; None where none was sent. Raises: BadRequest."""
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor[:_LONGEST] + "=" * (-len(cursor[:_LONGEST]) % 4))
        return msgspec.json.decode(text, type=kind)
    except (ValueError, binascii.Error) as error:
        raise BadRequest(cursor=cursor[:100], problem="it is no cursor of this list") from error


def page(found: Sequence[Item], asked: Paged, place: Callable[[Item], Sequence[str | int]]) -> Page[Item]:
    """Make a page of one item more than asked for, which says that there is a next one."""
    shown = list(found[: asked.limit])
    return Page(items=shown, next=write(place(shown[-1])) if len(found) > asked.limit else None)


def sliced(found: Sequence[Item], asked: Paged, name: Callable[[Item], str]) -> Page[Item]:
    """Make a page of a short list that is read whole. Order: by name."""
    after = read(asked.cursor, tuple[str])
    rest = sorted((one for one in found if after is None or name(one) > after[0]), key=name)
    return page(rest, asked, lambda one: (name(one),))
