"""Orders: all that was ever said of one order becomes one order, its lines and its signed movements of money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Literal, NamedTuple, TypeVar

COMPLETED, UPDATED, REFUNDED, CANCELLED = "Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"
IMPORTED = "Order Line"
CONFIRMED = "confirmed"
LOOSE = frozenset({"return", "adjustment"})
"""Kinds of imported lines that stand for themselves; all others together are what the import says was ordered."""
NO_PRODUCT = frozenset({"shipping", "tax", "discount", "total", "order"})
"""Line keys of what an event says of the whole order."""

T = TypeVar("T")


class Row(NamedTuple):
    """A row of fact.commerce that speaks of an order; the fields are its columns."""

    order_hash: int
    message_id: str
    message_hash: int
    line_number: int
    name: str
    node_id: int
    browser_node: int
    brand: str
    source: str
    trust: str
    occurred_at: datetime
    cart_hash: int | None
    checkout_hash: int | None
    checkout_id: str | None
    namespace: str | None
    order_id: str
    line_id: str | None
    line_kind: str | None
    product_id: str | None
    variant_id: str | None
    product_name: str | None
    category: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    amount_minor: int | None
    cost_minor: int | None
    currency: str | None
    channel: str | None
    country: str | None
    coupon: str | None
    total_minor: int | None
    shipping_minor: int | None
    tax_minor: int | None
    discount_minor: int | None
    is_visit: bool | None


class Order(NamedTuple):
    """A row of fact.orders, before it is joined to a cart."""

    order_hash: int
    brand: str
    namespace: str
    order_id: str
    node_id: int
    checkout_id: str | None
    ordered_at: datetime
    status: Literal["completed", "cancelled", "refunded", "returned"]
    trust: str
    currency: str | None
    gross_minor: int
    amount_minor: int
    channel: str | None
    country: str | None
    coupon: str | None
    source: str
    placed_at: datetime
    is_sale: bool
    browser_nodes: list[int]
    cart_hashes: list[int]
    checkout_hashes: list[int]
    own_node: int | None
    own_at: datetime | None


class OrderLine(NamedTuple):
    """A row of fact.order_lines."""

    order_hash: int
    brand: str
    line_key: str
    product_id: str | None
    variant_id: str | None
    product_name: str | None
    category: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    amount_minor: int
    currency: str | None
    kind: str


class Movement(NamedTuple):
    """A row of fact.revenue_ledger, before it is booked."""

    order_hash: int
    brand: str
    line_key: str
    kind: str
    revision: int
    quantity: Decimal | None
    amount_minor: int
    tax_minor: int | None
    cost_minor: int | None
    currency: str | None
    fx_rate_on: date | None
    product_id: str | None
    channel: str | None
    country: str | None
    trust: str
    source: str
    source_ref: str
    node_id: int
    occurred_at: datetime


class Settled(NamedTuple):
    """An order as it stands."""

    order: Order
    lines: list[OrderLine]
    ledger: list[Movement]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of what a statement says was ordered: a line, or shipping, tax, discount, or what is left to the total."""

    kind: str
    amount_minor: int
    currency: str | None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    product_id: str | None = None
    variant_id: str | None = None
    product_name: str | None = None
    category: str | None = None
    tax_minor: int | None = None
    cost_minor: int | None = None
    ref: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What one event, or one import, says the whole order is. `included` names what the line prices contain already."""

    head: Row
    pieces: dict[str, Piece]
    has_lines: bool
    included: frozenset[str] = frozenset()


def settle(rows: Iterable[Row]) -> Settled:
    """
    Make the order, its lines and its ledger of all rows that speak of it. Pure, and the same for any order of the rows.

    The most trusted statement stands (import, then confirmed event, then claimed; a later update over an earlier one);
    what it changes of the ones below is written as adjustments, so that the ledger's sum is always what stands.
    """
    told = sorted(rows, key=_place)
    trust = CONFIRMED if any(row.trust == CONFIRMED for row in _speaking(told)) else told[0].trust
    if trust != CONFIRMED:
        told = _of_one_source(told)
    statements = _statements(told)
    believed = [row for row in told if row.trust in {trust, CONFIRMED}]
    header = _header(told, statements, trust)
    final = statements[-1].pieces if statements else {}
    movements = [*_chain(statements), *_loose(told)]
    if _named(believed, CANCELLED):
        movements += _reversed(movements, _named(believed, CANCELLED)[0])
        status: Literal["completed", "cancelled", "refunded", "returned"] = "cancelled"
    else:
        movements += _returned(final, movements, _named(believed, REFUNDED))
        status = _status(movements)
    currency = header.currency
    ledger = [
        one._replace(
            order_hash=header.order_hash, brand=header.brand, trust=trust, source=header.source, node_id=header.node_id,
            channel=header.channel, country=header.country,
        )
        for one in movements
    ]  # fmt: skip
    order = header._replace(
        status=status,
        gross_minor=sum(piece.amount_minor for piece in final.values() if piece.currency == currency),
        amount_minor=sum(one.amount_minor for one in ledger if one.currency == currency),
    )
    return Settled(order, _lines(header, final, told), ledger)


# ── what was said, in the order of trust ──


def _place(row: Row) -> tuple[datetime, str, int, int]:
    return (row.occurred_at, row.message_id, row.message_hash, row.line_number)


def _named(rows: Sequence[Row], name: str) -> list[Row]:
    return [row for row in rows if row.name == name]


def _speaking(rows: Sequence[Row]) -> list[Row]:
    """Give the rows that say the order exists; where none does, all rows."""
    return [row for row in rows if row.name in {COMPLETED, UPDATED, IMPORTED}] or list(rows)


def _of_one_source(told: Sequence[Row]) -> list[Row]:
    """Of an order that nobody confirmed, let only that source speak which placed it: not another site's public key."""
    source = _speaking(told)[0].source
    return [row for row in told if row.source == source or row.trust == CONFIRMED]


