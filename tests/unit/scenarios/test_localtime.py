from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import localtime
from comptoir.localtime import instant_of, next_local, read_cron, zone_of

ZONES = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]


def test_an_hour_that_is_skipped_happens_when_the_clocks_are_set_forward() -> None:
    assert instant_of(datetime(2026, 3, 29, 2, 30), "Europe/Paris") == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_half_an_hour_that_is_skipped_too() -> None:
    at = instant_of(datetime(2026, 10, 4, 2, 15), "Australia/Lord_Howe")

    assert at == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
    assert at.astimezone(zone_of("Australia/Lord_Howe")).time() == time(2, 30)


def test_an_hour_that_comes_twice_is_its_first_coming() -> None:
    assert instant_of(datetime(2026, 10, 25, 2, 30), "Europe/Paris") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("line", ["30 2 * * *", "0 9 * * *", "45 23 * * *", "0 0 * * *"])
def test_a_daily_schedule_runs_exactly_once_on_every_day_of_a_year(zone: str, line: str) -> None:
    cron = read_cron(line)
    assert cron is not None
    at = datetime(2026, 1, 1, tzinfo=UTC)
    days: list[date] = []
    while at < datetime(2027, 1, 1, tzinfo=UTC):
        found = cron.after(at, zone)
        assert found is not None
        days.append(found.astimezone(zone_of(zone)).date())
        at = found

    assert len(days) == len(set(days))
    assert [one - other for one, other in zip(days[1:], days, strict=False)] == [timedelta(days=1)] * (len(days) - 1)


@given(
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 12, 31), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
    shown=st.times(timezones=st.none()).map(lambda one: one.replace(second=0, microsecond=0, fold=0)),
)
def test_the_next_time_of_day_is_never_before_and_within_two_days(at: datetime, zone: str, shown: time) -> None:
    found = next_local(at, zone, shown)

    assert at <= found <= at + timedelta(days=2)
    local = found.astimezone(zone_of(zone))
    skipped = instant_of(datetime.combine(local.date(), shown), zone) == found
    assert local.time().replace(fold=0) == shown or skipped


@pytest.mark.parametrize(
    ("line", "after", "then"),
    [
        ("30 9 * * 1", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), datetime(2026, 3, 9, 8, 30, tzinfo=UTC)),
        ("0 12 29 2 *", datetime(2026, 3, 2, tzinfo=UTC), datetime(2028, 2, 29, 11, tzinfo=UTC)),
        ("*/20 8-9 * * *", datetime(2026, 3, 2, 7, 41, tzinfo=UTC), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
        ("0 0 1 * 0", datetime(2026, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 7, 23, tzinfo=UTC)),
    ],
)
def test_a_crontab_is_read_as_crontabs_are(line: str, after: datetime, then: datetime) -> None:
    cron = read_cron(line)

    assert cron is not None
    assert cron.after(after, "Europe/Paris") == then


@pytest.mark.parametrize("line", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "a * * * *", "*/0 * * * *"])
def test_what_is_no_crontab_is_refused(line: str) -> None:
    assert read_cron(line) is None


def test_a_zone_nobody_knows_is_not_taken_for_one() -> None:
    assert not localtime.is_zone("Mars/Base")
    assert localtime.zone_of_person("Mars/Base", "FR", "America/New_York") == "Europe/Paris"
    assert localtime.zone_of_person(None, "US", "America/New_York") == "America/New_York"
    assert localtime.zone_of_person("Asia/Tokyo", "FR", "America/New_York") == "Asia/Tokyo"
