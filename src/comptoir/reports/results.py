"""What scenarios bring: their messages, the orders credited to them, and treated people beside the control group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from comptoir.clock import instant, micros
from comptoir.model.message import Outcome, Reason
from comptoir.reports import compare, measures
from comptoir.reports.measures import NOTHING_KEPT, Ask, Kept, Measures

WINDOW_DAYS = 7
"""Days after a click, or after a draw, within which an order counts."""
MOST_WINDOW_DAYS = 90
EARLIEST = instant(0)
LATEST = datetime.max.replace(tzinfo=EARLIEST.tzinfo, microsecond=0)
EVERYTHING = "*"
"""The scenario that stands for all marketing together, beside the universal control group."""

_WAYS = ("clicked", "first_touch", "last_touch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """What results need to know that no fact says."""

    zones: Mapping[str, str] = field(default_factory=dict)
    """The zone of each brand."""
    control_shares: Mapping[tuple[str, int], float] = field(default_factory=dict)
    """By scenario and version, 0–1; the universal control group's stands under (`*`, 0)."""
    deferred: Mapping[tuple[str, int, str, str], int] = field(default_factory=dict)
    """By scenario, version, step and brand: candidates that wait for room now."""
    crowded_out: Mapping[tuple[str, int, str, str], int] = field(default_factory=dict)
    """By scenario, version, step and brand: candidates whose place its messages took."""


NOTHING_AUTHORED = Authored()


def results(
    ask: Ask,
    *,
    brand: str | None = None,
    brands: Collection[str] = (),
    since: datetime = EARLIEST,
    until: datetime = LATEST,
    zone: tzinfo = UTC,
    window_days: int = WINDOW_DAYS,
    authored: Authored = NOTHING_AUTHORED,
    closed: Kept = NOTHING_KEPT,
    is_as_of: bool = False,
) -> dict[str, Any]:
    """
    Give the results of a stretch of days of a `zone`: closed days as they were written, open ones as they are now.

    They are of one `brand`, of several `brands`, or of all there are.

    With `is_as_of`, only what the ledger `closed` says. A window other than the ledger's is measured anew throughout.

    Shape:  `revenue`: rows by touch; `currencies`: what was paid in others than the brand's; `visits`: by channel,
            engine, network or site, and how many were engaged; `scenarios`: an entry a scenario; `everything`: all
            marketing beside the universal control group; `restated`: what was found out about days after they were
            closed.
    Units:  minor units of each row's currency; rates 0–1.
    """
    if window_days != WINDOW_DAYS:
        closed = NOTHING_KEPT
    now: Measures = (
        {} if is_as_of else measures.live(ask, authored.zones, window_days=window_days, since=closed.closed_until)
    )
    days = (_day(since, zone), _day(until, zone))
    found = measures.between(measures.together(closed, now), *days)
    only = frozenset(brands) if brand is None else frozenset({brand})
    if only:
        found = {cell: value for cell, value in found.items() if cell.brand in only}
    span: dict[str, object] = {"brands": sorted(only), "from_at": micros(since), "until_at": micros(until)}
    names = sorted({cell.scenario for cell in found} - {EVERYTHING})
    restated = measures.between(closed.restated, *days)
    return {
        "brand": brand,
        "window_days": window_days,
        "closed_until": closed.closed_until.isoformat() if closed is not NOTHING_KEPT else None,
        "revenue": [] if is_as_of else ask("results_revenue", span),
        "currencies": [] if is_as_of else ask("results_currencies", span),
        "visits": [] if is_as_of else ask("visits_by_channel", span),
        "scenarios": [_scenario(name, found, authored, only) for name in names],
        "everything": _arms(found, EVERYTHING, authored) if _has_arms(found, EVERYTHING) else None,
        "restated": [
            {**cell._asdict(), "day": cell.day.isoformat(), "value": value}
            for cell, value in sorted(restated.items())
            if (not only or cell.brand in only) and not cell.measure.startswith("squares:")
        ],
    }


