"""The audience lane's own rooms: what is kept of a view, the salt of the day, counts, archive and its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.audience import hit, store
from comptoir.audience.hit import Hit, View
from comptoir.audience.salt import Salts
from comptoir.audience.store import Count, Store, first_day
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool

TODAY = date(2026, 11, 22)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def page(url: str, referrer: str = "") -> hit.Page | None:
    return hit.page_of(View(url=url, referrer=referrer))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://shop.example/lampes?email=ann@example.org#x", "/lampes"),
        ("https://shop.example", "/"),
        ("https://shop.example/order/100245/ok", "/order/…/ok"),
        ("https://shop.example/reset/ann%40example.org", "/reset/…"),
        ("https://shop.example/s/0193ffffffff7fffbfffffffffffffff", "/s/…"),
        ("https://shop.example/p/lampe-de-bureau-42", "/p/lampe-de-bureau-42"),
        (
            "https://shop.example/p/une-longue-lampe-de-bureau-en-metal-noir-mat",
            "/p/une-longue-lampe-de-bureau-en-metal-noir-mat",
        ),
        ("https://shop.example/t/eyJhbGciOiJIUzI1.eyJzdWIiOiJhbm4i.c2lnbmF0dXJl4x", "/t/…"),
        ("https://shop.example/i/dGhpc2lzYXRva2Vu9Q", "/i/…"),
        ("https://shop.example/a.jsp;jsessionid=1A53F63B728B03B07199A44E", "/…"),
        ("https://shop.example/u/0193ffff-ffff-7fff-bfff-ffffffffffff/x", "/u/…/x"),
    ],
)
def test_of_an_address_only_the_path_is_kept_without_what_names_one_person(url: str, path: str) -> None:
    found = page(url)

    assert found is not None
    assert found.path == path


def test_of_a_referrer_only_another_sites_host_is_kept() -> None:
    assert page("https://shop.example/", "https://www.google.com/search?q=ann") == ("/", "google.com", "")
    assert page("https://shop.example/a", "https://shop.example/b?c=1") == ("/a", "", "")
    assert page("https://shop.example/?utm_source=news&utm_campaign=ann@example.org") == ("/", "", "news / …")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "//x", "file:///etc/passwd", "https://[", "https://"])
def test_what_is_no_page_is_none(url: str) -> None:
    assert page(url) is None


@given(st.binary(max_size=200), st.text(max_size=100), st.text(max_size=100))
def test_whatever_is_sent_breaks_nothing(body: bytes, url: str, agent: str) -> None:
    hit.read(body)
    hit.page_of(View(url=url, referrer=url))
    hit.page_of(View(url="https://a.example/" + url, referrer="https://" + url))
    hit.device_of(agent)
    hit.country_of(url)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, "phone"), (DESKTOP, "desktop"), ("Mozilla/5.0 (iPad; CPU OS 19_0) Safari", "tablet"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", None),
        ("curl/8.0", None),
        ("", None),
    ],
)  # fmt: skip
def test_machines_are_not_counted_and_devices_are_told_apart(agent: str, device: str | None) -> None:
    assert hit.device_of(agent) == device


def test_the_country_is_that_of_the_first_language_that_names_one() -> None:
    assert [hit.country_of(one) for one in ("fr-FR,fr;q=0.9", "fr,en-GB;q=0.8", "zh-Hant-TW", "fr", "")] == [
        "FR", "GB", "TW", "", "",
    ]  # fmt: skip


def test_the_salt_lives_a_day_and_dies_with_the_door() -> None:
    first, again = Salts(), Salts()
    first.turn("2026-11-22")
    again.turn("2026-11-22")
    ann = first.hashed("visitor", "main", "203.0.113.77", DESKTOP)

    assert first.hashed("visitor", "main", "203.0.113.77", DESKTOP) == ann
    assert again.hashed("visitor", "main", "203.0.113.77", DESKTOP) != ann
    first.turn("2026-11-22")
    assert first.hashed("visitor", "main", "203.0.113.77", DESKTOP) == ann
    first.turn("2026-11-23")
    assert first.hashed("visitor", "main", "203.0.113.77", DESKTOP) != ann


# ── counted


def made(number: int, day: date = TODAY, **fields: object) -> Hit:
    plain: dict[str, object] = {
        "day": day.isoformat(), "brand": "main", "source": "site",
        "visitor": f"v{number % 3}", "hash": f"h{day}-{number}", "path": f"/p{number % 2}",
        "device": "phone", "country": "FR",
    }  # fmt: skip
    return Hit(**(plain | fields))  # type: ignore[arg-type]


class House:
    """A folder with a spool and a store."""

    def __init__(self, folder: Path) -> None:
        self.spool, self.store = SqliteSpool(folder / store.SPOOL), Store(folder)

    def say(self, hits: Sequence[Hit]) -> None:
        texts = [msgspec.json.encode(one) for one in hits]
        self.spool.append([Parcel(b"\n".join(texts), len(texts))])


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_views_and_visitors_are_counted_by_day_and_by_what_they_saw(house: House) -> None:
    house.say([made(number, visitor=f"v{number % 5}") for number in range(30)])
    yesterday = [made(30 + number, TODAY - timedelta(days=1), visitor=f"v{number}") for number in range(5)]
    house.say([msgspec.structs.replace(one, referrer="google.com") for one in yesterday])

    assert (house.store.take(house.spool), house.store.take(house.spool)) == (35, 0)

    found = house.store.report("main", TODAY - timedelta(days=2), TODAY)
    assert [(one.views, one.visitors) for one in found.days] == [(0, 0), (5, 5), (30, 5)]
    assert (found.views, found.visitors) == (35, 10)
    assert [(one.value, one.views, one.visitors) for one in found.tops["path"]] == [("/p0", 18, 8), ("/p1", 17, 7)]
    assert [(one.value, one.views) for one in found.tops["referrer"]] == [("google.com", 5)]
    assert house.store.report("other", TODAY, TODAY).views == 0


def test_what_is_sent_twice_counts_once_and_what_cannot_be_read_is_counted_too(house: House) -> None:
    house.say([made(1), made(1)])
    house.spool.append([Parcel(b"not json", 1)])
    house.say([made(1)])
    house.store.take(house.spool)

    told = house.store.equation()
    assert (told.received, told.stored, told.duplicates, told.unreadable) == (4, 1, 2, 1)
    assert house.store.report("main", TODAY, TODAY).views == 1


def test_a_flood_of_addresses_leaves_the_store_small(house: House) -> None:
    house.say([made(number, path=f"/{number}x") for number in range(store.MOST_VALUES + 200)])
    house.store.take(house.spool)

    assert house.store.report("main", TODAY, TODAY).views == store.MOST_VALUES + 200
    with closing(sqlite3.connect(house.store.path)) as connection:
        told = connection.execute("SELECT what, count(*) FROM counts GROUP BY what").fetchall()
    assert dict(told) == {
        "total": 1,
        "path": store.MOST_VALUES,
        "referrer": 1,
        "campaign": 1,
        "device": 1,
        "country": 1,
    }


def test_a_restored_home_counts_on_with_a_new_spool(house: House, tmp_path: Path) -> None:
    house.say([made(1), made(2)])
    house.store.take(house.spool)
    house.spool.close()
    for file in tmp_path.glob("spool.db*"):
        file.unlink()

    house.spool = SqliteSpool(tmp_path / store.SPOOL)
    house.say([made(3)])

    assert house.store.take(house.spool) == 1
    assert house.store.report("main", TODAY, TODAY).views == 3


def test_hits_go_to_the_archive_and_are_gone_after_the_months_to_the_day_while_counts_stay(
    house: House, tmp_path: Path
) -> None:
    days = [TODAY - timedelta(days=ago) for ago in (0, 1, 2, 40)] + [date(2024, 10, 22), date(2024, 10, 21)]
    for day in days:
        house.say([made(number, day) for number in range(3)])
    house.store.take(house.spool)

    house.store.tidy(TODAY)
    house.store.tidy(TODAY)

    kept = sorted(folder.name for folder in (tmp_path / "archive").iterdir())
    assert kept == ["day=2024-10-22", "day=2026-10-13", "day=2026-11-20"]
    rows = pq.read_table(tmp_path / "archive" / kept[1] / "hits.parquet", partitioning=None).to_pylist()
    assert len(rows) == 3
    assert sum(house.store.report("main", day, day).views for day in days) == 18, "counts stay"
    house.store.tidy(TODAY + timedelta(days=1))
    assert "day=2024-10-22" not in {folder.name for folder in (tmp_path / "archive").iterdir()}


def test_counts_can_be_made_again_from_the_archive(house: House) -> None:
    day = TODAY - timedelta(days=5)
    house.say([made(number, day, visitor=f"v{number % 8}", path=f"/p{number // 8 % 2}") for number in range(32)])
    house.store.take(house.spool)
    before = house.store.report("main", day, day)
    house.store.tidy(TODAY)
    with closing(sqlite3.connect(house.store.path)) as connection:
        connection.execute("DELETE FROM counts")
        connection.commit()

    assert house.store.recount() == 32
    assert house.store.report("main", day, day) == before
    assert before.tops["path"] == (Count("/p0", 16, 8), Count("/p1", 16, 8))


def test_a_view_that_comes_in_late_joins_its_day(house: House) -> None:
    day = TODAY - timedelta(days=5)
    house.say([made(1, day)])
    house.store.take(house.spool)
    house.store.tidy(TODAY)
    house.say([made(2, day), made(1, day)])
    house.store.take(house.spool)
    assert house.store.report("main", day, day).views >= 2, "what is in the archive counts on"
    house.store.tidy(TODAY)

    assert house.store.report("main", day, day).views == 2
    assert house.store.recount() == 2
    assert house.store.report("main", day, day).views == 2


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 22), 25, date(2024, 10, 22)), (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)), (date(2026, 12, 31), 1, date(2026, 11, 30)),
        (date(2028, 3, 30), 25, date(2026, 2, 28)),
    ],
)  # fmt: skip
def test_months_end_on_the_day(today: date, months: int, first: date) -> None:
    assert first_day(today, months) == first


def test_a_hit_holds_nothing_but_what_is_written_down_here() -> None:
    assert set(Hit.__struct_fields__) == {
        "day", "brand", "source", "visitor", "hash", "path", "referrer", "campaign", "device", "country",
    }  # fmt: skip
    assert set(store.View._fields) == set(Hit.__struct_fields__) - {"visitor"} | {"first_of"}


# ── small numbers


def test_a_number_that_few_saw_is_not_kept_beyond_its_day(house: House, tmp_path: Path) -> None:
    day = TODAY - timedelta(days=2)
    orders = [
        made(number, day, path=f"/order/{4_820 + number}/ok", campaign=f"mail / a{number}b") for number in range(5)
    ]
    shared = [made(10 + number, day, path="/p/42-lampe", visitor=f"w{number}", campaign="ete26") for number in range(3)]
    house.say(orders + shared)
    house.store.take(house.spool)

    house.store.tidy(TODAY)

    rows = pq.read_table(tmp_path / "archive" / f"day={day}" / "hits.parquet", partitioning=None).to_pylist()
    assert sorted({row["path"] for row in rows}) == ["/order/…/ok", "/p/42-lampe"]
    assert sorted({row["campaign"] for row in rows}) == ["ete26", "mail / …"]
    with closing(sqlite3.connect(house.store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM hits").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM firsts").fetchone() == (0,)
        counted = {value: (views, visitors) for value, views, visitors in connection.execute(
            "SELECT value, views, visitors FROM counts WHERE what = 'path'")}  # fmt: skip
    assert counted == {"/order/…/ok": (5, 3), "/p/42-lampe": (3, 3)}
    house.store.recount()
    assert house.store.report("main", day, day).visitors == 6


def test_what_fewer_than_five_visitors_share_is_in_the_totals_and_in_no_list(house: House) -> None:
    few = [made(number, visitor=f"v{number}", path="/few", referrer="ann.example", country="IS") for number in range(4)]
    many = [made(9 + number, visitor=f"w{number}", path="/many", referrer="google.com") for number in range(5)]
    house.say(few + many)
    house.store.take(house.spool)

    found = house.store.report("main", TODAY, TODAY)

    assert (found.views, found.visitors) == (9, 9)
    assert [one.value for one in found.tops["path"]] == ["/many"]
    assert [one.value for one in found.tops["referrer"]] == ["google.com"]
    assert [one.value for one in found.tops["country"]] == ["FR"]


def test_beyond_the_months_even_the_counts_of_few_are_deleted(house: House) -> None:
    old, young = date(2024, 10, 21), date(2024, 10, 22)
    for day in (old, young):
        house.say([made(number, day, visitor=f"v{number}", path="/many") for number in range(5)])
        house.say([made(9, day, visitor="ann", path="/few")])
    house.store.take(house.spool)

    house.store.tidy(TODAY)

    with closing(sqlite3.connect(house.store.path)) as connection:
        asked = "SELECT day, value FROM counts WHERE what = 'path' ORDER BY day, value"
        assert connection.execute(asked).fetchall() == [
            (str(old), "/many"), (str(young), "/few"), (str(young), "/many"),
        ]  # fmt: skip
    assert [house.store.report("main", day, day).views for day in (old, young)] == [6, 6]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["/a", "/b/1", "/b/2", "/c"])), max_size=60))
def test_a_day_counted_as_it_came_and_counted_anew_have_the_same_totals(said: list[tuple[int, str]]) -> None:
    day = TODAY - timedelta(days=2)
    with TemporaryDirectory() as folder:
        house = House(Path(folder))
        hits = [made(number, day, visitor=f"v{who}", path=path) for number, (who, path) in enumerate(said)]
        for part in (hits[:20], hits[20:]):
            if part:
                house.say(part)
                house.store.take(house.spool)
        live = house.store.report("main", day, day)
        house.store.tidy(TODAY)
        house.spool.close()

        assert (live.views, live.visitors) == (len(said), len({who for who, _ in said}))
        over = house.store.report("main", day, day)
        assert (over.views, over.visitors) == (live.views, live.visitors)
        assert {one for one in over.tops["path"] if "…" not in one.value} <= set(live.tops["path"])


def test_a_home_of_the_former_version_goes_on_and_loses_what_led_too_far(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text(f"2026-11-22 {'ab' * 32}")
    day = TODAY - timedelta(days=9)
    former = [
        {"day": str(day), "minute": 7, "brand": "main", "source": "site", "visitor": f"v{number % 2}",
         "hash": f"h{number}", "path": "/order/4821", "referrer": "", "campaign": "", "device": "phone", "country": ""}
        for number in range(4)
    ]  # fmt: skip
    folder = tmp_path / "archive" / f"day={day}"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(former), folder / "hits.parquet")
    with closing(sqlite3.connect(tmp_path / store.STORE)) as connection:
        connection.execute(
            "CREATE TABLE hits (day TEXT NOT NULL, hash TEXT NOT NULL, brand TEXT NOT NULL, source TEXT NOT NULL,"
            " minute INTEGER NOT NULL, visitor TEXT NOT NULL, path TEXT NOT NULL, referrer TEXT NOT NULL,"
            " campaign TEXT NOT NULL, device TEXT NOT NULL, country TEXT NOT NULL, PRIMARY KEY (day, hash))"
            " WITHOUT ROWID"
        )
        connection.execute(
            "INSERT INTO hits VALUES (?, 'h', 'main', 'site', 7, 'v', '/', '', '', 'phone', '')", (str(TODAY),)
        )
        connection.commit()
    house = House(tmp_path)

    house.say([made(1)])
    house.store.take(house.spool)
    house.store.tidy(TODAY)

    assert not (tmp_path / "salt").exists()
    rows = pq.read_table(folder / "hits.parquet", partitioning=None).to_pylist()
    assert {row["path"] for row in rows} == {"/order/…"}
    assert not {"visitor", "minute"} & set(rows[0])
    assert house.store.recount() == 4
    assert house.store.report("main", day, day).visitors == 2
    house.store.tidy(TODAY + timedelta(days=2))
    assert house.store.report("main", TODAY, TODAY).views == 2
