"""Pairs that may be one person, over the API: listed with their evidence, accepted, rejected, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.matching import queue, suggest
from comptoir.matching.queue import MILLI, NoSuchSuggestion, NothingToUndo, Suggestion
from comptoir.server.api.endpoints import MOST_ITEMS, Call, Endpoint


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which pairs: those that wait, the likeliest first, or those that were decided, the latest first."""

    standing: Literal["open", "decided"] = "open"
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ITEMS)] = 50


class Pair(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A pair, as the list names it."""

    pair: str


class Evidence(msgspec.Struct, kw_only=True):
    """What one column says. Units: `bits`, above zero for one person; strangers are so alike once in `one_in`."""

    field: str
    """Empty for what is known before any column is looked at (`before`), and for what a household shares anyway."""
    level: str
    bits: float
    one_in: int


class Match(msgspec.Struct, kw_only=True):
    """Two people who may be one."""

    pair: str
    a: str
    """The profile of the first, as she is called today."""
    b: str
    probability: float
    standing: Literal["open", "same", "different", "joined"]
    evidence: list[Evidence]
    suggested_at: datetime
    by: str
    """Who decided; of a pair that waits, who took back that it was joined without review."""


class Matches(msgspec.Struct, kw_only=True):
    """Pairs, and what became of all of them."""

    items: list[Match]
    counts: dict[str, int]
    joins_from_bits: float | None
    """From which weight pairs are joined without review; null while decisions prove no precision of 0.99."""
    asks_from_bits: float
    """From which weight a pair waits for an answer: decisions move it."""


class HowFar(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom to compare."""

    only_new: bool = False
    """Who is new or changed since the last comparison with everybody, as every night; otherwise everybody."""


class Suggested(msgspec.Struct, kw_only=True):
    """What a comparison of all people found."""

    people: int
    fresh: int
    """Who is new or changed since the last comparison; everybody where the model was learned afresh."""
    found: int
    """Pairs that wait for an answer."""
    less_likely: int
    """Pairs below the weight from which somebody is asked."""
    new: int
    joined: int


def listed(call: Call) -> Matches:
    """List pairs."""
    asked: Asked = call.query
    with call.desk.state.read() as connection:
        found = (queue.waiting if asked.standing == "open" else queue.decided)(connection, asked.limit)
        tally = queue.tally(connection)
    return Matches(
        items=[_told(one) for one in found],
        counts={standing.value: count for standing, count in tally.counts.items()},
        joins_from_bits=None if tally.joins_from is None else tally.joins_from / MILLI,
        asks_from_bits=tally.asks_from / MILLI,
    )


def accept(call: Call) -> Match:
    """Say that two are one person."""
    return _decide(call, queue.accept)


def reject(call: Call) -> Match:
    """Say that two are not one person."""
    return _decide(call, queue.reject)


def undo(call: Call) -> Match:
    """Take a decision back."""
    return _decide(call, queue.undo)


def compare(call: Call) -> Suggested:
    """Compare people now."""
    asked: HowFar = call.query
    done = suggest.suggest(call.desk.state, at=micros(call.desk.clock.now()), is_whole=not asked.only_new)
    return Suggested(
        people=done.people, fresh=done.fresh, found=done.found, less_likely=done.less_likely, new=done.new,
        joined=done.joined,
    )  # fmt: skip


def _decide(call: Call, how: Callable[..., Suggestion]) -> Match:
    a, b = queue.parse(call.body.pair)
    call.tell(about=call.body.pair)
    with call.desk.state.write() as connection:
        return _told(how(connection, a, b, at=micros(call.desk.clock.now()), by=call.who.name))


def _told(one: Suggestion) -> Match:
    return Match(
        pair=one.key,
        a=one.a_profile,
        b=one.b_profile,
        probability=round(one.probability, 6),
        standing=one.standing.value,
        evidence=[
            Evidence(field=part.field, level=part.level, bits=part.weight_milli / MILLI, one_in=part.one_in)
            for part in one.evidence
        ],
        suggested_at=one.suggested_at,
        by=one.by,
    )


_EXAMPLE = {"pair": "p0123456789abcde.pfedcba9876543210"}
ENDPOINTS = (
    Endpoint(
        method="GET", path="/matches", tag="People", right=Right.CARE, whole=True, query=Asked, answer=Matches,
        act=listed, summary="Pairs that may be one person, with what speaks for it and against.",
    ),
    Endpoint(
        method="POST", path="/matches/accept", tag="People", right=Right.CARE, whole=True, deed=Deed.PERSON_JOINED,
        body=Pair, answer=Match, act=accept, errors=(NoSuchSuggestion,), example=_EXAMPLE,
        summary="Say that two are one person; undo takes it back exactly.",
    ),
    Endpoint(
        method="POST", path="/matches/reject", tag="People", right=Right.CARE, whole=True, deed=Deed.PERSON_CUT,
        body=Pair, answer=Match, act=reject, errors=(NoSuchSuggestion,), example=_EXAMPLE,
        summary="Say that two are not one person; nothing but a hand joins them any more.",
    ),
    Endpoint(
        method="POST", path="/matches/undo", tag="People", right=Right.CARE, whole=True, deed=Deed.PERSON_CUT,
        body=Pair, answer=Match, act=undo, errors=(NoSuchSuggestion, NothingToUndo), example=_EXAMPLE,
        summary="Take a decision back: the pair waits again.",
    ),
    Endpoint(
        method="POST", path="/matches/suggest", tag="People", right=Right.CARE, whole=True,
        deed=Deed.PEOPLE_COMPARED, query=HowFar, answer=Suggested, act=compare,
        summary="Compare all people now, or who is new or changed with all, and suggest who may be one.",
    ),
)  # fmt: skip
