"""
What an attacker tries at the desk, each with its figure: X5 (formulas), X8 (signing in), X10 (who leaks into logs).

The figures are asserted: so many cells and none that runs, so many guesses and so few looked at, so many answers and
no address in a log, an error or a metric.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from comptoir import logs
from comptoir.access import passwords, users
from comptoir.access.passwords import TooManyTries, Tries
from comptoir.access.public import hash_key
from comptoir.access.roles import Role
from comptoir.access.rows import sign_ins
from comptoir.clock import ManualClock
from comptoir.config import DeskSettings, Settings
from comptoir.reports import export
from comptoir.server import desk
from comptoir.server.api.keys import BURST_SECONDS, NotKnown, SecretKeys, TooManyRequests
from comptoir.server.api.problems import KEY_NEEDED
from comptoir.state.base import State
from comptoir.web import login
from tests.two_brands import OURS, THEIRS, House, filled, open_house, routes
from tests.web.counter import Answer, Counter, open_counter, send
from tests.web.test_login import OWN, cookie_of, enter, enter_with_own, post, token_in

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    made.app = desk.make(
        Settings(home=home, desk=DeskSettings()), made.state, made.app.desk.ask, made.app.desk.status, made.clock
    )
    yield made
    made.warehouse.close()
    made.state.close()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Lend the house of two brands."""
    made = open_house()
    yield made
    made.close()


# ── X5: formulas in what is taken away ──

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
CUTS = [";", ";'", '; "', "\t", "\n", "\r\n"]


def cells(text: bytes, delimiter: str) -> list[str]:
    """Read a file as a spreadsheet does that parts at this sign, and minds quotes only where a cell begins with one."""
    found = [one for row in csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter) for one in row]
    return found if delimiter == "," else [one.strip(" '\"") if one.startswith(('"', " ")) else one for one in found]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_cell_of_a_file_runs_in_a_spreadsheet_wherever_it_parts_and_numbers_are_whole(delimiter: str) -> None:
    hostile = [f"{start}cmd|' /C calc'!A0" for start in STARTS]
    hostile += [f"harmless{cut}{start}HYPERLINK(A1)" for cut in CUTS for start in STARTS[:4]]
    table = pa.table({"text": hostile, "minor": [-12_50] * len(hostile), "share": [-0.5] * len(hostile)})

    made = b"".join(export.as_csv(table))

    run = [one for one in cells(made, delimiter) if one.startswith(tuple(STARTS)) and not re.fullmatch(r"-[\d.]+", one)]
    assert run == []
    assert made.count(b",-1250,-0.5") == len(hostile) == 35


@given(st.text(alphabet=st.sampled_from("=+-@;,\t\n\r'\" a1＝"), max_size=12))
def test_no_text_at_all_becomes_a_cell_that_begins_a_formula(text: str) -> None:
    made = b"".join(export.as_csv(pa.table({"a": ["x"], "text": [text], "b": ["y"]})))

    row = made.decode().split("\n", 1)[1]
    first, *others = re.split(r"[;\n\r\t]", next(csv.reader(io.StringIO(row, newline="")))[1])
    assert not first.startswith(tuple(STARTS)), (text, row)
    for piece in others:
        assert not piece.lstrip(' "').startswith(tuple(STARTS)), (text, row)


# ── X8: guessing ──


def test_a_guesser_waits_and_the_person_herself_does_not() -> None:
    tries = Tries()
    tries.begin("claire", NOON, "home")
    tries.forget("claire", "home")

    looked = 0
    for address in range(300):
        for _ in range(20):
            try:
                tries.begin("claire", NOON, f"10.0.0.{address}")
            except TooManyTries:
                continue
            looked += 1

    assert looked == passwords.TRIES_OF_NAME == 100, "of 6,000 guesses from 300 addresses"
    tries.begin("claire", NOON, "home")
    with pytest.raises(TooManyTries):
        tries.begin("claire", NOON, "elsewhere")
    tries.begin("claire", NOON + passwords.WINDOW, "elsewhere")


def test_one_address_may_not_try_one_password_on_every_name() -> None:
    tries, looked = Tries(), 0
    for number in range(1_000):
        try:
            tries.begin(f"user{number}", NOON, "10.0.0.1")
        except TooManyTries:
            continue
        looked += 1

    assert looked == passwords.TRIES_OF_ADDRESS == 40


