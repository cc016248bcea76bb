"""Who changed what, when, and by which door: written once for each deed, and never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from msgspec import json
from sqlalchemy import Connection, insert, or_, select

from comptoir.access.roles import Principal
from comptoir.access.rows import audit
from comptoir.clock import MICROSECOND, instant, micros
from comptoir.errors import ComptoirError

MOST = 500
"""Entries of one look."""
LONGEST_ABOUT = 200
_FIRST = "0" * 64
_DAY = timedelta(days=1)


class Door(StrEnum):
    """Where somebody came in to do it."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"


class Deed(StrEnum):
    """What is written down: whatever changes the set-up of the shop or a person, or takes her data away."""

    USER_ADDED = "user.added"
    USER_CHANGED = "user.changed"
    USER_SWITCHED = "user.switched"
    USER_KEY = "user.key"
    USER_PASSWORD = "user.password"  # noqa: S105 (the name of a deed)
    BRAND_SAVED = "brand.saved"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    SOURCE_SWITCHED = "source.switched"
    SOURCE_KEY = "source.key"
    SENDER_SAVED = "sender.saved"
    SENDER_REMOVED = "sender.removed"
    SENDING_SWITCHED = "sending.switched"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_SWITCHED = "webhook.switched"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_SENT_AGAIN = "webhook.sent_again"
    PLACEMENT_SAVED = "placement.saved"
    PLACEMENT_REMOVED = "placement.removed"
    PLAN_PUBLISHED = "plan.published"
    POLICY_PUBLISHED = "policy.published"
    SCENARIO_DRAFTED = "scenario.drafted"
    SCENARIO_PUBLISHED = "scenario.published"
    SCENARIO_SWITCHED = "scenario.switched"
    SCENARIO_MOVED = "scenario.moved"
    SCENARIO_ENROLLED = "scenario.enrolled"
    SEGMENT_DRAFTED = "segment.drafted"
    SEGMENT_PUBLISHED = "segment.published"
    SEGMENT_SWITCHED = "segment.switched"
    SEGMENT_DELETED = "segment.deleted"
    SEGMENT_EXPORTED = "segment.exported"
    TRAIT_DRAFTED = "trait.drafted"
    TRAIT_PUBLISHED = "trait.published"
    TRAIT_DELETED = "trait.deleted"
    TEMPLATE_DRAFTED = "template.drafted"
    TEMPLATE_PUBLISHED = "template.published"
    TEMPLATE_RESUMED = "template.resumed"
    MESSAGE_SETTLED = "message.settled"
    PERSON_CUT = "person.cut"
    PERSON_JOINED = "person.joined"
    PERSON_PAUSED = "person.paused"
    PERSON_STOPPED = "person.stopped"
    PERSON_LIFTED = "person.lifted"
    PERSON_EXPORTED = "person.exported"
    PERSON_ERASED = "person.erased"
    PEOPLE_COMPARED = "people.compared"
    PEOPLE_EXPORTED = "people.exported"
    PEOPLE_PURGED = "people.purged"
    ADDRESSES_STOPPED = "addresses.stopped"
    CONSENT_RECORDED = "consent.recorded"
    CONSENT_TEXT = "consent.text"
    CONSENT_PAGE = "consent.page"
    LINKS_ROTATED = "links.rotated"
    IMPORT_DRAFTED = "import.drafted"
    IMPORT_STARTED = "import.started"
    IMPORT_STOPPED = "import.stopped"
    IMPORT_DROPPED = "import.dropped"
    PULL_SAVED = "pull.saved"
    PULL_STARTED = "pull.started"
    PULL_CANCELLED = "pull.cancelled"
    PULL_SWITCHED = "pull.switched"
    PULL_REMOVED = "pull.removed"
    QUALITY_WATCHED = "quality.watched"
    TOWNS_BROUGHT = "quality.towns"
    CORRECTION_OFFERED = "correction.offered"
    SCORES_RUN = "scores.run"
    EVENTS_MENDED = "events.mended"
    EVENTS_REPLAYED = "events.replayed"
    BACKUP_MADE = "backup.made"
    BACKUP_FORGOTTEN = "backup.forgotten"
    COPY_RESTORED = "copy.restored"
    COPY_UNFENCED = "copy.unfenced"
    FACTS_REBUILT = "facts.rebuilt"
    OTHER = "other"
    """A change that has no word of its own yet; `about` then says by which route."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A deed as it was written down."""

    seq: int
    at: datetime
    who: str
    """With its kind, such as `user:claire`."""
    door: str
    """One of `Door`."""
    deed: str
    """One of `Deed`, or a word of a later version."""
    about: str
    brand: str
    """Empty for the whole installation."""

    @property
    def name(self) -> str:
        """The name alone of who did it."""
        return self.who.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries: none of these said, all of them. Days are of UTC."""

    who: str = ""
    deed: str = ""
    """A deed, or what comes before its dot, such as `user`."""
    about: str = ""
    since: date | None = None
    until: date | None = None
    """The last day, whole."""


class BadDay(ComptoirError, ValueError):
    """This is no day."""

    code, status = "bad_day", 422
    hint = "Write it as 2026-11-22."


def day(text: str) -> date | None:
    """Read a day; None where nothing is said. Raises: BadDay."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadDay(day=text[:50]) from error


