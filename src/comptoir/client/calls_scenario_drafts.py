"""
Scenario drafts: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes
from comptoir.client.asking import Asking, at


class ScenarioDraftsCalls(Asking):
    """Scenario drafts."""

    __slots__ = ()

    def scenarios_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes.ScenarioDraftsBegin]
    ) -> shapes.ScenarioDraftsDraft:
        """Begin a scenario as a draft: one of the library, or from nothing."""
        found: shapes.ScenarioDraftsDraft = self.ask("POST", "/scenarios", body=body, idempotency_key=idempotency_key)
        return found

    def step_kinds(self) -> list[shapes.StepKind]:
        """The kinds of steps that are installed, and the fields of each."""
        found: list[shapes.StepKind] = self.ask("GET", "/step-kinds")
        return found

    def scenario_draft(self, name: str, /) -> shapes.ScenarioDraftsDraft:
        """The draft with its steps, or what is published where there is none; its ETag goes into If-Match."""
        found: shapes.ScenarioDraftsDraft = self.ask("GET", at("/scenarios/{}/draft", name))
        return found

    def scenario_draft_write(
        self,
        name: str,
        /,
        *,
        base: str,
        idempotency_key: str | None = None,
        **body: Unpack[shapes.ScenarioDraftsWritten],
    ) -> shapes.ScenarioDraftsDraft:
        """Keep a whole definition as the draft."""
        found: shapes.ScenarioDraftsDraft = self.ask(
            "PUT", at("/scenarios/{}/draft", name), body=body, base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_discard(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes.ScenarioDraftsDraft:
        """Throw the draft away; what is published stays."""
        found: shapes.ScenarioDraftsDraft = self.ask(
            "DELETE", at("/scenarios/{}/draft", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_edit(
        self,
        name: str,
        /,
        body: shapes.Insert
        | shapes.ScenarioDraftsChange
        | shapes.Remove
        | shapes.Up
        | shapes.Down
        | shapes.MoveTo
        | shapes.Lead
        | shapes.Parts,
        *,
        base: str,
        idempotency_key: str | None = None,
    ) -> shapes.ScenarioDraftsMade:
        """Change one thing of the draft: put in, change, move or remove a step, or a field at the top."""
        found: shapes.ScenarioDraftsMade = self.ask(
            "POST", at("/scenarios/{}/draft/edit", name), body=body, base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_undo(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes.ScenarioDraftsDraft:
        """Go back one change."""
        found: shapes.ScenarioDraftsDraft = self.ask(
            "POST", at("/scenarios/{}/draft/undo", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_redo(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes.ScenarioDraftsDraft:
        """Go forward one change."""
        found: shapes.ScenarioDraftsDraft = self.ask(
            "POST", at("/scenarios/{}/draft/redo", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_publish(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes.ScenarioDraftsPublished:
        """Publish the draft: new runs get it, people in flight finish on theirs."""
        found: shapes.ScenarioDraftsPublished = self.ask(
            "POST", at("/scenarios/{}/draft/publish", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_versions(self, name: str, /) -> list[shapes.ScenarioDraftsVersion]:
        """The published versions, the newest first, and what changed in each."""
        found: list[shapes.ScenarioDraftsVersion] = self.ask("GET", at("/scenarios/{}/versions", name))
        return found

    def scenario_figures(self, name: str, /) -> list[shapes.ScenarioDraftsCard]:
        """The live figures on each step: who waits, who passed, what was sent and what came of it."""
        found: list[shapes.ScenarioDraftsCard] = self.ask("GET", at("/scenarios/{}/figures", name))
        return found
