"""
Why: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any

from comptoir.client.asking import Asking, at


class WhyCalls(Asking):
    """Why."""

    __slots__ = ()

    def why_identifier(self, kind: str, value: str, /) -> dict[str, Any]:
        """Every message ever wished for a person, and why it went or not."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}/{}/why", kind, value))
        return found

    def why_profile(self, profile_id: str, /) -> dict[str, Any]:
        """The same, by the profile's own name."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}/why", profile_id))
        return found

    def why_message(self, message_id: str, /) -> dict[str, Any]:
        """The whole story of one message."""
        found: dict[str, Any] = self.ask("GET", at("/messages/{}/why", message_id))
        return found