def test_guesses_at_the_same_moment_count_like_guesses_in_turn() -> None:
    tries, looked, gate = Tries(), [], threading.Barrier(16)

    def guess(_: int) -> None:
        gate.wait()
        try:
            tries.begin("claire", NOON, "10.0.0.1")
        except TooManyTries:
            return
        looked.append(1)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(guess, range(16)))

    assert len(looked) == passwords.TRIES


def test_a_name_nobody_has_costs_one_look_at_a_password_like_any_other(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter_with_own(counter)
    users.add_user(counter.state, name="programme", role=Role.ADMIN, now=counter.clock.now())
    users.add_user(counter.state, name="closed", role=Role.ADMIN, now=counter.clock.now())
    users.change_user(counter.state, "closed", is_enabled=False)
    looked: list[str] = []
    usual = passwords._fits

    def noting(hashed: str, word: str) -> bool:
        looked.append(hashed[:9])
        return usual(hashed, word)

    monkeypatch.setattr(passwords, "_fits", noting)

    for name in ("admin", "nobody", "programme", "closed", ""):
        assert enter(counter, name, "wrong").status == 422

    assert looked == ["$argon2id"] * 5


def test_a_flood_of_passwords_is_sent_away_and_the_desk_goes_on_answering(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = enter_with_own(counter)
    at_once, most, lock, go_on = [0], [0], threading.Lock(), threading.Event()

    def slow(_hashed: str, _password: str) -> bool:
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        go_on.wait(10)
        with lock:
            at_once[0] -= 1
        return False

    monkeypatch.setattr(passwords, "_fits", slow)

    async def flood() -> tuple[list[Answer], Answer]:
        body = urlencode({"name": "x", "password": "y"}).encode()
        said = {
            "host": "127.0.0.1:8141", "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body)),
        }  # fmt: skip
        tasks = [asyncio.create_task(send(counter.app, "POST", "/login", said, body)) for _ in range(200)]
        await asyncio.sleep(0.3)
        meanwhile = await asyncio.wait_for(
            send(counter.app, "GET", "/password", {"host": "127.0.0.1:8141", "cookie": cookie}), 5
        )
        go_on.set()
        return await asyncio.gather(*tasks), meanwhile

    answers, meanwhile = asyncio.run(flood())

    sent_away = [one for one in answers if one.status == 429]
    assert meanwhile.status == 200
    assert most[0] <= login.AT_ONCE == 2
    assert len(sent_away) >= 200 - login.WAITING - login.AT_ONCE
    assert all(int(one.headers["retry-after"]) > 0 for one in sent_away)


def test_a_password_form_that_is_too_long_or_does_not_say_its_length_is_not_read(counter: Counter) -> None:
    assert post(counter, "/login", {"name": "a", "password": "x" * 20_000}).status == 413
    body = urlencode({"name": "a", "password": "b"}).encode()
    said = {"host": "127.0.0.1:8141", "content-type": "application/x-www-form-urlencoded"}
    assert asyncio.run(send(counter.app, "POST", "/login", said, body)).status == 413


def test_a_first_password_that_lay_about_for_a_week_opens_nothing(counter: Counter) -> None:
    first = passwords.add_first_user(counter.state, counter.clock.now())
    counter.clock.advance(passwords.FIRST_LIFE + timedelta(seconds=1))

    assert enter(counter, "admin", first).status == 422


# ── X8: sessions and other sites ──


def test_each_sign_in_has_a_word_of_its_own_and_ends_the_one_the_browser_brought(counter: Counter) -> None:
    first = enter_with_own(counter)
    planted = f"{login.COOKIE}=planted-by-somebody"

    second = cookie_of(post(counter, "/login", {"name": "admin", "password": OWN}, cookie=first))
    third = cookie_of(post(counter, "/login", {"name": "admin", "password": OWN}, cookie=planted))

    assert len({first, second, third, planted}) == 4
    assert counter.get("/", cookie=first).status == 303, "it ended when the same browser signed in anew"
    assert counter.get("/", cookie=planted).status == 303
    assert {counter.get("/", cookie=one).status for one in (second, third)} == {200}
    with counter.state.read() as connection:
        kept = set(connection.scalars(select(sign_ins.c.hash)))
    assert kept == {hash_key(one.partition("=")[2]) for one in (second, third)}, "only hashes are kept"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"origin": "https://evil.example"},
        {"origin": "null"}, {"origin": "http://127.0.0.1:9999"}, {"host": "desk.evil.example"},
    ],
)  # fmt: skip
def test_another_sites_page_posts_nothing_even_with_the_visitors_own_cookie_and_token(
    headers: dict[str, str], counter: Counter
) -> None:
    cookie = enter_with_own(counter)
    token = token_in(counter.get("/password", cookie=cookie))
    refused = [post(counter, one.path, {"token": token}, cookie=cookie, **headers).status for one in routes()
               if "POST" in (one.methods or ()) and "{" not in one.path]  # fmt: skip

    assert len(refused) >= 20
    assert set(refused) <= {403, 421}


