"""Replay: a recorded stream posted to the door as a live site would, in its own time or faster."""

from __future__ import annotations

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import groupby
from queue import Queue
from typing import Protocol, Self
from urllib.parse import urlsplit

import msgspec

from comptoir.clock import Clock, instant, micros, monotonic
from comptoir.ids import hash64
from comptoir.sources.segment import SERVER_LIBRARY, Hit, Speaker, stamped

PAUSE_SECONDS = 0.01
"""How long we sleep between two looks at the clock."""
BATCH = {Speaker.BROWSER: 10, Speaker.SERVER: 100}
"""Most events one request takes, as the SDKs do it."""
GATHER_SECONDS = 0.25
"""Events due within this time, by the machine's clock, of the turn's first go out together."""
TURN_HITS = 200
QUEUE_TURNS = 50
NEAR = timedelta(days=7)
"""A clock within this time of a stream's beginning stands in the stream's time."""
TRIES = 12
FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 5.0
LONGEST_RETRY_AFTER = 300.0
TIMEOUT_SECONDS = 30.0
AGAIN = frozenset({408, 425, 429})

SERVER_AGENT = "/".join(SERVER_LIBRARY.values())

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door answered; status 0 where it could not be reached."""

    status: int
    retry_after: float | None = None
    location: str | None = None

    @property
    def is_ok(self) -> bool:
        """Say whether the door has taken it."""
        return 200 <= self.status < 300

    @property
    def is_worth_a_retry(self) -> bool:
        """Say whether the same request may succeed later."""
        return self.status == 0 or self.status in AGAIN or self.status >= 500


class Post(Protocol):
    """Whoever can post to the door."""

    def __call__(self, path: str, body: bytes, speaker: Speaker) -> Answer:
        """Post a body and give the answer; a connection that fails is an answer too."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How a replay went. `sent` is the sum of `acked`, `refused` and `lost`."""

    sent: int
    acked: int
    retried: int
    """Events that had to be posted again."""
    refused: int
    """Events the door said no to."""
    lost: int
    """Events given up after many tries."""
    requests: int
    seconds: float


Progress = Callable[[dict[str, int]], None]
Wait = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """
    When an event of the stream is due on the installation's clock.

    An installation whose clock stands in the stream's own time is *aligned*: everything is due when it happened, and
    what is past goes out at once. Any other sees the stream begin now, `speed` times as fast.
    """

    began: int
    first: int
    speed: float
    aligned: bool

    def due(self, at: int) -> int:
        """Give the instant at which an event is due, in microseconds."""
        return at if self.aligned else self.began + int((at - self.first) / self.speed)


@dataclass(slots=True, kw_only=True)
class _Delivery:
    """What the connections share."""

    post: Post
    clock: Clock
    wait: Wait
    progress: Progress | None
    pace: Pace | None = None
    failures: list[Exception] = field(default_factory=list)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("sent", "acked", "retried", "refused", "lost", "requests"), 0)
    )
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, queue: Queue[list[Hit] | None]) -> None:
        """Deliver the turns of one connection until there are no more."""
        while (turn := queue.get()) is not None:
            if self.failures:
                continue  # the queue must be emptied, or whoever fills it would wait for ever
            try:
                for speaker, its in groupby(turn, key=lambda hit: hit.speaker):
                    for batch in _batches(list(its), speaker):
                        self._deliver(batch, speaker)
            except Exception as error:  # noqa: BLE001 (a thread's failure is raised by the one who waits for it)
                self.failures.append(error)

    def _deliver(self, batch: list[Hit], speaker: Speaker) -> None:
        assert self.pace is not None
        now = micros(self.clock.now())
        messages = [stamped(hit.message, at=self.pace.due(hit.at), now=now) for hit in batch]
        counts = deliver(messages, speaker, self.post, wait=self.wait)
        with self.lock:
            for name, count in counts.items():
                self.counts[name] += count
            told = dict(self.counts)
        if self.progress is not None:
            self.progress(told)


def replay(
    stream: Iterable[Hit],
    post: Post,
    clock: Clock,
    *,
    speed: float = 1.0,
    aligned: bool = False,
    connections: int = 4,
    wait: Wait = time.sleep,
    progress: Progress | None = None,
) -> Replayed:
    """
    Post a stream in its own time, each visitor's events in order, and give the counts when all are answered.

    `post` is called from several threads. A request that fails is posted again with the same message ids, after what
    `Retry-After` says or ever longer pauses.
    """
    started = monotonic()
    delivery = _Delivery(post=post, clock=clock, wait=wait, progress=progress)
    queues: list[Queue[list[Hit] | None]] = [Queue(QUEUE_TURNS) for _ in range(connections)]
    workers = [threading.Thread(target=delivery.work, args=(queue,), daemon=True) for queue in queues]
    for worker in workers:
        worker.start()
    try:
        for turn in _turns(stream, clock, delivery, speed=speed, aligned=aligned):
            for lane, its in _lanes(turn, connections).items():
                queues[lane].put(its)
    finally:
        for queue in queues:
            queue.put(None)
        for worker in workers:
            worker.join()
    if delivery.failures:
        raise delivery.failures[0]
    return Replayed(**delivery.counts, seconds=round(monotonic() - started, 3))


def is_in_time(stream: Sequence[Hit], clock: Clock) -> bool:
    """Say whether a clock stands in the time of a stream."""
    return bool(stream) and abs(instant(stream[0].at) - clock.now()) < NEAR


