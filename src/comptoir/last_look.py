"""What the sender asks of a message at its last look: what was said since, at the desk or by others, that stops it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, or_, select

from comptoir.clock import Clock, micros
from comptoir.messaging.base import SaidSince
from comptoir.messaging.outward import PAUSED
from comptoir.messaging.overlay import Hold
from comptoir.messaging.rows import suppressions
from comptoir.messaging.suppression import hash_of
from comptoir.model.message import MessageClass, Reason
from comptoir.privacy.rows import pauses
from comptoir.scenarios import live, runs
from comptoir.scenarios.rows import enrollments, scenarios
from comptoir.state import rows
from comptoir.state.statement import Statement


def said_since(clock: Clock) -> SaidSince:
    """
    Give what the sender asks of a message at its last look (`messaging.base.SaidSince`).

    It is one statement for all: beside many conversations each more costs as much as the half of a look.
    """

    def ask(connection: Connection, row: Mapping[str, Any]) -> Reason | Hold | None:
        ((barred_at, is_paused, state, status, until),) = _SAID_SINCE.rows(
            connection, contact_hash=hash_of(row["contact"]), name=PAUSED,
            scenario=row["scenario"], enrollment_id=row["enrollment_id"],
            contact=row["contact"], brand=row["brand"], channel=row["channel"],
        )  # fmt: skip
        if barred_at is not None:
            return Reason.SUPPRESSED_SINCE
        if is_paused is not None and bytes(is_paused) == b"1":
            return Hold.WAIT
        # no scenario is behind a mail that asks to confirm a consent
        if state is not None and not live.lives(row, state, ()):
            return Reason.SCENARIO_STOPPED
        if state is not None and status == runs.EXITED and not live.lives(row, state, {row["enrollment_id"]}):
            return Reason.EXITED
        if (until or 0) > micros(clock.now()) and MessageClass(row["message_class"]).is_marketing:
            return Reason.PAUSED if until >= row["expires_at"] else Hold.WAIT
        return None

    return ask


_p, _b = pauses.c, suppressions.c
_SAID_SINCE = Statement(
    select(
        select(_b.at)
        .where(
            _b.contact_hash == bindparam("contact_hash"),
            _b.channel == bindparam("channel"),
            or_(_b.brand == literal_column("''"), _b.brand == bindparam("brand")),
        )
        .limit(literal_column("1"))
        .scalar_subquery(),
        select(rows.values.c.value).where(rows.values.c.name == bindparam("name")).scalar_subquery(),
        select(scenarios.c.state).where(scenarios.c.scenario == bindparam("scenario")).scalar_subquery(),
        select(enrollments.c.status).where(enrollments.c.enrollment_id == bindparam("enrollment_id")).scalar_subquery(),
        select(_p.until_at)
        .where(_p.contact == bindparam("contact"), _p.brand == bindparam("brand"), _p.channel == bindparam("channel"))
        .order_by(_p.seq.desc())
        .limit(literal_column("1"))
        .scalar_subquery(),
    )
)
