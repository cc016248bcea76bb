"""The audit as it is written and read: by pages, by the API and by the command line, with nobody's address in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from comptoir.access.audit import Deed
from comptoir.access.roles import Role
from comptoir.access.rows import audit
from comptoir.cli import deeds, main
from tests.two_brands import OURS, THEIRS, House, open_house
from tests.web.test_pages import Reader


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Lend the house of two brands."""
    made = open_house()
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(house: House) -> str:
    """The key of somebody who has every brand."""
    return house.key(Role.ADMIN)


def since(house: House, seq: int) -> list[tuple[str, str, str, str]]:
    """Give what was written after an entry."""
    with house.state.read() as connection:
        rows = connection.execute(select(audit).where(audit.c.seq > seq).order_by(audit.c.seq)).all()
    return [(row.door, row.deed, row.about, row.brand) for row in rows]


def last(house: House) -> int:
    with house.state.read() as connection:
        return int(connection.scalar(select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1)) or 0)


def posts(ids: Mapping[str, str]) -> list[tuple[str, Mapping[str, str], tuple[str, str, str]]]:
    """Forms that do something, with what the audit shall say: the deed, what about, and of which brand."""
    person = ids["profile_id"]
    return [
        (f"/customers/{person}/pause", {}, ("person.paused", person, "")),
        (f"/customers/{person}/stop", {}, ("person.stopped", person, "")),
        (f"/customers/{person}/stop", {"do": "lift"}, ("person.lifted", person, "")),
        (
            f"/scenarios/{ids['scenario']}/state", {"to": "paused"},
            ("scenario.switched", "atelier-welcome paused", OURS),
        ),
        ("/sources/switch", {"name": ids["source"], "open": "no"}, ("source.switched", ids["source"], OURS)),
        ("/sources/renew", {"name": ids["source"], "kind": "secret"}, ("source.key", "atelier-site secret", OURS)),
        ("/settings/people/add", {"name": "neue", "role": "support", "kind": "key"}, ("user.added", "neue", "")),
        ("/settings/people/switch", {"name": "neue"}, ("user.switched", "neue", "")),
        ("/settings/sending", {"pause": "yes"}, ("sending.switched", "paused", "")),
        ("/settings/sending", {"pause": "no"}, ("sending.switched", "resumed", "")),
        (f"/messages/outbox/{ids['message_id']}/settle", {"was": "sent"}, ("message.settled", ids["message_id"], OURS)),
        ("/pressure/policy?brand=atelier", {"do": "back:1"}, ("policy.published", OURS, OURS)),
    ]  # fmt: skip


def test_what_forms_do_is_written_down_with_its_thing_and_its_brand(house: House, admin: str) -> None:
    for target, form, (deed, about, brand) in posts(house.ids[OURS]):
        before = last(house)
        answer = house.post(target, admin, form)
        assert answer.status in {200, 303}, (target, answer.text[:300])
        assert since(house, before) == [("page", deed, about, brand)], target


def test_what_is_refused_or_only_looked_at_is_no_deed(house: House, admin: str) -> None:
    before = last(house)

    assert house.post("/settings/people/add", admin, {"name": "", "role": "support"}).status == 422
    assert house.post("/sources/switch", admin, {"name": "nobody"}).status == 404
    assert house.post("/settings/brand", house.key(Role.SUPPORT), {"name": OURS}).status == 403
    assert house.post("/settings/brand", admin, {"name": OURS, "token": "0"}).status == 403
    assert house.get("/settings/people", admin).status == 200
    assert since(house, before) == []


def test_data_that_is_taken_away_is_written_down(house: House, admin: str) -> None:
    before, person = last(house), house.ids[OURS]["profile_id"]

    house.get(f"/customers/{person}/export", admin)
    house.get("/carts?format=csv", admin)

    assert since(house, before) == [("page", "person.exported", person, ""), ("page", "people.exported", "carts", "")]


def test_what_the_api_does_is_written_down_once_even_if_it_is_asked_twice(house: House, admin: str) -> None:
    before, ids = last(house), house.ids[OURS]
    stop = {"contact": "Stop@Atelier.example", "brand": OURS}

    for _ in range(2):
        assert house.call("POST", "/suppressions", admin, stop, **{"idempotency-key": "one"}).status == 204
    house.call("PATCH", f"/sources/{ids['source']}", admin, {"is_enabled": True})
    house.call("POST", "/users", admin, {"name": "programme", "role": "finance"})
    house.call("POST", "/people/cut", admin, {"person": ids["email"], "identifier": "nonsense"})

    written = since(house, before)
    assert [(door, deed, brand) for door, deed, _, brand in written] == [
        ("api", "person.stopped", OURS), ("api", "source.switched", OURS), ("api", "user.added", ""),
    ]  # fmt: skip
    assert [about for _, _, about, _ in written][1:] == [ids["source"], "programme"]


def test_the_page_narrows_by_person_thing_and_day_and_comes_as_csv(house: House, admin: str) -> None:
    house.post("/settings/sending", admin, {"pause": "no"})
    page = house.get("/settings/audit", admin, accept_language="en")
    said = " ".join(Reader(page.text).text.split())
    assert "paused or resumed sending" in said
    assert "screen" in said

    assert "paused or resumed sending" not in house.get("/settings/audit?deed=user", admin, accept_language="en").text
    assert "Nothing fits" in house.get("/settings/audit?until=2001-01-01", admin, accept_language="en").text
    csv = house.get("/settings/audit?format=csv&deed=sending", admin)
    assert csv.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert csv.text.splitlines()[0] == "at,who,door,deed,about,brand"
    assert all(",sending.switched," in line for line in csv.text.splitlines()[1:])


