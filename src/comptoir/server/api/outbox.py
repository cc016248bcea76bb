"""The outbox over the API: what waits, what left, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.messaging import outbox_shelf
from comptoir.messaging.outbox_shelf import FateKnown, MessageNotFound, Sending, Shown
from comptoir.server.api import cursors
from comptoir.server.api.endpoints import Call, Endpoint, Page


class Asked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which messages: of a state, of an address, or with a message id."""

    state: Shown | None = None
    search: str = ""
    cursor: str | None = None


class Settle(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What somebody found out of a message of unknown fate."""

    was_sent: bool


def listed(call: Call) -> Page[Sending]:
    """List messages. Order: newest first."""
    asked: Asked = call.query
    place: Sequence[int] | None = cursors.read(asked.cursor, tuple[int])
    with call.desk.state.read() as connection:
        found = outbox_shelf.listing(
            connection, asked.state, asked=asked.search, brands=call.who.brands, before=place[0] if place else None
        )
    return Page(items=list(found.rows), next=None if found.after is None else cursors.write([found.after]))


def show(call: Call) -> Sending:
    """Show one message."""
    with call.desk.state.read() as connection:
        found = outbox_shelf.find(connection, call.path["message_id"])
    if not call.may_see(found.brand):
        raise MessageNotFound(id=call.path["message_id"][:100])
    return found


def settle(call: Call) -> Sending:
    """Settle a message of unknown fate."""
    from comptoir.acting import pressure_of  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)

    one = show(call)
    with call.desk.state.write() as connection:
        outbox_shelf.settle(
            connection, one.message_id, was_sent=call.body.was_sent, gate=pressure_of(call.desk.settings, b""),
            now=call.desk.clock.now(), by=call.who.name,
        )  # fmt: skip
    call.tell(brand=one.brand)
    return show(call)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/outbox", tag="Messages", right=Right.CAMPAIGN, query=Asked, answer=Page[Sending],
        act=listed, summary="Messages that wait, left, failed, or are of unknown fate, newest first.",
    ),
    Endpoint(
        method="GET", path="/outbox/{message_id}", tag="Messages", right=Right.CAMPAIGN, answer=Sending, act=show,
        summary="One message of the outbox.", errors=(MessageNotFound,),
    ),
    Endpoint(
        method="POST", path="/outbox/{message_id}/settle", deed=Deed.MESSAGE_SETTLED,
        tag="Messages", right=Right.CAMPAIGN, body=Settle,
        answer=Sending, act=settle, summary="Say of a message of unknown fate whether it was sent.",
        errors=(MessageNotFound, FateKnown), example={"was_sent": True},
    ),
)  # fmt: skip
"""What the API says of the outbox."""
