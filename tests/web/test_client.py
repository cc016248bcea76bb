"""The client from Python, over a real socket: lists to their end, writes once, errors that say what to do."""

from __future__ import annotations

import http.server
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import uvicorn

from comptoir import ApiError, Client
from comptoir.access.roles import Role
from tests.web.test_api import Api


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Api, Client]]:
    api = Api(tmp_path)
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(api.desk, lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield api, Client(f"http://127.0.0.1:{port}", api.keys[Role.ADMIN])
        server.should_exit = True
        thread.join(10)
    api.close()


@contextmanager
def answering(answers: list[tuple[int, dict[str, str], bytes]]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve these answers, one a request; what was asked is kept."""
    asked: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(dict(self.headers))
            status, headers, body = answers.pop(0)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_reads_lists_to_their_end_and_writes(served: tuple[Api, Client]) -> None:
    _, shop = served
    for name in ("till", "site", "app"):
        assert shop.post("/sources", {"name": name})["write_key"].startswith("wk_")

    assert [one["name"] for one in shop.each("/sources", limit=2)] == ["app", "site", "till"]
    assert shop.patch("/sources/till", {"is_enabled": False})["is_enabled"] is False
    assert shop.query("SELECT count(*) AS n FROM orders") == [{"n": 0}]


def test_a_refusal_says_its_code_and_what_to_do(served: tuple[Api, Client]) -> None:
    _, shop = served
    with pytest.raises(ApiError, match="no_such_source") as refused:
        shop.patch("/sources/none", {"is_enabled": False})

    assert refused.value.status == 404
    assert refused.value.hint


def test_its_key_is_not_shown(served: tuple[Api, Client]) -> None:
    _, shop = served
    assert shop.key not in repr(shop)


def test_what_fails_on_the_way_is_sent_again_with_the_same_key() -> None:
    pauses: list[float] = []
    answers = [
        (503, {"Retry-After": "2"}, b"{}"),
        (409, {}, json.dumps({"code": "idempotency_key_under_way"}).encode()),
        (201, {}, b'{"name": "a"}'),
    ]
    with answering(answers) as (url, asked):
        assert Client(url, "uk_x", sleep=pauses.append).post("/sources", {"name": "a"}) == {"name": "a"}

    assert len({one["Idempotency-Key"] for one in asked}) == 1
    assert len(asked) == 3
    assert pauses[0] == 2


def test_what_is_refused_is_not_sent_again() -> None:
    with answering([(422, {}, b'{"code": "bad_request"}')]) as (url, asked):
        with pytest.raises(ApiError, match="bad_request"):
            Client(url, "uk_x", sleep=lambda _: None).post("/sources", {})
        assert len(asked) == 1


def test_after_five_tries_it_gives_up() -> None:
    with answering([(503, {}, b"")] * 5) as (url, asked):
        with pytest.raises(ApiError, match="503"):
            Client(url, "uk_x", sleep=lambda _: None).post("/sources", {})
        assert len(asked) == 5


def test_the_program_of_the_how_to_page_runs(
    served: tuple[Api, Client], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api, shop = served
    api.ask("POST", "/query", {"sql": "SELECT 1"})  # no engine runs here: the first question makes the warehouse
    page = Path(__file__).parents[2] / "docs" / "how-to" / "drive-from-a-script.md"
    (program,) = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    monkeypatch.setenv("COMPTOIR_URL", shop.url)
    monkeypatch.setenv("COMPTOIR_KEY", shop.key)

    exec(compile(program, str(page), "exec"), {})

    assert capsys.readouterr().out.splitlines()[:3] == [
        "scenario_draft_stale", "abandoned-basket: version 1 is live", "0 messages would have been 0",
    ]  # fmt: skip
    assert "for: 2 hours" in shop.scenarios_definition("abandoned-basket")["definition"]


def test_it_sends_files_and_reads_tables(served: tuple[Api, Client]) -> None:
    _, shop = served
    shop.query("SELECT 1")
    shop.import_upload("a b.csv", b"email\nann@example.org\n")

    assert [one["name"] for one in shop.imports_files()] == ["a b.csv"]
    assert shop.carts_csv(state="left").startswith("cart_id,")
    assert next(shop.users(limit=1))["name"] == "admin"
    assert shop.senders(check=False)["senders"][0]["checks"] == []
