"""The spool's promise: what was appended is durable, ordered, and read back byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    What one request brought: canonical lines joined by newlines.

    `urgent` says that a line in it can forbid a message that is about to leave: a control line, an order, a consent.
    """

    lines: bytes
    count: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Lines read back. `first` is the offset of the first line, `end` the offset after the last: both count lines from 0.

    A stretch never splits a parcel.
    """

    first: int
    end: int
    lines: list[bytes]


class Spool(Protocol):
    """Accepted lines in order, until they are archived. One writer; any number of readers in other processes."""

    def append(self, parcels: Sequence[Parcel]) -> int:
        """
        Append parcels in one durable transaction and give the head after them.

        Raises: StoreUnavailable where the disk is full or fails; then nothing of it was appended.
        """
        ...

    def head(self) -> int:
        """Give the offset after the last line: how many lines were ever appended."""
        ...

    def read(self, after: int, most: int) -> Stretch:
        """
        Read whole parcels from offset `after` on, until `most` lines are reached; at least one parcel if there is one.

        Raises: SpoolDamaged where a parcel does not match its checksum.
        """
        ...

    def urgent_after(self, after: int) -> list[bytes]:
        """Give the lines of all urgent parcels from offset `after` on."""
        ...

    def forget(self, before: int) -> None:
        """Delete parcels that end at or before offset `before`: they are applied and archived."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
