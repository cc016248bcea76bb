"""Hearing: what happened ends runs, wakes them, prolongs their waits, or begins new ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comptoir.clock import MICROSECOND, micros
from comptoir.model.message import Reason
from comptoir.model.scenario import Go, Happening
from comptoir.scenarios import merging, runs, walk
from comptoir.scenarios.merging import PERSONAL
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.runs import Former, Run, object_of
from comptoir.scenarios.turn import Turn

_NO_PROPERTIES: Mapping[str, Any] = {}


@dataclass(slots=True)
class Heard:
    """A happening beside its instant in microseconds and its properties, read when somebody asks."""

    happening: Happening
    at: int
    _said: Mapping[str, Any] | None = field(default=None)

    @property
    def said(self) -> Mapping[str, Any]:
        """Give its properties."""
        if self._said is None:
            text = self.happening.properties
            self._said = _NO_PROPERTIES if text == "{}" else object_of(text)
        return self._said

    def key_for(self, kind: str) -> tuple[str, str] | None:
        """Give the key of a run of this kind, and what it is about beside the person; None where it names none."""
        one = self.happening
        if kind == "cart":
            return (one.cart_key, one.cart_key) if one.cart_key else None
        if kind == "order":
            return (one.order_key, one.order_key) if one.order_key else None
        if not one.profile_id:
            return None
        if kind == "person":
            return one.profile_id, ""
        product = self.said.get("product_id")
        return (f"{one.profile_id}|{product}", str(product)) if product else None


def all_of(turn: Turn, happenings: Sequence[Happening]) -> None:
    """
    Take in what happened, in the order it happened.

    What concerns a run that must move first waits for the next round, so that it does not matter how ticks are cut.
    """
    names = frozenset().union(*(one.listens_to for one in turn.shelf.definitions.values()))
    waiting = sorted(
        (Heard(one, micros(one.occurred_at)) for one in happenings if one.name in names and not one.is_historical),
        key=lambda heard: (heard.at, heard.happening.message_id),
    )
    if not waiting:
        return
    floor = Floor(turn, waiting)
    while waiting:
        moving: set[int] = set()
        waiting = _round(turn, floor, waiting, moving)
        write(turn, floor)
        if waiting:
            walk.due(turn, [run for run in floor.all() if run.enrollment_id in moving and run.is_live])


def enroll(turn: Turn, definition: Definition, heard: Heard, floor: Floor) -> bool:
    """Begin a run for a key, or prolong the wait of the one that lives; say whether one began."""
    found = heard.key_for(definition.trigger.key)
    if found is None:
        return False
    key, about = found
    at = min(heard.at, turn.at)
    run = floor.live(definition, key, about, heard.happening.node_id)
    began = run is None
    if run is None:
        if turn.at - heard.at > turn.hands.trigger_age // MICROSECOND:
            turn.done.stale += 1
            return False
        if floor.is_resting(definition, key, about, heard.happening.node_id, at):
            return False
        run = floor.add(_new_run(definition, key, about, heard, at=at, now=turn.at))
        turn.done.enrolled += 1
    run.last_action_at = max(run.last_action_at, at)
    own = turn.shelf.definitions.get((run.scenario, run.version))
    place = own.program.get(run.step) if own is not None else None
    if own is not None and place is not None and (place.step.restarts or began):
        decision = walk.decide_at_once(turn, run, own) if place.step.restarts else Go()
        run.due_at = turn.at if isinstance(decision, Go) else max(micros(decision.until), turn.at + 1)
    return began


class Floor:
    """The enrollments that happenings may concern, found by key and by person, old and new."""

    def __init__(self, turn: Turn, heard: Sequence[Heard]) -> None:
        self._turn = turn
        kinds: dict[str, set[str]] = defaultdict(set)
        for (name, _), definition in turn.shelf.definitions.items():
            kinds[definition.trigger.key].add(name)
        has_people = any(kinds[kind] for kind in PERSONAL)
        nodes = {one.happening.node_id for one in heard if one.happening.node_id}
        if not has_people:
            nodes = {one.happening.node_id for one in heard if not one.happening.cart_key and one.happening.node_id}
        self.kin: Mapping[int, frozenset[int]] = turn.hands.nodes_of(turn.connection, nodes) if nodes else {}
        self._pairs = self._keys(kinds, heard)
        found = runs.live_by_key(turn.connection, self._pairs)
        found += runs.live_by_node(turn.connection, {node for some in self.kin.values() for node in some})
        self._runs: dict[int, Run] = {run.enrollment_id: run for run in found}
        self._by_node: dict[int, list[Run]] = defaultdict(list)
        self._by_key: dict[str, list[Run]] = defaultdict(list)
        self._latest: dict[tuple[str, str], Run] = {}
        for run in sorted(self._runs.values(), key=lambda run: (run.entered_at, run.enrollment_id)):
            self._place(run)
        self._ended: dict[tuple[str, str], runs.Ended] | None = None
        self._former: dict[int, list[Former]] | None = None

    def live(self, definition: Definition, key: str, about: str, node: int) -> Run | None:
        """Give the live run of a scenario and key; of twins the older, and the others end."""
        if definition.trigger.key not in PERSONAL:
            run = self._latest.get((definition.scenario, key))
            return run if run is not None and run.is_live else None
        mine = {run.enrollment_id: run for kin in self._kin_of(node) for run in self._by_node[kin]}
        mine |= {run.enrollment_id: run for run in self._by_key[key]}
        twins = sorted(
            (run for run in mine.values()
             if run.is_live and run.scenario == definition.scenario and run.about == about
             and merging.is_personal(self._turn.shelf, run)),
            key=lambda run: (run.entered_at, run.enrollment_id),
        )  # fmt: skip
        for run in twins[1:]:
            run.end(runs.EXITED, merging.MERGED, self._turn.at)
            self._turn.done.merged += 1
        return twins[0] if twins else None

    def is_resting(self, definition: Definition, key: str, about: str, node: int, at: int) -> bool:
        """
        Say whether a key may not begin again yet.

        A late event never reopens a run that ended after it; one that came to a wish to contact rests `again_after`.
        """
        span = definition.trigger.again_after // MICROSECOND
        for ended_at, was_eligible in self._endings(definition, key, about, node):
            if definition.trigger.is_once or at <= ended_at + (span if was_eligible else 0):
                return True
        return False

    def add(self, run: Run) -> Run:
        """Take a new run in, under a name that none here has."""
        while run.enrollment_id in self._runs:
            run.enrollment_id += 1
        self._runs[run.enrollment_id] = run
        self._place(run)
        return run

    def concerned(self, heard: Heard) -> list[Run]:
        """Give the live runs of the happening's cart or order, and of its person where they are not another cart's."""
        one = heard.happening
        found = {
            run.enrollment_id: run
            for key in (one.cart_key, one.profile_id, one.order_key)
            if key
            for run in self._by_key.get(key, ())
        }
        for node in self._kin_of(one.node_id):
            for run in self._by_node.get(node, ()):
                is_its_own = merging.is_personal(self._turn.shelf, run)
                if heard.at >= run.entered_at and (is_its_own or not one.cart_key):
                    found[run.enrollment_id] = run
        return [run for run in found.values() if run.is_live]

    def all(self) -> list[Run]:
        """Give all runs."""
        return list(self._runs.values())

    def _kin_of(self, node: int) -> Iterable[int]:
        return self.kin.get(node, ())

    def _keys(self, kinds: Mapping[str, set[str]], heard: Sequence[Heard]) -> set[tuple[str, str]]:
        keys: dict[str, set[str | None]] = {
            "cart": {one.happening.cart_key for one in heard},
            "order": {one.happening.order_key for one in heard},
            "person": {one.happening.profile_id for one in heard},
        }
        return {(name, key) for kind, some in keys.items() for name in kinds.get(kind, ()) for key in some if key}

    def _endings(self, definition: Definition, key: str, about: str, node: int) -> list[tuple[int, bool]]:
        scenario = definition.scenario
        if definition.trigger.key not in PERSONAL:
            if self._ended is None:
                self._ended = runs.last_ended(self._turn.connection, self._pairs)
            run, ended = self._latest.get((scenario, key)), self._ended.get((scenario, key))
            found = [] if ended is None else [(ended.at, ended.was_eligible)]
            if run is not None and run.ended_at is not None:
                found.append((run.ended_at, run.eligible_at is not None))
            return found
        if self._former is None:
            self._former = defaultdict(list)
            for one in runs.of_nodes(self._turn.connection, {node for some in self.kin.values() for node in some}):
                self._former[one.node_id].append(one)
        found = [
            (one.ended_at, one.was_eligible)
            for kin in self._kin_of(node)
            for one in self._former.get(kin, ())
            if one.scenario == scenario and one.about == about and one.ended_at is not None
        ]
        mine = {run.enrollment_id: run for kin in self._kin_of(node) for run in self._by_node[kin]}
        found += [
            (run.ended_at, run.eligible_at is not None)
            for run in mine.values()
            if run.scenario == scenario and run.about == about and run.ended_at is not None
        ]
        return found

    def _place(self, run: Run) -> None:
        self._by_node[run.node_id].append(run)
        self._by_key[run.key].append(run)
        if run.cart_key and run.cart_key != run.key:
            self._by_key[run.cart_key].append(run)
        self._latest[run.scenario, run.key] = run


def _round(turn: Turn, floor: Floor, waiting: Sequence[Heard], moving: set[int]) -> list[Heard]:
    """Take in what can be taken in before the runs that must move have moved; give what has to wait for them."""
    later: list[Heard] = []
    held: set[str] = set()
    touched: dict[int, Run] = {}
    for heard in waiting:
        one = heard.happening
        tokens = {token for token in (one.cart_key, one.profile_id) if token}
        concerned = floor.concerned(heard)
        if not held.isdisjoint(tokens) or any(run.enrollment_id in moving for run in concerned):
            held |= tokens
            later.append(heard)
            continue
        for run in concerned:
            _exit_or_wake(turn, run, heard)
            if one.name not in turn.shelf.definitions[run.scenario, run.version].trigger.events:
                touched[run.enrollment_id] = run
        for definition in turn.shelf.live:
            if (
                one.name in definition.trigger.events
                and definition.is_for(one.brand)
                and definition.trigger.starts(one.name, heard.said)
            ):
                enroll(turn, definition, heard, floor)
        moving |= {
            run.enrollment_id for run in floor.concerned(heard) if run.due_at is not None and run.due_at == turn.at
        }
    walk.check_exits(turn, list(touched.values()))
    return later


def _exit_or_wake(turn: Turn, run: Run, heard: Heard) -> None:
    definition = turn.shelf.definitions.get((run.scenario, run.version))
    if definition is None:
        return
    name = heard.happening.name
    rule = next((rule for rule in definition.exits if rule.event == name and rule.where.holds(heard.said)), None)
    if rule is not None:
        run.end(runs.EXITED, rule.reason, turn.at)
        return
    if run.waits_for == name and heard.at >= run.entered_at:
        place = definition.program.get(run.step)
        where = getattr(place.step, "where", None) if place is not None else None
        if where is None or where.holds(heard.said):
            run.happened, run.due_at = name, turn.at


def write(turn: Turn, floor: Floor) -> None:
    """Write back what was heard, and take back what ended runs had queued."""
    changed = floor.all()
    exited = [run for run in changed if run.status == runs.EXITED and run.was_in == runs.LIVE]
    turn.done.exited += len(exited)
    known = [run.enrollment_id for run in exited if not run.is_new]
    runs.save(turn.connection, changed)
    turn.hands.pressure.cancel(turn.connection, enrollments=known, reason=Reason.EXITED, now=turn.now)


def _new_run(definition: Definition, key: str, about: str, heard: Heard, *, at: int, now: int) -> Run:
    one = heard.happening
    return Run(
        enrollment_id=runs.name_of(definition.scenario, key, one.message_id, at),
        scenario=definition.scenario,
        version=definition.version,
        brand=one.brand,
        key=key,
        node_id=one.node_id,
        cart_key=one.cart_key,
        cart_id=one.cart_id,
        step=definition.first,
        entered_at=at,
        arrived_at=now,
        last_action_at=at,
        about=about,
        said=one.properties,
        is_new=True,
    )
