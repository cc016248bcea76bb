"""How a template becomes an answer, and what every page stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from comptoir.access.keys import Brand
from comptoir.access.roles import Principal
from comptoir.app import App
from comptoir.clock import Clock, micros
from comptoir.config import Settings
from comptoir.state.base import State
from comptoir.web import charts, menu, speech, statics
from comptoir.web import tour as tours
from comptoir.web.speech import Language, Speech
from comptoir.web.tour import Tour
from comptoir.web.visit import SCOPE_KEY, Period, Scope, Visit, scope_of, visit_of, zone_of

_ONCE = frozenset({"lang", "done", "tour", "newest", "wait"})
"""What a query says of this one request: no link of the page says it again."""
LANGUAGE_COOKIE = "comptoir_language"
_YEAR_SECONDS = 31_536_000

Ask = Callable[[Mapping[str, Any]], pa.Table]
Status = Callable[[], Mapping[str, Any]]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every page: nothing from elsewhere, no script but our files, no frame around us, no copy kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages stand on: settings, state, the clock, and two ways to ask the engine. All but the clock block."""

    settings: Settings
    state: State
    clock: Clock
    ask: Ask
    status: Status
    app: Callable[[], App]
    """Opens the installation itself, once: for what has to be published or wired."""

    async def report(self, name: str, /, **parameters: object) -> list[dict[str, Any]]:
        """
        Ask the engine for one of the reports in `reports/sql`. Instants go as microseconds since 1970.

        Raises: EngineUnreachable, EngineSilent, and what the engine says.
        """
        request = {"kind": "report", "name": name, "parameters": parameters}
        table = await run_in_threadpool(self.ask, request)
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    def now_micros(self) -> int:
        """Give the present instant in microseconds since 1970."""
        return micros(self.clock.now())

    def scope(self, request: Request, *, default: Period = Period.WEEK) -> Scope:
        """Read which brands, country and days a page is about."""
        return scope_of(request, self.clock.now(), default=default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page."""

    speech: Speech
    path: str
    query: Mapping[str, str]
    page: str
    visit: Visit
    brands: Sequence[Brand]
    scope: Scope | None
    """None on pages that are not about a period."""
    clock_speed: float
    """How many times as fast as real time the clock runs."""
    search: str
    done: str
    """What was just done, said once at the top."""
    tour: Tour
    """Where this visitor stands on the guided tour."""

    @property
    def menu(self) -> Sequence[menu.Entry]:
        """The pages that this visitor may open."""
        return [one for one in menu.ENTRIES if self.visit.principal.may(one.right)]

    @property
    def countries(self) -> Sequence[str]:
        """The countries of the brands. Order: by code."""
        return sorted({brand.country for brand in self.brands})

    def link(self, path: str | None = None, **changes: str | None) -> str:
        """Give an address: this page with some of its query changed (None takes it away), or another page."""
        kept = dict(self.query) if path is None else {}
        kept.update({name: value for name, value in changes.items() if value is not None})
        for name in [name for name, value in changes.items() if value is None]:
            kept.pop(name, None)
        target = self.path if path is None else path
        return f"{target}?{urlencode(kept)}" if kept else target

    def scoped(self, path: str) -> str:
        """Give the address of another page about the same brands, country and days."""
        kept = {name: self.query[name] for name in ("brand", "country", "period", "until") if name in self.query}
        return f"{path}?{urlencode(kept)}" if kept else path


def desk_of(request: Request) -> Desk:
    """Give the desk that this request came to."""
    desk: Desk = request.app.state.desk
    return desk


def who_asks(request: Request) -> Principal:
    """Give who asks."""
    return visit_of(request).principal


def own_brands(request: Request) -> list[Brand]:
    """Give the brands that the visitor is for. Order: by name."""
    return visit_of(request).brands


def every_brand(request: Request) -> Sequence[Brand]:
    """Give the brands of the installation. Order: by name."""
    return visit_of(request).every_brand


def speech_of(request: Request) -> Speech:
    """Give the tongue in which to answer, and whose clocks tell the time."""
    language = speech.choose(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language", ""),
    )
    visit = request.scope.get(SCOPE_KEY)
    return _speak(language, _UTC if visit is None else zone_of(visit, request.query_params.get("brand", "")))


def render(
    request: Request,
    page: str,
    template: str,
    context: Mapping[str, Any],
    *,
    scope: Scope | None = None,
    block: str = "",
    status_code: int = 200,
) -> Response:
    """
    Render a page in the tongue of its reader, or one block of it (`block`, the answer to a request of htmx).

    An unknown name in the template is an error, never blank.
    """
    said = speech_of(request)
    made = _environment(said).get_template(f"pages/{template}.html")
    names = {"frame": _frame(request, page, said, scope), **context}
    text = "".join(made.blocks[block](made.new_context(names))) if block else made.render(names)
    answer = HTMLResponse(text, status_code=status_code, headers=HEADERS | {"Content-Language": said.language.value})
    if request.query_params.get("lang") == said.language.value:
        answer.set_cookie(LANGUAGE_COOKIE, said.language.value, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    tours.keep(request, answer)
    return answer


def go(path: str, *, done: str = "", **query: str) -> Response:
    """Lead to a page after something was done there; `done` is the key of the words that say so, under `done.`."""
    asked = query | ({"done": done} if done else {})
    return RedirectResponse(f"{path}?{urlencode(asked)}" if asked else path, status_code=303)


def is_fragment(request: Request) -> bool:
    """Say whether htmx asks for a part of a page, and not a browser for the whole."""
    return "hx-request" in request.headers


def _frame(request: Request, page: str, said: Speech, scope: Scope | None) -> Frame:
    desk = desk_of(request)
    visit = visit_of(request)
    done = request.query_params.get("done", "")
    clock = desk.settings.clock
    return Frame(
        speech=said,
        path=request.url.path,
        query={name: value for name, value in request.query_params.items() if name not in _ONCE},
        page=page,
        visit=visit,
        brands=visit.brands,
        scope=scope,
        clock_speed=clock.speed if clock.start else 1.0,
        search=request.query_params.get("q", "") if request.url.path == "/customers" else "",
        done=said(f"done.{done}") if said.has(f"done.{done}") else "",
        tour=tours.tour_of(request, visit.principal),
    )


_UTC = ZoneInfo("UTC")


@cache
def _speak(language: Language, zone: ZoneInfo) -> Speech:
    return Speech(language, zone)


@cache
def _environment(said: Speech) -> Environment:
    environment = Environment(
        loader=PackageLoader("comptoir.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=said,
        language=said.language.value,
        zone=str(said.zone),
        languages=list(Language),
        static=statics.url,
        spark=charts.spark,
        periods=list(Period),
        Markup=Markup,
    )
    environment.filters.update(
        money=said.money,
        number=said.number,
        percent=said.percent,
        instant=said.instant,
        moment=datetime.fromisoformat,
        day=said.day,
        dated=said.dated,
        clock=said.clock,
        time=said.time,
        span=said.span,
        count=lambda number, key: said.count(key, number),
        known=lambda word, group: said.known(group, word),
    )
    return environment
