"""The audience lane's own rooms: what is kept of a view, the salt of the day, counts, archive and its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.audience import hit, salt, store
from comptoir.audience.hit import Hit, View
from comptoir.audience.salt import Salts
from comptoir.audience.store import Store, first_day
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


def test_the_salt_lives_a_day_survives_a_restart_and_is_nowhere_afterwards(tmp_path: Path) -> None:
    first = Salts(tmp_path / "salt")
    first.turn("2026-11-22")
    ann = first.hashed("visitor", "main", "203.0.113.77", DESKTOP)
    again = Salts(tmp_path / "salt")
    again.turn("2026-11-22")
    assert again.hashed("visitor", "main", "203.0.113.77", DESKTOP) == ann
    assert (tmp_path / "salt").stat().st_mode & 0o777 == 0o600

    old = first.salt
    first.turn("2026-11-23")
    assert first.hashed("visitor", "main", "203.0.113.77", DESKTOP) != ann
    assert not any(old.hex() in file.read_text() for file in tmp_path.iterdir())
    assert salt.end(tmp_path / "salt", "2026-11-23") is False
    assert salt.end(tmp_path / "salt", "2026-11-24") is True
    assert list(tmp_path.iterdir()) == []


# ── counted


def made(number: int, day: date = TODAY, **fields: object) -> Hit:
    plain: dict[str, object] = {
        "day": day.isoformat(), "minute": number % 1_440, "brand": "main", "source": "site",
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
    house.say([made(number) for number in range(6)])
    house.say([made(7, TODAY - timedelta(days=1), referrer="google.com", visitor="v0")])

    assert (house.store.take(house.spool), house.store.take(house.spool)) == (7, 0)

    found = house.store.report("main", TODAY - timedelta(days=2), TODAY)
    assert [(one.views, one.visitors) for one in found.days] == [(0, 0), (1, 1), (6, 3)]
    assert (found.views, found.visitors) == (7, 4)
    assert [(one.value, one.views, one.visitors) for one in found.tops["path"]] == [("/p1", 4, 4), ("/p0", 3, 3)]
    assert [(one.value, one.views) for one in found.tops["referrer"]] == [("google.com", 1)]
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
    assert len(house.store.report("main", TODAY, TODAY, most=10_000).tops["path"]) == store.MOST_VALUES


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
    house.say([made(number, day) for number in range(6)])
    house.store.take(house.spool)
    before = house.store.report("main", day, day)
    house.store.tidy(TODAY)

    assert house.store.recount() == 6
    assert house.store.report("main", day, day) == before


def test_a_view_that_comes_in_late_joins_its_day(house: House) -> None:
    day = TODAY - timedelta(days=5)
    house.say([made(1, day)])
    house.store.take(house.spool)
    house.store.tidy(TODAY)
    house.say([made(2, day), made(1, day)])
    house.store.take(house.spool)
    house.store.tidy(TODAY)

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
        "day", "minute", "brand", "source", "visitor", "hash", "path", "referrer", "campaign", "device", "country",
    }  # fmt: skip
    assert json.loads(msgspec.json.encode(made(1)))["minute"] == 1
