"""
Drafts of definitions that two people may write: each save names what it was made from; undone, redone, let go.

Segments, computed traits and scenarios are drafted so; each kind says which tables keep it and what it refuses with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select, true, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError

DRAFT = "draft"
"""The state of a definition that was never published."""
KEPT_DRAFTS = 50
"""Revisions of a draft that are kept."""


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
class Tables:
    """Where definitions are kept: a row each, a row a published version, a row a saved draft."""

    shelved: Table
    versions: Table
    drafts: Table
    key: str
    """The column of a definition's name."""
    text: str
    """The column of the text of a version and of a saved draft."""
    kind: str = ""
    """Which definitions of the tables are meant, by their column `kind`; empty where they keep one kind."""

    def named(self, key: str) -> dict[str, object]:
        """Give the columns that name a definition, with their values."""
        return {**({"kind": self.kind} if self.kind else {}), self.key: key}

    def of(self, table: Table, key: str) -> ColumnElement[bool]:
        """Give the condition that a row is of a definition."""
        return and_(*(table.c[name] == value for name, value in self.named(key).items()))

    def all_of(self, table: Table) -> ColumnElement[bool]:
        """Give the condition that a row is of these definitions."""
        return table.c.kind == self.kind if self.kind else true()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What is raised, with the columns that name the definition as facts."""

    not_found: type[ComptoirError]
    moved_on: type[ComptoirError]
    """Somebody else has changed the draft since; `by` and `at` say who and when."""
    no_way: type[ComptoirError]
    """There is nothing to go back to, or forward to."""
    taken: type[ComptoirError]
    """Another definition has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """The drafts of one kind of definition. Raises, wherever a base is named: `refusals.moved_on` and `.not_found`."""

    tables: Tables
    refusals: Refusals

    def listing(self, connection: Connection) -> list[OnShelf]:
        """List the definitions. Order: by key."""
        t, s, v = self.tables, self.tables.shelved.c, self.tables.versions.c
        published = and_(v[t.key] == s[t.key], v.version == s.live_version, t.all_of(t.versions))
        asked = select(t.shelved, s[t.key].label("name"), v[t.text].label("published")).outerjoin(t.versions, published)
        return [
            OnShelf(
                key=row.name,
                state=row.state,
                live_version=row.live_version,
                has_draft=row.draft is not None,
                text=row.published or row.draft,
                changed_at=instant(row.changed_at),
            )
            for row in connection.execute(asked.where(t.all_of(t.shelved)).order_by(s[t.key]))
        ]

    def versions(self, connection: Connection, key: str) -> list[Version]:
        """List the published versions. Order: the newest first."""
        t = self.tables
        asked = select(t.versions, t.versions.c[t.text].label("said")).where(t.of(t.versions, key))
        return [
            Version(
                version=row.version,
                text=row.said,
                published_at=instant(row.published_at),
                published_by=row.published_by or "",
            )
            for row in connection.execute(asked.order_by(t.versions.c.version.desc()))
        ]

    def read(self, connection: Connection, key: str) -> Draft:
        """Give a definition as its next editor finds it."""
        row, t = self.row(connection, key), self.tables
        asked = select(t.drafts).where(t.of(t.drafts, key), t.drafts.c.revision == row.draft_revision)
        noted = connection.execute(asked).first()
        return Draft(
            key=key,
            state=row.state,
            live_version=row.live_version,
            text=row.draft if row.draft is not None else self.published(connection, key, row.live_version),
            base=f"{row.live_version}.{row.draft_revision or 0}",
            revision=row.draft_revision,
            what=noted.what if noted else "",
            saved_at=instant(noted.saved_at) if noted else None,
            saved_by=noted.saved_by if noted else "",
            can_undo=noted is not None and self._is_there(connection, key, row.live_version, noted.before),
            can_redo=self._later(connection, key, row.live_version, row.draft_revision) is not None,
        )

    def check(self, connection: Connection, key: str, base: str) -> Draft:
        """Give the draft that a change is made from, if it is still the one that is named."""
        found = self.read(connection, key)
        if found.base != base:
            raise self.refusals.moved_on(**self.facts(key), by=found.saved_by, at=found.saved_at)
        return found

    def add(self, connection: Connection, key: str, now: datetime) -> None:
        """Begin a definition that has no text yet. Raises: `refusals.taken`."""
        if self.find(connection, key) is not None:
            raise self.refusals.taken(**self.facts(key))
        row = {**self.tables.named(key), "live_version": 0, "state": DRAFT, "changed_at": micros(now)}
        connection.execute(insert(self.tables.shelved).values(row))

    def write(
        self, connection: Connection, key: str, text: str, now: datetime, *, by: str = "", what: str = "text"
    ) -> None:
        """Keep a text as the draft, made from what is drafted or published now."""
        t, d = self.tables, self.tables.drafts.c
        mine = t.of(t.drafts, key)
        revision = (connection.scalar(select(func.max(d.revision)).where(mine)) or 0) + 1
        noted = {
            **t.named(key), "revision": revision, "before": self.row(connection, key).draft_revision,
            t.text: text, "what": what, "saved_at": micros(now), "saved_by": by,
        }  # fmt: skip
        connection.execute(insert(t.drafts).values(noted))
        connection.execute(delete(t.drafts).where(mine, d.revision <= revision - KEPT_DRAFTS))
        self.point(connection, key, revision)

    def undo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go back to the draft before; before the first stands what is published. Raises: `refusals.no_way`."""
        former, t = self.check(connection, key, base), self.tables
        if not former.can_undo:
            raise self.refusals.no_way(**self.facts(key))
        asked = select(t.drafts.c.before).where(t.of(t.drafts, key), t.drafts.c.revision == former.revision)
        self.point(connection, key, connection.scalar(asked))
        return self.read(connection, key)

    def redo(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Go forward to the newest draft that was made from this one. Raises: `refusals.no_way`."""
        former = self.check(connection, key, base)
        later = self._later(connection, key, former.live_version, former.revision)
        if later is None:
            raise self.refusals.no_way(**self.facts(key))
        self.point(connection, key, later)
        return self.read(connection, key)

    def discard(self, connection: Connection, key: str, *, base: str) -> Draft:
        """Let a draft go; what is published stays. Raises: `refusals.no_way` where nothing is published."""
        if not self.check(connection, key, base).live_version:
            raise self.refusals.no_way(**self.facts(key))
        self.point(connection, key, None)
        return self.read(connection, key)

    def to_publish(self, connection: Connection, key: str, base: str) -> Draft:
        """Give the draft that shall be published. Raises: `refusals.no_way` without one."""
        former = self.check(connection, key, base)
        if former.revision is None:
            raise self.refusals.no_way(**self.facts(key))
        return former

    def point(self, connection: Connection, key: str, revision: int | None) -> None:
        """Make a saved draft the draft, or none."""
        t = self.tables
        asked = select(t.drafts.c[t.text]).where(t.of(t.drafts, key), t.drafts.c.revision == revision)
        text = None if revision is None else connection.scalar(asked)
        self.set(connection, key, draft=text, draft_revision=None if text is None else revision)

    def set(self, connection: Connection, key: str, **values: object) -> None:
        """Write columns of a definition's row."""
        t = self.tables
        connection.execute(update(t.shelved).where(t.of(t.shelved, key)).values(values))

    def find(self, connection: Connection, key: str) -> Any:
        """Give a definition's row; None where there is none."""
        t = self.tables
        return connection.execute(select(t.shelved).where(t.of(t.shelved, key))).first()

    def row(self, connection: Connection, key: str) -> Any:
        """Give a definition's row."""
        row = self.find(connection, key)
        if row is None:
            raise self.refusals.not_found(**self.facts(key))
        return row

    def published(self, connection: Connection, key: str, version: int) -> str:
        """Give the text of a published version."""
        t = self.tables
        asked = select(t.versions.c[t.text]).where(t.of(t.versions, key), t.versions.c.version == version)
        return str(connection.scalar(asked))

    def facts(self, key: str) -> Mapping[str, Any]:
        """Say which definition is meant, to be raised: of a name that may be anything, no more than a name has."""
        return self.tables.named(key[:63])

    def _is_there(self, connection: Connection, key: str, live_version: int, before: int | None) -> bool:
        """Say whether what a draft was made from is kept: another draft, or what is published."""
        if before is None:
            return live_version > 0
        t = self.tables
        asked = select(t.drafts.c.revision).where(t.of(t.drafts, key), t.drafts.c.revision == before)
        return connection.scalar(asked) is not None

    def _later(self, connection: Connection, key: str, live_version: int, revision: int | None) -> int | None:
        """Give the newest draft made from this one; of what is published only those that came after it."""
        t, d, v = self.tables, self.tables.drafts.c, self.tables.versions.c
        published = select(v.published_at).where(t.of(t.versions, key), v.version == live_version).scalar_subquery()
        found: int | None = connection.scalar(
            select(func.max(d.revision)).where(
                t.of(t.drafts, key),
                d.before.is_not_distinct_from(revision),
                d.revision > (revision or 0),
                d.saved_at > func.coalesce(published, 0),
            )
        )
        return found
