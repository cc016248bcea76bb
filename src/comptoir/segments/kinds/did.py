"""Something the person did: how often, how much of it, the first time, within a window, in a category, on products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms, properties
from comptoir.grammar.fields import Fields
from comptoir.grammar.properties import ANYTHING, Where
from comptoir.model.scenario import PAGE_VIEWED, FieldKind, FormField
from comptoir.segments import compare, relations, window
from comptoir.segments.asked import Around, Asked, Measure, Of, Question, Row, days_back
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.limits import Limits
from comptoir.segments.kinds.spans import between, edges_of, first_time, local_day
from comptoir.segments.window import Window

_MEASURES = ("times", "days", "sum", "average", "distinct")
_MEASURED: Mapping[str, Mapping[str, str]] = {
    "sum": {"fr": " (« {1} » au total : {0})", "en": " (“{1}” in sum: {0})"},
    "average": {"fr": " (« {1} » en moyenne : {0})", "en": " (“{1}” on average: {0})"},
    "distinct": {"fr": " ({0} « {1} » différents)", "en": " ({0} different “{1}”)"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """The person did one of these events so often within a window; `is_first` asks for the first time ever."""

    events: tuple[str, ...]
    limits: Limits = limits.ONCE
    window: Window = window.EVER
    measure: str = "times"
    of: str | None = None
    category: str | None = None
    products: tuple[str, ...] = ()
    maker: str | None = None
    where: Where = ANYTHING
    is_first: bool = False
    kind: ClassVar[str] = "did"
    group: ClassVar[str] = "did"
    label: ClassVar[Mapping[str, str]] = {"fr": "A fait", "en": "Did"}
    short: ClassVar[str] = "event"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{event: Product Viewed, at_least: 3, within: 30 days, category: Shoes, where: {…}}`."""
        measure = fields.choice("measure", _MEASURES, "times")
        of = fields.text("of") if measure in {"sum", "average", "distinct"} else None
        found = cls(
            events=fields.texts("event"),
            limits=limits.read(fields, is_whole=measure in {"times", "days", "distinct"}),
            window=window.read(fields),
            measure=measure,
            of=of,
            category=fields.text("category") if fields.has("category") else None,
            products=fields.texts("product", ()),
            maker=fields.text("maker") if fields.has("maker") else None,
            where=properties.read(fields.raw("where"), f"{fields.where}.where") if fields.has("where") else ANYTHING,
            is_first=fields.flag("first_time", default=False),
        )
        if not found.events:
            raise fields.bad("event", [], "the name of an event")
        if found.is_first and (found.window == window.EVER or measure != "times" or not found.limits.is_once):
            raise fields.bad("first_time", value=True, takes="`first_time` with `within` or `since`, and no number")
        return found

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("event", FieldKind.EVENT, "Événement", "Event", is_required=True),
            *limits.form(is_whole=False),
            *window.form(),
            forms.one("category", FieldKind.CATEGORY, "Catégorie", "Category",
                      "Ses sous-catégories comptent aussi.", "What is below it counts too."),
            forms.one("product", FieldKind.PRODUCT, "Produits", "Products"),
            forms.one("maker", FieldKind.TEXT, "Marque du produit", "Brand of the product"),
            forms.one("where", FieldKind.WHERE, "Propriétés", "Properties"),
            forms.one("measure", FieldKind.CHOICE, "Ce qui est compté", "What is counted", default="times",
                      options=_MEASURES),
            forms.one("of", FieldKind.TEXT, "De la propriété", "Of the property",
                      "Pour une somme, une moyenne ou un nombre de valeurs différentes.",
                      "For a sum, an average or a number of different values."),
            forms.one("first_time", FieldKind.FLAG, "La toute première fois", "The very first time", default=False),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        first = {"fr": "pour la première fois ", "en": "for the first time "}[language] if self.is_first else ""
        said = {"fr": "a fait {0}{1}", "en": "did {0}{1}"}[language].format(first, _either(self.events, language))
        return said + self._of_what(language) + self._how_often(language) + self.window.words(language)

    def _how_often(self, language: str) -> str:
        if self.measure == "times":
            return "" if self.limits.is_once else f" {self.limits.times(language)}"
        if self.measure == "days":
            one, many = {"fr": ("jour différent", "jours différents"), "en": ("day", "different days")}[language]
            return f" ({self.limits.of(language, one, many)})"
        return _MEASURED[self.measure][language].format(self.limits.words(language), self.of)

    def _of_what(self, language: str) -> str:
        said = []
        if self.category is not None:
            said.append({"fr": " en « {0} »", "en": " in “{0}”"}[language].format(self.category))
        if self.products:
            said.append({"fr": " sur {0}", "en": " on {0}"}[language].format(_either(self.products, language)))
        if self.maker is not None:
            said.append({"fr": " de la marque « {0} »", "en": " of the brand “{0}”"}[language].format(self.maker))
        if self.where.tests:
            said.append({"fr": " où {0}", "en": " where {0}"}[language].format(self.where.words(language)))
        return "".join(said)

    def asked(self, around: Around) -> Question:
        """Compile: from days where they say enough, else from single events."""
        compiled = self._of_days if self._is_told_by_days else self._of_events
        if not self.is_first:
            return self.limits.compiled(compiled(around, self.window))
        column = "day" if self._is_told_by_days else "occurred_at"
        return first_time(compiled(around, self.window), compiled(around, window.EVER), self.window, around, column)

    @property
    def _is_told_by_days(self) -> bool:
        is_plain = not (self.products or self.maker or self.where.tests or self.window.span)
        return is_plain and PAGE_VIEWED not in self.events and self.measure in {"times", "days"}

    def _of_days(self, around: Around, span: Window) -> Asked:
        counted = "mentions" if self.category else "events"
        measure = Measure(Of.SUM, exp.column(counted)) if self.measure == "times" else Measure(
            Of.DISTINCT, exp.column("day"))  # fmt: skip
        edges = (days_back("day", span.days, around, is_date=True),) if span.days else ()
        return Asked(
            relation=relations.DAYS, where=self._where(around, span, dates=True), edges=edges, measure=measure,
            names=self._names, row=self._row(around, counted),
        )  # fmt: skip

    def _row(self, around: Around, counted: str) -> Row | None:
        if self.measure != "times" or len(around.calendars) > 1:
            return None
        below = around.below.get(self.category or "", frozenset())
        return Row(
            names=self.events,
            categories=tuple(sorted({self.category} | below)) if self.category is not None else (),
            brand=around.brand,
            column=counted,
            since=self.window.since,
            until=self.window.until,
        )

    def _of_events(self, around: Around, span: Window) -> Asked:
        return Asked(
            relation=relations.EVENTS, where=self._where(around, span, dates=False),
            edges=edges_of(span, around, "occurred_at"), measure=self._measure(around), names=self._names,
        )  # fmt: skip

    def _named(self) -> exp.Expr:
        """Say that an event bears one of the names; a page is one whatever its own name is."""
        names = [name for name in self.events if name != PAGE_VIEWED]
        by_name = exp.column("name").isin(*names)
        if len(names) == len(self.events):
            return by_name
        is_page = exp.column("type").eq("page")
        return exp.paren(exp.or_(is_page, by_name)) if names else is_page

    @property
    def _names(self) -> frozenset[str] | None:
        return None if PAGE_VIEWED in self.events else frozenset(self.events)

    def _measure(self, around: Around) -> Measure:
        if self.measure == "times":
            return Measure()
        if self.measure == "days":
            return Measure(Of.DISTINCT, local_day("occurred_at", around))
        text = compare.property_text(self.of or "")
        if self.measure == "distinct":
            return Measure(Of.DISTINCT, text)
        return Measure(Of(self.measure), exp.TryCast(this=text, to=compare.ADDED_UP))

    def _where(self, around: Around, span: Window, *, dates: bool) -> tuple[exp.Expr, ...]:
        found: list[exp.Expr] = [self._named()]
        if around.brand is not None:
            found.append(exp.column("brand").eq(around.brand))
        if self.category is not None:
            found.append(compare.category_is(self.category, around.below.get(self.category, frozenset())))
        if self.products:
            found.append(exp.column("product_id").isin(*self.products))
        if self.maker is not None:
            found.append(relations.made_by(self.maker))
        found += [compare.property_tested(name, test) for name, test in self.where.tests]
        return (*found, *between(span, around, "day" if dates else "occurred_at", is_date=dates))


def _either(names: tuple[str, ...], language: str) -> str:
    joint = {"fr": " ou ", "en": " or "}[language]
    return joint.join(f"« {name} »" if language == "fr" else f"“{name}”" for name in names)
