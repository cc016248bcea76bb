"""Which of several statements stands, field by field: a pure function of what each source says, with its reasons."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

import msgspec

from comptoir.ids import hash64
from comptoir.model.event import Trust
from comptoir.quality import fields
from comptoir.quality.fields import FIELD_OF
from comptoir.quality.graded import Grade

_RULES = "one name a field"
"""Another text makes every installation choose all records again at its next start."""


class Grader(Protocol):
    """Says how good the value of a field is."""

    def grade(self, name: str, value: object) -> Grade:
        """Grade a value; the same one always gets the same grade."""
        ...


class PlainGrader:
    """Knows only what holds for any field: an empty value says nothing, and an e-mail has an @."""

    def grade(self, name: str, value: object) -> Grade:
        """Grade a value."""
        if value is None or (isinstance(value, str) and value.strip().casefold() in _EMPTY) or value in ([], {}):
            return Grade.REFUSED
        if name == "email" and not (isinstance(value, str) and "@" in value.strip()[1:-1]):
            return Grade.REFUSED
        return Grade.VALID


class Criterion(StrEnum):
    """What decides between two statements. Order: as they are asked."""

    VALIDITY = "validity"
    """A value that was refused never stands; between others, a better grade wins among those of one trust."""
    TRUST = "trust"
    """Confirmed beats claimed: else a stranger with a public key could rename somebody."""
    SOURCE = "source"
    """The source that the shop ranks higher."""
    COMPLETENESS = "completeness"
    """A whole first name beats its initial, an address its own beginning."""
    RECENCY = "recency"
    """The latest."""
    CHANCE = "chance"
    """Said at one instant: the same one stands every time."""
    ALONE = "alone"
    """Nobody says otherwise."""


class Said(NamedTuple):
    """What one source says of one field. Units: `at` in microseconds since 1970."""

    name: str
    value_json: str
    source: str
    brand: str
    at: int
    message_id: str
    trust: str


class Other(msgspec.Struct, array_like=True, frozen=True):
    """A statement that does not stand, and what decided against it."""

    value: msgspec.Raw
    source: str
    brand: str
    at: int
    trust: str
    grade: str
    why: str


class Field(msgspec.Struct, array_like=True, frozen=True):
    """A field of the golden record: what stands, who said it when, what decided, and what else is said."""

    name: str
    value: msgspec.Raw
    """JSON's null where all that is said was refused."""
    source: str
    brand: str
    at: int
    trust: str
    grade: str
    message_id: str
    why: str
    others: tuple[Other, ...] = ()
    """What does not stand. Order: by what decided against it, then as `Said`."""
    agree: tuple[str, ...] = ()
    """Further sources that say the same."""

    @property
    def stands(self) -> bool:
        """Say whether any value stands."""
        return self.grade != Grade.REFUSED


Record = tuple[Field, ...]
"""A golden record. Order: by field name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one installation chooses: the sources it ranks, best first; for all brands, and for one with its own."""

    sources: tuple[str, ...] = ()
    by_brand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grader: Grader = field(default_factory=PlainGrader)

    @property
    def brands(self) -> tuple[str, ...]:
        """Give the brands that a record is kept for: the empty one stands for all that rank nothing themselves."""
        return ("", *sorted(self.by_brand))

    @property
    def mark(self) -> int:
        """Give a number that stands for what is believed first: another one where records are chosen another way."""
        ranked = [f"{brand}={','.join(self.ranks(brand))}" for brand in self.brands]
        return hash64(_RULES, *ranked)

    def ranks(self, brand: str) -> tuple[str, ...]:
        """Give the sources that a brand ranks, best first."""
        return self.by_brand.get(brand, self.sources)


def policy_of(said: Iterable[str], grader: Grader) -> Policy:
    """Read settings: `crm,till` ranks sources for every brand, `nordis=erp,crm` for one brand."""
    sources: tuple[str, ...] = ()
    by_brand: dict[str, tuple[str, ...]] = {}
    for one in said:
        brand, is_own, names = one.rpartition("=")
        ranked = tuple(name.strip() for name in names.split(",") if name.strip())
        if is_own:
            by_brand[brand.strip()] = ranked
        else:
            sources += ranked
    return Policy(sources=sources, by_brand=by_brand, grader=grader)


def choose(said: Iterable[Said], policy: Policy, brand: str = "") -> Record:
    """Choose what stands of each field. The answer depends on the set of statements only, not on their order."""
    ranks = {name: place for place, name in enumerate(policy.ranks(brand))}
    ordered = sorted(set(said))
    return tuple(_field(list(some), policy.grader, ranks) for _, some in groupby(ordered, attrgetter("name")))


def brands_of(record: Record) -> frozenset[str]:
    """Name the brands whose sources say something in a record."""
    said = {one.brand for one in record} | {other.brand for one in record for other in one.others}
    return frozenset(said - {""})


def for_brands(record: Record, brands: Collection[str]) -> Record:
    """Take the names of sources of other brands off a record: people are shared, who said what to whom is not."""

    def told(one: Field) -> Field:
        is_ours = one.brand in brands
        return msgspec.structs.replace(
            one,
            source=one.source if is_ours else "",
            brand=one.brand if is_ours else "",
            agree=(),
            others=tuple(
                other if other.brand in brands else msgspec.structs.replace(other, source="", brand="")
                for other in one.others
            ),
        )

    return tuple(map(told, record)) if brands else record


