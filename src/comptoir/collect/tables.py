"""Events become rows: one Arrow table for each base table of the warehouse, column by column."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
from msgspec import Raw
from msgspec.structs import astuple

from comptoir.collect.batch import Event, Refused
from comptoir.ids import hash64, hex64
from comptoir.model.erasure import Left
from comptoir.model.event import EMPTY_BYTES, Line

_AT = pa.timestamp("us")
_DECIMAL = pa.decimal128(18, 6)
_TEXT = pa.string()
_INT = pa.int64()


class Column(NamedTuple):
    """One column: its name, its type, the field of an event or of its line that it is made of, and how."""

    name: str
    kind: pa.DataType
    field: str
    is_of_line: bool = False
    read: Callable[[Any], object] | None = None
    """Makes the value of what the field says; None where it is the value."""


@dataclass(slots=True)
class Fields:
    """
    The fields of some events and of their lines, turned from rows into columns.

    A struct gives all its fields by one call, and one `zip` turns them: cheaper than to ask each event for each field.
    """

    events: Sequence[Event]
    _own: dict[str, Sequence[Any]] = field(init=False)
    _lines: dict[str, Sequence[Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Turn them."""
        self._own = _turned(Event, self.events)
        self._lines = _turned(Line, [event.line for event in self.events])

    def array(self, column: Column) -> pa.Array:
        """Give a column's values."""
        values = (self._lines if column.is_of_line else self._own)[column.field]
        return _array(values if column.read is None else list(map(column.read, values)), column.kind)


