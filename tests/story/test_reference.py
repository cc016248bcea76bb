"""Other systems treat Comptoir as the reference: one record of what many files say, and a feed of what changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from standardwebhooks import Webhook as Judge

from comptoir.access import users
from comptoir.access.keys import Brand, add_brand, add_source
from comptoir.access.roles import Role
from comptoir.clock import RealClock, micros
from comptoir.golden import keep, subscribers
from comptoir.identity import by_hand, crowds, directory, profile
from comptoir.identity.profile import Profile
from comptoir.messaging import webhooks
from comptoir.messaging.webhooks import SCHEDULE, Caller
from comptoir.model.event import Line
from comptoir.reports import ask
from comptoir.safe_http import Client
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.traits.keep import TRAITS
from comptoir.server import desk
from comptoir.state.sealing import MasterKey
from tests.faulty_hook import SECRET, Hook
from tests.shop import START, Shop
from tests.web.counter import Answer, send

KEY = MasterKey(b"m" * 32)


class Counter:
    """A shop with its desk, and a secret key of each source."""

    def __init__(self, home: Path) -> None:
        self.shop = Shop(home)
        state = self.shop.app.state
        add_brand(state, Brand(name="nordis"))
        self.keys = {
            name: add_source(state, name=name, brand=brand, now=START).secret_key
            for name, brand in (("mailing", "main"), ("shop", "main"), ("till", "main"), ("nord", "nordis"))
        }
        self.boss = users.add_user(state, name="boss", role=Role.ADMIN, now=START)
        self.desk = desk.make(
            self.shop.app.settings, state, lambda asked: ask.answer(self.shop.warehouse.cursor(), asked), dict,
            self.shop.clock,
        )  # fmt: skip

    def contact(self, source: str, *, after: float = 0, brand: str = "main", **said: Any) -> Line:
        """Make a line of a contacts file; `user_id` names an account, the rest are traits."""
        named = {"user_id": said.pop("user_id")} if "user_id" in said else {}
        return self.shop.line(
            "Contact", type="record", source=source, brand=brand, trust="confirmed", after=after, traits=said, **named
        )

    def receipt(self, *, after: float = 0, **said: Any) -> Line:
        named = {"user_id": said.pop("user_id")} if "user_id" in said else {}
        whole = {"order_id": f"t{self.shop.said}", "line_id": "1", "product_id": "p", "currency": "EUR",
                 "quantity": 1, "unit_price": 10}  # fmt: skip
        return self.shop.line(
            "Order Line", type="record", source="till", trust="confirmed", after=after, properties=whole | said, **named
        )

    def headers(self, source: str) -> dict[str, str]:
        return {"host": "127.0.0.1:8141", "authorization": f"Bearer {self.keys[source]}"}

    def page(self, path: str, key: str = "") -> str:
        headers = {"host": "127.0.0.1:8141", "authorization": f"Bearer {key or self.keys['shop']}"}
        answer = asyncio.run(send(self.desk, "GET", path, headers))
        assert answer.status == 200, answer.text
        return answer.text

    def ask(self, path: str, source: str = "shop") -> Answer:
        return asyncio.run(send(self.desk, "GET", f"/api/v1{path}", self.headers(source)))

    def profile(self, kind: str, value: str, source: str = "shop") -> dict[str, Any]:
        answer = self.ask(f"/profiles/{kind}/{value}", source)
        assert answer.status == 200, answer.text
        told: dict[str, Any] = json.loads(answer.text)
        return told

    def changes(self, source: str = "shop", **asked: Any) -> dict[str, Any]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = self.ask(f"/changes?{query}", source)
        assert answer.status == 200, answer.text
        told: dict[str, Any] = json.loads(answer.text)
        return told

    def hear(self, *lines: Line) -> None:
        self.shop.say(*lines)
        self.shop.tick()


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = Counter(home)
    yield made
    made.shop.close()


def values(told: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["kind"], one["value"]) for one in told["identifiers"]}


def test_an_agencys_file_by_email_and_the_shops_file_by_account_are_one_person(counter: Counter) -> None:
    """faults.md I3: both histories, and where the two files differ, what stands, who says otherwise, and why."""
    counter.hear(
        counter.contact("mailing", email="ann@shop.example", first_name="A.", city="Lyon", after=100),
        counter.shop.line(
            "Order Line", type="record", source="mailing", trust="confirmed", after=90,
            traits={"email": "ann@shop.example"},
            properties={"order_id": "o1", "line_id": "1", "product_id": "p", "currency": "EUR", "quantity": 1,
                        "unit_price": 10},
        ),
    )  # fmt: skip
    counter.hear(
        counter.contact("shop", user_id="ann", email="ann@shop.example", first_name="Ann", city="Paris", after=10)
    )

    told = counter.profile("account", "ann")
    assert told == counter.profile("email", "ann@shop.example")
    assert values(told) == {("account", "ann"), ("email", "ann@shop.example")}
    assert told["traits"] == {"email": "ann@shop.example", "first_name": "Ann", "city": "Lyon"}
    record = {one["name"]: one for one in told["record"]}
    assert (record["city"]["source"], record["city"]["why"]) == ("mailing", "recency")
    (loser,) = record["city"]["others"]
    assert (loser["value"], loser["source"], loser["why"]) == ("Paris", "shop", "recency")
    assert loser["at"] == "2026-11-21T12:00:10Z"
    assert (record["first_name"]["why"], record["first_name"]["others"][0]["value"]) == ("completeness", "A.")
    assert [(one["reason"], one["trust"]) for one in told["why_linked"]] == [("import", "confirmed")]
    assert [one["kept"] for one in told["history"]] == [told["profile_id"]]
    assert {one["first_source"] for one in told["identifiers"]} == {"shop"}, "by when it happened, not when we heard"
    assert counter.shop.one("SELECT count(DISTINCT profile_id) FROM orders") == 1


def test_her_page_says_what_stands_why_and_what_others_say_in_both_tongues(counter: Counter) -> None:
    counter.hear(
        counter.contact("mailing", user_id="ann", city="Lyon", phone="n/a"),
        counter.contact("shop", user_id="ann", city="<b>Paris</b>", after=9),
    )
    name = counter.profile("account", "ann")["profile_id"]

    english, french = (counter.page(f"/customers/{name}/identity?lang={lang}") for lang in ("en", "fr"))

    for page, words in (
        (english, ("The reference record", "the latest", "Lyon", "older", "nothing valid")),
        (french, ("La fiche de référence", "la plus récente", "Lyon", "plus ancienne", "rien de valable")),
    ):
        assert [one for one in words if one not in page] == []
        assert "&lt;b&gt;Paris&lt;/b&gt;" in page
        assert "<b>Paris" not in page
    assert "1 other value" in counter.page(f"/customers/{name}?lang=en")


def test_numbers_of_other_systems_join_their_files_where_a_secret_key_says_them(counter: Counter) -> None:
    """The agency knows e-mails and the CRM's numbers, the ERP cards and the CRM's numbers, and no two share more."""
    counter.hear(
        counter.contact("mailing", email="ann@shop.example", external_id_crm=42, city="Lyon"),
        counter.contact("shop", loyalty_card="C-1", external_id_crm=" 42 ", first_name="Ann", after=5),
        counter.contact("shop", loyalty_card="C-2", external_id_erp="42", first_name="Ben", after=6),
        counter.contact("till", loyalty_card="C-3", external_id_crm="n/a", after=7),
        counter.contact("till", loyalty_card="C-4", external_id_crm="null", after=7),
        counter.contact("till", loyalty_card="C-5", external_id_crm="null", after=7),
        counter.contact("till", loyalty_card="Néant", user_id="ida", after=8),
        counter.contact("till", loyalty_card="NÉANT", user_id="joe", after=8),
    )

    ann = counter.profile("external", "crm:42")
    assert values(ann) == {("email", "ann@shop.example"), ("loyalty_card", "C-1"), ("external", "crm:42")}
    assert ann == counter.profile("loyalty_card", "C-1")
    assert values(counter.profile("external", "erp:42")) == {("loyalty_card", "C-2"), ("external", "erp:42")}
    assert values(counter.profile("account", "ida")) == {("account", "ida")}
    assert values(counter.profile("loyalty_card", "C-4")) == {("loyalty_card", "C-4")}, "null is nobody's number"

    said = {"external_id_crm": "42", "first_name": "Eve"}
    counter.hear(counter.shop.line("", type="identify", anonymous_id="stranger", user_id="eve", traits=said, after=9))

    assert counter.profile("external", "crm:42") == ann, "whoever counts numbers through finds nobody"


def test_sdks_of_the_segment_family_say_devices_and_other_numbers_in_the_context(counter: Counter) -> None:
    around = {
        "device": {"id": "phone-1", "type": "android"},
        "externalIds": [{"type": "crm", "id": "42"}, {"type": "email", "id": "Ann@shop.example"}, {"type": 7}, "odd"],
    }
    counter.hear(
        counter.contact("shop", loyalty_card="C-1", external_id_crm=42),
        counter.shop.line("", type="identify", user_id="ann", trust="confirmed", context=around, after=1),
        counter.shop.line("", type="identify", user_id="eve", context=around | {"device": "odd"}, after=2),
    )

    assert values(counter.profile("account", "ann")) == {
        ("account", "ann"), ("device", "phone-1"), ("email", "ann@shop.example"), ("external", "crm:42"),
        ("loyalty_card", "C-1"),
    }  # fmt: skip
    assert values(counter.profile("account", "eve")) == {("account", "eve")}, "a public key's word says no such number"


def test_two_people_on_one_device_stay_two(counter: Counter) -> None:
    counter.hear(
        counter.shop.line("", type="identify", user_id="ann", traits={"device_id": "ipad-7"}, after=1),
        counter.shop.line("", type="identify", user_id="ben", traits={"device_id": "ipad-7"}, after=2),
    )

    assert values(counter.profile("device", "ipad-7")) == {("account", "ann"), ("device", "ipad-7")}
    assert values(counter.profile("account", "ben")) == {("account", "ben")}


def test_her_pages_call_her_by_what_stands_and_say_what_was_refused(counter: Counter) -> None:
    """The till's later initial, an older address and a number that is none are neither her name nor a reason."""
    counter.hear(
        counter.contact("shop", user_id="ann", email="ann.durand@shop.example", first_name="Ann", last_name="Durand",
                        phone="n/a", after=1),
        counter.contact("till", user_id="ann", email="a.durand@shop.example", first_name="A.", after=9,
                        address={"line1": "12 rue Pasteur", "city": "Lyon"}),
        counter.contact("shop", user_id="cid", email="zoe@shop.example", after=2),
        counter.contact("shop", user_id="cid", email="cid@shop.example", after=3),
    )  # fmt: skip
    told = counter.profile("account", "ann")
    assert told["traits"]["email"] == "a.durand@shop.example", "the latest: an address is no abbreviation of another"
    page = counter.page(f"/customers/{told['profile_id']}/identity?lang=en")

    assert "<h1>Ann Durand</h1>" in page
    record = page[page.index('id="record"') :]
    assert record.index("Street") < record.index("12 rue Pasteur") < record.index("Town") < record.index("Lyon")
    assert "all that is said was refused" in page
    assert "the only valid value" not in page
    cid = counter.profile("account", "cid")["profile_id"]
    assert "<h1>cid@shop.example</h1>" in counter.page(f"/customers/{cid}?lang=en")


