"""One thing, then another one, or then not: viewed a product and did not order within two days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import compare, relations, window
from comptoir.segments.asked import NODE, PROFILE, Around, Asked, Edge, Question, Relation, Scope, ago, mapped
from comptoir.segments.kinds.spans import between, edges_of
from comptoir.segments.window import Window

_MOST = timedelta(days=366)
_SAID: Mapping[str, Mapping[bool, str]] = {
    "fr": {True: "a fait « {0} »{1}, puis « {2} » dans les {3}", False: "a fait « {0} »{1} sans « {2} » dans les {3}"},
    "en": {True: "did “{0}”{1}, then “{2}” within {3}", False: "did “{0}”{1} without “{2}” within {3}"},
}
_IN: Mapping[str, str] = {"fr": " en « {0} »", "en": " in “{0}”"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """The person did an event within a window, and then did, or did not do, another one within a span."""

    event: str
    then: str
    follows: bool
    gap: timedelta
    window: Window = window.EVER
    category: str | None = None
    kind: ClassVar[str] = "sequence"
    group: ClassVar[str] = "did"
    label: ClassVar[Mapping[str, str]] = {"fr": "A fait, puis (pas)", "en": "Did, then (not)"}
    short: ClassVar[str] = ""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{event: Product Viewed, then_not: Order Completed, gap: 2 days, within: 30 days}`."""
        if fields.has("then") == fields.has("then_not"):
            raise fields.bad("then", "", "either `then: EVENT` or `then_not: EVENT`")
        gap = fields.duration("gap")
        if not timedelta(minutes=1) <= gap <= _MOST:
            raise fields.bad("gap", fields.raw("gap"), "from a minute to 366 days")
        return cls(
            event=fields.text("event"),
            then=fields.text("then" if fields.has("then") else "then_not"),
            follows=fields.has("then"),
            gap=gap,
            window=window.read(fields),
            category=fields.text("category") if fields.has("category") else None,
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("event", FieldKind.EVENT, "D’abord", "First", is_required=True),
            forms.one("category", FieldKind.CATEGORY, "Catégorie", "Category"),
            forms.one("then", FieldKind.EVENT, "Puis", "Then"),
            forms.one("then_not", FieldKind.EVENT, "Puis pas", "Then not"),
            forms.one("gap", FieldKind.DURATION, "Dans les", "Within", is_required=True),
            *window.form(),
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        about = _IN[language].format(self.category) if self.category else ""
        said = _SAID[language][self.follows].format(self.event, about, self.then, window.said_span(self.gap, language))
        return said + self.window.words(language)

    def asked(self, around: Around) -> Question:
        """Compile: a first event whose next other one came in time, or that had its time without one."""
        limit = exp.column("did_at") + _interval(self.gap)
        following = exp.column("next_at")
        edges: tuple[Edge, ...] = edges_of(self.window, around, "did_at")
        if self.follows:
            where: list[exp.Expr] = [following <= limit]
        else:
            where = [exp.paren(exp.or_(following.is_(exp.null()), following.copy() > limit))]
            edges = (*edges, ago("did_at", self.gap, is_from=False))
        return Asked(
            relation=self._relation(around), where=(*where, *between(self.window, around, "did_at")), edges=edges,
            names=frozenset({self.event, self.then}),
        )  # fmt: skip

    def _relation(self, around: Around) -> Relation:
        is_first: exp.Expr = exp.column("name").eq(self.event)
        if self.category is not None:
            below = around.below.get(self.category, frozenset())
            is_first = exp.and_(is_first, compare.category_is(self.category, below))
        wanted: list[exp.Expr] = [exp.column("name").isin(self.event, self.then)]
        if around.brand is not None:
            wanted.append(exp.column("brand").eq(around.brand))

        def rows(scope: Scope) -> exp.Select:
            firsts = exp.alias_(exp.func("coalesce", is_first.copy(), exp.false()), "is_first")
            others = exp.alias_(exp.column("name").eq(self.then), "is_other")
            events = exp.select(NODE, "brand", "occurred_at", "message_id", firsts, others).from_(
                relations.EVENTS.rows(relations.nodes_of(scope)).subquery("events")
            )
            columns = [
                exp.column(one, table="r") for one in ("brand", "occurred_at", "message_id", "is_first", "is_other")
            ]
            owned = mapped(events.where(*(one.copy() for one in wanted)), *columns)
            found = exp.select(PROFILE, "brand", exp.alias_(exp.column("occurred_at"), "did_at"), "is_first",
                               exp.alias_(_next(), "next_at")).from_(owned.subquery("owned"))  # fmt: skip
            return (
                exp.select(PROFILE, "brand", "did_at", "next_at")
                .from_(found.subquery("numbered"))
                .where(exp.column("is_first"))
            )

        name = f"sequence:{around.brand}:{rows(None).sql(dialect='duckdb')}"
        return Relation(name=name, by=PROFILE, rows=rows, hears=frozenset({"events"}), is_heavy=True)


def _interval(span: timedelta) -> exp.Expr:
    return exp.func("to_microseconds", exp.convert(span // timedelta(microseconds=1)))


def _next() -> exp.Expr:
    """Give when the next other event came: of two at one instant, the other one is the later."""
    at = exp.Case().when(exp.column("is_other"), exp.column("occurred_at"))
    order = [exp.Ordered(this=exp.column(one)) for one in ("occurred_at", "is_other", "message_id")]
    return exp.Window(
        this=exp.Min(this=at), partition_by=[exp.column(PROFILE)], order=exp.Order(expressions=order),
        spec=exp.WindowSpec(kind="ROWS", start="1", start_side="FOLLOWING", end="UNBOUNDED", end_side="FOLLOWING"),
    )  # fmt: skip
