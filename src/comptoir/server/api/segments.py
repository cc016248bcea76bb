"""Segments over the API: written, counted, published, paused; who belongs, who came and left; and one person's."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import instant
from comptoir.reports.ask import QueryTimedOut
from comptoir.reports.service import EngineUnreachable
from comptoir.segments import parse, shipped
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.parse import BadSegment, Definition
from comptoir.server.api.endpoints import Based, Call, Endpoint
from comptoir.server.api.scores import found_by
from comptoir.state.drafts import Draft
from comptoir.state.shelf import AnotherKey, DefinitionNotFound, DraftMovedOn, KeyTaken, NotYetPublished, NoWayBack
from comptoir.web import segment_count, segment_reach, segment_says, segment_uses
from comptoir.web.segment_reach import SegmentNotYours
from comptoir.web.segment_uses import SegmentInUse

SUFFIXES = ("/segments",)
"""How addresses below `/profiles` end that are answered here."""


class Segment(msgspec.Struct, kw_only=True):
    """A segment in the list; `people` is none where it is not followed."""

    key: str
    name: dict[str, str]
    state: str
    version: int
    brand: str | None
    words: dict[str, str]
    people: int | None
    changed_at: datetime


class Written(Based, kw_only=True):
    """A segment as its next editor finds it, with its rule in words."""

    key: str
    state: str
    version: int
    definition: str
    words: dict[str, str]
    is_draft: bool
    can_undo: bool
    can_redo: bool
    used_by: list[str]


class Text(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The definition of a segment: YAML, or JSON, which is YAML."""

    definition: str


class CountNow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule to be counted, and how long that may take. Units: seconds."""

    definition: str
    seconds: float = 10.0


class Count(msgspec.Struct, kw_only=True):
    """How many people a rule finds, of how many, and some of them. Units: seconds."""

    number: int
    total: int
    as_of: datetime
    seconds: float
    rows: int
    """How many rows of facts it reads at most."""
    sample: list[str]


class Read(msgspec.Struct, kw_only=True):
    """What a definition says."""

    key: str
    words: dict[str, str]


class Members(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which part of the members is asked for: those behind a profile."""

    after: str = ""
    limit: int = 1_000


class Member(msgspec.Struct, kw_only=True):
    """Somebody in a segment, since when."""

    profile_id: str
    entered_at: datetime


class Day(msgspec.Struct, kw_only=True):
    """How many belonged at the end of a day (UTC)."""

    day: date
    number: int


class Change(msgspec.Struct, kw_only=True):
    """Somebody who entered or exited."""

    profile_id: str
    change: str
    at: datetime


class Course(msgspec.Struct, kw_only=True):
    """How a segment grew over 30 days, and who came and left lately."""

    days: list[Day]
    changes: list[Change]


class Belongs(msgspec.Struct, kw_only=True):
    """A segment that somebody belongs to, since when, and its rule in words."""

    segment: str
    name: dict[str, str]
    words: dict[str, str]
    entered_at: datetime


def _words(definition: Definition) -> dict[str, str]:
    return {language: definition.words(language) for language in ("fr", "en")}


@lru_cache(maxsize=512)  # a rule is said anew to nobody who asks for a customer's segments
def _said(text: str) -> tuple[Definition, dict[str, str]]:
    definition = segment_says.read(text)
    return definition, _words(definition)


def _ask(call: Call, do: str, **asked: object) -> list[dict[str, Any]]:
    request = {"kind": "segment", "do": do, "brands": sorted(call.who.brands), **asked}
    rows: list[dict[str, Any]] = call.desk.ask(request).to_pylist()
    return rows


def segments(call: Call) -> list[Segment]:
    """List the segments that somebody may see."""
    with call.desk.state.read() as connection:
        shelf = SEGMENTS.listing(connection)
    read = [(segment_says.read(one.text), one) for one in shelf]
    mine = [(definition, one) for definition, one in read if segment_reach.may_see(definition, call.who)]
    sizes = {row["segment"]: row["number"] for row in _ask(call, "sizes", segments=[one.key for _, one in mine])}
    return [
        Segment(
            key=one.key, name=dict(definition.name), state=one.state, version=one.live_version, brand=definition.brand,
            words=_words(definition), people=sizes.get(one.key), changed_at=one.changed_at,
        )
        for definition, one in mine
    ]  # fmt: skip


