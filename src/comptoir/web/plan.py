"""Tracking plan: what breaks it and where, the plan event by event or as text, its versions, and what arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from msgspec import structs
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.collect.plan import declared, infer, store
from comptoir.collect.plan.declared import BadPlan, Kind, Naming, Others, Plan, Planned, Property, Then, Unplanned
from comptoir.collect.plan.store import Finding
from comptoir.errors import ComptoirError
from comptoir.web import charts
from comptoir.web.routes import get, post
from comptoir.web.view import desk_of, go, own_brands, render, speech_of, who_asks

HOME = "/sources/plan"
DAYS = 14
INFER = timedelta(days=30)
_NAMES = 300
"""Names of what arrives that the page shows."""
_EMPTY_ROWS = 3
"""Lines of the form that wait for a new property."""


class NoSuchEvent(ComptoirError, LookupError):
    """The plan names no such event."""

    code, status = "no_such_planned_event", 404
    hint = "The page Tracking plan lists the events of the plan."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A finding with its last days as a spark-line."""

    finding: Finding
    days: Markup
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One property in the form."""

    name: str = ""
    type: str = Kind.ANY.value
    is_required: bool = False
    one_of: str = ""
    says: str = ""
    has_inner: bool = False
    """It has properties of its own, which the text holds."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN),
        post(f"{HOME}/infer", make, Right.RUN, deed=None),
        post(f"{HOME}/seen", seen, Right.RUN, deed=None),
        post(f"{HOME}/rules", change_rules, Right.RUN, deed=Deed.PLAN_PUBLISHED),
        get(f"{HOME}/text", text_page, Right.RUN),
        post(f"{HOME}/text", publish_text, Right.RUN, deed=Deed.PLAN_PUBLISHED),
        post(f"{HOME}/restore", restore, Right.RUN, deed=Deed.PLAN_PUBLISHED),
        get(f"{HOME}/event", event_page, Right.RUN),
        post(f"{HOME}/event", change_event, Right.RUN, deed=Deed.PLAN_PUBLISHED),
        get(f"{HOME}/names", names_page, Right.RUN),
    ]


async def page(request: Request) -> Response:
    """Show what breaks the plan, and the plan."""
    brand = _brand(request)
    context = await run_in_threadpool(_gathered, request, brand)
    return render(request, "sources", "plan", context)


def _gathered(request: Request, brand: str) -> dict[str, Any]:
    desk, said = desk_of(request), speech_of(request)
    source, event = (request.query_params.get(name, "")[:200] for name in ("source", "event"))
    with desk.state.read() as connection:
        listed = store.list_findings(connection, brand, now=desk.clock.now(), days=DAYS, source=source, event=event)
        plan, versions = store.plan_of(connection, brand), store.versions(connection, brand, most=20)
    found = [
        Line(
            finding=one,
            days=charts.spark(one.days, said("plan.days", figures=", ".join(map(said.number, one.days)))),
            count=sum(one.days),
        )
        for one in listed
    ]
    broken: dict[str, int] = {}
    for one in found:
        broken[one.finding.event] = broken.get(one.finding.event, 0) + one.count
    return _with(request, brand) | {
        "found": found,
        "new_count": sum(one.is_new for one in listed),
        "plan": plan,
        "versions": versions,
        "broken": broken,
        "asked": {"source": source, "event": event},
        "choices": _choices(request),
        "days": DAYS,
    }


def _with(request: Request, brand: str) -> dict[str, Any]:
    return {"brand": brand, "brands": _brands(request), "error": ""}


def _brands(request: Request) -> list[str]:
    return [one.name for one in own_brands(request)]


def _brand(request: Request, asked: str = "") -> str:
    """Give the brand whose plan is meant: the one that is named, or the first. Raises: NotAllowed."""
    name = asked or request.query_params.get("brand", "")
    known = _brands(request)
    if name and name not in known:
        who_asks(request).check_brand(name)
    return name if name in known else known[0]


# ── acts


async def make(request: Request, form: FormData) -> Response:
    """Show a plan made of what arrived, as a text to correct; nothing is published."""
    desk, brand = desk_of(request), _brand(request, str(form.get("brand", "")))
    rows = await desk.report("plan_shapes", **infer.asking(brand=brand, since=micros(desk.clock.now() - INFER)))
    text = declared.render(infer.infer(rows))
    return render(request, "sources", "plan_text", _with(request, brand) | {"text": text, "note": "", "is_made": True})


