"""Drafts of templates over the API: begun, changed by blocks, undone, looked at as anybody, tried out, published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.errors import ComptoirError
from comptoir.identity.profile import PersonNotFound
from comptoir.messaging import template_blocks, template_drafts, template_files, trial
from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Missing, Template, TemplateNotFound
from comptoir.messaging.template_blocks import FIELDS, Body, Kind
from comptoir.messaging.template_drafts import DraftNotFound, NothingToRedo, TemplateNameTaken
from comptoir.model.message import Discretion
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import BadRequest, Based, Call, Endpoint, Page, Paged
from comptoir.web import message_editor as editor
from comptoir.web import message_preview as looking
from comptoir.web import messages
from comptoir.web.message_preview import Previewed

_MOST_BLOCKS = 60
_LONGEST = 200_000


class DraftChanged(ComptoirError):
    """Somebody else has changed this template since you read it."""

    code, status = "template_draft_stale", 412
    hint = "Read the draft as it is now, and make your change again on it."


class MailNotMade(ComptoirError, ValueError):
    """This mail cannot be made for this person."""

    code, status = "mail_not_made", 422
    hint = "`detail` names what is missing or wrong in the words; mend it in the draft, or look as somebody else."


class OfBrand(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whose template, where brands have one of the same name: `*` for that of every brand."""

    brand: str = ""


