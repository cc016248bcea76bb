"""Where a person lives, which language is spoken, and by which way and device the shop is visited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations, window
from comptoir.segments.asked import Around, Asked, Every, Question, Some
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.limits import Limits
from comptoir.segments.kinds.spans import between, edges_of
from comptoir.segments.window import Window

_PLACES: Mapping[str, tuple[str, ...]] = {
    "country": ("country",),
    "region": ("region", "state"),
    "city": ("city",),
    "postal_code": ("postal_code",),
}
"""By which traits each part of an address is stated, however these are spelled."""
_IN: Mapping[str, Mapping[str, str]] = {
    "country": {"fr": "pays {0}", "en": "country {0}"},
    "region": {"fr": "région {0}", "en": "region {0}"},
    "city": {"fr": "ville {0}", "en": "city {0}"},
    "postal_code": {"fr": "code postal {0}…", "en": "postal code {0}…"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The person lives there, by what stands of her; a postal code is compared by its beginning."""

    parts: tuple[tuple[str, tuple[str, ...]], ...]
    kind: ClassVar[str] = "place"
    group: ClassVar[str] = "who"
    label: ClassVar[Mapping[str, str]] = {"fr": "Habite", "en": "Lives"}
    short: ClassVar[str] = "country"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{country: [FR, BE]}` or `{postal_code: "69"}`. Raises: BadDefinition."""
        parts = tuple((name, fields.texts(name)) for name in _PLACES if fields.has(name))
        if not parts or not all(values for _, values in parts):
            raise fields.bad("country", "", "one of " + ", ".join(_PLACES))
        return cls(parts=parts)

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("country", FieldKind.TAGS, "Pays", "Country"),
            forms.one("region", FieldKind.TAGS, "Région", "Region"),
            forms.one("city", FieldKind.TAGS, "Ville", "City"),
            forms.one("postal_code", FieldKind.TAGS, "Début du code postal", "Beginning of the postal code"),
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        joint = {"fr": " ou ", "en": " or "}[language]
        said = [_IN[name][language].format(joint.join(values)) for name, values in self.parts]
        return {"fr": "habite ({0})", "en": "lives in ({0})"}[language].format(", ".join(said))

    def asked(self, around: Around) -> Question:
        """Compile: one of the traits that state each part says so, whatever its letters' case."""
        return Every(tuple(
            Some(tuple(Asked(relation=relations.trait(trait, around),
                             where=(_like(values, is_start=name == "postal_code"),))
                       for trait in _PLACES[name]))
            for name, values in self.parts
        ))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The person's language, as stated: `fr` is also that of `fr-BE`."""

    languages: tuple[str, ...]
    kind: ClassVar[str] = "language"
    group: ClassVar[str] = "who"
    label: ClassVar[Mapping[str, str]] = {"fr": "Parle", "en": "Speaks"}
    short: ClassVar[str] = "is"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{is: [fr, nl]}`. Raises: BadDefinition."""
        return cls(languages=fields.texts("is"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (forms.one("is", FieldKind.TAGS, "Langues", "Languages", is_required=True),)

    def words(self, language: str) -> str:
        """Say it in words."""
        joint = {"fr": " ou ", "en": " or "}[language]
        return {"fr": "parle {0}", "en": "speaks {0}"}[language].format(joint.join(self.languages))

    def asked(self, around: Around) -> Question:
        """Compile: the trait `language`, or `locale`, begins so."""
        where = (_like(self.languages, is_start=True),)
        return Some(
            tuple(Asked(relation=relations.trait(name, around), where=where) for name in ("language", "locale"))
        )


_OF_VISITS = ("device", "browser", "channel", "channel_detail", "utm_source", "utm_medium", "utm_campaign")
_VISITED: Mapping[str, Mapping[str, str]] = {
    "device": {"fr": "Appareil", "en": "Device"}, "browser": {"fr": "Navigateur", "en": "Browser"},
    "channel": {"fr": "Provenance", "en": "Source"},
    "channel_detail": {"fr": "Site de provenance", "en": "Site it came from"},
    "utm_source": {"fr": "utm_source", "en": "utm_source"}, "utm_medium": {"fr": "utm_medium", "en": "utm_medium"},
    "utm_campaign": {"fr": "utm_campaign", "en": "utm_campaign"},
}  # fmt: skip
"""What is known of a visit, as forms and words call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One of the person's browsers visited the shop so often within a window, by this way or on this device."""

    said: tuple[tuple[str, tuple[str, ...]], ...] = ()
    limits: Limits = limits.ONCE
    window: Window = window.EVER
    kind: ClassVar[str] = "visit"
    group: ClassVar[str] = "did"
    label: ClassVar[Mapping[str, str]] = {"fr": "A visité", "en": "Visited"}
    short: ClassVar[str] = "channel"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{channel: search, device: mobile, at_least: 3, within: 30 days}`. Raises: BadDefinition."""
        return cls(
            said=tuple((name, fields.texts(name)) for name in _OF_VISITS if fields.has(name)),
            limits=limits.read(fields),
            window=window.read(fields),
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        own = (forms.one(name, FieldKind.TAGS, *_VISITED[name].values()) for name in _OF_VISITS)
        return (*own, *limits.form(), *window.form())

    def words(self, language: str) -> str:
        """Say it in words."""
        joint = {"fr": " ou ", "en": " or "}[language]
        colon = {"fr": " : ", "en": ": "}[language]
        about = ", ".join(
            f"{_VISITED[name][language].lower()}{colon}{joint.join(values)}" for name, values in self.said
        )
        said = {"fr": "a visité la boutique", "en": "visited the shop"}[language] + (f" ({about})" if about else "")
        if not self.limits.is_once:
            said += f" {self.limits.times(language)}"
        return said + self.window.words(language)

    def asked(self, around: Around) -> Question:
        """Compile: sessions of the person's browsers that began within the window."""
        where: list[exp.Expr] = [exp.column(name).isin(*values) for name, values in self.said]
        if around.brand is not None:
            where.append(exp.column("brand").eq(around.brand))
        where += between(self.window, around, "started_at")
        edges = edges_of(self.window, around, "started_at")
        return self.limits.compiled(Asked(relation=relations.SESSIONS, where=tuple(where), edges=edges))


def _like(values: tuple[str, ...], *, is_start: bool) -> exp.Expr:
    """Say that one of a trait's texts is one of these, or begins so, whatever the case of its letters."""
    lowered = exp.Anonymous(this="list_transform", expressions=[
        exp.column("said"),
        exp.Lambda(this=exp.Lower(this=exp.column("one")), expressions=[exp.to_identifier("one")]),
    ])  # fmt: skip
    found: list[exp.Expr] = []
    for value in values:
        wanted = exp.Literal.string(value.lower())
        if is_start:
            starts = exp.Lambda(
                this=exp.Anonymous(this="starts_with", expressions=[exp.column("one"), wanted]),
                expressions=[exp.to_identifier("one")],
            )
            kept = exp.Anonymous(this="list_filter", expressions=[lowered.copy(), starts])
            found.append(exp.func("len", kept) > 0)
        else:
            found.append(exp.func("list_contains", lowered.copy(), wanted))
    return exp.paren(exp.or_(*found))
