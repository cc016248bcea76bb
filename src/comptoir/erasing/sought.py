"""What an erasure looks for: a person's identifiers, names and messages, gathered before anything is taken away."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from comptoir.collect import people
from comptoir.identity import directory, profile
from comptoir.identity.profile import Profile
from comptoir.ids import hash64
from comptoir.messaging.rows import outbox
from comptoir.model.identifier import IdentifierKind, NodeId, profile_named_after
from comptoir.pressure.rows import candidates
from comptoir.privacy.tombstones import Erasure
from comptoir.quality import phone
from comptoir.quality.rows import corrections
from comptoir.state.statement import IDS, Statement, as_set

SHORTEST = 6
"""Letters an address needs to be looked for inside other texts."""
_CONTACTS = frozenset({IdentifierKind.EMAIL.value, IdentifierKind.PHONE.value})
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_GONE = b"erased"
_MISTAKEN = {"0": b"[0oO]", "1": b"[1lI]"}
"""Digits, and the letters that stand for them by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A person who is being erased."""

    erasure_id: str
    nodes: frozenset[int]
    values: tuple[tuple[str, str], ...]
    """Kind and value of each of her identifiers."""
    names: tuple[str, ...] = ()
    messages: frozenset[str] = frozenset()
    """Ids of the messages that were meant for her."""
    beside: tuple[int, ...] | None = None
    """Nodes that only what goes with her names; None until they were looked for."""
    _anywhere: re.Pattern[bytes] = field(init=False)
    _contact: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Compile what texts are searched with."""
        contacts = [_spelled(kind, value) for kind, value in self.values if _is_contact(kind, value)]
        others = [_stated(kind, value) for kind, value in self.values if kind not in _CONTACTS and value]
        ids = [re.escape(one.encode()) for one in sorted(self.messages)]
        object.__setattr__(self, "_contact", _any_of(contacts))
        object.__setattr__(self, "_anywhere", _any_of([*contacts, *others, *ids]))

    @property
    def ghost(self) -> int:
        """Give the node that stands in ledgers where hers stood: nobody's, and the same for all of hers."""
        return hash64("erased", self.erasure_id)

    @property
    def profiles(self) -> list[str]:
        """Give every name that a profile of hers can have had."""
        return [profile_named_after(NodeId(node)) for node in sorted(self.nodes)]

    def of_kind(self, kind: str) -> list[str]:
        """List the values of one kind."""
        return [value for one, value in self.values if one == kind]

    def may_concern(self, text: bytes) -> bool:
        """Say whether a line is worth reading: it may name her. Escapes in it could hide a letter."""
        return b"\\" in text or b'"raw":' in text or b'"node_id":' in text or self._anywhere.search(text) is not None

    def tells_contact(self, text: bytes) -> bool:
        """Say whether an address of hers stands anywhere in a text, however it is written in JSON."""
        return self._contact.search(text) is not None or (
            b"\\" in text and self._contact.search(_unescaped(text)) is not None
        )

    def told_in_raw(self, raw: str) -> bool:
        """Say whether an address of hers stands in the bytes of a refused event, given in base64."""
        try:
            return self._anywhere.search(base64.b64decode(raw)) is not None
        except (binascii.Error, ValueError):
            return False

    def without_contacts(self, json: bytes) -> bytes:
        """Put a word in the place of her addresses in the texts of a JSON value; numbers stay exact."""

        def clean(found: re.Match[bytes]) -> bytes:
            text = found[0]
            plain = text if b"\\" not in text else msgspec.json.encode(msgspec.json.decode(text))
            return self._contact.sub(_GONE, plain)

        return _STRING.sub(clean, json)

    def stored(self) -> dict[str, Any]:
        """Give what is kept while the erasure is under way."""
        return {
            "values": self.values,
            "names": self.names,
            "messages": sorted(self.messages),
            "beside": self.beside,
        }


def gather(connection: Connection, one: Erasure) -> Sought:
    """Gather all that is to be looked for, from the stores as they are before anything is taken away."""
    nodes, values, names = set(one.nodes), set[tuple[str, str]](), set[str]()
    for node in one.nodes:
        person = profile.read_node(connection, node)
        if person is not None:
            nodes |= set(person.node_ids)
            values |= {(two.kind, two.value) for two in person.identifiers}
            names |= _names_of(person)
    return Sought(
        erasure_id=one.erasure_id,
        nodes=frozenset(nodes),
        values=tuple(sorted(values)),
        names=tuple(sorted(names)),
        messages=frozenset(_messages(connection, nodes)),
    )


def kept(one: Erasure) -> Sought:
    """Read what `gather` found when the erasure began."""
    said = one.sought or {}
    beside = said.get("beside")
    return Sought(
        erasure_id=one.erasure_id,
        nodes=frozenset(one.nodes),
        values=tuple((str(kind), str(value)) for kind, value in said.get("values", ())),
        names=tuple(said.get("names", ())),
        messages=frozenset(said.get("messages", ())),
        beside=None if beside is None else tuple(beside),
    )


def _names_of(person: Profile) -> set[str]:
    full = directory.name_of(person)
    return {full} if " " in full.strip() else set()


def _messages(connection: Connection, nodes: Collection[int]) -> set[str]:
    ids = as_set(nodes)
    return {message for statement in _MESSAGES for (message,) in statement.rows(connection, ids=ids)}


_MESSAGES = tuple(
    Statement(select(column).where(table.c.node_id.in_(IDS)))
    for table, column in (
        (outbox, outbox.c.message_id),
        (candidates, candidates.c.message_id),
        (corrections, corrections.c.correction_id),
    )
)


def _is_contact(kind: str, value: str) -> bool:
    return kind in _CONTACTS and len(value) >= SHORTEST


def _stated(kind: str, value: str) -> bytes:
    """Give the pattern of an identifier; a number of another system is short, and stands under that one's name."""
    if kind != IdentifierKind.EXTERNAL:
        return re.escape(value.encode())
    system, _, number = value.partition(":")
    name = re.escape(f'"{people.EXTERNAL_ID}{system}"'.encode())
    return name + rb'\s*:\s*"?\s*' + re.escape(number.encode()) + rb"(?![0-9A-Za-z])"


def _spelled(kind: str, value: str) -> bytes:
    """
    Write a pattern that finds an address however it was spelled before it was kept as it is.

    A number has blanks, dots or dashes in it, its country or a zero before it, an O for a zero; an address has a comma
    for a point, or a sign too many.
    """
    if kind == IdentifierKind.PHONE:
        code, national = phone.parts(value)
        digits = rb"[ ().\-]{0,2}".join(_MISTAKEN.get(one, re.escape(one.encode())) for one in national)
        ahead = rb"(?:(?:\+|00)?%b[ ().\-]{0,4}0?[ ().\-]{0,3})?" % code.encode() if code else b""
        return ahead + digits
    local, at, domain = value.rpartition("@")
    if not at:
        return re.escape(value.encode())
    labels = rb"\s*[.,;]+\s*".join(re.escape(one.encode()) for one in domain.split("."))
    return rb"\s*@+\s*".join((re.escape(local.encode()), labels))


def _any_of(patterns: Collection[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(patterns) if patterns else rb"(?!)", re.IGNORECASE)


def _unescaped(text: bytes) -> bytes:
    return b"".join(msgspec.json.encode(_read(one[0])) for one in _STRING.finditer(text))


def _read(text: bytes) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
