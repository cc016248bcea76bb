"""Mails as they will look: as anybody would get them, each in a frame of its own in which nothing can run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import escape
from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from comptoir.access import keys
from comptoir.access.roles import Principal
from comptoir.app import keeper_of
from comptoir.errors import ComptoirError
from comptoir.identity import directory, profile
from comptoir.identity.profile import PersonNotFound, Profile
from comptoir.identity.rows import nodes
from comptoir.messaging import links, outbox_shelf, servers, template_preview, template_shelf
from comptoir.messaging.render import Links, RenderFailed
from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Ref, Template
from comptoir.messaging.template_preview import Person
from comptoir.model.message import Mail
from comptoir.model.service import SERVICE_LEVEL, STANDARD
from comptoir.web import counted
from comptoir.web.customer_head import may_see
from comptoir.web.message_says import says
from comptoir.web.speech import Speech
from comptoir.web.view import HEADERS, Desk, speech_of

MOST_PEOPLE = 20
_LOOKED_AT = 400
"""Newest messages and addresses among which typical people are looked for."""

CANNOT = (RenderFailed, BadTemplate)
"""What making a mail may stumble on: its words are told to whoever looks."""

SUBJECT_LENGTH, PREHEADER_LENGTH = 50, 90
"""Characters that most mailboxes show on a phone."""

_FRAME = (
    "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_SHUT = "sandbox"
_WITH_LINKS = "sandbox allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What is looked at: a template as it is being written, or the words of a scenario in the built-in layout."""

    name: str
    brand: str
    who: Principal
    """Who looks: what is for every brand is shown as of one of hers."""
    parts: Sequence[Template] = ()
    words: Mapping[str, Mapping[str, str]] | None = None
    """By language."""

    @property
    def languages(self) -> list[str]:
        """The languages it speaks. Order: by name."""
        return sorted(self.words if self.words is not None else (one.language for one in self.parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """As whom a mail is shown."""

    key: str
    """The customer's number; empty for the made-up person."""
    name: str
    person: Person
    computed: Mapping[str, object] = field(default_factory=dict)
    """Their computed traits, as words of messages write them."""
    levels: Mapping[str, str] = field(default_factory=dict)
    """Their service level in each brand that has counted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A mail as one person would get it, or why it cannot be made."""

    somebody: Somebody
    language: str
    subject: str = ""
    preheader: str = ""
    text: str = ""
    problem: str = ""


SAMPLE = Somebody(
    key="",
    name="Camille Durand",
    person=Person(
        contact="camille.durand@example.org",
        traits={"first_name": "Camille", "last_name": "Durand", "city": "Lyon", "points": 240},
    ),
)
"""The made-up person as whom a mail is shown where nobody was chosen."""


def somebody(desk: Desk, who: Principal, asked: str) -> Somebody:
    """
    Find as whom a mail is to be shown, by anything people type.

    Raises: PersonNotFound, for a stranger to the visitor's brands too.
    """
    if not asked.strip():
        return SAMPLE
    with desk.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, asked))
    if found is None or not may_see(desk, who, found):
        raise PersonNotFound(person=asked[:100])
    return _somebodies(desk, who, [found])[0]


def typical(desk: Desk, who: Principal) -> list[Somebody]:
    """
    Give up to twenty people who are as different as can be: in what is known of them, in language and in products.

    Order: the most usual kind first. They are those lately written to, and where that is nobody, lately seen.
    """
    with desk.state.read() as connection:
        read = (profile.read_node(connection, node) for node in _lately(connection))
        people = {one.profile_id: one for one in read if one is not None}
    kinds: dict[tuple[object, ...], list[Profile]] = {}
    for one in _seen(desk, who, list(people.values()))[: 4 * MOST_PEOPLE]:
        kinds.setdefault(_kind(one), []).append(one)
    queues = sorted(kinds.values(), key=len, reverse=True)
    chosen: list[Profile] = []
    while len(chosen) < MOST_PEOPLE and any(queues):
        chosen += [queue.pop(0) for queue in queues if queue][: MOST_PEOPLE - len(chosen)]
    return _somebodies(desk, who, chosen)


def _seen(desk: Desk, who: Principal, people: Sequence[Profile]) -> Sequence[Profile]:
    """Leave those out who have nothing to do with the visitor's brands."""
    if not who.brands:
        return people
    asked = {
        "kind": "report",
        "name": "customer_brands",
        "parameters": {"nodes": [n for p in people for n in p.node_ids]},
    }
    known = {row["node_id"] for row in desk.ask(asked).to_pylist() if row["brand"] in who.brands}
    return [one for one in people if not known.isdisjoint(one.node_ids)]


