"""
A shelf of definitions: each is drafted, undone, published under a number, paused and taken away in the same way.

Segments and computed traits are kept so. A draft that two people may write names what it was made from with each save.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from comptoir.clock import micros
from comptoir.errors import ComptoirError
from comptoir.state.base import metadata
from comptoir.state.drafts import Draft, Drafts, OnShelf, Refusals, Tables, Version
from comptoir.state.statement import Statement

LIVE, PAUSED = "live", "paused"

shelved = Table(
    "shelved",
    metadata,
    Column("kind", String, primary_key=True),  # segment | trait
    Column("key", String, primary_key=True),
    Column("live_version", Integer, nullable=False),  # 0: none was published yet
    Column("state", String, nullable=False),  # draft | live | paused
    Column("changed_at", BigInteger, nullable=False),
    Column("draft", Text),  # what is being written; publishing takes it away
    Column("draft_revision", Integer),  # which row of `shelved_drafts` it is; NULL: there is no draft
)
"""One row a definition. Units: every `…_at` is whole microseconds since 1970, UTC."""

shelved_versions = Table(
    "shelved_versions",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String, nullable=False),
)
"""One row a published version: never changed."""

shelved_drafts = Table(
    "shelved_drafts",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("revision", Integer, primary_key=True),  # never used twice, so that an old form is known as old
    Column("before", Integer),  # the revision it was made from; NULL: the published version, or nothing
    Column("text", Text, nullable=False),
    Column("what", String, nullable=False),  # the kind of change
    Column("saved_at", BigInteger, nullable=False),
    Column("saved_by", String, nullable=False),
)
"""One row a draft as it was saved: undo goes back along `before`, redo forward; the oldest are let go."""


_LIVE = Statement(
    select(shelved.c.key, shelved_versions.c.version, shelved_versions.c.text)
    .join(
        shelved_versions,
        (shelved_versions.c.kind == shelved.c.kind)
        & (shelved_versions.c.key == shelved.c.key)
        & (shelved_versions.c.version == shelved.c.live_version),
    )
    .where(shelved.c.kind == bindparam("kind"), shelved.c.state == LIVE)
    .order_by(shelved.c.key)
)
"""Asked at each look at a customer."""


class DefinitionNotFound(ComptoirError, LookupError):
    """Nothing of this kind has this name."""

    code, status = "definition_not_found", 404
    hint = "The list of its kind names all there are: `comptoir segment list`, `comptoir trait list`."


class DraftMovedOn(ComptoirError):
    """Somebody else has changed this draft since you opened it."""

    code, status = "definition_draft_stale", 412
    hint = "Look at the draft as it is now, and make your change again on it."


class NoWayBack(ComptoirError):
    """There is nothing to go back to, or forward to."""

    code, status = "definition_nothing_to_undo", 409
    hint = "The draft is as it was when it began, or as it was saved last."


class KeyTaken(ComptoirError):
    """This name is taken."""

    code, status = "definition_name_taken", 409
    hint = "Open the one that has it, or choose another name."


class NotYetPublished(ComptoirError):
    """No version of it was ever published."""

    code, status = "definition_never_published", 409
    hint = "Publish it first."


class AnotherKey(ComptoirError, ValueError):
    """The text is of another definition than the one it is saved for."""

    code, status = "definition_of_another", 422
    hint = "Write the same `key:`; a definition keeps its name."


_REFUSALS = Refusals(not_found=DefinitionNotFound, moved_on=DraftMovedOn, no_way=NoWayBack, taken=KeyTaken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The definitions of one kind. `key_of` reads a text, gives its key, and raises what is wrong with it."""

    kind: str
    key_of: Callable[[str], str]

    @property
    def drafts(self) -> Drafts:
        """Where they are drafted."""
        return _drafts(self.kind)

    def listing(self, connection: Connection) -> list[OnShelf]:
        """List the definitions. Order: by key."""
        return self.drafts.listing(connection)

    def read(self, connection: Connection, key: str) -> Draft:
        """Give a definition as its next editor finds it. Raises: DefinitionNotFound."""
        return self.drafts.read(connection, key)

    def begin(self, connection: Connection, text: str, now: datetime, *, by: str = "") -> Draft:
        """Begin a definition as a draft. Raises: KeyTaken; what its reader says."""
        key = self.key_of(text)
        self.drafts.add(connection, key, now)
        self.drafts.write(connection, key, text, now, by=by, what="begun")
        return self.read(connection, key)

    def save(
        self, connection: Connection, key: str, text: str, now: datetime, *, base: str, by: str = "", what: str = "text"
    ) -> Draft:
        """Keep another draft. Raises: DraftMovedOn, AnotherKey, DefinitionNotFound; what its reader says."""
        former = self.drafts.check(connection, key, base)
        if self.key_of(text) != key:
            raise AnotherKey(kind=self.kind, key=key)
        if text != former.text:
            self.drafts.write(connection, key, text, now, by=by, what=what)
        return self.read(connection, key)

    def undo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go back to the draft before; before the first stands what is published. Raises: DraftMovedOn, NoWayBack."""
        return self.drafts.undo(connection, key, base=base)

    def redo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go forward to the newest draft that was made from this one. Raises: DraftMovedOn, NoWayBack."""
        return self.drafts.redo(connection, key, base=base)

    def discard(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Let a draft go; what is published stays. Raises: DraftMovedOn; NoWayBack where nothing is published."""
        return self.drafts.discard(connection, key, base=base)

    def publish(self, connection: Connection, key: str, now: datetime, *, base: str, by: str = "") -> int:
        """Publish the draft and give the version's number. Raises: DraftMovedOn; NoWayBack without a draft."""
        former = self.drafts.to_publish(connection, key, base)
        return self._publish(connection, former, former.text, now, by)

    def publish_text(self, connection: Connection, text: str, now: datetime, *, by: str = "") -> int:
        """
        Publish a text, whatever is drafted, and give the version's number; the text that is live keeps its own.

        Raises: what its reader says.
        """
        key = self.key_of(text)
        if self.drafts.find(connection, key) is None:
            self.begin(connection, text, now, by=by)
        former = self.read(connection, key)
        if former.live_version and self.drafts.published(connection, key, former.live_version) == text:
            return former.live_version
        return self._publish(connection, former, text, now, by)

    def versions(self, connection: Connection, key: str) -> list[Version]:
        """List the published versions. Order: the newest first."""
        return self.drafts.versions(connection, key)

    def live_text(self, connection: Connection, key: str) -> str:
        """Give the text that is published. Raises: DefinitionNotFound, NotYetPublished."""
        row = self.drafts.row(connection, key)
        if not row.live_version:
            raise NotYetPublished(kind=self.kind, key=key)
        return self.drafts.published(connection, key, row.live_version)

    def live(self, connection: Connection, keys: Collection[str] | None = None) -> dict[str, tuple[int, str]]:
        """Give the version and the text of all that is live, or of some: what is paused is not. Order: by key."""
        rows = _LIVE.rows(connection, kind=self.kind)
        return {key: (version, text) for key, version, text in rows if keys is None or key in keys}

    def standing(self, connection: Connection) -> list[tuple[str, int, str]]:
        """Say of what is published which version is, and whether it is live. Order: by key."""
        s = shelved.c
        asked = select(s.key, s.live_version, s.state).where(s.kind == self.kind, s.live_version > 0).order_by(s.key)
        return [(row.key, row.live_version, row.state) for row in connection.execute(asked)]

    def pause(self, connection: Connection, key: str, now: datetime) -> None:
        """Let a definition rest; its versions and its draft stay. Raises: DefinitionNotFound, NotYetPublished."""
        self._switch(connection, key, PAUSED, now)

    def resume(self, connection: Connection, key: str, now: datetime) -> None:
        """Let a paused definition work again. Raises: DefinitionNotFound, NotYetPublished."""
        self._switch(connection, key, LIVE, now)

    def delete(self, connection: Connection, key: str) -> None:
        """Take a definition away with all its versions. Raises: DefinitionNotFound."""
        self.drafts.row(connection, key)
        for table in (shelved_drafts, shelved_versions, shelved):
            connection.execute(delete(table).where(table.c.kind == self.kind, table.c.key == key))

    # ── inside ──

    def _publish(self, connection: Connection, former: Draft, text: str, now: datetime, by: str) -> int:
        v = shelved_versions.c
        taken = connection.scalar(select(func.max(v.version)).where(v.kind == self.kind, v.key == former.key)) or 0
        at, version = micros(now), taken + 1
        row = {
            "kind": self.kind, "key": former.key, "version": version, "text": text, "published_at": at,
            "published_by": by,
        }  # fmt: skip
        connection.execute(insert(shelved_versions).values(row))
        state = PAUSED if former.state == PAUSED else LIVE
        self.drafts.set(connection, former.key, live_version=version, state=state, changed_at=at)
        if former.revision is not None and former.text == text:
            self.drafts.point(connection, former.key, None)
        return version

    def _switch(self, connection: Connection, key: str, state: str, now: datetime) -> None:
        if not self.drafts.row(connection, key).live_version:
            raise NotYetPublished(kind=self.kind, key=key)
        self.drafts.set(connection, key, state=state, changed_at=micros(now))


@cache
def _drafts(kind: str) -> Drafts:
    tables = Tables(
        shelved=shelved, versions=shelved_versions, drafts=shelved_drafts, key="key", text="text", kind=kind
    )
    return Drafts(tables=tables, refusals=_REFUSALS)
