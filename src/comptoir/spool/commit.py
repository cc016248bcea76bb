"""Group commit without a timer: whatever queued while the last commit ran goes into the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Generic, TypeVar

from comptoir.errors import ComptoirError, StoreUnavailable
from comptoir.spool.base import Parcel, Spool

MOST_WAITING_BYTES = 64 << 20
"""Bytes that may wait for the disk before more is turned away."""

_MERGED_LINES = 1_000
"""Most lines of the parcels that are laid into one: a tick takes whole parcels, so they must stay small."""

_GROUP_PARCELS = 5_000

Ticket = TypeVar("Ticket")


def _at_once(call: Callable[[], None]) -> None:
    call()


class SpoolBusy(StoreUnavailable):
    """More events wait for the disk than the door may hold."""

    code, status = "spool_busy", 503
    hint = "The disk does not keep up. Wait and send again, or give the spool a faster disk."


@dataclass(frozen=True, slots=True)
class Settled(Generic[Ticket]):
    """What one commit settled: the tickets of its parcels, all durable, or all not because of `error`."""

    tickets: list[Ticket]
    error: ComptoirError | None = None


class GroupCommitter(Generic[Ticket]):
    """
    Appends to a spool from a thread of its own.

    `announce` is called in that thread, once a commit. `submit` is called from one thread only.
    """

    def __init__(
        self,
        spool: Spool,
        announce: Callable[[Settled[Ticket]], None],
        *,
        most_waiting_bytes: int = MOST_WAITING_BYTES,
        soon: Callable[[Callable[[], None]], object] = _at_once,
    ) -> None:
        """
        Start the thread.

        `soon` calls what it is given when the submitting thread's present turn ends: what is submitted in one turn is
        then handed over together, and that thread gives up the interpreter's lock once.
        """
        self._spool = spool
        self._announce = announce
        self._most_waiting = most_waiting_bytes
        self._soon = soon
        self._gathered: list[tuple[Parcel, Ticket]] = []
        self._handing = Lock()
        self._queue: SimpleQueue[list[tuple[Parcel, Ticket]] | None] = SimpleQueue()
        self._given = 0  # written by the submitting thread only
        self._done = 0  # written by the committing thread only
        self._is_closed = False
        self._thread = Thread(target=self._run, name="spool commit", daemon=True)
        self._thread.start()

    def submit(self, parcel: Parcel, ticket: Ticket) -> None:
        """
        Queue a parcel; `ticket` comes back by `announce`. One without lines only proves that the spool can be written.

        Raises: SpoolBusy where too much waits already, or the committer is closed.
        """
        if self._is_closed or self._given - self._done > self._most_waiting:
            raise SpoolBusy(waiting_bytes=self._given - self._done)
        self._given += len(parcel.lines)
        self._gathered.append((parcel, ticket))
        if len(self._gathered) == 1:
            self._soon(self._hand_over)

    def close(self) -> None:
        """Commit what has been submitted, then stop the thread. Called when nobody submits any more."""
        self._is_closed = True
        self._hand_over()
        self._queue.put(None)
        self._thread.join()

    def _hand_over(self) -> None:
        with self._handing:  # who closes may do so from another thread
            if self._gathered:
                self._queue.put(self._gathered)
                self._gathered = []

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            if group:
                error = self._commit([parcel for parcel, _ in group])
                self._done += sum(len(parcel.lines) for parcel, _ in group)
                self._announce(Settled([ticket for _, ticket in group], error))

    def _next_group(self) -> tuple[list[tuple[Parcel, Ticket]], bool]:
        """Wait for a parcel, then take all that queued, in order; and tell whether more may come."""
        taken = self._queue.get()
        group: list[tuple[Parcel, Ticket]] = []
        try:
            while taken is not None and len(group) < _GROUP_PARCELS:
                group += taken
                taken = self._queue.get_nowait()
        except Empty:
            return group, True
        if taken is not None:
            group += taken
        return group, taken is not None

    def _commit(self, parcels: list[Parcel]) -> ComptoirError | None:
        try:
            self._spool.append(list(_merged(parcels)))
        except ComptoirError as error:
            return error
        except Exception as error:  # noqa: BLE001 (the thread's top: every waiting request must get its answer)
            return StoreUnavailable(problem=repr(error))
        return None


def _merged(parcels: Iterable[Parcel]) -> Iterator[Parcel]:
    """Lay neighbours of one urgency together: fewer rows, fewer checksums. The order of the lines stays."""
    held: list[bytes] = []
    count = 0
    urgent = False
    for parcel in parcels:
        if held and (parcel.urgent != urgent or count + parcel.count > _MERGED_LINES):
            yield Parcel(b"\n".join(held), count, urgent)
            held, count = [], 0
        if parcel.count:
            held.append(parcel.lines)
            count += parcel.count
            urgent = parcel.urgent
    if held:
        yield Parcel(b"\n".join(held), count, urgent)
