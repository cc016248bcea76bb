"""One scenario: its picture with live figures, and the forms that change its draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.roles import Principal, Right
from comptoir.grammar.fields import BadDefinition, Map
from comptoir.scenarios import definitions, drafts, edit, standing
from comptoir.scenarios.drafts import StaleDraft
from comptoir.scenarios.edit import Document, EditRefused
from comptoir.scenarios.parse import EVERY_BRAND, Definition, parse
from comptoir.state.drafts import Draft
from comptoir.web import scenario_fields as fields
from comptoir.web import scenario_figures as figures
from comptoir.web import scenario_panel as panels
from comptoir.web import scenario_parts as parts
from comptoir.web import scenario_picture as picture
from comptoir.web import scenario_reach, scenario_says
from comptoir.web import scenario_telling as telling
from comptoir.web.routes import get, post
from comptoir.web.scenario_controls import Typed
from comptoir.web.scenario_panel import Asked, Panel
from comptoir.web.scenario_reach import may_change, may_see
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, render, speech_of, who_asks

_NAMED = re.compile(r"`(\w+)[`:]")

Change = Callable[[Document], Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A scenario as the page shows it: the draft if there is one, or the version that is published."""

    draft: Draft
    is_live: bool
    """Whether the published version is shown although there is a draft."""
    document: Document
    definition: Definition
    live: Definition | None
    can_edit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page shows beside the picture and the panel."""

    path: str
    title: str
    shown: Shown
    exits: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    in_flight: int
    older: int
    """People in flight on other versions than the one that is live."""
    told: str
    """What kept a change from being made."""
    total: Mapping[str, int]


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scenarios/{name}", page, Right.CAMPAIGN),
        get("/scenarios/{name}/figures", live_figures, Right.CAMPAIGN),
        post("/scenarios/{name}/edit", change, Right.CAMPAIGN, deed=None),
    ]


def path_of(name: str) -> str:
    """Give the address of a scenario's page."""
    return f"/scenarios/{quote(name, safe='')}"


def check_brands(shown: Shown, who: Principal) -> None:
    """Let pass whoever has all brands that a scenario speaks for, drafted and live. Raises: NotYours."""
    for one in (shown.definition, shown.live):
        if one is not None:
            scenario_reach.check_brands(one, who)


def load(desk: Desk, name: str, who: Principal, *, live: bool = False) -> Shown:
    """Read a scenario. Raises: ScenarioNotFound, for one of other brands too."""
    with desk.state.read() as connection:
        draft = drafts.read(connection, name)
        live_text = definitions.text_of(connection, name) if draft.live_version else None
    is_live = live and live_text is not None and draft.revision is not None
    text = live_text if is_live and live_text else draft.text
    definition = parse(edit.tidy(text))
    if not may_see(definition, who):
        raise definitions.ScenarioNotFound(scenario=name)
    published = None if live_text is None else parse(edit.tidy(live_text))
    return Shown(
        draft=draft,
        is_live=is_live,
        document=edit.read(text),
        definition=definition,
        live=published,
        can_edit=all(may_change(one, who) for one in (definition, published) if one is not None) and not is_live,
    )


async def page(request: Request) -> Response:
    """Answer the page, or for htmx its editor alone."""
    name = request.path_params["name"]
    is_live = request.query_params.get("shown") == "live"
    shown = await run_in_threadpool(load, desk_of(request), name, who_asks(request), live=is_live)
    return await _answer(request, shown, panels.asked_in(request))


