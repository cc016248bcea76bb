"""Carts: in progress, left and ordered; what is in them, whose, and which message went for each, or why none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.identity.directory import Sketch
from comptoir.pressure import explain
from comptoir.reports import export
from comptoir.scenarios import definitions, passages
from comptoir.web import called, charts, downloads, scenario_names
from comptoir.web.charts import Step
from comptoir.web.downloads import FORMATS
from comptoir.web.routes import get, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, render, speech_of
from comptoir.web.visit import Scope

MOST = 50
"""Carts of a page."""
MOST_CSV = 100_000
MOST_PRODUCTS = 3
"""Products named of a cart; the rest are counted."""
FARTHEST = 100_000
"""Carts that can be leafed through; beyond, filters find them."""

STATES = {"going": ("open", "checkout"), "left": ("abandoned", "expired"), "ordered": ("ordered",)}
"""What the list can be narrowed to, and the states of carts that this means."""
SORTS = ("last", "worth", "opened")
STEPS = ("viewed", "cart", "checkout", "order")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said for a cart, or why nothing was: a tag, a sentence, and how grave."""

    outcome: str
    """Empty where no message was wished."""
    because: str
    scenario: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """One line of the list."""

    row: Mapping[str, Any]
    name: str
    is_anonymous: bool
    products: Sequence[Mapping[str, Any]]
    more: int
    """Products beyond those named."""
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many carts a filter shows, and what they are worth by currency."""

    key: str
    times: int
    worth: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What state knows of the people of a page of carts."""

    sketches: Mapping[str, Sketch]
    wishes: Mapping[str, Mapping[str, Any]]
    """By cart: what was wished last."""
    runs: Mapping[str, Mapping[str, Any]]
    """By cart: the run that goes on."""
    is_listening: bool
    """Whether any scenario runs at all."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get("/carts", page, Right.SEE_CUSTOMERS)]


async def page(request: Request) -> Response:
    """Answer the page, or the list as CSV or as a workbook."""
    desk, said = desk_of(request), speech_of(request)
    scope = desk.scope(request)
    asked = request.query_params
    state = asked.get("state", "")
    state = state if state in STATES else ""
    sort = asked.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    start = _start(asked.get("start", ""))
    if (form := asked.get("format")) in FORMATS:
        every = parameters_of(scope, state, sort, start=0, most=MOST_CSV)
        tell(request, about="carts", brand=scope.brand, deed=Deed.PEOPLE_EXPORTED)
        return await run_in_threadpool(_file, desk, every, said("carts.file"), form)
    rows, sums, funnel = await asyncio.gather(
        desk.report("carts", **parameters_of(scope, state, sort, start=start, most=MOST + 1)),
        desk.report("carts_states", **span_of(scope)),
        desk.report("carts_funnel", **span_of(scope)),
    )
    shown = rows[:MOST]
    kept, names = await asyncio.gather(
        run_in_threadpool(kept_of, desk, shown, said), run_in_threadpool(scenario_names.load, desk, said)
    )
    steps = [Step(label=said(f"carts.step.{STEPS[row['step'] - 1]}"), figure=row["people"]) for row in funnel]
    context = {
        "carts": [cart_of(row, kept, said) for row in shown],
        "sums": sums_of(sums),
        "state": state,
        "sort": sort,
        "sorts": SORTS,
        "start": start,
        "before": max(0, start - MOST),
        "after": start + MOST if len(rows) > MOST else None,
        "steps": steps,
        "funnel": charts.funnel(steps, said.number, said.percent, said("carts.funnel")),
        "names": names,
        "now": desk.clock.now(),
    }
    return render(request, "carts", "carts", context, scope=scope)


def _start(text: str) -> int:
    return min(FARTHEST, int(text)) if text.isascii() and text.isdigit() else 0


def span_of(scope: Scope) -> dict[str, Any]:
    """Say which days and brands are meant."""
    return {"since_at": micros(scope.since), "until_at": micros(scope.until), "brands": list(scope.brands)}


def parameters_of(scope: Scope, state: str, sort: str, *, start: int, most: int) -> dict[str, Any]:
    """Say which carts are meant. Order: by `sort`."""
    return {**span_of(scope), "states": list(STATES.get(state, ())), "sort": sort, "start": start, "most": most}


def sums_of(rows: Sequence[Mapping[str, Any]]) -> list[Sum]:
    """Count carts by what the list can be narrowed to. Order: all of them first."""
    return [_sum("", [row for row in rows if row["state"] != "merged"])] + [
        _sum(key, [row for row in rows if row["state"] in states]) for key, states in STATES.items()
    ]


def _sum(key: str, rows: Sequence[Mapping[str, Any]]) -> Sum:
    worth: dict[str, int] = {}
    for row in rows:
        if row["amount_minor"] and row["currency"]:
            worth[row["currency"]] = worth.get(row["currency"], 0) + row["amount_minor"]
    return Sum(key=key, times=sum(row["times"] for row in rows), worth=sorted(worth.items(), key=lambda one: -one[1]))


def kept_of(desk: Desk, rows: Sequence[Mapping[str, Any]], said: Speech) -> Kept:
    """Read what state knows of a page of carts: names, what was wished for them, whether a scenario has them now."""
    profile_ids = {row["profile_id"] for row in rows if row["profile_id"]}
    with desk.state.read() as connection:
        runs = passages.of_carts(connection, [row["cart_key"] for row in rows])
        wished = explain.of_runs(connection, [one["run"] for one in runs], lang=said.language.value)
        sketches = called.sketch(desk, connection, profile_ids)
        is_listening = any(one["state"] == definitions.LIVE for one in definitions.listing(connection))
    return Kept(
        sketches=sketches,
        wishes={one["cart_key"]: wished[one["run"]] for one in reversed(runs) if one["run"] in wished},
        runs={one["cart_key"]: one for one in runs if one["ended_at"] is None},
        is_listening=is_listening,
    )


def cart_of(row: Mapping[str, Any], kept: Kept, said: Speech) -> Cart:
    """Make a line of the list."""
    products = row["products"] or []
    sketch = kept.sketches.get(row["profile_id"])
    return Cart(
        row=row,
        name=sketch.name if sketch else "",
        is_anonymous=sketch is None or sketch.is_anonymous,
        products=products[:MOST_PRODUCTS],
        more=max(0, len(products) - MOST_PRODUCTS),
        said=_said(row, kept, said, is_anonymous=sketch is None or sketch.is_anonymous),
    )


def _said(row: Mapping[str, Any], kept: Kept, said: Speech, *, is_anonymous: bool) -> Said:
    """Say which message went for a cart and what came of it, or why there is none."""
    key = row["cart_key"]
    if row["message_id"]:
        return Said(
            outcome=row["outcome"],
            because=_came(row, said),
            scenario=row["scenario"] or "",
            message_id=row["message_id"],
        )
    wish, run = kept.wishes.get(key), kept.runs.get(key)
    if wish is not None:
        return Said(
            outcome=wish["outcome"], because=wish["because"], scenario=wish["scenario"], message_id=wish["message_id"]
        )
    if run is not None:
        due = run["due_at"]
        return Said(
            outcome="",
            because=said("carts.why.waits", at=said.instant(due)) if due else said("carts.why.goes_on"),
            scenario=run["scenario"],
        )
    return Said(outcome="", because=said(f"carts.why.{_why_none(row, kept, is_anonymous=is_anonymous)}"))


def _why_none(row: Mapping[str, Any], kept: Kept, *, is_anonymous: bool) -> str:
    if row["state"] == "ordered":
        return "ordered"
    if is_anonymous:
        return "nobody"
    return "not_taken" if kept.is_listening else "no_scenario"


def _came(row: Mapping[str, Any], said: Speech) -> str:
    """Say what came of a message."""
    if row["outcome"] != "sent":
        return said.known("why", row["reason"]) if row["reason"] else ""
    if row["ordered_at"] is not None and row["decided_at"] is not None and row["ordered_at"] > row["decided_at"]:
        return said("carts.came.clicked_ordered" if row["is_clicked"] else "carts.came.ordered")
    if row["is_back"]:
        return said("carts.came.back")
    return said("carts.came.clicked" if row["is_clicked"] else "carts.came.nothing")


_COLUMNS = (
    "cart_id", "brand", "state", "profile_id", "opened_at", "last_action_at", "item_count", "amount_minor", "currency",
    "order_id", "ordered_at", "scenario", "message_id", "outcome", "reason", "is_clicked",
)  # fmt: skip


def _file(desk: Desk, parameters: Mapping[str, object], name: str, form: str) -> Response:
    return downloads.answer(_table(desk, parameters), name, form)


def csv_of(desk: Desk, parameters: Mapping[str, object]) -> bytes:
    """Write carts as CSV; a cell that a spreadsheet would run is made text."""
    return b"".join(export.as_csv(_table(desk, parameters)))


def _table(desk: Desk, parameters: Mapping[str, object]) -> pa.Table:
    return desk.ask({"kind": "report", "name": "carts", "parameters": parameters}).select(list(_COLUMNS))
