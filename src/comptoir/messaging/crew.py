"""The sender's hands: threads that hold one conversation each, and tell one thread what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread

from comptoir import logs
from comptoir.clock import Clock, monotonic
from comptoir.messaging.base import Channel
from comptoir.messaging.look import Ahead, Row, Verdict
from comptoir.messaging.settle import Ending
from comptoir.messaging.throttle import SLOW_SECONDS, Throttle
from comptoir.model.message import DeliveryKind, Mail, Receipt

log = logs.get("sender")

_GATHER_SECONDS = 0.02
"""How long the first that ended waits for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One message that was handed over durably and whose conversation may begin."""

    row: Row
    mail: Mail
    channel: Channel
    ahead: Ahead
    group: str


@dataclass(slots=True)
class _UnderWay:
    task: Task
    began: float
    is_late: bool = False


@dataclass(slots=True, kw_only=True)
class Crew:
    """
    Holds as many conversations at once as its size says; with a size of one, in the caller's own thread.

    Used by one thread. An exception that is no fault of the channel's (a killed thread) comes out of `endings`.
    """

    size: int
    clock: Clock
    throttle: Throttle
    _tasks: SimpleQueue[Task | None] = field(default_factory=SimpleQueue)
    _ended: SimpleQueue[tuple[Task, Ending | BaseException]] = field(default_factory=SimpleQueue)
    _threads: list[Thread] = field(default_factory=list)
    _under_way: dict[str, _UnderWay] = field(default_factory=dict)

    @property
    def busy(self) -> int:
        """Say how many conversations are under way."""
        return len(self._under_way)

    @property
    def busy_quickly(self) -> int:
        """Say how many conversations are under way that do not last long."""
        return sum(not one.is_late for one in self._under_way.values())

    def holds(self, channel: Channel) -> bool:
        """Say whether a conversation over this channel is under way."""
        return any(one.task.channel is channel for one in self._under_way.values())

    def begin(self, task: Task) -> None:
        """Begin a conversation."""
        self._under_way[task.row["message_id"]] = _UnderWay(task, monotonic())
        self.throttle.began(task.group)
        if self.size == 1:
            self._ended.put((task, converse(task, self.clock)))
            return
        if len(self._threads) < len(self._under_way):
            thread = Thread(target=self._work, name=f"sender-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._tasks.put(task)

    def endings(self, wait_seconds: float) -> list[Ending]:
        """
        Give what ended since, waiting for the first where nothing has, and a moment for about half of all.

        Many at once cost one transaction. Raises: whatever killed a conversation.
        """
        found: list[Ending] = []
        least = max(1, min((self.size + 1) // 2, self.busy_quickly)) if wait_seconds > 0 else 0
        until = monotonic() + wait_seconds
        try:
            while self._under_way:
                left = until - monotonic() if len(found) < least else 0.0
                found.append(self._learn(*(self._ended.get(timeout=left) if left > 0 else self._ended.get_nowait())))
                until = min(until, monotonic() + _GATHER_SECONDS) if len(found) == 1 else until
        except Empty:
            pass
        self._notice()
        return found

    def rest(self) -> None:
        """Send the threads home; a conversation under way goes on."""
        for _ in self._threads:
            self._tasks.put(None)
        self._threads = []

    def _learn(self, task: Task, ending: Ending | BaseException) -> Ending:
        began = self._under_way.pop(task.row["message_id"]).began
        if isinstance(ending, BaseException):
            raise ending
        is_accepted = ending.receipt.kind == DeliveryKind.ACCEPTED
        self.throttle.ended(task.group, monotonic() - began, is_accepted=is_accepted, is_busy=ending.receipt.is_busy)
        return ending

    def _notice(self) -> None:
        now = monotonic()
        for one in self._under_way.values():
            if not one.is_late and now - one.began > SLOW_SECONDS:
                one.is_late = True
                self.throttle.lasts(one.task.group)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                ending: Ending | BaseException = converse(task, self.clock)
            except BaseException as error:  # noqa: BLE001 (it is raised again in the sender's thread)
                ending = error
            self._ended.put((task, ending))


def converse(task: Task, clock: Clock) -> Ending:
    """Hold one conversation, and look once more where it cannot be taken back: it was looked at as it was handed."""
    last: list[Verdict] = []

    def may_still() -> bool:
        last.append(task.ahead.last(task.row))
        return last[-1] is None

    receipt = _sent(task, may_still)
    return Ending(row=task.row, receipt=receipt, at=clock.now(), last=last[-1] if last else None)


def _sent(task: Task, may_still: Callable[[], bool]) -> Receipt:
    try:
        return task.channel.send(task.mail, may_still=may_still)
    except Exception as error:  # a plug-in's fault, or a damaged spool at the last look: nobody can tell what it did
        log.exception("a channel failed", channel=task.channel.name)
        return Receipt(kind=DeliveryKind.UNKNOWN, detail=f"{type(error).__name__} in the channel")