def test_today_names_the_kiosk_and_what_to_do(counter: Counter) -> None:
    counter.hear(
        *(counter.shop.line(anonymous_id="kiosk-lyon", user_id=f"c{number}", after=number) for number in range(60))
    )

    page = counter.page("/?lang=en", counter.boss)

    assert "Browser “kiosk-lyon” is used beside 60 other identifiers" in page
    assert "/customers?q=kiosk-lyon" in page


def test_brands_share_the_person_and_keep_consent_apart(counter: Counter) -> None:
    yes = {"contact_kind": "email", "contact": "ann@shop.example", "purpose": "marketing", "channel": "email"}
    counter.hear(
        counter.contact("shop", user_id="ann", email="ann@shop.example", city="Paris"),
        counter.contact("nord", brand="nordis", user_id="ann", city="Lille", after=5),
        counter.shop.line("Consent", type="record", source="shop", trust="confirmed", after=6,
                          properties=yes | {"state": "granted"}),
        counter.shop.line("Consent", type="record", source="nord", brand="nordis", trust="confirmed", after=7,
                          properties=yes | {"state": "withdrawn"}),
    )  # fmt: skip

    ours, theirs = counter.profile("account", "ann"), counter.profile("account", "ann", "nord")
    assert ours["profile_id"] == theirs["profile_id"]
    assert ours["traits"]["city"] == theirs["traits"]["city"] == "Lille"
    (city,) = (one for one in ours["record"] if one["name"] == "city")
    assert (city["source"], city["others"][0]["source"]) == ("", "shop"), "a brand is not told whom another one asked"
    states = counter.shop.ask("SELECT brand, state FROM consents ORDER BY brand")
    assert states == [{"brand": "main", "state": "granted"}, {"brand": "nordis", "state": "withdrawn"}]


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [("email", "email", "ben@shop.example"), ("account", "user_id", "ben"), ("phone", "phone", "+33600000002")],
)
def test_a_confirmed_card_typed_at_a_till_for_somebody_else_discloses_nobody(
    counter: Counter, kind: str, name: str, value: str
) -> None:
    """Ann's card and Cid's, which only the till knows, are on Ben's receipts: both numbers are right."""
    ben: dict[str, Any] = {name: value}
    counter.hear(
        counter.contact("shop", user_id="ann", email="ann@shop.example", loyalty_card="C-9", first_name="Ann"),
        counter.contact("till", loyalty_card="C-10", first_name="Cid"),
        counter.contact("shop", first_name="Ben", after=1, **ben),
    )
    asked = value.replace("+", "%2B")
    before = counter.profile(kind, asked)

    counter.hear(
        counter.receipt(loyalty_card="C-9", after=2, **ben), counter.receipt(loyalty_card="C-10", after=3, **ben)
    )

    after = counter.profile(kind, asked)
    assert (values(after), after["traits"]) == (values(before), before["traits"])
    assert counter.profile("loyalty_card", "C-10")["traits"] == {"loyalty_card": "C-10", "first_name": "Cid"}
    assert values(counter.profile("loyalty_card", "C-9")) == {
        ("account", "ann"), ("email", "ann@shop.example"), ("loyalty_card", "C-9"),
    }  # fmt: skip
    with counter.shop.app.state.read() as connection:
        mine = profile.explain(connection, after["profile_id"])
        assert {one.why and one.why.value for one in mine.demoted} == {"typed_card"}
        # what each would be called in a mail
        cards = [read(connection, card) for card in ("C-9", "C-10")]
        assert [directory.name_of(one) for one in (mine.profile, *cards)] == ["Ben", "Ann", "Cid"]


