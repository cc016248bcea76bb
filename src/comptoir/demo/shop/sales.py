"""Orders, their lines and their returns: drawn from who people are, what they like and what time of the year it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from comptoir.demo.shop import seasons
from comptoir.demo.shop.catalogue import DEPARTMENTS, Catalogue
from comptoir.demo.shop.ground import Ground
from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import DAY, HOUSES, Part, Plan, Truth, Whole, pick, pick_each

MORE_LINES = 0.75
"""Lines of an order beyond the first, on average."""
_MOST_LINES = 6
_RETURNED = 0.075, 0.02
"""How many lines come back, of the site and of stores."""
_CHRISTMAS_GIVING = 1.8
_FIRST_ORDERS = 0.9
"""How many become known by an order, on the day they join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Every order, one a place in each array. Order: by instant."""

    person: Whole
    house: Whole
    at: Whole
    is_store: Truth
    store: Whole

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Every line of every order. Order: by order."""

    order: Whole
    product: Whole
    quantity: Whole
    price: Whole
    """What one cost then, in minor units."""
    returned_at: Whole
    """When it came back; 0 if it did not."""

    def amounts(self) -> Whole:
        """Give what each line costs, in minor units."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """All that was ever sold."""

    orders: Orders
    lines: Lines

    def totals(self) -> Whole:
        """Give what each order costs, in minor units; both houses deliver for nothing."""
        return np.bincount(self.lines.order, weights=self.lines.amounts(), minlength=len(self.orders)).astype(np.int64)


def make(ground: Ground) -> Sales:
    """Make the orders of a shop."""
    orders = _orders(ground.plan, ground.people)
    return Sales(orders=orders, lines=_lines(ground, orders))


def _orders(plan: Plan, people: People) -> Orders:
    dice = plan.dice("orders")
    edges = np.stack([np.concatenate([[0.0], np.cumsum(seasons.day_weights(plan, house))]) for house in HOUSES])
    first = edges[people.house, people.joined.astype(np.int64).clip(0, plan.days)]
    last = edges[people.house, np.ceil(people.left).astype(np.int64).clip(0, plan.days)]
    counts = dice.poisson(people.pace / 30.4375 * (last - first))
    newcomers = np.flatnonzero((people.joined > 0) & (dice.random(len(people)) < _FIRST_ORDERS))
    person = np.concatenate([np.repeat(np.arange(len(people)), counts), newcomers])
    span = np.where(np.arange(len(person)) < counts.sum(), (last - first)[person], 0.0)
    drawn = first[person] + dice.random(len(person)) * span
    day = np.zeros(len(person), dtype=np.int64)
    for place in range(len(HOUSES)):
        own = people.house[person] == place
        day[own] = np.searchsorted(edges[place], drawn[own], side="right") - 1
    is_store = dice.random(len(person)) < people.store_share[person]
    second = seasons.seconds(plan, "orders", is_store)
    at = np.zeros(len(person), dtype=np.int64)
    for place, house in enumerate(HOUSES):
        own = people.house[person] == place
        at[own] = plan.utc(house, day[own], second[own])
    kept = np.flatnonzero(at < plan.end)
    kept = kept[np.lexsort((person[kept], at[kept]))]
    stores = np.array([len(one.stores) for one in HOUSES])[people.house[person[kept]]]
    return Orders(
        person=person[kept],
        house=people.house[person[kept]],
        at=at[kept],
        is_store=is_store[kept],
        store=people.town[person[kept]] % stores,
    )


def _lines(ground: Ground, orders: Orders) -> Lines:
    plan, catalogue = ground.plan, ground.catalogue
    dice = plan.dice("lines")
    counts = (1 + dice.poisson(MORE_LINES, len(orders))).clip(max=_MOST_LINES)
    order = np.repeat(np.arange(len(orders)), counts)
    day = plan.day_of(orders.at).clip(0, plan.days - 1)
    product = choose(ground, dice, orders.person[order], day[order])
    cheap = catalogue.prices[product] < 2_500
    quantity = np.where(cheap, 1 + dice.poisson(0.5, len(order)), 1)
    price = sale_prices(plan, catalogue, product, orders.house[order], day[order])
    share = np.where(orders.is_store[order], _RETURNED[1], _RETURNED[0])
    back = orders.at[order] + dice.integers(4 * DAY, 24 * DAY, len(order))
    returned = (dice.random(len(order)) < share) & (back < plan.end)
    return Lines(order=order, product=product, quantity=quantity, price=price, returned_at=np.where(returned, back, 0))


def choose(ground: Ground, dice: np.random.Generator, person: Whole, day: Whole) -> Whole:
    """Choose a product for each person on a day: by taste, by season, and before Christmas for others."""
    plan, people = ground.plan, ground.people
    weights = people.taste(person) * department_weights(plan)[day]
    giving = people.is_giver[person] & gift_days(plan)[day]
    gift = np.array([one.gift for one in DEPARTMENTS]) * _CHRISTMAS_GIVING
    weights = np.where(giving[:, None], weights * gift, weights)
    return products_of(dice, ground.catalogue, people.house[person], pick_each(dice, weights))


def products_of(dice: np.random.Generator, catalogue: Catalogue, house: Whole, department: Whole) -> Whole:
    """Choose a product of a department for each, the popular ones more often."""
    place = np.zeros(len(house), dtype=np.int64)
    for one in range(len(HOUSES)):
        for row in range(len(DEPARTMENTS)):
            own = np.flatnonzero((house == one) & (department == row))
            place[own] = pick(dice, catalogue.popularity[one, row], len(own))
    return catalogue.number(house, department, place)


def department_weights(plan: Plan) -> Part:
    """Give how much each department is looked for. Shape: day × department."""
    months = [(plan.since + timedelta(days=day)).month - 1 for day in range(plan.days)]
    return np.array([[one.months[month] for one in DEPARTMENTS] for month in months])


def gift_days(plan: Plan) -> Truth:
    """Say of each day whether people buy for others."""
    return np.array([seasons.is_gift_time((plan.since + timedelta(days=day)).date()) for day in range(plan.days)])


def sale_prices(plan: Plan, catalogue: Catalogue, product: Whole, house: Whole, day: Whole) -> Whole:
    """Give what one costs on a day: a third of the catalogue is reduced in the sales, by a fifth or by two."""
    on = np.array(
        [[seasons.is_sale(one, (plan.since + timedelta(days=at)).date()) for at in range(plan.days)] for one in HOUSES]
    )
    percent = np.where(product % 3 == 0, np.where(product % 2 == 0, 60, 80), 100)
    full = catalogue.prices[product]
    return np.where(on[house, day], full * percent // 100, full)
