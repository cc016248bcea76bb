"""Objects of a client's own making, read and written again without a float in between: amounts keep every digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

Parts = dict[str, Any]
"""An object by its keys; a number that is not whole is a `Decimal`."""

read = msgspec.json.Decoder(Parts, float_hook=Decimal).decode
"""Take an object apart. Raises: msgspec.ValidationError for anything else."""

exact = msgspec.json.Decoder(float_hook=Decimal).decode
"""Read any JSON, with its numbers as they are written. Raises: msgspec.MsgspecError."""

_write = msgspec.json.Encoder(decimal_format="number").encode


def raw(value: object) -> msgspec.Raw:
    """Write a value as JSON, numbers with the digits they came with."""
    return msgspec.Raw(_write(value))


def text(value: object) -> str | None:
    """Give a scalar as text; nothing, an object and a list are none."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def picked(said: Parts, wanted: Mapping[str, str]) -> Parts:
    """Give some members under other names (ours → theirs), without those that are null."""
    return {ours: value for ours, theirs in wanted.items() if (value := said.get(theirs)) is not None}


def rename(said: Parts, names: Mapping[str, Sequence[str]]) -> Parts:
    """Put under our name what stands under another one (ours → theirs), where ours is not there; in `said` itself."""
    for ours, others in names.items():
        for other in others:
            if other in said and ours not in said:
                said[ours] = said.pop(other)
    return said
