"""Consent: who may be written to, for what, on which channel; each statement with its proof, none ever changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec

from comptoir.clock import instant
from comptoir.model.event import Control, Line, Record, Trust
from comptoir.model.event import Type as LineType
from comptoir.model.message import ONSITE

MARKETING = "marketing"
"""To be written to."""
OPEN_TRACKING = "open_tracking"
"""That it is noticed, for this person, that a mail was opened; not asked means no."""
TRACKING = "tracking"
"""A browser's: that what it does may be joined to who its owner is."""
THEME = "theme:"
"""Begins the purpose of one theme (a tag of messages): on with marketing unless withdrawn."""
EMAIL = "email"
SITE = "site"
"""The channel of a browser's tracking."""
BROWSER = "anonymous"
"""Kind of the contact that a browser is."""
NOT_STATED = "not-stated"
"""Text version of a statement whose source does not say which words were agreed to."""
BY_LINK = "by-link"
"""Text version of a withdrawal by a link in a message: there is no text to agree to in order to say no."""

LEFT = frozenset({"unsubscribed", "complained"})
"""What an outside tool tells of somebody who wants no more of its messages, nor of ours."""

CONSENT_CHANGES = frozenset(
    {"Segment Consent Preference Updated", "Segment Consent Preference", "Consent Preference Updated"}
)
"""Events that tell of a choice: never discarded, as they are its proof, and always urgent."""

TRACKING_CATEGORIES = frozenset(
    {
        *("analytics", "statistics", "measurement", "performance", "tracking", "audience"),
        *("marketing", "advertising", "targeting", "personalization", "personalisation"),
        *("c0002", "c0004"),  # OneTrust's usual ids of performance and targeting
    }
)
"""
Categories of `context.consent.categoryPreferences` without which no event enters the nominative lane; in any case.

One of them refused is enough: that lane joins what a visitor does with who the customer is, to analyse and to market.
"""


class ConsentState(StrEnum):
    """What a statement says."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class Standing(StrEnum):
    """How a consent stands; only the second allows anything."""

    NOT_ASKED = "not_asked"
    GRANTED = "granted"
    REFUSED = "refused"
    """The first word was no."""
    WITHDRAWN = "withdrawn"
    """It was given once, and taken back."""


class ConsentKey(NamedTuple):
    """What a consent is about: a contact point × brand × purpose × channel. A merge of profiles never widens it."""

    contact: str
    brand: str
    purpose: str
    channel: str


def needed(contact: str, brand: str, purpose: str, channel: str) -> ConsentKey:
    """
    Name the consent that a message needs.

    One on the site needs that its browser may be tracked, whatever it is for: it follows what that browser did.
    """
    return (
        ConsentKey(contact, brand, TRACKING, SITE)
        if channel == ONSITE
        else ConsentKey(contact, brand, purpose, channel)
    )


class ContactPoint(NamedTuple):
    """An address of a person as one brand writes to it on one channel."""

    contact: str
    brand: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How things stand with a contact point: what a mail's preference link says of it. No personal data."""

    at: int = 0
    """Units: microseconds since 1970, UTC; 0 where nobody said."""
    on: frozenset[str] = frozenset()
    """Purposes, and themes as `theme:<tag>`, that are on."""
    paused_until: int = 0
    """Units: microseconds since 1970, UTC; 0 for no pause."""

    @property
    def may_track_opens(self) -> bool:
        """Say whether it may be noticed that this person opens a mail."""
        return OPEN_TRACKING in self.on


