"""Buying again: somebody is in the time in which customers of a category buy of it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations
from comptoir.segments.asked import Around, Asked, Every, No, Question, Rhythm, Some, days_back

_WHEN = ("due", "early", "late")
_SAID: Mapping[str, Mapping[str, str]] = {
    "due": {"fr": "devrait racheter en « {0} »", "en": "is due to buy again in “{0}”"},
    "early": {"fr": "est encore loin de racheter en « {0} »", "en": "is still early to buy again in “{0}”"},
    "late": {"fr": "tarde à racheter en « {0} »", "en": "is late to buy again in “{0}”"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """
    The person bought of a category so long ago that customers like her buy again.

    Due from the day by which a quarter of customers have, until three quarters have, as the score `repurchase` learned
    it for each category; before it is `early`, after it `late`. Of a category that it does not know, nobody is.
    """

    category: str
    when: str = "due"
    kind: ClassVar[str] = "due"
    group: ClassVar[str] = "worth"
    label: ClassVar[Mapping[str, str]] = {"fr": "Réachat attendu", "en": "Due to buy again"}
    short: ClassVar[str] = "category"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{category: Coffee, when: late}`. Raises: BadDefinition."""
        return cls(category=fields.text("category"), when=fields.choice("when", _WHEN, "due"))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("category", FieldKind.CATEGORY, "Catégorie", "Category",
                      "Le score « Réachat, par catégorie » doit en connaître le rythme ; ses sous-catégories comptent, "
                      "chacune à son rythme.",
                      "The score “Buying again, by category” must know its rhythm; what is below it counts, each by "
                      "its own rhythm.", is_required=True),
            forms.one("when", FieldKind.CHOICE, "Où elle en est", "Where she stands", default="due", options=_WHEN),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        return _SAID[self.when][language].format(self.category)

    def asked(self, around: Around) -> Question:
        """Compile: when something of the category was bought, against the rhythm of that brand and category."""
        return Some(tuple(self._stands(around, brand, name, one) for brand, name, one in self._rhythms(around)))

    def _rhythms(self, around: Around) -> Iterator[tuple[str, str, Rhythm]]:
        names = {self.category} | around.below.get(self.category, frozenset())
        for brand in sorted(around.rhythms) if around.brand is None else (around.brand,):
            for name, one in sorted(around.rhythms.get(brand, {}).items()):
                if name in names or name.startswith(f"{self.category} / "):
                    yield brand, name, one

    def _stands(self, around: Around, brand: str, category: str, rhythm: Rhythm) -> Question:
        where = (exp.column("category").eq(category), exp.column("brand").eq(brand))

        def within(days: int) -> Question:
            edges = (days_back("ordered_at", days, around),)
            return Asked(relation=relations.BOUGHT, where=where, edges=edges) if days > 0 else Some()

        ever = Asked(relation=relations.BOUGHT, where=where)
        lately = within(rhythm.early)
        in_time = ever if rhythm.late is None else within(rhythm.late + 1)
        match self.when:
            case "early":
                return lately
            case "late":
                return Every((ever, No(in_time)))
        return Every((in_time, No(lately)))
