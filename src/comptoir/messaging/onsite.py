"""The channel of the site itself: a message waits for its browser, and is taken back once it has had its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, literal_column, select, update

from comptoir.clock import Clock, micros
from comptoir.messaging import reporting
from comptoir.messaging.base import LastLook, Making
from comptoir.messaging.rows import notices, outbox
from comptoir.model.identifier import is_secret
from comptoir.model.message import ONSITE, DeliveryKind, Mail, Notice, Receipt
from comptoir.state.base import State
from comptoir.state.statement import Statement

CONNECTIONS = 4
MOST_LOOKED_AT = 1_000
"""Messages that one look goes through; the others are looked at by the next ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message as the door is told of it: for whom, what the page shows, until when; `shown` None takes it back."""

    message_id: str
    brand: str
    source: str
    browser: str
    shown: bytes | None
    expires_at: int
    """Units: microseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnSite:
    """
    Puts each message where the door finds it for its browser; the same message twice is one.

    Its address is a browser's anonymous id. One that could be guessed gets nothing, as whoever names it is answered.
    """

    state: State
    clock: Clock
    name: str = ONSITE
    connections: int = CONNECTIONS

    @classmethod
    def made(cls, making: Making) -> OnSite:
        """Make it; it has no options."""
        return cls(state=making.state, clock=making.clock)

    def room(self, _brand: str) -> int:
        """Say that there is always room."""
        return self.connections

    def send(self, mail: Mail, *, may_still: LastLook) -> Receipt:
        """Put one message on the site."""
        if mail.notice is None:
            return Receipt(kind=DeliveryKind.FAILED, detail="bad message: it says nothing for the site")
        if not is_secret(mail.to):
            return Receipt(kind=DeliveryKind.FAILED, detail="bad message: this browser's id can be guessed")
        if not may_still():
            return Receipt(kind=DeliveryKind.STOPPED, detail="forbidden at the last look")
        with self.state.write() as connection:
            put(connection, mail, mail.notice, self.clock.now())
        return Receipt(kind=DeliveryKind.ACCEPTED, detail=mail.notice.slot)

    def close(self) -> None:
        """Nothing stays open."""


def put(connection: Connection, mail: Mail, notice: Notice, now: datetime) -> None:
    """Put a message on the site; one that is there already, or was taken back, stays as it is."""
    row = {
        "message_id": mail.message_id, "brand": mail.brand, "source": mail.source, "browser": mail.to,
        "shown": shown_json(notice, {"message_id": mail.message_id}), "times": notice.times, "is_live": True,
        "change": _next_change(connection), "changed_at": micros(now),
    }  # fmt: skip
    connection.execute(insert(notices).prefix_with("OR IGNORE"), [row])


def shown_json(notice: Notice, tell: Mapping[str, str]) -> str:
    """Write what a page shows; `tell` is what it says of itself when it was shown, clicked or closed."""
    said = {name: getattr(notice, name) for name in ("title", "text", "button", "url", "close", "items")}
    body = {
        "tell": tell, "slot": notice.slot, "times": notice.times, "sells": notice.sells,
        "words": {notice.language: said},
    }  # fmt: skip
    return msgspec.json.encode(body).decode()


def changes(connection: Connection, after: int) -> tuple[int, list[Waiting]]:
    """Give what was put on the site or taken back since a change, and the number of the newest. Order: as it came."""
    found = _CHANGES.rows(connection, after=after)
    return (found[-1][0] if found else after), [
        Waiting(
            message_id=message_id,
            brand=brand,
            source=source,
            browser=browser,
            shown=shown.encode() if is_live else None,
            expires_at=expires_at,
        )
        for _, message_id, brand, source, browser, shown, is_live, expires_at in found
    ]


def live(connection: Connection, after: str = "") -> list[dict[str, Any]]:
    """Give the outbox rows of messages that are on the site, a stretch of them, with `times`. Order: by id."""
    return _LIVE.mappings(connection, after=after)


def take_back(connection: Connection, wanted: Sequence[tuple[Mapping[str, Any], str]], now: datetime) -> None:
    """Take messages (outbox rows, each with why) from the site, and report it."""
    change = _next_change(connection)
    for place, (row, reason) in enumerate(wanted):
        connection.execute(
            update(notices)
            .where(notices.c.message_id == row["message_id"])
            .values(is_live=False, reason=reason, change=change + place, changed_at=micros(now))
        )
    reporting.queue(
        connection, [reporting.delivery_line(row, DeliveryKind.WITHDRAWN, reason, now) for row, reason in wanted]
    )


def worn_out(row: Mapping[str, Any], heard: Mapping[str, int], now: datetime) -> str | None:
    """Say why a message has had its time, by how often each thing was heard of it; None where it has not."""
    if micros(now) >= row["expires_at"]:
        return "expired"
    for kind in (DeliveryKind.DISMISSED, DeliveryKind.CLICKED):
        if heard.get(kind.value):
            return kind.value
    return DeliveryKind.SHOWN.value if 0 < row["times"] <= heard.get(DeliveryKind.SHOWN.value, 0) else None


def _next_change(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(notices.c.change))) or 0) + 1


_n, _o = notices.c, outbox.c
_CHANGES = Statement(
    select(_n.change, _n.message_id, _n.brand, _n.source, _n.browser, _n.shown, _n.is_live, _o.expires_at)
    .select_from(notices.join(outbox, _o.message_id == _n.message_id))
    .where(_n.change > bindparam("after"))
    .order_by(_n.change)
)
_LIVE = Statement(
    select(*outbox.c, _n.times)
    .select_from(notices.join(outbox, _o.message_id == _n.message_id))
    .where(_n.is_live == literal_column("1"), _n.message_id > bindparam("after"))  # as text: the partial index is found
    .order_by(_n.message_id)
    .limit(literal_column(str(MOST_LOOKED_AT)))
)
