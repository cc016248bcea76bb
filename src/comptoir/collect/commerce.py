"""What an event says of carts and orders: typed product lines with money rounded once, or why it cannot be believed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from comptoir.collect.batch import Event, Outcome, Refused
from comptoir.model import money
from comptoir.model.event import EMPTY_BYTES, Record, RefusalReason

CART_NAMES = frozenset({
    "Product Added", "Product Removed", "Cart Viewed", "Cart Updated", "Cart Emptied", "Cart Merged",
    "Checkout Started", "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered",
})  # fmt: skip
ORDER_NAMES = frozenset({"Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"})
_NAMES = CART_NAMES | ORDER_NAMES

_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "CHF.": "CHF", "ZŁ": "PLN"}
"""What shops write for a currency and no other goes by; `$` and `kr` go by too many."""
_SIX = Decimal("0.000001")
WIDEST = Decimal(10) ** 12
"""No amount is so large."""

Scalar = str | int | float | bool | None


class Product(msgspec.Struct, gc=False):
    """One product of a commerce event, in Segment's names and their usual twins."""

    product_id: Scalar = None
    sku: Scalar = None
    variant: Scalar = None
    variant_id: Scalar = None
    name: Scalar = None
    category: Scalar = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    unit_price: Decimal | None = None
    product_name: Scalar = None
    cost: Decimal | None = None
    amount: Decimal | None = None
    line_id: Scalar = None
    line_kind: str | None = None


class Commerce(Product):
    """The properties of a commerce event that we read; the exact text keeps the rest."""

    cart_id: Scalar = None
    previous_cart_id: Scalar = None
    checkout_id: Scalar = None
    order_id: Scalar = None
    currency: str | None = None
    coupon: Scalar = None
    country: Scalar = None
    channel: Scalar = None
    shop: Scalar = None
    total: Decimal | None = None
    value: Decimal | None = None
    revenue: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    discount: Decimal | None = None
    products: list[Product] | None = None


class Ids(msgspec.Struct, gc=False):
    """The pivot identifiers that any event may carry, and the category it is about."""

    cart_id: Scalar = None
    checkout_id: Scalar = None
    order_id: Scalar = None
    product_id: Scalar = None
    category: Scalar = None


_ids = msgspec.json.Decoder(Ids)
_commerce = msgspec.json.Decoder(Commerce)


def text(value: object) -> str | None:
    """Write an identifier as text, whatever scalar the client used; empty is none."""
    if isinstance(value, str):
        return value.strip() or None
    return None if value is None or isinstance(value, (dict, list, bool)) else str(value)


def read_ids(event: Event) -> None:
    """Fill in the pivot identifiers of any event; a value that is no scalar is left out."""
    raw = event.line.properties
    if len(raw) == EMPTY_BYTES:
        return
    try:
        found = _ids.decode(raw)
    except msgspec.ValidationError:
        loose = msgspec.json.decode(raw)
        found = Ids(**{name: _scalar(loose.get(name)) for name in Ids.__struct_fields__})
    if found.cart_id is not None:
        event.cart_id = text(found.cart_id)
    if found.checkout_id is not None:
        event.checkout_id = text(found.checkout_id)
    if found.order_id is not None:
        event.order_id = text(found.order_id)
    if found.product_id is not None:
        event.product_id = text(found.product_id)
    if found.category is not None:
        event.category = text(found.category)


def read_commerce(batch: list[Event], currencies: Mapping[str, str]) -> Outcome:
    """
    Fill in the product lines of commerce events, and refuse orders whose money cannot be read.

    `currencies` gives each brand's own, for events that name none.
    """
    outcome = Outcome()
    for event in batch:
        name = event.line.name
        if name in _NAMES and event.line.type == "track":
            problem = _read(event, currencies.get(event.line.brand, "EUR"))
            if problem is not None and name in ORDER_NAMES:
                outcome.refused.append(Refused(event, *problem))
                continue
        outcome.kept.append(event)
    return outcome