class _Weighed(NamedTuple):
    said: Said
    value: object
    grade: Grade


def _field(said: Sequence[Said], grader: Grader, ranks: Mapping[str, int]) -> Field:
    weighed = [_weigh(one, grader) for one in said]
    standing = [one for one in weighed if one.grade is not Grade.REFUSED]
    decided: dict[Said, Criterion] = {one.said: Criterion.VALIDITY for one in weighed if one.grade is Grade.REFUSED}
    if not standing:
        first = said[-1]
        refused = tuple(_other(one, Criterion.VALIDITY) for one in weighed)
        return Field(
            first.name, msgspec.Raw(b"null"), "", "", 0, "", Grade.REFUSED.value, "", Criterion.VALIDITY.value, refused
        )
    why = Criterion.ALONE
    for criterion, narrow in _narrowing(ranks):
        left = narrow(standing)
        if len(left) < len(standing):
            gone = [one for one in standing if one not in left]
            decided |= {one.said: criterion for one in gone}
            if any(not _is_same(one, left[0]) for one in gone):
                why = criterion
            standing = left
    (winner,) = standing
    others = [one for one in weighed if not _is_same(one, winner)]
    agree = {one.said.source for one in weighed if _is_same(one, winner)} - {winner.said.source}
    if others and why is Criterion.ALONE:
        why = Criterion.VALIDITY
    told = winner.said
    return Field(
        told.name, msgspec.Raw(told.value_json.encode()), told.source, told.brand, told.at, told.trust,
        winner.grade.value, told.message_id, why.value,
        tuple(_other(one, decided[one.said]) for one in sorted(others, key=lambda one: _place(one, decided))),
        tuple(sorted(agree)),
    )  # fmt: skip


def _weigh(said: Said, grader: Grader) -> _Weighed:
    value = msgspec.json.decode(said.value_json)
    return _Weighed(said, value, grader.grade(said.name, value))


def _place(one: _Weighed, decided: Mapping[Said, Criterion]) -> tuple[int, Said]:
    return _CRITERIA.index(decided[one.said]), one.said


def _other(one: _Weighed, why: Criterion) -> Other:
    said = one.said
    raw = msgspec.Raw(said.value_json.encode())
    return Other(raw, said.source, said.brand, said.at, said.trust, one.grade.value, why.value)


Narrow = Callable[[Sequence[_Weighed]], list[_Weighed]]


def _narrowing(ranks: Mapping[str, int]) -> Sequence[tuple[Criterion, Narrow]]:
    last = len(ranks)
    return (
        (Criterion.TRUST, lambda some: _best(some, lambda one: one.said.trust == Trust.CONFIRMED)),
        (Criterion.VALIDITY, lambda some: _best(some, lambda one: -_GRADES.index(one.grade))),
        (Criterion.SOURCE, lambda some: _best(some, lambda one: -ranks.get(one.said.source, last))),
        (Criterion.COMPLETENESS, _whole),
        (Criterion.RECENCY, lambda some: _best(some, lambda one: one.said.at)),
        (Criterion.CHANCE, lambda some: [max(some, key=lambda one: (one.said.message_id, one.said))]),
    )


def _best(some: Sequence[_Weighed], key: Callable[[_Weighed], int]) -> list[_Weighed]:
    if len(some) == 1:
        return list(some)
    best = max(map(key, some))
    return [one for one in some if key(one) == best]


def _whole(some: Sequence[_Weighed]) -> list[_Weighed]:
    """Drop values that another one says in full."""
    if len(some) == 1:
        return list(some)
    return [one for one in some if not any(completes(one.said.name, other.value, one.value) for other in some)]


def completes(name: str, whole: object, part: object) -> bool:
    """Say whether a value says another one in full: a name its initial, an address line its beginning."""
    if not (isinstance(whole, str) and isinstance(part, str)):
        return False
    full, short = _words(whole), _words(part)
    if not short or len(short) > len(full) or full == short:
        return False
    if len(short) == len(full):
        return FIELD_OF.get(name) in _OF_NAMES and all(map(_abbreviates, short, full))
    return any(word in name for word in _LINES) and full[: len(short)] == short


def _abbreviates(part: str, whole: str) -> bool:
    return part == whole or (len(part) == 1 and part.isalpha() and whole.startswith(part))


def _words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one if one.isalnum() else " " for one in apart if not unicodedata.combining(one)).split()


def _is_same(one: _Weighed, other: _Weighed) -> bool:
    return one.value == other.value and type(one.value) is type(other.value)


_GRADES = tuple(Grade)
_CRITERIA = tuple(Criterion)
_EMPTY = frozenset({"", "-", "n/a", "na", "null", "none", "undefined", "unknown", "nan"})
_OF_NAMES = (fields.Field.FIRST_NAME, fields.Field.LAST_NAME, fields.Field.NAME)
"""Fields of which an initial stands for a word; in an address of mail it is another address."""
_LINES = ("address", "street", "adresse", "line")
"""Parts of the names of fields of which one value may be the beginning of another."""
