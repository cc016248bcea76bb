"""Visits to the site in the last weeks: what was looked at, put into baskets, left there or ordered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from comptoir.demo.shop import habits, seasons
from comptoir.demo.shop.ground import Ground
from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import HOUSES, Part, Plan, Truth, Whole, pick, pick_each
from comptoir.demo.shop.sales import Sales, choose, department_weights, products_of

NOBODY = -1


class What(IntEnum):
    """What a row of behavior is."""

    PAGE = 0
    COMPANY_PAGE = 1
    VIEW = 2
    SIGN_IN = 3
    ADD = 4
    CHECKOUT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Every visit, one a place in each array."""

    person: Whole
    """NOBODY for strangers."""
    browser: Whole
    """Which of the person's browsers; of strangers, a number of their own."""
    house: Whole
    at: Whole
    order: Whole
    """The order it ends with; NOBODY if with none."""
    views: Whole
    """Products looked at; 0 where the visit ended with its first page."""
    signs_in: Truth
    leaves_basket: Truth
    channel: Whole

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """Every act of every visit. Order: by instant."""

    visit: Whole
    at: Whole
    what: Whole
    product: Whole
    """NOBODY where the act is about no product."""
    quantity: Whole
    price: Whole


def make(ground: Ground, sales: Sales) -> tuple[Visits, Behavior]:
    """Make the visits of the last days, and what was done in them."""
    visits = _visits(ground.plan, ground.people, sales)
    return visits, _behavior(ground, sales, visits)


def _visits(plan: Plan, people: People, sales: Sales) -> Visits:
    dice = plan.dice("visits")
    orders = sales.orders
    bought = np.flatnonzero((orders.at >= plan.browsing_since) & ~orders.is_store & (people.has_email[orders.person]))
    looked = _lookers(plan, dice, people, len(bought))
    strangers = round((len(bought) + len(looked)) * habits.STRANGERS / (1 - habits.STRANGERS))
    houses = pick(dice, np.bincount(people.house, minlength=len(HOUSES)).astype(np.float64), strangers)
    person = np.concatenate([orders.person[bought], looked, np.full(strangers, NOBODY)])
    house = np.concatenate([orders.house[bought], people.house[looked], houses])
    order = np.concatenate([bought, np.full(len(looked) + strangers, NOBODY)])
    count = len(person)
    known = person != NOBODY
    signs_in = np.where(order != NOBODY, True, dice.random(count) < habits.SIGNS_IN) & known
    leaves = np.where(known, habits.LEAVES_A_BASKET, habits.STRANGER_LEAVES_A_BASKET)
    devices = np.where(known, people.devices[person], 1)
    channel = pick(dice, habits.channel_shares(), count)
    stays = (order != NOBODY) | (dice.random(count) >= habits.bounces(channel))
    return Visits(
        person=person,
        browser=np.where(known, (dice.random(count) ** 2 * devices).astype(np.int64), np.arange(count)),
        house=house,
        at=np.where(order != NOBODY, orders.at[order], _instants(plan, dice, house)),
        order=order,
        views=(1 + dice.poisson(habits.MORE_VIEWS, count)).clip(max=habits.MOST_VIEWS) * stays,
        signs_in=signs_in & stays & (people.has_account[person] | (order != NOBODY)),
        leaves_basket=(order == NOBODY) & stays & (dice.random(count) < leaves),
        channel=channel,
    )


def pace_online(people: People, day: int) -> Part:
    """Give how much each buys on the site in a month at the pace of a day; 0 for whoever is not there."""
    active = (people.joined <= day) & (people.left > day)
    return np.where(active, people.pace * (1 - people.store_share), 0.0)


def _lookers(plan: Plan, dice: np.random.Generator, people: People, bought: int) -> Whole:
    pace = pace_online(people, plan.days - 1) * people.has_email
    if not pace.sum():
        return np.zeros(0, dtype=np.int64)
    return pick(dice, pace, round(bought * (habits.VISITS_AN_ORDER - 1)))