def library(call: Call) -> dict[str, str]:
    """Give the texts of the segments that ship with Comptoir."""
    del call
    return shipped.texts()


def one(call: Call) -> Written:
    """Give one segment. Raises: DefinitionNotFound."""
    return _written(call, _seen(call))


def _seen(call: Call, *, to_change: bool = False) -> Draft:
    with call.desk.state.read() as connection:
        draft = SEGMENTS.read(connection, call.path["key"])
        live = SEGMENTS.live_text(connection, draft.key) if draft.live_version else None
    definition = segment_says.read(draft.text)
    segment_reach.check_seen(definition, call.who)
    if to_change:
        segment_reach.check(definition, None if live is None else segment_says.read(live), call.who)
        call.tell(about=draft.key, brand=definition.brand or "")
    return draft


def _written(call: Call, draft: Draft) -> Written:
    with call.desk.state.read() as connection:
        used = segment_uses.used_by(connection, draft.key)
    return Written(
        key=draft.key, state=draft.state, version=draft.live_version, definition=draft.text, base=draft.base,
        words=_words(segment_says.read(draft.text)), is_draft=draft.revision is not None, can_undo=draft.can_undo,
        can_redo=draft.can_redo, used_by=[f"{kind} {name}" for kind, name in used],
    )  # fmt: skip


def check(call: Call) -> Read:
    """Read a definition without keeping it. Raises: BadSegment."""
    definition = parse.read(call.body.definition)
    return Read(key=definition.key, words=_words(definition))


def draft(call: Call) -> Written:
    """Keep a definition as a draft: a new one, or the next of its key. Raises: BadSegment, SegmentNotYours."""
    definition = parse.read(call.body.definition)
    segment_reach.check(definition, None, call.who)
    desk, text, key = call.desk, call.body.definition, definition.key
    with desk.state.write() as connection:
        if key in {one.key for one in SEGMENTS.listing(connection)}:
            former = SEGMENTS.read(connection, key)
            segment_reach.check(segment_says.read(former.text), None, call.who)
            kept = SEGMENTS.save(connection, key, text, desk.clock.now(), base=former.base, by=call.who.name)
        else:
            kept = SEGMENTS.begin(connection, text, desk.clock.now(), by=call.who.name)
    call.tell(about=key, brand=definition.brand or "")
    return _written(call, kept)


def publish(call: Call) -> Written:
    """Publish a definition. Raises: BadSegment, SegmentNotYours."""
    definition = parse.read(call.body.definition)
    segment_reach.check(definition, None, call.who)
    with call.desk.state.write() as connection:
        if definition.key in {one.key for one in SEGMENTS.listing(connection)}:
            former = segment_says.read(SEGMENTS.read(connection, definition.key).text)
            segment_reach.check(former, None, call.who)
        SEGMENTS.publish_text(connection, call.body.definition, call.desk.clock.now(), by=call.who.name)
        kept = SEGMENTS.read(connection, definition.key)
    call.tell(about=definition.key, brand=definition.brand or "")
    return _written(call, kept)


def _back(does: Any) -> Any:
    def act(call: Call) -> Written:
        """Go back or forward in the drafts."""
        found = _seen(call, to_change=True)
        base = found.base if call.if_match == "*" else call.if_match
        with call.desk.state.write() as connection:
            kept = does(connection, found.key, base=base)
        return _written(call, kept)

    return act


def _switch(does: Any) -> Any:
    def act(call: Call) -> Written:
        """Pause or resume."""
        found = _seen(call, to_change=True)
        with call.desk.state.write() as connection:
            does(connection, found.key, call.desk.clock.now())
            kept = SEGMENTS.read(connection, found.key)
        return _written(call, kept)

    return act


