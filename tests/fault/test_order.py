"""R11 to R14, R16: whatever order, clock or poison, the facts are those of a calm day; nobody is written to twice."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir import app as apps
from comptoir import engine
from comptoir.clock import micros
from comptoir.collect import people as people_said
from comptoir.collect.batch import Event, Outcome
from comptoir.collect.dialects.base import Asking
from comptoir.collect.dialects.segment import Segment
from comptoir.collect.parse import Stamp
from comptoir.facts import derive
from comptoir.model.event import Line, Trust
from comptoir.scenarios.rows import enrollments
from comptoir.server import metrics
from comptoir.spool.sqlite import SqliteSpool
from tests.fault.reminders import Watched, basket, people, sender_of
from tests.shop import START, Shop

DAY = 86_400


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home")
    yield opened
    opened.close()


# ── R11 ──


def _one(shop: Shop, draw: random.Random, place: int, after: float) -> Line:
    """Make one thing that a visitor, a shop's server or an import may say."""
    who, browser = draw.choice(["ann", "bob", "cid", "dot"]), f"b{draw.randrange(6)}"
    cart = draw.choice(["c1", "c2", "c3", "c4", None])
    price, quantity = draw.choice([9.5, 12.25]), draw.randint(1, 3)
    item: dict[str, object] = {"product_id": draw.choice(["p1", "p2", "p3"]), "price": price, "quantity": quantity}
    in_cart = {"cart_id": cart} if cart else {}
    kind = draw.choice(["page", "view", "view", "add", "add", "add", "remove", "checkout", "order", "order", "identify",
                        "identify", "alias", "refund", "line"])  # fmt: skip
    said: dict[str, Any] = {"message_id": f"r{place}", "after": after}
    if kind == "page":
        url = "https://shop.fr/?utm_source=news&utm_medium=email" if draw.random() < 0.4 else "https://shop.fr/"
        return shop.line("Home", type="page", anonymous_id=browser, context={"page": {"url": url}}, **said)
    if kind == "view":
        return shop.line(anonymous_id=browser, properties=item, **said)
    if kind in {"add", "remove"}:
        name = "Product Added" if kind == "add" else "Product Removed"
        user = who if draw.random() < 0.3 else None
        return shop.line(name, anonymous_id=browser, user_id=user, properties=in_cart | item, **said)
    if kind == "checkout":
        checkout = in_cart | {"checkout_id": f"k{draw.randrange(3)}", "products": [item]}
        return shop.line("Checkout Started", anonymous_id=browser, properties=checkout, **said)
    if kind in {"order", "refund"}:
        total = {"order_id": f"o{draw.randrange(8)}", "currency": "EUR", "total": 19.0, "products": [item]}
        name, trust = (
            ("Order Refunded" if kind == "refund" else "Order Completed"),
            draw.choice(["confirmed", "claimed"]),
        )
        sender: dict[str, Any] = {"user_id": who} if trust == "confirmed" else {"anonymous_id": browser}
        return shop.line(name, trust=trust, properties=total | in_cart, **sender, **said)
    if kind == "identify":
        traits = {"email": f"{who}@shop.fr"} if draw.random() < 0.5 else {}
        trust = draw.choice(["confirmed", "claimed"])
        return shop.line("", type="identify", anonymous_id=browser, user_id=who, trust=trust, traits=traits, **said)
    if kind == "alias":
        return shop.line("", type="alias", user_id=who, previous_id=browser, trust="confirmed", **said)
    row = {"order_id": f"o{draw.randrange(8)}", "line_id": f"l{place}", "amount": "12.50", "currency": "EUR"} | item
    said |= {"type": "record", "trust": "confirmed", "historical": True, "source": "till"}
    return shop.line("Order Line", user_id=who, properties=row, **said)


def _thirty_days(shop: Shop, draw: random.Random, count: int) -> list[Line]:
    times = sorted(draw.uniform(-30 * DAY, 0) for _ in range(count))
    return [_one(shop, draw, place, after) for place, after in enumerate(times)]


