"""Lifetime value of a million customers: seconds and memory of each part, against one plain pass over their likelihood."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from scipy.special import gammaln

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir.scores import counting, lifetime, rfm, spending
from comptoir.scores.base import MILLIONTHS
from comptoir.scores.history import Purchases, a_day_each, gather, summarize, thinned

DAYS = 730
CUT = 548


def shoppers(customers: int) -> Purchases:
    """Draw customers who come over two years, buy at rates of their own, and leave after a purchase."""
    draw = np.random.default_rng(7)
    begin = draw.uniform(0, CUT - 30, customers)
    count = draw.poisson(draw.gamma(0.6, 1 / 12.0, customers) * (DAYS - begin) / 7)
    stays = draw.geometric(draw.beta(0.9, 2.5, customers))
    kept = np.minimum(count, stays)
    # the earliest `kept` of `count` uniform instants, by their order statistics: exponential gaps, scaled
    customer = np.repeat(np.arange(customers), count + 1)
    gaps = draw.exponential(1.0, len(customer))
    ends = np.cumsum(count + 1)
    walked = np.cumsum(gaps)
    before = np.concatenate([[0.0], walked[ends[:-1] - 1]])
    share = (walked - before[customer]) / (walked[ends - 1] - before)[customer]
    nth = np.arange(len(customer)) - (ends - count - 1)[customer]
    here = nth < kept[customer]
    again = customer[here]
    day = begin[again] + share[here] * (DAYS - begin[again])
    every = np.concatenate([np.arange(customers), again])
    paid = draw.gamma(6.0, 1 / draw.gamma(4.0, 1 / 16.0, customers)[every]) * MILLIONTHS
    days = np.concatenate([begin, day]).astype(np.int64)
    mixed = draw.permutation(len(every))
    return Purchases(customer=every[mixed], day=days[mixed], amount=paid.astype(np.int64)[mixed])


def plain_pass(x: np.ndarray, t_x: np.ndarray, age: np.ndarray) -> float:
    """Work out the BG/NBD likelihood once, row by row, as the paper writes it."""
    r, alpha, a, b = 0.6, 12.0, 0.9, 2.5
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    left = np.where(x > 0, np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * np.log(alpha + t_x), -np.inf)
    return float((first + second + np.logaddexp(-(r + x) * np.log(alpha + age), left)).sum())


def timed(name: str, work: Callable[[], object], shown: list[tuple[str, float, float]]) -> object:
    began, spent = perf_counter(), process_time()
    result = work()
    shown.append((name, perf_counter() - began, process_time() - spent))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    machine.describe()
    bought = shoppers(asked.customers)
    shown: list[tuple[str, float, float]] = []
    days = timed("one purchase a day, refunds off", lambda: a_day_each(bought.where(bought.day < CUT)), shown)
    assert isinstance(days, Purchases)
    summary = summarize(days, until=CUT - 1)
    x, t_x, age = (part.astype(float) for part in (summary.frequency, summary.recency / 7, summary.age / 7))
    reference = min(timed_alone(lambda: plain_pass(x, t_x, age)) for _ in range(3))
    cells = gather(summary)
    few = [gather(thinned(summary, most)) for most in (2_000, 20_000)]
    for model in counting.MODELS:
        timed(f"fit {model.name}", lambda model=model: lifetime.fit_model(model, cells, few), shown)
    fitted = lifetime.Fitted(model=counting.BG_NBD, fit=lifetime.fit_model(counting.BG_NBD, cells, few))
    timed("predict, with intervals", lambda: lifetime.predict(fitted, summary, cells, horizon_days=365), shown)
    timed("fit Gamma-Gamma", lambda: spending.fit_spend(summary), shown)
    timed("all of it: three fits, holdout, spend, predictions", lambda: whole(bought), shown)
    timed("RFM", lambda: rfm.score(bought, at=DAYS).cells(), shown)
    print(f"{len(summary):,} customers, {len(bought):,} purchases, {len(cells):,} different histories;"
          f" one plain pass over the likelihood {reference * 1e3:.0f} ms")  # fmt: skip
    for name, seconds, cpu in shown:
        print(f"{name:<52} {seconds:6.2f} s, {cpu:6.2f} s of CPU, {seconds / reference:6.1f} × a plain pass")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


def whole(bought: Purchases) -> None:
    lifetime.forecast(bought, last_day=DAYS - 1, holdout_from=CUT)


def timed_alone(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


if __name__ == "__main__":
    main()
