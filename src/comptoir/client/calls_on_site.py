"""
On site: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_on_site
from comptoir.client.asking import Asking, at


class OnSiteCalls(Asking):
    """On site."""

    __slots__ = ()

    def placements(self) -> list[dict[str, Any]]:
        """List the messages that pages of the site show to everybody."""
        found: list[dict[str, Any]] = self.ask("GET", "/placements")
        return found

    def placements_put(
        self,
        brand: str,
        name: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_on_site.PutPlacement],
    ) -> dict[str, Any]:
        """Keep one, in the place of the one of its name."""
        found: dict[str, Any] = self.ask(
            "PUT", at("/placements/{}/{}", brand, name), body=body, idempotency_key=idempotency_key
        )
        return found

    def placements_delete(self, brand: str, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Take one away."""
        self.ask("DELETE", at("/placements/{}/{}", brand, name), idempotency_key=idempotency_key)
