"""Stages: clocks, duplicates, robots, channels."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import agents, stages
from comptoir.collect.batch import Event, Outcome, run
from comptoir.collect.channels import channel_of, tags_of
from comptoir.model.event import RefusalReason

from .lines import NOON, SECOND, event, world

YEAR = 365 * 86_400 * SECOND
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"


def _clocked(**fields: object) -> Event:
    one = event(**fields)
    stages.correct_clock([one])
    return one


def test_the_shops_other_site_is_no_referral() -> None:
    page = {"url": "https://shop.be/", "referrer": "https://www.shop.fr/"}
    stranger = {"url": "https://shop.be/", "referrer": "https://blog.example/"}

    def channels(*sites: str) -> list[tuple[str | None, str | None]]:
        said = [msgspec.json.encode({"page": one}).decode() for one in (page, stranger)]
        batch = [event(type="page", message_id=f"m{place}", context=one) for place, one in enumerate(said)]
        kept = run(batch, stages.stages(replace(world(), sites=frozenset(sites)))).kept
        return [(one.channel, one.channel_detail) for one in kept]

    assert channels() == channels("shop.fr") == [("referral", "shop.fr"), ("referral", "blog.example")]
    assert channels("shop.fr", "shop.be") == [("internal", None), ("referral", "blog.example")]


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
        ("https://www.google.fr/", "https://shop.fr/", "google", "cpc", ("paid", "Google")),
        (None, "https://shop.fr/", "chatgpt.com", None, ("assistant", "ChatGPT")),
        ("https://www.perplexity.ai/", "https://shop.fr/", None, None, ("assistant", "Perplexity")),
        ("https://gemini.google.com/", "https://shop.fr/", None, None, ("assistant", "Gemini")),
        ("https://mail.google.com/", "https://shop.fr/", None, None, ("email", "mail.google.com")),
        ("android-app://com.google.android.gm/", "https://shop.fr/", None, None, ("email", "Gmail")),
        ("android-app://com.pinterest/", "https://shop.fr/", None, None, ("social", "Pinterest")),
        ("https://mamot.fr/@ann", "https://shop.fr/", None, None, ("social", "Mastodon")),
        (None, "https://shop.fr/", "awin", "affiliates", ("affiliate", "awin")),
        (None, "https://shop.fr/", "facebook", "paid_social", ("paid", "Facebook")),
        ("https://[broken", "https://shop.fr/", None, None, ("direct", None)),
    ],
)
def test_a_visit_has_one_channel(
    referrer: str | None, url: str, source: str | None, medium: str | None, channel: tuple[str, str | None]
) -> None:
    assert channel_of(referrer, url, source, medium) == channel


@pytest.mark.parametrize(
    ("query", "referrer", "channel", "campaign"),
    [
        ("gclid=x", "https://www.google.fr/", ("paid", "Google"), None),
        ("GCLID=x&utm_campaign=xmas", None, ("paid", "Google"), "xmas"),
        ("msclkid=x", None, ("paid", "Microsoft Advertising"), None),
        ("fbclid=x", None, ("social", "Facebook"), None),
        ("fbclid=x", "https://l.instagram.com/", ("social", "Instagram"), None),
        ("fbclid=x&utm_source=facebook&utm_medium=cpc", None, ("paid", "Facebook"), None),
        ("awc=1_2", "https://coupons.example/", ("affiliate", "Awin"), None),
        ("mtm_source=letter&mtm_medium=email&mtm_campaign=xmas", None, ("email", "letter"), "xmas"),
        ("pk_campaign=xmas&pk_kwd=gifts", "https://blog.example/", ("referral", "blog.example"), "xmas"),
        ("color=red&size=utm_", "https://blog.example/", ("referral", "blog.example"), None),
        ("gclid=", None, ("direct", None), None),
    ],
)
def test_an_address_tells_its_campaign(
    query: str, referrer: str | None, channel: tuple[str, str | None], campaign: str | None
) -> None:
    page = {"url": f"https://shop.fr/p?{query}", "referrer": referrer}
    one = event(context=msgspec.json.encode({"page": page}).decode())

    stages.read_context([one])

    assert (one.channel, one.channel_detail) == channel
    assert one.utm_campaign == campaign


def test_a_campaign_may_stand_behind_the_hash() -> None:
    tags = tags_of("https://shop.fr/p#mtm_campaign=xmas&mtm_kwd=gifts")

    assert (tags.campaign, tags.term) == ("xmas", "gifts")


@given(st.text())
def test_no_address_stops_its_reader(text: str) -> None:
    tags_of(text)
    tags_of(f"https://shop.fr/?utm_source={text}")


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        (CHROME, "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "mobile"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 Chrome/94.0 TV Safari/537.36", "tv"),
        ("Mozilla/5.0 (PlayStation; PlayStation 5/8.00) AppleWebKit/605.1.15", "console"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", None),
        ("curl/8.5", None),
    ],
)
def test_a_browser_says_what_it_runs_on(agent: str, kind: str | None) -> None:
    assert agents.read(agent).device_type == kind


def test_the_strongest_identifier_owns_the_fact_and_the_browser_its_session() -> None:
    both, alone = event(user_id="ann", anonymous_id="b1"), event(message_id="m2", user_id="null", anonymous_id="b1")

    run([both, alone], stages.stages(world()))

    assert both.node_id != both.browser_node
    assert alone.node_id == alone.browser_node == both.browser_node


@pytest.mark.parametrize(
    "query", ["ajs_uid=boss&ajs_aid=theirs", "uid=boss", "comptoir_id=theirs", "_id=theirs&uid=boss"]
)
def test_an_address_that_anybody_can_write_identifies_nobody(query: str) -> None:
    page = {"url": f"https://shop.fr/?{query}&utm_source=news"}
    one = event(user_id=None, anonymous_id="b1", context=msgspec.json.encode({"page": page}).decode())

    run([one], stages.stages(world()))

    assert [(kind, value) for kind, value, _ in one.identifiers] == [("anonymous", "b1")]


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
