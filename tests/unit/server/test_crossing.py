"""Links between the shop's own domains: what is signed, what is believed, and what a crafted link gets."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.access import public
from comptoir.access.public import Grant, PublicBook, hash_browser, hash_key
from comptoir.clock import ManualClock, micros
from comptoir.config import Settings
from comptoir.ids import uuid7
from comptoir.model.event import Line, Trust
from comptoir.server import crossing, problems
from comptoir.server.cookie import Cookie
from comptoir.server.crossing import BadLink, Crossing, Crossings, NotOurSite
from comptoir.server.door import Door
from comptoir.server.refusals import Refusals
from comptoir.server.requests import Asked, Proxies

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"k" * 32
HERE, THERE, ELSEWHERE = "https://www.shop.fr", "https://shop.be", "https://evil.example"
ANN, ANN_THERE = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
GRANTS = [
    Grant(hash=hash_key("wk_fr"), source="fr", brand="main", trust=Trust.CLAIMED, origins=frozenset({HERE})),
    Grant(hash=hash_key("wk_be"), source="be", brand="main", trust=Trust.CLAIMED, origins=frozenset({THERE})),
    Grant(hash=hash_key("wk_other"), source="other", brand="other", trust=Trust.CLAIMED, origins=frozenset({THERE})),
    Grant(hash=hash_key("sk"), source="server", brand="main", trust=Trust.CONFIRMED, origins=frozenset({ELSEWHERE})),
]


@dataclass
class Sites:
    """Two sites of one shop, and the part of the door that joins them."""

    book: PublicBook
    clock: ManualClock
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def write(lines: list[Line], is_urgent: bool) -> None:
            assert not is_urgent
            self.lines += lines

        self.refusals = Refusals(self.book)
        self.crossings = Crossings(
            book=self.book, clock=self.clock, cookie=Cookie("comptoir_id"), proxies=Proxies(), refusals=self.refusals,
            write=write,
        )  # fmt: skip

    def ask(self, key: str, origin: str, *, cookie: str = "", method: str = "POST", **said: str) -> problems.Answer:
        asked: Asked = {b"origin": origin.encode(), b"cookie": f"comptoir_id={cookie}".encode()}
        body = json.dumps({"writeKey": key, **said}).encode()

        async def read(most: int) -> bytes:
            assert len(body) <= most
            return body

        def find(told: str | None, _: Asked) -> Grant:
            grant = self.book.find(told or "")
            if grant is None:
                raise problems.UnknownKey
            return grant

        scope = {"method": method, "client": ("203.0.113.9", 1), "query_string": b""}
        return asyncio.run(self.crossings.answer(scope, asked, read, find))

    def token(self, browser: str = ANN, to: str = THERE) -> Any:
        return json.loads(self.ask("wk_fr", HERE, anonymousId=browser, to=to).body)["token"]

    def follow(self, token: str, **more: str) -> problems.Answer:
        said = {"anonymousId": ANN_THERE, "referrer": f"{HERE}/"} | more
        return self.ask(said.pop("key", "wk_be"), said.pop("origin", THERE), link=token, **said)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[Sites]:
    public.write(tmp_path / "public.db", GRANTS, link_keys=[KEY, b"o" * 32])
    book = PublicBook(tmp_path / "public.db")
    book.refresh()
    yield Sites(book, ManualClock(NOON))
    book.close()


def test_a_link_joins_the_two_ids_of_one_browser(sites: Sites) -> None:
    answer = sites.follow(sites.token())

    assert answer.status == 200
    (line,) = sites.lines
    assert (line.type, line.source, line.brand, line.trust) == ("alias", "be", "main", "claimed")
    assert (line.anonymous_id, line.previous_id, line.user_id) == (ANN_THERE, ANN, None)
    assert (line.ip, line.received_at) == ("203.0.113.0", micros(NOON))


def test_the_token_shows_nobody_the_id_it_speaks_of(sites: Sites) -> None:
    token = sites.token()

    padded = token + "=" * (-len(token) % 4)
    assert ANN.encode() not in urlsafe_b64decode(padded)
    assert token != sites.token()


def test_a_token_is_good_for_two_minutes_and_for_one_click(sites: Sites) -> None:
    first, second = sites.token(), sites.token()
    sites.clock.advance(timedelta(seconds=119))
    sites.follow(first)
    with pytest.raises(BadLink):
        sites.follow(first)
    sites.clock.advance(timedelta(seconds=1))
    with pytest.raises(BadLink):
        sites.follow(second)
    assert len(sites.lines) == 1


def test_a_token_that_is_told_twice_after_a_restart_counts_once(sites: Sites) -> None:
    token = sites.token()
    sites.follow(token)
    Sites(sites.book, sites.clock, sites.lines).follow(token, anonymousId="a" * 9 + "bcdefghijklm")

    first, second = sites.lines
    assert first.message_id == second.message_id  # the tick takes the first and refuses the other


@pytest.mark.parametrize(
    "how",
    [
        {"origin": ELSEWHERE},
        {"origin": HERE},
        {"key": "wk_other"},
        {"referrer": ""},
        {"referrer": f"{ELSEWHERE}/?{HERE}"},
        {"referrer": "https://www.shop.fr.evil.example/"},
        {"referrer": "http://[::1"},
    ],
)
def test_a_crafted_link_identifies_nobody(sites: Sites, how: dict[str, str]) -> None:
    """Somebody makes a link of her own browser and has it opened elsewhere, by another brand, or from her own mail."""
    with pytest.raises(BadLink):
        sites.follow(sites.token(), **how)
    assert sites.lines == []


@given(place=st.integers(0, 200), sign=st.sampled_from("AZaz09-_"))
def test_a_token_that_was_changed_anywhere_is_none(place: int, sign: str) -> None:
    token = crossing.seal(KEY, Crossing("main", ANN, HERE, THERE, 2))
    changed = token[: place % len(token)] + sign + token[place % len(token) + 1 :]

    found = crossing.unseal([b"o" * 32, KEY], changed, 1)
    assert (found is None) is (changed != token and not _same_bytes(changed, token))
    assert crossing.unseal([b"o" * 32], token, 1) is None


def _same_bytes(one: str, other: str) -> bool:
    """Say whether two texts are one token: its last character has bits that stand for nothing."""
    return urlsafe_b64decode(one + "==") == urlsafe_b64decode(other + "==")


@pytest.mark.parametrize("text", ["", "x", "é", "A" * 2_000, "====", "AQ"])
def test_any_other_text_is_no_token(text: str) -> None:
    assert crossing.unseal([KEY], text, 1) is None


@pytest.mark.parametrize(
    ("origin", "to"), [(HERE, ELSEWHERE), (ELSEWHERE, THERE), (HERE, HERE), (HERE, ""), ("", THERE), (HERE, "shop.be")]
)
def test_links_are_signed_only_between_the_sites_that_the_brands_public_keys_declare(
    sites: Sites, origin: str, to: str
) -> None:
    with pytest.raises(NotOurSite):
        sites.ask("wk_fr", origin, anonymousId=ANN, to=to)


@pytest.mark.parametrize("browser", ["short", "a" * 40])
def test_an_id_that_can_be_guessed_gets_no_token(sites: Sites, browser: str) -> None:
    assert sites.token(browser) is None
    assert json.loads(sites.ask("wk_fr", HERE, to=THERE).body) == {"token": None}


@pytest.mark.parametrize("browser", ["short", "a" * 40])
def test_an_id_that_can_be_guessed_is_joined_to_nobody(sites: Sites, browser: str) -> None:
    assert sites.follow(sites.token(), anonymousId=browser).status == 200
    assert sites.lines == []


def test_where_the_door_keeps_the_id_its_cookie_says_who_it_is(sites: Sites) -> None:
    mine = str(uuid7(micros(NOON)))
    token = json.loads(sites.ask("wk_fr", HERE, cookie=mine, to=THERE).body)["token"]
    answer = sites.ask("wk_be", THERE, link=token, referrer=HERE)

    (line,) = sites.lines
    (cookie,) = [value.decode() for name, value in answer.headers if name == b"set-cookie"]
    assert line.previous_id == mine
    assert cookie.startswith(f"comptoir_id={line.anonymous_id};")


def test_who_refuses_to_be_tracked_gets_no_token_and_is_joined_to_nobody(sites: Sites) -> None:
    token = sites.token()
    sites.refusals.heard[hash_browser("main", ANN)] = True

    assert sites.token() is None
    assert sites.follow(token).status == 200
    assert sites.lines == []


def test_what_is_no_question_is_refused(sites: Sites) -> None:
    with pytest.raises(problems.MethodNotAllowed):
        sites.ask("wk_fr", HERE, method="GET", to=THERE)
    with pytest.raises(problems.EventRefused):
        sites.ask("wk_fr", HERE, to=THERE, anonymousId=3)  # type: ignore[arg-type]


def test_the_door_answers_there(tmp_path: Path) -> None:
    public.write(tmp_path / "public.db", GRANTS, link_keys=[KEY])
    body = json.dumps({"writeKey": "wk_fr", "to": THERE, "anonymousId": ANN}).encode()
    heard: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    headers = [(b"origin", HERE.encode()), (b"content-length", b"%d" % len(body))]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/link", "query_string": b"", "client": None, "headers": headers,
    }  # fmt: skip
    asyncio.run(Door(Settings(home=tmp_path), ManualClock(NOON))(scope, receive, send))

    assert heard[0]["status"] == 200
    assert (b"access-control-allow-origin", HERE.encode()) in heard[0]["headers"]
    found = crossing.unseal([KEY], json.loads(heard[1]["body"])["token"], micros(NOON))
    assert found is not None
    assert found[1][:4] == ("main", ANN, HERE, THERE)
