"""
Templates: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

from comptoir.client import shapes_templates
from comptoir.client.asking import Asking, at


class TemplatesCalls(Asking):
    """Templates."""

    __slots__ = ()

    def templates(self, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The templates: newest version, languages, and how making their mails went."""
        yield from self.each("/templates", limit=limit)

    def templates_check(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_templates.TemplatesWritten]
    ) -> list[shapes_templates.TemplatesMade]:
        """Check a template: MJML, Liquid, names, missing values, and that people can unsubscribe."""
        found: list[shapes_templates.TemplatesMade] = self.ask(
            "POST", "/templates/check", body=body, idempotency_key=idempotency_key
        )
        return found

    def templates_publish(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_templates.TemplatesWritten]
    ) -> list[shapes_templates.TemplatesMade]:
        """Publish a template, every language or none; what is queued keeps its version."""
        found: list[shapes_templates.TemplatesMade] = self.ask(
            "POST", "/templates/publish", body=body, idempotency_key=idempotency_key
        )
        return found

    def templates_get(self, name: str, /, *, version: int | None = None) -> shapes_templates.TemplatesShown:
        """One version of a template; version 0 is the newest."""
        found: shapes_templates.TemplatesShown = self.ask("GET", at("/templates/{}", name), query={"version": version})
        return found

    def templates_resume(
        self, name: str, /, *, version: int | None = None, idempotency_key: str | None = None
    ) -> shapes_templates.TemplatesShown:
        """Let a paused version be used again."""
        found: shapes_templates.TemplatesShown = self.ask(
            "POST", at("/templates/{}/resume", name), query={"version": version}, idempotency_key=idempotency_key
        )
        return found

    def template_uses(self, name: str, /) -> list[shapes_templates.Use]:
        """The steps of published scenarios that send it."""
        found: list[shapes_templates.Use] = self.ask("GET", at("/templates/{}/uses", name))
        return found
