"""The desk's doors: who may ask, from where, how it is, and the profile API."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from comptoir.access import rows
from comptoir.clock import micros
from comptoir.server import metrics
from tests.web.counter import Counter, open_counter


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    yield made
    made.warehouse.close()
    made.state.close()


def bearer(counter: Counter) -> dict[str, str]:
    return {"authorization": f"Bearer {counter.secret_key}"}


# ── from where ──


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8141",
        "127.0.0.1.evil.example",
        "",
        "localhost.evil",
        "127.0.0.1@evil",
        "[::1].evil",
    ],
)
def test_another_hosts_name_is_refused(host: str, counter: Counter) -> None:
    for target in ("/", "/metrics", "/api/v1/profiles/account/a"):
        assert counter.get(target, host=host).status == 421


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8141", "localhost:8141", "[::1]:8141", "127.0.0.1", "localhost", "[::1]", "192.168.1.7:9000"]
)
def test_the_desks_own_addresses_are_answered(host: str, counter: Counter) -> None:
    assert counter.get("/health", host=host).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
    ],
)
def test_another_sites_page_may_change_nothing(headers: dict[str, str], counter: Counter) -> None:
    refused = counter.get("/", method="POST", **headers)

    assert refused.status == 403
    assert json.loads(refused.body)["code"] == "cross_site_request"


def test_our_own_pages_may_post_but_nothing_takes_it_yet(counter: Counter) -> None:
    assert counter.get("/", method="POST", origin="http://127.0.0.1:8141", sec_fetch_site="same-origin").status == 405


# ── who ──


def test_on_another_address_than_loopback_every_page_wants_a_secret_key(home: Path) -> None:
    counter = open_counter(home, host="0.0.0.0")
    for target in ("/", "/live", "/metrics", "/customers"):
        assert counter.get(target).headers["location"].startswith("/login")
        refused = counter.get(target, authorization="Bearer sk_wrong")
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic")
    basic = b64encode(f"{counter.secret_key}:".encode()).decode()
    password = b64encode(f"me:{counter.secret_key}".encode()).decode()

    assert counter.get("/health").status == 200
    assert counter.get("/", authorization=f"Basic {basic}").status == 200
    assert counter.get("/", **bearer(counter)).status == 200
    assert counter.get("/", authorization=f"Basic {password}").status == 200
    assert counter.get("/", authorization="Basic " + b64encode(b"me:wrong").decode()).status == 401


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer sk_wrong", "Basic !!!", "Basic /w==", "Digest x", "Bearer " + "x" * 9000]
)
def test_the_api_wants_a_secret_key(said: str, counter: Counter) -> None:
    counter.people([("account", "a")])

    refused = counter.get("/api/v1/profiles/account/a", authorization=said)

    assert refused.status == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert json.loads(refused.body)["code"] == "secret_key_needed"


def test_a_write_key_opens_nothing(counter: Counter) -> None:
    with counter.state.read() as connection:
        write = connection.execute(rows.keys.select().where(rows.keys.c.kind == "write")).one().shown

    assert counter.get("/api/v1/profiles/account/a", authorization=f"Bearer {write}").status == 401


def test_a_key_that_expired_opens_nothing(counter: Counter) -> None:
    counter.people([("account", "a")])
    with counter.state.write() as connection:
        connection.execute(update(rows.keys).values(expires_at=micros(counter.clock.now() + timedelta(hours=1))))

    assert counter.get("/api/v1/profiles/account/a", **bearer(counter)).status == 200
    counter.clock.advance(timedelta(hours=2))
    assert counter.get("/api/v1/profiles/account/a", **bearer(counter)).status == 401


# ── profiles ──


def test_a_profile_is_read_by_any_identifier_and_by_its_name(counter: Counter) -> None:
    name = counter.people(
        [("account", "a/b c"), ("email", "ann@example.org")],
        [(0, 1, "identify")],
        {"big": "12345678901234567890123", "first_name": '"Ann"'},
    )

    by_account = counter.get("/api/v1/profiles/account/a%2Fb%20c", **bearer(counter))
    by_email = counter.get("/api/v1/profiles/email/%20ANN@example.org", **bearer(counter))
    by_name = counter.get(f"/api/v1/profiles/{name}", **bearer(counter))

    assert by_account.body == by_email.body == by_name.body
    assert by_account.headers["content-type"] == "application/json"
    said = json.loads(by_account.body)
    assert said["profile_id"] == name
    assert [(one["kind"], one["value"]) for one in said["identifiers"]] == [
        ("account", "a/b c"),
        ("email", "ann@example.org"),
    ]
    assert b'"big":12345678901234567890123' in by_account.body
    assert said["first_seen_at"].endswith("Z")


def test_who_is_not_known_is_a_problem_with_a_code(counter: Counter) -> None:
    for target, status, code in (
        ("/api/v1/profiles/account/nobody", 404, "no_such_profile"),
        ("/api/v1/profiles/p0123456789abcdef", 404, "no_such_profile"),
        ("/api/v1/profiles/%ff", 404, "no_such_profile"),
        ("/api/v1/profiles/", 404, "no_such_profile"),
        ("/api/v1/profiles/shoe/42", 400, "unknown_identifier_kind"),
    ):
        answer = counter.get(target, **bearer(counter))
        assert (answer.status, json.loads(answer.body)["code"]) == (status, code), target
        assert {"type", "title", "status", "code", "detail", "hint"} <= json.loads(answer.body).keys()
    assert counter.get("/api/v1/profiles/account/a", method="DELETE", **bearer(counter)).status == 405


# ── how is it ──


def test_the_desk_is_ready_when_the_engine_answers_and_is_not_late(counter: Counter) -> None:
    assert counter.get("/ready").status == 200
    counter.status["lag_seconds"] = 60
    late = counter.get("/ready")

    assert late.status == 503
    assert json.loads(late.body)["reasons"][0]["code"] == "engine_late"


def test_metrics_say_the_equation(counter: Counter) -> None:
    counter.status |= {
        "counts": {
            "received": 100,
            "stored": 80,
            "refused": {"bad_json": 3, "poison": 1},
            "consent_discarded": 2,
            "duplicates": 4,
        },
        "pending": {"front": 9, "back": 1},
        "tick_seconds": {"0.5": 0.01, "0.99": 0.2},
        "messages": {"sent": 5},
        "turned_away": [{"source": "site", "bound": "network", "requests": 7}],
    }

    answer = counter.get("/metrics")
    found = {
        (s.name, *s.labels.values()): s.value
        for family in text_string_to_metric_families(answer.text)
        for s in family.samples
    }

    assert found["comptoir_events_received_total",] == 100
    assert found["comptoir_events_refused_total", "bad_json"] == 3
    assert found["comptoir_pending", "front"] == 9
    assert found["comptoir_equation_difference",] == 0
    assert found["comptoir_tick_seconds", "0.99"] == 0.2
    assert found["comptoir_messages", "sent"] == 5
    assert found["comptoir_door_turned_away_total", "network", "site"] == 7
    assert found["comptoir_engine_up",] == 1


def test_a_lost_event_shows_in_the_difference() -> None:
    assert metrics.difference({"counts": {"received": 10, "stored": 8}, "pending": {"front": 1}}) == 1


def test_metrics_of_an_engine_that_is_away_say_only_that() -> None:
    assert b"comptoir_engine_up 0.0" in metrics.text(None)
    assert b"received" not in metrics.text(None)
