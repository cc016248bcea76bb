"""Is this the same person? One pair at a time, with what speaks for it and against; answered by keys or buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.identity.profile import Identification, Profile
from comptoir.matching import queue, records
from comptoir.matching.queue import MILLI, Standing, Suggestion, Tally
from comptoir.web import called
from comptoir.web.routes import get, post, tell
from comptoir.web.view import Desk, desk_of, go, render, who_asks

PATH = "/matching"
MOST = 200
"""Pairs that can be leafed through; as they are decided, others follow."""
STRONGEST = 16
"""Bits of the longest bar: one in 65,536."""
_ANSWERS = {"same": queue.accept, "different": queue.reject, "undo": queue.undo}
_WEIGHTLESS = MILLI // 20
"""What is no column and weighs less than this, in thousandths of a bit, is not worth a line."""
_PLAIN = 50
"""Above one in so many, chance is said; what is commoner is no evidence worth a figure."""


class NoAnswer(ComptoirError, ValueError):
    """A pair is the same, different, or taken back; nothing else."""

    code, status = "no_answer", 422
    hint = "Choose one of the buttons of the page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one column says."""

    field: str
    """The words `matching.field.<field>`; empty for what is no column."""
    level: str
    values: tuple[str, str]
    bits: float
    """Above zero it speaks for one person."""
    one_in: int
    """Two strangers are that much alike once in so many; 0 where it is not worth a figure."""

    @property
    def length(self) -> float:
        """How long the bar is, of `STRONGEST`."""
        return min(abs(self.bits), float(STRONGEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two people."""

    profile_id: str
    name: str
    identifiers: Sequence[Identification]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that the page shows."""

    pair: Suggestion | None
    sides: Sequence[Side]
    lines: Sequence[Line]
    before: str
    """The key of the pair before this one; empty at the first."""
    after: str
    tally: Tally
    undo: str
    """The key of what was decided last, to take it back; empty if nothing was."""


def routes() -> list[BaseRoute]:
    """Give the routes."""
    return [
        get(PATH, page, Right.CARE, whole=True),
        post(PATH, answer, Right.CARE, whole=True, deed=Deed.PERSON_JOINED),
    ]


async def page(request: Request) -> Response:
    """Show the pair asked for, or the likeliest that waits."""
    asked, undo = (request.query_params.get(name, "")[:100] for name in ("pair", "undo"))
    view = await run_in_threadpool(load, desk_of(request), asked, undo)
    return render(request, "customer", "matching", {"view": view, "strongest": STRONGEST})


async def answer(request: Request, form: FormData) -> Response:
    """Take an answer, and go on to the next pair."""
    desk, who = desk_of(request), who_asks(request)
    key, said = str(form.get("pair", ""))[:100], str(form.get("answer", ""))
    if said not in _ANSWERS:
        raise NoAnswer(answer=said[:20])
    following = await run_in_threadpool(decide, desk, key, said, who.name)
    tell(request, about=key, deed=Deed.PERSON_JOINED if said == "same" else Deed.PERSON_CUT)
    if said == "undo":
        return go(PATH, done="matching.undo", pair=key)
    return go(PATH, done=f"matching.{said}", pair=following, undo=key)


def load(desk: Desk, asked: str, undo: str = "") -> View:
    """Load the page. A pair that is decided already gives way to the first that waits."""
    with desk.state.read() as connection:
        waiting = queue.waiting(connection, MOST)
        tally = queue.tally(connection)
        last = _decided(queue.decided(connection, MOST), undo)
        place = next((number for number, one in enumerate(waiting) if one.key == asked), 0)
        pair = waiting[place] if waiting else None
        both = [profile.read_node(connection, node) for node in (pair.a, pair.b)] if pair else []
        names = [called.name_of(desk, connection, one) for one in both if one is not None]
    people = [one for one in both if one is not None]
    return View(
        pair=pair if len(people) == 2 else None,
        sides=[_side(one, name) for one, name in zip(people, names, strict=True)],
        lines=lines(pair, people) if pair and len(people) == 2 else [],
        before=waiting[place - 1].key if place else "",
        after=waiting[place + 1].key if place + 1 < len(waiting) else "",
        tally=tally,
        undo=last,
    )


def decide(desk: Desk, key: str, said: str, by: str) -> str:
    """Take an answer, and give the key of the pair that follows; empty if none does. Raises: NoSuchSuggestion."""
    with desk.state.write() as connection:
        waiting = [one.key for one in queue.waiting(connection, MOST)]
        a, b = queue.parse(key)
        _ANSWERS[said](connection, a, b, at=micros(desk.clock.now()), by=by)
    following = waiting[waiting.index(key) + 1 :] if key in waiting else waiting
    return following[0] if following else ""


def lines(pair: Suggestion, people: Sequence[Profile]) -> list[Line]:
    """Say what each column adds. Order: what speaks loudest, for or against, first; then what is no column."""
    known = [records.told(one.traits, [(each.kind, each.value) for each in one.identifiers]) for one in people]
    told = [
        Line(
            field=part.field,
            level=part.level,
            values=(_value(known[0], part.field), _value(known[1], part.field)),
            bits=part.weight_milli / MILLI,
            one_in=part.one_in if part.weight_milli > 0 and part.one_in >= _PLAIN else 0,
        )
        for part in pair.evidence
        if part.field or abs(part.weight_milli) >= _WEIGHTLESS
    ]
    return sorted(told, key=lambda one: (not one.field, -abs(one.bits)))


def _value(known: dict[str, str], field: str) -> str:
    return known.get(records.column_of(field), "")


def _side(person: Profile, name: str) -> Side:
    return Side(
        profile_id=person.profile_id,
        name=name,
        identifiers=person.identifiers,
    )


def _decided(latest: Sequence[Suggestion], key: str) -> str:
    """Give a key back if this pair is decided and so can be taken back."""
    return key if any(one.key == key and one.standing is not Standing.OPEN for one in latest) else ""
