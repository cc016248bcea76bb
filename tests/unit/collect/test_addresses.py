"""Addresses of pages: nothing personal is kept of them, and what was searched for is read."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.collect import addresses, stages
from comptoir.collect.addresses import searched_by, without_personal
from comptoir.collect.batch import Event, run
from comptoir.config import CollectSettings

from .lines import event, world

PLAIN = CollectSettings().search_parameters


def cleaned(said: object) -> object:
    return msgspec.json.decode(without_personal(msgspec.Raw(json.dumps(said).encode())))


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://shop.fr/a?email=ann@shop.fr&x=1", "https://shop.fr/a?email=***&x=1"),
        ("https://shop.fr/a?u=ann%40shop.fr#top", "https://shop.fr/a?u=***#top"),
        ("https://shop.fr/a?u=ann%2540shop.fr", "https://shop.fr/a?u=***"),
        ("https://shop.fr/#/account?mail=ann@shop.fr", "https://shop.fr/#/account?mail=***"),
        ("https://shop.fr/unsubscribe/ann@shop.fr/now", "https://shop.fr/unsubscribe/***/now"),
        ("https://ann:secret@shop.fr/", "https://shop.fr/"),
        ("/a?Phone=0612345678;tel=1", "/a?Phone=***;tel=***"),
        ("?firstname=Ann&utm_source=letter", "?firstname=***&utm_source=letter"),
        ("https://shop.fr/?_cto=abc", "https://shop.fr/?_cto=***"),
        ("https://shop.fr/a?q=lampe+rouge&page=2", "https://shop.fr/a?q=lampe+rouge&page=2"),
        ("https://shop.fr/a?email=&x=50%25", "https://shop.fr/a?email=&x=50%25"),
    ],
)
def test_an_address_is_kept_without_what_is_somebodys(address: str, kept: str) -> None:
    assert cleaned({"page": {"url": address, "title": "A"}}) == {"page": {"url": kept, "title": "A"}}
    escaped = json.dumps({"url": address}).replace("/", "\\/").encode()
    assert msgspec.json.decode(without_personal(msgspec.Raw(escaped))) == {"url": kept}


def test_what_is_said_of_a_person_in_so_many_words_stays_and_numbers_stay_exact() -> None:
    said = b'{"email":"ann@shop.fr","n":12345678901234567890.10,"url":"/?email=a@b.fr","note":"ask ann@shop.fr?a=b"}'

    kept = bytes(without_personal(msgspec.Raw(said)))

    assert kept == said.replace(b"?email=a@b.fr", b"?email=***")


@pytest.mark.parametrize(
    "written",
    [
        rb"https://shop.fr/a?x=1\u0026phone=0612345678",  # Go's encoder
        rb"https://shop.fr/a?x=1\u0026phone\u003d0612345678",  # Java's Gson
        rb"https://shop.fr/a?x=1\u0026\u0070hone=0612345678",
        rb"https://shop.fr/a?x=1\u0026u=0612345678\u0040shop.fr",
        rb"\/a?x=1\u0026tel=0612345678\u00e9",
    ],
)
def test_signs_written_as_escapes_hide_nothing(written: bytes) -> None:
    kept = bytes(without_personal(msgspec.Raw(b'{"n":1.10,"url":"%b"}' % written)))

    assert b"0612345678" not in kept
    assert kept.startswith(b'{"n":1.10,"url":"')
    assert msgspec.json.decode(kept)["url"].partition("?")[2].startswith("x=1&")


_LETTERS = st.text("abcdefXYZ0123456789._-", min_size=1, max_size=12)


@given(
    mail=st.builds(lambda a, b: f"{a}@{b}.fr", _LETTERS, _LETTERS),
    name=_LETTERS,
    before=st.sampled_from(["https://shop.fr/", "/a/b", "?", "https://shop.fr/#/r"]),
    times=st.integers(0, 2),
)
def test_no_mail_address_survives_in_a_query_escaped_once_or_twice(
    mail: str, name: str, before: str, times: int
) -> None:
    for _ in range(times):
        mail = mail.replace("%", "%25").replace("@", "%40")
    address = f"{before}{'' if before.endswith('?') else '?'}{name}={mail}&z=1"

    assert re.search(r"@|%(?:25)?40", str(cleaned({"url": address}))) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda one: st.lists(one) | st.dictionaries(st.text(), one),
)


@given(_JSON)
def test_it_stays_json_that_says_as_much(said: object) -> None:
    text = msgspec.json.encode({"a": said})

    kept = without_personal(msgspec.Raw(text))

    assert _shape(msgspec.json.decode(kept)) == _shape(msgspec.json.decode(text))
    if b"@" not in text and b"%" not in text and b"=" not in text:
        assert bytes(kept) == text


def _shape(said: object) -> object:
    if isinstance(said, dict):
        return [_shape(one) for one in said.values()]
    return [_shape(one) for one in said] if isinstance(said, list) else type(said)


@pytest.mark.parametrize(
    ("url", "term"),
    [
        ("https://shop.fr/?s=Lampe+Rouge", "lampe rouge"),
        ("https://shop.fr/recherche?page=2&Q=%C3%A9tag%C3%A8re%20%20bois#top", "étagère bois"),
        ("https://shop.fr/?q=&s=x", "x"),
        ("https://shop.fr/?q=***", None),
        ("https://shop.fr/?faq=1", None),
        ("https://shop.fr/q=1", None),
        ("https://shop.fr/?q=%20", None),
        ("https://shop.fr/?q=%ff" + "a" * 300, "\ufffd" + "a" * 199),
    ],
)
def test_what_was_searched_for_is_read_from_the_address(url: str, term: str | None) -> None:
    assert searched_by(PLAIN)(url) == term
    assert searched_by(())(url) is None


def test_a_page_that_shows_what_was_found_is_a_search() -> None:
    def said(kind: str, url: str) -> Event:
        context = msgspec.json.encode({"page": {"url": url}}).decode()
        return event(type=kind, message_id=f"{kind}{url}", context=context)

    batch = [said("page", "https://shop.fr/?q=lampe"), said("track", "https://shop.fr/?q=lampe"), said("page", "/")]
    kept = run(batch, stages.stages(replace(world(), search_parameters=PLAIN))).kept

    assert [one.search_term for one in kept] == ["lampe", None, None]


def test_the_docs_name_the_parameters() -> None:
    told = (Path(__file__).parents[3] / "docs/explanation/enrichment.md").read_text(encoding="utf-8")

    assert all(f"`{one}`" in told for one in PLAIN)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ('{"ip":"203.0.113.77","ipo":"203.0.113.77"}', '{"ip":"203.0.113.0","ipo":"203.0.113.77"}'),
        ('{"properties":{"$ip": "2001:db8:1:2:3:4:5:6"}', '{"properties":{"$ip": "2001:db8:1::"}'),
        ('{"IP":"203.0.113.77","version":"4.10.1.2"', '{"IP":"203.0.113.0","version":"4.10.1.2"'),
        ('["?id=1&cip=203.0.113.77&r=1","cip=203.0.113.77"]', '["?id=1&cip=203.0.113.0&r=1","cip=203.0.113.0"]'),
        ("cip=2001%3Adb8%3A1%3A2%3A%3A9&x=1", "cip=2001%3Adb8%3A1%3A%3A&x=1"),
        ("context.ip=203.0.113.77", "context.ip=203.0.113.0"),
        (r'{"body":"{\"ip\":\"203.0.113.77\"}"}', r'{"body":"{\"ip\":\"203.0.113.0\"}"}'),
        ('{"ip_override":"none","zip":"203.0.113.77"}', '{"ip_override":"none","zip":"203.0.113.77"}'),
    ],
)  # fmt: skip
def test_of_what_is_kept_aside_whole_ip_addresses_are_cut_to_their_networks(said: str, kept: str) -> None:
    assert addresses.with_networks(said.encode()).decode() == kept
    assert addresses.with_networks(kept.encode()).decode() == kept
