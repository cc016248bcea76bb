"""Identifiers: the kinds there are, how strong each is, and the node that stands for one value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, NewType

from comptoir.ids import hash64, hex64, unhex64

NodeId = NewType("NodeId", int)
ProfileId = NewType("ProfileId", str)

_PROFILE_ID = re.compile(r"p[0-9a-f]{16}")


class Moved(NamedTuple):
    """A node that belongs to another profile than before; `former` is None where it is new."""

    node_id: int
    former: str | None
    profile_id: str | None


NOBODY = NodeId(0)
"""The node of a fact that names nobody."""


class IdentifierKind(StrEnum):
    """What a value identifies. Order: strongest first; a fact belongs to its strongest identifier's node."""

    ACCOUNT = "account"
    LOYALTY_CARD = "loyalty_card"
    EMAIL = "email"
    PHONE = "phone"
    EXTERNAL = "external"
    DEVICE = "device"
    ANONYMOUS = "anonymous"


STRENGTH: dict[IdentifierKind, int] = {kind: len(IdentifierKind) - rank for rank, kind in enumerate(IdentifierKind)}
"""Larger is stronger."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value of one kind; `external` values are written `system:value`. E-mails are lower case, trimmed, NFC."""

    kind: IdentifierKind
    value: str

    @property
    def node_id(self) -> NodeId:
        """Give the node that stands for this value: the same in every run and on every machine."""
        return node_of(self.kind, self.value)


def node_of(kind: str, value: str) -> NodeId:
    """Give the node of a value of a kind; what is longer than any sound value is not remembered, as it fills memory."""
    return _known(kind, value) if len(value) <= _MOST_ID else _node_of(kind, value)


def _node_of(kind: str, value: str) -> NodeId:
    return NodeId(hash64("node", kind, value))


_known = lru_cache(maxsize=200_000)(_node_of)


def profile_named_after(founder: NodeId) -> ProfileId:
    """
    Name a profile after the node that founded it.

    Any name ever given finds its profile again, through its founder's node: a merge needs no table of aliases.
    """
    return ProfileId("p" + hex64(founder))


def founder_of(profile_id: str) -> NodeId:
    """Give the node a profile was named after. Raises: ValueError if this is no profile's name."""
    if not _PROFILE_ID.fullmatch(profile_id):
        raise ValueError(profile_id)
    return NodeId(unhex64(profile_id[1:]))


SECRET_CHARACTERS = 20
"""Ids of browsers that are shorter may be counted through; ours have 32, UUIDs 36."""
_MOST_ID = 200
_LEAST_DIFFERENT = 8


def is_secret(anonymous_id: str) -> bool:
    """Say whether a browser's id cannot be guessed: then who knows it is that browser."""
    return (
        SECRET_CHARACTERS <= len(anonymous_id) <= _MOST_ID
        and anonymous_id.isascii()
        and anonymous_id.isprintable()
        and len(set(anonymous_id)) >= _LEAST_DIFFERENT
    )