def read(connection: Any, card: str) -> Profile:
    found = profile.read(connection, "loyalty_card", card)
    assert found is not None
    return found


def test_a_subscriber_reads_everybody_then_what_changes_and_never_its_own_words(counter: Counter) -> None:
    counter.hear(counter.contact("shop", user_id="ann", city="Paris"), counter.contact("shop", user_id="ben"))
    ann = counter.profile("account", "ann")["profile_id"]

    first = counter.changes("mailing", limit=1)
    assert ([one["kind"] for one in first["items"]], first["more"]) == (["listed"], True)
    second = counter.changes("mailing", limit=1, after=first["next"])
    third = counter.changes("mailing", limit=1, after=second["next"])
    assert len({one["profile_id"] for part in (first, second, third) for one in part["items"]}) == 2
    assert (third["items"], third["more"]) == ([], False)

    counter.hear(counter.contact("mailing", user_id="ann", city="Lyon", after=5))

    assert counter.changes("mailing", after=third["next"])["items"] == [], "no echo"
    (heard,) = counter.changes("shop", after=third["next"])["items"]
    assert (heard["kind"], heard["profile_id"], heard["fields"]) == ("changed", ann, ["city"])
    assert counter.changes("nord")["items"] == [], "another brand's people are not its business"
    assert counter.changes("shop", start="now")["items"] == []
    assert counter.ask("/changes?after=nonsense").status == 422


