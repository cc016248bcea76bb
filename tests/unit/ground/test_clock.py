from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from comptoir.clock import ManualClock, RealClock, ScaledClock, instant, micros, monotonic

aware = st.datetimes(
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-9, minutes=-30))]
    )
).filter(lambda at: datetime(2, 1, 1, tzinfo=UTC) < at < datetime(9998, 1, 1, tzinfo=UTC))


@given(aware)
def test_an_instant_survives_its_microseconds(at: datetime) -> None:
    assert instant(micros(at)) == at


@given(aware, aware)
def test_microseconds_keep_the_order_of_instants(one: datetime, other: datetime) -> None:
    assert (micros(one) < micros(other)) == (one < other)


def test_microseconds_before_1970_are_negative() -> None:
    assert micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_manual_clock_stands_still_until_moved(clock: ManualClock) -> None:
    before = clock.now()

    assert clock.now() == before
    assert clock.advance(timedelta(minutes=25)) == before + timedelta(minutes=25)
    assert clock.now() == before + timedelta(minutes=25)


def test_a_scaled_clock_runs_as_fast_as_it_is_told() -> None:
    start = datetime(2019, 10, 1, tzinfo=UTC)
    since = RealClock().now() - timedelta(seconds=10)
    fast = ScaledClock(start=start, since=since, speed=60)

    elapsed = fast.now() - start

    assert timedelta(minutes=10) <= elapsed < timedelta(minutes=11)


def test_the_real_clock_is_aware_and_in_utc() -> None:
    assert RealClock().now().tzinfo is UTC


def test_the_steady_clock_never_goes_back() -> None:
    seen = [monotonic() for _ in range(100)]

    assert seen == sorted(seen)
