"""Calls of dialects, answered by the connection itself: no task, no messages between a server and an application."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from comptoir.collect.dialects.base import Dialect, Route
from comptoir.errors import ComptoirError, StoreUnavailable
from comptoir.server import problems, requests
from comptoir.server.limits import HalfSent, PatientProtocol
from comptoir.server.problems import Answer, TooMuchHalfSent
from comptoir.server.requests import Asked, Scope


class Call(NamedTuple):
    """Who reads what comes to an address, what that is to the dialect, and what stood for `{…}` in the address."""

    dialect: Dialect
    route: Route
    part: str = ""


class Taker(Protocol):
    """What the connection asks of the door."""

    batch_bytes: int
    calls: dict[str, Call]
    half_sent: HalfSent

    def begin(self, call: Call, scope: Scope, asked: Asked, body: bytes, waiting: Waiting) -> None:
        """Take a request; `waiting` is given its answer, and told when that may leave."""
        ...


class Waiting:
    """
    A request on its way: the bytes that have come, and the answer that waits for the disk.

    To uvicorn it is the cycle of its connection, so that pipelines, timeouts and shutdown go their usual way.
    """

    __slots__ = (
        "answer", "asked", "body", "call", "counted", "disconnected", "held", "keep_alive", "protocol",
        "response_complete",
    )  # fmt: skip

    def __init__(self, protocol: DirectProtocol, call: Call, asked: Asked, *, keep_alive: bool) -> None:
        """Wait for the body."""
        self.protocol = protocol
        self.call = call
        self.asked = asked
        self.keep_alive = keep_alive
        self.body: list[bytes] = []
        self.held = self.counted = 0
        """Bytes of it that count as half sent, and in how many pieces they came."""
        self.answer: Answer | None = None
        self.disconnected = False
        self.response_complete = False

    @property
    def message_event(self) -> Waiting:
        """Give what uvicorn wakes when the client is gone."""
        return self

    def set(self) -> None:
        """Be woken; nobody sleeps here."""

    def settled(self, error: ComptoirError | None) -> None:
        """Answer: the lines are durable, or none of them is."""
        if error is not None:
            self.answer = problems.answer(StoreUnavailable())
        assert self.answer is not None
        self.protocol.reply(self, self.answer)


class DirectProtocol(PatientProtocol):
    """
    Uvicorn's connection, with a short way for calls of dialects whose body is announced and small enough.

    Whatever else comes, and a call behind one that is not answered yet, goes to the application as usual.
    """

    _ok_for: ClassVar[tuple[Any, bytes]] = (None, b"")
    """The server's own headers, and the usual answer written under them: they change once a second."""

    cycle: Any

    def on_headers_complete(self) -> None:
        """Take the short way, if this request may."""
        waiting = self._short()
        if waiting is None:
            super().on_headers_complete()
        else:
            self.cycle = waiting

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body; there is never more than was announced."""
        if type(self.cycle) is Waiting:
            self.cycle.body.append(body)
        else:
            super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Read what came; where that is a piece of a body and not its end, it counts as half sent."""
        super().data_received(data)
        waiting = self.cycle
        if type(waiting) is Waiting and self.waits_since is not None and not waiting.response_complete:
            self._hold(waiting)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what a client that is gone had sent."""
        if type(self.cycle) is Waiting:
            self._let_go(self.cycle)
        super().connection_lost(exc)

    def on_message_complete(self) -> None:
        """Take the request: it is whole."""
        waiting = self.cycle
        if type(waiting) is not Waiting:
            super().on_message_complete()
            return
        self.waits_since = None
        if waiting.held:
            self._let_go(waiting)
        body = waiting.body[0] if len(waiting.body) == 1 else b"".join(waiting.body)
        door: Taker = self.config.app  # type: ignore[assignment]
        door.begin(waiting.call, self.scope, waiting.asked, body, waiting)

    def reply(self, waiting: Waiting, answer: Answer) -> None:
        """Write an answer, unless nobody is there any more."""
        waiting.response_complete = True
        if self.transport.is_closing():
            return
        if answer is problems.OK and waiting.keep_alive and b"origin" not in waiting.asked:
            self.transport.write(self._ok())
        else:
            self.transport.write(self._written(waiting, answer))
            if not waiting.keep_alive:
                self.transport.close()
        self.on_response_complete()

    def _hold(self, waiting: Waiting) -> None:
        """Count the bytes that came; where too many are half sent already, turn this one away."""
        door: Taker = self.config.app  # type: ignore[assignment]
        came = sum(map(len, waiting.body[waiting.counted :]))
        waiting.counted = len(waiting.body)
        try:
            door.half_sent.hold(came)
        except TooMuchHalfSent as error:
            self._let_go(waiting)
            waiting.body, waiting.keep_alive = [], False
            self.reply(waiting, problems.answer(error))
        else:
            waiting.held += came

    def _let_go(self, waiting: Waiting) -> None:
        door: Taker = self.config.app  # type: ignore[assignment]
        door.half_sent.held -= waiting.held
        waiting.held = 0

    def _short(self) -> Waiting | None:
        """Begin a request the short way; None where it may not go it: see the class."""
        door: Taker = self.config.app  # type: ignore[assignment]
        parser, former = self.parser, self.cycle
        path, _, query = self.url.decode("latin-1").partition("?")
        call = door.calls.get(path)
        if call is None or call.route.is_page or "#" in query or self.expect_100_continue or parser.should_upgrade():
            return None
        if self.flow.write_paused or not (former is None or former.response_complete):
            return None
        asked = dict(self.headers)
        method = parser.get_method().decode("latin-1")
        if method not in call.route.methods or not _is_announced(method, asked, door.batch_bytes):
            return None
        keep_alive = parser.get_http_version() != "1.0" and parser.should_keep_alive()
        self.scope |= {"path": path, "query_string": query.encode("latin-1"), "method": method}
        return Waiting(self, call, asked, keep_alive=keep_alive)

    def _ok(self) -> bytes:
        """Give the usual answer, written once a second."""
        headers = self.server_state.default_headers
        if self._ok_for[0] is not headers:
            DirectProtocol._ok_for = (headers, _text(problems.OK, headers, []))
        return self._ok_for[1]

    def _written(self, waiting: Waiting, answer: Answer) -> bytes:
        after = requests.cors(waiting.asked) if b"origin" in waiting.asked else []
        if not waiting.keep_alive:
            after.append((b"connection", b"close"))
        return _text(answer, self.server_state.default_headers, after)


def _is_announced(method: str, asked: Asked, most: int) -> bool:
    """Tell whether a request says how long its body is, and that is not too long; one that only asks needs not say."""
    length = asked.get(b"content-length")
    if length is None:
        return method == "GET" and b"transfer-encoding" not in asked
    return int(length) <= most


def _text(answer: Answer, before: problems.Headers, after: problems.Headers) -> bytes:
    """Write a response, in the order in which the application and uvicorn would."""
    said = [*before, *answer.headers, (b"content-length", b"%d" % len(answer.body)), *after]
    lines = b"".join([b"%b: %b\r\n" % one for one in said])
    return b"%b%b\r\n%b" % (STATUS_LINE[answer.status], lines, answer.body)
