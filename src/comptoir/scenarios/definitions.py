"""The shelf of definitions: publish a version, pause and resume, list and show; and those that ship with Comptoir."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.messaging import render
from comptoir.scenarios.fields import BadDefinition
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point, parse
from comptoir.scenarios.rows import enrollments, scenario_versions, scenarios

LIVE = "live"
PAUSED = "paused"


class ScenarioNotFound(ComptoirError, LookupError):
    """No scenario has this name."""

    code, status = "scenario_not_found", 404
    hint = "List the scenarios with `comptoir scenario list`."


class VersionTaken(ComptoirError):
    """This version was published before, with other words or steps."""

    code, status = "scenario_version_taken", 409
    hint = "Raise `version:` by one; people in flight finish on theirs."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All published definitions by (scenario, version), and which of them start new runs."""

    definitions: dict[tuple[str, int], Definition]
    live: tuple[Definition, ...]
    running: frozenset[str]


def publish(connection: Connection, text: str, now: datetime, *, steps: StepNamed = by_entry_point) -> Definition:
    """
    Publish a definition: new runs get it, people in flight finish on theirs. Publishing the same text twice is once.

    Raises: BadDefinition; VersionTaken where the version exists with another text.
    """
    definition = parse(text, steps=steps)
    for template, languages in definition.words.items():
        for language, words in languages.items():
            problem = render.check(words)
            if problem is not None:
                raise BadDefinition(
                    what=problem, where=f"words.{template}.{language}", mend="see the names words may use"
                )
    former = connection.execute(
        select(scenario_versions.c.definition).where(
            scenario_versions.c.scenario == definition.scenario, scenario_versions.c.version == definition.version
        )
    ).scalar()
    if former is not None and former != text:
        raise VersionTaken(scenario=definition.scenario, version=definition.version)
    at = micros(now)
    row = {"scenario": definition.scenario, "version": definition.version, "definition": text, "published_at": at}
    connection.execute(upsert(scenario_versions).values(row).on_conflict_do_nothing())
    new = upsert(scenarios).values(
        scenario=definition.scenario, live_version=definition.version, state=LIVE, changed_at=at
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["scenario"], set_={"live_version": new.excluded.live_version, "changed_at": at}
        )
    )
    return definition


def pause(connection: Connection, scenario: str, now: datetime) -> None:
    """Stop a scenario: nothing starts, nothing leaves; waits go on. Raises: ScenarioNotFound."""
    _set_state(connection, scenario, PAUSED, now)


def resume(connection: Connection, scenario: str, now: datetime) -> None:
    """Let a paused scenario run again. Raises: ScenarioNotFound."""
    _set_state(connection, scenario, LIVE, now)


def listing(connection: Connection) -> list[dict[str, object]]:
    """List the scenarios with how many runs are live. Order: by name."""
    live = (
        select(enrollments.c.scenario, func.count().label("waiting"))
        .where(enrollments.c.status == "live")
        .group_by(enrollments.c.scenario)
        .subquery()
    )
    asked = (
        select(scenarios, live.c.waiting)
        .outerjoin(live, live.c.scenario == scenarios.c.scenario)
        .order_by(scenarios.c.scenario)
    )
    return [
        {
            "scenario": row.scenario,
            "version": row.live_version,
            "state": row.state,
            "waiting": row.waiting or 0,
            "changed_at": instant(row.changed_at).isoformat(),
        }
        for row in connection.execute(asked)
    ]


def show(connection: Connection, scenario: str) -> dict[str, object]:
    """Give one scenario with its live definition's text and its runs by step. Raises: ScenarioNotFound."""
    one = next((row for row in listing(connection) if row["scenario"] == scenario), None)
    if one is None:
        raise ScenarioNotFound(scenario=scenario)
    text = connection.execute(
        select(scenario_versions.c.definition).where(
            scenario_versions.c.scenario == scenario, scenario_versions.c.version == one["version"]
        )
    ).scalar_one()
    e = enrollments.c
    counted = connection.execute(
        select(e.version, e.step, e.status, e.exit_reason, func.count().label("runs"))
        .where(e.scenario == scenario)
        .group_by(e.version, e.step, e.status, e.exit_reason)
        .order_by(e.version, e.step, e.status, e.exit_reason)
    ).mappings()
    return one | {"definition": text, "runs": [dict(row) for row in counted]}


def load(connection: Connection, *, steps: StepNamed = by_entry_point) -> Shelf:
    """Read every published definition."""
    v = scenario_versions.c
    found = {
        (row.scenario, row.version): parse(row.definition, steps=steps)
        for row in connection.execute(select(v.scenario, v.version, v.definition))
    }
    states = connection.execute(select(scenarios.c.scenario, scenarios.c.live_version, scenarios.c.state)).all()
    running = [row for row in states if row.state == LIVE]
    return Shelf(
        definitions=found,
        live=tuple(found[row.scenario, row.live_version] for row in sorted(running, key=lambda row: str(row.scenario))),
        running=frozenset(row.scenario for row in running),
    )


def shipped() -> dict[str, str]:
    """Give the texts of the scenarios that ship with Comptoir, by name. Order: by name."""
    folder = files("comptoir.scenarios") / "library"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8") for one in found}


def _set_state(connection: Connection, scenario: str, state: str, now: datetime) -> None:
    done = connection.execute(
        update(scenarios).where(scenarios.c.scenario == scenario).values(state=state, changed_at=micros(now))
    )
    if done.rowcount == 0:
        raise ScenarioNotFound(scenario=scenario)
