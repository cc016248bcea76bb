"""Figures of the screens over the API: a person's card, what a cut would do, mails and what came of them, sources."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from comptoir import repair
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.identity.by_hand import NotOnePerson
from comptoir.identity.profile import PersonNotFound
from comptoir.messaging.outbox_shelf import MessageNotFound
from comptoir.messaging.template import EVERY_BRAND, TemplateNotFound
from comptoir.repair import NoSuchFailed
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.care import person_of
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.people import Cut, Identifier, Named
from comptoir.server.api.spans import Span, scope
from comptoir.server.api.template_drafts import MailNotMade, Seen
from comptoir.web import customer, customer_identity, live_repair, message_outbox, message_uses, messages, sources
from comptoir.web import message_editor as editor
from comptoir.web import message_preview as looking
from comptoir.web.customer_head import NoSuchCustomer
from comptoir.web.visit import Period


class Affinity(msgspec.Struct, kw_only=True):
    """A product or a category that was looked at; `share` is of the heaviest of its kind, 0–1."""

    name: str
    reference: str
    share: float
    times: int
    last_at: datetime


class Card(msgspec.Struct, kw_only=True):
    """A person at a glance: what she bought, when she came, what she looks at, which scenarios she is in."""

    profile_id: str
    session_count: int
    first_at: datetime | None
    last_at: datetime | None
    points: int | None
    worth: list[dict[str, Any]]
    categories: list[Affinity]
    products: list[Affinity]
    consents: list[dict[str, Any]]
    runs: list[dict[str, Any]]


class Side(msgspec.Struct, kw_only=True):
    """Whom a cut would leave on one side: `left`, `restored`, or `other`."""

    side: str
    identifiers: list[Identifier]


class Foreseen(msgspec.Struct, kw_only=True):
    """What a cut would do."""

    sides: list[Side]
    cuts: int
    """Links that it takes away."""


class Mail(msgspec.Struct, kw_only=True):
    """A mail that is sent or being written: a template, or the words of a scenario; and what came of it."""

    name: str
    brand: str
    """Empty for every brand."""
    languages: str
    version: int
    state: str
    alert: str
    is_changed: bool
    """Whether something was written since it was published."""
    scenarios: list[str]
    sent_count: int
    clicked_count: int


class Use(msgspec.Struct, kw_only=True):
    """A step of a scenario that sends a template or words of its own."""

    scenario: str
    version: int
    step: str
    is_live: bool
    template: str
    words: str


class Line(msgspec.Struct, kw_only=True):
    """What a source sends."""

    source: str
    brand: str
    last_at: datetime | None
    silent_seconds: float | None
    is_quiet: bool
    """Whether it has sent before and was silent for a day."""
    day_count: int
    week_count: int
    week_refused: int


class Text(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Another text of a refused event; empty for the one that came."""

    text: str = ""


class Outlook(msgspec.Struct, kw_only=True):
    """What would come of a refused event if it were sent in now."""

    text: str
    is_taken: bool
    reason: str
    """Why it would be refused again; empty where it would be taken."""
    detail: str
    fault: list[int]
    """Where in `text` the fault lies: first character, and the one after the last; none where nobody can tell."""
    line: dict[str, Any]
    """What it would become."""


def card(call: Call) -> Card:
    """Give a person's card."""
    person = person_of(call, call.query.person)
    found = call.wait(customer.load, call.desk, call.who, person, call.lang)
    return Card(
        profile_id=person.profile_id, session_count=found.session_count, first_at=found.first_at,
        last_at=found.last_at, points=found.points, worth=[dict(one) for one in found.worth],
        categories=[_affinity(one) for one in found.categories], products=[_affinity(one) for one in found.products],
        consents=[{**one.said, "text": one.text} for one in found.consents], runs=[dict(one) for one in found.runs],
    )  # fmt: skip


def foresee_cut(call: Call) -> Foreseen:
    """Say what a cut would do."""
    person = person_of(call, call.query.person)
    sides, cuts = customer_identity.sides_of(call.desk, person, call.query.identifier)
    return Foreseen(
        sides=[
            Side(side=one.key, identifiers=[Identifier(kind=each.kind, value=each.value) for each in one.identifiers])
            for one in sides
        ],
        cuts=cuts,
    )


def mails(call: Call) -> list[Mail]:
    """List the mails that are sent or written."""
    asked = scope(call, default=Period.MONTH)
    return [
        Mail(
            name=one.name, brand=one.brand, languages=one.languages, version=one.version, state=one.state,
            alert=one.alert, is_changed=one.is_changed, scenarios=[name for name, _ in one.scenarios],
            sent_count=one.sent_count, clicked_count=one.clicked_count,
        )
        for one in call.wait(messages.load, call.desk, call.who, asked, call.lang)
    ]  # fmt: skip