class Begin(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new template."""

    name: str
    languages: list[str] = msgspec.field(default_factory=lambda: ["fr", "en"])
    brand: str = EVERY_BRAND


class Block(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One block of a mail: its kind, and its fields."""

    kind: Kind
    fields: dict[str, str] = {}


class Part(msgspec.Struct, kw_only=True):
    """A template in one language."""

    language: str
    subject: str
    preheader: str
    mjml: str
    blocks: list[Block] | None
    """None where the MJML cannot be parted into blocks."""
    text: str | None
    fallbacks: dict[str, str]
    problem: str
    """What keeps it from being published; empty for nothing."""


class Draft(Based, kw_only=True):
    """A template as it is being written: the draft, or where there is none its newest version."""

    name: str
    brand: str
    revision: int
    """0 where nothing was changed since the newest version."""
    version: int
    """The version that publishing gives it."""
    discretion: Discretion
    missing: Missing
    is_marketing: bool
    changed_at: datetime | None
    changed_by: str
    can_undo: bool
    can_redo: bool
    parts: list[Part]


class Change(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes of a template in one language; what is left out stays."""

    subject: str | UnsetType = UNSET
    preheader: str | UnsetType = UNSET
    mjml: str | UnsetType = UNSET
    blocks: list[Block] | UnsetType = UNSET
    """All blocks of the mail, in place of its MJML."""
    text: str | UnsetType | None = UNSET
    """The author's own text part; null lets it be made from the mail."""
    fallbacks: dict[str, str] | UnsetType = UNSET
    discretion: Discretion | UnsetType = UNSET
    """This and the two below hold in every language."""
    missing: Missing | UnsetType = UNSET
    is_marketing: bool | UnsetType = UNSET


class ChangeBlock(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is done to one block."""

    do: Literal["add", "change", "up", "down", "copy", "remove"]
    place: int = 0
    """Which block, from 0; `add` puts a block at the end, before the footer."""
    kind: Kind = Kind.TEXT
    """Of a block that is added."""
    fields: dict[str, str] = {}
    """Of a block that is added or changed; what is left out stays."""


class Speak(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A language that a template is to speak too."""

    language: str


class GoBack(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A published version."""

    version: int


class Version(msgspec.Struct, kw_only=True):
    """A published version."""

    version: int
    published_at: datetime
    published_by: str | None
    subject: str


class Published(msgspec.Struct, kw_only=True):
    """What was published."""

    template: str
    version: int
    languages: list[str]


class Look(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """As whom a mail is looked at, and in which language."""

    brand: str = ""
    seen_as: str = ""
    """An e-mail, an account or any identifier; empty for a made-up person."""
    language: str = ""
    """Empty for the person's own."""
    definition: str = ""
    """A template as YAML, in place of the draft."""


class Seen(msgspec.Struct, kw_only=True):
    """A mail as one person would get it, or why it cannot be made."""

    person: str
    profile_id: str
    """Empty for the made-up person."""
    language: str
    to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    problem: str = ""


class Try(Look, kw_only=True, forbid_unknown_fields=True):
    """Where a trial goes, and as whose mail."""

    to: str


class Sent(msgspec.Struct, kw_only=True):
    """What the mail server answered."""

    kind: str
    detail: str


# ── reading ──


def listed(call: Call) -> Page[dict[str, Any]]:
    """List the drafts."""
    with call.desk.state.read() as connection:
        found = template_drafts.listing(connection)
    found = [one for one in found if one["brand"] == EVERY_BRAND or call.may_see(str(one["brand"]))]
    return cursors.sliced(found, call.query, lambda one: f"{one['template']}\n{one['brand']}")


def show(call: Call) -> Draft:
    """Give a draft."""
    brand = _brand(call, call.query.brand)
    with call.desk.state.read() as connection:
        return _told(template_drafts.find(connection, call.path["name"], brand=brand))


def history(call: Call) -> list[Version]:
    """List the published versions. Order: the newest first."""
    brand = _brand(call, call.query.brand)
    with call.desk.state.read() as connection:
        found = template_drafts.versions(connection, call.path["name"], brand=brand)
    return [Version(**one) for one in found]


# ── writing ──


def begin(call: Call) -> Draft:
    """Begin a template."""
    said: Begin = call.body
    name = said.name.strip()
    if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii() or len(name) > 60:
        raise BadRequest(name=name[:100], problem="a name has letters, digits and hyphens")
    if not said.languages or set(said.languages) - set(editor.LANGUAGES):
        raise BadRequest(languages=said.languages[:10], takes=", ".join(editor.LANGUAGES))
    editor.check_brand(call.who, said.brand)
    if said.brand not in {EVERY_BRAND, *(one.name for one in keys.list_brands(call.desk.state))}:
        raise NoSuchBrand(brands=[said.brand[:100]])
    with call.desk.state.write() as connection:
        made = template_drafts.new(
            connection, name, brand=said.brand, languages=list(dict.fromkeys(said.languages)),
            now=call.desk.clock.now(), by=call.who.name,
        )  # fmt: skip
        return _told(made)


def change(call: Call) -> Draft:
    """Change a template in one language."""
    said: Change = call.body
    given = {
        name: value
        for name in ("subject", "preheader", "mjml", "text", "fallbacks")
        if (value := getattr(said, name)) is not UNSET
    }
    shared = {
        name: value for name in ("discretion", "missing", "is_marketing") if (value := getattr(said, name)) is not UNSET
    }
    for name in ("subject", "preheader"):
        if name in given:
            given[name] = " ".join(str(given[name]).split())

    def make(part: Template) -> Template:
        """Put what is given into a part."""
        made = replace(part, **given)
        if said.blocks is UNSET:
            return made
        body = template_blocks.read(made.mjml)
        return replace(made, mjml=_mjml(body, [_block(one) for one in said.blocks]))

    return _rewrite(call, lambda parts: [replace(one, **shared) for one in _one(call, parts, make)])


def change_block(call: Call) -> Draft:
    """Do something to one block."""
    said: ChangeBlock = call.body

    def make(part: Template) -> Template:
        """Change the block."""
        body = template_blocks.read(part.mjml)
        if body is None:
            raise BadRequest(language=part.language, problem="its MJML cannot be parted into blocks")
        blocks = list(body.blocks)
        if said.do != "add" and not 0 <= said.place < len(blocks):
            raise BadRequest(place=said.place, takes=f"0 to {len(blocks) - 1}")
        if said.do == "change":
            former = blocks[said.place]
            blocks[said.place] = _block(Block(kind=former.kind, fields={**former.said, **said.fields}))
        else:
            asked = said.kind.value if said.do == "add" else str(said.place)
            blocks, anchor = editor.moved(blocks, f"{said.do}:{asked}")
            if said.do == "add":
                blocks[int(anchor.removeprefix("#b"))] = _block(Block(kind=said.kind, fields=said.fields))
        return replace(part, mjml=_mjml(body, blocks))

    return _rewrite(call, lambda parts: _one(call, parts, make))


def speak(call: Call) -> Draft:
    """Add a language, which begins as the first one."""
    language = call.body.language
    if language not in editor.LANGUAGES:
        raise BadRequest(language=language[:20], takes=", ".join(editor.LANGUAGES))

    def make(parts: Sequence[Template]) -> list[Template]:
        """Add it, unless it is there."""
        is_there = any(one.language == language for one in parts)
        return [*parts] if is_there else [*parts, replace(parts[0], language=language)]

    return _rewrite(call, make)


def undo(call: Call) -> Draft:
    """Take back the last change."""
    with _guarded(call) as (connection, draft):
        template_drafts.undo(connection, draft.name, brand=draft.brand)
        return _told(template_drafts.find(connection, draft.name, brand=draft.brand))


def redo(call: Call) -> Draft:
    """Do the change again that was taken back last."""
    with _guarded(call) as (connection, draft):
        template_drafts.redo(connection, draft.name, brand=draft.brand)
        return _told(template_drafts.find(connection, draft.name, brand=draft.brand))


def drop(call: Call) -> None:
    """Throw a draft away."""
    with _guarded(call) as (connection, draft):
        template_drafts.drop(connection, draft.name, brand=draft.brand)


def go_back(call: Call) -> Draft:
    """Make the draft what a published version was."""
    with _guarded(call) as (connection, draft):
        made = template_drafts.go_back(
            connection, draft.name, call.body.version, brand=draft.brand, now=call.desk.clock.now(), by=call.who.name
        )
        return _told(made)


def publish(call: Call) -> Published:
    """Publish a draft."""
    with _guarded(call) as (connection, draft):
        made = template_drafts.publish(
            connection, draft.name, brand=draft.brand, now=call.desk.clock.now(), by=call.who.name
        )
    return Published(template=draft.name, version=made[0].version, languages=[one.language for one in made])


# ── how it looks ──


def preview(call: Call) -> Seen:
    """Show a mail as somebody would get it."""
    said: Look = call.body
    return _seen(call, _previewed(call, said), said)


def preview_words(call: Call) -> Seen:
    """Show words of a scenario as somebody would get them."""
    said: Look = call.body
    _, what = messages.words_of_scenario(call.desk, call.who, call.path["name"], call.path["words"])
    return _seen(call, what, said)


def looks(call: Call) -> list[Seen]:
    """Show a mail as twenty typical people would get it. Order: the most usual kind of person first."""
    what = _previewed(call, Look(brand=call.query.brand))
    found = []
    for whom in looking.typical(call.desk, call.who):
        try:
            found.append(_made(call, what, whom, language=""))
        except MailNotMade as error:
            problem = str(error.facts["what"])
            found.append(Seen(person=whom.name, profile_id=whom.key, language="", problem=problem))
    return found


def send_trial(call: Call) -> Sent:
    """Send a mail to oneself."""
    said: Try = call.body
    what = _previewed(call, said)
    try:
        receipt = editor.send_to(call.desk, what, said.to, seen_as=said.seen_as, language=said.language)
    except looking.CANNOT as error:
        raise MailNotMade(what=looking.what_of(error)) from error
    return Sent(kind=receipt.kind.value, detail=receipt.detail or "")


def _previewed(call: Call, said: Look) -> Previewed:
    if said.definition:
        parts = template_files.parse(said.definition)
        editor.check_brand(call.who, parts[0].brand)
        return Previewed(name=parts[0].name, brand=parts[0].brand, who=call.who, parts=parts)
    brand = _brand(call, said.brand)
    with call.desk.state.read() as connection:
        draft = template_drafts.find(connection, call.path["name"], brand=brand)
    return Previewed(name=draft.name, brand=brand, who=call.who, parts=draft.parts)


def _seen(call: Call, what: Previewed, said: Look) -> Seen:
    return _made(call, what, looking.somebody(call.desk, call.who, said.seen_as), language=said.language)


def _made(call: Call, what: Previewed, whom: looking.Somebody, *, language: str) -> Seen:
    try:
        mail, chosen = looking.make(call.desk, what, whom, language=language)
    except looking.CANNOT as error:
        raise MailNotMade(what=looking.what_of(error)) from error
    return Seen(
        person=whom.name, profile_id=whom.key, language=chosen, to=mail.to, subject=mail.subject, text=mail.text,
        html=mail.html,
    )  # fmt: skip


# ── between what is sent and what is kept ──


def _brand(call: Call, asked: str) -> str:
    """Give whose template is meant. Raises: TemplateNotFound, where it is none that the asker may see."""
    brand = editor.brand_of(call.desk, call.who, call.path["name"], asked)
    if asked and brand != asked:
        raise TemplateNotFound(template=call.path["name"][:60], brand=asked[:60])
    return brand


@contextmanager
def _guarded(call: Call) -> Iterator[tuple[Connection, template_drafts.Draft]]:
    """Open a draft for a change that was made from what it is now. Raises: DraftChanged, NotAllowed."""
    brand = _brand(call, call.query.brand)
    editor.check_brand(call.who, brand)
    with call.desk.state.write() as connection:
        draft = template_drafts.find(connection, call.path["name"], brand=brand)
        if call.if_match not in {"*", _base(draft)}:
            raise DraftChanged(template=draft.name, by=draft.changed_by)
        yield connection, draft


def _rewrite(call: Call, make: Callable[[Sequence[Template]], Sequence[Template]]) -> Draft:
    with _guarded(call) as (connection, draft):
        parts = make(draft.parts)
        if any(len(one.mjml) > _LONGEST or len(one.text or "") > _LONGEST for one in parts):
            raise BadRequest(longest=_LONGEST, problem="a mail is that long at most")
        return _told(template_drafts.save(connection, parts, now=call.desk.clock.now(), by=call.who.name))


def _one(call: Call, parts: Sequence[Template], make: Callable[[Template], Template]) -> list[Template]:
    language = call.path["language"]
    if all(one.language != language for one in parts):
        raise TemplateNotFound(template=call.path["name"][:60], language=language[:20])
    return [make(one) if one.language == language else one for one in parts]


def _block(said: Block) -> template_blocks.Block:
    unknown = sorted(said.fields.keys() - set(FIELDS[said.kind]))
    if unknown:
        raise BadRequest(block=said.kind.value, unknown=unknown, takes=", ".join(FIELDS[said.kind]) or "no field")
    return template_blocks.Block(said.kind, {name: said.fields.get(name, "") for name in FIELDS[said.kind]})


def _mjml(body: Body | None, blocks: Sequence[template_blocks.Block]) -> str:
    if len(blocks) > _MOST_BLOCKS:
        raise BadRequest(blocks=len(blocks), most=_MOST_BLOCKS)
    head, foot = (body.head, body.foot) if body is not None else (template_blocks.HEAD, template_blocks.FOOT)
    return template_blocks.write(Body(head=head, blocks=tuple(blocks), foot=foot)).strip()


def _base(draft: template_drafts.Draft) -> str:
    """Name what a draft holds now: undo gives revisions their numbers again, so these do not tell."""
    told = msgspec.json.encode(sorted(draft.parts, key=lambda one: one.language))
    return f"{draft.revision}.{hashlib.sha256(told).hexdigest()[:16]}"


def _told(draft: template_drafts.Draft) -> Draft:
    first = draft.parts[0]
    return Draft(
        base=_base(draft), name=draft.name, brand=draft.brand, revision=draft.revision, version=first.version,
        discretion=first.discretion, missing=first.missing, is_marketing=first.is_marketing,
        changed_at=draft.changed_at, changed_by=draft.changed_by, can_undo=draft.can_undo,
        can_redo=draft.can_redo, parts=[_part(one) for one in draft.parts],
    )  # fmt: skip


def _part(part: Template) -> Part:
    body, problem = template_blocks.read(part.mjml), template_drafts.problem_of(part)
    return Part(
        language=part.language, subject=part.subject, preheader=part.preheader, mjml=part.mjml,
        blocks=None if body is None else [Block(kind=one.kind, fields=dict(one.said)) for one in body.blocks],
        text=part.text, fallbacks=dict(part.fallbacks),
        problem="" if problem is None else str(problem.facts.get("what", problem)),
    )  # fmt: skip


_CHANGING: tuple[type[ComptoirError], ...] = (TemplateNotFound, DraftChanged, BadRequest)
_LOOKING: tuple[type[ComptoirError], ...] = (TemplateNotFound, PersonNotFound, MailNotMade, BadTemplate)
_DRAFT = "/templates/{name}/draft"

ENDPOINTS = (
    Endpoint(
        method="GET", path="/template-drafts", tag="Template drafts", right=Right.CAMPAIGN, query=Paged,
        answer=Page[dict[str, Any]], act=listed, summary="The templates that are being written.",
    ),
    Endpoint(
        method="POST", path="/templates", deed=None,
        tag="Template drafts", right=Right.CAMPAIGN, body=Begin, answer=Draft,
        act=begin, status=201, summary="Begin a template as a draft.", errors=(TemplateNameTaken, NoSuchBrand),
        example={"name": "welcome", "languages": ["fr", "en"]},
    ),
    Endpoint(
        method="GET", path=_DRAFT, called="template_draft", tag="Template drafts", right=Right.CAMPAIGN,
        query=OfBrand, answer=Draft, act=show, errors=(TemplateNotFound,),
        summary="A template as it is being written, with its blocks; its ETag goes into If-Match.",
    ),
    Endpoint(
        method="PATCH", path=f"{_DRAFT}/{{language}}", deed=None, called="template_draft_change", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, body=Change, answer=Draft, act=change, is_guarded=True, errors=_CHANGING,
        summary="Change subject, preheader, blocks, MJML, text or fallbacks in one language.",
        example={"subject": "Welcome, {{ customer.first_name }}"},
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/{{language}}/blocks", deed=None, called="template_draft_block",
        tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, body=ChangeBlock, answer=Draft, act=change_block, is_guarded=True,
        errors=_CHANGING, summary="Add, change, move, copy or remove one block.",
        example={"do": "add", "kind": "text", "fields": {"text": "Hello."}},
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/languages", deed=None, called="template_draft_language", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, body=Speak, answer=Draft, act=speak, is_guarded=True, errors=_CHANGING,
        summary="Let it speak another language too.", example={"language": "de"},
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/undo", deed=None, called="template_draft_undo", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, answer=Draft, act=undo, is_guarded=True,
        errors=(*_CHANGING, DraftNotFound), summary="Take back the last change; before the first stands what is live.",
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/redo", deed=None, called="template_draft_redo", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, answer=Draft, act=redo, is_guarded=True,
        errors=(*_CHANGING, NothingToRedo), summary="Do again the change that was taken back last.",
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/back", deed=None, called="template_draft_back", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, body=GoBack, answer=Draft, act=go_back, is_guarded=True,
        errors=_CHANGING, summary="Make the draft what a published version was.", example={"version": 1},
    ),
    Endpoint(
        method="POST", path=f"{_DRAFT}/publish", deed=Deed.TEMPLATE_PUBLISHED, called="template_draft_publish",
        tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, answer=Published, act=publish, status=201, is_guarded=True,
        errors=(*_CHANGING, DraftNotFound, BadTemplate),
        summary="Publish the draft, every language or none; what is queued keeps its version.",
    ),
    Endpoint(
        method="DELETE", path=_DRAFT, deed=None, called="template_draft_discard",
        tag="Template drafts", right=Right.CAMPAIGN,
        query=OfBrand, answer=None, act=drop, is_guarded=True, errors=(*_CHANGING, DraftNotFound),
        summary="Throw the draft away; the newest version stays.",
    ),
    Endpoint(
        method="GET", path="/templates/{name}/versions", called="template_versions", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, answer=list[Version], act=history, errors=(TemplateNotFound,),
        summary="The published versions of a template, the newest first.",
    ),
    Endpoint(
        method="POST", path="/templates/{name}/preview", deed=None, called="template_preview", tag="Template drafts",
        right=Right.CAMPAIGN, body=Look, answer=Seen, act=preview, errors=_LOOKING,
        summary="The mail as anybody would get it, of the draft or of what is sent.",
        example={"seen_as": "ann@example.org", "language": "en"},
    ),
    Endpoint(
        method="GET", path="/templates/{name}/looks", called="template_looks", tag="Template drafts",
        right=Right.CAMPAIGN, query=OfBrand, answer=list[Seen], act=looks, errors=(TemplateNotFound,),
        summary="The mail as twenty typical people would get it.",
    ),
    Endpoint(
        method="POST", path="/templates/{name}/trial", deed=None, called="template_trial", tag="Template drafts",
        right=Right.CAMPAIGN, body=Try, answer=Sent, act=send_trial, status=201,
        errors=(*_LOOKING, trial.NoAddress, trial.TrialRefused, trial.TrialFailed, trial.TrialFenced),
        summary="Send the mail to yourself, marked as a trial; no cap counts it.", example={"to": "you@example.org"},
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/words/{words}/preview", deed=None, called="words_preview",
        tag="Template drafts",
        right=Right.CAMPAIGN, body=Look, answer=Seen, act=preview_words, errors=_LOOKING,
        summary="The words of a published scenario as anybody would get them.",
        example={"seen_as": "ann@example.org"},
    ),
)  # fmt: skip
"""What the API says of drafts of templates."""
