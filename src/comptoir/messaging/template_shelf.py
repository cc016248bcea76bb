"""The shelf of templates: publish, list and show versions, keep them ready, and pause those that fail too often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from comptoir import logs
from comptoir.clock import Clock, instant, micros
from comptoir.messaging import template
from comptoir.messaging.template import (
    EVERY_BRAND,
    Compiled,
    Missing,
    Ready,
    Ref,
    Template,
    TemplateNotFound,
    TemplatePaused,
    TemplateVersionTaken,
)
from comptoir.messaging.template_rows import template_health, templates
from comptoir.model.message import Discretion
from comptoir.state.base import State

log = logs.get("templates")

PAUSE_FROM = 20
"""So many mails must have failed, and more than `PAUSE_SHARE` of all, before a template is paused."""
PAUSE_SHARE = 0.02
_FLUSH_EVERY = 500


def publish(connection: Connection, found: Sequence[Template], now: datetime, *, by: str = "") -> list[Template]:
    """
    Publish versions, compiled once; all or none. Publishing the same twice is once. Order: as given.

    Raises: BadTemplate; TemplateVersionTaken where a version exists with another content.
    """
    compiled = [(one, template.check(one)) for one in found]
    for one, made in compiled:
        former = _row(connection, one.name, one.version, brand=one.brand, language=one.language)
        if former is not None:
            if _template(former) != one:
                raise TemplateVersionTaken(template=one.name, version=one.version, language=one.language)
            continue
        connection.execute(insert(templates).values(_values(one, made, now) | {"published_by": by}))
    return list(found)


def listing(connection: Connection) -> list[dict[str, object]]:
    """
    List the newest version of each template, and how its renders went.

    Grain: one row a template and brand. Order: by name.
    """
    t = templates.c
    newest = (
        select(t.name, t.brand, func.max(t.version).label("version"))
        .group_by(t.name, t.brand)
        .order_by(t.name, t.brand)
    )
    return [
        {
            "template": row.name,
            "brand": row.brand,
            "version": row.version,
            "languages": ", ".join(_languages(connection, row.name, row.version, row.brand)),
            **health(connection, row.name, row.version),
        }
        for row in connection.execute(newest).all()
    ]


def health(connection: Connection, name: str, version: int) -> dict[str, object]:
    """Say how the renders of a version went: `state` is live or paused, and `alert` says why."""
    h = template_health.c
    row = connection.execute(select(template_health).where(h.name == name, h.version == version)).mappings().first()
    if row is None:
        return {"state": "live", "rendered": 0, "failed": 0, "alert": None}
    return {
        "state": "live" if row["paused_at"] is None else "paused",
        "rendered": row["rendered"],
        "failed": row["failed"],
        "alert": row["alert"],
    }


def alerts(connection: Connection) -> list[dict[str, object]]:
    """List the versions that are paused, and why. Order: newest first."""
    h = template_health.c
    asked = select(template_health).where(h.paused_at.is_not(None)).order_by(h.paused_at.desc(), h.name)
    return [
        {
            "template": row.name,
            "version": row.version,
            "paused_at": instant(row.paused_at).isoformat(),
            "alert": row.alert,
        }
        for row in connection.execute(asked)
    ]


def resume(connection: Connection, name: str, version: int) -> None:
    """Let a paused version be used again; its counts start anew. Raises: TemplateNotFound."""
    h = template_health.c
    done = connection.execute(
        update(template_health)
        .where(h.name == name, h.version == version)
        .values(paused_at=None, alert=None, rendered=0, failed=0)
    )
    if done.rowcount == 0:
        raise TemplateNotFound(template=name, version=version)


def find(connection: Connection, name: str, version: int = 0, *, brand: str | None = None) -> list[Template]:
    """
    Give a version with all its languages; version 0 is the newest. Order: by brand, then language.

    Raises: TemplateNotFound.
    """
    t = templates.c
    wanted = version or connection.scalar(select(func.max(t.version)).where(t.name == name))
    asked = select(templates).where(t.name == name, t.version == wanted).order_by(t.brand, t.language)
    if brand is not None:
        asked = asked.where(t.brand == brand)
    found = [_template(dict(row)) for row in connection.execute(asked).mappings()]
    if not found:
        raise TemplateNotFound(template=name, version=version or None)
    return found


def languages(connection: Connection, name: str, version: int = 0) -> list[str]:
    """Name the languages a version speaks. Order: by name. Raises: TemplateNotFound."""
    return sorted({one.language for one in find(connection, name, version)})


def _languages(connection: Connection, name: str, version: int, brand: str) -> list[str]:
    t = templates.c
    asked = select(t.language).where(t.name == name, t.version == version, t.brand == brand).order_by(t.language)
    return list(connection.scalars(asked))


@dataclass(slots=True)
class _Health:
    rendered: int = 0
    failed: int = 0
    new_rendered: int = 0
    is_paused: bool = False


@dataclass(slots=True, kw_only=True)
class Shelf:
    """
    Templates kept ready, for one process (`template.Templates`).

    A version never changes, so what was read once stays. Counts are written every 500 mails and at every failure.
    """

    state: State
    clock: Clock
    counts: bool = True
    """Whether mails count towards the pause of a template; previews do not."""
    _ready: dict[tuple[str, int, str, str], Ready] = field(default_factory=dict)
    _health: dict[tuple[str, int], _Health] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock)

    def ready(self, ref: Ref, *, brand: str, language: str) -> Ready:
        """Give a template ready to be rendered. Raises: TemplateNotFound; TemplatePaused."""
        version = ref.version or self._newest(ref.name)
        if self.counts and self._health_of(ref.name, version).is_paused:
            raise TemplatePaused(f"template {ref.name} version {version} is paused")
        key = (ref.name, version, brand, language)
        known = self._ready.get(key)
        if known is None:
            with self.state.read() as connection:
                row = _best(connection, ref.name, version, brand, language)
            if row is None:
                raise TemplateNotFound(template=ref.name, version=version, language=language)
            known = self._ready[key] = template.read(
                _template(row), Compiled(html=row["compiled_html"], text=row["compiled_text"])
            )
        return known

    def rendered(self, ref: Ref, failure: str | None) -> None:
        """Count a mail; pause its template's version where too many fail, with an alert."""
        if not self.counts:
            return
        version = ref.version or self._newest(ref.name)
        with self._lock:
            health_ = self._health_of(ref.name, version)
            health_.rendered += 1
            health_.new_rendered += 1
            if failure is None and health_.new_rendered < _FLUSH_EVERY:
                return
            self._write(ref.name, version, health_, failure)

    def flush(self) -> None:
        """Write down what was counted."""
        with self._lock:
            for (name, version), health_ in self._health.items():
                if health_.new_rendered:
                    self._write(name, version, health_, None)

    def _write(self, name: str, version: int, counted: _Health, failure: str | None) -> None:
        counted.failed += failure is not None
        is_bad = counted.failed >= PAUSE_FROM and counted.failed > PAUSE_SHARE * counted.rendered
        row = {"name": name, "version": version, "rendered": counted.new_rendered, "failed": int(failure is not None)}
        new = upsert(template_health).values(row | {"last_failure": failure})
        h = template_health.c
        changed: dict[str, Any] = {
            "rendered": h.rendered + new.excluded.rendered,
            "failed": h.failed + new.excluded.failed,
            "last_failure": func.coalesce(new.excluded.last_failure, h.last_failure),
        }
        with self.state.write() as connection:
            connection.execute(new.on_conflict_do_update(index_elements=["name", "version"], set_=changed))
            if is_bad and not counted.is_paused:
                self._pause(connection, name, version, counted, failure or "")
        counted.new_rendered = 0

    def _pause(self, connection: Connection, name: str, version: int, counted: _Health, failure: str) -> None:
        alert = f"{counted.failed} of {counted.rendered} mails could not be made, the last one because {failure}"
        h = template_health.c
        connection.execute(
            update(template_health)
            .where(h.name == name, h.version == version)
            .values(paused_at=micros(self.clock.now()), alert=alert)
        )
        counted.is_paused = True
        log.error("template paused", template=name, version=version, failed=counted.failed, rendered=counted.rendered)

    def _health_of(self, name: str, version: int) -> _Health:
        known = self._health.get((name, version))
        if known is not None and not known.is_paused:
            return known
        with self.state.read() as connection:  # a pause may have been lifted from outside
            said = health(connection, name, version)
        rendered, failed = msgspec.convert((said["rendered"], said["failed"]), tuple[int, int])
        fresh = _Health(rendered=rendered, failed=failed, is_paused=said["state"] == "paused")
        self._health[name, version] = fresh
        return fresh

    def _newest(self, name: str) -> int:
        with self.state.read() as connection:
            version = connection.scalar(select(func.max(templates.c.version)).where(templates.c.name == name))
        if version is None:
            raise TemplateNotFound(template=name)
        return int(version)


