"""When a pull runs by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.sources import schedule
from comptoir.sources.schedule import BadSchedule, Schedule

PARIS = "Europe/Paris"


@pytest.mark.parametrize("said", ["hand", "every:15", "daily:06:30", "every:10080"])
def test_a_schedule_is_written_as_it_is_read(said: str) -> None:
    assert schedule.parse(said).text() == said


@pytest.mark.parametrize(
    "said",
    ["", "hand:1", "every:0", "every:-5", "every:10081", "every:1e3", "daily", "daily:24:00", "daily:6h", "weekly:1"],
)
def test_what_is_no_schedule_is_refused(said: str) -> None:
    with pytest.raises(BadSchedule):
        schedule.parse(said)


def test_by_hand_it_is_never_due() -> None:
    assert schedule.BY_HAND.is_by_hand
    assert schedule.BY_HAND.next(datetime(2026, 11, 22, tzinfo=UTC), PARIS) is None


def test_every_so_many_minutes_counts_from_the_last_run() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert schedule.parse("every:15").next(at, PARIS) == at + timedelta(minutes=15)


def test_a_time_of_the_day_is_one_of_the_brand() -> None:
    daily = schedule.parse("daily:06:30")
    assert daily.next(datetime(2026, 11, 22, 12, tzinfo=UTC), PARIS) == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert daily.next(datetime(2026, 7, 1, 12, tzinfo=UTC), PARIS) == datetime(2026, 7, 2, 4, 30, tzinfo=UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    st.sampled_from([PARIS, "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]),
    st.times(),
)
def test_once_a_day_is_once_a_day_when_the_clocks_change_too(start: datetime, zone: str, at: datetime) -> None:
    from zoneinfo import ZoneInfo

    daily = Schedule(at=at.replace(second=0, microsecond=0))  # type: ignore[arg-type]
    due, days = start.replace(tzinfo=UTC), []
    for _ in range(10):
        after = daily.next(due, zone)
        assert after is not None
        assert timedelta(0) < after - due <= timedelta(hours=26)
        days.append(after.astimezone(ZoneInfo(zone)).date())
        due = after
    assert days == [days[0] + timedelta(days=number) for number in range(10)]
