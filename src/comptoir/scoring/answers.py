"""What each command on a file answers: a report for a person or a program, and a line a customer for the file."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from comptoir.scores import lifetime, repurchase, rfm, spending
from comptoir.scores.base import Integers
from comptoir.scores.fit import Fit
from comptoir.scores.lifetime import Fitted, Forecast
from comptoir.scores.repurchase import Curve
from comptoir.scoring.purchases import Log, day_of, shown

UNIT = "week"
FARTHEST = timedelta(days=3_650)
"""A next order later than this is not given: no model knows."""
SHARES = (0.25, 0.5, 0.75)

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A report, as a program and as a person reads it, and the lines of a file under their heads."""

    report: dict[str, object]
    title: str
    table: Sequence[Mapping[str, object]]
    """The report's heart, for a person."""
    sentences: Sequence[str]
    heads: tuple[str, ...]
    rows: Iterable[Row]


def write(answer: Answer, path: Path) -> None:
    """Write the lines of an answer as CSV (UTF-8, commas); bytes that were no text are the same bytes again."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(answer.heads)
        writer.writerows(answer.rows)


def lifetime_value(log: Log, *, holdout_from: int | None, horizon_days: int) -> Answer:
    """Foretell what each customer will buy. Raises: NotEnoughHistory, AmountsTooLarge."""
    found = lifetime.forecast(
        log.purchases, last_day=log.last_day, holdout_from=holdout_from, horizon_days=horizon_days
    )
    report = {
        "customers": len(found.summary),
        "unit": UNIT,
        "fitted_until": day_of(found.until),
        "tested_from": day_of(found.tested_from),
        "last_day": day_of(log.last_day),
        "horizon_days": found.horizon_days,
        **_lines(log),
        "chosen": found.chosen.model.name,
        "models": [
            {
                "name": one.model.name,
                "parameters": _named(one.model.letters, one.fit),
                "intervals": _intervals(one.model.letters, one.fit),
                "log_likelihood": one.fit.log_likelihood,
                "holdout": asdict(one.holdout) if one.holdout else None,
            }
            for one in found.models
        ],
        "expected_transactions": float(found.predictions.expected.sum()),
        "expected_interval": _known(found.predictions.total),
        "spend": _spend(found),
        "cautions": [words["en"] for words in found.cautions],
    }
    has_spend = found.predictions.spend is not None
    heads = (
        "customer", "expected_transactions", "expected_low", "expected_high", "alive_probability", "next_order_on",
        *(("spend_per_order", "expected_value") if has_spend else ()),
    )  # fmt: skip
    return Answer(
        report=report,
        title=f"Who comes back: {len(found.summary):,} customers, known until {day_of(found.until)}",
        table=[_model_told(one) for one in found.models],
        sentences=_foretold(found),
        heads=heads,
        rows=_predicted(log, found),
    )


def _model_told(one: Fitted) -> dict[str, object]:
    parameters = ", ".join(f"{name} {value:.4g}" for name, value in _named(one.model.letters, one.fit).items())
    row: dict[str, object] = {
        "model": one.model.name, "parameters": parameters, "log_likelihood": f"{one.fit.log_likelihood:.1f}"
    }  # fmt: skip
    if one.holdout is not None:
        row |= {
            "came": f"{one.holdout.actual:.0f}",
            "foretold": f"{one.holdout.predicted:.0f}",
            "mean_error": f"{one.holdout.mae:.4f}",
            "root_mean_square": f"{one.holdout.rmse:.4f}",
        }
    return row


def _foretold(found: Forecast) -> list[str]:
    expected = found.predictions
    low, high = expected.total
    between = "" if math.isnan(low) else f" (95 %: {low:,.0f} to {high:,.0f})"
    said = [
        f"{found.chosen.model.name} foretold best what came from {day_of(found.tested_from)} on.",
        f"In {found.horizon_days} days: {expected.expected.sum():,.0f} orders{between} of these customers.",
    ]
    if expected.spend is not None:
        value = float(np.nansum(expected.spend * expected.expected))
        said.append(f"They are worth {value:,.0f}, in the currency of the file.")
    if found.spend_lacks is not None:
        said.append(f"Nothing is said of spend. {found.spend_lacks}.")
    return [*said, *(words["en"] for words in found.cautions)]


def _lines(log: Log) -> dict[str, object]:
    """Say what became of the lines of a file."""
    said: dict[str, object] = {"rows": log.rows, "without_customer": log.without_customer, "skipped": log.refused}
    if log.first_refused is not None:
        said["first_skipped"] = asdict(log.first_refused)
    return said


def _named(letters: Sequence[str], fit: Fit) -> dict[str, float]:
    return dict(zip(letters, fit.parameters.tolist(), strict=True))


def _intervals(letters: Sequence[str], fit: Fit) -> dict[str, tuple[float, float]] | None:
    intervals = fit.intervals()
    return None if intervals is None else dict(zip(letters, intervals, strict=True))


def _known(interval: tuple[float, float]) -> tuple[float, float] | None:
    return None if math.isnan(interval[0]) else interval


def _spend(found: Forecast) -> dict[str, object] | None:
    """Tell the model of spend; why there is none where there were amounts; nothing where there were not."""
    if found.spend is None:
        return {"lacks": found.spend_lacks.facts} if found.spend_lacks else None
    mean = found.spend.mean_of_all()
    return {
        "name": spending.NAME,
        "parameters": _named(spending.LETTERS, found.spend.fit),
        "intervals": _intervals(spending.LETTERS, found.spend.fit),
        "log_likelihood": found.spend.fit.log_likelihood,
        "customers": found.spend.customers,
        "mean_per_order": mean if math.isfinite(mean) else None,
        "frequency_correlation": found.spend.frequency_correlation,
        "holdout": asdict(found.spend_holdout) if found.spend_holdout else None,
    }


def _predicted(log: Log, found: Forecast) -> Iterator[Row]:
    foretold = found.predictions
    start = day_of(found.until)
    numbers = [foretold.expected, foretold.low, foretold.high, foretold.alive]
    texts = [_written(one.tolist()) for one in numbers]
    on = [
        "" if not wait <= FARTHEST.days else start + timedelta(math.ceil(wait)) for wait in foretold.wait_days.tolist()
    ]
    names = map(log.customers.__getitem__, foretold.customer.tolist())
    if foretold.spend is None:
        return zip(names, *texts, on, strict=True)
    spend = foretold.spend
    return zip(names, *texts, on, _written(spend.tolist()), _written((spend * foretold.expected).tolist()), strict=True)


def _written(numbers: list[float]) -> list[str]:
    """Write numbers with nine digits; nothing for what is not known."""
    return ["" if math.isnan(number) else f"{number:.9g}" for number in numbers]


def recency_frequency_monetary(log: Log, *, at: int) -> Answer:
    """Score every customer, and count the cells. Raises: NotEnoughHistory, AmountsTooLarge."""
    scores = rfm.score(log.purchases, at=at)
    cells = scores.cells()
    quintiles = {
        "recency_days": _quintiles(scores.r, scores.recency_days, int),
        "frequency": _quintiles(scores.f, scores.frequency, int),
    }
    heads = ["customer", "recency_days", "frequency", "r", "f", "cell", "name_en", "name_fr"]
    columns = [scores.recency_days.tolist(), scores.frequency.tolist(), scores.r.tolist(), scores.f.tolist()]
    if scores.monetary is not None and scores.m is not None:
        quintiles["monetary"] = _quintiles(scores.m, scores.monetary, money)
        heads[3:5] = ["monetary", "r", "f", "m"]
        columns[2:4] = [list(map(money, scores.monetary.tolist())), columns[2], columns[3], scores.m.tolist()]
    names = [log.customers[number] for number in scores.customer.tolist()]
    said = [(cell.value, *rfm.NAMES[cell]) for cell in cells]
    table = _cells(scores, cells)
    report = {
        "customers": len(scores.customer),
        "at": day_of(at),
        **_lines(log),
        "orders": int(scores.frequency.sum()),
        "revenue": None if scores.monetary is None else money(int(scores.monetary.sum())),
        "cells": table,
        "quintiles": quintiles,
    }
    return Answer(
        report=report,
        title=f"{len(names):,} customers at the end of {day_of(at)}",
        table=[
            {
                name: f"{value:.1%}" if isinstance(value, float) else value
                for name, value in row.items()
                if name != "cell"
            }
            for row in table
        ],
        sentences=(),
        heads=tuple(heads),
        rows=((name, *row, *words) for name, row, words in zip(names, zip(*columns, strict=True), said, strict=True)),
    )


def money(millionths: int) -> Decimal:
    """Give an amount exactly, with at least two decimals."""
    amount = Decimal(millionths).scaleb(-6)
    short = amount.quantize(Decimal("0.01"))
    return short if short == amount else amount.normalize()


def _cells(scores: rfm.Scores, cells: list[rfm.Cell]) -> list[dict[str, object]]:
    """Count each cell. Order: as `rfm.NAMES`."""
    number = {cell: place for place, cell in enumerate(rfm.NAMES)}
    at = np.array([number[cell] for cell in cells], dtype=np.int64)
    revenue = None if scores.monetary is None else scores.monetary
    whole = 0 if revenue is None else int(revenue.sum())
    table = []
    for cell, (english, french) in rfm.NAMES.items():
        here = at == number[cell]
        row: dict[str, object] = {
            "cell": cell.value, "name_en": english, "name_fr": french, "customers": int(here.sum()),
            "customers_share": float(here.mean()), "orders": int(scores.frequency[here].sum()),
        }  # fmt: skip
        if revenue is not None:
            its = int(revenue[here].sum())
            row |= {"revenue": money(its), "revenue_share": its / whole if whole else None}
        table.append(row)
    return table


def _quintiles(score: Integers, values: Integers, shown: Callable[[int], object]) -> list[dict[str, object]]:
    """Say what values each score stands for. Order: by score; a score that nobody has is left out."""
    parts = [(one, values[score == one]) for one in np.unique(score).tolist()]
    return [
        {"score": one, "customers": len(its), "least": shown(int(its.min())), "most": shown(int(its.max()))}
        for one, its in parts
    ]


def repurchases(log: Log, *, until: int) -> Answer:
    """Estimate for each category when customers buy of it again."""
    assert log.category is not None
    known = log.category >= 0
    bought = log.purchases.where(known)
    kept = np.ones(len(bought), dtype=np.bool_) if bought.amount is None else bought.amount >= 0
    waits = repurchase.waits(log.category[known][kept], bought.customer[kept], bought.day[kept], until=until)
    found = [
        (name, of, repurchase.survival(waits.days[of], waits.came[of]))
        for number, name in enumerate(log.categories)
        for of in (waits.category == number,)
        if of.any()
    ]
    categories = [
        _category(name, int(of.sum()), int(waits.came[of].sum()), len(np.unique(waits.customer[of])), curve)
        for name, of, curve in found
    ]
    report = {
        "until": day_of(until),
        **_lines(log),
        "without_category": int((~known).sum()),
        "categories": categories,
    }
    return Answer(
        report=report,
        title=f"When customers buy again, as known at the end of {day_of(until)}",
        table=[_category_told(row) for row in categories],
        sentences=(),
        heads=("category", "day", "at_risk", "bought_again", "not_yet_share", "low", "high"),
        rows=_curves([(name, curve) for name, _, curve in found]),
    )


def _category_told(row: Mapping[str, object]) -> dict[str, object]:
    told = {name: row[name] for name in ("category", "customers", "purchases", "repurchases")}
    days = row["days_by_share"]
    if not isinstance(days, dict):
        return told | dict.fromkeys(_HALVES, "–") | {"note": row["lacks"]}
    return told | dict(zip(_HALVES, days.values(), strict=True)) | {"note": ""}


_HALVES = ("a_quarter_by_day", "half_by_day", "three_quarters_by_day")


def _category(name: str, purchases: int, came: int, customers: int, curve: Curve) -> dict[str, object]:
    said: dict[str, object] = {
        "category": shown(name), "customers": customers, "purchases": purchases, "repurchases": came,
        "waiting": purchases - came,
    }  # fmt: skip
    if came < repurchase.FEWEST_REPURCHASES:
        lacks = f"not enough history: needs {repurchase.FEWEST_REPURCHASES} repurchases"
        return said | {"days_by_share": None, "lacks": lacks}
    return said | {
        "days_by_share": {f"{share:.2f}": curve.day_of(share) for share in SHARES},
        "again_within_year_share": curve.again_by(lifetime.YEAR_DAYS),
    }


def _curves(curves: list[tuple[str, Curve]]) -> Iterator[Row]:
    for name, one in curves:
        shares = (_written(share.tolist()) for share in (one.waiting, one.low, one.high))
        days = zip(one.day.tolist(), one.at_risk.tolist(), one.again.tolist(), *shares, strict=True)
        yield from ((name, *row) for row in days)
