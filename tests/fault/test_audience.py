"""The audience lane and the customer repository never meet: no id, no address, no clock, no file, no code in common."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from comptoir import app as apps
from comptoir import backup
from comptoir.access import keys
from comptoir.audience.salt import Salts
from comptoir.audience.store import Store
from comptoir.config import AudienceSettings, Settings
from comptoir.engine import Engine, start
from comptoir.model.event import decode
from comptoir.server.door import Door
from comptoir.spool.sqlite import SqliteSpool
from tests.counter import BROWSER
from tests.shop import Shop

ADDRESS = "203.0.113.77"


@pytest.fixture
def shop(home: Path) -> Iterator[Shop]:
    made = Shop(home)
    made.clock.advance(timedelta(minutes=7, seconds=13))
    yield made
    made.close()


@pytest.fixture
def key(shop: Shop) -> str:
    made = keys.add_source(shop.app.state, name="site", now=shop.clock.now()).write_key
    shop.app.publish()
    return made


Call = tuple[str, str, dict[str, Any], dict[str, str]]
"""Method, path, body, headers."""


def ask(
    shop: Shop, calls: Sequence[Call], *, is_measured: bool = True, salts: list[bytes] | None = None
) -> list[tuple[int, dict[str, str]]]:
    """Ask the door, as one browser does; `salts` is told the salt of its memory."""
    settings = replace(shop.app.settings, audience=AudienceSettings(is_measured=is_measured))

    async def told() -> list[tuple[int, dict[str, str]]]:
        door = Door(settings, shop.clock)
        asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        lived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        life = asyncio.create_task(door({"type": "lifespan"}, asked.get, lived.put))
        await asked.put({"type": "lifespan.startup"})
        await lived.get()
        answers = [await _one(door, *call) for call in calls]
        if salts is not None and door._measure is not None:
            salts.append(door._measure.salts.salt)  # there is no other way to it, and that is what is tested
        await asked.put({"type": "lifespan.shutdown"})
        await lived.get()
        await life
        return answers

    return asyncio.run(told())


async def _one(
    door: Door, method: str, path: str, said: dict[str, Any], headers: dict[str, str]
) -> tuple[int, dict[str, str]]:
    body = msgspec.json.encode(said) if said else b""
    own = {"user-agent": BROWSER, "accept-language": "fr-FR", "content-length": str(len(body)), **headers}
    path, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": (ADDRESS, 5),
        "headers": [(name.encode(), value.encode()) for name, value in own.items()],
    }  # fmt: skip
    heard: list[dict[str, Any]] = []
    queue = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return queue.pop(0) if queue else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    await door(scope, receive, send)
    return heard[0]["status"], {name.decode(): value.decode() for name, value in heard[0]["headers"]}


def view(key: str, number: int = 0, **headers: str) -> Call:
    said = {"key": key, "id": f"drawn-{number}-0123456789abcdef", "url": f"https://shop.example/p/{number}?c=1"}
    return "POST", "/v1/audience", said, headers


def taken(shop: Shop) -> Store:
    made = Store(shop.home / "audience")
    spool = SqliteSpool(shop.home / "audience" / "spool.db", read_only=True)
    made.take(spool)
    spool.close()
    return made


def seen(shop: Shop, made: Store) -> int:
    today = shop.clock.now().date()
    return made.report("main", today, today).views


def test_a_view_is_counted_without_a_cookie_and_reaches_no_other_store(shop: Shop, key: str) -> None:
    answers = ask(shop, [view(key, 1), view(key, 2), view(key, 2), ("GET", f"/v1/audience.gif?key={key}&id=3", {}, {
        "referer": "https://shop.example/no-script"})])  # fmt: skip
    shop.tick()

    assert [status for status, _ in answers] == [204, 204, 204, 200]
    assert all("set-cookie" not in headers for _, headers in answers)
    assert shop.front.head() == 0
    found = taken(shop).report("main", shop.clock.now().date(), shop.clock.now().date())
    assert (found.views, found.visitors) == (3, 1)
    assert {"/p/1", "/p/2", "/no-script"} <= values(shop.home / "audience")
    assert found.tops["path"] == (), "one visitor's pages are in no report"
    assert shop.one("SELECT count(*) FROM events_all") == 0


def test_who_does_not_want_to_be_measured_is_not(shop: Shop, key: str) -> None:
    out, back = ask(shop, [("POST", "/v1/audience/out", {}, {}), ("POST", "/v1/audience/in", {}, {})])
    cookie = out[1]["set-cookie"].partition(";")[0]
    assert "Max-Age=34128000" in out[1]["set-cookie"]
    assert "Max-Age=0" in back[1]["set-cookie"]

    answers = ask(shop, [view(key, 1, dnt="1"), view(key, 2, **{"sec-gpc": "1"}), view(key, 3, cookie=cookie)])

    assert [status for status, _ in answers] == [204, 204, 204]
    assert seen(shop, taken(shop)) == 0


def test_machines_unknown_keys_and_what_is_no_view_are_not_counted(shop: Shop, key: str) -> None:
    answers = ask(shop, [
        view(key, 1, **{"user-agent": "curl/8.0"}), view("wk_nobody", 2), ("POST", "/v1/audience", {"key": key}, {}),
        ("POST", "/v1/audience", {}, {}), ("GET", "/v1/audience", {}, {}),
    ])  # fmt: skip

    assert [status for status, _ in answers] == [204, 401, 204, 400, 405]
    assert seen(shop, taken(shop)) == 0


def test_the_lane_is_shut_unless_the_shop_opens_it(shop: Shop, key: str) -> None:
    assert [status for status, _ in ask(shop, [view(key)], is_measured=False)] == [404]
    assert not (shop.home / "audience").exists()


def test_the_same_browser_is_another_one_tomorrow(shop: Shop, key: str) -> None:
    for number in range(3):
        ask(shop, [view(key, number)])
        shop.clock.advance(timedelta(days=1))

    taken(shop)
    with closing(sqlite3.connect(shop.home / "audience" / "store.db")) as connection:
        visitors = [row[0] for row in connection.execute("SELECT visitor FROM hits ORDER BY day")]
    assert len(set(visitors)) == 3


def test_nothing_of_a_visitor_who_later_becomes_a_customer_leads_from_one_store_to_the_other(
    shop: Shop, key: str
) -> None:
    """The same browser, seconds apart: without consent, then with it. No value of one store is found in the other."""
    event = {
        "writeKey": key, "anonymousId": "0193aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "userId": "customer-4711",
        "event": "Product Viewed", "messageId": "drawn-1-0123456789abcdef",
        "context": {"page": {"url": "https://shop.example/p/1?c=1"}, "userAgent": BROWSER, "locale": "fr-FR"},
    }  # fmt: skip
    ask(shop, [view(key, 1), ("POST", "/v1/track", event, {}), view(key, 2)])
    shop.tick()
    made = taken(shop)
    engine = engine_of(shop)
    engine.archive()
    made.tidy((shop.clock.now() + timedelta(days=3)).date())

    apart = values(shop.home / "audience")
    named = values(shop.home, without="audience")

    assert apart, "there is something to compare"
    common = apart & named - {"main", "site", "2026-11-21"}
    assert not {one for one in common if re.search(r"[0-9]{4,}|[0-9a-f]{8,}|@", one)}, common
    whole = b"".join(file.read_bytes() for file in (shop.home / "audience").rglob("*") if file.is_file())
    for secret in (ADDRESS, "203.0.113", "4711", "0193aaaa", BROWSER, "drawn-1", "shop.example", "c=1", key):
        assert secret.encode() not in whole, secret


def test_who_holds_every_file_of_the_home_cannot_find_a_customers_views_by_her_address_and_browser(
    shop: Shop, key: str
) -> None:
    """A customer's event keeps 256 addresses and her browser's name: who had the salt too would try them all."""
    event = {"writeKey": key, "anonymousId": "ann", "userId": "ann", "event": "Product Viewed"}
    salts: list[bytes] = []
    ask(shop, [view(key, 1), ("POST", "/v1/track", event, {})], salts=salts)
    shop.tick()
    taken(shop)
    (line,) = map(decode, shop.front.read(0, 10).lines)
    with closing(sqlite3.connect(shop.home / "audience" / "store.db")) as connection:
        visitors = {one for (one,) in connection.execute("SELECT visitor FROM hits")}

    def tried(salt: bytes) -> set[str]:
        network = str(line.ip).rpartition(".")[0]
        by = Salts(day="-", salt=salt)
        return {by.hashed("visitor", "main", f"{network}.{last}", str(line.user_agent)) for last in range(256)}

    assert tried(salts[0]) & visitors, "with the salt of the door's memory it would work"
    texts = [file.read_bytes() for file in shop.home.rglob("*") if file.is_file()]
    found = {bytes.fromhex(one.decode()) for text in texts for one in re.findall(rb"\b[0-9a-f]{64}\b", text)}
    assert not any(tried(salt) & visitors for salt in found)
    assert not any(salts[0] in text for text in texts)


def test_an_order_that_a_visitor_without_consent_placed_leads_to_none_of_her_views(shop: Shop, key: str) -> None:
    """Her order is known by the server; the page that thanks her has its number in its address."""
    order = {
        "writeKey": key, "userId": "ann", "event": "Order Completed",
        "properties": {"order_id": "4821", "total": "50.00", "currency": "EUR"},
    }  # fmt: skip
    for number, path in enumerate(["p/lampe", "order/4821/ok", "thanks?order=4821", "C-4821-FR/recu.pdf"]):
        said = {"key": key, "id": f"drawn-{number}-0123456789abcdef", "url": f"https://shop.example/{path}"}
        ask(shop, [("POST", "/v1/audience", said, {})])
    ask(shop, [("POST", "/v1/track", order, {})])
    shop.tick()
    engine = engine_of(shop)
    engine.take_views()
    shop.clock.advance(timedelta(days=2))
    ask(shop, [view(key, 1)])
    engine.take_views()
    engine.tidy_views()

    paths = values(shop.home / "audience")
    assert {"/p/lampe", "/order/…/ok", "/thanks", "/C-…-FR/recu.pdf"} <= paths
    assert not {one for one in paths if "4821" in one}
    assert "4821" in values(shop.home, without="audience"), "there is something to join with"


def engine_of(shop: Shop) -> Engine:
    """Wire an engine over the shop's own stores."""
    acting = shop.app.acting(shop.warehouse)
    return Engine(
        app=shop.app, warehouse=shop.warehouse, acting=acting, ticker=shop.ticker, sender=acting.sender(),
        outward=acting.outward(),
    )  # fmt: skip


