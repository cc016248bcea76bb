"""
Results: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from comptoir.client import shapes_results
from comptoir.client.asking import Asking, at


class ResultsCalls(Asking):
    """Results."""

    __slots__ = ()

    def audience(self, brand: str, /, *, days: int | None = None) -> shapes_results.Report:
        """Visitors and page views without consent by day (UTC), and the pages, sites and devices most seen."""
        found: shapes_results.Report = self.ask("GET", at("/brands/{}/audience", brand), query={"days": days})
        return found
