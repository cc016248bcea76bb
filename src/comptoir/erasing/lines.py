"""What is left of lines of somebody who is erased: nothing, or an order's money; of others' lines all but her."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec

from comptoir.collect import fingerprint, grading, people, stages
from comptoir.collect.batch import Event
from comptoir.collect.commerce import ORDER_NAMES
from comptoir.erasing.sought import Sought
from comptoir.model import erasure
from comptoir.model.erasure import Left, Was
from comptoir.model.event import EMPTY_BYTES, Line, Record, RefusalReason, Type
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.quality.postal import NO_TOWNS

IsBlocked = Callable[[str, str], bool]
_NOTHING = msgspec.Raw(b"{}")
_BODYLESS = frozenset({Type.ERASED, Type.DISCARDED})
_MONEY = frozenset({
    "order_id", "line_id", "product_id", "sku", "variant", "variant_id", "name", "product_name", "category", "quantity",
    "price", "unit_price", "cost", "currency", "total", "value", "revenue", "subtotal", "shipping", "tax", "discount",
    "channel", "country", "namespace", "kind",
})  # fmt: skip
"""What stays of an order: what the books need. Neither the basket nor the coupon, which could lead to her."""
_raws = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A line that an erasure changes."""

    line: Line
    text: bytes
    is_hers: bool
    """Whether she is the one it is about; else it only names her."""
    message_hash: int
    body_hash: int
    names: frozenset[int]
    """Nodes it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What had become of a line, as the warehouse knows."""

    was: Was
    reason: str = RefusalReason.BAD_ENVELOPE.value
    robot_reason: str = ""


def nodes_of(text: bytes, line: Line, is_blocked: IsBlocked) -> tuple[int, frozenset[int]]:
    """Give the strongest node that a line names, and all of them, those it only refers to included."""
    event = Event(0, text, line)
    if line.type in stages.REPORTS:
        stages.read_said([event])
    grading.grade_people([event], {}, NO_TOWNS)  # numbers and addresses are named as they were when the line came
    found = people.named(event, is_blocked)
    nodes = {node for _, _, node in found.identifiers}
    if line.previous_id:
        kinds = IdentifierKind.ANONYMOUS, IdentifierKind.ACCOUNT
        nodes |= {node_of(kind, people.normal(kind, line.previous_id)) for kind in kinds}
    return found.node_id, frozenset(nodes)


def concerned(text: bytes, line: Line, sought: Sought, is_blocked: IsBlocked) -> Concerned | None:
    """Say whether, and how, a line is about somebody who is erased."""
    if line.type in _BODYLESS or (line.erased or "").startswith(sought.erasure_id):
        return None
    if line.type == Type.REFUSED:
        is_told = sought.tells_contact(text) or (line.raw is not None and sought.told_in_raw(line.raw))
        return _concerned(line, text, frozenset(), is_hers=True) if is_told else None
    strongest, names = nodes_of(text, line, is_blocked)
    is_hers = strongest in sought.nodes or _is_about_hers(line, sought)
    if is_hers or not names.isdisjoint(sought.nodes) or sought.tells_contact(text):
        return _concerned(line, text, names, is_hers=is_hers)
    return None


def emptied(one: Concerned, erasure_id: str, fate: Fate) -> bytes:
    """Write what is left of a line of hers that says nothing more."""
    line = one.line
    left = Left(erasure_id, fate.was, one.message_hash, one.body_hash)
    is_refused = fate.was is Was.REFUSED
    bare = Line(
        v=line.v,
        type=Type.REFUSED if is_refused else Type.ERASED,
        source=line.source,
        brand=line.brand,
        received_at=line.received_at,
        trust=line.trust,
        dialect=line.dialect,
        lane=line.lane,
        historical=line.historical,
        import_id=line.import_id,
        row=line.row,
        reason=fate.reason if is_refused else None,
        erased=left.text(),
    )
    return msgspec.json.encode(bare)


def is_order(line: Line) -> bool:
    """Say whether a line tells of an order: its money stays."""
    return line.name in ORDER_NAMES if line.type == Type.TRACK else line.name == Record.ORDER_LINE


