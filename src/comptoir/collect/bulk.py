"""Imported order lines, collected column by column: the same facts as one by one, at a tenth of the price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import json as pa_json

from comptoir.collect import grading, tables
from comptoir.collect.commerce import WIDEST, split_price
from comptoir.collect.people import normal
from comptoir.collect.stages import World
from comptoir.model import money
from comptoir.model.event import Line, Record, Trust, decode
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.sighting import LinkClaim, NodeSeen
from comptoir.quality.fields import Field

LEAST = 500
"""Below so many, columns do not pay."""
_LARGEST_DIGITS = 15
"""No amount is more than 10^15, as `money.minor` says."""
_START = b'{"v":1,"type":"record",'
_NAME = b',"name":"Order Line",'
_IMPORTED = b',"dialect":"import","historical":true,'
_MARKS = (_NAME, _IMPORTED)
"""What lines that may be collected together hold."""
_ODD = (b'"traits":', b'"erased":')
"""What they do not hold."""
_HEAD_END = b'"message_id":'
"""Where what all lines of an import begin with ends."""
_SAMPLES = 64
"""Lines that are asked which fields are filled; a field that none of them has may still come."""

_TEXT, _INT, _AT, _DECIMAL = pa.string(), pa.int64(), pa.timestamp("us"), pa.decimal128(18, 6)
_AMOUNTS = ("quantity", "unit_price", "amount", "cost", "total", "shipping", "tax", "discount")
_TEXTS = (
    "order_id", "line_id", "line_kind", "product_id", "variant_id", "product_name", "category", "currency", "channel",
    "country", "coupon", "cart_id", "checkout_id", "shop", "email", "phone", "loyalty_card",
)  # fmt: skip
_SCHEMA = pa.schema({
    "v": _INT, "type": _TEXT, "source": _TEXT, "brand": _TEXT, "received_at": _INT, "trust": _TEXT, "dialect": _TEXT,
    "historical": pa.bool_(), "message_id": _TEXT, "name": _TEXT, "user_id": _TEXT, "anonymous_id": _TEXT,
    "timestamp": _INT, "properties": pa.struct([(name, _TEXT) for name in (*_TEXTS, *_AMOUNTS)]), "import_id": _TEXT,
    "row": _INT,
})  # fmt: skip
_KINDS = {field.name: field.type for field in _SCHEMA if field.name != "properties"} | dict.fromkeys(
    (*_TEXTS, *_AMOUNTS), _TEXT
)
"""All columns, those of properties beside the line's own."""
_HEAD = ("v", "type", "source", "brand", "received_at", "trust", "dialect", "historical")
_READ = pa_json.ReadOptions(block_size=4 << 20)
_IDENTIFIERS: Sequence[tuple[str, str]] = (
    (IdentifierKind.ACCOUNT.value, "user_id"),
    (IdentifierKind.LOYALTY_CARD.value, "loyalty_card"),
    (IdentifierKind.EMAIL.value, "email"),
    (IdentifierKind.PHONE.value, "phone"),
    (IdentifierKind.ANONYMOUS.value, "anonymous_id"),
)
"""Kinds and the columns that name them. Order: strongest first."""

