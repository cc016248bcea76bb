"""Spans of time in a definition: the last days of the brand's calendar, the last hours, or between two dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField

MOST_DAYS = 36_500
"""Days that a definition may look back or ahead."""
_OF_DAYS = re.compile(r"\d\s*(days?|weeks?|d|w)\s*$")
_SAID: Mapping[str, Mapping[str, str]] = {
    "today": {"fr": "aujourd’hui", "en": "today"},
    "days": {"fr": "au cours des {0} derniers jours", "en": "in the last {0} days"},
    "hours": {"fr": "au cours des {0} dernières heures", "en": "in the last {0} hours"},
    "hour": {"fr": "au cours de la dernière heure", "en": "in the last hour"},
    "minutes": {"fr": "au cours des {0} dernières minutes", "en": "in the last {0} minutes"},
    "since": {"fr": "depuis le {0}", "en": "since {0}"},
    "until": {"fr": "jusqu’au {0}", "en": "until {0}"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """
    When something must have happened; nothing said means ever.

    `days` are whole days of the brand's zone, today included; `span` slides; dates are the brand's, both included.
    """

    days: int | None = None
    span: timedelta | None = None
    since: date | None = None
    until: date | None = None

    def words(self, language: str) -> str:
        """Say it in words, with a blank before; nothing for ever."""
        said = []
        if self.days is not None:
            said.append(_SAID["today" if self.days == 1 else "days"][language].format(self.days))
        if self.span is not None:
            said.append(_said_last(self.span, language))
        if self.since is not None:
            said.append(_SAID["since"][language].format(_said_date(self.since, language)))
        if self.until is not None:
            said.append(_SAID["until"][language].format(_said_date(self.until, language)))
        return "".join(f" {one}" for one in said)


EVER = Window()


def read(fields: Fields, *, name: str = "within") -> Window:
    """Read `within`, `since` and `until`. Raises: BadDefinition."""
    since = read_date(fields, "since") if fields.has("since") else None
    until = read_date(fields, "until") if fields.has("until") else None
    if since is not None and until is not None and until < since:
        raise fields.bad("until", until, "a date that is not before `since`")
    if not fields.has(name):
        return Window(since=since, until=until)
    span = fields.duration(name)
    said = fields.raw(name)
    if isinstance(said, str) and _OF_DAYS.search(said):
        if not 1 <= span.days <= MOST_DAYS:
            raise fields.bad(name, said, f"from 1 to {MOST_DAYS} days")
        return Window(days=span.days, since=since, until=until)
    if not timedelta(minutes=1) <= span <= timedelta(days=MOST_DAYS):
        raise fields.bad(name, said, "at least one minute")
    return Window(span=span, since=since, until=until)


def read_date(fields: Fields, name: str) -> date:
    """Read a date written 2026-01-31. Raises: BadDefinition."""
    said = fields.raw(name)
    try:
        found = date.fromisoformat(said if isinstance(said, str) else "")
    except ValueError as error:
        raise fields.bad(name, said, "a date such as 2026-01-31") from error
    if not 1970 <= found.year <= 2500:
        raise fields.bad(name, said, "a date between 1970 and 2500")
    return found


def form() -> tuple[FormField, ...]:
    """Describe the three fields."""
    return (
        forms.one(
            "within", FieldKind.DURATION, "Au cours des", "Within",
            "En jours : des jours entiers du fuseau de la marque, aujourd’hui compris. En heures : à la minute près.",
            "In days: whole days of the brand’s zone, today included. In hours: to the minute.",
        ),
        forms.one("since", FieldKind.DATE, "Depuis le", "Since"),
        forms.one("until", FieldKind.DATE, "Jusqu’au", "Until"),
    )  # fmt: skip


def _said_last(span: timedelta, language: str) -> str:
    if span == timedelta(hours=1):
        return _SAID["hour"][language]
    hours, rest = divmod(span, timedelta(hours=1))
    return _SAID["minutes" if rest else "hours"][language].format(span // timedelta(minutes=1) if rest else hours)


def said_span(span: timedelta, language: str) -> str:
    """Say how long a span is."""
    for unit, (fr, en) in _UNITS.items():
        if not span % unit:
            count = span // unit
            return f"{count} {fr if language == 'fr' else en}{'' if count == 1 else 's'}"
    return str(span)


_UNITS: Mapping[timedelta, tuple[str, str]] = {
    timedelta(days=1): ("jour", "day"), timedelta(hours=1): ("heure", "hour"),
    timedelta(minutes=1): ("minute", "minute"), timedelta(seconds=1): ("seconde", "second"),
}  # fmt: skip


def _said_date(day: date, language: str) -> str:
    return f"{day:%d/%m/%Y}" if language == "fr" else day.isoformat()
