"""Lifetime value as a score: what each customer will order and bring in a year, and when their next order is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from comptoir.model.money import EXPONENT
from comptoir.scores import bought, counting, lifetime
from comptoir.scores.base import Floats
from comptoir.scores.fit import Fit
from comptoir.scores.history import DAYS_A_WEEK, Summary, a_day_each, cells_of, gather, summarize
from comptoir.scores.lifetime import FEWEST_CUSTOMERS, FEWEST_DAYS, FEWEST_RETURNERS, Fitted, Forecast
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, day, many, money, number, percent
from comptoir.scores.spending import Spend
from comptoir.warehouse.base import Cursor

VALUE, ORDERS, THERE, NEXT, DUE = "lifetime_value", "expected_orders", "still_customer", "next_order", "order_due"
LIKELY, UNLIKELY = 0.7, 0.3
"""Whoever is still a customer with at least this probability is there; with less than the other, gone."""
SOON_DAYS = 7
_FAR_DAYS = 3_650
"""An order further away than ten years is not expected."""
_NEEDED_DAYS = FEWEST_DAYS * 4 // 3 + 1
"""The last quarter of the time is kept for the test, and the rest must be long enough too."""


class Value:
    """Three models of coming back and one of spend, fitted to the brand's own orders, the best of them by a test."""

    name = VALUE

    about = About(
        title={"en": "Lifetime value", "fr": "Valeur vie client"},
        says={
            "en": "What each customer will order and spend in the next 365 days, whether they are still a customer, "
            "and when their next order is due.",
            "fr": "Ce que chaque client commandera et dépensera dans les 365 prochains jours, s’il est encore client, "
            "et quand sa prochaine commande est attendue.",
        },
        formula={
            "en": "Expected orders × expected amount an order. Orders: BG/NBD, MBG/NBD or Pareto/NBD, whichever "
            "foretold the last quarter of the time best. Amount: Gamma-Gamma. Due: the day by which customers of the "
            "same history had as likely as not ordered again, counted from the last order.",
            "fr": "Commandes attendues × montant attendu par commande. Commandes : BG/NBD, MBG/NBD ou Pareto/NBD, "
            "selon celui qui a le mieux prédit le dernier quart de la période. Montant : Gamma-Gamma. "
            "Attendue : le jour où un client de même histoire a une chance sur deux d’avoir commandé de nouveau, à "
            "compter de la dernière commande.",
        },
        source="Fader, Hardie, Lee (2005); Schmittlein, Morrison, Colombo (1987); Fader, Hardie (2013)",
    )
    gives = (
        Given(
            name=VALUE,
            unit="money",
            words={"en": "Value in the next 365 days", "fr": "Valeur des 365 prochains jours"},
        ),
        Given(
            name=ORDERS,
            unit="count",
            words={"en": "Orders in the next 365 days", "fr": "Commandes des 365 prochains jours"},
        ),
        Given(
            name=THERE,
            unit="share",
            is_told=True,
            words={"en": "Still a customer", "fr": "Encore client"},
            labels={
                "there": {"en": "Still there", "fr": "Toujours là"},
                "doubtful": {"en": "Doubtful", "fr": "Incertain"},
                "gone": {"en": "Probably gone", "fr": "Sans doute parti"},
            },
        ),
        Given(
            name=NEXT,
            unit="date",
            is_ranked=False,
            words={"en": "Next order expected by", "fr": "Prochaine commande attendue d’ici le"},
        ),
        Given(
            name=DUE,
            unit="date",
            is_ranked=False,
            is_told=True,
            words={"en": "Order due", "fr": "Commande attendue"},
            labels={
                "later": {"en": "Not yet due", "fr": "Pas encore attendue"},
                "due": {"en": "Due these days", "fr": "Attendue ces jours-ci"},
                "overdue": {"en": "Overdue", "fr": "En retard"},
            },
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Say what is missing to count honestly."""
        for found, fewest, english, french in (
            (history.buyer_count, FEWEST_CUSTOMERS, "customers", "clients"),
            (history.repeat_count, FEWEST_RETURNERS, "orders after a first", "commandes après une première"),
            (history.days, _NEEDED_DAYS, "days of orders", "jours de commandes"),
        ):
            if found < fewest:
                return Need(needs={"en": f"{fewest} {english}", "fr": f"{fewest} {french}"}, found=found)
        return None

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Score everybody who has ordered. Raises: NotEnoughHistory where the test has too few to learn from."""
        mine = bought.read(cursor, asked)
        until = bought.last_day(asked)
        found = lifetime.forecast(mine.purchases, last_day=until)
        rows = _scores(found, until)
        people = np.asarray(mine.people, dtype=object)[found.summary.customer]
        return Scored(
            rows=bought.joined(
                [bought.rows_of(name, people, values, labels) for name, (values, labels) in rows.items()]
            ),
            report=_report(found, others=mine.others),
        )

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say why one person has these scores."""
        until = bought.last_day(asked)
        mine = bought.read(cursor, asked).purchases
        summary = summarize(a_day_each(mine), until=until)
        if not len(summary) or "parameters" not in standing.report:
            return ()
        return tuple(_reasons(summary, until, asked.currency, standing.report))


def due_days(fitted: Fitted, summary: Summary, until: int) -> Floats:
    """
    Give the day by which each customer's next order was as likely as not to have come, seen from their last.

    Units: days since 1970.
    """
    back_then = cells_of(summary.frequency, summary.recency, summary.recency)
    wait = counting.median_wait(fitted.fit.parameters, back_then)[back_then.cell_of] * DAYS_A_WEEK
    return np.asarray(until - summary.age + summary.recency + np.minimum(np.ceil(wait), _FAR_DAYS))


def _scores(found: Forecast, until: int) -> dict[str, tuple[Floats, list[str | None] | None]]:
    foretold = found.predictions
    due = due_days(found.chosen, found.summary, until)
    wait = np.where(foretold.wait_days <= _FAR_DAYS, foretold.wait_days, np.nan)
    there = np.where(foretold.alive >= LIKELY, "there", np.where(foretold.alive < UNLIKELY, "gone", "doubtful"))
    is_due = np.where(due > until + SOON_DAYS, "later", np.where(due > until - SOON_DAYS, "due", "overdue"))
    scores: dict[str, tuple[Floats, list[str | None] | None]] = {
        ORDERS: (foretold.expected, None),
        THERE: (foretold.alive, there.tolist()),
        NEXT: (until + np.ceil(wait), None),
        DUE: (due, is_due.tolist()),
    }
    if foretold.spend is not None:
        scores[VALUE] = (foretold.expected * foretold.spend, None)
    return scores


def _report(found: Forecast, *, others: int) -> dict[str, Any]:
    """Give what was fitted, how it stood the test, and what to be careful about: enough to explain one person."""
    foretold, fit = found.predictions, found.chosen.fit
    low, high = foretold.total
    report: dict[str, Any] = {
        "model": found.chosen.model.name,
        "parameters": _named(found.chosen.model.letters, fit.parameters),
        "covariance": None if fit.covariance is None else fit.covariance.tolist(),
        "horizon_days": found.horizon_days,
        "customers": len(found.summary),
        "expected_orders": {"all": float(foretold.expected.sum()), "low": _finite(low), "high": _finite(high)},
        "tested_from": bought.date_of(found.tested_from).isoformat(),
        "models": [_tested(one) for one in found.models],
        "spend": _spend_report(found.spend),
        "orders_in_other_currencies": others,
        "cautions": [dict(words) for words in found.cautions],
    }
    if found.spend_lacks is not None:
        report["spend_lacks"] = dict(found.spend_lacks.facts)
    return report


def _tested(one: Fitted) -> dict[str, Any]:
    test = one.holdout
    return {
        "name": one.model.name,
        "parameters": _named(one.model.letters, one.fit.parameters),
        "log_likelihood": one.fit.log_likelihood,
        "holdout": None
        if test is None
        else {"actual": test.actual, "predicted": test.predicted, "mae": test.mae, "rmse": test.rmse},
    }


def _spend_report(spend: Spend | None) -> dict[str, Any] | None:
    if spend is None:
        return None
    mean = spend.mean_of_all()
    return {
        "parameters": spend.fit.parameters.tolist(),
        "log_likelihood": spend.fit.log_likelihood,
        "customers": spend.customers,
        "mean": _finite(mean),
        "frequency_correlation": spend.frequency_correlation,
    }


def _named(letters: Sequence[str], values: Floats) -> dict[str, float]:
    return {letter: float(value) for letter, value in zip(letters, values, strict=True)}


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _fitted(report: Mapping[str, Any]) -> Fitted:
    """Make the chosen model again of what the run reported."""
    model = next(one for one in counting.MODELS if one.name == report["model"])
    bend = report["covariance"]
    return Fitted(
        model=model,
        fit=Fit(
            parameters=np.array([report["parameters"][letter] for letter in model.letters]),
            log_likelihood=float("nan"),
            covariance=None if bend is None else np.array(bend),
        ),
    )


def _reasons(summary: Summary, until: int, currency: str, report: Mapping[str, Any]) -> Iterator[Reason]:
    fitted, horizon = _fitted(report), int(report["horizon_days"])
    foretold = lifetime.predict(fitted, summary, gather(summary), horizon_days=horizon)
    orders, since = int(summary.frequency[0]) + 1, int(summary.age[0] - summary.recency[0])
    yield because(
        f"Ordered on {many(orders, 'en', 'day', 'days')}, the last {many(since, 'en', 'day', 'days')} ago.",
        f"A commandé {many(orders, 'fr', 'jour', 'jours')}, le dernier il y a {many(since, 'fr', 'jour', 'jours')}.",
    )
    expected, low, high = (float(part[0]) for part in (foretold.expected, foretold.low, foretold.high))
    en, fr = (
        f"{number(expected, lang, 2)}" + (f" ({number(low, lang, 2)} – {number(high, lang, 2)})" if low >= 0 else "")
        for lang in ("en", "fr")
    )
    yield because(
        f"{en} orders expected in {horizon} days, by {fitted.model.name}.",
        f"{fr} commandes attendues en {horizon} jours, selon {fitted.model.name}.",
    )
    alive = float(foretold.alive[0])
    yield because(
        f"Still a customer with a probability of {percent(alive, 'en')}.",
        f"Encore client avec une probabilité de {percent(alive, 'fr')}.",
    )
    yield _due_reason(int(due_days(fitted, summary, until)[0]), until)
    yield from _spend_reason(summary, expected, currency, report.get("spend"))


def _due_reason(due: int, until: int) -> Reason:
    en, fr = (day(bought.date_of(due), lang) for lang in ("en", "fr"))
    if due >= until:
        return because(
            f"By their rhythm an order is due by {en}.", f"À son rythme, une commande est attendue d’ici le {fr}."
        )
    late = until - due
    return because(
        f"By their rhythm an order was due by {en}: {many(late, 'en', 'day', 'days')} ago.",
        f"À son rythme, une commande était attendue le {fr} : il y a {many(late, 'fr', 'jour', 'jours')}.",
    )


def _spend_reason(
    summary: Summary, expected: float, currency: str, spend: Mapping[str, Any] | None
) -> Iterator[Reason]:
    if not spend:
        return
    model = Spend(
        fit=Fit(parameters=np.array(spend["parameters"]), log_likelihood=spend["log_likelihood"], covariance=None),
        customers=spend["customers"],
        frequency_correlation=spend["frequency_correlation"],
    )
    each = float(model.expected(summary)[0])
    if np.isfinite(each):
        unit = 10 ** EXPONENT.get(currency, 2)
        en, fr = (
            (money(round(each * unit), currency, lang), money(round(each * expected * unit), currency, lang))
            for lang in ("en", "fr")
        )
        yield because(
            f"{en[0]} expected an order, which makes {en[1]}.",
            f"{fr[0]} attendus par commande, soit {fr[1]}.",
        )
