"""Mending of refused events: one by its text, or all of one reason by a field, and sent in again with progress."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir import logs, repair
from comptoir.access.audit import Deed
from comptoir.access.roles import Principal, Right
from comptoir.collect import failed
from comptoir.collect.failed import NotMendable
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.model.event import RefusalReason
from comptoir.web.routes import get, post, tell
from comptoir.web.view import Desk, desk_of, go, is_fragment, render, speech_of, who_asks

log = logs.get("desk")

KEPT = 50
"""Replays whose progress is remembered."""


class NoSuchReason(ComptoirError, LookupError):
    """Events are refused for no such reason."""

    code, status = "no_such_reason", 404
    hint = "The page Live lists the reasons there are."


class NoSuchReplay(ComptoirError, LookupError):
    """Nothing is being sent in again under this number."""

    code, status = "no_such_replay", 404
    hint = "The desk has been started again since; what was sent in is a fact, what was not still waits under Live."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay that goes on, or has ended."""

    key: str
    reason: str
    done: int = 0
    total: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    """What became of the events; empty while it goes on."""
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Say whether it has ended."""
        return bool(self.counts or self.problem)


@dataclass(slots=True)
class Replays:
    """The replays of this process, by key; each goes on in a thread of its own, whoever looks."""

    known: dict[str, Replay] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, settings: Settings, reason: str, changes: Mapping[str, str]) -> str:
        """Begin to mend and send in again all of one reason; give the key to ask by."""
        key = secrets.token_hex(8)
        self._note(Replay(key=key, reason=reason))
        threading.Thread(target=self._work, args=(settings, key, reason, changes), name="replay", daemon=True).start()
        return key

    def find(self, key: str) -> Replay:
        """Give a replay. Raises: NoSuchReplay."""
        with self.lock:
            found = self.known.get(key)
        if found is None:
            raise NoSuchReplay(key=key[:50])
        return found

    def _work(self, settings: Settings, key: str, reason: str, changes: Mapping[str, str]) -> None:
        def progress(done: int, total: int) -> None:
            self._note(replace(self.find(key), done=done, total=total))

        try:
            if changes:
                repair.mend(settings, [], reason=reason, text=None, changes=changes)
            counts = repair.replay(settings, [], reason=reason, progress=progress)
            self._note(replace(self.find(key), counts=counts))
        except ComptoirError as error:
            self._note(replace(self.find(key), problem=error.message))
        except Exception as error:  # the thread's boundary: it reports, and the page says that it failed
            log.exception("a replay failed", reason=reason)
            self._note(replace(self.find(key), problem=type(error).__name__))

    def _note(self, one: Replay) -> None:
        with self.lock:
            self.known[one.key] = one
            while len(self.known) > KEPT:
                del self.known[next(iter(self.known))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text, marked where the fault lies."""

    text: str
    is_marked: bool = False


def routes() -> list[BaseRoute]:
    """Give the routes."""
    replays = Replays()

    async def start_all(request: Request, form: FormData) -> Response:
        """Begin with all of one reason."""
        return await _start_all(request, form, replays)

    async def follow(request: Request) -> Response:
        """Say how far it is."""
        context = {"replay": replays.find(request.path_params["key"])}
        return render(request, "live", "live_replay", context, block="progress" if is_fragment(request) else "")

    return [
        get("/live/refused/{failed_id}", page, Right.RUN),
        post("/live/refused/{failed_id}", mend, Right.RUN, deed=None),
        get("/live/reasons/{reason}", reason_page, Right.RUN),
        post("/live/reasons/{reason}", start_all, Right.RUN, whole=True, deed=None),
        get("/live/replays/{key}", follow, Right.RUN, whole=True),
    ]


async def page(request: Request) -> Response:
    """Show one refused event, with the fault pointed at and a form that mends it."""
    return await _show(request, None)


async def mend(request: Request, form: FormData) -> Response:
    """Show what a mended text would become, or keep it and send it in again."""
    settings, failed_id = desk_of(request).settings, request.path_params["failed_id"]
    text = str(form.get("text", "")).replace("\r\n", "\n").encode("utf-8", "replace")
    if form.get("do") == "look":
        return await _show(request, text)
    one = await run_in_threadpool(seen_by, who_asks(request), settings, failed_id)
    outlook = await run_in_threadpool(repair.foresee, settings, failed_id, text)
    if not outlook.is_taken:
        return await _show(request, text, status_code=422)
    await run_in_threadpool(repair.mend, settings, [failed_id], reason=None, text=text, changes={})
    counts = await run_in_threadpool(repair.replay, settings, [failed_id], reason=None)
    tell(request, deed=Deed.EVENTS_MENDED, brand=str(one["brand"]))
    done = "stored" if counts["stored"] else "again_refused" if counts["refused"] else "known_already"
    return go(f"/live/refused/{quote(failed_id, safe='')}", done=f"replay.{done}")


async def reason_page(request: Request) -> Response:
    """Show how many events wait under one reason, and the form that sends them all in again."""
    return await _show_reason(request, {}, {})


