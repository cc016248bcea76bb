"""Pressure on the screen: rules as a form, tried on last month before they hold, and what people bear by them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import func, select

from comptoir.access import keys
from comptoir.access.keys import Brand
from comptoir.access.roles import OPERATOR, Role
from comptoir.acting import pressure_of
from comptoir.clock import micros
from comptoir.config import DeskSettings, Settings
from comptoir.pressure import policies
from comptoir.pressure.caps import Cap, Per, Policy
from comptoir.pressure.quiet import Quiet
from comptoir.pressure.rows import candidates
from comptoir.reports import ask
from comptoir.server import desk
from comptoir.web import pressure_policy, pressure_trial
from comptoir.web.visit import token_of
from tests.pressure_house import wish
from tests.shop import Shop
from tests.web.counter import Answer, Counter, fill, open_counter
from tests.web.test_login import post, token_in
from tests.web.test_messages import text, visitor
from tests.web.test_pages import HOSTILE, Reader

POLICY = "/pressure/policy?brand=main"
FORM = {
    "count": "1", "c0.at_most": "3", "c0.amount": "7", "c0.unit": "days", "c0.per": "both", "gap": "4",
    "look_ahead": "3", "begins": "21:00", "ends": "08:00", "saw_days": "7",
}  # fmt: skip


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def say(counter: Counter, target: str, form: Mapping[str, str]) -> Answer:
    return post(counter, target, {"token": token_in(counter.get(POLICY)), **form})


def published(counter: Counter, brand: str = "main") -> Policy:
    with counter.state.read() as connection:
        return policies.load(connection)[brand]


def test_a_form_that_is_published_holds_and_says_who_and_what(counter: Counter) -> None:
    form = {
        **FORM, "c0.channel": "email", "c0.tag": "soldes", "c0.across": "yes", "gap.sms": "12,5", "night": "yes",
        "sundays": "yes", "quiet.email": "yes", "zones": "us: America/New_York", "saw_count": "2", "do": "publish",
    }  # fmt: skip

    answer = say(counter, POLICY, form)

    assert answer.headers["location"] == "/pressure?done=pressure.published"
    assert replace(published(counter), name="") == Policy(
        caps=(
            Cap(3, timedelta(days=7), channel="email", tag="soldes", per=Per.BOTH, across_brands=True),
            Cap(2, timedelta(days=7), across_brands=False, is_revealing=True),
        ),
        gap=timedelta(hours=4),
        channel_gaps=(("sms", timedelta(hours=12.5)),),
        quiet=Quiet(
            begins=published(counter).quiet.begins, ends=published(counter).quiet.ends, sundays=True,  # type: ignore[union-attr]
            channels=frozenset({"email"}), zones=(("US", "America/New_York"),),
        ),
        name="",
    )  # fmt: skip
    page = text(counter.get("/pressure", accept_language="en"))
    assert "at most 3 messages within 7 days by e-mail about “soldes” (over all brands)" in page
    assert "operator" in page
    again = counter.get(POLICY).text
    assert 'value="soldes"' in again
    assert 'value="12.5"' in again


def test_publishing_what_the_form_shows_changes_nothing(counter: Counter) -> None:
    whole = (
        (Path(__file__).parents[2] / "docs/explanation/pressure.md").read_text().split("```yaml\n")[1].split("```")[0]
    )
    with counter.state.write() as connection:
        policies.publish(connection, whole.replace("brand: maison", "brand: main"), counter.clock.now())
    before = replace(published(counter), name="")

    reader = Reader(counter.get(POLICY).text)
    form = {
        str(one["name"]): str(one.get("value", ""))
        for tag, one in reader.tags
        if tag == "input" and "name" in one and (one.get("type") != "checkbox" or "checked" in one)
    }
    page = counter.get(POLICY).text
    for name, inside in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', inside)
        form[name] = chosen[0] if chosen else ""
    form["zones"] = re.findall(r'<textarea[^>]*name="zones"[^>]*>([^<]*)</textarea>', page)[0]

    assert post(counter, POLICY, {**form, "do": "publish"}).status == 303
    assert replace(published(counter), name="") == before


@pytest.mark.parametrize(
    ("form", "english"),
    [
        ({"c0.at_most": "-1"}, "A whole number of messages"),
        ({"c0.at_most": "2.5"}, "A whole number of messages"),
        ({"c0.amount": "0"}, "A whole number of messages"),
        ({"c0.amount": "soon"}, "A whole number of messages"),
        ({"c0.per": "house"}, "A whole number of messages"),
        ({"gap": "never"}, "A number, 0 or more"),
        ({"gap.email": "-3"}, "A number, 0 or more"),
        ({"night": "yes", "begins": "25:00"}, "A time of day"),
        ({"night": "yes", "begins": ""}, "A time of day"),
        ({"sundays": "yes", "zones": "US: Mars/Olympus"}, "A country and a zone"),
        ({"saw_count": "many"}, "A number, 0 or more"),
        ({"look_ahead": "99"}, "A number, 0 or more"),
    ],
)
@pytest.mark.parametrize("do", ["publish", "try"])
def test_what_cannot_be_read_is_said_beside_its_field_and_kept(
    form: dict[str, str], english: str, do: str, counter: Counter
) -> None:
    token = token_in(counter.get(POLICY))

    answer = post(counter, POLICY, {"token": token, **FORM, **form, "do": do}, accept_language="en")

    assert answer.status == 422
    assert english in text(answer)
    name, value = next(iter(form.items()))
    assert name == "c0.per" or name in answer.text
    assert not value or name in {"c0.per", "night", "sundays"} or f'value="{value}"' in answer.text
    with counter.state.read() as connection:
        assert policies.load(connection) == {}


def test_caps_are_added_and_removed_without_losing_what_was_typed(counter: Counter) -> None:
    more = say(counter, POLICY, {**FORM, "gap": "17", "do": "add"})
    fewer = say(counter, POLICY, {**FORM, "gap": "17", "do": "remove:0"})

    assert 'id="c1.at_most"' in more.text
    assert 'id="c0.at_most"' not in fewer.text
    assert 'value="17"' in more.text


def test_a_former_version_holds_again_by_one_click(counter: Counter) -> None:
    for count in ("3", "9"):
        say(counter, POLICY, {**FORM, "c0.at_most": count, "do": "publish"})

    say(counter, POLICY, {"do": "back:1"})

    assert published(counter).caps[0].count == 3
    with counter.state.read() as connection:
        assert [one.version for one in policies.listing(connection)] == [3, 2, 1]
    assert say(counter, POLICY, {"do": "back:99"}).status == 404


def test_who_has_one_brand_changes_its_own_rules_and_reads_those_of_all(counter: Counter) -> None:
    keys.add_brand(counter.state, Brand(name="other"))
    visitor(counter, Role.MARKETING, "main")
    token = token_of("bea")

    assert post(counter, POLICY, {"token": token, **FORM, "do": "publish"}).status == 303
    assert counter.get("/pressure/policy?brand=*").status == 200
    assert post(counter, "/pressure/policy?brand=*", {"token": token, **FORM, "do": "publish"}).status == 403
    assert counter.get("/pressure/policy?brand=other").status == 404
    assert post(counter, "/pressure/policy?brand=other", {"token": token, **FORM, "do": "publish"}).status == 404
    assert post(counter, POLICY, {"token": "", **FORM, "do": "publish"}).status == 403


def test_only_the_rules_of_all_brands_have_a_universal_control_group(counter: Counter) -> None:
    assert 'name="control"' not in counter.get(POLICY).text
    say(counter, "/pressure/policy?brand=*", {**FORM, "control": "2,5", "do": "publish"})

    assert published(counter, "*").universal_share == 0.025
    assert counter.get(POLICY).status == 200, "a brand's form begins from the rules of all without it"


def test_people_by_messages_a_week_beside_what_they_bought_and_who_had_enough(counter: Counter) -> None:
    camille = fill(counter)
    counter.warehouse.execute("DELETE FROM messages; DELETE FROM deliveries; DELETE FROM revenue_ledger")
    at = counter.clock.now().replace(tzinfo=None) - timedelta(hours=20)
    for place, who in enumerate([camille, camille, camille, "p0000000000000002", "p0000000000000003"]):
        counter.put(
            "messages",
            {"message_id": f"w{place}", "outcome": "sent", "brand": "main", "profile_id": who, "decided_at": at,
             "channel": "email"},
        )  # fmt: skip
    counter.put("deliveries", {"message_id": "w3", "kind": "unsubscribed", "occurred_at": at})
    counter.put(
        "revenue_ledger",
        {"order_key": "o", "brand": "main", "kind": "sale", "amount_minor": 5000, "currency": "EUR", "node_id": 1,
         "profile_id": camille, "occurred_at": at},
    )  # fmt: skip

    page = text(counter.get("/pressure", accept_language="en"))

    assert "1 message 2 67% – 1 50.0%" in page
    assert "3 messages 1 33% €50.00 0 0.0%" in page
    csv = counter.get("/pressure?format=csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert "3,1,0,EUR,5000" in csv.text.replace('"', "")
    near = text(counter.get("/pressure", accept_language="en"))
    assert "1 person at the cap" in near
    assert "Camille Durand 3/2" in near


def test_who_displaced_whom_is_counted(counter: Counter) -> None:
    ledger = pressure_of(counter.app.desk.settings, b"")
    now = counter.clock.now()
    with counter.state.write() as connection:
        policies.publish(connection, "caps: [{at_most: 1, hours: 24}]\nlook_ahead_days: 0", now)
        for place in range(3):
            both: dict[str, Any] = {"node": place, "contact": f"p{place}@x.fr", "at": now, "hours": 2, "brand": "main"}
            ledger.arbitrate(
                connection,
                [
                    wish(f"w{place}", **both, scenario="panier", priority=90),
                    wish(f"l{place}", **both, scenario="lettre", priority=10),
                ],
                now,
            )  # fmt: skip

    page = text(counter.get("/pressure", accept_language="en"))

    assert "panier lettre 3 0" in page
    visitor(counter, Role.MARKETING, "other")
    assert "panier lettre" not in text(counter.get("/pressure", accept_language="en"))


@pytest.mark.parametrize("hostile", HOSTILE[::4])
def test_what_is_typed_is_only_ever_text(hostile: str, counter: Counter) -> None:
    names = [*FORM, "c0.tag", "c0.channel", "zones", "saw_count", f"gap.{hostile}", f"quiet.{hostile}"]

    answer = say(counter, POLICY, {**dict.fromkeys(names, hostile), "count": "1", "night": "yes", "do": "try"})

    assert answer.status == 422
    reader = Reader(answer.text)
    for tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "style" not in attributes
    assert all((one.get("src") or "").startswith("/static/") for tag, one in reader.tags if tag == "script")


# ---- trials, on a real installation


def test_rules_are_tried_on_last_month_without_writing_and_then_published(home: Path) -> None:
    shop = Shop(home)
    settings = Settings(home=home, desk=DeskSettings(login=False))

    def answer(request: Mapping[str, Any]) -> pa.Table:
        return ask.answer(shop.warehouse.cursor(), request)

    app = desk.make(settings, shop.app.state, answer, dict, shop.clock)
    counter = Counter(shop.warehouse.cursor(), shop.app.state, shop.clock, app, "", {})
    ledger, now = pressure_of(settings, b""), shop.clock.now()
    wishes = [
        wish(f"m{place}", node=1, contact="a@x.fr", at=now - timedelta(days=10) + timedelta(hours=5 * place), hours=4,
             brand="main", scenario="panier")
        for place in range(6)
    ]  # fmt: skip
    with shop.app.state.write() as connection:
        for one in wishes:
            ledger.arbitrate(connection, [one], one.wished_at)

    started = say(counter, POLICY, {**FORM, "c0.at_most": "1", "do": "try"})
    target = started.headers["location"]
    trial = pressure_trial.trials_of(app.pages.state).find(target.rpartition("/")[2], OPERATOR.id)  # type: ignore[attr-defined]
    assert trial is not None
    assert trial.thread is not None
    trial.thread.join(timeout=30)

    page = counter.get(target, accept_language="en")
    fragment = counter.get(target, accept_language="en", hx_request="true")
    assert "panier 6" in text(page)
    assert "<html" not in fragment.text
    assert "fewer than by today’s rules" in text(page)
    assert trial.found is not None
    assert trial.found.total.after.sent == 1
    assert trial.found.total.before.sent > 1
    with shop.app.state.read() as connection:
        assert policies.load(connection) == {}
        assert connection.scalar(select(func.count()).select_from(candidates)) == 6
    assert 'value="1"' in counter.get(f"{POLICY}&trial={trial.id}").text
    assert say(counter, target, {}).headers["location"] == "/pressure?done=pressure.published"
    assert published(counter).caps[0].count == 1
    assert counter.get("/pressure/trials/nothing").status == 404
    app.desk.app().close()
    shop.close()


def test_a_trial_belongs_to_who_started_it_and_old_ones_go(counter: Counter) -> None:
    trials = pressure_trial.Trials()

    def tried() -> pressure_trial.Trial:
        one = trials.start(counter.app.desk, "main", "brand: main", by="ann")
        assert one.thread is not None
        one.thread.join(timeout=30)
        return one

    first = tried()
    for _ in range(pressure_trial.MOST):
        last = tried()

    assert trials.find(last.id, "ann") is last
    assert trials.find(last.id, "bob") is None
    assert trials.find(first.id, "ann") is None
    assert next(iter(trials.of("ann"))).id == last.id
    assert pressure_policy.address_of("a b") == "/pressure/policy?brand=a+b"
    assert micros(first.started_at) > 0


def test_only_a_few_trials_go_on_at_once(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(pressure_trial, "past_of", lambda *_, **__: go_on.wait(30))
    trials = pressure_trial.Trials()
    own = counter.app.desk
    begun = [trials.start(own, "main", "brand: main", by="ann") for _ in range(pressure_trial.MOST_AT_ONCE)]

    with pytest.raises(pressure_trial.TooManyTrials):
        trials.start(own, "main", "brand: main", by="bob")
    go_on.set()
    for one in begun:
        assert one.thread is not None
        one.thread.join(timeout=30)
    assert trials.start(own, "main", "brand: main", by="bob").by == "bob"