def _told(home: Path, lines: list[Line], cuts: list[int], *, reopens: bool = False) -> tuple[dict[str, str], Any]:
    """Tell a new shop some lines in the ticks that end at `cuts`; give the logical hashes and the figures."""
    shop = Shop(home, acts=False)
    start = 0
    for end in [*sorted({cut % (len(lines) + 1) for cut in cuts}), len(lines)]:
        if end > start:
            shop.say(*lines[start:end])
            shop.tick()
            if reopens:
                shop.reopen()
        start = end
    shop.ticker.refresh(shop.clock.now())
    euro = shop.raw("SELECT currency, sum(amount_minor), count(*) FROM fact.revenue_ledger GROUP BY ALL ORDER BY ALL")
    people_of = shop.raw(
        "SELECT list_sort(list(node_id)) AS nodes FROM fact.profile_of GROUP BY profile_id ORDER BY nodes"
    )
    carts = shop.raw("SELECT cart_id, is_inferred, ordered_at, amount_minor, order_hash FROM fact.carts ORDER BY ALL")
    seen = shop.fingerprints(), (euro, people_of, carts)
    received, counted = shop.equation()
    assert received == counted == len(lines)
    shop.close()
    return seen


def _compare(folder: Path, lines: list[Line], shuffled: list[Line], cuts: list[int], *, reopens: bool) -> None:
    expected, figures = _told(folder / "calm", lines, [])
    found, others = _told(folder / "jumbled", shuffled, cuts, reopens=reopens)
    assert others == figures  # said first: it shows what differs
    assert found == expected


