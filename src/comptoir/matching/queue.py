"""Pairs of people who may be one, waiting for somebody to say so: kept with their evidence, decided, taken back."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.identity import region, store
from comptoir.identity.rules import RULES, Guard, Rules
from comptoir.matching import precision
from comptoir.matching.rows import suggestions
from comptoir.model.event import Trust
from comptoir.model.identifier import NodeId, ProfileId, founder_of, profile_named_after
from comptoir.state.statement import Statement

MILLI = 1_000
ITSELF = "matching"
"""Who joins what needs no review."""


class Standing(StrEnum):
    """What became of a pair."""

    OPEN = "open"
    SAME = "same"
    """Somebody said they are one."""
    DIFFERENT = "different"
    """Somebody said they are two."""
    JOINED = "joined"
    """They were joined without review, above the weight that decisions had proved."""


class NoSuchSuggestion(ComptoirError, LookupError):
    """No such pair waits for review."""

    code, status = "no_such_suggestion", 404
    hint = "See those that wait with `comptoir identity review list`; somebody else may have decided."


class NothingToUndo(ComptoirError, LookupError):
    """Nobody has decided this pair."""

    code, status = "nothing_to_undo", 409
    hint = "Only what was said to be the same or different can be taken back."


class Evidence(msgspec.Struct, frozen=True):
    """What one column adds to a pair's weight. Units: `weight_milli` in thousandths of a bit; `one_in` strangers."""

    field: str
    level: str
    weight_milli: int
    one_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A pair as matching found it: two nodes, each the first of its person."""

    a: int
    b: int
    weight_milli: int
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A pair that was suggested."""

    a: NodeId
    b: NodeId
    a_profile: ProfileId
    """As she is called today."""
    b_profile: ProfileId
    weight_milli: int
    evidence: tuple[Evidence, ...]
    standing: Standing
    suggested_at: datetime
    by: str
    """Who decided; of a pair that waits, who took back that it was joined without review."""

    @property
    def key(self) -> str:
        """What the pair is called in addresses and commands."""
        return f"{profile_named_after(self.a)}.{profile_named_after(self.b)}"

    @property
    def probability(self) -> float:
        """How likely the model holds it that they are one person."""
        return _probability(self.weight_milli)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many pairs stand how, and from which weight pairs are joined without review."""

    counts: dict[Standing, int]
    joins_from: int | None
    """In thousandths of a bit; None while decisions prove no precision of 0.99."""
    asks_from: int = precision.ASKED
    """From which weight a pair is put before somebody, in thousandths of a bit: decisions move it."""

    @property
    def asks_probability(self) -> float:
        """How likely the model holds it that a pair of that weight is one person."""
        return _probability(self.asks_from)


def parse(key: str) -> tuple[int, int]:
    """Read what a pair is called. Raises: NoSuchSuggestion."""
    one, _, other = key.partition(".")
    try:
        return founder_of(one), founder_of(other)
    except ValueError:
        raise NoSuchSuggestion(pair=key[:100]) from None


def keep(connection: Connection, found: Iterable[Found], *, at: int) -> int:
    """
    Keep what a comparison found, and give how many pairs are new.

    What was decided stands; what waits is weighed afresh, or goes where it was not found again: people are mended.

    Units: `at` in microseconds since 1970.
    """
    found = list(found)
    again = {(one.a, one.b) for one in found}
    pairs = _EVERY.rows(connection)
    _DROP.many(connection, [(a, b) for a, b, state in pairs if state == Standing.OPEN and (a, b) not in again])
    before = _count(connection)
    _KEEP.many(
        connection,
        [
            (one.a, one.b, one.weight_milli, msgspec.json.encode(one.evidence).decode(), at, Standing.OPEN.value, 0, "")
            for one in found
        ],
    )
    return _count(connection) - before


def tidy(connection: Connection) -> None:
    """Drop pairs of whom one is gone, as who was erased, and open ones who have become one person by another way."""
    pairs = _EVERY.rows(connection)
    founders = region.founders_of(connection, {node for a, b, _ in pairs for node in (a, b)})
    gone = [
        (a, b)
        for a, b, state in pairs
        if a not in founders or b not in founders or (state == Standing.OPEN and founders[a] == founders[b])
    ]
    _DROP.many(connection, gone)


def waiting(connection: Connection, most: int) -> list[Suggestion]:
    """List the pairs that wait. Order: the likeliest first."""
    return _suggestions(connection, _LISTED.rows(connection, state=Standing.OPEN.value, most=most))


def decided(connection: Connection, most: int) -> list[Suggestion]:
    """List the pairs somebody decided, or that were joined without review. Order: the latest first."""
    return _suggestions(connection, _DECIDED.rows(connection, most=most))


def find(connection: Connection, a: int, b: int) -> Suggestion:
    """Give one pair. Raises: NoSuchSuggestion."""
    found = _suggestions(connection, _ONE.rows(connection, one=min(a, b), other=max(a, b)))
    if not found:
        raise NoSuchSuggestion
    return found[0]


def tally(connection: Connection) -> Tally:
    """Count the pairs by what became of them."""
    counts = dict.fromkeys(Standing, 0) | {Standing(state): int(count) for state, count in _COUNTS.rows(connection)}
    judged = [(weight, state == Standing.SAME) for weight, state in _JUDGED.rows(connection)]
    return Tally(counts=counts, joins_from=precision.least_weight(judged), asks_from=precision.least_asked(judged))


def accept(connection: Connection, a: int, b: int, *, at: int, by: str) -> Suggestion:
    """
    Say that two are one person: joined by hand, which no guard rail demotes.

    Units:  `at` in microseconds since 1970.
    Raises: NoSuchSuggestion.
    """
    asked = _open(connection, a, b)
    store.merge(connection, asked.a, asked.b, at=at, by=by)
    return _settle(connection, asked, Standing.SAME, at, by)


def reject(connection: Connection, a: int, b: int, *, at: int, by: str) -> Suggestion:
    """
    Say that two are not one person: kept as a cut, so that neither matching nor a shared address joins them.

    Units:  `at` in microseconds since 1970.
    Raises: NoSuchSuggestion.
    """
    asked = _open(connection, a, b)
    store.cut(connection, [(asked.a, asked.b)], at=at, by=by)
    return _settle(connection, asked, Standing.DIFFERENT, at, by)


def undo(connection: Connection, a: int, b: int, *, at: int, by: str) -> Suggestion:
    """
    Take a decision back: the pair waits again, and both people are as they were.

    A pair that was joined without review is from then on joined by hand alone.

    Units:  `at` in microseconds since 1970.
    Raises: NoSuchSuggestion; NothingToUndo.
    """
    asked = find(connection, a, b)
    if asked.standing is Standing.OPEN:
        raise NothingToUndo
    if asked.standing is Standing.DIFFERENT:
        store.uncut(connection, [(asked.a, asked.b)])
    else:
        store.unmerge(connection, asked.a, asked.b, by=asked.by)
    return _settle(connection, asked, Standing.OPEN, at, by if asked.standing is Standing.JOINED else "")


def join_the_sure(connection: Connection, *, at: int, rules: Rules = RULES) -> int:
    """
    Join what waits above the weight that decisions have proved, where no guard rail objects; give how many.

    Two accounts are only ever joined by hand. Units: `at` in microseconds since 1970.
    """
    least = tally(connection).joins_from
    if least is None:
        return 0
    guard, joined = Guard(rules), 0
    for one in waiting(connection, -1):
        if one.weight_milli < least or one.a_profile == one.b_profile or one.by:
            continue  # too light, one already, or somebody has taken back what was joined so
        standing = region.standing(connection, [one.a, one.b])
        ours, theirs = (standing[node].head().counts for node in (one.a, one.b))
        if guard.refusal(0, "", Trust.CONFIRMED.value, ours, theirs) is None:
            store.merge(connection, one.a, one.b, at=at, by=ITSELF)
            _settle(connection, one, Standing.JOINED, at, ITSELF)
            joined += 1
    return joined


def known(connection: Connection) -> set[tuple[int, int]]:
    """Give the pairs that were decided: they are not suggested again."""
    return {(a, b) for a, b in _CLOSED.rows(connection)}


def _open(connection: Connection, a: int, b: int) -> Suggestion:
    asked = find(connection, a, b)
    if asked.standing is not Standing.OPEN:
        raise NoSuchSuggestion(standing=asked.standing.value, by=asked.by)
    return asked


def _settle(connection: Connection, asked: Suggestion, standing: Standing, at: int, by: str) -> Suggestion:
    values = (standing.value, 0 if standing is Standing.OPEN else at, by, asked.a, asked.b)
    _SETTLE.many(connection, [values])
    return find(connection, asked.a, asked.b)


def _suggestions(connection: Connection, found: Sequence[tuple[int, int, int, str, int, str, str]]) -> list[Suggestion]:
    nodes: Collection[int] = {node for row in found for node in row[:2]}
    profiles = store.profiles_of(connection, nodes)
    return [
        Suggestion(
            a=NodeId(a),
            b=NodeId(b),
            a_profile=profiles[NodeId(a)],
            b_profile=profiles[NodeId(b)],
            weight_milli=weight,
            evidence=msgspec.json.decode(evidence, type=tuple[Evidence, ...]),
            standing=Standing(state),
            suggested_at=instant(at),
            by=by,
        )
        for a, b, weight, evidence, at, state, by in found
        if a in profiles and b in profiles
    ]


def _probability(weight_milli: int) -> float:
    return 1 / (1 + math.exp2(-weight_milli / MILLI))


def _count(connection: Connection) -> int:
    return int(_ALL.rows(connection)[0][0])


_pair = suggestions.c
_columns = (_pair.a, _pair.b, _pair.weight_milli, _pair.evidence_json, _pair.suggested_at, _pair.state, _pair.by)
_likeliest = (_pair.weight_milli.desc(), _pair.a, _pair.b)
_kept = insert(suggestions)
_KEEP = Statement(
    _kept.on_conflict_do_update(
        index_elements=["a", "b"],
        set_={name: _kept.excluded[name] for name in ("weight_milli", "evidence_json")},
        where=_pair.state == literal_column("'open'"),  # `many` binds nothing but its rows
    )
)
_ALL = Statement(select(func.count()).select_from(suggestions))
_LISTED = Statement(
    select(*_columns).where(_pair.state == bindparam("state")).order_by(*_likeliest).limit(bindparam("most"))
)
_DECIDED = Statement(
    select(*_columns)
    .where(_pair.state != Standing.OPEN.value)
    .order_by(_pair.decided_at.desc(), _pair.a, _pair.b)
    .limit(bindparam("most"))
)
_ONE = Statement(select(*_columns).where(_pair.a == bindparam("one"), _pair.b == bindparam("other")))
_EVERY = Statement(select(_pair.a, _pair.b, _pair.state).order_by(_pair.a, _pair.b))
_CLOSED = Statement(select(_pair.a, _pair.b).where(_pair.state != Standing.OPEN.value))
_COUNTS = Statement(select(_pair.state, func.count()).group_by(_pair.state).order_by(_pair.state))
_by_hand = or_(_pair.state == Standing.SAME.value, _pair.state == Standing.DIFFERENT.value)
_JUDGED = Statement(select(_pair.weight_milli, _pair.state).where(_by_hand).order_by(_pair.a, _pair.b))
_SETTLE = Statement(
    update(suggestions)
    .values(state=bindparam("new_state"), decided_at=bindparam("decided"), by=bindparam("decided_by"))
    .where(_pair.a == bindparam("one"), _pair.b == bindparam("other"))
)
_DROP = Statement(delete(suggestions).where(_pair.a == bindparam("one"), _pair.b == bindparam("other")))
