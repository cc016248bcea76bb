"""What the shop does for one person on her word: where she is written to, a pause there, and its end."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from comptoir.clock import micros
from comptoir.identity.profile import Profile
from comptoir.messaging import suppression
from comptoir.model.consent import EMAIL, ConsentKey, ContactPoint, contact_of
from comptoir.model.identifier import IdentifierKind
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.rows import pauses

CHANNELS = {IdentifierKind.EMAIL: EMAIL, IdentifierKind.PHONE: "sms"}
"""The channel on which each kind of identifier can be written to."""

MANUAL = "manual"
"""The reason of what somebody has stopped by hand."""


def contacts_of(person: Profile) -> list[tuple[str, str]]:
    """Give the addresses a person can be written to at, each with its channel. Order: as they arrived."""
    return [
        (contact_of(one.kind, one.value), CHANNELS[IdentifierKind(one.kind)])
        for one in person.identifiers
        if one.kind in CHANNELS
    ]


def points_of(person: Profile, brands: Collection[str]) -> list[ContactPoint]:
    """Give every address of a person as each of these brands writes to it."""
    return [
        ContactPoint(contact, brand, channel) for contact, channel in contacts_of(person) for brand in sorted(brands)
    ]


def pause(connection: Connection, points: Collection[ContactPoint], until: datetime, now: datetime, *, by: str) -> int:
    """
    Write to nobody at these points until an instant; say how many points that is new for.

    A pause that lasts longer already stays as it is.
    """
    standing = paused_until(connection, points)
    fresh = [point for point in points if standing.get(point, 0) < micros(until)]
    _say(connection, fresh, micros(until), now, by=by)
    return len(fresh)


def end_pause(connection: Connection, points: Collection[ContactPoint], now: datetime, *, by: str) -> int:
    """End the pauses that stand at these points; say how many."""
    standing = paused_until(connection, points)
    paused = [point for point in points if standing.get(point, 0) > micros(now)]
    _say(connection, paused, 0, now, by=by)
    return len(paused)


def paused_until(connection: Connection, points: Collection[ContactPoint]) -> dict[ContactPoint, int]:
    """Give until when each point asked for a pause, in microseconds; those that never did are left out."""
    keys = {ConsentKey(point.contact, point.brand, "", point.channel): point for point in points}
    return {keys[key]: until for key, until in ConsentLedger().paused_until(connection, keys).items()}


def stop(connection: Connection, person: Profile, now: datetime, *, brands: Collection[str] = ()) -> int:
    """Write to none of a person's addresses any more, for some brands or (none) for all; say how many addresses."""
    contacts = contacts_of(person)
    for contact, channel in contacts:
        for brand in _each(brands):
            suppression.suppress(connection, contact=contact, channel=channel, reason=MANUAL, now=now, brand=brand)
    return len(contacts)


def lift(connection: Connection, person: Profile, *, brands: Collection[str] = ()) -> int:
    """Take back what was stopped by hand; say how much. An address that bounced or complained stays stopped."""
    return sum(
        suppression.lift(connection, contact=contact, channel=channel, brand=brand, reason=MANUAL)
        for contact, channel in contacts_of(person)
        for brand in _each(brands)
    )


def _each(brands: Collection[str]) -> Sequence[str]:
    return sorted(brands) or [""]


def _say(connection: Connection, points: Collection[ContactPoint], until: int, now: datetime, *, by: str) -> None:
    rows = [
        {
            "statement_id": f"{by}:{micros(now)}:{point.brand}:{point.channel}:{point.contact}",
            "contact": point.contact,
            "brand": point.brand,
            "channel": point.channel,
            "until_at": until,
            "stated_at": micros(now),
        }
        for point in points
    ]
    if rows:
        connection.execute(insert(pauses).prefix_with("OR IGNORE"), rows)
