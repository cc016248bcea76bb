"""What steps wish for beside messages: calls, alerts, traits, goals, draws; written in the transaction of the walk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from comptoir.identity.rows import nodes
from comptoir.ids import hex64
from comptoir.messaging import reporting
from comptoir.model.event import ENVELOPE_VERSION, Line, Record, Trust, Type
from comptoir.model.identifier import IdentifierKind
from comptoir.model.scenario import Alert, Call, Claim, Drawn, Reached
from comptoir.scenarios import alerts
from comptoir.scenarios.propose import Wish
from comptoir.scenarios.rows import draws, goals
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Turn

_AS_TRAIT = frozenset({IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.LOYALTY_CARD})
_AT_ONCE = 500


def remember(run: Run, drawn: Drawn) -> None:
    """Keep a draw on its run, so that it goes the same way for ever."""
    run.drawn = msgspec.json.encode({**run.draws, run.step: drawn.arm}).decode()


def do(turn: Turn, wishes: Sequence[Wish]) -> None:
    """Do what is wished for."""
    if not wishes:
        return
    calls = [(wish, wish.effect) for wish in wishes if isinstance(wish.effect, Call)]
    for wish, call in calls:
        _call(turn, wish, call)
    claims = [(wish, wish.effect) for wish in wishes if isinstance(wish.effect, Claim)]
    _claim(turn, claims)
    _note_goals(turn, [(wish, wish.effect) for wish in wishes if isinstance(wish.effect, Reached)])
    _note_draws(turn, [(wish, wish.effect) for wish in wishes if isinstance(wish.effect, Drawn)])
    raised = [(wish, wish.effect) for wish in wishes if isinstance(wish.effect, Alert)]
    if raised:
        alerts.raised(turn, raised)


def _call(turn: Turn, wish: Wish, call: Call) -> None:
    if turn.hands.call is None:
        return
    run = wish.run
    body = {
        "scenario": run.scenario,
        "version": run.version,
        "step": wish.step,
        "enrollment_id": hex64(run.enrollment_id),
        "brand": run.brand,
        "profile_id": wish.world.profile_id,
        "key": run.key,
        "cart_id": run.cart_id,
        "at": turn.now.isoformat(),
        **call.body,
    }
    name = "w" + wish.name
    turn.hands.call(turn.connection, call_id=name, endpoint=call.endpoint, kind=call.kind, body=body, now=turn.now)
    turn.done.calls += 1


def _claim(turn: Turn, claims: Sequence[tuple[Wish, Claim]]) -> None:
    known = _identifiers(turn.connection, {wish.run.node_id for wish, _ in claims})
    lines = []
    for wish, claim in claims:
        named = _names(*known[wish.run.node_id]) if wish.run.node_id in known else None
        if named is not None:
            lines.append(_line(turn, wish, claim, named))
    reporting.queue(turn.connection, lines)


def _line(turn: Turn, wish: Wish, claim: Claim, named: Mapping[str, str]) -> Line:
    who = {name: named[name] for name in ("user_id", "anonymous_id") if name in named}
    by_trait = {name: value for name, value in named.items() if name not in who}
    return Line(
        v=ENVELOPE_VERSION,
        type=Type.RECORD.value,
        source=reporting.SOURCE,
        brand=wish.run.brand,
        received_at=turn.at,
        trust=Trust.CONFIRMED.value,
        dialect=reporting.SOURCE,
        message_id=f"trait:{wish.name}:{claim.trait}",
        name=Record.CONTACT.value,
        timestamp=turn.at,
        traits=msgspec.Raw(msgspec.json.encode({**by_trait, claim.trait: claim.value})),
        user_id=who.get("user_id"),
        anonymous_id=who.get("anonymous_id"),
    )


def _names(kind: str, value: str) -> Mapping[str, str] | None:
    """Say under which field a line states an identifier; None for a kind that no line states."""
    if kind == IdentifierKind.ACCOUNT:
        return {"user_id": value}
    if kind == IdentifierKind.ANONYMOUS:
        return {"anonymous_id": value}
    return {kind: value} if kind in _AS_TRAIT else None


def _identifiers(connection: Connection, asked: Collection[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    wanted = sorted(asked)
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(nodes.c.node_id, nodes.c.kind, nodes.c.value).where(
            nodes.c.node_id.in_(wanted[start : start + _AT_ONCE])
        )
        found |= {node: (kind, value) for node, kind, value in connection.execute(some)}
    return found


def _note_goals(turn: Turn, reached: Sequence[tuple[Wish, Reached]]) -> None:
    rows = [_head(wish) | {"goal": goal.goal, "reached_at": turn.at} for wish, goal in reached]
    if rows:
        turn.connection.execute(insert(goals).prefix_with("OR IGNORE"), rows)


def _note_draws(turn: Turn, drawn: Sequence[tuple[Wish, Drawn]]) -> None:
    rows = [
        _head(wish) | {"arm": draw.arm, "who": wish.world.profile_id or f"node:{wish.run.node_id}", "drawn_at": turn.at}
        for wish, draw in drawn
        if draw.is_experiment
    ]
    if rows:
        turn.connection.execute(insert(draws).prefix_with("OR IGNORE"), rows)


def _head(wish: Wish) -> dict[str, Any]:
    run = wish.run
    return {
        "enrollment_id": run.enrollment_id,
        "scenario": run.scenario,
        "version": run.version,
        "step": wish.step,
        "brand": run.brand,
        "node_id": run.node_id,
    }