def test_the_page_and_the_api_show_somebody_of_one_brand_what_is_of_it(house: House, admin: str) -> None:
    for brand in (OURS, THEIRS):
        house.call("PATCH", f"/sources/{brand}-site", admin, {"is_enabled": True})
    own = house.key(Role.ADMIN, OURS)

    listed = json.loads(house.call("GET", "/audit", own).body)["items"]
    assert {one["brand"] for one in listed} == {OURS}
    assert THEIRS not in house.get("/settings/audit", own).text
    first = json.loads(house.call("GET", "/audit?limit=1", admin).body)
    second = json.loads(house.call("GET", f"/audit?limit=1&cursor={first['next']}", admin).body)
    assert first["items"][0]["seq"] == second["items"][0]["seq"] + 1


def test_commands_are_written_down_and_told(house: House, tmp_path: Path) -> None:
    home, run, ids = str(house.shop.home), CliRunner(), house.ids[OURS]
    before = last(house)
    text = tmp_path / "rules.yaml"
    text.write_text(f"brand: {OURS}\ncaps:\n  - {{at_most: 3, days: 7}}\n", encoding="utf-8")

    for line in (
        ["user", "add", "claudine", "--role", "support", "--brand", OURS],
        ["user", "disable", "claudine"],
        ["mail", "suppression", "add", "Never@Atelier.example"],
        ["identity", "merge", ids["email"], "both@example.org"],
        ["pressure", "publish", str(text)],
        ["scenario", "pause", ids["scenario"]],
    ):
        said = run.invoke(main.build(), [*line, "--home", home])
        assert said.exit_code == 0, (line, said.output, said.exception)
    said = run.invoke(main.build(), ["user", "disable", "nobody-at-all", "--home", home])
    assert said.exit_code == 1

    written = since(house, before)
    assert [(door, deed) for door, deed, _, _ in written] == [
        ("command", "user.added"), ("command", "user.switched"), ("command", "person.stopped"),
        ("command", "person.joined"), ("command", "policy.published"), ("command", "scenario.switched"),
    ]  # fmt: skip
    assert [about for _, _, about, _ in written if "@" in about] == []
    assert [written[place][2] for place in (0, 1, 3, 4, 5)] == [
        "claudine", "claudine disable", ids["profile_id"], OURS, "atelier-welcome pause",
    ]  # fmt: skip
    told = run.invoke(main.build(), ["audit", "--json", "--deed", "person", "--home", home])
    assert json.loads(told.stdout)[0]["deed"] == "person.joined"
    assert run.invoke(main.build(), ["audit", "--check", "--home", home]).exit_code == 0


READING = {
    "identity match", "identity review list", "webhook followers", "audience recount", "audience show", "brand list",
    "carts funnel", "carts list", "draft back", "draft begin", "draft discard", "draft list", "draft redo",
    "draft save", "draft show", "draft undo", "draft versions", "mail check", "outbox list", "outbox show",
    "person find", "person recent", "placement list", "person show", "plan check", "pull history", "pull list",
    "pull places", "pull try", "quality check", "quality grade", "quality scores", "quality values", "plan findings",
    "plan infer", "plan names", "plan seen", "plan show", "plan versions", "pressure conflicts", "pressure simulate",
    "pressure near", "person erasures", "source keys", "config", "consent at", "consent history", "consent lapsed",
    "consent text list", "audit", "demo", "doctor", "failed list", "failed show", "identity show", "inbox list",
    "inbox show", "init", "mail server list", "mail server test", "mail suppression list", "outbox unknown",
    "pressure check", "pressure list", "pressure show", "query", "replay", "results", "score lifetime-value",
    "segment changes", "segment check", "segment count", "segment library", "segment list", "segment members",
    "segment show", "segment words", "score due", "score explain", "score list", "score moved", "score show",
    "trait list", "trait preview", "trait show", "score repurchase", "score rfm", "scenario check",
    "scenario dry-run", "scenario export", "scenario list",
    "scenario people", "scenario show", "serve", "source list", "template check", "template export", "template list",
    "template preview", "template show", "template test-send", "user list", "webhook calls", "webhook list",
    "webhook test", "why",
}  # fmt: skip
"""Commands that change nothing the audit keeps."""


def test_every_command_is_in_the_audit_or_only_reads() -> None:
    from typer.main import get_command

    found: set[str] = set()

    def walk(command: object, words: tuple[str, ...]) -> None:
        inner = getattr(command, "commands", None)
        if inner is None:
            found.add(" ".join(words))
            return
        for name, one in inner.items():
            walk(one, (*words, name))

    walk(get_command(main.build()), ())

    assert found - set(deeds.DEEDS) - READING == set(), "give it a deed in cli/deeds.py, or say here that it only reads"
    assert set(deeds.DEEDS) - found == set(), "there is no such command"
    said = {kept.deed.format(of=of) for kept in deeds.DEEDS.values() for of in ("scenario", "template")}
    assert said <= set(Deed)
