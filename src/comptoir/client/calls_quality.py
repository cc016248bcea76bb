"""
Quality: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Unpack

from comptoir.client import shapes_quality
from comptoir.client.asking import Asking, at


class QualityCalls(Asking):
    """Quality."""

    __slots__ = ()

    def quality(self) -> list[shapes_quality.Scored]:
        """How good each field of each source is: volume, fill, validity, duplicates, trend, owner, alarm."""
        found: list[shapes_quality.Scored] = self.ask("GET", "/quality")
        return found

    def quality_values(
        self,
        *,
        limit: int | None = None,
        brand: str | None = None,
        source: str | None = None,
        field: shapes_quality.FieldsField | None = None,
        grade: Literal["", "corrected", "doubtful", "refused", "valid"] | None = None,
    ) -> Iterator[shapes_quality.Value]:
        """Values that were rewritten, corrected, doubted or refused, newest first."""
        yield from self.each("/quality/values", limit=limit, brand=brand, source=source, field=field, grade=grade)

    def quality_watch(
        self, source: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_quality.Minded]
    ) -> None:
        """Say who minds a field of a source, and from when on an alarm is raised."""
        self.ask("PUT", at("/quality/watches/{}", source), body=body, idempotency_key=idempotency_key)

    def quality_ask(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_quality.Asking]
    ) -> shapes_quality.QualityQuestion:
        """Make the signed link that asks a customer which of two values is right."""
        found: shapes_quality.QualityQuestion = self.ask(
            "POST", "/quality/corrections", body=body, idempotency_key=idempotency_key
        )
        return found

    def quality_grade(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_quality.Given]
    ) -> shapes_quality.Graded:
        """Grade fields of one person without keeping anything."""
        found: shapes_quality.Graded = self.ask("POST", "/quality/grade", body=body, idempotency_key=idempotency_key)
        return found

    def people_origins(self, profile_id: str, /) -> list[shapes_quality.Origin]:
        """Where each address and number of a person came from: first and latest source, form, shop and day."""
        found: list[shapes_quality.Origin] = self.ask("GET", at("/people/{}/origins", profile_id))
        return found
