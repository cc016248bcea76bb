"""What the texts of a column look like: an address, a number, a day, a bar code. A column's name may say nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from comptoir.model import money
from comptoir.quality.names import CIVILITIES
from comptoir.sources.aliases import bare
from comptoir.sources.forms import Bad, Form, Writing, reader
from comptoir.sources.kinds import Field

SHARE = 0.9
"""Of the texts of a column so many must look like something, so that the column is taken for it."""
LEAST = 3
"""Below so many texts, nothing is guessed."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_PHONE = re.compile(r"(?:\+|00)[1-9][0-9 .()/-]{7,18}|0[1-9](?:[ ./-]?[0-9]{2}){4}|0[0-9]{3,4} [0-9]{3} ?[0-9]{3,4}")
_EAN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
_LANGUAGES = frozenset({"fr", "en", "de", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "nb", "cs", "hu", "ro", "el"})
_COUNTRIES = frozenset({
    "FR", "BE", "CH", "LU", "DE", "AT", "ES", "IT", "PT", "NL", "GB", "UK", "IE", "DK", "SE",
    "NO", "FI", "PL", "CZ", "HU", "RO", "GR", "US", "CA", "MC", "AD", "RE", "GP", "MQ", "GF",
})  # fmt: skip
_NUMBER = re.compile(r"[+-]?[0-9][0-9 .,\u00a0\u202f\u2009]*(?:\s*(?:€|£|\$))?")
DATE_FORMATS = (
    None,
    "%Y-%m-%d %H:%M:%S UTC",
    *(day + time for day in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y")
      for time in ("", " %H:%M", " %H:%M:%S")),
    "words",
    "excel",
    "unix",
    "unix_ms",
)  # fmt: skip
"""How dates may be written. Order: the likeliest first."""
_HOUR = re.compile(r"[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2})?")
_CODE = re.compile(r"\b[A-Z]{3}\b")
_SIGNS = {"€": "EUR", "£": "GBP"}
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PLAUSIBLE = {"excel": (20_000, 80_000), "unix": (10**8, 10**10), "unix_ms": (10**11, 10**13)}
"""What bare numbers must lie between to be taken for dates: 1954 to 2119, 1973 to 2286."""


def is_email(texts: Sequence[str]) -> bool:
    """Say whether these look like e-mail addresses."""
    return _mostly(texts, lambda text: _EMAIL.fullmatch(text) is not None)


def is_phone(texts: Sequence[str]) -> bool:
    """Say whether these look like telephone numbers."""
    return _mostly(texts, lambda text: _PHONE.fullmatch(text) is not None)


def is_ean(texts: Sequence[str]) -> bool:
    """Say whether these are bar codes, whose last digit checks the others. Source: GS1 General Specifications, 7.9."""
    return _mostly(texts, _is_ean)


def is_currency(texts: Sequence[str]) -> bool:
    """Say whether these are codes of currencies."""
    return _mostly(texts, lambda text: text.upper() in money.EXPONENT)


def is_country(texts: Sequence[str]) -> bool:
    """Say whether these are codes of countries."""
    return _mostly(texts, lambda text: text in _COUNTRIES)


def is_language(texts: Sequence[str]) -> bool:
    """Say whether these are codes of languages."""
    return _mostly(texts, lambda text: _LANGUAGE.fullmatch(text) is not None and text[:2] in _LANGUAGES)


def is_date(texts: Sequence[str]) -> bool:
    """Say whether these can all be read as dates in one way; bare numbers are none, unless they are plausible."""
    return len(texts) >= LEAST and bool(date_formats(texts))


LOOKS: Mapping[str, Callable[[Sequence[str]], bool]] = {
    "email": is_email,
    "phone": is_phone,
    "currency": is_currency,
    "country": is_country,
    "language": is_language,
    "product_id": is_ean,
    "occurred_at": is_date,
}
"""Fields that can be told by their values."""


def may_be(field: Field, texts: Sequence[str]) -> bool:
    """Say whether a column of that name can be the field, by its values: a name alone may mean another thing."""
    if not texts:
        return True
    if field.name == "title":
        return any(bare(text) in CIVILITIES for text in texts)
    if field.name == "user_id":  # a column `Client` may hold names, and two people of one name are not one
        return sum(" " in text.strip() or "@" in text for text in texts) * 2 < len(texts)
    match field.form:
        case Form.EMAIL:
            return any("@" in text for text in texts)
        case Form.AMOUNT | Form.NUMBER | Form.RETURNED | Form.INTEGER:
            return sum(any(one.isdigit() for one in text) for text in texts) * 2 >= len(texts)
        case Form.BOOLEAN:
            read = reader(Form.BOOLEAN, Writing())
            return not any(isinstance(read(text), Bad) for text in texts)
        case Form.INSTANT | Form.DATE:
            return not all(_HOUR.fullmatch(text) for text in texts)
    return True


