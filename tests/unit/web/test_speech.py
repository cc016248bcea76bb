from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from comptoir.identity.links import Reason as LinkReason
from comptoir.identity.rules import Demotion
from comptoir.model.consent import ConsentState
from comptoir.model.event import RefusalReason, Trust
from comptoir.model.identifier import IdentifierKind
from comptoir.model.message import DeliveryKind, Outcome, Reason
from comptoir.web import speech, view
from comptoir.web.speech import Language, Speech
from comptoir.web.visit import Period, Scope
from comptoir.web.words.book import WORDS

FR, EN = Speech(Language.FR), Speech(Language.EN)
THIN = speech.THIN


@pytest.mark.parametrize(
    ("minor", "currency", "french", "english"),
    [
        (1203450, "EUR", f"12{THIN}034,50{THIN}€", "€12,034.50"),
        (-995, "GBP", f"−9,95{THIN}£", "−£9.95"),
        (1500, "JPY", f"1{THIN}500{THIN}JPY", "JPY\u00a01,500"),
        (1234, "KWD", f"1,234{THIN}KWD", "KWD\u00a01.234"),
        (0, "USD", f"0,00{THIN}$", "$0.00"),
        (None, "EUR", "–", "–"),
        (9_007_199_254_740_993, "EUR", f"90{THIN}071{THIN}992{THIN}547{THIN}409,93{THIN}€", "€90,071,992,547,409.93"),
    ],
)
def test_money_is_written_as_the_tongue_does_and_to_the_cent(
    minor: int | None, currency: str, french: str, english: str
) -> None:
    assert FR.money(minor, currency) == french
    assert EN.money(minor, currency) == english


def test_french_signs_have_their_narrow_space() -> None:
    assert FR("customer.none", asked="x") == f"Personne ne correspond à «{THIN}x{THIN}»."
    assert FR.count("customer.orders", 0) == "0 commande"
    assert EN.count("customer.orders", 0) == "0 orders"
    assert FR.count("customer.orders", 1200) == f"1{THIN}200 commandes"
    assert FR.number(Decimal("1234.5"), 1) == f"1{THIN}234,5"


def test_a_text_that_is_a_date_is_written_as_one_and_any_other_as_it_is() -> None:
    assert (FR.dated("1980-05-17"), EN.dated("1980-05-17")) == ("17\xa0mai\xa01980", "17\xa0May\xa01980")
    assert [FR.dated(one) for one in ("1980-02-31", "1980-05", "", "<b>")] == ["1980-02-31", "1980-05", "", "<b>"]


def test_time_is_said_in_its_largest_unit() -> None:
    assert FR.span(timedelta(seconds=59)) == "59 s"
    assert EN.span(timedelta(hours=3, minutes=59)) == "3 h"
    assert FR.span(timedelta(days=1)) == "1 jour"
    assert EN.span(timedelta(days=2)) == "2 days"
    assert FR.instant(datetime(2026, 8, 1, 9, 5, tzinfo=UTC)) == "1\xa0août\xa02026\xa009:05"


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "chosen"),
    [
        ("en", "fr", "fr", "en"),
        ("xx", "en", "fr", "en"),
        (None, None, "de, en;q=0.8, fr;q=0.9", "fr"),
        (None, None, "en-GB,en;q=0.9", "en"),
        (None, "<script>", "de", "fr"),
        (None, None, "en;q=x, fr;q=0.1" + "," * 1000, "fr"),
        (None, None, "", "fr"),
    ],
)
def test_the_tongue_is_asked_for_remembered_or_accepted(
    asked: str | None, remembered: str | None, accepted: str, chosen: str
) -> None:
    assert speech.choose(asked, remembered, accepted) == chosen


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("refusal", [*RefusalReason]),
        ("why", [*Reason]),
        ("outcome", [*Outcome]),
        ("delivery", [*DeliveryKind, "clicked"]),
        ("kind", [*IdentifierKind]),
        ("reason", [*LinkReason]),
        ("demotion", [*Demotion]),
        ("consent", [*ConsentState]),
        ("live", [*Trust]),
        ("cart", ["open", "checkout", "ordered", "abandoned", "expired", "merged"]),
        ("order", ["completed", "cancelled", "refunded", "returned"]),
    ],
)
def test_every_word_of_a_closed_set_is_said_in_both_tongues(group: str, words: list[str]) -> None:
    assert [word for word in words if f"{group}.{word}" not in WORDS] == []


def test_both_tongues_name_the_same_values() -> None:
    holes = re.compile(r"\{\w+\}")

    assert [
        key
        for key, (french, english) in WORDS.items()
        if sorted(holes.findall(french)) != sorted(holes.findall(english))
    ] == []
    assert all(french and english for french, english in WORDS.values())


def test_every_word_is_used_and_every_word_used_exists() -> None:
    web = Path(view.__file__).parent
    spoken = " ".join(
        path.read_text() for path in [*web.rglob("*.html"), *web.glob("*.py"), web.parent / "server" / "desk.py"]
    )
    named = set(re.findall(r'["\(]([a-z_]+(?:\.[a-z_]+)+)"', spoken))
    asked = {key for key in re.findall(r'\bt\("([\w.]+)"', spoken) if not key.endswith(".")}
    for key in re.findall(r'count\("([\w.]+)"\)', spoken):
        named |= {f"{key}.one", f"{key}.many"}
    # said by their group: known("cart"), t("today." ~ key)
    grouped = set(re.findall(r'known\("(\w+)"[,)]', spoken)) | {"today", "span", "moment", "done"}
    within = tuple(f"{found}." for found in re.findall(r'known\("(\w+(?:\.\w+)+)"', spoken))
    grouped |= {found.split(".")[0] for found in re.findall(r'["\(]([a-z_.]+)\." ~', spoken)}
    grouped |= {found.split(".")[0] for found in re.findall(r'f"([a-z_.]+)\.\{', spoken)}

    assert [key for key in asked if key not in WORDS] == []
    unused = [
        key
        for key in WORDS
        if key not in named | asked
        and key.split(".")[0] not in grouped
        and not key.startswith(within)
        and not key.endswith(".nav")
    ]
    assert unused == []


def test_instants_are_told_by_the_clocks_of_the_shop() -> None:
    paris, tokyo = Speech(Language.EN, ZoneInfo("Europe/Paris")), Speech(Language.EN, ZoneInfo("Asia/Tokyo"))
    late = datetime(2026, 7, 14, 22, 30)  # facts bear no zone and are UTC
    assert (paris.time(late), tokyo.clock(late)) == ("00:30", "07:30:00")
    assert paris.instant(late.replace(tzinfo=UTC)) == "15\xa0Jul\xa02026\xa000:30"
    assert paris.day_of(late) == date(2026, 7, 15)
    assert paris.day(date(2026, 7, 14)) == "14\xa0Jul\xa02026"  # a day is a day, wherever


def test_the_days_of_a_period_are_parted_by_the_midnights_of_the_shop() -> None:
    scope = Scope(
        brand="", country="", brands=(), period=Period.WEEK, last_day=date(2026, 3, 31), today=date(2026, 3, 31),
        zone=ZoneInfo("Europe/Paris"),
    )  # fmt: skip
    assert scope.since == datetime(2026, 3, 24, 23, tzinfo=UTC)  # winter time
    assert scope.until == datetime(2026, 3, 31, 22, tzinfo=UTC)  # summer time
    assert scope.before == datetime(2026, 3, 17, 23, tzinfo=UTC)