def test_a_cookie_opens_nothing_of_the_api(counter: Counter) -> None:
    cookie = enter_with_own(counter)
    for path in ("/api/v1/users", "/api/v1/profiles/email/a@b.example", "/api/v1/results"):
        refused = counter.get(path, cookie=cookie)
        assert (refused.status, json.loads(refused.body)["code"]) == (401, KEY_NEEDED)


def test_no_page_may_stand_in_a_frame_of_another_site_or_run_a_script_that_is_not_ours(house: House) -> None:
    key, pages, frames = house.key(Role.ADMIN), 0, 0
    for one in routes():
        if "GET" not in (one.methods or ()):
            continue
        for target in (filled(one.path, house.ids[OURS]), filled(one.path, house.ids[THEIRS])):
            answer = house.get(target, key)
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            policy = answer.headers["content-security-policy"]
            assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0], target
            assert answer.headers["x-content-type-options"] == "nosniff", target
            if "frame-ancestors 'none'" in policy:
                assert answer.headers["x-frame-options"] == "DENY", target
                pages += 1
            else:
                assert "frame-ancestors 'self'" in policy, target
                assert "sandbox" in policy, f"{target}: what stands in a frame of ours runs nothing"
                frames += 1
    assert pages >= 80
    assert frames >= 4


# ── how often ──


def test_a_key_that_asks_too_often_is_told_how_long_to_wait(counter: Counter) -> None:
    counter.app = desk.make(
        Settings(home=counter.app.desk.settings.home, desk=DeskSettings(api_per_second=1)), counter.state,
        counter.app.desk.ask, counter.app.desk.status, counter.clock,
    )  # fmt: skip
    key = users.add_user(counter.state, name="busy", role=Role.ADMIN, now=counter.clock.now())
    other = users.add_user(counter.state, name="calm", role=Role.ADMIN, now=counter.clock.now())

    said = [counter.get("/api/v1/brands", authorization=f"Bearer {key}") for _ in range(30)]

    refused = [one for one in said if one.status == 429]
    assert 30 - BURST_SECONDS - 5 <= len(refused) <= 30 - BURST_SECONDS
    assert json.loads(refused[0].body)["code"] == "too_many_requests"
    assert int(refused[0].headers["retry-after"]) >= 1
    assert counter.get("/api/v1/brands", authorization=f"Bearer {other}").status == 200
    assert counter.get("/api/v1/profiles/email/a@b.example", authorization=f"Bearer {key}").status == 429


def test_guessing_keys_asks_the_store_a_few_times_and_no_more(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, reads = SecretKeys(counter.state, ManualClock()), [0]
    usual = State.read

    def counted(self: State) -> Any:
        reads[0] += 1
        return usual(self)

    monkeypatch.setattr(State, "read", counted)
    for number in range(5_000):
        with pytest.raises(NotKnown):
            keys.check(f"Bearer uk_{number}")

    assert reads[0] <= 130


def test_a_key_without_a_limit_has_none(counter: Counter) -> None:
    keys = SecretKeys(counter.state, counter.clock, per_second=0)
    key = users.add_user(counter.state, name="free", role=Role.ADMIN, now=counter.clock.now())
    try:
        for _ in range(3_000):
            keys.check(f"Bearer {key}")
    except TooManyRequests:
        pytest.fail("0 is no limit")


HUGE = str(10**30)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/scenarios/atelier-welcome/definition?version={HUGE}", None),
        ("GET", f"/templates/atelier-mail?version={HUGE}", None),
        ("GET", f"/pressure/policies/atelier?version={HUGE}", None),
        ("GET", f"/outbox?cursor={urlsafe_b64encode(f'[{HUGE}]'.encode()).decode().rstrip('=')}", None),
        ("GET", f"/audit?cursor={urlsafe_b64encode(f'[{HUGE}]'.encode()).decode().rstrip('=')}", None),
        ("POST", "/scenarios/atelier-welcome/move", {"from_version": 10**30, "to_version": 1}),
        ("POST", f"/templates/atelier-mail/resume?version={HUGE}", None),
    ],
)
def test_a_number_that_no_store_keeps_is_refused_and_breaks_nothing(
    method: str, path: str, body: object, house: House
) -> None:
    answer = house.call(method, path, house.key(Role.ADMIN), body)

    assert 400 <= answer.status < 500, answer.text


