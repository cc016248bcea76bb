"""Pages as they reach a browser: in both tongues, filled and empty, with hostile content and without an engine."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comptoir.model.identifier import node_of
from comptoir.reports import service
from comptoir.server import desk
from comptoir.web import statics
from tests.web.counter import Answer, Counter, fill, open_counter

THIN = "\u202f"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counter, str]]:
    """Lend a shop with a week in it, for tests that only read."""
    made = open_counter(tmp_path_factory.mktemp("shop"))
    yield made, fill(made)
    made.warehouse.close()
    made.state.close()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """Lend a shop into which every hostile visitor comes."""
    made = open_counter(tmp_path_factory.mktemp("crowded"))
    yield made
    made.warehouse.close()
    made.state.close()


class Reader(html.parser.HTMLParser):
    """Reads a page as a browser does, and notes what would run or lead out."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "rect", "path"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split(" ")).replace("\n", " ")


def read(answer: Answer) -> Reader:
    reader = Reader(answer.text)
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "style" not in attributes
        for name in ("href", "src", "action"):
            assert re.match(r"^(/|#|$|\?)", attributes.get(name) or ""), attributes
            assert not (attributes.get(name) or "").startswith("//")
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    assert scripts
    assert [one.get("src") for one in scripts if one.get("src") not in statics.files()] == [], (
        "a script of our own file"
    )
    assert not {"iframe", "object", "embed", "base", "style", "img"} & {tag for tag, _ in reader.tags}
    return reader


@pytest.mark.parametrize("tongue", ["fr", "en"])
@pytest.mark.parametrize("is_filled", [True, False])
def test_every_page_answers_in_both_tongues_filled_and_empty(
    tongue: str, is_filled: bool, counter: Counter, shop: tuple[Counter, str]
) -> None:
    counter, camille = shop if is_filled else (counter, counter.people([("anonymous", "x")]))

    for target in (
        "/",
        "/live",
        "/customers",
        f"/customers/{camille}",
        "/customers?q=nobody",
        "/nowhere",
        "/live?what=refused",
        "/results",
        "/results/how",
        "/sources",
        "/sources/new",
        "/sources/source/site",
        "/sources/imports",
        "/sources/imports/new",
        "/running",
        "/running/backups",
        "/settings",
        "/settings/brand",
        "/settings/senders",
        "/settings/sender",
        "/settings/people",
        "/settings/webhooks",
        "/settings/file",
        "/live/reasons/bad_amount",
        "/customers?who=everyone",
        f"/customers/{camille}/identity",
        f"/customers/{camille}/messages",
        "/messages",
        "/messages/new",
        "/messages/outbox",
        "/messages/inbox",
        "/messages/senders",
        "/pressure",
        "/pressure/policy?brand=main",
        "/carts",
        "/carts?state=left&sort=worth&period=y",
    ):
        answer = counter.get(target, accept_language=tongue)

        assert answer.status == (404 if target == "/nowhere" else 200), target
        assert answer.headers["content-language"] == tongue
        assert dict(read(answer).tags)["html"]["lang"] == tongue
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_today_says_what_the_shop_did(shop: tuple[Counter, str]) -> None:
    counter, _ = shop

    text = read(counter.get("/", accept_language="fr")).text

    assert f"12{THIN}209{THIN}€" in text  # a week's orders in euros
    assert f"129,90{THIN}€" in text  # brought by a message, by the last touch
    assert "selon le dernier contact, non mesuré" in text
    assert "2 évènements refusés cette semaine" in text


def test_today_warns_of_a_late_engine(counter: Counter) -> None:
    counter.status |= {"lag_seconds": 95.2, "warnings": ["Le disque est presque plein."]}

    text = read(counter.get("/", accept_language="en")).text

    assert "The figures are 1 min behind" in text
    assert "Le disque est presque plein." in text


def test_an_empty_shop_is_told_what_to_do_next(counter: Counter) -> None:
    assert "The first five steps" in read(counter.get("/", accept_language="en")).text
    live = counter.get("/live", accept_language="en").text
    assert 'href="/sources/new"' in live
    assert 'href="/guide#site"' in live
    assert "Connect the site" in read(counter.get("/guide", accept_language="en")).text


def test_live_shows_what_was_refused_and_why(counter: Counter) -> None:
    counter.refused("bad_amount", detail="line 7")
    counter.event("Product Viewed", product_id="SKU-1")

    text = read(counter.get("/live", accept_language="en")).text

    assert "unreadable amount" in text
    assert "line 7" in text
    assert "SKU-1" in text


