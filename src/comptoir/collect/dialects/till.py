"""Tickets of a shop's till, as JSON: each becomes an order of that shop, and its card says whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from comptoir.collect import parse
from comptoir.collect.dialects import bodies, events, values
from comptoir.collect.dialects.base import Asking, Dialect, Opened, Route
from comptoir.collect.dialects.events import Writing
from comptoir.collect.parse import Fault, Parsed, Stamp
from comptoir.model.event import ENVELOPE_VERSION, Line, Record, RefusalReason, Trust, Type

ONE, MANY = "ticket", "tickets"
CHANNEL = "shop"


class Sold(msgspec.Struct, gc=False):
    """One line of a ticket; a return has a negative quantity."""

    price: Decimal
    quantity: Decimal = Decimal(1)
    product_id: str | int | None = None
    variant_id: str | int | None = None
    name: str | None = None
    category: str | None = None


class Ticket(msgspec.Struct, gc=False):
    """One ticket."""

    ticket: str | int
    """Its number, told apart by `shop` where there are several."""
    lines: list[Sold]
    shop: str = ""
    at: str | int | float | None = None
    card: str | int | None = None
    """The loyalty card that was shown."""
    customer: str | int | None = None
    """The customer's account, where the till knows it."""
    email: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    tax: Decimal | None = None
    discount: Decimal | None = None
    coupon: str | None = None


class _Lot(msgspec.Struct, gc=False):
    """Several tickets."""

    tickets: list[msgspec.Raw]


_read_ticket = msgspec.json.Decoder(Ticket).decode
_read_lot = msgspec.json.Decoder(_Lot).decode


class Till(Dialect):
    """Reads tickets. Only a secret key may bring them: they are sales, and say who bought."""

    name = "till"
    routes: Mapping[str, Route] = {"/till/v1/ticket": Route(ONE), "/till/v1/tickets": Route(MANY)}

    def open(self, asked: Asking) -> Opened:
        """Take a request apart: one ticket, or a list of them."""
        route, body = asked.route, asked.body
        if route == MANY:
            found = bodies.cut(body, "tickets", _read_lot)
            return Opened(
                route=route,
                body=body,
                events=found.events,
                fault=found.fault,
                is_sound=found.is_sound,
                is_shallow=found.is_shallow,
            )
        fault = parse.fault(body)
        return Opened(route=route, body=body, events=(body,), is_single=True, fault=fault)

    def read(self, opened: Opened, stamp: Stamp) -> Parsed:
        """Read every ticket into the lines of an order; a bad one becomes one refused line."""
        writing = Writing(self.name, opened, stamp)
        if opened.fault is not None:
            events.refuse(writing, 0, opened.fault)
            return writing.parsed
        for index, one in enumerate(opened.events):
            text = bytes(one)
            said = events.fault_of_text(writing, text) or _ticket(text, stamp)
            if isinstance(said, Fault):
                events.refuse(writing, index, said)
            else:
                writing.parsed.lines += _lines(said, stamp)
                writing.parsed.is_urgent = True
        return writing.parsed

    def reopen(self, route: str, text: bytes) -> Opened:
        """Open one ticket again."""
        del route
        return self.open(Asking(ONE, text))


def _ticket(text: bytes, stamp: Stamp) -> Ticket | Fault:
    if stamp.trust is not Trust.CONFIRMED:
        return Fault(RefusalReason.NOT_ALLOWED, "tickets need a secret key")
    try:
        ticket = _read_ticket(text)
    except msgspec.ValidationError as error:
        return Fault(RefusalReason.BAD_ENVELOPE, str(error))
    if not str(ticket.ticket).strip():
        return Fault(RefusalReason.MISSING_ORDER_ID, "a ticket needs its number, `ticket`")
    if not ticket.lines:
        return Fault(RefusalReason.BAD_ROW, "a ticket has `lines`")
    if not all(amount.is_finite() for amount in _amounts(ticket)):
        return Fault(RefusalReason.BAD_AMOUNT, "an amount is no number")
    return ticket


def _amounts(ticket: Ticket) -> Iterator[Decimal]:
    for line in ticket.lines:
        yield line.price
        yield line.quantity
    yield from (amount for amount in (ticket.total, ticket.tax, ticket.discount) if amount is not None)


def _lines(ticket: Ticket, stamp: Stamp) -> Sequence[Line]:
    """Write the order's lines, as an import of orders would."""
    order_id = f"{ticket.shop}/{ticket.ticket}" if ticket.shop else str(ticket.ticket)
    whole = {
        "order_id": order_id, "currency": ticket.currency, "channel": CHANNEL, "shop": ticket.shop,
        "total": ticket.total, "tax": ticket.tax, "discount": ticket.discount, "coupon": ticket.coupon,
        "loyalty_card": None if ticket.card is None else str(ticket.card), "email": ticket.email,
    }  # fmt: skip
    at = parse.instant(ticket.at)
    return [
        Line(
            v=ENVELOPE_VERSION,
            type=Type.RECORD.value,
            name=Record.ORDER_LINE.value,
            source=stamp.source,
            brand=stamp.brand,
            trust=stamp.trust.value,
            dialect=Till.name,
            received_at=stamp.received_at,
            message_id=f"till-{order_id}-{number}",
            user_id=None if ticket.customer is None else str(ticket.customer),
            timestamp=at,
            original_timestamp=str(ticket.at) if at is None and ticket.at is not None else None,
            properties=values.raw({**whole, "line_id": str(number), **_sold(sold)}),
        )
        for number, sold in enumerate(ticket.lines, 1)
    ]


def _sold(sold: Sold) -> dict[str, object]:
    return {
        "product_id": sold.product_id, "variant_id": sold.variant_id, "product_name": sold.name,
        "category": sold.category, "quantity": sold.quantity, "unit_price": sold.price,
    }  # fmt: skip
