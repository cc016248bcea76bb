"""Names that shops give to what happens in them, where their client has no names of its own: read as Segment's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from comptoir.collect.dialects.parts import Parts, rename

NAMES: Mapping[str, tuple[str, ...]] = {
    "Product List Viewed": ("view_item_list", "viewed_product_list", "category_viewed"),
    "Products Searched": ("search", "searched", "product_searched", "searched_products"),
    "Product Clicked": ("select_item", "clicked_product"),
    "Product Viewed": ("view_item", "product_view", "view_product", "viewed_product", "item_viewed"),
    "Product Added": (
        *("add_to_cart", "added_to_cart", "product_added_to_cart", "item_added_to_cart", "added_product"),
        *("add_to_basket", "added_to_basket"),
    ),
    "Product Removed": (
        *("remove_from_cart", "removed_from_cart", "product_removed_from_cart", "item_removed_from_cart"),
        *("removed_product", "remove_from_basket", "removed_from_basket"),
    ),
    "Cart Viewed": ("view_cart", "viewed_cart", "basket_viewed"),
    "Checkout Started": ("begin_checkout", "started_checkout", "checkout_initiated", "initiate_checkout"),
    "Payment Info Entered": ("add_payment_info",),
    "Order Completed": (
        *("purchase", "purchased", "order_placed", "placed_order", "completed_order", "purchase_completed"),
        *("checkout_completed",),
    ),
    "Order Updated": (),
    "Order Cancelled": ("order_canceled", "cancelled_order", "canceled_order"),
    "Order Refunded": ("refund", "refunded_order"),
}
"""Our name → others for the same, in lower case with `_` between words; our own so written is another."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "cart_id": ("cartId", "basket_id", "basketId"),
    "order_id": ("orderId", "transaction_id", "transactionId"),
    "products": ("items", "line_items", "lineItems"),
    "total": ("amount", "total_price", "total_amount", "totalPrice"),
    "shipping": ("shipping_cost", "shippingCost"),
    "coupon": ("coupon_code", "couponCode", "discount_code"),
}
"""A property of a cart or an order → its other names."""

PRODUCT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "product_id": ("productId", "item_id", "itemId", "id"),
    "name": ("product_name", "item_name", "title"),
    "price": ("unit_price", "item_price", "unitPrice"),
    "quantity": ("qty",),
    "variant": ("item_variant", "variant_id", "variantId"),
    "category": ("item_category",),
}
"""A property of a product → its other names."""

_SEPARATORS = str.maketrans(" -.", "___")
_OURS = {name: ours for ours, others in NAMES.items() for name in (ours.translate(_SEPARATORS).lower(), *others)}
_ORDERS = frozenset(name for name in NAMES if name.startswith("Order "))
_OF_A_PRODUCT = frozenset({"Product Viewed", "Product Clicked", "Product Added", "Product Removed"})
_ORDER_IDS = frozenset({"order_id", *FIELDS["order_id"]})
_OTHER_FIELDS = frozenset(other for others in FIELDS.values() for other in others)
_OTHER_PRODUCT_FIELDS = frozenset(other for others in PRODUCT_FIELDS.values() for other in others)
_LONGEST_NAME = 100
"""Characters beyond which no name is one of these; it is not looked up, as what is looked up is remembered."""


def read(name: str, said: Parts) -> tuple[str, Parts]:
    """
    Give an event our name and its properties our names, where it is one of a shop; `said` is changed, not its parts.

    What is called a purchase and names no order is none that could be counted: it keeps its name.
    """
    ours = _our_name(name) if len(name) <= _LONGEST_NAME else None
    if ours is None:
        return name, said
    if ours in _ORDERS and ours != name and _ORDER_IDS.isdisjoint(said):
        return name, said
    if not _OTHER_FIELDS.isdisjoint(said):
        rename(said, FIELDS)
    if "products" in said:
        said["products"] = _products(said["products"])
    elif ours in _OF_A_PRODUCT and not _OTHER_PRODUCT_FIELDS.isdisjoint(said):
        rename(said, PRODUCT_FIELDS)
    return ours, said


@lru_cache(maxsize=4_096)
def _our_name(name: str) -> str | None:
    return _OURS.get(name.strip().translate(_SEPARATORS).lower())


def _products(listed: object) -> object:
    """Rename what each product says; what is no list of objects stays, for whoever reads the order to judge."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        return listed
    return [rename(dict(one), PRODUCT_FIELDS) for one in listed]
