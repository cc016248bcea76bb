"""
Sources: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from comptoir.client import shapes_sources
from comptoir.client.asking import Asking, at


class SourcesCalls(Asking):
    """Sources."""

    __slots__ = ()

    def sources_figures(self) -> list[shapes_sources.Line]:
        """What each source sends: its last event, events of a day and a week, and how many were refused."""
        found: list[shapes_sources.Line] = self.ask("GET", "/sources/figures")
        return found

    def brands_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.ChangeBrand]
    ) -> shapes_sources.Brand:
        """Change a brand's country, currency, language, time zone or address."""
        found: shapes_sources.Brand = self.ask(
            "PATCH", at("/brands/{}", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def sources_rules_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.Rules]
    ) -> shapes_sources.Source:
        """Change from which origins and how fast a source may send."""
        found: shapes_sources.Source = self.ask(
            "PATCH", at("/sources/{}/rules", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def sources_keys(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.Renew]
    ) -> shapes_sources.SetupNewKey:
        """Make another key for a source; the one it has ends in a week."""
        found: shapes_sources.SetupNewKey = self.ask(
            "POST", at("/sources/{}/keys", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def source_keys(self, name: str, /) -> list[shapes_sources.KeysKey]:
        """The keys of a source: what each opens, and until when."""
        found: list[shapes_sources.KeysKey] = self.ask("GET", at("/sources/{}/keys", name))
        return found

    def brands(self, *, limit: int | None = None) -> Iterator[shapes_sources.Brand]:
        """The brands."""
        yield from self.each("/brands", limit=limit)

    def brands_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.Brand]
    ) -> shapes_sources.Brand:
        """Make a brand; one that is there is left as it is."""
        found: shapes_sources.Brand = self.ask("POST", "/brands", body=body, idempotency_key=idempotency_key)
        return found

    def sources(self, *, limit: int | None = None) -> Iterator[shapes_sources.Source]:
        """The sources that may send events, without their secret keys."""
        yield from self.each("/sources", limit=limit)

    def sources_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.AddSource]
    ) -> shapes_sources.NewSource:
        """Make a source; its secret key is shown this once."""
        found: shapes_sources.NewSource = self.ask("POST", "/sources", body=body, idempotency_key=idempotency_key)
        return found

    def sources_change(
        self, name: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_sources.SourcesSwitch]
    ) -> shapes_sources.Source:
        """Open or close a source."""
        found: shapes_sources.Source = self.ask(
            "PATCH", at("/sources/{}", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def source_keys_end(self, name: str, key_id: str, /, *, idempotency_key: str | None = None) -> None:
        """End a key of a source at once."""
        self.ask("DELETE", at("/sources/{}/keys/{}", name, key_id), idempotency_key=idempotency_key)