async def seen(request: Request, form: FormData) -> Response:
    """Write down that what is new was seen."""
    desk, brand, who = desk_of(request), _brand(request, str(form.get("brand", ""))), who_asks(request)

    def work() -> None:
        """Write it down, in a thread."""
        with desk.state.write() as connection:
            store.look(connection, brand, now=desk.clock.now(), by=who.name)

    await run_in_threadpool(work)
    return go(HOME, done="plan.seen", brand=brand)


async def text_page(request: Request) -> Response:
    """Show the plan as text, or one of its versions."""
    brand, number = _brand(request), request.query_params.get("version", "")
    found = await run_in_threadpool(_text, request, brand, int(number) if number.isdecimal() else 0)
    return render(
        request, "sources", "plan_text", _with(request, brand) | {"text": found, "note": "", "is_made": False}
    )


def _text(request: Request, brand: str, number: int) -> str:
    with desk_of(request).state.read() as connection:
        if number:
            return store.version(connection, brand, number).text
        found = store.current(connection, brand)
    return "" if found is None else found.text


async def publish_text(request: Request, form: FormData) -> Response:
    """Publish the text, or say what is wrong with it."""
    brand = _brand(request, str(form.get("brand", "")))
    text, note = str(form.get("text", "")).replace("\r\n", "\n"), str(form.get("note", ""))
    try:
        await run_in_threadpool(_publish, request, brand, text, note)
    except BadPlan as error:
        wrong = _with(request, brand) | {"text": text, "note": note, "is_made": False}
        return render(request, "sources", "plan_text", wrong | {"error": _wrong(error)}, status_code=422)
    return go(HOME, done="plan.published" if text.strip() else "plan.ended", brand=brand)


async def restore(request: Request, form: FormData) -> Response:
    """Publish an older version again."""
    brand, number = _brand(request, str(form.get("brand", ""))), str(form.get("version", ""))
    text = await run_in_threadpool(_text, request, brand, int(number) if number.isdecimal() else -1)
    await run_in_threadpool(_publish, request, brand, text, speech_of(request)("plan.restored", version=number))
    return go(HOME, done="plan.published", brand=brand)


async def change_rules(request: Request, form: FormData) -> Response:
    """Change the rules that stand for the whole plan."""
    brand = _brand(request, str(form.get("brand", "")))
    plan = await run_in_threadpool(_plan, request, brand)
    changed = structs.replace(
        plan,
        naming=_one_of(Naming, form.get("naming"), plan.naming),
        unplanned=_one_of(Unplanned, form.get("unplanned"), plan.unplanned),
    )
    await run_in_threadpool(_publish, request, brand, declared.render(changed), speech_of(request)("plan.rules"))
    return go(HOME, done="plan.published", brand=brand)


def _publish(request: Request, brand: str, text: str, note: str) -> None:
    desk, who = desk_of(request), who_asks(request)
    with desk.state.write() as connection:
        store.publish(connection, brand, text, now=desk.clock.now(), by=who.name, note=note)


def _plan(request: Request, brand: str) -> Plan:
    with desk_of(request).state.read() as connection:
        return store.plan_of(connection, brand) or Plan()


def _wrong(error: BadPlan) -> str:
    return ", ".join(str(value) for value in error.facts.values())


# ── one event


async def event_page(request: Request) -> Response:
    """Show one event of the plan as a form; without a name, the form of a new one."""
    brand, name = _brand(request), request.query_params.get("name", "")
    plan = await run_in_threadpool(_plan, request, brand)
    if name and name not in plan.events:
        raise NoSuchEvent(event=name[:200])
    planned = plan.events.get(name, Planned())
    return _show_event(request, brand, name, planned, [_row(*one) for one in planned.properties.items()])


def _show_event(
    request: Request, brand: str, name: str, planned: Planned, rows: list[Row], *, former: str | None = None,
    error: str = "",
) -> Response:  # fmt: skip
    context = _with(request, brand) | {
        "name": name,
        "former": name if former is None else former,
        "planned": planned,
        "rows": [*rows, *[Row()] * _EMPTY_ROWS],
        "choices": _choices(request),
        "error": error,
    }
    return render(request, "sources", "plan_event", context, status_code=422 if error else 200)


