"""Results: what became of the messages of each scenario, what is credited to it, and what it really brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right, Role
from comptoir.acting import authored
from comptoir.errors import ComptoirError
from comptoir.model import money
from comptoir.reports import ask, compare, measures, results
from comptoir.scenarios import definitions
from comptoir.web import charts, downloads, result_touches, scenario_names
from comptoir.web.downloads import FORMATS
from comptoir.web.remembered import Remembered
from comptoir.web.routes import get
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, render, speech_of, who_asks
from comptoir.web.visit import Period, Scope

COUNTS = (
    "candidates", "eligible", "held_out", "sent", "delivered", "clicked", "ordered", "deferred", "failed", "unknown",
    "bounced", "unsubscribed", "complained", "robot_clicked",
)  # fmt: skip
FUNNEL = ("candidates", "eligible", "held_out", "sent", "delivered", "clicked", "ordered")
BESIDE = ("deferred", "failed", "unknown", "bounced", "unsubscribed", "complained", "robot_clicked")
DEFINED = (*COUNTS, "dropped", "attributed", "brought", "sample_ratio", "contaminated", "pressure", "restated")
REPORTS = ("results_measures", "results_revenue", "results_currencies", "visits_by_channel")
FARTHEST = timedelta(days=730)
"""Beyond this nobody waits for a comparison to become clear."""
FRESH_SECONDS = 10.0
"""How old the figures may be: they are dear to measure, and change slowly."""
FINANCE = frozenset({Role.ADMIN, Role.FINANCE})


class NoSuchResult(ComptoirError, LookupError):
    """This scenario has no results in these days."""

    code, status = "no_such_result", 404
    hint = "Look at a longer period, or at every brand."


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a scenario brought in one currency. Units: minor units."""

    currency: str
    says: str
    """clear, not_clear or too_few_people."""
    total: int = 0
    low: int = 0
    high: int = 0
    clear_on: date | None = None
    """When it would be clear at the present pace, if the difference stayed; None where that is far or never."""
    fewest: int = compare.FEWEST
    drawn: Markup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited:
    """Orders credited to messages in one way and currency. Units: minor units."""

    way: str
    currency: str
    orders: int
    revenue_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One side of a comparison."""

    name: str
    people: int
    buyers: int
    order_rate: float | None
    orders: int
    revenue: tuple[tuple[str, int, float | None], ...]
    """Currency, minor units, and minor units a person (None for who may not read that)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Treated people beside those held out."""

    arms: tuple[Arm, ...]
    contaminated: int
    brought: tuple[Brought, ...]
    expected_control: float | None
    ratio: str
    """fine, alarm or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of the messages of something: a scenario, one of its steps, a brand of it."""

    name: str
    title: str
    version: int
    message: str
    """What the step says, such as the subject of its mail."""
    brand: str
    counts: Mapping[str, int]
    dropped: tuple[tuple[str, int], ...]
    credited: tuple[Credited, ...]
    spent: int
    crowded_out: int

    def by_way(self, way: str) -> tuple[Credited, ...]:
        """Give what is credited in one way."""
        return tuple(one for one in self.credited if one.way == way)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario's results."""

    whole: Row
    compared: Compared
    steps: tuple[Row, ...]
    brands: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that the pages show."""

    scenarios: tuple[Scenario, ...]
    everything: Compared | None
    revenue: tuple[Mapping[str, Any], ...]
    currencies: tuple[Mapping[str, Any], ...]
    """What was paid in another currency than the brand's."""
    visits: tuple[Mapping[str, Any], ...]
    """By channel, engine, network or site: how many, and how far they went."""
    restated: tuple[Mapping[str, Any], ...] | None
    """None for who may not read them."""
    closed_until: date | None
    window_days: int


Rows = list[dict[str, Any]]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    lately = Remembered[Rows](seconds=FRESH_SECONDS)

    async def page(request: Request) -> Response:
        """Answer the page."""
        return await show(lately, request)

    async def scenario_page(request: Request) -> Response:
        """Answer the page of one."""
        return await show_one(lately, request)

    return [
        get("/results", page, Right.SEE_RESULTS),
        get("/results/how", how_page, Right.SEE_RESULTS),
        get("/results/of/{scenario:path}", scenario_page, Right.SEE_RESULTS),
    ]


async def show(lately: Remembered[Rows], request: Request) -> Response:
    """Answer the overview, or its figures as CSV."""
    desk = desk_of(request)
    scope = desk.scope(request, default=Period.MONTH)
    report = await run_in_threadpool(load, lately, desk, request, scope)
    if (form := request.query_params.get("format")) in FORMATS:
        return as_file(report.scenarios, form)
    context = {
        "report": report,
        "touches": result_touches.by_currency(report.revenue),
        "has_claimed": any("claimed_minor" in row for row in report.revenue),
        "names": await run_in_threadpool(scenario_names.load, desk, speech_of(request)),
        "now": desk.clock.now(),
    }
    return render(request, "results", "results", context, scope=scope)


