"""Dry runs over the API: a scenario tried on past days, in a process of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from comptoir.access.roles import NotAllowed, Right
from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, rehearsals
from comptoir.scenarios.definitions import NotPublished, ScenarioNotFound
from comptoir.scenarios.rehearsals import RehearsalNotFound, Standing, TooManyRehearsals
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.web import scenario_reach


class Try(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is tried, and on which days."""

    definition: str = ""
    """YAML of a definition that is not kept; left out, the version below."""
    version: int | None = None
    """A version of the shelf: the live one where none is named, 0 for the draft."""
    days: Annotated[int, msgspec.Meta(ge=1, le=730)] = 30
    brand: str = ""
    with_live: bool = True
    """Beside the scenarios that are live, or as if there were no other."""
    seed: int = 1


class DryRun(msgspec.Struct, kw_only=True):
    """A dry run, and how far it is."""

    id: str
    scenario: str
    version: int
    days: int
    state: str
    done: int
    whole: int
    wrong: str
    started_at: datetime
    started_by: str


def start(call: Call) -> DryRun:
    """Start one."""
    said: Try = call.body
    name = call.path["name"]
    call.check_brand(said.brand or None)
    with call.desk.state.read() as connection:
        if not said.definition:
            scenario_reach.check_seen(connection, name, call.who)
        text = said.definition or definitions.text_of(connection, name, said.version)
    made = definitions.check(text)
    started = rehearsals.start(
        call.desk.settings.home, text, scenario=name, version=made.version, days=said.days,
        now=call.desk.clock.now(), with_live=said.with_live, brand=said.brand, seed=said.seed, by=call.who.name,
    )  # fmt: skip
    return _told(rehearsals.read(call.desk.settings.home, started))


def listed(call: Call) -> list[DryRun]:
    """List those of a scenario. Order: the newest first."""
    found = rehearsals.listing(call.desk.settings.home, call.path["name"])
    return [_told(one) for one in found if _may_see(call, one)]


def show(call: Call) -> DryRun:
    """Say how far one is."""
    return _told(_found(call))


def answer(call: Call) -> dict[str, Any]:
    """Give what came of one that is done."""
    return rehearsals.answer_of(call.desk.settings.home, _found(call).rehearsal_id)


def stop(call: Call) -> None:
    """End one and let it go."""
    rehearsals.stop(call.desk.settings.home, _found(call).rehearsal_id)


def _found(call: Call) -> Standing:
    one = rehearsals.read(call.desk.settings.home, call.path["id"])
    if not _may_see(call, one):
        raise RehearsalNotFound(rehearsal=call.path["id"][:40])
    return one


def _may_see(call: Call, one: Standing) -> bool:
    return not call.who.brands or one.wanted.brand in call.who.brands


def _told(one: Standing) -> DryRun:
    return DryRun(
        id=one.rehearsal_id, scenario=one.wanted.scenario, version=one.wanted.version, days=one.wanted.days,
        state=one.state, done=one.done, whole=one.whole, wrong=one.wrong, started_at=one.started_at,
        started_by=one.wanted.started_by,
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="POST", path="/scenarios/{name}/dry-runs", deed=None, tag="Dry runs", right=Right.CAMPAIGN, body=Try,
        answer=DryRun, act=start, status=202, called="dry_runs_start", example={"days": 30},
        summary="Try a scenario on past days, in the background; nothing is written or sent.",
        errors=(ScenarioNotFound, NotPublished, BadDefinition, TooManyRehearsals, NotAllowed),
    ),
    Endpoint(
        method="GET", path="/scenarios/{name}/dry-runs", tag="Dry runs", right=Right.CAMPAIGN, answer=list[DryRun],
        act=listed, summary="The dry runs of a scenario that are kept, the newest first.",
    ),
    Endpoint(
        method="GET", path="/dry-runs/{id}", tag="Dry runs", right=Right.CAMPAIGN, answer=DryRun, act=show,
        summary="How far a dry run is.", errors=(RehearsalNotFound,),
    ),
    Endpoint(
        method="GET", path="/dry-runs/{id}/answer", tag="Dry runs", right=Right.CAMPAIGN, answer=dict[str, Any],
        act=answer, summary="What came of it: volumes, conflicts, overlap, and twenty examples.",
        errors=(RehearsalNotFound,),
    ),
    Endpoint(
        method="DELETE", path="/dry-runs/{id}", deed=None, tag="Dry runs", right=Right.CAMPAIGN, answer=None, act=stop,
        summary="End a dry run, or let its answer go.", errors=(RehearsalNotFound,),
    ),
)  # fmt: skip
"""What the API says of dry runs."""
