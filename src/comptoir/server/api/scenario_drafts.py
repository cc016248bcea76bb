"""Drafts of scenarios over the API: begun, changed step by step as the editor does, undone, published, thrown away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.errors import ComptoirError, PluginNotFound
from comptoir.grammar.fields import BadDefinition, Map
from comptoir.model.scenario import FieldKind
from comptoir.scenarios import definitions, drafts, edit
from comptoir.scenarios.definitions import ScenarioNotFound
from comptoir.scenarios.drafts import NameTaken, NothingToUndo, StaleDraft
from comptoir.scenarios.edit import Document, EditRefused, Found, Slot
from comptoir.server.api.endpoints import BadRequest, Based, Call, Endpoint
from comptoir.state import drafts as state_drafts
from comptoir.web import scenario_editor as editor
from comptoir.web import scenario_figures as figures
from comptoir.web import scenario_versions as versions
from comptoir.web import scenarios as gallery
from comptoir.web.scenario_editor import Save
from comptoir.web.scenario_reach import NotYours
from comptoir.web.view import speech_of


class Begin(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new scenario: one of the library, or from nothing under a title."""

    library: str = ""
    title: str = ""


class Step(msgspec.Struct, kw_only=True):
    """A step of a draft, and where it stands: before which place of which way of which step."""

    key: str
    kind: str
    parent: str
    """The step whose way it stands in; empty: the scenario's own block."""
    way: str
    place: int
    fields: dict[str, Any]
    """As its form shows them: without what its ways hold."""


class Draft(Based, kw_only=True):
    """A scenario as its next editor finds it: the draft, or where there is none the version that is published."""

    scenario: str
    state: str
    live_version: int
    revision: int | None
    """None: there is no draft."""
    definition: str
    what: str
    """What the last change was."""
    saved_at: datetime | None
    saved_by: str
    can_undo: bool
    can_redo: bool
    steps: list[Step]


class Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole draft as YAML."""

    definition: str


class Insert(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="insert"):
    """Put a new step in."""

    kind: str
    fields: dict[str, Any] = {}
    parent: str = ""
    way: str = ""
    place: int = 0


class Way(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One way of a step that lists ways."""

    fields: dict[str, Any]
    was: int | None = None
    """The place it had before, so that it keeps its steps; none: it is new."""


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="change"):
    """Give a step other fields; what its ways hold stays."""

    step: str
    fields: dict[str, Any] = {}
    """All of them: one that is left out is at its default again."""
    ways: dict[str, list[Way]] = {}
    """Of fields that list ways, the new list."""


class Remove(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="remove"):
    """Take a step away, with all that its ways hold."""

    step: str


class Up(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="up"):
    """Move a step up."""

    step: str


class Down(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="down"):
    """Move a step down."""

    step: str


class MoveTo(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="move"):
    """Move a step to a place."""

    step: str
    parent: str = ""
    way: str = ""
    place: int = 0


class Lead(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="lead"):
    """Let an empty way lead to a step; to none, let it end leading anywhere."""

    parent: str
    way: str
    target: str = ""


class Parts(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="do", tag="parts"):
    """Give the scenario other fields at its top: title, trigger, words, brands…; null takes one away."""

    parts: dict[str, Any]


Edit = Insert | Change | Remove | Up | Down | MoveTo | Lead | Parts


class Made(Draft, kw_only=True):
    """A draft after a change."""

    step: str
    """The key of the step that was put in; empty after any other change."""


class Published(msgspec.Struct, kw_only=True):
    """What was published."""

    scenario: str
    version: int


class Version(msgspec.Struct, kw_only=True):
    """A published version, and how it differs from the one before it."""

    version: int
    published_at: datetime
    published_by: str
    definition: str
    changes: list[str]


class Card(msgspec.Struct, kw_only=True):
    """The figures on the card of a step: waiting, passed, sent, deferred, dropped, converted, reached."""

    step: str
    counts: dict[str, int]
    at_least: list[str]
    """Names of the counts that are lower bounds."""


class Field(msgspec.Struct, kw_only=True):
    """One field of the form of a kind of step."""

    name: str
    kind: str
    label: dict[str, str]
    is_required: bool
    options: list[str]


class StepKind(msgspec.Struct, kw_only=True):
    """A kind of step, and the form that it declares."""

    kind: str
    fields: list[Field]


def begin(call: Call) -> Draft:
    """Begin a scenario."""
    said: Begin = call.body
    shelf = definitions.shipped()
    if said.library in shelf:
        text = gallery.mine(shelf[said.library], call.who)
    elif said.title.strip() and not said.library:
        text = gallery.blank(gallery.slug(said.title[:60]), said.title.strip()[:60], call.who)
    else:
        raise BadRequest(library=said.library[:60], problem="name a scenario of the library, or give a title")
    return _told(gallery.begin_draft(call.desk, text, call.who))


def show(call: Call) -> Draft:
    """Give a draft."""
    return _told(editor.load(call.desk, call.path["name"], call.who).draft)


