"""Sources and imports as their pages show and change them."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comptoir import app as apps
from comptoir import importing
from comptoir.access import keys, users
from comptoir.access.roles import Role
from comptoir.clock import RealClock
from comptoir.config import Settings
from comptoir.sources import draft as drafts
from comptoir.sources import history
from comptoir.sources.history import ImportState
from comptoir.web.visit import token_of
from tests.web.counter import Answer, Counter, fill, open_counter, send
from tests.web.test_pages import HOSTILE, read

ORDERS = """Numéro commande;Référence;Qté;Prix unitaire;Date commande;Client;Email
A1;P1;1;2,50;24/11/2025;7;anne@example.org
A2;P1;deux;2,50;25/11/2025;8;bob@example.org
"""


@pytest.fixture
def counter(home: Path) -> Iterator[Counter]:
    """Lend a desk over a real home, so that what is written can be published to the door."""
    apps.make_home(Settings(home=home), brand="main")
    made = open_counter(home)
    yield made
    made.app.desk.app().close()
    made.warehouse.close()
    made.state.close()


def upload(counter: Counter, body: bytes, name: str = "orders.csv", **fields: str) -> Answer:
    said = {"token": token_of(counter.app.form_secret), "kind": "orders", "source": "till", "brand": "main"} | fields
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{one}"\r\n\r\n{value}\r\n'.encode()
        for one, value in said.items()
    ]
    file = f'--x\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + body + b"\r\n"
    whole = b"".join([*parts, file, b"--x--\r\n"])
    headers = {
        "host": "127.0.0.1:8141",
        "content-type": "multipart/form-data; boundary=x",
        "content-length": str(len(whole)),
        "accept-language": "en",
    }
    return asyncio.run(send(counter.app, "POST", "/sources/imports/new", headers, whole))


def drafted(counter: Counter, **fields: str) -> str:
    answer = upload(counter, ORDERS.encode(), **fields)
    assert answer.status == 303, answer.text
    return answer.headers["location"]


def listed(counter: Counter) -> list[history.Import]:
    with counter.state.read() as connection:
        return history.listing(connection, machine_now=RealClock().now())


@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_a_source_is_made_and_its_secret_key_shown_once(tongue: str, counter: Counter) -> None:
    form = {"name": "till & <b>", "brand": "main", "origins": "https://Shop.example/\nhttp://localhost:3000"}

    made = counter.post("/sources/new", form, accept_language=tongue)

    assert made.status == 200
    assert "sk_" in made.text
    (source,) = [one for one in keys.list_sources(counter.state) if one.name == "till & <b>"]
    assert source.origins == ("https://shop.example", "http://localhost:3000")
    again = counter.get("/sources/source/till%20%26%20%3Cb%3E", accept_language=tongue)
    assert "sk_" + "…" not in again.text
    assert made.text.count(source.write_key) >= 2
    assert "<b>" not in again.text.replace("<b>0</b>", "")
    assert f"data-key=&#34;{source.write_key}&#34;" in again.text
    assert read(again).tags


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "brand": "main"}, "Give a name"),
        ({"name": "comptoir", "brand": "main"}, "Give a name"),
        ({"name": "site", "brand": "main"}, "A source has this name already."),
        ({"name": "x", "brand": "main", "origins": "shop.example"}, "Write each address as"),
        ({"name": "x", "brand": "main", "origins": "https://shop.example/path"}, "Write each address as"),
        ({"name": "x", "brand": "main", "rate_per_second": "many"}, "A whole number"),
        ({"name": "x", "brand": "main", "rate_per_second": "0"}, "A whole number"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(form: Mapping[str, str], words: str, counter: Counter) -> None:
    before = keys.list_sources(counter.state)

    answer = counter.post("/sources/new", form, accept_language="en")

    assert answer.status == 422
    assert words in answer.text
    assert keys.list_sources(counter.state) == before


def test_a_source_is_changed_closed_and_opened(counter: Counter) -> None:
    changed = counter.post(
        "/sources/change",
        {"name": "site", "brand": "main", "origins": "https://a.example", "rate_per_second": "50", "rate_burst": "80"},
    )
    assert changed.headers["location"] == "/sources/source/site?done=source.changed"
    source = keys.list_sources(counter.state)[0]
    assert (source.origins, source.rate_per_second, source.rate_burst) == (("https://a.example",), 50, 80)
    counter.post("/sources/switch", {"name": "site", "open": "no"})
    assert not keys.list_sources(counter.state)[0].is_enabled
    assert "closed" in counter.get("/sources", accept_language="en").text
    counter.post("/sources/switch", {"name": "site", "open": "yes"})
    assert keys.list_sources(counter.state)[0].is_enabled
    assert counter.post("/sources/switch", {"name": "nobody", "open": "no"}).status == 404


def test_a_key_that_strangers_know_is_ended_at_once(counter: Counter) -> None:
    assert "Keys that work" not in counter.get("/sources/source/site", accept_language="en").text
    counter.post("/sources/renew", {"name": "site", "kind": "write"})
    former = next(one for one in keys.list_keys(counter.state, "site") if one.expires_at and one.kind == "write")

    page = counter.get("/sources/source/site", accept_language="en").text
    ended = counter.post("/sources/end-key", {"name": "site", "key_id": former.key_id})

    assert former.key_id in page
    assert ended.status == 303
    assert counter.post("/sources/end-key", {"name": "site", "key_id": "nope"}).status == 404
    (known,) = [one for one in keys.list_keys(counter.state, "site") if one.key_id == former.key_id]
    assert known.expires_at == counter.clock.now()
    assert former.key_id not in counter.get("/sources/source/site", accept_language="en").text


def test_a_renewed_key_leaves_the_old_one_a_week(counter: Counter) -> None:
    old = keys.list_sources(counter.state)[0]

    counter.post("/sources/renew", {"name": "site", "kind": "write"})
    shown = counter.post("/sources/renew", {"name": "site", "kind": "secret"})

    new = keys.list_sources(counter.state)[0]
    assert new.write_key != old.write_key
    assert new.secret_key_begins in shown.text
    with counter.state.read() as connection:
        holders = keys.secret_holders(connection)
    ends = sorted(until for _, until in holders.values())
    assert len(ends) == 2
    assert ends[0] == int((counter.clock.now() + keys.OVERLAP).timestamp() * 1_000_000)


def test_the_list_says_who_is_silent(counter: Counter) -> None:
    fill(counter)
    keys.add_source(counter.state, name="till", now=counter.clock.now())
    keys.add_source(counter.state, name="old", now=counter.clock.now())
    counter.event("page", source="old", ago=timedelta(days=3))

    text = read(counter.get("/sources", accept_language="en")).text

    assert "silent for 3 days" in text
    assert "never" in text
    assert read(counter.get("/sources/source/site", accept_language="fr")).tags


def test_who_is_for_one_brand_sees_and_makes_only_its_sources(counter: Counter) -> None:
    keys.add_brand(counter.state, keys.Brand(name="other"))
    keys.add_source(counter.state, name="others", brand="other", now=counter.clock.now())
    key = users.add_user(counter.state, name="ada", role=Role.ADMIN, now=counter.clock.now(), for_brands=["main"])
    bearer = {"authorization": f"Bearer {key}"}

    assert "others" not in counter.get("/sources", **bearer).text
    assert counter.get("/sources/source/others", **bearer).status == 404
    token = {"token": token_of(f"Bearer {key}")}
    made = counter.post("/sources/new", {"name": "x", "brand": "other"} | token, **bearer)
    assert made.status == 403
    for role in (Role.MARKETING, Role.FINANCE, Role.SUPPORT):
        other = users.add_user(counter.state, name=role.value, role=role, now=counter.clock.now())
        assert counter.get("/sources", authorization=f"Bearer {other}").status == 403


# ── imports ──


def test_a_file_is_given_mapped_and_looked_at(counter: Counter) -> None:
    place = drafted(counter)

    first = counter.get(place, accept_language="en")
    assert "1 field is still lacking." in first.text  # no currency in the file
    assert read(first).tags
    import_id = place.rpartition("/")[2]
    taken = listed(counter)[0]
    assert taken.state is ImportState.DRAFT
    draft = drafts.read(taken.mapping)
    assert draft is not None
    form = {f"column.{name}": column for name, column in draft.columns.items()}
    form |= {"constant.currency": "EUR", "date_format": draft.date_format, "decimal": draft.decimal, "brand": "main"}

    mapped = counter.post(f"{place}/map", form)

    assert mapped.headers["location"] == f"{place}?done=import.mapped"
    page = counter.get(place, accept_language="en")
    assert "2025-11-24 00:00:00" in page.text
    assert "unreadable amount" in page.text
    assert read(page).tags
    yaml = counter.get(f"{place}/mapping.yaml")
    assert "constant: EUR" in yaml.text
    assert import_id == listed(counter)[0].import_id


def test_what_is_lacking_is_said_beside_the_field(counter: Counter) -> None:
    place = drafted(counter)

    answer = counter.post(f"{place}/map", {"column.order_id": "Référence", "brand": "main"}, accept_language="en")

    assert answer.status == 422
    assert "Choose a column, or a fixed text." in answer.text


def test_a_mapping_by_hand_says_more_than_the_form(counter: Counter) -> None:
    place = drafted(counter)
    by_hand = listed(counter)[0].mapping.replace("  # currency", "  currency: {constant: EUR}\n  # currency")
    by_hand = by_hand.replace("fields:", 'id: "{Numéro commande}-{Référence}"\nfields:')

    kept = counter.post(f"{place}/map", {"how": "text", "text": by_hand, "brand": "main"})
    broken = counter.post(f"{place}/map", {"how": "text", "text": "kind: orders\nfields: {x: y}", "brand": "main"})

    assert kept.status == 303, kept.text
    assert "written by hand" in counter.get(place, accept_language="en").text
    assert broken.status == 422
    assert "have no such field" in broken.text


def test_a_file_nobody_can_read_leaves_nothing_behind(counter: Counter) -> None:
    for body, fields in ((b"", {}), (b"\x1f\x8b broken", {}), (ORDERS.encode(), {"kind": "cats"})):
        answer = upload(counter, body, **fields)
        assert answer.status == 422
    assert upload(counter, ORDERS.encode(), source="comptoir").status == 422
    assert upload(counter, ORDERS.encode(), brand="nobody").status == 422
    assert listed(counter) == []
    assert list((counter.app.desk.settings.home / "imports").glob("*/*")) == []


@pytest.mark.parametrize("name", ["../../evil.csv", "..\\evil.csv", "/etc/passwd", "a\0b", "", ".", "é à.csv"])
def test_an_uploaded_file_stays_in_its_folder(name: str, home: Path) -> None:
    kept = importing.keep_upload(Settings(home=home), name, io.BytesIO(b"x"))

    assert kept.parent.parent == home / "imports"
    assert kept.name not in {"", ".", ".."}


def test_only_files_of_the_imports_folder_can_be_chosen(counter: Counter) -> None:
    home = counter.app.desk.settings.home
    (home / "imports").mkdir()
    (home / "imports" / "big.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    (home / "imports" / "link.csv").symlink_to(home / "comptoir.toml")
    form = {"kind": "orders", "source": "till", "brand": "main"}

    assert "link.csv" not in counter.get("/sources/imports/new").text
    assert counter.post("/sources/imports/new", form | {"waiting": "link.csv"}).status == 422
    assert counter.post("/sources/imports/new", form | {"waiting": "../state.db"}).status == 422
    assert counter.post("/sources/imports/new", form | {"waiting": "big.csv.gz"}).status == 303
    place = f"/sources/imports/{listed(counter)[0].import_id}"
    assert counter.post(f"{place}/drop", {}).status == 303
    assert (home / "imports" / "big.csv.gz").exists(), "what was not uploaded is not ours to delete"


@pytest.mark.parametrize("state", [ImportState.READING, ImportState.WORKING, ImportState.DONE, ImportState.FAILED])
@pytest.mark.parametrize("tongue", ["fr", "en"])
def test_each_state_of_an_import_has_its_page(tongue: str, state: ImportState, counter: Counter) -> None:
    import_id = drafted(counter).rpartition("/")[2]
    now = RealClock().now()
    with counter.state.write() as connection:
        history.start(connection, import_id, again_as="again", machine_now=now)
        history.move(connection, import_id, ImportState.WORKING, done=3, whole=10, machine_now=now)
        if state is ImportState.READING:
            history.move(connection, import_id, state, done=0, whole=0, machine_now=now)
        if state is ImportState.DONE:
            counts = {"read": 1200, "accepted": 1190, "refused": 1, "duplicates": 9, "skipped": 0}
            history.end(connection, import_id, counter.clock.now(), counts)
        if state is ImportState.FAILED:
            history.fail(connection, import_id, "the disk is full", counter.clock.now())
    counter.refused("bad_amount", import_id=import_id, row_number=3, detail="line 3: no", raw="QTI7UDE=", line=None)

    page = counter.get(f"/sources/imports/{import_id}", accept_language=tongue)
    part = counter.get(f"/sources/imports/{import_id}", accept_language=tongue, hx_request="true")

    assert read(page).tags
    assert "A2;P1" in page.text
    assert part.text.lstrip().startswith('<div id="progress"')
    assert ("hx-trigger" in part.text) == (state in history.RUNNING), "it asks again only while it runs"
    csv = counter.get(f"/sources/imports/{import_id}/refused.csv")
    assert csv.text == "line,reason,detail,row\n3,bad_amount,line 3: no,A2;P1\n"
    if state in history.RUNNING:
        assert counter.post(f"/sources/imports/{import_id}/run", {}).status == 409
        assert counter.post(f"/sources/imports/{import_id}/drop", {}).status == 409


def test_an_import_that_gives_no_sign_of_life_was_stopped_and_may_run_again(counter: Counter) -> None:
    import_id = drafted(counter).rpartition("/")[2]
    now = RealClock().now()
    with counter.state.write() as connection:
        history.start(connection, import_id, again_as="again", machine_now=now - 2 * history.SILENT)
        with pytest.raises(history.ImportRuns):
            history.start(connection, import_id, again_as="x", machine_now=now - 2 * history.SILENT)

        assert history.find(connection, import_id, machine_now=now).state is ImportState.STOPPED
        assert history.start(connection, import_id, again_as="again", machine_now=now) == "again"
        with pytest.raises(history.NoSuchImport):
            history.find(connection, import_id, machine_now=now)


def test_an_import_under_way_is_stopped_on_its_page_and_may_run_again(counter: Counter) -> None:
    place = drafted(counter)
    import_id = place.rpartition("/")[2]
    now = RealClock().now()
    assert counter.post(f"{place}/stop", {}).status == 409
    with counter.state.write() as connection:
        history.start(connection, import_id, again_as="again", machine_now=now)
    assert f"{place}/stop" in counter.get(place).text

    assert counter.post(f"{place}/stop", {}).status == 303

    with counter.state.write() as connection:
        assert not history.move(connection, import_id, ImportState.READING, done=1, whole=2, machine_now=now)
        assert history.find(connection, import_id, machine_now=now).state is ImportState.STOPPED
    page = counter.get(place).text
    assert f"{place}/stop" not in page
    assert f"{place}/run" in page
    assert counter.post(f"{place}/stop", {}).status == 409


def test_an_import_of_another_brand_is_not_there(counter: Counter) -> None:
    place = drafted(counter)
    keys.add_brand(counter.state, keys.Brand(name="other"))
    key = users.add_user(counter.state, name="bo", role=Role.ADMIN, now=counter.clock.now(), for_brands=["other"])
    bearer = {"authorization": f"Bearer {key}"}

    assert counter.get(place, **bearer).status == 404
    assert counter.get(f"{place}/mapping.yaml", **bearer).status == 404
    assert "orders.csv" not in counter.get("/sources/imports", **bearer).text


def test_hostile_cells_are_only_ever_text(counter: Counter) -> None:
    cells = [one.replace('"', '""').replace("\t", " ") for one in HOSTILE]
    rows = "".join(f'"{one}","{one}",1,1,EUR,2025-01-01\n' for one in cells)
    head = "order_id,<script>alert(1)</script>,quantity,unit_price,currency,occurred_at\n"

    place = upload(counter, (head + rows).encode(), name="<img src=x onerror=alert(1)>.csv").headers["location"]

    for target in (place, "/sources", "/sources/imports"):
        assert read(counter.get(target, accept_language="en")).tags


@pytest.mark.slow
def test_an_import_runs_in_a_process_of_its_own_and_is_counted(counter: Counter) -> None:
    import time

    place = drafted(counter)
    import_id = place.rpartition("/")[2]
    text = listed(counter)[0].mapping.replace("  # currency", "  currency: {constant: EUR}\n  # currency")
    with counter.state.write() as connection:
        history.remap(connection, import_id, mapping=text, source="till", brand="main")
    path = listed(counter)[0].files[0]

    assert counter.post(f"{place}/run", {}).status == 303
    assert counter.post(f"{place}/run", {}).status == 409
    deadline = time.monotonic() + 60
    while listed(counter)[0].is_running and time.monotonic() < deadline:
        time.sleep(0.2)

    taken = listed(counter)[0]
    assert (taken.state, taken.read, taken.accepted, taken.refused) == (ImportState.DONE, 2, 1, 1), taken
    assert not path.exists(), "the uploaded copy is deleted"


def test_a_draft_reads_what_it_writes() -> None:
    from comptoir.sources.kinds import ORDERS as KIND

    draft = drafts.Draft(
        kind=KIND,
        columns={"order_id": "N°", "quantity": "Qté: {x}"},
        constants={"currency": "EUR"},
        date_format="%d/%m/%Y",
        zone="Europe/Paris",
        decimal=",",
    )

    assert drafts.read(draft.text()) == draft
    assert drafts.read("kind: orders\nwhere: {a: b}\nfields: {}") is None
    assert drafts.read("kind: orders\nfields: {order_id: '{a}-{b}'}") is None
    assert drafts.read("- x") is None
    assert draft.lacking == ("occurred_at", "unit_price|amount")
    assert replace(draft, constants={}).lacking == ("currency", "occurred_at", "unit_price|amount")
