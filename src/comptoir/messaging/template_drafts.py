"""Drafts of templates: what is being written, with its undo; publishing makes a version of it that never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, not_, select, update

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.messaging import template, template_blocks, template_shelf
from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Template
from comptoir.messaging.template_rows import template_drafts, templates

MOST_REVISIONS = 50
"""States of a draft that undo can go back through."""
TYPING = timedelta(seconds=60)
"""What somebody types within so long is one step of undo."""


class TemplateNameTaken(ComptoirError):
    """A template of this name is there already."""

    code, status = "template_name_taken", 409
    hint = "Open the one that is there, or choose another name."


class DraftNotFound(ComptoirError, LookupError):
    """This template has no draft."""

    code, status = "template_draft_not_found", 404
    hint = "Open the template and change something: that makes one."


class NothingToRedo(ComptoirError, LookupError):
    """No step of this template was taken back."""

    code, status = "template_nothing_to_redo", 409
    hint = "What was taken back can be done again until something else is changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A template as it is being written."""

    name: str
    brand: str
    revision: int
    """0 where nothing was changed since the newest version."""
    parts: tuple[Template, ...]
    """One a language, each with the version that publishing will give it. Order: by language."""
    changed_at: datetime | None
    changed_by: str
    can_undo: bool
    can_redo: bool

    def part(self, language: str) -> Template:
        """Give the part of a language, or the first there is."""
        return template_shelf.in_language(self.parts, language)


def new(
    connection: Connection, name: str, *, brand: str, languages: Sequence[str], now: datetime, by: str
) -> Draft:  # fmt: skip
    """Begin a template. Raises: TemplateNameTaken."""
    t, d = templates.c, template_drafts.c
    taken = connection.scalar(select(t.name).where(t.name == name).limit(1)) or connection.scalar(
        select(d.name).where(d.name == name).limit(1)
    )
    if taken is not None:
        raise TemplateNameTaken(template=name)
    body = template_blocks.Body(
        head=template_blocks.HEAD, blocks=template_blocks.STARTER, foot=template_blocks.FOOT
    )  # fmt: skip
    parts = [
        Template(name=name, version=1, language=one, brand=brand, subject="", mjml=template_blocks.write(body))
        for one in languages
    ]
    return save(connection, parts, now=now, by=by)


def find(connection: Connection, name: str, *, brand: str) -> Draft:
    """Give a template as it is being written: its draft, or its newest version. Raises: TemplateNotFound."""
    d = template_drafts.c
    mine = _of(name, brand)
    rows = connection.execute(
        select(template_drafts).where(mine, not_(d.is_undone)).order_by(d.revision.desc()).limit(2)
    ).all()
    can_redo = connection.scalar(select(d.revision).where(mine, d.is_undone).limit(1)) is not None
    version = _next_version(connection, name)
    if rows:
        newest = rows[0]
        return Draft(
            name=name, brand=brand, revision=newest.revision, parts=_read(newest.parts, version),
            changed_at=instant(newest.changed_at), changed_by=newest.changed_by,
            can_undo=len(rows) > 1 or version > 1, can_redo=can_redo,
        )  # fmt: skip
    parts = template_shelf.find(connection, name, brand=brand)
    return Draft(
        name=name, brand=brand, revision=0, parts=tuple(replace(one, version=version) for one in parts),
        changed_at=None, changed_by="", can_undo=False, can_redo=can_redo,
    )  # fmt: skip


def save(
    connection: Connection, parts: Sequence[Template], *, now: datetime, by: str, is_typed: bool = False
) -> Draft:  # fmt: skip
    """
    Keep what is being written, which need not be whole yet; the same again changes nothing.

    What one person types (`is_typed`) within a minute is one step of undo. A change ends what could be done again.
    """
    name, brand = parts[0].name, parts[0].brand
    text = msgspec.json.encode(sorted(parts, key=lambda one: one.language)).decode()
    d = template_drafts.c
    mine = _of(name, brand)
    kept = select(template_drafts).where(mine, not_(d.is_undone))
    newest = connection.execute(kept.order_by(d.revision.desc()).limit(1)).first()
    if newest is not None and newest.parts == text:
        return find(connection, name, brand=brand)
    was_undone = connection.execute(delete(template_drafts).where(mine, d.is_undone)).rowcount > 0
    revision = 1 if newest is None else newest.revision + 1
    is_same_step = (
        is_typed
        and not was_undone
        and newest is not None
        and newest.is_typed
        and newest.changed_by == by
        and now - instant(newest.changed_at) < TYPING
    )
    # while it is replaced the step keeps the instant at which the typing began
    began = newest.changed_at if newest is not None and is_same_step else micros(now)
    if newest is not None and is_same_step:
        connection.execute(delete(template_drafts).where(mine, d.revision == newest.revision))
    connection.execute(
        insert(template_drafts).values(
            name=name, brand=brand, revision=revision, parts=text, is_typed=is_typed, changed_at=began, changed_by=by
        )
    )
    connection.execute(delete(template_drafts).where(mine, d.revision <= revision - MOST_REVISIONS))
    return find(connection, name, brand=brand)