def _rank(row: Row) -> tuple[int, bool, datetime, str, int, int]:
    """Place a row by trust: imports above confirmed events above claimed ones, updates above what they update."""
    trust = 2 if row.name == IMPORTED else int(row.trust == CONFIRMED)
    return (trust, row.name == UPDATED, *_place(row))


def _statements(rows: Sequence[Row]) -> list[Statement]:
    """Give what was said of the whole order, least trusted first."""
    statements: list[Statement] = []
    events = sorted((row for row in rows if row.name in {COMPLETED, UPDATED}), key=_rank)
    for _, lines in groupby(events, key=lambda row: row.message_hash):
        statements.append(_event_statement(list(lines), statements[-1] if statements else None))
    imported = [row for row in rows if row.name == IMPORTED and kind_of(row) not in LOOSE]
    if imported:
        statements.append(_import_statement(imported))
    return statements


def kind_of(row: Row) -> str:
    """Give the kind of an imported line: its own, else by the sign of its quantity."""
    return row.line_kind or ("return" if row.quantity is not None and row.quantity < 0 else "sale")


def _import_statement(rows: Sequence[Row]) -> Statement:
    named = _numbered((_product_key(row), row) for row in rows)
    return Statement(
        head=rows[0],
        pieces={key: _piece(row, kind_of(row)) for key, row in named},
        has_lines=True,
    )


def _event_statement(rows: Sequence[Row], former: Statement | None) -> Statement:
    """Read one event. An update leaves what it does not name as it was: lines, and totals."""
    head = rows[0]
    sold = [row for row in rows if row.product_id is not None or row.amount_minor is not None]
    lines = {key: _piece(row, "sale") for key, row in _numbered((_product_key(row), row) for row in sold)}
    if not lines and former is not None and head.name == UPDATED:
        lines = {key: piece for key, piece in former.pieces.items() if key not in NO_PRODUCT}
        if (head.total_minor, head.shipping_minor, head.tax_minor, head.discount_minor) == (None,) * 4:
            return replace(former, head=head)
    extras = _extras(head, former.pieces if former is not None and head.name == UPDATED else {})
    whole, included = _inclusions(head, lines, extras, former)
    currency = head.currency or next((piece.currency for piece in lines.values() if piece.currency), None)
    pieces = dict(lines)
    for kind, amount in extras.items():
        if amount:
            is_in = kind in included
            pieces[kind] = Piece(
                kind=kind, amount_minor=0 if is_in else amount, currency=currency, ref=head.message_id,
                tax_minor=amount if kind == "tax" else None, at=head.occurred_at,
            )  # fmt: skip
    rest = whole - sum(piece.amount_minor for piece in pieces.values() if piece.currency == currency)
    if rest:
        key, kind = ("total", "adjustment") if lines else ("order", "sale")
        pieces[key] = Piece(kind=kind, amount_minor=rest, currency=currency, ref=head.message_id, at=head.occurred_at)
    return Statement(head=head, pieces=pieces, has_lines=bool(lines), included=included)


