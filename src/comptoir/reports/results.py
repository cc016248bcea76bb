"""What scenarios bring: revenue by touch, what became of messages, and treated people beside the control group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from comptoir.clock import instant, micros
from comptoir.model.message import Outcome, Reason

Ask = Callable[[str, Mapping[str, object]], list[dict[str, Any]]]
"""Answer a named report (`reports/sql/<name>.sql`) with its parameters; instants are microseconds since 1970."""

WINDOW_DAYS = 7
"""Days after a click, or after a decision, within which an order counts."""
EARLIEST = instant(0)
LATEST = datetime.max.replace(tzinfo=EARLIEST.tzinfo, microsecond=0)


def results(
    ask: Ask,
    *,
    brand: str | None = None,
    since: datetime = EARLIEST,
    until: datetime = LATEST,
    window_days: int = WINDOW_DAYS,
) -> dict[str, Any]:
    """
    Give the results of a stretch of time.

    Shape:  `revenue`: rows by touch; `scenarios`: one an entry a scenario, with `eligible`, `held_out`, `sent`,
            `clicked`, `ordered`, `dropped` by reason, `attributed`, `treated`, `control`.
    Units:  minor units of each row's currency; rates 0–1.
    """
    span: dict[str, object] = {"brand": brand, "from_at": micros(since), "until_at": micros(until)}
    windowed = span | {"window_days": window_days}
    revenue = ask("results_revenue", span)
    counted = ask("results_messages", span)
    attributed = ask("results_attributed", windowed)
    arms = ask("results_arms", windowed)
    names = sorted({str(row["scenario"]) for row in [*counted, *attributed, *arms]})
    return {
        "brand": brand,
        "window_days": window_days,
        "revenue": revenue,
        "scenarios": [_scenario(name, _of(counted, name), _of(attributed, name), _of(arms, name)) for name in names],
    }


def _of(rows: list[dict[str, Any]], scenario: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["scenario"] == scenario]


def _scenario(
    name: str, counted: list[dict[str, Any]], attributed: list[dict[str, Any]], arms: list[dict[str, Any]]
) -> dict[str, Any]:
    by_outcome: dict[str, int] = defaultdict(int)
    dropped: dict[str, int] = defaultdict(int)
    for row in counted:
        by_outcome[row["outcome"]] += row["messages"]
        if row["outcome"] in {Outcome.DROPPED, Outcome.REPLACED}:
            dropped[row["reason"] or row["outcome"]] += row["messages"]
    not_eligible = sum(dropped[reason] for reason in Reason if reason.is_before_eligibility and reason in dropped)
    total = sum(by_outcome.values())
    clicked_orders = sum(row["orders"] for row in attributed if row["way"] == "clicked")
    return {
        "scenario": name,
        "versions": sorted({row["version"] for row in counted if row["version"] is not None}),
        "candidates": total,
        "eligible": total - not_eligible,
        "held_out": by_outcome[Outcome.HELD_OUT],
        "sent": by_outcome[Outcome.SENT],
        "failed": by_outcome[Outcome.FAILED],
        "unknown": sum(row["unknown"] for row in counted),
        "clicked": sum(row["clicked"] for row in counted),
        "ordered": clicked_orders,
        "dropped": dict(sorted(dropped.items())),
        "attributed": [{key: row[key] for key in ("way", "currency", "orders", "revenue_minor")} for row in attributed],
        "treated": _arm(arms, "treated"),
        "control": _arm(arms, "control"),
        "contaminated": _arm(arms, "contaminated")["people"],
    }


def _arm(arms: list[dict[str, Any]], arm: str) -> dict[str, Any]:
    mine = [row for row in arms if row["arm"] == arm]
    people = mine[0]["people"] if mine else 0
    # one currency a row; a person who bought in two counts once in each
    buyers = max((row["buyers"] for row in mine), default=0)
    return {
        "people": people,
        "buyers": buyers,
        "order_rate": round(buyers / people, 6) if people else None,
        "orders": sum(row["orders"] for row in mine),
        "revenue": [
            {
                "currency": row["currency"],
                "revenue_minor": row["revenue_minor"],
                "revenue_minor_a_person": round(row["revenue_minor"] / people, 2) if people else None,
            }
            for row in mine
            if row["currency"] is not None
        ],
    }
