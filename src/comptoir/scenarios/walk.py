"""Walking: each due run goes as far as its facts let it, and what its steps wish for is done for all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from comptoir import localtime
from comptoir.clock import instant, micros
from comptoir.model.consent import ConsentKey, needed
from comptoir.model.message import ONSITE, Reason
from comptoir.model.scenario import (
    NOTHING_KNOWN,
    Drawn,
    Effect,
    Facts,
    Go,
    Leave,
    Proposal,
    Stay,
    Subject,
    WorldFacts,
)
from comptoir.scenarios import effects, merging, propose, runs
from comptoir.scenarios.parse import Definition, ExitRule
from comptoir.scenarios.propose import Wish
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Turn

_MOST_HOPS = 100
"""Steps one enrollment may take in one transaction; a circle of gotos waits a minute after it."""
_MINUTE = 60_000_000
_NOBODY_HAPPENED: frozenset[str] = frozenset()
_ENDS_WELL = frozenset({"done", "goal"})


@dataclass(slots=True, kw_only=True)
class Wished:
    """What the steps of many runs wish for."""

    messages: list[Wish] = field(default_factory=list)
    others: list[Wish] = field(default_factory=list)


def due(turn: Turn, found: Sequence[Run]) -> None:
    """Walk runs that are due, with all that follows, and write them back."""
    walking = merging.settle(turn, found)
    known = turn.facts_of([subject(turn, run) for run in walking])
    granted = _granted(turn, walking, known)
    wished = Wished()
    for run in walking:
        one(turn, run, known.get(run.enrollment_id, NOTHING_KNOWN), granted, wished)
    propose.all_of(turn, wished.messages, granted)
    effects.do(turn, wished.others)
    runs.save(turn.connection, found)
    runs.count(turn.connection, turn.passed)
    exited = [run.enrollment_id for run in found if run.status == runs.EXITED]
    turn.done.exited += len(exited)
    turn.hands.pressure.cancel(turn.connection, enrollments=exited, reason=Reason.EXITED, now=turn.now)


def one(turn: Turn, run: Run, world: WorldFacts, granted: frozenset[ConsentKey], wished: Wished) -> None:
    """Walk one run until it stays or ends."""
    definition = turn.shelf.definitions.get((run.scenario, run.version))
    if definition is None or run.step not in definition.program:
        run.end(runs.EXITED, "definition_lost", turn.at)
        return
    make = _Facts(turn, run, definition, world, granted)
    facts = make.facts()
    rule = exit_rule(definition, facts)
    if rule is not None:
        run.end(runs.EXITED, rule.reason, turn.at)
        return
    program = definition.program
    for _ in range(_MOST_HOPS):
        place = program[run.step]
        decision = place.step.decide(facts)
        if isinstance(decision, Stay):
            # never in the past, whatever a step says: a negative delay would spin
            run.due_at = max(micros(decision.until), turn.at + 1)
            run.waits_for = place.step.waits_for
            return
        turn.passed[run.scenario, run.version, run.step, run.brand] += 1
        if decision.effects and _leaves(turn, run, definition, facts=facts, wanted=decision.effects, wished=wished):
            return
        target = place.into.get(decision.branch, place.after) if decision.branch else place.after
        if target is None:
            run.end(runs.FINISHED, "done", turn.at)
            return
        run.step, run.arrived_at, run.happened, run.waits_for = target, turn.at, None, None
        facts = make.facts()
    run.due_at = turn.at + _MINUTE


def exit_rule(definition: Definition, facts: Facts) -> ExitRule | None:
    """Give the first exit rule whose condition holds."""
    return next((rule for rule in definition.exits if rule.condition is not None and rule.condition.holds(facts)), None)


def decide_at_once(turn: Turn, run: Run, definition: Definition) -> Go | Stay:
    """Ask the step a run stands at what it says without looking at the world, as a new action may prolong a wait."""
    make = _Facts(turn, run, definition, NOTHING_KNOWN, frozenset())
    return definition.program[run.step].step.decide(make.facts())


def check_exits(turn: Turn, heard: Sequence[Run]) -> None:
    """Ask the exit rules of runs that something happened to, in one question to the world."""
    asked = [run for run in heard if run.is_live and _has_conditions(turn, run)]
    if not asked:
        return
    known = turn.facts_of([subject(turn, run) for run in asked])
    granted = _granted(turn, asked, known)
    for run in asked:
        definition = turn.shelf.definitions[run.scenario, run.version]
        world = known.get(run.enrollment_id, NOTHING_KNOWN)
        rule = exit_rule(definition, _Facts(turn, run, definition, world, granted).facts())
        if rule is not None:
            run.end(runs.EXITED, rule.reason, turn.at)


def subject(turn: Turn, run: Run) -> Subject:
    """Say what to ask the world about a run."""
    definition = turn.shelf.definitions.get((run.scenario, run.version))
    if definition is None:
        return Subject(subject_id=run.enrollment_id, brand=run.brand, node_id=run.node_id, cart_key=run.cart_key)
    return subject_of(definition, run)


def subject_of(definition: Definition, run: Run) -> Subject:
    """Say what to ask the world about a run of a definition."""
    key = definition.trigger.key
    product = run.about if key == "product" else run.trigger.get("product_id") if definition.needs else None
    return Subject(
        subject_id=run.enrollment_id,
        brand=run.brand,
        node_id=run.node_id,
        cart_key=run.cart_key,
        needs=definition.needs,
        product_ids=(str(product),) if product else (),
        order_key=run.about if key == "order" else None,
        acted_at=run.last_action_at,
    )


def facts_of_people(
    turn: Turn, definition: Definition, brand: str, people: Sequence[tuple[int, WorldFacts]]
) -> list[Facts]:
    """Give the facts of people who are in no run, for the condition of an audience. Order: as they came."""
    strangers = [
        Run(place, definition.scenario, definition.version, brand, "", node, None, None, "", turn.at, turn.at, turn.at)
        for place, (node, _) in enumerate(people)
    ]
    granted = _granted(turn, strangers, {place: world for place, (_, world) in enumerate(people)})
    return [
        _Facts(turn, run, definition, world, granted).facts() for run, (_, world) in zip(strangers, people, strict=True)
    ]


class _Facts:
    """Makes the facts of one run, anew for each step it comes to."""

    def __init__(
        self, turn: Turn, run: Run, definition: Definition, world: WorldFacts, granted: frozenset[ConsentKey]
    ) -> None:
        self._now: datetime = turn.now
        self._at = turn.at
        self._run = run
        self._world = world
        self._consented = frozenset(
            pair
            for pair in definition.contacts_by
            for email in world.emails
            if ConsentKey(email, run.brand, pair[0], pair[1]) in granted
        )
        person = world.person
        brand_zone = turn.zones.get(run.brand, localtime.DEFAULT_ZONE)
        self._zone = localtime.zone_of_person(person.time_zone, person.country, brand_zone)
        self._brand_zone = brand_zone
        self._who = world.profile_id or f"node:{run.node_id}"
        self._salt = f"{turn.hands.salt}/{run.scenario}"
        self._entered = instant(run.entered_at)
        self._last = instant(run.last_action_at)

    def facts(self) -> Facts:
        """Give the facts at the step where the run stands."""
        run = self._run
        return Facts(
            now=self._now,
            entered_at=self._entered,
            arrived_at=self._now if run.arrived_at == self._at else instant(run.arrived_at),
            last_action_at=self._last,
            happened=frozenset((run.happened,)) if run.happened else _NOBODY_HAPPENED,
            consented=self._consented,
            world=self._world,
            trigger=run.trigger,
            zone=self._zone,
            brand_zone=self._brand_zone,
            who=self._who,
            salt=self._salt,
            drawn=run.draws,
        )


def _leaves(
    turn: Turn,
    run: Run,
    definition: Definition,
    *,
    facts: Facts,
    wanted: Sequence[Effect],
    wished: Wished,
) -> bool:
    """Note what a step wishes for; say whether the run ends by it."""
    for effect in wanted:
        if isinstance(effect, Leave):
            run.end(runs.FINISHED if effect.reason in _ENDS_WELL else runs.EXITED, effect.reason, turn.at)
            return True
        wish = Wish(run=run, step=run.step, arrived_at=run.arrived_at, definition=definition, effect=effect,
                    world=facts.world, zone=facts.zone)  # fmt: skip
        if isinstance(effect, Drawn):
            effects.remember(run, effect)
        (wished.messages if isinstance(effect, Proposal) else wished.others).append(wish)
    return False


def _has_conditions(turn: Turn, run: Run) -> bool:
    definition = turn.shelf.definitions.get((run.scenario, run.version))
    return definition is not None and any(rule.condition is not None for rule in definition.exits)


def _granted(turn: Turn, due_runs: Sequence[Run], known: Mapping[int, WorldFacts]) -> frozenset[ConsentKey]:
    keys: set[ConsentKey] = set()
    for run in due_runs:
        definition = turn.shelf.definitions.get((run.scenario, run.version))
        world = known.get(run.enrollment_id)
        if definition is not None and world is not None:
            for email in world.emails:
                keys.update(ConsentKey(email, run.brand, *pair) for pair in definition.contacts_by)
            if world.browser is not None:
                keys.add(needed(world.browser.anonymous_id, run.brand, "", ONSITE))
    return turn.hands.consents.granted(turn.connection, keys) if keys else frozenset()
