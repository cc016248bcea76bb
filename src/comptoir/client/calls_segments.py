"""
Segments: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_segments
from comptoir.client.asking import Asking, at


class SegmentsCalls(Asking):
    """Segments."""

    __slots__ = ()

    def segments(self) -> list[shapes_segments.Segment]:
        """The segments, with how many people belong."""
        found: list[shapes_segments.Segment] = self.ask("GET", "/segments")
        return found

    def segment_library(self) -> dict[str, str]:
        """The segments that ship with Comptoir, to begin from."""
        found: dict[str, str] = self.ask("GET", "/segment-library")
        return found

    def segments_get(self, key: str, /) -> shapes_segments.SegmentsWritten:
        """One segment: its definition, its words, what stands on it."""
        found: shapes_segments.SegmentsWritten = self.ask("GET", at("/segments/{}", key))
        return found

    def segments_delete(self, key: str, /, *, idempotency_key: str | None = None) -> None:
        """Take a segment away that nothing stands on."""
        self.ask("DELETE", at("/segments/{}", key), idempotency_key=idempotency_key)

    def segments_check(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_segments.SegmentsText]
    ) -> shapes_segments.Read:
        """Read a definition, and say it in words."""
        found: shapes_segments.Read = self.ask("POST", "/segments/check", body=body, idempotency_key=idempotency_key)
        return found

    def segments_count(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_segments.CountNow]
    ) -> shapes_segments.SegmentsCount:
        """Count the people a rule finds now, and name ten."""
        found: shapes_segments.SegmentsCount = self.ask(
            "POST", "/segments/count", body=body, idempotency_key=idempotency_key
        )
        return found

    def segments_draft(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_segments.SegmentsText]
    ) -> shapes_segments.SegmentsWritten:
        """Keep a definition as a draft."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", "/segments/draft", body=body, idempotency_key=idempotency_key
        )
        return found

    def segments_publish(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_segments.SegmentsText]
    ) -> shapes_segments.SegmentsWritten:
        """Publish a definition: its members are followed from now on."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", "/segments/publish", body=body, idempotency_key=idempotency_key
        )
        return found

    def segments_undo(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_segments.SegmentsWritten:
        """Go back to the draft before."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", at("/segments/{}/undo", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def segments_redo(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_segments.SegmentsWritten:
        """Go forward to the draft after."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", at("/segments/{}/redo", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def segments_discard(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_segments.SegmentsWritten:
        """Let the draft go."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", at("/segments/{}/discard", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def segments_pause(self, key: str, /, *, idempotency_key: str | None = None) -> shapes_segments.SegmentsWritten:
        """Let a segment rest: its members stay as they are."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", at("/segments/{}/pause", key), idempotency_key=idempotency_key
        )
        return found

    def segments_resume(self, key: str, /, *, idempotency_key: str | None = None) -> shapes_segments.SegmentsWritten:
        """Follow a segment again."""
        found: shapes_segments.SegmentsWritten = self.ask(
            "POST", at("/segments/{}/resume", key), idempotency_key=idempotency_key
        )
        return found

    def segments_members(
        self, key: str, /, *, after: str | None = None, limit: int | None = None
    ) -> list[shapes_segments.Member]:
        """Who belongs, in parts, by profile."""
        found: list[shapes_segments.Member] = self.ask(
            "GET", at("/segments/{}/members", key), query={"after": after, "limit": limit}
        )
        return found

    def segments_course(self, key: str, /) -> shapes_segments.Course:
        """How a segment grew over 30 days, and who came and left lately."""
        found: shapes_segments.Course = self.ask("GET", at("/segments/{}/course", key))
        return found

    def segments_versions(self, key: str, /) -> list[dict[str, Any]]:
        """The published versions, the newest first."""
        found: list[dict[str, Any]] = self.ask("GET", at("/segments/{}/versions", key))
        return found

    def profile_segments(self, profile_id: str, /) -> list[shapes_segments.Belongs]:
        """The segments a person belongs to, since when, and why."""
        found: list[shapes_segments.Belongs] = self.ask("GET", at("/profiles/{}/segments", profile_id))
        return found

    def identifier_segments(self, kind: str, value: str, /) -> list[shapes_segments.Belongs]:
        """The same, by one identifier."""
        found: list[shapes_segments.Belongs] = self.ask("GET", at("/profiles/{}/{}/segments", kind, value))
        return found
