"""Who is in a scenario, or stands at one of its steps; and people put in by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.acting import kin
from comptoir.identity import profile
from comptoir.identity.profile import Profile
from comptoir.scenarios import definitions, manual, runs, standing
from comptoir.web import called
from comptoir.web import scenario_editor as editor
from comptoir.web import scenario_panel as panels
from comptoir.web import scenario_telling as telling
from comptoir.web.customer_head import may_see
from comptoir.web.routes import get, post, tell
from comptoir.web.scenario_editor import Shown, path_of
from comptoir.web.speech import Speech
from comptoir.web.view import Desk, desk_of, every_brand, own_brands, render, speech_of, who_asks

MOST_PEOPLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody in a scenario."""

    link: str
    name: str
    brand: str
    step: str
    status: str
    reason: str
    arm: str | None
    entered_at: datetime
    due_at: datetime | None
    version: int


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/scenarios/{name}/people", people_page, Right.SEE_CUSTOMERS),
        post("/scenarios/{name}/enroll", enroll, Right.CAMPAIGN, deed=Deed.SCENARIO_ENROLLED),
    ]


async def people_page(request: Request) -> Response:
    """Answer who is in a scenario, or at one of its steps."""
    return await _people(request)


async def _people(request: Request, *, typed: str = "", told: str = "", status: int = 200) -> Response:
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who, live=True)
    step = request.query_params.get("step", "")[:300]
    state = request.query_params.get("status", runs.LIVE)
    state = state if state in {runs.LIVE, runs.FINISHED, runs.EXITED} else runs.LIVE
    own = [one.name for one in own_brands(request)]
    context = await run_in_threadpool(_people_context, desk, shown, who, said, step=step, state=state, own=own)
    context |= {"typed": typed, "told": told, "may_write": who.may(Right.CAMPAIGN)}
    return render(request, "scenarios", "scenario_people", context, status_code=status)


def _people_context(
    desk: Desk, shown: Shown, who: Principal, said: Speech, *, step: str, state: str, own: Sequence[str]
) -> dict[str, object]:
    definition = shown.live or shown.definition
    name = definition.scenario
    with desk.state.read() as connection:
        found = standing.people_at(connection, name, step=step, status=state, brands=who.brands, most=MOST_PEOPLE)
        people = _named(connection, [one.node_id for one in found])
        sketched = called.sketch(desk, connection, [one.profile_id for one in people.values()])
    names = panels.names_of(shown.document, shown.definition, said)
    may_enroll = definition.trigger.key == "person" and shown.draft.state == definitions.LIVE
    return {
        "path": path_of(name),
        "title": telling.title(definition, said),
        "people": [
            PersonView(
                link=f"/customers/{(profile_id := people[one.node_id].profile_id)}",
                name=sketched[profile_id].name or profile_id,
                brand=one.brand, step=names.get(one.step, one.step), status=one.status,
                reason=telling.reason(one.exit_reason, said) if one.exit_reason else "", arm=one.arm,
                entered_at=one.entered_at, due_at=one.due_at, version=one.version,
            )
            for one in found
            if one.node_id in people
        ],
        "step": step,
        "step_name": names.get(step, step),
        "state": state,
        "states": (runs.LIVE, runs.FINISHED, runs.EXITED),
        "most": MOST_PEOPLE,
        "may_enroll": may_enroll,
        "brands": [one for one in own if definition.is_for(one)],
    }  # fmt: skip


async def enroll(request: Request, form: FormData) -> Response:
    """Enroll people by hand; say how many began, and who is not known."""
    desk, who, said, name = desk_of(request), who_asks(request), speech_of(request), request.path_params["name"]
    shown = await run_in_threadpool(editor.load, desk, name, who, live=True)
    editor.check_brands(shown, who)
    typed, brand = str(form.get("people", "")), str(form.get("brand", ""))
    who.check_brand(brand)
    wanted = [one.strip() for one in typed.replace(",", "\n").splitlines() if one.strip()]
    if not wanted or brand not in {one.name for one in every_brand(request)}:
        return await _people(request, typed=typed, told=said("scenario.wrong.missing"), status=422)
    done, unknown = await run_in_threadpool(enroll_by_hand, desk, who, name, wanted, brand)
    tell(request, brand=brand)
    told = said("scenario.enrolled", began=said.number(done.began), left_out=said.number(done.left_out))
    if unknown:
        told += " " + said("scenario.enrolled.unknown", who=", ".join(unknown[:20]))
    return await _people(request, typed="\n".join(unknown), told=told)


def enroll_by_hand(
    desk: Desk, who: Principal, name: str, wanted: Sequence[str], brand: str
) -> tuple[manual.Enrolled, list[str]]:
    """Enroll the people that somebody may see; give also who is not known to her."""
    unknown, found = [], []
    with desk.state.read() as connection:
        for one in wanted:
            try:
                node = profile.find(connection, one)
            except profile.PersonNotFound:
                unknown.append(one)
                continue
            read = profile.read_node(connection, node)
            if read is None or not may_see(desk, who, read):
                unknown.append(one)
            else:
                found.append(manual.Person(node_id=node, profile_id=read.profile_id))
    with desk.state.write() as connection:
        done = manual.enroll(
            connection, scenario=name, people=found, brand=brand, now=desk.clock.now(), nodes_of=kin, by=who.name
        )
    return done, unknown


def _named(connection: Connection, nodes: Collection[int]) -> dict[int, Profile]:
    """Read the people that some runs began with; a node that is erased is left out."""
    found = {node: profile.read_node(connection, node) for node in sorted(set(nodes))}
    return {node: one for node, one in found.items() if one is not None}