NOTHING_ON = Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStatement:
    """Somebody gave or withdrew a consent."""

    statement_id: str
    """The message id of the line that said it."""
    contact_kind: str
    contact: str
    brand: str
    purpose: str = MARKETING
    channel: str = EMAIL
    state: ConsentState
    source: str
    trust: Trust = Trust.CONFIRMED
    stated_at: datetime
    acts_at_once: bool = False
    """Said to the door by the person, so it is the latest word whatever the clocks say; no row of a ledger."""
    text_version: str | None = None
    proof: str | None = None
    language: str | None = None
    """Of the page on which it was said: a confirmation is asked for in it."""
    network: str | None = None
    """The truncated address it came from, while the line is read; only its hash is ever kept."""
    user_agent: str | None = None
    is_historical: bool = False
    """It comes from an import of the past: nobody is asked to confirm it now."""

    @property
    def asks(self) -> bool:
        """Say whether it is a claim that the owner of the address must confirm."""
        return (
            self.trust is Trust.CLAIMED
            and self.state is ConsentState.GRANTED
            and self.contact_kind == EMAIL
            and not self.is_historical
        )

    @property
    def is_about_writing(self) -> bool:
        """Say whether it is about being written to at all; opens, browsers and themes are about less."""
        return self.purpose not in {OPEN_TRACKING, TRACKING} and not self.purpose.startswith(THEME)

    @property
    def key(self) -> ConsentKey:
        """Give what the statement is about."""
        return ConsentKey(self.contact, self.brand, self.purpose, self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribed:
    """Somebody used the unsubscribe link of a message; whom it was sent to, our own ledger knows."""

    statement_id: str
    message_id: str
    brand: str
    source: str
    stated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Somebody pressed the button behind the link of a double opt-in."""

    statement_id: str
    message_id: str
    """The mail that asked; it was sent to the address that is confirmed by it."""
    stated_at: datetime
    network: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One choice of a preference page."""

    purpose: str
    is_on: bool
    text_version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesChanged:
    """Somebody saved a preference page reached from a message."""

    statement_id: str
    message_id: str
    brand: str
    choices: tuple[Choice, ...]
    stated_at: datetime

    @property
    def ends_marketing(self) -> bool:
        """Say whether nothing more may be sent to the address."""
        return any(one.purpose == MARKETING and not one.is_on for one in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked:
    """Somebody asked for a pause, or (`until` zero) for its end."""

    statement_id: str
    message_id: str
    brand: str
    until: int
    """Units: microseconds since 1970, UTC."""
    stated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The pixel of a mail was fetched, by a person or a machine; whether that may be noticed is judged later."""

    statement_id: str
    message_id: str
    stated_at: datetime
    network: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A control line that this version does not understand: until it is applied, no marketing leaves."""

    statement_id: str
    name: str


ConsentControl = ConsentStatement | Unsubscribed | Confirmed | PreferencesChanged | PauseAsked | Opened | Unreadable


class Consents(Protocol):
    """Whoever keeps the consents. Reading and writing happen inside the caller's transaction."""

    def apply(self, connection: Any, statements: Sequence[ConsentStatement]) -> None:
        """Append statements; one that is there already changes nothing."""
        ...

    def granted(self, connection: Any, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        ...

    def paused_until(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, int]:
        """Give until when (microseconds) each of `keys` asked for a pause; those who did not are left out."""
        ...

    def refused_tags(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, frozenset[str]]:
        """Give the tags (themes) each of `keys` wants nothing of; those who want everything are left out."""
        ...

    def known(self, connection: Any, points: Collection[ContactPoint], at: int) -> Mapping[ContactPoint, Known]:
        """Give how things stand with each of `points`, said to be so `at` (microseconds)."""
        ...


LapsedAt = Callable[[Collection[int], datetime], frozenset[int]]
"""Give those of some nodes whose person has not been in touch for three years at an instant."""


def contact_of(kind: str, value: str) -> str:
    """Write a contact point as it is compared: an e-mail in lower case without spaces around."""
    return value.strip().lower() if kind == EMAIL else value.strip()


def read(line: Line) -> ConsentControl | None:
    """
    Read what a line says of consent; None where it says nothing of it.

    Consents are records named `Consent`, controls, and the choices that Segment's own consent events carry.
    """
    if line.type == LineType.RECORD and line.name == Record.CONSENT:
        return _statement(line, state=None)
    if line.type == LineType.RECORD and line.name == Record.CAMPAIGN_RETURN:
        return _statement(line, state=ConsentState.WITHDRAWN) if _properties(line).get("kind") in LEFT else None
    if line.type == LineType.TRACK and line.name in CONSENT_CHANGES:
        return _browser_choice(line)
    if line.type != LineType.CONTROL or line.name in {Control.MESSAGE_CLICKED, Control.CORRECTION_ANSWERED}:
        return None
    reader = _CONTROLS.get(line.name)
    return (reader(line) if reader is not None else None) or _unreadable(line)


def tracking_choice(consent: object) -> bool | None:
    """
    Read `context.consent`: whether its owner may be tracked; None where it says nothing we can read.

    One of the `TRACKING_CATEGORIES` refused is enough for a no.
    """
    preferences = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    if not isinstance(preferences, dict):
        return None
    said = [given for name, given in preferences.items() if name.strip().lower() in TRACKING_CATEGORIES]
    if any(given is False for given in said):
        return False
    return True if said and all(given is True for given in said) else None


def _unreadable(line: Line) -> Unreadable:
    return Unreadable(statement_id=line.message_id, name=line.name)


def _unsubscribed(line: Line) -> ConsentControl | None:
    said = _properties(line)
    message_id = said.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        return _statement(line, state=ConsentState.WITHDRAWN)
    return Unsubscribed(
        statement_id=line.message_id,
        message_id=message_id,
        brand=str(said.get("brand") or line.brand),
        source=line.source,
        stated_at=_stated_at(line),
    )


def _confirmed(line: Line) -> ConsentControl | None:
    message_id = _text(_properties(line).get("message_id"))
    if not message_id:
        return None
    return Confirmed(
        statement_id=line.message_id,
        message_id=message_id,
        stated_at=_stated_at(line),
        network=line.ip,
        user_agent=line.user_agent,
    )


def _preferences(line: Line) -> ConsentControl | None:
    said = _properties(line)
    message_id, choices = _text(said.get("message_id")), said.get("choices")
    if not message_id or not isinstance(choices, list):
        return None
    return PreferencesChanged(
        statement_id=line.message_id,
        message_id=message_id,
        brand=line.brand,
        choices=tuple(
            Choice(
                purpose=str(one["purpose"]), is_on=one.get("on") is True, text_version=_text(one.get("text_version"))
            )
            for one in choices
            if isinstance(one, dict) and one.get("purpose")
        ),
        stated_at=_stated_at(line),
    )


def _pause(line: Line) -> ConsentControl | None:
    said = _properties(line)
    message_id, until = _text(said.get("message_id")), said.get("until")
    if not message_id or not isinstance(until, int):
        return None
    return PauseAsked(
        statement_id=line.message_id, message_id=message_id, brand=line.brand, until=until, stated_at=_stated_at(line)
    )


def _opened(line: Line) -> ConsentControl | None:
    message_id = _text(_properties(line).get("message_id"))
    if not message_id:
        return None
    return Opened(
        statement_id=line.message_id,
        message_id=message_id,
        stated_at=_stated_at(line),
        network=line.ip,
        user_agent=line.user_agent,
    )


def _browser_choice(line: Line) -> ConsentControl | None:
    """Read the choice that Segment's consent events carry: it is about the browser that says it."""
    context = msgspec.json.decode(line.context)
    choice = tracking_choice(context.get("consent")) if isinstance(context, dict) else None
    if choice is None or not line.anonymous_id:
        return None
    version = _text(_properties(line).get("text_version"))
    return ConsentStatement(
        statement_id=f"{line.message_id}:{TRACKING}",
        contact_kind=BROWSER,
        contact=line.anonymous_id,
        brand=line.brand,
        purpose=TRACKING,
        channel=SITE,
        state=ConsentState.GRANTED if choice else ConsentState.WITHDRAWN,
        source=line.source,
        trust=Trust(line.trust),
        stated_at=_stated_at(line),
        acts_at_once=not choice and not line.historical,
        text_version=version,
        is_historical=line.historical,
    )


def _statement(line: Line, *, state: ConsentState | None) -> ConsentStatement | None:
    said = _properties(line)
    looks_like_email = "@" in str(said.get("contact") or said.get("email") or "")
    kind = str(said.get("contact_kind") or (EMAIL if looks_like_email else ""))
    contact = said.get("contact") or said.get("email") or said.get("phone")
    wanted = said.get("state") if state is None else state
    if not isinstance(contact, str) or not isinstance(wanted, str) or wanted not in set(ConsentState):
        return None
    return ConsentStatement(
        statement_id=line.message_id,
        contact_kind=kind or "phone",
        contact=contact_of(kind, contact),
        brand=str(said.get("brand") or line.brand),
        purpose=str(said.get("purpose") or MARKETING),
        channel=str(said.get("channel") or EMAIL),
        state=ConsentState(wanted),
        source=line.source,
        trust=Trust(line.trust),
        stated_at=_stated_at(line),
        acts_at_once=line.type == LineType.CONTROL,
        text_version=_text(said.get("text_version")),
        proof=_text(said.get("proof")),
        language=_text(said.get("language")),
        network=line.ip,
        user_agent=line.user_agent,
        is_historical=line.historical,
    )


def _withdrawn(line: Line) -> ConsentControl | None:
    return _statement(line, state=ConsentState.WITHDRAWN)


def _stated_at(line: Line) -> datetime:
    return instant(line.received_at if line.timestamp is None else min(line.timestamp, line.received_at))


def _properties(line: Line) -> Mapping[str, object]:
    said = msgspec.json.decode(line.properties)
    return said if isinstance(said, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


_CONTROLS: dict[str, Callable[[Line], ConsentControl | None]] = {
    Control.CONSENT_WITHDRAWN: _withdrawn,
    Control.UNSUBSCRIBED: _unsubscribed,
    Control.CONSENT_CONFIRMED: _confirmed,
    Control.PREFERENCES_CHANGED: _preferences,
    Control.PAUSED: _pause,
    Control.MESSAGE_OPENED: _opened,
}
"""How each control is read."""
