"""Drafts that two people may write: each save names what it was made from; undo, redo, and publishing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from comptoir.errors import ComptoirError
from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, edit
from comptoir.scenarios.parse import Definition, StepNamed, by_entry_point, parse
from comptoir.scenarios.rows import scenario_drafts, scenario_versions, scenarios
from comptoir.state.drafts import Draft, Drafts, OnShelf, Refusals, Tables, Version


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


_DRAFTS = Drafts(
    tables=Tables(
        shelved=scenarios, versions=scenario_versions, drafts=scenario_drafts, key="scenario", text="definition"
    ),
    refusals=Refusals(
        not_found=definitions.ScenarioNotFound, moved_on=StaleDraft, no_way=NothingToUndo, taken=NameTaken
    ),
)


def shelf(connection: Connection) -> list[OnShelf]:
    """List the scenarios. Order: by name."""
    return _DRAFTS.listing(connection)


def read(connection: Connection, scenario: str) -> Draft:
    """Give a scenario as its next editor finds it. Raises: ScenarioNotFound."""
    return _DRAFTS.read(connection, scenario)


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
    former = _DRAFTS.check(connection, scenario, base)
    made = parse(text, steps=steps)
    if made.scenario != scenario:
        raise BadDefinition(
            what=f"`scenario: {made.scenario}` is another scenario", where="scenario", mend=f"write `{scenario}`"
        )
    text = _numbered(connection, made, text, steps)
    if text != former.text:
        _DRAFTS.write(connection, scenario, text, now, by=by, what=what)
    return read(connection, scenario)


def keep(
    connection: Connection,
    text: str,
    now: datetime,
    *,
    by: str = "",
    what: str = "text",
    steps: StepNamed = by_entry_point,
) -> Definition:
    """Keep a text as the draft, whatever is drafted now; a scenario that is new begins so. Raises: BadDefinition."""
    definition = parse(text, steps=steps)
    if _DRAFTS.find(connection, definition.scenario) is None:
        _DRAFTS.add(connection, definition.scenario, now)
    _DRAFTS.write(connection, definition.scenario, text, now, by=by, what=what)
    return definition


def begin(
    connection: Connection, text: str, now: datetime, *, by: str = "", steps: StepNamed = by_entry_point
) -> Draft:
    """Begin a scenario as a draft. Raises: NameTaken; BadDefinition."""
    name = parse(text, steps=steps).scenario
    _DRAFTS.add(connection, name, now)
    _DRAFTS.write(connection, name, text, now, by=by, what="begun")
    return read(connection, name)


def undo(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Go back to the draft before; before the first one stands what is published. Raises: StaleDraft; NothingToUndo."""
    return _DRAFTS.undo(connection, scenario, base=base)


def redo(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Go forward to the draft that was made from this one, the newest if several. Raises: StaleDraft; NothingToUndo."""
    return _DRAFTS.redo(connection, scenario, base=base)


def discard(connection: Connection, scenario: str, *, base: str) -> Draft:
    """Let a draft go; what is published stays. Raises: StaleDraft; NothingToUndo where nothing is published."""
    return _DRAFTS.discard(connection, scenario, base=base)


def publish(
    connection: Connection, scenario: str, now: datetime, *, base: str, by: str = "", steps: StepNamed = by_entry_point
) -> Definition:
    """Publish the draft, which is no draft any more. Raises: StaleDraft; NothingToUndo without one; BadDefinition."""
    former = _DRAFTS.to_publish(connection, scenario, base)
    text = _numbered(connection, parse(former.text, steps=steps), former.text, steps)
    made = definitions.publish(connection, text, now, by=by, steps=steps)
    _DRAFTS.point(connection, scenario, None)
    return made


def versions(connection: Connection, scenario: str) -> list[Version]:
    """List the published versions. Order: the newest first."""
    return _DRAFTS.versions(connection, scenario)


def _numbered(connection: Connection, made: Definition, text: str, steps: StepNamed) -> str:
    """Give a text the next version where its own is taken by another text."""
    v = scenario_versions.c
    asked = select(v.version, v.definition).where(v.scenario == made.scenario)
    taken = {row.version: row.definition for row in connection.execute(asked)}
    if made.version > max(taken, default=0) or taken.get(made.version) == text:
        return text
    document = edit.read(text, steps=steps)
    return edit.write(edit.with_parts(document, {"version": max(taken) + 1}), steps=steps)
