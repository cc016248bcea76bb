"""The files a merchant would have: catalogue, contacts, consents, points, orders, tills and visits of each brand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files as packaged
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from comptoir.demo.shop import habits, loyalty
from comptoir.demo.shop.make import Shop
from comptoir.demo.shop.people import towns
from comptoir.demo.shop.plan import DAY, HOUSES, House, Whole
from comptoir.demo.shop.visits import NOBODY, What

Column = Sequence[str | None]

_STEPS = {
    What.PAGE: ("page", None),
    What.COMPANY_PAGE: ("page", None),
    What.VIEW: ("track", "Product Viewed"),
    What.SIGN_IN: ("identify", None),
    What.ADD: ("track", "Product Added"),
    What.CHECKOUT: ("track", "Checkout Started"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file, and how it is imported."""

    path: Path
    kind: str
    mapping: Path
    house: House
    rows: int


def write(shop: Shop, folder: Path) -> list[Written]:
    """
    Write all files of both houses, with their mappings, into a folder.

    Order:  as they are best imported: what is sold, who people are, what they agreed to, then what they did.
    """
    written = []
    mappings = folder / "mappings"
    mappings.mkdir(parents=True, exist_ok=True)
    for one in packaged("comptoir.demo.shop").joinpath("mappings").iterdir():
        (mappings / one.name).write_bytes(one.read_bytes())
    for place, house in enumerate(HOUSES):
        own = folder / house.key
        own.mkdir(exist_ok=True)
        till = "till_fr" if house.country == "FR" else "till_en"
        for kind, file, mapping, table in (
            ("products", "products.csv", "products", _products(shop, house)),
            ("contacts", "contacts.csv", "contacts", _contacts(shop, place)),
            ("consents", "consents.csv", "consents", _consents(shop, place)),
            ("loyalty", "loyalty.csv", "loyalty", _points(shop, place)),
            ("orders", "orders.csv", "orders", _orders(shop, place)),
            ("orders", "till.csv", till, _tickets(shop, place)),
            ("events", "visits.parquet", "visits", _visits(shop, place)),
        ):
            _write(own / file, table, is_french_till=mapping == "till_fr")
            written.append(
                Written(path=own / file, kind=kind, mapping=mappings / f"{mapping}.yaml", house=house, rows=len(table))
            )
    return sorted(written, key=lambda one: _ORDER.index(one.path.stem))


_ORDER = ("products", "contacts", "consents", "loyalty", "orders", "till", "visits")


def _write(path: Path, table: pa.Table, *, is_french_till: bool) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
        return
    options = pc.WriteOptions(delimiter=";" if is_french_till else ",", quoting_style="needed")
    pc.write_csv(table, path, options)
    if is_french_till:  # as French tills write
        path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252"))


# ── one table each ──


def _products(shop: Shop, house: House) -> pa.Table:
    own = [one for one in shop.catalogue.products if one.house is house]
    url = shop.plan.shop_url
    return pa.table({
        "sku": [one.product_id for one in own],
        "title": [one.name for one in own],
        "category": [one.department.name(house.language) for one in own],
        "maker": [house.title] * len(own),
        "link": [one.url(url) for one in own],
        "image_link": [one.image_url(url) for one in own],
        "price": [money(one.price_minor) for one in own],
        "currency": [house.currency] * len(own),
        "availability": ["yes" if one.is_for_sale else "no" for one in own],
        "stock": [str(one.stock) for one in own],
        "valid_from": [iso(int(shop.plan.since.timestamp()))] * len(own),
    })  # fmt: skip


class _Contact(NamedTuple):
    """One row of the contacts: somebody, as one counter of the shop knows them."""

    person: int
    account: str | None
    email: str | None
    card: str | None
    after: int
    """Since when, counted from the day they came. Units: seconds."""
    is_till: bool = False
    """Whether a cashier wrote it: in capitals, and without a telephone."""


