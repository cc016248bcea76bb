"""The people of the shop as records that can be compared: a row a person, from what is known of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec
import pyarrow as pa
from sqlalchemy import Connection, bindparam, func, select

from comptoir.identity import rows
from comptoir.model.identifier import IdentifierKind
from comptoir.quality import fields
from comptoir.state.statement import Statement

ID = "node"
"""Column: the node after which a person is named, as text."""
_COLUMNS_OF: Mapping[str, str] = {
    "first_name": "first_name", "last_name": "last_name", "name": "name", "birth_on": "birth_date", "email": "email",
    "phone": "phone", "gender": "gender", "civility": "gender", "street": "address", "address": "address",
    "postal_code": "postal_code", "city": "town", "country": "country",
}  # fmt: skip
_TRAITS = {name: column for trait, column in _COLUMNS_OF.items() for name in (trait, *fields.spellings(trait))}
"""Names of traits, however they are spelled, and the column each goes into; the first that is stated fills it."""
_COLUMNS = tuple(dict.fromkeys(_COLUMNS_OF.values()))
_CONTACTS = {IdentifierKind.EMAIL.value: "email", IdentifierKind.PHONE.value: "phone"}
_COLUMN_OF = {"full_name": "name", "region": "country"}
_NAMES = frozenset({"first_name", "last_name", "name"})


def gather(connection: Connection) -> pa.Table:
    """
    Gather the people who have a name and something else to tell them by.

    Grain: one row a person. Order: as they arrived.
    """
    known: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for founder, name, value_json in _STATED.stream(connection, names=msgspec.json.encode(list(_TRAITS)).decode()):
        _take(known[founder], name, msgspec.json.decode(value_json))
    kinds = msgspec.json.encode(list(_CONTACTS)).decode()
    for founder, kind, value in _REACHED.stream(connection, kinds=kinds):
        if founder in known:
            known[founder].setdefault(_CONTACTS[kind], value)
    people = [(founder, one) for founder, one in known.items() if len(one) > 1 and not _NAMES.isdisjoint(one)]
    columns = {name: pa.array([one.get(name) for _, one in people], pa.string()) for name in _COLUMNS}
    return pa.table({ID: pa.array([str(founder) for founder, _ in people], pa.string())} | columns)


def told(traits: Mapping[str, object], identifiers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give one person as a record: what stands in each column."""
    known: dict[str, str] = {}
    for name in _TRAITS:
        if name in traits:
            _take(known, name, traits[name])
    for kind, value in identifiers:
        if kind in _CONTACTS:
            known.setdefault(_CONTACTS[kind], value)
    return known


def column_of(field: str) -> str:
    """Give the column that a field of the model was read from."""
    return _COLUMN_OF.get(field, field)


def _take(known: dict[str, str], name: str, value: object) -> None:
    for trait, one in value.items() if isinstance(value, dict) else [(name, value)]:
        if trait in _TRAITS and isinstance(one, str | int) and str(one).strip():
            known.setdefault(_TRAITS[trait], str(one))


_node, _trait = rows.nodes.c, rows.traits.c
_listed = func.json_each(bindparam("names")).table_valued("value")
_kinds = func.json_each(bindparam("kinds")).table_valued("value")
_STATED = Statement(
    select(_node.founder, _trait.name, _trait.value_json)
    .select_from(rows.nodes.join(rows.traits, _trait.node_id == _node.node_id))
    .where(_trait.name.in_(select(_listed.c.value)))
    .order_by(_node.founder, _trait.trust.desc(), _trait.occurred_at.desc(), _trait.message_id.desc(), _trait.name)
)
_REACHED = Statement(
    select(_node.founder, _node.kind, _node.value)
    .where(_node.kind.in_(select(_kinds.c.value)))
    .order_by(_node.founder, _node.seq)
)
