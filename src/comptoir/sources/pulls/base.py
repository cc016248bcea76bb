"""What a place rows are fetched from promises, the batches it gives, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

from comptoir.clock import Clock
from comptoir.errors import ComptoirError
from comptoir.safe_http import Client

Pause = Callable[[float], None]
"""Wait so many seconds, or less where the run is to end."""


class PlaceAway(ComptoirError):
    """The place does not answer, or breaks off."""

    code, status = "place_away", 502
    hint = "It is tried again by itself. If that goes on, see whether the other side runs and its address is right."


class PlaceForbids(ComptoirError):
    """The place does not let us in."""

    code, status = "place_forbids", 400
    hint = "Enter the user name, password or key again, and see on the other side what they may read."


class PlaceNotThere(ComptoirError, LookupError):
    """The place answers, but what is asked for is not there."""

    code, status = "place_not_there", 400
    hint = "See whether the address, the folder or the table is written as on the other side."


class PlaceStrange(ComptoirError, ValueError):
    """The place answers something that cannot be read."""

    code, status = "place_strange", 502
    hint = "See whether the address leads to the shop's interface, and not to one of its pages."


class PlaceBarred(ComptoirError):
    """This place may not be read from here."""

    code, status = "place_barred", 400
    hint = "Whoever runs the installation names what may be read: `pulls.private_hosts`, `.database_hosts`, `.folders`."


class PlaceNeeds(ComptoirError, ValueError):
    """The description of this place lacks something, or says something that cannot be."""

    code, status = "place_needs", 400
    hint = "Complete the field that is named."


class HostKeyUnknown(ComptoirError):
    """The server shows a key that nobody has confirmed."""

    code, status = "host_key_unknown", 400
    hint = "Ask whoever runs the server for its fingerprint; if it is the one shown, enter it as the host key."


class PartMissing(ComptoirError):
    """A part that this kind of place needs is not installed."""

    code, status = "part_missing", 400
    hint = "Install what is named into Comptoir's environment, and start it again."


class RunCancelled(ComptoirError):
    """Somebody cancelled this run."""

    code, status = "run_cancelled", 409
    hint = "What it had brought stays; the next run goes on from there."


TRANSIENT = (PlaceAway,)
"""What passes by itself: the run is tried again soon."""


class Form(StrEnum):
    """How an option is entered."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 (the name of a form)
    LONG_SECRET = "long_secret"  # noqa: S105 (the name of a form)
    AREA = "area"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something a place has to be told."""

    name: str
    says: str
    """In English; the words of what ships with us are those of the screens."""
    form: Form = Form.TEXT
    is_needed: bool = False
    default: str = ""
    one_of: tuple[str, ...] = ()

    @property
    def is_secret(self) -> bool:
        """Say whether it is sealed, and never shown again."""
        return self.form in {Form.SECRET, Form.LONG_SECRET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of rows a place gives."""

    name: str
    kind: str = ""
    """One of `sources.kinds`; empty where the person says what the rows are."""
    columns: tuple[str, ...] = ()
    """The fields of its kind that its rows fill, named as they are."""
    row_id: str = ""
    """What tells a row from all others, as the `id` of a mapping; empty: what the row says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is there, at first sight."""

    says: str
    """One English sentence, with no word of any customer in it."""
    items: tuple[str, ...] = ()
    """Files, tables or streams, the first few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a batch, once its rows are facts."""

    read: int = 0
    stored: int = 0
    refused: int = 0
    duplicates: int = 0
    skipped: int = 0
    problem: str = ""
    """Why none of it could be read; empty if it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows that have been fetched, in a file that any source of `comptoir.sources` reads."""

    path: Path
    name: str
    """What the history calls it: a file's name, or the stream's."""
    cursor: str | None = None
    """Where to go on after it; None leaves the mark where it is."""
    row_id: str = ""
    """What tells a row from all others, as the `id` of a mapping, where the stream does not say it."""
    settled: Callable[[Fate], None] | None = None
    """Told what became of it: a file is then moved, and a report written."""
    is_ours: bool = True
    """Whether the file is deleted once it is read."""
    done: int = 0
    whole: int = 0
    """How far the fetching is, in bytes or rows, if the place says; 0 of 0 if not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What a place may be made of."""

    options: Mapping[str, str]
    """As entered, secrets opened; every option of the place is there."""
    work: Path
    """A folder for what is fetched, emptied when the run ends."""
    http: Client
    clock: Clock
    pause: Pause
    home: Path
    folders: tuple[Path, ...] = ()
    """Whose files may be read."""
    database_hosts: frozenset[str] = field(default_factory=frozenset)
    zone: str = "UTC"
    """The brand's, for what writes times without saying where."""


class Pull(Protocol):
    """A kind of place rows are fetched from; found by the entry-point group `comptoir.pulls`."""

    options: ClassVar[tuple[Option, ...]]
    streams: ClassVar[tuple[Stream, ...]]
    is_inside: ClassVar[bool]
    """Whether it reads what lies on this machine: then it is for those who have every brand."""

    @classmethod
    def made(cls, making: Making) -> Self:
        """Make one of what was entered. Raises: PlaceNeeds, PlaceBarred, PartMissing."""
        ...

    def look(self) -> Look:
        """See whether it can be reached and what is there, without taking anything."""
        ...

    def fetch(self, stream: str, since: str) -> Iterator[Batch]:
        """
        Fetch what is new since a cursor (empty: everything), a part at a time; every part is whole when it is given.

        Order:  oldest first, so that a run that is stopped goes on from its last cursor and misses nothing.
        Raises: PlaceAway, PlaceForbids, PlaceNotThere, PlaceStrange.
        """
        ...


@runtime_checkable
class Peeks(Protocol):
    """What a place adds that can show rows without taking them, or without asking for all of them."""

    def peek(self, stream: str) -> Iterator[Batch]:
        """Give parts as `fetch` does, and leave everything where it is."""
        ...


def text(making: Making, name: str) -> str:
    """Give an option without the blanks around it. Raises: PlaceNeeds where it is empty."""
    said = making.options.get(name, "").strip()
    if not said:
        raise PlaceNeeds(option=name)
    return said


def count(making: Making, name: str, *, least: int = 0, most: int = 1_000_000) -> int:
    """Give an option that is a whole number. Raises: PlaceNeeds."""
    said = text(making, name)
    if not (said.isascii() and said.isdigit()) or not least <= int(said) <= most:
        raise PlaceNeeds(option=name, takes=f"a whole number from {least} to {most}")
    return int(said)


def inside(making: Making, said: str) -> Path:
    """Give a folder or file that lies in one that may be read. Raises: PlaceBarred."""
    path = (making.home / said).resolve()
    if not any(path.is_relative_to(one) for one in making.folders):
        raise PlaceBarred(path=said[:200], allowed=[str(one) for one in making.folders])
    return path