def test_a_reader_that_waits_is_answered_as_soon_as_something_changes(counter: Counter) -> None:
    start = counter.changes("shop", start="now")["next"]
    headers = counter.headers("shop")

    async def both() -> Answer:
        waiting = asyncio.create_task(
            send(counter.desk, "GET", f"/api/v1/changes?after={start}&wait=20", headers)
        )  # fmt: skip
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await asyncio.to_thread(counter.hear, counter.contact("mailing", user_id="ann"))
        return await asyncio.wait_for(waiting, 10)

    assert [one["kind"] for one in json.loads(asyncio.run(both()).text)["items"]] == ["changed"]


def test_a_cut_by_hand_is_told_and_the_two_are_read_apart(counter: Counter) -> None:
    counter.hear(counter.contact("shop", user_id="ann", city="Paris"), counter.contact("shop", user_id="ben"))
    with counter.shop.app.state.write() as connection:
        by_hand.merge(connection, "account:ann", "account:ben", at=micros(START), by="Zoé")
    counter.shop.ticker.refresh(counter.shop.clock.now())
    start = counter.changes(start="now")["next"]

    with counter.shop.app.state.write() as connection:
        by_hand.cut(connection, "account:ann", "account:ben", at=micros(START), by="Zoé")
    assert counter.profile("account", "ben")["traits"] == {}, "before any tick, too"
    counter.shop.ticker.refresh(counter.shop.clock.now())

    kinds = [one["kind"] for one in counter.changes(after=start)["items"]]
    assert kinds[0] == "cut"
    assert set(kinds) == {"cut", "changed"}


