"""The API as a whole: described truthfully, guarded everywhere, and never broken by what is sent to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir import app as apps
from comptoir.access import users
from comptoir.access.public import hash_key
from comptoir.access.roles import Right, Role
from comptoir.app import App
from comptoir.clock import ManualClock
from comptoir.config import DeskSettings, Settings
from comptoir.scenarios import definitions
from comptoir.server import desk
from comptoir.server.api import catalogue, cursors, idempotency
from comptoir.server.api.endpoints import PREFIX, BadRequest, Endpoint
from tests.web.counter import Answer, send

ALL = [pytest.param(one, id=f"{one.method} {one.path}") for one in catalogue.DESCRIBED]
WRITES = [pytest.param(one, id=f"{one.method} {one.path}") for one in catalogue.DESCRIBED if one.body is not None]


class Api:
    """A real installation behind its desk, and a key of every role."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, desk=DeskSettings())
        apps.make_home(self.settings, brand="main")
        self.app: App = apps.open_app(self.settings)
        self.clock = ManualClock()
        self.desk = desk.make(
            self.settings,
            self.app.state,
            lambda asked: apps.answer(self.settings, asked),
            lambda: {"lag_seconds": 0.0},
            self.clock,
        )
        self.keys = {
            role: users.add_user(self.app.state, name=role.value, role=role, now=self.clock.now()) for role in Role
        }

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: Role | None = Role.ADMIN,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        said = {"host": "127.0.0.1:8141", "content-type": "application/json", **(headers or {})}
        if role is not None:
            said["authorization"] = f"Bearer {self.keys[role]}"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return asyncio.run(send(self.desk, method, PREFIX + path, said, raw))

    def close(self) -> None:
        self.app.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    made = Api(tmp_path_factory.mktemp("api"))
    yield made
    made.close()


def target(one: Endpoint) -> str:
    return re.sub(r"\{[^}]*\}", "nowhere", one.path)


def problem(answer: Answer) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told: dict[str, Any] = json.loads(answer.body)
    assert {"type", "title", "status", "code", "detail", "hint"} <= told.keys()
    assert told["status"] == answer.status
    return told


# ── described truthfully ──


