"""Objects taken apart by their keys, each value left as it was written: no number passes through a float."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

Parts = dict[str, msgspec.Raw]
"""An object by its keys."""

NULL = msgspec.Raw(b"null")
_NO_SCALARS = frozenset(b"{[n")


def text(value: msgspec.Raw | None) -> str | None:
    """Read a scalar as text, numbers as they were written; nothing, an object and a list are none."""
    if value is None:
        return None
    written = bytes(value)
    if written[:1] == b'"':
        found: str = msgspec.json.decode(written) if b"\\" in written else written[1:-1].decode()
        return found
    return None if not written or written[0] in _NO_SCALARS else written.decode()


def picked(said: Parts, wanted: Mapping[str, str]) -> Parts:
    """Give some members under other names (ours → theirs), without those that are null."""
    return {ours: said[theirs] for ours, theirs in wanted.items() if theirs in said and said[theirs] != NULL}


def moved(said: Parts, wanted: Mapping[str, str]) -> Parts:
    """Take some members out and give them under other names (theirs → ours), without those that are null."""
    return {ours: value for theirs, ours in wanted.items() if theirs in said and (value := said.pop(theirs)) != NULL}


def renamed(said: Parts, names: Mapping[str, Sequence[str]]) -> Parts:
    """Put under our name what stands under another one (ours → theirs), where ours is not there."""
    found = dict(said)
    for ours, others in names.items():
        for other in others:
            if other in found and ours not in found:
                found[ours] = found.pop(other)
    return found