def delete(call: Call) -> None:
    """Take a segment away. Raises: SegmentInUse, SegmentNotYours, DefinitionNotFound."""
    found = _seen(call, to_change=True)
    with call.desk.state.write() as connection:
        segment_uses.delete(connection, found.key)


def count(call: Call) -> Count:
    """Count the people a rule finds. Raises: BadSegment, QueryTimedOut; SegmentNotYours for other brands' facts."""
    text = call.body.definition
    segment_reach.check(parse.read(text), None, call.who)
    (cost,) = _ask(call, "cost", definition=text)
    (found,) = _ask(call, "count", definition=text, seconds=call.body.seconds)
    some = _ask(call, "sample", definition=text, limit=segment_count.SAMPLE, seconds=call.body.seconds)
    return Count(
        number=found["number"], total=found["total"], as_of=instant(found["as_of"]), seconds=found["seconds"],
        rows=cost["rows"], sample=[row["profile_id"] for row in some],
    )  # fmt: skip


def members(call: Call) -> list[Member]:
    """List who belongs, in parts. Order: by profile."""
    found = _seen(call)
    rows = _ask(call, "members", segment=found.key, after=call.query.after, limit=call.query.limit)
    return [Member(profile_id=row["profile_id"], entered_at=instant(row["entered_at"])) for row in rows]


def course(call: Call) -> Course:
    """Give how a segment grew, and who came and left lately."""
    found = _seen(call)
    days = _ask(call, "history", segment=found.key, days=30)
    changes = _ask(call, "changes", segment=found.key, limit=200)
    return Course(
        days=[Day(day=row["day"], number=row["number"]) for row in days],
        changes=[Change(profile_id=row["profile_id"], change=row["change"], at=instant(row["at"])) for row in changes],
    )


def versions(call: Call) -> list[dict[str, Any]]:
    """List the published versions. Order: the newest first."""
    found = _seen(call)
    with call.desk.state.read() as connection:
        listed = SEGMENTS.versions(connection, found.key)
    return [
        {
            "version": one.version, "definition": one.text, "published_at": one.published_at,
            "published_by": one.published_by,
        }
        for one in listed
    ]  # fmt: skip


def of_profile(call: Call) -> list[Belongs]:
    """Give the segments a person belongs to, with their rules. Raises: NoSuchProfile."""
    found = found_by(call)
    since = {row["segment"]: instant(row["entered_at"])
             for row in _ask(call, "of_person", profile_id=found.profile_id)}  # fmt: skip
    with call.desk.state.read() as connection:
        live = {key: _said(text) for key, (_, text) in SEGMENTS.live(connection, since).items()}
    return [
        Belongs(segment=key, name=dict(one.name), words=words, entered_at=since[key])
        for key, (one, words) in live.items()
        if segment_reach.may_see(one, call.who)
    ]


_CHANGING = (DefinitionNotFound, SegmentNotYours)
_EXAMPLE = {"definition": "version: 1\nkey: viewers\nname: {fr: Vus, en: Seen}\nif: {did: {event: Product Viewed}}\n"}

