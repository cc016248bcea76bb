"""
A shelf of definitions: each is drafted, undone, published under a number, paused and taken away in the same way.

Segments and computed traits are kept so. A draft that two people may write names what it was made from with each save.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
    update,
)

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.state.base import metadata
from comptoir.state.statement import Statement

DRAFT, LIVE, PAUSED = "draft", "live", "paused"
KEPT_DRAFTS = 50
"""Revisions of a draft that are kept."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A definition as its next editor finds it: the draft, or where there is none the version that is published."""

    key: str
    state: str
    live_version: int
    text: str
    base: str
    """What a change is made from; a save that names another one is refused."""
    revision: int | None
    """None: there is no draft."""
    what: str
    saved_at: datetime | None
    saved_by: str
    can_undo: bool
    can_redo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version."""

    version: int
    text: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnShelf:
    """A definition in the list of all: the text that is published, else the draft."""

    key: str
    state: str
    live_version: int
    has_draft: bool
    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The definitions of one kind. `key_of` reads a text, gives its key, and raises what is wrong with it."""

    kind: str
    key_of: Callable[[str], str]

    def listing(self, connection: Connection) -> list[OnShelf]:
        """List the definitions. Order: by key."""
        s, v = shelved.c, shelved_versions.c
        published = (v.kind == s.kind) & (v.key == s.key) & (v.version == s.live_version)
        asked = select(shelved, v.text).outerjoin(shelved_versions, published).where(s.kind == self.kind)
        return [
            OnShelf(
                key=row.key,
                state=row.state,
                live_version=row.live_version,
                has_draft=row.draft is not None,
                text=row.text or row.draft,
                changed_at=instant(row.changed_at),
            )
            for row in connection.execute(asked.order_by(s.key))
        ]

    def read(self, connection: Connection, key: str) -> Draft:
        """Give a definition as its next editor finds it. Raises: DefinitionNotFound."""
        row = self._row(connection, key)
        d = shelved_drafts.c
        noted = connection.execute(self._drafts(key).where(d.revision == row.draft_revision)).first()
        return Draft(
            key=key,
            state=row.state,
            live_version=row.live_version,
            text=row.draft if row.draft is not None else self._published(connection, key, row.live_version),
            base=f"{row.live_version}.{row.draft_revision or 0}",
            revision=row.draft_revision,
            what=noted.what if noted else "",
            saved_at=instant(noted.saved_at) if noted else None,
            saved_by=noted.saved_by if noted else "",
            can_undo=noted is not None and self._is_there(connection, row, noted.before),
            can_redo=self._later(connection, row) is not None,
        )

    def begin(self, connection: Connection, text: str, now: datetime, *, by: str = "") -> Draft:
        """Begin a definition as a draft. Raises: KeyTaken; what its reader says."""
        key = self.key_of(text)
        if self._find(connection, key) is not None:
            raise KeyTaken(kind=self.kind, key=key)
        row = {"kind": self.kind, "key": key, "live_version": 0, "state": DRAFT, "changed_at": micros(now)}
        connection.execute(insert(shelved).values(row))
        self._write(connection, key, text, now, by=by, what="begun")
        return self.read(connection, key)

    def save(
        self, connection: Connection, key: str, text: str, now: datetime, *, base: str, by: str = "", what: str = "text"
    ) -> Draft:
        """Keep another draft. Raises: DraftMovedOn, AnotherKey, DefinitionNotFound; what its reader says."""
        former = self._check(connection, key, base)
        if self.key_of(text) != key:
            raise AnotherKey(kind=self.kind, key=key)
        if text != former.text:
            self._write(connection, key, text, now, by=by, what=what)
        return self.read(connection, key)

    def undo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go back to the draft before; before the first stands what is published. Raises: DraftMovedOn, NoWayBack."""
        former = self._check(connection, key, base)
        if not former.can_undo:
            raise NoWayBack(kind=self.kind, key=key)
        d = shelved_drafts.c
        asked = select(d.before).where(d.kind == self.kind, d.key == key, d.revision == former.revision)
        self._point(connection, key, connection.scalar(asked))
        return self.read(connection, key)

    def redo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go forward to the newest draft that was made from this one. Raises: DraftMovedOn, NoWayBack."""
        self._check(connection, key, base)
        later = self._later(connection, self._row(connection, key))
        if later is None:
            raise NoWayBack(kind=self.kind, key=key)
        self._point(connection, key, later)
        return self.read(connection, key)

    def discard(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Let a draft go; what is published stays. Raises: DraftMovedOn; NoWayBack where nothing is published."""
        if not self._check(connection, key, base).live_version:
            raise NoWayBack(kind=self.kind, key=key)
        self._point(connection, key, None)
        return self.read(connection, key)

    def publish(self, connection: Connection, key: str, now: datetime, *, base: str, by: str = "") -> int:
        """Publish the draft and give the version's number. Raises: DraftMovedOn; NoWayBack without a draft."""
        former = self._check(connection, key, base)
        if former.revision is None:
            raise NoWayBack(kind=self.kind, key=key)
        return self._publish(connection, former, former.text, now, by)

    def publish_text(self, connection: Connection, text: str, now: datetime, *, by: str = "") -> int:
        """
        Publish a text, whatever is drafted, and give the version's number; the text that is live keeps its own.

        Raises: what its reader says.
        """
        key = self.key_of(text)
        if self._find(connection, key) is None:
            self.begin(connection, text, now, by=by)
        former = self.read(connection, key)
        if former.live_version and self._published(connection, key, former.live_version) == text:
            return former.live_version
        return self._publish(connection, former, text, now, by)

    def versions(self, connection: Connection, key: str) -> list[Version]:
        """List the published versions. Order: the newest first."""
        v = shelved_versions.c
        asked = select(shelved_versions).where(v.kind == self.kind, v.key == key).order_by(v.version.desc())
        return [
            Version(
                version=row.version,
                text=row.text,
                published_at=instant(row.published_at),
                published_by=row.published_by,
            )
            for row in connection.execute(asked)
        ]

    def live_text(self, connection: Connection, key: str) -> str:
        """Give the text that is published. Raises: DefinitionNotFound, NotYetPublished."""
        row = self._row(connection, key)
        if not row.live_version:
            raise NotYetPublished(kind=self.kind, key=key)
        return self._published(connection, key, row.live_version)

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
        self._row(connection, key)
        for table in (shelved_drafts, shelved_versions, shelved):
            connection.execute(delete(table).where(table.c.kind == self.kind, table.c.key == key))

    # ── inside ──

    def _find(self, connection: Connection, key: str) -> Any:
        return connection.execute(select(shelved).where(shelved.c.kind == self.kind, shelved.c.key == key)).first()

    def _row(self, connection: Connection, key: str) -> Any:
        row = self._find(connection, key)
        if row is None:
            raise DefinitionNotFound(kind=self.kind, key=key[:63])
        return row

    def _published(self, connection: Connection, key: str, version: int) -> str:
        v = shelved_versions.c
        asked = select(v.text).where(v.kind == self.kind, v.key == key, v.version == version)
        return str(connection.scalar(asked))

    def _drafts(self, key: str) -> Any:
        d = shelved_drafts.c
        return select(shelved_drafts).where(d.kind == self.kind, d.key == key)

    def _check(self, connection: Connection, key: str, base: str) -> Draft:
        found = self.read(connection, key)
        if found.base != base:
            raise DraftMovedOn(kind=self.kind, key=key, by=found.saved_by, at=found.saved_at)
        return found

    def _write(self, connection: Connection, key: str, text: str, now: datetime, *, by: str, what: str) -> None:
        d = shelved_drafts.c
        mine = (d.kind == self.kind) & (d.key == key)
        revision = (connection.scalar(select(func.max(d.revision)).where(mine)) or 0) + 1
        noted = {
            "kind": self.kind, "key": key, "revision": revision, "before": self._row(connection, key).draft_revision,
            "text": text, "what": what, "saved_at": micros(now), "saved_by": by,
        }  # fmt: skip
        connection.execute(insert(shelved_drafts).values(noted))
        connection.execute(delete(shelved_drafts).where(mine, d.revision <= revision - KEPT_DRAFTS))
        self._point(connection, key, revision)

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
        self._update(connection, former.key, live_version=version, state=state, changed_at=at)
        if former.revision is not None and former.text == text:
            self._point(connection, former.key, None)
        return version

    def _switch(self, connection: Connection, key: str, state: str, now: datetime) -> None:
        if not self._row(connection, key).live_version:
            raise NotYetPublished(kind=self.kind, key=key)
        self._update(connection, key, state=state, changed_at=micros(now))

    def _point(self, connection: Connection, key: str, revision: int | None) -> None:
        d = shelved_drafts.c
        asked = select(d.text).where(d.kind == self.kind, d.key == key, d.revision == revision)
        text = None if revision is None else connection.scalar(asked)
        self._update(connection, key, draft=text, draft_revision=None if text is None else revision)

    def _update(self, connection: Connection, key: str, **values: object) -> None:
        mine = (shelved.c.kind == self.kind) & (shelved.c.key == key)
        connection.execute(update(shelved).where(mine).values(values))

    def _is_there(self, connection: Connection, row: Any, before: int | None) -> bool:
        """Say whether what a draft was made from is kept: another draft, or what is published."""
        if before is None:
            return bool(row.live_version > 0)
        return connection.execute(self._drafts(row.key).where(shelved_drafts.c.revision == before)).first() is not None

    def _later(self, connection: Connection, row: Any) -> int | None:
        """Give the newest draft made from this one; of what is published only those that came after it."""
        d, v = shelved_drafts.c, shelved_versions.c
        published = select(v.published_at).where(
            v.kind == self.kind, v.key == row.key, v.version == row.live_version
        )  # fmt: skip
        found: int | None = connection.scalar(
            select(func.max(d.revision)).where(
                d.kind == self.kind,
                d.key == row.key,
                d.before.is_not_distinct_from(row.draft_revision),
                d.revision > (row.draft_revision or 0),
                d.saved_at > func.coalesce(published.scalar_subquery(), 0),
            )
        )
        return found