def without_her(one: Concerned, sought: Sought, fate: Fate, is_blocked: IsBlocked) -> bytes:
    """Write what is left of a line that stays: of her order its money, of somebody else's line all but her."""
    line = one.line
    left = Left(sought.erasure_id, Was.KEPT, one.message_hash, one.body_hash, fate.robot_reason)
    if one.is_hers:
        fields: dict[str, object] = dict.fromkeys(_PERSONAL)
        fields |= {"traits": _NOTHING, "context": _NOTHING, "properties": _money(line.properties)}
    else:
        fields = _stripped(line, sought)
    kept = msgspec.json.encode(msgspec.structs.replace(line, **fields, erased=left.text()))
    _, names = nodes_of(kept, msgspec.json.decode(kept, type=Line), is_blocked)
    if not names.isdisjoint(sought.nodes):  # a way of naming her that only the stages know
        return emptied(one, sought.erasure_id, fate)
    return kept


_PERSONAL = ("user_id", "anonymous_id", "group_id", "previous_id", "ip", "user_agent", "detail", "raw")


def _concerned(line: Line, text: bytes, names: frozenset[int], *, is_hers: bool) -> Concerned:
    (message_hash,), (body_hash,) = fingerprint.of_messages([line]), fingerprint.of_bodies([line])
    body_hash = stages.body_of(line, body_hash)
    if line.erased is not None:  # somebody else was erased from it: it is known by what it said at first
        body_hash = erasure.read(line.erased).body_hash
    return Concerned(line=line, text=text, is_hers=is_hers, message_hash=message_hash, body_hash=body_hash, names=names)


def _is_about_hers(line: Line, sought: Sought) -> bool:
    """Say whether a line is about a message that was meant for her, whoever says it."""
    said = _read(line.properties) if b"message_id" in bytes(line.properties) or line.type in stages.REPORTS else {}
    message, node = said.get("message_id"), said.get("node_id")
    is_hers = node is not None and bytes(node).strip(b'"') in {str(one).encode() for one in sought.nodes}
    return is_hers or (message is not None and bytes(message).strip(b'"').decode("utf-8", "replace") in sought.messages)


def _money(properties: msgspec.Raw) -> msgspec.Raw:
    said = {name: value for name, value in _read(properties).items() if name in _MONEY and _is_plain(value)}
    products = _read(properties).get("products")
    if products is not None:
        lines = _lists(products)
        said["products"] = msgspec.Raw(
            msgspec.json.encode(
                [{name: raw for name, raw in one.items() if name in _MONEY and _is_plain(raw)} for one in lines]
            )
        )
    return msgspec.Raw(msgspec.json.encode(said))


def _stripped(line: Line, sought: Sought) -> dict[str, object]:
    fields: dict[str, object] = {
        name: None
        for name, kinds in _ID_FIELDS.items()
        if (value := getattr(line, name)) and _names_her(kinds, value, sought)
    }
    for name in ("traits", "properties"):
        said = {
            key: value
            for key, value in _read(getattr(line, name)).items()
            if (kind := people.identifies(key)) is None
            or not _names_her((kind,), people.value_of(key, _as_text(value)), sought)
        }
        fields[name] = msgspec.Raw(sought.without_contacts(msgspec.json.encode(said)))
    fields["context"] = msgspec.Raw(sought.without_contacts(bytes(line.context)))
    return fields


_ID_FIELDS: Mapping[str, Collection[str]] = {
    "user_id": ("account",), "anonymous_id": ("anonymous",), "previous_id": ("anonymous", "account"),
}  # fmt: skip


def _names_her(kinds: Collection[str], value: str, sought: Sought) -> bool:
    return any(node_of(kind, people.normal(kind, value)) in sought.nodes for kind in kinds)


def _read(raw: msgspec.Raw) -> dict[str, msgspec.Raw]:
    if len(raw) == EMPTY_BYTES:
        return {}
    try:
        return _raws.decode(raw)
    except msgspec.ValidationError:
        return {}


def _lists(raw: msgspec.Raw) -> list[dict[str, msgspec.Raw]]:
    try:
        return msgspec.json.decode(raw, type=list[dict[str, msgspec.Raw]])
    except msgspec.ValidationError:
        return []


def _is_plain(raw: msgspec.Raw) -> bool:
    return bytes(raw)[:1] not in {b"{", b"["}


def _as_text(raw: msgspec.Raw) -> str:
    value = msgspec.json.decode(raw)
    return str(value) if isinstance(value, (str, int)) else ""