def _instants(plan: Plan, dice: np.random.Generator, house: Whole) -> Whole:
    """Draw when visits begin: on the days people buy, at the hours they are on the site."""
    at = np.zeros(len(house), dtype=np.int64)
    second = seasons.seconds(plan, "visits", np.zeros(len(house), dtype=bool))
    first = plan.days - 1 - plan.browsing_days
    for place, one in enumerate(HOUSES):
        own = house == place
        weights = seasons.day_weights(plan, one)[first:-1]
        at[own] = plan.utc(one, first + pick(dice, weights, int(own.sum())), second[own])
    return at


def _behavior(ground: Ground, sales: Sales, visits: Visits) -> Behavior:
    plan, people = ground.plan, ground.people
    dice = plan.dice("behavior")
    day = plan.day_of(visits.at).clip(0, plan.days - 1)
    every = np.arange(len(visits))
    viewing = np.repeat(every, visits.views)
    place = np.arange(len(viewing)) - np.repeat(np.cumsum(visits.views) - visits.views, visits.views)
    viewed = _looked_at(ground, dice, visits, viewing, day)
    wait = np.cumsum(dice.integers(*habits.VIEW_SECONDS, (len(visits), habits.MOST_VIEWS)), axis=1)
    began = np.where(visits.order != NOBODY, visits.at - wait[:, -1] - 4 * 60, visits.at)
    after = began + wait[every, visits.views - 1]
    left = every[visits.leaves_basket]
    last = (np.cumsum(visits.views) - 1)[left]
    bought = np.flatnonzero(np.isin(sales.lines.order, visits.order[visits.order != NOBODY]))
    of_order = np.full(len(sales.orders), NOBODY)
    of_order[visits.order[visits.order != NOBODY]] = every[visits.order != NOBODY]
    buying = of_order[sales.lines.order[bought]]
    signing = every[visits.signs_in]
    paying = every[visits.order != NOBODY]
    looking = _company_visits(dice, people, visits)
    nothing = np.full(len(visits), NOBODY)
    list_price = ground.catalogue.prices
    parts = [
        _acts(What.PAGE, every, began, nothing, nothing, nothing),
        _acts(What.COMPANY_PAGE, looking, began[looking] + 5, nothing[looking], nothing[looking], nothing[looking]),
        _acts(What.VIEW, viewing, began[viewing] + wait[viewing, place] - 15, viewed, 0 * viewed, list_price[viewed]),
        _acts(What.ADD, left, after[left] + 10, viewed[last], 0 * left + 1, list_price[viewed[last]]),
        _acts(What.ADD, buying, after[buying] + 10, sales.lines.product[bought], sales.lines.quantity[bought],
              sales.lines.price[bought]),
        _acts(What.SIGN_IN, signing, after[signing] + 30, nothing[signing], nothing[signing], nothing[signing]),
        _acts(What.CHECKOUT, paying, after[paying] + 60, nothing[paying], nothing[paying], nothing[paying]),
    ]  # fmt: skip
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
    kept = np.flatnonzero(whole[1] < plan.end)
    kept = kept[np.lexsort((whole[2][kept], whole[0][kept], whole[1][kept]))]
    visit, at, what, product, quantity, price = (column[kept] for column in whole)
    return Behavior(visit=visit, at=at, what=what, product=product, quantity=quantity, price=price)


def _looked_at(ground: Ground, dice: np.random.Generator, visits: Visits, viewing: Whole, day: Whole) -> Whole:
    """Choose what is looked at: by taste where somebody is known to have one, else what the season brings."""
    known = visits.person[viewing] != NOBODY
    product = np.zeros(len(viewing), dtype=np.int64)
    mine, others = viewing[known], viewing[~known]
    product[known] = choose(ground, dice, visits.person[mine], day[mine])
    sought = department_weights(ground.plan)[day[others]]
    product[~known] = products_of(dice, ground.catalogue, visits.house[others], pick_each(dice, sought))
    return product


def _company_visits(dice: np.random.Generator, people: People, visits: Visits) -> Whole:
    company = (visits.person != NOBODY) & people.is_company[visits.person]
    return np.flatnonzero(company & (dice.random(len(visits)) < habits.COMPANY_PAGES))


def _acts(what: What, visit: Whole, *columns: Whole) -> tuple[Whole, ...]:
    """Give acts of one kind: visit, instant, kind, product, quantity, price."""
    at, *rest = columns
    return visit, at, np.full(len(visit), int(what)), *rest
