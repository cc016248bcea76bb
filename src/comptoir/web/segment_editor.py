"""The rule of a segment: a tree of conditions with a form for each, changed in a draft that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.segments import parse
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import BadSegment, Definition
from comptoir.state.drafts import Draft
from comptoir.state.shelf import DraftMovedOn
from comptoir.web import segment_count, segment_panel, segment_reach, segment_says
from comptoir.web import segment_tree as tree
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_controls import Typed
from comptoir.web.segment_panel import Asked, Panel
from comptoir.web.segment_tree import Node, Path
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, is_fragment, render, speech_of, who_asks

Document = dict[str, Any]
"""What a definition's text holds, as plain values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A segment as its pages show it: the draft if there is one, or the version that is published."""

    draft: Draft
    is_live: bool
    """Whether the published version is shown although there is a draft."""
    text: str
    document: Document
    definition: Definition
    live: Definition | None
    can_edit: bool

    @property
    def root(self) -> Node:
        """The rule, as the tree takes it."""
        root: Node = self.document["if"]
        return root


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A part of the rule as it is drawn."""

    path: str
    is_group: bool
    is_negated: bool
    link: str
    says: str
    label: str = ""
    mode: str = ""
    joint: str = ""
    parts: Sequence[Branch] = ()
    add: str = ""
    adding: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that the page shows beside its panel and its count."""

    home: str
    path: str
    title: str
    description: str
    shown: Shown
    tree: Branch
    chosen: str | None
    words: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str]]
    told: str
    count: str
    again: str
    may_name: bool


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/segments/{name}/rule", page, Right.CAMPAIGN),
        get("/segments/{name}/count", count_page, Right.CAMPAIGN),
        post("/segments/{name}/edit", change, Right.CAMPAIGN, deed=None),
    ]


def path_of(name: str) -> str:
    """Give the address of a segment's page."""
    return f"/segments/{quote(name, safe='')}"


def load(desk: Desk, name: str, who: Principal, *, live: bool = False) -> Shown:
    """Read a segment. Raises: DefinitionNotFound, for one of other brands too."""
    with desk.state.read() as connection:
        draft = SEGMENTS.read(connection, name)
        published = SEGMENTS.live_text(connection, name) if draft.live_version else None
    is_live = live and published is not None and draft.revision is not None
    text = published if is_live and published is not None else draft.text
    definition = segment_says.read(text)
    live_one = None if published is None else segment_says.read(published)
    segment_reach.check_seen(definition, who)
    return Shown(
        draft=draft,
        is_live=is_live,
        text=text,
        document=segment_says.document(text),
        definition=definition,
        live=live_one,
        can_edit=not is_live
        and all(segment_reach.may_change(one, who) for one in (definition, live_one) if one is not None),
    )


async def page(request: Request) -> Response:
    """Answer the page, or for htmx its editor alone."""
    is_live = request.query_params.get("shown") == "live"
    name = request.path_params["name"]
    shown = await run_in_threadpool(load, desk_of(request), name, who_asks(request), live=is_live)
    return await _answer(request, shown, segment_panel.asked_in(request))


async def count_page(request: Request) -> Response:
    """Answer how many people the rule finds: a part of the page for htmx, else the page with it."""
    is_live = request.query_params.get("shown") == "live"
    name = request.path_params["name"]
    shown = await run_in_threadpool(load, desk_of(request), name, who_asks(request), live=is_live)
    count = await segment_count.count(request, shown.text, name=name, is_sure=request.query_params.get("sure") == "yes")
    return await _answer(request, shown, segment_panel.asked_in(request), count=count)