async def change_event(request: Request, form: FormData) -> Response:
    """Publish the plan with this event changed, added, or taken away."""
    brand, said = _brand(request, str(form.get("brand", ""))), speech_of(request)
    former, name = str(form.get("former", "")), str(form.get("name", "")).strip()
    plan = await run_in_threadpool(_plan, request, brand)
    events = dict(plan.events)
    before = events.pop(former, Planned())
    note = said("plan.event.gone", name=former)
    if form.get("do") != "remove":
        rows = _rows(form)
        planned = structs.replace(
            before,
            says=str(form.get("says", "")).strip(),
            owner=str(form.get("owner", "")).strip(),
            then=_one_of(Then, form.get("then"), Then.COUNT),
            others=_one_of(Others, form.get("others"), Others.IGNORE),
        )
        try:
            if not name or name in events:
                raise BadPlan(what=said("plan.wrong.name"))
            planned = structs.replace(planned, properties=_properties(rows, before.properties))
            events[name] = planned
            declared.check(structs.replace(plan, events=events))
        except BadPlan as error:
            return _show_event(request, brand, name, planned, rows, former=former, error=_wrong(error))
        note = said("plan.event.changed", name=name)
    changed = structs.replace(plan, events=dict(sorted(events.items())))
    await run_in_threadpool(_publish, request, brand, declared.render(changed), note)
    return go(HOME, done="plan.published", brand=brand)


def _row(name: str, one: Property) -> Row:
    return Row(
        name=name,
        type=one.type.value,
        is_required=one.required,
        one_of=", ".join(str(value) for value in one.one_of),
        says=one.says,
        has_inner=bool(one.properties),
    )


def _rows(form: FormData) -> list[Row]:
    found = []
    for number in range(declared.MOST_PROPERTIES + _EMPTY_ROWS):
        name = str(form.get(f"name.{number}", "")).strip()
        if name:
            kind, one_of, says = (str(form.get(f"{key}.{number}", "")).strip() for key in ("type", "one_of", "says"))
            is_required = form.get(f"required.{number}") == "yes"
            found.append(Row(name=name, type=kind, is_required=is_required, one_of=one_of, says=says))
    return found


def _properties(rows: list[Row], before: Mapping[str, Property]) -> dict[str, Property]:
    made = {}
    for row in rows:
        former = before.get(row.name, Property())
        kind = _one_of(Kind, row.type, Kind.ANY)
        made[row.name] = structs.replace(
            former,
            type=kind,
            required=row.is_required,
            one_of=[_value(text.strip(), kind) for text in row.one_of.split(",") if text.strip()],
            says=row.says,
            properties=former.properties if kind in {Kind.LIST, Kind.OBJECT} else {},
        )
    return made


def _value(text: str, kind: Kind) -> declared.Value:
    if kind not in {Kind.NUMBER, Kind.INTEGER}:
        return text
    try:
        return int(text)
    except ValueError:
        return float(text) if kind is Kind.NUMBER and _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e300
    except ValueError:
        return False


def _one_of(kind: Any, said: object, default: Any) -> Any:
    return kind(said) if said in {one.value for one in kind} else default


def _choices(request: Request) -> dict[str, list[tuple[str, str]]]:
    said = speech_of(request)
    kinds = {"naming": Naming, "unplanned": Unplanned, "then": Then, "others": Others, "type": Kind}
    return {
        name: [(one.value, said(f"plan.{name}.{one.name.lower()}")) for one in kind] for name, kind in kinds.items()
    }


# ── what arrives


async def names_page(request: Request) -> Response:
    """Show every event and property that ever arrived."""
    brand, event = _brand(request), request.query_params.get("event", "")[:200]

    def load() -> dict[str, Any]:
        """Read them, in a thread."""
        with desk_of(request).state.read() as connection:
            found = store.catalogue(connection, brand, event=event)
            plan = store.plan_of(connection, brand)
        listed = found if event else [one for one in found if not one.property]
        listed.sort(key=lambda one: (bool(one.property), -one.times, one.source, one.event, one.property))
        return {"names": listed[:_NAMES], "count": len(listed), "plan": plan, "event": event}

    context = await run_in_threadpool(load)
    return render(request, "sources", "plan_names", _with(request, brand) | context)
