"""Consent from the first claim to the last withdrawal: what was acknowledged holds, what was only claimed does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from comptoir.clock import micros
from comptoir.messaging import links
from comptoir.messaging.links import Link
from comptoir.model.consent import Known
from comptoir.privacy import pages, texts
from tests.counter import Counter, links_in, opened

ANN = "ann@example.org"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    with opened(tmp_path / "home") as made:
        yield made


def claim(counter: Counter, contact: str = ANN, **properties: object) -> int:
    said = {"email": contact, "language": "en", **properties}
    return counter.track(
        "Consent Given", said, messageId=f"c-{contact}-{counter.shop.said}-{micros(counter.shop.clock.now())}"
    ).status


def grant(counter: Counter, contact: str = ANN, purpose: str = "marketing") -> None:
    page = counter.track("Consent Given", {"email": contact, "purpose": purpose, "text_version": "v1"}, secret=True,
                         messageId=f"g-{contact}-{purpose}-{micros(counter.shop.clock.now())}")  # fmt: skip
    assert page.status == 200


# ---- double opt-in


def test_a_claimed_consent_is_nothing_until_its_owner_presses_the_button(counter: Counter) -> None:
    assert claim(counter) == 200
    assert counter.standing(ANN) == {"marketing": "not_asked"}
    (mail,) = counter.send()
    (path,) = links_in(mail, "o")
    assert mail.to == ANN
    assert mail.headers == ()
    assert links_in(mail, "[cuapx]") == []
    assert "<img" not in mail.html

    for method in ("GET", "HEAD"):
        page = counter.use(method, path)
        assert page.status == 200
        assert counter.standing(ANN) == {"marketing": "not_asked"}
    assert '<form method="post">' in counter.ask("GET", path).text
    assert "<script" not in counter.ask("GET", path).text

    counter.shop.clock.advance(timedelta(minutes=5))
    assert counter.use("POST", path, {}).status == 200
    assert counter.standing(ANN) == {"marketing": "granted"}
    proof = msgspec.json.decode(str(counter.history(ANN)[-1]["proof"]))
    assert counter.history(ANN)[-1]["text_version"] == texts.BUILT_IN
    assert proof["asked_at"] < proof["confirmed_at"]
    assert proof["confirmed_with"].startswith("Mozilla/5.0")
    assert proof["asked_from"] == proof["confirmed_from"]
    assert "203.0" not in str(proof)


def test_a_second_press_and_a_second_claim_change_nothing(counter: Counter) -> None:
    claim(counter)
    (mail,) = counter.send()
    (path,) = links_in(mail, "o")
    counter.use("POST", path, {})
    before = len(counter.history(ANN))

    counter.use("POST", path, {})
    counter.shop.clock.advance(timedelta(seconds=1))
    claim(counter)

    assert counter.send() == []
    assert [row["trust"] for row in counter.history(ANN)[before:]] == ["claimed"]


def test_an_old_confirmation_does_not_bring_back_what_was_withdrawn_since(counter: Counter) -> None:
    claim(counter)
    (mail,) = counter.send()
    (path,) = links_in(mail, "o")
    counter.use("POST", path, {})
    counter.track("Consent Withdrawn", {"email": ANN}, secret=True)
    assert counter.standing(ANN) == {"marketing": "withdrawn"}

    counter.use("POST", path, {})

    assert counter.standing(ANN) == {"marketing": "withdrawn"}


def test_the_link_dies_after_seven_days(counter: Counter) -> None:
    claim(counter)
    (mail,) = counter.send()
    (path,) = links_in(mail, "o")
    counter.shop.clock.advance(timedelta(days=7))

    assert counter.use("GET", path).status == 404
    assert counter.use("POST", path, {}).status == 404
    assert counter.standing(ANN) == {"marketing": "not_asked"}


def test_nobody_is_bombed_with_confirmations(counter: Counter) -> None:
    for number in range(6):
        counter.shop.clock.advance(timedelta(minutes=1))
        counter.track("Consent Given", {"email": ANN}, messageId=f"bomb-{number}", client=f"198.51.{number}.1")
    assert len(counter.send()) == 2

    for number in range(40):
        counter.track(
            "Consent Given", {"email": f"v{number}@example.org"}, messageId=f"net-{number}", client="192.0.2.9"
        )
    assert len(counter.send()) == 20


def test_what_is_claimed_together_is_asked_in_one_mail_in_the_brands_words(counter: Counter) -> None:
    with counter.shop.app.state.write() as connection:
        own = texts.ConsentText(brand="main", purpose="marketing", channel="email", language="en", version="2026-11",
                                text="Yes, news about <lamps> & more.")  # fmt: skip
        texts.add(connection, own, counter.shop.clock.now())
        pages.dress(connection, "main", shown_name="Maison Lumière")
    said = [
        {"type": "track", "event": "Consent Given", "anonymousId": "b", "messageId": f"t{purpose}",
         "properties": {"email": ANN, "purpose": purpose, "language": "en"}}
        for purpose in ("marketing", "open_tracking")
    ]  # fmt: skip
    body = msgspec.json.encode({"batch": said, "writeKey": counter.site.write_key})
    counter.use("POST", "/v1/batch", raw=body)

    (mail,) = counter.send()
    assert "Maison Lumière" in mail.subject
    assert "Yes, news about &lt;lamps&gt; &amp; more." in mail.html
    assert "invisible image" in mail.text
    counter.use("POST", links_in(mail, "o")[0], {})

    assert counter.standing(ANN) == {"marketing": "granted", "open_tracking": "granted"}
    assert {row["text_version"] for row in counter.history(ANN) if row["counts"]} == {"2026-11", texts.BUILT_IN}


@pytest.mark.parametrize("event", ["Consent Withdrawn", "Consent Given"])
def test_a_public_key_changes_no_address_of_anybody(counter: Counter, event: str) -> None:
    grant(counter)
    page = counter.track(
        event, {"email": ANN, "purpose": "marketing" if event == "Consent Withdrawn" else "theme:sale"}
    )
    other = counter.track(event, {"contact": "b2", "contact_kind": "anonymous", "purpose": "tracking"})

    assert page.status == other.status == 400
    assert b"not_allowed" in page.body
    assert counter.standing(ANN) == {"marketing": "granted"}
    assert counter.standing("b2") == {}


# ---- a browser's tracking


def test_a_browser_speaks_for_its_own_tracking(counter: Counter) -> None:
    counter.track("Consent Given", {"purpose": "tracking", "text_version": "banner-3"}, messageId="t1")
    assert counter.standing("b1") == {"tracking": "granted"}
    counter.shop.clock.advance(timedelta(seconds=1))
    counter.track("Consent Withdrawn", {"purpose": "tracking"}, messageId="t2")
    assert counter.standing("b1") == {"tracking": "withdrawn"}
    counter.shop.clock.advance(timedelta(seconds=1))
    said = {"consent": {"categoryPreferences": {"analytics": True, "advertising": True}}}
    counter.track("Segment Consent Preference Updated", {}, messageId="t3", context=said)
    assert counter.standing("b1") == {"tracking": "granted"}


def names_of(counter: Counter) -> list[str]:
    return [name for (name,) in counter.shop.raw("SELECT name FROM fact.events ORDER BY received_at, message_id")]


def test_nothing_of_a_browser_is_kept_from_the_answer_to_its_no_on(counter: Counter) -> None:
    counter.track("Product Viewed", {}, messageId="v1")
    key = {"anonymousId": "b1", "writeKey": counter.site.write_key}
    no = msgspec.json.encode(
        {"event": "Consent Withdrawn", "properties": {"purpose": "tracking"}, "messageId": "n"} | key
    )
    assert counter.ask("POST", "/v1/track", raw=no).status == 200

    # no tick yet, and each request finds a door that has just started
    counter.track("Product Viewed", {}, messageId="v2")
    counter.track("Product Viewed", {}, messageId="v3", anonymousId="b2")
    counter.shop.app.acting(counter.shop.warehouse).refresh()
    counter.shop.front.forget(10_000)
    counter.track("Product Viewed", {}, messageId="v4")
    assert names_of(counter) == ["Product Viewed", "Product Viewed"]
    assert counter.shop.raw("SELECT sum(consent_discarded) FROM fact.tick_counts") == [(2,)]
    received, told = counter.shop.equation()
    assert received == told

    counter.shop.clock.advance(timedelta(seconds=1))
    counter.track("Consent Given", {"purpose": "tracking"}, messageId="y")
    counter.shop.clock.advance(timedelta(seconds=1))
    counter.shop.app.acting(counter.shop.warehouse).refresh()
    counter.track("Product Viewed", {}, messageId="v5")
    assert len(names_of(counter)) == 3


# ---- preferences


def preferences(counter: Counter, message_id: str, *, on: set[str], at: int = 1, brand: str = "main") -> str:
    """Make the path of a preference page."""
    link = Link(
        kind="preferences", message_id=message_id, target=links.known_target(Known(at=at, on=frozenset(on))),
        brand=brand, language="en", expires_at=micros(counter.shop.clock.now() + timedelta(days=90)),
    )  # fmt: skip
    return "/p/" + links.sign(counter.shop.app.link_key(), link)


def written_to(counter: Counter, message_id: str = "m1") -> None:
    grant(counter)
    counter.queue(message_id, ANN)
    assert [mail.message_id for mail in counter.send()] == [message_id]


def test_a_preference_page_shows_what_the_link_knows_and_takes_absolute_choices(counter: Counter) -> None:
    written_to(counter)
    path = preferences(counter, "m1", on={"marketing"})

    page = counter.use("GET", path)
    assert 'name="is:marketing" value="yes" checked' in page.text
    assert 'name="is:open_tracking" value="no" checked' in page.text
    assert ANN not in page.text

    form = {"act": "save", "is:marketing": "yes", "is:open_tracking": "yes", "version:open_tracking": "built-in-1"}
    assert counter.use("POST", path, form).status == 200
    assert counter.standing(ANN) == {"marketing": "granted", "open_tracking": "granted"}
    assert counter.history(ANN)[-1]["text_version"] == "built-in-1"


def test_an_old_page_brings_nothing_back_and_its_no_is_always_heard(counter: Counter) -> None:
    written_to(counter)
    counter.track("Consent Withdrawn", {"email": ANN}, secret=True)
    path = preferences(counter, "m1", on={"marketing"})

    counter.use("POST", path, {"act": "save", "is:marketing": "yes", "is:open_tracking": "no"})
    assert counter.standing(ANN) == {"marketing": "withdrawn", "open_tracking": "withdrawn"}

    counter.shop.clock.advance(timedelta(seconds=1))
    grant(counter, purpose="open_tracking")
    counter.shop.clock.advance(timedelta(seconds=1))
    counter.use("POST", path, {"act": "save", "is:open_tracking": "no"})
    assert counter.standing(ANN)["open_tracking"] == "withdrawn"


def test_stopping_everything_stops_what_is_queued(counter: Counter) -> None:
    written_to(counter)
    counter.queue("m2", ANN)
    path = preferences(counter, "m1", on={"marketing"})

    assert counter.ask("POST", path, {"act": "stop"}).status == 200  # acknowledged, and no tick yet

    assert counter.send() == []
    counter.shop.tick()
    assert counter.send() == []
    assert counter.state_of("m2") == "consent_withdrawn"


def test_a_pause_holds_marketing_back_and_ends(counter: Counter) -> None:
    written_to(counter)
    path = preferences(counter, "m1", on={"marketing"})
    assert counter.ask("POST", path, {"act": "pause"}).status == 200
    counter.queue("m2", ANN, expires_at=micros(counter.shop.clock.now() + timedelta(days=40)))
    assert counter.send() == []
    counter.shop.tick()
    assert counter.send() == []

    counter.shop.clock.advance(timedelta(seconds=1))
    assert counter.use("POST", path, {"act": "resume"}).status == 200
    assert [mail.message_id for mail in counter.send()] == ["m2"]


def test_a_theme_of_the_brand_can_be_refused(counter: Counter) -> None:
    with counter.shop.app.state.write() as connection:
        pages.name_theme(connection, "main", "sale", [("fr", "Soldes"), ("en", "Sales")])
    counter.shop.app.publish()
    written_to(counter)
    path = preferences(counter, "m1", on={"marketing", "theme:sale"})
    assert "Sales" in counter.ask("GET", path).text

    counter.use("POST", path, {"act": "save", "is:theme:sale": "no", "is:marketing": "yes"})

    assert counter.standing(ANN) == {"marketing": "granted", "theme:sale": "withdrawn"}


def test_the_preference_link_of_a_sent_mail_says_how_things_stand(counter: Counter) -> None:
    grant(counter)
    grant(counter, purpose="open_tracking")
    words = {**_words(), "@button": "preferences"}
    counter.queue("m1", ANN, words=msgspec.json.encode(words).decode())
    (mail,) = counter.send()

    (path,) = links_in(mail, "p")
    page = counter.ask("GET", path)
    assert 'name="is:marketing" value="yes" checked' in page.text
    assert 'name="is:open_tracking" value="yes" checked' in page.text
    assert len(links_in(mail, "x")) == 1


# ---- one-click unsubscription


def test_one_click_stops_queued_messages_and_a_look_stops_nothing(counter: Counter) -> None:
    grant(counter)
    counter.queue("m1", ANN)
    (mail,) = counter.send()
    headers = dict(mail.headers)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/u/" + headers["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]

    for method in ("GET", "HEAD"):
        assert counter.use(method, path).status == 200
    assert counter.standing(ANN) == {"marketing": "granted"}

    counter.queue("m2", ANN)
    page = counter.ask("POST", path, raw=b"List-Unsubscribe=One-Click")
    assert page.status == 200
    assert "location" not in page.headers
    assert "set-cookie" not in page.headers
    assert counter.send() == []
    counter.shop.tick()
    assert counter.send() == []
    counter.use("POST", path, raw=b"List-Unsubscribe=One-Click")
    assert counter.standing(ANN) == {"marketing": "withdrawn"}


def test_a_forged_or_foreign_link_does_nothing(counter: Counter) -> None:
    written_to(counter)
    link = Link(kind="unsubscribe", message_id="m1", target="", brand="main", language="en",
                expires_at=micros(counter.shop.clock.now() + timedelta(days=1)))  # fmt: skip
    forged = links.sign(b"x" * 32, link)
    other_kind = preferences(counter, "m1", on=set()).removeprefix("/p/")

    assert counter.use("POST", f"/u/{forged}", {}).status == 404
    assert counter.use("POST", f"/u/{other_kind}", {}).status == 404
    assert counter.standing(ANN) == {"marketing": "granted"}


def test_leaving_one_brand_leaves_the_other_as_it_is(counter: Counter) -> None:
    grant(counter)
    counter.track("Consent Given", {"email": ANN}, secret=True, messageId="other")
    line = counter.shop.line("Consent", type="record", trust="confirmed", brand="other", properties={
        "contact_kind": "email", "contact": ANN, "purpose": "marketing", "channel": "email", "state": "granted",
    })  # fmt: skip
    counter.shop.say(line)
    counter.shop.tick()
    counter.queue("m1", ANN)
    (mail,) = counter.send()
    path = "/u/" + dict(mail.headers)["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]

    counter.use("POST", path, {})

    found = {(row["brand"], row["state"]) for row in counter.history(ANN)}
    assert ("other", "withdrawn") not in found
    assert ("main", "withdrawn") in found


# ---- opens


def opens(counter: Counter) -> int:
    counter.sender.flush()
    counter.shop.tick()
    return len(counter.shop.raw("SELECT * FROM fact.delivery_records WHERE kind = 'opened'"))


@pytest.mark.parametrize("standing", ["not_asked", "granted", "refused", "withdrawn"])
def test_a_pixel_stands_only_where_it_was_agreed_to(counter: Counter, standing: str) -> None:
    grant(counter)
    if standing in {"granted", "withdrawn"}:
        grant(counter, purpose="open_tracking")
    counter.shop.clock.advance(timedelta(seconds=1))
    if standing in {"refused", "withdrawn"}:
        counter.track("Consent Withdrawn", {"email": ANN, "purpose": "open_tracking"}, secret=True)
    counter.queue("m1", ANN)
    (mail,) = counter.send()

    assert len(links_in(mail, "x")) == (standing == "granted")


def test_an_open_counts_once_and_no_more_after_the_withdrawal_even_of_mails_sent_before(counter: Counter) -> None:
    grant(counter)
    grant(counter, purpose="open_tracking")
    for name in ("m1", "m2"):
        counter.queue(name, ANN)
    first, second = counter.send()
    counter.shop.clock.advance(timedelta(hours=1))

    page = counter.use("GET", links_in(first, "x")[0])
    counter.use("GET", links_in(first, "x")[0])
    assert page.headers["content-type"] == "image/gif"
    assert opens(counter) == 1

    counter.track("Consent Withdrawn", {"email": ANN, "purpose": "open_tracking"}, secret=True)
    counter.shop.clock.advance(timedelta(hours=1))
    assert counter.use("GET", links_in(second, "x")[0]).status == 200
    assert opens(counter) == 1


# ---- answers


def test_an_answer_by_one_click_becomes_an_event_and_can_be_changed(counter: Counter) -> None:
    written_to(counter)
    target = links.answer_target("why", "price", label="Too dear", others=[("size", "Wrong size"), ("l=t", "Later")])
    link = Link(kind="answer", message_id="m1", target=target, brand="main", language="en",
                expires_at=micros(counter.shop.clock.now() + timedelta(days=1)))  # fmt: skip
    path = "/a/" + links.sign(counter.shop.app.link_key(), link)

    counter.use("HEAD", path)
    page = counter.use("GET", path)
    assert "Too dear" in page.text
    assert 'value="l=t"' in page.text
    counter.shop.clock.advance(timedelta(seconds=9))
    again = counter.use("POST", path, {"answer": "l=t", "text": "<b>on payday</b>"})
    assert "Later" in again.text
    counter.shop.clock.advance(timedelta(seconds=9))
    counter.use("POST", path, {"answer": "never offered"})

    rows = counter.shop.raw(
        "SELECT properties, trust FROM fact.events WHERE name = 'Message Answered' AND node_id <> 0 ORDER BY message_id"
    )
    said = [msgspec.json.decode(text) for text, _ in rows]
    assert [(one["question"], one["answer"], one.get("text")) for one in said] == [
        ("why", "price", None), ("why", "l=t", "<b>on payday</b>"), ("why", "price", None),
    ]  # fmt: skip
    assert {one["scenario"] for one in said} == {"welcome"}
    assert {one["step"] for one in said} == {"hello"}
    assert {trust for _, trust in rows} == {"confirmed"}


# ---- keys of links


def test_old_links_work_after_the_key_was_rotated(counter: Counter) -> None:
    written_to(counter)
    path = preferences(counter, "m1", on={"marketing"})

    assert counter.shop.app.rotate_links() == 2
    assert counter.ask("GET", path).status == 200

    assert counter.shop.app.rotate_links(revoke=True) == 1
    assert counter.ask("GET", path).status == 404


def test_the_sender_signs_with_the_newest_key(counter: Counter) -> None:
    grant(counter)
    counter.shop.app.rotate_links(revoke=True)
    acting = counter.shop.app.acting(counter.shop.warehouse)
    counter.sender.links = acting.sender().links
    counter.queue("m1", ANN)
    (mail,) = counter.send()
    path = "/u/" + dict(mail.headers)["List-Unsubscribe"].strip("<>").rpartition("/u/")[2]

    assert counter.ask("GET", path).status == 200


def _words() -> dict[str, str]:
    from tests.counter import WORDS

    return dict(WORDS)
