"""What a computed trait is called, what it says, and how its values are written for its reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from comptoir.model.money import EXPONENT
from comptoir.segments.traits import definition
from comptoir.segments.traits.definition import AMOUNT, DAY, Made, Trait
from comptoir.web import segment_says
from comptoir.web.speech import Language, Speech

_CENTS = re.compile(r"[.,]0{1,2}(?!\d)")
_MOST_SAID = 5
"""Items of a list that are shown."""


@lru_cache(maxsize=512)
def read(text: str) -> Trait:
    """Read a text; one that was read lately is not read again. Raises: BadTrait."""
    return definition.read(text)


def title(trait: Trait, said: Speech) -> str:
    """Say what it is called."""
    return trait.name[said.language.value]


def sentence(trait: Trait, said: Speech) -> str:
    """Say what it is, as a sentence."""
    told = segment_says.told(trait.words(said.language.value), said)
    return f"{told[:1].upper()}{told[1:]}."


def words(trait: Trait, said: Speech) -> list[tuple[str, str]]:
    """Say what it is in every tongue. Order: the reader's first."""
    tongues = sorted(Language, key=lambda one: one is not said.language)
    return [(one.value, sentence(trait, Speech(one, said.zone))) for one in tongues]


def unit(trait: Trait, said: Speech, currency: str) -> str:
    """Say what its values count."""
    match trait.made:
        case Made.COUNT:
            return said("trait.unit.times")
        case Made.DAYS_SINCE:
            return said("trait.unit.days")
        case Made.RATIO:
            return said("trait.unit.share")
        case Made.SUM | Made.AVERAGE:
            return currency if trait.value == AMOUNT else said("trait.unit.number")
    return said("trait.unit.date" if trait.value == DAY else "trait.unit.text")


def number(trait: Trait, value: float, said: Speech, currency: str) -> str:
    """Write one of its numbers in its unit."""
    if trait.made is Made.RATIO:
        return said.percent(value)
    if trait.made is Made.DAYS_SINCE:
        return said.count("span.day", round(value))
    if trait.made in definition.OF_NUMBERS and trait.value == AMOUNT:
        return said.money(round(value * 10 ** EXPONENT.get(currency, 2)), currency)
    return said.number(value, 0 if value == round(value) else 2)


def value(trait: Trait, row: Mapping[str, Any], said: Speech, currency: str) -> str:
    """Write what it comes to for somebody: the columns of an answer of the engine."""
    if row["number"] is not None:
        return number(trait, float(Decimal(row["number"])), said, currency)
    if row["day"] is not None:
        return said.day(row["day"])
    texts = [one if trait.value != "event" else said.known("name", one) for one in row["said"]]
    return ", ".join(texts[:_MOST_SAID]) + ("…" if len(texts) > _MOST_SAID else "")


def stretch(trait: Trait, bar: Mapping[str, Any], said: Speech, currency: str) -> str:
    """Say what people of one bar have: a number, from one to below another, a month, or a text."""
    if bar["kind"] == "month":
        year, _, month = str(bar["says"]).partition("-")
        return said.month(int(year), int(month))
    if bar["kind"] == "text":
        return said.known("name", bar["says"]) if trait.value == "event" else str(bar["says"])
    low = _edge(trait, bar["low"], said, currency)
    if bar["high"] is None:
        return said("score.from", value=low)
    if bar["high"] == bar["low"]:
        return low
    return said("trait.between", low=low, high=_edge(trait, bar["high"], said, currency))


def _edge(trait: Trait, value: float, said: Speech, currency: str) -> str:
    """Write where a stretch begins or ends: whole amounts need no cents."""
    text = number(trait, value, said, currency)
    return _CENTS.sub("", text) if value == round(value) else text


def figures(bars: Sequence[Mapping[str, Any]]) -> list[int]:
    """Give the numbers of people of a sketch; none where texts have no order to be drawn in."""
    return [bar["people"] for bar in bars if bar["kind"] != "text"]
