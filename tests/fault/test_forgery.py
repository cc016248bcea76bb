"""An attacker who has read the page's source, and so holds the public key: what he tries, and that it fails (X7)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comptoir.access import keys
from comptoir.access.keys import NewSource
from comptoir.access.public import PublicBook
from comptoir.clock import micros
from comptoir.identity import profile
from comptoir.model.identifier import IdentifierKind
from comptoir.server.api.keys import NotKnown, SecretKeys
from comptoir.server.limits import Buckets
from comptoir.server.problems import TooManyEvents
from tests.counter import Counter, Page, opened
from tests.shop import START

ANN, MALLORY = "ann@example.org", "mallory@example.org"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    with opened(home) as made:
        made.shop.clock.advance(timedelta(hours=1))
        yield made


@pytest.fixture
def blog(counter: Counter) -> NewSource:
    """Lend another source of the same brand."""
    made = keys.add_source(counter.shop.app.state, name="blog", now=START)
    counter.shop.app.publish()
    return made


def say(counter: Counter, call: str, said: dict[str, Any], key: str | None = None, **how: Any) -> Page:
    """Say something with a key, by default the site's public one, and let the engine take it."""
    body = {"writeKey": key or counter.site.write_key, "anonymousId": "mallory-browser"} | said
    page = counter.ask("POST", f"/v1/{call}", raw=msgspec.json.encode(body), **how)
    counter.shop.tick()
    return page


def order(number: str, total: str, name: str = "Order Completed", **more: Any) -> dict[str, Any]:
    properties = {
        "order_id": number,
        "total": total,
        "currency": "EUR",
        "products": [{"product_id": "p", "price": total}],
    }
    return {"event": name, "properties": properties} | more


def revenue(counter: Counter) -> int:
    return int(counter.shop.one("SELECT coalesce(sum(amount_minor), 0) FROM revenue"))


def person(counter: Counter, kind: IdentifierKind, value: str) -> profile.Profile | None:
    with counter.shop.app.state.read() as connection:
        return profile.read(connection, kind, value)


def reasons(counter: Counter) -> list[str]:
    return [row[0] for row in counter.shop.raw("SELECT reason FROM fact.failed ORDER BY reason")]


# ── euros


def test_a_forged_order_is_a_claim_and_no_euro(counter: Counter) -> None:
    assert say(counter, "track", order("1", "1000000")).status == 200

    assert revenue(counter) == 0
    assert counter.shop.one("SELECT trust FROM orders") == "claimed"


@pytest.mark.parametrize("name", ["Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"])
def test_a_claim_changes_no_confirmed_order(counter: Counter, name: str) -> None:
    say(counter, "track", order("1", "50.00", userId="ann"), counter.site.secret_key)

    say(counter, "track", order("1", "9.00", name, timestamp="2020-01-01T00:00:00Z"))
    say(counter, "track", order("1", "9.00", name))

    assert revenue(counter) == 5_000
    assert counter.shop.one("SELECT status FROM orders") == "completed"


def test_a_confirmed_order_stands_although_a_forged_one_came_first(counter: Counter) -> None:
    for name in ("Order Cancelled", "Order Completed", "Order Refunded"):
        say(counter, "track", order("7", "1.00", name))

    say(counter, "track", order("7", "50.00", userId="ann"), counter.site.secret_key)

    assert revenue(counter) == 5_000


@pytest.mark.parametrize("name", ["Order Updated", "Order Refunded", "Order Cancelled", "Order Completed"])
def test_another_sites_public_key_does_not_speak_of_an_order_whose_claims_count(
    counter: Counter, blog: NewSource, name: str
) -> None:
    keys.change_source(
        counter.shop.app.state, "site", accepts_claimed_orders=True, origins=(), rate_per_second=0, rate_burst=0
    )
    counter.shop.reopen()
    say(counter, "track", order("1", "50.00", anonymousId="ann-browser"))
    counter.shop.clock.advance(timedelta(minutes=1))

    say(counter, "track", order("1", "9.00", name), blog.write_key)

    assert revenue(counter) == 5_000


# ── people