async def show_one(lately: Remembered[Rows], request: Request) -> Response:
    """Answer one scenario. Raises: NoSuchResult."""
    desk, name = desk_of(request), request.path_params["scenario"]
    scope = desk.scope(request, default=Period.MONTH)
    report = await run_in_threadpool(load, lately, desk, request, scope)
    found = next((one for one in report.scenarios if one.whole.name == name), None)
    if found is None:
        raise NoSuchResult(scenario=name)
    if (form := request.query_params.get("format")) in FORMATS:
        return as_file([found], form)
    restated = None if report.restated is None else [one for one in report.restated if one["scenario"] == name]
    context = {
        "one": found,
        "report": report,
        "restated": restated,
        "funnel": FUNNEL,
        "beside": BESIDE,
        "now": desk.clock.now(),
    }
    return render(request, "results", "result", context, scope=scope)


async def how_page(request: Request) -> Response:
    """Answer what each figure means, and the SQL it comes from."""
    context = {"names": DEFINED, "statements": [(name, ask.statement(name)) for name in REPORTS]}
    return render(request, "results", "results_how", context)


def load(lately: Remembered[Rows], desk: Desk, request: Request, scope: Scope) -> Report:
    """Gather the results of a scope, at most some seconds old. Raises: EngineUnreachable, EngineSilent."""
    said, who = speech_of(request), who_asks(request)

    def ask_for(name: str, parameters: Mapping[str, object]) -> Rows:
        request = {"kind": "report", "name": name, "parameters": parameters}
        return lately.get(f"{name} {sorted(parameters.items())}", lambda: desk.ask(request).to_pylist())

    with desk.state.read() as connection:
        known, closed = authored(connection), measures.kept(connection)
        shelf = definitions.load(connection).definitions
    answer = results.results(
        ask_for,
        brands=scope.brands,
        since=scope.since,
        until=scope.until,
        zone=scope.zone,
        authored=known,
        closed=closed,
    )
    answer = results.for_role(answer, is_finance=who.role in FINANCE)
    scenarios = [_scenario(one, shelf, said, scope) for one in answer["scenarios"]]
    return Report(
        scenarios=tuple(_drawn(scenarios, said)),
        everything=_compared(answer["everything"], scope) if answer["everything"] else None,
        revenue=tuple(answer["revenue"]),
        currencies=tuple(answer["currencies"]),
        visits=tuple(answer["visits"]),
        restated=tuple(answer["restated"]) if "restated" in answer else None,
        closed_until=None if closed.closed_until == measures.FIRST_DAY else closed.closed_until,
        window_days=answer["window_days"],
    )


def _scenario(one: Mapping[str, Any], shelf: Mapping[tuple[str, int], Any], said: Speech, scope: Scope) -> Scenario:
    name = one["scenario"]
    title = _title(name, one["versions"], shelf, said)
    steps = []
    for step in one["steps"]:
        message = _message(shelf.get((name, step["version"])), step["step"], said)
        row = _row(step, name, title, version=step["version"], step=step["step"], message=message)
        steps.append(row)
        if len(step["brands"]) > 1:
            steps += [replace(_row(of, name, title, brand=of["brand"]), version=row.version) for of in step["brands"]]
    return Scenario(
        whole=_row(one, name, title),
        compared=_compared(one, scope),
        steps=tuple(steps),
        brands=tuple(_row(of, name, title, brand=of["brand"]) for of in one["brands"]),
    )


def _row(
    one: Mapping[str, Any],
    name: str,
    title: str,
    *,
    version: int = 0,
    step: str = "",
    message: str = "",
    brand: str = "",
) -> Row:
    return Row(
        name=step or name,
        title=title,
        version=version,
        message=message,
        brand=brand,
        counts={count: one[count] for count in COUNTS},
        dropped=tuple(sorted(one["dropped"].items(), key=lambda pair: (-pair[1], pair[0]))),
        credited=tuple(Credited(**row) for row in one["attributed"]),
        spent=one["pressure"]["spent"],
        crowded_out=one["pressure"]["crowded_out"],
    )


def _title(name: str, versions: Sequence[int], shelf: Mapping[tuple[str, int], Any], said: Speech) -> str:
    known = [shelf[name, version] for version in reversed(versions) if (name, version) in shelf]
    return str(known[0].title.get(said.language.value) or name) if known else name


def _message(definition: Any, step: str, said: Speech) -> str:
    """Say what a step's message begins with: the subject in the reader's tongue, or the stored template's name."""
    place = definition.program.get(step) if definition is not None else None
    spoken = getattr(place.step, "template", None) if place is not None else None
    if spoken is None:
        return str(getattr(place.step, "stored", None) or "") if place is not None else ""
    words: Mapping[str, Mapping[str, str]] = definition.words.get(spoken, {})
    chosen = words.get(said.language.value) or next(iter(words.values()), dict[str, str]())
    return chosen.get("subject", str(spoken))