@dataclass(frozen=True, slots=True)
class Trial:
    """One template that need not be published, ready for a trial (`template.Templates`); nothing is counted."""

    parts: Sequence[Template]
    is_checked: bool = True
    """Whether it must be fit to be published; what is still being written need only be readable."""

    def ready(self, ref: Ref, *, brand: str, language: str) -> Ready:
        """Give the part of a language. Raises: TemplateNotFound; BadTemplate."""
        del brand
        for one in self.parts:
            if one.name == ref.name and one.language == language:
                compiled = template.check(one) if self.is_checked else template.compile_once(one)
                return template.read(one, compiled)
        raise TemplateNotFound(template=ref.name, language=language)

    def rendered(self, ref: Ref, failure: str | None) -> None:
        """Count nothing."""


def _best(connection: Connection, name: str, version: int, brand: str, language: str) -> Mapping[str, Any] | None:
    """Find the row for a brand and language: the brand's own before every brand's, `fr` for `fr-CA`."""
    for spoken in dict.fromkeys((language, language.partition("-")[0])):
        for owner in (brand, EVERY_BRAND):
            row = _row(connection, name, version, brand=owner, language=spoken)
            if row is not None:
                return row
    return None


def _row(connection: Connection, name: str, version: int, *, brand: str, language: str) -> Mapping[str, Any] | None:
    t = templates.c
    asked = select(templates).where(t.name == name, t.version == version, t.brand == brand, t.language == language)
    found = connection.execute(asked).mappings().first()
    return None if found is None else dict(found)