def _turned(kind: type[Event | Line], rows: Sequence[Event | Line]) -> dict[str, Sequence[Any]]:
    names = kind.__struct_fields__
    return dict(zip(names, zip(*map(astuple, rows), strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def _line(*names: str, kind: pa.DataType = _TEXT) -> list[Column]:
    return [Column(name, kind, name, is_of_line=True) for name in names]


def _own(*names: str, kind: pa.DataType = _TEXT) -> list[Column]:
    return [Column(name, kind, name) for name in names]


def _json(raw: Raw) -> str:
    return "{}" if len(raw) == EMPTY_BYTES else str(raw, "utf-8")  # most events state no traits


def _said(*names: str, kind: pa.DataType = _TEXT, read: Callable[[object], object] | None = None) -> list[Column]:
    return [Column(name, kind, "properties", read=_of_properties(name, read or as_text)) for name in names]


def _of_properties(name: str, read: Callable[[object], object]) -> Callable[[dict[str, object] | None], object]:
    return lambda said: read((said or {}).get(name))


def as_text(value: object) -> str | None:
    """Write a scalar as text; nothing stays nothing."""
    if value is None or isinstance(value, str):
        return value
    return str(value)


def as_int(value: object) -> int | None:
    """Read a whole number, from a number or a text. Raises: ValueError."""
    return None if value is None or value == "" else int(str(value))


def as_decimal(value: object) -> Decimal | None:
    """Read a decimal number with six places, from a number or a text. Raises: ArithmeticError."""
    return None if value is None or value == "" else Decimal(str(value)).quantize(Decimal("0.000001"))


def as_bool(value: object) -> bool | None:
    """Read yes or no."""
    if value is None or value == "":
        return None
    return value if isinstance(value, bool) else str(value).lower() in {"true", "1", "yes", "oui"}


_HEAD = [
    *_line("message_id"),
    *_own("message_hash", kind=_INT),
    *_line("brand", "source"),
    *_own("occurred_at", kind=_AT),
    *_line("received_at", kind=_AT),
]
_NODE: list[Column] = _own("node_id", kind=_INT)
_TRAITS = Column("traits", _TEXT, "traits", is_of_line=True, read=_json)

EVENTS: list[Column] = [
    *_HEAD,
    *_NODE,
    *_own("body_hash", "browser_node", kind=_INT),
    *_line("type", "name", "user_id", "anonymous_id", "group_id", "previous_id", "dialect", "trust", "lane", "ip"),
    *_line("historical", kind=pa.bool_()),
    *_line("sent_at", kind=_AT),
    *_own("original_timestamp", "clock_flag", "robot_reason", "browser", "os", "device", "device_type", "locale"),
    *_own("country", "region", "town"),
    *_own("url", "path", "title", "referrer", "channel", "channel_detail"),
    *_own("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *_own("search_term"),
    *_own("cart_id", "checkout_id", "order_id", "product_id", "category"),
    Column("properties", _TEXT, "properties", is_of_line=True, read=_json),
    _TRAITS,
]
PRODUCTS: list[Column] = [
    *_HEAD,
    *_said("product_id", "variant_id", "name", "category", "maker", "url", "image_url", "currency"),
    *_said("price", "stock", kind=_DECIMAL, read=as_decimal),
    *_said("is_for_sale", kind=pa.bool_(), read=as_bool),
]
CONTACTS: list[Column] = [*_HEAD, *_NODE, _TRAITS]
CONSENTS: list[Column] = [
    *_HEAD,
    *_NODE,
    *_line("trust"),
    *_said("contact_kind", "contact", "purpose", "channel", "state", "text_version", "proof"),
]
LOYALTY: list[Column] = [
    *_HEAD,
    *_NODE,
    *_said("kind", "order_id", "expires_on"),
    *_said("points", kind=_INT, read=as_int),
]
PRICES: list[Column] = [
    *_HEAD,
    *_said("product_id", "variant_id", "currency"),
    *_said("price", "list_price", kind=_DECIMAL, read=as_decimal),
]
STOCKS: list[Column] = [
    *_HEAD,
    *_said("product_id", "variant_id", "shop"),
    *_said("stock", kind=_DECIMAL, read=as_decimal),
]
CATEGORIES: list[Column] = [
    *_HEAD,
    *_said("category_id", "name", "parent_id"),
    *_said("is_active", kind=pa.bool_(), read=as_bool),
]
PICKUPS: list[Column] = [*_HEAD, *_NODE, *_said("order_id", "shop", "state")]
SUBSCRIPTIONS: list[Column] = [
    *_HEAD,
    *_NODE,
    *_said("subscription_id", "state", "product_id", "plan", "currency", "next_on", "reason"),
    *_said("price", kind=_DECIMAL, read=as_decimal),
    *_said("every_days", kind=_INT, read=as_int),
]
CAMPAIGN_RETURNS: list[Column] = [
    *_HEAD,
    *_NODE,
    *_said("campaign_id", "campaign", "channel", "kind", "contact", "link", "detail"),
]
CLAIMS: list[Column] = [
    *_HEAD,
    *_NODE,
    *_said("claim_id", "state", "subject", "channel", "order_id", "product_id", "shop", "words"),
]
SPENDS: list[Column] = [
    *_HEAD,
    *_said("channel", "campaign", "currency"),
    *_said("amount_minor", "impressions", "clicks", kind=_INT, read=as_int),
]
_REPORT: list[Column] = [
    Column("report_id", _TEXT, "message_id", is_of_line=True),
    *_own("message_hash", kind=_INT),
    *_own("occurred_at", kind=_AT),
]
MESSAGES: list[Column] = [
    *_REPORT,
    *_line("brand"),
    *_said("message_id", "outcome", "reason", "scenario", "step", "enrollment_id", "channel", "contact", "cart_id"),
    *_said("scenario_version", "node_id", kind=_INT, read=as_int),
    *_said("wished_at", kind=_AT, read=as_int),
]
DELIVERIES: list[Column] = [
    *_REPORT,
    *_own("robot_reason"),
    *_said("message_id", "kind", "detail", "link"),
    *_said("node_id", kind=_INT, read=as_int),
]

_COMMERCE_LINE: dict[str, pa.DataType] = {
    "other_cart_id": _TEXT, "line_id": _TEXT, "line_kind": _TEXT, "shop": _TEXT,
    "product_id": _TEXT, "variant_id": _TEXT, "product_name": _TEXT,
    "category": _TEXT, "quantity": _DECIMAL, "unit_price": _DECIMAL, "amount_minor": _INT, "cost_minor": _INT,
    "currency": _TEXT, "channel": _TEXT, "country": _TEXT, "coupon": _TEXT, "total_minor": _INT,
    "shipping_minor": _INT, "tax_minor": _INT, "discount_minor": _INT,
}  # fmt: skip
_COMMERCE_HEAD: list[Column] = [
    *_HEAD,
    *_NODE,
    *_own("browser_node", kind=_INT),
    *_line("name", "trust"),
    *_line("historical", kind=pa.bool_()),
    *_own("cart_id", "checkout_id", "order_id"),
]
COMMERCE_COLUMNS = ("tick_id", "line_number", *(one.name for one in _COMMERCE_HEAD), *_COMMERCE_LINE)


def table(events: Sequence[Event], columns: list[Column], tick_id: int) -> pa.Table:
    """Give one row an event."""
    fields = Fields(events)
    arrays = {column.name: fields.array(column) for column in columns}
    return pa.table({"tick_id": _all(tick_id, len(events))} | arrays)


def commerce(events: Iterable[Event], tick_id: int) -> pa.Table:
    """Give one row an event and product line."""
    pairs = [(event, number, line) for event in events for number, line in enumerate(event.commerce)]
    fields = Fields([event for event, _, _ in pairs])
    numbers = {
        "tick_id": _all(tick_id, len(pairs)),
        "line_number": pa.array([number for _, number, _ in pairs], pa.int32()),
    }
    heads = {column.name: fields.array(column) for column in _COMMERCE_HEAD}
    said = {name: _array([line[name] for _, _, line in pairs], kind) for name, kind in _COMMERCE_LINE.items()}
    return pa.table(numbers | heads | said)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Make an array; many a column of a tick has but one value, or none, and is made at once."""
    if values and values[0] == values[-1] and values.count(values[0]) == len(values):
        return pa.repeat(pa.scalar(values[0], kind), len(values))
    return pa.array(values, kind)


def _all(number: int, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(number, _INT), count)


def failed(refused: Sequence[Refused], tick_id: int) -> pa.Table:
    """Give one row a refused event."""
    rows = [
        {
            "tick_id": tick_id,
            "failed_id": "f" + hex64(hash64("failed", str(tick_id), str(one.event.offset))),
            "source": one.event.line.source,
            "brand": one.event.line.brand,
            "trust": one.event.line.trust,
            "reason": one.reason.value,
            "detail": one.detail or one.event.line.detail,
            "message_id": one.event.line.message_id or None,
            **_what_came(one.event),
            "dialect": one.event.line.dialect,
            "route": one.event.line.route,
            "import_id": one.event.line.import_id,
            "row_number": one.event.line.row,
            "received_at": one.event.line.received_at,
        }
        for one in refused
    ]
    texts = (
        "failed_id",
        "source",
        "brand",
        "trust",
        "reason",
        "detail",
        "message_id",
        "line",
        "raw",
        "dialect",
        "route",
    )
    kinds = dict.fromkeys((*texts, "import_id"), _TEXT) | {"tick_id": _INT, "row_number": _INT, "received_at": _AT}
    return pa.Table.from_pylist(rows, schema=pa.schema(list(kinds.items())))


def erased(gone: Sequence[tuple[Line, Left]], tick_id: int) -> pa.Table:
    """Give one row an erased line that was a fact."""
    rows = [
        {
            "tick_id": tick_id,
            "message_hash": left.message_hash,
            "body_hash": left.body_hash,
            "received_at": line.received_at,
            "historical": line.historical,
        }
        for line, left in gone
    ]
    kinds = dict.fromkeys(("tick_id", "message_hash", "body_hash"), _INT)
    schema = pa.schema([*kinds.items(), ("received_at", _AT), ("historical", pa.bool_())])
    return pa.Table.from_pylist(rows, schema=schema)


def _what_came(event: Event) -> dict[str, str | None]:
    """Give the canonical line of an event that had become one, else the bytes that came, in base64."""
    if event.line.raw is not None:
        return {"line": None, "raw": event.line.raw}
    try:
        return {"line": event.text.decode("utf-8"), "raw": None}
    except UnicodeDecodeError:
        return {"line": None, "raw": b64encode(event.text).decode("ascii")}
