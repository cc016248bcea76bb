"""What a tick saw of people: nodes, claims that two are one, traits. Collecting makes them, identity reads them."""

from __future__ import annotations

from typing import NamedTuple


class NodeSeen(NamedTuple):
    """An identifier was seen. Units: `occurred_at` in microseconds since 1970."""

    node_id: int
    kind: str
    value: str
    occurred_at: int
    source: str = ""
    """Where it was seen, if this is when it was first seen."""


class LinkClaim(NamedTuple):
    """
    Somebody says that two nodes are one person.

    `reason` is event, identify, alias, import, receipt, click, correction or manual; `trust` is claimed or confirmed.
    """

    a: int
    b: int
    reason: str
    trust: str
    occurred_at: int
    message_id: str


class TraitSeen(NamedTuple):
    """A trait of a node was stated, as exact JSON text."""

    node_id: int
    name: str
    value_json: str
    occurred_at: int
    message_id: str
    trust: str
    source: str = ""
    brand: str = ""
