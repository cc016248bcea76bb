"""An outside campaign tool asks before it sends, and whoever asks is told why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.model.consent import THEME, ConsentState, ConsentStatement
from comptoir.pressure import policies
from comptoir.privacy.consent import ConsentLedger
from comptoir.server.api.candidates import MOST, PREFIX
from tests.web.counter import NOW, Answer, Counter, open_counter, send

AT = NOW.replace(tzinfo=UTC)
_keys = iter(range(10**9))


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    with made.state.write() as connection:
        policies.publish(connection, "caps: [{at_most: 1, hours: 24}]", AT)
    for name in ("ann", "ben"):
        consent(made, f"{name}@example.org")
    yield made
    made.warehouse.close()
    made.state.close()


def consent(counter: Counter, contact: str) -> None:
    statement = ConsentStatement(
        statement_id=f"s-{contact}", contact_kind="email", contact=contact, brand="main", state=ConsentState.GRANTED,
        source="form", stated_at=AT - timedelta(days=3), text_version="2026-01", proof="form 12",
    )  # fmt: skip
    with counter.state.write() as connection:
        ConsentLedger().apply(connection, [statement])


def one(key: str, *, person: str = "ann", **more: Any) -> dict[str, Any]:
    said = {"key": key, "person": {"kind": "email", "value": f"{person}@example.org"}}
    return said | {"expires_at": (AT + timedelta(hours=2)).isoformat()} | more


def post(
    counter: Counter, target: str, body: object, *, method: str = "POST", key: str | None = "", **headers: str
) -> Answer:
    known = {"host": "127.0.0.1:8141", "authorization": f"Bearer {counter.secret_key}"}
    if key is not None:
        known["idempotency-key"] = key or f"k{next(_keys)}"
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return asyncio.run(send(counter.app, method, target, known | headers, text))


def ask(counter: Counter, *asked: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
    answer = post(counter, PREFIX, {"candidates": list(asked)}, **how)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = json.loads(answer.body)["candidates"]
    return found


def test_send_wait_and_no_each_with_its_reason(counter: Counter) -> None:
    first, second, third, fourth = ask(
        counter, one("a", priority=90), one("b"), one("c", person="zoe"),
        one("d", expires_at=(AT + timedelta(days=3)).isoformat(), priority=1),
    )  # fmt: skip

    assert (first["answer"], first["contact"]) == ("send", "ann@example.org")
    assert first["reserved_until"] > AT.isoformat()
    assert (second["answer"], second["reason"]) == ("no", "better")
    assert (third["answer"], third["reason"]) == ("no", "no_consent")
    assert (fourth["answer"], fourth["wait_until"]) == ("wait", (AT + timedelta(days=1)).isoformat())


def test_a_theme_that_was_refused_is_no_and_others_are_sent(counter: Counter) -> None:
    refusal = ConsentStatement(
        statement_id="s-theme", contact_kind="email", contact="ann@example.org", brand="main", purpose=f"{THEME}garden",
        state=ConsentState.WITHDRAWN, source="preferences", stated_at=AT - timedelta(days=1),
    )  # fmt: skip
    with counter.state.write() as connection:
        ConsentLedger().apply(connection, [refusal])

    garden, kitchen = ask(counter, one("g", tags=["garden"]), one("k", tags=["kitchen"]))

    assert (garden["answer"], garden["reason"]) == ("no", "theme_refused")
    assert kitchen["answer"] == "send"


def test_the_same_batch_sent_again_gets_the_same_answer_and_another_body_is_refused(counter: Counter) -> None:
    first = ask(counter, one("a"), key="batch-1")

    assert ask(counter, one("a"), key="batch-1") == first
    other = post(counter, PREFIX, {"candidates": [one("b")]}, key="batch-1")
    assert (other.status, json.loads(other.body)["code"]) == (422, "idempotency_key_reused")
    assert other.headers["content-type"] == "application/problem+json"


def test_what_was_sent_counts_and_what_was_not_releases(counter: Counter) -> None:
    (first,) = ask(counter, one("a"))
    told = post(counter, f"{PREFIX}/{first['id']}/outcome", {"outcome": "not_sent"}, method="PATCH")
    (second,) = ask(counter, one("b"))
    post(counter, f"{PREFIX}/{second['id']}/outcome", {"outcome": "sent"})
    again = post(counter, f"{PREFIX}/{second['id']}/outcome", {"outcome": "sent"})
    (third,) = ask(counter, one("c"))

    assert json.loads(told.body)["outcome"] == "dropped"
    assert (second["answer"], again.status) == ("send", 200)
    assert (third["answer"], third["reason"]) == ("no", "capped")
    stands = post(counter, f"{PREFIX}/{second['id']}/outcome", {"outcome": "failed"})
    assert (stands.status, json.loads(stands.body)["code"]) == (409, "outcome_stands")


def test_a_reservation_nobody_settles_ends_by_itself_and_a_late_word_still_counts(counter: Counter) -> None:
    (first,) = ask(counter, one("a"))
    counter.clock.advance(timedelta(minutes=16))
    (second,) = ask(counter, one("b"))
    assert second["answer"] == "send"

    late = post(counter, f"{PREFIX}/{first['id']}/outcome", {"outcome": "sent"})
    post(counter, f"{PREFIX}/{second['id']}/outcome", {"outcome": "not_sent"})
    (third,) = ask(counter, one("c"))

    assert json.loads(late.body)["outcome"] == "sent"
    assert third["answer"] == "no"


def test_who_was_told_to_wait_asks_again_with_the_same_key(counter: Counter) -> None:
    (first,) = ask(counter, one("a"))
    post(counter, f"{PREFIX}/{first['id']}/outcome", {"outcome": "sent"})
    later = {"expires_at": (AT + timedelta(days=3)).isoformat()}
    (waits,) = ask(counter, one("b", **later))
    counter.clock.advance(timedelta(hours=24, minutes=1))

    (now,) = ask(counter, one("b", **later))

    assert (waits["answer"], now["answer"], now["id"]) == ("wait", "send", waits["id"])


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"{", "bad_candidates", 400),
        ({"candidates": [{"key": "a"}]}, "bad_candidates", 400),
        ({"candidates": [one("a", unknown=1)]}, "bad_candidates", 400),
        ({"candidates": [one("a", message_class="urgent")]}, "bad_candidates", 400),
        ({"candidates": [one("a", expires_at="2026-11-22T00:00:00")]}, "bad_candidates", 400),
        ({"candidates": [one("a", brand="other")]}, "not_allowed", 403),
        ({"candidates": [one("a")] * (MOST + 1)}, "too_many_candidates", 413),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_as_a_problem(counter: Counter, body: object, code: str, status: int) -> None:
    answer = post(counter, PREFIX, body)

    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_a_secret_key_and_an_idempotency_key_are_needed(counter: Counter) -> None:
    assert post(counter, PREFIX, {"candidates": []}, authorization="Bearer sk_wrong").status == 401
    assert post(counter, PREFIX, {"candidates": []}, key=None).status == 400
    assert post(counter, f"{PREFIX}/xnone/outcome", {"outcome": "sent"}).status == 404


def test_why_tells_the_story_of_a_message_and_of_a_person(counter: Counter) -> None:
    counter.people([("email", "ann@example.org"), ("account", "A/1")], [(0, 1, "identify")])
    (first,) = ask(counter, one("a"))
    post(counter, f"{PREFIX}/{first['id']}/outcome", {"outcome": "sent"})
    ask(counter, one("b"))
    at = f"{(AT + timedelta(minutes=1)).replace(tzinfo=None).isoformat(' ')}"
    counter.warehouse.execute(
        f"INSERT INTO deliveries VALUES ('{first['id']}', 'clicked', NULL, 'https://shop.example/', 1, NULL, '{at}')"
    )
    known = {"authorization": f"Bearer {counter.secret_key}", "accept-language": "fr"}

    message = counter.get(f"/api/v1/messages/{first['id']}/why", **known)
    person = counter.get("/api/v1/profiles/account/A%2F1/why", **known)
    missing = counter.get("/api/v1/messages/nothing/why", **known)

    told = json.loads(message.body)
    assert told["because"] == "Il est parti."
    assert told["consent"]["statement_id"] == "s-ann@example.org"
    assert [fact["kind"] for fact in told["heard"]] == ["clicked"]
    assert told["caps_now"]["policy"] == "*@1"
    assert {row["reason"] for row in json.loads(person.body)["candidates"]} == {None, "capped"}
    assert missing.status == 404
