"""Many people at a glance: found by part of a name or an address, and sketched for a list."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from comptoir.identity import rows
from comptoir.identity.profile import Profile
from comptoir.model.identifier import IdentifierKind, NodeId, ProfileId, founder_of, profile_named_after
from comptoir.quality.fields import Field, spellings
from comptoir.state.statement import IDS, Statement, as_set

_FIRST, _LAST, _WHOLE = map(spellings, (Field.FIRST_NAME, Field.LAST_NAME, Field.NAME))
NAMES = (*_FIRST, *_LAST, *_WHOLE)
"""Traits that say what somebody is called."""
READABLE = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.ACCOUNT, IdentifierKind.LOYALTY_CARD)
"""Identifiers by which a shop would call somebody without a name. Order: the first there is."""
SHORTEST = 2
"""Letters a word needs to be looked for."""
_LOOKED_AT = 2_000
"""People whose whole name is compared, after the database has found those with a word that begins so."""
_BETWEEN = re.compile(r"\s+|(?<=\w)-(?=\w)")
"""What parts the words that are asked for: a double name is two."""
_BEFORE = "[^A-Za-z]"
"""What stands before a word of a name as it is kept, which is JSON: a quote, a space, a hyphen."""
_LETTERS = (*range(0xC0, 0x250), *range(0x370, 0x500), *range(0x1E00, 0x2000))
"""Where the letters are that bear a mark: Latin, Greek and Cyrillic."""


class Known(NamedTuple):
    """One identifier of somebody."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """Somebody as a list shows her."""

    profile_id: ProfileId
    name: str
    """What she is called; empty where nothing says."""
    identifiers: tuple[Known, ...]

    @property
    def is_anonymous(self) -> bool:
        """Say whether only browsers are known."""
        return all(one.kind == IdentifierKind.ANONYMOUS for one in self.identifiers)


def called(traits: Mapping[str, object], identifiers: Collection[Known]) -> str:
    """Give the name a shop would greet with: from traits, else an identifier that a person would know; else empty."""
    first, last, whole = (next(filter(None, map(traits.get, names)), "") for names in (_FIRST, _LAST, _WHOLE))
    full = " ".join(str(part) for part in (first, last) if part) or str(whole)
    return full or next((one.value for kind in READABLE for one in identifiers if one.kind == kind), "")


def name_of(person: Profile) -> str:
    """Give the name a shop would greet a person with."""
    return called(person.traits, [Known(one.kind, one.value) for one in person.identifiers])


def sketch(connection: Connection, profile_ids: Collection[str]) -> dict[str, Sketch]:
    """Sketch people by the ids they go by today; an id that is nobody's is left out."""
    founders = as_set(founder_of(one) for one in profile_ids)
    known: defaultdict[int, list[Known]] = defaultdict(list)
    for founder, kind, value in _IDENTIFIERS.rows(connection, ids=founders):
        known[founder].append(Known(kind, value))
    traits: defaultdict[int, dict[str, object]] = defaultdict(dict)
    for founder, name, value_json in _NAMED.rows(connection, ids=founders, names=as_set(NAMES)):
        traits[founder][name] = msgspec.json.decode(value_json)
    return {
        (name := profile_named_after(NodeId(founder))): Sketch(
            profile_id=name, name=called(traits[founder], identifiers), identifiers=tuple(identifiers)
        )
        for founder, identifiers in known.items()
    }


def find(connection: Connection, asked: str, most: int) -> list[ProfileId]:
    """
    Find people by the beginnings of their names, or by the beginning of an identifier, accents and case aside.

    Order: as arrived. People who fit each word are found, `most` of them at most.
    """
    words = [word for word in _BETWEEN.split(fold(asked)) if len(word) >= SHORTEST]
    if not words:
        return []
    starts = _BEGINS.rows(connection, start=f"{_escaped(asked.strip().lower())}%", most=most)
    begun = f"*{_BEFORE}{_written(max(words, key=len))}*"
    maybe = [founder for (founder,) in _CALLED.rows(connection, begun=begun, names=as_set(NAMES), most=_LOOKED_AT)]
    named = [founder for founder, full in _full_names(connection, maybe).items() if _fits(full, words)]
    found = dict.fromkeys([*(founder for (founder,) in starts), *named])
    return [profile_named_after(NodeId(founder)) for founder in list(found)[:most]]


def fold(text: str) -> str:
    """Take case and accents off a text."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _full_names(connection: Connection, founders: Collection[int]) -> dict[int, str]:
    said: defaultdict[int, list[str]] = defaultdict(list)
    for founder, _, value_json in _NAMED.rows(connection, ids=as_set(founders), names=as_set(NAMES)):
        said[founder].append(str(msgspec.json.decode(value_json)))
    return {founder: " ".join(parts) for founder, parts in said.items()}


def _fits(full: str, words: Sequence[str]) -> bool:
    parts = fold(full).replace("-", " ").split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _written(word: str) -> str:
    """Write a word for GLOB: each letter may be small or large and bear any mark."""
    return "".join(_SPECIAL.get(one) or f"[{_MARKED.get(one, '')}{one.upper()}{one}]" for one in word)


def _marked() -> dict[str, str]:
    found: defaultdict[str, str] = defaultdict(str)
    for letter in map(chr, _LETTERS):
        if letter.isalpha():
            found[fold(letter)] += letter
    return dict(found)


_MARKED = _marked()
"""The letters that are this one with a mark."""
_SPECIAL = {"*": "[*]", "?": "[?]", "[": "[[]", "]": "]", "^": "^", '"': "*", "\\": "*"}
"""What GLOB would take for a sign of its own, and what JSON writes in another way."""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_node, _trait = rows.nodes.c, rows.traits.c
_LISTED_NAMES = func.json_each(bindparam("names")).table_valued("value")
_IDENTIFIERS = Statement(
    select(_node.founder, _node.kind, _node.value).where(_node.founder.in_(IDS)).order_by(_node.founder, _node.seq)
)
_with_traits = rows.nodes.join(rows.traits, _trait.node_id == _node.node_id)
_NAMED = Statement(
    select(_node.founder, _trait.name, _trait.value_json)
    .select_from(_with_traits)
    .where(_node.founder.in_(IDS), _trait.name.in_(select(_LISTED_NAMES.c.value)))
    .order_by(_trait.trust, _trait.occurred_at, _trait.message_id)
)
_BEGINS = Statement(
    select(_node.founder)
    .where(_node.value.like(bindparam("start"), escape="\\"))
    .group_by(_node.founder.op("+")(0))  # else the index by founder leads through the table in leaps
    .order_by(func.min(_node.seq))
    .limit(bindparam("most"))
)
_CALLED = Statement(
    select(_node.founder)
    .select_from(rows.nodes)
    .where(_node.node_id.in_(select(_trait.node_id).where(
        _trait.name.in_(select(_LISTED_NAMES.c.value)), _trait.value_json.op("GLOB")(bindparam("begun")),
    )))
    .group_by(_node.founder)
    .limit(bindparam("most"))
)  # fmt: skip
