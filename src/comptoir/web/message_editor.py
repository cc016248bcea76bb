"""The editor of templates: blocks as forms beside the mail itself; drafts, undo, versions, trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import NotAllowed, Principal, Right
from comptoir.identity.profile import PersonNotFound
from comptoir.messaging import template_blocks, template_drafts, template_shelf, trial
from comptoir.messaging.base import Making
from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Missing, Template, TemplateNotFound
from comptoir.messaging.template_blocks import FIELDS, Block, Body, Kind
from comptoir.messaging.template_drafts import Draft
from comptoir.model.message import Discretion, Receipt
from comptoir.state.sealing import master_key
from comptoir.web import message_preview
from comptoir.web.message_preview import SAMPLE, Look, Previewed, Somebody
from comptoir.web.message_says import says
from comptoir.web.message_uses import speaks_for, uses
from comptoir.web.routes import get, post, tell
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, go, is_fragment, own_brands, render, speech_of, who_asks

PATH = "/messages/templates/{name}"
VIEWS = ("blocks", "mjml")
LANGUAGES = ("fr", "en", "de", "es", "it", "nl", "pt")
_MOST_BLOCKS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a block."""

    name: str
    id: str
    value: str
    is_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockForm:
    """One block as a form."""

    place: int
    kind: str
    fields: Sequence[Field]
    problem: str
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version."""

    version: int
    published_at: datetime
    published_by: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """All that the page shows of a template."""

    draft: Draft
    part: Template
    view: str
    may_write: bool
    blocks: Sequence[BlockForm]
    has_blocks: bool
    """Whether its MJML can be parted into blocks at all."""
    fallbacks: str
    problems: Mapping[str, str]
    """Field → what is wrong with it; `mjml` is about the mail as a whole."""
    other_problems: Mapping[str, str]
    """Another language → what is wrong with it."""
    line: int | None
    versions: Sequence[Version]
    is_paused: bool
    """Whether its newest version is paused, as too many of its mails could not be made."""
    used_by: Sequence[tuple[str, str, int]]
    """Scenarios that send it: name, title, and the version that they name."""
    look: Look
    asked: str
    asked_problem: str
    base: str
    """Its address."""
    query: str
    """What the address of its frames ends with."""

    @property
    def is_changed(self) -> bool:
        """Say whether something was written that is not published."""
        return self.draft.revision > 0


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/messages/new", new_page, Right.CAMPAIGN),
        post("/messages/new", make_new, Right.CAMPAIGN, deed=None),
        get(PATH, page, Right.CAMPAIGN),
        post(PATH, act, Right.CAMPAIGN, deed=None),
        get(f"{PATH}/mail", mail, Right.CAMPAIGN),
        get(f"{PATH}/people", people_page, Right.CAMPAIGN),
        post(f"{PATH}/trial", send_trial, Right.CAMPAIGN, deed=None),
    ]


# ---- a new one


async def new_page(request: Request) -> Response:
    """Answer the form of a new template."""
    return _new(request, {"name": "", "brand": EVERY_BRAND, "languages": ["fr", "en"]}, {})


async def make_new(request: Request, form: FormData) -> Response:
    """Begin a template."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    name = str(form.get("name", "")).strip().lower().replace(" ", "-")
    brand = str(form.get("brand", EVERY_BRAND))
    chosen = [one for one in LANGUAGES if form.get(f"language-{one}")]
    wrong = {}
    if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii() or len(name) > 60:
        wrong["name"] = said("messages.new.name.wrong")
    if not chosen:
        wrong["languages"] = said("messages.new.languages.wrong")
    check_brand(who, brand)

    def begin() -> None:
        """Begin it."""
        with desk.state.write() as connection:
            template_drafts.new(
                connection, name, brand=brand, languages=chosen, now=desk.clock.now(), by=who.name
            )  # fmt: skip

    if not wrong:
        try:
            await run_in_threadpool(begin)
        except template_drafts.TemplateNameTaken:
            wrong["name"] = said("messages.new.name.taken")
    if wrong:
        return _new(request, {"name": name, "brand": brand, "languages": chosen}, wrong)
    return go(_address(name), brand=brand, done="messages.begun")


