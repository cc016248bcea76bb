"""The ledger of consents: append what was said, read what holds, replay any instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from comptoir.clock import instant, micros
from comptoir.model.consent import (
    BROWSER,
    NOT_STATED,
    THEME,
    TRACKING,
    ConsentKey,
    ConsentState,
    ConsentStatement,
    ContactPoint,
    Known,
    Standing,
)
from comptoir.model.event import Trust
from comptoir.privacy.rows import consents, pauses, themes
from comptoir.state.statement import LISTED, Statement, as_set


@dataclass(frozen=True, slots=True)
class ConsentLedger:
    """The consents of one installation; works inside the caller's transaction (`model.consent.Consents`)."""

    def apply(self, connection: Connection, statements: Sequence[ConsentStatement]) -> None:
        """
        Append statements; one that is there already changes nothing.

        A withdrawal said to the door takes effect after everything said before it, even where a clock stepped back.
        """
        waiting: list[dict[str, Any]] = []
        for statement in statements:
            effective = micros(statement.stated_at)
            if statement.acts_at_once:
                _SAID.each(connection, waiting)  # what was said before it must be there to be looked at
                waiting = []
                effective = max(effective, 1 + _latest(connection, statement.key))
            waiting.append(_row(statement, effective))
        _SAID.each(connection, waiting)

    def granted(self, connection: Connection, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        wanted = set(keys)
        latest = _standing(connection, {key.contact for key in wanted})
        return frozenset(key for key in wanted if latest.get(key) == ConsentState.GRANTED)

    def granted_at(self, connection: Connection, key: ConsentKey, at: datetime) -> bool:
        """Say what held at an instant: the proof, replayed."""
        return _standing(connection, {key.contact}, until=micros(at)).get(key) == ConsentState.GRANTED

    def standing(
        self, connection: Connection, keys: Collection[ConsentKey], *, at: datetime | None = None
    ) -> dict[ConsentKey, Standing]:
        """Say how each consent stands, now or at an instant: not asked, granted, refused or withdrawn."""
        found = _words(connection, {key.contact for key in keys}, until=None if at is None else micros(at))
        return {key: _summed_up(found.get(key, ())) for key in keys}

    def at(self, connection: Connection, contact: str, at: datetime) -> list[dict[str, object]]:
        """
        List what held for a contact point at an instant, each with the text that was agreed to, and the proof.

        Grain: one row a brand, purpose and channel of which anything had been said. Order: by these.
        """
        latest: dict[ConsentKey, dict[str, object]] = {}
        for row in self.history(connection, contact, until=at):
            key = ConsentKey(contact, str(row["brand"]), str(row["purpose"]), str(row["channel"]))
            if row["counts"]:
                latest[key] = row
            else:
                latest.setdefault(key, row | {"state": Standing.NOT_ASKED.value})
        return [latest[key] for key in sorted(latest)]

    def paused_until(self, connection: Connection, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, int]:
        """
        Give until when each of `keys` asked for a pause; those who never did, or ended it, are left out.

        Units: microseconds since 1970, UTC; it may be past.
        """
        said = _PAUSES.rows(connection, ids=as_set({key.contact for key in keys}))
        latest = {(contact, brand, channel): until for contact, brand, channel, until in said}
        found = {key: latest.get((key.contact, key.brand, key.channel), 0) for key in keys}
        return {key: until for key, until in found.items() if until}

    def refused_tags(self, connection: Connection, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, frozenset[str]]:
        """Give the tags (themes) each of `keys` wants nothing of; those who want everything are left out."""
        refused: dict[tuple[str, str, str], set[str]] = {}
        for one, state in _standing(connection, {key.contact for key in keys}).items():
            if one.purpose.startswith(THEME) and state == ConsentState.WITHDRAWN:
                refused.setdefault((one.contact, one.brand, one.channel), set()).add(one.purpose.removeprefix(THEME))
        return {
            key: frozenset(refused[key.contact, key.brand, key.channel])
            for key in keys
            if (key.contact, key.brand, key.channel) in refused
        }

    def known(self, connection: Connection, points: Collection[ContactPoint], at: int) -> Mapping[ContactPoint, Known]:
        """
        Give how things stand with each of `points`, said to be so `at` (microseconds).

        A theme is on with marketing, unless it was withdrawn.
        """
        standing = _standing(connection, {one.contact for one in points})
        on: dict[ContactPoint, set[str]] = {one: set() for one in points}
        off: dict[ContactPoint, set[str]] = {one: set() for one in points}
        for key, state in standing.items():
            point = ContactPoint(key.contact, key.brand, key.channel)
            if point in on:
                (on if state == ConsentState.GRANTED else off)[point].add(key.purpose)
        offered: dict[str, set[str]] = {}
        for brand, tag in _THEMES.rows(connection):
            offered.setdefault(brand, set()).add(f"{THEME}{tag}")
        paused = self.paused_until(connection, {ConsentKey(one.contact, one.brand, "", one.channel) for one in points})
        return {
            one: Known(
                at=at,
                on=frozenset(on[one] | (offered.get(one.brand, set()) - off[one])),
                paused_until=paused.get(ConsentKey(one.contact, one.brand, "", one.channel), 0),
            )
            for one in points
        }

    def history(
        self, connection: Connection, contact: str, *, until: datetime | None = None
    ) -> list[dict[str, object]]:
        """List every statement about a contact point, and whether it counts. Order: as they took effect."""
        ask = select(consents).where(consents.c.contact == contact).order_by(*_ORDER)
        if until is not None:
            ask = ask.where(consents.c.effective_at <= micros(until))
        return [
            {
                **{name: row[name] for name in _SHOWN},
                "text_version": row["text_version"] or NOT_STATED,
                "stated_at": instant(row["stated_at"]).isoformat(),
                "effective_at": instant(row["effective_at"]).isoformat(),
                "counts": _counts(row["purpose"], row["contact_kind"], row["trust"]),
            }
            for row in connection.execute(ask).mappings()
        ]


_SHOWN = (
    "statement_id", "contact_kind", "contact", "brand", "purpose", "channel", "state", "source", "trust",
    "text_version", "proof",
)  # fmt: skip


def _row(statement: ConsentStatement, effective: int) -> dict[str, Any]:
    return {
        "statement_id": statement.statement_id,
        "contact_kind": statement.contact_kind,
        "contact": statement.contact,
        "brand": statement.brand,
        "purpose": statement.purpose,
        "channel": statement.channel,
        "state": statement.state.value,
        "source": statement.source,
        "trust": statement.trust.value,
        "stated_at": micros(statement.stated_at),
        "effective_at": effective,
        "text_version": statement.text_version or NOT_STATED,
        "proof": statement.proof,
    }


def _latest(connection: Connection, key: ConsentKey) -> int:
    c = consents.c
    found = connection.execute(
        select(c.effective_at)
        .where(c.contact == key.contact, c.brand == key.brand, c.purpose == key.purpose, c.channel == key.channel)
        .order_by(c.effective_at.desc())
        .limit(1)
    ).scalar()
    return int(found) if found is not None else 0


_ORDER = (consents.c.effective_at, consents.c.state, consents.c.seq)
"""At the same instant a withdrawal wins: "granted" sorts before "withdrawn", and the last row stands."""


def _counts(purpose: str, contact_kind: str, trust: str) -> bool:
    """Say whether a statement changes anything: what a public key claims does so for its own browser alone."""
    return trust == Trust.CONFIRMED or (purpose == TRACKING and contact_kind == BROWSER)


def _words(connection: Connection, contacts: set[str], *, until: int | None = None) -> dict[ConsentKey, list[str]]:
    """Give every word that counts, by key. Order: as they took effect."""
    said: dict[ConsentKey, list[str]] = {}
    found = _WORDS.rows(connection, ids=as_set(contacts), until=_FOR_EVER if until is None else until)
    for contact, brand, purpose, channel, state, trust, kind in found:
        if _counts(purpose, kind, trust):
            said.setdefault(ConsentKey(contact, brand, purpose, channel), []).append(state)
    return said


def _standing(connection: Connection, contacts: set[str], *, until: int | None = None) -> dict[ConsentKey, str]:
    return {key: states[-1] for key, states in _words(connection, contacts, until=until).items()}


def _summed_up(states: Sequence[str]) -> Standing:
    if not states:
        return Standing.NOT_ASKED
    if states[-1] == ConsentState.GRANTED:
        return Standing.GRANTED
    return Standing.WITHDRAWN if ConsentState.GRANTED in states else Standing.REFUSED


_FOR_EVER = (1 << 63) - 1
_c, _p = consents.c, pauses.c
_SAID = Statement(
    insert(consents)
    .prefix_with("OR IGNORE")
    .values({one.name: bindparam(one.name) for one in consents.c if one.name != "seq"})
)
_WORDS = Statement(
    select(_c.contact, _c.brand, _c.purpose, _c.channel, _c.state, _c.trust, _c.contact_kind)
    .select_from(LISTED.join(consents, _c.contact == LISTED.c.value))
    .where(_c.effective_at <= bindparam("until"))
    .order_by(*_ORDER)
)
_PAUSES = Statement(
    select(_p.contact, _p.brand, _p.channel, _p.until_at)
    .select_from(LISTED.join(pauses, _p.contact == LISTED.c.value))
    .order_by(_p.seq)
)
_THEMES = Statement(select(themes.c.brand, themes.c.tag).distinct())
