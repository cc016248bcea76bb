"""Engagement as a score: how much somebody visits, clicks and orders of late, never what they open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from comptoir.scores import bought
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, many, number
from comptoir.warehouse import sqlfile
from comptoir.warehouse.base import Cursor

NAME = "engagement"
HALF_DAYS = 30.0
VISIT, CLICK, ORDER = 1, 2, 5
HALFWAY = 4.0
"""Points that make 50 of 100: those of somebody who visits every eight days or so."""
KEEN, WARM, COOL = 60.0, 30.0, 5.0
FEWEST_EVENTS = 100


class Engagement:
    """Days with a visit, a click in a message or an order, each counting half as much every 30 days."""

    name = NAME
    about = About(
        title={"en": "Engagement", "fr": "Engagement"},
        says={
            "en": "How much each person has to do with the shop of late, from 0 to 100.",
            "fr": "À quel point chaque personne fréquente la boutique ces temps-ci, de 0 à 100.",
        },
        formula={
            "en": "100 × p ÷ (p + 4), where p adds 1 for each day with a visit, 2 for each with a click in a message "
            "and 5 for each with an order, all counting half as much every 30 days. Opened mails count nothing.",
            "fr": "100 × p ÷ (p + 4), où p ajoute 1 par jour de visite, 2 par jour de clic dans un message et 5 par "
            "jour de commande, chacun comptant moitié moins tous les 30 jours. Les ouvertures ne comptent pas.",
        },
        source="Comptoir; exponential decay as in Holt (1957)",
    )
    gives = (
        Given(
            name=NAME,
            unit="points",
            is_told=True,
            words={"en": "Engagement", "fr": "Engagement"},
            labels={
                "keen": {"en": "Keen", "fr": "Assidu"},
                "warm": {"en": "Warm", "fr": "Intéressé"},
                "cool": {"en": "Cool", "fr": "Distant"},
                "silent": {"en": "Silent", "fr": "Silencieux"},
            },
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for some events."""
        if history.event_count >= FEWEST_EVENTS:
            return None
        needs = {"en": f"{FEWEST_EVENTS} events", "fr": f"{FEWEST_EVENTS} événements"}
        return Need(needs=needs, found=history.event_count)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Score everybody who did something in the last year."""
        table = sqlfile.load("comptoir.scores", "engaged").table(cursor, **_parameters(asked))
        points = bought.integers(table["millionths"]) / 1_000_000
        value = np.round(100.0 * points / (points + HALFWAY), 2)
        labels = np.select([value >= KEEN, value >= WARM, value >= COOL], ["keen", "warm", "cool"], "silent")
        return Scored(
            rows=bought.rows_of(NAME, table["profile_id"].to_pylist(), value, labels.tolist()),
            report={
                "half_days": HALF_DAYS,
                "points": {"visit": VISIT, "click": CLICK, "order": ORDER},
                "halfway": HALFWAY,
            },
        )

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say what one person did in the last year, and what it comes to."""
        found = sqlfile.load("comptoir.scores", "engaged").table(cursor, **_parameters(asked)).to_pylist()
        if not found or standing.values.get(NAME) is None:
            return ()
        points = found[0]["millionths"] / 1_000_000
        did = [
            (found[0]["visit_days"], ("a visit", "une visite")),
            (found[0]["click_days"], ("a click in a message", "un clic dans un message")),
            (found[0]["order_days"], ("an order", "une commande")),
        ]
        return [
            *(
                because(
                    f"{many(days, 'en', 'day', 'days')} with {en} in 365 days.",
                    f"{many(days, 'fr', 'jour', 'jours')} avec {fr} en 365 jours.",
                )
                for days, (en, fr) in did
                if days
            ),
            because(
                f"With what is long ago counting less, {number(points, 'en', 1)} points.",
                f"Ce qui est ancien comptant moins, {number(points, 'fr', 1)} {'point' if points < 2 else 'points'}.",
            ),
        ]


def _parameters(asked: Asked) -> dict[str, Any]:
    return {
        "brand": asked.brand, "zone": asked.zone, "before": asked.before, "half_days": HALF_DAYS, "visit": VISIT,
        "click": CLICK, "ordered": ORDER,
    }  # fmt: skip
