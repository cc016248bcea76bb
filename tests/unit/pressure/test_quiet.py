from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.pressure.quiet import Place, Quiet, first_instant, is_holiday, opens_at, place_of

NIGHT = Quiet(begins=time(21), ends=time(8))
PARIS = ZoneInfo("Europe/Paris")
ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kolkata",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_night_ends_in_the_morning_where_the_person_lives() -> None:
    late = at("2026-03-03T22:30:00+00:00")

    assert opens_at(NIGHT, PARIS, "FR", late) == at("2026-03-04T07:00:00+00:00")
    assert opens_at(NIGHT, ZoneInfo("Asia/Kathmandu"), "NP", late) == at("2026-03-04T02:15:00+00:00")  # + 5:45
    assert opens_at(NIGHT, ZoneInfo("America/Martinique"), "FR", late) == late


def test_a_sunday_and_a_holiday_that_follow_each_other_are_one_long_quiet() -> None:
    quiet = Quiet(begins=time(21), ends=time(8), sundays=True, holidays=True)
    saturday_night = at("2026-04-04T20:00:00+00:00")

    opens = opens_at(quiet, PARIS, "FR", saturday_night)  # Easter Monday is a holiday in France

    assert opens == at("2026-04-07T06:00:00+00:00")
    assert opens_at(quiet, ZoneInfo("America/New_York"), "US", saturday_night) == saturday_night


def test_holidays_are_those_of_the_country() -> None:
    assert is_holiday("FR", date(2026, 7, 14))
    assert not is_holiday("DE", date(2026, 7, 14))
    assert not is_holiday("XX", date(2026, 7, 14))


def test_the_persons_zone_comes_before_the_countrys_and_that_before_the_brands() -> None:
    quiet = Quiet(zones=(("US", "America/Chicago"),))
    brand = Place(zone="Europe/Paris", country="FR")

    def zone(person: Place) -> tuple[str, str | None]:
        found, country = place_of(quiet, person, brand)
        return found.key, country

    assert zone(Place(zone="Asia/Tokyo", country="US")) == ("Asia/Tokyo", "US")
    assert zone(Place(country="US")) == ("America/Chicago", "US")
    assert zone(Place(country="NP")) == ("Asia/Kathmandu", "NP")
    assert zone(Place(zone="Mars/Olympus")) == ("Europe/Paris", "FR")
    assert zone(Place()) == ("Europe/Paris", "FR")


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2026, 3, 29), "2026-03-29T01:00:00+00:00"),  # 02:30 does not exist: the hole ends at 03:00
        (date(2026, 10, 25), "2026-10-25T00:30:00+00:00"),  # 02:30 comes twice: the first
        (date(2026, 6, 1), "2026-06-01T00:30:00+00:00"),
    ],
)
def test_half_past_two_is_one_instant_on_every_day_of_paris(on: date, expected: str) -> None:
    assert first_instant(on, time(2, 30), PARIS) == at(expected)


def test_a_hole_of_half_an_hour_is_no_trap() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # 2026-10-04: 02:00 becomes 02:30

    assert first_instant(date(2026, 10, 4), time(2, 15), lord_howe) == at("2026-10-03T15:30:00+00:00")


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    begins=st.times(), ends=st.times(), sundays=st.booleans(),
)  # fmt: skip
def test_what_opens_is_open_and_nothing_was_open_before(
    moment: datetime, zone: str, begins: time, ends: time, sundays: bool
) -> None:
    quiet, where = Quiet(begins=begins, ends=ends, sundays=sundays), ZoneInfo(zone)

    opens = opens_at(quiet, where, None, moment)

    assert opens >= moment
    assert opens_at(quiet, where, None, opens) == opens
    assert opens - moment <= timedelta(days=3)
    between = moment + (opens - moment) / 2
    if moment < between < opens:
        assert opens_at(quiet, where, None, between) == opens