def _new(request: Request, given: Mapping[str, Any], wrong: Mapping[str, str]) -> Response:
    who, said = who_asks(request), speech_of(request)
    owners = [] if who.brands else [(EVERY_BRAND, said("scope.brands"))]
    owners += [(one.name, one.name) for one in own_brands(request)]
    context = {"given": given, "wrong": wrong, "all_languages": LANGUAGES, "owners": owners}
    return render(request, "messages", "message_new", context, status_code=422 if wrong else 200)


# ---- the page


async def page(request: Request) -> Response:
    """Answer the editor."""
    editor = await run_in_threadpool(_load, request)
    return _show(request, editor)


def _show(request: Request, editor: Editor, *, wrong: Mapping[str, str] | None = None) -> Response:
    context = {
        "editor": editor,
        "kinds": list(Kind),
        "discretions": list(Discretion),
        "missings": list(Missing),
        "all_languages": LANGUAGES,
        "lengths": (message_preview.SUBJECT_LENGTH, message_preview.PREHEADER_LENGTH),
        "wrong": wrong or {},
        "every": EVERY_BRAND,
        "is_part": is_fragment(request),
        "kept_at": desk_of(request).clock.now() if is_fragment(request) else editor.draft.changed_at,
    }
    block = "side" if is_fragment(request) else ""
    return render(request, "messages", "message_editor", context, block=block, status_code=422 if wrong else 200)


def _load(request: Request) -> Editor:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    name, asked = request.path_params["name"], request.query_params
    brand = brand_of(desk, who, name, asked.get("brand", ""))
    with desk.state.read() as connection:
        draft = template_drafts.find(connection, name, brand=brand)
        versions = template_drafts.versions(connection, name, brand=brand)
        newest = versions[0]["version"] if versions else 0
        is_paused = template_shelf.health(connection, name, newest)["state"] == "paused"
    used_by = _used_by(desk, who, said, name)
    part = draft.part(asked.get("language") or said.language.value)
    as_whom = asked.get("as", "")
    whom, asked_problem = _whom(desk, who, said, as_whom)
    what = Previewed(name=name, brand=brand, who=who, parts=draft.parts)
    return _editor(
        said,
        draft,
        part,
        view=asked.get("view", ""),
        may_write=_may_write(who, brand),
        versions=[Version(**one) for one in versions],
        is_paused=is_paused,
        used_by=used_by,
        look=message_preview.look(desk, said, what, whom, language=part.language),
        asked=as_whom,
        asked_problem=asked_problem,
    )


def _editor(said: Speech, draft: Draft, part: Template, *, view: str, **rest: Any) -> Editor:
    body = template_blocks.read(part.mjml)
    problem = template_drafts.problem_of(part)
    where, what = _place(problem)
    in_blocks = template_blocks.problem_of(body.blocks, language=part.language) if body is not None and what else {}
    problems = {where: says(said, what)} if what and not (where == "mjml" and in_blocks) else {}
    others = {
        one.language: says(said, _place(wrong)[1])
        for one in draft.parts
        if one.language != part.language and (wrong := template_drafts.problem_of(one)) is not None
    }
    query = {"brand": draft.brand, "language": part.language, "revision": str(draft.revision)}
    if rest["asked"] and not rest["asked_problem"]:
        query["as"] = rest["look"].somebody.key
    return Editor(
        draft=draft,
        part=part,
        view=view if view in VIEWS and body is not None else VIEWS[0] if body is not None else VIEWS[1],
        has_blocks=body is not None,
        blocks=_forms(said, body, in_blocks) if body is not None else (),
        fallbacks="\n".join(f"{name}: {text}" for name, text in part.fallbacks.items()),
        problems=problems,
        other_problems=others,
        line=template_blocks.line_of(part.mjml, what) if where == "mjml" else None,
        base=_address(draft.name),
        query=urlencode(query),
        **rest,
    )


_PARTS = {"html": "mjml", "fallbacks": "fallbacks", "subject": "subject", "preheader": "preheader", "text": "text"}


def _place(problem: BadTemplate | None) -> tuple[str, str]:
    """Say beside which field a problem is told, and what it is."""
    if problem is None:
        return "", ""
    return _PARTS.get(str(problem.facts.get("part", "")), "mjml"), str(problem.facts.get("what", ""))


def _forms(said: Speech, body: Body, problems: Mapping[int, str]) -> list[BlockForm]:
    return [
        BlockForm(
            place=place,
            kind=one.kind.value,
            fields=[
                Field(name=name, id=f"b{place}.{name}", value=one.said.get(name, ""), is_long=name in _LONG)
                for name in FIELDS[one.kind]
            ],
            problem=says(said, problems[place]) if place in problems else "",
            line=template_blocks.line_of(one.said["mjml"], problems[place])
            if place in problems and one.kind is Kind.MARKUP
            else None,
        )
        for place, one in enumerate(body.blocks)
    ]


