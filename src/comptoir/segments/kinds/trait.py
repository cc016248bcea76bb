"""A trait of the person, as it stands in the golden record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms, properties
from comptoir.grammar.fields import Fields, Map
from comptoir.grammar.properties import Test
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations
from comptoir.segments.asked import Around, Asked, No, Question
from comptoir.segments.compare import compared
from comptoir.segments.window import said_span

_YEARLY = "anniversary_within"
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """The trait that stands compares so; one not known is a no. `days_ahead` asks for its day of the year instead."""

    name: str
    test: Test | None = None
    days_ahead: int | None = None
    kind: ClassVar[str] = "trait"
    group: ClassVar[str] = "who"
    label: ClassVar[Mapping[str, str]] = {"fr": "Trait", "en": "Trait"}
    short: ClassVar[str] = ""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{name: city, is: Lyon}`, or `{name: birthday, anniversary_within: 7 days}`. Raises: BadDefinition."""
        name = fields.text("name")
        if fields.has(_YEARLY):
            span = fields.duration(_YEARLY)
            if span % timedelta(days=1) or not 1 <= span.days <= _MOST_DAYS:
                raise fields.bad(_YEARLY, fields.raw(_YEARLY), f"from 1 to {_MOST_DAYS} days")
            return cls(name=name, days_ahead=span.days)
        rest = Map({key: fields.raw(key) for key in fields.values if key != "name"})
        if not rest:
            raise fields.bad("is", "", "a comparison: `is: …`, `at_least: …` or `is_set: true`")
        return cls(name=name, test=properties.read_test(rest, fields.where))

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("name", FieldKind.TRAIT, "Trait", "Trait", is_required=True),
            *(forms.one(name, FieldKind.TEXT, *labels) for name, labels in _OPERATORS.items()),
            forms.one("is_set", FieldKind.FLAG, "est renseigné", "is known"),
            forms.one(
                _YEARLY, FieldKind.DURATION, "Anniversaire dans les", "Anniversary within",
                "Pour une date de naissance : aujourd’hui et les jours qui suivent.",
                "For a date of birth: today and the days that follow.",
            ),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        if self.test is None:
            said = {"fr": "fête sa date « {0} » d’ici {1}", "en": "has a “{0}” that comes up within {1}"}
            span = said_span(timedelta(days=self.days_ahead or 1), language)
            return said[language].format(self.name, span)
        said = {"fr": "a un trait « {0} » qui {1}", "en": "has a trait “{0}” that {1}"}
        return said[language].format(self.name, self.test.words(language))

    def asked(self, around: Around) -> Question:
        """Compile: the statement that counts compares so."""
        relation = relations.trait(self.name, around)
        if self.test is None:
            return Asked(relation=relation, where=(_comes_up(self.days_ahead or 1, around),), is_daily=True)
        if self.test.operator == "is_set" and self.test.operand == ("false",):
            return No(Asked(relation=relation, where=(exp.column("is_set"),)))
        return Asked(relation=relation, where=(compared(self.test),))


_OPERATORS: Mapping[str, tuple[str, str]] = {
    "is": ("est", "is"),
    "is_not": ("n’est pas", "is not"),
    "at_least": ("vaut au moins", "is at least"),
    "at_most": ("vaut au plus", "is at most"),
    "contains": ("contient", "contains"),
    "starts_with": ("commence par", "begins with"),
}


def _comes_up(days: int, around: Around) -> exp.Expr:
    """
    Say that a date's day of the year is today or one of the next days.

    29 February comes up on 28 February where there is none; DuckDB adds years so.
    """
    day = exp.column("day")
    today = exp.Placeholder(this=f"day_0_{around.calendars[0][0]}")
    years = exp.func("date_part", exp.Literal.string("year"), today) - exp.func(
        "date_part", exp.Literal.string("year"), day
    )

    def turned(more: int) -> exp.Expr:
        added = exp.cast(day + exp.func("to_years", exp.cast(exp.paren(years.copy()) + more, "INTEGER")), "DATE")
        last = exp.cast(today + exp.convert(days - 1), "DATE")
        return exp.and_(added >= today, added.copy() <= last)

    return exp.or_(turned(0), turned(1))