def _contacts(shop: Shop, place: int) -> pa.Table:
    """Write a row a person; before it one of a second address or of a store's card, for those who are there twice."""
    people, house = shop.people, HOUSES[place]
    lived = towns(people)
    known = people.has_account | people.has_email | people.has_card | people.has_phone
    rows = _known_as(shop, np.flatnonzero((people.house == place) & known).tolist())
    who = [one.person for one in rows]
    last_names = [people.last_names[one] for one in who]
    heirs = "Fils" if house.language == "fr" else "Sons"
    return pa.table({
        "customer_number": [one.account for one in rows],
        "email": [one.email for one in rows],
        "phone": [None if one.is_till else people.phone(one.person) for one in rows],
        "card": [one.card for one in rows],
        "first_name": [people.first_names[one] for one in who],
        "last_name": [name.upper() if one.is_till else name for one, name in zip(rows, last_names, strict=True)],
        "birth_date": [_birthday(int(people.born[one])) if one % 5 < 3 else None for one in who],
        "language": [house.language] * len(who),
        "town": [lived[one][0] for one in who],
        "postcode": [lived[one][1] for one in who],
        "country": [house.country] * len(who),
        "company": [f"{people.last_names[one]} & {heirs}" if people.is_company[one] else None for one in who],
        "since": [iso(_joined(shop, one.person) + one.after) for one in rows],
    })  # fmt: skip


def _known_as(shop: Shop, own: Sequence[int]) -> list[_Contact]:
    people = shop.people
    second, twice = people.uses_second_email, people.is_twice & people.has_card
    cards = {one: None if twice[one] else people.card(one) for one in own}
    return [
        *(_Contact(one, people.account(one), people.second_email(one), cards[one], 0) for one in own if second[one]),
        *(_Contact(one, None, None, people.card(one), 0, is_till=True) for one in own if twice[one]),
        *(_Contact(one, people.account(one), people.email(one), cards[one], DAY) for one in own),
    ]


