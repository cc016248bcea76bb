"""The scenarios that one person has been through, or is in now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select

from comptoir.clock import instant
from comptoir.ids import hex64
from comptoir.scenarios.rows import enrollments, scenarios
from comptoir.state.statement import IDS, as_set


def of(connection: Connection, nodes: Collection[int], *, most: int = 50) -> list[dict[str, Any]]:
    """List the runs of whoever these nodes are. Order: those still going on first, then the newest."""
    e = enrollments.c
    asked = (
        select(enrollments)
        .where(e.node_id.in_(IDS))
        .order_by(e.ended_at.is_not(None), e.entered_at.desc(), e.enrollment_id)
        .limit(most)
    )
    return [_told(dict(row)) for row in connection.execute(asked, {"ids": as_set(nodes)}).mappings()]


def of_carts(connection: Connection, cart_keys: Collection[str]) -> list[dict[str, Any]]:
    """List the runs that these carts began; `run` is the enrollment's own number. Order: the newest first."""
    e = enrollments.c
    asked = (
        select(enrollments)
        .where(e.scenario.in_(select(scenarios.c.scenario)), e.key.in_(IDS))
        .order_by(e.entered_at.desc(), e.enrollment_id)
    )
    rows = connection.execute(asked, {"ids": as_set(cart_keys)}).mappings()
    return [_told(dict(row)) | {"run": row["enrollment_id"]} for row in rows]


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "enrollment_id": hex64(row["enrollment_id"]),
        "scenario": row["scenario"],
        "version": row["version"],
        "brand": row["brand"],
        "step": row["step"],
        "status": row["status"],
        "exit_reason": row["exit_reason"],
        "arm": row["arm"],
        "cart_key": row["cart_key"],
        "entered_at": instant(row["entered_at"]),
        "due_at": None if row["due_at"] is None else instant(row["due_at"]),
        "ended_at": None if row["ended_at"] is None else instant(row["ended_at"]),
    }