def undo(connection: Connection, name: str, *, brand: str) -> None:
    """Take back the last step; before the first one stands the newest version. Raises: DraftNotFound."""
    d = template_drafts.c
    kept = select(d.revision).where(_of(name, brand), not_(d.is_undone)).order_by(d.revision.desc())
    revisions = list(connection.scalars(kept))
    if not revisions or (len(revisions) == 1 and _next_version(connection, name) == 1):
        raise DraftNotFound(template=name)
    _mark(connection, name, brand, revisions[0], is_undone=True)


def redo(connection: Connection, name: str, *, brand: str) -> None:
    """Do again the step that was taken back last. Raises: NothingToRedo."""
    d = template_drafts.c
    undone = connection.scalar(select(func.min(d.revision)).where(_of(name, brand), d.is_undone))
    if undone is None:
        raise NothingToRedo(template=name)
    _mark(connection, name, brand, undone, is_undone=False)


def drop(connection: Connection, name: str, *, brand: str) -> None:
    """Throw a draft away; the newest version stays. Raises: DraftNotFound."""
    if not connection.execute(delete(template_drafts).where(_of(name, brand))).rowcount:
        raise DraftNotFound(template=name)


def publish(connection: Connection, name: str, *, brand: str, now: datetime, by: str) -> list[Template]:
    """Make a version of a draft, and end the draft. Raises: DraftNotFound; BadTemplate."""
    draft = find(connection, name, brand=brand)
    if not draft.revision:
        raise DraftNotFound(template=name)
    for part in draft.parts:
        problem = problem_of(part)
        if problem is not None:
            raise problem
    made = template_shelf.publish(connection, draft.parts, now, by=by)
    drop(connection, name, brand=brand)
    return made


def problem_of(part: Template) -> BadTemplate | None:
    """Say what keeps a part from being published; its facts name the `part` and `what` is wrong."""
    if not part.subject.strip():
        return BadTemplate(template=part.name, language=part.language, part="subject", what="the subject is missing")
    try:
        template.check(part)
    except BadTemplate as error:
        return BadTemplate(**{**error.facts, "language": part.language})
    return None


def go_back(
    connection: Connection, name: str, version: int, *, brand: str, now: datetime, by: str
) -> Draft:  # fmt: skip
    """Make the draft what a published version was. Raises: TemplateNotFound."""
    parts = template_shelf.find(connection, name, version, brand=brand)
    return save(connection, [replace(one, version=_next_version(connection, name)) for one in parts], now=now, by=by)


def listing(connection: Connection) -> list[dict[str, Any]]:
    """List the drafts. Grain: one row a template and brand. Order: by name."""
    d = template_drafts.c
    asked = (
        select(d.name, d.brand, func.max(d.changed_at).label("changed_at"))
        .where(not_(d.is_undone))
        .group_by(d.name, d.brand)
        .order_by(d.name)
    )
    found = []
    for row in connection.execute(asked):
        draft = find(connection, row.name, brand=row.brand)
        found.append(
            {
                "template": row.name,
                "brand": row.brand,
                "version": draft.parts[0].version,
                "languages": ", ".join(one.language for one in draft.parts),
                "changed_at": draft.changed_at,
                "changed_by": draft.changed_by,
            }
        )
    return found


def brands_of(connection: Connection, name: str) -> list[str]:
    """Name the brands that have a template of this name, as a draft or published. Order: by name."""
    t, d = templates.c, template_drafts.c
    found = {*connection.scalars(select(t.brand).where(t.name == name).distinct())}
    found |= {*connection.scalars(select(d.brand).where(d.name == name).distinct())}
    return sorted(found)


def versions(connection: Connection, name: str, *, brand: str = EVERY_BRAND) -> list[dict[str, Any]]:
    """List the published versions of a template. Order: newest first."""
    t = templates.c
    asked = (
        select(
            t.version,
            func.min(t.published_at).label("published_at"),
            func.max(t.published_by).label("published_by"),
            func.min(t.subject).label("subject"),
        )
        .where(t.name == name, t.brand == brand)
        .group_by(t.version)
        .order_by(t.version.desc())
    )
    return [
        {
            "version": row.version,
            "published_at": instant(row.published_at),
            "published_by": row.published_by,
            "subject": row.subject,
        }
        for row in connection.execute(asked)
    ]


def _of(name: str, brand: str) -> ColumnElement[bool]:
    return (template_drafts.c.name == name) & (template_drafts.c.brand == brand)


def _mark(connection: Connection, name: str, brand: str, revision: int, *, is_undone: bool) -> None:
    """Take one step back, or do it again."""
    step = _of(name, brand) & (template_drafts.c.revision == revision)
    connection.execute(update(template_drafts).where(step).values(is_undone=is_undone))


def _read(text: str, version: int) -> tuple[Template, ...]:
    parts = msgspec.json.decode(text, type=tuple[Template, ...])
    return tuple(replace(one, version=version) for one in parts)


def _next_version(connection: Connection, name: str) -> int:
    return 1 + int(connection.scalar(select(func.max(templates.c.version)).where(templates.c.name == name)) or 0)
