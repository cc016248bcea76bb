"""What a kind of condition is: it reads its fields, has a form, says itself in words, and asks a question of facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FormField
from comptoir.segments.asked import Around, Question
from comptoir.segments.denied import denied

LANGUAGES = ("fr", "en")
GROUPS = ("who", "did", "orders", "cart", "worth", "reach", "other")
"""Where screens list kinds of conditions."""


class Kind(Protocol):
    """
    A kind of condition: a frozen dataclass that is one yes-or-no question about a person.

    Plug-ins enter by the group `comptoir.conditions`, under the name that definitions use. `read` makes one from the
    fields of its definition and leaves none unread; `form` describes those fields to the screens; `asked` compiles.
    """

    kind: ClassVar[str]
    """The name that definitions use."""
    group: ClassVar[str]
    """Where a screen lists it, one of `GROUPS`."""
    label: ClassVar[Mapping[str, str]]
    """What the kind is called, by language."""
    short: ClassVar[str]
    """The field that is meant where a definition gives a bare value; empty where that makes no sense."""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Make one from the fields of its definition. Raises: BadDefinition."""
        ...

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields, as a screen draws them."""
        ...

    def words(self, language: str) -> str:
        """Say it in words: `fr` or `en`, as a predicate whose subject is the person."""
        ...

    def asked(self, around: Around) -> Question:
        """Compile: which rows of which facts must be there."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question."""

    kind: Kind

    def words(self, language: str) -> str:
        """Say it in words."""
        return self.kind.words(language)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": " et ", "en": " and "}[language].join(_wrapped(part, language) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": " ou ", "en": " or "}[language].join(_wrapped(part, language) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def words(self, language: str) -> str:
        """Say it in words."""
        said = self.part.words(language)
        if isinstance(self.part, (All, AnyOf)) and len(self.part.parts) > 1:
            return _GROUPS_DENIED[type(self.part).__name__][language].format(said)
        return denied(said, language)


_GROUPS_DENIED: Mapping[str, Mapping[str, str]] = {
    "All": {"fr": "ne remplit pas tout ceci à la fois : ({0})", "en": "does not fit all of this at once: ({0})"},
    "AnyOf": {"fr": "n’est dans aucun de ces cas : ({0})", "en": "is in none of these cases: ({0})"},
}


Condition = Leaf | All | AnyOf | Not


def each(condition: Condition) -> Iterator[Kind]:
    """Give the questions a condition is made of. Order: as they stand."""
    match condition:
        case Leaf():
            yield condition.kind
        case Not():
            yield from each(condition.part)
        case All() | AnyOf():
            for part in condition.parts:
                yield from each(part)


def _wrapped(part: Condition, language: str) -> str:
    said = part.words(language)
    return f"({said})" if isinstance(part, (All, AnyOf)) and len(part.parts) > 1 else said
