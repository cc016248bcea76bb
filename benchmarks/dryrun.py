"""A rehearsal of twelve months: how long it takes, beside reading the same events alone; its truth comes by seed."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir import app as apps
from comptoir.clock import ManualClock, micros
from comptoir.config import Settings
from comptoir.model.event import ENVELOPE_VERSION, Line, encode
from comptoir.reports import ask
from comptoir.scenarios import definitions, dryrun
from comptoir.scenarios.dryrun_play import Wanted
from comptoir.scenarios.history import Stretch
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 365
PRODUCTS = 200


@dataclass
class Truth:
    """What the rehearsal must find."""

    carts: int = 0
    reminded: int = 0
    without_consent: int = 0
    ordered: int = 0
    lines: list[Line] = field(default_factory=list)


def generate(customers: int, seed: int, visits: float) -> Truth:
    """Draw a history: visits with views, carts of one to four products, orders at once, later or never."""
    draw = random.Random(seed)
    truth = Truth()
    number = 0

    def line(kind: str, name: str, at: datetime, properties: Mapping[str, object], **more: object) -> None:
        nonlocal number
        number += 1
        when = micros(at)
        plain = {
            "v": ENVELOPE_VERSION, "type": kind, "name": name, "source": "web", "brand": "main", "received_at": when,
            "timestamp": when, "message_id": f"m{number}", "trust": "confirmed",
            "properties": msgspec.Raw(msgspec.json.encode(properties)),
        }  # fmt: skip
        truth.lines.append(Line(**(plain | more)))  # type: ignore[arg-type]

    for place in range(PRODUCTS):
        said = {"product_id": f"p{place}", "name": f"Product {place}", "category": f"c{place % 9}", "price": "19.90",
                "currency": "EUR", "is_for_sale": True, "url": f"https://shop.example/p{place}"}  # fmt: skip
        line("record", "Product", BEGIN, said, source="crm")
    for who in range(customers):
        user, browser, email = f"u{who}", f"b{who}", f"u{who}@example.org"
        has_consent = draw.random() < 0.7
        traits = msgspec.Raw(msgspec.json.encode({"email": email, "first_name": f"Ann{who}", "language": "en"}))
        line("identify", "", BEGIN + timedelta(seconds=who), {}, user_id=user, anonymous_id=browser, traits=traits)
        if has_consent:
            said = {"contact_kind": "email", "contact": email, "purpose": "marketing", "channel": "email",
                    "state": "granted", "text_version": "1", "proof": "form"}  # fmt: skip
            line("record", "Consent", BEGIN + timedelta(seconds=who), said, source="crm")
        days = sorted(draw.sample(range(1, DAYS - 2), k=min(DAYS - 3, max(1, round(draw.expovariate(1 / visits))))))
        for day in days:
            at = BEGIN + timedelta(days=day, seconds=draw.randrange(8 * 3_600, 20 * 3_600))
            whose = {"user_id": user, "anonymous_id": browser}
            cart = f"cart-{who}-{day}"
            for _ in range(draw.randrange(1, 8)):
                at += timedelta(seconds=draw.randrange(5, 200))
                line("track", "Product Viewed", at, {"product_id": f"p{draw.randrange(PRODUCTS)}"}, **whose)
            if draw.random() < 0.6:
                continue
            truth.carts += 1
            for _ in range(draw.randrange(1, 5)):
                at += timedelta(seconds=draw.randrange(5, 300))
                added = {"cart_id": cart, "product_id": f"p{draw.randrange(PRODUCTS)}", "quantity": 1, "price": 19.9,
                         "currency": "EUR"}  # fmt: skip
                line("track", "Product Added", at, added, **whose)
            if draw.random() < 0.4:
                at += timedelta(seconds=draw.randrange(30, 1_400))
                bought = {"order_id": f"o-{cart}", "cart_id": cart, "total": 19.9, "currency": "EUR",
                          "products": [{"product_id": "p1", "quantity": 1, "price": 19.9}]}  # fmt: skip
                line("track", "Order Completed", at, bought, **whose)
                truth.ordered += 1
            elif has_consent:
                truth.reminded += 1
            else:
                truth.without_consent += 1
    truth.lines.sort(key=lambda one: (one.received_at, one.message_id))
    return truth


def fill(home: Path, truth: Truth) -> apps.App:
    """Make an installation that has lived through the history, with no scenario live."""
    settings = Settings(home=home)
    apps.make_home(settings, brand="main")
    app = apps.open_app(settings)
    app.clock = ManualClock(BEGIN + timedelta(days=DAYS))
    front = SqliteSpool(home / "spool" / "front.db")
    for start in range(0, len(truth.lines), 20_000):
        some = truth.lines[start : start + 20_000]
        front.append([Parcel(lines=b"\n".join(map(encode, some)), count=len(some))])
    front.close()
    return app


def main() -> None:  # noqa: PLR0915 (a script, top to bottom)
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000)
    parser.add_argument("--visits", type=float, default=8.0, help="mean visits a year")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    given = parser.parse_args()
    machine.describe()
    truth = generate(given.customers, given.seed, given.visits)
    with tempfile.TemporaryDirectory() as folder:
        app = fill(Path(folder) / "home", truth)
        warehouse = apps.open_warehouse_of(app.settings)
        acting = app.acting(warehouse)
        ticker = app.ticker(warehouse, act=acting)
        while ticker.run_once() is not None:
            pass
        ticker.refresh(app.clock.now())

        def asked(name: str, parameters: Mapping[str, object]) -> pa.Table:
            request = {"kind": "report", "name": name, "parameters": dict(parameters)}
            return ask.answer(warehouse.cursor(), request)

        house = dryrun.house(acting, asked)
        stretch = Stretch(since=BEGIN, until=BEGIN + timedelta(days=DAYS))
        wanted = Wanted(text=definitions.shipped()["abandoned-basket"], stretch=stretch, seed=given.seed)
        names = sorted(["Product Added", "Product Removed", "Cart Updated", "Checkout Started", "Order Completed"])
        bounds = {"brand": None, "from_at": micros(stretch.since), "until_at": micros(stretch.until), "names": names}
        began = time.process_time()
        asked("history_events", bounds)
        reading = time.process_time() - began
        if given.profile:
            import cProfile
            import pstats

            profile = cProfile.Profile()
            profile.runcall(dryrun.dry_run, house, wanted)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
            return
        began, wall = time.process_time(), time.perf_counter()
        found = dryrun.dry_run(house, wanted)
        spent, wall = time.process_time() - began, time.perf_counter() - wall
        again = dryrun.dry_run(house, wanted)
        warehouse.close()
        app.close()
    outcomes = Counter({(one.outcome, one.reason): one.count for one in found.outcomes})
    sent = outcomes["sent", None]
    held = outcomes["held_out", "control"]
    print(f"history: {given.customers:,} customers, {DAYS} days, {len(truth.lines):,} lines, {found.events:,} heard")
    refused = outcomes["dropped", "no_consent"]
    print(f"found: {found.entered:,} runs, {sent:,} sent, {held:,} held out, {refused:,} without consent")
    assert found.entered == truth.carts, (found.entered, truth.carts)
    assert outcomes["dropped", "no_consent"] == truth.without_consent
    assert sum(outcomes.values()) == truth.reminded + truth.without_consent
    assert msgspec.json.encode(found, enc_hook=str) == msgspec.json.encode(again, enc_hook=str)
    print(f"rehearsal: {spent:.2f} s of processor, {wall:.2f} s by the clock (must: 10 s for 1,000 customers)")
    print(f"reading the same events alone: {reading:.3f} s; ratio {spent / max(reading, 1e-9):.0f}")


if __name__ == "__main__":
    main()
