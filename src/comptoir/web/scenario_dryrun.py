"""A scenario tried on days that are past: started, watched while it runs, and drawn on the same picture."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Right
from comptoir.model.message import Outcome
from comptoir.scenarios import edit, rehearsals
from comptoir.scenarios.parse import parse
from comptoir.scenarios.rehearsals import RehearsalNotFound, TooManyRehearsals
from comptoir.web import scenario_editor as editor
from comptoir.web import scenario_panel as panels
from comptoir.web import scenario_picture as picture
from comptoir.web import scenario_telling as telling
from comptoir.web.routes import get, post
from comptoir.web.scenario_editor import path_of
from comptoir.web.scenario_picture import Count
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, Desk, desk_of, go, render, speech_of, who_asks

DAYS = (7, 30, 90, 365)
_MAIL_HEADERS = dict(HEADERS) | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""A mail is shown in a frame of its own where nothing runs and nothing leads away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table of the result."""

    what: str
    why: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A live scenario that reaches the same people."""

    scenario: str
    link: str
    people: int
    both: int
    share: float
    won: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened on one day."""

    day: date
    entered: int
    candidates: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of a person's story."""

    at: datetime
    icon: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One run, named."""

    name: str
    link: str
    entered_at: datetime
    ending: str
    moments: Sequence[Moment]
    mails: Sequence[tuple[str, str, str]]
    """To whom, subject or what was wrong, and the address of the mail's frame (empty: it could not be made)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a dry run found, as the page tells it."""

    since: datetime
    until: datetime
    events: int
    entered: int
    messages: int
    people: int
    per_day: float
    busiest: int
    busiest_on: date | None
    warnings: Sequence[str]
    days: Sequence[Day]
    outcomes: Sequence[Line]
    endings: Sequence[Line]
    beside: Sequence[Beside]
    examples: Sequence[Example]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scenarios/{name}/dry-run", page, Right.CAMPAIGN),
        post("/scenarios/{name}/dry-run", start, Right.CAMPAIGN, deed=None),
        get("/scenarios/{name}/dry-run/{rehearsal}", result, Right.SEE_CUSTOMERS),
        post("/scenarios/{name}/dry-run/{rehearsal}/stop", stop, Right.CAMPAIGN, deed=None),
        get("/scenarios/{name}/dry-run/{rehearsal}/mail/{example}/{mail}", mail, Right.SEE_CUSTOMERS),
    ]


async def page(request: Request) -> Response:
    """Answer the form, and the dry runs of the last day."""
    return await _page(request)


async def _page(request: Request, *, wrong: str = "", status: int = 200) -> Response:
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    listed = await run_in_threadpool(rehearsals.listing, desk.settings.home, name)
    context = {
        "path": path_of(name),
        "title": telling.title(shown.definition, said),
        "shown": shown,
        "days": DAYS,
        "listed": [one for one in listed if not who.brands or one.wanted.brand in who.brands],
        "wrong": wrong,
        "brands": sorted(who.brands),
    }
    return render(request, "scenarios", "scenario_dryruns", context, status_code=status)


