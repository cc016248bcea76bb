"""A rehearsal of past days gives what the real engine gave when it lived through them."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from comptoir.acting import Acting
from comptoir.cli.main import build
from comptoir.clock import instant, micros
from comptoir.messaging import template_shelf
from comptoir.messaging.rows import outbox
from comptoir.messaging.template import Template
from comptoir.model.event import Line
from comptoir.pressure.rows import candidates
from comptoir.privacy.rows import pauses
from comptoir.reports import ask
from comptoir.scenarios import definitions, dryrun
from comptoir.scenarios.dryrun_play import NEXT, Everywhere, House, Paper, Stage, Wanted, stage
from comptoir.scenarios.dryrun_report import report
from comptoir.scenarios.history import Stretch
from comptoir.scenarios.rows import enrollments
from comptoir.segments.traits.keep import TRAITS
from tests.shop import START, Shop

pytestmark = pytest.mark.slow
BASKET = definitions.shipped()["abandoned-basket"]
REAL = Path(__file__).parents[2] / "examples" / "real"


def house_of(shop: Shop, acting: Acting) -> House:
    def asked(name: str, parameters: Any) -> pa.Table:
        return ask.answer(shop.warehouse.cursor(), {"kind": "report", "name": name, "parameters": dict(parameters)})

    def selected(sql: str) -> list[str]:
        table = ask.answer(shop.warehouse.cursor(), {"kind": "query", "sql": sql})
        return [str(one) for one in table.column(0).to_pylist()]

    return dryrun.house(acting, asked, select=selected)


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


def viewed(shop: Shop, product_id: str, *, after: float, **who: Any) -> Line:
    return shop.line("Product Viewed", after=after, properties={"product_id": product_id}, **who)


def people(shop: Shop, *, after: float, count: int = 6, **traits: Any) -> list[Line]:
    """Make some people who say who they are, most of whom gave their consent."""
    lines: list[Line] = []
    for place in range(count):
        email = f"u{place}@example.org"
        lines.append(identify(shop, f"u{place}", f"b{place}", after=after + place, email=email, **traits))
        lines += [consent(shop, email, after=after + 20 + place)] if place else []
    return lines


def him(place: int) -> dict[str, Any]:
    return {"user_id": f"u{place}", "anonymous_id": f"b{place}"}


def everybody(text: str) -> str:
    return text.replace("control_share: 0.1", "control_share: 0")


HOUR, DAY = 3_600, 86_400


def browsing(shop: Shop) -> list[Line]:
    lines = [product(shop, name, after=0) for name in ("lamp", "vase", "rug")] + people(shop, after=60)
    for place in range(6):
        begin = HOUR * (place + 1)
        lines += [viewed(shop, "lamp", after=begin, **him(place)),
                  viewed(shop, "vase", after=begin + 900, anonymous_id=f"b{place}"),
                  viewed(shop, "unknown", after=begin + 1_200, **him(place))]  # fmt: skip
    lines.append(added(shop, after=4 * HOUR + 1_900, **him(3)))
    lines.append(ordered(shop, "o4", after=5 * HOUR + 1_900, **him(4)))
    # what the catalogue says changes while a reminder waits; a browser turns out to be hers
    lines.append(product(shop, "vase", after=3 * HOUR + 2_000, is_for_sale=False))
    lines.append(viewed(shop, "rug", after=2 * HOUR + 1_500, anonymous_id="tablet"))
    lines.append(identify(shop, "u1", "tablet", after=3 * HOUR, email="u1@example.org"))
    return lines


def birthdays(shop: Shop) -> list[Line]:
    lines = people(shop, after=60, birthday="1990-11-23")
    lines.append(identify(shop, "u1", "b1", after=90, email="u1@example.org", birthday="1980-11-24"))
    # she said another day once hers was over, and one says it only then; one is two people until then
    lines.append(identify(shop, "u2", "b2", after=2 * DAY, email="u2@example.org", birthday="1980-11-25"))
    lines.append(identify(shop, "late", "b9", after=3 * HOUR, email="late@example.org", birthday="1970-11-22"))
    lines.append(consent(shop, "late@example.org", after=3 * HOUR))
    lines.append(shop.line("Contact", after=120, type="record", trust="confirmed", source="crm", user_id="card",
                           traits={"birthday": "1960-11-24", "email": "card@example.org"}))  # fmt: skip
    lines.append(consent(shop, "card@example.org", after=130))
    lines.append(identify(shop, "none", "b8", after=140, email="none@example.org", birthday="soon"))
    return lines


def baskets_in_browsers(shop: Shop) -> list[Line]:
    """Make baskets of people who let themselves be known, but the first; one takes that back before she is reminded."""
    lines = [product(shop, "lamp", after=0), product(shop, "vase", after=0), *people(shop, after=60, count=7)]
    for place in range(1, 7):
        said = {"contact_kind": "anonymous", "contact": f"b{place}", "purpose": "tracking", "channel": "site",
                "state": "granted", "text_version": "1", "proof": "banner"}  # fmt: skip
        lines.append(shop.line("Consent", after=200 + place, type="record", trust="confirmed", properties=said))
        if place == 6:
            lines.append(shop.line("Consent", after=HOUR + 900, type="record", trust="confirmed",
                                   properties=said | {"state": "withdrawn"}))  # fmt: skip
    for place in range(7):
        lines.append(viewed(shop, "lamp", after=HOUR - 60 + place, **him(place)))
        lines.append(added(shop, after=HOUR + place, cart=f"c{place}", **him(place)))
    lines.append(added(shop, after=2 * HOUR, cart="c1", user_id="u1", anonymous_id="tablet"))
    lines.append(added(shop, after=2 * HOUR, cart="till", user_id="u2"))
    lines.append(ordered(shop, "o3", after=HOUR + 300, **him(3)))
    return lines


def products_come_back(shop: Shop) -> list[Line]:
    lines = [product(shop, "lamp", after=0, stock=3), product(shop, "vase", after=0), *people(shop, after=60)]
    lines += [viewed(shop, "lamp", after=HOUR + one, **him(one)) for one in range(4)]
    lines += [viewed(shop, "vase", after=HOUR + 10 + one, anonymous_id=f"b{one}") for one in range(5)]
    lines.append(added(shop, after=HOUR + 100, **him(3)))
    lines += [product(shop, "lamp", after=2 * HOUR, stock=0), product(shop, "vase", after=2 * HOUR, price="59.90"),
              product(shop, "lamp", after=3 * HOUR, stock=2), product(shop, "vase", after=3 * HOUR, price="39.90"),
              product(shop, "vase", after=4 * HOUR, price="29.90", currency="USD")]  # fmt: skip
    return lines


def orders(shop: Shop) -> list[Line]:
    lines = [product(shop, name, after=0) for name in ("lamp", "vase", "rug")] + people(shop, after=60)
    for place, names in enumerate((["lamp", "vase"], ["lamp", "rug", "vase"], ["lamp"], ["rug"], ["lamp", "unknown"])):
        said = {"order_id": f"o{place}", "total": 10.0, "currency": "EUR",
                "products": [{"product_id": name, "quantity": 1, "price": 10.0} for name in names]}  # fmt: skip
        lines.append(shop.line("Order Completed", after=HOUR + place * 20 * HOUR // 4, properties=said, **him(place)))
    said = {"order_id": "o3", "total": 10.0, "currency": "EUR"}
    lines.append(shop.line("Order Cancelled", after=20 * HOUR, properties=said, **him(3)))
    return lines


def with_pauses(shop: Shop) -> list[Line]:
    """Make browsers of whom one refuses the theme before her reminder, and another once it is over."""
    lines = browsing(shop)
    for place, after in ((1, HOUR), (2, 20 * HOUR)):
        said = {"contact_kind": "email", "contact": f"u{place}@example.org", "purpose": "theme:browse",
                "channel": "email", "state": "withdrawn", "text_version": "1", "proof": "form"}  # fmt: skip
        lines.append(shop.line("Consent", after=after, type="record", trust="confirmed", source="crm", properties=said))
    return lines


@pytest.mark.parametrize(
    ("name", "make", "days"),
    [
        ("abandoned-browse", browsing, 1),
        ("abandoned-browse", with_pauses, 1),
        ("birthday", birthdays, 4),
        ("back-in-stock", products_come_back, 1),
        ("price-drop", products_come_back, 1),
        ("thanks", orders, 5),
        ("basket-on-site", baskets_in_browsers, 4),
    ],
)
def test_what_was_looked_at_and_birthdays_end_alike(
    tmp_path: Path, name: str, make: Callable[[Shop], list[Line]], days: int
) -> None:
    shop = Shop(tmp_path)
    text = everybody(definitions.shipped()[name])
    until = START + timedelta(days=days)

    if make is with_pauses:
        with shop.app.state.write() as connection:
            paused = {"statement_id": "p5", "contact": "u5@example.org", "brand": "main", "channel": "email",
                      "until_at": micros(until), "stated_at": micros(START) - 1}  # fmt: skip
            connection.execute(insert(pauses).values(paused))

    acting = live_through(shop, make(shop), until, text)
    real = assert_same(shop, rehearsed(shop, acting, until, days, text))
    shop.close()

    outcomes = Counter((row["outcome"], row["reason"]) for row in real["candidates"])
    assert outcomes["sent", None] >= 1, outcomes
    assert outcomes["dropped", "no_consent"] or outcomes["dropped", "no_contact"]
    if make is with_pauses:
        assert outcomes["dropped", "theme_refused"] == 1
        assert outcomes["dropped", "paused"] == 1


MONDAY = """
format: 2
scenario: news
version: 1
title: {en: News}
class: scenario
brands: ["*"]
control_share: 0
discretion: generic
trigger:
  schedule: {cron: "0 9 * * *", audience: AUDIENCE}
  again: always
