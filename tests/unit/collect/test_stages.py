"""Stages: clocks, duplicates, robots, channels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import stages
from comptoir.collect.batch import Event, Outcome, run
from comptoir.collect.channels import channel_of
from comptoir.model.event import RefusalReason

from .lines import NOON, SECOND, event, world

YEAR = 365 * 86_400 * SECOND
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


def _clocked(**fields: object) -> Event:
    one = event(**fields)
    stages.correct_clock([one])
    return one


@pytest.mark.parametrize("years", [-10, -1, 1, 10])
def test_a_clock_wrong_by_years_is_corrected_by_what_it_said_when_sending(years: int) -> None:
    said = NOON + years * YEAR

    one = _clocked(timestamp=said, sent_at=said + 3 * SECOND)

    assert one.occurred_at == NOON - 3 * SECOND
    assert one.clock_flag == "skew"
    assert one.original_timestamp == str(said)


def test_a_future_instant_without_sent_at_is_received_now_and_flagged() -> None:
    one = _clocked(timestamp=NOON + YEAR)

    assert (one.occurred_at, one.clock_flag) == (NOON, "future")


def test_what_could_not_be_read_as_an_instant_keeps_its_text() -> None:
    one = _clocked(timestamp=None, original_timestamp="9999-99-99")

    assert (one.occurred_at, one.clock_flag, one.original_timestamp) == (NOON, "unreadable", "9999-99-99")


def test_an_import_is_believed_however_old() -> None:
    assert _clocked(timestamp=NOON - 9 * YEAR, historical=True).occurred_at == NOON - 9 * YEAR


@given(st.integers(-60 * YEAR, 60 * YEAR), st.none() | st.integers(-60 * YEAR, 60 * YEAR))
def test_no_event_that_comes_live_occurs_after_it_was_received(said: int, sent: int | None) -> None:
    one = _clocked(timestamp=NOON + said, sent_at=None if sent is None else NOON + sent)

    assert one.occurred_at <= NOON


@pytest.mark.parametrize(
    ("agent", "is_robot"),
    [
        (CHROME, False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        (None, False),
    ],
)
def test_a_robot_is_kept_with_its_reason(agent: str | None, *, is_robot: bool) -> None:
    one = event(user_agent=agent)

    outcome = run([one], (stages.read_context, stages.mark_robots))

    assert outcome.kept == [one]
    assert (one.robot_reason is not None) is is_robot


def test_a_context_that_does_not_fit_costs_only_what_does_not_fit() -> None:
    one = event(context='{"page": {"url": "https://shop.fr/p", "title": 7}, "campaign": "none", "userAgent": 3}')

    stages.read_context([one])

    assert (one.url, one.title, one.utm_source, one.channel) == ("https://shop.fr/p", None, None, "direct")


@pytest.mark.parametrize(
    ("referrer", "url", "source", "medium", "channel"),
    [
        ("https://www.google.fr/", "https://shop.fr/", None, None, ("search", "Google")),
        ("https://l.facebook.com/", "https://shop.fr/", None, None, ("social", "Facebook")),
        ("https://t.co/x", "https://shop.fr/", None, None, ("social", "X (Twitter)")),
        ("https://blog.example/", "https://shop.fr/", None, None, ("referral", "blog.example")),
        ("https://www.shop.fr/a", "https://shop.fr/b", None, None, ("internal", None)),
        (None, "https://shop.fr/", None, None, ("direct", None)),
        (None, "https://shop.fr/", "comptoir", "email", ("email", "comptoir")),
        ("https://www.google.fr/", "https://shop.fr/", "google", "cpc", ("paid", "google")),
        ("https://[broken", "https://shop.fr/", None, None, ("direct", None)),
    ],
)
def test_a_visit_has_one_channel(
    referrer: str | None, url: str, source: str | None, medium: str | None, channel: tuple[str, str | None]
) -> None:
    assert channel_of(referrer, url, source, medium) == channel


def test_the_strongest_identifier_owns_the_fact_and_the_browser_its_session() -> None:
    both, alone = event(user_id="ann", anonymous_id="b1"), event(message_id="m2", user_id="null", anonymous_id="b1")

    run([both, alone], stages.stages(world()))

    assert both.node_id != both.browser_node
    assert alone.node_id == alone.browser_node == both.browser_node


def test_one_poisoned_event_among_many_is_kept_aside_with_the_words_of_the_failure() -> None:
    batch = [event(message_id=f"m{number}") for number in range(1_000)]

    def stumbles(given: list[Event]) -> Outcome:
        if any(one.line.message_id == "m617" for one in given):
            raise ZeroDivisionError("no such thing")
        return Outcome(kept=given)

    outcome = run(batch, (stumbles,))

    assert len(outcome.kept) == 999
    (refused,) = outcome.refused
    assert refused.event.line.message_id == "m617"
    assert refused.reason is RefusalReason.POISON
    assert "no such thing" in refused.detail
