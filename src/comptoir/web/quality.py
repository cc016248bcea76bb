"""Quality: how good each field of each source is, the values to look at, and corrections put to customers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.golden.grading import FieldGrader
from comptoir.messaging import links
from comptoir.messaging.links import Link
from comptoir.privacy import keyring
from comptoir.quality import offers, scorecard
from comptoir.quality.fields import Field
from comptoir.quality.graded import Grade
from comptoir.quality.offers import LIFE
from comptoir.quality.scorecard import WEEKS, BadWatch, Card, Watch
from comptoir.reports import export
from comptoir.web import charts
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, Desk, desk_of, go, render, speech_of, who_asks

HOME = "/sources/quality"
MOST = 50
MOST_CSV = 100_000
GRADES = ("", *(grade.value for grade in (Grade.DOUBTFUL, Grade.REFUSED, Grade.CORRECTED, Grade.VALID)))
"""What the list of values can be narrowed to; the first one is all that is not simply rewritten."""
_CSV = HEADERS | {"Content-Disposition": "attachment; filename=values.csv"}
_COLUMNS = (
    "source", "field", "grade", "reasons", "original", "value", "proposal", "profile_id", "message_id", "import_id",
    "row_number", "occurred_at", "received_at",
)  # fmt: skip


class NoSuchValue(ComptoirError, LookupError):
    """No statement with this id has a value of this field to look at."""

    code, status = "no_such_value", 404
    hint = "The page Quality lists the values; `comptoir quality values` does too."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A card as the page shows it."""

    card: Card
    course: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an address or number came from: first, and latest."""

    kind: str
    value: str
    first_source: str
    first_form: str
    first_shop: str
    first_at: datetime
    last_source: str
    last_form: str
    last_shop: str
    last_at: datetime


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.RUN),
        get(f"{HOME}/values", values_page, Right.RUN),
        post(f"{HOME}/watch", watch, Right.RUN, deed=Deed.QUALITY_WATCHED),
        post(f"{HOME}/ask", ask, Right.RUN, deed=Deed.CORRECTION_OFFERED),
    ]


async def page(request: Request) -> Response:
    """Answer the scorecard."""
    desk, said = desk_of(request), speech_of(request)
    found = await cards(desk, who_asks(request))
    rows = [Row(card=one, course=_course(one, said)) for one in found]
    context = {
        "rows": rows,
        "brands": {one.brand for one in found},
        "alarms": sum(bool(one.alarms) for one in found),
        "now": desk.clock.now(),
    }
    return render(request, "sources", "quality", context)


async def cards(desk: Desk, who: Principal) -> list[Card]:
    """Give the scorecard of the visitor's brands. Order: alarms first. Raises: EngineUnreachable, EngineSilent."""
    cards_of, shared = await asyncio.gather(
        _counted(desk, who), desk.report("quality_shared", brands=sorted(who.brands))
    )
    found: list[Card] = cards_of(shared)
    return found


async def alarmed(desk: Desk, who: Principal) -> list[Card]:
    """Give the cards that raise an alarm, shared values not counted. Raises: EngineUnreachable, EngineSilent."""
    cards_of = await _counted(desk, who)
    return [one for one in cards_of(()) if one.alarms]  # none is raised by shared values, which are dear to count


async def _counted(desk: Desk, who: Principal) -> Callable[[Iterable[Mapping[str, Any]]], list[Card]]:
    """Ask for what makes the cards, but for values that are shared."""
    brands, now = sorted(who.brands), desk.clock.now()
    fields, weeks, watched = await asyncio.gather(
        desk.report("quality_fields", brands=brands),
        desk.report("quality_weeks", now=micros(now), weeks=WEEKS, brands=brands),
        run_in_threadpool(_watched, desk),
    )
    return lambda shared: scorecard.cards(fields, weeks, shared, watched, now)


async def values(
    desk: Desk,
    who: Principal,
    *,
    brand: str = "",
    source: str = "",
    field: str = "",
    grade: str = "",
    nodes: Sequence[int] = (),
    after: tuple[int, str] | None = None,
    most: int = MOST,
) -> list[dict[str, Any]]:
    """
    List values that were changed, doubted or refused, of one brand or of all that the visitor may see.

    Order: newest first; `after` is a place in it.
    """
    brands = sorted(who.brands)
    if brand:
        if who.brands and brand not in who.brands:
            return []
        brands = [brand]
    return await desk.report(
        "quality_values", source=source, field=field, grade=grade, nodes=list(nodes), brands=brands,
        before_at=None if after is None else after[0], before_place="" if after is None else after[1], most=most,
    )  # fmt: skip


async def values_page(request: Request) -> Response:
    """Answer the values of a field to look at, or all of them as CSV."""
    return await _show_values(request, link="", error="")


