"""Happenings that are no event of a visitor: pages by their path, and what the catalogue's changes mean for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from comptoir.grammar.properties import Where
from comptoir.model.scenario import BACK_IN_STOCK, PAGE_VIEWED, PRICE_DROPPED, Happening
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.world import Ask, plain, statement

OUR_OWN = frozenset({BACK_IN_STOCK, PRICE_DROPPED, PAGE_VIEWED})
"""Names that no event bears; those of segments and scores are made by whoever keeps these."""


def made(
    *,
    name: str,
    message_id: str,
    node_id: int,
    profile_id: str,
    brand: str,
    at: datetime,
    properties: Mapping[str, Any],
) -> Happening:
    """
    Make a happening of one's own, such as `Segment Entered` with `segment`, or `Score Changed` with `from` and `to`.

    `message_id` names it: the same name again begins nothing again.
    """
    return Happening(
        message_id=message_id,
        name=name,
        node_id=node_id,
        profile_id=profile_id,
        brand=brand,
        occurred_at=at,
        received_at=at,
        properties=msgspec.json.encode(dict(properties)).decode(),
    )


def happenings_from(
    ask: Ask, *, tick_id: int, now: datetime, names: Collection[str], definitions: Iterable[Definition] = ()
) -> list[Happening]:
    """List what a tick's facts mean beside its events, for those of `names` that are ours. Order: by name and time."""
    found: list[Happening] = []
    if PAGE_VIEWED in names:
        found += _pages(ask, tick_id, _prefixes(definitions))
    wanted = frozenset(names) & {BACK_IN_STOCK, PRICE_DROPPED}
    if wanted:
        found += [one for one in _catalogue(ask, tick_id, now) if one.name in wanted]
    return found


def _pages(ask: Ask, tick_id: int, prefixes: list[str]) -> list[Happening]:
    rows = ask(statement("pages"), {"tick_id": tick_id, "prefixes": prefixes})
    return [
        Happening(
            message_id=f"{message_id}:page",
            name=PAGE_VIEWED,
            node_id=node,
            profile_id=profile,
            brand=brand,
            occurred_at=_aware(occurred),
            received_at=_aware(received),
            properties=msgspec.json.encode({"name": name, "path": path, "url": url, "title": title}).decode(),
        )
        for message_id, node, profile, brand, occurred, received, name, path, url, title in rows
    ]


def _prefixes(definitions: Iterable[Definition]) -> list[str]:
    """Give the beginnings of paths that narrow down what is read; none where somebody listens to all pages."""
    found: set[str] = set()
    for definition in definitions:
        if PAGE_VIEWED not in definition.listens_to:
            continue
        wheres: list[Where | None] = []
        if PAGE_VIEWED in definition.trigger.events:
            wheres.append(definition.trigger.where)
        wheres += [rule.where for rule in definition.exits if rule.event == PAGE_VIEWED]
        wheres += [
            getattr(place.step, "where", None)
            for place in definition.program.values()
            if place.step.waits_for == PAGE_VIEWED
        ]
        for where in wheres:
            prefix = _prefix(where)
            if prefix is None:
                return []
            found.add(prefix)
    return sorted(found)


def _prefix(where: Where | None) -> str | None:
    tests = () if where is None else where.tests
    return next(
        (test.operand[0] for name, test in tests if name == "path" and test.operator in {"starts_with", "is"}), None
    )


def _catalogue(ask: Ask, tick_id: int, now: datetime) -> list[Happening]:
    rows = ask(statement("stock_and_price"), {"tick_id": tick_id, "now": now.astimezone(UTC).replace(tzinfo=None)})
    return [
        made(
            name=name,
            message_id=f"{name}:{message_id}:{product}:{profile}",
            node_id=node,
            profile_id=profile,
            brand=brand,
            at=now,
            properties={
                "product_id": product,
                "from": _amount(before),
                "to": _amount(price),
                "currency": currency,
                "interest": interest,
            },
        )
        for name, message_id, brand, product, before, price, currency, profile, node, interest in rows
    ]


def _amount(price: Decimal | None) -> str | None:
    return None if price is None else plain(price)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
