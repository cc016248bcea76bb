"""Grading: what events and rows say of people is written as it should be, and what was changed or doubted is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec
import pyarrow as pa

from comptoir.clock import instant
from comptoir.collect.batch import Event, Outcome
from comptoir.model.event import EMPTY_BYTES, Control, Line, Record, Type
from comptoir.quality import email, fields
from comptoir.quality.fields import Field, FieldGrade
from comptoir.quality.graded import Grade, Graded
from comptoir.quality.offers import Choice, Offer
from comptoir.quality.postal import Towns

FindOffers = Callable[[Sequence[str]], Mapping[str, Offer]]

FALLBACK_COUNTRY = "FR"
"""Of a brand that nobody has set up."""
ROW = ""
"""The field that stands for a whole statement about a person: what the others' fill is measured against."""

_ADDRESS = "address"
_NO_DAY = date(2000, 1, 1)
_CONTACTS = (Field.EMAIL, Field.PHONE)
_STATING = frozenset({Type.IDENTIFY.value, Record.CONTACT.value})
"""What states traits: an identify call, and a row of contacts."""
_OF_PEOPLE = frozenset({Type.IDENTIFY, Type.RECORD})
"""What may state fields of people."""
_NAMELESS = frozenset(
    {Record.PRODUCT, Record.PRICE, Record.STOCK, Record.CATEGORY, Record.SPEND, Record.MESSAGE, Record.DELIVERY}
)
"""Rows that are about nobody, or about a message of ours."""
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def grade_people(batch: list[Event], countries: Mapping[str, str], towns: Towns) -> Outcome:
    """
    Grade the fields of people that a batch states.

    What is valid or corrected is rewritten where it stands, so that all that follows reads one spelling; what is
    doubted is only tidied, and what is refused stays as it came but names nobody.
    """
    for event in [one for one in batch if one.line.type in _OF_PEOPLE]:
        line = event.line
        if event.robot_reason is not None:
            continue
        country = countries.get(line.brand, FALLBACK_COUNTRY)
        if line.type == Type.IDENTIFY or (line.type == Type.RECORD and line.name == Record.CONTACT.value):
            if len(line.traits) > EMPTY_BYTES:
                _grade_traits(event, country, towns)
        elif line.type == Type.RECORD and line.name == Record.CONSENT.value:
            _read_contact(event, country)
        elif line.type == Type.RECORD and line.name not in _NAMELESS:
            _name_by(event, country)
    return Outcome(kept=batch)


def settle_answers(batch: list[Event], offers: FindOffers, answered: dict[str, str]) -> None:
    """
    Make of a customer's answer what it is: a confirmed word of that person on one field.

    Only the first answer to an offer counts, whenever it is read again; others, and those to no offer, say nothing.
    """
    told = [event for event in batch if event.line.name == Control.CORRECTION_ANSWERED and event.properties]
    if not told:
        return
    found = offers([str((event.properties or {}).get("message_id", "")) for event in told])
    for event in told:
        said = event.properties or {}
        offer, answer = found.get(str(said.get("message_id", ""))), str(said.get("answer", ""))
        if offer is None or answer not in set(Choice) or event.line.type != Type.CONTROL:
            continue
        message_id = event.line.message_id
        if message_id != (offer.answered_by or answered.setdefault(offer.correction_id, message_id)):
            continue
        event.answered = offer.correction_id, answer
        event.node_id = event.browser_node = offer.node_id
        event.line = msgspec.structs.replace(
            event.line,
            type=Type.RECORD.value,
            name=Record.CONTACT.value,
            brand=offer.brand,
            traits=msgspec.Raw(_encode({offer.name: offer.settled(answer)})),
        )


def typed_address(event: Event) -> str | None:
    """Give the address that was typed, where another domain was put in its place; else None."""
    if event.graded:
        for one in event.graded:
            if one.field is Field.EMAIL and email.is_typo(one.graded):
                return email.as_typed(one.graded)
    return None


def _grade_traits(event: Event, country: str, towns: Towns) -> None:
    line = event.line
    raw = _decode(line.traits)
    said = _texts(raw)
    inner = _decode(raw[_ADDRESS]) if bytes(raw.get(_ADDRESS, b""))[:1] == b"{" else {}
    whole = {name: text for name, text in _texts(inner).items() if name not in said} | said
    graded = fields.grade_person(whole, country, _day(line), towns)
    if not graded:
        return
    event.graded = graded
    event.contacts = _contacts(graded)
    inside = _rewrite(inner, [one for one in graded if one.name not in said])
    outside = _rewrite(raw, [one for one in graded if one.name in said])
    if inside:
        raw[_ADDRESS] = msgspec.Raw(_encode(inner))
    if inside or outside:
        event.line = msgspec.structs.replace(line, traits=msgspec.Raw(_encode(raw)))


def _name_by(event: Event, country: str) -> None:
    """Read whom a row names by address or number; it states nothing of them that could be graded."""
    said = event.properties
    if said is None:
        raw = bytes(event.line.properties)
        if b'"email"' not in raw and b'"phone"' not in raw:
            return
        said = msgspec.json.decode(raw)
    found = {name: text for name in _CONTACTS if (text := _text(said.get(name))) is not None}
    if found:
        event.contacts = {name.value: naming(name, text, country) for name, text in found.items()}