async def live_figures(request: Request) -> Response:
    """Answer the figures on the cards, as the script asks for them."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    shown = await run_in_threadpool(load, desk, request.path_params["name"], who, live=True)
    found = await figures.of(desk, shown.live, who.brands)
    cards = {
        f"{key} {count.name}": ("≥ " if count.is_least else "") + said.number(count.number)
        for key, counts in found.items()
        for count in counts
    }
    return figures.json(cards)


async def change(request: Request, form: FormData) -> Response:
    """Make a change of the draft, or say beside the fields why not."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    asked = panels.asked(form)
    does = str(form.get("do", ""))
    typed = {key: [str(one) for one in form.getlist(key)] for key in form}
    shown = await run_in_threadpool(load, desk, name, who)
    check_brands(shown, who)
    if does == "again":
        return await _answer(request, shown, asked, back=Back(typed=typed))
    offered = await run_in_threadpool(panels.choices, desk.state, shown.document, who)
    base = str(form.get("base", ""))
    if does in _WHOLE:
        await run_in_threadpool(whole, desk, name, base, _WHOLE[does])
        return go(path_of(name))
    making = _CHANGES.get(does, _nothing)(Job(asked, shown, typed, said, offered))
    if making.wrong:
        back = Back(typed=making.typed or typed, wrong=making.wrong)
        return await _answer(request, shown, asked, back=back, status=422)
    try:
        await run_in_threadpool(save, desk, who, Save(name, base, does, making.change))
    except StaleDraft as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        now = await run_in_threadpool(load, desk, name, who)
        return await _answer(request, now, asked, back=Back(typed=typed, told=told), status=409)
    except EditRefused as error:
        told = said(f"scenario.refused.{error.reason.value}")
        return await _answer(request, shown, asked, back=Back(typed=typed, told=told), status=422)
    except BadDefinition as error:
        back = Back(typed=typed, wrong=_beside(error, said, typed))
        return await _answer(request, shown, asked, back=back, status=422)
    return _onward(name, making.then)


