"""Questions that a scenario may ask about an enrollment: a small closed grammar, answered from facts alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Protocol, cast

from comptoir import localtime
from comptoir.grammar import properties
from comptoir.grammar.fields import BadDefinition, Fields, Map
from comptoir.grammar.properties import Test
from comptoir.model import money
from comptoir.model.scenario import CartFacts, Facts
from comptoir.quality.fields import Field, name_of

_OPEN = frozenset({"open", "checkout", "abandoned"})
_NO_NEEDS: frozenset[str] = frozenset()
LANGUAGES = ("fr", "en")


class Condition(Protocol):
    """A question with a yes or a no. It may have `needs`: which of the dearer facts it looks at."""

    def holds(self, facts: Facts) -> bool:
        """Answer it; what is not known is a no."""
        ...

    def words(self, language: str) -> str:
        """Say it in words: `fr` or `en`."""
        ...


@dataclass(frozen=True, slots=True)
class Is:
    """One of the plain questions, by name."""

    name: str

    def holds(self, facts: Facts) -> bool:
        """Answer it; what is not known is a no."""
        return _PLAIN[self.name][0](facts)

    @property
    def needs(self) -> frozenset[str]:
        """Say which of the dearer facts it looks at."""
        return _PLAIN[self.name][1]

    def words(self, language: str) -> str:
        """Say it in words."""
        return _PLAIN_WORDS[self.name][language]


@dataclass(frozen=True, slots=True)
class CartAmountAtLeast:
    """The cart is worth at least so much, in its own currency."""

    amount: Decimal

    def holds(self, facts: Facts) -> bool:
        """Answer it; a cart that is not known is a no."""
        cart = facts.world.cart
        return cart is not None and cart.amount_minor >= money.minor(self.amount, cart.currency)

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "le panier vaut au moins {0}", "en": "the cart is worth at least {0}"}
        return said[language].format(self.amount)


@dataclass(frozen=True, slots=True)
class CartItemsAtLeast:
    """The cart holds at least so many items."""

    count: int

    def holds(self, facts: Facts) -> bool:
        """Answer it; a cart that is not known is a no."""
        cart = facts.world.cart
        return cart is not None and cart.item_count >= self.count

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "le panier contient au moins {0} article(s)", "en": "the cart holds at least {0} item(s)"}
        return said[language].format(self.count)


@dataclass(frozen=True, slots=True)
class HasConsent:
    """One of the person's contact points of a channel has consent for a purpose, for the brand."""

    purpose: str
    channel: str

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return (self.purpose, self.channel) in facts.consented

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "consentement donné ({0}, {1})", "en": "consent was given ({0}, {1})"}
        return said[language].format(self.purpose, self.channel)


@dataclass(frozen=True, slots=True)
class Trait:
    """A trait of the person, as it was stated last, compares so."""

    name: str
    test: Test
    needs = frozenset({"person"})

    def holds(self, facts: Facts) -> bool:
        """Answer it; a trait that is not known is a no."""
        return self.test.holds(_trait(facts, self.name))

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "le trait {0} {1}", "en": "the trait {0} {1}"}
        return said[language].format(self.name, self.test.words(language))