def _turns(
    stream: Iterable[Hit], clock: Clock, delivery: _Delivery, *, speed: float, aligned: bool
) -> Iterator[list[Hit]]:
    """Give what is due, as it comes due, gathered a little."""
    turn: list[Hit] = []
    since = monotonic()
    for hit in stream:
        if delivery.pace is None:
            delivery.pace = Pace(began=micros(clock.now()), first=hit.at, speed=speed, aligned=aligned)
        due = delivery.pace.due(hit.at)
        if turn and (len(turn) >= TURN_HITS or monotonic() - since > GATHER_SECONDS or due > micros(clock.now())):
            yield turn
            turn = []
        while due > micros(clock.now()):
            delivery.wait(PAUSE_SECONDS)
        if not turn:
            since = monotonic()
        turn.append(hit)
    if turn:
        yield turn


def _lanes(turn: list[Hit], connections: int) -> dict[int, list[Hit]]:
    """Part a turn among the connections: a visitor always has the same one, so nothing overtakes."""
    lanes: dict[int, list[Hit]] = {}
    for hit in turn:
        lanes.setdefault(hash64("lane", hit.visitor) % connections, []).append(hit)
    return lanes


def _batches(some: list[Hit], speaker: Speaker) -> Iterator[list[Hit]]:
    """Cut what one speaker says in a turn into requests: a browser never speaks for another."""
    most = BATCH[speaker]
    groups: dict[str, list[Hit]] = {}
    for hit in some:
        groups.setdefault(hit.visitor if speaker is Speaker.BROWSER else "", []).append(hit)
    for its in groups.values():
        for start in range(0, len(its), most):
            yield its[start : start + most]


def deliver(
    messages: list[dict[str, object]], speaker: Speaker, post: Post, *, wait: Wait = time.sleep
) -> dict[str, int]:
    """Post messages in one request, again and again with the same message ids until answered; give the counts."""
    path, body = _request(messages, speaker)
    count, backoff = len(messages), FIRST_BACKOFF
    for tried in range(TRIES):
        answer = post(path, body, speaker)
        if answer.is_ok:
            return {"sent": count, "acked": count, "retried": count * (tried > 0), "requests": tried + 1}
        if not answer.is_worth_a_retry:
            return {"sent": count, "refused": count, "retried": count * (tried > 0), "requests": tried + 1}
        wait(min(answer.retry_after, LONGEST_RETRY_AFTER) if answer.retry_after is not None else backoff)
        backoff = min(backoff * 2, LONGEST_BACKOFF)
    return {"sent": count, "lost": count, "retried": count, "requests": TRIES}


def _request(messages: list[dict[str, object]], speaker: Speaker) -> tuple[str, bytes]:
    """Shape a request as the SDK would: a lone browser event to its own path, all else to the batch."""
    if len(messages) == 1 and speaker is Speaker.BROWSER:
        return f"/v1/{str(messages[0]['type'])[0]}", _encoder.encode(messages[0])
    return "/v1/batch", _encoder.encode({"batch": messages, "sentAt": messages[-1]["sentAt"]})


class HttpPost:
    """Posts over kept-alive connections, one a thread, with the key of whoever speaks."""

    def __init__(self, door: str, *, write_key: str, secret_key: str) -> None:
        parts = urlsplit(door)
        self._is_tls, self._host, self._port = parts.scheme == "https", parts.hostname or door, parts.port
        self._prefix = parts.path.rstrip("/")
        self._keys = {
            Speaker.BROWSER: _basic(write_key),
            Speaker.SERVER: _basic(secret_key),
        }
        self._own = threading.local()
        self._opened: list[HTTPConnection] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        for connection in self._opened:
            connection.close()

    def __call__(self, path: str, body: bytes, speaker: Speaker) -> Answer:
        """Post a body and give the answer; status 0 where the connection failed."""
        # A browser sends JSON as plain text, to be spared a preflight.
        kind = "text/plain" if speaker is Speaker.BROWSER else "application/json"
        headers = {"Content-Type": kind, "Authorization": self._keys[speaker]}
        if speaker is Speaker.SERVER:
            headers["User-Agent"] = SERVER_AGENT
        connection = self._connection()
        # A server may close an idle connection at any time: what fails on a kept one is tried on a fresh one at once.
        for _ in range(2 if connection.sock is not None else 1):
            try:
                connection.request("POST", self._prefix + path, body, headers)
                return _answer(connection)
            except (OSError, HTTPException):
                connection.close()  # the next request opens it again
        return Answer(0)

    def _connection(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            make = HTTPSConnection if self._is_tls else HTTPConnection
            connection = self._own.connection = make(self._host, self._port, timeout=TIMEOUT_SECONDS)
            self._opened.append(connection)
        return connection


def get(url: str, *, user_agent: str) -> Answer:
    """Get a page without following where it leads; status 0 where the connection failed."""
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(
            "GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers={"User-Agent": user_agent}
        )
        return _answer(connection)
    except (OSError, HTTPException):
        return Answer(0)
    finally:
        connection.close()


def _answer(connection: HTTPConnection) -> Answer:
    response = connection.getresponse()
    response.read()
    after = response.headers.get("Retry-After", "")
    return Answer(response.status, float(after) if after.isdigit() else None, response.headers.get("Location"))


def _basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode("ascii")