@dataclass(frozen=True, slots=True)
class Job:
    """What a form asks for, and what it is asked of."""

    asked: Asked
    shown: Shown
    typed: Typed
    said: Speech
    offered: fields.Choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A change to be made, or what is wrong with it; afterwards the panel of `then` is shown."""

    change: Change = lambda document: document
    wrong: Mapping[str, str]
    then: Mapping[str, str]
    typed: Typed | None = None


def _onward(name: str, then: Mapping[str, str]) -> Response:
    return RedirectResponse(f"{path_of(name)}?{urlencode(then)}#panel" if then else path_of(name), status_code=303)


def _beside(error: BadDefinition, said: Speech, typed: Typed) -> dict[str, str]:
    """Put what is wrong with the whole beside the field it names."""
    what = str(error.facts.get("what", ""))
    found = _NAMED.search(what)
    name = found[1] if found and found[1] in typed else ""
    return {name: said("scenario.wrong.together", **scenario_says.what_of(said, error))}


@dataclass(frozen=True, slots=True)
class Save:
    """A change to be kept: of which scenario, made from which draft, of what kind."""

    name: str
    base: str
    what: str
    make: Change


def save(desk: Desk, who: Principal, one: Save) -> Draft:
    """Keep a change of a draft. Raises: StaleDraft, EditRefused, BadDefinition, NotYours."""
    with desk.state.write() as connection:
        draft = drafts.read(connection, one.name)
        if draft.base != one.base:
            raise StaleDraft(scenario=one.name, by=draft.saved_by)
        text = edit.write(one.make(edit.read(draft.text)))
        scenario_reach.check_brands(parse(text), who)
        return drafts.save(connection, one.name, text, desk.clock.now(), base=one.base, by=who.name, what=one.what)


def whole(desk: Desk, name: str, base: str, does: Callable[..., Draft]) -> Draft:
    """Undo, redo or discard. Raises: StaleDraft, NothingToUndo."""
    with desk.state.write() as connection:
        return does(connection, name, base=base)


_WHOLE: Mapping[str, Callable[..., Draft]] = {"undo": drafts.undo, "redo": drafts.redo, "discard": drafts.discard}

# ── what each button does ──


def _nothing(job: Job) -> Making:
    return Making(wrong={"": job.said("scenario.wrong.nothing")}, then={})


def _insert(job: Job) -> Making:
    """Put in the kind of step that was chosen as it begins; where it cannot stand so, show its form first."""
    slot, kind = job.asked.slot, job.asked.kind
    if slot is None or not kind:
        return _nothing(job)
    form = edit.form_of(kind)
    begins = fields.starting(form, job.offered)
    made = fields.read(form, begins, job.said)
    rows = {name: [Map(row) for _, row in listed] for name, listed in made.rows.items()}
    try:
        document, key = edit.insert(job.shown.document, slot, kind, {**made.values, **rows})
        edit.write(document)
    except BadDefinition:
        made.wrong[""] = ""
    if made.wrong:
        return Making(wrong={"": job.said("scenario.fill_in")}, then={}, typed=begins)
    return Making(change=lambda now: edit.insert(now, slot, kind, {**made.values, **rows})[0], wrong={},
                  then={"step": key})  # fmt: skip


def _add(job: Job) -> Making:
    slot, kind = job.asked.slot, job.asked.kind
    if slot is None or not kind:
        return _nothing(job)
    made = fields.read(edit.form_of(kind), job.typed, job.said)
    rows = {name: [Map(row) for _, row in listed] for name, listed in made.rows.items()}
    said = {**made.values, **rows}
    key = ""
    if not made.wrong:
        try:
            _, key = edit.insert(job.shown.document, slot, kind, said)
        except EditRefused:
            key = ""
    return Making(change=lambda now: edit.insert(now, slot, kind, said)[0], wrong=made.wrong, then={"step": key})


def _keep(job: Job) -> Making:
    key = job.asked.step
    if key not in job.shown.definition.program:
        return _nothing(job)
    found = edit.find(job.shown.document, key)
    made = fields.read(edit.form_of(found.kind), job.typed, job.said, found.said)
    return Making(
        change=lambda now: edit.change(now, key, made.values, rows=made.rows), wrong=made.wrong, then={"step": key}
    )


def _remove(job: Job) -> Making:
    return Making(change=lambda now: edit.remove(now, job.asked.step), wrong={}, then={})


def _up(job: Job) -> Making:
    return Making(change=lambda now: edit.up(now, job.asked.step), wrong={}, then={"step": job.asked.step})


def _down(job: Job) -> Making:
    return Making(change=lambda now: edit.down(now, job.asked.step), wrong={}, then={"step": job.asked.step})


def _move(job: Job) -> Making:
    slot = panels.slot_of("".join(job.typed.get("slot", ())))
    if slot is None:
        return _nothing(job)
    return Making(change=lambda now: edit.move(now, job.asked.step, slot), wrong={}, then={"step": job.asked.step})


def _lead(job: Job) -> Making:
    slot, target = job.asked.slot, "".join(job.typed.get("target", ()))
    if slot is None:
        return _nothing(job)
    return Making(change=lambda now: edit.lead(now, slot, target), wrong={}, then={})


def _head(job: Job) -> Making:
    made = fields.read(parts.HEAD, job.typed, job.said, parts.head_said(job.shown.document))
    return Making(
        change=lambda now: edit.with_parts(now, parts.head_parts(now, made)), wrong=made.wrong, then={"part": "head"}
    )


def _trigger(job: Job) -> Making:
    kind = "".join(job.typed.get("starts", ()))
    if kind not in parts.TRIGGERS:
        return _nothing(job)
    former = parts.trigger_said(job.shown.document) if kind == parts.trigger_kind(job.shown.document) else None
    made = fields.read(parts.trigger_form(kind), job.typed, job.said, former)
    part = parts.trigger_part(kind, made, job.said)
    return Making(change=lambda now: edit.with_parts(now, {"trigger": part}), wrong=made.wrong,
                  then={"part": "trigger"})  # fmt: skip


def _exits(job: Job) -> Making:
    rules, wrong = parts.exits_part(job.typed, job.said)
    return Making(change=lambda now: edit.with_parts(now, {"exit_when": rules or None}), wrong=wrong,
                  then={"part": "exits"})  # fmt: skip


def _words(job: Job) -> Making:
    template = job.asked.template
    words, wrong = parts.words_part(job.shown.document, template, job.typed, job.said)
    del words
    return Making(
        change=lambda now: edit.with_parts(now, {"words": parts.words_part(now, template, job.typed, job.said)[0]}),
        wrong=wrong,
        then={"part": "words", "template": template},
    )


def _drop_words(job: Job) -> Making:
    def make(now: Document) -> Document:
        words: Any = now.get("words", Map())
        return edit.with_parts(now, {"words": Map({k: v for k, v in words.items() if k != job.asked.template})})

    return Making(change=make, wrong={}, then={"part": "words"})


_CHANGES: Mapping[str, Callable[[Job], Making]] = {
    "insert": _insert, "add": _add, "keep": _keep, "remove": _remove, "up": _up, "down": _down, "move": _move,
    "lead": _lead, "head": _head, "trigger": _trigger, "exits": _exits, "words": _words, "drop_words": _drop_words,
}  # fmt: skip

# ── answering ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A form that came back: what was typed in it, what is wrong beside its fields, and what is said at the top."""

    typed: Typed | None = None
    wrong: Mapping[str, str] | None = None
    told: str = ""