@dataclass(frozen=True, slots=True)
class TriggerHad:
    """The event that began the run had properties that compare so."""

    where: properties.Where

    def holds(self, facts: Facts) -> bool:
        """Answer it; a property that is missing is a no."""
        return self.where.holds(facts.trigger)

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "l’événement de départ avait : {0}", "en": "the event that began it had: {0}"}
        return said[language].format(self.where.words(language))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The person ordered within a span of time; a product or category, if one is named."""

    within: timedelta
    product: str | None = None
    category: str | None = None
    needs = frozenset({"orders"})

    def holds(self, facts: Facts) -> bool:
        """Answer it; an order nobody told us of is a no."""
        since = facts.now - self.within
        return any(
            since <= one.ordered_at <= facts.now
            and (self.product is None or self.product in one.product_ids)
            and (self.category is None or self.category in one.categories)
            for one in facts.world.orders
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "a commandé{1} dans les {0}", "en": "ordered{1} within {0}"}
        return said[language].format(_span(self.within, language), _about(self.product, self.category))


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """The person looked at a product within a span of time; this one or of this category, if one is named."""

    within: timedelta
    product: str | None = None
    category: str | None = None
    needs = frozenset({"views"})

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        since = facts.now - self.within
        return any(
            since <= one.viewed_at <= facts.now
            and self.product in {None, one.product_id}
            and self.category in {None, one.category}
            for one in facts.world.views
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "a vu un produit{1} dans les {0}", "en": "looked at a product{1} within {0}"}
        return said[language].format(_span(self.within, language), _about(self.product, self.category))


@dataclass(frozen=True, slots=True)
class OrderCountAtLeast:
    """The person ordered at least so often."""

    count: int
    needs = frozenset({"orders"})

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return facts.world.order_count >= self.count

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "a commandé au moins {0} fois", "en": "ordered at least {0} time(s)"}
        return said[language].format(self.count)


@dataclass(frozen=True, slots=True)
class LocalHour:
    """It is between two hours where the person lives; over midnight if the first is the later one."""

    begins: time
    ends: time
    needs = frozenset({"person"})

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        shown = facts.now.astimezone(localtime.zone_of(facts.zone)).time()
        if self.begins <= self.ends:
            return self.begins <= shown < self.ends
        return shown >= self.begins or shown < self.ends

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "il est entre {0:%H:%M} et {1:%H:%M} chez la personne",
                "en": "it is between {0:%H:%M} and {1:%H:%M} where the person lives"}  # fmt: skip
        return said[language].format(self.begins, self.ends)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """It is one of these week days where the person lives."""

    days: tuple[str, ...]
    needs = frozenset({"person"})

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        today = localtime.local_date(facts.now, facts.zone).weekday()
        return localtime.WEEKDAYS[today] in self.days

    def words(self, language: str) -> str:
        """Say it in words."""
        said = {"fr": "on est {0} chez la personne", "en": "it is {0} where the person lives"}
        return said[language].format(_either([_day(day, language) for day in self.days], language))


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return all(part.holds(facts) for part in self.parts)

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": " et ", "en": " and "}[language].join(_wrapped(part, language) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return any(part.holds(facts) for part in self.parts)

    def words(self, language: str) -> str:
        """Say it in words."""
        return _either([_wrapped(part, language) for part in self.parts], language)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, facts: Facts) -> bool:
        """Answer it."""
        return not self.part.holds(facts)

    def words(self, language: str) -> str:
        """Say it in words."""
        return {"fr": "il n’est pas vrai que {0}", "en": "it is not true that {0}"}[language].format(
            _wrapped(self.part, language)
        )


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


def each(condition: object) -> Iterator[object]:
    """Give a condition and all parts of it."""
    if condition is None:
        return
    yield condition
    for part in getattr(condition, "parts", ()):
        yield from each(part)
    yield from each(getattr(condition, "part", None))


def needs(condition: object) -> frozenset[str]:
    """Say which of the dearer facts a condition looks at."""
    return _NO_NEEDS.union(*(cast("frozenset[str]", getattr(one, "needs", _NO_NEEDS)) for one in each(condition)))


def consents_in(condition: object) -> frozenset[tuple[str, str]]:
    """Give the (purpose, channel) pairs that a condition asks about."""
    return frozenset((one.purpose, one.channel) for one in each(condition) if isinstance(one, HasConsent))


def asks_only_the_cart_state(condition: object) -> bool:
    """Say whether a condition looks at nothing but the cart's state, which the sender checks by itself."""
    return all(isinstance(one, (All, AnyOf)) or (isinstance(one, Is) and one.name in _CART_STATES)
               for one in each(condition))  # fmt: skip


_CART_STATES = frozenset({"cart_is_ordered", "cart_is_merged"})


def known() -> tuple[str, ...]:
    """List the names of all conditions: the plain ones and those that take something."""
    return (*sorted(_PLAIN), *sorted(_READERS))


def _unknown(name: str, where: str) -> BadDefinition:
    known_ones = ", ".join(known())
    return BadDefinition(what=f"`{name}` is no condition", where=where, mend=f"use one of {known_ones}")


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


def _read_trait(value: object, where: str) -> Condition:
    said = Fields(value, where)
    name = said.text("name")
    rest = Map({key: one for key, one in said.values.items() if key != "name"})
    if not rest:
        raise BadDefinition(what="a comparison is missing", where=where, mend="add `is: …` or `is_set: true`")
    return Trait(name, properties.read_test(rest, where))


def _read_ordered(value: object, where: str) -> Condition:
    return Ordered(**_read_recent(value, where))


def _read_viewed(value: object, where: str) -> Condition:
    return Viewed(**_read_recent(value, where))


def _read_recent(value: object, where: str) -> dict[str, Any]:
    said = Fields(value if isinstance(value, Map) else Map({"within": value}), where)
    read_so = {
        "within": said.duration("within"),
        "product": said.text("product") if said.has("product") else None,
        "category": said.text("category") if said.has("category") else None,
    }
    said.done()
    return read_so


def _read_hour(value: object, where: str) -> Condition:
    said = Fields(value, where)
    found = LocalHour(said.local_time("from"), said.local_time("to"))
    said.done()
    return found