_LONG = frozenset({"text", "left", "right", "mjml"})


def _whom(desk: Desk, who: Principal, said: Speech, asked: str) -> tuple[Somebody, str]:
    try:
        return message_preview.somebody(desk, who, asked), ""
    except PersonNotFound:
        return SAMPLE, said("messages.as.nobody")


def _used_by(desk: Desk, who: Principal, said: Speech, name: str) -> list[tuple[str, str, int]]:
    language = said.language.value
    return [
        (one.scenario, one.title(language), one.stored_version)
        for one in uses(desk)
        if one.stored == name and one.is_live and speaks_for(one.brands, who)
    ]


# ---- what is written


async def act(request: Request, form: FormData) -> Response:
    """Keep what is written, and do what the button says."""
    desk, who = desk_of(request), who_asks(request)
    name = request.path_params["name"]
    do = str(form.get("do", "typed"))
    brand = await run_in_threadpool(brand_of, desk, who, name, request.query_params.get("brand", ""))
    check_brand(who, brand)
    try:
        done, anchor = await run_in_threadpool(_do, Doing(desk, who, name, brand, form), do)
    except BadTemplate:
        # what was written is kept all the same; the page says beside each field what is wrong
        await run_in_threadpool(_keep, request, form, brand)
        editor = await run_in_threadpool(_load, request)
        return _show(request, editor, wrong={"publish": speech_of(request)("messages.publish.wrong")})
    except TemplateNotFound:
        return go("/messages")
    if done in _DEEDS:
        tell(request, about=name, brand="" if brand == EVERY_BRAND else brand, deed=_DEEDS[done])
    if is_fragment(request):
        return _show(request, await run_in_threadpool(_load, request))
    asked = {key: request.query_params[key] for key in ("language", "view", "as") if key in request.query_params}
    if do.startswith("language:"):
        asked["language"] = do.partition(":")[2]
    answer = go(_address(name), done=done, brand=brand, **asked)
    return RedirectResponse(answer.headers["location"] + anchor, status_code=303) if anchor else answer


@dataclass(frozen=True, slots=True)
class Doing:
    """Whose template something is done to, and by whom."""

    desk: Desk
    who: Principal
    name: str
    brand: str
    form: FormData


_SIMPLE = {"undo": template_drafts.undo, "redo": template_drafts.redo, "drop": template_drafts.drop}


def _do(one: Doing, do: str) -> tuple[str, str]:
    """Do what the button says; give the words that say so, and where on the page that is."""
    name, brand, now, by = one.name, one.brand, one.desk.clock.now(), one.who.name
    with one.desk.state.write() as connection:
        if do in _SIMPLE:
            _SIMPLE[do](connection, name, brand=brand)
            return f"messages.{do}", ""
        if do.startswith("back:"):
            template_drafts.go_back(connection, name, _whole(do, 1), brand=brand, now=now, by=by)
            return "messages.back", ""
        if do.startswith("resume:"):
            for owner in template_drafts.brands_of(connection, name):  # a version is paused for all of them
                check_brand(one.who, owner)
            template_shelf.resume(connection, name, _whole(do, 1))
            return "messages.resumed", ""
        draft = template_drafts.find(connection, name, brand=brand)
        parts, anchor = _written(draft, one.form, do)
        template_drafts.save(connection, parts, now=now, by=by, is_typed=do == "typed")
        if do == "publish":
            template_drafts.publish(connection, name, brand=brand, now=now, by=by)
    return {"publish": "messages.published", "save": "messages.saved"}.get(do, ""), anchor


_DEEDS = {"messages.published": Deed.TEMPLATE_PUBLISHED, "messages.resumed": Deed.TEMPLATE_RESUMED}
"""What the audit keeps of what is done here, by the words that say it."""


def _keep(request: Request, form: FormData, brand: str) -> None:
    desk, who = desk_of(request), who_asks(request)
    with desk.state.write() as connection:
        draft = template_drafts.find(connection, request.path_params["name"], brand=brand)
        parts, _ = _written(draft, form, "save")
        template_drafts.save(connection, parts, now=desk.clock.now(), by=who.name)