async def start(request: Request, form: FormData) -> Response:
    """Start a dry run of the draft, or of what is published."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who)
    days, brand = str(form.get("days", "")), str(form.get("brand", ""))
    if days not in {str(one) for one in DAYS}:
        return await _page(request, wrong=said("scenario.wrong.choice"), status=422)
    if who.brands and brand not in who.brands:
        brand = min(who.brands)
    try:
        made = await run_in_threadpool(
            rehearsals.start, desk.settings.home, shown.draft.text, scenario=name, version=shown.definition.version,
            days=int(days), now=desk.clock.now(), with_live=form.get("with_live") == "yes", brand=brand, by=who.name,
        )  # fmt: skip
    except TooManyRehearsals:
        return await _page(request, wrong=said("scenario.dryrun.too_many"), status=409)
    return go(f"{path_of(name)}/dry-run/{made}")


async def stop(request: Request, form: FormData) -> Response:
    """End a dry run, or let go of what it found."""
    del form
    desk, name = desk_of(request), request.path_params["name"]
    await run_in_threadpool(_check, request)
    await run_in_threadpool(rehearsals.stop, desk.settings.home, request.path_params["rehearsal"])
    return go(f"{path_of(name)}/dry-run", done="scenario.dryrun_stopped")


async def result(request: Request) -> Response:
    """Answer how far a dry run is, or what it found, drawn on the picture."""
    desk, said, name = desk_of(request), speech_of(request), request.path_params["name"]
    stands = await run_in_threadpool(_check, request)
    base = f"{path_of(name)}/dry-run/{stands.rehearsal_id}"
    context: dict[str, Any] = {"path": path_of(name), "base": base, "stands": stands}
    if stands.state != "done":
        text = await run_in_threadpool(rehearsals.text_of, desk.settings.home, stands.rehearsal_id)
        context |= {"title": telling.title(parse(text), said), "left": _left(stands, desk.clock.now())}
        return render(request, "scenarios", "scenario_dryrun_wait", context)
    context |= await run_in_threadpool(_found, desk, stands.rehearsal_id, said, name, base)
    return render(request, "scenarios", "scenario_dryrun", context)


async def mail(request: Request) -> Response:
    """Answer one message as it would have been sent, for the frame that shows it."""
    desk, path = desk_of(request), request.path_params
    stands = await run_in_threadpool(_check, request)
    answer = await run_in_threadpool(rehearsals.answer_of, desk.settings.home, stands.rehearsal_id)
    try:
        found = answer["examples"][int(path["example"])]["messages"][int(path["mail"])]
    except (IndexError, ValueError) as error:
        raise RehearsalNotFound(rehearsal=stands.rehearsal_id) from error
    return Response(found["html"], media_type="text/html; charset=utf-8", headers=_MAIL_HEADERS)


def _left(stands: rehearsals.Standing, now: datetime) -> timedelta | None:
    """Guess how long it will take still, once enough of it is done to guess from."""
    if stands.done * 20 < stands.whole or not stands.done:
        return None
    return (now - stands.started_at) * (stands.whole - stands.done) / stands.done


def _check(request: Request) -> rehearsals.Standing:
    """Give a dry run of this scenario that the visitor may see. Raises: RehearsalNotFound, ScenarioNotFound."""
    desk, who, name = desk_of(request), who_asks(request), request.path_params["name"]
    editor.load(desk, name, who)
    stands = rehearsals.read(desk.settings.home, request.path_params["rehearsal"])
    if stands.wanted.scenario != name or (who.brands and stands.wanted.brand not in who.brands):
        raise RehearsalNotFound(rehearsal=stands.rehearsal_id)
    return stands


def _found(desk: Desk, rehearsal_id: str, said: Speech, name: str, base: str) -> dict[str, Any]:
    answer = rehearsals.answer_of(desk.settings.home, rehearsal_id)
    document = edit.read(rehearsals.text_of(desk.settings.home, rehearsal_id))
    definition = parse(edit.write(document))
    names = panels.names_of(document, definition, said)
    ways: Counter[tuple[str, str]] = Counter()
    for one in answer["volumes"]:
        for way, number in one["branches"].items():
            ways[one["step"], way] += number
    taken = {(key, way): ways[key, way] for key, place in definition.program.items() for way in place.into}
    links = picture.Links(path=path_of(name), kept={}, can_edit=False)
    drawn = picture.draw(definition, document, said, links=links, counts=_counts(answer), taken=taken)
    return {
        "title": telling.title(definition, said),
        "picture": drawn,
        "result": _result(answer, names, said, base),
    }


def _counts(answer: Mapping[str, Any]) -> dict[str, list[Count]]:
    entered: Counter[str] = Counter()
    wished: Counter[str] = Counter()
    became: dict[str, Counter[str]] = defaultdict(Counter)
    for one in answer["volumes"]:
        entered[one["step"]] += one["entered"]
        wished[one["step"]] += one["candidates"]
    for one in answer["outcomes"]:
        became[one["step"]][one["outcome"]] += one["count"]
    return {
        step: [Count(name="came", number=number), *(_became(became[step]) if wished[step] else ())]
        for step, number in entered.items()
    }


def _became(became: Mapping[str, int]) -> list[Count]:
    return [
        Count(name="sent", number=became.get(Outcome.SENT, 0)),
        Count(name="deferred", number=became.get(Outcome.DEFERRED, 0)),
        Count(name="dropped", number=became.get(Outcome.DROPPED, 0) + became.get(Outcome.REPLACED, 0)),
        Count(name="held_out", number=became.get(Outcome.HELD_OUT, 0)),
    ]


def _result(answer: Mapping[str, Any], names: Mapping[str, str], said: Speech, base: str) -> Result:
    cost, counts = answer["cost"], answer["conflict_counts"]
    return Result(
        since=datetime.fromisoformat(answer["since"]),
        until=datetime.fromisoformat(answer["until"]),
        events=answer["events"],
        entered=answer["entered"],
        messages=cost["messages"],
        people=cost["people"],
        per_day=cost["per_day"],
        busiest=cost["busiest"],
        busiest_on=None if cost["busiest_on"] is None else date.fromisoformat(cost["busiest_on"]),
        warnings=_warnings(answer, said),
        days=_days(answer["volumes"]),
        outcomes=_lines(
            (said.known("outcome", one["outcome"]), said.known("why", one["reason"]) if one["reason"] else "",
             one["count"]) for one in answer["outcomes"]
        ),
        endings=_lines(
            (said.known("scenario.status", one["status"]), telling.reason(one["reason"], said), one["count"])
            for one in answer["endings"]
        ),
        beside=[
            Beside(scenario=one["scenario"], link=path_of(one["scenario"]), people=one["people"], both=one["both"],
                   share=one["share"], won=counts.get(one["scenario"], {}).get("won", 0),
                   lost=counts.get(one["scenario"], {}).get("lost", 0))
            for one in answer["overlaps"]
        ],
        examples=[_example(one, place, names, said, base) for place, one in enumerate(answer["examples"])],
    )  # fmt: skip


_SAID_HERE = re.compile(
    r"^(none of the events|nobody entered|\d+% of |nobody came to a message|nobody has consent|it takes )", re.ASCII
)
"""Warnings of the report that the page says itself, in the reader's tongue, from the same figures."""
_SAID_SO = {
    "audience_now": r"the audience is a statement: ",
    "audience_none": r"the audience is a statement, which cannot be run here",
    "unrecorded": r"no (?P<event>.+) was recorded in these days",
    "by_hand": r"it begins by hand",
    "computed": r"computed trait (?P<trait>\S+): .*nobody kept; (?P<where>.+) did not know it \((?P<n>[\d,]+) t",
    "computed_words": r"computed trait (?P<trait>\S+): .*nobody kept; its place is empty in (?P<where>.+)",
    "best_hour": r"at which hour each person answered best then",
    "template": r"the template fails for (?P<n>[\d,]+) people(?P<problems>.*)",
    "guessed": r"(?P<n>[\d,]+) products were in carts before",
}
"""Its other warnings, by the words that say them here."""

