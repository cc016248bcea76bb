"""
Tracking plan: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from comptoir.client import shapes_tracking_plan
from comptoir.client.asking import Asking, at


class TrackingPlanCalls(Asking):
    """Tracking plan."""

    __slots__ = ()

    def plan(self, brand: str, /) -> shapes_tracking_plan.StoreVersion:
        """The tracking plan that stands for a brand."""
        found: shapes_tracking_plan.StoreVersion = self.ask("GET", at("/brands/{}/plan", brand))
        return found

    def plan_publish(
        self, brand: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_tracking_plan.Publish]
    ) -> shapes_tracking_plan.StoreVersion:
        """Publish a tracking plan as the next version; an empty text ends it."""
        found: shapes_tracking_plan.StoreVersion = self.ask(
            "PUT", at("/brands/{}/plan", brand), body=body, idempotency_key=idempotency_key
        )
        return found

    def plan_versions(self, brand: str, /, *, limit: int | None = None) -> Iterator[shapes_tracking_plan.StoreVersion]:
        """The versions of a tracking plan, with who published each when."""
        yield from self.each(at("/brands/{}/plan/versions", brand), limit=limit)

    def plan_inferred(self, brand: str, /) -> shapes_tracking_plan.Inferred:
        """A plan made of what arrived in thirty days; nothing is published."""
        found: shapes_tracking_plan.Inferred = self.ask("GET", at("/brands/{}/plan/inferred", brand))
        return found

    def plan_findings(
        self, brand: str, /, *, limit: int | None = None, days: int | None = None
    ) -> Iterator[shapes_tracking_plan.Finding]:
        """What breaks the plan: where, how, how often, since when."""
        yield from self.each(at("/brands/{}/plan/findings", brand), limit=limit, days=days)

    def plan_seen(self, brand: str, /, *, idempotency_key: str | None = None) -> None:
        """Say that what breaks the plan was seen: from now on it is no news."""
        self.ask("POST", at("/brands/{}/plan/findings/seen", brand), idempotency_key=idempotency_key)

    def plan_names(self, brand: str, /, *, limit: int | None = None) -> Iterator[shapes_tracking_plan.Name]:
        """Every event and property that ever arrived, with types, first and last."""
        yield from self.each(at("/brands/{}/plan/names", brand), limit=limit)
