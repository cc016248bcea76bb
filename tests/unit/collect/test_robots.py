# ruff: noqa: E501 (agents are as long as they are)
from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import pipeline, robots
from comptoir.collect.batch import Event
from comptoir.collect.robots import SECOND, Hit
from comptoir.collect.stages import Reference, World
from comptoir.model.event import Line

NOON = 1_790_000_000 * SECOND
HOME, PHONE, OFFICE = "82.64.12.0", "92.184.100.0", "195.25.60.0"
SAFELINKS, APPLE, GOOGLE, PROOFPOINT, BARRACUDA = (
    "40.94.31.0",
    "17.58.98.0",
    "66.249.93.0",
    "67.231.154.0",
    "64.235.154.0",
)

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/340.0.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
)
"""What people's browsers and mail programs say, a phone whose maker is called CUBOT among them."""
MAIL_PROXIES = (
    ("Mozilla/5.0", APPLE),
    ("Mozilla/5.0", "146.75.180.0"),  # Apple's relay goes out through other networks too
    ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", GOOGLE),
    ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; YahooMailProxy; https://help.yahoo.com)", "87.248.110.0"),
    ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", "98.137.12.0"),
    (BROWSERS[3], APPLE),
    (BROWSERS[0], GOOGLE),
    (BROWSERS[1], SAFELINKS),
    ("", PROOFPOINT),
    ("Mozilla/5.0 (compatible; BarracudaCentral; +http://www.barracudacentral.org)", BARRACUDA),
)
"""Documented loaders of pictures: Apple MPP, Gmail's and Yahoo's proxy, and gateways."""
SCANNERS = (
    ("python-requests/2.32.3", "GET", "3.120.4.0"),
    ("curl/8.5.0", "GET", "34.90.1.0"),
    ("Go-http-client/2.0", "GET", "18.194.0.0"),
    ("Java/17.0.2", "GET", PROOFPOINT),
    ("okhttp/4.12.0", "GET", "35.180.0.0"),
    ("Barracuda Sentinel (EE)", "GET", BARRACUDA),
    ("Mozilla/5.0 (compatible; Mimecast URL scanner)", "GET", "207.211.31.0"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
        "GET",
        "52.28.0.0",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2272.89 Safari/537.36",
        "GET",
        "54.93.0.0",
    ),
    ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.0)", "GET", "20.50.0.0"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 BingPreview/2.0b",
        "GET",
        SAFELINKS,
    ),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "GET", GOOGLE),
    ("SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", "GET", "52.114.0.0"),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "GET", "54.80.0.0"),
    ("WhatsApp/2.23.20.0", "GET", "157.240.0.0"),
    ("", "GET", HOME),
    ("Mozilla/5.0", "GET", "146.75.180.0"),
    (BROWSERS[0], "HEAD", OFFICE),
    (BROWSERS[1], "OPTIONS", OFFICE),
    (BROWSERS[0], "GET", SAFELINKS),
    (BROWSERS[1], "GET", PROOFPOINT),
    (BROWSERS[2], "GET", BARRACUDA),
)
"""Documented followers of links; those with a person's agent come from a gateway's network or with HEAD."""