def write(
    connection: Connection, *, at: datetime, who: Principal, door: Door, deed: Deed, about: str = "", brand: str = ""
) -> None:
    """Write a deed down. `about` is an id or a name; nobody's address belongs there (`sealed` makes a hash of one)."""
    last = connection.execute(select(audit.c.seq, audit.c.chain).order_by(audit.c.seq.desc()).limit(1)).first()
    row: dict[str, object] = {
        "seq": 1 if last is None else last.seq + 1, "at": micros(at), "who": who.id, "door": door.value,
        "deed": deed.value, "about": " ".join(about.split())[:LONGEST_ABOUT], "brand": brand,
    }  # fmt: skip
    chain = _chained(_FIRST if last is None else last.chain, row)
    connection.execute(insert(audit).values(row | {"chain": chain}))


def listing(
    connection: Connection, asked: Asked, *, brands: Collection[str] = (), before: int | None = None, most: int = MOST
) -> list[Entry]:
    """
    List what was done, for somebody who is for some brands only what is of these. Order: newest first.

    `before` is the `seq` of the last entry of the page before.
    """
    c = audit.c
    query = select(c.seq, c.at, c.who, c.door, c.deed, c.about, c.brand).order_by(c.seq.desc()).limit(most)
    if brands:
        query = query.where(c.brand.in_(sorted(brands)))
    if before is not None:
        query = query.where(c.seq < before)
    if asked.who:
        query = query.where(or_(c.who == asked.who, c.who.endswith(f":{asked.who}", autoescape=True)))
    if asked.deed:
        query = query.where(or_(c.deed == asked.deed, c.deed.startswith(f"{asked.deed}.", autoescape=True)))
    if asked.about:
        query = query.where(c.about.contains(asked.about, autoescape=True))
    if asked.since is not None:
        query = query.where(c.at >= _micros_of(asked.since))
    if asked.until is not None:
        query = query.where(c.at < _micros_of(asked.until) + _DAY // MICROSECOND)
    return [
        Entry(
            seq=row.seq, at=instant(row.at), who=row.who, door=row.door, deed=row.deed, about=row.about,
            brand=row.brand,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def broken(connection: Connection) -> int | None:
    """
    Give the first entry at which the chain does not hold; None where it holds from end to end.

    It shows a row that was changed, put in, or taken out; not that the newest ones were cut off.
    """
    chain, seq = _FIRST, 0
    for row in connection.execute(select(audit).order_by(audit.c.seq)).mappings():
        said = {name: value for name, value in row.items() if name != "chain"}
        chain, seq = _chained(chain, said), seq + 1
        if chain != row["chain"] or seq != row["seq"]:
            return int(row["seq"])
    return None


def sealed(contact: str) -> str:
    """Give what stands in the audit for an address: the beginning of its hash, as the list of stopped ones has it."""
    return sha256(contact.strip().lower().encode()).hexdigest()[:16]


def who_did(connection: Connection, *, brands: Collection[str] = ()) -> Sequence[str]:
    """Give who stands in the audit at all. Order: by name."""
    query = select(audit.c.who).distinct().order_by(audit.c.who)
    return list(connection.scalars(query.where(audit.c.brand.in_(sorted(brands))) if brands else query))


def _chained(before: str, row: dict[str, object]) -> str:
    said = [row[name] for name in ("seq", "at", "who", "door", "deed", "about", "brand")]
    return sha256(before.encode() + json.encode(said)).hexdigest()


def _micros_of(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(microseconds=1)
