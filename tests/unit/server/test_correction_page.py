"""The page that asks a customer which of two values is right: it shows little, and only a posted answer writes."""

from __future__ import annotations

import pytest

from comptoir.messaging import links
from comptoir.messaging.links import Link
from comptoir.quality import offers
from comptoir.server.pages import show
from tests.unit.server.test_pages import BRAND


def _link(language: str = "fr") -> Link:
    target = links.correction_target(
        "email", offers.masked("email", "annabelle@gmial.com"), offers.masked("email", "annabelle@gmail.com")
    )
    return Link("correct", "correction-1", target, "main", language, 1 << 60)


@pytest.mark.parametrize(("language", "title"), [("fr", "Est-ce toujours juste"), ("en", "Is this still right?")])
def test_both_values_are_shown_in_part_in_the_brands_language(language: str, title: str) -> None:
    page = show.ask_if_right(_link(language), BRAND).body.decode()

    assert title in page
    assert "a…e@gmail.com" in page
    assert "a…e@gmial.com" in page
    assert "annabelle" not in page
    assert 'value="yes"' in page
    assert 'value="no"' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("phone", "+33612345678", "+336…78"),
        ("last_name", "Durand", "Du…d"),
        ("city", "Lyon", "L…"),
        ("email", "x", "…"),
    ],
)
def test_a_value_is_masked(field: str, value: str, shown: str) -> None:
    assert offers.masked(field, value) == shown
