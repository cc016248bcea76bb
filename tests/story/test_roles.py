"""Four trades read the same figures, each its own way: in SQL, on the command line and over the API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from comptoir.access import users
from comptoir.access.keys import add_source
from comptoir.access.roles import Role
from comptoir.reports import ask
from comptoir.reports.guard import QueryRefused
from comptoir.reports.surface import VIEWS
from comptoir.server import desk
from tests.shop import Shop
from tests.web.counter import Answer, send

SECRET_COLUMNS = {"tax_minor", "cost_minor", "fx_rate_on", "line_key", "booked_at", "source_ref", "product_id"}
"""What finance reads of revenue, and marketing does not."""

TRICKS = (
    "SELECT * FROM main.{view}",
    "SELECT * FROM memory.main.{view}",
    "SELECT * FROM finance.{view}",
    "SELECT * FROM fact.{view}",
    "WITH {view} AS (SELECT * FROM {view}) SELECT * FROM {view}",
    "WITH RECURSIVE {view} AS (SELECT * FROM {view} UNION ALL SELECT * FROM {view}) SELECT * FROM {view}",
    "SELECT * FROM (SELECT * FROM {view})",
    'SELECT * FROM "{view}"',
    "SELECT * FROM query_table('{view}')",
    "SELECT (SELECT max(amount_minor) FROM {view})",
    "SELECT getvariable('comptoir_brands') FROM {view}",
    "SET VARIABLE comptoir_brands = NULL; SELECT * FROM {view}",
    "SELECT * FROM {view} PIVOT (sum(amount_minor) FOR brand IN ('main', 'other'))",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of two brands, each with a visitor who fills a cart, orders, and once said yes to mails."""
    shop = Shop(tmp_path_factory.mktemp("roles"))
    for number, brand in enumerate(("main", "other")):
        add_source(shop.app.state, name=f"site-{brand}", brand=brand, now=shop.clock.now())
        who: dict[str, Any] = {
            "user_id": f"u{number}",
            "anonymous_id": f"b{number}",
            "brand": brand,
            "trust": "confirmed",
        }
        item = {"product_id": f"p{number}", "price": 20, "quantity": 1, "currency": "EUR", "cart_id": f"c{number}"}
        shop.say(
            shop.line("Product Viewed", properties=item, **who),
            shop.line("Product Added", after=5, properties=item, **who),
            shop.line(
                "Order Completed",
                after=60,
                properties={
                    "order_id": f"o{number}", "cart_id": f"c{number}", "currency": "EUR", "tax": 4, "total": 20,
                    "products": [item], "email": f"u{number}@example.org",
                },
                **who,
            ),
            shop.line("Consent", type="record", after=61, properties={
                "contact_kind": "email", "contact": f"u{number}@example.org", "purpose": "marketing",
                "channel": "email", "state": "granted",
            }, **who),
            shop.line("Product", type="record", after=62, properties={"product_id": f"p{number}"}, **who),
            shop.line("Loyalty Movement", type="record", after=63, properties={"kind": "earned", "points": 3}, **who),
        )  # fmt: skip
    shop.tick()
    yield shop
    shop.close()