Nodes = NDArray[np.int64]
Columns = dict[str, pa.Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What became of lines that were collected together."""

    commerce: pa.Table | None = None
    hashes: Nodes = field(default_factory=lambda: np.empty(0, np.int64))
    nodes: Sequence[NodeSeen] = ()
    links: Sequence[LinkClaim] = ()
    stored: Counter[str] = field(default_factory=Counter)
    """By import."""
    duplicates: Counter[str] = field(default_factory=Counter)


NOTHING = Bulk()


def part(lines: Sequence[bytes], *, one_by_one: bool = False) -> tuple[Sequence[int], Sequence[int]]:
    """
    Give the places of the lines that may be collected together, and those of the others.

    Where all begin as the first does, all are believed to be like it, unless they are looked at `one_by_one`: `collect`
    finds out if one is not.
    """
    every = range(len(lines))
    if len(lines) < LEAST:
        return (), every
    if not one_by_one and _is_plain(lines[0]) and _begin_alike(lines, _head(lines[0])):
        return every, ()
    plain = [place for place in every if lines[place].startswith(_START) and _is_plain(lines[place])]
    if len(plain) < LEAST:
        return (), every
    known = set(plain)
    return plain, [place for place in every if place not in known]


def _is_plain(line: bytes) -> bool:
    return line.startswith(_START) and all(one in line for one in _MARKS) and not any(one in line for one in _ODD)


def _head(line: bytes) -> bytes:
    """Give what a line begins with, up to its own name: the lines of an import have it in common."""
    return line[: line.find(_HEAD_END)]


def _begin_alike(lines: Sequence[bytes], head: bytes) -> bool:
    return all(line.startswith(head) for line in lines)


def collect(lines: Sequence[bytes], tick_id: int, world: World) -> Bulk | None:
    """
    Collect order lines of imports.

    Gives None where one of them holds anything out of the ordinary: then they are collected one by one, which finds the
    culprit and keeps it aside with its reason.
    """
    try:
        return _collect(lines, tick_id, world)
    except (pa.ArrowException, msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
        return None


def _collect(lines: Sequence[bytes], tick_id: int, world: World) -> Bulk | None:
    said = _said(_read(lines), world)
    if said is None or len(said["message_id"]) != len(lines):
        return None
    hashes = _hashes(said["source"], said["message_id"])
    is_new = world.seen.is_new(hashes, world.fresh)
    import_ids = said["import_id"]
    duplicates = _counted(import_ids.filter(pa.array(~is_new)))
    if not is_new.all():
        mask = pa.array(is_new)
        said = {name: column.filter(mask) for name, column in said.items()}
        hashes = hashes[is_new]
    people = _people(said, world.is_blocked)
    return Bulk(
        commerce=_commerce(said, hashes, people, tick_id),
        hashes=hashes,
        nodes=people.seen,
        links=people.links,
        stored=_counted(said["import_id"]),
        duplicates=duplicates,
    )


def _read(lines: Sequence[bytes]) -> Columns:
    """
    Read lines into columns, strictly; raises what Arrow says of a line that holds anything else.

    What all lines begin with is read once, and fields that are nowhere filled are not looked for: to read costs by the
    byte and by the field.
    """
    count, head = len(lines), _head(lines[0])
    if not head.startswith(_START) or _IMPORTED not in head or not _begin_alike(lines, head):
        return _columns(b"\n".join(lines), _SCHEMA, count)
    rest = b"{" + b"\n{".join([line[len(head) :] for line in lines])
    said = _columns(head.removesuffix(b",") + b"}", _schema(_HEAD, ()), 1)
    own = [field.name for field in _SCHEMA if field.name not in {*_HEAD, "properties"}]
    filled, properties = _filled(lines)
    try:
        found = _columns(rest, _schema([name for name in own if name in filled], properties), count)
    except pa.ArrowInvalid:  # a field that no sample had, or a line that is none of ours: the whole schema tells
        found = _columns(rest, _schema(own, (*_TEXTS, *_AMOUNTS)), count)
    return {name: pa.repeat(said[name][0], count) if name in _HEAD else found[name] for name in said}


def _filled(lines: Sequence[bytes]) -> tuple[set[str], list[str]]:
    """Name what some lines fill: of the line itself, and of its properties."""
    own, properties = set[str](), set[str]()
    for text in lines[:: max(1, len(lines) // _SAMPLES)]:
        line = decode(text)
        own |= {name for name in Line.__struct_fields__ if getattr(line, name) is not None}
        properties |= msgspec.json.decode(line.properties, type=dict[str, msgspec.Raw]).keys()
    return own, sorted(properties & {*_TEXTS, *_AMOUNTS})


def _schema(names: Iterable[str], properties: Sequence[str]) -> pa.Schema:
    fields = [_SCHEMA.field(name) for name in names]
    inside = pa.struct([(name, _TEXT) for name in properties])
    return pa.schema([*fields, pa.field("properties", inside)] if properties else fields)


def _columns(text: bytes, schema: pa.Schema, count: int) -> Columns:
    """Read lines that hold these fields at most; the fields of properties become columns beside the line's own."""
    options = pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    found = pa_json.read_json(pa.BufferReader(text), _READ, options).combine_chunks()
    columns = {name: _one(found[name]) for name in found.column_names}
    properties = columns.pop("properties", None)
    if properties is not None:
        columns |= {one.name: pc.struct_field(properties, one.name) for one in properties.type}
    return {name: columns[name] if name in columns else pa.nulls(count, kind) for name, kind in _KINDS.items()}


def _named(kind: Field, texts: pa.Array, brands: pa.Array, world: World) -> pa.Array:
    """Write addresses or numbers as they name people, each distinct one once; what names nobody is left out."""
    if texts.null_count == len(texts):
        return texts
    pairs = list(zip(texts.to_pylist(), brands.to_pylist(), strict=True))
    made = {
        (text, brand): grading.naming(kind, text, world.countries.get(brand, grading.FALLBACK_COUNTRY)) or None
        for text, brand in set(pairs)
        if text is not None
    }
    return pa.array([made.get(pair) for pair in pairs], _TEXT)


def _said(columns: Columns, world: World) -> Columns | None:
    """Read texts trimmed and money exact; None where a line has to be looked at by itself."""
    for name, only in (("type", "record"), ("name", Record.ORDER_LINE.value), ("trust", Trust.CONFIRMED.value)):
        if set(columns[name].unique().to_pylist()) != {only}:
            return None
    for name in _TEXTS:
        if columns[name].null_count < len(columns[name]):
            texts = pc.utf8_trim_whitespace(columns[name])
            columns[name] = pc.if_else(pc.equal(texts, ""), pa.scalar(None, _TEXT), texts)
    for name in _AMOUNTS:
        columns[name] = pc.cast(columns[name], _DECIMAL)
    for kind in (Field.EMAIL, Field.PHONE):
        columns[kind.value] = _named(kind, columns[kind.value], columns["brand"], world)
    columns["currency"] = _currencies(columns["currency"], columns["brand"], world)
    columns["quantity"] = pc.fill_null(columns["quantity"], pa.scalar(Decimal(1), _DECIMAL))
    is_whole = columns["order_id"].null_count == 0 and columns["message_id"].null_count == 0
    return columns if is_whole and _is_money(columns) else None


def _one(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _currencies(said: pa.Array, brands: pa.Array, world: World) -> pa.Array:
    if said.null_count:
        own = _each(brands, lambda brand: world.currencies.get(brand or "", "EUR"), _TEXT)
        said = pc.if_else(pc.is_null(said), own, said)
    return pc.utf8_upper(said)


def _is_money(columns: Columns) -> bool:
    """Say whether every amount is one that money can be: below 10^12, in a currency that there is."""
    widest = pa.scalar(WIDEST - 1, pa.decimal128(18, 6))
    is_within = all(
        pc.all(pc.less_equal(pc.abs(columns[name]), widest), min_count=0).as_py() is not False for name in _AMOUNTS
    )
    return is_within and set(columns["currency"].unique().to_pylist()) <= money.EXPONENT.keys()


def _each(column: pa.Array, read: Callable[[str | None], object], kind: pa.DataType) -> pa.Array:
    """Read each distinct text of a column once."""
    encoded = column.dictionary_encode()
    values = pa.array([read(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def _hashes(sources: pa.Array, message_ids: pa.Array) -> Nodes:
    """Hash source and message id: `ids.hash64` of both, many at once."""
    heads = {source: f"{len(source)}:{source}" for source in sources.unique().to_pylist()}
    pairs = zip(sources.to_pylist(), message_ids.to_pylist(), strict=True)
    digests = b"".join([
        blake2b(f"{heads[source]}{len(one)}:{one}".encode(), digest_size=8).digest() for source, one in pairs
    ])  # fmt: skip
    return np.frombuffer(digests, ">i8").astype(np.int64)


# ── who ──


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    node_ids: Nodes
    browser_nodes: Nodes
    seen: list[NodeSeen]
    links: list[LinkClaim]


def _people(said: Columns, is_blocked: Callable[[str, str], bool]) -> _People:
    count = len(said["message_id"])
    at = _occurred(said).to_numpy(zero_copy_only=False)
    node_ids, browser_nodes = np.zeros(count, np.int64), np.zeros(count, np.int64)
    seen: list[NodeSeen] = []
    by_kind, cards = list[Nodes](), np.zeros(count, np.int64)
    for kind, column in _IDENTIFIERS:
        if said[column].null_count == count:
            continue
        encoded = said[column].dictionary_encode()
        found = [_found(kind, text, is_blocked) for text in encoded.dictionary.to_pylist()]
        table = np.array([node for node, _ in found] + [0], np.int64)
        nodes = table[encoded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)]
        seen += _sightings(kind, dict(found), nodes, at, said["source"])
        by_kind.append(nodes)
        if kind == IdentifierKind.LOYALTY_CARD:
            cards = nodes
        node_ids = np.where(node_ids == 0, nodes, node_ids)
        if kind == IdentifierKind.ANONYMOUS:
            browser_nodes = nodes
    return _People(
        node_ids=node_ids,
        browser_nodes=np.where(browser_nodes == 0, node_ids, browser_nodes),
        seen=seen,
        links=list(_links(said, node_ids, by_kind, cards, at)),
    )


def _occurred(said: Columns) -> pa.Array:
    return pc.coalesce(said["timestamp"], said["received_at"])


def _found(kind: str, text: str, is_blocked: Callable[[str, str], bool]) -> tuple[int, str]:
    value = normal(kind, text)
    return (0, "") if not value or is_blocked(kind, value) else (node_of(kind, value), value)


def _sightings(kind: str, values: dict[int, str], nodes: Nodes, at: Nodes, sources: pa.Array) -> Iterator[NodeSeen]:
    """Give each node as it was first seen, and again as it was last seen if later."""
    table = pa.table({"node": nodes, "source": sources, "at": at}).group_by(["node", "source"], use_threads=False)
    found = table.aggregate([("at", "min"), ("at", "max")])
    first: dict[int, tuple[int, str]] = {}
    last: dict[int, int] = {}
    for node, source, least, most in zip(*map(_listed(found), ("node", "source", "at_min", "at_max")), strict=True):
        first[node] = min((least, source), first.get(node, (least, source)))
        last[node] = max(most, last.get(node, most))
    for node, (when, source) in first.items():
        if node:
            yield NodeSeen(node, kind, values[node], when, source)
            if last[node] > when:
                yield NodeSeen(node, kind, values[node], last[node], source)


def _listed(table: pa.Table) -> Callable[[str], list[Any]]:
    return lambda name: table[name].to_pylist()


def _links(said: Columns, node_ids: Nodes, by_kind: Sequence[Nodes], cards: Nodes, at: Nodes) -> Iterator[LinkClaim]:
    """Say of each line that names several that they are one person; a card on it says whose points they are."""
    trust = Trust.CONFIRMED.value
    places = np.flatnonzero(sum((nodes != 0).astype(np.int64) for nodes in by_kind) > 1) if by_kind else node_ids[:0]
    message_ids = said["message_id"].take(pa.array(places)).to_pylist()
    for place, message_id in zip(places.tolist(), message_ids, strict=True):
        first, card = int(node_ids[place]), int(cards[place])
        for node in dict.fromkeys(int(nodes[place]) for nodes in by_kind):
            if node not in {0, first}:
                reason = "receipt" if card and card in {first, node} else "import"
                yield LinkClaim(first, node, reason, trust, int(at[place]), message_id)


# ── what ──


def _commerce(said: Columns, hashes: Nodes, people: _People, tick_id: int) -> pa.Table | None:
    count = len(hashes)
    if not count:
        return None
    price, minor = _priced(said)
    made: Columns = said | {
        "tick_id": pa.repeat(pa.scalar(tick_id, _INT), count),
        "line_number": pa.repeat(pa.scalar(0, pa.int32()), count),
        "message_hash": pa.array(hashes),
        "occurred_at": _occurred(said).cast(_AT),
        "received_at": said["received_at"].cast(_AT),
        "node_id": pa.array(people.node_ids),
        "browser_node": pa.array(people.browser_nodes),
        "other_cart_id": pa.nulls(count, _TEXT),
        "unit_price": price,
        "amount_minor": minor,
        "cost_minor": _minor(pc.multiply(said["quantity"], said["cost"]), said["currency"]),
    }
    for name in ("total", "shipping", "tax", "discount"):
        made[f"{name}_minor"] = _minor(said[name], said["currency"])
    return pa.table({name: made[name] for name in tables.COMMERCE_COLUMNS})


def _priced(said: Columns) -> tuple[pa.Array, pa.Array]:
    """Give the price of one, and what the line comes to: as the file says it, else quantity times price."""
    product = _minor(pc.multiply(said["quantity"], said["unit_price"]), said["currency"])
    if said["amount"].null_count == len(said["amount"]):
        return said["unit_price"], product
    minor = pc.coalesce(_minor(said["amount"], said["currency"]), product)
    is_open = pc.and_(pc.is_null(said["unit_price"]), pc.is_valid(said["amount"]))
    if not pc.any(is_open).as_py():
        return said["unit_price"], minor
    divided = _divided(said["amount"].filter(is_open), said["quantity"].filter(is_open))
    return pc.replace_with_mask(said["unit_price"], is_open, divided), minor


def _divided(amounts: pa.Array, quantities: pa.Array) -> pa.Array:
    """Give the price of one of what lines come to; the same amounts come again and again, and are divided once."""
    kinds, places = zip(*(_encoded(one) for one in (amounts, quantities)), strict=True)
    pairs, which = np.unique(places[0] * len(kinds[1]) + places[1], return_inverse=True)
    amount_of, quantity_of = (one.to_pylist() for one in kinds)
    prices = [
        split_price(None, amount_of[amount], quantity_of[quantity])
        for amount, quantity in (divmod(pair, len(quantity_of)) for pair in pairs.tolist())
    ]
    return pa.array(prices, _DECIMAL).take(pa.array(which))


def _encoded(column: pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    encoded = column.dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)


def _minor(amounts: pa.Array, currencies: pa.Array) -> pa.Array:
    """Round amounts once, half to even, to whole minor units of their currency: `money.minor`, many at once."""
    if amounts.null_count == len(amounts):
        return pa.nulls(len(amounts), _INT)
    made = pa.nulls(len(amounts), _INT)
    for currency in currencies.unique().to_pylist():
        digits = money.EXPONENT[currency]
        rounded = pc.round(amounts, ndigits=digits, round_mode="half_to_even").cast(pa.decimal128(30, digits))
        minor = pc.multiply(rounded, pa.scalar(Decimal(10**digits))).cast(_INT)
        most = 10 ** (_LARGEST_DIGITS + digits)
        if pc.any(pc.greater(pc.abs(minor), most)).as_py():
            raise OverflowError(currency)
        made = pc.if_else(pc.equal(currencies, currency), minor, made)
    return made


def _counted(names: pa.Array) -> Counter[str]:
    found = pc.value_counts(names).to_pylist() if len(names) else []
    return Counter({one["values"]: one["counts"] for one in found if one["values"] is not None})
