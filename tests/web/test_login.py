"""Signing in to the screens: the first password, one's own, wrong ones, and forms that other pages cannot send."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.routing import Route

from comptoir.access import passwords, users
from comptoir.access.roles import Role
from comptoir.config import DeskSettings, Settings
from comptoir.server import desk
from comptoir.web import login, pages
from tests.web.counter import Answer, Counter, open_counter, send

OWN = "parapluie tarte lundi"


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    made = open_counter(home)
    made.app = desk.make(
        Settings(home=home, desk=DeskSettings()), made.state, made.app.desk.ask, made.app.desk.status, made.clock
    )
    yield made
    made.warehouse.close()
    made.state.close()


def post(counter: Counter, target: str, form: dict[str, str], **headers: str) -> Answer:
    headers = {"host": "127.0.0.1:8141", "content-type": "application/x-www-form-urlencoded", **headers}
    body = urlencode(form).encode()
    headers["content-length"] = str(len(body))
    return asyncio.run(send(counter.app, "POST", target, headers, body))


def cookie_of(answer: Answer) -> str:
    (found,) = [one for one in answer.set_cookies if one.startswith(login.COOKIE)]
    return found.partition(";")[0]


def token_in(answer: Answer) -> str:
    found = re.search(r'name="token" value="(\w+)"', answer.text)
    assert found
    return found[1]


def enter(counter: Counter, name: str, password: str, target: str = "/login") -> Answer:
    return post(counter, target, {"name": name, "password": password})


def enter_with_own(counter: Counter) -> str:
    passwords.add_first_user(counter.state, counter.clock.now())
    passwords.change(counter.state, "admin", OWN, counter.clock.now())
    return cookie_of(enter(counter, "admin", OWN))


def test_the_first_password_opens_only_the_page_that_replaces_it(counter: Counter) -> None:
    first = passwords.add_first_user(counter.state, counter.clock.now())
    assert counter.get("/live?what=refused").headers["location"] == "/login?next=/live%3Fwhat%3Drefused"

    entered = enter(counter, "admin", first, "/login?next=%2Flive")
    cookie = cookie_of(entered)

    assert entered.headers["location"] == "/live"
    assert {"HttpOnly", "SameSite=lax"} <= set(entered.set_cookies[0].split("; "))
    assert counter.get("/live", cookie=cookie).headers["location"] == "/password"
    token = token_in(counter.get("/password", cookie=cookie))
    short = post(counter, "/password", {"token": token, "password": "court", "again": "court"}, cookie=cookie)
    assert short.status == 422
    changed = post(counter, "/password", {"token": token, "password": OWN, "again": OWN}, cookie=cookie)
    assert counter.get("/live", cookie=cookie_of(changed)).status == 200
    assert counter.get("/live", cookie=cookie).status == 303, "a new password ends the old sign-ins"
    assert enter(counter, "admin", first).status == 422


def test_a_name_nobody_has_and_a_wrong_password_are_answered_alike(counter: Counter) -> None:
    passwords.add_first_user(counter.state, counter.clock.now())

    said = [enter(counter, name, "wrong").text.replace(name, "") for name in ("admin", "nemo")]

    assert said[0] == said[1]


def test_after_five_wrong_passwords_a_name_waits_a_quarter_of_an_hour(counter: Counter) -> None:
    enter_with_own(counter)
    for _ in range(passwords.TRIES):
        assert enter(counter, "admin", "wrong").status == 422

    assert enter(counter, "admin", OWN).status == 429
    counter.clock.advance(passwords.WINDOW)
    assert enter(counter, "admin", OWN).status == 303


def test_a_sign_in_ends_after_two_weeks_by_signing_out_and_when_the_user_is_closed(counter: Counter) -> None:
    cookie = enter_with_own(counter)
    token = token_in(counter.get("/", cookie=cookie))
    assert post(counter, "/logout", {"token": token}, cookie=cookie).headers["location"] == "/login"
    assert counter.get("/", cookie=cookie).status == 303

    cookie = cookie_of(enter(counter, "admin", OWN))
    counter.clock.advance(passwords.LIFE - timedelta(seconds=1))
    assert counter.get("/", cookie=cookie).status == 200
    counter.clock.advance(timedelta(seconds=1))
    assert counter.get("/", cookie=cookie).status == 303

    cookie = cookie_of(enter(counter, "admin", OWN))
    users.change_user(counter.state, "admin", is_enabled=False)
    assert counter.get("/", cookie=cookie).status == 303


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/login", "evil"])
def test_signing_in_leads_to_no_other_site(target: str, counter: Counter) -> None:
    enter_with_own(counter)

    entered = enter(counter, "admin", OWN, f"/login?{urlencode({'next': target})}")

    assert entered.headers["location"] == "/"


def test_no_form_changes_anything_without_its_token(counter: Counter) -> None:
    cookie = enter_with_own(counter)
    forms = [
        route
        for route in pages.routes()
        if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path != "/login"
    ]

    assert forms
    for route in forms:
        target = re.sub(r"\{[^}]*\}", "x", route.path)
        for token in ({}, {"token": "0" * 32}):
            refused = post(counter, target, token, cookie=cookie)
            assert refused.status == 403, target
            assert "stale_form" in refused.text, target


def test_a_role_sees_only_its_pages_in_the_menu_and_behind_it(counter: Counter) -> None:
    users.add_user(counter.state, name="compta", role=Role.FINANCE, now=counter.clock.now())
    passwords.first_password(counter.state, "compta", counter.clock.now())
    passwords.change(counter.state, "compta", OWN, counter.clock.now())
    cookie = cookie_of(enter(counter, "compta", OWN))

    menu = re.findall(r'<li><a href="([^"]+)"', counter.get("/", cookie=cookie).text)

    assert menu == ["/", "/results"]
    assert counter.get("/customers", cookie=cookie).status == 403
