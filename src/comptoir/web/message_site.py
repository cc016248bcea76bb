"""Messages on the site: what pages show to everybody, written in a form beside its preview."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.messaging import placements
from comptoir.messaging.placements import FIELDS, BadPlacement, Placement
from comptoir.messaging.render import CLOSE
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Language
from comptoir.web.view import Desk, desk_of, go, own_brands, render, speech_of, who_asks

HOME = "/messages/site"
SLOTS = (placements.CORNER, placements.TOP, "")
"""Places that a form offers; the last is one of the shop's own."""
_LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message for everybody, and how it fared."""

    placement: Placement
    stands: str
    shown_count: int
    clicked_count: int
    dismissed_count: int


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(HOME, page, Right.CAMPAIGN),
        get(f"{HOME}/edit", edit, Right.CAMPAIGN),
        post(f"{HOME}/edit", save, Right.CAMPAIGN, deed=None),
        post(f"{HOME}/remove", remove, Right.CAMPAIGN, deed=Deed.PLACEMENT_REMOVED),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    desk, who = desk_of(request), who_asks(request)

    def read() -> list[Placement]:
        """Read those of the visitor's brands."""
        with desk.state.read() as connection:
            return placements.listing(connection, sorted(who.brands))

    found, rows = await asyncio.gather(
        run_in_threadpool(read), desk.report("placements", brands=sorted(who.brands), since_at=0)
    )
    counts = {(row["brand"], row["placement"], row["kind"]): row["times"] for row in rows}
    shown = [_shown(one, counts, desk.clock.now()) for one in found]
    return render(request, "messages", "message_site", {"found": shown})


async def edit(request: Request) -> Response:
    """Answer the form of one message, or of a new one. Raises: PlacementNotFound."""
    desk, asked = desk_of(request), request.query_params
    name, brand = asked.get("name", ""), asked.get("of", "")
    entered: Mapping[str, str] = {"slot": placements.CORNER, "times": "0", "is_on": "yes", "of": brand}
    if name:
        who_asks(request).check_brand(brand)
        entered = await run_in_threadpool(_entered, desk, brand, name)
    return _form(request, entered, is_new=not name)


async def save(request: Request, form: FormData) -> Response:
    """Show what was entered, and keep it where that is asked for."""
    desk, entered = desk_of(request), {name: str(value) for name, value in form.items()}
    brand = entered.get("of", "")
    who_asks(request).check_brand(brand)
    is_new = entered.get("is_new") == "yes"

    def keep() -> str:
        """Keep it; give the field that is wrong."""
        try:
            with desk.state.write() as connection:
                made = _placement(entered, _zone(desk, brand))
                if is_new and any(one.name == made.name for one in placements.listing(connection, [brand])):
                    return "taken"
                placements.save(connection, made, desk.clock.now(), by=who_asks(request).name)
        except BadPlacement as error:
            return str(error.facts["field"])
        return ""

    if entered.get("act") != "save":
        return _form(request, entered, is_new=is_new)
    wrong = await run_in_threadpool(keep)
    if wrong:
        return _form(request, entered, is_new=is_new, wrong=wrong)
    tell(request, about=entered.get("name", ""), brand=brand, deed=Deed.PLACEMENT_SAVED)
    return go(HOME, done="placement.kept")


async def remove(request: Request, form: FormData) -> Response:
    """Take a message away. Raises: PlacementNotFound."""
    desk, brand, name = desk_of(request), str(form.get("of", "")), str(form.get("name", ""))
    who_asks(request).check_brand(brand)

    def forget() -> None:
        """Take it away, in a thread."""
        with desk.state.write() as connection:
            placements.remove(connection, brand, name)

    await run_in_threadpool(forget)
    tell(request, brand=brand)
    return go(HOME, done="placement.removed")


def _form(request: Request, entered: Mapping[str, str], *, is_new: bool, wrong: str = "") -> Response:
    said = speech_of(request)
    part = wrong.split(".")
    errors = {}
    if wrong:
        at = f"{part[2]}-{part[1]}" if len(part) == 3 else {"words": "title-fr", "taken": "name"}.get(part[0], part[0])
        errors[at] = said(f"messages.site.wrong.{part[2] if len(part) == 3 else part[0]}")
    looks = [(one.value, dict.fromkeys(FIELDS, "") | _said(entered, one.value)) for one in Language]
    context = {
        "entered": {name: entered.get(name, "") for name in _NAMES} | {name: entered[name] for name in entered},
        "is_new": is_new,
        "errors": errors,
        "brands": [one.name for one in own_brands(request)],
        "tongues": [one.value for one in Language],
        "looks": [(language, words) for language, words in looks if words["title"]],
        "closes": CLOSE,
    }
    return render(request, "messages", "message_site_edit", context, status_code=422 if errors else 200)


_NAMES = (
    "name", "of", "slot", "own_slot", "pages", "starts_at", "ends_at", "times", "is_on",
    *(f"{field}-{one.value}" for one in Language for field in FIELDS),
)  # fmt: skip


def _shown(one: Placement, counts: Mapping[tuple[str, str, str], int], now: datetime) -> Shown:
    def count(kind: str) -> int:
        return counts.get((one.brand, one.name, kind), 0)

    return Shown(
        placement=one,
        stands=one.stands(now),
        shown_count=count("shown"),
        clicked_count=count("clicked"),
        dismissed_count=count("dismissed"),
    )


def _zone(desk: Desk, brand: str) -> ZoneInfo:
    found = next((one.time_zone for one in keys.list_brands(desk.state) if one.name == brand), None)
    return ZoneInfo(found or "UTC")


def _entered(desk: Desk, brand: str, name: str) -> dict[str, str]:
    with desk.state.read() as connection:
        one = placements.find(connection, brand, name)
    zone, is_own = _zone(desk, brand), one.slot not in SLOTS
    words = {f"{field}-{language}": text for language, said in one.words.items() for field, text in said.items()}
    return {
        "name": one.name, "of": one.brand, "slot": "" if is_own else one.slot, "own_slot": one.slot if is_own else "",
        "pages": "\n".join(one.pages), "times": str(one.times), "is_on": "yes" if one.is_on else "",
        "starts_at": one.starts_at.astimezone(zone).strftime(_LOCAL) if one.starts_at else "",
        "ends_at": one.ends_at.astimezone(zone).strftime(_LOCAL) if one.ends_at else "",
    } | words  # fmt: skip


def _placement(entered: Mapping[str, str], zone: ZoneInfo) -> Placement:
    times = entered.get("times", "").strip() or "0"
    if not (times.isascii() and times.isdigit() and len(times) < len("10000")):
        raise BadPlacement(field="times", takes="a whole number")
    return Placement(
        brand=entered["of"],
        name=entered.get("name", "").strip(),
        slot=entered.get("slot") or entered.get("own_slot", "").strip(),
        pages=tuple(line.strip() for line in entered.get("pages", "").splitlines() if line.strip()),
        words={one.value: words for one in Language if (words := _said(entered, one.value))},
        starts_at=_instant(entered, "starts_at", zone),
        ends_at=_instant(entered, "ends_at", zone),
        times=int(times),
        is_on=entered.get("is_on") == "yes",
    )


def _said(entered: Mapping[str, str], language: str) -> dict[str, str]:
    """Give what one language says; what is empty is left out."""
    said = {name: entered.get(f"{name}-{language}", "").replace("\r\n", "\n").strip() for name in FIELDS}
    return {name: text for name, text in said.items() if text}


def _instant(entered: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    text = entered.get(name, "")
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise BadPlacement(field=name, takes="a day and a time") from error