def order_line(event: Event, currency: str) -> tuple[RefusalReason, str] | None:
    """Fill in the one line of an imported order line; give the problem if there is one."""
    return _read(event, currency)


def _read(event: Event, currency: str) -> tuple[RefusalReason, str] | None:
    try:
        said = _commerce.decode(event.line.properties)
    except msgspec.ValidationError as error:
        return RefusalReason.BAD_AMOUNT, str(error)
    spoken = event.line.name in ORDER_NAMES or event.line.name == Record.ORDER_LINE
    if spoken and text(said.order_id) is None:
        return RefusalReason.MISSING_ORDER_ID, "properties.order_id"
    unit = (said.currency or currency).strip().upper()
    unit = _SIGNS.get(unit, unit)
    if unit not in money.EXPONENT:
        return RefusalReason.BAD_CURRENCY, unit
    try:
        event.commerce = _lines(said, unit)
    except (ValueError, ArithmeticError) as error:
        return RefusalReason.BAD_AMOUNT, f"{error}"
    if event.product_id is None and len(event.commerce) == 1:
        event.product_id = text(event.commerce[0]["product_id"])
    return None


def _lines(said: Commerce, currency: str) -> list[dict[str, object]]:
    products: list[Product] = said.products if said.products is not None else ([said] if _names_product(said) else [])
    head: dict[str, object] = {
        "other_cart_id": text(said.previous_cart_id),
        "currency": currency,
        "channel": text(said.channel),
        "shop": text(said.shop),
        "country": text(said.country),
        "coupon": text(said.coupon),
        **_totals(said, currency),
    }
    return [head | _line(product, currency) for product in products] or [head | _NO_PRODUCT]


def _names_product(said: Product) -> bool:
    return any(value is not None for value in (said.product_id, said.sku, said.price, said.unit_price, said.amount))


def _line(product: Product, currency: str) -> dict[str, object]:
    quantity = Decimal(1) if product.quantity is None else _within(product.quantity)
    said = product.price if product.price is not None else product.unit_price
    price = None if said is None else _within(said)
    amount = None if price is None else money.line_minor(quantity, price, currency)
    if product.amount is not None:
        price, amount = split_price(price, _within(product.amount), quantity), money.minor(product.amount, currency)
    return {
        "line_id": text(product.line_id),
        "line_kind": product.line_kind,
        "product_id": text(product.product_id) or text(product.sku),
        "variant_id": text(product.variant_id) or text(product.variant),
        "product_name": text(product.product_name) or text(product.name),
        "category": text(product.category),
        "quantity": quantity.quantize(_SIX),
        "unit_price": None if price is None else price.quantize(_SIX),
        "amount_minor": amount,
        "cost_minor": None if product.cost is None else money.line_minor(quantity, _within(product.cost), currency),
    }


def split_price(price: Decimal | None, amount: Decimal | None, quantity: Decimal) -> Decimal | None:
    """Give the price of one: as it is said, else what the line comes to, divided."""
    if price is not None or amount is None:
        return price
    return (amount / quantity if quantity else amount).quantize(_SIX)


_NO_PRODUCT: dict[str, object] = dict.fromkeys(
    (
        "line_id",
        "line_kind",
        "product_id",
        "variant_id",
        "product_name",
        "category",
        "quantity",
        "unit_price",
        "amount_minor",
        "cost_minor",
    )
)


def _totals(said: Commerce, currency: str) -> dict[str, object]:
    def of(amount: Decimal | None) -> int | None:
        return None if amount is None else money.minor(_within(amount), currency)

    whole = next((one for one in (said.total, said.value) if one is not None), None)
    if whole is None and said.revenue is not None:
        whole = said.revenue + (said.shipping or 0) + (said.tax or 0)
    return {
        "total_minor": of(whole),
        "shipping_minor": of(said.shipping),
        "tax_minor": of(said.tax),
        "discount_minor": of(said.discount),
    }


def _within(amount: Decimal) -> Decimal:
    if not amount.is_finite() or abs(amount) >= WIDEST:
        raise ValueError(f"{amount:.20} is outside what money can be")
    return amount


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, (str, int, float)) else None