_MUCH = 0.4


def _warnings(answer: Mapping[str, Any], said: Speech) -> list[str]:
    found = []
    total = sum(one["count"] for one in answer["outcomes"])
    if not answer["entered"]:
        found.append(said("scenario.warn.nobody" if answer["events"] else "scenario.warn.unheard"))
    elif not total:
        found.append(said("scenario.warn.no_message"))
    reasons: Counter[str] = Counter()
    for one in answer["outcomes"]:
        if one["reason"] and one["outcome"] != Outcome.SENT:
            reasons[one["reason"]] += one["count"]
    found += [
        said("scenario.warn.share", share=said.percent(number / total), why=said.known("why", reason))
        for reason, number in reasons.most_common() if number / total >= _MUCH
    ]  # fmt: skip
    found += [
        said("scenario.warn.takes", n=said.number(one["won"]), scenario=name)
        for name, one in answer["conflict_counts"].items() if one.get("won")
    ]  # fmt: skip
    return found + [_told(one, said) for one in answer["warnings"] if not _SAID_HERE.match(one)]


def _told(warning: str, said: Speech) -> str:
    for word, pattern in _SAID_SO.items():
        match = re.match(pattern, warning, re.DOTALL)
        if match is not None:
            values = match.groupdict()
            if "n" in values:
                values["n"] = said.number(int(values["n"].replace(",", "")))
            return said(f"scenario.warn.{word}", **values)
    return warning


def _lines(found: Any) -> list[Line]:
    summed: Counter[tuple[str, str]] = Counter()
    for what, why, number in found:
        summed[what, why] += number
    return [Line(what=what, why=why, number=number) for (what, why), number in summed.most_common()]


def _days(volumes: Sequence[Mapping[str, Any]]) -> list[Day]:
    summed: dict[str, Counter[str]] = defaultdict(Counter)
    for one in volumes:
        summed[one["day"]].update({name: one[name] for name in ("entered", "candidates", "waiting")})
    return [
        Day(day=date.fromisoformat(day), entered=one["entered"], candidates=one["candidates"], waiting=one["waiting"])
        for day, one in sorted(summed.items())
    ]


_ICONS = {"did": "•", "entered": "▶", "step": "◇", "decided": "✉", "ended": "■"}


def _example(one: Mapping[str, Any], place: int, names: Mapping[str, str], said: Speech, base: str) -> Example:
    mails = []
    for number, found in enumerate(one["messages"]):
        link = f"{base}/mail/{place}/{number}" if found["html"] else ""
        mails.append((found["to"], found["subject"] or found["problem"], link))
    return Example(
        name=", ".join(one["emails"]) or one["profile_id"],
        link=f"/customers/{one['profile_id']}",
        entered_at=datetime.fromisoformat(one["entered_at"]),
        ending=telling.reason(one["ending"], said),
        moments=[
            Moment(at=datetime.fromisoformat(line["at"]), icon=_ICONS[line["kind"]], says=_says(line, names, said))
            for line in one["timeline"]
        ],
        mails=mails,
    )


def _says(line: Mapping[str, Any], names: Mapping[str, str], said: Speech) -> str:
    """Say one line of a story in the reader's tongue."""
    kind, what, why = line["kind"], line["what"], line["why"]
    if kind == "did":
        return said.known("name", what)
    if kind == "entered":
        return said("scenario.story.entered")
    if kind == "ended":
        return said("scenario.story.ended", why=telling.reason(why or what, said))
    if kind == "decided":
        outcome, _, until = what.partition(" until ")
        told = said.known("outcome", outcome) + (f" ({said.known('why', why.replace(' ', '_'))})" if why else "")
        return told + (said("scenario.story.until", at=_at(until, said)) if until else "")
    step = names.get(what, what)
    if why.startswith("waits until "):
        return said("scenario.story.waits", step=step, at=_at(why.removeprefix("waits until "), said))
    return said("scenario.story.step", step=step)


def _at(text: str, said: Speech) -> str:
    return said.instant(datetime.fromisoformat(text.removesuffix(" UTC").strip()))