async def _start_all(request: Request, form: FormData, replays: Replays) -> Response:
    path, value = str(form.get("path", "")).strip(), str(form.get("value", "")).strip()
    said, errors = speech_of(request), {}
    if bool(path) != bool(value):
        errors["path" if value else "value"] = said("live.mend.both")
    elif path:
        try:
            await run_in_threadpool(failed.set_fields, b"{}", {path: value})
        except NotMendable:
            errors["value"] = said("live.mend.json")
    if errors:
        return await _show_reason(request, {"path": path, "value": value}, errors, status_code=422)
    reason, settings = _reason(request), desk_of(request).settings
    changes = {path: value} if path else {}
    match form.get("do"):
        case "look":
            return await _show_reason(request, {"path": path, "value": value}, {}, changes=changes)
        case "keep" if changes:
            await run_in_threadpool(repair.mend, settings, [], reason=reason, text=None, changes=changes)
            tell(request, deed=Deed.EVENTS_MENDED)
            return go(f"/live/reasons/{reason}", done="replay.kept")
        case "undo":
            await run_in_threadpool(repair.unmend, settings, reason=reason)
            tell(request, deed=Deed.EVENTS_MENDED)
            return go(f"/live/reasons/{reason}", done="replay.undone")
    tell(request, deed=Deed.EVENTS_REPLAYED)
    key = replays.start(settings, reason, changes)
    return go(f"/live/replays/{key}")


async def _show(request: Request, text: bytes | None, *, status_code: int = 200) -> Response:
    settings, failed_id = desk_of(request).settings, request.path_params["failed_id"]
    one = await run_in_threadpool(seen_by, who_asks(request), settings, failed_id)
    kept = one["mended"] if text is None else None
    outlook = await run_in_threadpool(repair.foresee, settings, failed_id, str(kept).encode() if kept else text)
    said = speech_of(request)
    wrong = said("live.mend.wrong", why=said.known("refusal", outlook.reason)) if status_code != 200 else ""
    context = {
        "one": one,
        "received_at": datetime.fromisoformat(str(one["received_at"])),
        "outlook": outlook,
        "pieces": _pieces(outlook),
        "text": outlook.text if text is None else text.decode("utf-8", "replace"),
        "is_tried": text is not None,
        "error": wrong,
        "hint": _hint(outlook.reason or str(one["reason"])),
    }
    return render(request, "live", "live_refused", context, status_code=status_code)


async def _show_reason(
    request: Request,
    values: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    changes: Mapping[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    desk, reason = desk_of(request), _reason(request)
    again = await run_in_threadpool(_again, desk)
    brands = sorted(who_asks(request).brands)
    rows = await desk.report("live_refusals", since_at=0, brands=brands, again=again)
    times = next((row["times"] for row in rows if row["reason"] == reason), 0)
    samples = await desk.report(
        "live",
        source="",
        dialect="",
        name="",
        profile="",
        thing="",
        reason=reason,
        what="refused",
        brands=brands,
        most=5,
    )
    waiting = [row for row in samples if row["failed_id"] not in set(again)]
    tried = [] if changes is None else await run_in_threadpool(_tried, desk.settings, waiting, changes)
    context = {
        "reason": reason,
        "times": times,
        "samples": waiting,
        "tried": tried,
        "mended": 0 if brands else await run_in_threadpool(_mended, desk, reason),
        "hint": _hint(reason),
        "values": {"path": "", "value": "", **values},
        "errors": {"path": "", "value": "", **errors},
        "may_all": not who_asks(request).brands,
    }
    return render(request, "live", "live_reason", context, status_code=status_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one event would become if all were mended so."""

    failed_id: str
    text: str
    reason: str
    """Why it would be refused again; empty where it would be taken."""


def _tried(settings: Settings, rows: Sequence[Mapping[str, Any]], changes: Mapping[str, str]) -> list[Trial]:
    made = []
    for row in rows:
        failed_id = str(row["failed_id"])
        try:
            body = failed.set_fields(str(repair.shown(settings, failed_id)["body"]).encode(), changes)
            outlook = repair.foresee(settings, failed_id, body)
            made.append(Trial(failed_id=failed_id, text=outlook.text, reason=outlook.reason))
        except NotMendable:
            made.append(Trial(failed_id=failed_id, text=str(row["properties"]), reason=str(row["reason"])))
    return made


def _mended(desk: Desk, reason: str) -> int:
    with desk.state.read() as connection:
        if not repair.is_any_mended(connection):
            return 0
    return repair.mended_count(desk.settings, reason)


def _again(desk: Desk) -> list[str]:
    with desk.state.read() as connection:
        return repair.sent_again(connection, repair.MOST_AGAIN)


def _reason(request: Request) -> str:
    reason = request.path_params["reason"]
    if reason not in set(RefusalReason):
        raise NoSuchReason(reason=reason[:50])
    return str(reason)


def seen_by(who: Principal, settings: Settings, failed_id: str) -> dict[str, object]:
    """Give a refused event, if it is of a brand that the visitor is for. Raises: NoSuchFailed."""
    one = repair.shown(settings, failed_id)
    if who.brands and one["brand"] not in who.brands:
        raise repair.NoSuchFailed(failed_id=failed_id[:50])
    return one


def _pieces(outlook: repair.Outlook) -> list[Piece]:
    if outlook.spot is None:
        return [Piece(text=outlook.text)]
    start, end = outlook.spot
    parts = (
        Piece(text=outlook.text[:start]),
        Piece(text=outlook.text[start:end], is_marked=True),
        Piece(text=outlook.text[end:]),
    )
    return [one for one in parts if one.text]


def _hint(reason: str) -> str:
    """Give the key of the words that say how a reason is mended."""
    return f"refusal.{reason}.mend"
