"""
Scenario drafts: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes_scenario_drafts
from comptoir.client.asking import Asking, at


class ScenarioDraftsCalls(Asking):
    """Scenario drafts."""

    __slots__ = ()

    def scenarios_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_scenario_drafts.ScenarioDraftsBegin]
    ) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """Begin a scenario as a draft: one of the library, or from nothing."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask(
            "POST", "/scenarios", body=body, idempotency_key=idempotency_key
        )
        return found

    def step_kinds(self) -> list[shapes_scenario_drafts.StepKind]:
        """The kinds of steps that are installed, and the fields of each."""
        found: list[shapes_scenario_drafts.StepKind] = self.ask("GET", "/step-kinds")
        return found

    def scenario_draft(self, name: str, /) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """The draft with its steps, or what is published where there is none; its ETag goes into If-Match."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask("GET", at("/scenarios/{}/draft", name))
        return found

    def scenario_draft_write(
        self,
        name: str,
        /,
        *,
        base: str,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_scenario_drafts.ScenarioDraftsWritten],
    ) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """Keep a whole definition as the draft."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask(
            "PUT", at("/scenarios/{}/draft", name), body=body, base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_discard(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """Throw the draft away; what is published stays."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask(
            "DELETE", at("/scenarios/{}/draft", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_edit(
        self,
        name: str,
        /,
        body: shapes_scenario_drafts.Insert
        | shapes_scenario_drafts.ScenarioDraftsChange
        | shapes_scenario_drafts.Remove
        | shapes_scenario_drafts.Up
        | shapes_scenario_drafts.Down
        | shapes_scenario_drafts.MoveTo
        | shapes_scenario_drafts.Lead
        | shapes_scenario_drafts.Parts,
        *,
        base: str,
        idempotency_key: str | None = None,
    ) -> shapes_scenario_drafts.ScenarioDraftsMade:
        """Change one thing of the draft: put in, change, move or remove a step, or a field at the top."""
        found: shapes_scenario_drafts.ScenarioDraftsMade = self.ask(
            "POST", at("/scenarios/{}/draft/edit", name), body=body, base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_undo(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """Go back one change."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask(
            "POST", at("/scenarios/{}/draft/undo", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_redo(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_scenario_drafts.ScenarioDraftsDraft:
        """Go forward one change."""
        found: shapes_scenario_drafts.ScenarioDraftsDraft = self.ask(
            "POST", at("/scenarios/{}/draft/redo", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_draft_publish(
        self, name: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_scenario_drafts.ScenarioDraftsPublished:
        """Publish the draft: new runs get it, people in flight finish on theirs."""
        found: shapes_scenario_drafts.ScenarioDraftsPublished = self.ask(
            "POST", at("/scenarios/{}/draft/publish", name), base=base, idempotency_key=idempotency_key
        )
        return found

    def scenario_versions(self, name: str, /) -> list[shapes_scenario_drafts.ScenarioDraftsVersion]:
        """The published versions, the newest first, and what changed in each."""
        found: list[shapes_scenario_drafts.ScenarioDraftsVersion] = self.ask("GET", at("/scenarios/{}/versions", name))
        return found

    def scenario_figures(self, name: str, /) -> list[shapes_scenario_drafts.ScenarioDraftsCard]:
        """The live figures on each step: who waits, who passed, what was sent and what came of it."""
        found: list[shapes_scenario_drafts.ScenarioDraftsCard] = self.ask("GET", at("/scenarios/{}/figures", name))
        return found