def _compared(one: Mapping[str, Any], scope: Scope) -> Compared:
    ratio = one["sample_ratio"]
    people = min(one[arm]["people"] for arm in ("treated", "control"))
    days = (scope.last_day - max(one["first_day"] or scope.first_day, scope.first_day)).days + 1
    return Compared(
        arms=tuple(_arm(name, one[name]) for name in ("treated", "control")),
        contaminated=one["contaminated"],
        brought=tuple(_brought(row, scope.last_day, days, people) for row in one["incremental"]),
        expected_control=ratio.get("expected_control"),
        ratio="alarm" if ratio["alarm"] else "unknown" if ratio["p"] is None else "fine",
    )


def _arm(name: str, one: Mapping[str, Any]) -> Arm:
    return Arm(
        name=name,
        people=one["people"],
        buyers=one["buyers"],
        order_rate=one["order_rate"],
        orders=one["orders"],
        revenue=tuple(
            (row["currency"], row["revenue_minor"], row.get("revenue_minor_a_person")) for row in one["revenue"]
        ),
    )


def _brought(row: Mapping[str, Any], last_day: date, days: int, people: int) -> Brought:
    """`people` is the size of the smaller side, which grew to that in `days`."""
    if row["says"] == "too_few_people":
        growth = row["fewest"] / people if people else None
        return Brought(
            currency=row["currency"], says=row["says"], fewest=row["fewest"], clear_on=_when(growth, last_day, days)
        )
    return Brought(
        currency=row["currency"],
        says=row["says"],
        total=round(row["total"]),
        low=round(row["total_low"]),
        high=round(row["total_high"]),
        clear_on=None if row["says"] == "clear" else _when(row["growth"], last_day, days),
    )


def _when(growth: float | None, last_day: date, days: int) -> date | None:
    if growth is None or (growth - 1) * days > FARTHEST.days:
        return None
    return last_day + timedelta(days=max(1, round((growth - 1) * days)))


def _drawn(scenarios: Sequence[Scenario], said: Speech) -> Iterable[Scenario]:
    """Draw the intervals of all scenarios on one scale a currency, so that they can be compared."""
    scales: dict[str, tuple[float, float]] = {}
    for one in scenarios:
        for row in one.compared.brought:
            least, most = scales.get(row.currency, (0.0, 0.0))
            scales[row.currency] = (min(least, row.low, 0), max(most, row.high, 0))
    for one in scenarios:
        brought = tuple(_with_drawing(row, scales[row.currency], said) for row in one.compared.brought)
        yield replace(one, compared=replace(one.compared, brought=brought))


def _with_drawing(row: Brought, scale: tuple[float, float], said: Speech) -> Brought:
    if row.says == "too_few_people":
        return row
    figures = {name: said.money(getattr(row, name), row.currency) for name in ("total", "low", "high")}
    drawn = charts.interval(
        row.low,
        row.total,
        row.high,
        least=scale[0],
        most=scale[1],
        is_clear=row.says == "clear",
        says=said("results.interval", **figures),
    )
    return replace(row, drawn=drawn)


def as_file(scenarios: Sequence[Scenario], form: str) -> Response:
    """Answer the counts of scenarios, their steps and brands as a file; a workbook has a column a currency."""
    currencies = sorted({each.currency for one in scenarios for each in one.whole.credited})
    rows = [
        {
            "level": level,
            "scenario": one.whole.name,
            "version": row.version or None,
            "step": row.name if level == "step" else None,
            "brand": row.brand or None,
            **row.counts,
            "dropped": sum(count for _, count in row.dropped),
            **{
                f"{what}_{way}": said
                for way in ("last_touch", "first_touch", "clicked")
                for what, said in (_summed(row, way, currencies) if form == "xlsx" else _credited(row, way)).items()
            },
        }
        for one in scenarios
        for level, row in _levels(one)
    ]
    return downloads.answer(pa.Table.from_pylist(rows), "results", form)


def _levels(one: Scenario) -> list[tuple[str, Row]]:
    return [("scenario", one.whole), *(("step", row) for row in one.steps), *(("brand", row) for row in one.brands)]


def _summed(row: Row, way: str, currencies: Sequence[str]) -> dict[str, Decimal | int]:
    found = row.by_way(way)
    amounts = {one.currency: money.major(one.revenue_minor, one.currency) for one in found}
    return {
        "orders": sum(one.orders for one in found),
        **{f"revenue_{currency}": amounts.get(currency, Decimal(0)) for currency in currencies},
    }


def _credited(row: Row, way: str) -> dict[str, str | int]:
    found = row.by_way(way)
    return {
        "orders": sum(one.orders for one in found),
        "revenue_minor": "; ".join(f"{one.revenue_minor} {one.currency}" for one in found),
    }
