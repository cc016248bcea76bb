"""Sources that are fetched: where from, how often, what they brought; tried before they are trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import pulling
from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.clock import RealClock
from comptoir.errors import ComptoirError
from comptoir.pulling import Tried
from comptoir.sources import draft as drafts
from comptoir.sources import guess, schedule
from comptoir.sources.base import MappingBroken
from comptoir.sources.draft import Draft
from comptoir.sources.kinds import KINDS
from comptoir.sources.pulls import runs, shelf
from comptoir.sources.pulls.base import Option, PlaceNeeds
from comptoir.sources.pulls.runs import Ran
from comptoir.sources.pulls.shelf import Kept, PullExists
from comptoir.state.sealing import master_key
from comptoir.web import imports
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, own_brands, render, speech_of, who_asks

HOME = "/sources/pulls"
ROWS = 10
"""Rows a try shows."""
SHOWN_RUNS = 30
RHYTHMS = ("hand", "every", "daily")
_DEFAULT_MINUTES, _DEFAULT_TIME = "60", "06:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A source that is fetched, in the list."""

    pull: Kept
    last: Ran | None
    next_at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What somebody entered, and what is wrong with it: field → words."""

    name: str = ""
    brand: str = ""
    kind: str = "orders"
    streams: tuple[str, ...] = ()
    options: Mapping[str, str]
    secrets: frozenset[str] = frozenset()
    rhythm: str = "hand"
    minutes: str = _DEFAULT_MINUTES
    at: str = _DEFAULT_TIME
    alarm_hours: str = str(shelf.DEFAULT_ALARM_HOURS)
    errors: Mapping[str, str]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(f"{HOME}/new", choose, Right.RUN),
        get(f"{HOME}/new/{{place}}", new_page, Right.RUN),
        post(f"{HOME}/new/{{place}}", make, Right.RUN, deed=Deed.PULL_SAVED),
        get(f"{HOME}/change/{{name:path}}", change_page, Right.RUN),
        get(f"{HOME}/source/{{name:path}}", page, Right.RUN),
        post(f"{HOME}/change", change, Right.RUN, deed=Deed.PULL_SAVED),
        post(f"{HOME}/try", try_out, Right.RUN, deed=None),
        post(f"{HOME}/mapping", remap, Right.RUN, deed=Deed.PULL_SAVED),
        post(f"{HOME}/run", run, Right.RUN, deed=Deed.PULL_STARTED),
        post(f"{HOME}/cancel", cancel, Right.RUN, deed=Deed.PULL_CANCELLED),
        post(f"{HOME}/pause", pause, Right.RUN, deed=Deed.PULL_SWITCHED),
        post(f"{HOME}/remove", remove, Right.RUN, deed=Deed.PULL_REMOVED),
    ]


def lines(desk: Desk, who: Principal) -> list[Line]:
    """List the sources that are fetched, those of the visitor's brands. Order: by name."""
    now, machine_now = desk.clock.now(), RealClock().now()
    zones = {one.name: one.time_zone for one in keys.list_brands(desk.state)}
    with desk.state.read() as connection:
        listed = shelf.listing(connection, brands=who.brands)
        found = [(one, runs.latest(connection, one.name, machine_now=machine_now)) for one in listed]
    return [_line(one, last, zones.get(one.brand, "UTC"), now) for one, last in found]


def _line(pull: Kept, last: Ran | None, zone: str, now: datetime) -> Line:
    return Line(pull=pull, last=last, next_at=runs.due_at(pull, last, zone, now), is_silent=runs.is_silent(pull, now))


def address(name: str) -> str:
    """Give the address of a source's page."""
    return f"{HOME}/source/{quote(name)}"


# ── one source ──


async def page(request: Request) -> Response:
    """Answer a source: how it does, what it brought, and what may be done."""
    return await _show(request, await run_in_threadpool(_find, request, request.path_params["name"]))


