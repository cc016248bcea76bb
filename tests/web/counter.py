"""A small shop behind a desk, for tests of pages: a warehouse with the documented views, people, and one clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import pyarrow as pa

from comptoir.access import keys
from comptoir.clock import ManualClock, micros
from comptoir.config import DeskSettings, Settings
from comptoir.identity import store
from comptoir.ids import hash64
from comptoir.model.identifier import node_of, profile_named_after
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.reports import ask
from comptoir.server import desk
from comptoir.state.base import State
from comptoir.web.visit import token_of
from tests.stores import new_state

NOW = datetime(2026, 11, 21, 14, 32, 5)
_FACTS = Path(desk.__file__).parents[1] / "warehouse" / "migrations" / "0001_facts.sql"

# the columns of the documented views (docs/reference/facts.md), as tables that a test fills
_VIEWS = """
CREATE VIEW events_all AS
    SELECT e.*, p.profile_id FROM fact.events e LEFT JOIN fact.profile_of p USING (node_id);
CREATE VIEW events AS SELECT * FROM events_all WHERE robot_reason IS NULL;
CREATE TABLE sessions (session_id VARCHAR, brand VARCHAR, node_id BIGINT, profile_id VARCHAR, started_at TIMESTAMP,
    ended_at TIMESTAMP, page_count BIGINT, channel VARCHAR, channel_detail VARCHAR);
CREATE TABLE carts (cart_key VARCHAR, brand VARCHAR, cart_id VARCHAR, node_id BIGINT, profile_id VARCHAR,
    source VARCHAR, opened_at TIMESTAMP, last_action_at TIMESTAMP, order_key VARCHAR, state VARCHAR, item_count BIGINT,
    amount_minor BIGINT, currency VARCHAR,
    first_touch_id VARCHAR, last_touch_id VARCHAR);
CREATE TABLE orders (order_key VARCHAR, brand VARCHAR, order_id VARCHAR, node_id BIGINT, profile_id VARCHAR,
    ordered_at TIMESTAMP, status VARCHAR, trust VARCHAR, currency VARCHAR, amount_minor BIGINT, source VARCHAR,
    last_touch_id VARCHAR, first_touch_id VARCHAR);
CREATE TABLE revenue_ledger (order_key VARCHAR, brand VARCHAR, kind VARCHAR, amount_minor BIGINT, currency VARCHAR,
    node_id BIGINT, occurred_at TIMESTAMP, profile_id VARCHAR);
CREATE TABLE IF NOT EXISTS fact.source_policy (source VARCHAR, accepts_claimed_orders BOOLEAN);
CREATE TABLE fact.fx_rates (currency VARCHAR, into_currency VARCHAR, day DATE, factor DECIMAL(18,10));
CREATE TABLE fact.brand_currency (brand VARCHAR, currency VARCHAR);
CREATE VIEW fact.ledger_in_brand AS SELECT *, currency AS paid_currency, amount_minor AS paid_minor FROM revenue_ledger;
CREATE VIEW revenue AS SELECT * FROM fact.ledger_in_brand;
CREATE TABLE touchpoints (touchpoint_id VARCHAR, kind VARCHAR, occurred_at TIMESTAMP, message_id VARCHAR,
    utm_content VARCHAR, utm_campaign VARCHAR, channel VARCHAR, channel_detail VARCHAR, session_id VARCHAR);
CREATE TABLE messages (message_id VARCHAR, outcome VARCHAR, reason VARCHAR, scenario VARCHAR, step VARCHAR,
    channel VARCHAR, node_id BIGINT, decided_at TIMESTAMP,
    scenario_version INTEGER, brand VARCHAR, profile_id VARCHAR, wished_at TIMESTAMP,
    cart_id VARCHAR);
CREATE TABLE deliveries (message_id VARCHAR, kind VARCHAR, detail VARCHAR, link VARCHAR, node_id BIGINT,
    robot_reason VARCHAR, occurred_at TIMESTAMP);
CREATE TABLE cart_lines (cart_key VARCHAR, brand VARCHAR, product_id VARCHAR, variant_id VARCHAR,
    quantity DECIMAL(18,6), amount_minor BIGINT, currency VARCHAR);
CREATE TABLE products (brand VARCHAR, product_id VARCHAR, name VARCHAR, category VARCHAR);
CREATE TABLE order_lines (order_key VARCHAR, brand VARCHAR, product_id VARCHAR, amount_minor BIGINT);
CREATE TABLE pickups (node_id BIGINT, brand VARCHAR);
CREATE TABLE subscription_changes (node_id BIGINT, brand VARCHAR);
CREATE TABLE campaign_returns (node_id BIGINT, brand VARCHAR);
CREATE TABLE claims (node_id BIGINT, brand VARCHAR);
CREATE VIEW consents AS SELECT * FROM fact.consents;
CREATE VIEW loyalty_movements AS SELECT * FROM fact.loyalty_movements;
DROP TABLE IF EXISTS fact.orders;
CREATE VIEW fact.orders AS
    SELECT *, coalesce(TRY_CAST('0x' || order_key AS UBIGINT), hash(order_key)) AS order_hash FROM main.orders;