steps:
  - send: {key: news, template: news, products: none, within: 3 hours}
  - exit: {key: end, reason: done}
words:
  news:
    en: {subject: News, title: News, lead: News, button: See, closing: Bye, why: Because, unsubscribe: Stop}
"""


@pytest.mark.parametrize(
    ("audience", "is_warned"),
    [
        ("{if: {ordered: 30 days}}", False),
        ("{people: [U1@example.org, u2, nobody]}", False),
        ("{sql: SELECT DISTINCT profile_id FROM orders}", True),
    ],
)
def test_a_schedule_is_rehearsed_with_the_audience_of_each_day(tmp_path: Path, audience: str, is_warned: bool) -> None:
    shop = Shop(tmp_path)
    text = MONDAY.replace("AUDIENCE", audience)
    until = START + timedelta(days=3)
    lines = [*people(shop, after=60), *orders(shop)]

    acting = live_through(shop, lines, until, text)
    made = rehearsed(shop, acting, until, 3, text)
    warned = [one for one in report(made, 1).warnings if "statement" in one]
    if is_warned:  # it names whom it names now: also on the first days, when the real engine found fewer
        real = came_of(made.scratch)
        made.close()
    else:
        real = assert_same(shop, made)
    shop.close()

    assert [row for row in real["candidates"] if row["outcome"] == "sent"]
    assert bool(warned) == is_warned


def test_a_segment_without_a_record_of_it_is_a_warning(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    text = MONDAY.replace('schedule: {cron: "0 9 * * *", audience: AUDIENCE}', "segment: vip")
    made = rehearsed(shop, shop.app.acting(shop.warehouse), START, 3, text)
    said = report(made, 1)
    made.close()
    shop.close()

    assert any("Segment Entered" in one for one in said.warnings)


LOOKS = """
version: 1
key: looks
name: Looks
make: count
from: {did: {event: Product Viewed}}
"""
LOOKED = """
version: 1
format: 2
scenario: looked
title: {fr: Vu, en: Looked}
class: scenario
discretion: generic
trigger: {events: [Product Viewed], key: person, again: once}
steps:
  - condition:
      key: often
      if: {trait: {name: looks, at_least: 2}}
      otherwise:
        - exit: seldom
  - send: {key: news, template: news, products: none, within: 3 hours}
  - exit: {key: end, reason: done}
