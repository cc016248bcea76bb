"""What everything else is drawn from: the plan, what is sold, and who there is."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.demo.shop import catalogue, people
from comptoir.demo.shop.catalogue import Catalogue
from comptoir.demo.shop.people import People
from comptoir.demo.shop.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A shop before anything has happened in it."""

    plan: Plan
    catalogue: Catalogue
    people: People


def make(plan: Plan) -> Ground:
    """Lay the ground of a plan."""
    return Ground(plan=plan, catalogue=catalogue.make(plan), people=people.make(plan))