def uses(call: Call) -> list[Use]:
    """List the steps that send a template. Order: by scenario, version, step."""
    editor.brand_of(call.desk, call.who, call.path["name"], "")
    may = {EVERY_BRAND, *call.who.brands}
    return [
        Use(
            scenario=one.scenario, version=one.version, step=one.step, is_live=one.is_live, template=one.stored,
            words=one.words,
        )
        for one in message_uses.uses(call.desk)
        if one.stored == call.path["name"] and (not call.who.brands or may & set(one.brands))
    ]  # fmt: skip


def mail_again(call: Call) -> Seen:
    """Make a message's mail again from what was kept."""
    row = message_outbox.own_row(call.desk, call.who, call.path["message_id"])
    try:
        made = message_outbox.made_again(call.desk, row)
    except looking.CANNOT as error:
        raise MailNotMade(what=looking.what_of(error)) from error
    return Seen(
        person=made.to, profile_id="", language=made.language, to=made.to, subject=made.subject, text=made.text,
        html=made.html,
    )  # fmt: skip


def lines(call: Call) -> list[Line]:
    """Say what each source sends. Order: by name."""
    found = call.wait(sources.load, call.desk, call.request)
    return [
        Line(
            source=one.source.name, brand=one.source.brand, last_at=one.last_at,
            silent_seconds=None if one.silence is None else one.silence.total_seconds(), is_quiet=one.is_quiet,
            day_count=one.day_count, week_count=one.week_count, week_refused=one.week_refused,
        )
        for one in found.lines
    ]  # fmt: skip


def foresee_mend(call: Call) -> Outlook:
    """Say what would come of a refused event, as it came or with another text."""
    settings, failed_id = call.desk.settings, call.path["failed_id"]
    live_repair.seen_by(call.who, settings, failed_id)
    text = call.body.text.encode("utf-8", "replace") if call.body.text else None
    found = repair.foresee(settings, failed_id, text)
    return Outlook(
        text=found.text, is_taken=found.is_taken, reason=found.reason, detail=found.detail,
        fault=list(found.spot or ()), line=dict(found.line),
    )  # fmt: skip


def _affinity(one: customer.Affinity) -> Affinity:
    return Affinity(name=one.name, reference=one.reference, share=one.share, times=one.times, last_at=one.last_at)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/people/card", tag="People", right=Right.SEE_CUSTOMERS, query=Named, answer=Card,
        act=card, errors=(PersonNotFound, NoSuchCustomer, EngineUnreachable),
        summary="A person at a glance: orders, visits, points, affinities, consents, scenarios she is in.",
    ),
    Endpoint(
        method="GET", path="/people/cut", called="people_foresee_cut", tag="People", right=Right.CARE, query=Cut,
        answer=Foreseen, act=foresee_cut, errors=(PersonNotFound, NoSuchCustomer, NotOnePerson, EngineUnreachable),
        summary="What each side of a cut would keep, before anything is cut.",
    ),
    Endpoint(
        method="GET", path="/mails", tag="Messages", right=Right.CAMPAIGN, query=Span, answer=list[Mail], act=mails,
        errors=(NoSuchBrand, EngineUnreachable),
        summary="The mails that are sent or being written, which scenarios send them, and what came of them.",
    ),
    Endpoint(
        method="GET", path="/templates/{name}/uses", called="template_uses", tag="Templates",
        right=Right.CAMPAIGN, answer=list[Use], act=uses, errors=(TemplateNotFound,),
        summary="The steps of published scenarios that send it.",
    ),
    Endpoint(
        method="GET", path="/outbox/{message_id}/mail", tag="Messages", right=Right.CAMPAIGN, answer=Seen,
        act=mail_again, summary="A message's mail, made again from what was kept.",
        errors=(MessageNotFound, MailNotMade),
    ),
    Endpoint(
        method="GET", path="/sources/figures", tag="Sources", right=Right.RUN, answer=list[Line], act=lines,
        summary="What each source sends: its last event, events of a day and a week, and how many were refused.",
        errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="POST", path="/refused/{failed_id}/foresee", deed=None, tag="Refused events", right=Right.RUN, body=Text,
        answer=Outlook, act=foresee_mend, errors=(NoSuchFailed,), example={"text": '{"type":"track"}'},
        summary="What would come of a refused event, as it came or with another text; nothing is kept.",
    ),
)  # fmt: skip
"""What the API says of the figures of the screens."""