class Called:
    """The engine's webhook calls, by hand."""

    def __init__(self, counter: Counter, hook: Hook, source: str = "") -> None:
        self.counter, self.state = counter, counter.shop.app.state
        own = [f"127.0.0.1:{hook.port}"]
        self.caller = Caller(state=self.state, key=lambda: KEY, clock=counter.shop.clock,
                             client=Client(private_hosts=own, seconds=5.0))  # fmt: skip
        with self.state.write() as connection:
            webhooks.add(connection, name="crm", url=hook.url, key=KEY, now=START, secret=SECRET, private_hosts=own)
            subscribers.follow(connection, "crm", source=source)

    def work(self, turns: int = 3) -> None:
        for _ in range(turns):
            subscribers.hand_over(self.state, self.counter.shop.clock.now())
            self.caller.work()
            while self.caller.busy:
                self.caller.work(2.0)


def told(hook: Hook) -> list[list[str]]:
    return [[one["profile_id"] for one in json.loads(body)["data"]["changes"]] for _, body in hook.kept]


def test_a_webhook_is_told_in_order_and_again_after_a_failure_and_not_of_its_own_words(counter: Counter) -> None:
    with Hook(answers=[(503, b""), (200, b""), (200, b"")]) as hook:
        called = Called(counter, hook, source="mailing")
        counter.hear(counter.contact("shop", user_id="ann"))
        called.work(1)
        counter.hear(counter.contact("shop", user_id="ben"), counter.contact("mailing", user_id="cid"))
        called.work()
        ann, ben = (counter.profile("account", name)["profile_id"] for name in ("ann", "ben"))
        assert (told(hook), hook.connections) == ([], 1), "what comes later waits for the call that failed"

        counter.shop.clock.advance(SCHEDULE[0] + timedelta(seconds=1))
        called.work()

        assert told(hook) == [[ann], [ben]]
        headers, body = hook.kept[-1]
        assert headers["webhook-id"].startswith("changes-crm-")
        assert json.loads(body)["type"] == "profiles.changed"
        with counter.shop.app.state.read() as connection:
            (follower,) = subscribers.listing(connection)
        assert follower == ("crm", "mailing", 0)


