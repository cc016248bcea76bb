from __future__ import annotations

import json
import socket as sockets
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comptoir.reports import service
from comptoir.reports.guard import QueryRefused

Answer = Callable[[Mapping[str, Any]], pa.Table]
Serve = Callable[..., Path]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    running: list[service.Service] = []

    def start(answer: Answer, **options: Any) -> Path:
        path = options.pop("path", tmp_path / "engine.sock")
        running.append(service.serve(path, answer, status=lambda: {"lag_seconds": 0.5}, **options))
        return Path(path)

    yield start
    for one in running:
        one.stop()


def numbers(count: int) -> pa.Table:
    return pa.table({"n": list(range(count))})


def test_a_question_comes_back_as_a_table(serve: Serve) -> None:
    path = serve(lambda request: numbers(int(request["rows"])))

    assert service.ask(path, {"kind": "query", "rows": 3}).to_pydict() == {"n": [0, 1, 2]}


def test_only_this_user_may_open_the_socket(serve: Serve) -> None:
    assert stat.S_IMODE(serve(lambda _: numbers(1)).stat().st_mode) == 0o600


def test_a_small_answer_is_written_by_the_engine_a_large_one_by_the_asker(serve: Serve) -> None:
    path = serve(lambda request: numbers(int(request["rows"])))

    form, body = service.fetch(path, {"rows": 2, "format": "json"})
    assert (form, json.loads(body)) == ("json", [{"n": 0}, {"n": 1}])
    assert service.fetch(path, {"rows": 100_000, "format": "json"})[0] == "arrow"


def test_an_error_comes_back_in_its_own_class(serve: Serve) -> None:
    def refuse(_request: Mapping[str, Any]) -> pa.Table:
        raise QueryRefused(because="it must be a SELECT", found="DROP")

    with pytest.raises(QueryRefused) as refused:
        service.ask(serve(refuse), {"kind": "query"})

    assert refused.value.facts == {"because": "it must be a SELECT", "found": "DROP"}


def test_a_bug_of_the_engine_is_an_error_with_a_code_and_the_service_lives_on(serve: Serve) -> None:
    path = serve(lambda request: numbers(10 // int(request["rows"])))

    with pytest.raises(service.EngineError) as broken:
        service.ask(path, {"rows": 0})

    assert (broken.value.code, broken.value.status) == ("error", 500)
    assert service.ask(path, {"rows": 10}).num_rows == 1


def test_no_engine_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(service.EngineUnreachable):
        service.ask_status(tmp_path / "engine.sock")


def test_a_socket_left_behind_is_taken_over(serve: Serve, tmp_path: Path) -> None:
    with sockets.socket(sockets.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "engine.sock"))

    path = serve(lambda _: numbers(1))

    assert service.ask_status(path) == {"lag_seconds": 0.5}


def test_a_home_that_lies_deep_has_a_socket_too(serve: Serve, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-name"] * 10)
    deep.mkdir(parents=True)

    assert service.ask(serve(lambda _: numbers(1), path=deep / "engine.sock"), {}).num_rows == 1


def test_no_more_questions_than_allowed_are_answered_at_once_and_status_always(serve: Serve) -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def slow(_request: Mapping[str, Any]) -> pa.Table:
        begun.release()
        go_on.wait(10)
        return numbers(1)

    path = serve(slow, most=2, patience_seconds=0.05)
    answers: list[int] = []
    askers = [threading.Thread(target=lambda: answers.append(service.ask(path, {}).num_rows)) for _ in range(2)]
    for asker in askers:
        asker.start()
        begun.acquire()

    with pytest.raises(service.TooManyQuestions):
        service.ask(path, {})
    assert service.ask_status(path)
    go_on.set()
    for asker in askers:
        asker.join()
    assert answers == [1, 1]


def test_a_silent_engine_is_not_waited_for_for_ever(serve: Serve) -> None:
    go_on = threading.Event()
    path = serve(lambda _: numbers(int(go_on.wait(10))))

    with pytest.raises(service.EngineSilent):
        service.ask(path, {}, timeout=0.1)
    go_on.set()


def test_a_cut_answer_is_never_taken_for_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    with sockets.socket(sockets.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def half() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                head = json.dumps({"ok": True, "as": "json", "rows": 1}).encode()
                connection.sendall(len(head).to_bytes(4, "big") + head + (100).to_bytes(4, "big") + b"[")

        engine = threading.Thread(target=half)
        engine.start()
        with pytest.raises(service.EngineUnreachable):
            service.fetch(path, {"format": "json"})
        engine.join()


@pytest.mark.parametrize("junk", [b"", b"\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x03abc", b"\x00\x00\x00\x02[]"])
def test_junk_on_the_socket_harms_nobody(junk: bytes, serve: Serve) -> None:
    path = serve(lambda _: numbers(1))

    with sockets.socket(sockets.AF_UNIX) as stranger:
        stranger.connect(str(path))
        stranger.sendall(junk)

    assert service.ask(path, {}).num_rows == 1