def reading(shop: Shop, sql: str, role: Role, *brands: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask.ask(shop.warehouse.cursor(), sql, role=role, brands=brands).to_pylist()
    return rows


def test_marketing_reads_what_an_order_came_to_and_finance_how_it_is_made(shop: Shop) -> None:
    (columns,) = [set(row) for row in reading(shop, "SELECT * FROM revenue LIMIT 1", Role.MARKETING)]
    assert not columns & SECRET_COLUMNS

    same = "SELECT brand, currency, sum(amount_minor) AS minor FROM revenue GROUP BY ALL ORDER BY ALL"
    assert reading(shop, same, Role.MARKETING) == reading(shop, same, Role.FINANCE) == reading(shop, same, Role.ADMIN)
    ledger = reading(shop, "SELECT * FROM revenue_ledger", Role.FINANCE)
    assert ledger
    assert set(ledger[0]) >= SECRET_COLUMNS


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_a_view_that_is_not_the_roles_is_refused_however_it_is_named(shop: Shop, role: Role) -> None:
    kept = {view for view in VIEWS if _is_refused(shop, f"SELECT * FROM {view}", role)}
    assert kept
    for view in kept:
        for trick in TRICKS:
            assert _is_refused(shop, trick.format(view=view), role), (role, trick, view)


@pytest.mark.parametrize("role", Role)
def test_nobody_of_one_brand_reads_a_row_of_another(shop: Shop, role: Role) -> None:
    read = 0
    for view in sorted(VIEWS):
        if _is_refused(shop, f"SELECT * FROM {view}", role):
            continue
        rows = reading(shop, f"SELECT * FROM {view}", role, "other")
        read += len(rows)
        assert {row.get("brand", "other") for row in rows} <= {"other"}, view
        assert not {row.get("profile_id") for row in rows} & _profiles_of(shop, "main"), view
    assert read > 0


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_even_without_the_guard_what_a_role_may_not_read_is_empty(shop: Shop, role: Role) -> None:
    for view in sorted(VIEWS):
        if _is_refused(shop, f"SELECT * FROM {view}", role):
            assert shop.raw(f"SELECT * FROM {role.value}.{view}") == [], view


def test_finance_reads_no_address_and_support_no_revenue(shop: Shop) -> None:
    for view in ("consents", "events", "sessions"):
        assert _is_refused(shop, f"SELECT * FROM {view}", Role.FINANCE)
    assert "contact" not in _columns(shop, "messages", Role.FINANCE)
    for view in ("revenue", "revenue_ledger"):
        assert _is_refused(shop, f"SELECT * FROM {view}", Role.SUPPORT)


def test_the_api_lets_each_key_ask_as_its_role(shop: Shop) -> None:
    app = desk.make(shop.app.settings, shop.app.state, _answering(shop), dict, shop.clock)
    keys = {role: users.add_user(shop.app.state, name=f"api-{role}", role=role, now=shop.clock.now()) for role in Role}
    one = users.add_user(shop.app.state, name="one", role=Role.FINANCE, for_brands=["other"], now=shop.clock.now())

    ledger = {
        role: _post(app, key, "SELECT sum(amount_minor) AS minor FROM revenue_ledger") for role, key in keys.items()
    }
    assert {role: answer.status for role, answer in ledger.items()} == {
        Role.ADMIN: 200, Role.MARKETING: 400, Role.FINANCE: 200, Role.SUPPORT: 400
    }  # fmt: skip
    assert json.loads(ledger[Role.FINANCE].text) == [{"minor": 4000}]
    assert json.loads(_post(app, one, "SELECT sum(amount_minor) AS minor FROM revenue_ledger").text) == [
        {"minor": 2000}
    ]
    assert json.loads(ledger[Role.MARKETING].text)["code"] == "query_refused"

    results = {role: _get(app, key, "/api/v1/results").status for role, key in keys.items()}
    assert results == {Role.ADMIN: 200, Role.MARKETING: 200, Role.FINANCE: 200, Role.SUPPORT: 403}
    assert _get(app, one, "/api/v1/results?brand=main").status == 403
    assert json.loads(_get(app, one, "/api/v1/results").text)["brand"] == "other"
    profiles = {role: _get(app, key, "/api/v1/profiles/account/u0").status for role, key in keys.items()}
    assert profiles == {Role.ADMIN: 200, Role.MARKETING: 200, Role.FINANCE: 403, Role.SUPPORT: 200}
    assert _get(app, "uk_forged", "/api/v1/results").status == 401


def test_a_key_ends_with_its_time_or_its_user_and_a_new_one_overlaps(shop: Shop) -> None:
    app = desk.make(shop.app.settings, shop.app.state, _answering(shop), dict, shop.clock)
    old = users.add_user(shop.app.state, name="anna", role=Role.FINANCE, now=shop.clock.now(), life=timedelta(days=30))
    new = users.new_key(shop.app.state, "anna", now=shop.clock.now())
    assert [_get(app, key, "/api/v1/results").status for key in (old, new)] == [200, 200]

    shop.clock.advance(users.OVERLAP)
    assert [_get(app, key, "/api/v1/results").status for key in (old, new)] == [401, 200]

    users.change_user(shop.app.state, "anna", is_enabled=False)
    app.keys.read_at = float("-inf")
    assert _get(app, new, "/api/v1/results").status == 401


def _is_refused(shop: Shop, sql: str, role: Role) -> bool:
    try:
        reading(shop, sql, role)
    except QueryRefused:
        return True
    return False


def _columns(shop: Shop, view: str, role: Role) -> list[str]:
    question = f"SELECT * FROM {view}"
    return list(ask.ask(shop.warehouse.cursor(), question, role=role).schema.names)


def _profiles_of(shop: Shop, brand: str) -> set[str]:
    return {
        row["profile_id"] for row in shop.ask("SELECT DISTINCT brand, profile_id FROM orders") if row["brand"] == brand
    }


def _answering(shop: Shop) -> Any:
    def answer(request: Mapping[str, Any]) -> Any:
        return ask.answer(shop.warehouse.cursor(), request)

    return answer


def _get(app: desk.Front, key: str, target: str) -> Answer:
    headers = {"host": "127.0.0.1:8141", "authorization": f"Bearer {key}"}
    return asyncio.run(send(app, "GET", target, headers))


def _post(app: desk.Front, key: str, sql: str) -> Answer:
    headers = {"host": "127.0.0.1:8141", "authorization": f"Bearer {key}", "content-type": "application/json"}
    return asyncio.run(send(app, "POST", "/api/v1/query", headers, json.dumps({"sql": sql}).encode()))
