"""
Dry runs: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_dry_runs
from comptoir.client.asking import Asking, at


class DryRunsCalls(Asking):
    """Dry runs."""

    __slots__ = ()

    def dry_runs_start(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_dry_runs.DryrunsTry]
    ) -> shapes_dry_runs.DryRun:
        """Try a scenario on past days, in the background; nothing is written or sent."""
        found: shapes_dry_runs.DryRun = self.ask(
            "POST", at("/scenarios/{}/dry-runs", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def scenarios_dry_runs(self, name: str, /) -> list[shapes_dry_runs.DryRun]:
        """The dry runs of a scenario that are kept, the newest first."""
        found: list[shapes_dry_runs.DryRun] = self.ask("GET", at("/scenarios/{}/dry-runs", name))
        return found

    def dry_runs_get(self, id_: str, /) -> shapes_dry_runs.DryRun:
        """How far a dry run is."""
        found: shapes_dry_runs.DryRun = self.ask("GET", at("/dry-runs/{}", id_))
        return found

    def dry_runs_delete(self, id_: str, /, *, idempotency_key: str | None = None) -> None:
        """End a dry run, or let its answer go."""
        self.ask("DELETE", at("/dry-runs/{}", id_), idempotency_key=idempotency_key)

    def dry_runs_answer(self, id_: str, /) -> dict[str, Any]:
        """What came of it: volumes, conflicts, overlap, and twenty examples."""
        found: dict[str, Any] = self.ask("GET", at("/dry-runs/{}/answer", id_))
        return found