def write(call: Call) -> Draft:
    """Keep a whole text as the draft."""
    name, base = _opened(call)
    versions.keep_text(call.desk, call.who, name, call.body.definition, base)
    return show(call)


def change(call: Call) -> Made:
    """Make one change of a draft."""
    name, base = _opened(call)
    said: Edit = call.body
    keys: list[str] = []

    def make(document: Document) -> Document:
        """Make it, and note the key of a step that was put in."""
        made, key = _CHANGES[type(said)](document, said)
        keys.append(key)
        return made

    what = "keep" if isinstance(said, Change) else str(type(said).__struct_config__.tag)
    draft = editor.save(call.desk, call.who, Save(name, base, what, make))
    return Made(**msgspec.structs.asdict(_told(draft)), step=keys[-1])


def undo(call: Call) -> Draft:
    """Go back one change."""
    return _whole(call, drafts.undo)


def redo(call: Call) -> Draft:
    """Go forward one change."""
    return _whole(call, drafts.redo)


def discard(call: Call) -> Draft:
    """Throw a draft away."""
    return _whole(call, drafts.discard)


def publish(call: Call) -> Published:
    """Publish a draft."""
    name, base = _opened(call)
    made = versions.publish_draft(call.desk, name, base, call.who)
    return Published(scenario=made.scenario, version=made.version)


def history(call: Call) -> list[Version]:
    """List the published versions. Order: the newest first."""
    name = editor.load(call.desk, call.path["name"], call.who).draft.key
    said = speech_of(call.request)
    with call.desk.state.read() as connection:
        listed = drafts.versions(connection, name)
    return [
        Version(
            version=one.version, published_at=one.published_at, published_by=one.published_by, definition=one.text,
            changes=[] if before is None else versions.changes(before.text, one.text, said),
        )
        for one, before in zip(listed, [*listed[1:], None], strict=True)
    ]  # fmt: skip


def cards(call: Call) -> list[Card]:
    """Give the live figures of the published version."""
    shown = editor.load(call.desk, call.path["name"], call.who, live=True)
    found = call.wait(figures.of, call.desk, shown.live, call.who.brands)
    return [
        Card(
            step=step,
            counts={one.name: one.number for one in counts},
            at_least=[one.name for one in counts if one.is_least],
        )
        for step, counts in found.items()
    ]


def kinds(_call: Call) -> list[StepKind]:
    """List the kinds of steps with their forms. Order: by name."""
    return [
        StepKind(
            kind=kind,
            fields=[
                Field(
                    name=one.name, kind=one.kind.value, label=dict(one.label), is_required=one.is_required,
                    options=list(one.options),
                )
                for one in edit.form_of(kind)
            ],
        )
        for kind in edit.kinds()
    ]  # fmt: skip


# ── the changes ──


def _insert(document: Document, said: Insert) -> tuple[Document, str]:
    return edit.insert(document, _slot(said), said.kind, _fields(said.fields))


def _change(document: Document, said: Change) -> tuple[Document, str]:
    rows = {name: [(one.was, _fields(one.fields)) for one in ways] for name, ways in said.ways.items()}
    listed = {one.name for one in edit.form_of(edit.find(document, said.step).kind) if one.kind in _LISTS}
    kept = {name: value for name, value in _fields(said.fields).items() if name not in listed}
    former = edit.find(document, said.step).said
    rows |= {
        name: [(place, _bare(row)) for place, row in enumerate(_listed(former, name))] for name in listed - rows.keys()
    }
    return edit.change(document, said.step, kept, rows={name: rows[name] for name in rows if rows[name]}), ""


_LISTS = frozenset({FieldKind.CASES, FieldKind.WEIGHTS})
_CHANGES: Mapping[type, Callable[[Document, Any], tuple[Document, str]]] = {
    Insert: _insert,
    Change: _change,
    Remove: lambda document, said: (edit.remove(document, said.step), ""),
    Up: lambda document, said: (edit.up(document, said.step), ""),
    Down: lambda document, said: (edit.down(document, said.step), ""),
    MoveTo: lambda document, said: (edit.move(document, said.step, _slot(said)), ""),
    Lead: lambda document, said: (edit.lead(document, _slot(said), said.target), ""),
    Parts: lambda document, said: (edit.with_parts(document, _map(said.parts)), ""),
}


def _slot(said: Insert | MoveTo | Lead) -> Slot:
    return Slot(parent=said.parent, way=said.way, place=0 if isinstance(said, Lead) else said.place)


def _fields(said: Mapping[str, Any]) -> Map:
    """Read fields of a step; its key is given by the scenario and stays."""
    return _map({name: value for name, value in said.items() if name != "key"})


def _map(said: Mapping[str, Any]) -> Map:
    return Map({name: _plain(value) for name, value in said.items()})


def _plain(value: Any) -> Any:
    """Write a value as the YAML would have it: decimal numbers as texts, which keeps them exact."""
    if isinstance(value, dict):
        return _map(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, float) else value


def _whole(call: Call, does: Callable[..., state_drafts.Draft]) -> Draft:
    name, base = _opened(call)
    return _told(editor.whole(call.desk, name, base, does))