def test_a_call_is_signed_as_standard_webhooks_say(counter: Counter) -> None:
    with Hook() as hook:
        called = Called(counter, hook)
        called.caller.clock = RealClock()
        counter.hear(counter.contact("shop", user_id="ann"))
        with counter.shop.app.state.write() as connection:
            connection.execute(text("UPDATE webhook_calls SET not_before = 0"))
        called.work()

        ((headers, body),) = hook.kept
        assert Judge(SECRET).verify(body, headers)["type"] == "profiles.changed"


def test_an_endpoint_that_is_gone_is_called_no_more_and_loses_nothing_once_it_is_back(counter: Counter) -> None:
    with Hook(answers=[(410, b""), (200, b"")]) as hook:
        called = Called(counter, hook)
        counter.hear(counter.contact("shop", user_id="ann"))
        called.work()
        counter.hear(counter.contact("shop", user_id="ben"))
        called.work()
        assert (told(hook), hook.connections) == ([], 1)

        with counter.shop.app.state.write() as connection:
            webhooks.enable(connection, "crm", is_enabled=True)
        called.work()

        assert told(hook) == [[counter.profile("account", name)["profile_id"] for name in ("ann", "ben")]]


def test_ten_thousand_logins_on_one_kiosk_raise_an_alert_with_its_name(counter: Counter) -> None:
    lines = [counter.shop.line(anonymous_id="kiosk-lyon", user_id=f"c{number}", after=number) for number in range(60)]
    counter.hear(*lines[:50])
    with counter.shop.app.state.read() as connection:
        assert crowds.listing(connection) == []

    counter.hear(*lines[50:])

    with counter.shop.app.state.read() as connection:
        assert crowds.listing(connection) == [("anonymous", "kiosk-lyon", 60)]


acts = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["view", "cart", "order", "consent", "contact", "till", "points"]),
            st.integers(0, 3),
        ),
        st.tuples(st.sampled_from(["merge"]), st.integers(0, 5)),
    ),
    min_size=3,
    max_size=10,
)
PAIRS = [(a, b) for a in range(4) for b in range(a + 1, 4)]


@pytest.mark.slow
@settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
@given(history=acts)
@example(
    [("contact", 0), ("till", 1), ("view", 0), ("merge", 0), ("order", 1), ("view", 0), ("points", 1), ("cart", 0)]
)
def test_merge_and_cut_leave_every_derived_table_as_if_they_had_never_been(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]]
) -> None:
    """
    faults.md I2, on random histories: all facts and golden records by logical hash, and who belongs to which segment.

    Segments ask for visits, orders, carts, traits, computed traits, consents and points: so these are each one's own.
    """
    merged, plain = (Shop(tmp_path_factory.mktemp("cut") / name, acts=False) for name in ("merged", "plain"))
    for shop, joins in ((merged, True), (plain, False)):
        _play(shop, history, joins=joins)
    try:
        assert _standing(merged) == _standing(plain)
        assert plain.raw("SELECT reason, detail FROM fact.failed") == []
    finally:
        merged.close()
        plain.close()


