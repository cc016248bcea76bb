"""Work over the API that goes on by itself: an import from a file to its facts, and a dry run to its answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comptoir.access.roles import Role
from comptoir.scenarios import definitions
from tests.web.test_api import Api, problem

ORDERS = """order_id,ordered_at,email,product_id,quantity,price,currency
1001,2026-01-02T10:00:00Z,ann@example.org,mug,2,12.50,EUR
"""


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    made = Api(tmp_path)
    yield made
    made.close()


def said(api: Api, method: str, path: str, body: object = None) -> Any:
    answer = api.ask(method, path, body)
    assert answer.status < 300, answer.text
    return json.loads(answer.body) if answer.body else None


def wait_for(api: Api, path: str, *ends: str) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = said(api, "GET", path)
        if told["state"] in ends:
            return told
        time.sleep(0.2)
    raise AssertionError(told)


def test_a_file_is_drafted_run_and_becomes_facts(api: Api) -> None:
    folder = api.settings.path("imports")
    folder.mkdir()
    (folder / "orders.csv").write_text(ORDERS, encoding="utf-8")
    assert [one["name"] for one in said(api, "GET", "/imports/files")] == ["orders.csv"]

    draft = said(api, "POST", "/imports", {"file": "orders.csv", "kind": "orders"})
    assert draft["state"] == "draft"
    assert "order_id" in draft["mapping"]
    started = said(api, "POST", f"/imports/{draft['id']}/run")
    done = wait_for(api, f"/imports/{started['id']}", "done", "failed")

    assert (done["state"], done["read"], done["accepted"], done["refused"]) == ("done", 1, 1, 0), done
    assert [one["id"] for one in said(api, "GET", "/imports")] == [started["id"]]
    assert said(api, "POST", "/query", {"sql": "SELECT count(*) AS n FROM orders"}) == [{"n": 1}]


@pytest.mark.parametrize("file", ["../state.db", "nothing.csv", ".hidden", "a/b.csv", ""])
def test_no_other_file_of_the_machine_is_read(file: str, api: Api) -> None:
    (api.settings.path("imports")).mkdir()

    assert problem(api.ask("POST", "/imports", {"file": file, "kind": "orders"}))["code"] == "bad_api_request"


def test_a_scenario_is_tried_in_the_background(api: Api) -> None:
    said(api, "POST", "/query", {"sql": "SELECT 1"})  # no engine runs here: the first question makes the warehouse
    text = definitions.shipped()["abandoned-basket"]
    said(api, "POST", "/scenarios/publish", {"definition": text})

    began = said(api, "POST", "/scenarios/abandoned-basket/dry-runs", {"days": 7})
    assert began["state"] in {"running", "done"}
    done = wait_for(api, f"/dry-runs/{began['id']}", "done", "failed")

    assert done["state"] == "done", done["wrong"]
    assert said(api, "GET", f"/dry-runs/{began['id']}/answer")
    assert [one["id"] for one in said(api, "GET", "/scenarios/abandoned-basket/dry-runs")] == [began["id"]]
    assert api.ask("DELETE", f"/dry-runs/{began['id']}").status == 204
    assert problem(api.ask("GET", f"/dry-runs/{began['id']}"))["code"] == "rehearsal_not_found"


def test_an_empty_outbox_is_an_empty_list(api: Api) -> None:
    assert said(api, "GET", "/outbox?state=unknown") == {"items": [], "next": None}
    assert problem(api.ask("GET", "/outbox/none"))["code"] == "message_not_found"
    assert problem(api.ask("POST", "/outbox/none/settle", {"was_sent": True}))["code"] == "message_not_found"
    assert api.ask("GET", "/outbox", role=Role.FINANCE).status == 403