# ── once, whoever asks ──


def test_two_threads_that_ask_for_the_installation_at_once_open_it_once() -> None:
    opened, gate = [], threading.Barrier(8)

    def opens() -> object:
        opened.append(1)
        threading.Event().wait(0.05)
        return object()

    once = desk.Once(opens)

    def ask(_: int) -> int:
        gate.wait()
        return id(once())

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert opened == [1]


# ── paths and addresses ──

CLIMBING = [
    "../state.db",
    "..%2fstate.db",
    "%2e%2e/state.db",
    "..\\state.db",
    "/etc/passwd",
    "%00",
    "a/../../state.db",
    ".",
]


@pytest.mark.parametrize("name", CLIMBING)
def test_no_address_climbs_out_of_its_folder(name: str, house: House) -> None:
    key = house.key(Role.ADMIN)
    store = (house.shop.home / "state.db").read_bytes()[:16]
    for target in (
        f"/static/{name}", f"/messages/inbox/{name}", f"/messages/inbox/{name}/mail",
        f"/sources/imports/{name}/mapping.yaml",
        f"/scenarios/atelier-welcome/dry-run/{name}", f"/live/replays/{name}", f"/scenarios/{name}/download",
    ):  # fmt: skip
        answer = house.get(target, key)
        assert answer.status in {200, 204, 303, 404, 422}, (target, answer.status)
        assert store not in answer.body
        assert b"root:" not in answer.body
    assert house.post("/running/backups/forget", key, {"name": name}).status >= 400
    assert house.call("POST", "/backups", key, {"name": name.replace("%2f", "/")}).status >= 400
    made = {"file": name, "kind": "orders", "brand": OURS}
    assert house.call("POST", "/imports", key, made).status >= 400


# ── X10: who leaks into logs, errors and metrics ──

CANARY = "canary.bird+x@leak.example"


@pytest.mark.parametrize(
    "text",
    [
        f"could not convert '{CANARY}' to INT", f"GET /api/v1/profiles/email/{CANARY}", "canary.bird%40leak.example",
        f'{{"email":"{CANARY}"}}', f"<{CANARY}>", "call +33 6 12 34 56 78 or %2B33612345678",
    ],
)  # fmt: skip
def test_what_looks_like_an_address_or_a_phone_is_taken_out_of_logs(text: str) -> None:
    left = logs.scrubbed(text)

    assert "canary" not in left
    assert "12 34" not in left
    assert "3361234" not in left
    assert logs.scrubbed("13 ticks in 1.5 s at 2026-11-22T12:00:00Z") == "13 ticks in 1.5 s at 2026-11-22T12:00:00Z"


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """Give what the logs say, as they are written for a file."""
    kept = io.StringIO()
    structlog.configure(
        processors=logs.processors(as_json=True), logger_factory=structlog.PrintLoggerFactory(kept),
        cache_logger_on_first_use=False,
    )  # fmt: skip
    yield kept
    structlog.reset_defaults()


def test_no_address_stands_in_a_log_an_error_of_the_server_or_a_metric(
    house: House, told: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = house.key(Role.ADMIN)
    person = f"ann@{OURS}.example"
    asked = 0
    for one in routes():
        if "GET" in (one.methods or ()):
            house.get(filled(one.path, house.ids[OURS]) + f"?q={CANARY}&person={person}", key)
            asked += 1
    for path in (
        f"/people?person={CANARY}",
        f"/profiles/email/{person}",
        f"/consents?contact={person}",
        f"/outbox?search={CANARY}",
    ):
        house.call("GET", path, key)
        asked += 1

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"no such person {CANARY}, nor {person}")

    monkeypatch.setattr("comptoir.web.customer.render", breaks)
    monkeypatch.setattr("comptoir.server.api.people.found_by", breaks)
    for answer in (
        house.get("/customers", key),
        house.call("GET", f"/people?person={CANARY}", key),
    ):
        assert answer.status == 500
        assert "canary" not in answer.text
        assert person not in answer.text
    assert asked >= 60
    assert told.getvalue().count("a request failed") == 2, "else nothing was looked at"
    assert json.dumps("no such person …@…, nor …@…").strip('"') in told.getvalue()
    assert told.getvalue().count("canary") == told.getvalue().count(person) == 0
    for path in ("/metrics", "/ready", "/health"):
        text = house.get(path, key).text
        assert "@" not in text
        if path == "/ready":
            assert THEIRS not in text, "what failed may quote anything; anybody may ask here"
