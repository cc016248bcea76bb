"""What the storefront's own server tells Comptoir, with the secret key: orders, and consents to be written to."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from comptoir.clock import Clock, micros
from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import House
from comptoir.demo.storefront.basket import Basket
from comptoir.ids import hash64, hex64
from comptoir.sources.replay import Post, deliver
from comptoir.sources.segment import SERVER_LIBRARY, Speaker, stamped


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Speaks to the door for the storefront's server."""

    posts: Mapping[str, Post]
    """By house."""
    clock: Clock
    accounts: Mapping[str, str]
    """The customer number of each e-mail address that has one."""

    def account_of(self, email: str) -> str:
        """Give the customer number of an address: the one it has, or one that any run makes again."""
        email = email.strip().lower()
        return self.accounts.get(email) or f"S{hex64(hash64('storefront account', email))[:8]}"

    def order(self, house: House, basket: Basket, prices: Mapping[str, int], email: str) -> str:
        """Tell an order, and give its number."""
        number = f"{house.prefix}S{secrets.randbelow(9_000_000) + 1_000_000}"
        lines = [
            {"product_id": name, "quantity": count, "price": amount(prices[name])}
            for name, count in basket.lines.items()
        ]
        total = sum(prices[name] * count for name, count in basket.lines.items())
        said = {
            "order_id": number,
            "cart_id": basket.cart_id,
            "currency": house.currency,
            "total": amount(total),
            "products": lines,
        }
        self._say(house, "Order Completed", said, email)
        return number

    def agree(self, house: House, email: str) -> None:
        """Tell that somebody ticked the box: they agree to marketing by e-mail."""
        said = {
            "email": email,
            "purpose": "marketing",
            "channel": "email",
            "text_version": f"2025-01-{house.language}",
            "proof": "box ticked in the storefront",
        }
        self._say(house, "Consent Given", said, email)

    def _say(self, house: House, event: str, properties: dict[str, Any], email: str) -> None:
        now = micros(self.clock.now())
        message = {
            "type": "track",
            "event": event,
            "userId": self.account_of(email),
            "messageId": f"storefront-{secrets.token_hex(8)}",
            "properties": properties,
            "context": {"library": SERVER_LIBRARY},
            "integrations": {},
        }
        deliver([stamped(message, at=now, now=now)], Speaker.SERVER, self.posts[house.key], wait=time.sleep)


def accounts_of(people: People) -> dict[str, str]:
    """Give the customer number of each address the shop knows."""
    found: dict[str, str] = {}
    for person in range(len(people)):
        number = people.account(person)
        for email in (people.email(person), people.second_email(person)):
            if number is not None and email is not None:
                found[email] = number
    return found


def amount(minor: int) -> msgspec.Raw:
    """Write an amount exactly."""
    return msgspec.Raw(str(Decimal(minor) / 100).encode())
