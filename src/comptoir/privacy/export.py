"""Everything known of one person, for that person: what the law calls the right of access."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from comptoir.clock import instant
from comptoir.identity import profile
from comptoir.identity.profile import Explanation, Profile
from comptoir.messaging import suppression
from comptoir.pressure import explain
from comptoir.privacy import care
from comptoir.privacy.consent import ConsentLedger

Ask = Callable[[str, Mapping[str, object]], Sequence[Mapping[str, Any]]]
"""Answer a named report (`reports/sql/<name>.sql`)."""


def gather(
    connection: Connection,
    ask: Ask,
    person: Profile,
    *,
    brands: Sequence[str],
    every_brand: Sequence[str],
    now: datetime,
    lang: str = "en",
) -> dict[str, Any]:
    """
    Gather all that is kept of a person, by kind; of the brands named, or (none) of `every_brand`.

    Grain:  `facts` by kind, as the documented views have them; statements of consent with their proof; messages with
            what became of each and why.
    """
    told = profile.explain(connection, person.profile_id)
    contacts = care.contacts_of(person)
    points = care.points_of(person, brands or every_brand)
    messages = explain.why(connection, nodes=person.node_ids, lang=lang)
    facts: dict[str, list[Any]] = {}
    for row in ask("customer_export", {"nodes": list(person.node_ids), "brands": list(brands)}):
        facts.setdefault(row["kind"], []).append(msgspec.json.decode(row["said"]))
    return {
        "profile_id": person.profile_id,
        "exported_at": now.isoformat(),
        "brands": list(brands),
        "identifiers": [one._asdict() for one in person.identifiers],
        "also_known_as": list(person.merged_from),
        "traits": [
            {"name": one.name, "value": one.value, "trust": one.trust, "at": one.occurred_at} for one in person.stated
        ],
        "why_one_person": _links(told),
        "consents": [
            row
            for contact, _ in contacts
            for row in ConsentLedger().history(connection, contact)
            if not brands or row["brand"] in brands
        ],
        "pauses": [
            {**point._asdict(), "until": instant(until).isoformat()}
            for point, until in care.paused_until(connection, points).items()
        ],
        "stopped": [row for contact, _ in contacts for row in suppression.listing(connection, contact=contact)],
        "messages": [row for row in messages if not brands or row["brand"] in brands],
        "facts": facts,
    }


def _links(told: Explanation) -> list[dict[str, Any]]:
    return [
        {
            "a": told.names[link.a],
            "b": told.names[link.b],
            "reason": link.reason,
            "trust": link.trust,
            "message_id": link.message_id,
        }
        for link in told.active
    ]