def _play(shop: Shop, history: list[tuple[str, int]], *, joins: bool) -> None:
    """Work a history; each merge is cut again at the end."""
    with shop.app.state.write() as connection:
        TRAITS.publish_text(connection, LOOKS, shop.clock.now())
        for key, condition in CONDITIONS.items():
            text = f"version: 1\nkey: {key}\nname: {key}\nif: {{{condition}}}\n"
            SEGMENTS.publish_text(connection, text, shop.clock.now())
    shop.say(*(shop.line(user_id=f"u{who}", anonymous_id=f"b{who}", after=who) for who in range(4)))
    shop.tick()
    done: list[tuple[int, int]] = []
    for place, (act, which) in enumerate(history, start=10):
        shop.clock.advance(timedelta(seconds=61))  # what waits for a minute comes through between
        if act == "merge":
            pair = PAIRS[which]
            if joins and pair not in done:
                done.append(pair)
                with shop.app.state.write() as connection:
                    by_hand.merge(connection, f"account:u{pair[0]}", f"account:u{pair[1]}", at=place, by="Zoé")
                shop.ticker.refresh(shop.clock.now())
            continue
        shop.say(_act(shop, act, which, after=60 * place))
        shop.tick()
    for a, b in done:
        with shop.app.state.write() as connection:
            if profile.find(connection, f"account:u{a}") and _is_one(connection, a, b):
                by_hand.cut(connection, f"account:u{a}", f"account:u{b}", at=1, by="Zoé")
    for _ in range(3):  # what waits for a minute has passed too
        shop.clock.advance(timedelta(seconds=50))
        shop.ticker.refresh(shop.clock.now())
        shop.tick()


def _is_one(connection: Any, a: int, b: int) -> bool:
    left, right = (profile.read(connection, "account", f"u{who}") for who in (a, b))
    return left is not None and right is not None and left.profile_id == right.profile_id


def _act(shop: Shop, act: str, who: int, *, after: float) -> Line:
    named: dict[str, Any] = {"user_id": f"u{who}", "anonymous_id": f"b{who}", "after": after, "trust": "confirmed"}
    item = {"product_id": "p", "price": 20, "quantity": 1, "currency": "EUR", "cart_id": f"c{who}"}
    match act:
        case "view":
            return shop.line("Product Viewed", properties=item, **named)
        case "cart":
            return shop.line("Product Added", properties=item, **named)
        case "order":
            sold = {"order_id": f"o{who}-{after}", "cart_id": f"c{who}", "currency": "EUR", "products": [item]}
            return shop.line("Order Completed", properties=sold, **named)
        case "consent":
            said = {"contact_kind": "email", "contact": f"u{who}@example.org", "purpose": "marketing",
                    "channel": "email", "state": "granted"}  # fmt: skip
            return shop.line("Consent", type="record", properties=said, **named)
        case "till":  # the tills' file says otherwise, and something that is nothing
            said = {"city": f"town {who}", "first_name": "n/a"}
            return shop.line("Contact", type="record", source="till", traits=said, **named)
        case "points":
            given = {"kind": "earned", "points": 10 * (who + 1)}
            return shop.line("Loyalty Movement", type="record", properties=given, **named)
        case _:
            said = {"email": f"u{who}@example.org", "city": f"city {who}"}
            return shop.line("Contact", type="record", traits=said, **named)


LOOKS = "version: 1\nkey: looks\nname: looks\nmake: count\nfrom: {did: {event: Product Viewed}}\n"
CONDITIONS = {
    "looked": "did: {event: Product Viewed, at_least: 2}",
    "looks": "trait: {name: looks, at_least: 2}",
    "bought": "ordered: {measure: revenue, at_least: 20}",
    "open": "cart: {state: open}",
    "city": "trait: {name: city, in: [city 0, city 1, town 2]}",
    "agreed": "consent: email",
    "points": "loyalty: {at_least: 20}",
}


def _standing(shop: Shop) -> dict[str, object]:
    """Give all that is derived; whoever belongs is named by her identifiers."""
    with shop.app.state.read() as connection:
        found: dict[str, object] = {**shop.fingerprints(), "golden": keep.fingerprint(connection)}
    nodes: dict[str, set[int]] = {}
    for profile_id, node in shop.raw("SELECT profile_id, node_id FROM fact.profile_of"):
        nodes.setdefault(profile_id, set()).add(node)
    for what in ("segment AS what FROM fact.memberships", "(trait, said, number) AS what FROM fact.computed_traits"):
        rows = shop.raw(f"SELECT profile_id, {what}")
        found[what] = {(frozenset(nodes[profile_id]), str(one)) for profile_id, one in rows}
    return found