def test_a_claim_joins_no_two_accounts(counter: Counter) -> None:
    secret = counter.site.secret_key
    for user, email in (("ann", ANN), ("mallory", MALLORY)):
        say(counter, "identify", {"userId": user, "anonymousId": f"{user}-browser", "traits": {"email": email}}, secret)

    counter.shop.clock.advance(timedelta(minutes=1))

    say(counter, "identify", {"userId": "mallory", "traits": {"email": ANN}})
    say(counter, "alias", {"previousId": "ann", "userId": "mallory"})
    say(counter, "identify", {"userId": "ann"})
    say(counter, "identify", {"userId": "mallory", "anonymousId": "ann-browser"})

    ann, mallory = person(counter, IdentifierKind.ACCOUNT, "ann"), person(counter, IdentifierKind.ACCOUNT, "mallory")
    assert ann is not None
    assert mallory is not None
    assert ann.profile_id != mallory.profile_id
    assert ann.values(IdentifierKind.EMAIL) == [ANN]
    assert mallory.values(IdentifierKind.EMAIL) == [MALLORY]


@pytest.mark.parametrize("when", ["2026-11-21T12:30:00Z", "2025-12-01T00:00:00Z"])
@pytest.mark.parametrize("kind", ["email", "phone", "loyalty_card"])
def test_a_claim_adds_no_second_address_to_a_person_not_even_one_dated_back(
    counter: Counter, kind: str, when: str
) -> None:
    own = {"email": ANN, "phone": "+33600000001", "loyalty_card": "card-ann"}[kind]
    his = {"email": MALLORY, "phone": "+33600000002", "loyalty_card": "card-mallory"}[kind]
    say(counter, "identify", {"userId": "ann", "anonymousId": "ann-browser", "traits": {kind: own}})
    counter.shop.clock.advance(timedelta(minutes=1))

    say(
        counter,
        "identify",
        {"userId": "ann", "traits": {kind: his}, "timestamp": when, "sentAt": "2026-11-21T13:00:00Z"},
    )

    ann = person(counter, IdentifierKind.ACCOUNT, "ann")
    assert ann is not None
    assert ann.values(kind) == [own]


def test_a_claim_overrides_nothing_that_is_confirmed_of_a_person(counter: Counter) -> None:
    known = {"email": ANN, "first_name": "Ann", "email_verified": False, "loyalty_points": 10}
    say(counter, "identify", {"userId": "ann", "traits": known}, counter.site.secret_key)

    forged = {"first_name": "Owned", "email_verified": True, "loyalty_points": 1_000_000}
    say(counter, "identify", {"userId": "ann", "traits": forged})

    ann = person(counter, IdentifierKind.ACCOUNT, "ann")
    assert ann is not None
    assert {name: ann.traits[name] for name in known} == known
    assert counter.shop.one("SELECT count(*) FROM loyalty_movements") == 0


# ── what only we, or a server, may say


@pytest.mark.parametrize(
    "said",
    [
        {"type": "track", "event": "Loyalty Movement", "properties": {"kind": "earned", "points": "1000"}},
        {"type": "record", "name": "Loyalty Movement", "properties": {"kind": "earned", "points": "1000"}},
        {"type": "control", "name": "Unsubscribed", "properties": {"contact": ANN, "contact_kind": "email"}},
        {"type": "track", "event": "Unsubscribed", "properties": {"contact": ANN}},
        {"type": "track", "event": "Consent", "properties": {"contact": ANN, "state": "granted"}},
        {"type": "track", "event": "Message Clicked", "properties": {"message_id": "m"}},
        {"type": "track", "event": "Message Answered", "properties": {"message_id": "m"}},
        {"type": "track", "event": "Consent Confirmed", "properties": {"message_id": "m"}},
        {"type": "track", "event": "Consent Withdrawn", "properties": {"email": ANN}},
        {"type": "track", "event": "Consent Withdrawn", "properties": {"contact": "ann", "contact_kind": "anonymous"}},
    ],
)  # fmt: skip
def test_what_only_a_server_may_say_is_refused(counter: Counter, said: dict[str, Any]) -> None:
    assert say(counter, "batch", {"batch": [{"anonymousId": "mallory-browser", **said}]}).status == 200

    assert reasons(counter) == ["not_allowed"]
    assert counter.shop.one("SELECT count(*) FROM loyalty_movements") == 0
    assert counter.shop.one("SELECT count(*) FROM consents") == 0


def test_a_stranger_has_no_mail_sent_but_the_one_that_asks(counter: Counter) -> None:
    text = "<a href=https://evil.example>Click</a>"
    for number in range(20):
        said = {"email": ANN, "language": "en", "text_version": text, "proof": text}
        say(counter, "track", {"event": "Consent Given", "messageId": f"c{number}", "properties": said})
    say(counter, "identify", {"userId": text, "traits": {"email": ANN, "first_name": text}})

    sent = counter.send()

    assert {mail.to for mail in sent} == {ANN}
    assert len(sent) <= counter.shop.app.settings.consent.mails_per_address
    assert not any("evil.example" in mail.html + mail.text + str(mail.headers) for mail in sent)
    assert counter.standing(ANN) == {"marketing": "not_asked"}


