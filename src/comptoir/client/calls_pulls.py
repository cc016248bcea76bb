"""
Pulls: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes
from comptoir.client.asking import Asking, at


class PullsCalls(Asking):
    """Pulls."""

    __slots__ = ()

    def pull_places(self) -> list[shapes.PlaceKind]:
        """The kinds of places rows are fetched from, and what each has to be told."""
        found: list[shapes.PlaceKind] = self.ask("GET", "/pull-places")
        return found

    def pulls(self) -> list[shapes.PullTold]:
        """The sources that are fetched, without their secrets."""
        found: list[shapes.PullTold] = self.ask("GET", "/pulls")
        return found

    def pulls_add(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.AddPull]) -> shapes.PullTold:
        """Add a source that is fetched."""
        found: shapes.PullTold = self.ask("POST", "/pulls", body=body, idempotency_key=idempotency_key)
        return found

    def pulls_get(self, name: str, /) -> shapes.PullTold:
        """One source that is fetched."""
        found: shapes.PullTold = self.ask("GET", at("/pulls/{}", name))
        return found

    def pulls_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes.ChangePull]
    ) -> shapes.PullTold:
        """Change a source that is fetched, or let it rest."""
        found: shapes.PullTold = self.ask("PATCH", at("/pulls/{}", name), body=body, idempotency_key=idempotency_key)
        return found

    def pulls_delete(self, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Forget a source that is fetched; what it brought stays."""
        self.ask("DELETE", at("/pulls/{}", name), idempotency_key=idempotency_key)

    def pulls_try(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes.TryPull]
    ) -> shapes.PullTried:
        """Show the first rows as they would be kept; nothing is taken."""
        found: shapes.PullTried = self.ask(
            "POST", at("/pulls/{}/try", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def pulls_run(self, name: str, /, *, idempotency_key: str | None = None) -> shapes.RunTold:
        """Fetch what is new; it goes on by itself."""
        found: shapes.RunTold = self.ask("POST", at("/pulls/{}/run", name), idempotency_key=idempotency_key)
        return found

    def pulls_cancel(self, name: str, /, *, idempotency_key: str | None = None) -> shapes.RunTold:
        """End the run that is under way; what it brought stays."""
        found: shapes.RunTold = self.ask("POST", at("/pulls/{}/cancel", name), idempotency_key=idempotency_key)
        return found

    def pulls_runs(self, name: str, /) -> list[shapes.RunTold]:
        """The runs of a source, the newest first."""
        found: list[shapes.RunTold] = self.ask("GET", at("/pulls/{}/runs", name))
        return found