def for_role(answer: dict[str, Any], *, is_finance: bool) -> dict[str, Any]:
    """Leave out what only finance and admins read: what is only claimed, restatements, and what each person spent."""
    if is_finance:
        return answer
    kept = {key: value for key, value in answer.items() if key != "restated"}
    kept["revenue"] = [
        {key: value for key, value in row.items() if key != "claimed_minor"} for row in answer["revenue"]
    ]
    kept["scenarios"] = [
        {**one, **{arm: _without_persons(one[arm]) for arm in ("treated", "control")}} for one in answer["scenarios"]
    ]
    return kept


def _without_persons(arm: Mapping[str, Any]) -> dict[str, Any]:
    rows = [{key: value for key, value in row.items() if key != "revenue_minor_a_person"} for row in arm["revenue"]]
    return {**arm, "revenue": rows}


def _scenario(name: str, found: Measures, authored: Authored, brands: Collection[str]) -> dict[str, Any]:
    mine = {cell: value for cell, value in found.items() if cell.scenario == name}
    told = {(cell.version, cell.step) for cell in mine if cell.step}
    return {
        "scenario": name,
        "versions": sorted({cell.version for cell in mine}),
        **_messages(mine, authored, name, brands),
        **_arms(mine, name, authored),
        "steps": [
            {
                "version": version,
                "step": step,
                **_messages(_at(mine, version, step), authored, name, brands),
                "brands": [
                    {"brand": one, **_messages(_in(_at(mine, version, step), one), authored, name, (one,))}
                    for one in sorted({cell.brand for cell in _at(mine, version, step)})
                ],
            }
            for version, step in sorted(told)
        ],
        "brands": [
            {"brand": one, **_messages(_in(mine, one), authored, name, (one,)), **_arms(_in(mine, one), name, authored)}
            for one in sorted({cell.brand for cell in mine})
        ],
    }


def _at(values: Measures, version: int, step: str) -> Measures:
    return {cell: value for cell, value in values.items() if (cell.version, cell.step) == (version, step)}


def _in(values: Measures, brand: str) -> Measures:
    return {cell: value for cell, value in values.items() if cell.brand == brand}


def _messages(values: Measures, authored: Authored, scenario: str, brands: Collection[str]) -> dict[str, Any]:
    """Count messages, and what they are credited with."""

    def count(*names: str) -> int:
        return measures.total(values, names)

    cells = {(cell.version, cell.step) for cell in values}
    dropped = measures.by_rest(values, f"{Outcome.DROPPED}:")
    for outcome in (Outcome.REPLACED,):
        for reason, number in measures.by_rest(values, f"{outcome}:").items():
            dropped[reason] = dropped.get(reason, 0) + number
    held = measures.by_rest(values, f"{Outcome.HELD_OUT}:")
    return {
        "candidates": count("candidates"),
        "eligible": count("eligible"),
        "held_out": sum(held.values()),
        "held_out_by": held,
        "sent": count(Outcome.SENT, f"{Outcome.SENT}:unknown"),
        "deferred": _now(authored.deferred, scenario, cells, brands),
        "failed": count(Outcome.FAILED),
        "unknown": count("unknown"),
        "delivered": count("delivered"),
        "bounced": count("bounced"),
        "clicked": count("clicked"),
        "robot_clicked": count("robot_clicked"),
        "unsubscribed": count("unsubscribed"),
        "complained": count("complained"),
        "ordered": count("orders:clicked"),
        "dropped": dict(sorted(dropped.items())),
        "attributed": list(_attributed(values)),
        "pressure": {
            "spent": count(Outcome.SENT, f"{Outcome.SENT}:unknown"),
            "crowded_out": _now(authored.crowded_out, scenario, cells, brands),
        },
    }


def _attributed(values: Measures) -> Iterable[dict[str, Any]]:
    for way in _WAYS:
        orders = measures.by_currency(values, f"orders:{way}")
        revenue = measures.by_currency(values, f"revenue:{way}")
        for currency in sorted({*orders, *revenue}):
            yield {
                "way": way,
                "currency": currency,
                "orders": orders.get(currency, 0),
                "revenue_minor": revenue.get(currency, 0),
            }


