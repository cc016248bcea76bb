"""Two live runs of one scenario and key of what is now one person: the older goes on, the other exits `merged`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from comptoir.model.message import Reason
from comptoir.scenarios import runs
from comptoir.scenarios.definitions import Shelf
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Turn

PERSONAL = frozenset({"person", "product"})
"""Keys that hold a person's name, which changes when people are joined."""
MERGED = "merged"


def is_personal(shelf: Shelf, run: Run) -> bool:
    """Say whether the key of a run holds a person's name."""
    definition = shelf.definitions.get((run.scenario, run.version))
    return definition is not None and definition.trigger.key in PERSONAL


def settle(turn: Turn, due: Sequence[Run]) -> list[Run]:
    """End the younger of twins that a merge of people made, and give those of `due` that go on."""
    personal = [run for run in due if is_personal(turn.shelf, run)]
    if not personal:
        return list(due)
    mine = {run.node_id for run in personal}
    kin = turn.hands.nodes_of(turn.connection, mine)
    others = {node for nodes in kin.values() for node in nodes} - mine
    joined = any(len(nodes & mine) > 1 for nodes in kin.values())
    if not others and not joined:
        return list(due)
    known = {run.enrollment_id: run for run in runs.live_by_node(turn.connection, others)}
    known |= {run.enrollment_id: run for run in personal}
    gone = younger(known.values(), kin, turn.shelf)
    for run in gone:
        run.end(runs.EXITED, MERGED, turn.at)
    turn.done.merged += len(gone)
    names = {run.enrollment_id for run in due}
    runs.save(turn.connection, [run for run in gone if run.enrollment_id not in names])
    ended_elsewhere(turn, [run.enrollment_id for run in gone if run.enrollment_id not in names])
    return [run for run in due if run.is_live]


def younger(known: Iterable[Run], kin: Mapping[int, frozenset[int]], shelf: Shelf) -> list[Run]:
    """Give all but the oldest of the runs of one scenario, person and thing it is about."""
    together: dict[tuple[str, str, int], list[Run]] = defaultdict(list)
    person = {node: min(nodes) for nodes in kin.values() for node in nodes}
    for run in known:
        if run.is_live and is_personal(shelf, run):
            together[run.scenario, run.about, person.get(run.node_id, run.node_id)].append(run)
    gone: list[Run] = []
    for some in together.values():
        gone += sorted(some, key=lambda run: (run.entered_at, run.enrollment_id))[1:]
    return gone


def ended_elsewhere(turn: Turn, enrollments: Sequence[int]) -> None:
    """Take back what ended runs had queued."""
    turn.done.exited += len(enrollments)
    turn.hands.pressure.cancel(turn.connection, enrollments=enrollments, reason=Reason.EXITED, now=turn.now)