def make(desk: Desk, what: Previewed, whom: Somebody, *, language: str, signed: bool = False) -> tuple[Mail, str]:
    """
    Make the mail that somebody would get, and give the language it is in; `signed` where its links are to work.

    Raises: RenderFailed; BadTemplate.
    """
    spoken = what.languages
    wished = language or str(whom.person.traits.get("language") or "").partition("-")[0]
    chosen = wished if wished in spoken else spoken[0]
    with desk.state.read() as connection:
        promise = (
            template_preview.latest_promise(connection, whom.person, brands=what.who.brands) or template_preview.SAMPLE
        )
    brand = own_brand(desk, what)
    ref = what.words[chosen] if what.words is not None else Ref(what.name, what.parts[0].version)
    person = replace(whom.person, traits=_told(whom, brand))
    mail = template_preview.preview(
        ref, person,
        links=links_of(desk, signed=signed),
        templates=template_shelf.Trial(what.parts, is_checked=False),
        brand=brand, language=chosen, sender=sender_of(desk, brand), at=desk.clock.now(), promise=promise,
    )  # fmt: skip
    return replace(mail, brand=brand), chosen


def _told(whom: Somebody, brand: str) -> dict[str, object]:
    """Give what the words of a brand may say of somebody: what is counted, and what was stated."""
    return {**whom.computed, **whom.person.traits, SERVICE_LEVEL: whom.levels.get(brand, STANDARD)}


def look(desk: Desk, said: Speech, what: Previewed, whom: Somebody, *, language: str) -> Look:
    """Make a mail for somebody, or say why it cannot be made."""
    try:
        mail, chosen = make(desk, what, whom, language=language)
    except CANNOT as error:
        return Look(somebody=whom, language=language, problem=says(said, what_of(error)))
    part = next((one for one in what.parts if one.language == chosen), None)
    before = part.preheader if part is not None else (what.words or {}).get(chosen, {}).get("preheader", "")
    return Look(somebody=whom, language=chosen, subject=mail.subject, preheader=before, text=mail.text)


def frame(html: str, *, opens_links: bool = False) -> Response:
    """Answer a mail for a frame: no script runs in it, and its links open elsewhere, or nowhere."""
    shut = _WITH_LINKS if opens_links else _SHUT
    if opens_links:
        html = html.replace("<head>", '<head><base target="_blank">', 1)
    headers = HEADERS | {
        "Content-Security-Policy": f"{_FRAME}; frame-ancestors 'self'; {shut}",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, headers=headers)


def framed_problem(request: Request, problem: str) -> Response:
    """Answer, for a frame, why a mail cannot be made."""
    said = speech_of(request)
    return frame(f"<!doctype html><html lang={said.language.value}><body><p>⚠ {escape(problem)}</p></body></html>")


def sender_of(desk: Desk, brand: str) -> str:
    """Give the From address of a brand."""
    with desk.state.read() as connection:
        return servers.sender_of(connection, brand, desk.settings.mail.sender)


def own_brand(desk: Desk, what: Previewed) -> str:
    """Give a brand to write for: the template's own, or for one of every brand the first of whoever looks."""
    if what.brand != EVERY_BRAND:
        return what.brand
    return next(one.name for one in keys.list_brands(desk.state) if what.who.may_see(one.name))


def links_of(desk: Desk, *, signed: bool) -> Links:
    """Make the links of a mail; those of one that is only looked at are such that no door believes them."""
    door = desk.settings.door
    key = desk.app().link_key() if signed else b"preview"
    return Links(
        public_url=door.public_url or f"http://{door.host}:{door.port}", sign=lambda link: links.sign(key, link)
    )


def _lately(connection: Connection) -> list[int]:
    sent = outbox_shelf.latest_nodes(connection, _LOOKED_AT)
    known = connection.scalars(
        select(nodes.c.node_id).where(nodes.c.kind == "email").order_by(nodes.c.seq.desc()).limit(_LOOKED_AT)
    )
    return list(dict.fromkeys([*sent, *known]))


def _kind(one: Profile) -> tuple[object, ...]:
    traits = one.traits
    return (bool(directory.called(traits, ())), traits.get("language"), len(traits) > 3)


def _somebodies(desk: Desk, who: Principal, people: Sequence[Profile]) -> list[Somebody]:
    """Give people as messages speak to them: by their golden records, and with what is counted of them."""
    ids = [one.profile_id for one in people]
    with desk.state.read() as connection:
        golden = keeper_of(desk.settings).values_of(connection, ids)
    computed, levels = counted.written(desk, who, ids), counted.levels_known(desk, ids)
    return [
        replace(
            _somebody(one, golden.get(one.profile_id, {})),
            computed=computed.get(one.profile_id, {}),
            levels=levels.get(one.profile_id, {}),
        )
        for one in people
    ]


def _somebody(one: Profile, golden: Mapping[str, object]) -> Somebody:
    emails = one.values("email")
    contact = emails[0] if emails else "nobody@example.org"
    traits = {name: value for name, value in {**one.traits, **golden}.items() if value is not None}
    person = Person(nodes=one.node_ids, traits=traits, contact=contact)
    return Somebody(key=one.profile_id, name=directory.called(traits, ()) or contact, person=person)


def what_of(error: Exception) -> str:
    """Give what is wrong, as the makers of mails say it."""
    return str(error.facts.get("what", error)) if isinstance(error, ComptoirError) else str(error)
