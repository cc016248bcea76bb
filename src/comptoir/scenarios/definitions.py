"""The shelf of definitions: publish a version, pause and resume, list and show; and those that ship with Comptoir."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import Connection, bindparam, case, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.grammar.fields import BadDefinition
from comptoir.ids import hex64
from comptoir.messaging import render
from comptoir.scenarios import calendar_marks, export
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point, parse
from comptoir.scenarios.rows import enrollments, scenario_versions, scenarios
from comptoir.state.statement import Statement

DRAFT = "draft"
LIVE = "live"
PAUSED = "paused"
ARCHIVED = "archived"


class ScenarioNotFound(ComptoirError, LookupError):
    """No scenario has this name."""

    code, status = "scenario_not_found", 404
    hint = "List the scenarios with `comptoir scenario list`."


class NotPublished(ComptoirError, LookupError):
    """This version of the scenario was never published, or there is no draft."""

    code, status = "scenario_not_published", 404
    hint = "`comptoir scenario show NAME` lists what there is."


class NeverPublished(ComptoirError):
    """This scenario is a draft: no version of it was ever published."""

    code, status = "scenario_never_published", 409
    hint = "Publish it first: `comptoir scenario publish FILE`."


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


def publish(
    connection: Connection, text: str, now: datetime, *, by: str = "", steps: StepNamed = by_entry_point
) -> Definition:
    """
    Publish a definition: new runs get it, people in flight finish on theirs. Publishing the same text twice is once.

    Raises: BadDefinition; VersionTaken where the version exists with another text.
    """
    definition = check(text, steps=steps)
    former = connection.execute(
        select(scenario_versions.c.definition).where(
            scenario_versions.c.scenario == definition.scenario, scenario_versions.c.version == definition.version
        )
    ).scalar()
    if former is not None and former != text:
        raise VersionTaken(scenario=definition.scenario, version=definition.version)
    at = micros(now)
    row = {
        "scenario": definition.scenario, "version": definition.version, "definition": text, "published_at": at,
        "published_by": by,
    }  # fmt: skip
    connection.execute(upsert(scenario_versions).values(row).on_conflict_do_nothing())
    new = upsert(scenarios).values(
        scenario=definition.scenario, live_version=definition.version, state=LIVE, changed_at=at
    )
    runs_again = case((scenarios.c.state == PAUSED, PAUSED), else_=LIVE)
    kept = case((scenarios.c.draft == text, None), else_=scenarios.c.draft)
    kept_revision = case((scenarios.c.draft == text, None), else_=scenarios.c.draft_revision)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["scenario"],
            set_={
                "live_version": new.excluded.live_version,
                "changed_at": at,
                "state": runs_again,
                "draft": kept,
                "draft_revision": kept_revision,
            },
        )
    )
    calendar_marks.announce(connection, definition, at)
    return definition


def check(text: str, *, steps: StepNamed = by_entry_point) -> Definition:
    """Read a definition and try its words, without writing anything. Raises: BadDefinition."""
    definition = parse(text, steps=steps)
    for template, languages in definition.words.items():
        for language, words in languages.items():
            problem = render.check(words, is_on_site=template in definition.on_site)
            if problem is not None:
                raise BadDefinition(
                    what=problem, where=f"words.{template}.{language}", mend="see the names words may use"
                )
    return definition


def text_of(connection: Connection, scenario: str, version: int | None = None) -> str:
    """
    Give a definition's text as it was published, by default of the live version; version 0 is the draft.

    Raises: ScenarioNotFound; NotPublished.
    """
    row = connection.execute(
        select(scenarios.c.live_version, scenarios.c.draft).where(scenarios.c.scenario == scenario)
    ).first()
    if row is None:
        raise ScenarioNotFound(scenario=scenario)
    wanted = row.live_version if version is None else version
    v = scenario_versions.c
    asked = select(v.definition).where(v.scenario == scenario, v.version == wanted)
    text = connection.execute(asked).scalar() if wanted else row.draft
    if text is None:
        raise NotPublished(scenario=scenario, version=wanted)
    return str(text)


def tidy_text_of(connection: Connection, scenario: str, version: int | None = None) -> str:
    """Give the same, written anew: today's format, one order of fields, the same bytes every time."""
    return export.tidy(text_of(connection, scenario, version))


def archive(connection: Connection, scenario: str, now: datetime) -> None:
    """Put a scenario away: nothing starts, nothing leaves; its runs stand still. Raises: ScenarioNotFound."""
    _set_state(connection, scenario, ARCHIVED, now)


