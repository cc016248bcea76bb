"""What the screens do for people, rules, imports and the set-up, done by a program."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from comptoir.access.roles import Role
from comptoir.messaging import servers
from comptoir.messaging.suppression import lift, suppress, suppressed
from comptoir.model.message import DeliveryKind, Receipt
from comptoir.server.api.endpoints import PREFIX
from tests.web.counter import send
from tests.web.test_api import Api, problem
from tests.web.test_api_drafts import said

PEOPLE = b"user_id,email,first_name\nann,ann@example.org,Ann\n"
ROWS = b"""order_id,ordered_at,user_id,product_id,quantity,price,currency
1001,2025-12-20T10:00:00Z,ann,mug,2,12.50,EUR
1002,soon,bob,mug,1,12.50,EUR
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A shop that one import has made, with a customer: Ann."""
    made = Api(tmp_path_factory.mktemp("acts"))
    for kind, body in (("contacts", PEOPLE), ("orders", ROWS)):
        put(made, f"{kind}.csv", body)
        draft = said(made.ask("POST", "/imports", {"file": f"{kind}.csv", "kind": kind}))
        said(made.ask("POST", f"/imports/{draft['id']}/run"))
        deadline = time.monotonic() + 60
        while said(made.ask("GET", "/imports"))[0]["state"] not in {"done", "failed"} and time.monotonic() < deadline:
            time.sleep(0.2)
    yield made
    made.close()


def put(api: Api, name: str, body: bytes) -> Any:
    headers = {
        "host": "127.0.0.1:8141",
        "content-type": "application/octet-stream",
        "authorization": f"Bearer {api.keys[Role.ADMIN]}",
    }
    return asyncio.run(send(api.desk, "PUT", f"{PREFIX}/imports/files/{name}", headers, body))


# ── a person ──


def test_a_person_is_paused_stopped_and_written_to_again(shop: Api) -> None:
    ann = {"person": "ann@example.org"}
    paused = said(shop.ask("POST", "/people/pause", {**ann, "days": 10}))
    assert paused["contacts"] == ["ann@example.org"]
    assert paused["paused_until"][:10] == "2026-01-11"
    shop.clock.advance(timedelta(seconds=1))
    assert said(shop.ask("POST", "/people/resume", ann))["paused_until"] is None

    stopped = said(shop.ask("POST", "/people/stop", ann))
    assert (stopped["is_stopped"], stopped["is_stopped_by_hand"]) == (True, True)
    assert said(shop.ask("GET", "/people/standing?person=ann@example.org")) == stopped
    assert said(shop.ask("POST", "/people/start", ann))["is_stopped"] is False


def test_an_address_that_bounced_stays_stopped(shop: Api) -> None:
    with shop.app.state.write() as connection:
        suppress(connection, contact="ann@example.org", channel="email", reason="bounced", now=shop.clock.now())
    said(shop.ask("POST", "/people/start", {"person": "ann@example.org"}))

    with shop.app.state.write() as connection:
        assert suppressed(connection, contacts=["ann@example.org"], channel="email", brand="main")
        lift(connection, contact="ann@example.org", channel="email", reason="bounced")  # the shop is the others' too


def test_all_that_is_kept_of_a_person_is_given(shop: Api) -> None:
    told = said(shop.ask("GET", "/people/export?person=ann@example.org"))

    assert {one["value"] for one in told["identifiers"]} == {"ann", "ann@example.org"}
    assert [one["order_id"] for one in told["facts"]["orders"]] == ["1001"]
    assert said(shop.ask("GET", "/people/search?q=1001"))[0]["profile_id"] == told["profile_id"]
    assert said(shop.ask("GET", "/people/card?person=ann@example.org"))["worth"][0]["currency"] == "EUR"
    assert problem(shop.ask("GET", "/people/export?person=nobody"))["code"] == "person_not_found"
    assert shop.ask("GET", "/people/export?person=ann@example.org", role=Role.FINANCE).status == 403


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 4_000}, {"until": "2001-01-01T00:00:00Z"}, {"until": "soon"}])
def test_a_pause_ends_in_the_next_ten_years(body: dict[str, Any], shop: Api) -> None:
    told = problem(shop.ask("POST", "/people/pause", {"person": "ann@example.org", **body}))

    assert told["code"] == "bad_api_request"


# ── carts, today, health ──


def test_what_the_screens_show_of_the_shop_is_answered(shop: Api) -> None:
    assert said(shop.ask("GET", "/today?period=y"))["revenue"][0]["amount_minor"] == 2500
    assert said(shop.ask("GET", "/carts?period=y&state=left&sort=worth")) == {"items": [], "next": None}
    assert [one["step"] for one in said(shop.ask("GET", "/carts/funnel"))["steps"]] == [
        "viewed", "cart", "checkout", "order",
    ]  # fmt: skip
    assert shop.ask("GET", "/carts.csv").text.startswith("cart_id,brand,state,")
    told = said(shop.ask("GET", "/health"))
    assert {one["name"]: one["is_up"] for one in told["processes"]}["desk"] is True
    assert {"received", "parts", "off_by"} == told["equation"].keys()
    assert problem(shop.ask("GET", "/carts?brand=another"))["code"] == "no_such_brand"
    assert problem(shop.ask("GET", "/today?country=ZZ"))["code"] == "bad_api_request"


def test_every_literal_address_is_reached_before_one_with_a_name(shop: Api) -> None:
    assert said(shop.ask("GET", "/outbox/unknown")) == []
    assert said(shop.ask("GET", "/outbox/counts")) == {"waiting": 0, "deferred": 0, "unknown": 0}


def test_dns_is_asked_only_when_told_to(shop: Api) -> None:
    asked: list[str] = []
    app: Any = shop.desk.pages

    def nothing(name: str) -> list[str]:
        asked.append(name)
        return []

    app.state.dns = nothing
    said(
        shop.ask(
            "POST", "/mail-servers",
            {"name": "out", "host": "smtp.maison.fr", "sender": "Maison <a@maison.fr>", "dkim": "make"},
        )
    )  # fmt: skip

    assert said(shop.ask("GET", "/senders"))["senders"][0]["checks"] == []
    assert not asked
    checks = said(shop.ask("GET", "/senders?check=true"))["senders"][0]["checks"]

    assert [one["kind"] for one in checks] == ["spf", "dkim", "dmarc"]
    assert checks[0]["verdict"] == "missing"
    assert "comptoir._domainkey.maison.fr" in asked


# ── rules ──


def test_rules_are_tried_and_then_hold(shop: Api) -> None:
    rules = "brand: '*'\ncaps:\n  - {at_most: 1, days: 7}\n"
    began = said(shop.ask("POST", "/pressure/trials", {"definition": rules}))
    deadline = time.monotonic() + 30
    while (told := said(shop.ask("GET", f"/pressure/trials/{began['id']}")))["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert told["state"] == "done"
    assert told["found"]["total"]["wishes"] == 0
    assert said(shop.ask("GET", "/pressure/trials"))[0]["id"] == began["id"]
    other = shop.ask("GET", f"/pressure/trials/{began['id']}", role=Role.MARKETING)
    assert problem(other)["code"] == "pressure_trial_not_found"
    held = said(shop.ask("POST", f"/pressure/trials/{began['id']}/publish"))
    assert held["version"] == 1
    said(shop.ask("POST", "/pressure/policies", {"definition": rules.replace("1, days", "2, days")}))
    assert said(shop.ask("POST", "/pressure/policies/*/back", {"version": 1}))["version"] == 3
    assert "at_most: 1" in said(shop.ask("GET", "/pressure/policies/*"))["definition"]


# ── imports ──


def test_an_import_is_looked_at_mapped_again_and_forgotten(shop: Api) -> None:
    assert put(shop, "again.csv", ROWS.replace(b"order_id", b"number")).status == 201
    draft = said(shop.ask("POST", "/imports", {"file": "again.csv", "kind": "orders"}))
    path = f"/imports/{draft['id']}"

    seen = said(shop.ask("GET", f"{path}/preview"))
    assert seen["columns"][0]["name"] == "number"
    text = "version: 1\nkind: orders\nfields:\n  order_id: {column: number}\n  occurred_at: {column: ordered_at}\n"
    more = "".join(f"  {name}: {{column: {name}}}\n" for name in ("user_id", "product_id", "quantity"))
    mapped = said(
        shop.ask(
            "PATCH", path, {"mapping": text + more + "  unit_price: {column: price}\n  currency: {constant: EUR}\n"}
        )
    )
    assert [bool(one["reason"]) for one in mapped["rows"]] == [False, True]
    assert "1001" in mapped["rows"][0]["values"]
    assert problem(shop.ask("PATCH", path, {"mapping": "kind: shoes"}))["code"] == "mapping_broken"
    assert shop.ask("DELETE", path).status == 204
    assert problem(shop.ask("GET", path))["code"] == "no_such_import"


def test_the_rows_that_an_import_refused_are_told(shop: Api) -> None:
    run = next(one for one in said(shop.ask("GET", "/imports")) if one["kind"] == "orders" and one["state"] == "done")

    refused = said(shop.ask("GET", f"/imports/{run['id']}/refused"))

    assert run["refused"] == len(refused) == 1
    assert "1002" in refused[0]["row"]


@pytest.mark.parametrize("name", ["..%2Fstate.db", ".hidden", "a%2Fb.csv", "x.mapping.yaml", "%00", "a" * 150])
def test_a_file_is_put_nowhere_else(name: str, shop: Api) -> None:
    before = sorted(shop.settings.home.rglob("*"))
    answer = put(shop, name, b"x")

    assert answer.status in {404, 422}, answer.text
    assert sorted(shop.settings.home.rglob("*")) == before


# ── the set-up ──


def test_a_mail_server_is_changed_tried_and_tells_no_secret(shop: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(server: Any, to: str, **_how: Any) -> Receipt:
        asked.append((server.password, to))
        return Receipt(kind=DeliveryKind.ACCEPTED, detail="250 fine")

    monkeypatch.setattr(servers, "try_out", answer)
    made = {"name": "main", "host": "smtp.example", "sender": "a@maison.fr", "password": "hush", "user": "u"}
    first = said(shop.ask("POST", "/mail-servers", made))
    assert (first["has_password"], "hush" in json.dumps(first)) == (True, False)
    assert problem(shop.ask("POST", "/mail-servers", made))["code"] == "mail_server_exists"
    changed = said(shop.ask("PATCH", "/mail-servers/main", {"port": 25, "dkim": "make"}))
    assert (changed["port"], changed["has_password"], changed["dkim_record"][:7]) == (25, True, "v=DKIM1")

    assert said(shop.ask("POST", "/mail-servers/main/test", {"to": "me@maison.fr"})) == {
        "is_fine": True, "detail": "250 fine",
    }  # fmt: skip
    assert asked == [("hush", "me@maison.fr")]
    assert problem(shop.ask("PATCH", "/mail-servers/main", {"sender": "nobody"}))["code"] == "bad_api_request"
    assert problem(shop.ask("PATCH", "/mail-servers/main", {"dkim_key": "no key"}))["code"] == "bad_dkim_key"
    assert shop.ask("DELETE", "/mail-servers/main").status == 204


def test_sending_brands_sources_and_backups_are_set(shop: Api) -> None:
    assert said(shop.ask("PATCH", "/sending", {"is_sending": False})) == {"is_sending": False}
    assert said(shop.ask("PATCH", "/sending", {"is_sending": True})) == {"is_sending": True}
    assert said(shop.ask("PATCH", "/brands/main", {"currency": "CHF"}))["currency"] == "CHF"
    assert problem(shop.ask("PATCH", "/brands/main", {"currency": "XXQ"}))["code"] == "bad_brand"
    assert problem(shop.ask("PATCH", "/brands/none", {"currency": "EUR"}))["code"] == "no_such_brand"
    said(shop.ask("POST", "/sources", {"name": "till"}))
    rules = said(shop.ask("PATCH", "/sources/till/rules", {"origins": ["https://A.example/"], "rate_per_second": 5}))
    assert (rules["origins"], rules["rate_per_second"]) == (["https://a.example"], 5)
    key = said(shop.ask("POST", "/sources/till/keys", {"kind": "secret"}))
    assert key["key"].startswith("sk_")
    assert problem(shop.ask("GET", "/sources", role=None, headers={"authorization": f"Bearer {key['key']}x"}))["code"]
    said(shop.ask("POST", "/backups", {"name": "one"}))
    assert [one["name"] for one in said(shop.ask("GET", "/backups"))["kept"]] == ["one"]
    assert shop.ask("DELETE", "/backups/one").status == 204
    assert problem(shop.ask("DELETE", "/backups/..%2Fspool"))["code"] in {"not_a_backup", "nothing_here"}
    said(shop.ask("POST", "/users", {"name": "zoe", "role": "support"}))
    assert said(shop.ask("PATCH", "/users/zoe", {"brands": ["main"]}))["brands"] == ["main"]
