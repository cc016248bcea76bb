"""Drafts that two people may write: each save names what it was made from; undo, redo, and publishing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, edit
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point, parse
from comptoir.scenarios.rows import scenario_drafts, scenario_versions, scenarios


class StaleDraft(ComptoirError):
    """Somebody else has changed this draft since you opened it."""

    code, status = "scenario_draft_stale", 412
    hint = "Look at the draft as it is now, and make your change again on it."


class NothingToUndo(ComptoirError):
    """There is nothing to go back to, or forward to."""

    code, status = "scenario_nothing_to_undo", 409
    hint = "The draft is as it was when it began, or as it was saved last."


class NameTaken(ComptoirError):
    """A scenario of this name exists."""

    code, status = "scenario_name_taken", 409
    hint = "Open that one, or choose another name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A scenario as its next editor finds it: the draft, or where there is none the version that is published."""

    scenario: str
    state: str
    live_version: int
    text: str
    base: str
    """What a change is made from; a save that names another one is refused."""
    revision: int | None
    """None: there is no draft."""
    what: str
    saved_at: datetime | None
    saved_by: str
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version."""

    version: int
    text: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """A scenario in the list of all: the text that is published, else the draft. Units: microseconds since 1970."""

    scenario: str
    state: str
    live_version: int
    has_draft: bool
    text: str
    changed_at: int


def shelf(connection: Connection) -> list[OnShelf]:
    """List the scenarios. Order: by name."""
    s, v = scenarios.c, scenario_versions.c
    published = (v.scenario == s.scenario) & (v.version == s.live_version)
    asked = select(scenarios, v.definition).outerjoin(scenario_versions, published).order_by(s.scenario)
    return [
        OnShelf(
            scenario=row.scenario,
            state=row.state,
            live_version=row.live_version,
            has_draft=row.draft is not None,
            text=row.definition or row.draft,
            changed_at=row.changed_at,
        )
        for row in connection.execute(asked)
    ]


def read(connection: Connection, scenario: str) -> Draft:
    """Give a scenario as its next editor finds it. Raises: ScenarioNotFound."""
    s, d = scenarios.c, scenario_drafts.c
    row = connection.execute(select(scenarios).where(s.scenario == scenario)).first()
    if row is None:
        raise definitions.ScenarioNotFound(scenario=scenario)
    mine = d.scenario == scenario
    noted = connection.execute(select(scenario_drafts).where(mine, d.revision == row.draft_revision)).first()
    return Draft(
        scenario=scenario,
        state=row.state,
        live_version=row.live_version,
        text=row.draft or definitions.text_of(connection, scenario),
        base=f"{row.live_version}.{row.draft_revision or 0}",
        revision=row.draft_revision,
        what=noted.what if noted else "",
        saved_at=instant(noted.saved_at) if noted else None,
        saved_by=noted.saved_by if noted else "",
        can_undo=noted is not None and _is_there(connection, scenario, row.live_version, noted.before),
        can_redo=_later(connection, scenario, row.live_version, row.draft_revision) is not None,
    )


def save(
    connection: Connection,
    scenario: str,
    text: str,
    now: datetime,
    *,
    base: str,
    by: str = "",
    what: str = "text",
    steps: StepNamed = by_entry_point,
) -> Draft:
    """
    Keep another draft; a version that is published already becomes the next one.

    Raises: StaleDraft; BadDefinition, where the text names another scenario too; ScenarioNotFound.
    """
    former = _check(connection, scenario, base)
    made = parse(text, steps=steps)
    if made.scenario != scenario:
        raise BadDefinition(
            what=f"`scenario: {made.scenario}` is another scenario", where="scenario", mend=f"write `{scenario}`"
        )
    text = _numbered(connection, made, text, steps)
    if text != former.text:
        definitions.save_draft(connection, text, now, by=by, what=what, steps=steps)
    return read(connection, scenario)


def begin(
    connection: Connection, text: str, now: datetime, *, by: str = "", steps: StepNamed = by_entry_point
) -> Draft:
    """Begin a scenario as a draft. Raises: NameTaken; BadDefinition."""
    name = parse(text, steps=steps).scenario
    if connection.scalar(select(scenarios.c.scenario).where(scenarios.c.scenario == name)) is not None:
        raise NameTaken(scenario=name)
    definitions.save_draft(connection, text, now, by=by, what="begun", steps=steps)
    return read(connection, name)


def undo(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Go back to the draft before; before the first one stands what is published. Raises: StaleDraft; NothingToUndo."""
    former = _check(connection, scenario, base)
    if not former.can_undo:
        raise NothingToUndo(scenario=scenario)
    d = scenario_drafts.c
    asked = select(d.before).where(d.scenario == scenario, d.revision == former.revision)
    _point(connection, scenario, connection.scalar(asked))
    return read(connection, scenario)