@pytest.mark.parametrize("how", ["its own address", "a new address for each"])
def test_a_stranger_has_strangers_written_to_by_the_handful_only_wherever_he_says_he_is(
    counter: Counter, how: str
) -> None:
    for number in range(60):
        said = {"event": "Consent Given", "messageId": f"c{number}", "properties": {"email": f"u{number}@example.org"}}
        context = {"ip": f"91.{number}.7.1"} if how == "a new address for each" else {}
        counter.ask("POST", "/v1/track", raw=body(counter, {**said, "anonymousId": f"m{number}", "context": context}))
    counter.shop.tick()

    assert len(counter.send()) == counter.shop.app.settings.consent.mails_per_network


# ── other sources' events, and other people's choices


def test_the_id_of_a_servers_event_cannot_be_used_up_before_it_comes(counter: Counter, blog: NewSource) -> None:
    for key in (counter.site.write_key, blog.write_key):
        say(counter, "track", {"event": "Nothing", "messageId": "order-1001"}, key)

    say(counter, "track", order("1001", "50.00", messageId="order-1001", userId="ann"), counter.site.secret_key)

    assert revenue(counter) == 5_000
    assert reasons(counter) == []


def test_the_id_of_a_claimed_consent_makes_no_other_event_disappear(counter: Counter) -> None:
    given = {"event": "Consent Given", "messageId": "m-1", "properties": {"email": MALLORY}}
    say(counter, "track", given)
    say(counter, "track", given)

    look = {"event": "Product Viewed", "messageId": "m-1", "anonymousId": "ann-browser"}
    say(counter, "track", look | {"properties": {"product_id": "p"}})

    assert reasons(counter) == ["message_id_reused"]  # kept aside, where a person sees it; not counted as a repeat
    assert counter.shop.raw("SELECT sum(duplicates), sum(refused) FROM fact.tick_counts") == [(1, 1)]


def test_a_flood_with_the_public_key_leaves_the_servers_key_its_own_limit(counter: Counter) -> None:
    keys.change_source(
        counter.shop.app.state, "site", accepts_claimed_orders=False, origins=(), rate_per_second=1, rate_burst=1
    )
    counter.shop.app.publish()
    book, buckets = PublicBook(counter.shop.home / "public.db"), Buckets()
    book.refresh()
    public, secret = book.find(counter.site.write_key), book.find(counter.site.secret_key)
    book.close()
    assert public is not None
    assert secret is not None

    buckets.take(public, 1_000_000, 0.0)
    with pytest.raises(TooManyEvents):
        buckets.take(public, 1, 1.0)
    buckets.take(secret, 1, 1.0)


def test_a_choice_moves_the_tracking_of_the_browser_that_makes_it_only(counter: Counter) -> None:
    say(counter, "track", {"event": "Consent Withdrawn", "properties": {"purpose": "tracking"}})

    say(counter, "track", {"event": "Product Viewed", "anonymousId": "ann-browser", "messageId": "a"})
    say(counter, "track", {"event": "Product Viewed", "messageId": "b"})

    assert [row["message_id"] for row in counter.shop.ask("SELECT message_id FROM events")] == ["a"]


# ── clocks, ids, names


def test_no_clock_of_a_strangers_puts_an_event_into_another_century(counter: Counter) -> None:
    said = ["2099-01-01T00:00:00Z", "1970-01-02T00:00:00Z", "9999-12-31", "0001-01-01", 1e300, "NaN"]
    sent = [None, "1971-01-01T00:00:00Z", "2099-06-01T00:00:00Z"]
    for one in [{"timestamp": when, "sentAt": then} for when in said for then in sent]:
        event = {"type": "track", "event": "Product Viewed", "anonymousId": "m", **one}
        assert counter.ask("POST", "/v1/track", raw=body(counter, event)).status == 200
        assert counter.ask("POST", "/v1/import", raw=body(counter, {"batch": [event]})).status == 200
    counter.shop.tick()

    rows = counter.shop.ask("SELECT occurred_at, received_at, original_timestamp, clock_flag, historical FROM events")
    assert len(rows) == 2 * len(said) * len(sent)
    for row in rows:
        assert row["received_at"] - timedelta(days=732) <= row["occurred_at"] <= row["received_at"]
        assert row["clock_flag"] is not None
        assert row["original_timestamp"] is not None
        assert not row["historical"]