def test_the_description_names_every_endpoint_with_what_it_takes_and_answers(api: Api) -> None:
    told = json.loads(api.ask("GET", "/openapi.json", role=None).body)

    assert told["openapi"].startswith("3.1")
    operations = [(path, method) for path, methods in told["paths"].items() for method in methods]
    assert len(operations) == len(catalogue.DESCRIBED)
    ids = [told["paths"][path][method]["operationId"] for path, method in operations]
    assert len(set(ids)) == len(ids), sorted(one for one in ids if ids.count(one) > 1)
    assert all(name.isidentifier() for name in ids)
    for path, method in operations:
        one = told["paths"][path][method]
        assert one["summary"].endswith("."), path
        assert {"401", "403"} <= one["responses"].keys()
        named = {said["name"] for said in one["parameters"] if said["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path))


def test_every_reference_of_the_description_leads_somewhere(api: Api) -> None:
    text = api.ask("GET", "/openapi.json", role=None).text
    components = json.loads(text)["components"]["schemas"]

    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in components


@pytest.mark.parametrize("one", WRITES)
def test_the_example_of_an_endpoint_is_read(one: Endpoint) -> None:
    import msgspec

    assert one.example, "a body needs an example"
    msgspec.convert(dict(one.example), type=one.body)


# ── guarded everywhere ──


@pytest.mark.parametrize("one", ALL)
def test_nothing_is_answered_without_a_key(one: Endpoint, api: Api) -> None:
    assert problem(api.ask(one.method, target(one), role=None))["code"] == "secret_key_needed"


@pytest.mark.parametrize("one", ALL)
def test_a_role_without_the_right_is_refused(one: Endpoint, api: Api) -> None:
    from comptoir.access.roles import Principal

    without = [role for role in Role if not Principal(name="", role=role).may(one.right)]
    assert without or one.right == Right.ASK
    for role in without:
        assert problem(api.ask(one.method, target(one), role=role))["code"] == "not_allowed"


def test_what_is_not_there_is_said_as_a_problem(api: Api) -> None:
    assert problem(api.ask("GET", "/nowhere"))["code"] == "nothing_here"
    assert problem(api.ask("DELETE", "/scenarios"))["code"] == "method_not_taken"


# ── never broken by what is sent ──

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("one", WRITES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_body_breaks_an_endpoint(one: Endpoint, api: Api, data: st.DataObject) -> None:
    names = list(one.example) or ["name"]
    shaped = st.fixed_dictionaries({}, optional={name: st.just(one.example[name]) | _JSON for name in names})
    body = data.draw(_JSON | shaped)

    answer = api.ask(one.method, target(one), body)

    assert answer.status < 500, answer.text
    if answer.status >= 400:
        problem(answer)


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[]", b'{"a": 1e999}', b"null", b"[" * 5_000])
def test_a_body_that_is_no_json_of_ours_is_refused_with_its_place(raw: bytes, api: Api) -> None:
    told = problem(api.ask("POST", "/scenarios/check", raw))

    assert told["code"] == "bad_api_request"
    assert told["detail"]


def test_a_wrong_field_is_named(api: Api) -> None:
    told = problem(api.ask("POST", "/users", {"name": "x", "role": "king"}))

    assert "$.role" in told["detail"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "strange=1", "cursor=%00", "cursor=abc", "limit=1&limit=2"]
)
def test_a_wrong_query_is_refused(query: str, api: Api) -> None:
    assert problem(api.ask("GET", f"/scenarios?{query}"))["code"] == "bad_api_request"


def test_a_body_beyond_two_megabytes_is_refused(api: Api) -> None:
    assert problem(api.ask("POST", "/scenarios/check", b" " * 2_000_001))["code"] == "body_too_long"


def test_another_kind_of_content_is_refused(api: Api) -> None:
    told = problem(api.ask("POST", "/scenarios/check", b"a=b", headers={"content-type": "text/plain"}))

    assert "application/json" in told["detail"]


# ── lists in parts ──


def test_a_list_is_read_to_its_end_while_it_grows(api: Api) -> None:
    for name in ("zz2", "zz4", "zz6"):
        assert api.ask("POST", "/sources", {"name": name}).status == 201
    seen: list[str] = []
    cursor, start = "", f"&cursor={cursors.write(['zz'])}"
    while True:
        answer = json.loads(api.ask("GET", f"/sources?limit=1{cursor or start}").body)
        seen += [one["name"] for one in answer["items"]]
        if seen == ["zz2"]:
            api.ask("POST", "/sources", {"name": "zz1"})  # before the place: not seen, and moves nothing
            api.ask("POST", "/sources", {"name": "zz5"})
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"

    assert seen == ["zz2", "zz4", "zz5", "zz6"]


@given(st.lists(st.integers(-(2**60), 2**60) | st.text(), max_size=4))
def test_a_cursor_is_read_back(place: list[str | int]) -> None:
    assert cursors.read(cursors.write(place), list[str | int]) == place


@given(st.text())
def test_any_word_is_a_cursor_or_refused(word: str) -> None:
    with contextlib.suppress(BadRequest):
        assert len(cursors.read(word, tuple[str, int])) == 2


# ── done once ──


def test_the_same_key_and_request_are_done_once_and_answered_alike(api: Api) -> None:
    headers = {"idempotency-key": "k-1"}
    first = api.ask("POST", "/sources", {"name": "once"}, headers=headers)
    again = api.ask("POST", "/sources", {"name": "once"}, headers=headers)

    assert (first.status, first.body) == (again.status, again.body) == (201, first.body)
    assert again.headers["idempotency-replayed"] == "true"
    assert problem(api.ask("POST", "/sources", {"name": "twice"}, headers=headers))["code"] == (
        "idempotency_key_used_otherwise"
    )


def test_a_key_shown_once_lies_nowhere_in_the_store(api: Api) -> None:
    made = json.loads(
        api.ask("POST", "/users", {"name": "secret", "role": "admin"}, headers={"idempotency-key": "k-s"}).body
    )

    with api.app.state.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(one.read_bytes() for one in api.settings.home.glob("state.db*"))
    assert hash_key(made["key"]).encode() in stored
    assert made["key"].encode() not in stored


def test_a_refusal_is_remembered_too_and_a_key_is_ones_own(api: Api) -> None:
    headers = {"idempotency-key": "k-2"}
    refused = api.ask("POST", "/scenarios/check", {"definition": "x"}, headers=headers)
    again = api.ask("POST", "/scenarios/check", {"definition": "x"}, headers=headers)
    others = api.ask("POST", "/scenarios/check", {"definition": "x"}, headers=headers, role=Role.MARKETING)

    assert problem(refused)["code"] == problem(again)["code"] == problem(others)["code"]
    assert "idempotency-replayed" in again.headers
    assert "idempotency-replayed" not in others.headers


def test_after_a_day_a_key_is_forgotten(api: Api) -> None:
    headers = {"idempotency-key": "k-3"}
    api.ask("POST", "/sources", {"name": "daily"}, headers=headers)
    api.clock.advance(idempotency.REMEMBERED + timedelta(seconds=1))

    again = api.ask("POST", "/sources", {"name": "daily"}, headers=headers)

    assert problem(again)["code"] == "source_exists"


def test_of_two_at_once_one_is_done_and_the_other_waits(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    publish = definitions.check

    def slow(text: str) -> Any:
        begun.set()
        go_on.wait(5)
        return publish(text)

    monkeypatch.setattr(definitions, "check", slow)
    headers = {"idempotency-key": "k-4"}
    answers: list[Answer] = []
    shipped = definitions.shipped()["abandoned-basket"]
    first = threading.Thread(
        target=lambda: answers.append(api.ask("POST", "/scenarios/check", {"definition": shipped}, headers=headers))
    )
    first.start()
    begun.wait(5)
    second = api.ask("POST", "/scenarios/check", {"definition": shipped}, headers=headers)
    go_on.set()
    first.join()

    assert problem(second)["code"] == "idempotency_key_under_way"
    assert answers[0].status == 200
    assert api.ask("POST", "/scenarios/check", {"definition": shipped}, headers=headers).body == answers[0].body


# ── keys that may less than their role ──


def test_a_key_may_be_narrowed_to_some_rights_and_ends(api: Api) -> None:
    made = json.loads(
        api.ask("POST", "/users", {"name": "metabase", "role": "admin", "rights": ["ask"], "days": 2}).body
    )
    bearer = {"authorization": f"Bearer {made['key']}"}
    question = {"sql": "SELECT 1 AS one"}

    assert api.ask("POST", "/query", question, role=None, headers=bearer).status == 200
    assert problem(api.ask("GET", "/sources", role=None, headers=bearer))["code"] == "not_allowed"
    assert "only ask" in api.ask("GET", "/users").text
    api.clock.advance(timedelta(days=2, seconds=3))
    assert api.ask("POST", "/query", question, role=None, headers=bearer).status == 401
