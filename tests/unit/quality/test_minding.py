from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from comptoir import minding
from comptoir.config import QualitySettings
from comptoir.minding import Told, addresses, looked, written
from comptoir.quality.scorecard import Alarm, Card, Watch
from tests.shop import START

HOUR = timedelta(hours=1)


def card(*alarms: Alarm, field: str = "email", owner: str = "zoe@shop.example", brand: str = "main") -> Card:
    return Card(
        brand=brand, source="till", field=field, value_count=100, valid_count=70, corrected_count=0, doubtful_count=30,
        refused_count=0, statement_count=100, shared_count=0, distinct_count=100, last_at=START, weeks=(),
        watch=Watch(source="till", field=field, owner=owner), alarms=alarms,
    )  # fmt: skip


def owner(one: Card) -> tuple[str, ...]:
    return addresses(one.watch.owner)


class House:
    """A house whose clock is moved by hours, and who is told what in it."""

    def __init__(self, to_of: Callable[[Card], tuple[str, ...]] = owner) -> None:
        self.now, self.told, self.to_of = START, list[Told](), to_of

    def after(self, hours: int, *cards: Card) -> list[tuple[str, int, int]]:
        """Look after some hours: to whom, how many alarms have risen, and how many are over."""
        self.now += hours * HOUR
        news, self.told = looked(cards, self.told, self.now, self.to_of)
        return [(one.to, len(one.risen), len(one.over)) for one in news]


def test_an_alarm_is_told_once_when_it_rises_and_once_when_it_is_over() -> None:
    house = House()

    assert house.after(0, card()) == []
    assert house.after(1, card(Alarm.BAD)) == [("zoe@shop.example", 1, 0)]
    assert [house.after(1, card(Alarm.BAD)) for _ in range(50)] == [[]] * 50
    assert [house.after(6, card()) for _ in range(6)] == [[], [], [], [], [("zoe@shop.example", 0, 1)], []]


def test_an_alarm_that_swings_around_its_limit_is_one_alarm() -> None:
    house = House()
    house.after(0, card(Alarm.BAD))

    swinging = [house.after(3, card(*([Alarm.BAD] if turn % 2 else []))) for turn in range(100)]

    assert swinging == [[]] * 100


def test_an_alarm_that_rises_again_soon_after_it_was_over_waits_for_a_week() -> None:
    house = House()
    house.after(0, card(Alarm.BAD))
    house.after(1, card())
    assert house.after(24, card()) == [("zoe@shop.example", 0, 1)]

    assert [house.after(24, card(Alarm.BAD)) for _ in range(6)] == [[]] * 6
    assert house.after(24, card(Alarm.BAD)) == [("zoe@shop.example", 1, 0)]


def test_a_source_that_is_gone_has_no_alarm_left() -> None:
    house = House()
    house.after(0, card(Alarm.SILENT))
    house.after(1)

    assert house.after(24) == [("zoe@shop.example", 0, 1)]


def test_each_is_told_of_their_own_fields_in_one_mail_a_brand() -> None:
    house = House()

    told = house.after(
        0, card(Alarm.BAD, Alarm.FALLING), card(Alarm.EMPTY, field="phone"),
        card(Alarm.BAD, field="city", owner="ann@shop.example"), card(Alarm.BAD, brand="kids"),
        card(Alarm.BAD, field="street", owner="somebody"),
    )  # fmt: skip

    assert told == [("ann@shop.example", 1, 0), ("zoe@shop.example", 1, 0), ("zoe@shop.example", 3, 0)]


def test_who_begins_to_mind_a_field_is_told_of_the_alarm_it_has() -> None:
    house = House()
    house.after(0, card(Alarm.BAD, owner="nobody"))

    assert house.after(1, card(Alarm.BAD, owner="Zoé <zoe@shop.example>")) == [("zoe@shop.example", 1, 0)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", ()), ("Ann", ()), ("a@b.fr", ("a@b.fr",)), ("a@b.fr; c@d.fr,a@b.fr", ("a@b.fr", "c@d.fr")),
        ("Zoé <z@b.fr>", ("z@b.fr",)), ("a@b.fr\nBcc: x@y.fr", ()),
    ],
)  # fmt: skip
def test_addresses_are_found_in_what_was_entered(said: str, found: tuple[str, ...]) -> None:
    assert addresses(said) == found


@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        ("fr", "main : un champ demande un regard", "  – e-mail : 70 % de bonnes valeurs, moins que 90 %"),
        ("en-GB", "main: a field wants a look", "  – e-mail : 70% good values, less than 90%"),
    ],
)
def test_a_mail_says_which_field_and_why_in_the_language_of_its_reader(language: str, subject: str, line: str) -> None:
    (news,), _ = looked([card(Alarm.BAD)], [], START, owner)

    said, text = written(news, language)

    assert said == subject
    assert line in text.splitlines()
    assert "till" in text


@pytest.mark.parametrize(
    ("said", "owner", "is_minded"),
    [
        (QualitySettings(), "zoe@shop.example", True),
        (QualitySettings(alarms_to="zoe@shop.example"), "", True),
        (QualitySettings(), "Zoé", False),
        (QualitySettings(alarms_to="zoe@shop.example", alarm_mails=False), "zoe@shop.example", False),
    ],
)
def test_alarms_are_looked_for_where_somebody_can_be_told(said: QualitySettings, owner: str, is_minded: bool) -> None:
    assert minding.is_minded(said, [Watch(source="file", field="email", owner=owner)]) is is_minded
