"""The whole synthetic shop, made of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.demo.shop import ground, loyalty, people, sales, visits
from comptoir.demo.shop.catalogue import Catalogue
from comptoir.demo.shop.loyalty import Movements
from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import Plan
from comptoir.demo.shop.sales import Sales
from comptoir.demo.shop.visits import Behavior, Visits
from comptoir.ids import hash64, hex64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Two brands, their people, and all that they did."""

    plan: Plan
    catalogue: Catalogue
    people: People
    sales: Sales
    movements: Movements
    visits: Visits
    behavior: Behavior

    def order_id(self, order: int) -> str:
        """Name an order, or the ticket of a till, as its house does."""
        orders = self.sales.orders
        letter = "T" if orders.is_store[order] else "W"
        return f"{'MA' if orders.house[order] == 0 else 'SC'}{letter}{1_000_000 + order}"

    def cart_of_order(self, order: int) -> str:
        """Name the basket that an order of the site came from."""
        return f"k-{hex64(hash64('cart of order', str(self.plan.seed), str(order)))}"

    def cart_of_visit(self, visit: int) -> str:
        """Name the basket of a visit: that of its order, where it has one."""
        order = int(self.visits.order[visit])
        if order != visits.NOBODY:
            return self.cart_of_order(order)
        return f"k-{hex64(hash64('cart of visit', str(self.plan.seed), str(visit)))}"

    def browser_of_visit(self, visit: int) -> str:
        """Name the browser of a visit."""
        person, which = int(self.visits.person[visit]), int(self.visits.browser[visit])
        if person == visits.NOBODY:
            return people.browser(self.plan, -1, which)
        return self.people.browser(self.plan, person, which)


def make(plan: Plan) -> Shop:
    """Make the shop of a plan: the same plan gives the same shop."""
    laid = ground.make(plan)
    sold = sales.make(laid)
    seen, done = visits.make(laid, sold)
    return Shop(
        plan=plan,
        catalogue=laid.catalogue,
        people=laid.people,
        sales=sold,
        movements=loyalty.make(plan, laid.people, sold),
        visits=seen,
        behavior=done,
    )
