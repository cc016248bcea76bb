"""
What the API takes and answers about running, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, TypedDict


class BackUp(TypedDict):
    """What the backup is called: a folder of this name in the home's `backups`."""

    name: str


class Backup(TypedDict):
    """A backup in the home's own folder."""

    name: str
    taken_at: str | None


class Backups(TypedDict):
    """The backups, and the last one that was completed, wherever it went."""

    last_folder: str
    last_taken_at: str | None
    is_old: bool
    kept: list[Backup]


class Equation(TypedDict):
    """What became of every line that was received: the parts add up to it, unless it is off by some."""

    received: int
    parts: dict[str, int]
    off_by: int


class Health(TypedDict):
    """Whether all is running, and whether every line is accounted for."""

    now: str
    processes: list[Process]
    equation: Equation | None
    pace: Pace | None
    troubles: list[str]
    stores: dict[str, int]
    free_bytes: int
    is_short_of_room: bool
    is_fenced: bool
    is_sending: bool


class Pace(TypedDict):
    """How the engine works. Units: seconds, bytes; shares of the time 0–1."""

    lag_seconds: float
    is_late: bool
    ticks: int
    tick_seconds: dict[str, float]
    boxes: dict[str, float]
    checkpoints: int
    checkpoint_seconds: float
    wal_bytes: int
    received_in_a_day: int


class Process(TypedDict):
    """One of the three processes."""

    name: str
    is_up: bool
    says: str


class Setting(TypedDict):
    """A setting: its value, what it says, and where the value came from."""

    name: str
    value: Any
    says: str
    origin: str
