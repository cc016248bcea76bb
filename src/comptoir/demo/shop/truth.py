"""The truth of the synthetic shop, written down beside its files: who is who, what was sold, what a mail does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comptoir.demo.shop.catalogue import DEPARTMENTS
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.plan import HOUSES
from comptoir.demo.shop.visits import NOBODY


def write(shop: Shop, folder: Path) -> None:
    """Write `people.parquet`, `identifiers.parquet` and `totals.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(people(shop), folder / "people.parquet")
    pq.write_table(identifiers(shop), folder / "identifiers.parquet")
    (folder / "totals.json").write_bytes(msgspec.json.format(msgspec.json.encode(totals(shop))) + b"\n")


def people(shop: Shop) -> pa.Table:
    """Tell all that is true of everybody. Grain: one row a person."""
    who = shop.people
    everyone = range(len(who))
    liked = [one.key for one in DEPARTMENTS]
    return pa.table({
        "person": list(everyone),
        "brand": [HOUSES[one].title for one in who.house.tolist()],
        "account": [who.account(one) for one in everyone],
        "email": [who.email(one) for one in everyone],
        "orders_a_month": who.pace,
        "joined_day": who.joined,
        "left_day": who.left,
        "store_share": who.store_share,
        "likes": [liked[one] for one in who.liked.tolist()],
        "likes_second": [liked[one] for one in who.liked_second.tolist()],
        "buys_gifts": who.is_giver,
        "browsers": who.devices,
        "shares_with": [int(owner) if owner != person else None for person, owner in enumerate(who.household)],
        "buys_without_mail": who.returns,
        "follows_mail": who.clicks,
        "is_persuaded": who.persuaded,
        "effect_of_mail": who.effect(),
    })  # fmt: skip


def identifiers(shop: Shop) -> pa.Table:
    """
    Tell whose each identifier is that the files show.

    Grain: one row an identifier and person; a browser of a household has two. `is_shown` says whether anything in the
           files shows whose it is: of a browser that nobody signed in on nothing does, of a card that the account
           knows nothing of but a name.
    """
    found = sorted(_identifiers(shop))
    return pa.table({
        "kind": [kind for kind, _, _, _ in found],
        "value": [value for _, value, _, _ in found],
        "person": [person for _, _, person, _ in found],
        "is_shown": [is_shown for _, _, _, is_shown in found],
    })  # fmt: skip


def totals(shop: Shop) -> dict[str, Any]:
    """Add up what was sold, in minor units of each brand's currency."""
    orders, lines = shop.sales.orders, shop.sales.lines
    amounts, back = lines.amounts(), lines.returned_at > 0
    told: dict[str, Any] = {}
    for place, house in enumerate(HOUSES):
        of_house = orders.house == place
        own = of_house[lines.order]
        returned = int(amounts[own & back].sum())
        told[house.title] = {
            "currency": house.currency,
            "orders": int(of_house.sum()),
            "orders_in_stores": int((of_house & orders.is_store).sum()),
            "lines": int(own.sum()),
            "returned_lines": int((own & back).sum()),
            "sold_minor": int(amounts[own].sum()),
            "returned_minor": returned,
            "revenue_minor": int(amounts[own].sum()) - returned,
            "points": int(shop.movements.points[shop.people.house[shop.movements.person] == place].sum()),
            "visits": int((shop.visits.house == place).sum()),
        }
    return told | {"effect_of_mail": round(float(shop.people.effect()[shop.people.agrees].mean()), 4)}


def _identifiers(shop: Shop) -> Iterator[tuple[str, str, int, bool]]:
    who = shop.people
    for person in range(len(who)):
        said = {
            "account": (who.account(person),),
            "email": (who.email(person), who.second_email(person)),
            "phone": (who.phone(person),),
            "loyalty_card": (who.card(person),),
        }
        for kind, values in said.items():
            is_shown = kind != "loyalty_card" or not who.is_twice[person]
            yield from ((kind, value, person, is_shown) for value in values if value is not None)
    known = np.flatnonzero(shop.visits.person != NOBODY).tolist()
    shown: dict[tuple[int, str], bool] = {}
    for one in known:
        whose = int(shop.visits.person[one]), shop.browser_of_visit(one)
        shown[whose] = shown.get(whose, False) or bool(shop.visits.signs_in[one])
    yield from (("anonymous", browser, person, is_shown) for (person, browser), is_shown in shown.items())
