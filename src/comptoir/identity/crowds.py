"""Crowds: identifiers that so many people use that they can be nobody's own, such as a kiosk or a shop's own e-mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.identity import rows
from comptoir.identity.links import WEAK_FROM, WEAKNESS, Link
from comptoir.model.identifier import IdentifierKind
from comptoir.state.statement import IDS, Statement, as_set

CROWD = 50
"""Links beyond which an identifier is a crowd's: more than any family has."""
_ANY = max(WEAKNESS.values())
_PERSONAL = frozenset({IdentifierKind.ACCOUNT.value, IdentifierKind.EXTERNAL.value})
"""What one person alone has: however many browsers an account is seen on, it is no crowd."""


class Crowd(NamedTuple):
    """An identifier that joins nobody any more, or should not, and how many it was seen with."""

    kind: str
    value: str
    links: int


def notice(connection: Connection, fresh: Iterable[Link], kinds: Mapping[int, str], newcomers: Collection[int]) -> None:
    """Note which identifiers have become a crowd's by new links; one stays a crowd's, as its links stay."""
    met = Counter(node for link in fresh for node in link.pair if _counts(link, kinds[node]))
    maybe = [node for node, times in met.items() if times > CROWD or node not in newcomers]
    if not maybe:
        return
    known = {node for (node,) in _KNOWN.rows(connection, ids=as_set(maybe))}
    found = [node for node in maybe if node not in known and _links_of(connection, node, kinds[node]) > CROWD]
    _NOTE.many(connection, [(node,) for node in found])


def listing(connection: Connection) -> list[Crowd]:
    """List the crowds. Order: the largest first."""
    found = [Crowd(kind, value, _links_of(connection, node, kind)) for node, kind, value in _CROWDS.rows(connection)]
    return sorted(found, key=lambda one: (-one.links, one.kind, one.value))


def _counts(link: Link, kind: str) -> bool:
    return kind not in _PERSONAL and link.weakness <= _weakest(kind)


def _weakest(kind: str) -> int:
    """Give the weakest links that count: many browsers of one e-mail are one person's, many accounts are not."""
    return _ANY if WEAKNESS[kind] >= WEAK_FROM else WEAK_FROM - 1


def _links_of(connection: Connection, node: int, kind: str) -> int:
    ((count,),) = _COUNT.rows(connection, node=node, weakest=_weakest(kind))
    return int(count)


_link, _node = rows.links.c, rows.nodes.c
_KNOWN = Statement(select(rows.crowds.c.node_id).where(rows.crowds.c.node_id.in_(IDS)))
_COUNT = Statement(
    select(func.count()).select_from(
        select(_link.a, _link.b)
        .where(or_(_link.a == bindparam("node"), _link.b == bindparam("node")))
        .where(_link.weakness <= bindparam("weakest"))
        .distinct()
        .subquery()
    )
)
_NOTE = Statement(insert(rows.crowds).on_conflict_do_nothing())
_CROWDS = Statement(
    select(_node.node_id, _node.kind, _node.value).join(rows.crowds, rows.crowds.c.node_id == _node.node_id)
)