def _template(row: Mapping[str, Any]) -> Template:
    return Template(
        name=row["name"],
        version=row["version"],
        language=row["language"],
        brand=row["brand"],
        subject=row["subject"],
        preheader=row["preheader"],
        mjml=row["mjml"],
        text=row["text"],
        discretion=Discretion(row["discretion"]),
        missing=Missing(row["missing"]),
        fallbacks=msgspec.json.decode(row["fallbacks"], type=dict[str, str]),
        is_marketing=bool(row["is_marketing"]),
    )


def _values(one: Template, made: Compiled, now: datetime) -> dict[str, Any]:
    return {
        "name": one.name,
        "brand": one.brand,
        "language": one.language,
        "version": one.version,
        "subject": one.subject,
        "preheader": one.preheader,
        "mjml": one.mjml,
        "text": one.text,
        "discretion": one.discretion.value,
        "missing": one.missing.value,
        "fallbacks": msgspec.json.encode(dict(one.fallbacks)).decode(),
        "is_marketing": one.is_marketing,
        "compiled_html": made.html,
        "compiled_text": made.text,
        "published_at": micros(now),
    }


def in_language(found: Sequence[Template], language: str) -> Template:
    """Give the part of a template in a language, or the first it has."""
    return next((one for one in found if one.language == language), found[0])
