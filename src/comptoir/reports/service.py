"""
The engine's question service: a Unix socket in the home, on which the desk and the command line ask.

Frames: four bytes of length (big-endian), then that many bytes. A request is one frame of JSON. The answer is a head,
one frame of JSON, then the body in frames, then an empty frame: a cut connection is never taken for a short answer.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comptoir.errors import ComptoirError

if TYPE_CHECKING:  # the command line asks without Arrow: its import takes longer than the answer
    import pyarrow as pa

FILE_NAME = "engine.sock"

_LENGTH = struct.Struct(">I")
_LONGEST_REQUEST = 1 << 20
_LONGEST_FRAME = 1 << 30
_LONGEST_PATH = 100
"""Bytes of a socket's path: the kernel takes 107."""
_CHUNK = 1 << 20
_SMALL = 5_000
"""Rows up to which the engine writes JSON or CSV itself; beyond, the asker does, so that ticks keep the interpreter."""


class EngineUnreachable(ComptoirError, ConnectionError):
    """No engine answers in this home."""

    code, status = "engine_unreachable", 503
    hint = "Start it with `comptoir serve`."


class EngineSilent(ComptoirError, TimeoutError):
    """The engine did not answer in time."""

    code, status = "engine_silent", 504
    hint = "Look at /metrics of the desk: the engine may be busy with a long question or a large import."


class TooManyQuestions(ComptoirError):
    """The engine already answers as many questions as it takes at once."""

    code, status = "too_many_questions", 429
    hint = "Ask again in a few seconds."


class EngineError(ComptoirError):
    """The engine said no."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.code, self.status = str(said["code"]), int(said["status"])
        self.hint, self.said = str(said["hint"]), str(said["message"])
        super().__init__()

    @property
    def message(self) -> str:
        """Say what the engine said."""
        return self.said


# ── the engine's side ──


@dataclass(slots=True)
class Service:
    """A running question service; `stop` ends it."""

    path: Path
    answer: Callable[[Mapping[str, Any]], pa.Table]
    status: Callable[[], Mapping[str, object]]
    listener: socket.socket
    turns: threading.BoundedSemaphore
    patience_seconds: float
    is_stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Take no more questions and remove the socket; those being answered end by themselves."""
        self.is_stopping.set()
        with suppress(OSError):  # it may not be connected to anything: only the accept must wake
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.path.unlink(missing_ok=True)

    def listen(self) -> None:
        """Accept connections until stopped; each is served by a thread of its own."""
        while not self.is_stopping.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                if self.is_stopping.is_set():
                    return
                raise
            threading.Thread(target=self.serve_one, args=(connection,), name="question", daemon=True).start()

    def serve_one(self, connection: socket.socket) -> None:
        """Answer one connection's one request."""
        connection.settimeout(60)
        with closing(connection), suppress(OSError):  # the asker may have gone: nobody is left to tell
            try:
                request = json.loads(_receive(connection, _LONGEST_REQUEST))
                if not isinstance(request, dict):
                    return
                if request.get("kind") == "status":
                    _send(connection, json.dumps({"ok": True, "status": self.status()}, default=str).encode())
                    return
                with self._turn():
                    table = self.answer(request)
                _send_table(connection, table, str(request.get("format", "arrow")))
            except ComptoirError as error:
                _send(connection, json.dumps({"ok": False, "error": describe(error)}, default=str).encode())
            except (OSError, EOFError, ValueError):
                return  # the asker went away, or speaks no language of ours
            except Exception as error:  # noqa: BLE001 (the worker's boundary: it must answer, and logs the rest)
                from comptoir import logs  # noqa: PLC0415 (the asker's side must not import the log's machinery)

                logs.get("questions").exception("question failed")
                unknown = {
                    "code": "error",
                    "status": 500,
                    "message": type(error).__name__,
                    "hint": "See the engine's log.",
                }
                _send(connection, json.dumps({"ok": False, "error": unknown | {"facts": {}}}).encode())

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.turns.acquire(timeout=self.patience_seconds):
            raise TooManyQuestions
        try:
            yield
        finally:
            self.turns.release()