def humans(random: Random, count: int) -> tuple[list[Hit], dict[str, int]]:
    """People: they open after a while, read for seconds, click one link or two, some twice on the same."""
    hits: list[Hit] = []
    delivered: dict[str, int] = {}
    for number in range(count):
        message_id = f"h{number}"
        delivered[message_id] = NOON
        at = NOON + int(min(8 + random.expovariate(1 / 5_400), 86_400 * 5) * SECOND)
        agent, network = random.choice(BROWSERS), random.choice((HOME, PHONE, OFFICE))
        for _ in range(random.choice((1, 1, 1, 1, 2, 2, 3))):
            link = f"https://shop.example/{random.randrange(8)}"
            hits.append(Hit(kind="click", message_id=message_id, link=link, agent=agent, network=network, at=at))
            if random.random() < 0.1:  # a double click
                hits.append(replace(hits[-1], at=at + SECOND // 4))
            at += int((3 + random.expovariate(1 / 40)) * SECOND)
    return hits, delivered


def machines(random: Random, count: int) -> tuple[list[Hit], dict[str, int]]:
    """Gateways: known by what they say, by where they are, by how soon they come, or because they follow every link."""
    hits: list[Hit] = []
    delivered: dict[str, int] = {}
    for number in range(count):
        message_id = f"r{number}"
        delivered[message_id] = NOON
        links = [f"https://shop.example/{one}" for one in range(random.randint(3, 9))]
        way = random.randrange(3)
        if way == 0:
            agent, method, network = random.choice(SCANNERS)
            at, followed = NOON + random.randrange(1, 45) * SECOND, random.sample(links, random.randint(1, 3))
        elif way == 1:  # a browser in a sandbox somewhere, at once
            agent, method, network = random.choice(BROWSERS), "GET", "18.156.0.0"
            at, followed = NOON + random.randrange(SECOND // 2, 3 * SECOND), links[: random.randint(1, 2)]
        else:  # a browser in a sandbox somewhere, later, but every link
            agent, method, network = random.choice(BROWSERS), "GET", "34.247.0.0"
            at, followed = NOON + random.randrange(5, 900) * SECOND, links
        for link in followed:
            hits.append(
                Hit(kind="click", message_id=message_id, link=link, method=method, agent=agent, network=network, at=at)
            )
            at += random.randrange(SECOND // 20, SECOND)
    return hits, delivered


def test_of_machines_clicks_at_least_95_in_100_are_known(seed: int) -> None:
    hits, delivered = machines(Random(seed), 2_000)

    said = robots.verdicts(hits, delivered)

    assert sum(one is not None for one in said) / len(said) >= 0.95


def test_of_peoples_clicks_at_most_1_in_100_is_taken_for_a_machines(seed: int) -> None:
    hits, delivered = humans(Random(seed), 4_000)

    said = robots.verdicts(hits, delivered)

    assert sum(one is not None for one in said) / len(said) <= 0.01


def test_of_machines_opens_at_least_99_in_100_are_known(seed: int) -> None:
    random = Random(seed)
    hits = [
        Hit(
            kind="open",
            message_id=f"m{number}",
            agent=agent,
            network=network,
            at=NOON + random.randrange(7_200) * SECOND,
        )
        for number in range(1_000)
        for agent, network in [random.choice(MAIL_PROXIES)]
    ]

    said = robots.verdicts(hits, {hit.message_id: NOON for hit in hits})

    assert sum(one is not None for one in said) / len(said) >= 0.99


@pytest.mark.parametrize("agent", BROWSERS)
@pytest.mark.parametrize("network", [HOME, PHONE, OFFICE, "2a01:e0a:12::", ""])
def test_a_person_is_a_person_on_every_browser(agent: str, network: str) -> None:
    for kind in ("open", "click", "answer"):
        hit = Hit(kind=kind, message_id="m", agent=agent, network=network, at=NOON + 90 * SECOND)

        assert robots.verdicts([hit], {"m": NOON}) == [None]


@pytest.mark.parametrize(("agent", "method", "network"), SCANNERS)
def test_each_scanner_of_the_list_is_known_and_the_verdict_says_why(agent: str, method: str, network: str) -> None:
    hit = Hit(kind="click", message_id="m", agent=agent, method=method, network=network, at=NOON + 20 * SECOND)

    (said,) = robots.verdicts([hit], {"m": NOON})

    assert said


@pytest.mark.parametrize(("agent", "network"), MAIL_PROXIES)
def test_each_proxy_of_the_list_is_known(agent: str, network: str) -> None:
    assert robots.verdicts([Hit(kind="open", message_id="m", agent=agent, network=network, at=NOON + 1)], {}) != [None]


def test_a_person_behind_a_gateways_network_an_hour_later_is_a_person() -> None:
    hit = Hit(kind="click", message_id="m", agent=BROWSERS[0], network=SAFELINKS, at=NOON + 3_600 * SECOND)

    assert robots.verdicts([hit], {"m": NOON}) == [None]


def test_a_burst_is_seen_over_two_batches() -> None:
    clicks = [
        Hit(kind="click", message_id="m", link=f"https://shop.example/{one}", agent=BROWSERS[0], network=HOME,
            at=NOON + (600 + one) * SECOND)
        for one in range(4)
    ]  # fmt: skip

    assert robots.verdicts(clicks[2:], {"m": NOON}) == [None, None]
    assert robots.verdicts(clicks[2:], {"m": NOON}, earlier=clicks[:2]) == ["many links at once"] * 2


@given(st.permutations(range(12)), st.integers(0, 1_000))
def test_verdicts_do_not_depend_on_the_order_of_hits(order: list[int], seed: int) -> None:
    hits, delivered = machines(Random(seed), 5)
    more, also = humans(Random(seed), 5)
    hits, delivered = (hits + more)[:12], delivered | also

    said = dict(zip(hits, robots.verdicts(hits, delivered), strict=True))
    mixed = [hits[place] for place in order if place < len(hits)]

    assert dict(zip(mixed, robots.verdicts(mixed, delivered), strict=True)) == said


def test_in_the_pipeline_a_click_keeps_its_verdict_and_an_earlier_one_stands() -> None:
    lines = [
        Line(v=1, type="control", source="comptoir", brand="b", received_at=NOON + seconds * SECOND, name=name,
             ip=HOME, user_agent=BROWSERS[0], message_id=name + str(seconds),
             properties=msgspec.Raw(msgspec.json.encode({"message_id": "m", "link": "https://x.example", "detail": method})))
        for seconds, name, method in (
            (1, "Message Clicked", "GET"), (90, "Message Clicked", "GET"), (91, "Message Clicked", "HEAD"),
            (92, "Unsubscribed", "POST"), (1, "Message Answered", "GET"),
        )
    ]  # fmt: skip
    batch = [Event(number, b"", line) for number, line in enumerate(lines)]
    for event in batch:
        event.user_agent = event.line.user_agent
    world = World(
        seen=None, currencies={}, is_blocked=lambda _kind, _value: False,  # type: ignore[arg-type]
        references=lambda _ids: {"m": Reference("b", "email", "ann@example.org", 7, handed_at=NOON)},
    )  # fmt: skip

    pipeline._judge_hits(batch, world)

    assert [event.robot_reason for event in batch] == [
        "too soon after delivery", None, "method HEAD", None, "too soon after delivery",
    ]  # fmt: skip
