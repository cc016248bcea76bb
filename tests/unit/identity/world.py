"""What the tests of identity share: an empty state, a few identifiers by name, and what can be said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from comptoir.identity import rows, store
from comptoir.identity.links import Cut, Link
from comptoir.identity.resolve import partition
from comptoir.identity.rules import PER_PROFILE, Rules
from comptoir.model.identifier import IdentifierKind, NodeId, node_of
from comptoir.model.sighting import LinkClaim, NodeSeen
from comptoir.state.base import State, metadata

NAMES = (
    [("account", name) for name in ("ann", "ben", "cid")]
    + [("email", name) for name in ("ann@shop.example", "both@shop.example", "cid@shop.example")]
    + [("phone", "+33612"), ("loyalty_card", "c1"), ("device", "d1")]
    + [("anonymous", name) for name in ("b1", "b2", "b3", "b4")]
)
NODES: dict[int, tuple[str, str]] = {node_of(kind, value): (kind, value) for kind, value in NAMES}
KINDS: dict[int, str] = {node: kind for node, (kind, _) in NODES.items()}
TIGHT = Rules(per_profile=dict(PER_PROFILE) | {IdentifierKind.EMAIL: 2, IdentifierKind.ANONYMOUS: 2})
"""Guard rails that a handful of identifiers can already touch."""


OURS = rows.TABLES


def open_in_memory() -> State:
    engine = create_engine("sqlite://", poolclass=StaticPool, execution_options={"isolation_level": "AUTOCOMMIT"})
    metadata.create_all(engine, tables=OURS)
    return State(engine)


_places: dict[str, State] = {}


@contextmanager
def lend(place: str = "one") -> Iterator[Connection]:
    """Lend an empty identity store: made once and wiped, because laws ask for thousands."""
    state = _places.setdefault(place, _places.get(place) or open_in_memory())
    with state.write() as connection:
        for table in OURS:
            connection.execute(table.delete())
        yield connection


def node(text: str) -> NodeId:
    kind, _, value = text.partition(":")
    return node_of(kind, value)


def seen(*texts: str, at: int = 0) -> list[NodeSeen]:
    return [NodeSeen(node(text), text.partition(":")[0], text.partition(":")[2], at) for text in texts]


def claim(a: str, b: str, at: int, *, reason: str = "event", trust: str = "claimed", message: str = "") -> LinkClaim:
    return LinkClaim(node(a), node(b), reason, trust, at, message or f"m{at}")


def seen_in(claims: Iterable[LinkClaim]) -> list[NodeSeen]:
    return [NodeSeen(one, *NODES[one], claim.occurred_at) for claim in claims for one in (claim.a, claim.b)]


def tick(connection: Connection, number: int, claims: list[LinkClaim], rules: Rules = TIGHT) -> store.Applied:
    return store.apply(
        connection,
        tick_id=number,
        spool="front",
        offset_after=number,
        nodes=seen_in(claims),
        links=claims,
        traits=[],
        rules=rules,
    )


def persons(connection: Connection) -> set[frozenset[int]]:
    """Give the groups as they are kept."""
    groups: dict[int, set[int]] = {}
    for row in connection.execute(rows.nodes.select()):
        groups.setdefault(row.founder, set()).add(row.node_id)
    return {frozenset(group) for group in groups.values()}


def persons_from_scratch(connection: Connection, rules: Rules = TIGHT) -> set[frozenset[int]]:
    """Give the groups as the pure function makes them of all that is kept."""
    kinds = {row.node_id: row.kind for row in connection.execute(rows.nodes.select())}
    links = [
        Link(row.occurred_at, row.message_id, row.weakness, row.a, row.b, row.reason, row.trust, row.recorded)
        for row in connection.execute(rows.links.select())
    ]
    cuts = [Cut(row.a, row.b, row.recorded, row.at, row.by) for row in connection.execute(rows.cuts.select())]
    return set(partition([link for link in links if link.a in kinds and link.b in kinds], cuts, rules, kinds=kinds))


def group_rows(connection: Connection) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in connection.execute(rows.groups.select()))


@st.composite
def claims(draw: st.DrawFn, *, by_hand: bool = False) -> LinkClaim:
    a = draw(st.sampled_from(sorted(NODES)))
    b = draw(st.sampled_from(sorted(set(NODES) - {a})))
    reasons = ["event", "identify", "alias", "import", "click"] + (["manual"] if by_hand else [])
    reason = draw(st.sampled_from(reasons))
    trust = draw(st.sampled_from(["claimed", "confirmed"]))
    at = draw(st.integers(0, 6))
    return LinkClaim(a, b, reason, trust, at, draw(st.sampled_from(["m1", "m2", "m3"])))


histories = st.lists(claims(), max_size=24)
