"""A computed trait: what is made of the things a person did or ordered, read from its definition and said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from comptoir.grammar import fields as grammar
from comptoir.grammar.fields import BadDefinition, Fields, Map
from comptoir.model.scenario import FormField
from comptoir.segments import parse
from comptoir.segments.base import Leaf
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.did import Did
from comptoir.segments.kinds.ordered import Ordered

MOST_ITEMS = 100
"""Items that a list may hold."""
DAY, AMOUNT, QUANTITY = "day", "amount", "quantity"
_ITEMS = 10


class Made(StrEnum):
    """What is made of the rows that count."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    MOST_FREQUENT = "most_frequent"
    FIRST = "first"
    LAST = "last"
    LIST = "list"
    DAYS_SINCE = "days_since"
    RATIO = "ratio"


OF_NUMBERS = frozenset({Made.SUM, Made.AVERAGE})
OF_TEXTS = frozenset({Made.MOST_FREQUENT, Made.LIST})
OF_NOTHING = frozenset({Made.COUNT, Made.DAYS_SINCE, Made.RATIO})
OF_VALUES = frozenset(Made) - OF_NOTHING
_OF_DID = ("category", "event", "product", DAY, QUANTITY, AMOUNT)
_OF_ORDERS = ("amount", "quantity", DAY, "category", "product", "channel", "coupon", "country")
VALUES = (DAY, AMOUNT, QUANTITY, "category", "product", "event", "channel", "coupon", "country")
"""What a trait may be made of beside properties of events."""
_KINDS: Mapping[str, type[Did | Ordered]] = {"did": Did, "ordered": Ordered}
_NOT_COUNTED = frozenset({"at_least", "at_most", "exactly", "measure", "of", "first_time"})
"""Fields of a condition that say how much of it is asked for: a trait says how much there is."""
_SAID: Mapping[Made, Mapping[str, str]] = {
    Made.COUNT: {"fr": "combien de fois la personne {0}", "en": "how often the person {0}"},
    Made.SUM: {"fr": "total de {1} quand la personne {0}", "en": "sum of {1} where the person {0}"},
    Made.AVERAGE: {"fr": "moyenne de {1} quand la personne {0}", "en": "average of {1} where the person {0}"},
    Made.MOST_FREQUENT: {"fr": "{1} qui revient le plus souvent quand la personne {0}",
                         "en": "{1} that comes most often where the person {0}"},
    Made.FIRST: {"fr": "{1} de la première fois où la personne {0}", "en": "{1} of the first time the person {0}"},
    Made.LAST: {"fr": "{1} de la dernière fois où la personne {0}", "en": "{1} of the last time the person {0}"},
    Made.LIST: {"fr": "liste de {1} quand la personne {0}", "en": "list of {1} where the person {0}"},
    Made.DAYS_SINCE: {"fr": "jours depuis que la personne {0}", "en": "days since the person {0}"},
    Made.RATIO: {"fr": "part de fois où la personne {0}, parmi celles où elle {2}",
                 "en": "share of the times the person {0} among those she {2}"},
}  # fmt: skip
_VALUES_SAID: Mapping[str, Mapping[str, str]] = {
    DAY: {"fr": "date", "en": "date"}, AMOUNT: {"fr": "montant", "en": "amount"},
    QUANTITY: {"fr": "quantité", "en": "quantity"}, "category": {"fr": "catégorie", "en": "category"},
    "product": {"fr": "produit", "en": "product"}, "event": {"fr": "évènement", "en": "event"},
    "channel": {"fr": "canal de vente", "en": "sales channel"}, "coupon": {"fr": "code de réduction", "en": "coupon"},
    "country": {"fr": "pays", "en": "country"},
}  # fmt: skip


class BadTrait(BadDefinition):
    """The definition of a computed trait cannot be read."""

    code, status = "bad_computed_trait", 400
    hint = "Mend what is named; docs/reference/computed-trait.md shows one of each kind."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """
    A computed trait: `made` of `value` over what `of` says; `over` is what a ratio divides by.

    `most` bounds a list.
    """

    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    brand: str | None
    made: Made
    value: str
    of: Did | Ordered
    over: Did | Ordered | None = None
    most: int = _ITEMS

    def words(self, language: str) -> str:
        """Say in words what it is."""
        over = self.over.words(language) if self.over is not None else ""
        quoted = {"fr": "« {0} »", "en": "“{0}”"}[language].format(self.value)
        value = _VALUES_SAID[self.value][language] if self.value in _VALUES_SAID else quoted
        return _SAID[self.made][language].format(self.of.words(language), value, over)


