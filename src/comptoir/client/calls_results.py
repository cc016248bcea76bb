"""
Results: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from comptoir.client import shapes
from comptoir.client.asking import Asking, at


class ResultsCalls(Asking):
    """Results."""

    __slots__ = ()

    def audience(self, brand: str, /, *, days: int | None = None) -> shapes.Report:
        """Visitors and page views without consent by day (UTC), and the pages, sites and devices most seen."""
        found: shapes.Report = self.ask("GET", at("/brands/{}/audience", brand), query={"days": days})
        return found