def redo(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Go forward to the draft that was made from this one, the newest if several. Raises: StaleDraft; NothingToUndo."""
    former = _check(connection, scenario, base)
    later = _later(connection, scenario, former.live_version, former.revision)
    if later is None:
        raise NothingToUndo(scenario=scenario)
    _point(connection, scenario, later)
    return read(connection, scenario)


def discard(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Let a draft go; what is published stays. Raises: StaleDraft; NothingToUndo where nothing is published."""
    former = _check(connection, scenario, base)
    if not former.live_version:
        raise NothingToUndo(scenario=scenario)
    _point(connection, scenario, None)
    return read(connection, scenario)


def publish(
    connection: Connection, scenario: str, now: datetime, *, base: str, by: str = "", steps: StepNamed = by_entry_point
) -> Definition:
    """Publish the draft, which is no draft any more. Raises: StaleDraft; NothingToUndo without one; BadDefinition."""
    former = _check(connection, scenario, base)
    if former.revision is None:
        raise NothingToUndo(scenario=scenario)
    text = _numbered(connection, parse(former.text, steps=steps), former.text, steps)
    made = definitions.publish(connection, text, now, by=by, steps=steps)
    _point(connection, scenario, None)
    return made


def versions(connection: Connection, scenario: str) -> list[Version]:
    """List the published versions. Order: the newest first."""
    v = scenario_versions.c
    asked = select(scenario_versions).where(v.scenario == scenario).order_by(v.version.desc())
    return [
        Version(
            version=row.version,
            text=row.definition,
            published_at=instant(row.published_at),
            published_by=row.published_by or "",
        )
        for row in connection.execute(asked)
    ]


def _check(connection: Connection, scenario: str, base: str) -> Draft:
    found = read(connection, scenario)
    if found.base != base:
        raise StaleDraft(scenario=scenario, by=found.saved_by, at=found.saved_at)
    return found


def _is_there(connection: Connection, scenario: str, live_version: int, before: int | None) -> bool:
    """Say whether what a draft was made from is kept: another draft, or what is published."""
    if before is None:
        return live_version > 0
    d = scenario_drafts.c
    asked = select(d.revision).where(d.scenario == scenario, d.revision == before)
    return connection.scalar(asked) is not None


def _later(connection: Connection, scenario: str, live_version: int, revision: int | None) -> int | None:
    """Give the newest draft made from this one; of what is published only those that came after it."""
    d, v = scenario_drafts.c, scenario_versions.c
    published = select(v.published_at).where(v.scenario == scenario, v.version == live_version).scalar_subquery()
    found: int | None = connection.scalar(
        select(func.max(d.revision)).where(
            d.scenario == scenario,
            d.before.is_not_distinct_from(revision),
            d.revision > (revision or 0),
            d.saved_at > func.coalesce(published, 0),
        )
    )
    return found


def _numbered(connection: Connection, made: Definition, text: str, steps: StepNamed) -> str:
    """Give a text the next version where its own is taken by another text."""
    v = scenario_versions.c
    asked = select(v.version, v.definition).where(v.scenario == made.scenario)
    taken = {row.version: row.definition for row in connection.execute(asked)}
    if made.version > max(taken, default=0) or taken.get(made.version) == text:
        return text
    document = edit.read(text, steps=steps)
    return edit.write(edit.with_parts(document, {"version": max(taken) + 1}), steps=steps)


def _point(connection: Connection, scenario: str, revision: int | None) -> None:
    d = scenario_drafts.c
    asked = select(d.definition).where(d.scenario == scenario, d.revision == revision)
    text = None if revision is None else connection.scalar(asked)
    connection.execute(
        update(scenarios)
        .where(scenarios.c.scenario == scenario)
        .values(draft=text, draft_revision=None if text is None else revision)
    )
