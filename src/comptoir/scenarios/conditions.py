"""Questions that a scenario may ask about an enrollment: a small closed grammar, answered from facts alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from comptoir.model import money
from comptoir.model.scenario import CartFacts, Facts
from comptoir.scenarios.fields import BadDefinition, Fields, Map

_OPEN = frozenset({"open", "checkout", "abandoned"})


class Condition(Protocol):
    """A question with a yes or a no."""

    def holds(self, facts: Facts) -> bool:
        """Answer it; what is not known is a no."""
        ...


@dataclass(frozen=True, slots=True)
class Is:
    """One of the plain questions, by name."""

    name: str

    def holds(self, facts: Facts) -> bool:
        """Answer it; what is not known is a no."""
        return _PLAIN[self.name](facts)


@dataclass(frozen=True, slots=True)
class CartAmountAtLeast:
    """The cart is worth at least so much, in its own currency."""

    amount: Decimal

    def holds(self, facts: Facts) -> bool:
        """Answer it; a cart that is not known is a no."""
        cart = facts.world.cart
        return cart is not None and cart.amount_minor >= money.minor(self.amount, cart.currency)


@dataclass(frozen=True, slots=True)
class CartItemsAtLeast:
    """The cart holds at least so many items."""

    count: int

    def holds(self, facts: Facts) -> bool:
        """Answer it; a cart that is not known is a no."""
        cart = facts.world.cart
        return cart is not None and cart.item_count >= self.count


@dataclass(frozen=True, slots=True)
class HasConsent:
    """One of the person's contact points of a channel has consent for a purpose, for the brand."""

    purpose: str
    channel: str

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return (self.purpose, self.channel) in facts.consented


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return all(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return any(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return not self.part.holds(facts)


def read(value: object, where: str) -> Condition:
    """
    Read a condition: a plain question's name, or a mapping with one key.

    Raises: BadDefinition.
    """
    if isinstance(value, str):
        if value not in _PLAIN:
            raise _unknown(value, where)
        return Is(value)
    if not isinstance(value, Map) or len(value) != 1:
        raise BadDefinition(
            what="a condition is a name or a mapping with one key",
            where=where,
            mend="write `cart_is_open` or `all: […]`",
        )
    (name, inner), *_ = value.items()
    if name in _READERS:
        return _READERS[name](inner, f"{where}.{name}", Fields(value, where))
    raise _unknown(name, where)


def consents_in(condition: object) -> frozenset[tuple[str, str]]:
    """Give the (purpose, channel) pairs that a condition asks about."""
    if isinstance(condition, HasConsent):
        return frozenset({(condition.purpose, condition.channel)})
    if isinstance(condition, Not):
        return consents_in(condition.part)
    if isinstance(condition, (All, AnyOf)):
        return frozenset().union(*map(consents_in, condition.parts))
    return frozenset()


def _unknown(name: str, where: str) -> BadDefinition:
    known = ", ".join([*sorted(_PLAIN), *sorted(_READERS)])
    return BadDefinition(what=f"`{name}` is no condition", where=where, mend=f"use one of {known}")


def _parts(value: object, where: str) -> tuple[Condition, ...]:
    if not isinstance(value, list) or not value:
        raise BadDefinition(what="a list of conditions is needed", where=where, mend="write `all: [one, other]`")
    return tuple(read(one, f"{where}[{place}]") for place, one in enumerate(value, start=1))


def _consent(value: object, where: str) -> Condition:
    purpose, _, channel = str(value).partition("/")
    if not purpose or not channel:
        raise BadDefinition(
            what=f"`consent: {value}` does not fit", where=where, mend="write `consent: marketing/email`"
        )
    return HasConsent(purpose, channel)


_READERS: Mapping[str, Callable[[object, str, Fields], Condition]] = {
    "all": lambda value, where, _: All(_parts(value, where)),
    "any": lambda value, where, _: AnyOf(_parts(value, where)),
    "not": lambda value, where, _: Not(read(value, where)),
    "consent": lambda value, where, _: _consent(value, where),
    "cart_amount_at_least": lambda _value, _where, fields: CartAmountAtLeast(fields.decimal("cart_amount_at_least")),
    "cart_items_at_least": lambda _value, _where, fields: CartItemsAtLeast(fields.whole("cart_items_at_least")),
}


def _cart(facts: Facts, question: Callable[[CartFacts], bool]) -> bool:
    return facts.world.cart is not None and question(facts.world.cart)


_PLAIN: Mapping[str, Callable[[Facts], bool]] = {
    "cart_is_open": lambda facts: _cart(facts, lambda cart: cart.state in _OPEN),
    "cart_is_ordered": lambda facts: _cart(facts, lambda cart: cart.state == "ordered"),
    "cart_is_merged": lambda facts: _cart(facts, lambda cart: cart.state == "merged"),
    "cart_has_product_for_sale": lambda facts: bool(facts.world.offered),
    "person_has_email": lambda facts: bool(facts.world.emails),
}
