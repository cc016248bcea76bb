"""
Template drafts: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Unpack

from comptoir.client import shapes_shared, shapes_template_drafts
from comptoir.client.asking import Asking, at


class TemplateDraftsCalls(Asking):
    """Template drafts."""

    __slots__ = ()

    def templates_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_template_drafts.TemplateDraftsBegin]
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Begin a template as a draft."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST", "/templates", body=body, idempotency_key=idempotency_key
        )
        return found

    def template_drafts(self, *, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """The templates that are being written."""
        yield from self.each("/template-drafts", limit=limit)

    def template_draft(self, name: str, /, *, brand: str | None = None) -> shapes_template_drafts.TemplateDraftsDraft:
        """A template as it is being written, with its blocks; its ETag goes into If-Match."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "GET", at("/templates/{}/draft", name), query={"brand": brand}
        )
        return found

    def template_draft_discard(
        self, name: str, /, *, base: str, brand: str | None = None, idempotency_key: str | None = None
    ) -> None:
        """Throw the draft away; the newest version stays."""
        self.ask(
            "DELETE",
            at("/templates/{}/draft", name),
            query={"brand": brand},
            base=base,
            idempotency_key=idempotency_key,
        )

    def template_draft_change(
        self,
        name: str,
        language: str,
        /,
        *,
        base: str,
        brand: str | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.TemplateDraftsChange],
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Change subject, preheader, blocks, MJML, text or fallbacks in one language."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "PATCH",
            at("/templates/{}/draft/{}", name, language),
            query={"brand": brand},
            body=body,
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_block(
        self,
        name: str,
        language: str,
        /,
        *,
        base: str,
        brand: str | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.ChangeBlock],
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Add, change, move, copy or remove one block."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST",
            at("/templates/{}/draft/{}/blocks", name, language),
            query={"brand": brand},
            body=body,
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_language(
        self,
        name: str,
        /,
        *,
        base: str,
        brand: str | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.Speak],
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Let it speak another language too."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST",
            at("/templates/{}/draft/languages", name),
            query={"brand": brand},
            body=body,
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_undo(
        self, name: str, /, *, base: str, brand: str | None = None, idempotency_key: str | None = None
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Take back the last change; before the first stands what is live."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST",
            at("/templates/{}/draft/undo", name),
            query={"brand": brand},
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_redo(
        self, name: str, /, *, base: str, brand: str | None = None, idempotency_key: str | None = None
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Do again the change that was taken back last."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST",
            at("/templates/{}/draft/redo", name),
            query={"brand": brand},
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_back(
        self,
        name: str,
        /,
        *,
        base: str,
        brand: str | None = None,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.GoBack],
    ) -> shapes_template_drafts.TemplateDraftsDraft:
        """Make the draft what a published version was."""
        found: shapes_template_drafts.TemplateDraftsDraft = self.ask(
            "POST",
            at("/templates/{}/draft/back", name),
            query={"brand": brand},
            body=body,
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_draft_publish(
        self, name: str, /, *, base: str, brand: str | None = None, idempotency_key: str | None = None
    ) -> shapes_template_drafts.TemplateDraftsPublished:
        """Publish the draft, every language or none; what is queued keeps its version."""
        found: shapes_template_drafts.TemplateDraftsPublished = self.ask(
            "POST",
            at("/templates/{}/draft/publish", name),
            query={"brand": brand},
            base=base,
            idempotency_key=idempotency_key,
        )
        return found

    def template_versions(
        self, name: str, /, *, brand: str | None = None
    ) -> list[shapes_template_drafts.TemplateDraftsVersion]:
        """The published versions of a template, the newest first."""
        found: list[shapes_template_drafts.TemplateDraftsVersion] = self.ask(
            "GET", at("/templates/{}/versions", name), query={"brand": brand}
        )
        return found

    def template_preview(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_template_drafts.Look]
    ) -> shapes_shared.TemplateDraftsSeen:
        """The mail as anybody would get it, of the draft or of what is sent."""
        found: shapes_shared.TemplateDraftsSeen = self.ask(
            "POST", at("/templates/{}/preview", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def template_looks(self, name: str, /, *, brand: str | None = None) -> list[shapes_shared.TemplateDraftsSeen]:
        """The mail as twenty typical people would get it."""
        found: list[shapes_shared.TemplateDraftsSeen] = self.ask(
            "GET", at("/templates/{}/looks", name), query={"brand": brand}
        )
        return found

    def template_trial(
        self,
        name: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.TemplateDraftsTry],
    ) -> shapes_template_drafts.Sent:
        """Send the mail to yourself, marked as a trial; no cap counts it."""
        found: shapes_template_drafts.Sent = self.ask(
            "POST", at("/templates/{}/trial", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def words_preview(
        self,
        name: str,
        words: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_template_drafts.Look],
    ) -> shapes_shared.TemplateDraftsSeen:
        """The words of a published scenario as anybody would get them."""
        found: shapes_shared.TemplateDraftsSeen = self.ask(
            "POST", at("/scenarios/{}/words/{}/preview", name, words), body=body, idempotency_key=idempotency_key
        )
        return found
