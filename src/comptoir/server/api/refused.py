"""Refused events over the API: listed, shown, mended and sent in again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from comptoir import repair
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.collect.failed import NotMendable
from comptoir.model.event import RefusalReason
from comptoir.repair import NoSuchFailed, NothingChosen
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import BadRequest, Call, Endpoint, Page, Paged

_MOST = 10_000
_MOST_OWN = 200
"""Ids that a key for some brands may name at once: each is looked at."""


class Refused(msgspec.Struct, kw_only=True):
    """A refused event, in a list."""

    failed_id: str
    reason: str
    detail: str
    source: str
    message_id: str | None
    row_number: int | None
    received_at: str
    state: str


class Asked(Paged, kw_only=True, forbid_unknown_fields=True):
    """Which refused events."""

    reason: RefusalReason | None = None


class Mend(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How refused events are mended: by the whole event, or field by field."""

    ids: list[str] = []
    reason: RefusalReason | None = None
    """All of one reason."""
    event: dict[str, Any] | None = None
    set: dict[str, Any] = {}
    """Field → value, such as `properties.total` → `"12.50"`."""


class Unmend(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Whose mending is taken back."""

    reason: RefusalReason


class Unmended(msgspec.Struct, kw_only=True):
    """How many are as they came again."""

    undone: int


class Replay(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which refused events are sent in again; all that were mended where nothing is named."""

    ids: list[str] = []
    reason: RefusalReason | None = None


class Mended(msgspec.Struct, kw_only=True):
    """How many were mended."""

    repaired: int


class Replayed(msgspec.Struct, kw_only=True):
    """What came of those sent in again."""

    replayed: int
    stored: int
    refused: int


def listed(call: Call) -> Page[Refused]:
    """List refused events. Order: newest first."""
    asked: Asked = call.query
    place = cursors.read(asked.cursor, tuple[str, str])
    found = repair.listed(call.desk.settings, reason=asked.reason.value if asked.reason else None, limit=_MOST)
    rows = [msgspec.convert(row, Refused) for row in found if call.may_see(str(row["brand"]))]
    rest = [one for one in rows if place is None or (one.received_at, one.failed_id) < place]
    rest.sort(key=_place, reverse=True)
    return cursors.page(rest[: asked.limit + 1], asked, _place)


def shown(call: Call) -> dict[str, Any]:
    """Show one whole."""
    one = repair.shown(call.desk.settings, call.path["failed_id"])
    if not call.may_see(str(one["brand"])):
        raise NoSuchFailed(failed_id=call.path["failed_id"][:50])
    return one


def mend(call: Call) -> Mended:
    """Keep the mended form of refused events; the original is never changed."""
    said: Mend = call.body
    _check_own(call, said.ids)
    text = None if said.event is None else msgspec.json.encode(said.event)
    changes = {name: msgspec.json.encode(value).decode() for name, value in said.set.items()}
    reason = said.reason.value if said.reason else None
    return Mended(repaired=repair.mend(call.desk.settings, said.ids, reason=reason, text=text, changes=changes))


def unmend(call: Call) -> Unmended:
    """Take back the mending of all of one reason that were not sent in yet."""
    call.check_brand(None)
    return Unmended(undone=repair.unmend(call.desk.settings, reason=call.body.reason.value))


def replay(call: Call) -> Replayed:
    """Send refused events in again, with their own time."""
    said: Replay = call.body
    _check_own(call, said.ids)
    done = repair.replay(call.desk.settings, said.ids, reason=said.reason.value if said.reason else None)
    return msgspec.convert(done, Replayed)


def _check_own(call: Call, ids: Sequence[str]) -> None:
    """Let pass ids that are all of the key's brands; all of one reason are of any brand. Raises: NotAllowed."""
    call.tell(about=ids[0] if len(ids) == 1 else f"{len(ids)} events" if ids else "every one of a reason")
    if not call.who.brands:
        return
    if not ids:
        call.check_brand(None)
    for one in ids[:_MOST_OWN]:
        if not call.may_see(str(repair.shown(call.desk.settings, one)["brand"])):
            raise NoSuchFailed(failed_id=one[:50])
    if len(ids) > _MOST_OWN:
        raise BadRequest(ids=len(ids), most=_MOST_OWN, problem="name fewer at once, or use a key for every brand")


def _place(one: Refused) -> tuple[str, str]:
    return one.received_at, one.failed_id


ENDPOINTS = (
    Endpoint(
        method="GET", path="/refused", tag="Refused events", right=Right.RUN, query=Asked, answer=Page[Refused],
        act=listed, summary="Events that were refused, newest first, with the reason.",
    ),
    Endpoint(
        method="GET", path="/refused/{failed_id}", tag="Refused events", right=Right.RUN, answer=dict[str, Any],
        act=shown, summary="One refused event whole: why, what came, and what it was mended to.",
        errors=(NoSuchFailed,),
    ),
    Endpoint(
        method="POST", path="/refused/mend", deed=Deed.EVENTS_MENDED,
        tag="Refused events", right=Right.RUN, body=Mend, answer=Mended, act=mend,
        summary="Mend refused events; nothing is sent in until they are replayed.",
        errors=(NothingChosen, NoSuchFailed, NotMendable),
        example={"ids": ["0193…"], "set": {"properties.total": "12.50"}},
    ),
    Endpoint(
        method="POST", path="/refused/unmend", whole=True, deed=Deed.EVENTS_MENDED,
        tag="Refused events", right=Right.RUN, body=Unmend, answer=Unmended,
        act=unmend, summary="Take back a mending of refused events that were not sent in yet.",
        example={"reason": "bad_amount"},
    ),
    Endpoint(
        method="POST", path="/refused/replay", deed=Deed.EVENTS_REPLAYED,
        tag="Refused events", right=Right.RUN, body=Replay, answer=Replayed,
        act=replay, summary="Send refused events in again, with their own time.", errors=(NoSuchFailed,),
        example={"ids": ["0193…"]},
    ),
)  # fmt: skip
"""What the API says of refused events."""