async def _show(request: Request, pull: Kept, *, tried: Tried | None = None, problem: Mapping[str, str] | None = None,
                text: str | None = None, draft: Draft | None = None, status_code: int = 200) -> Response:  # fmt: skip
    desk = desk_of(request)
    said = speech_of(request)

    def read() -> tuple[Line, list[Ran]]:
        """Read its runs."""
        machine_now = RealClock().now()
        with desk.state.read() as connection:
            found = runs.listing(connection, pull.name, machine_now=machine_now, most=SHOWN_RUNS)
        zone = pulling.zone_of(desk.state, pull.brand)
        return _line(pull, found[0] if found else None, zone, desk.clock.now()), found

    line, found = await run_in_threadpool(read)
    streams = shelf.place_of(pull.place).streams
    context = {
        "line": line,
        "runs": found,
        "now": desk.clock.now(),
        "streams": [one for one in streams if one.name in pull.streams],
        "wants_mapping": any(not one.kind for one in streams),
        "tried": tried,
        "rows": ROWS,
        "problem": problem,
        "text": text if text is not None else pull.mapping or (tried.mapping if tried else ""),
        "address": address(pull.name),
        "remedy": _remedy(said, line.last),
        **_columns(said, tried, draft),
    }
    block = "progress" if is_fragment(request) and tried is None and not problem else ""
    return render(request, "sources", "pull", context, block=block, status_code=status_code)


def _columns(said: Speech, tried: Tried | None, draft: Draft | None) -> dict[str, object]:
    """Say which column fills which field, once a try has shown them; nothing where a form could not show it all."""
    head = tried.head if tried else None
    draft = draft or (drafts.read(tried.mapping) if tried and head else None)
    if head is None or draft is None:
        return {"draft": None}
    return {
        "draft": draft,
        "choices": [imports.choice(one, draft, head, said) for one in draft.kind.fields],
        "names": list(head.columns),
        "formats": [one or "" for one in guess.DATE_FORMATS],
    }


def _remedy(said: Speech, last: Ran | None) -> Mapping[str, str]:
    """Say what went wrong in a run and what to do, in words that are known; else as it was written down."""
    if last is None or not last.problem:
        return {}
    return _wrong(said, last.code, last.problem)


def _wrong(said: Speech, code: str, message: str, hint: str = "") -> Mapping[str, str]:
    is_known = said.has(f"wrong.{code}")
    return {
        "says": said(f"wrong.{code}") if is_known else message,
        "do": said(f"wrong.{code}.do") if is_known else hint,
        "detail": message.partition(": ")[2] if is_known else "",
    }


def _find(request: Request, name: str) -> Kept:
    """Give a source that the visitor may see. Raises: PullNotFound."""
    with desk_of(request).state.read() as connection:
        return shelf.find(connection, name, brands=who_asks(request).brands)


async def _found(request: Request, form: FormData) -> Kept:
    found = await run_in_threadpool(_find, request, str(form.get("name", "")))
    tell(request, about=found.name, brand=found.brand)
    return found


async def try_out(request: Request, form: FormData) -> Response:
    """Look at the place, and show the first rows as they would be stored."""
    desk, pull = desk_of(request), await _found(request, form)
    try:
        tried = await run_in_threadpool(
            pulling.try_out, desk.settings, desk.state, pull, str(form.get("stream", ""))[:100]
        )
    except ComptoirError as error:
        wrong = _wrong(speech_of(request), error.code, str(error), error.hint)
        return await _show(request, pull, problem=wrong, status_code=422)
    return await _show(request, pull, tried=tried)


async def remap(request: Request, form: FormData) -> Response:
    """Keep which column is which field."""
    desk, pull = desk_of(request), await _found(request, form)
    draft = imports.entered_in(form, pull.kind) if form.get("how") == "columns" else None
    if draft is not None and draft.lacking:
        tried = await run_in_threadpool(pulling.try_out, desk.settings, desk.state, pull)
        return await _show(request, pull, tried=tried, draft=draft, status_code=422)
    text = draft.text() if draft else str(form.get("text", "")).replace("\r\n", "\n")

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            shelf.remap(connection, pull.name, text.strip() and text)

    try:
        await run_in_threadpool(keep)
    except MappingBroken as error:
        wrong = _wrong(speech_of(request), error.code, str(error), error.hint)
        return await _show(request, pull, problem=wrong, text=text, status_code=422)
    return go(address(pull.name), done="pull.mapped")


async def run(request: Request, form: FormData) -> Response:
    """Fetch what is new, now; the page may be left."""
    desk, pull = desk_of(request), await _found(request, form)
    made_by = who_asks(request).name
    await run_in_threadpool(lambda: pulling.start(desk.settings, desk.state, pull.name, made_by=made_by))
    return go(address(pull.name), done="pull.started")