def test_a_click_on_a_value_filters_by_it(counter: Counter) -> None:
    ann = counter.people([("account", "ann")])
    counter.event("Product Viewed", node_of("account", "ann"), source="site")
    counter.event("Order Completed", source="till", ago=timedelta(seconds=1))

    both = read(counter.get("/live"))
    links = [attributes.get("href") or "" for tag, attributes in both.tags if tag == "a"]

    assert {"/live?source=till", "/live?name=Product+Viewed", f"/live?profile={ann}", f"/customers/{ann}"} <= set(links)
    assert "Order Completed" not in read(counter.get(f"/live?profile={ann}")).text
    assert "Product Viewed" not in read(counter.get("/live?source=till")).text
    narrowed = [a.get("href") for t, a in read(counter.get("/live?source=site&name=Product+Viewed")).tags if t == "a"]
    assert {"/live?name=Product+Viewed", "/live?source=site"} <= set(narrowed)  # each filter can be taken away alone


def test_numbers_of_an_event_are_shown_with_all_their_digits(counter: Counter) -> None:
    counter.event("Order Completed", properties='{"order_id":12345678901234567890123,"price":1.500}')

    text = read(counter.get("/live")).text

    assert "12345678901234567890123" in text
    assert "1.500" in text


@pytest.mark.parametrize(
    "asked",
    [
        "camille.durand@example.org",
        " Camille.Durand@EXAMPLE.org ",
        "C-10482",
        "2960001234567",
        "9ab2-phone",
        "2026-1187",
        "basket-0",
        "msg-1",
    ],
)
def test_a_customer_is_found_by_anything(asked: str, shop: tuple[Counter, str]) -> None:
    counter, camille = shop

    answer = counter.get(f"/customers?q={asked.replace('@', '%40').replace(' ', '+')}")

    assert answer.status == 303
    assert answer.headers["location"] == f"/customers/{camille}"


def test_a_customers_page_tells_her_story_and_why_she_is_one(shop: tuple[Counter, str]) -> None:
    counter, camille = shop

    text = read(counter.get(f"/customers/{camille}", accept_language="en")).text

    for said in (
        "Camille Durand",
        "Order 2026-1187",
        "Panier abandonné",
        "enough messages already",
        "clicked",
        "the site recognized the person",
        "no: a shared browser",
        "formulaire de compte",
        "withdrawn",
        "€129.90",
    ):
        assert said in text
    only_orders = read(counter.get(f"/customers/{camille}?kind=order", accept_language="en")).text
    assert "Order 2026-1187" in only_orders
    assert "Panier abandonné" not in only_orders


def test_an_old_number_leads_to_the_person_of_today(counter: Counter) -> None:
    old = counter.people([("anonymous", "b")])
    kept = counter.people([("account", "a"), ("anonymous", "b")], [(0, 1, "event")])
    gone = ({old, "p" + f"{node_of('account', 'a') % 2**64:016x}"} - {kept}).pop()

    answer = counter.get(f"/customers/{gone}")

    assert (answer.status, answer.headers["location"]) == (303, f"/customers/{kept}")
    assert counter.get("/customers/p0000000000000000").status == 404
    assert counter.get("/customers/no-number").status == 404


def test_the_chosen_tongue_is_remembered(counter: Counter) -> None:
    asked = counter.get("/?lang=en", accept_language="fr")

    assert asked.headers["content-language"] == "en"
    assert "comptoir_language=en" in asked.set_cookies[0]
    assert "HttpOnly" in asked.set_cookies[0]
    assert counter.get("/", cookie="comptoir_language=en", accept_language="fr").headers["content-language"] == "en"
    assert counter.get("/").set_cookies == []


def test_without_an_engine_the_pages_say_so_and_that_nothing_is_lost(counter: Counter) -> None:
    def away(_request: Mapping[str, Any]) -> pa.Table:
        raise service.EngineUnreachable(socket="x")

    app = desk.make(counter.app.desk.settings, counter.state, away, dict, counter.clock)
    counter.app = app

    for target in ("/", "/live"):
        answer = counter.get(target, accept_language="en")
        assert answer.status == 503
        assert "safe in the spool" in read(answer).text


def test_a_bug_on_a_page_is_no_blank_page_and_tells_no_secret(counter: Counter) -> None:
    def broken(_request: Mapping[str, Any]) -> pa.Table:
        raise RuntimeError("password=hunter2")

    counter.app = desk.make(counter.app.desk.settings, counter.state, broken, dict, counter.clock)

    answer = counter.get("/live")

    assert answer.status == 500
    assert "hunter2" not in answer.text
    assert read(answer).text.strip()


def test_static_files_have_their_hash_in_their_name_and_never_change(counter: Counter) -> None:
    page = read(counter.get("/"))
    urls = [attributes.get("href") or "" for tag, attributes in page.tags if tag == "link"]
    urls += [attributes.get("src") or "" for tag, attributes in page.tags if tag == "script"]

    assert len(urls) >= 3
    for url in urls:
        answer = counter.get(url)
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]
        assert re.search(r"-[0-9a-f]{12}\.(css|js|svg)$", url)
    assert counter.get("/static/app.css").status == 404
    assert counter.get("/static/..%2fview.py").status == 404