def body(counter: Counter, said: dict[str, Any]) -> bytes:
    return msgspec.json.encode({"writeKey": counter.site.write_key, **said})


@pytest.mark.parametrize("cookie", ["ann-browser", "0193ffff-ffff-7fff-bfff-ffffffffffff"])
def test_a_cookie_that_the_door_did_not_make_names_nobody(counter: Counter, cookie: str) -> None:
    body = msgspec.json.encode({"writeKey": counter.site.write_key, "event": "Product Viewed"})
    page = counter.ask("POST", "/v1/track", raw=body, headers={"cookie": f"comptoir_id={cookie}"})
    counter.shop.tick()

    assert counter.shop.one("SELECT anonymous_id FROM events") in page.headers["set-cookie"]
    assert cookie not in page.headers["set-cookie"]


def test_events_of_another_brand_or_source_cannot_be_said(counter: Counter) -> None:
    say(
        counter,
        "track",
        {"event": "Product Viewed", "brand": "other", "source": "till", "trust": "confirmed", "lane": "crm"},
    )

    (row,) = counter.shop.ask("SELECT brand, source, trust FROM events")
    assert row == {"brand": "main", "source": "site", "trust": "claimed"}


# ── keys


def test_the_public_key_reads_nothing(counter: Counter) -> None:
    held = SecretKeys(counter.shop.app.state, counter.shop.clock)

    with pytest.raises(NotKnown):
        held.check(f"Bearer {counter.site.write_key}")
    assert held.check(f"Bearer {counter.site.secret_key}").name == "site"


def test_a_key_bound_to_an_origin_is_taken_from_no_other_page(counter: Counter) -> None:
    keys.change_source(
        counter.shop.app.state, "site", accepts_claimed_orders=False, origins=["https://shop.example"],
        rate_per_second=0, rate_burst=0,
    )  # fmt: skip
    counter.shop.app.publish()

    def status(**headers: str) -> int:
        return say(counter, "track", {"event": "E"}, headers=headers).status

    assert status(origin="https://shop.example") == 200
    assert status(origin="https://evil.example") == 403
    assert status(origin="null") == 403
    assert status(origin="https://shop.example.evil.example") == 403
    assert status(origin="https://evil.shop.example") == 403
    assert status(origin="http://shop.example") == 403
    assert status() == 403


def test_a_pixel_of_the_site_says_its_page_where_browsers_say_no_origin(counter: Counter) -> None:
    keys.change_source(
        counter.shop.app.state, "site", accepts_claimed_orders=False, origins=["https://shop.example"],
        rate_per_second=0, rate_burst=0,
    )  # fmt: skip
    counter.shop.app.publish()

    def status(**headers: str) -> int:
        query = f"writeKey={counter.site.write_key}&event=E&anonymousId=a"
        return counter.ask("GET", "/pixel/v1/track", query=query, headers=headers).status

    assert status(referer="https://shop.example/p/1?a=b") == 200
    assert status(referer="https://shop.example/", origin="https://evil.example") == 403
    assert status(referer="https://evil.example/?https://shop.example/") == 403
    assert status(referer="https://shop.example@evil.example/") == 403
    assert status(referer="https://shop.example.evil.example/") == 403
    assert status(referer="") == 403


def test_two_keys_overlap_until_a_date_and_a_known_one_is_ended_at_once(counter: Counter) -> None:
    state, clock = counter.shop.app.state, counter.shop.clock
    new = keys.renew_key(state, "site", "write", now=clock.now(), overlap=timedelta(days=7))
    counter.shop.app.publish()

    def status(key: str) -> int:
        return say(counter, "track", {"event": "E"}, key).status

    assert (status(counter.site.write_key), status(new)) == (200, 200)
    clock.advance(timedelta(days=7))
    assert (status(counter.site.write_key), status(new)) == (403, 200)

    known = next(one for one in keys.list_keys(state, "site") if one.shown == new)
    keys.end_key(state, "site", known.key_id, now=clock.now())
    counter.shop.app.publish()
    assert status(new) == 403
    with pytest.raises(keys.NoSuchKey):
        keys.end_key(state, "site", "%", now=clock.now())