_READERS: Mapping[str, Callable[[object, str, Fields], Condition]] = {
    "all": lambda value, where, _: All(_parts(value, where)),
    "any": lambda value, where, _: AnyOf(_parts(value, where)),
    "not": lambda value, where, _: Not(read(value, where)),
    "consent": lambda value, where, _: _consent(value, where),
    "trait": lambda value, where, _: _read_trait(value, where),
    "trigger": lambda value, where, _: TriggerHad(properties.read(value, where)),
    "ordered": lambda value, where, _: _read_ordered(value, where),
    "viewed": lambda value, where, _: _read_viewed(value, where),
    "order_count_at_least": lambda _value, _where, fields: OrderCountAtLeast(fields.whole("order_count_at_least")),
    "local_hour": lambda value, where, _: _read_hour(value, where),
    "local_day": lambda _value, _where, fields: LocalDay(fields.weekdays("local_day")),
    "cart_amount_at_least": lambda _value, _where, fields: CartAmountAtLeast(fields.decimal("cart_amount_at_least")),
    "cart_items_at_least": lambda _value, _where, fields: CartItemsAtLeast(fields.whole("cart_items_at_least")),
}


def _trait(facts: Facts, name: str) -> object:
    person = facts.world.person
    own: Mapping[str, object] = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "country": person.country,
        "time_zone": person.time_zone,
        "language": facts.world.language,
        Field.BIRTH: person.birthday.isoformat() if isinstance(person.birthday, date) else None,
    }
    one = name_of(name)
    found = own.get(one)
    return person.traits.get(name, person.traits.get(one)) if found is None else found


def _cart(facts: Facts, question: Callable[[CartFacts], bool]) -> bool:
    return facts.world.cart is not None and question(facts.world.cart)


_PLAIN: Mapping[str, tuple[Callable[[Facts], bool], frozenset[str]]] = {
    "cart_is_open": (lambda facts: _cart(facts, lambda cart: cart.state in _OPEN), _NO_NEEDS),
    "cart_is_ordered": (lambda facts: _cart(facts, lambda cart: cart.state == "ordered"), _NO_NEEDS),
    "cart_is_merged": (lambda facts: _cart(facts, lambda cart: cart.state == "merged"), _NO_NEEDS),
    "cart_has_product_for_sale": (lambda facts: bool(facts.world.offered), _NO_NEEDS),
    "person_has_email": (lambda facts: bool(facts.world.emails), _NO_NEEDS),
    "person_has_phone": (lambda facts: bool(facts.world.person.phones), frozenset({"person"})),
    "product_is_for_sale": (lambda facts: bool(facts.world.shown("product")), frozenset({"shelf:product"})),
}
_PLAIN_WORDS: Mapping[str, Mapping[str, str]] = {
    "cart_is_open": {"fr": "le panier est ouvert", "en": "the cart is open"},
    "cart_is_ordered": {"fr": "le panier est commandé", "en": "the cart was ordered"},
    "cart_is_merged": {"fr": "le panier a été fusionné dans un autre", "en": "the cart went into another one"},
    "cart_has_product_for_sale": {
        "fr": "un produit du panier est en vente", "en": "a product of the cart is for sale",
    },
    "person_has_email": {"fr": "une adresse e-mail est connue", "en": "an e-mail address is known"},
    "person_has_phone": {"fr": "un numéro de téléphone est connu", "en": "a phone number is known"},
    "product_is_for_sale": {"fr": "le produit concerné est en vente", "en": "the product it is about is for sale"},
}  # fmt: skip
_UNITS = (
    (timedelta(days=1), {"fr": "jour", "en": "day"}),
    (timedelta(hours=1), {"fr": "heure", "en": "hour"}),
    (timedelta(minutes=1), {"fr": "minute", "en": "minute"}),
    (timedelta(seconds=1), {"fr": "seconde", "en": "second"}),
)
_DAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def _span(span: timedelta, language: str) -> str:
    unit, names = next(one for one in _UNITS if not span % one[0])
    number = span // unit
    # French says « 0 jour », English "0 days"
    is_one = number < 2 if language == "fr" else number == 1
    return f"{number} {names[language]}{'' if is_one else 's'}"


def _about(product: str | None, category: str | None) -> str:
    named = [one for one in (product, category) if one]
    return "".join(f" « {one} »" for one in named)


def _day(day: str, language: str) -> str:
    return _DAYS_FR[localtime.WEEKDAYS.index(day)] if language == "fr" else day.capitalize()


def _either(parts: list[str], language: str) -> str:
    return {"fr": " ou ", "en": " or "}[language].join(parts)


def _wrapped(part: Condition, language: str) -> str:
    said = part.words(language)
    return f"({said})" if isinstance(part, (All, AnyOf)) else said
