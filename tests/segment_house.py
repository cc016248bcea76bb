"""A shop whose facts segments are asked of, behind a desk: what the engine answers, answered in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from sqlalchemy import delete
from sqlglot import exp

from comptoir import app as apps
from comptoir.config import DeskSettings
from comptoir.reports import ask
from comptoir.scenarios.rows import scenario_drafts, scenarios
from comptoir.scores import asking
from comptoir.server import desk
from comptoir.state import shelf
from comptoir.web.visit import token_of
from tests.shop import Shop
from tests.web.counter import Answer, send


def answered(shop: Shop, request: Mapping[str, Any]) -> pa.Table:
    """Answer as the engine does, on the facts of a shop."""
    if str(request.get("kind")).startswith("score"):
        nights = apps.nights_of(shop.app.settings, shop.warehouse)
        return asking.answer(nights, apps.zones_of(shop.app.state), request, now=shop.clock.now())
    if request.get("kind") not in {"segment", "trait"}:
        return ask.answer(shop.warehouse.cursor(), request)
    return apps.answer_of_segments(shop.app.state, shop.app.shop(), shop.warehouse, request, now=shop.clock.now())


@dataclass
class SegmentHouse:
    """The shop and its desk, as whoever has the machine sees it."""

    shop: Shop
    front: desk.Front

    def get(self, target: str, **headers: str) -> Answer:
        """Ask for a page."""
        return asyncio.run(send(self.front, "GET", target, {"host": "127.0.0.1:8141", **headers}))

    def post(self, target: str, form: Mapping[str, str], **headers: str) -> Answer:
        """Send a form of ours."""
        body = urlencode({"token": token_of(self.front.form_secret), **form}).encode()
        said = {
            "host": "127.0.0.1:8141",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body)),
            **headers,
        }
        return asyncio.run(send(self.front, "POST", target, said, body))

    def clear(self) -> None:
        """Take all segments and their scenarios away, and what was written down of members."""
        with self.shop.app.state.write() as connection:
            for table in (shelf.shelved_drafts, shelf.shelved_versions, shelf.shelved, scenario_drafts, scenarios):
                connection.execute(delete(table))
        with self.shop.warehouse.cursor() as cursor:
            for name in ("memberships", "membership_changes", "segment_states", "segment_counts"):
                cursor.execute(exp.delete(exp.table_(name, db="fact")).sql(dialect="duckdb"))

    def follow(self, segment: str, *profiles: str) -> None:
        """Write down members of a segment as a tick would, for two days."""
        at = self.shop.clock.now().replace(tzinfo=None)
        with self.shop.warehouse.cursor() as cursor:
            for place, profile in enumerate(profiles):
                cursor.execute(
                    "INSERT INTO fact.memberships VALUES ($1, $2, $3, md5_number_lower($2))",
                    [segment, profile, at],
                )
                cursor.execute(
                    "INSERT INTO fact.membership_changes VALUES (1, $1, $2, 'entered', $3, $4)",
                    [segment, profile, at, place == 0],
                )
            cursor.execute("INSERT INTO fact.segment_states VALUES ($1, 1, $2, $3)", [segment, at, len(profiles)])
            for back, number in ((1, 0), (0, len(profiles))):
                cursor.execute(
                    "INSERT INTO fact.segment_counts VALUES ($1, $2::DATE - $3::INTEGER, $4)",
                    [segment, at, back, number],
                )


def open_house(home: Path) -> SegmentHouse:
    """Make the shop with three people: Ann ordered twice, Bob once, Zoe only looked at something."""
    shop = Shop(home, acts=False)
    for name, orders in (("ann", 2), ("bob", 1), ("zoe", 0)):
        who: dict[str, Any] = {"user_id": name, "anonymous_id": f"{name}-browser", "trust": "confirmed"}
        traits = {"email": f"{name}@shop.example", "first_name": name.title()}
        lines = [shop.line("", type="identify", after=-900, traits=traits, **who)]
        seen = {"product_id": "lamp", "name": "Lamp", "price": 20, "currency": "EUR", "category": "Lamps"}
        lines.append(shop.line("Product Viewed", after=-800, properties=seen, **who))
        for number in range(orders):
            bought = {
                "order_id": f"{name}-{number}",
                "currency": "EUR",
                "total": 20,
                "products": [{**seen, "quantity": 1}],
            }
            lines.append(shop.line("Order Completed", after=-700 + number, properties=bought, **who))
        shop.say(*lines)
    shop.tick()
    settings = replace(shop.app.settings, desk=DeskSettings(host="127.0.0.1", login=False))
    front = desk.make(
        settings, shop.app.state, lambda request: answered(shop, request), lambda: {"lag_seconds": 0.0}, shop.clock
    )
    return SegmentHouse(shop, front)
