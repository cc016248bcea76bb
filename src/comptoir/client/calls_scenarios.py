"""
Scenarios: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from comptoir.client import shapes_scenarios
from comptoir.client.asking import Asking, at


class ScenariosCalls(Asking):
    """Scenarios."""

    __slots__ = ()

    def scenarios(self, *, limit: int | None = None) -> Iterator[shapes_scenarios.Scenario]:
        """The scenarios: version, state, and how many people wait in each."""
        yield from self.each("/scenarios", limit=limit)

    def library(self, *, limit: int | None = None) -> Iterator[shapes_scenarios.Shipped]:
        """The scenarios that ship with Comptoir."""
        yield from self.each("/library", limit=limit)

    def scenarios_check(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenarios.ScenariosWritten]
    ) -> shapes_scenarios.ScenariosChecked:
        """Check a definition without keeping it."""
        found: shapes_scenarios.ScenariosChecked = self.ask(
            "POST", "/scenarios/check", body=body, idempotency_key=idempotency_key
        )
        return found

    def scenarios_draft(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenarios.ScenariosWritten]
    ) -> shapes_scenarios.Kept:
        """Keep a definition as a draft: nothing of it runs."""
        found: shapes_scenarios.Kept = self.ask("POST", "/scenarios/draft", body=body, idempotency_key=idempotency_key)
        return found

    def scenarios_publish(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenarios.ScenariosWritten]
    ) -> shapes_scenarios.Kept:
        """Publish a definition: new runs get it, people in flight finish on theirs."""
        found: shapes_scenarios.Kept = self.ask(
            "POST", "/scenarios/publish", body=body, idempotency_key=idempotency_key
        )
        return found

    def scenarios_get(self, name: str, /) -> dict[str, Any]:
        """One scenario: its definition, and where its people stand."""
        found: dict[str, Any] = self.ask("GET", at("/scenarios/{}", name))
        return found

    def scenarios_definition(self, name: str, /, *, version: int | None = None) -> shapes_scenarios.ScenariosWritten:
        """A version's definition as it was written; version 0 is the draft."""
        found: shapes_scenarios.ScenariosWritten = self.ask(
            "GET", at("/scenarios/{}/definition", name), query={"version": version}
        )
        return found

    def scenarios_pause(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_scenarios.Scenario:
        """Pause: nothing starts and nothing leaves; waits go on."""
        found: shapes_scenarios.Scenario = self.ask(
            "POST", at("/scenarios/{}/pause", name), idempotency_key=idempotency_key
        )
        return found

    def scenarios_resume(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_scenarios.Scenario:
        """Let it run again."""
        found: shapes_scenarios.Scenario = self.ask(
            "POST", at("/scenarios/{}/resume", name), idempotency_key=idempotency_key
        )
        return found

    def scenarios_archive(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_scenarios.Scenario:
        """Put it away: nothing starts and nothing leaves."""
        found: shapes_scenarios.Scenario = self.ask(
            "POST", at("/scenarios/{}/archive", name), idempotency_key=idempotency_key
        )
        return found

    def scenarios_people(
        self, name: str, /, *, status: Literal["", "exited", "finished", "live"] | None = None, limit: int | None = None
    ) -> list[shapes_scenarios.Run]:
        """The people in it, the newest first: at which step, until when."""
        found: list[shapes_scenarios.Run] = self.ask(
            "GET", at("/scenarios/{}/people", name), query={"status": status, "limit": limit}
        )
        return found

    def scenarios_enroll(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenarios.Enroll]
    ) -> shapes_scenarios.Enrolled:
        """Enroll people by hand; who is in it already is left out."""
        found: shapes_scenarios.Enrolled = self.ask(
            "POST", at("/scenarios/{}/enroll", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def scenarios_move(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenarios.Move]
    ) -> list[dict[str, Any]]:
        """Move people in flight to another version, or only show who would go where."""
        found: list[dict[str, Any]] = self.ask(
            "POST", at("/scenarios/{}/move", name), body=body, idempotency_key=idempotency_key
        )
        return found
