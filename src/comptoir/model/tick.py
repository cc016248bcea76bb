"""A tick: one stretch of one spool, with the instant at which it is worked, written down before work begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SpoolName(StrEnum):
    """The two spools: what came through the door, and what came by the back (imports, our own sender's reports)."""

    FRONT = "front"
    BACK = "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One tick. Offsets count lines of the spool; `now` is the instant every box of this tick takes for the present."""

    tick_id: int
    spool: str
    from_offset: int
    to_offset: int
    now: datetime
