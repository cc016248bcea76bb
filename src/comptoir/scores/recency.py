"""Recency, frequency and monetary value as a score of every brand's buyers (`scores.rfm` has the method)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from comptoir.scores import rfm
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, many, money, number
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
YEAR = timedelta(days=365)
FEWEST = 25
"""Buyers below which fifths say little: five in each."""
_PLACES = range(1, rfm.QUINTILES + 1)


class Rfm:
    """How lately, how often and for how much somebody buys, and the kind of customer that makes them."""

    name = "rfm"
    about = About(
        title={"en": "Recency, frequency, value", "fr": "Récence, fréquence, montant"},
        says={
            "en": "Sorts buyers into eleven kinds, from champions to lost, by when, how often and for how much "
            "they buy.",
            "fr": "Range les acheteurs en onze types, des champions aux perdus, selon quand, combien de fois et pour "
            "combien ils achètent.",
        },
        formula={
            "en": "Each of the three is a score of 1 to 5: 1 + ⌊5 × share of buyers who have less⌋. The value 543 "
            "means "
            "recency 5, frequency 4, amount 3. The kind is read from a table of recency by the middle of the other "
            "two.",
            "fr": "Chacun des trois est une note de 1 à 5 : 1 + ⌊5 × part des acheteurs qui ont moins⌋. La valeur 543 "
            "veut dire récence 5, fréquence 4, montant 3. Le type se lit dans un tableau : récence par la moyenne des "
            "deux autres.",
        },
        source="Hughes, Strategic Database Marketing (1994)",
    )
    gives = (
        Given(
            name="rfm",
            words={"en": "Recency, frequency, value", "fr": "Récence, fréquence, montant"},
            unit="points",
            labels={cell.value: {"en": english, "fr": french} for cell, (english, french) in rfm.NAMES.items()},
            is_told=True,
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for enough buyers to make fifths of."""
        if history.buyer_count >= FEWEST:
            return None
        return Need(needs={"en": f"{FEWEST} buyers", "fr": f"{FEWEST} acheteurs"}, found=history.buyer_count)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Score every buyer."""
        cursor.register("cells", cells())
        try:
            rows = load(_PACKAGE, "rfm").table(cursor, on=asked.on, currency=asked.currency)
        finally:
            cursor.unregister("cells")
        return Scored(rows=rows)

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say the three numbers, and what share of buyers have less."""
        value, row = standing.values.get("rfm"), buyer(cursor, asked)
        if value is None or not row["order_count"]:
            return ()
        r, f, m = (int(digit) for digit in f"{int(value):03d}")
        days, times, amount = row["recency_days"], row["frequency"], row["amount_minor"]
        return (
            because(
                f"Last bought {many(days, 'en', 'day', 'days')} ago: {_share_en(r, 'longer ago')}.",
                f"Dernier achat il y a {many(days, 'fr', 'jour', 'jours')} : {_share_fr(r, 'depuis plus longtemps')}.",
            ),
            because(
                f"Bought on {many(times, 'en', 'day', 'days')}: {_share_en(f, 'less often')}.",
                f"A acheté {number(times, 'fr')} jour{'s' if times > 1 else ''} : {_share_fr(f, 'moins souvent')}.",
            ),
            because(
                f"{money(amount, asked.currency, 'en')} in all: {_share_en(m, 'for less')}.",
                f"{money(amount, asked.currency, 'fr')} en tout : {_share_fr(m, 'pour moins')}.",
            ),
        )


def cells() -> pa.Table:
    """Give the kind of customer of each recency score and value."""
    places = [(r, v) for r in _PLACES for v in _PLACES]
    return pa.table({
        "r": [r for r, _ in places],
        "v": [v for _, v in places],
        "label": [rfm.cell_of(r, v).value for r, v in places],
    })  # fmt: skip


def buyer(cursor: Cursor, asked: Asked) -> dict[str, Any]:
    """Sum up what the one person in `score_purchases` bought, all in all and in the last twelve months."""
    (row,) = load(_PACKAGE, "buyer").table(
        cursor, on=asked.on, currency=asked.currency, from_on=asked.on - YEAR
    ).to_pylist()  # fmt: skip
    return dict(row)


def _share_en(score: int, how: str) -> str:
    return f"{20 * (score - 1)}% of buyers or more bought {how}" if score > 1 else "among the last fifth of buyers"


def _share_fr(score: int, how: str) -> str:
    if score == 1:
        return "parmi le dernier cinquième des acheteurs"
    return f"au moins {20 * (score - 1)} % des acheteurs ont acheté {how}"
