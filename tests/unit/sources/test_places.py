"""Places rows are fetched from: folders, files at an address, databases."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from comptoir.safe_http import Client
from comptoir.sources.pulls.base import (
    Fate,
    Look,
    PlaceAway,
    PlaceBarred,
    PlaceForbids,
    PlaceNeeds,
    PlaceNotThere,
    PlaceStrange,
)
from comptoir.sources.pulls.folder import Folder
from comptoir.sources.pulls.rest import TRIES, Rest
from comptoir.sources.pulls.sql import Sql
from comptoir.sources.pulls.web import Web
from tests.place import Asked, Place, Say, as_json, making

CSV = b"id,name\n1,ann\n2,bob\n"


# ── a folder ──


def folder(tmp_path: Path, **options: str) -> Folder:
    drop = tmp_path / "drop"
    drop.mkdir(exist_ok=True)
    return Folder.made(making(tmp_path, {"folder": "drop", "pattern": "*", "quiet_seconds": "0", **options}))


def drop(tmp_path: Path, name: str, body: bytes = CSV, *, age: float = 60) -> Path:
    path = tmp_path / "drop" / name
    path.write_bytes(body)
    at = path.stat().st_mtime - age
    os.utime(path, (at, at))
    return path


def test_a_file_that_was_taken_lies_in_done_with_a_report(tmp_path: Path) -> None:
    place = folder(tmp_path)
    drop(tmp_path, "a.csv")

    (batch,) = place.fetch("files", "")
    assert batch.path.read_bytes() == CSV
    assert batch.settled is not None
    batch.settled(Fate(read=2, stored=1, refused=1))

    names = sorted(one.name for one in (tmp_path / "drop" / "done").iterdir())
    assert names == ["a.csv", "a.csv.report.txt"]
    assert "1 stored, 0 known already, 1 refused" in (tmp_path / "drop/done/a.csv.report.txt").read_text()
    assert list(place.fetch("files", "")) == []


def test_a_file_that_cannot_be_read_lies_in_refused_with_the_reason(tmp_path: Path) -> None:
    place = folder(tmp_path)
    drop(tmp_path, "a.csv")
    (batch,) = place.fetch("files", "")
    assert batch.settled is not None

    batch.settled(Fate(problem="no rows"))

    assert (tmp_path / "drop/refused/a.csv").exists()
    assert "no rows" in (tmp_path / "drop/refused/a.csv.report.txt").read_text()


def test_a_file_that_may_still_grow_is_left_alone(tmp_path: Path) -> None:
    place = folder(tmp_path, quiet_seconds="30")
    drop(tmp_path, "old.csv", age=60)
    drop(tmp_path, "young.csv", age=5)

    assert [one.name for one in place.fetch("files", "")] == ["old.csv"]


def test_a_file_that_is_written_to_while_it_is_read_comes_again(tmp_path: Path) -> None:
    place = folder(tmp_path)
    drop(tmp_path, "a.csv")
    (batch,) = place.fetch("files", "")
    batch.path.write_bytes(CSV + b"3,cec\n")
    assert batch.settled is not None

    batch.settled(Fate(read=2, stored=2))

    assert (tmp_path / "drop/a.csv").read_bytes() == CSV + b"3,cec\n"
    assert not (tmp_path / "drop/done").exists()


def test_a_file_of_the_same_name_that_comes_meanwhile_waits_for_its_turn(tmp_path: Path) -> None:
    place = folder(tmp_path)
    drop(tmp_path, "a.csv")
    (first,) = place.fetch("files", "")
    drop(tmp_path, "a.csv", b"id\n9\n")
    assert first.settled is not None
    first.settled(Fate())

    (second,) = place.fetch("files", "")
    assert second.settled is not None
    second.settled(Fate())

    kept = {one.name: one.read_bytes() for one in (tmp_path / "drop/done").glob("*.csv")}
    assert kept == {"a.csv": CSV, "a-2.csv": b"id\n9\n"}


def test_what_a_run_that_died_had_taken_comes_first(tmp_path: Path) -> None:
    place = folder(tmp_path)
    drop(tmp_path, "z.csv")
    next(place.fetch("files", ""))
    drop(tmp_path, "a.csv")

    assert [one.name for one in place.fetch("files", "")] == ["z.csv", "a.csv"]


def test_links_hidden_files_and_other_names_are_not_taken(tmp_path: Path) -> None:
    place = folder(tmp_path, pattern="*.csv")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(CSV)
    (tmp_path / "drop" / "link.csv").symlink_to(secret)
    for name in (".a.csv", "a.csv.part", "b.txt"):
        drop(tmp_path, name)

    assert place.look() == Look(says="0 files wait")
    assert list(place.fetch("files", "")) == []


@pytest.mark.parametrize("said", ["..", "/etc", "drop/../.."])
def test_a_folder_that_nobody_named_is_not_read(tmp_path: Path, said: str) -> None:
    inner = tmp_path / "home"
    inner.mkdir()
    with pytest.raises(PlaceBarred):
        Folder.made(making(inner, {"folder": said, "quiet_seconds": "0"}))


# ── an address ──


def web(tmp_path: Path, place: Place, waits: list[float] | None = None, **options: str) -> Web:
    return Web.made(making(tmp_path, {"url": f"{place.url}/export/orders.csv", **options}, waits=waits))


def test_a_file_at_an_address_is_fetched_once_until_it_changes(tmp_path: Path) -> None:
    body = CSV

    def answer(asked: Asked) -> Say:
        if asked.headers.get("if-none-match") == f'"{len(body)}"':
            return Say(status=304)
        return Say(body=body, headers={"ETag": f'"{len(body)}"'})

    with Place(answer) as place:
        pull = web(tmp_path, place)
        (first,) = pull.fetch("file", "")
        assert first.cursor is not None
        assert first.name == "orders.csv"
        assert list(pull.fetch("file", first.cursor)) == []
        body += b"3,cec\n"
        (again,) = pull.fetch("file", first.cursor)

        assert again.path.read_bytes() == body
        assert place.asked[1].headers["if-none-match"] == '"20"'


def test_a_server_that_names_no_version_sends_the_same_file_again_and_it_is_known(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=CSV)) as place:
        pull = web(tmp_path, place)
        (first,) = pull.fetch("file", "")
        assert first.cursor is not None
        assert list(pull.fetch("file", first.cursor)) == []


def test_who_is_busy_is_asked_again_and_left_alone_as_long_as_it_says(tmp_path: Path) -> None:
    answers = [Say(status=500), Say(status=429, headers={"Retry-After": "7"}), Say(body=CSV)]
    waits: list[float] = []
    with Place(lambda _: answers.pop(0)) as place:
        (batch,) = web(tmp_path, place, waits).fetch("file", "")

    assert batch.path.read_bytes() == CSV
    assert waits == [2.0, 7.0]


def test_half_a_file_is_never_given_and_the_whole_is_when_it_comes(tmp_path: Path) -> None:
    answers = [Say(body=CSV, sends=9), Say(body=CSV)]
    with Place(lambda _: answers.pop(0)) as place:
        (batch,) = web(tmp_path, place).fetch("file", "")
    assert batch.path.read_bytes() == CSV


def test_who_never_answers_is_given_up_after_a_few_tries(tmp_path: Path) -> None:
    waits: list[float] = []
    with Place(lambda _: Say(status=503)) as place, pytest.raises(PlaceAway):
        list(web(tmp_path, place, waits).fetch("file", ""))
    assert waits == [2.0, 4.0, 8.0, 16.0]
    assert len(place.asked) == TRIES


def test_who_hangs_is_left(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=CSV, hangs=30)) as place:
        made = making(tmp_path, {"url": f"{place.url}/x"})
        from dataclasses import replace

        quick = replace(made, http=Client(private_hosts=("127.0.0.1",), seconds=0.1))
        with pytest.raises(PlaceAway):
            list(Web.made(quick).fetch("file", ""))


@pytest.mark.parametrize(
    ("status", "error"), [(401, PlaceForbids), (403, PlaceForbids), (404, PlaceNotThere), (418, PlaceStrange)]
)
def test_a_refusal_is_told_at_once(tmp_path: Path, status: int, error: type[Exception]) -> None:
    with Place(lambda _: Say(status=status)) as place, pytest.raises(error):
        list(web(tmp_path, place).fetch("file", ""))
    assert len(place.asked) == 1


def test_a_password_and_a_token_are_sent_as_their_kind_wants(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=CSV)) as place:
        list(web(tmp_path, place, access="basic", user="ann", password="p:w").fetch("file", ""))
        list(web(tmp_path, place, access="bearer", password="t0k").fetch("file", ""))
    assert [one.headers["authorization"] for one in place.asked] == ["Basic YW5uOnA6dw==", "Bearer t0k"]


def test_credentials_do_not_follow_to_another_host(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=CSV)) as other:
        moved = Say(status=302, headers={"Location": f"{other.url}/there"})
        with Place(lambda _: moved) as place:
            (batch,) = web(tmp_path, place, access="bearer", password="t0k").fetch("file", "")
        assert batch.path.read_bytes() == CSV
        assert "authorization" not in other.asked[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.0.0.1/x",
        "https://2130706433/",
    ],
)
def test_the_own_network_is_not_reached(tmp_path: Path, url: str) -> None:
    from dataclasses import replace

    made = replace(making(tmp_path, {"url": url}), http=Client(seconds=1.0))
    with pytest.raises((PlaceBarred, PlaceAway)) as caught:
        list(Web.made(made).fetch("file", ""))
    assert caught.type is PlaceBarred or "not a public address" in str(caught.value)


def test_being_sent_on_into_the_own_network_ends_there(tmp_path: Path) -> None:
    moved = Say(status=302, headers={"Location": "https://10.0.0.1/secret"})
    with Place(lambda _: moved) as place, pytest.raises(PlaceAway, match="not a public address"):
        list(web(tmp_path, place).fetch("file", ""))


def test_what_is_no_json_is_said_to_be_none(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=b"<html>")) as place, pytest.raises(PlaceStrange):
        Rest.of(making(tmp_path, {}), place.url, {}).get("x")


def test_amounts_stay_as_they_are_written(tmp_path: Path) -> None:
    with Place(lambda _: Say(body=b'{"a": 0.10, "b": 12345678901234567890}')) as place:
        page = Rest.of(making(tmp_path, {}), place.url, {}).get("x", {"since": "2026-01-01T00:00:00+00:00"})
    assert page.body == {"a": "0.10", "b": 12345678901234567890}
    assert place.asked[0].query == {"since": "2026-01-01T00:00:00+00:00"}
    assert as_json({}).status == 200


# ── a database ──


def database(tmp_path: Path) -> sqlite3.Connection:
    made = sqlite3.connect(tmp_path / "shop.db")
    made.execute("CREATE TABLE IF NOT EXISTS sales (id INTEGER, sku TEXT, price NUMERIC, changed TEXT)")
    return made


def sql(tmp_path: Path, **options: str) -> Sql:
    return Sql.made(making(tmp_path, {"url": "sqlite:///shop.db", "what": "sales", **options}))


def test_a_table_is_fetched_from_the_last_value_on(tmp_path: Path) -> None:
    with database(tmp_path) as shop:
        shop.executemany("INSERT INTO sales VALUES (?, 'lamp', 9.5, ?)", [(n, f"2026-11-{n:02}") for n in (3, 1, 2)])
    pull = sql(tmp_path, grows="changed", key="id")

    (batch,) = pull.fetch("rows", "")
    first = batch.path.read_text()
    assert [line.split('"')[3] for line in first.splitlines()] == ["1", "2", "3"]
    assert batch.row_id == "{id} {changed}"
    assert batch.cursor is not None
    with database(tmp_path) as shop:
        shop.execute("INSERT INTO sales VALUES (4, 'vase', 1, '2026-11-03')")
        shop.execute("INSERT INTO sales VALUES (5, 'vase', 1, '2026-11-04')")
    (batch,) = pull.fetch("rows", batch.cursor)

    assert [line.split('"')[3] for line in batch.path.read_text().splitlines()] == ["3", "4", "5"]


def test_a_select_and_a_table_without_a_growing_column_come_whole(tmp_path: Path) -> None:
    with database(tmp_path) as shop:
        shop.execute("INSERT INTO sales VALUES (1, 'it''s :x', 1, NULL)")
    pull = sql(tmp_path, what="SELECT sku AS product, id FROM sales WHERE sku LIKE '%:x' ;")

    assert pull.look() == Look(says="2 columns", items=("product", "id"))
    (batch,) = pull.fetch("rows", "")
    assert batch.path.read_text() == '{"product":"it\'s :x","id":"1"}\n'
    assert batch.cursor is None


@pytest.mark.parametrize(
    "what",
    [
        "DELETE FROM sales",
        "SELECT 1; DROP TABLE sales",
        "sales; x",
        "UPDATE sales SET id = 1",
        "ATTACH 'x' AS y",
        "a b",
    ],
)
def test_a_question_that_does_more_than_read_is_refused(tmp_path: Path, what: str) -> None:
    with pytest.raises(PlaceNeeds):
        sql(tmp_path, what=what)


@pytest.mark.parametrize(
    "url", ["sqlite:////etc/passwd", "sqlite:///../other.db", "postgresql://db.internal/x", "mysql://127.0.0.1/x"]
)
def test_a_database_that_nobody_named_is_not_asked(tmp_path: Path, url: str) -> None:
    inner = tmp_path / "home"
    inner.mkdir()
    with pytest.raises(PlaceBarred):
        Sql.made(making(inner, {"url": url, "what": "sales"}))


def test_a_growing_column_wants_a_key_and_both_must_be_there(tmp_path: Path) -> None:
    database(tmp_path).close()
    with pytest.raises(PlaceNeeds):
        sql(tmp_path, grows="changed")
    with pytest.raises(PlaceNotThere):
        sql(tmp_path, grows="grown", key="id").look()
    with pytest.raises(PlaceNotThere):
        sql(tmp_path, what="nowhere").look()
    with pytest.raises(PlaceNotThere):
        sql(tmp_path, url="sqlite:///other.db").look()
    assert not (tmp_path / "other.db").exists()
