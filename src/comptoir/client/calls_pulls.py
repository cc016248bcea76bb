"""
Pulls: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes_pulls
from comptoir.client.asking import Asking, at


class PullsCalls(Asking):
    """Pulls."""

    __slots__ = ()

    def pull_places(self) -> list[shapes_pulls.PlaceKind]:
        """The kinds of places rows are fetched from, and what each has to be told."""
        found: list[shapes_pulls.PlaceKind] = self.ask("GET", "/pull-places")
        return found

    def pulls(self) -> list[shapes_pulls.PullTold]:
        """The sources that are fetched, without their secrets."""
        found: list[shapes_pulls.PullTold] = self.ask("GET", "/pulls")
        return found

    def pulls_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_pulls.AddPull]
    ) -> shapes_pulls.PullTold:
        """Add a source that is fetched."""
        found: shapes_pulls.PullTold = self.ask("POST", "/pulls", body=body, idempotency_key=idempotency_key)
        return found

    def pulls_get(self, name: str, /) -> shapes_pulls.PullTold:
        """One source that is fetched."""
        found: shapes_pulls.PullTold = self.ask("GET", at("/pulls/{}", name))
        return found

    def pulls_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_pulls.ChangePull]
    ) -> shapes_pulls.PullTold:
        """Change a source that is fetched, or let it rest."""
        found: shapes_pulls.PullTold = self.ask(
            "PATCH", at("/pulls/{}", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def pulls_delete(self, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Forget a source that is fetched; what it brought stays."""
        self.ask("DELETE", at("/pulls/{}", name), idempotency_key=idempotency_key)

    def pulls_try(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_pulls.TryPull]
    ) -> shapes_pulls.PullTried:
        """Show the first rows as they would be kept; nothing is taken."""
        found: shapes_pulls.PullTried = self.ask(
            "POST", at("/pulls/{}/try", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def pulls_run(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_pulls.RunTold:
        """Fetch what is new; it goes on by itself."""
        found: shapes_pulls.RunTold = self.ask("POST", at("/pulls/{}/run", name), idempotency_key=idempotency_key)
        return found

    def pulls_cancel(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_pulls.RunTold:
        """End the run that is under way; what it brought stays."""
        found: shapes_pulls.RunTold = self.ask("POST", at("/pulls/{}/cancel", name), idempotency_key=idempotency_key)
        return found

    def pulls_runs(self, name: str, /) -> list[shapes_pulls.RunTold]:
        """The runs of a source, the newest first."""
        found: list[shapes_pulls.RunTold] = self.ask("GET", at("/pulls/{}/runs", name))
        return found
