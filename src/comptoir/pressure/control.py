"""The universal control group: people who get no marketing at all, drawn once by a salted hash, and then kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import micros
from comptoir.ids import hash64
from comptoir.model.message import Candidate
from comptoir.pressure.rows import universal_draws
from comptoir.state.statement import LISTED, Statement, as_set

_WHOLE = 1 << 64


def draw(
    connection: Connection,
    wishes: Sequence[Candidate],
    kin: Mapping[int, frozenset[int]],
    *,
    share: float,
    salt: str,
    now: datetime,
) -> frozenset[str]:
    """
    Give the ids of the wishes whose person is in the group; people never drawn before are drawn now.

    A person's oldest draw stands, whatever the share is by now: so a merge moves nobody in or out of the group, and a
    cut gives each side its own again. Nobody is drawn while the share is 0, but who was drawn before stays drawn.
    """
    marketing = [one for one in wishes if one.message_class.is_marketing]
    if not marketing or (not share and connection.execute(_ANY).first() is None):
        return frozenset()
    nodes = {node for one in marketing for node in kin.get(one.node_id, frozenset({one.node_id}))}
    drawn = {node: (at, node, bool(held)) for node, held, at in _DRAWN.rows(connection, ids=as_set(nodes))}
    fresh: dict[int, bool] = {}
    held: set[str] = set()
    for one in sorted(marketing, key=lambda wish: wish.message_id):
        own = kin.get(one.node_id, frozenset({one.node_id}))
        first = min((drawn[node] for node in own if node in drawn), default=None)
        if first is None and share:
            who = one.profile_id or f"node:{min(own)}"
            is_held = draws(who, share=share, salt=salt)
            first = drawn[one.node_id] = (micros(now), one.node_id, is_held)
            fresh[one.node_id] = is_held
        if first is not None and first[2]:
            held.add(one.message_id)
    if fresh:
        rows = [{"node_id": node, "is_held": held, "drawn_at": micros(now)} for node, held in fresh.items()]
        connection.execute(upsert(universal_draws).on_conflict_do_nothing(), rows)
    return frozenset(held)


def draws(who: str, *, share: float, salt: str) -> bool:
    """Say on which side a person falls who was never drawn: the same person and share always on the same."""
    return (hash64("universal", salt, who) % _WHOLE) / _WHOLE < share


def drawn(connection: Connection) -> dict[int, bool]:
    """Give the nodes that were ever drawn, and whether their person was held out. For a whole replay."""
    return {node: bool(held) for node, held in connection.execute(select(_u.node_id, _u.is_held))}


_u = universal_draws.c
_ANY = select(_u.node_id).where(_u.is_held).limit(1)
_DRAWN = Statement(
    select(_u.node_id, _u.is_held, _u.drawn_at).select_from(LISTED.join(universal_draws, _u.node_id == LISTED.c.value))
)