def values(folder: Path, without: str = "") -> set[str]:
    """Give every text and number of the databases and archives in a folder."""
    found: set[str] = set()
    for file in folder.rglob("*.db"):
        if without and without in file.relative_to(folder).parts:
            continue
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in connection.execute("SELECT * FROM " + json.dumps(table)):
                    found |= _said(row)
    for file in folder.rglob("*.parquet"):
        if without and without in file.relative_to(folder).parts:
            continue
        for one in pq.read_table(file, partitioning=None).to_pylist():
            found |= _said(one.values())
    return found


def _said(row: Iterable[object]) -> set[str]:
    """Give the values of a row, and what reads like a value in its blobs."""
    found: set[str] = set()
    for value in row:
        if isinstance(value, (str, int)):
            found.add(str(value))
        if isinstance(value, bytes):
            found |= set(re.findall(r"[\w.:/@-]{4,}", value.decode("utf-8", "replace")))
    return found


def test_the_engine_takes_views_and_tidies_them(shop: Shop, key: str) -> None:
    ask(shop, [view(key, 1), view(key, 2)])
    (shop.home / "audience" / "salt").write_text("of a former version")
    engine = engine_of(shop)

    assert engine.take_views() == 2
    assert seen(shop, Store(shop.home / "audience")) == 2
    shop.clock.advance(timedelta(days=4))
    engine.tidy_views()

    assert not (shop.home / "audience" / "salt").exists()
    assert [one.name for one in (shop.home / "audience" / "archive").iterdir()] == ["day=2026-11-21"]


def test_a_backup_holds_the_counts_and_never_the_salt(shop: Shop, key: str, tmp_path: Path) -> None:
    salts: list[bytes] = []
    ask(shop, [view(key, 1)], salts=salts)
    taken(shop)
    shop.warehouse.checkpoint()

    backup.copy(shop.app, tmp_path / "copy")

    assert (tmp_path / "copy" / "audience" / "store.db").exists()
    for folder in (shop.home, tmp_path / "copy"):
        kept = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
        assert len(salts[0]) == 32
        assert salts[0].hex().encode() not in kept
        assert salts[0] not in kept


def test_everything_else_works_where_nobody_is_measured(home: Path) -> None:
    apps.make_home(Settings(home=home), brand="main")
    engine = start(apps.open_app(Settings(home=home)))

    assert engine.take_views() == 0
    engine.tidy_views()
    engine.close()
    engine.app.close()