async def change(request: Request, form: FormData) -> Response:
    """Make a change of the draft, or say beside the fields why not."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    asked = segment_panel.asked(form)
    does, base = str(form.get("do", "")), str(form.get("base", ""))
    typed = {key: [str(one) for one in form.getlist(key)] for key in form}
    shown = await run_in_threadpool(load, desk, name, who)
    segment_reach.check(shown.definition, shown.live, who)
    if does == "again":
        return await _answer(request, shown, asked, back=Back(typed=typed))
    try:
        if does in _WHOLE:
            await run_in_threadpool(_whole, desk, name, base, _WHOLE[does])
            tell(request, about=f"{name} {does}", deed=Deed.SEGMENT_DRAFTED)
            return _onward(name, {})
        making = _CHANGES.get(does, _nothing)(Job(asked, shown, typed, said))
        if making.wrong:
            back = Back(typed=making.typed or typed, wrong=making.wrong)
            return await _answer(request, shown, making.asked or asked, back=back, status=422)
        await run_in_threadpool(_save, desk, who, Save(name, base, does), making.document)
    except DraftMovedOn as error:
        told = said("scenario.stale", who=error.facts.get("by") or said("scenario.somebody"))
        now = await run_in_threadpool(load, desk, name, who)
        return await _answer(request, now, asked, back=Back(typed=typed, told=told), status=409)
    except tree.NoSuchPlace:
        return await _answer(request, shown, Asked(), back=Back(told=said("segment.moved_on")), status=409)
    except (tree.LastCondition, tree.TooLarge) as error:
        told = said("segment.keeps_one" if isinstance(error, tree.LastCondition) else "segment.too_large")
        return await _answer(request, shown, asked, back=Back(told=told), status=422)
    except BadSegment as error:
        back = Back(typed=typed, wrong=segment_panel.beside(error, said, typed))
        return await _answer(request, shown, asked, back=back, status=422)
    tell(request, about=f"{name} {does}", brand=shown.definition.brand or "", deed=Deed.SEGMENT_DRAFTED)
    return _onward(name, making.then)


@dataclass(frozen=True, slots=True)
class Job:
    """What a form asks for, and what it is asked of."""

    asked: Asked
    shown: Shown
    typed: Typed
    said: Speech

    @property
    def path(self) -> Path:
        """The place that is meant. Raises: NoSuchPlace."""
        if self.asked.at is None:
            raise tree.NoSuchPlace(())
        return self.asked.at

    def with_rule(self, root: Node) -> Document:
        """Give the definition with another rule."""
        return {**self.shown.document, "if": root}


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """A definition to be kept, or what is wrong; afterwards the panel of `then` is shown."""

    document: Document
    then: Mapping[str, str]
    wrong: Mapping[str, str]
    typed: Typed | None = None
    asked: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """A form that came back: what was typed in it, what is wrong beside its fields, and what is said at the top."""

    typed: Typed | None = None
    wrong: Mapping[str, str] | None = None
    told: str = ""


def _onward(name: str, then: Mapping[str, str]) -> Response:
    query = f"?{urlencode(then)}#panel" if then else ""
    return RedirectResponse(f"{path_of(name)}/rule{query}", status_code=303)


def _save(desk: Desk, who: Principal, one: Save, document: Document) -> Draft:
    text = segment_says.write(document)
    segment_reach.check(segment_says.read(text), None, who)
    with desk.state.write() as connection:
        return SEGMENTS.save(connection, one.name, text, desk.clock.now(), base=one.base, by=who.name, what=one.what)


@dataclass(frozen=True, slots=True)
class Save:
    """A change to be kept: of which segment, made from which draft, of what kind."""

    name: str
    base: str
    what: str


def _whole(desk: Desk, name: str, base: str, does: Callable[..., Draft]) -> Draft:
    with desk.state.write() as connection:
        return does(connection, name, base=base)


_WHOLE: Mapping[str, Callable[..., Draft]] = {"undo": SEGMENTS.undo, "redo": SEGMENTS.redo, "discard": SEGMENTS.discard}

# ── what each button does ──


def _made(job: Job, root: Node, at: Path | None) -> Making:
    then = {} if at is None else {"at": tree.text_of(at)}
    return Making(document=job.with_rule(root), then=then, wrong={})


def _wrong(job: Job, wrong: Mapping[str, str], *, typed: Typed | None = None, asked: Asked | None = None) -> Making:
    return Making(document=job.shown.document, then={}, wrong=wrong, typed=typed, asked=asked)


def _nothing(job: Job) -> Making:
    return _wrong(job, {"": job.said("scenario.wrong.nothing")})


def _insert(job: Job) -> Making:
    """Put in a kind of condition as it begins; where it cannot stand so, show its form first."""
    kind, into = job.asked.kind, job.asked.into
    if into is None or kind not in {"group", *parse.known()}:
        return _nothing(job)
    if kind == "group":
        return _group(job, into)
    begins = segment_panel.starting(kind)
    made = segment_panel.read(kind, begins, job.said)
    node: Node = {kind: made.values}
    if not made.wrong:
        try:
            parse.condition_of(node)
        except BadSegment:
            made.wrong[""] = ""
    if made.wrong:
        return _wrong(job, {"": job.said("scenario.fill_in")}, typed=begins)
    return _made(job, *tree.add(job.shown.root, into, node))


def _group(job: Job, into: Path) -> Making:
    """Begin a group with a condition of its own: none is empty."""
    above = tree.spot(job.shown.root, into)
    mode = "any" if above.kind != "any" else "all"
    first = segment_panel.FIRST
    root, at = tree.add(job.shown.root, into, {mode: [first]})
    return _made(job, root, (*at, 0))


def _add(job: Job) -> Making:
    kind, into = job.asked.kind, job.asked.into
    if into is None or kind not in parse.known():
        return _nothing(job)
    made = segment_panel.read(kind, job.typed, job.said)
    if made.wrong:
        return _wrong(job, made.wrong)
    node: Node = {kind: made.values}
    return _made(job, *tree.add(job.shown.root, into, {"not": node} if _is_negated(job) else node))


def _keep(job: Job) -> Making:
    here = tree.spot(job.shown.root, job.path)
    root = job.shown.root
    if here.is_group:
        mode = "".join(job.typed.get("mode", ()))
        root = tree.change(root, job.path, mode if mode in tree.GROUPS else here.kind, here.inner)
    else:
        made = segment_panel.read(here.kind, job.typed, job.said, segment_panel.long(here))
        if made.wrong:
            return _wrong(job, made.wrong)
        root = tree.change(root, job.path, here.kind, made.values)
    if _is_negated(job) != here.is_negated:
        root = tree.negate(root, job.path)
    return _made(job, root, job.path)


def _is_negated(job: Job) -> bool:
    return "yes" in job.typed.get("is_negated", ())


def _remove(job: Job) -> Making:
    return _made(job, tree.remove(job.shown.root, job.path), None)


def _up(job: Job) -> Making:
    return _made(job, *tree.up(job.shown.root, job.path))


def _down(job: Job) -> Making:
    return _made(job, *tree.down(job.shown.root, job.path))


def _wrap(job: Job) -> Making:
    return _made(job, tree.wrap(job.shown.root, job.path, "all"), job.path)


def _dissolve(job: Job) -> Making:
    return _made(job, tree.dissolve(job.shown.root, job.path), None)


def _head(job: Job) -> Making:
    document, wrong = segment_panel.head_read(job.shown.document, job.typed, job.said)
    if wrong:
        return _wrong(job, wrong)
    return Making(document=document, then={}, wrong={})


_CHANGES: Mapping[str, Callable[[Job], Making]] = {
    "insert": _insert, "add": _add, "keep": _keep, "remove": _remove, "up": _up, "down": _down, "wrap": _wrap,
    "dissolve": _dissolve, "head": _head,
}  # fmt: skip

# ── answering ──


async def _answer(
    request: Request,
    shown: Shown,
    asked: Asked,
    *,
    back: Back = Back(),
    count: segment_count.Count | None = None,
    status: int = 200,
) -> Response:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    panel: Panel | None = None
    if shown.can_edit:
        choices = await segment_panel.choices(desk, who, said, asked, shown.root)
        panel = segment_panel.make(
            asked, shown.document, said, choices, typed=back.typed, wrong=back.wrong, brands=_brands(request)
        )
    context = {"page": _page(request, shown, asked if panel else Asked(), back.told), "panel": panel, "count": count}
    if not is_fragment(request):
        return render(request, "segments", "segment_rule", context, status_code=status)
    block = "count" if count is not None else "editor"
    answer = render(request, "segments", "segment_rule", context, block=block, status_code=status)
    if request.method == "GET" and count is None:
        query = request.url.query
        answer.headers["HX-Push-Url"] = f"{request.url.path}?{query}" if query else request.url.path
    return answer


def _brands(request: Request) -> list[str]:
    return [one.name for one in segment_reach.offered(request)]


def _page(request: Request, shown: Shown, asked: Asked, told: str) -> Page:
    said, who = speech_of(request), who_asks(request)
    home = path_of(shown.definition.key)
    live = {"shown": "live"} if shown.is_live else {}
    counting = f"{home}/count"
    return Page(
        home=home,
        path=f"{home}/rule",
        title=segment_says.title(shown.definition, said),
        description=segment_says.description(shown.definition, said),
        shown=shown,
        tree=branch_of(shown.root, f"{home}/rule", said, segment_says.leaves(shown.definition, said)),
        chosen=asked.chosen,
        words=segment_says.words(shown.definition, said),
        facts=segment_says.facts(shown.definition, shown.draft.live_version, said),
        told=told,
        count=f"{counting}?{urlencode(live)}" if live else counting,
        again=f"{counting}?{urlencode({**live, 'sure': 'yes'})}",
        may_name=who.may(Right.SEE_CUSTOMERS),
    )


def branch_of(root: Node, path: str, said: Speech, leaves: Iterator[str], at: Path = ()) -> Branch:
    """Draw the rule from a place on; `path` is the page that its links lead to, `leaves` what each condition says."""
    here = tree.spot(root, at)
    place = tree.text_of(at)
    link = f"{path}?{urlencode({'at': place})}"
    into = tree.text_of(at)
    add, adding = f"{path}?{urlencode({'into': into})}", f"+{into}"
    if not here.is_group:
        return Branch(
            path=place, is_group=False, is_negated=here.is_negated, link=link, says=next(leaves),
            label=segment_panel.label(here.kind, said), add=add,
            adding=adding,
        )  # fmt: skip
    stem = "segment.group.not" if here.is_negated else "segment.group"
    return Branch(
        path=place, is_group=True, is_negated=here.is_negated, link=link, mode=here.kind,
        says=said(f"{stem}.{here.kind}"), joint=said(f"segment.joint.{here.kind}"), add=add, adding=adding,
        parts=[branch_of(root, path, said, leaves, (*at, number)) for number in range(len(here.inner))],
    )  # fmt: skip