async def _answer(request: Request, shown: Shown, asked: Asked, *, back: Back = Back(), status: int = 200) -> Response:
    desk, who = desk_of(request), who_asks(request)
    counts = await figures.of(desk, shown.live, who.brands)
    job = Answering(desk, who, shown, asked, speech_of(request), counts, back)
    context = await run_in_threadpool(_context, job)
    if not is_fragment(request):
        return render(request, "scenarios", "scenario", context, status_code=status)
    answer = render(request, "scenarios", "scenario", context, block="editor", status_code=status)
    if request.method == "GET":  # what a change leads to stands in the address, so that the page can be asked for again
        answer.headers["HX-Push-Url"] = (
            f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        )
    return answer


@dataclass(frozen=True, slots=True)
class Answering:
    """What a page is made from."""

    desk: Desk
    who: Principal
    shown: Shown
    asked: Asked
    said: Speech
    counts: picture.Counts
    back: Back


def _context(job: Answering) -> dict[str, Any]:
    shown, asked, said, back = job.shown, job.asked, job.said, job.back
    panel: Panel | None = None
    if shown.can_edit:
        offered = panels.choices(job.desk.state, shown.document, job.who)
        panel = panels.make(asked, shown.document, shown.definition, said, offered, typed=back.typed, wrong=back.wrong)
    path = path_of(shown.definition.scenario)
    links = picture.Links(path=path, kept={"shown": "live"} if shown.is_live else {}, can_edit=shown.can_edit)
    chosen = asked.chosen if panel else None
    drawn = picture.draw(shown.definition, shown.document, said, links=links, counts=job.counts, chosen=chosen)
    return {
        "page": _page(job, path),
        "picture": drawn,
        "panel": panel,
        "card": next((one for one in drawn.cards if one.key == asked.step), None),
    }


def _page(job: Answering, path: str) -> Page:
    shown, definition, said = job.shown, job.shown.definition, job.said
    with job.desk.state.read() as connection:
        flying = standing.in_flight(connection, definition.scenario, brands=job.who.brands)
    total: dict[str, int] = {}
    for listed in job.counts.values():
        for one in listed:
            total[one.name] = total.get(one.name, 0) + one.number
    return Page(
        path=path,
        title=telling.title(definition, said),
        shown=shown,
        exits=[(telling.exit_rule(rule, said), telling.reason(rule.reason, said)) for rule in definition.exits],
        facts=_facts(definition, said),
        in_flight=sum(flying.values()),
        older=sum(number for version, number in flying.items() if version != shown.draft.live_version),
        told=job.back.told,
        total=total,
    )


def _facts(definition: Definition, said: Speech) -> list[tuple[str, str]]:
    every = EVERY_BRAND in definition.brands
    trigger = definition.trigger
    again = (
        said("scenario.again.once")
        if trigger.is_once
        else said("scenario.again.after", span=said.span(trigger.again_after))
    )
    return [
        (said("scenario.fact.brands"), said("scope.brands") if every else ", ".join(definition.brands)),
        (said("scenario.fact.control"), said.percent(definition.control_share)),
        (said("scenario.fact.again"), again if trigger.again_after else said("scenario.again.always")),
        (said("scenario.fact.priority"), said.number(definition.priority)),
        (said("scenario.fact.class"), said.known("scenario.option", definition.message_class.value)),
        (said("scenario.fact.discretion"), said.known("scenario.option", definition.discretion.value)),
        (said("scenario.fact.tags"), ", ".join(definition.tags) or "–"),
    ]
