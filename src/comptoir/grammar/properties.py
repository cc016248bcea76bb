"""Questions about one value: an event's property or a person's trait. What is not known answers no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comptoir.grammar.fields import LARGEST, BadDefinition, Map
from comptoir.model import money

_ORDERED = frozenset({"at_least", "at_most"})
_OPERATORS = ("is", "is_not", "in", "not_in", "at_least", "at_most", "contains", "starts_with", "is_set")
_QUOTED: Mapping[str, str] = {"fr": "« {0} »", "en": "“{0}”"}
_SAID: Mapping[str, Mapping[str, str]] = {
    "is": {"fr": "est {0}", "en": "is {0}"},
    "is_not": {"fr": "n’est pas {0}", "en": "is not {0}"},
    "in": {"fr": "est parmi {0}", "en": "is one of {0}"},
    "not_in": {"fr": "n’est pas parmi {0}", "en": "is none of {0}"},
    "at_least": {"fr": "vaut au moins {0}", "en": "is at least {0}"},
    "at_most": {"fr": "vaut au plus {0}", "en": "is at most {0}"},
    "contains": {"fr": "contient {0}", "en": "contains {0}"},
    "starts_with": {"fr": "commence par {0}", "en": "begins with {0}"},
    "is_set": {"fr": "est renseigné", "en": "is known"},
}
_NOT_SET: Mapping[str, str] = {"fr": "n’est pas renseigné", "en": "is not known"}


@dataclass(frozen=True, slots=True)
class Test:
    """One question about a value: an operator and what it is compared with."""

    operator: str
    operand: tuple[str, ...]
    number: Decimal | None = None

    def holds(self, value: object) -> bool:
        """Answer it; a value that is missing, or of a kind that cannot be compared, is a no."""
        if self.operator == "is_set":
            return (value not in (None, "", [], {})) == (self.operand != ("false",))
        if value is None:
            return False
        if self.operator in _ORDERED:
            number = _number(value)
            if number is None or self.number is None:
                return False
            return number >= self.number if self.operator == "at_least" else number <= self.number
        if isinstance(value, dict):
            return False
        said = [_text(one) for one in value] if isinstance(value, list) else [_text(value)]
        return _COMPARE[self.operator](said, self.operand)

    def words(self, language: str) -> str:
        """Say it in words."""
        if self.operator == "is_set" and self.operand == ("false",):
            return _NOT_SET[language]
        return _SAID[self.operator][language].format(", ".join(_QUOTED[language].format(one) for one in self.operand))


_COMPARE = {
    "is": lambda said, operand: operand[0] in said,
    "in": lambda said, operand: any(one in operand for one in said),
    "is_not": lambda said, operand: operand[0] not in said,
    "not_in": lambda said, operand: all(one not in operand for one in said),
    "contains": lambda said, operand: any(operand[0] in one for one in said),
    "starts_with": lambda said, operand: any(one.startswith(operand[0]) for one in said),
}


@dataclass(frozen=True, slots=True)
class Where:
    """Questions about the properties of an event; all must hold. A name may be a path: `product.category`."""

    tests: tuple[tuple[str, Test], ...] = ()

    def holds(self, properties: Mapping[str, Any]) -> bool:
        """Answer them."""
        return all(test.holds(_at(properties, name)) for name, test in self.tests)

    def words(self, language: str) -> str:
        """Say them in words."""
        joint = {"fr": " et ", "en": " and "}[language]
        return joint.join(f"{name} {test.words(language)}" for name, test in self.tests)


ANYTHING = Where()


def read(value: object, where: str) -> Where:
    """Read `{property: value, other: {at_least: 5}}`. Raises: BadDefinition."""
    if not isinstance(value, Map):
        raise BadDefinition(what="a mapping is needed", where=where, mend="write `where: {category: lamps}`")
    return Where(tuple((name, read_test(said, f"{where}.{name}")) for name, said in value.items()))


def read_test(value: object, where: str) -> Test:
    """Read a value, a list of values, or a mapping with one operator. Raises: BadDefinition."""
    if isinstance(value, list):
        return _test("in", value, where)
    if not isinstance(value, Map):
        return _test("is", value, where)
    if len(value) != 1 or next(iter(value)) not in _OPERATORS:
        raise BadDefinition(what="one comparison is needed", where=where, mend="use one of " + ", ".join(_OPERATORS))
    (operator, operand), *_ = value.items()
    return _test(operator, operand, where)


def _test(operator: str, operand: object, where: str) -> Test:
    many = operand if isinstance(operand, list) else [operand]
    if not many or not all(isinstance(one, (str, int, bool)) for one in many):
        raise BadDefinition(what=f"`{operator}: {operand}` does not fit", where=where, mend="write a text or a number")
    if len(many) > 1 and operator not in {"in", "not_in"}:
        raise BadDefinition(what=f"`{operator}` takes one value", where=where, mend=f"use `in` instead of `{operator}`")
    number = _number(many[0]) if operator in _ORDERED else None
    if operator in _ORDERED and number is None:
        raise BadDefinition(what=f"`{operator}: {operand}` is no number", where=where, mend="write a number")
    if number is not None and abs(number) > LARGEST:
        mend = f"write a number of at most {LARGEST}"
        raise BadDefinition(what=f"`{operator}: {operand}` is too large", where=where, mend=mend)
    return Test(operator, tuple(_text(one) for one in many), number)


def _at(properties: Mapping[str, Any], path: str) -> object:
    if path in properties:
        return properties[path]
    found: object = properties
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (float, Decimal)):
        number = _number(value)
        return str(value) if number is None else f"{number.normalize():f}"
    return str(value)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    try:
        return money.parse(str(value))
    except ValueError:
        return None
