"""Small reads of facts, for whoever acts on them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.facts"


def happenings(cursor: Cursor, tick_id: int, names: Collection[str]) -> list[dict[str, Any]]:
    """
    List what happened in a tick under these names, but for history, robots and nobody.

    Shape: message_id, name, node_id, profile_id, brand, occurred_at, received_at, cart_key, cart_id, order_key,
           order_id, is_historical, properties. `cart_key` is the order's cart, else the one the event names, else the
           inferred one.
    Order: by occurred_at and message_id.
    """
    return _rows(cursor, "happenings", tick_id=tick_id, names=sorted(names)) if names else []


def heard_on_site(cursor: Cursor, message_ids: Collection[str]) -> dict[str, dict[str, int]]:
    """Count, by message and then by kind, how often messages were shown, clicked and dismissed on the site."""
    found: dict[str, dict[str, int]] = {}
    for row in _rows(cursor, "heard_on_site", message_ids=sorted(message_ids)) if message_ids else []:
        found.setdefault(row["message_id"], {})[row["kind"]] = row["times"]
    return found


def cart(cursor: Cursor, cart_key: str) -> dict[str, Any] | None:
    """
    Give a cart as it stands, or None.

    Shape: the columns of the view `carts`, and `lines`: each line with what the catalogue says of its product
           (is_in_catalogue, is_for_sale, price, price_currency, name, category, url, image_url, stock).
    """
    found = _rows(cursor, "cart_one", cart_key=cart_key)
    return {**found[0], "lines": _rows(cursor, "cart_one_lines", cart_key=cart_key)} if found else None


def orders_since(cursor: Cursor, profile_ids: Collection[str], since: datetime) -> list[dict[str, Any]]:
    """List the orders of some profiles since an instant. Shape: the columns of the view `orders`. Order: by time."""
    return _rows(cursor, "orders_since", profile_ids=sorted(profile_ids), since=naive(since))


def naive(at: datetime) -> datetime:
    """Write an instant as the warehouse keeps it: in UTC, without saying so."""
    return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)


def _rows(cursor: Cursor, statement: str, **values: object) -> list[dict[str, Any]]:
    found = load(_PACKAGE, statement).run(cursor, **values)
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, map(_aware, row), strict=True)) for row in found.fetchall()]


def _aware(value: object) -> object:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