async def cancel(request: Request, form: FormData) -> Response:
    """End the run that is under way."""
    desk, pull = desk_of(request), await _found(request, form)

    def ask() -> None:
        """Ask it to."""
        with desk.state.write() as connection:
            runs.cancel(connection, pull.name, machine_now=RealClock().now())

    await run_in_threadpool(ask)
    return go(address(pull.name), done="pull.cancelled")


async def pause(request: Request, form: FormData) -> Response:
    """Let a source rest, or fetch it again."""
    desk, pull, is_paused = desk_of(request), await _found(request, form), form.get("pause") == "yes"

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            shelf.pause(connection, pull.name, is_paused=is_paused)

    await run_in_threadpool(keep)
    tell(request, about=f"{pull.name} {'pause' if is_paused else 'resume'}")
    return go(address(pull.name), done="pull.paused" if is_paused else "pull.resumed")


async def remove(request: Request, form: FormData) -> Response:
    """Forget a source; what it brought stays."""
    desk, pull = desk_of(request), await _found(request, form)

    def forget() -> None:
        """Forget it."""
        with desk.state.write() as connection:
            shelf.remove(connection, pull.name)

    await run_in_threadpool(forget)
    return go("/sources", done="pull.removed")


# ── adding and changing ──


async def choose(request: Request) -> Response:
    """Answer the kinds of places there are."""
    found = await run_in_threadpool(lambda: [(name, shelf.place_of(name)) for name in shelf.places()])
    has_all = not who_asks(request).brands
    context = {"places": [name for name, place in found if has_all or not place.is_inside]}
    return render(request, "sources", "pull_choose", context)


async def new_page(request: Request) -> Response:
    """Answer the form of a new source of one kind. Raises: PluginNotFound."""
    place = request.path_params["place"]
    _let_in(request, place)
    kind = shelf.place_of(place)
    entered = Entered(
        options={one.name: one.default for one in kind.options},
        streams=tuple(one.name for one in kind.streams),
        errors={},
    )
    return await _ask(request, place, entered, is_new=True)


async def make(request: Request, form: FormData) -> Response:
    """Add a source, and go on to trying it."""
    place = request.path_params["place"]
    _let_in(request, place)
    return await _save(request, form, place, None)


async def change_page(request: Request) -> Response:
    """Answer the form of a source."""
    pull = await run_in_threadpool(_find, request, request.path_params["name"])
    _let_in(request, pull.place)
    rhythm, _, rest = pull.schedule.text().partition(":")
    entered = Entered(
        name=pull.name,
        brand=pull.brand,
        kind=pull.kind,
        streams=pull.streams,
        options=pull.options,
        secrets=pull.secrets,
        rhythm=rhythm,
        minutes=rest if rhythm == "every" else _DEFAULT_MINUTES,
        at=rest if rhythm == "daily" else _DEFAULT_TIME,
        alarm_hours=str(pull.alarm_hours),
        errors={},
    )
    return await _ask(request, pull.place, entered, is_new=False)


async def change(request: Request, form: FormData) -> Response:
    """Change a source; secrets that are left empty stay."""
    pull = await _found(request, form)
    _let_in(request, pull.place)
    return await _save(request, form, pull.place, pull)


def _let_in(request: Request, place: str) -> None:
    """Let pass who has every brand where the own machine is read. Raises: NotAllowed."""
    if shelf.place_of(place).is_inside:
        who_asks(request).check_brand(None)


async def _ask(request: Request, place: str, entered: Entered, *, is_new: bool) -> Response:
    kind = shelf.place_of(place)
    context = {
        "place": place,
        "options": kind.options,
        "streams": kind.streams,
        "wants_kind": any(not one.kind for one in kind.streams),
        "entered": entered,
        "is_new": is_new,
        "kinds": list(KINDS),
        "rhythms": RHYTHMS,
        "brands": [one.name for one in own_brands(request)],
        "label": lambda option: _label(speech_of(request), place, option),
        "hint": lambda option: _label(speech_of(request), place, option, hint=True),
        "back": "/sources" if is_new else address(entered.name),
    }
    return render(request, "sources", "pull_form", context, status_code=422 if entered.errors else 200)