def currency_of(columns: Sequence[str], texts: Sequence[str]) -> str | None:
    """Give the one currency that columns of sums name, or whose sign stands beside the sums; dollars are several."""
    named = {code for column in columns for code in _CODE.findall(column) if code in money.EXPONENT}
    signs = {_SIGNS[one] for text in texts for one in text if one in _SIGNS}
    found = named or signs
    return next(iter(found)) if len(found) == 1 else None


def word_for(text: str, words: Collection[str]) -> str | None:
    """Say which of a field's words a text means, in French or English; None where nobody knows."""
    plain = bare(text)
    known = {bare(word): word for word in words}
    meant = [word for word, others in _SYNONYMS.items() if word in words and plain in others.split()]
    return known.get(plain) or (meant[0] if meant else None)


_SYNONYMS = {
    "granted": "oui yes 1 true accorde accepte optin inscrit abonne subscribed given",
    "withdrawn": "non no 0 false retire refuse optout desinscrit desabonne unsubscribed revoked",
    "email": "mail courriel emailaddress", "phone": "telephone tel sms mobile",
    "sent": "envoye envoi delivered delivre livre send delivery",
    "opened": "ouvert ouverture open ouverte nouveau nouvelle new", "clicked": "clic click clique",
    "bounced": "bounce hardbounce softbounce erreur npai rebond rejete",
    "unsubscribed": "unsubscribe desinscription desabonnement desinscrit desabonne optout",
    "complained": "complaint spam plainte spamreport",
    "ready": "pret prete disponible aretirer available",
    "collected": "retire retiree recupere recuperee remis pickedup",
    "not_collected": "nonretire nonretiree expire expired", "cancelled": "annule annulee canceled resilie resiliee",
    "started": "debut souscrit souscription cree active created start", "renewed": "renouvele renouvellement renewal",
    "paused": "pause suspendu suspendue suspended", "resumed": "repris reprise reactive resume",
    "ended": "termine terminee fini fin expired expire", "answered": "repondu repondue reponse replied encours pending",
    "reopened": "rouvert rouverte", "closed": "clos close ferme fermee resolu resolue solved resolved termine",
}  # fmt: skip
"""What shops write for the words of fields, without case, accents and marks."""


def date_formats(texts: Sequence[str]) -> list[str | None]:
    """List the ways in which all of these can be read as dates. Order: the likeliest first."""
    return [one for one in DATE_FORMATS if texts and _fits(texts, one)]


def twin(date_format: str | None) -> str | None:
    """Give the way in which the same texts may be other days: day and month the other way round."""
    if date_format is None or "%d" not in date_format or date_format.startswith("%Y"):
        return None
    return date_format.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m")


def number_writing(texts: Sequence[str]) -> tuple[str, str]:
    """
    Say which mark stands before decimals, and which groups thousands, in these texts all together.

    A comma is the decimal mark if more texts can be read with it; a mark that groups is one that always stands before
    three digits, and on the other side of the decimal mark.
    """
    numbers = [text for text in texts if _NUMBER.fullmatch(text)]
    choices = (".", ""), (",", ""), (".", ","), (",", ".")

    def unreadable(choice: tuple[str, str]) -> int:
        decimal, thousands = choice
        if thousands and any(not _is_grouped(text, thousands, decimal) for text in numbers):
            return len(numbers)
        read = reader(Form.AMOUNT, Writing(decimal=decimal, thousands=thousands))
        return sum(isinstance(read(text), Bad) for text in numbers)

    return min(choices, key=unreadable)


def values_of(texts: Sequence[str], date_format: str | None) -> list[object]:
    """Read dates in one way."""
    read = reader(Form.INSTANT, Writing(date_format=date_format))
    return [read(text) for text in texts]


def _fits(texts: Sequence[str], date_format: str | None) -> bool:
    between = _PLAUSIBLE.get(date_format or "")
    if between is not None:
        low, high = between
        return all(_PLAIN_NUMBER.fullmatch(text) and low <= float(text) <= high for text in texts)
    if date_format is None and all(text.isdecimal() for text in texts):
        return all(len(text) == len("20260403") and text[:2] in {"19", "20"} for text in texts) and not any(
            isinstance(value, Bad) for value in values_of(texts, None)
        )
    return not any(isinstance(value, Bad) for value in values_of(texts, date_format))


def _mostly(texts: Sequence[str], looks: Callable[[str], bool]) -> bool:
    return len(texts) >= LEAST and sum(map(looks, texts)) >= SHARE * len(texts)


def _is_ean(text: str) -> bool:
    if not _EAN.fullmatch(text):
        return False
    digits = [int(one) for one in reversed(text)]
    return sum(digits[::2]) % 10 == -3 * sum(digits[1::2]) % 10


def _is_grouped(text: str, thousands: str, decimal: str) -> bool:
    if thousands not in text:
        return True
    whole, _, rest = text.partition(decimal)
    return (
        thousands not in rest
        and re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+(?:\s*[€£$])?", whole) is not None
    )
