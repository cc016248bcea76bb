"""
Running: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_running
from comptoir.client.asking import Asking, at


class RunningCalls(Asking):
    """Running."""

    __slots__ = ()

    def health(self) -> shapes_running.Health:
        """Whether all is running, whether every line is accounted for, and how much room is left."""
        found: shapes_running.Health = self.ask("GET", "/health")
        return found

    def backups(self) -> shapes_running.Backups:
        """The backups of the home's own folder, and the last one that was completed."""
        found: shapes_running.Backups = self.ask("GET", "/backups")
        return found

    def backups_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_running.BackUp]
    ) -> dict[str, Any]:
        """Copy the installation while it runs, into its folder `backups`."""
        found: dict[str, Any] = self.ask("POST", "/backups", body=body, idempotency_key=idempotency_key)
        return found

    def backups_delete(self, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Delete a backup of the home's own folder."""
        self.ask("DELETE", at("/backups/{}", name), idempotency_key=idempotency_key)

    def state(self) -> dict[str, Any]:
        """How the engine does: the counting equation, lag, ticks, warnings."""
        found: dict[str, Any] = self.ask("GET", "/state")
        return found

    def doctor(self) -> list[dict[str, Any]]:
        """What is wrong, and how to mend it."""
        found: list[dict[str, Any]] = self.ask("GET", "/doctor")
        return found

    def settings(self) -> list[shapes_running.Setting]:
        """The settings, and where each value came from; a secret is never shown."""
        found: list[shapes_running.Setting] = self.ask("GET", "/settings")
        return found
