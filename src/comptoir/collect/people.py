"""Who an event speaks of: its identifiers, the claims that two of them are one person, and the traits it states."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import msgspec

from comptoir.collect.batch import Event
from comptoir.model.event import Control, Record, Trust, Type
from comptoir.model.identifier import STRENGTH, IdentifierKind, node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen

IsBlocked = Callable[[str, str], bool]
Found = tuple[str, str]

_TRAIT_KINDS = {
    "email": IdentifierKind.EMAIL,
    "phone": IdentifierKind.PHONE,
    "loyalty_card": IdentifierKind.LOYALTY_CARD,
}
_NOT_TRAITS = frozenset({"user_id", "anonymous_id"})
_traits = msgspec.json.Decoder(dict[str, msgspec.Raw])


def normal(kind: IdentifierKind, value: str) -> str:
    """Write a value the one way its kind is written, so that two spellings are one node."""
    value = value.strip()
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if kind is IdentifierKind.EMAIL:
        return value.lower()
    if kind is IdentifierKind.PHONE:
        return "".join(one for one in value if one.isdigit() or one == "+")
    return value


def identifiers(event: Event, is_blocked: IsBlocked) -> list[Found]:
    """List the identifiers an event carries, without those that identify nobody. Order: as found."""
    line = event.line
    said: list[tuple[IdentifierKind, str | None]] = [
        (IdentifierKind.ACCOUNT, line.user_id),
        (IdentifierKind.ANONYMOUS, line.anonymous_id),
    ]
    if line.type in {Type.IDENTIFY, Type.RECORD} and bytes(line.traits) != b"{}":
        said += _from(_scalars(line.traits))
    if line.type == Type.RECORD:
        said += _from_record(event)
    tidy = [(kind.value, normal(kind, value)) for kind, value in said if value]
    if len(tidy) > 2:  # an account and a browser are never the same
        tidy = list(dict.fromkeys(tidy))
    return [(kind, value) for kind, value in tidy if value and not is_blocked(kind, value)]


def strongest(found: list[Found]) -> Found | None:
    """Give the strongest of some identifiers."""
    if len(found) < 2:
        return found[0] if found else None
    return max(found, key=lambda one: STRENGTH[IdentifierKind(one[0])])


def sightings(
    events: Iterable[Event], is_blocked: IsBlocked
) -> tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]:
    """
    Gather what a batch says of people: each node as it was first seen, and again as it was last seen if later.

    Order:  nodes as they came.
    """
    first: dict[int, NodeSeen] = {}
    last: dict[int, NodeSeen] = {}
    links: list[LinkClaim] = []
    traits: list[TraitSeen] = []
    for event in events:
        if event.robot_reason is not None:
            continue
        for kind, value in event.identifiers:
            node = node_of(kind, value)
            seen = NodeSeen(node, kind, value, event.occurred_at)
            if node not in first:
                first[node] = last[node] = seen
            elif seen.occurred_at < first[node].occurred_at:
                first[node] = seen
            elif seen.occurred_at > last.get(node, first[node]).occurred_at:  # an alias may have named it first
                last[node] = seen
        links += _links(event)
        if event.sent_to and event.node_id and event.line.name == Control.MESSAGE_CLICKED:
            who = event.node_id, event.sent_to
            links.append(LinkClaim(*who, "click", Trust.CLAIMED, event.occurred_at, event.line.message_id))
        if event.line.type == Type.ALIAS:
            links += _alias(event, first, is_blocked)
        if event.node_id and event.line.type in {Type.IDENTIFY, Type.RECORD}:
            traits += _traits_of(event)
    later = [seen for node, seen in last.items() if seen.occurred_at > first[node].occurred_at]
    return [*first.values(), *later], links, traits


def _links(event: Event) -> Iterable[LinkClaim]:
    if len(event.identifiers) < 2:
        return []
    line = event.line
    reason = {Type.IDENTIFY: "identify", Type.ALIAS: "alias", Type.RECORD: "import"}.get(Type(line.type), "event")
    others = (node_of(*one) for one in event.identifiers)
    return [
        LinkClaim(event.node_id, other, reason, line.trust, event.occurred_at, line.message_id)
        for other in others
        if other != event.node_id
    ]


def _alias(event: Event, nodes: dict[int, NodeSeen], is_blocked: IsBlocked) -> list[LinkClaim]:
    """
    Read `alias`: the previous id was a browser's, or, where a secret key says so, an account's too.

    A public key's word never joins two accounts, so for it no account is made of the previous id.
    """
    line = event.line
    if not line.user_id or not line.previous_id or is_blocked(IdentifierKind.ACCOUNT, line.user_id):
        return []
    kinds = [IdentifierKind.ANONYMOUS] + ([IdentifierKind.ACCOUNT] if line.trust == Trust.CONFIRMED else [])
    links = []
    for kind in kinds:
        value = normal(kind, line.previous_id)
        if value and not is_blocked(kind, value):
            node = node_of(kind, value)
            nodes.setdefault(node, NodeSeen(node, kind.value, value, event.occurred_at))
            account = node_of(IdentifierKind.ACCOUNT, normal(IdentifierKind.ACCOUNT, line.user_id))
            links.append(LinkClaim(account, node, "alias", line.trust, event.occurred_at, line.message_id))
    return [link for link in links if link.a != link.b]


def _traits_of(event: Event) -> list[TraitSeen]:
    line = event.line
    if bytes(line.traits) == b"{}":
        return []
    return [
        TraitSeen(event.node_id, name, bytes(value).decode(), event.occurred_at, line.message_id, line.trust)
        for name, value in _traits.decode(line.traits).items()
        if name not in _NOT_TRAITS
    ]


def _scalars(raw: msgspec.Raw) -> dict[str, object]:
    said = msgspec.json.decode(raw)
    return said if isinstance(said, dict) else {}


def _from(said: dict[str, object]) -> list[tuple[IdentifierKind, str | None]]:
    return [(kind, _text(said.get(name))) for name, kind in _TRAIT_KINDS.items()]


def _from_record(event: Event) -> list[tuple[IdentifierKind, str | None]]:
    said = event.properties or {}
    if event.line.name == Record.CONSENT and said.get("contact_kind") in {"email", "phone", "anonymous"}:
        return [(IdentifierKind(str(said["contact_kind"])), _text(said.get("contact")))]
    if event.line.name in {Record.MESSAGE, Record.DELIVERY}:
        return []
    return _from(said)


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