# ── hostile content (faults.md X1) ──

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'><svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<style>@import'//evil'</style>",
    "<link rel=stylesheet href=//evil>",
    "<base href=//evil/>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "<object data=//evil>",
    "<embed src=//evil>",
    "<form action=//evil><input>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "<!--<script>alert(1)//-->",
    "]]><script>alert(1)</script>",
    "{{7919*7907}}",
    "{% for x in ().__class__.__bases__ %}{% endfor %}",
    "{{config}}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    "` onmouseover=alert(1)",
    'x" style="background:url(//evil)',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "＜script＞alert(1)＜/script＞",
    "\u202e<script>alert(1)</script>",
    "<scr\u200bipt>",
    "//evil.example/x",
    "\\\\evil\\x",
    "/\\evil",
    '<a href="//evil">',
    "<template><script>alert(1)</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_visitor_wrote_is_only_ever_text(hostile: str, crowded: Counter) -> None:
    counter = crowded
    counter.clock.advance(timedelta(seconds=5))  # so that Live shows this one first
    kept = hostile.replace("\t", " ")
    profile = counter.people(
        [("account", hostile), ("anonymous", "b" + hostile)],
        [(0, 1, "event")],
        {"first_name": f'"{_json(hostile)}"', hostile: "1"},
    )
    node = node_of("account", hostile)
    counter.event(
        hostile,
        node,
        source=hostile,
        product_id=hostile,
        url=hostile,
        properties=f'{{"x":"{_json(hostile)}"}}',
        robot_reason=hostile,
        trust="claimed",
    )
    counter.event("page", node, url=hostile, ago=timedelta(seconds=1))
    counter.refused("bad_json", detail=hostile, line=hostile, source=hostile)
    counter.refused(hostile, ago=timedelta(seconds=1))
    at = counter.clock.now().replace(tzinfo=None)
    counter.put(
        "messages",
        {
            "message_id": "m",
            "brand": "main",
            "outcome": hostile,
            "reason": hostile,
            "scenario": hostile,
            "step": hostile,
            "channel": hostile,
            "node_id": node,
            "decided_at": at,
        },
    )
    counter.put(
        "deliveries",
        {"message_id": "m", "kind": "clicked", "detail": hostile, "link": hostile, "node_id": node, "occurred_at": at},
    )
    counter.put(
        "carts",
        {
            "cart_key": "k",
            "cart_id": hostile,
            "node_id": node,
            "source": hostile,
            "opened_at": at,
            "last_action_at": at,
            "state": hostile,
            "item_count": 1,
            "amount_minor": 1,
            "currency": hostile,
        },
    )
    counter.put(
        "orders",
        {
            "order_key": "k",
            "order_id": hostile,
            "node_id": node,
            "ordered_at": at,
            "status": hostile,
            "trust": "claimed",
            "currency": hostile,
            "amount_minor": 1,
            "source": hostile,
        },
    )
    counter.put(
        "revenue_ledger",
        {"order_key": "k", "kind": "sale", "amount_minor": 1, "currency": hostile, "node_id": node, "occurred_at": at},
    )
    counter.put(
        "fact.consents",
        {
            "tick_id": 1,
            "message_id": "c",
            "message_hash": 1,
            "brand": hostile,
            "source": hostile,
            "trust": "claimed",
            "node_id": node,
            "contact_kind": "email",
            "contact": hostile,
            "purpose": hostile,
            "channel": hostile,
            "state": "granted",
            "text_version": hostile,
            "proof": hostile,
            "occurred_at": at,
            "received_at": at,
        },
    )
    quoted = "".join(f"%{byte:02x}" for byte in hostile.encode())

    for target in (
        "/",
        "/live",
        f"/live?source={quoted}&name={quoted}",
        f"/customers/{profile}",
        f"/customers/{profile}/identity",
        f"/customers/{profile}/messages",
        f"/customers/{profile}/cut?identifier=account%3A{quoted}",
        "/customers?who=everyone",
        "/carts",
        "/live?what=refused",
        f"/customers?q=x{quoted}",
        f"/%3C{quoted}",
    ):
        answer = counter.get(target)
        assert answer.status in {200, 404}, target
        reader = read(answer)
        assert "62615533" not in reader.text
        if target in {"/live", f"/customers/{profile}"}:
            assert _seen(kept) in _seen(reader.text)


def _json(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")


def _seen(text: str) -> str:
    return "".join(text.replace("\\\\", "\\").split())


def test_no_section_shares_its_name_with_the_table_that_scrolls_in_it() -> None:
    named = r'aria-label(?:ledby)?="((?:\{\{[^}]*\}\}|[^"])+)"'
    twice: dict[str, set[str]] = {}
    for file in sorted((Path(statics.__file__).parent / "templates").rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        both = set(re.findall(rf"<section[^>]*{named}", text)) & set(re.findall(rf'role="region"[^>]*{named}', text))
        twice |= {file.name: both} if both else {}

    assert twice == {}
