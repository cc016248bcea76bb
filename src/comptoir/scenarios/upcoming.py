"""What waiting runs will wish for, as it looks now: so that a worse message does not take their room today."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from comptoir.clock import instant, micros
from comptoir.ids import hex64
from comptoir.model.message import Arm, Candidate, MessageClass
from comptoir.pressure.ahead import Announcement
from comptoir.scenarios import definitions, runs
from comptoir.scenarios.acts import Send
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point
from comptoir.scenarios.runs import Run
from comptoir.scenarios.steps import Branch, Wait

_MOST_HOPS = 10


def of(
    connection: Connection,
    nodes: Collection[int],
    now: datetime,
    until: datetime,
    *,
    steps: StepNamed = by_entry_point,
) -> list[Announcement]:
    """Give the messages that runs of these nodes, waiting until then at the latest, are on their way to."""
    waiting = [
        run
        for run in runs.live_by_node(connection, nodes)
        if run.due_at is not None and run.due_at <= micros(until) and run.arm != Arm.CONTROL
    ]
    if not waiting:
        return []
    shelf = definitions.load(connection, steps=steps)
    found = []
    for run in waiting:
        definition = shelf.definitions.get((run.scenario, run.version))
        send = None if definition is None else _next_send(definition, run.step)
        if definition is not None and send is not None:
            found.append(_announcement(definition, run, send, now))
    return found


def _next_send(definition: Definition, step: str) -> Send | None:
    """Follow the straight way from a wait: conditions hold, everything else ends the look."""
    waiting = definition.program.get(step)
    if waiting is None or not isinstance(waiting.step, Wait):
        return None
    onward = waiting.after
    for _ in range(_MOST_HOPS):
        place = None if onward is None else definition.program[onward]
        if place is None or not isinstance(place.step, (Send, Branch)):
            return None
        if isinstance(place.step, Send):
            return place.step
        onward = place.into.get("then", place.after)
    return None


def _announcement(definition: Definition, run: Run, send: Send, now: datetime) -> Announcement:
    assert run.due_at is not None
    due = max(instant(run.due_at), now)
    wish = Candidate(
        message_id=f"coming:{hex64(run.enrollment_id)}",
        message_class=MessageClass(send.message_class) if send.message_class else definition.message_class,
        scenario=run.scenario,
        scenario_version=run.version,
        step=send.key,
        enrollment_id=run.enrollment_id,
        brand=run.brand,
        channel=send.channel,
        purpose=send.purpose,
        template="",
        discretion=definition.discretion,
        language="",
        node_id=run.node_id,
        profile_id="",
        contact=f"coming:{hex64(run.enrollment_id)}",
        occasion=hex64(run.enrollment_id),
        priority=definition.priority,
        expected_value=definition.expected_value,
        wished_at=due,
        expires_at=due + send.within,
        tags=send.tags or definition.tags,
    )
    return Announcement(wish=wish, due_at=due)