def pause(connection: Connection, scenario: str, now: datetime) -> None:
    """Stop a scenario: nothing starts, nothing leaves; waits go on. Raises: ScenarioNotFound."""
    _set_state(connection, scenario, PAUSED, now)


def resume(connection: Connection, scenario: str, now: datetime) -> None:
    """Let a paused scenario run again. Raises: ScenarioNotFound; NeverPublished."""
    if connection.scalar(select(scenarios.c.live_version).where(scenarios.c.scenario == scenario)) == 0:
        raise NeverPublished(scenario=scenario)
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
    text = text_of(connection, scenario)
    e = enrollments.c
    counted = connection.execute(
        select(e.version, e.step, e.status, e.exit_reason, func.count().label("runs"))
        .where(e.scenario == scenario)
        .group_by(e.version, e.step, e.status, e.exit_reason)
        .order_by(e.version, e.step, e.status, e.exit_reason)
    ).mappings()
    return one | {"definition": text, "runs": [dict(row) for row in counted]}


def people(connection: Connection, scenario: str, *, status: str = "live", most: int = 50) -> list[dict[str, object]]:
    """List the runs of a scenario. Order: the newest first. Raises: ScenarioNotFound."""
    if connection.scalar(select(scenarios.c.scenario).where(scenarios.c.scenario == scenario)) is None:
        raise ScenarioNotFound(scenario=scenario)
    e = enrollments.c
    asked = select(enrollments).where(e.scenario == scenario).order_by(e.entered_at.desc(), e.enrollment_id).limit(most)
    if status:
        asked = asked.where(e.status == status)
    return [
        {
            "enrollment_id": hex64(row["enrollment_id"]),
            "version": row["version"],
            "brand": row["brand"],
            "key": row["key"],
            "step": row["step"],
            "status": row["status"],
            "exit_reason": row["exit_reason"],
            "arm": row["arm"],
            "entered_at": instant(row["entered_at"]).isoformat(),
            "due_at": None if row["due_at"] is None else instant(row["due_at"]).isoformat(),
        }
        for row in connection.execute(asked).mappings()
    ]


def load(connection: Connection, *, steps: StepNamed = by_entry_point) -> Shelf:
    """Read every published definition."""
    found = {(scenario, version): parse(text, steps=steps) for scenario, version, text in _VERSIONS.rows(connection)}
    running = sorted(row for row in _RUNNING.rows(connection, state=LIVE) if row in found)
    return Shelf(
        definitions=found,
        live=tuple(found[row] for row in running),
        running=frozenset(scenario for scenario, _ in running),
    )


_VERSIONS = Statement(select(scenario_versions.c.scenario, scenario_versions.c.version, scenario_versions.c.definition))
_RUNNING = Statement(
    select(scenarios.c.scenario, scenarios.c.live_version).where(scenarios.c.state == bindparam("state"))
)


def shipped() -> dict[str, str]:
    """Give the texts of the scenarios that ship with Comptoir, by name. Order: by name."""
    folder = files("comptoir.scenarios") / "library"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): one.read_text(encoding="utf-8") for one in found}


def publish_shipped(connection: Connection, name: str, now: datetime, *, by: str = "") -> Definition:
    """
    Publish a scenario that ships with Comptoir, as it is worded today.

    Where the shop has its version number with other words, published by an older Comptoir or written here, it takes
    the next free one; where the shop has these very words, they keep theirs. So it can be asked for at any time.
    """
    text = shipped()[name]
    v = scenario_versions.c
    rows = connection.execute(select(v.version, v.definition).where(v.scenario == name).order_by(v.version)).all()
    same = next((said for _, said in reversed(rows) if _without_version(said) == _without_version(text)), None)
    if same is None and rows:
        text = _VERSION_LINE.sub(f"version: {rows[-1].version + 1}", text, count=1)
    return publish(connection, same or text, now, by=by)


_VERSION_LINE = re.compile(r"^version:[ ]*[0-9]+", re.MULTILINE)


def _without_version(text: str) -> str:
    return _VERSION_LINE.sub("", text, count=1)


def _set_state(connection: Connection, scenario: str, state: str, now: datetime) -> None:
    done = connection.execute(
        update(scenarios).where(scenarios.c.scenario == scenario).values(state=state, changed_at=micros(now))
    )
    if done.rowcount == 0:
        raise ScenarioNotFound(scenario=scenario)
