"""
Webhooks: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, Unpack

from comptoir.client import shapes_shared, shapes_webhooks
from comptoir.client.asking import Asking, at


class WebhooksCalls(Asking):
    """Webhooks."""

    __slots__ = ()

    def webhooks(self) -> list[dict[str, Any]]:
        """The endpoints that are called, and how many calls wait, are done, or failed."""
        found: list[dict[str, Any]] = self.ask("GET", "/webhooks")
        return found

    def webhooks_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_webhooks.AddWebhook]
    ) -> shapes_webhooks.Secret:
        """Store an endpoint; its secret is shown this once."""
        found: shapes_webhooks.Secret = self.ask("POST", "/webhooks", body=body, idempotency_key=idempotency_key)
        return found

    def webhooks_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_webhooks.MailSwitch]
    ) -> None:
        """Call an endpoint again, or no more."""
        self.ask("PATCH", at("/webhooks/{}", name), body=body, idempotency_key=idempotency_key)

    def webhooks_delete(self, name: str, /, *, idempotency_key: str | None = None) -> None:
        """Forget an endpoint; what waits for it fails."""
        self.ask("DELETE", at("/webhooks/{}", name), idempotency_key=idempotency_key)

    def webhooks_calls(self, name: str, /) -> list[dict[str, Any]]:
        """The latest calls of an endpoint."""
        found: list[dict[str, Any]] = self.ask("GET", at("/webhooks/{}/calls", name))
        return found

    def webhooks_test(self, name: str, /, *, idempotency_key: str | None = None) -> shapes_shared.Tried:
        """Call an endpoint once, and say what it answered."""
        found: shapes_shared.Tried = self.ask("POST", at("/webhooks/{}/test", name), idempotency_key=idempotency_key)
        return found
