"""What a tick's tables tell segments: who is named, by what, and whether it is history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.segments.relations import STATEMENTS


class Heard(TypedDict):
    """The fields of `follow.News` that a tick's tables give."""

    nodes: frozenset[int]
    quiet: frozenset[int]
    heard: frozenset[str]
    events: frozenset[str]


def of(tables: Mapping[str, pa.Table]) -> Heard:
    """Read what tables of a tick tell."""
    nodes: set[int] = set()
    loud: set[int] = set()
    for table in tables.values():
        is_loud = pc.invert(table["historical"]) if "historical" in table.column_names else None
        for column in ("node_id", "browser_node"):
            if column in table.column_names:
                named = _distinct(table[column])
                nodes |= named
                loud |= named if is_loud is None else _distinct(table[column].filter(is_loud))
    if "consents" in tables:
        contacts = _contacts(tables["consents"])
        nodes |= contacts
        loud |= contacts
    heard = {name for name, table in tables.items() if len(table)}
    if says_traits(tables):
        heard.add(STATEMENTS)
    events = pc.unique(tables["events"]["name"]).to_pylist() if len(tables.get("events", ())) else []
    return Heard(
        nodes=frozenset(nodes - {0}), quiet=frozenset(nodes - loud - {0}), heard=frozenset(heard),
        events=frozenset(events),
    )  # fmt: skip


def says_traits(tables: Mapping[str, pa.Table]) -> bool:
    """Say whether somebody states a trait."""
    if len(tables.get("contact_records", ())):
        return True
    events = tables.get("events")
    return bool(events is not None and len(events) and pc.any(pc.not_equal(events["traits"], "{}")).as_py())


def _contacts(consents: pa.Table) -> set[int]:
    """Give the nodes of the contact points that statements are about."""
    kinds = set(IdentifierKind)
    pairs = zip(consents["contact_kind"].to_pylist(), consents["contact"].to_pylist(), strict=True)
    return {node_of(kind, contact) for kind, contact in pairs if kind in kinds}


def _distinct(column: pa.ChunkedArray) -> set[int]:
    found: set[int] = set(pc.drop_null(pc.unique(column)).to_pylist())
    return found
