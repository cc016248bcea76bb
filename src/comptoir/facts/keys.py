"""Keys that any run makes again, the same in SQL (migration 0002) and in Python."""

from __future__ import annotations

from comptoir.ids import md5_number_lower as _lower

SHOP = "shop"
"""The namespace of order ids that name none: the shop's own."""


def cart_hash(brand: str, cart_id: str) -> int:
    """Give the key of a cart that its site names, as a number."""
    return _lower(f"cart{len(brand)}:{brand}{cart_id}")


def checkout_hash(brand: str, checkout_id: str) -> int:
    """Give the key of a checkout, as a number."""
    return _lower(f"checkout{len(brand)}:{brand}{checkout_id}")


def inferred_hash(browser_node: int, brand: str, message_id: str) -> int:
    """Give the key of a cart that is inferred from the actions of a browser, the first of which is `message_id`."""
    return _lower(f"inferred{browser_node}:{len(brand)}:{brand}{message_id}")


def order_hash(brand: str, order_id: str, namespace: str = SHOP) -> int:
    """Give the key of an order, as a number."""
    return _lower(f"order{len(brand)}:{brand}{len(namespace)}:{namespace}{order_id}")


def as_text(key: int) -> str:
    """Write a key as the views show it: 16 hexadecimal digits."""
    return f"{key:016x}"


def cart_key(brand: str, cart_id: str) -> str:
    """Give the `cart_key` of a cart that its site names."""
    return as_text(cart_hash(brand, cart_id))


def order_key(brand: str, order_id: str, namespace: str = SHOP) -> str:
    """Give the `order_key` of an order."""
    return as_text(order_hash(brand, order_id, namespace))


def session_id(browser_node: int, brand: str, started_at: int, message_id: str) -> str:
    """Give the id of a session by its first event. Units: `started_at` in microseconds since 1970."""
    return "s" + as_text(_lower(f"{browser_node}:{started_at}:{len(brand)}:{brand}{message_id}"))