words:
  news:
    en: {subject: "You looked {% if customer.looks %}often{% endif %}", title: News, lead: News, button: See,
         closing: Bye, why: Because, unsubscribe: Stop}
"""


STORED = Template(
    name="autumn", version=1, language="en", subject="{{ customer.looks | default: 'no' }} looks",
    mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text><mj-button href='{{ unsubscribe_url }}'>Stop"
    "</mj-button></mj-column></mj-section></mj-body></mjml>",
)  # fmt: skip


@pytest.mark.parametrize("where", ["news", "autumn"])
def test_a_computed_trait_that_nobody_kept_is_a_warning_with_who_asked_and_how_often(
    tmp_path: Path, where: str
) -> None:
    text = LOOKED if where == "news" else LOOKED.replace("template: news", "stored: autumn, stored_version: 1")
    text = text if where == "news" else text[: text.index("words:")]
    shop = Shop(tmp_path)
    lines = [product(shop, "lamp", after=0), *people(shop, after=60)]
    lines += [viewed(shop, "lamp", after=HOUR + one, **him(one)) for one in range(3)]
    for line in lines:
        shop.clock.at = instant(line.received_at)
        shop.say(line)
    until = START + timedelta(days=1)
    shop.tick()
    acting = shop.app.acting(shop.warehouse)

    def warned() -> list[str]:
        made = rehearsed(shop, acting, until, 1, text)
        said = report(made, 1)
        made.close()
        return [one for one in said.warnings if "computed trait" in one]

    before = warned()
    with shop.app.state.write() as connection:
        TRAITS.publish_text(connection, LOOKS, shop.clock.now())
        template_shelf.publish(connection, [STORED], shop.clock.now())
    after = warned()
    shop.close()

    assert before == []
    assert after == [
        "computed trait looks: what it came to then, nobody kept; often did not know it (3 times)",
        f"computed trait looks: what it came to then, nobody kept; its place is empty in {where}",
    ]


def past_days(shop: Shop, name: str) -> tuple[list[Line], int]:
    """Make a history in which the trigger of a shipped scenario comes; gives the lines and how many days they take."""
    lines = [product(shop, "lamp", after=0), product(shop, "vase", after=0), *people(shop, after=60)]
    match name:
        case "abandoned-basket" | "basket-why":
            return [*lines, *(added(shop, after=HOUR, cart=f"c{one}", **him(one)) for one in range(6))], 3
        case "abandoned-browse":
            return browsing(shop), 1
        case "back-in-stock" | "price-drop":
            lines += [viewed(shop, "lamp", after=HOUR + one, **him(one)) for one in range(6)]
            gone = {"is_for_sale": False} if name == "back-in-stock" else {"price": "59.90"}
            lines += [product(shop, "lamp", after=2 * HOUR, **gone), product(shop, "lamp", after=3 * HOUR)]
            return lines, 1
        case "birthday" | "basket-on-site":
            return (birthdays if name == "birthday" else baskets_in_browsers)(shop), 4
        case "inactive-6-months" | "inactive-12-months":
            return lines, 184 if name == "inactive-6-months" else 367
        case "lead-to-sales":
            return [
                *lines,
                *(shop.line("Home", type="page", after=HOUR + one, properties={"path": "/entreprise/devis"}, **him(one))
                  for one in range(6)),
            ], 1  # fmt: skip
        case "thanks":
            both = [{"product_id": "lamp", "quantity": 1, "price": 49.9}, {"product_id": "vase", "quantity": 1,
                    "price": 9.9}]  # fmt: skip
            lines.append(shop.line("Order Completed", after=HOUR, properties={
                "order_id": "both", "total": 59.8, "currency": "EUR", "products": both}, **him(0)))  # fmt: skip
            return [*lines, *(ordered(shop, f"o{one}", after=2 * HOUR, **him(one)) for one in range(1, 6))], 4
        case "welcome":
            return [*lines, *(shop.line("Signed Up", after=HOUR, **him(one)) for one in range(6))], 6
    raise AssertionError(name)


@pytest.mark.parametrize("name", sorted(definitions.shipped()))
def test_every_shipped_scenario_can_be_rehearsed(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path)
    lines, days = past_days(shop, name)
    for line in sorted(lines, key=lambda one: one.received_at):
        shop.clock.at = instant(line.received_at)
        shop.say(line)
    until = START + timedelta(days=days)
    shop.tick()
    shop.clock.at = until
    shop.ticker.refresh(until)
    made = rehearsed(shop, shop.app.acting(shop.warehouse), until, days, everybody(definitions.shipped()[name]))
    said = report(made, 1)
    found = came_of(made.scratch)
    made.close()
    shop.close()

    wished = found["outbox"] if name == "lead-to-sales" else [
        row for row in found["candidates"] if row["outcome"] == "sent"
    ]  # fmt: skip
    assert wished
    assert {row["state"] for row in found["outbox"]} == {"accepted"}
    assert said.entered >= 5
    assert not [one for one in said.warnings if "none of the events" in one]
    if name == "thanks":
        assert any('"vase"' in row["promise"] for row in found["outbox"])
