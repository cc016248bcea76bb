"""Pages: what every one of them needs, and how a template becomes an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from comptoir.clock import Clock, micros
from comptoir.config import Settings
from comptoir.state.base import State
from comptoir.web import speech
from comptoir.web.speech import Language, Speech

LANGUAGE_COOKIE = "comptoir_language"
_YEAR_SECONDS = 31_536_000

Ask = Callable[[Mapping[str, Any]], pa.Table]
Status = Callable[[], Mapping[str, Any]]

PAGES = (("today", "/"), ("live", "/live"), ("customer", "/customers"))
"""What the menu lists: the stem of each page's words, and its address."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every page: nothing from elsewhere, no script but our file, no frame around us, no copy kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the pages stand on: settings, state, the clock, and two ways to ask the engine. All but the clock block."""

    settings: Settings
    state: State
    clock: Clock
    ask: Ask
    status: Status
    needs_key: bool = False

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page."""

    speech: Speech
    path: str
    query: Mapping[str, str]
    page: str
    guard: str
    """A sentence on who may see these pages."""
    search: str = ""
    pages: Sequence[tuple[str, str]] = field(default=PAGES)

    def link(self, path: str | None = None, **changes: str | None) -> str:
        """Give an address: this page with some of its query changed (None takes it away), or another page."""
        kept = dict(self.query) if path is None else {}
        kept.update({name: value for name, value in changes.items() if value is not None})
        for name in [name for name, value in changes.items() if value is None]:
            kept.pop(name, None)
        target = self.path if path is None else path
        return f"{target}?{urlencode(kept)}" if kept else target


def desk_of(request: Request) -> Desk:
    """Give the desk that this request came to."""
    desk: Desk = request.app.state.desk
    return desk


def speech_of(request: Request) -> Speech:
    """Give the tongue in which to answer."""
    return _speak(
        speech.choose(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
    )


def render(
    request: Request, page: str, template: str, context: Mapping[str, Any], *, status_code: int = 200
) -> Response:
    """Render a page in the tongue of its reader. An unknown name in the template is an error, never blank."""
    said = speech_of(request)
    desk = desk_of(request)
    frame = Frame(
        speech=said,
        path=request.url.path,
        query={name: value for name, value in request.query_params.items() if name != "lang"},
        page=page,
        guard=said("app.guarded") if desk.needs_key else said("app.private", host=desk.settings.desk.host),
        search=request.query_params.get("q", ""),
    )
    text = _environment(said.language).get_template(f"pages/{template}.html").render(frame=frame, **context)
    answer = HTMLResponse(text, status_code=status_code, headers=HEADERS | {"Content-Language": said.language.value})
    if request.query_params.get("lang") == said.language.value:
        answer.set_cookie(LANGUAGE_COOKIE, said.language.value, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return answer


@cache
def _speak(language: Language) -> Speech:
    return Speech(language)


@cache
def _environment(language: Language) -> Environment:
    said = _speak(language)
    environment = Environment(
        loader=PackageLoader("comptoir.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=said, language=language.value, languages=list(Language), static=static_url, spark=spark
    )
    environment.filters.update(
        money=said.money,
        number=said.number,
        instant=said.instant,
        day=said.day,
        clock=said.clock,
        time=said.time,
        span=said.span,
        count=lambda number, key: said.count(key, number),
        known=lambda word, group: said.known(group, word),
    )
    return environment


# ── static files ──

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_STATIC = ("app.css", "app.js", "icon.svg")


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Give each static file's bytes and type under its address, which carries a hash of what is in it."""
    found = {}
    for name in _STATIC:
        body = resources.files("comptoir.web").joinpath("static", name).read_bytes()
        stem, _, suffix = name.rpartition(".")
        found[f"/static/{stem}-{hashlib.sha256(body).hexdigest()[:12]}.{suffix}"] = (body, _KINDS[suffix])
    return found


@cache
def static_url(name: str) -> str:
    """Give the address of a static file. Raises: StopIteration for one that is not there."""
    stem, _, suffix = name.rpartition(".")
    return next(url for url in static_files() if url.startswith(f"/static/{stem}-") and url.endswith(suffix))


async def static(request: Request) -> Response:
    """Answer a static file; what lies under this address never changes."""
    found = static_files().get(request.url.path)
    if found is None:
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


def spark(figures: Sequence[int], says: str) -> Markup:
    """
    Draw a spark-line: a bar a day, the last one the present day.

    Units: `figures` in whatever they count; the tallest bar is the largest.
    """
    most = max([*figures, 1])
    bars = [
        Markup('<rect class="{}" x="{}" y="{}" width="9" height="{}" rx="1.5"/>').format(
            "now" if place == len(figures) - 1 else "past", place * 12, 32 - height, height
        )
        for place, height in ((place, max(2, round(32 * figure / most))) for place, figure in enumerate(figures))
    ]
    head = Markup('<svg class="spark" viewBox="0 0 {} 32" role="img" aria-label="{}">').format(
        max(1, len(figures) * 12 - 3), says
    )
    return head + Markup().join(bars) + Markup("</svg>")
