"""A shopper for demonstrations: follows the link of a message, lands on the site, and buys what lay in the cart."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import msgspec

from comptoir.clock import Clock, micros
from comptoir.errors import ComptoirError
from comptoir.ids import hash64, hex64
from comptoir.sources.replay import Answer, Post, Wait, deliver, get
from comptoir.sources.segment import SERVER_LIBRARY, Speaker, browser_context, stamped, user_agent

Get = Callable[[str, str], Answer]
"""Gets a URL as a browser with this user agent, and follows no redirect."""


class LinkLedNowhere(ComptoirError):
    """The link of a message did not lead to a page."""

    code, status = "link_led_nowhere", 502
    hint = "See that the door runs, and that the message is not older than its link."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """One product in a cart."""

    product_id: str
    price: Decimal
    quantity: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Basket:
    """A visitor and what lies in their cart."""

    cart_id: str
    anonymous_id: str
    user_id: str | None
    currency: str
    products: Sequence[Bought]

    @property
    def order_id(self) -> str:
        """Name the order this cart becomes: the same in every run."""
        return hex64(hash64("shopper", self.cart_id))

    @property
    def total(self) -> Decimal:
        """Add up what the cart costs."""
        return sum((one.price * one.quantity for one in self.products), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What came of a click."""

    landing_url: str
    order_id: str | None


def _get(url: str, agent: str) -> Answer:
    return get(url, user_agent=agent)


def click(
    url: str, basket: Basket, post: Post, clock: Clock, *, buys: bool = True, fetch: Get = _get, wait: Wait = time.sleep
) -> Landed:
    """
    Follow a message's link as the visitor would, and buy the cart unless told not to.

    The link is asked for without following its redirect; then the browser tells the landing page, `utm_…` and all, and
    the shop's server tells the order.

    Raises: LinkLedNowhere.
    """
    answer = fetch(url, user_agent(basket.anonymous_id))
    if answer.location is None:
        raise LinkLedNowhere(status=answer.status)
    landing = urljoin(url, answer.location)
    key = hex64(hash64("click", url, basket.cart_id))
    _say(post, clock, Speaker.BROWSER, _page(basket, landing, key), wait)
    if not buys:
        return Landed(landing_url=landing, order_id=None)
    _say(post, clock, Speaker.SERVER, _order(basket, key), wait)
    return Landed(landing_url=landing, order_id=basket.order_id)


def _say(post: Post, clock: Clock, speaker: Speaker, message: dict[str, Any], wait: Wait) -> None:
    now = micros(clock.now())
    deliver([stamped(message, at=now, now=now)], speaker, post, wait=wait)


def _page(basket: Basket, url: str, key: str) -> dict[str, Any]:
    around = browser_context(basket.anonymous_id, url)
    return {
        "type": "page",
        "anonymousId": basket.anonymous_id,
        "messageId": f"shopper-{key}-page",
        "properties": around["page"],
        "context": around,
        "integrations": {},
    }


def _order(basket: Basket, key: str) -> dict[str, Any]:
    who = {"userId": basket.user_id} if basket.user_id else {"anonymousId": basket.anonymous_id}
    return {
        "type": "track",
        "event": "Order Completed",
        **who,
        "messageId": f"shopper-{key}-order",
        "properties": {
            "order_id": basket.order_id,
            "cart_id": basket.cart_id,
            "currency": basket.currency,
            "total": _number(basket.total),
            "products": [
                {"product_id": one.product_id, "price": _number(one.price), "quantity": one.quantity}
                for one in basket.products
            ],
        },
        "context": {"library": SERVER_LIBRARY},
        "integrations": {},
    }


def _number(amount: Decimal) -> msgspec.Raw:
    return msgspec.Raw(f"{amount:f}".encode())
