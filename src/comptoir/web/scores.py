"""Scores: what is counted of people every night and how, what is missing, how people are spread, and who moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.keys import list_brands
from comptoir.access.roles import Principal, Right
from comptoir.scores.plugin import Given, Score, Texts
from comptoir.web import called, score_answers
from comptoir.web.routes import get, post, tell
from comptoir.web.score_answers import Run, Spread
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, own_brands, render, speech_of, who_asks

DAYS = 30
MOST = 20
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How a plug-in does for a brand."""

    brand: str
    state: str
    people: int
    changed: int
    at: datetime
    needs: str
    found: int | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A plug-in in the list, with the scores it gives."""

    name: str
    title: str
    says: str
    formula: str
    source: str
    gives: Sequence[tuple[str, str]]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """People of a label or of a stretch of values, now and before. `share` of all now, 0–1."""

    says: str
    now: int
    then: int
    share: float
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a score, or who moved to another kind."""

    link: str
    name: str
    value: str
    kind: str
    before: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """How many people went from which kind to which in a month. A cell without anybody is None."""

    month: str
    months: Sequence[tuple[str, str]]
    """Each month as an address writes it, and in words. Order: the latest first."""
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page of a score shows."""

    name: str
    title: str
    card: Card
    line: Line | None
    brand: str
    brands: Sequence[str]
    label: str
    label_says: str
    bars: Sequence[Bar]
    spread: Spread
    verdict: str
    moved: Sequence[Person]
    people: Sequence[Person]
    figures: Sequence[tuple[str, str]]
    days: int
    matrix: Matrix | None


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scores", page, Right.SEE_CUSTOMERS),
        get("/scores/{name}", score_page, Right.SEE_CUSTOMERS),
        post("/scores/{name}/run", run, Right.CAMPAIGN, deed=Deed.SCORES_RUN),
    ]


async def page(request: Request) -> Response:
    """Answer the list, or for htmx how far a run is."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shelf, going = await run_in_threadpool(_shelf, desk, who)
    context = {
        "cards": [_card(one.plugin, one.runs, said) for one in shelf],
        "going": going,
        "may_run": who.may(Right.CAMPAIGN),
    }
    return render(request, "scores", "scores", context, block="going" if is_fragment(request) else "")


def _shelf(desk: Desk, who: Principal) -> tuple[list[score_answers.Shown], Mapping[str, Any] | None]:
    return score_answers.shelf(desk, who), score_answers.progress(desk, who)


async def run(request: Request, form: FormData) -> Response:
    """Count a plug-in's scores now; it goes on in the background."""
    del form
    desk, who, name = desk_of(request), who_asks(request), request.path_params["name"]
    await run_in_threadpool(score_answers.run, desk, who, [name])
    tell(request, about=name)
    return go("/scores", done="scores.running")


async def score_page(request: Request) -> Response:
    """Answer how people are spread over a score, who moved, and who stands where. Raises: NoSuchScore."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    brands = [one.name for one in own_brands(request)]
    asked, label = request.query_params.get("brand", ""), request.query_params.get("label", "")[:60]
    brand = asked if asked in brands else next(iter(brands), "")
    known = score_answers.given(name)
    label = label if label in known.labels else ""
    month = request.query_params.get("month", "")[:7]
    look = Looking(desk, who, said, known, month)
    found = await run_in_threadpool(_page, look, brand=brand, label=label, brands=brands)
    return render(request, "scores", "score", {"page": found})


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at which score."""

    desk: Desk
    who: Principal
    said: Speech
    given: Given
    month: str


def _page(look: Looking, *, brand: str, label: str, brands: Sequence[str]) -> Page:
    desk, who, said, known = look.desk, look.who, look.said, look.given
    shown = next(one for one in score_answers.shelf(desk, who) if known in one.plugin.gives)
    card = _card(shown.plugin, shown.runs, said)
    spread = score_answers.spread(desk, who, known.name, brand, days=DAYS)
    since = desk.clock.now() - timedelta(days=DAYS)
    moved = score_answers.moved(desk, who, known.name, brand, since=since, most=MOST)
    people = score_answers.people(desk, who, known.name, brand, label=label, most=MOST)
    report = next((one.report for one in shown.runs if one.brand == brand), {})
    currency = next((one.currency for one in _currencies(desk) if one.name == brand), "EUR")
    return Page(
        name=known.name, title=known.words[said.language.value], card=card,
        line=next((one for one in card.lines if one.brand == brand), None), brand=brand, brands=brands, label=label,
        label_says=label_of(known, label, said) if label else "", bars=_bars(look, spread, brand), spread=spread,
        verdict="" if spread.verdict is None else said(f"score.drift.{spread.verdict}"),
        moved=_people(look, moved), people=_people(look, people), figures=_figures(report, currency, said), days=DAYS,
        matrix=lay_out(known, said, look.month, report.get("months") or ()),
    )  # fmt: skip