def serve(
    path: Path,
    answer: Callable[[Mapping[str, Any]], pa.Table],
    *,
    status: Callable[[], Mapping[str, object]],
    most: int = 4,
    patience_seconds: float = 10.0,
) -> Service:
    """
    Serve questions on the socket `path`, which only this user may open, from threads of this process.

    `answer` is called for at most `most` requests at once and may raise any ComptoirError; `status` at any time.
    A socket left behind by an engine that died is taken over: the engine's lock says that none lives.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    os.fchmod(listener.fileno(), 0o600)  # before it has a name: there is no instant at which others may open it
    with _short(path) as short:
        listener.bind(short)
    path.chmod(0o600)
    listener.listen(64)
    service = Service(path, answer, status, listener, threading.BoundedSemaphore(most), patience_seconds)
    threading.Thread(target=service.listen, name="questions", daemon=True).start()
    return service


def describe(error: ComptoirError) -> dict[str, object]:
    """Give what another process needs to raise or show the same error."""
    return {
        "code": error.code,
        "status": error.status,
        "message": error.message,
        "hint": error.hint,
        "facts": error.facts,
    }


def _send_table(connection: socket.socket, table: pa.Table, form: str) -> None:
    from comptoir.reports import export  # noqa: PLC0415 (the asker's side must not import Arrow)

    form = form if form in export.FORMATS and table.num_rows <= _SMALL else "arrow"
    _send(connection, json.dumps({"ok": True, "as": form, "rows": table.num_rows}).encode())
    for piece in _pieces(export.render(table, form)):
        _send(connection, piece)
    _send(connection, b"")


def _pieces(parts: Iterator[bytes]) -> Iterator[bytes]:
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= _CHUNK:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)


# ── the asker's side ──


def ask(path: Path, request: Mapping[str, object], timeout: float = 60.0) -> pa.Table:
    """
    Ask the engine that listens on `path` and give its answer.

    Raises: EngineUnreachable, EngineSilent, and the errors that the engine's answer carries.
    """
    import pyarrow as pa  # noqa: PLC0415 (only where tables are wanted)

    _, body = fetch(path, {**request, "format": "arrow"}, timeout)
    with pa.ipc.open_stream(body) as reader:
        return reader.read_all()


def fetch(path: Path, request: Mapping[str, object], timeout: float = 60.0) -> tuple[str, bytes]:
    """Ask for an answer in `request["format"]`; give the form it came in (`arrow` if it is large) and its bytes."""
    with _asked(path, request, timeout) as (connection, head):
        frames = iter(lambda: _receive(connection, _LONGEST_FRAME), b"")
        return str(head["as"]), b"".join(frames)


def ask_status(path: Path, timeout: float = 5.0) -> dict[str, Any]:
    """Ask the engine how it is. Raises: EngineUnreachable, EngineSilent."""
    with _asked(path, {"kind": "status"}, timeout) as (_, head):
        status: dict[str, Any] = head["status"]
        return status


@contextmanager
def _asked(path: Path, request: Mapping[str, object], timeout: float) -> Iterator[tuple[socket.socket, dict[str, Any]]]:
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(timeout)
        try:
            with _short(path) as short:
                connection.connect(short)
        except OSError as error:
            raise EngineUnreachable(socket=str(path)) from error
        try:
            _send(connection, json.dumps(request).encode())
            head = json.loads(_receive(connection, _LONGEST_FRAME))
            if head["ok"]:
                yield connection, head
                return
        except TimeoutError as error:
            raise EngineSilent(seconds=timeout) from error
        except (ConnectionError, EOFError) as error:
            raise EngineUnreachable(because="it went away while answering") from error
    raise _typed(head["error"])


def _typed(said: Mapping[str, Any]) -> ComptoirError:
    """Make the error again in its own class, if this process knows it."""
    waiting = list(ComptoirError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.code == said["code"] and kind not in {ComptoirError, EngineError} and "code" in vars(kind):
            return kind(**said["facts"])
    return EngineError(said)


# ── frames ──


def _send(connection: socket.socket, body: bytes) -> None:
    connection.sendall(_LENGTH.pack(len(body)) + body)


def _receive(connection: socket.socket, most: int) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if length > most:
        raise EOFError
    return _exactly(connection, length)


def _exactly(connection: socket.socket, count: int) -> bytes:
    taken = bytearray()
    while len(taken) < count:
        part = connection.recv(min(count - len(taken), _CHUNK))
        if not part:
            raise EOFError
        taken += part
    return bytes(taken)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Give a name for `path` that fits into the kernel's field, however deep the home lies."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