DROP TABLE IF EXISTS fact.carts;
CREATE VIEW fact.carts AS
    SELECT *, coalesce(TRY_CAST('0x' || cart_key AS UBIGINT), hash(cart_key)) AS cart_hash FROM main.carts;
DROP TABLE IF EXISTS fact.revenue_ledger;
CREATE VIEW fact.revenue_ledger AS
    SELECT *, coalesce(TRY_CAST('0x' || order_key AS UBIGINT), hash(order_key)) AS order_hash, 'confirmed' AS trust,
        '' AS source
    FROM main.revenue_ledger;
DROP TABLE IF EXISTS fact.message_records;
CREATE VIEW fact.message_records AS SELECT *, decided_at AS occurred_at FROM main.messages;
DROP TABLE IF EXISTS fact.delivery_records;
CREATE VIEW fact.delivery_records AS SELECT * FROM main.deliveries;
"""
"""What ticks would derive is put in as it is read; the tables beneath give the same rows."""


@dataclass(slots=True)
class Answer:
    """What the desk answered."""

    status: int
    headers: dict[str, str]
    body: bytes
    set_cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Counter:
    """The shop: what a test puts in, and the desk it asks."""

    warehouse: duckdb.DuckDBPyConnection
    state: State
    clock: ManualClock
    app: desk.Front
    secret_key: str
    status: dict[str, Any]
    ticks: int = 0

    def get(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Ask the desk as a browser on this machine would."""
        return asyncio.run(send(self.app, method, target, {"host": "127.0.0.1:8141", **headers}))

    def post(self, target: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Send a form as a page of ours would: with the token that stands in it."""
        token = token_of(self.app.form_secret)
        body = urlencode({"token": token, **form}).encode()
        sent = {
            "host": "127.0.0.1:8141",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body)),
            **headers,
        }
        return asyncio.run(send(self.app, "POST", target, sent, body))

    def people(
        self,
        seen: Sequence[tuple[str, str]],
        links: Sequence[tuple[int, int, str]] = (),
        traits: Mapping[str, str] | None = None,
    ) -> str:
        """Make people known by their identifiers, joined by links (places in `seen`); give the first one's profile."""
        self.ticks += 1
        at = micros(self.clock.now())
        nodes = [node_of(kind, value) for kind, value in seen]
        with self.state.write() as connection:
            store.apply(
                connection,
                tick_id=self.ticks,
                spool="front",
                offset_after=self.ticks,
                nodes=[NodeSeen(node, kind, value, at) for node, (kind, value) in zip(nodes, seen, strict=True)],
                links=[LinkClaim(nodes[a], nodes[b], why, "confirmed", at, f"m{a}{b}") for a, b, why in links],
                traits=[
                    TraitSeen(nodes[0], name, value, at, "m", "confirmed") for name, value in (traits or {}).items()
                ],
            )
            profiles = store.profiles_of(connection, nodes)
        self.warehouse.executemany(
            "INSERT OR REPLACE INTO fact.profile_of VALUES (?, ?, ?, ?)",
            [(node, kind, value, profiles[node]) for node, (kind, value) in zip(nodes, seen, strict=True)],
        )
        return profiles[nodes[0]]

    def event(self, name: str, node: int = 0, *, ago: timedelta = timedelta(0), **columns: object) -> None:
        """Put an accepted event into the facts."""
        at = self.clock.now().replace(tzinfo=None) - ago
        row: dict[str, object] = {
            "tick_id": 1,
            "message_id": f"m-{name}-{at}",
            "message_hash": hash64(name, str(at), str(columns)),
            "body_hash": 1,
            "type": "track",
            "name": name,
            "node_id": node,
            "browser_node": node,
            "brand": "main",
            "source": "site",
            "dialect": "segment",
            "trust": "claimed",
            "lane": "crm",
            "historical": False,
            "occurred_at": at,
            "received_at": at,
            "properties": "{}",
            "traits": "{}",
        } | columns
        self.put("fact.events", row)

    def refused(self, reason: str, *, ago: timedelta = timedelta(0), **columns: object) -> None:
        """Put a refused event into the facts."""
        at = self.clock.now().replace(tzinfo=None) - ago
        row = {
            "tick_id": 1,
            "failed_id": f"f{at}",
            "trust": "claimed",
            "source": "site",
            "brand": "main",
            "reason": reason,
            "received_at": at,
        }
        self.put("fact.failed", row | columns)

    def put(self, table: str, row: Mapping[str, object]) -> None:
        """Put a row into a table of the warehouse."""
        holders = ", ".join(f"${place}" for place in range(1, len(row) + 1))
        statement = " ".join(("INSERT INTO", table, "(", ", ".join(row), ") VALUES (", holders, ")"))
        self.warehouse.execute(statement, list(row.values()))


def open_counter(home: Path, *, host: str = "127.0.0.1") -> Counter:
    """Open a shop with nothing in it."""
    warehouse = duckdb.connect()
    warehouse.execute(_FACTS.read_text(encoding="utf-8"))
    warehouse.execute(_FACTS.with_name("0007_failed_routes.sql").read_text(encoding="utf-8"))
    warehouse.execute(_FACTS.with_name("0011_quality.sql").read_text(encoding="utf-8"))
    warehouse.execute(_VIEWS)
    state = new_state(home / "state.db")
    clock = ManualClock()
    clock.at = clock.at.replace(
        year=NOW.year, month=NOW.month, day=NOW.day, hour=NOW.hour, minute=NOW.minute, second=NOW.second
    )
    secret = keys.add_source(state, name="site", now=clock.now()).secret_key
    status: dict[str, Any] = {"lag_seconds": 0.01}
    settings = Settings(home=home, desk=DeskSettings(host=host, login=False))

    def answer(request: Mapping[str, Any]) -> pa.Table:
        return ask.answer(warehouse.cursor(), request)

    app = desk.make(settings, state, answer, lambda: status, clock)
    return Counter(warehouse, state, clock, app, secret, status)


async def send(app: desk.Front, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Send one request to an ASGI app and gather its answer."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "root_path": "",
        "path": _decoded(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "server": ("127.0.0.1", 8141),
        "client": ("127.0.0.1", 50000),
        "headers": [
            (name.replace("_", "-").lower().encode(), value.encode("latin-1")) for name, value in headers.items()
        ],
    }
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def note(message: Any) -> None:
        said.append(dict(message))

    await app(scope, receive, note)
    pairs = [(name.decode().lower(), value.decode("latin-1")) for name, value in said[0]["headers"]]
    cookies = [value for name, value in pairs if name == "set-cookie"]
    assert all(SimpleCookie(one) for one in cookies)
    return Answer(said[0]["status"], dict(pairs), b"".join(part.get("body", b"") for part in said[1:]), cookies)


def _decoded(path: str) -> str:
    from urllib.parse import unquote

    return unquote(path)


def fill(counter: Counter) -> str:
    """Fill the shop with a week that looks like one, and give Camille's profile."""
    camille = counter.people(
        [
            ("account", "C-10482"),
            ("email", "camille.durand@example.org"),
            ("anonymous", "3f1c-laptop"),
            ("anonymous", "9ab2-phone"),
            ("loyalty_card", "2960001234567"),
            ("anonymous", "77de-tablet"),
        ],
        [(0, 1, "identify"), (0, 2, "event"), (1, 3, "click"), (0, 4, "import"), (0, 5, "event")],
        {"first_name": '"Camille"', "last_name": '"Durand"', "birthday": '"1988-03-02"', "points": "1240"},
    )
    tablet = counter.people(
        [("account", "C-77001"), ("anonymous", "77de-tablet")], [(0, 1, "event")], {"first_name": '"Paul"'}
    )
    assert tablet
    node, phone = node_of("account", "C-10482"), node_of("anonymous", "9ab2-phone")
    now = counter.clock.now().replace(tzinfo=None)
    ago = timedelta
    for minute in range(60):
        one = node if minute % 7 == 0 else node_of("anonymous", f"visitor-{minute % 9}")
        if minute % 7:
            counter.people([("anonymous", f"visitor-{minute % 9}")])
        counter.event(
            ("Product Viewed", "Product Added", "page", "Product List Viewed")[minute % 4],
            one,
            ago=ago(minutes=3 * minute),
            product_id=f"SKU-{1000 + minute}" if minute % 4 < 2 else None,
            url=f"https://www.boutique.example/rayon/{minute}?utm_source=news",
            properties=f'{{"product_id":"SKU-{1000 + minute}","price":{20 + minute}.90,"ref":12345678901234567890123}}',
            source="site" if minute % 3 else "appli",
            robot_reason="Googlebot" if minute == 11 else None,
        )
    for day in range(7):
        for visit in range(20 + 13 * (day % 4)):
            counter.put(
                "sessions",
                {
                    "session_id": f"s{day}-{visit}",
                    "brand": "main",
                    "node_id": visit,
                    "profile_id": f"p{day:08x}{visit:08x}",
                    "started_at": now - ago(days=day, minutes=visit),
                    "ended_at": now - ago(days=day),
                },
            )
            counter.event("page", visit, ago=ago(days=day, seconds=visit), message_id=f"d{day}-{visit}")
    counter.put(
        "sessions",
        {
            "session_id": "sc",
            "brand": "main",
            "node_id": node,
            "profile_id": camille,
            "started_at": now - ago(days=64),
            "ended_at": now - ago(days=64),
        },
    )
    counter.put(
        "sessions",
        {
            "session_id": "sd",
            "brand": "main",
            "node_id": phone,
            "profile_id": camille,
            "started_at": now - ago(minutes=50),
            "ended_at": now - ago(minutes=2),
        },
    )
    counter.refused(
        "missing_identifier",
        ago=ago(minutes=4),
        detail="neither userId nor anonymousId",
        message_id="x1",
        line='{"type":"track"}',
    )
    counter.refused(
        "bad_amount", ago=ago(minutes=40), detail="line 1204: «12,5O» is no number", import_id="i1", source="caisse"
    )
    carts = [
        ("ordered", 2, 12990),
        ("abandoned", 3, 8450),
        ("open", 1, 2990),
        ("checkout", 4, 21900),
        ("abandoned", 1, 1990),
    ]
    for place, (state, items, minor) in enumerate(carts):
        counter.put(
            "carts",
            {
                "cart_key": f"c{place}",
                "brand": "main",
                "cart_id": f"basket-{place}",
                "node_id": node if place < 2 else 5,
                "profile_id": camille,
                "source": "site",
                "opened_at": now - ago(hours=3 * place + 2),
                "last_action_at": now - ago(hours=3 * place + 1),
                "state": state,
                "item_count": items,
                "amount_minor": minor,
                "currency": "EUR",
            },
        )
    counter.put("touchpoints", {"touchpoint_id": "k1", "kind": "click", "occurred_at": now - ago(hours=1)})
    sold = [
        ("2026-1187", 12990, "EUR", 1, "k1"),
        ("2026-1186", 1203450, "EUR", 30, None),
        ("2026-1101", 4500, "EUR", 80, None),
        ("GB-77", 8900, "GBP", 50, None),
    ]
    for order_id, minor, currency, hours, touch in sold:
        at = now - ago(hours=hours)
        counter.put(
            "orders",
            {
                "order_key": f"k{order_id}",
                "brand": "main",
                "order_id": order_id,
                "node_id": node if hours == 1 else 9,
                "profile_id": camille,
                "ordered_at": at,
                "status": "completed",
                "trust": "confirmed",
                "currency": currency,
                "amount_minor": minor,
                "source": "site",
                "last_touch_id": touch,
            },
        )
        counter.put(
            "revenue_ledger",
            {
                "order_key": f"k{order_id}",
                "brand": "main",
                "kind": "sale",
                "amount_minor": minor,
                "currency": currency,
                "node_id": node if hours == 1 else 9,
                "occurred_at": at,
            },
        )
    counter.put(
        "messages",
        {
            "message_id": "msg-1",
            "brand": "main",
            "outcome": "sent",
            "scenario": "Panier abandonné",
            "step": "rappel",
            "channel": "email",
            "node_id": node,
            "decided_at": now - ago(hours=1, minutes=35),
        },
    )
    counter.put(
        "messages",
        {
            "message_id": "msg-2",
            "brand": "main",
            "outcome": "dropped",
            "reason": "capped",
            "scenario": "Bienvenue",
            "step": "jour 1",
            "channel": "email",
            "node_id": node,
            "decided_at": now - ago(days=1),
        },
    )
    counter.put(
        "deliveries",
        {"message_id": "msg-1", "kind": "accepted", "node_id": node, "occurred_at": now - ago(hours=1, minutes=34)},
    )
    counter.put(
        "deliveries",
        {
            "message_id": "msg-1",
            "kind": "clicked",
            "link": "https://www.boutique.example/panier",
            "node_id": node,
            "occurred_at": now - ago(hours=1, minutes=10),
        },
    )
    counter.put(
        "deliveries", {"message_id": "msg-9", "kind": "unknown", "node_id": 9, "occurred_at": now - ago(hours=5)}
    )
    for state, days in (("granted", 64), ("withdrawn", 30), ("granted", 3)):
        counter.put(
            "fact.consents",
            {
                "tick_id": 1,
                "message_id": f"co{days}",
                "message_hash": days,
                "brand": "main",
                "source": "site",
                "trust": "confirmed",
                "node_id": node_of("email", "camille.durand@example.org"),
                "contact_kind": "email",
                "contact": "camille.durand@example.org",
                "purpose": "marketing",
                "channel": "email",
                "state": state,
                "text_version": "2026-01",
                "proof": "formulaire de compte",
                "occurred_at": now - ago(days=days),
                "received_at": now - ago(days=days),
            },
        )
    assert profile_named_after(node) == camille
    return camille