def lay_out(known: Given, said: Speech, month: str, moves: Sequence[Mapping[str, Any]]) -> Matrix | None:
    """Lay out the moves between the kinds of a score in the month that is asked for, or else in the latest one."""
    months = sorted({str(one["month"]) for one in moves}, reverse=True)
    if not months:
        return None
    month = month if month in months else months[0]
    counts = {(one["from"], one["to"]): one["people_count"] for one in moves if one["month"] == month}
    kinds = [label for label in known.labels if any(label in pair for pair in counts)]
    return Matrix(
        month=month, columns=[label_of(known, one, said) for one in kinds],
        months=[(one, said.month(int(one[:4]), int(one[5:]))) for one in months],
        rows=[(label_of(known, one, said), [counts.get((one, to)) for to in kinds]) for one in kinds],
    )  # fmt: skip


def _currencies(desk: Desk) -> Sequence[Any]:
    return list_brands(desk.state)


def _card(plugin: Score, runs: Sequence[Run], said: Speech) -> Card:
    def say(texts: Texts) -> str:
        return said.spaced(texts[said.language.value])

    about = plugin.about
    return Card(
        name=plugin.name, title=say(about.title), says=say(about.says), formula=say(about.formula),
        source=about.source, gives=[(one.name, say(one.words)) for one in plugin.gives],
        lines=[
            Line(
                brand=one.brand, state=one.state, people=one.people_count, changed=one.change_count, at=one.ran_at,
                needs=say(one.needs) if one.needs else "", found=one.found, error=one.error,
            )
            for one in runs
        ],
    )  # fmt: skip


def _bars(look: Looking, spread: Spread, brand: str) -> list[Bar]:
    total = sum(one.now_count for one in spread.buckets) or 1
    name = look.given.name
    return [
        Bar(
            says=label_of(look.given, one.bucket, look.said), now=one.now_count, then=one.then_count,
            share=one.now_count / total,
            link=f"/scores/{name}?brand={brand}&label={one.bucket}" if one.bucket in look.given.labels else "",
        )
        for one in spread.buckets
    ]  # fmt: skip


def label_of(known: Given, label: str, said: Speech) -> str:
    """Say a label, or from which value on a stretch goes."""
    if label in known.labels:
        return said.spaced(known.labels[label][said.language.value])
    try:
        return said("score.from", value=value_of(known, float(label), said))
    except ValueError:
        return label or said("score.no_label")


def value_of(known: Given, value: float | None, said: Speech, currency: str = "EUR") -> str:
    """Write a value in its unit; of money the nearest unit: it is an estimate, never booked."""
    if value is None:
        return ""
    match known.unit:
        case "money":
            return said.amount(round(value) * 100, currency)
        case "share":
            return said.percent(value)
        case "days":
            return said.count("span.day", round(value))
        case "date":
            return said.day(_EPOCH + timedelta(days=round(value)))
    return said.number(value, 0 if value == round(value) else 2)


def _people(look: Looking, rows: Sequence[Mapping[str, Any]]) -> list[Person]:
    with look.desk.state.read() as connection:
        known = called.sketch(look.desk, connection, [row["profile_id"] for row in rows])
    made = []
    for row in rows:
        sketch = known.get(row["profile_id"])
        if sketch is None:
            continue
        value = row.get("value", row.get("to_value"))
        kind, before = row.get("label", row.get("to_label")), row.get("from_label")
        made.append(
            Person(
                link=f"/customers/{row['profile_id']}", name=sketch.name, value=value_of(look.given, value, look.said),
                kind=label_of(look.given, kind, look.said) if kind else "",
                before=label_of(look.given, before, look.said) if before else "", at=row.get("as_of"),
            )
        )  # fmt: skip
    return made


def _figures(report: Mapping[str, Any], currency: str, said: Speech) -> list[tuple[str, str]]:
    """Say the figures of a run that have words of their own; the others are for programs."""
    found = []
    for name, value in report.items():
        key = f"score.figure.{name}"
        if not said.has(key) or not isinstance(value, int | float) or isinstance(value, bool):
            continue
        if name.endswith("_minor"):
            shown = said.amount(int(value), currency)
        elif name.endswith("_share"):
            shown = said.percent(value, 1)
        else:
            shown = said.number(value, 0 if value == round(value) else 2)
        found.append((said(key), shown))
    return found