def _extras(head: Row, former: dict[str, Piece]) -> dict[str, int]:
    """Give the signed amounts of shipping, tax and discount; what an update does not say stays."""

    def one(kind: str, said: int | None) -> int:
        if said is not None:
            return -abs(said) if kind == "discount" else said
        kept = former.get(kind)
        if kept is None:
            return 0
        return kept.tax_minor or 0 if kind == "tax" else kept.amount_minor

    return {
        "shipping": one("shipping", head.shipping_minor),
        "tax": one("tax", head.tax_minor),
        "discount": one("discount", head.discount_minor),
    }


_WAYS: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"tax"}),
    frozenset({"discount"}),
    frozenset({"tax", "discount"}),
    frozenset({"shipping"}),
    frozenset({"shipping", "tax"}),
    frozenset({"shipping", "tax", "discount"}),
)
"""What the prices of the lines may contain already, likeliest first."""


def _inclusions(
    head: Row, lines: dict[str, Piece], extras: dict[str, int], former: Statement | None
) -> tuple[int, frozenset[str]]:
    """Give the order's total, and what of tax, discount and shipping the line prices contain already."""
    sold = sum(piece.amount_minor for piece in lines.values())
    if head.total_minor is None:
        included = former.included if former is not None and head.name == UPDATED else frozenset()
        return sold + sum(amount for kind, amount in extras.items() if kind not in included), included
    if not lines:
        return head.total_minor, frozenset()
    for way in _WAYS:
        if sold + sum(amount for kind, amount in extras.items() if kind not in way) == head.total_minor:
            return head.total_minor, way
    return head.total_minor, frozenset()


def _product_key(row: Row) -> str:
    if row.product_id is None:
        return f"line {row.line_id or row.line_number}"
    return row.product_id if row.variant_id is None else f"{row.product_id}/{row.variant_id}"


