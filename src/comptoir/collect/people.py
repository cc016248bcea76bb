"""Who an event speaks of: its identifiers, the claims that two of them are one person, and the traits it states."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from comptoir.collect import grading
from comptoir.collect.batch import Event
from comptoir.model.event import EMPTY_BYTES, Control, Record, Trust, Type
from comptoir.model.identifier import NOBODY, STRENGTH, IdentifierKind, node_of
from comptoir.model.sighting import LinkClaim, NodeSeen, TraitSeen
from comptoir.quality.fields import Field

IsBlocked = Callable[[str, str], bool]
Found = tuple[str, str, int]
"""Kind, value and node of an identifier."""
Pair = tuple[str | None, str | None]
"""Account and browser, as a line names them."""

SPEAKERS = frozenset({Type.IDENTIFY, Type.RECORD})
"""Types that may name more than an account and a browser, and state traits."""
_ACCOUNT, _ANONYMOUS = IdentifierKind.ACCOUNT.value, IdentifierKind.ANONYMOUS.value
_EMAIL, _PHONE = IdentifierKind.EMAIL.value, IdentifierKind.PHONE.value
_CARD = IdentifierKind.LOYALTY_CARD.value
_STRENGTH = {kind.value: strength for kind, strength in STRENGTH.items()}
_TRAIT_KINDS = {"email": _EMAIL, "phone": _PHONE, "loyalty_card": _CARD}
_EXTERNAL, _DEVICE = IdentifierKind.EXTERNAL.value, IdentifierKind.DEVICE.value
_DEVICE_ID = "device_id"
EXTERNAL_ID = "external_id_"
"""Begins the names of traits that state what another system calls a person."""
_NOT_TRAITS = frozenset({"user_id", "anonymous_id"})
_traits = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Around(msgspec.Struct, gc=False):
    """What a context says of who it is; anything may stand there."""

    device: Any = None
    externalIds: Any = None  # noqa: N815 (the wire's name)


_around = msgspec.json.Decoder(_Around)


def normal(kind: str, value: str) -> str:
    """Write a value the one way its kind is written, so that two spellings are one node."""
    value = value.strip()
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if kind == _EMAIL:
        return value.lower()
    if kind == _PHONE:
        return "".join(one for one in value if one.isdigit() or one == "+")
    return value


def identifies(name: str) -> str | None:
    """Give the kind of identifier that a trait of this name is; None if it is none."""
    if name.startswith(EXTERNAL_ID) and len(name) > len(EXTERNAL_ID):
        return _EXTERNAL
    return _DEVICE if name == _DEVICE_ID else _TRAIT_KINDS.get(name)


def value_of(name: str, text: str) -> str:
    """Give the identifier's value that a trait states: that of another system begins with the system's name."""
    return f"{name.removeprefix(EXTERNAL_ID)}:{text.strip()}" if name.startswith(EXTERNAL_ID) else text


class Named(NamedTuple):
    """
    Whom an event speaks of.

    `identifiers` are without those that identify nobody, as found; `node_id` is the strongest one's, `browser_node` the
    browser's, or the strongest one's where there is no browser.
    """

    identifiers: Sequence[Found]
    node_id: int
    browser_node: int


NOBODY_NAMED = Named((), NOBODY, NOBODY)


def named(event: Event, is_blocked: IsBlocked) -> Named:
    """Find whom an event speaks of; of one that is none of `SPEAKERS`, its account and browser say it all."""
    line = event.line
    said = [(_ACCOUNT, line.user_id), (_ANONYMOUS, line.anonymous_id)]
    if line.type in SPEAKERS and len(line.traits) > EMPTY_BYTES:
        traits = _scalars(line.traits)
        said += _from(traits)
        said += _elsewhere(traits, line.trust)
    if line.type == Type.RECORD:
        said += _from_record(event)
    elif line.type == Type.IDENTIFY and len(line.context) > EMPTY_BYTES:
        said += _from_context(line.context, line.trust)
    if event.contacts is not None:
        contacts = event.contacts
        said = [(kind, contacts.get(kind, text) if text else text) for kind, text in said]
    found: list[Found] = []
    for kind, text in said:
        if text and (value := normal(kind, text)) and not is_blocked(kind, value):
            found.append((kind, value, node_of(kind, value)))
    if not found:
        return NOBODY_NAMED
    if len(found) == 1:
        return Named(found, found[0][2], found[0][2])
    if len(found) > 2:  # an account and a browser are never the same
        found = list(dict.fromkeys(found))
    node_id = max(found, key=_strength)[2]
    return Named(found, node_id, next((node for kind, _, node in found if kind == _ANONYMOUS), node_id))


def _strength(found: Found) -> int:
    return _STRENGTH[found[0]]


@dataclass(slots=True)
class _Seen:
    """Nodes in the order they came, and when each was seen first and last."""

    names: dict[int, Found] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    """Where each was seen first."""
    last: dict[int, int] = field(default_factory=dict)

    def add(self, found: Sequence[Found], at: int, source: str) -> None:
        """Take note of what one event names."""
        first, last, sources = self.first, self.last, self.sources
        for one in found:
            node = one[2]
            former = first.get(node)
            if former is None:
                self.names[node] = one
                first[node] = last[node] = at
                sources[node] = source
            elif at < former or (at == former and source < sources[node]):
                first[node] = at
                sources[node] = source
            elif at > last.get(node, former):  # an alias may have named it first
                last[node] = at

    def mention(self, one: Found, at: int, source: str) -> None:
        """Take note of an identifier that an event only refers to."""
        if one[2] not in self.first:
            self.names[one[2]] = one
            self.first[one[2]] = at
            self.sources[one[2]] = source

    def sightings(self) -> list[NodeSeen]:
        """List each node as it was first seen, and again as it was last seen if later."""
        later = {node: at for node, at in self.last.items() if at > self.first[node]}
        return [self._sighting(node, at) for times in (self.first, later) for node, at in times.items()]

    def _sighting(self, node: int, at: int) -> NodeSeen:
        kind, value, _ = self.names[node]
        return NodeSeen(node, kind, value, at, self.sources[node])


def sightings(
    events: Iterable[Event], is_blocked: IsBlocked
) -> tuple[list[NodeSeen], list[LinkClaim], list[TraitSeen]]:
    """
    Gather what a batch says of people: each node as it was first seen, and again as it was last seen if later.

    Order:  nodes as they came.
    """
    seen = _Seen()
    links: list[LinkClaim] = []
    traits: list[TraitSeen] = []
    for event in events:
        if event.robot_reason is not None:
            continue
        line = event.line
        seen.add(event.identifiers, event.occurred_at, line.source)
        if len(event.identifiers) > 1:
            links += _links(event)
        if event.sent_to and event.node_id and line.name == Control.MESSAGE_CLICKED:
            who = event.node_id, event.sent_to
            links.append(LinkClaim(*who, "click", Trust.CLAIMED, event.occurred_at, line.message_id))
        if line.type == Type.ALIAS:
            links += _alias(event, seen, is_blocked)
        if line.type in SPEAKERS and event.node_id:
            traits += _traits_of(event)
            if (typed := grading.typed_address(event)) is not None:
                links += _correction(event, typed, is_blocked)
    return seen.sightings(), links, traits


_REASONS = {Type.IDENTIFY.value: "identify", Type.ALIAS.value: "alias", Type.RECORD.value: "import"}


def _links(event: Event) -> list[LinkClaim]:
    line = event.line
    reason = _REASONS.get(line.type, "event")
    typed = _card_on_receipt(event)
    return [
        LinkClaim(
            event.node_id, node, "receipt" if typed and typed in {event.node_id, node} else reason, line.trust,
            _weighed_at(event, kind), line.message_id,
        )
        for kind, _, node in event.identifiers
        if node != event.node_id
    ]  # fmt: skip


def _card_on_receipt(event: Event) -> int:
    """Give the card that a receipt names: it says whose points they are, not who else on it is the same person."""
    if event.line.type != Type.RECORD or event.line.name != Record.ORDER_LINE:
        return NOBODY
    return next((node for kind, _, node in event.identifiers if kind == _CARD), NOBODY)


def _weighed_at(event: Event, kind: str) -> int:
    """
    Give when a link is weighed: the first one stands.

    A claim to an address or a card is placed by our clock: else its client could date it back before the owner's own.
    """
    is_claim = kind != _ANONYMOUS and event.line.trust == Trust.CLAIMED
    return event.line.received_at if is_claim else event.occurred_at


def _alias(event: Event, seen: _Seen, is_blocked: IsBlocked) -> list[LinkClaim]:
    """
    Read `alias`: the previous id was a browser's, or, where a secret key says so, an account's too.

    A public key's word never joins two accounts, so for it no account is made of the previous id.
    """
    line = event.line
    if not line.user_id:
        return _crossed(event, seen, is_blocked)
    if not line.previous_id or is_blocked(_ACCOUNT, line.user_id):
        return []
    kinds = [_ANONYMOUS] + ([_ACCOUNT] if line.trust == Trust.CONFIRMED else [])
    links = []
    for kind in kinds:
        value = normal(kind, line.previous_id)
        if value and not is_blocked(kind, value):
            node = node_of(kind, value)
            seen.mention((kind, value, node), event.occurred_at, line.source)
            account = node_of(_ACCOUNT, normal(_ACCOUNT, line.user_id))
            links.append(LinkClaim(account, node, "alias", line.trust, event.occurred_at, line.message_id))
    return [link for link in links if link.a != link.b]


def _crossed(event: Event, seen: _Seen, is_blocked: IsBlocked) -> list[LinkClaim]:
    """
    Read that a signed link led one browser from a site of the shop to another one, where it has another id.

    Only the door writes an alias without an account, once it has checked the link: from clients it is refused.
    """
    line = event.line
    if not line.previous_id or not event.node_id or is_blocked(_ANONYMOUS, line.previous_id):
        return []
    value = normal(_ANONYMOUS, line.previous_id)
    node = node_of(_ANONYMOUS, value)
    seen.mention((_ANONYMOUS, value, node), event.occurred_at, line.source)
    said = LinkClaim(event.node_id, node, "site_link", line.trust, event.occurred_at, line.message_id)
    return [said] if said.a != said.b else []


def _correction(event: Event, typed: str, is_blocked: IsBlocked) -> list[LinkClaim]:
    """
    Claim that a mistyped address and the right one are one person's.

    It is only claimed, whoever said it: the guard rails keep a claim from joining two addresses, so it waits, in sight,
    for somebody who knows. Where nobody is known under the right address, nothing is claimed of it.
    """
    right = next(one.graded.value for one in event.graded if one.field is Field.EMAIL and one.name == _EMAIL)
    if is_blocked(_EMAIL, typed) or is_blocked(_EMAIL, right):
        return []
    a, b = node_of(_EMAIL, typed), node_of(_EMAIL, right)
    return [LinkClaim(a, b, "correction", Trust.CLAIMED, event.occurred_at, event.line.message_id)]


def _traits_of(event: Event) -> list[TraitSeen]:
    line = event.line
    if len(line.traits) == EMPTY_BYTES:
        return []
    return [
        TraitSeen(
            event.node_id,
            name,
            bytes(value).decode(),
            event.occurred_at,
            line.message_id,
            line.trust,
            line.source,
            line.brand,
        )
        for name, value in _traits.decode(line.traits).items()
        if name not in _NOT_TRAITS
    ]


def _scalars(raw: msgspec.Raw) -> dict[str, object]:
    said = msgspec.json.decode(raw)
    return said if isinstance(said, dict) else {}


def _from(said: dict[str, object]) -> list[tuple[str, str | None]]:
    return [(kind, _text(said.get(name))) for name, kind in _TRAIT_KINDS.items()]


def _elsewhere(traits: dict[str, object], trust: str) -> list[tuple[str, str | None]]:
    """
    Read what other systems call a person, and her device.

    Numbers of other systems can be counted through: from a public key they are no more than traits.
    """
    return [
        (kind, value_of(name, text))
        for name, value in traits.items()
        if (kind := identifies(name)) in {_EXTERNAL, _DEVICE}
        and (kind == _DEVICE or trust == Trust.CONFIRMED)
        and (text := _text(value))
    ]


def _from_context(context: msgspec.Raw, trust: str) -> list[tuple[str, str | None]]:
    """
    Read the device and the numbers of other systems where SDKs of the Segment family put them.

    Source: Segment spec, common fields, `context.device.id` and `context.externalIds`.
    """
    around = _around.decode(context)
    found = [(_DEVICE, _text(around.device.get("id")))] if isinstance(around.device, dict) else []
    if trust == Trust.CONFIRMED and isinstance(around.externalIds, list):
        for one in around.externalIds:
            system, value = (_text(one.get(name)) for name in ("type", "id")) if isinstance(one, dict) else (None, None)
            if system and value:
                known = _TRAIT_KINDS.get(system)
                found.append((known, value) if known else (_EXTERNAL, f"{system}:{value.strip()}"))
    return found


def _from_record(event: Event) -> list[tuple[str, str | None]]:
    said = event.properties or {}
    if event.line.name == Record.CONSENT and said.get("contact_kind") in {_EMAIL, _PHONE, _ANONYMOUS}:
        return [(str(said["contact_kind"]), _text(said.get("contact")))]
    if event.line.name in {Record.MESSAGE, Record.DELIVERY}:
        return []
    return _from(said)


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
