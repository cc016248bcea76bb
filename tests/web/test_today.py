"""Today: figures beside those of the stretch before, what Comptoir brought and how it is known, what needs whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from comptoir.access import keys, users
from comptoir.access.keys import Brand
from comptoir.access.roles import Role
from comptoir.clock import micros
from comptoir.messaging.template_rows import template_health
from comptoir.reports import brought
from comptoir.reports.rows import frozen_days, frozen_measures
from comptoir.scenarios.rows import scenarios
from comptoir.web import today
from comptoir.web.visit import Period, Scope
from tests.web.counter import Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def sale(counter: Counter, minor: int, *, ago: timedelta, currency: str = "EUR", brand: str = "main") -> None:
    at = counter.clock.now().replace(tzinfo=None) - ago
    row = {"order_key": f"{at}{brand}", "brand": brand, "kind": "sale", "amount_minor": minor, "currency": currency}
    counter.put("revenue_ledger", {**row, "occurred_at": at})


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_the_change_compares_with_the_same_stretch_before_up_to_the_same_hour(counter: Counter) -> None:
    sale(counter, 15_000, ago=timedelta(hours=1))
    sale(counter, 10_000, ago=timedelta(days=7, hours=1))
    sale(counter, 99_999, ago=timedelta(days=6, hours=23))  # an hour later in the week before: not yet reached

    text = plain(counter.get("/?period=d", accept_language="en").text)
    week = plain(counter.get("/?period=w", accept_language="en").text)

    assert "€150.00" in text
    assert "▲" not in text  # nothing was sold yesterday to compare with
    assert "€150.00 1 order ▲ 50%" in week


@pytest.mark.parametrize("period", [*Period])
def test_a_stretch_and_the_one_before_are_as_long(period: Period) -> None:
    now = datetime(2026, 11, 21, 14, 32, tzinfo=UTC)
    scope = Scope(brand="", country="", brands=(), period=period, last_day=date(2026, 11, 21), today=date(2026, 11, 21))

    stretch = today.stretch_of(scope, now)

    assert stretch.until_at - stretch.since_at == stretch.before_until_at - stretch.before_at
    assert stretch.until_at == micros(now)
    assert stretch.before_until_at <= stretch.since_at


@pytest.mark.parametrize("period", [*Period])
def test_every_period_has_its_course(period: Period, counter: Counter) -> None:
    for days in range(0, 400, 3):
        sale(counter, 1_000, ago=timedelta(days=days, hours=1))

    text = counter.get(f"/?period={period.value}").text
    bars = text.split('class="spark"')[1].split("</svg>")[0].count("<rect")

    count, seconds = today.PARTS[period]
    hours = 16 if period is Period.DAY else None  # it is half past three in the afternoon, in Paris
    assert bars == (hours or min(count, -(-(365 if period is Period.YEAR else 10**6) * 86_400 // seconds)))


def test_figures_are_those_of_the_chosen_brand(counter: Counter) -> None:
    keys.add_brand(counter.state, Brand(name="main"))
    keys.add_brand(counter.state, Brand(name="other", currency="GBP", country="GB"))
    sale(counter, 10_000, ago=timedelta(hours=1))
    sale(counter, 77_700, ago=timedelta(hours=2), currency="GBP", brand="other")

    both, one, country = (
        counter.get(f"/{query}", accept_language="en").text for query in ("", "?brand=main", "?country=GB")
    )

    assert "€100.00" in both
    assert "£777.00" in both
    assert "£777.00" not in one
    assert "€100.00" not in country


def _freeze(counter: Counter, *, treated: int, control: int, people: int = 400) -> None:
    """Write closed results of a scenario: what each treated and each held-out person spent, one in two nothing."""
    day = (counter.clock.now().date() - date(1970, 1, 1)).days - 3
    rows = [
        {"measure": f"{what}:{arm}", "value": str(value), "currency": currency}
        for arm, spent in (("treated", treated), ("control", control))
        for what, value, currency in (
            ("people", people, ""),
            ("revenue", spent * people // 2, "EUR"),
            ("squares", spent * spent * people // 2, "EUR"),
        )
    ]
    same = {"scenario": "abandoned-basket", "version": 1, "step": "", "brand": "main", "day": day}
    at = micros(counter.clock.now())
    with counter.state.write() as connection:
        connection.execute(insert(frozen_days), [{"day": day, "frozen_at": at}])
        connection.execute(
            insert(frozen_measures), [{**same, **row, "is_restatement": False, "booked_at": at} for row in rows]
        )


def test_what_was_brought_is_measured_where_closed_days_say_it_clearly(counter: Counter) -> None:
    sale(counter, 10_000_000, ago=timedelta(hours=1))
    _freeze(counter, treated=9_000, control=3_000)

    text = plain(counter.get("/", accept_language="en").text)

    assert "€12,000" in text  # 400 people, who spent 30 € more on average
    assert "measured against the control group: between" in text
    assert "The results of 1 day were just closed" in text


def test_what_was_brought_is_a_last_touch_where_nothing_is_clear(counter: Counter) -> None:
    sale(counter, 10_000_000, ago=timedelta(hours=1))
    _freeze(counter, treated=3_100, control=3_000)

    text = plain(counter.get("/", accept_language="en").text)

    assert "by the last touch, not measured" in text
    assert "measured against" not in text.replace("the control group, once", "")


def test_brought_is_the_difference_of_the_arms_times_the_treated(counter: Counter) -> None:
    _freeze(counter, treated=9_000, control=3_000)
    today_on = counter.clock.now().date()
    with counter.state.read() as connection:
        (one,) = brought.brought(connection, since=today_on - timedelta(days=7), until=today_on, brands=())
        none = brought.brought(connection, since=today_on - timedelta(days=7), until=today_on, brands=("other",))
        before = brought.brought(connection, since=today_on - timedelta(days=2), until=today_on, brands=())

    assert round(one.total) == (9_000 - 3_000) // 2 * 400
    assert one.low < one.total < one.high
    assert one.is_clear
    assert (none, before) == ([], [])


def test_each_need_leads_to_where_it_is_mended(counter: Counter) -> None:
    now = counter.clock.now()
    with counter.state.write() as connection:
        shelf = {"live_version": 1, "changed_at": 0}
        connection.execute(insert(scenarios), [
            {"scenario": "paused-one", "state": "paused", "draft": None, **shelf},
            {"scenario": "drafted-one", "state": "live", "draft": "x", **shelf},
            {"scenario": "put-away", "state": "archived", "draft": "x", **shelf},
        ])  # fmt: skip
        connection.execute(
            insert(template_health), [{"name": "welcome", "version": 2, "paused_at": 1, "alert": "12 failed."}]
        )
    for hour in range(30, 24 * 14):
        counter.event("page", ago=timedelta(hours=hour), message_id=f"h{hour}")
    for place in range(100):
        row = {"message_id": f"x{place}", "node_id": 1}
        counter.put("messages", {**row, "brand": "main", "outcome": "sent", "decided_at": now.replace(tzinfo=None)})
        kind = "bounced" if place < 5 else "accepted"
        counter.put("deliveries", {**row, "kind": kind, "occurred_at": now.replace(tzinfo=None)})

    text = counter.get("/", accept_language="en").text

    for says, link in (
        ("Scenario “paused-one” is paused", "/scenarios/paused-one"),
        ("The draft of “drafted-one” is not published", "/scenarios/drafted-one"),
        ("Template “welcome” has stopped by itself. 12 failed.", "/messages"),
        ("Source “site” has been silent for 1 day", "/sources"),
        ("5.3% of the e-mails of main come back", "/messages"),
    ):
        assert says in text
        assert f'href="{link}"' in text[text.index(says) : text.index(says) + 300]
    assert "put-away" not in text


def test_a_source_that_is_silent_as_usual_needs_nobody(counter: Counter) -> None:
    for day in range(2, 27):
        for hour in range(3):  # it speaks in the morning, and not every day
            if day % 3:
                counter.event("page", ago=timedelta(days=day, hours=hour), message_id=f"d{day}{hour}")

    assert "has been silent" not in counter.get("/", accept_language="en").text


def test_the_first_steps_tick_themselves_and_leave_when_all_are_true(counter: Counter) -> None:
    def done() -> int:
        return counter.get("/").text.count('<li class="done">')

    assert done() == 1  # the source that this shop begins with
    counter.event("Order Completed", historical=True, anonymous_id=None)
    assert done() == 2
    counter.event("page", anonymous_id="b", ago=timedelta(seconds=1))
    assert done() == 3
    with counter.state.write() as connection:
        row = {"scenario": "a", "live_version": 1, "state": "live", "changed_at": 0, "draft": None}
        connection.execute(insert(scenarios), [row])
    assert done() == 4


def test_each_role_begins_where_it_may_read(counter: Counter) -> None:
    sale(counter, 10_000, ago=timedelta(hours=1))
    secret = {role: users.add_user(counter.state, name=role, role=role, now=counter.clock.now()) for role in Role}

    answers = {
        role: counter.get("/", authorization=f"Bearer {key}", accept_language="en") for role, key in secret.items()
    }

    assert (answers[Role.SUPPORT].status, answers[Role.SUPPORT].headers["location"]) == (303, "/live")
    assert "€100.00" in answers[Role.FINANCE].text
    assert "Visitors" not in answers[Role.FINANCE].text
    assert "Visitors" in answers[Role.MARKETING].text


def test_what_was_sold_without_a_rate_is_named_with_its_orders_and_what_has_one_is_not(counter: Counter) -> None:
    at = counter.clock.now().replace(tzinfo=None) - timedelta(hours=2)
    counter.put("fact.brand_currency", {"brand": "main", "currency": "EUR"})
    for number, currency in enumerate(("USD", "USD", "EUR")):
        order = {"order_key": f"rate-{number}", "brand": "main", "currency": currency}
        counter.put("orders", {**order, "ordered_at": at, "status": "completed", "amount_minor": 5_000})
        counter.put("revenue_ledger", {**order, "kind": "sale", "amount_minor": 5_000, "occurred_at": at})

    english, french = (plain(counter.get("/", accept_language=tongue).text) for tongue in ("en", "fr"))

    assert "100.00 sold this week (2 orders) are counted apart, for want of an exchange rate" in english
    assert "faute de taux de change" in french
    assert english.count("counted apart") == 1