def _label(said: Speech, place: str, option: Option, *, hint: bool = False) -> str:
    """Say what an option is called, or its hint: of a stranger's place, what that says itself."""
    ending = ".hint" if hint else ""
    for key in (f"pull.option.{place}.{option.name}{ending}", f"pull.option.{option.name}{ending}"):
        if said.has(key):
            return said(key)
    return option.says if hint else option.name.replace("_", " ")


async def _save(request: Request, form: FormData, place: str, former: Kept | None) -> Response:
    desk, said = desk_of(request), speech_of(request)
    entered = _entered(form, place, former, said)
    brand = entered.brand if former is None else former.brand
    who_asks(request).check_brand(brand)
    if brand not in {one.name for one in own_brands(request)}:
        entered = _with(entered, "brand", said("imports.wrong.brand"))
    if entered.errors:
        return await _ask(request, place, entered, is_new=former is None)
    secrets = {one.name: str(form.get(one.name, "")) for one in shelf.place_of(place).options if one.is_secret}
    wanted = Kept(
        name=entered.name if former is None else former.name,
        place=place,
        brand=brand,
        kind=entered.kind,
        mapping="" if former is None or former.kind != entered.kind else former.mapping,
        streams=entered.streams,
        options=entered.options,
        schedule=schedule.parse(_rhythm(entered)),
        alarm_hours=int(entered.alarm_hours),
        may_look_inside=not who_asks(request).brands,
        made_at=desk.clock.now(),
    )

    def keep() -> None:
        """Keep it."""
        with desk.state.write() as connection:
            shelf.save(connection, wanted, secrets, master_key(desk.settings.home), is_new=former is None)

    try:
        await run_in_threadpool(keep)
    except PullExists:
        return await _ask(request, place, _with(entered, "name", said("sources.wrong.taken")), is_new=True)
    except PlaceNeeds as error:
        wrong = _with(entered, str(error.facts.get("option", "")), said("pull.wrong.option"))
        return await _ask(request, place, wrong, is_new=former is None)
    tell(request, about=wanted.name, brand=brand)
    return go(address(wanted.name), done="pull.saved")


def _entered(form: FormData, place: str, former: Kept | None, said: Speech) -> Entered:
    def text(name: str) -> str:
        return str(form.get(name, "")).strip()

    kind = shelf.place_of(place)
    entered = Entered(
        name=text("name") if former is None else former.name,
        brand=text("brand"),
        kind=text("kind") if any(not one.kind for one in kind.streams) else "",
        streams=tuple(one.name for one in kind.streams if not one.kind or form.get(f"stream.{one.name}") == "yes"),
        options={one.name: text(one.name) for one in kind.options if not one.is_secret},
        secrets=frozenset() if former is None else former.secrets,
        rhythm=text("rhythm") if text("rhythm") in RHYTHMS else "hand",
        minutes=text("minutes") or _DEFAULT_MINUTES,
        at=text("at") or _DEFAULT_TIME,
        alarm_hours=text("alarm_hours") or "0",
        errors={},
    )
    return replace(entered, errors=_errors(entered, kind.options, said))


def _errors(entered: Entered, options: Sequence[Option], said: Speech) -> dict[str, str]:
    errors = {}
    try:
        keys.check_name(entered.name)
    except keys.BadName:
        errors["name"] = said("sources.wrong.name")
    if not entered.streams:
        errors["streams"] = said("pull.wrong.streams")
    try:
        schedule.parse(_rhythm(entered))
    except schedule.BadSchedule:
        errors["rhythm"] = said("pull.wrong.rhythm")
    hours = entered.alarm_hours
    if not (hours.isascii() and hours.isdigit() and len(hours) < 6 and int(hours) <= shelf.MOST_ALARM_HOURS):
        errors["alarm_hours"] = said("pull.wrong.alarm")
    for one in options:
        if one.is_needed and not one.is_secret and not entered.options.get(one.name):
            errors[one.name] = said("pull.wrong.option")
    return errors


def _rhythm(entered: Entered) -> str:
    return {"every": f"every:{entered.minutes}", "daily": f"daily:{entered.at}"}.get(entered.rhythm, "hand")


def _with(entered: Entered, field: str, words: str) -> Entered:
    return replace(entered, errors={**entered.errors, field: words})
