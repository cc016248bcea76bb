"""
Consent: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_consent
from comptoir.client.asking import Asking


class ConsentCalls(Asking):
    """Consent."""

    __slots__ = ()

    def consents(self, *, contact: str) -> list[dict[str, Any]]:
        """Everything an address ever said of consent, with its proof."""
        found: list[dict[str, Any]] = self.ask("GET", "/consents", query={"contact": contact})
        return found

    def consents_at(self, *, contact: str, at: str) -> list[dict[str, Any]]:
        """What held for an address at an instant, in which words."""
        found: list[dict[str, Any]] = self.ask("GET", "/consents/at", query={"contact": contact, "at": at})
        return found

    def suppressions(self, *, contact: str | None = None) -> list[dict[str, Any]]:
        """Addresses that must not be written to, as hashes."""
        found: list[dict[str, Any]] = self.ask("GET", "/suppressions", query={"contact": contact})
        return found

    def suppressions_add(self, *, idempotency_key: str | None = None, **body: Unpack[shapes_consent.Suppress]) -> None:
        """Stop messages to an address."""
        self.ask("POST", "/suppressions", body=body, idempotency_key=idempotency_key)

    def suppressions_lift(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_consent.Lift]
    ) -> shapes_consent.Lifted:
        """Let messages go to an address again."""
        found: shapes_consent.Lifted = self.ask(
            "POST", "/suppressions/lift", body=body, idempotency_key=idempotency_key
        )
        return found
