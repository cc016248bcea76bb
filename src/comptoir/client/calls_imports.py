"""
Imports: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Unpack

from comptoir.client import shapes_imports
from comptoir.client.asking import Asking, at


class ImportsCalls(Asking):
    """Imports."""

    __slots__ = ()

    def imports_files(self) -> list[shapes_imports.File]:
        """Files that lie in the home's folder `imports` and wait."""
        found: list[shapes_imports.File] = self.ask("GET", "/imports/files")
        return found

    def imports(self) -> list[shapes_imports.Told]:
        """The imports, those of the command line too, the newest first."""
        found: list[shapes_imports.Told] = self.ask("GET", "/imports")
        return found

    def imports_add(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_imports.ImportsDraft]
    ) -> shapes_imports.Told:
        """Draft an import of a file that waits; its mapping is suggested where none is sent."""
        found: shapes_imports.Told = self.ask("POST", "/imports", body=body, idempotency_key=idempotency_key)
        return found

    def imports_get(self, import_id: str, /) -> shapes_imports.Told:
        """One import: how far it is, and what became of its rows."""
        found: shapes_imports.Told = self.ask("GET", at("/imports/{}", import_id))
        return found

    def import_remap(
        self, import_id: str, /, *, idempotency_key: str | None = None, **body: Unpack[shapes_imports.Remap]
    ) -> shapes_imports.ImportRowsSeen:
        """Keep another mapping, brand or source of a draft, and look at the first rows again."""
        found: shapes_imports.ImportRowsSeen = self.ask(
            "PATCH", at("/imports/{}", import_id), body=body, idempotency_key=idempotency_key
        )
        return found

    def import_drop(self, import_id: str, /, *, idempotency_key: str | None = None) -> None:
        """Forget an import that is not under way; rows that became facts stay."""
        self.ask("DELETE", at("/imports/{}", import_id), idempotency_key=idempotency_key)

    def imports_run(self, import_id: str, /, *, idempotency_key: str | None = None) -> shapes_imports.Told:
        """Start a drafted import; it goes on by itself."""
        found: shapes_imports.Told = self.ask("POST", at("/imports/{}/run", import_id), idempotency_key=idempotency_key)
        return found

    def imports_stop(self, import_id: str, /, *, idempotency_key: str | None = None) -> shapes_imports.Told:
        """Stop an import that is under way; what it had read stays."""
        found: shapes_imports.Told = self.ask(
            "POST", at("/imports/{}/stop", import_id), idempotency_key=idempotency_key
        )
        return found

    def import_upload(self, name: str, /, body: bytes, *, idempotency_key: str | None = None) -> shapes_imports.File:
        """Send a file to be imported, as the body itself, up to 512 MB."""
        found: shapes_imports.File = self.ask(
            "PUT", at("/imports/files/{}", name), body=body, idempotency_key=idempotency_key
        )
        return found

    def import_preview(self, import_id: str, /) -> shapes_imports.ImportRowsSeen:
        """The file's columns and first rows, and what each becomes with the mapping."""
        found: shapes_imports.ImportRowsSeen = self.ask("GET", at("/imports/{}/preview", import_id))
        return found

    def import_refused(self, import_id: str, /, *, limit: int | None = None) -> list[shapes_imports.Rejected]:
        """The rows that were refused, each with its reason and as it came."""
        found: list[shapes_imports.Rejected] = self.ask(
            "GET", at("/imports/{}/refused", import_id), query={"limit": limit}
        )
        return found
