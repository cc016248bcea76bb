"""A cart of the person: in which state, worth how much, with what in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model import money
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import compare, relations, window
from comptoir.segments.asked import Around, Asked, Edge, Question, Some, ago, number
from comptoir.segments.kinds.spans import between, edges_of
from comptoir.segments.window import Window

_STATES = ("open", "checkout", "abandoned", "expired", "ordered", "merged")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "open": {"fr": "ouvert", "en": "open"},
    "checkout": {"fr": "en cours de commande", "en": "in checkout"},
    "abandoned": {"fr": "abandonné", "en": "abandoned"},
    "expired": {"fr": "expiré", "en": "expired"},
    "ordered": {"fr": "commandé", "en": "ordered"},
    "merged": {"fr": "fusionné", "en": "merged"},
}
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """The person has a cart in one of these states, perhaps of so much, acted on last within a window."""

    states: tuple[str, ...] = ("open", "checkout", "abandoned")
    window: Window = window.EVER
    amount: Decimal | None = None
    items: int | None = None
    category: str | None = None
    products: tuple[str, ...] = ()
    kind: ClassVar[str] = "cart"
    group: ClassVar[str] = "cart"
    label: ClassVar[Mapping[str, str]] = {"fr": "A un panier", "en": "Has a cart"}
    short: ClassVar[str] = "state"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{state: abandoned, amount_at_least: 50, within: 7 days}`. Raises: BadDefinition."""
        states = fields.texts("state", cls.__dataclass_fields__["states"].default)
        if not states or not set(states) <= set(_STATES):
            raise fields.bad("state", list(states), "some of " + ", ".join(_STATES))
        return cls(
            states=states,
            window=window.read(fields),
            amount=fields.decimal("amount_at_least") if fields.has("amount_at_least") else None,
            items=fields.whole("items_at_least") if fields.has("items_at_least") else None,
            category=fields.text("category") if fields.has("category") else None,
            products=fields.texts("product", ()),
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("state", FieldKind.TAGS, "État", "State", options=_STATES),
            *window.form(),
            forms.one("amount_at_least", FieldKind.DECIMAL, "Valeur d’au moins", "Worth at least"),
            forms.one("items_at_least", FieldKind.WHOLE, "Articles, au moins", "Items, at least"),
            forms.one("category", FieldKind.CATEGORY, "Avec la catégorie", "With the category"),
            forms.one("product", FieldKind.PRODUCT, "Avec les produits", "With the products"),
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        joint = {"fr": " ou ", "en": " or "}[language]
        states = joint.join(_WORDS[one][language] for one in self.states)
        said = [{"fr": "a un panier {0}", "en": "has a cart that is {0}"}[language].format(states)]
        if self.amount is not None:
            said.append({"fr": "d’au moins {0}", "en": "worth at least {0}"}[language].format(self.amount))
        if self.items is not None:
            said.append({"fr": "d’au moins {0} articles", "en": "of at least {0} items"}[language].format(self.items))
        about = [*self.products, *([self.category] if self.category else [])]
        if about:
            said.append({"fr": "avec {0}", "en": "with {0}"}[language].format(joint.join(about)))
        return " ".join(said) + self.window.words(language)

    def asked(self, around: Around) -> Question:
        """Compile: one of the states, each with its bounds of time; the same as the view `carts` says."""
        where = self._filters(around)
        edges = edges_of(self.window, around, "last_action_at")
        return Some(tuple(
            Asked(relation=relations.CARTS, where=(*where, *conditions), edges=(*edges, *moving))
            for state in self.states for conditions, moving in _state(state, around)
        ))  # fmt: skip

    def _filters(self, around: Around) -> list[exp.Expr]:
        found = list(between(self.window, around, "last_action_at"))
        if around.brand is not None:
            found.append(exp.column("brand").eq(around.brand))
        if self.items is not None:
            found.append(exp.column("item_count") >= exp.convert(self.items))
        if self.amount is not None:
            currency = around.currency
            factor = Decimal(10) ** money.EXPONENT.get(currency or "", 2)
            found.append(exp.column("amount_minor") >= number(self.amount * factor))
            if currency is not None:
                found.append(exp.column("currency").eq(currency))
        if self.products:
            found.append(_with_line(exp.column("product_id").isin(*self.products)))
        if self.category is not None:
            made = exp.select("product_id").from_(exp.table_("products", db="fact"))
            below = around.below.get(self.category, frozenset())
            found.append(_with_line(exp.column("product_id").isin(
                query=made.where(compare.category_is(self.category, below)))))  # fmt: skip
        return found


def _with_line(condition: exp.Expr) -> exp.Expr:
    lines = exp.select("cart_hash").from_(exp.table_("cart_lines", db="fact")).where(condition)
    return exp.column("cart_hash").isin(query=lines)


def _state(state: str, around: Around) -> list[tuple[list[exp.Expr], list[Edge]]]:
    """Say when a cart is in a state: conditions and bounds of time, each pair is enough."""
    is_ordered = exp.column("order_hash").is_(exp.null()).not_()
    if state == "ordered":
        return [([is_ordered], [])]
    unordered = exp.column("order_hash").is_(exp.null())
    if state == "merged":
        return [([unordered, exp.column("merged_at").is_(exp.null()).not_()], [])]
    alive: list[exp.Expr] = [unordered, exp.column("merged_at").is_(exp.null())]
    column = "last_action_at"
    expired, quiet = timedelta(days=around.cart_expired_days), timedelta(minutes=around.cart_abandoned_minutes)
    if state == "expired":
        return [(alive, [ago(column, expired, is_from=False)])]
    lives = ago(column, expired - _TICK)
    in_checkout = exp.column("checkout_at").is_(exp.null()).not_()
    if state == "abandoned":
        is_worth = exp.paren(exp.or_(exp.column("item_count") > 0, in_checkout))
        return [([*alive, is_worth], [lives, ago(column, quiet, is_from=False)])]
    acting = ago(column, quiet - _TICK)
    if state == "checkout":
        return [([*alive, in_checkout], [lives, acting])]
    no_checkout = exp.column("checkout_at").is_(exp.null())
    return [([*alive, no_checkout], [lives, acting]), ([*alive, no_checkout, exp.column("item_count") <= 0], [lives])]