def test_any_permutation_of_thirty_days_gives_the_same_people_carts_and_ledger(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    maker = Shop(tmp_path / "maker", acts=False)
    lines = _thirty_days(maker, draw, draw.choice([12, 40, 120]))
    maker.close()
    shuffled = lines + draw.sample(lines, len(lines) // 6)  # some come twice, which changes nothing
    draw.shuffle(shuffled)
    cuts = [draw.randrange(len(shuffled) + 1) for _ in range(draw.randint(0, 8))]
    _compare(tmp_path, lines, shuffled, cuts, reopens=seed % 4 == 3)


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_hypothesis_finds_no_order_that_matters(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("orders")
    maker = Shop(folder / "maker", acts=False)
    lines = _thirty_days(maker, random.Random(data.draw(st.integers(0, 10_000))), data.draw(st.integers(2, 25)))
    maker.close()
    shuffled = data.draw(st.permutations(lines))
    cuts = data.draw(st.lists(st.integers(0, 40), max_size=5))
    _compare(folder, lines, list(shuffled), cuts, reopens=False)


# ── R12 ──


def test_late_events_correct_their_day_and_start_no_scenario_beyond_the_triggers_age(shop: Shop) -> None:
    ages = {"hour": 3_600, "week": 7 * DAY, "year": 400 * DAY}
    people(shop, list(ages))
    shop.say(*[shop.line(anonymous_id=f"b-{name}", after=-age + 120) for name, age in ages.items()])
    shop.tick()
    before = {row["at"]: row["event_count"] for row in shop.ask("SELECT started_at AS at, event_count FROM sessions")}
    shop.say(*[basket(shop, name, after=-age, received_after=0) for name, age in ages.items()])
    shop.tick()

    rows = shop.ask("SELECT CAST(occurred_at AS DATE) AS day, count(*) AS n FROM events GROUP BY day ORDER BY day")
    assert [row["day"] for row in rows] == sorted({(START - timedelta(seconds=age)).date() for age in ages.values()})
    assert all(row["n"] == 2 for row in rows)
    after = {row["at"]: row["event_count"] for row in shop.ask("SELECT started_at AS at, event_count FROM sessions")}
    assert sorted(before.values()) == [1, 1, 1]
    assert sorted(after.values()) == [2, 2, 2]
    assert not before.keys() & after.keys()  # each visit now begins with what came late
    with shop.app.state.read() as connection:
        started = [row.key for row in connection.execute(enrollments.select())]
    assert len(started) == 1, "an hour is within the trigger's age of three; a week and a year are not"


# ── R13 ──


def _through_the_door(shop: Shop, events: list[dict[str, object]], *, sent_at: str | None = None) -> list[Line]:
    """Parse a batch as the door does, received at START."""
    body = {"batch": events} | ({"sentAt": sent_at} if sent_at else {})
    stamp = Stamp(source="web", brand="main", trust=Trust.CLAIMED, received_at=micros(START), event_bytes=32_768)
    dialect = Segment()
    return dialect.read(dialect.open(Asking("batch", json.dumps(body).encode())), stamp).lines


STRANGE = {
    # a client's text, its sentAt, the flag, and whether its own time is believed
    "a-year-behind": ("2025-11-21T12:00:00Z", None, None, True),
    "ten-years-behind": ("2016-11-21T12:00:00Z", None, "out_of_range", False),
    "ten-years-ahead": ("2036-11-21T12:00:00Z", None, "future", False),
    "ten-years-behind-and-says-so": ("2016-11-21T11:59:00Z", "2016-11-21T12:00:00Z", "skew", False),
    "ten-years-ahead-and-says-so": ("2036-11-21T11:59:00Z", "2036-11-21T12:00:00Z", "skew", False),
    "year-1": ("0001-01-01T00:00:00Z", None, "unreadable", False),
    "year-9999": ("9999-12-31T23:59:59Z", None, "unreadable", False),
    "leap-second": ("2025-12-31T23:59:60Z", None, None, True),
    "nonsense": ("yesterday", None, "unreadable", False),
    "enormous": (10**18, None, "unreadable", False),
    "negative": (-5, None, "unreadable", False),
}  # fmt: skip


def test_strange_clocks_are_stored_with_the_time_corrected_the_original_kept_and_a_flag(shop: Shop) -> None:
    for name, (said, sent, _, _) in STRANGE.items():
        shop.say(*_through_the_door(shop, [{"type": "track", "event": "E", "anonymousId": "b", "messageId": name,
                                            "timestamp": said}], sent_at=sent))  # fmt: skip
    refused = _through_the_door(shop, [{"type": "track", "event": "E", "anonymousId": "b", "timestamp": float("nan")}])
    shop.say(*refused)
    shop.tick()

    rows = {
        row[0]: row[1:]
        for row in shop.raw("SELECT message_id, clock_flag, original_timestamp, occurred_at FROM fact.events")
    }
    assert rows.keys() == STRANGE.keys()
    for name, (said, sent, flag, is_believed) in STRANGE.items():
        found, original, occurred = rows[name]
        received = START.replace(tzinfo=None)
        if name == "leap-second":  # either way of reading it is right: not refused, not in the future
            assert occurred <= received
            continue
        assert found == flag, name
        assert occurred == (received - timedelta(minutes=1) if sent else occurred if is_believed else received), name
        assert (original is None) == is_believed, name
        if is_believed:
            assert occurred.year == int(str(said)[:4])
    assert [row[0] for row in shop.raw("SELECT reason FROM fact.failed")] == ["bad_json"]
    received_lines, counted = shop.equation()
    assert received_lines == counted == len(STRANGE) + 1


# ── R14 ──


def test_a_clock_that_steps_back_and_forth_sends_nothing_twice_and_nothing_early(seed: int, shop: Shop) -> None:
    draw = random.Random(seed)
    names = [f"p{number}" for number in range(6)]
    people(shop, names)
    channel = Watched()
    sender = sender_of(shop, channel)
    steps = [timedelta(hours=-1), timedelta(days=2), timedelta(minutes=10), timedelta(0), timedelta(minutes=-10)]
    acted: dict[str, float] = {}
    offset, moved = 0.0, 0
    for turn in range(60):
        if turn < 2 * len(names) and turn % 2 == 0:
            name = names[turn // 2]
            acted[name] = (shop.clock.now() - START).total_seconds()
            shop.say(basket(shop, name, after=acted[name]))
            shop.tick()
        step = draw.choice(steps) if draw.random() < 0.15 else timedelta(minutes=draw.choice([1, 3, 5]))
        moved += step < timedelta(0) or step > timedelta(hours=1)
        shop.clock.advance(step)
        offset = (shop.clock.now() - START).total_seconds()
        shop.app.acting(shop.warehouse).wake(shop.clock.now())
        shop.ticker.refresh(shop.clock.now())
        sent_before = len(channel.sent)
        sender.send_due(shop.clock.now())
        for mail in channel.sent[sent_before:]:
            name = mail.to.partition("@")[0]
            assert offset - acted[name] >= 25 * 60, f"seed {seed}: {name} was written to early"
        shop.tick()
    per_person = Counter(mail.to for mail in channel.sent)
    print(f"seed {seed}: {len(channel.sent)} mails, {moved} leaps of the clock")
    assert max(per_person.values(), default=0) <= 1
    assert shop.equation()[0] == shop.equation()[1]


def test_the_lag_is_never_negative_when_the_clock_goes_back(shop: Shop) -> None:
    shop.close()
    app = replace(apps.open_app(shop.app.settings), clock=shop.clock)
    shop.front = SqliteSpool(shop.home / "spool" / "front.db")
    working = engine.start(app)
    lags: list[Any] = []
    for step in (-3_600.0, 2 * DAY, -10 * 365.0 * DAY, 0.0):
        shop.say(shop.line(anonymous_id="b", after=(shop.clock.now() - START).total_seconds()))
        shop.clock.advance(timedelta(seconds=step))
        lags.append(working.status()["lag_seconds"])
        working.tick()
        working.heartbeat()
    status = working.status()
    working.close()
    app.close()
    shop.front.close()
    shop.open()
    assert min(lags) >= 0
    assert metrics.difference(status) == 0


# ── R16 ──


def _poison(monkeypatch: pytest.MonkeyPatch, message_id: str) -> None:
    write = derive.write

    def stumbles(cursor: Any, tick: Any, tables: Any) -> None:
        if "events" in tables and message_id in tables["events"].column("message_id").to_pylist():
            raise duckdb.ConversionException("cannot take this")
        write(cursor, tick, tables)

    monkeypatch.setattr(derive, "write", stumbles)


def _poisoned_delay(shop: Shop, monkeypatch: pytest.MonkeyPatch, count: int) -> tuple[float, float]:
    """Give the seconds of processor that a tick takes, and those that one poisoned event adds to it."""
    took = {}
    for name in ("warm", "calm", "poisoned"):
        lines = [shop.line(anonymous_id=f"b{n % 500}", message_id=f"{name}{n}", after=n / 100) for n in range(count)]
        if name == "poisoned":
            _poison(monkeypatch, f"poisoned{count * 2 // 3}")
        shop.say(*lines)
        began = time.process_time()
        tick = shop.ticker.run_once()
        took[name] = time.process_time() - began
        assert tick is not None

    assert shop.one("SELECT count(*) FROM events WHERE message_id LIKE 'poisoned%'") == count - 1
    assert shop.raw("SELECT reason, message_id FROM fact.failed") == [("poison", f"poisoned{count * 2 // 3}")]
    received, counted = shop.equation()
    assert received == counted == 3 * count
    print(f"{count:,} events: {took['calm']:.2f} s of processor, one of them poisoned {took['poisoned']:.2f} s")
    return took["calm"], took["poisoned"] - took["calm"]


def test_one_poisoned_event_among_a_thousand_costs_its_neighbours_less_than_a_second(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, delay = _poisoned_delay(shop, monkeypatch, 1_000)

    assert delay < 1.0


@pytest.mark.slow
def test_one_poisoned_event_among_twenty_thousand_costs_its_neighbours_a_few_ticks_at_most(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm, delay = _poisoned_delay(shop, monkeypatch, 20_000)

    assert delay < 1.0 + 2 * calm  # under a second on a machine that does nothing else


def test_an_event_that_a_stage_stumbles_over_is_kept_aside_alone(shop: Shop) -> None:
    calls = 0

    def stage(batch: list[Event]) -> Outcome:
        nonlocal calls
        calls += 1
        if any(event.line.message_id == "n777" for event in batch):
            raise ZeroDivisionError
        return Outcome(kept=batch)

    shop.ticker.extra = (stage,)
    shop.say(*[shop.line(anonymous_id=f"b{number}", message_id=f"n{number}") for number in range(2_000)])
    shop.tick()

    assert shop.one("SELECT count(*) FROM events") == 1_999
    assert shop.raw("SELECT reason, message_id FROM fact.failed") == [("poison", "n777")]
    assert calls <= 2 * 12  # by halves: log2(2,000) twice


def test_an_event_that_what_follows_the_stages_stumbles_over_is_kept_aside_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sightings = people_said.sightings

    def stumbles(events: list[Event], is_blocked: Any) -> Any:
        if any(event.line.message_id == "n777" for event in events):
            raise KeyError(777)
        return sightings(events, is_blocked)

    monkeypatch.setattr(people_said, "sightings", stumbles)
    shop.say(*[shop.line(anonymous_id=f"b{number % 9}", message_id=f"n{number}") for number in range(2_000)])
    shop.tick()

    assert shop.one("SELECT count(*) FROM events") == 1_999
    assert shop.raw("SELECT reason, message_id FROM fact.failed") == [("poison", "n777")]
    received, counted = shop.equation()
    assert received == counted
