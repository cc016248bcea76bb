"""Members of other segments, random shares, lists that were handed in, and who must never be offered something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations
from comptoir.segments.asked import Around, Asked, Question

_PARTS = 1_000_000


class NeedsShelf(AssertionError):
    """A condition about other segments was compiled without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InSegment:
    """The person belongs to another segment: what that one asks is asked here."""

    key: str
    kind: ClassVar[str] = "segment"
    group: ClassVar[str] = "other"
    label: ClassVar[Mapping[str, str]] = {"fr": "Est dans le segment", "en": "Is in the segment"}
    short: ClassVar[str] = "key"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{key: vip}`. Raises: BadDefinition."""
        return cls(key=fields.text("key"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (forms.one("key", FieldKind.SEGMENT, "Segment", "Segment", is_required=True),)

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": "est dans le segment « {0} »", "en": "is in the segment “{0}”"}[language].format(self.key)

    def asked(self, around: Around) -> Question:
        """Refuse: `resolve` puts the other segment's rule in its place."""
        del around
        raise NeedsShelf(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """The person may be made an offer: no live segment that says `never: [OFFER]` holds her or him."""

    offer: str
    kind: ClassVar[str] = "eligible"
    group: ClassVar[str] = "other"
    label: ClassVar[Mapping[str, str]] = {"fr": "Peut recevoir l’offre", "en": "May be made the offer"}
    short: ClassVar[str] = "offer"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{offer: credit}`. Raises: BadDefinition."""
        return cls(offer=fields.text("offer"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("offer", FieldKind.TEXT, "Offre", "Offer",
                      "Personne qui est dans un segment dont la ligne « never » nomme cette offre.",
                      "Nobody who is in a segment whose line `never` names this offer.", is_required=True),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": "peut recevoir l’offre « {0} »", "en": "may be made the offer “{0}”"}[language].format(self.offer)

    def asked(self, around: Around) -> Question:
        """Refuse: `resolve` puts the rules of the segments in its place."""
        del around
        raise NeedsShelf(self.offer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The person is in a random share of all; the same salt draws the same people, and parts never overlap."""

    share: float
    after: float = 0.0
    salt: str = ""
    kind: ClassVar[str] = "bucket"
    group: ClassVar[str] = "other"
    label: ClassVar[Mapping[str, str]] = {"fr": "Part tirée au sort", "en": "Random share"}
    short: ClassVar[str] = "share"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{share: 0.1, salt: spring}`; `after: 0.1` gives the next part. Raises: BadDefinition."""
        found = cls(share=fields.share("share"), after=fields.share("after", "0"), salt=str(fields.raw("salt", "")))
        if found.share + found.after > 1:
            raise fields.bad("after", found.after, "`share` and `after` that are 1 together at most")
        return found

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("share", FieldKind.SHARE, "Part", "Share", is_required=True),
            forms.one("after", FieldKind.SHARE, "Après", "After", default=0),
            forms.one("salt", FieldKind.TEXT, "Tirage", "Draw", "Un même nom tire les mêmes personnes.",
                      "The same name draws the same people."),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "est dans les {0:g} % tirés au sort", "en": "is in the {0:g} % drawn by lot"}
        salt = {"fr": " « {0} »", "en": " “{0}”"}[language].format(self.salt) if self.salt else ""
        return said[language].format(self.share * 100) + salt

    def asked(self, around: Around) -> Question:
        """Compile: a hash of the salt and the person lies in the share."""
        del around
        salted = exp.func("concat", exp.Literal.string(f"{len(self.salt)}:{self.salt}:"), exp.column("profile_id"))
        drawn = exp.Mod(this=exp.paren(exp.Anonymous(this="md5_number_lower", expressions=[salted])),
                        expression=exp.convert(_PARTS))  # fmt: skip
        first, last = round(self.after * _PARTS), round((self.after + self.share) * _PARTS)
        where = (drawn >= exp.convert(first), drawn.copy() < exp.convert(last))
        return Asked(relation=relations.PROFILES, where=where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The person is on a list that was imported: a file of contacts whose mapping states the trait `list_NAME`."""

    name: str
    kind: ClassVar[str] = "listed"
    group: ClassVar[str] = "other"
    label: ClassVar[Mapping[str, str]] = {"fr": "Est sur la liste", "en": "Is on the list"}
    short: ClassVar[str] = "name"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{name: fair-2026}`. Raises: BadDefinition."""
        return cls(name=fields.text("name"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("name", FieldKind.TEXT, "Liste", "List",
                      "Un fichier de contacts importé, avec « traits.list_NOM: {constant: true} » dans sa description.",
                      "An imported file of contacts, with `traits.list_NAME: {constant: true}` in its mapping.",
                      is_required=True),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": "est sur la liste « {0} »", "en": "is on the list “{0}”"}[language].format(self.name)

    def asked(self, around: Around) -> Question:
        """Compile: the list's trait is stated, and was not taken back with `false`."""
        taken_back = exp.func("list_contains", exp.column("said"), exp.Literal.string("false"))
        where = (exp.column("is_set"), exp.not_(taken_back))
        return Asked(relation=relations.trait(f"list_{self.name}", around), where=where)