def _read_contact(event: Event, country: str) -> None:
    """Read whom a consent is about; the consent itself stays to the letter, as it is proof."""
    said = event.properties or {}
    kind, text = said.get("contact_kind"), _text(said.get("contact"))
    if kind in _CONTACTS and text is not None:
        event.contacts = {str(kind): naming(Field(str(kind)), text, country)}


def naming(kind: Field, text: str, country: str) -> str:
    """
    Give the address or number that names a person, as it is written now; empty where it names nobody.

    A mistyped domain was corrected in what is known of the person, but whoever typed it may be another than the owner
    of the right address: the address typed names them.
    """
    return _naming(kind, fields.grade(kind, text, country, _NO_DAY))


def _naming(kind: Field, graded: Graded) -> str:
    return email.as_typed(graded) if kind is Field.EMAIL and email.is_typo(graded) else graded.value


def _contacts(graded: Sequence[FieldGrade]) -> dict[str, str]:
    """Give the address and number that name the person; those under other names name nobody."""
    stated = [one for one in graded if one.name in _CONTACTS and one.name == one.field.value]
    return {one.name: _naming(one.field, one.graded) for one in stated}


def _rewrite(raw: dict[str, msgspec.Raw], graded: Iterable[FieldGrade]) -> bool:
    changed = False
    for one in graded:
        if one.graded.value and one.graded.value != one.graded.original:
            raw[one.name] = msgspec.Raw(_encode(one.graded.value))
            changed = True
    return changed


def _texts(raw: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """Decode the values that are fields of a person: texts, and whole numbers as spreadsheets make of codes."""
    found = {}
    for name in raw.keys() & fields.FIELD_OF.keys():
        text = _text(msgspec.json.decode(raw[name]))
        if text is not None:
            found[name] = text
    return {name: found[name] for name in raw if name in found}


def _text(value: object) -> str | None:
    """Give a value that can be a field; what is blank was not stated."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and value.strip() else None


def _day(line: Line) -> date:
    return instant(line.received_at).date()


# ── what a tick keeps of it ──

_TEXT, _INT, _AT = pa.string(), pa.int64(), pa.timestamp("us")
_GRADES = pa.schema({
    "tick_id": _INT, "message_id": _TEXT, "message_hash": _INT, "brand": _TEXT, "source": _TEXT, "trust": _TEXT,
    "node_id": _INT, "field": _TEXT, "name": _TEXT, "grade": _TEXT, "reasons": _TEXT, "original": _TEXT,
    "value": _TEXT, "proposal": _TEXT, "detail": _TEXT, "import_id": _TEXT, "row_number": _INT, "occurred_at": _AT,
    "received_at": _AT,
})  # fmt: skip
_COUNTS = pa.schema({
    "brand": _TEXT, "source": _TEXT, "kind": _TEXT, "field": _TEXT, "grade": _TEXT, "received_on": pa.date32(),
    "value_count": _INT, "last_at": _AT,
})  # fmt: skip


def grades(events: Sequence[Event], tick_id: int) -> pa.Table:
    """Give one row an event and field that was changed, doubted or refused."""
    rows = [
        (
            tick_id, event.line.message_id, event.message_hash, event.line.brand, event.line.source, event.line.trust,
            event.node_id, one.field.value, one.name, one.graded.grade.value,
            " ".join(reason.value for reason in one.graded.reasons), one.graded.original, one.graded.value,
            one.graded.proposal, one.graded.detail, event.line.import_id, event.line.row, event.occurred_at,
            event.line.received_at,
        )
        for event in events
        for one in event.graded
        if one.graded.is_told
    ]  # fmt: skip
    return pa.table([pa.array(column, kind) for column, kind in _columns(rows, _GRADES)], schema=_GRADES)


def counts(events: Sequence[Event]) -> pa.Table:
    """Give one row a brand, source, kind of statement, field, grade and day, with how many values it counts."""
    counted: Counter[tuple[object, ...]] = Counter()
    last: dict[tuple[object, ...], int] = {}
    for event in events:
        line = event.line
        kind = line.name if line.type == Type.RECORD else line.type
        if event.robot_reason is not None or (not event.graded and kind not in _STATING):
            continue
        stated = [(ROW, Grade.VALID.value), *((one.field.value, one.graded.grade.value) for one in event.graded)]
        for field, grade in stated:
            key = (line.brand, line.source, kind, field, grade, _day(line))
            counted[key] += 1
            last[key] = max(line.received_at, last.get(key, line.received_at))
    rows = [(*key, count, last[key]) for key, count in sorted(counted.items(), key=str)]
    return pa.table([pa.array(column, kind) for column, kind in _columns(rows, _COUNTS)], schema=_COUNTS)


def _columns(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> Iterable[tuple[Sequence[object], pa.DataType]]:
    columns: Iterable[Sequence[object]] = zip(*rows, strict=True) if rows else [[] for _ in schema]
    return zip(columns, schema.types, strict=True)