def _now(
    counts: Mapping[tuple[str, int, str, str], int],
    scenario: str,
    cells: set[tuple[int, str]],
    brands: Collection[str],
) -> int:
    return sum(
        number
        for (name, version, step, of), number in counts.items()
        if name == scenario and (version, step) in cells and (not brands or of in brands)
    )


# ── arms ──


def _has_arms(values: Measures, scenario: str) -> bool:
    return measures.total(values, ("people:control",), scenario=scenario) > 0


def _arms(values: Measures, scenario: str, authored: Authored) -> dict[str, Any]:
    """Compare the arms, in each currency in which anybody ordered."""
    mine = {cell: value for cell, value in values.items() if cell.scenario == scenario}
    people = {arm: measures.total(mine, (f"people:{arm}",)) for arm in ("treated", "control", "contaminated")}
    currencies = sorted(
        {cell.currency for cell in mine if cell.currency and cell.measure in {"orders:treated", "orders:control"}}
    )
    return {
        "treated": _arm(mine, "treated", people["treated"], currencies),
        "control": _arm(mine, "control", people["control"], currencies),
        "contaminated": people["contaminated"],
        "first_day": min((cell.day for cell in mine if cell.measure.startswith("people:")), default=None),
        "incremental": [_incremental(mine, people, currency) for currency in currencies],
        "sample_ratio": _ratio(mine, scenario, people, authored),
    }


def _arm(values: Measures, arm: str, people: int, currencies: list[str]) -> dict[str, Any]:
    buyers = measures.total(values, (f"buyers:{arm}",))
    revenue = measures.by_currency(values, f"revenue:{arm}")
    return {
        "people": people,
        "buyers": buyers,
        "order_rate": round(buyers / people, 6) if people else None,
        "orders": measures.total(values, (f"orders:{arm}",)),
        "revenue": [
            {
                "currency": currency,
                "revenue_minor": revenue.get(currency, 0),
                "revenue_minor_a_person": round(revenue.get(currency, 0) / people, 2) if people else None,
            }
            for currency in currencies
            if currency in revenue
        ],
    }


def _incremental(values: Measures, people: Mapping[str, int], currency: str) -> dict[str, Any]:
    def arm(name: str) -> compare.Arm:
        return compare.Arm(
            people=people[name],
            total=measures.total(values, (f"revenue:{name}",), currency=currency),
            squares=measures.total(values, (f"squares:{name}",), currency=currency),
        )

    found = compare.difference(arm("treated"), arm("control"))
    if found is None:
        return {"currency": currency, "says": "too_few_people", "fewest": compare.FEWEST}
    growth = compare.growth_until_clear(found)
    rounded = {name: value if isinstance(value, bool) else round(value, 2) for name, value in asdict(found).items()}
    return {"currency": currency, "says": "clear" if found.is_clear else "not_clear", **rounded, "growth": growth}


def _ratio(values: Measures, scenario: str, people: Mapping[str, int], authored: Authored) -> dict[str, Any]:
    """Check the arms' sizes against the shares that each version asked for."""
    expected = 0.0
    for version in {cell.version for cell in values if cell.measure.startswith("people:")}:
        share = authored.control_shares.get((scenario, version))
        if share is None:
            return {"p": None, "alarm": False}
        drawn = measures.total(values, ("people:treated", "people:control"), version=version)
        expected += share * drawn
    p = compare.sample_ratio(people["treated"], people["control"], expected)
    return {
        "expected_control": round(expected, 1),
        "control": people["control"],
        "p": None if p is None else float(f"{p:.3g}"),
        "alarm": p is not None and p < compare.ALARM,
    }


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(UTC if at in {EARLIEST, LATEST} else zone).date()  # no zone reaches beyond the calendar


def not_eligible() -> frozenset[str]:
    """Name the reasons that take a person out before arms are drawn; a test holds the SQL equal to it."""
    return frozenset(reason.value for reason in Reason if reason.is_before_eligibility)