def test_a_secret_key_opens_what_it_is_for_and_no_more(counter: Counter) -> None:
    state, now = counter.shop.app.state, counter.shop.clock.now()
    sends = keys.renew_key(state, "site", "secret", now=now, scope=keys.Scope.SEND)
    asks = keys.renew_key(state, "site", "secret", now=now, scope=keys.Scope.API)
    counter.shop.app.publish()
    held = SecretKeys(state, counter.shop.clock)

    assert (
        say(counter, "track", {"event": "E"}, sends).status,
        say(counter, "track", {"event": "E"}, asks).status,
    ) == (200, 401)
    assert held.check(f"Bearer {asks}").name == "site"
    with pytest.raises(NotKnown):
        held.check(f"Bearer {sends}")
    everything = b"".join(file.read_bytes() for file in counter.shop.home.iterdir() if file.is_file())
    assert sends.encode() not in everything
    assert asks.encode() not in everything


def ask_with_secret(counter: Counter, path: str, query: str, raw: bytes) -> tuple[Page, str]:
    """Say something with the secret key wherever KEY stands; give the answer and the key."""
    secret = counter.site.secret_key
    raw, query = raw.replace(b"KEY", secret.encode()), query.replace("KEY", secret)
    return counter.ask("POST" if raw else "GET", path, raw=raw, query=query), secret


@pytest.mark.parametrize(
    ("path", "query", "raw"),
    [
        ("/v1/track", "", b'{"writeKey": "KEY", "anonymousId": "a"}'),
        ("/v1/batch", "", b'{"writeKey": "KEY", "batch": [{"type": "track", "writeKey": "KEY"}]}'),
        ("/v1/batch", "", b'{"batch": [{"type": "track"}, {"event": NaN, "writeKey": "KEY"}], "writeKey": "KEY"'),
        ("/batch/", "", b'{"api_key": "KEY", "batch": [{"properties": {"token": "KEY"}}]}'),
        ("/capture/", "", b'{"api_key": "KEY", "event": ""}'),
        ("/mp/collect", "measurement_id=x&api_secret=KEY", b'{"client_id": "c", "events": [{"name": ""}]}'),
        ("/matomo.php", "idsite=1&rec=1&token_auth=KEY&action_name=%ff&e_c=x", b""),
        ("/pixel/v1/track", "writeKey=KEY&anonymousId=a", b""),
    ],
)
def test_a_secret_key_is_not_kept_with_an_event_that_was_refused(
    counter: Counter, path: str, query: str, raw: bytes
) -> None:
    _, secret = ask_with_secret(counter, path, query, raw)
    counter.shop.tick()

    kept = [str(row) + b64decode(row[0] or "").decode("utf-8", "replace") for row in counter.shop.raw(
        "SELECT raw, detail, message_id FROM fact.failed")]  # fmt: skip
    assert kept
    assert not any(secret in one for one in kept)


@pytest.mark.parametrize(
    ("path", "query", "raw"),
    [
        ("/v1/track", "", b'{"writeKey": "KEY", "event": "E", "userId": "a"}'),
        (
            "/v1/batch",
            "",
            b'{"batch": [{"type": "track", "event": "E", "userId": "a", "writeKey": "KEY"}], "writeKey": "KEY"}',
        ),
        (
            "/batch/",
            "",
            b'{"api_key": "KEY", "batch": [{"event": "E", "properties": {"distinct_id": "a", "token": "KEY"}}]}',
        ),
        ("/mp/collect", "measurement_id=x&api_secret=KEY", b'{"client_id": "c", "events": [{"name": "E"}]}'),
        ("/matomo.php", "idsite=1&rec=1&uid=a&token_auth=KEY&action_name=x&url=https://a.example/", b""),
        ("/i", "e=pv&uid=a&aid=KEY&url=https://a.example/&p=web", b""),
    ],
)
def test_a_secret_key_is_not_kept_with_an_event_that_was_taken(
    counter: Counter, path: str, query: str, raw: bytes
) -> None:
    answer, secret = ask_with_secret(counter, path, query, raw)
    counter.shop.tick()

    assert answer.status in {200, 204}, answer.text
    assert counter.shop.one("SELECT count(*) FROM events_all") == 1
    assert not any(secret.encode() in line for line in counter.shop.front.read(0, 100).lines)


def test_all_that_was_tried_is_counted(counter: Counter) -> None:
    for said in ({"event": "Unsubscribed"}, {"event": "E", "messageId": "x"}, {"event": "E", "messageId": "x"}):
        say(counter, "track", said)

    received, known = counter.shop.equation()
    assert received == known == 3
    assert micros(counter.shop.clock.now()) > micros(START)