def _written(draft: Draft, form: FormData, do: str) -> tuple[list[Template], str]:
    """Read the form over a draft, with what the button does to its blocks; and where on the page that is."""
    part = draft.part(str(form.get("language", "")))
    anchor = ""
    source = str(form.get("mjml", part.mjml))
    if form.get("mode") == "blocks":
        body = template_blocks.read(part.mjml)
        head, foot = (body.head, body.foot) if body is not None else (template_blocks.HEAD, template_blocks.FOOT)
        blocks, anchor = moved(_blocks(form), do)
        source = template_blocks.write(Body(head=head, blocks=tuple(blocks), foot=foot))
    own_text = str(form.get("text", "")).replace("\r\n", "\n")
    changed = replace(
        part,
        subject=_line(form, "subject"),
        preheader=_line(form, "preheader"),
        mjml=source.replace("\r\n", "\n").strip(),
        text=own_text if form.get("own_text") and own_text.strip() else None,
        fallbacks=_fallbacks(str(form.get("fallbacks", ""))),
    )
    shared: dict[str, Any] = {
        "discretion": _chosen(Discretion, str(form.get("discretion", "")), part.discretion),
        "missing": _chosen(Missing, str(form.get("missing", "")), part.missing),
        "is_marketing": bool(form.get("is_marketing")),
    }
    parts = [replace(changed if one.language == part.language else one, **shared) for one in draft.parts]
    kind, _, language = do.partition(":")
    if kind == "language" and language in LANGUAGES and all(one.language != language for one in parts):
        parts.append(replace(parts[0] if not changed.mjml else replace(changed, **shared), language=language))
    return parts, anchor


def _blocks(form: FormData) -> list[Block]:
    count = min(_MOST_BLOCKS, int(str(form.get("count", "0")) or 0))
    found = []
    for place in range(count):
        kind = Kind(str(form.get(f"b{place}.kind", Kind.MARKUP.value)))
        said = {name: str(form.get(f"b{place}.{name}", "")).replace("\r\n", "\n") for name in FIELDS[kind]}
        found.append(Block(kind, said))
    return found


def moved(blocks: list[Block], do: str) -> tuple[list[Block], str]:
    """Do to blocks what the button says, and give where the moved one is then."""
    kind, _, rest = do.partition(":")
    if kind == "add":
        name = rest if rest in set(Kind) else Kind.TEXT.value
        place = len(blocks) - 1 if blocks and blocks[-1].kind is Kind.FOOTER and name != Kind.FOOTER else len(blocks)
        blocks.insert(place, Block(Kind(name), dict.fromkeys(FIELDS[Kind(name)], "")))
        return blocks, f"#b{place}"
    if kind not in {"up", "down", "copy", "remove"}:
        return blocks, ""
    place = _whole(do, 0)
    if place >= len(blocks):
        return blocks, ""
    if kind == "remove":
        del blocks[place]
        return blocks, f"#b{max(0, place - 1)}"
    if kind == "copy":
        blocks.insert(place + 1, blocks[place])
        return blocks, f"#b{place + 1}"
    other = place - 1 if kind == "up" else place + 1
    if 0 <= other < len(blocks):
        blocks[place], blocks[other] = blocks[other], blocks[place]
    return blocks, f"#b{min(max(other, 0), len(blocks) - 1)}"


def _whole(do: str, least: int) -> int:
    text = do.partition(":")[2]
    return max(least, int(text)) if text.isdigit() and len(text) < 9 else least


def _line(form: FormData, name: str) -> str:
    return " ".join(str(form.get(name, "")).split())


def _fallbacks(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): said.strip() for name, _, said in pairs}


def _chosen(kind: Any, text: str, former: Any) -> Any:
    return kind(text) if text in set(kind) else former


# ---- how it looks


async def mail(request: Request) -> Response:
    """Answer the mail itself, for a frame."""
    desk, who = desk_of(request), who_asks(request)
    name, asked = request.path_params["name"], request.query_params
    said = speech_of(request)

    def made() -> str:
        """Make the mail."""
        brand = brand_of(desk, who, name, asked.get("brand", ""))
        with desk.state.read() as connection:
            draft = template_drafts.find(connection, name, brand=brand)
        what = Previewed(name=name, brand=brand, who=who, parts=draft.parts)
        whom = message_preview.somebody(desk, who, asked.get("as", ""))
        return message_preview.make(desk, what, whom, language=asked.get("language", ""))[0].html

    try:
        return message_preview.frame(await run_in_threadpool(made))
    except message_preview.CANNOT as error:
        return message_preview.framed_problem(request, says(said, message_preview.what_of(error)))


