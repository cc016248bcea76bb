"""
Figures: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Literal

from comptoir.client import shapes_figures
from comptoir.client.asking import Asking


class FiguresCalls(Asking):
    """Figures."""

    __slots__ = ()

    def today(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> shapes_figures.Today:
        """What the shop did, the part that Comptoir brought, and what needs somebody."""
        found: shapes_figures.Today = self.ask(
            "GET", "/today", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found

    def results(
        self,
        *,
        brand: str | None = None,
        since: str | None = None,
        until: str | None = None,
        window_days: int | None = None,
    ) -> dict[str, Any]:
        """What scenarios brought: sent, clicked, ordered, held out, attributed and incremental revenue."""
        found: dict[str, Any] = self.ask(
            "GET", "/results", query={"brand": brand, "since": since, "until": until, "window_days": window_days}
        )
        return found