ENDPOINTS = (
    Endpoint(method="GET", path="/segments", tag="Segments", right=Right.CAMPAIGN, answer=list[Segment], act=segments,
             summary="The segments, with how many people belong.", errors=(EngineUnreachable,)),
    Endpoint(method="GET", path="/segment-library", tag="Segments", right=Right.CAMPAIGN, answer=dict[str, str],
             act=library, summary="The segments that ship with Comptoir, to begin from."),
    Endpoint(method="GET", path="/segments/{key}", tag="Segments", right=Right.CAMPAIGN, answer=Written, act=one,
             summary="One segment: its definition, its words, what stands on it.", errors=(DefinitionNotFound,)),
    Endpoint(method="POST", path="/segments/check", tag="Segments", right=Right.CAMPAIGN, body=Text, answer=Read,
             act=check, deed=None, example=_EXAMPLE, summary="Read a definition, and say it in words.",
             errors=(BadSegment,)),
    Endpoint(method="POST", path="/segments/count", tag="Segments", right=Right.CAMPAIGN, body=CountNow, answer=Count,
             act=count, deed=None, example=_EXAMPLE, summary="Count the people a rule finds now, and name ten.",
             errors=(BadSegment, SegmentNotYours, QueryTimedOut, EngineUnreachable)),
    Endpoint(method="POST", path="/segments/draft", tag="Segments", right=Right.CAMPAIGN, body=Text, answer=Written,
             act=draft, deed=Deed.SEGMENT_DRAFTED, example=_EXAMPLE, summary="Keep a definition as a draft.",
             errors=(BadSegment, SegmentNotYours, KeyTaken, AnotherKey)),
    Endpoint(method="POST", path="/segments/publish", tag="Segments", right=Right.CAMPAIGN, body=Text, answer=Written,
             act=publish, deed=Deed.SEGMENT_PUBLISHED, example=_EXAMPLE, errors=(BadSegment, SegmentNotYours),
             summary="Publish a definition: its members are followed from now on."),
    *(
        Endpoint(method="POST", path=f"/segments/{{key}}/{name}", tag="Segments", right=Right.CAMPAIGN, answer=Written,
                 act=_back(does), deed=Deed.SEGMENT_DRAFTED, is_guarded=True, summary=says,
                 called=f"segments_{name}", errors=(*_CHANGING, DraftMovedOn, NoWayBack))
        for name, does, says in (
            ("undo", SEGMENTS.undo, "Go back to the draft before."),
            ("redo", SEGMENTS.redo, "Go forward to the draft after."),
            ("discard", SEGMENTS.discard, "Let the draft go."),
        )
    ),
    *(
        Endpoint(method="POST", path=f"/segments/{{key}}/{name}", tag="Segments", right=Right.CAMPAIGN, answer=Written,
                 act=_switch(does), deed=Deed.SEGMENT_SWITCHED, summary=says, called=f"segments_{name}",
                 errors=(*_CHANGING, NotYetPublished))
        for name, does, says in (
            ("pause", SEGMENTS.pause, "Let a segment rest: its members stay as they are."),
            ("resume", SEGMENTS.resume, "Follow a segment again."),
        )
    ),
    Endpoint(method="DELETE", path="/segments/{key}", tag="Segments", right=Right.CAMPAIGN, answer=None, act=delete,
             status=204, deed=Deed.SEGMENT_DELETED, summary="Take a segment away that nothing stands on.",
             errors=(*_CHANGING, SegmentInUse)),
    Endpoint(method="GET", path="/segments/{key}/members", tag="Segments", right=Right.CAMPAIGN, query=Members,
             answer=list[Member], act=members, called="segments_members", deed=Deed.SEGMENT_EXPORTED,
             summary="Who belongs, in parts, by profile.", errors=(DefinitionNotFound, EngineUnreachable)),
    Endpoint(method="GET", path="/segments/{key}/course", tag="Segments", right=Right.CAMPAIGN, answer=Course,
             act=course, called="segments_course", errors=(DefinitionNotFound, EngineUnreachable),
             summary="How a segment grew over 30 days, and who came and left lately."),
    Endpoint(method="GET", path="/segments/{key}/versions", tag="Segments", right=Right.CAMPAIGN,
             answer=list[dict[str, Any]], act=versions, called="segments_versions", errors=(DefinitionNotFound,),
             summary="The published versions, the newest first."),
    Endpoint(method="GET", path="/profiles/{profile_id}/segments", tag="Segments", right=Right.SEE_CUSTOMERS,
             answer=list[Belongs], act=of_profile, called="profile_segments", errors=(EngineUnreachable,),
             summary="The segments a person belongs to, since when, and why."),
    Endpoint(method="GET", path="/profiles/{kind}/{value}/segments", tag="Segments", right=Right.SEE_CUSTOMERS,
             answer=list[Belongs], act=of_profile, called="identifier_segments", errors=(EngineUnreachable,),
             summary="The same, by one identifier."),
)  # fmt: skip
"""What the API says of segments."""
