"""A rehearsal of past days gives what the real engine gave when it lived through them."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from comptoir.acting import Acting
from comptoir.cli.main import build
from comptoir.clock import instant, micros
from comptoir.messaging.rows import outbox
from comptoir.model.event import Line
from comptoir.pressure.rows import candidates
from comptoir.reports import ask
from comptoir.scenarios import definitions, dryrun
from comptoir.scenarios.dryrun_play import NEXT, Everywhere, House, Paper, Stage, Wanted, stage
from comptoir.scenarios.history import Stretch
from comptoir.scenarios.rows import enrollments
from tests.shop import START, Shop

pytestmark = pytest.mark.slow
BASKET = definitions.shipped()["abandoned-basket"]
REAL = Path(__file__).parents[2] / "examples" / "real"


def house_of(shop: Shop, acting: Acting) -> House:
    def asked(name: str, parameters: Any) -> pa.Table:
        return ask.answer(shop.warehouse.cursor(), {"kind": "report", "name": name, "parameters": dict(parameters)})

    return dryrun.house(acting, asked)


def live_through(shop: Shop, lines: Iterable[Line], until: datetime, *texts: str) -> Acting:
    """Let the real engine and sender live through lines, each at its own instant, and every timer between."""
    acting = shop.app.acting(shop.warehouse)
    with shop.app.state.write() as connection:
        for one in texts:
            definitions.publish(connection, one, shop.clock.now())
    sender = replace(acting.sender(), channel=Paper(), channels=Everywhere())

    def send() -> None:
        sender.send_due(shop.clock.now())

    def wake_until(at: int) -> None:
        while True:
            now = micros(shop.clock.now())
            with shop.app.state.read() as connection:
                due = connection.exec_driver_sql(NEXT, (now,)).scalar()
            if due is None or due >= at:
                return
            shop.clock.at = instant(max(due, now))
            shop.ticker.refresh(shop.clock.now())
            acting.wake(shop.clock.now())
            send()

    for at, some in groupby(sorted(lines, key=lambda line: line.received_at), key=lambda line: line.received_at):
        wake_until(at)
        shop.clock.at = instant(at)
        shop.say(*some)
        shop.tick()
        send()
    wake_until(micros(until))
    shop.tick()
    return acting


def came_of(state: Any) -> dict[str, list[dict[str, Any]]]:
    """Give all that must be the same: runs with way and ending, candidates with outcome and reason, times of all."""
    runs = (
        "enrollment_id", "scenario", "version", "brand", "key", "node_id", "cart_key", "cart_id", "step", "entered_at",
        "arrived_at", "last_action_at", "due_at", "waits_for", "happened", "status", "exit_reason", "ended_at", "arm",
        "arm_of", "eligible_at",
    )  # fmt: skip
    wishes = (
        "message_id", "scenario", "step", "enrollment_id", "brand", "channel", "contact", "node_id", "profile_then",
        "arm", "wished_at", "expires_at", "outcome", "reason", "deferred_until", "replaced_by", "decided_at", "wish",
    )  # fmt: skip
    mails = ("message_id", "language", "promise", "words", "queued_at", "state", "reason", "handed_at", "settled_at")
    found = {}
    with state.read() as connection:
        for table, names, key in (
            (enrollments, runs, "enrollment_id"), (candidates, wishes, "message_id"), (outbox, mails, "message_id"),
        ):  # fmt: skip
            asked = select(*(table.c[name] for name in names)).order_by(table.c[key])
            found[table.name] = [dict(row) for row in connection.execute(asked).mappings()]
    return found


def rehearsed(
    shop: Shop, acting: Acting, until: datetime, days: int, definition: str = BASKET, **options: Any
) -> Stage:
    wanted = Wanted(text=definition, stretch=Stretch(since=until - timedelta(days=days), until=until), **options)
    made = stage(house_of(shop, acting), wanted)
    made.run()
    return made


def assert_same(shop: Shop, made: Stage) -> dict[str, list[dict[str, Any]]]:
    real, played = came_of(shop.app.state), came_of(made.scratch)
    made.close()
    for name in real:
        assert played[name] == real[name]
    return real


def consent(shop: Shop, email: str, *, after: float, state: str = "granted") -> Line:
    said = {"contact_kind": "email", "contact": email, "purpose": "marketing", "channel": "email", "state": state,
            "text_version": "1", "proof": "form"}  # fmt: skip
    return shop.line("Consent", after=after, type="record", trust="confirmed", source="crm", properties=said)


def product(shop: Shop, product_id: str, *, after: float, **said: Any) -> Line:
    fields = {"product_id": product_id, "name": product_id.title(), "category": "Lamps", "price": "49.90",
              "currency": "EUR", "is_for_sale": True, "url": f"https://shop.example/{product_id}"}  # fmt: skip
    return shop.line("Product", after=after, type="record", trust="confirmed", source="crm", properties=fields | said)


def test_an_order_that_races_a_reminder_ends_alike(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines = [product(shop, "lamp", after=0)]
    minute = 60
    for place, gap in enumerate((24, 24.999, 25, 25.001, 26, 60)):
        who = {"user_id": f"u{place}", "anonymous_id": f"b{place}"}
        email = f"u{place}@example.org"
        begin = 3600 * (place + 1)
        lines += [
            shop.line("", type="identify", after=begin, traits={"email": email}, trust="confirmed", **who),
            consent(shop, email, after=begin + 1),
            shop.line(
                "Product Added", after=begin + 10, **who,
                properties={"cart_id": f"c{place}", "product_id": "lamp", "quantity": 1, "price": 49.9,
                            "currency": "EUR"},
            ),
            shop.line(
                "Order Completed", after=begin + 10 + gap * minute, **who,
                properties={"order_id": f"o{place}", "total": 49.9, "currency": "EUR", "products": [
                    {"product_id": "lamp", "quantity": 1, "price": 49.9}]}
                | ({"cart_id": f"c{place}"} if place % 2 else {}),
            ),
        ]  # fmt: skip
    until = START + timedelta(days=1)

    acting = live_through(shop, lines, until, BASKET)
    real = assert_same(shop, rehearsed(shop, acting, until, 1))
    shop.close()

    assert {row["exit_reason"] for row in real["enrollments"]} >= {"ordered", "done"}
    assert len(real["enrollments"]) == 6
    assert "sent" in {row["outcome"] for row in real["candidates"]}


def added(shop: Shop, *, after: float, cart: str | None = None, what: str = "lamp", **who: Any) -> Line:
    said = {"product_id": what, "quantity": 1, "price": 49.9, "currency": "EUR"} | ({"cart_id": cart} if cart else {})
    return shop.line("Product Added", after=after, properties=said, **who)


def ordered(shop: Shop, order_id: str, *, after: float, **who: Any) -> Line:
    said = {"order_id": order_id, "total": 49.9, "currency": "EUR",
            "products": [{"product_id": "lamp", "quantity": 1, "price": 49.9}]}  # fmt: skip
    return shop.line("Order Completed", after=after, properties=said, **who)


def identify(shop: Shop, user: str, browser: str, *, after: float, **traits: Any) -> Line:
    return shop.line(
        "", type="identify", after=after, user_id=user, anonymous_id=browser, traits=traits, trust="confirmed"
    )


def test_no_real_channel_can_be_reached(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    acting = shop.app.acting(shop.warehouse)

    made = stage(house_of(shop, acting), Wanted(text=BASKET, stretch=Stretch(since=START, until=START)))
    reachable = [made.sender.channel, *(made.sender.channels[name] for name in ("email", "sms", "webhook"))]
    real = set(acting.sender().channels)
    made.close()
    shop.close()

    assert {type(one) for one in reachable} == {Paper}
    assert all(type(made.sender.channels[name]) is Paper for name in real)


def test_a_merge_in_the_middle_happens_in_the_middle(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    email = "ann@example.org"
    phone, laptop = {"anonymous_id": "phone"}, {"anonymous_id": "laptop"}
    lines = [
        product(shop, "lamp", after=0),
        consent(shop, email, after=1),
        # a cart on the phone, whose owner nobody knows until she says who she is, while its reminder waits
        added(shop, after=600, cart="c1", **phone),
        identify(shop, "ann", "phone", after=900, email=email),
        # a cart without a name on a laptop of hers, that only becomes hers later; and an order there, without a name
        added(shop, after=8_000, **laptop),
        added(shop, after=8_100, what="lamp", **laptop),
        identify(shop, "ann", "laptop", after=8_400, email=email),
        ordered(shop, "o1", after=9_000, anonymous_id="laptop", user_id="ann"),
        # a third cart on the phone, ordered on the laptop, without a basket id, before its reminder
        added(shop, after=40_000, **phone),
        ordered(shop, "o2", after=40_900, anonymous_id="laptop", user_id="ann"),
        # two carts at once on both: the gap between messages
        added(shop, after=60_000, cart="c3", anonymous_id="laptop", user_id="ann"),
        added(shop, after=60_300, cart="c4", anonymous_id="phone", user_id="ann"),
        consent(shop, email, after=70_000, state="withdrawn"),
        added(shop, after=80_000, cart="c5", anonymous_id="phone", user_id="ann"),
    ]
    until = START + timedelta(days=2)

    acting = live_through(shop, lines, until, BASKET.replace("control_share: 0.1", "control_share: 0"))
    real = assert_same(
        shop, rehearsed(shop, acting, until, 2, BASKET.replace("control_share: 0.1", "control_share: 0"))
    )
    shop.close()

    assert len(real["enrollments"]) >= 5
    assert {"sent", "dropped"} <= {row["outcome"] for row in real["candidates"]}
    assert {"ordered", "done"} <= {row["exit_reason"] for row in real["enrollments"]}


def real_lines(shop: Shop) -> tuple[list[Line], datetime]:
    """Give the excerpt as the shop's site would have sent it, with its customers and their consents before."""
    begin = datetime(2019, 10, 1, tzinfo=UTC)
    shift = (START - begin).total_seconds()

    def seconds(said: str) -> float:
        return (datetime.fromisoformat(said.replace(" UTC", "+00:00")) - START).total_seconds() + shift

    lines: list[Line] = []
    with (REAL / "contacts.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            traits = {"email": row["email"], "first_name": row["first_name"], "language": row["language"]}
            lines.append(shop.line("Contact", after=seconds(row["since"]), type="record", trust="confirmed",
                                   source="crm", user_id=row["user_id"], traits=traits))  # fmt: skip
    with (REAL / "consents.csv").open(encoding="utf-8") as file:
        lines += [
            consent(shop, row["email"], after=seconds(row["given_at"]), state=row["state"])
            for row in csv.DictReader(file)
        ]
    with gzip.open(REAL / "rees46_excerpt.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["event_type"] == "view":  # nobody listens to them, and each would cost a tick
                continue
            at = seconds(row["event_time"])
            who = {"user_id": row["user_id"], "anonymous_id": f"browser-{row['user_id']}"}
            lines.append(product(shop, row["product_id"], after=at, name=f"{row['brand']} {row['category_code']}",
                                 category=row["category_code"] or None, price=row["price"],
                                 currency="USD"))  # fmt: skip
            said: dict[str, Any] = {"product_id": row["product_id"], "cart_id": row["user_session"], "currency": "USD",
                                    "quantity": 1, "price": float(row["price"])}  # fmt: skip
            name = {"cart": "Product Added", "purchase": "Order Completed"}[row["event_type"]]
            if row["event_type"] == "purchase":
                order_id = f"{row['user_session']}/{row['product_id']}/{row['event_time']}"
                said = {"order_id": order_id, "total": said["price"], "cart_id": row["user_session"],
                        "currency": "USD", "products": [said]}  # fmt: skip
            lines.append(shop.line(name, after=at, properties=said, **who))
    before = micros(START) - 1
    early = [msgspec.structs.replace(line, received_at=max(line.received_at, before)) for line in lines]
    return early, START + timedelta(hours=5)


def test_the_real_excerpt_ends_alike(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines, until = real_lines(shop)

    acting = live_through(shop, lines, until, BASKET)
    made = rehearsed(shop, acting, until, 2)
    real = assert_same(shop, made)
    shop.close()

    outcomes = Counter(row["outcome"] for row in real["candidates"])
    assert len(real["enrollments"]) > 100
    assert outcomes["sent"] > 20
    assert outcomes["held_out"] > 0


def test_a_rehearsal_writes_nothing_and_is_the_same_every_time(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "home")
    lines = [product(shop, "lamp", after=0)]
    for place in range(30):
        who, email = {"user_id": f"u{place}", "anonymous_id": f"b{place}"}, f"u{place}@example.org"
        lines += [identify(shop, user=f"u{place}", browser=f"b{place}", after=60 + place, email=email),
                  *([consent(shop, email, after=100 + place)] if place % 3 else []),
                  added(shop, after=1_000 + 700 * place, cart=f"c{place}", **who)]  # fmt: skip
    for line in lines:
        shop.say(line)
    shop.tick()
    shop.clock.at = START + timedelta(days=1)
    shop.ticker.refresh(shop.clock.now())
    shop.close()
    before = contents(tmp_path / "home")

    answers = [told(tmp_path / "home", "--seed", seed) for seed in ("1", "1", "2")]

    assert contents(tmp_path / "home") == before
    first, again, other = answers
    assert first == again
    assert first["outcomes"] == other["outcomes"]
    assert [one["enrollment_id"] for one in first["examples"]] != [one["enrollment_id"] for one in other["examples"]]
    assert len(first["examples"]) == 20
    sent = [one for one in first["examples"] if one["ending"] == "done" and one["messages"]]
    assert sent
    assert all("reminder" in {line["what"] for line in one["timeline"]} for one in sent)
    assert all(one["messages"][0]["subject"] for one in sent)
    assert first["entered"] == 30
    assert sum(one["entered"] for one in first["volumes"] if one["step"] == "pause") == 30
    assert sum(one["woken"] for one in first["volumes"] if one["step"] == "pause") == 30
    assert {(one["outcome"], one["reason"]) for one in first["outcomes"]} >= {("sent", None), ("dropped", "no_consent")}


def contents(home: Path) -> dict[str, str]:
    """Hash every file of a home; what SQLite lays there for readers, and the empty lock, hold nothing."""
    files = (one for one in sorted(home.rglob("*")) if one.is_file() and not one.name.endswith("-shm"))
    found = {str(one.relative_to(home)): one.read_bytes() for one in files}
    may_be_empty = ("-wal", "engine.lock")
    return {name: sha256(said).hexdigest() for name, said in found.items() if said or not name.endswith(may_be_empty)}


def told(home: Path, *options: str) -> Any:
    done = CliRunner().invoke(
        build(),
        ["scenario", "dry-run", "abandoned-basket", "--json", "--home", str(home), "--days", "2",
         "--until", (START + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S"), *options],
        catch_exceptions=False,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return msgspec.json.decode(done.stdout_bytes)
