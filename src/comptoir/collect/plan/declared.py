"""A tracking plan as it is declared: which events a shop expects, with which properties, and who answers for them."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import yaml

from comptoir.errors import ComptoirError

LONGEST = 262_144
"""Characters of a plan's text."""
MOST_EVENTS = 1_000
MOST_PROPERTIES = 200
"""Of one event, those of its lists and objects included."""
_DEEPEST = 3
"""Lists in lists of a property that are looked into."""

Value = str | int | float | bool


class BadPlan(ComptoirError, ValueError):
    """This tracking plan cannot be read."""

    code, status = "bad_plan", 422
    hint = "`detail` names the place; docs/reference/tracking-plan.md shows every field with an example."


class Kind(StrEnum):
    """What a property's value is."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    LIST = "list"
    OBJECT = "object"
    ANY = "any"


class Then(StrEnum):
    """What becomes of an event that breaks its plan: it is counted in any case."""

    COUNT = "count"
    """Let through as it is."""
    STRIP = "strip"
    """Let through without the properties that do not fit."""
    REFUSE = "refuse"
    """Kept aside with the reason; it can be mended and sent in again."""


class Others(StrEnum):
    """What becomes of properties that the plan does not name."""

    IGNORE = "ignore"
    COUNT = "count"
    STRIP = "strip"


class Unplanned(StrEnum):
    """What becomes of track events that the plan does not name."""

    IGNORE = "ignore"
    COUNT = "count"
    REFUSE = "refuse"


class Naming(StrEnum):
    """How track events should be called."""

    ANY = "any"
    OBJECT_ACTION = "Object Action"
    """`Product Viewed`: the thing, then what was done to it, capitals first."""
    SNAKE = "snake_case"
    """`product_viewed`."""


class Property(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is expected under one name; `properties` are those of each member of a list, or of an object."""

    type: Kind = Kind.ANY
    required: bool = False
    one_of: list[Value] = []
    says: str = ""
    owner: str = ""
    properties: dict[str, Property] = {}


class Planned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    One event of the plan.

    Track events go by their own name; `page`, `screen`, `identify` and `group` by their type, the traits of the last
    two being their properties.
    """

    says: str = ""
    owner: str = ""
    then: Then = Then.COUNT
    others: Others = Others.IGNORE
    properties: dict[str, Property] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The events one brand expects."""

    naming: Naming = Naming.ANY
    unplanned: Unplanned = Unplanned.COUNT
    events: dict[str, Planned] = {}


def parse(text: str) -> Plan:
    """Read a plan from YAML. Raises: BadPlan, which says what and where."""
    if len(text) > LONGEST:
        raise BadPlan(what=f"longer than {LONGEST:,} characters")
    try:
        said = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader, without dates and aliases)
        plan = msgspec.convert(said if said is not None else {}, Plan)
    except yaml.YAMLError as error:
        raise BadPlan(what="this is no YAML", where=str(error).replace("\n", " ")[:300]) from error
    except RecursionError as error:
        raise BadPlan(what="nested too deep") from error
    except msgspec.ValidationError as error:
        raise BadPlan(what=str(error)) from error
    check(plan)
    return plan


def check(plan: Plan) -> None:
    """Let pass a plan that can be followed. Raises: BadPlan."""
    if len(plan.events) > MOST_EVENTS:
        raise BadPlan(what=f"more than {MOST_EVENTS:,} events")
    for name, event in plan.events.items():
        if not name.strip():
            raise BadPlan(what="an event has no name")
        if _check(event.properties, f"events.{name}", 0) > MOST_PROPERTIES:
            raise BadPlan(what=f"more than {MOST_PROPERTIES} properties", where=f"events.{name}")


def render(plan: Plan) -> str:
    """Write a plan as YAML that `parse` reads back to the same."""
    said = msgspec.to_builtins(plan, str_keys=True)
    return str(yaml.dump({"events": {}} | said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


def _check(properties: dict[str, Property], where: str, depth: int) -> int:
    count = 0
    for name, one in properties.items():
        place = f"{where}.properties.{name}"
        if one.properties and one.type not in {Kind.LIST, Kind.OBJECT}:
            raise BadPlan(what="only a list or an object has properties of its own", where=place)
        if depth >= _DEEPEST:
            raise BadPlan(what="nested too deep", where=place)
        wrong = [value for value in one.one_of if not _fits(value, one.type)]
        if wrong:
            raise BadPlan(what=f"{wrong[0]!r} is no {one.type.value}", where=f"{place}.one_of")
        count += 1 + _check(one.properties, place, depth + 1)
    return count


def _fits(value: Value, kind: Kind) -> bool:
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind in {Kind.INTEGER, Kind.NUMBER}:
        wanted = int if kind is Kind.INTEGER else (int, float)
        return isinstance(value, wanted) and not isinstance(value, bool)
    return kind is Kind.ANY or (kind in {Kind.TEXT, Kind.INSTANT} and isinstance(value, str))


class _Dumper(yaml.SafeDumper):
    """Writes what cannot be seen, such as U+0085, as an escape: bare, it would be read back as the end of a line."""


def _written(dumper: yaml.SafeDumper, said: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style=None if said.isprintable() else '"')


_Dumper.add_representer(str, _written)


class _Loader(yaml.SafeLoader):
    """YAML's plain values; dates stay text, and nothing refers to anything."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases, by which a small text would become a large plan."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
