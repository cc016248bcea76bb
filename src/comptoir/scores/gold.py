"""Gold customers: the few who are worth most to a brand over twelve months, named so that nobody comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from comptoir.model.money import EXPONENT
from comptoir.scores.plugin import ROWS, About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.recency import YEAR, buyer
from comptoir.scores.sentences import because, day, many, money, percent
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
FEWEST = 50
"""Buyers below which a tenth is a handful."""
KNOWN = 0.9
"""Share of revenue of which the cost must be known for people to be compared by margin."""
ENTER, LEAVE = 0.10, 0.12
_GOLD = "gold"


class Gold:
    """Who is among the tenth of buyers who are worth most: by margin, or by revenue where costs are not known."""

    name = "gold"
    about = About(
        title={"en": "Gold customers", "fr": "Clients gold"},
        says={
            "en": "Names the tenth of a brand's buyers who bring most over twelve months, and the share of revenue "
            "they "
            "hold. Give them the service they deserve.",
            "fr": "Désigne le dixième des acheteurs d’une marque qui rapporte le plus sur douze mois, et la part du "
            "chiffre "
            "d’affaires qu’il représente. À servir en premier.",
        },
        formula={
            "en": "Worth = what was bought over 365 days, less returns and cost. Where the cost of less than 90 % of "
            "the "
            "revenue is known, all are compared by revenue. Gold begins within the best 10 % and ends beyond 12 %.",
            "fr": "Valeur = achats de 365 jours, moins retours et coût d’achat. Quand le coût de moins de 90 % du "
            "chiffre "
            "d’affaires est connu, tous sont comparés au chiffre d’affaires. On devient gold dans les 10 % les "
            "meilleurs, on "
            "le reste jusqu’à 12 %.",
        },
        source="Two thresholds as in a Schmitt trigger (1938); Pareto's share of revenue",
    )
    gives = (
        Given(
            name=_GOLD,
            words={"en": "Gold", "fr": "Gold"},
            unit="money",
            labels={
                _GOLD: {"en": "Gold customer", "fr": "Client gold"},
                "other": {"en": "Other customer", "fr": "Autre client"},
            },
            is_told=True,
            is_finance=True,
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for enough buyers to have a tenth."""
        if history.buyer_count >= FEWEST:
            return None
        return Need(needs={"en": f"{FEWEST} buyers", "fr": f"{FEWEST} acheteurs"}, found=history.buyer_count)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Name the gold customers."""
        span = {"from_on": asked.on - YEAR, "currency": asked.currency}
        (basis,) = load(_PACKAGE, "gold_basis").table(cursor, **span).to_pylist()
        by_margin = basis["costed_minor"] > 0 and basis["known_minor"] >= KNOWN * basis["revenue_minor"]
        enter = float(asked.settings.get("gold_share", ENTER))
        leave = max(enter, float(asked.settings.get("gold_leave_share", LEAVE)))
        found = load(_PACKAGE, "gold").table(
            cursor, **span, brand=asked.brand, by_margin=by_margin, cost=basis["cost_minor"],
            costed=max(basis["costed_minor"], 1), enter=enter, leave=leave,
        )  # fmt: skip
        report = _report(found, asked.currency, by_margin=by_margin) | {"enter_share": enter, "leave_share": leave}
        return Scored(rows=_rows(found, asked.currency), report=report)

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say what was bought in twelve months, what it is worth, and what place that gives."""
        row, since = buyer(cursor, asked), asked.on - YEAR
        label, place = standing.labels.get(_GOLD), standing.top_shares.get(_GOLD)
        if label is None or not row["order_count"]:
            return ()
        if place is None:
            return (
                because(
                    f"Has bought nothing since {day(since, 'en')}.", f"N’a rien acheté depuis le {day(since, 'fr')}."
                ),
            )
        orders, amount = row["lately_count"], row["lately_minor"]
        reasons = [
            because(
                f"{many(orders, 'en', 'order', 'orders')} in 12 months, {money(amount, asked.currency, 'en')}: "
                f"top {percent(_inclusive(standing), 'en')} of buyers.",
                f"{many(orders, 'fr', 'commande', 'commandes')} en 12 mois, {money(amount, asked.currency, 'fr')} : "
                f"dans les {percent(_inclusive(standing), 'fr')} meilleurs acheteurs.",
            )
        ]
        worth = standing.values.get(_GOLD)
        if worth is not None and standing.report.get("measure") == "margin":
            minor = round(worth * 10 ** EXPONENT.get(asked.currency, 2))
            reasons.append(
                because(
                    f"Margin of these 12 months: {money(minor, asked.currency, 'en')}.",
                    f"Marge de ces 12 mois : {money(minor, asked.currency, 'fr')}.",
                    is_finance=True,
                )
            )
        if label == _GOLD and _inclusive(standing) > standing.report.get("enter_share", ENTER):
            reasons.append(
                because("Stays gold while near the line.", "Reste gold tant qu’elle ou il est près du seuil.")
            )
        return reasons


def _inclusive(standing: Standing) -> float:
    """Give the share of buyers who are worth as much or more."""
    return (standing.top_shares.get(_GOLD) or 0.0) + 1 / max(1, int(standing.report.get("buyer_count", 0)))


def _rows(found: pa.Table, currency: str) -> pa.Table:
    unit = 10 ** EXPONENT.get(currency, 2)
    value = pc.divide(pc.cast(found["worth_minor"], pa.float64()), float(unit))
    return pa.table(
        [found["score"], found["profile_id"], value, found["label"], found["since"]], schema=ROWS
    )  # fmt: skip


def _report(found: pa.Table, currency: str, *, by_margin: bool) -> dict[str, Any]:
    gold = found.filter(pc.equal(found["label"], _GOLD))
    whole, held = _sum(found, "revenue_minor"), _sum(gold, "revenue_minor")
    return {
        "measure": "margin" if by_margin else "revenue",
        "currency": currency,
        "buyer_count": found.num_rows - found["worth_minor"].null_count,
        "gold_count": gold.num_rows,
        "revenue_minor": whole,
        "gold_revenue_minor": held,
        "gold_revenue_share": held / whole if whole > 0 else None,
        "worth_minor": _sum(found, "worth_minor"),
        "gold_worth_minor": _sum(gold, "worth_minor"),
        "least_worth_minor": pc.min(gold["worth_minor"]).as_py(),
    }


def _sum(table: pa.Table, name: str) -> int:
    return int(pc.sum(table[name]).as_py() or 0)