def _opened(call: Call) -> tuple[str, str]:
    """Name the scenario of the address, if it may be changed, and what the change is made from."""
    shown = editor.load(call.desk, call.path["name"], call.who)
    editor.check_brands(shown, call.who)
    return shown.draft.key, shown.draft.base if call.if_match == "*" else call.if_match


def _told(draft: state_drafts.Draft) -> Draft:
    return Draft(
        base=draft.base, scenario=draft.key, state=draft.state, live_version=draft.live_version,
        revision=draft.revision, definition=draft.text, what=draft.what, saved_at=draft.saved_at,
        saved_by=draft.saved_by, can_undo=draft.can_undo, can_redo=draft.can_redo,
        steps=[_step(one) for one in edit.each(edit.read(draft.text))],
    )  # fmt: skip


def _step(one: Found) -> Step:
    blocks = {field.name for field in edit.form_of(one.kind) if field.kind is FieldKind.BLOCK}
    lists = {field.name for field in edit.form_of(one.kind) if field.kind in _LISTS}
    return Step(
        key=one.key, kind=one.kind, parent=one.slot.parent, way=one.slot.way, place=one.slot.place,
        fields={
            name: [_bare(row) for row in _listed(one.said, name)] if name in lists else value
            for name, value in one.said.items()
            if name != "key" and name not in blocks
        },
    )  # fmt: skip


def _listed(said: Map, name: str) -> list[Map]:
    listed = said.get(name)
    return [one for one in listed if isinstance(one, Map)] if isinstance(listed, list) else []


def _bare(row: Map) -> Map:
    return Map({name: value for name, value in row.items() if name != "then"})


_CHANGING: tuple[type[ComptoirError], ...] = (ScenarioNotFound, NotYours, StaleDraft)

ENDPOINTS = (
    Endpoint(
        method="POST", path="/scenarios", deed=None,
        tag="Scenario drafts", right=Right.CAMPAIGN, body=Begin, answer=Draft,
        act=begin, status=201, summary="Begin a scenario as a draft: one of the library, or from nothing.",
        errors=(NameTaken,), example={"library": "abandoned-basket"},
    ),
    Endpoint(
        method="GET", path="/step-kinds", tag="Scenario drafts", right=Right.CAMPAIGN, answer=list[StepKind],
        act=kinds, summary="The kinds of steps that are installed, and the fields of each.",
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/draft", called="scenario_draft", tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=Draft, act=show, errors=(ScenarioNotFound,),
        summary="The draft with its steps, or what is published where there is none; its ETag goes into If-Match.",
    ),
    Endpoint(
        method="PUT", path="/scenarios/{name}/draft", deed=None, called="scenario_draft_write", tag="Scenario drafts",
        right=Right.CAMPAIGN, body=Written, answer=Draft, act=write, is_guarded=True,
        summary="Keep a whole definition as the draft.", errors=(*_CHANGING, BadDefinition),
        example={"definition": "scenario: hello\nversion: 1\n…"},
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/draft/edit", deed=None, called="scenario_draft_edit",
        tag="Scenario drafts",
        right=Right.CAMPAIGN, body=Edit, answer=Made, act=change, is_guarded=True,
        summary="Change one thing of the draft: put in, change, move or remove a step, or a field at the top.",
        errors=(*_CHANGING, BadDefinition, EditRefused, PluginNotFound),
        example={"do": "insert", "kind": "wait", "fields": {"for": "1 day"}, "place": 0},
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/draft/undo", deed=None, called="scenario_draft_undo",
        tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=Draft, act=undo, is_guarded=True, summary="Go back one change.",
        errors=(*_CHANGING, NothingToUndo),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/draft/redo", deed=None, called="scenario_draft_redo",
        tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=Draft, act=redo, is_guarded=True, summary="Go forward one change.",
        errors=(*_CHANGING, NothingToUndo),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/draft/publish", deed=Deed.SCENARIO_PUBLISHED,
        called="scenario_draft_publish",
        tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=Published, act=publish, status=201, is_guarded=True,
        summary="Publish the draft: new runs get it, people in flight finish on theirs.",
        errors=(*_CHANGING, NothingToUndo, BadDefinition),
    ),
    Endpoint(
        method="DELETE", path="/scenarios/{name}/draft", deed=None, called="scenario_draft_discard",
        tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=Draft, act=discard, is_guarded=True,
        summary="Throw the draft away; what is published stays.", errors=(*_CHANGING, NothingToUndo),
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/versions", called="scenario_versions", tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=list[Version], act=history, errors=(ScenarioNotFound,),
        summary="The published versions, the newest first, and what changed in each.",
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/figures", called="scenario_figures", tag="Scenario drafts",
        right=Right.CAMPAIGN, answer=list[Card], act=cards, errors=(ScenarioNotFound,),
        summary="The live figures on each step: who waits, who passed, what was sent and what came of it.",
    ),
)  # fmt: skip
"""What the API says of drafts of scenarios."""