async def people_page(request: Request) -> Response:
    """Answer how it looks for twenty typical people."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    name, asked = request.path_params["name"], request.query_params

    def looks() -> tuple[str, list[Look]]:
        """Make the looks of twenty."""
        brand = brand_of(desk, who, name, asked.get("brand", ""))
        with desk.state.read() as connection:
            draft = template_drafts.find(connection, name, brand=brand)
        what = Previewed(name=name, brand=brand, who=who, parts=draft.parts)
        people = message_preview.typical(desk, who)
        return brand, [message_preview.look(desk, said, what, one, language="") for one in people]

    brand, found = await run_in_threadpool(looks)
    context = {"name": name, "brand": brand, "base": _address(name), "looks": found, "link": None}
    return render(request, "messages", "message_people", context)


async def send_trial(request: Request, form: FormData) -> Response:
    """Send a trial to oneself."""
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    name, asked = request.path_params["name"], request.query_params
    brand = await run_in_threadpool(brand_of, desk, who, name, asked.get("brand", ""))

    def work() -> str:
        """Do it, away from the loop."""
        try:
            with desk.state.read() as connection:
                draft = template_drafts.find(connection, name, brand=brand)
            what = Previewed(name=name, brand=brand, who=who, parts=draft.parts)
            send_to(
                desk, what, str(form.get("to", "")), seen_as=asked.get("as", ""), language=asked.get("language", "")
            )
        except trial.TrialFenced:
            return said("messages.trial.fenced")
        except message_preview.CANNOT as error:
            return says(said, message_preview.what_of(error))
        except PersonNotFound:
            return said("messages.as.nobody")
        except trial.NoAddress:
            return said("messages.trial.address")
        except trial.TrialRefused:
            return said("messages.trial.refused")
        except trial.TrialFailed as error:
            return said("messages.trial.failed", answer=error.facts["answer"])
        return ""

    problem = await run_in_threadpool(work)
    if problem:
        editor = await run_in_threadpool(_load, request)
        return _show(request, editor, wrong={"to": problem, "to_given": str(form.get("to", ""))[:200]})
    kept = {key: asked[key] for key in ("language", "view", "as") if key in asked}
    return go(_address(name), done="messages.trial", brand=brand, **kept)


def send_to(desk: Desk, what: Previewed, to: str, *, seen_as: str, language: str) -> Receipt:
    """
    Send the mail that somebody would get to an address of one's own.

    Raises: TrialFenced, NoAddress, TrialRefused, TrialFailed, PersonNotFound, RenderFailed, BadTemplate.
    """
    app = desk.app()
    if app.is_fenced():
        raise trial.TrialFenced
    whom = message_preview.somebody(desk, what.who, seen_as)
    made, _ = message_preview.make(desk, what, whom, language=language, signed=True)
    making = Making(
        settings=desk.settings, state=desk.state, clock=desk.clock, key=lambda: master_key(desk.settings.home),
        link_key=app.link_key(),
    )  # fmt: skip
    return trial.send(made, to, making)


# ---- whose it is


def address_of(name: str, brand: str) -> str:
    """Give the address of a template's page."""
    return f"{_address(name)}?{urlencode({'brand': brand})}"


def _address(name: str) -> str:
    return f"/messages/templates/{quote(name, safe='')}"


def _may_write(who: Principal, brand: str) -> bool:
    return not who.brands or brand in who.brands


def check_brand(who: Principal, brand: str) -> None:
    """Let pass whoever may write for a brand; what is for every brand is for those who have every brand."""
    if not _may_write(who, brand):
        raise NotAllowed(role=who.role.value, brand=brand, may_write=sorted(who.brands))


def brand_of(desk: Desk, who: Principal, name: str, asked: str) -> str:
    """Give the brand whose template is meant: the one asked for, else the first. Raises: TemplateNotFound."""
    with desk.state.read() as connection:
        owners = template_drafts.brands_of(connection, name)
    owners = [one for one in owners if one == EVERY_BRAND or _may_write(who, one)]
    if asked in owners:
        return asked
    if not owners:
        raise TemplateNotFound(template=name[:60])
    return owners[0]