def _numbered(named: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
    """Make keys different where one product stands on several lines."""
    seen: dict[str, int] = defaultdict(int)
    numbered = []
    for key, value in named:
        seen[key] += 1
        numbered.append((key if seen[key] == 1 else f"{key}#{seen[key]}", value))
    return numbered


def _piece(row: Row, kind: str) -> Piece:
    return Piece(
        kind=kind, amount_minor=row.amount_minor or 0, currency=row.currency, quantity=row.quantity,
        unit_price=row.unit_price, product_id=row.product_id, variant_id=row.variant_id, product_name=row.product_name,
        category=row.category, cost_minor=row.cost_minor, ref=row.message_id, at=row.occurred_at,
    )  # fmt: skip


# ── what moves money ──


def _move(key: str, piece: Piece, **changes: object) -> Movement:
    assert piece.at is not None  # every piece was said at some instant
    made = Movement(
        order_hash=0, brand="", line_key=key, kind=piece.kind, revision=0, quantity=piece.quantity,
        amount_minor=piece.amount_minor, tax_minor=piece.tax_minor, cost_minor=piece.cost_minor,
        currency=piece.currency,
        fx_rate_on=None, product_id=piece.product_id, channel=None, country=None, trust="", source="",
        source_ref=piece.ref, node_id=0, occurred_at=piece.at,
    )  # fmt: skip
    return made._replace(**changes)  # type: ignore[arg-type]


def _chain(statements: Sequence[Statement]) -> list[Movement]:
    """Book the first statement, then what each further one changes."""
    if not statements:
        return []
    movements = [_move(key, piece) for key, piece in sorted(statements[0].pieces.items())]
    revision = 0
    for before, after in pairwise(statements):
        changes = _differences(before.pieces, after.pieces)
        revision += bool(changes)
        movements += [
            _move(key, piece, kind="adjustment", revision=revision, source_ref=after.head.message_id,
                  occurred_at=after.head.occurred_at)
            for key, piece in changes
        ]  # fmt: skip
    return movements


def _differences(before: dict[str, Piece], after: dict[str, Piece]) -> list[tuple[str, Piece]]:
    changes = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old.currency != new.currency:
            changes += [(key, _negative(old))] if old is not None and old.amount_minor else []
            changes += [(key, new)] if new is not None and new.amount_minor else []
        elif old.amount_minor != new.amount_minor or (old.quantity or 0) != (new.quantity or 0):
            changes.append((key, replace(
                new, amount_minor=new.amount_minor - old.amount_minor, quantity=_less(new.quantity, old.quantity),
                tax_minor=_less(new.tax_minor, old.tax_minor), cost_minor=_less(new.cost_minor, old.cost_minor),
            )))  # fmt: skip
    return changes


Number = TypeVar("Number", int, Decimal)


def _less(new: Number | None, old: Number | None) -> Number | None:
    if new is None or old is None:
        return new
    return new - old


def _minus(value: Number | None) -> Number | None:
    return None if value is None else -value


def _negative(piece: Piece) -> Piece:
    return replace(
        piece, amount_minor=-piece.amount_minor, quantity=_minus(piece.quantity), tax_minor=_minus(piece.tax_minor),
        cost_minor=_minus(piece.cost_minor),
    )  # fmt: skip


def _loose(rows: Sequence[Row]) -> list[Movement]:
    """Book imported returns and adjustments, each as it stands."""
    loose = [row for row in rows if row.name == IMPORTED and kind_of(row) in LOOSE]
    return [_move(_own_key(row), _piece(row, kind_of(row))) for row in loose]


def _own_key(row: Row) -> str:
    return row.line_id or row.message_id


def _reversed(movements: Sequence[Movement], by: Row) -> list[Movement]:
    """Undo all that was booked: a cancelled order is worth nothing, whatever was paid back on top."""
    return [
        one._replace(
            kind="adjustment", revision=one.revision + 1, amount_minor=-one.amount_minor, quantity=_minus(one.quantity),
            tax_minor=_minus(one.tax_minor), cost_minor=_minus(one.cost_minor), source_ref=by.message_id,
            occurred_at=by.occurred_at,
        )
        for one in movements
    ]  # fmt: skip


def _returned(final: dict[str, Piece], movements: Sequence[Movement], refunds: Sequence[Row]) -> list[Movement]:
    """Book refunds: of products where the event names them, of an amount, or of all that is left."""
    whole = sum(one.amount_minor for one in movements)
    by_product = [row for row in refunds if row.product_id is not None]
    returned = [_product_return(final, row, number) for number, row in enumerate(by_product)]
    amounts = [row for row in refunds if row.product_id is None and row.line_number == 0]
    full = [row for row in amounts if row.total_minor is None or abs(row.total_minor) >= whole > 0]
    if full:
        return returned + _rest_returned(final, movements, returned, full[0])
    left = whole + sum(one.amount_minor for one in returned)
    for row in amounts:
        assert row.total_minor is not None  # else it would be a full refund
        given = min(abs(row.total_minor), max(left, 0)) if final else abs(row.total_minor)
        left -= given
        piece = Piece(kind="return", amount_minor=-given, currency=row.currency or _currency(final), ref=row.message_id,
                      at=row.occurred_at)  # fmt: skip
        returned += [_move("order", piece)] if given else []
    return returned


def _currency(pieces: dict[str, Piece]) -> str | None:
    return next((piece.currency for piece in pieces.values() if piece.currency), None)


def _product_return(final: dict[str, Piece], row: Row, number: int) -> Movement:
    """Book the return of a product: at the price the event says, else at the price it was sold."""
    same = [
        (key, piece)
        for key, piece in sorted(final.items())
        if piece.product_id == row.product_id and (row.variant_id is None or piece.variant_id == row.variant_id)
    ]
    key, sold = same[0] if same else (_product_key(row), None)
    quantity = abs(row.quantity) if row.quantity is not None else (sold.quantity if sold else None)
    amount = abs(row.amount_minor) if row.amount_minor else 0
    if not amount and sold is not None:
        amount = _share(sold, quantity)
    piece = replace(
        _piece(row, "return"), amount_minor=-amount, quantity=_minus(quantity),
        currency=row.currency or (sold.currency if sold else None), cost_minor=None,
    )  # fmt: skip
    return _move(key, piece, revision=number)


def _share(sold: Piece, quantity: Decimal | None) -> int:
    """Give what a part of a sold line is worth, rounded once, half to even."""
    if not sold.quantity or quantity is None:
        return sold.amount_minor
    return round(sold.amount_minor * quantity / sold.quantity)


def _rest_returned(
    final: dict[str, Piece], movements: Sequence[Movement], returned: Sequence[Movement], by: Row
) -> list[Movement]:
    """Return of each line what is left of it."""
    back: dict[str, list[Movement]] = defaultdict(list)
    for one in [*returned, *(one for one in movements if one.kind == "return")]:
        back[one.line_key].append(one)
    rest = []
    for key, piece in sorted(final.items()):
        amount = piece.amount_minor + sum(one.amount_minor for one in back[key])
        quantity = None
        if piece.quantity is not None:
            quantity = piece.quantity + sum((one.quantity for one in back[key] if one.quantity is not None), Decimal(0))
        if amount:
            left = replace(piece, amount_minor=-amount, quantity=_minus(quantity), kind="return", cost_minor=None)
            rest.append(_move(key, left, revision=len(returned), source_ref=by.message_id, occurred_at=by.occurred_at))
    return rest


def _status(movements: Sequence[Movement]) -> Literal["completed", "refunded", "returned"]:
    if not any(one.kind == "return" for one in movements):
        return "completed"
    was_sold = any(one.kind != "return" and one.amount_minor > 0 for one in movements)
    return "refunded" if was_sold and sum(one.amount_minor for one in movements) <= 0 else "returned"


# ── the order itself ──


def _header(told: Sequence[Row], statements: Sequence[Statement], trust: str) -> Order:
    best = sorted(_speaking(told), key=_rank, reverse=True)
    first = min(best, key=_place)
    completed = [row for row in best if row.name in {COMPLETED, IMPORTED}] or best
    top = max(_rank(row)[0] for row in completed)
    seen = [row for row in best if row.name != IMPORTED and row.name == COMPLETED] or completed
    by_trust = sorted(told, key=_rank, reverse=True)
    own = next((row for row in told if row.is_visit), None)
    return Order(
        order_hash=first.order_hash,
        brand=first.brand,
        namespace=first.namespace or "shop",
        order_id=first.order_id,
        node_id=_known(best, lambda row: row.node_id if row.node_id != row.browser_node else None)
        or _known(best, lambda row: row.node_id or None)
        or 0,
        checkout_id=_known(best, lambda row: row.checkout_id),
        ordered_at=min(row.occurred_at for row in completed if _rank(row)[0] == top),
        status="completed",
        trust=trust,
        currency=(_currency(statements[-1].pieces) if statements else None) or _known(best, lambda row: row.currency),
        gross_minor=0,
        amount_minor=0,
        channel=_known(best, lambda row: row.channel),
        country=_known(best, lambda row: row.country),
        coupon=_known(best, lambda row: row.coupon),
        source=best[0].source,
        placed_at=min(row.occurred_at for row in seen),
        is_sale=bool(statements),
        browser_nodes=sorted({row.browser_node for row in told if row.name in {COMPLETED, UPDATED, IMPORTED}} - {0}),
        cart_hashes=list(dict.fromkeys(row.cart_hash for row in by_trust if row.cart_hash is not None)),
        checkout_hashes=list(dict.fromkeys(row.checkout_hash for row in by_trust if row.checkout_hash is not None)),
        own_node=own.browser_node if own else None,
        own_at=own.occurred_at if own else None,
    )


def _known(rows: Iterable[Row], read: Callable[[Row], T | None]) -> T | None:
    """Give the first value that is known, most trusted first."""
    return next((value for row in rows if (value := read(row)) is not None), None)


def _lines(order: Order, final: dict[str, Piece], told: Sequence[Row]) -> list[OrderLine]:
    loose = [row for row in told if row.name == IMPORTED and kind_of(row) in LOOSE]
    pieces = [*((key, piece) for key, piece in sorted(final.items()) if key not in NO_PRODUCT)]
    pieces += [(_own_key(row), _piece(row, kind_of(row))) for row in loose]
    return [
        OrderLine(
            order_hash=order.order_hash, brand=order.brand, line_key=key, product_id=piece.product_id,
            variant_id=piece.variant_id, product_name=piece.product_name, category=piece.category,
            quantity=piece.quantity, unit_price=piece.unit_price, amount_minor=piece.amount_minor,
            currency=piece.currency, kind=piece.kind,
        )
        for key, piece in pieces
    ]  # fmt: skip
