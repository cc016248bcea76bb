"""The audit: who changed what, when, and by which door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access import audit
from comptoir.access.audit import Asked, Deed, Entry
from comptoir.access.roles import Right
from comptoir.reports import export
from comptoir.web.routes import get
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, desk_of, render, speech_of, who_asks

HOME = "/settings/audit"
SHOWN = 100
MOST_CSV = 100_000
_KINDS = tuple(dict.fromkeys(one.value.partition(".")[0] for one in Deed if one is not Deed.OTHER))
"""What deeds are about: what comes before their dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry as it is shown."""

    at: datetime
    name: str
    kind: str
    """What did it: a user, a source or the machine's own user."""
    door: str
    deed: str
    about: str
    link: str
    """Where what it is about is looked at; empty where there is no page of it."""
    brand: str


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [get(HOME, page, Right.RUN)]


async def page(request: Request) -> Response:
    """Answer the list, narrowed by person, thing and day; or all of it as CSV."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    asked, is_csv = _asked(request), request.query_params.get("format") == "csv"
    before = request.query_params.get("before", "")

    def read() -> tuple[list[Entry], Sequence[str], int | None]:
        """Read what the page shows, and whether all of it stands as it was written."""
        with desk.state.read() as connection:
            found = audit.listing(
                connection,
                asked,
                brands=who.brands,
                before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
                most=MOST_CSV if is_csv else SHOWN + 1,
            )
            broken = None if is_csv or who.brands else audit.broken(connection)
            return found, audit.who_did(connection, brands=who.brands), broken

    found, people, broken = await run_in_threadpool(read)
    if is_csv:
        return await run_in_threadpool(_csv, found)
    context = {
        "lines": [_line(one, said) for one in found[:SHOWN]],
        "before": found[SHOWN - 1].seq if len(found) > SHOWN else None,
        "is_first": not before,
        "people": [(one, one.partition(":")[2]) for one in people],
        "kinds": [(one, said(f"audit.kind.{one}")) for one in _KINDS],
        "asked": asked,
        "is_asked": asked != Asked(),
        "broken": broken,
        "tab": "audit",
    }
    return render(request, "settings", "audit", context)


def _asked(request: Request) -> Asked:
    """Read what is asked for; what makes no sense there is left out."""
    said = {name: request.query_params.get(name, "").strip()[:200] for name in ("who", "deed", "about")}
    return Asked(**said, since=_day(request, "since"), until=_day(request, "until"))


def _day(request: Request, name: str) -> date | None:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        return None


def _line(one: Entry, said: Speech) -> Line:
    kind, _, name = one.who.partition(":")
    thing = one.deed.partition(".")[0]
    named = one.about.partition(" ")[0]
    page_of = {"person": "/customers/", "scenario": "/scenarios/", "source": "/sources/source/"}.get(thing)
    return Line(
        at=one.at,
        name=name,
        kind=said.known("audit.who", kind),
        door=said.known("audit.door", one.door),
        deed=one.deed,
        about=one.about,
        link=f"{page_of}{named}" if page_of and named and _is_plain(named) else "",
        brand=one.brand,
    )


def _is_plain(name: str) -> bool:
    """Say whether a name can stand in an address as it is."""
    return name.isascii() and all(one.isalnum() or one in "-_." for one in name) and ".." not in name


_CSV = pa.schema(
    [
        ("at", pa.timestamp("us")),
        ("who", pa.string()),
        ("door", pa.string()),
        ("deed", pa.string()),
        ("about", pa.string()),
        ("brand", pa.string()),
    ]
)


def _csv(found: Sequence[Entry]) -> Response:
    rows = [
        {
            "at": one.at.replace(tzinfo=None), "who": one.who, "door": one.door, "deed": one.deed,
            "about": one.about, "brand": one.brand,
        }
        for one in found
    ]  # fmt: skip
    body = b"".join(export.as_csv(pa.Table.from_pylist(rows, schema=_CSV)))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)
