"""The words people agree to: versioned, never changed; with texts built in, French and English, for a start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from comptoir.clock import instant, micros
from comptoir.errors import ComptoirError
from comptoir.model.consent import EMAIL, MARKETING, OPEN_TRACKING, SITE, TRACKING
from comptoir.privacy.rows import consent_texts

BUILT_IN = "built-in-1"
"""Version of the texts below; a change of one is a new version, beside the old."""
LANGUAGES = ("fr", "en")
PURPOSES = {MARKETING: EMAIL, OPEN_TRACKING: EMAIL, TRACKING: SITE}
"""Purposes with a built-in text, and their channel."""

_TEXTS = {
    (MARKETING, "fr"): "J’accepte de recevoir les messages commerciaux de {brand} par e-mail. Je peux changer d’avis à "
    "tout moment, en un clic, dans chaque message.",
    (MARKETING, "en"): "I agree to receive marketing e-mails from {brand}. I can change my mind at any time, with one "
    "click, in every message.",
    (OPEN_TRACKING, "fr"): "J’accepte que {brand} sache si j’ouvre ses e-mails, grâce à une image invisible. Sans cet "
    "accord, je reçois les mêmes messages, sans cette image.",
    (OPEN_TRACKING, "en"): "I agree that {brand} may notice whether I open its e-mails, by an invisible image. Without "
    "it I get the same messages, without that image.",
    (TRACKING, "fr"): "J’accepte que {brand} relie ma navigation sur son site à mes achats, pour me faire des "
    "propositions qui me conviennent.",
    (TRACKING, "en"): "I agree that {brand} may join what I do on its site with what I buy, to suggest what suits me.",
}


class TextExists(ComptoirError, ValueError):
    """A text of this brand, purpose, channel, language and version is there already, and no text is ever changed."""

    code, status = "text_exists", 409
    hint = "Give the new wording a new version: people agreed to the old one in its own words."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """One wording that people are asked to agree to."""

    brand: str
    purpose: str
    channel: str
    language: str
    version: str
    text: str


def add(connection: Connection, text: ConsentText, now: datetime) -> None:
    """Add a version; it is the one people are asked to agree to from now on. Raises: TextExists."""
    named = {name: value for name, value in asdict(text).items() if name != "text"}
    done = connection.execute(
        insert(consent_texts).prefix_with("OR IGNORE").values(**asdict(text), added_at=micros(now))
    )
    if not done.rowcount:
        raise TextExists(**named)


def current(connection: Connection, *, brand: str, purpose: str, channel: str, language: str) -> ConsentText | None:
    """Give the newest version in a language, else the built-in one; None where there are no words for that purpose."""
    t = consent_texts.c
    wanted = (t.brand == brand) & (t.purpose == purpose) & (t.channel == channel) & (t.language == language)
    row = connection.execute(
        select(t.version, t.text).where(wanted).order_by(t.added_at.desc(), t.version.desc())
    ).first()
    if row is not None:
        version, words = row
    else:
        version, words = BUILT_IN, _built_in(purpose, language, brand)
    if words is None:
        return None
    return ConsentText(brand=brand, purpose=purpose, channel=channel, language=language, version=version, text=words)


def find(connection: Connection, *, brand: str, purpose: str, channel: str, version: str) -> list[ConsentText]:
    """Give a version in each language it has: the words behind a statement. Order: by language."""
    t = consent_texts.c
    wanted = (t.brand == brand) & (t.purpose == purpose) & (t.channel == channel) & (t.version == version)
    found = connection.execute(select(t.language, t.text).where(wanted).order_by(t.language)).all()
    pairs: Sequence[tuple[str, str | None]] = [(row.language, row.text) for row in found]
    if version == BUILT_IN:
        pairs = [(language, _built_in(purpose, language, brand)) for language in sorted(LANGUAGES)]
    return [
        ConsentText(brand=brand, purpose=purpose, channel=channel, language=language, version=version, text=text)
        for language, text in pairs
        if text is not None
    ]


def listing(connection: Connection, brand: str | None = None) -> list[dict[str, object]]:
    """List the versions that were added. Order: by brand, purpose, channel and language, newest first."""
    t = consent_texts.c
    ask = select(consent_texts).order_by(t.brand, t.purpose, t.channel, t.language, t.added_at.desc())
    found = connection.execute(ask if brand is None else ask.where(t.brand == brand)).mappings()
    return [{**row, "added_at": instant(row["added_at"]).isoformat()} for row in found]


def _built_in(purpose: str, language: str, brand: str) -> str | None:
    words = _TEXTS.get((purpose, language))
    return None if words is None else words.format(brand=brand)
