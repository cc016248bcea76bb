"""Settings as their pages show and change them: brands, senders, people, webhooks, and the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from comptoir import app as apps
from comptoir.access import keys, passwords, users
from comptoir.access.roles import Role
from comptoir.config import Settings
from comptoir.messaging import dkim, outward, servers, webhooks
from comptoir.state.sealing import master_key
from comptoir.web.visit import token_of
from tests.web.counter import Counter, open_counter
from tests.web.test_pages import HOSTILE, read

PAGES = ("/settings", "/settings/brand", "/settings/brand?name=main", "/settings/senders", "/settings/sender",
         "/settings/people", "/settings/webhooks", "/settings/file")  # fmt: skip
SENDER = {"is_new": "yes", "name": "main", "host": "127.0.0.1", "port": "2525", "security": "none", "brand": "",
          "sender": "Maison <bonjour@maison.example>", "user": "u", "password": "hunter2", "dkim": "make",
          "priority": "1", "rate_per_minute": "60", "connections": "4", "is_enabled": "yes"}  # fmt: skip


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    apps.make_home(Settings(home=home), brand="main")
    made = open_counter(home)
    yield made
    made.app.desk.app().close()
    made.warehouse.close()
    made.state.close()


def bearer(counter: Counter, name: str, role: Role, *brands: str) -> tuple[dict[str, str], dict[str, str]]:
    """Make a user; give the header she sends and the token of her forms."""
    key = users.add_user(counter.state, name=name, role=role, now=counter.clock.now(), for_brands=brands)
    return {"authorization": f"Bearer {key}"}, {"token": token_of(f"Bearer {key}")}


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_every_page_answers_in_both_tongues(tongue: str, counter: Counter) -> None:
    for target in PAGES:
        answer = counter.get(target, accept_language=tongue)
        assert answer.status == 200, target
        assert dict(read(answer).tags)["html"]["lang"] == tongue


@pytest.mark.parametrize("role", [Role.MARKETING, Role.FINANCE, Role.SUPPORT])
def test_only_who_runs_the_installation_may_open_them(role: Role, counter: Counter) -> None:
    headers, _ = bearer(counter, "zoe", role)

    assert {counter.get(target, **headers).status for target in PAGES} == {403}


# ── brands ──


def test_a_brand_is_made_and_changed(counter: Counter) -> None:
    form = {
        "name": "maison",
        "country": "gb",
        "currency": "gbp",
        "language": "EN",
        "time_zone": "Europe/London",
        "url": "",
    }

    assert counter.post("/settings/brand", form).headers["location"] == "/settings?done=brand.saved"
    counter.post("/settings/brand", form | {"url": "https://maison.example"})

    found = {one.name: one for one in keys.list_brands(counter.state)}["maison"]
    assert (found.country, found.currency, found.language, found.url) == ("GB", "GBP", "en", "https://maison.example")
    assert "United Kingdom" in counter.get("/settings", accept_language="en").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"country": "France"}, "Two letters, such as FR."),
        ({"currency": "EURO"}, "Three letters, such as EUR."),
        ({"time_zone": "Paris"}, "A zone such as Europe/Paris."),
        ({"time_zone": "../../etc/passwd"}, "A zone such as Europe/Paris."),
        ({"language": "french"}, "Two letters, such as fr."),
        ({"url": "javascript:alert(1)"}, "An address such as"),
        ({"name": ""}, "Give a name"),
    ],
)
def test_what_a_brand_cannot_be_is_said_beside_its_field(wrong: dict[str, str], words: str, counter: Counter) -> None:
    form = {"name": "x", "country": "FR", "currency": "EUR", "language": "fr", "time_zone": "Europe/Paris", "url": ""}

    answer = counter.post("/settings/brand", form | wrong, accept_language="en")

    assert answer.status == 422
    assert words in answer.text
    assert [one.name for one in keys.list_brands(counter.state)] == ["main"]


# ── senders ──


def test_a_sender_is_stored_signed_and_its_secrets_never_shown(counter: Counter) -> None:
    saved = counter.post("/settings/sender", SENDER)

    assert saved.headers["location"] == "/settings/sender?name=main&done=sender.saved"
    home = counter.app.desk.settings.home
    with counter.state.read() as connection:
        server = servers.find(connection, "main", master_key(home))
    assert (server.password, server.dkim_domain, server.dkim_selector) == ("hunter2", "maison.example", "comptoir")
    page = counter.get("/settings/sender?name=main", accept_language="en")
    assert dkim.record(dkim.read_key(server.dkim_key.encode())) in page.text
    assert "comptoir._domainkey.maison.example" in page.text
    assert "hunter2" not in page.text
    assert "PRIVATE" not in page.text

    counter.post("/settings/sender", SENDER | {"is_new": "no", "password": "", "dkim": "keep", "rate_per_minute": "0"})

    with counter.state.read() as connection:
        changed = servers.find(connection, "main", master_key(home))
    assert (changed.password, changed.dkim_key, changed.rate_per_minute) == ("hunter2", server.dkim_key, 0)
    counter.post("/settings/sender/remove", {"name": "main"})
    assert counter.get("/settings/sender?name=main").status == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"host": ""}, "A host such as"),
        ({"host": "http://x/"}, "A host such as"),
        ({"sender": "Maison"}, "An e-mail address"),
        ({"port": "70000"}, "A whole number, 1 to 65,535."),
        ({"port": ""}, "A whole number"),
        ({"connections": "0"}, "A whole number, 1 to 200."),
        ({"name": "comptoir"}, "Give a name"),
        ({"dkim": "own", "dkim_key": "no key"}, "Give a PEM file"),
    ],
)
def test_what_a_sender_cannot_be_is_said_beside_its_field(wrong: dict[str, str], words: str, counter: Counter) -> None:
    answer = counter.post("/settings/sender", SENDER | {"dkim": "none"} | wrong, accept_language="en")

    assert answer.status == 422
    assert words in answer.text
    with counter.state.read() as connection:
        assert servers.listing(connection) == []


def test_a_second_sender_of_one_name_replaces_nothing(counter: Counter) -> None:
    counter.post("/settings/sender", SENDER | {"dkim": "none"})

    answer = counter.post("/settings/sender", SENDER | {"dkim": "none", "host": "other"}, accept_language="en")

    assert answer.status == 422
    assert "A sender has this name already." in answer.text


def test_a_test_mail_is_sent_and_its_answer_told(counter: Counter) -> None:
    counter.post("/settings/sender", SENDER | {"dkim": "none", "port": "1"})

    refused = counter.post("/settings/sender/test", {"name": "main", "to": "me@example.org"}, accept_language="en")
    nowhere = counter.post("/settings/sender/test", {"name": "main", "to": "me"}, accept_language="en")

    assert "did not accept the test mail" in refused.text
    assert "Give an e-mail address." in nowhere.text


def test_all_sending_is_paused_and_goes_on(counter: Counter) -> None:
    counter.post("/settings/sending", {"pause": "yes"})
    with counter.state.read() as connection:
        assert not outward.is_sending(connection)
    assert "All sending is paused." in counter.get("/settings/senders", accept_language="en").text
    counter.post("/settings/sending", {"pause": "no"})
    with counter.state.read() as connection:
        assert outward.is_sending(connection)


def test_who_is_for_one_brand_touches_nothing_of_the_others(counter: Counter) -> None:
    keys.add_brand(counter.state, keys.Brand(name="other"))
    counter.post("/settings/sender", SENDER | {"dkim": "none", "brand": "other", "name": "others"})
    headers, token = bearer(counter, "ada", Role.ADMIN, "main")

    assert "others" not in counter.get("/settings/senders", **headers).text
    assert counter.get("/settings/sender?name=others", **headers).status == 404
    assert counter.get("/settings/brand?name=other", **headers).status == 403
    for target in ("/settings/people", "/settings/webhooks", "/settings/file", "/settings/brand"):
        assert counter.get(target, **headers).status == 403
    forms: tuple[tuple[str, dict[str, str]], ...] = (
        ("/settings/sender", SENDER | {"brand": "", "name": "x"}),
        ("/settings/sender", SENDER | {"is_new": "no", "brand": "main", "name": "others"}),
        ("/settings/sender/test", {"name": "others", "to": "me@example.org"}),
        ("/settings/sender/remove", {"name": "others"}),
        ("/settings/sending", {"pause": "yes"}),
        ("/settings/brand", {"name": "other", "country": "FR"}),
        ("/settings/brand", {"name": "fresh", "country": "FR"}),
        ("/settings/people/add", {"name": "x", "role": "admin"}),
        ("/settings/people/key", {"name": "ada"}),
        ("/settings/people/change", {"name": "ada", "role": "admin"}),
        ("/settings/webhooks/add", {"name": "x", "url": "https://x.example"}),
    )
    for target, form in forms:
        assert counter.post(target, form | token, **headers).status in {403, 404}, target


# ── people ──


def test_somebody_gets_a_first_password_and_a_program_a_key(counter: Counter) -> None:
    person = counter.post("/settings/people/add", {"name": "claire", "role": "marketing", "kind": "password"})
    program = counter.post(
        "/settings/people/add", {"name": "metabase", "role": "finance", "kind": "key", "brands": "main"}
    )

    shown = re.search(r'id="shown"[^>]*><code>([^<]+)<', person.text)
    assert shown
    now = counter.clock.now()
    assert passwords.sign_in(counter.state, "claire", shown[1], now=now, tries=passwords.Tries())
    assert re.search(r"<code>uk_[\w-]{20,}<", program.text)
    found = {one.name: one for one in users.list_users(counter.state, now=now)}
    assert (found["metabase"].role, found["metabase"].brands) == (Role.FINANCE, ("main",))
    assert "uk_" not in re.sub(r"uk_[\w-]{4}…", "", counter.get("/settings/people").text)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "role": "admin"}, "Give a name"),
        ({"name": "ada", "role": "admin"}, "Somebody has this name already."),
        ({"name": "x", "role": "god"}, "Choose a role."),
        ({"name": "x", "role": "admin", "brands": "nobody"}, "Choose a brand."),
    ],
)
def test_who_cannot_be_added_is_said_why(form: Mapping[str, str], words: str, counter: Counter) -> None:
    bearer(counter, "ada", Role.ADMIN)

    answer = counter.post("/settings/people/add", form, accept_language="en")

    assert answer.status == 422
    assert words in answer.text


def test_a_role_changes_and_access_closes_but_never_ones_own(counter: Counter) -> None:
    headers, token = bearer(counter, "ada", Role.ADMIN)
    bearer(counter, "bo", Role.SUPPORT)

    changed = counter.post(
        "/settings/people/change", token | {"name": "bo", "role": "finance", "brands": "main"}, **headers
    )
    closed = counter.post("/settings/people/switch", token | {"name": "bo", "open": "no"}, **headers)
    own = [
        counter.post("/settings/people/change", token | {"name": "ada", "role": "support"}, **headers),
        counter.post("/settings/people/switch", token | {"name": "ada", "open": "no"}, **headers),
    ]

    assert (changed.status, closed.status, [one.status for one in own]) == (303, 303, [422, 422])
    found = {one.name: one for one in users.list_users(counter.state, now=counter.clock.now())}
    assert (found["bo"].role, found["bo"].brands, found["bo"].is_enabled) == (Role.FINANCE, ("main",), False)
    assert (found["ada"].role, found["ada"].is_enabled) == (Role.ADMIN, True)
    assert counter.post("/settings/people/password", {"name": "nobody"}).status == 404


# ── webhooks ──


def test_a_webhook_is_added_stopped_and_removed(counter: Counter) -> None:
    form = {"name": "crm", "url": "https://crm.example/hook"}

    added = counter.post("/settings/webhooks/add", form)

    assert "whsec_" in added.text
    assert "whsec_" not in counter.get("/settings/webhooks").text
    assert counter.post("/settings/webhooks/add", form).status == 422
    counter.post("/settings/webhooks/switch", {"name": "crm", "open": "no"})
    with counter.state.read() as connection:
        assert not webhooks.listing(connection)[0]["is_enabled"]
    assert counter.post("/settings/webhooks/remove", {"name": "crm"}).status == 303
    assert counter.post("/settings/webhooks/switch", {"name": "crm", "open": "yes"}).status == 404


@pytest.mark.parametrize("url", ["", "http://crm.example", "ftp://x", "x"])
def test_what_is_no_https_address_is_not_called(url: str, counter: Counter) -> None:
    answer = counter.post("/settings/webhooks/add", {"name": "crm", "url": url}, accept_language="en")

    assert answer.status == 422
    assert "An https address on a public server" in answer.text


# ── the file ──


def test_the_file_shows_each_value_and_where_it_came_from(counter: Counter) -> None:
    text = " ".join(read(counter.get("/settings/file", accept_language="en")).text.split())

    for words in ("door.port", "8140", "mail.password", "Visits and carts"):
        assert words in text


def test_hostile_names_are_only_ever_text(counter: Counter) -> None:
    for place, one in enumerate(HOSTILE):
        name = f"{one}{place}".replace("\t", " ").replace("\u202e", "").replace("\u200b", "")
        users.add_user(counter.state, name=name, role=Role.SUPPORT, now=counter.clock.now())
        keys.add_brand(counter.state, keys.Brand(name=name, url=one, time_zone=one, country=one, language=one))
        with counter.state.write() as connection:
            server = servers.MailServer(name=name, host=one, sender=one, brand=name)
            servers.save(connection, server, master_key(counter.app.desk.settings.home))

    for target in PAGES:
        assert read(counter.get(target)).tags, target
