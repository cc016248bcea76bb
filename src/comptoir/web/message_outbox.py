"""The outbox: what waits, what left, what failed, and what nobody knows; and the whole story of one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.clock import instant
from comptoir.messaging import inbox, outbox_shelf, outward
from comptoir.messaging import render as rendering
from comptoir.messaging.outbox_shelf import MessageNotFound, Sending, Sendings, Shown
from comptoir.messaging.template_shelf import Shelf
from comptoir.model.message import Mail
from comptoir.web import message_preview, scenario_names
from comptoir.web.message_says import says
from comptoir.web.routes import get, post, tell
from comptoir.web.view import Desk, desk_of, go, render, speech_of, who_asks

PATH = "/messages/outbox/{message_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that was heard of a message."""

    at: datetime
    kind: str
    detail: str
    link: str
    is_robot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of one message."""

    sending: Sending
    subject: str
    text: str
    problem: str
    """Why its mail cannot be made again; empty where it can."""
    because: str
    facts: Sequence[Fact]
    told: Mapping[str, Any] | None
    """What `pressure.explain` tells; None for mail that needs no arbitration."""
    inbox_id: str
    """The mail as the built-in inbox got it; empty where that is not on."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get("/messages/outbox", page, Right.CAMPAIGN),
        get(PATH, one_page, Right.CAMPAIGN),
        get(f"{PATH}/mail", mail, Right.CAMPAIGN),
        post(f"{PATH}/settle", settle, Right.CAMPAIGN, deed=Deed.MESSAGE_SETTLED),
    ]


async def page(request: Request) -> Response:
    """Answer the list."""
    desk, who = desk_of(request), who_asks(request)
    asked = request.query_params.get("asked", "").strip()[:200]
    state = request.query_params.get("state", "")
    shown = Shown(state) if state in set(Shown) else None
    before = request.query_params.get("before", "")

    def read() -> tuple[Mapping[Shown, int], Sendings, bool]:
        """Read what the page shows."""
        with desk.state.read() as connection:
            counts = outbox_shelf.counts(connection, brands=who.brands)
            found = outbox_shelf.listing(
                connection, shown, asked=asked, brands=who.brands,
                before=int(before) if before.isdigit() and len(before) < 19 else None,
            )  # fmt: skip
            return counts, found, outward.is_sending(connection)

    counts, found, is_sending = await run_in_threadpool(read)
    names = await run_in_threadpool(scenario_names.load, desk, speech_of(request))
    context = {
        "counts": counts, "found": found, "shown": shown, "states": list(Shown), "asked": asked,
        "is_sending": is_sending, "is_first": not before, "names": names,
    }  # fmt: skip
    return render(request, "messages", "message_outbox", context)


async def one_page(request: Request) -> Response:
    """Answer one message's story."""
    story = await run_in_threadpool(_story, request)
    names = await run_in_threadpool(scenario_names.load, desk_of(request), speech_of(request))
    return render(request, "messages", "message_story", {"story": story, "names": names})


async def mail(request: Request) -> Response:
    """Answer a message's mail, made again from what was kept, for a frame; its links lead nowhere."""
    desk, who = desk_of(request), who_asks(request)
    said = speech_of(request)

    def made() -> str:
        """Make the mail."""
        return made_again(desk, own_row(desk, who, request.path_params["message_id"])).html

    try:
        return message_preview.frame(await run_in_threadpool(made))
    except message_preview.CANNOT as error:
        return message_preview.framed_problem(request, says(said, message_preview.what_of(error)))


async def settle(request: Request, form: FormData) -> Response:
    """Write down what somebody found out of a message of unknown fate."""
    desk, who = desk_of(request), who_asks(request)
    message_id = request.path_params["message_id"]
    was_sent = str(form.get("was", "")) == "sent"

    def work() -> str:
        """Do it, away from the loop, and give whose message it was."""
        from comptoir.acting import pressure_of  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)

        brand = str(own_row(desk, who, message_id)["brand"])
        gate = pressure_of(desk.settings, b"")
        with desk.state.write() as connection:
            outbox_shelf.settle(
                connection, message_id, was_sent=was_sent, gate=gate, now=desk.clock.now(), by=who.name
            )  # fmt: skip

        return brand

    tell(request, brand=await run_in_threadpool(work))
    return go(f"/messages/outbox/{message_id}", done="messages.settled")


def own_row(desk: Desk, who: Principal, message_id: str) -> Mapping[str, Any]:
    """Give a message's row to who may see its brand. Raises: MessageNotFound."""
    with desk.state.read() as connection:
        row = outbox_shelf.row_of(connection, message_id)
    if who.brands and row["brand"] not in who.brands:
        raise MessageNotFound(id=message_id[:100])
    return row


def made_again(desk: Desk, row: Mapping[str, Any]) -> Mail:
    """Make a message's mail again; its links lead nowhere. Raises: RenderFailed."""
    at = row["handed_at"] or row["queued_at"]
    letter = rendering.letter_of(row, sender=message_preview.sender_of(desk, row["brand"]), at=instant(at))
    links = replace(
        message_preview.links_of(desk, signed=False), templates=Shelf(state=desk.state, clock=desk.clock, counts=False)
    )
    return rendering.mail(letter, links)


def _story(request: Request) -> Story:
    desk, who, said = desk_of(request), who_asks(request), speech_of(request)
    message_id = request.path_params["message_id"]
    row = own_row(desk, who, message_id)
    subject, text, problem = "", "", ""
    try:
        made = made_again(desk, row)
        subject, text = made.subject, made.text
    except message_preview.CANNOT as error:
        problem = says(said, message_preview.what_of(error))
    told = _told(desk, message_id, said.language.value)
    heard = told["heard"] if told is not None else _heard(desk, message_id)
    kept = [one for one in inbox.listing(desk.settings.home) if one["message_id"].startswith(f"{message_id}@")]
    with desk.state.read() as connection:
        sending = outbox_shelf.find(connection, message_id)
    return Story(
        sending=sending,
        subject=subject,
        text=text,
        problem=problem,
        because=told["because"] if told is not None else "",
        facts=[
            Fact(
                at=one["occurred_at"], kind=one["kind"], detail=one["detail"] or "", link=one["link"] or "",
                is_robot=bool(one["robot_reason"]),
            )
            for one in heard
        ],
        told=told,
        inbox_id=kept[-1]["id"] if kept else "",
    )  # fmt: skip


def _heard(desk: Desk, message_id: str) -> list[dict[str, Any]]:
    asked = {"kind": "report", "name": "heard_of", "parameters": {"message_ids": [message_id]}}
    found: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    return found


def _told(desk: Desk, message_id: str, lang: str) -> Mapping[str, Any] | None:
    from comptoir.acting import archive_of  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)
    from comptoir.pressure import explain  # noqa: PLC0415

    def ask(name: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = desk.ask({"kind": "report", "name": name, "parameters": parameters}).to_pylist()
        return found

    with desk.state.read() as connection:
        told = explain.tell(
            connection, archive_of(desk.settings, ask), desk.clock.now(), message_id=message_id, lang=lang
        )
    return told[0] if told else None
