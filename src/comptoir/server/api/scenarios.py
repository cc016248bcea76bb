"""Scenarios over the API: the shelf, drafts and versions, the people in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.keys import DEFAULT_BRAND
from comptoir.access.roles import Right
from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, drafts, manual, moves, tell
from comptoir.scenarios.definitions import NeverPublished, NotPublished, ScenarioNotFound, VersionTaken
from comptoir.scenarios.parse import EVERY_BRAND
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page, Paged
from comptoir.web import scenario_reach


class Scenario(msgspec.Struct, kw_only=True):
    """A scenario, in a list."""

    scenario: str
    version: int
    state: str
    waiting: int
    changed_at: str


class Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A definition as YAML."""

    definition: str


class Checked(msgspec.Struct, kw_only=True):
    """A definition that can be read."""

    scenario: str
    version: int
    steps: list[str]
    says: list[str]
    """What it does, a sentence a step."""


class Kept(msgspec.Struct, kw_only=True):
    """What became of a scenario."""

    scenario: str
    version: int
    state: str


class Shipped(msgspec.Struct, kw_only=True):
    """A scenario that ships with Comptoir."""

    name: str
    definition: str


class OfVersion(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which version: the live one where none is named, 0 for the draft."""

    version: int | None = None


class InIt(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which runs; every status where it is empty."""

    status: Literal["", "live", "finished", "exited"] = "live"
    limit: int = 100


class Run(msgspec.Struct, kw_only=True):
    """Somebody's way through a scenario."""

    enrollment_id: str
    version: int
    brand: str
    key: str
    step: str
    status: str
    exit_reason: str | None
    arm: str | None
    entered_at: str
    due_at: str | None


class Enroll(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """People to enroll by hand."""

    people: list[str]
    brand: str = DEFAULT_BRAND


class Enrolled(msgspec.Struct, kw_only=True):
    """What came of it."""

    began: int
    left_out: int
    unknown: list[str]


class Move(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """People in flight who go to another version."""

    from_version: int
    to_version: int
    mapping: dict[str, str] = {}
    """Old step → new step, or `exit`."""
    is_dry: bool = False
    """Only show who would go where."""


def listed(call: Call) -> Page[Scenario]:
    """List the scenarios."""
    with call.desk.state.read() as connection:
        seen = scenario_reach.names(connection, call.who) if call.who.brands else None
        listed = [msgspec.convert(one, Scenario) for one in definitions.listing(connection)]
    found = [one for one in listed if seen is None or one.scenario in seen]
    return cursors.sliced(found, call.query, lambda one: one.scenario)


def show(call: Call) -> dict[str, Any]:
    """Show a scenario: its definition, and where its people stand."""
    with call.desk.state.read() as connection:
        scenario_reach.check_seen(connection, call.path["name"], call.who)
        return definitions.show(connection, call.path["name"])


def text(call: Call) -> Written:
    """Give a version's definition as it was written."""
    with call.desk.state.read() as connection:
        scenario_reach.check_seen(connection, call.path["name"], call.who)
        return Written(definition=definitions.text_of(connection, call.path["name"], call.query.version))


def library(call: Call) -> Page[Shipped]:
    """List the scenarios that ship with Comptoir."""
    found = [Shipped(name=name, definition=said) for name, said in definitions.shipped().items()]
    return cursors.sliced(found, call.query, lambda one: one.name)


def check(call: Call) -> Checked:
    """Check a definition without keeping it."""
    made = definitions.check(call.body.definition)
    return Checked(
        scenario=made.scenario, version=made.version, steps=list(made.program), says=list(tell.lines(made, call.lang))
    )


def draft(call: Call) -> Kept:
    """Keep a definition as a draft."""
    _check_mine(call)
    with call.desk.state.write() as connection:
        made = drafts.keep(connection, call.body.definition, call.desk.clock.now())
    return Kept(scenario=made.scenario, version=made.version, state="draft")


def publish(call: Call) -> Kept:
    """Publish a definition."""
    _check_mine(call)
    with call.desk.state.write() as connection:
        made = definitions.publish(connection, call.body.definition, call.desk.clock.now())
    return Kept(scenario=made.scenario, version=made.version, state="published")


def pause(call: Call) -> Scenario:
    """Pause a scenario."""
    return _set(call, definitions.pause)


def resume(call: Call) -> Scenario:
    """Let a scenario run again."""
    return _set(call, definitions.resume)


def archive(call: Call) -> Scenario:
    """Put a scenario away."""
    return _set(call, definitions.archive)


def people(call: Call) -> list[Run]:
    """List the people in a scenario. Order: the newest first."""
    asked: InIt = call.query
    with call.desk.state.read() as connection:
        scenario_reach.check_seen(connection, call.path["name"], call.who)
        found = definitions.people(connection, call.path["name"], status=asked.status, most=min(asked.limit, 1_000))
    return [msgspec.convert(one, Run) for one in found if call.may_see(str(one["brand"]))]


def enroll(call: Call) -> Enrolled:
    """Enroll people by hand."""
    from comptoir.web.scenario_people import enroll_by_hand  # noqa: PLC0415 (it brings the engine: not at the start)

    said: Enroll = call.body
    call.check_brand(said.brand)
    with call.desk.state.read() as connection:
        scenario_reach.check_changed(connection, call.path["name"], call.who)
    done, unknown = enroll_by_hand(call.desk, call.who, call.path["name"], said.people, said.brand)
    return Enrolled(began=done.began, left_out=done.left_out, unknown=unknown)


def move(call: Call) -> list[dict[str, Any]]:
    """Move people in flight to another version, or show who would go where."""
    said: Move = call.body
    with call.desk.state.read() as connection:
        scenario_reach.check_changed(connection, call.path["name"], call.who)
    how = {"from_version": said.from_version, "to_version": said.to_version, "mapping": said.mapping}
    name = call.path["name"]
    if said.is_dry:
        with call.desk.state.read() as connection:
            return [asdict(one) for one in moves.plan(connection, scenario=name, **how)]  # type: ignore[arg-type] # spelled above
    with call.desk.state.write() as connection:
        call.tell(deed=Deed.SCENARIO_MOVED)
        done = moves.move(connection, scenario=name, now=call.desk.clock.now(), **how)  # type: ignore[arg-type] # spelled above
    return [asdict(one) for one in done]


def _set(call: Call, change: Any) -> Scenario:
    name = call.path["name"]
    call.tell(about=f"{name} {_CHANGED[change]}")
    with call.desk.state.write() as connection:
        scenario_reach.check_changed(connection, name, call.who)
        change(connection, name, call.desk.clock.now())
        return next(
            msgspec.convert(one, Scenario) for one in definitions.listing(connection) if one["scenario"] == name
        )


_CHANGED = {definitions.pause: "paused", definitions.resume: "resumed", definitions.archive: "archived"}


def _check_mine(call: Call) -> None:
    """Let pass a definition for the key's brands that takes no other's scenario over. Raises: NotYours."""
    made = definitions.check(call.body.definition)
    scenario_reach.check_brands(made, call.who)
    call.tell(about=f"{made.scenario} {made.version}", brand=made.brands[0] if len(made.brands) == 1 else "")
    if made.brands == (EVERY_BRAND,):
        call.tell(brand="")
    if call.who.brands:
        with call.desk.state.read() as connection:
            if any(one["scenario"] == made.scenario for one in definitions.listing(connection)):
                for one in scenario_reach.written(connection, made.scenario):
                    scenario_reach.check_brands(one, call.who)


_EXAMPLE = {"definition": "scenario: hello\nversion: 1\n…"}

ENDPOINTS = (
    Endpoint(
        method="GET", path="/scenarios", tag="Scenarios", right=Right.CAMPAIGN, query=Paged, answer=Page[Scenario],
        act=listed, summary="The scenarios: version, state, and how many people wait in each.",
    ),
    Endpoint(
        method="GET", path="/library", tag="Scenarios", right=Right.CAMPAIGN, query=Paged, answer=Page[Shipped],
        act=library, summary="The scenarios that ship with Comptoir.",
    ),
    Endpoint(
        method="POST", path="/scenarios/check", deed=None,
        tag="Scenarios", right=Right.CAMPAIGN, body=Written, answer=Checked,
        act=check, summary="Check a definition without keeping it.", errors=(BadDefinition,), example=_EXAMPLE,
    ),
    Endpoint(
        method="POST", path="/scenarios/draft", deed=Deed.SCENARIO_DRAFTED,
        tag="Scenarios", right=Right.CAMPAIGN, body=Written, answer=Kept,
        act=draft, status=201, summary="Keep a definition as a draft: nothing of it runs.", errors=(BadDefinition,),
        example=_EXAMPLE,
    ),
    Endpoint(
        method="POST", path="/scenarios/publish", deed=Deed.SCENARIO_PUBLISHED,
        tag="Scenarios", right=Right.CAMPAIGN, body=Written, answer=Kept,
        act=publish, status=201, summary="Publish a definition: new runs get it, people in flight finish on theirs.",
        errors=(BadDefinition, VersionTaken), example=_EXAMPLE,
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}", tag="Scenarios", right=Right.CAMPAIGN, answer=dict[str, Any], act=show,
        summary="One scenario: its definition, and where its people stand.", errors=(ScenarioNotFound, NotPublished),
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/definition", tag="Scenarios", right=Right.CAMPAIGN, query=OfVersion,
        answer=Written, act=text, summary="A version's definition as it was written; version 0 is the draft.",
        errors=(ScenarioNotFound, NotPublished),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/pause", deed=Deed.SCENARIO_SWITCHED,
        tag="Scenarios", right=Right.CAMPAIGN, answer=Scenario,
        act=pause, summary="Pause: nothing starts and nothing leaves; waits go on.", errors=(ScenarioNotFound,),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/resume", deed=Deed.SCENARIO_SWITCHED,
        tag="Scenarios", right=Right.CAMPAIGN, answer=Scenario,
        act=resume, summary="Let it run again.", errors=(ScenarioNotFound, NeverPublished),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/archive", deed=Deed.SCENARIO_SWITCHED,
        tag="Scenarios", right=Right.CAMPAIGN, answer=Scenario,
        act=archive, summary="Put it away: nothing starts and nothing leaves.", errors=(ScenarioNotFound,),
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/people", tag="Scenarios", right=Right.CAMPAIGN, query=InIt,
        answer=list[Run], act=people, summary="The people in it, the newest first: at which step, until when.",
        errors=(ScenarioNotFound,),
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/enroll", deed=Deed.SCENARIO_ENROLLED,
        tag="Scenarios", right=Right.CAMPAIGN, body=Enroll,
        answer=Enrolled, act=enroll, summary="Enroll people by hand; who is in it already is left out.",
        errors=(ScenarioNotFound, manual.NotForPeople), example={"people": ["ann@example.org"], "brand": "maison"},
    ),
    Endpoint(
        method="POST", path="/scenarios/{name}/move", deed=None, tag="Scenarios", right=Right.CAMPAIGN, body=Move,
        answer=list[dict[str, Any]], act=move, errors=(ScenarioNotFound, moves.StepNotMapped),
        summary="Move people in flight to another version, or only show who would go where.",
        example={"from_version": 1, "to_version": 2, "mapping": {"remind": "ask"}, "is_dry": True},
    ),
)  # fmt: skip
"""What the API says of scenarios."""
