"""What a mail of the inbox is about: the basket it speaks of, and the links in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import select

from comptoir.app import App
from comptoir.identity import profile
from comptoir.messaging import inbox
from comptoir.messaging.rows import outbox
from comptoir.sources.shopper import Basket, Bought

CLICK = "/c/"
"""What the address of a link to follow has in it."""


def click_link(app: App, mail: dict[str, Any]) -> str | None:
    """Give the first link of a mail that leads to the shop."""
    links: list[str] = inbox.show(app.settings.home, str(mail["id"]))["links"]
    return next((one for one in links if CLICK in one), None)


def basket_of(app: App, mail: dict[str, Any]) -> Basket | None:
    """Give the basket a mail speaks of, and the browser of whoever left it; None for a mail about no basket."""
    message_id = str(mail["message_id"]).partition("@")[0]
    with app.state.read() as connection:
        row = connection.execute(select(outbox).where(outbox.c.message_id == message_id)).mappings().first()
        if row is None or row["cart_key"] is None:
            return None
        known = profile.read(connection, "email", row["contact"])
    promised = msgspec.json.decode(row["promise"])
    if known is None or not promised:
        return None
    values = {one.kind: one.value for one in known.identifiers}
    return Basket(
        cart_id=row["cart_id"] or row["cart_key"],
        anonymous_id=values.get("anonymous", message_id),
        user_id=values.get("account"),
        currency=promised[0]["currency"],
        products=[
            Bought(product_id=one["product_id"], price=Decimal(one["price"]), quantity=int(Decimal(one["quantity"])))
            for one in promised
        ],
    )
