"""Orders: how many, what they brought, what they left over, what came back; of a category, a product, a shop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model import money
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import compare, relations, window
from comptoir.segments.asked import Around, Asked, Measure, Of, Question
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.limits import Limits
from comptoir.segments.kinds.spans import between, edges_of, first_time
from comptoir.segments.window import Window

_MEASURES = ("orders", "revenue", "margin", "average_basket", "items", "returns")
_OF_MONEY = frozenset({"revenue", "margin", "average_basket"})
_OF_LEDGER = frozenset({"margin", "returns"})
_SAID: Mapping[str, Mapping[str, str]] = {
    "orders": {"fr": "a commandé{2} {0}", "en": "ordered{2} {0}"},
    "revenue": {"fr": "a dépensé{2} {0}{1}", "en": "spent{2} {0}{1}"},
    "margin": {"fr": "a laissé une marge{2} ({0}{1})", "en": "left a margin{2} ({0}{1})"},
    "average_basket": {"fr": "a un panier moyen{2} ({0}{1})", "en": "has an average basket{2} ({0}{1})"},
    "items": {"fr": "a acheté{2} {0}", "en": "bought{2} {0}"},
    "returns": {"fr": "a renvoyé quelque chose{2} ({0})", "en": "sent back something{2} ({0})"},
}
_NOUNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "items": {"fr": ("article", "articles"), "en": ("item", "items")},
    "returns": {"fr": ("commande", "commandes"), "en": ("order", "orders")},
}
_ONCE: Mapping[str, Mapping[str, str]] = {
    "orders": {"fr": "a commandé{0}", "en": "ordered{0}"},
    "returns": {"fr": "a renvoyé quelque chose{0}", "en": "sent something back{0}"},
}
_FIRST: Mapping[str, str] = {"fr": "a commandé{0} pour la première fois", "en": "ordered{0} for the first time"}
_ANY_COUPON: Mapping[str, str] = {"fr": " avec un code de réduction", "en": " with a coupon"}
_FILTERS: Mapping[str, Mapping[str, str]] = {
    "category": {"fr": " en « {0} »", "en": " in “{0}”"},
    "channel": {"fr": " par le canal « {0} »", "en": " by the channel “{0}”"},
    "shop": {"fr": " au magasin « {0} »", "en": " in the shop “{0}”"},
    "coupon": {"fr": " avec le code « {0} »", "en": " with the coupon “{0}”"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A measure of the person's orders within a window lies between limits; cancelled orders are none."""

    measure: str = "orders"
    limits: Limits = limits.ONCE
    window: Window = window.EVER
    currency: str | None = None
    category: str | None = None
    products: tuple[str, ...] = ()
    channel: str | None = None
    shop: str | None = None
    coupon: str | None = None
    """A code; empty for any."""
    is_first: bool = False
    kind: ClassVar[str] = "ordered"
    group: ClassVar[str] = "orders"
    label: ClassVar[Mapping[str, str]] = {"fr": "A commandé", "en": "Ordered"}
    short: ClassVar[str] = "within"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{measure: revenue, at_least: 200, within: 365 days, category: Shoes}`. Raises: BadDefinition."""
        measure = fields.choice("measure", _MEASURES, "orders")
        is_whole = measure not in _OF_MONEY
        span = window.read(fields)
        if span.span is not None:
            raise fields.bad("within", fields.raw("within"), "days, such as `30 days`: orders are counted by day")
        found = cls(
            measure=measure,
            limits=limits.read(fields, is_whole=is_whole, default=limits.ONCE if measure in {"orders", "returns"}
                               else None),
            window=span,
            currency=_currency(fields),
            category=fields.text("category") if fields.has("category") else None,
            products=fields.texts("product", ()),
            channel=fields.text("channel") if fields.has("channel") else None,
            shop=fields.text("shop") if fields.has("shop") else None,
            coupon=_coupon(fields),
            is_first=fields.flag("first_time", default=False),
        )  # fmt: skip
        found._check(fields)
        return found

    def _check(self, fields: Fields) -> None:
        if self.measure in _OF_LEDGER and (self.products or self.category or self.coupon is not None or self.shop):
            raise fields.bad("measure", self.measure, "a margin or returns of all orders, by window and channel only")
        if self.measure == "average_basket" and (self.products or self.category):
            raise fields.bad("measure", self.measure, "`revenue` or `items` where a product or category is named")
        if self.is_first and (self.window == window.EVER or self.measure != "orders" or not self.limits.is_once):
            raise fields.bad("first_time", value=True, takes="`first_time` with `within` or `since`, and no number")

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("measure", FieldKind.CHOICE, "Ce qui est mesuré", "What is measured", default="orders",
                      options=_MEASURES),
            *limits.form(is_whole=False),
            *window.form(),
            forms.one("currency", FieldKind.TEXT, "Devise", "Currency"),
            forms.one("category", FieldKind.CATEGORY, "Catégorie", "Category",
                      "Ses sous-catégories comptent aussi.", "What is below it counts too."),
            forms.one("product", FieldKind.PRODUCT, "Produits", "Products"),
            forms.one("channel", FieldKind.TEXT, "Canal de vente", "Sales channel"),
            forms.one("shop", FieldKind.TEXT, "Magasin", "Shop"),
            forms.one("coupon", FieldKind.TEXT, "Code de réduction", "Coupon",
                      "« true » pour n’importe quel code.", "`true` for any code."),
            forms.one("first_time", FieldKind.FLAG, "La toute première fois", "The very first time", default=False),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        about = self._about(language)
        if self.limits.is_once and self.measure in _ONCE:
            said = (_FIRST if self.is_first else _ONCE[self.measure])[language].format(about)
        else:
            unit = f" {self.currency}" if self.currency else ""
            said = _SAID[self.measure][language].format(self._how_much(language), unit, about)
        return said + self.window.words(language)

    def _how_much(self, language: str) -> str:
        if self.measure == "orders":
            return self.limits.times(language)
        nouns = _NOUNS.get(self.measure)
        return self.limits.of(language, *nouns[language]) if nouns else self.limits.words(language)

    def _about(self, language: str) -> str:
        said = []
        for name, words in _FILTERS.items():
            value = getattr(self, name)
            if name == "coupon" and value == "":
                said.append(_ANY_COUPON[language])
            elif value is not None:
                said.append(words[language].format(value))
        if self.products:
            joint = {"fr": " ou ", "en": " or "}[language]
            said.append(f" ({joint.join(self.products)})")
        return "".join(said)

    def asked(self, around: Around) -> Question:
        """Compile: from orders, from their lines where a product is meant, from the ledger for what is left over."""
        currency = self.currency or around.currency
        asked = self._asked(around, currency, self.window)
        if self.is_first:
            return first_time(asked, self._asked(around, currency, window.EVER), self.window, around, "ordered_at")
        between_so = _in_minor(self.limits, currency) if self.measure in _OF_MONEY else self.limits
        return between_so.compiled(asked)

    def _asked(self, around: Around, currency: str | None, span: Window) -> Asked:
        if self.measure in _OF_LEDGER:
            relation, column = relations.LEDGER, "occurred_at"
        else:
            relation = relations.LINES if self._is_of_lines else relations.ORDERS
            column = "ordered_at"
        where = [*self._filters(around), *between(span, around, column)]
        if self.measure in _OF_MONEY and currency is not None:
            where.append(exp.column("currency").eq(currency))
        if self.measure == "returns":
            where.append(exp.column("kind").eq("return"))
        if self.measure == "margin":
            where.append(exp.column("cost_minor").is_(exp.null()).not_())
        edges = edges_of(span, around, column)
        return Asked(relation=relation, where=tuple(where), edges=edges, measure=self._measured())

    def _filters(self, around: Around) -> list[exp.Expr]:
        found: list[exp.Expr] = []
        if around.brand is not None:
            found.append(exp.column("brand").eq(around.brand))
        if self.category is not None:
            found.append(compare.category_is(self.category, around.below.get(self.category, frozenset())))
        if self.products:
            found.append(exp.column("product_id").isin(*self.products))
        if self.channel is not None:
            found.append(compare.begins_with_word("channel", self.channel))
        if self.shop is not None:
            found.append(relations.sold_in(self.shop))
        if self.coupon is not None:
            coupon = exp.column("coupon")
            found.append(coupon.eq(self.coupon) if self.coupon else coupon.is_(exp.null()).not_())
        return found

    def _measured(self) -> Measure:
        amount = exp.column("amount_minor")
        match self.measure:
            case "revenue":
                return Measure(Of.SUM, amount)
            case "average_basket":
                return Measure(Of.AVERAGE, amount)
            case "margin":
                tax = exp.func("coalesce", exp.column("tax_minor"), exp.convert(0))
                return Measure(Of.SUM, amount - tax - exp.column("cost_minor"))
            case "items":
                return Measure(Of.SUM, exp.column("quantity"))
        is_of_orders = self.measure == "orders" and not self._is_of_lines
        return Measure() if is_of_orders else Measure(Of.DISTINCT, exp.column("order_hash"))

    @property
    def _is_of_lines(self) -> bool:
        return bool(self.products or self.category or self.measure == "items")


def _in_minor(said: Limits, currency: str | None) -> Limits:
    factor = Decimal(10) ** money.EXPONENT.get(currency or "", 2)
    return replace(
        said,
        least=None if said.least is None else said.least * factor,
        most=None if said.most is None else said.most * factor,
    )


def _currency(fields: Fields) -> str | None:
    if not fields.has("currency"):
        return None
    said = fields.text("currency")
    if said not in money.EXPONENT:
        raise fields.bad("currency", said, "a currency of ISO 4217 such as EUR")
    return said


def _coupon(fields: Fields) -> str | None:
    if not fields.has("coupon"):
        return None
    said = fields.raw("coupon")
    return "" if said is True or said == "true" else fields.text("coupon")