async def _show_values(request: Request, *, link: str, error: str, status_code: int = 200) -> Response:
    desk, who, asked = desk_of(request), who_asks(request), request.query_params
    brand, source = asked.get("brand", "")[:200], asked.get("source", "")[:200]
    field, grade = asked.get("field", ""), asked.get("grade", "")
    field, grade = field if field in set(Field) else "", grade if grade in GRADES else ""
    if asked.get("format") == "csv":
        tell(request, about="quality", deed=Deed.PEOPLE_EXPORTED)
        rows = await values(desk, who, brand=brand, source=source, field=field, grade=grade, most=MOST_CSV)
        return Response(await run_in_threadpool(csv_of, rows), media_type="text/csv", headers=_CSV)
    found, every = await asyncio.gather(
        values(desk, who, brand=brand, source=source, field=field, grade=grade, most=MOST + 1), cards(desk, who)
    )
    of_field = [one for one in every if (one.source, one.field) == (source, field)]
    card = next((one for one in of_field if one.brand == brand), next(iter(of_field), None))
    context = {
        "values": [_shown(row) for row in found[:MOST]],
        "has_more": len(found) > MOST,
        "most": MOST,
        "card": card,
        "brand": brand,
        "brands": sorted({one.brand for one in every if source in {"", one.source}}),
        "source": source,
        "field": field,
        "grade": grade,
        "grades": GRADES,
        "link": link,
        "error": error,
        "days": LIFE.days,
    }
    return render(request, "sources", "quality_values", context, status_code=status_code)


def csv_of(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Write values as CSV; a cell that a spreadsheet would run is made text."""
    columns = {name: pa.array([row[name] for row in rows]) for name in _COLUMNS}
    return b"".join(export.as_csv(pa.table(columns)))


async def watch(request: Request, form: FormData) -> Response:
    """Write down who minds a field of a source, and when an alarm is raised."""
    source, field = str(form.get("source", "")), str(form.get("field", ""))
    try:
        minded = Watch(
            source=source,
            field=field,
            owner=str(form.get("owner", "")).strip(),
            least_good_share=_share(form, "good"),
            least_fill_share=_share(form, "fill"),
            most_silent_days=int(str(form.get("days", "") or 0)),
        )
    except ValueError as error:
        raise BadWatch(source=source[:100], field=field[:100]) from error
    desk = desk_of(request)
    await mind(desk, who_asks(request), minded)
    tell(request, about=f"{source} {field}")
    return go(f"{HOME}/values", done="quality.watched", source=source, field=field)


async def mind(desk: Desk, who: Principal, watched: Watch) -> None:
    """Keep who minds a field of a source. Raises: NoSuchSource for one that is not the visitor's."""
    await run_in_threadpool(_mind, desk, who, watched)


async def ask(request: Request, form: FormData) -> Response:
    """Make the signed link that puts a correction to its customer, and show it once."""
    message_id, name = str(form.get("message_id", ""))[:500], str(form.get("field_name", ""))[:100]
    try:
        link = await offer(desk_of(request), who_asks(request), message_id, name)
    except offers.NothingToOffer as error:
        return await _show_values(request, link="", error=speech_of(request)(f"wrong.{error.code}"), status_code=422)
    return await _show_values(request, link=link, error="")


async def offer(desk: Desk, who: Principal, message_id: str, name: str) -> str:
    """
    Make the signed link that asks a customer which of two values is right; it works for 14 days.

    Raises: NoSuchValue; NothingToOffer.
    """
    rows = await desk.report("quality_value", message_id=message_id, name=name, brands=sorted(who.brands))
    if not rows:
        raise NoSuchValue(message_id=message_id[:100], field=name)
    return await run_in_threadpool(_offer, desk, who, rows[0])


async def origins(desk: Desk, who: Principal, nodes: Sequence[int]) -> list[Origin]:
    """Say where each address and number of a person came from; `n/a` is none. Order: by kind and value."""
    rows = await desk.report("contact_origins", nodes=list(nodes), brands=sorted(who.brands))
    names, grader = Origin.__dataclass_fields__, FieldGrader()
    return [
        Origin(**{name: _aware(value) for name, value in row.items() if name in names})
        for row in rows
        if grader.grade(row["kind"], row["value"]) is not Grade.REFUSED
    ]


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def _watched(desk: Desk) -> list[Watch]:
    with desk.state.read() as connection:
        return scorecard.watched(connection)


def _mind(desk: Desk, who: Principal, watched: Watch) -> None:
    known = {one.name: one.brand for one in keys.list_sources(desk.state)}
    brand = known.get(watched.source)
    if who.brands and (brand is None or brand not in who.brands):
        raise keys.NoSuchSource(source=watched.source[:100])
    with desk.state.write() as connection:
        scorecard.mind(connection, watched)


def _offer(desk: Desk, who: Principal, row: Mapping[str, Any]) -> str:
    now = desk.clock.now()
    first = desk.app().link_key()
    brands = {one.name: one for one in keys.list_brands(desk.state)}
    with desk.state.write() as connection:
        made = offers.make(connection, row, by=who.name, now=now)
        signing = keyring.newest_first(connection, first)[0]
    target = links.correction_target(
        made.field, offers.masked(made.field, made.original), offers.masked(made.field, made.proposal)
    )
    link = Link(
        kind="correct",
        message_id=made.correction_id,
        target=target,
        brand=made.brand,
        language=brands[made.brand].language if made.brand in brands else "fr",
        expires_at=micros(now + LIFE),
    )
    door = desk.settings.door
    public_url = door.public_url or f"http://{door.host}:{door.port}"
    return links.address(public_url, links.sign(signing, link), "correct")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    better = row["proposal"] or (row["value"] if row["value"] != row["original"] else "")
    return dict(row) | {"reasons": row["reasons"].split(), "may_ask": bool(better) and row["grade"] != Grade.VALID}


def _share(form: FormData, name: str) -> float:
    return float(str(form.get(name, "") or 0).replace(",", ".")) / 100


def _course(card: Card, said: Speech) -> Markup:
    shares = [round(100 * good / every) if every else 0 for good, every in card.weeks]
    return charts.spark(shares, said("quality.course", figures=", ".join(map(said.number, shares))))
