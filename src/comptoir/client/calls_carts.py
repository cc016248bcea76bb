"""
Carts: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from comptoir.client import shapes_carts
from comptoir.client.asking import Asking


class CartsCalls(Asking):
    """Carts."""

    __slots__ = ()

    def carts(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
        state: Literal["", "going", "left", "ordered"] | None = None,
        sort: Literal["last", "opened", "worth"] | None = None,
        limit: int | None = None,
    ) -> Iterator[shapes_carts.Cart]:
        """Carts with their person, products and worth, and which message went for each, or why none."""
        yield from self.each(
            "/carts", brand=brand, country=country, period=period, until=until, state=state, sort=sort, limit=limit
        )

    def carts_csv(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
        state: Literal["", "going", "left", "ordered"] | None = None,
        sort: Literal["last", "opened", "worth"] | None = None,
    ) -> str:
        """The same as CSV, at most 100,000 carts."""
        found: str = self.ask(
            "GET",
            "/carts.csv",
            query={"brand": brand, "country": country, "period": period, "until": until, "state": state, "sort": sort},
        )
        return found

    def carts_funnel(
        self,
        *,
        brand: str | None = None,
        country: str | None = None,
        period: Literal["", "d", "m", "q", "w", "y"] | None = None,
        until: str | None = None,
    ) -> shapes_carts.Funnel:
        """Carts by state with their worth, and how many people viewed, put in, checked out and ordered."""
        found: shapes_carts.Funnel = self.ask(
            "GET", "/carts/funnel", query={"brand": brand, "country": country, "period": period, "until": until}
        )
        return found