def _consents(shop: Shop, place: int) -> pa.Table:
    people, house = shop.people, HOUSES[place]
    agreed = np.flatnonzero((people.house == place) & people.agrees).tolist()
    withdrew = [one for one in agreed if people.withdrew[one]]
    rows = [(one, "granted", _joined(shop, one) + 2 * DAY) for one in agreed]
    rows += [(one, "withdrawn", (_joined(shop, one) + shop.plan.end) // 2 + 2 * DAY) for one in withdrew]
    rows = sorted((one for one in rows if one[2] < shop.plan.end), key=lambda one: (one[2], one[0]))
    stores = house.stores
    return pa.table({
        "email": [people.email(one) for one, _, _ in rows],
        "state": [state for _, state, _ in rows],
        "text_version": [f"2025-01-{house.language}"] * len(rows),
        "proof": [
            "unsubscribe link" if state == "withdrawn"
            else f"loyalty form, store of {stores[one % len(stores)]}" if people.store_share[one] == 1
            else "box ticked at checkout" if one % 3 else "newsletter form"
            for one, state, _ in rows
        ],
        "said_at": [iso(at) for _, _, at in rows],
    })  # fmt: skip


def _points(shop: Shop, place: int) -> pa.Table:
    moved, people = shop.movements, shop.people
    own = np.flatnonzero(people.house[moved.person] == place)
    expires = loyalty.expiry(moved)
    return pa.table({
        "card": [people.card(one) for one in moved.person[own].tolist()],
        "movement": ["earned" if points > 0 else "spent" for points in moved.points[own].tolist()],
        "points": [str(points) for points in moved.points[own].tolist()],
        "order": [shop.order_id(one) for one in moved.order[own].tolist()],
        "expires": [iso(day * DAY)[:10] if day else None for day in expires[own].tolist()],
        "at": isos(moved.at[own]),
    })  # fmt: skip


def _sold(shop: Shop, place: int, *, is_store: bool) -> tuple[Whole, Whole, Whole]:
    """Give line, instant and sign of all that was sold and came back. Order: by instant, sold before returned."""
    orders, lines = shop.sales.orders, shop.sales.lines
    own = np.flatnonzero((orders.house == place) & (orders.is_store == is_store))
    sold = np.flatnonzero(np.isin(lines.order, own))
    back = sold[lines.returned_at[sold] > 0]
    line = np.concatenate([sold, back])
    at = np.concatenate([orders.at[lines.order[sold]], lines.returned_at[back]])
    sign = np.concatenate([np.ones(len(sold), dtype=np.int64), -np.ones(len(back), dtype=np.int64)])
    place_in_file = np.lexsort((line, -sign, at))
    return line[place_in_file], at[place_in_file], sign[place_in_file]


def _orders(shop: Shop, place: int) -> pa.Table:
    lines, orders, people, house = shop.sales.lines, shop.sales.orders, shop.people, HOUSES[place]
    line, at, sign = _sold(shop, place, is_store=False)
    order = lines.order[line]
    person = orders.person[order].tolist()
    totals = shop.sales.totals()
    sells = (sign > 0).tolist()
    products = [shop.catalogue.products[one] for one in lines.product[line].tolist()]
    return pa.table({
        "order_number": [shop.order_id(one) for one in order.tolist()],
        "line": [str(one) for one in line.tolist()],
        "placed_at": isos(at),
        "customer_number": [people.account(one) for one in person],
        "email": [_address_of(shop, *one) for one in zip(person, order.tolist(), strict=True)],
        "sku": [one.product_id for one in products],
        "title": [one.name for one in products],
        "category": [one.department.name(house.language) for one in products],
        "quantity": [str(one) for one in (lines.quantity[line] * sign).tolist()],
        "unit_price": moneys(lines.price[line]),
        "unit_cost": [money(one.cost_minor) for one in products],
        "total": _only(sells, moneys(totals[order])),
        "currency": [house.currency] * len(line),
        "country": [house.country] * len(line),
        "basket": [shop.cart_of_order(one) for one in order.tolist()],
    })  # fmt: skip


def _address_of(shop: Shop, person: int, order: int) -> str | None:
    """Give the address an order was made with: those who have two use the second one now and then."""
    uses_second = shop.people.uses_second_email[person] and order % 3 == 0
    return shop.people.second_email(person) if uses_second else shop.people.email(person)


def _tickets(shop: Shop, place: int) -> pa.Table:
    lines, orders, people, house = shop.sales.lines, shop.sales.orders, shop.people, HOUSES[place]
    line, at, sign = _sold(shop, place, is_store=True)
    order = lines.order[line]
    products = [shop.catalogue.products[one] for one in lines.product[line].tolist()]
    wall = at + shop.plan.offsets(house)[shop.plan.day_of(at)]
    is_french = house.country == "FR"
    prices = moneys(lines.price[line])
    columns: dict[str, Column] = {
        "ticket": [shop.order_id(one) for one in order.tolist()],
        "line": [str(one) for one in line.tolist()],
        "date": [f"{day[8:10]}/{day[5:7]}/{day[:4]} {day[11:16]}" for day in isos(wall)],
        "store": [house.stores[one] for one in orders.store[order].tolist()],
        "sku": [one.product_id for one in products],
        "title": [one.name for one in products],
        "category": [one.department.name(house.language) for one in products],
        "quantity": [str(one) for one in (lines.quantity[line] * sign).tolist()],
        "price": [one.replace(".", ",") for one in prices] if is_french else prices,
        "card": [people.card(one) for one in orders.person[order].tolist()],
    }
    return pa.table({_TILL_FR[name] if is_french else name: column for name, column in columns.items()})


_TILL_FR = {
    "ticket": "Ticket", "line": "Ligne", "date": "Date", "store": "Magasin", "sku": "Article", "title": "Libellé",
    "category": "Rayon", "quantity": "Qté", "price": "PU", "card": "Carte",
}  # fmt: skip


def _visits(shop: Shop, place: int) -> pa.Table:
    behavior, house = shop.behavior, HOUSES[place]
    own = np.flatnonzero(shop.visits.house[behavior.visit] == place)
    visit, what = behavior.visit[own], behavior.what[own]
    seen = {one: _Visitor.of(shop, one) for one in np.unique(visit).tolist()}
    who = [seen[one] for one in visit.tolist()]
    product = [None if one == NOBODY else shop.catalogue.products[one] for one in behavior.product[own].tolist()]
    steps = [_STEPS[What(one)] for one in what.tolist()]
    is_priced = (behavior.price[own] != NOBODY).tolist()
    is_add, is_checkout = what == What.ADD, what == What.CHECKOUT
    knows = ((what == What.SIGN_IN) | is_checkout).tolist()
    return pa.table({
        "type": [kind for kind, _ in steps],
        "name": [name for _, name in steps],
        "at": isos(behavior.at[own]),
        "browser": [one.browser for one in who],
        "customer_number": _only(knows, [one.account for one in who]),
        "email": _only((what == What.SIGN_IN).tolist(), [one.email for one in who]),
        "basket": _only((is_add | is_checkout).tolist(), [one.cart for one in who]),
        "sku": [one.product_id if one else None for one in product],
        "title": [one.name if one else None for one in product],
        "category": [one.department.name(house.language) if one else None for one in product],
        "price": _only(is_priced, moneys(behavior.price[own])),
        "currency": _only(is_priced, [house.currency] * len(own)),
        "quantity": _only(is_add.tolist(), [str(one) for one in behavior.quantity[own].tolist()]),
        "url": [
            f"{shop.plan.shop_url}/{house.path}/p/{one.product_id}" if one
            else f"{shop.plan.shop_url}{_page(house, What(kind), visitor.query)}"
            for one, kind, visitor in zip(product, what.tolist(), who, strict=True)
        ],
        "path": [
            f"/{house.path}/p/{one.product_id}" if one else _page(house, What(kind), "")
            for one, kind in zip(product, what.tolist(), strict=True)
        ],
        "referrer": _only((what == What.PAGE).tolist(), [one.referrer for one in who]),
        "agent": [one.agent for one in who],
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Visitor:
    browser: str
    account: str | None
    email: str | None
    cart: str
    referrer: str
    query: str
    agent: str

    @classmethod
    def of(cls, shop: Shop, visit: int) -> _Visitor:
        person, which = int(shop.visits.person[visit]), int(shop.visits.browser[visit])
        channel = habits.CHANNELS[int(shop.visits.channel[visit])]
        is_known = person != NOBODY
        return cls(
            browser=shop.browser_of_visit(visit),
            account=shop.people.account(person) if is_known else None,
            email=shop.people.email(person) if is_known else None,
            cart=shop.cart_of_visit(visit),
            referrer=channel.referrer,
            query=channel.query,
            agent=habits.agent(int(shop.people.household[person]) if is_known and which == 0 else person, which),
        )


def _page(house: House, what: What, query: str) -> str:
    if what == What.COMPANY_PAGE:
        return f"/entreprise/{house.path}"
    return (
        f"/{house.path}/account"
        if what == What.SIGN_IN
        else f"/{house.path}/{'checkout' if what == What.CHECKOUT else query}"
    )


# ── how things are written ──


def money(minor: int) -> str:
    """Write an amount as a shop's export does."""
    return f"{minor // 100}.{minor % 100:02d}"


def moneys(minor: Whole) -> list[str]:
    """Write amounts."""
    texts = {one: money(one) for one in np.unique(minor).tolist()}
    return [texts[one] for one in minor.tolist()]


def iso(at: int) -> str:
    """Write an instant of so many seconds since 1970."""
    return f"{np.datetime64(at, 's')}Z"


def isos(at: Whole) -> list[str]:
    """Write instants."""
    return [f"{one}Z" for one in np.datetime_as_string(at.astype("datetime64[s]")).tolist()]


def _only(kept: Sequence[bool], column: Column) -> list[str | None]:
    return [one if keep else None for keep, one in zip(kept, column, strict=True)]


def _joined(shop: Shop, person: int) -> int:
    return int((shop.plan.since + timedelta(days=float(shop.people.joined[person]))).timestamp())


def _birthday(day: int) -> str:
    return f"{day // 10_000}-{day // 100 % 100:02d}-{day % 100:02d}"