def read(text: str) -> Trait:
    """Read a computed trait from YAML or JSON. Raises: BadTrait."""
    try:
        return _read(grammar.load(text))
    except BadTrait:
        raise
    except BadDefinition as error:
        raise BadTrait(**error.facts) from error


def source_form(kind: str) -> tuple[FormField, ...]:
    """Describe the fields that say which rows count: those of the condition, without how much is asked of it."""
    return tuple(one for one in _KINDS[kind].form() if one.name not in _NOT_COUNTED)


def short_of(kind: str) -> str:
    """Name the field that is meant where a condition is written as one value."""
    return _KINDS[kind].short


def _read(top: Map) -> Trait:
    said = Fields(top, "trait")
    if said.whole("version") != 1:
        raise said.bad("version", said.raw("version"), "1")
    key = said.text("key")
    if not parse.is_key(key):
        raise said.bad("key", key, "small letters, digits, `-` and `_`, at most 63")
    made = Made(said.choice("make", tuple(Made)))
    of = _source(said, "from")
    found = Trait(
        key=key,
        name=parse.languages(said, "name"),
        description=parse.languages(said, "description") if said.has("description") else {},
        brand=said.text("brand") if said.has("brand") else None,
        made=made,
        value=_value(said, made, of),
        of=of,
        over=_source(said, "over") if made is Made.RATIO else None,
        most=_most(said, made),
    )
    said.done(known=("version", "key", "name", "description", "brand", "make", "value", "from", "over", "most"))
    return found


def _most(said: Fields, made: Made) -> int:
    if made is not Made.LIST or not said.has("most"):
        return _ITEMS
    most = said.whole("most", least=1)
    if most > MOST_ITEMS:
        raise said.bad("most", most, f"at most {MOST_ITEMS}")
    return most


def _value(said: Fields, made: Made, of: Did | Ordered) -> str:
    if made in OF_NOTHING:
        return ""
    value = said.text("value", DAY if made in {Made.FIRST, Made.LAST} else said.raw("value"))
    if isinstance(of, Ordered) and value not in _OF_ORDERS:
        raise said.bad("value", value, "one of " + ", ".join(_OF_ORDERS))
    if made in OF_NUMBERS and value in {DAY, "category", "event", "product", "channel", "coupon", "country"}:
        raise said.bad("value", value, f"a number: `{AMOUNT}`, `{QUANTITY}`, or a property that is one")
    if made not in OF_NUMBERS and value in {AMOUNT, QUANTITY}:
        raise said.bad("value", value, f"`make: sum` or `make: average` of `{value}`")
    if made in OF_TEXTS and value == DAY:
        raise said.bad("value", value, "`make: first` or `make: last` of days")
    if isinstance(of, Did) and value in {AMOUNT, QUANTITY} and not is_told_by_days(of):
        raise said.bad("value", value, "a property of the event: days know amounts by category only")
    return value


def is_told_by_days(of: Did) -> bool:
    """Say whether days of activity say enough: no product, no property, no hours."""
    return not (of.products or of.maker or of.where.tests or of.window.span)


def _source(said: Fields, name: str) -> Did | Ordered:
    value = said.raw(name)
    if not isinstance(value, Map) or len(value) != 1:
        raise BadDefinition(
            what="one condition is needed", where=f"{said.where}.{name}",
            mend="write `did: {event: Product Viewed}` or `ordered: {within: 365 days}`",
        )  # fmt: skip
    leaf = parse.condition_of(value)
    kind = leaf.kind if isinstance(leaf, Leaf) else None
    if not isinstance(kind, (Did, Ordered)):
        raise said.bad(name, next(iter(value)), "`did: {…}` or `ordered: {…}`")
    if kind.limits != limits.ONCE or kind.is_first or kind.measure not in {"times", "orders"}:
        raise said.bad(name, next(iter(value)), "only what is looked at: no limits, no `measure`, no `first_time`")
    return kind
