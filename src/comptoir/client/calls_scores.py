"""
Scores: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_scores
from comptoir.client.asking import Asking, at


class ScoresCalls(Asking):
    """Scores."""

    __slots__ = ()

    def scores(self) -> list[shapes_scores.ScorePlugin]:
        """The scores that are counted, how, and what is missing where they are not."""
        found: list[shapes_scores.ScorePlugin] = self.ask("GET", "/scores")
        return found

    def scores_progress(self) -> dict[str, Any]:
        """How far a run of scores is."""
        found: dict[str, Any] = self.ask("GET", "/scores/progress")
        return found

    def scores_run(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_scores.RunNow]
    ) -> list[dict[str, Any]]:
        """Count a plug-in's scores now; it goes on in the background."""
        found: list[dict[str, Any]] = self.ask(
            "POST", at("/scores/{}/run", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def scores_spread(self, name: str, /, *, brand: str, days: int | None = None) -> shapes_scores.ScoreSpread:
        """How people are spread over a score, and how far that drifted."""
        found: shapes_scores.ScoreSpread = self.ask(
            "GET", at("/scores/{}/spread", name), query={"brand": brand, "days": days}
        )
        return found

    def scores_moved(
        self,
        name: str,
        /,
        *,
        brand: str,
        since: str | None = None,
        from_label: str | None = None,
        to_label: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Who moved to another label or tenth, the latest first."""
        found: list[dict[str, Any]] = self.ask(
            "GET",
            at("/scores/{}/moved", name),
            query={"brand": brand, "since": since, "from_label": from_label, "to_label": to_label, "limit": limit},
        )
        return found

    def scores_people(
        self, name: str, /, *, brand: str, label: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """People of a score, the best first, or those of a label."""
        found: list[dict[str, Any]] = self.ask(
            "GET", at("/scores/{}/people", name), query={"brand": brand, "label": label, "limit": limit}
        )
        return found

    def scores_due(self, *, brand: str, category: str, limit: int | None = None) -> list[shapes_scores.PersonDue]:
        """Who is in the time of buying of a category again, the likeliest first."""
        found: list[shapes_scores.PersonDue] = self.ask(
            "GET", "/scores/repurchase/due", query={"brand": brand, "category": category, "limit": limit}
        )
        return found

    def profile_scores(self, profile_id: str, /) -> shapes_scores.PersonScores:
        """The scores of a person, with their reasons."""
        found: shapes_scores.PersonScores = self.ask("GET", at("/profiles/{}/scores", profile_id))
        return found

    def identifier_scores(self, kind: str, value: str, /) -> shapes_scores.PersonScores:
        """The same, by one identifier."""
        found: shapes_scores.PersonScores = self.ask("GET", at("/profiles/{}/{}/scores", kind, value))
        return found

    def profile_affinities(
        self, profile_id: str, /, *, brand: str | None = None, category: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """What a person is drawn to; or, with `brand` and `category`, the pages that made it."""
        found: list[dict[str, Any]] = self.ask(
            "GET",
            at("/profiles/{}/affinities", profile_id),
            query={"brand": brand, "category": category, "limit": limit},
        )
        return found
