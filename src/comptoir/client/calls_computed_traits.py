"""
Computed traits: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes_computed_traits
from comptoir.client.asking import Asking, at


class ComputedTraitsCalls(Asking):
    """Computed traits."""

    __slots__ = ()

    def computed_traits(self) -> list[shapes_computed_traits.ComputedTrait]:
        """The computed traits, with how many people have each."""
        found: list[shapes_computed_traits.ComputedTrait] = self.ask("GET", "/computed-traits")
        return found

    def computed_traits_get(self, key: str, /) -> shapes_computed_traits.ComputedTrait:
        """One computed trait: its definition and its words."""
        found: shapes_computed_traits.ComputedTrait = self.ask("GET", at("/computed-traits/{}", key))
        return found

    def computed_traits_delete(self, key: str, /, *, idempotency_key: str | None = None) -> None:
        """Take a computed trait away, with its values."""
        self.ask("DELETE", at("/computed-traits/{}", key), idempotency_key=idempotency_key)

    def computed_traits_preview(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_computed_traits.TriedTrait]
    ) -> list[shapes_computed_traits.TraitOf]:
        """Compute a definition for some people, and keep nothing."""
        found: list[shapes_computed_traits.TraitOf] = self.ask(
            "POST", "/computed-traits/preview", body=body, idempotency_key=idempotency_key
        )
        return found

    def computed_traits_publish(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_computed_traits.TraitText]
    ) -> shapes_computed_traits.ComputedTrait:
        """Publish a definition: it is computed for everybody, and from then on."""
        found: shapes_computed_traits.ComputedTrait = self.ask(
            "POST", "/computed-traits/publish", body=body, idempotency_key=idempotency_key
        )
        return found

    def computed_traits_draft(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_computed_traits.TraitText]
    ) -> shapes_computed_traits.ComputedTrait:
        """Keep a definition as a draft."""
        found: shapes_computed_traits.ComputedTrait = self.ask(
            "POST", "/computed-traits/draft", body=body, idempotency_key=idempotency_key
        )
        return found

    def computed_traits_undo(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_computed_traits.ComputedTrait:
        """Go back to the draft before."""
        found: shapes_computed_traits.ComputedTrait = self.ask(
            "POST", at("/computed-traits/{}/undo", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def computed_traits_redo(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_computed_traits.ComputedTrait:
        """Go forward again."""
        found: shapes_computed_traits.ComputedTrait = self.ask(
            "POST", at("/computed-traits/{}/redo", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def computed_traits_discard(
        self, key: str, /, *, base: str, idempotency_key: str | None = None
    ) -> shapes_computed_traits.ComputedTrait:
        """Let the draft go; what is published stays."""
        found: shapes_computed_traits.ComputedTrait = self.ask(
            "POST", at("/computed-traits/{}/discard", key), base=base, idempotency_key=idempotency_key
        )
        return found

    def profile_computed_traits(self, profile_id: str, /) -> list[shapes_computed_traits.OwnTrait]:
        """The computed traits of a person."""
        found: list[shapes_computed_traits.OwnTrait] = self.ask("GET", at("/profiles/{}/computed-traits", profile_id))
        return found

    def identifier_computed_traits(self, kind: str, value: str, /) -> list[shapes_computed_traits.OwnTrait]:
        """The same, by one identifier."""
        found: list[shapes_computed_traits.OwnTrait] = self.ask(
            "GET", at("/profiles/{}/{}/computed-traits", kind, value)
        )
        return found
