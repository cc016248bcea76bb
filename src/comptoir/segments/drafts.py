"""The segments of a shop on their shelf: drafted, undone, published, paused and taken away."""

from __future__ import annotations

from comptoir.segments import parse
from comptoir.state.shelf import Shelf


def _key_of(text: str) -> str:
    return parse.read(text).key


SEGMENTS = Shelf(kind="segment", key_of=_key_of)
"""The segments. Each change of a text reads it first: what is no segment is refused with what to mend."""
