"""Postal addresses: streets and towns cleaned, postal codes checked, and the lines an envelope bears."""

from __future__ import annotations

import re
import unicodedata

from comptoir.quality import postal
from comptoir.quality.graded import Graded, Reason, made, plain, refused, tidy
from comptoir.quality.names import recased
from comptoir.quality.postal import Towns

LINE_CHARACTERS = 38
"""Source: NF Z 10-011, AFNOR: at most 38 characters a line."""
_LONGEST = 200
_SHORT: tuple[tuple[str, str], ...] = (
    ("ALLEES", "ALL"), ("ALLEE", "ALL"), ("APPARTEMENT", "APP"), ("AVENUE", "AV"), ("BATIMENT", "BAT"),
    ("BOULEVARD", "BD"), ("CAPITAINE", "CAP"), ("CENTRE COMMERCIAL", "CCAL"), ("CHEMIN", "CHE"), ("COLONEL", "COL"),
    ("COMMANDANT", "CDT"), ("DOCTEUR", "DR"), ("ESCALIER", "ESC"), ("ESPLANADE", "ESP"), ("ETAGE", "ETG"),
    ("FAUBOURG", "FBG"), ("GENERAL", "GAL"), ("HAMEAU", "HAM"), ("IMMEUBLE", "IMM"), ("IMPASSE", "IMP"),
    ("LIEU DIT", "LD"), ("LIEUTENANT", "LT"), ("LOTISSEMENT", "LOT"), ("MARECHAL", "MAL"), ("PASSAGE", "PAS"),
    ("PLACE", "PL"), ("PRESIDENT", "PDT"), ("PROFESSEUR", "PR"), ("QUARTIER", "QUA"), ("RESIDENCE", "RES"),
    ("ROND POINT", "RPT"), ("ROUTE", "RTE"), ("SAINTE", "STE"), ("SAINT", "ST"), ("SQUARE", "SQ"),
    ("ZONE ARTISANALE", "ZA"), ("ZONE INDUSTRIELLE", "ZI"),
)  # fmt: skip
"""Source: NF Z 10-011, annex, and the abbreviations of the Base Adresse Nationale."""
_LONG: dict[str, str] = {
    "ALL": "ALLEE", "AV": "AVENUE", "AVE": "AVENUE", "BAT": "BATIMENT", "BD": "BOULEVARD", "BLD": "BOULEVARD",
    "BLVD": "BOULEVARD", "BVD": "BOULEVARD", "CHE": "CHEMIN", "CHEM": "CHEMIN", "FBG": "FAUBOURG", "FG": "FAUBOURG",
    "GAL": "GENERAL", "IMM": "IMMEUBLE", "IMP": "IMPASSE", "LOT": "LOTISSEMENT", "MAL": "MARECHAL", "PAS": "PASSAGE",
    "PL": "PLACE", "QU": "QUAI", "RES": "RESIDENCE", "RTE": "ROUTE", "R": "RUE", "SQ": "SQUARE", "ST": "SAINT",
    "STE": "SAINTE", "ZA": "ZONE ARTISANALE", "ZI": "ZONE INDUSTRIELLE",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+)\s*(bis|ter|quater|[a-d])?\b[\s,]*", re.IGNORECASE)
_IN_TOWN = re.compile(r"(?:F-?)?(\d{5})\s+(\D{2,})")
_WITH_TOWN = re.compile(r"(?:F-?)?(\d{5})[\s,]+[^\W\d_].*")
_NO_STREET = re.compile(r"[\W_]*")
_PLACEHOLDERS = frozenset(
    {"na", "n a", "nc", "xxx", "xx", "x", "test", "aucune", "aucun", "inconnu", "neant", "adresse"}
)
_SAINTS = re.compile(r"\b(st|ste)\b[. -]+(?=[^\W\d_])", re.IGNORECASE)
_TO_HYPHEN = re.compile(r"\b(Sainte?)[ ]")


def grade_street(text: str) -> Graded:
    """Grade number and street: spaces and commas put right; what is no address, or too long for a line, is doubted."""
    original, text = text, tidy(text).strip(" ,;")
    if not text or _NO_STREET.fullmatch(text):
        return refused(original, Reason.EMPTY if not text else Reason.NOT_READABLE)
    if len(text) > _LONGEST:
        return refused(original, Reason.TOO_LONG)
    value = re.sub(r"\s*,\s*", ", ", text)
    doubted: tuple[Reason, ...] = ()
    if plain(value) in _PLACEHOLDERS or "@" in value:
        doubted = (Reason.PLACEHOLDER,)
    elif len(line(value)) > LINE_CHARACTERS:
        doubted = (Reason.TOO_WIDE,)
    return made(value, original, doubted=doubted)


def grade_postal_code(text: str, country: str) -> Graded:
    """Grade a postal code as its country writes them; a French one that lost its first zero gets it back."""
    original, text = text, tidy(text)
    if not text:
        return refused(original, Reason.EMPTY)
    slips: tuple[Reason, ...] = ()
    wrapped = _WITH_TOWN.fullmatch(text) if postal.is_french(country) else None
    if wrapped is not None:
        text, slips = wrapped[1], (Reason.WRAPPED,)
    if len(text) > 12:
        return refused(original, Reason.TOO_LONG)
    code = postal.written(postal.without_sign(text.removesuffix(".0"), country), country)
    if postal.is_french(country):
        found = re.fullmatch(r"F?(\d{4,5})", code)
        if found is None:
            return refused(original, Reason.NOT_READABLE)
        code = found[1].rjust(5, "0")
        slips = (*slips, Reason.LOST_ZERO) if len(found[1]) == 4 else slips
        doubted = () if postal.is_department(code) else (Reason.NOT_ASSIGNED,)
        return made(code, original, corrected=slips, doubted=doubted)
    if country in postal.FIVE_DIGITS and len(code) == 4 and code.isdigit():
        code, slips = f"0{code}", (Reason.LOST_ZERO,)
    writing = postal.WRITING.get(country)
    if writing is None or writing.fullmatch(code):
        return made(code if writing else text, original, corrected=slips)
    return made(code or text, original, doubted=(Reason.WRONG_COUNTRY,))


def grade_town(text: str, country: str) -> Graded:
    """Grade a town: capitals put right, `St` written out in France; a postal code in it is doubted."""
    original, text = text, tidy(text).strip(" ,;-")
    if not text:
        return refused(original, Reason.EMPTY)
    if len(text) > _LONGEST // 2:
        return refused(original, Reason.TOO_LONG)
    if not any(one.isalpha() for one in text):
        return refused(original, Reason.NOT_READABLE)
    found = _IN_TOWN.fullmatch(text) if postal.is_french(country) else None
    if found is not None:
        return made(text, original, doubted=(Reason.NOT_READABLE,), proposal=_cased(found[2].strip(), country))
    value = _cased(text, country)
    slips = (Reason.LETTER_CASE,) if value.casefold() == text.casefold() and value != text else ()
    doubted = (Reason.PLACEHOLDER,) if plain(value) in _PLACEHOLDERS else ()
    return made(value, original, corrected=slips, doubted=doubted)


def check_town(town: Graded, code: str, towns: Towns) -> Graded:
    """Doubt a town that does not belong to its French postal code; propose the one a slip away, or the only one."""
    if towns.fits(code, town.value) is not False:
        return town
    return Graded(
        value=town.value,
        original=town.original,
        grade=town.grade.DOUBTFUL,
        reasons=(*town.reasons, Reason.WRONG_TOWN),
        proposal=towns.nearest(code, town.value),
    )


def line(text: str) -> str:
    """Write an address line as an envelope bears it: capitals, no accents, no signs, shortened if it is too long."""
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE")).upper()
    words = "".join(one if one.isalnum() or one == "/" else " " for one in bare if not unicodedata.combining(one))
    whole = " ".join(words.split())
    for long, short in _SHORT:
        if len(whole) <= LINE_CHARACTERS:
            break
        whole = re.sub(rf"\b{long}\b", short, whole)
    return whole


def lines(*, street: str, code: str, town: str) -> tuple[str, ...]:
    """Write the lines of an envelope below the name. Source: NF Z 10-011: capitals, no signs, 38 characters a line."""
    written = (line(street), line(f"{code} {town}"))
    return tuple(one for one in written if one)


def key(street: str) -> str:
    """Write a street so that its spellings are one: number first, kinds of streets in full, no signs."""
    words = line(street).split()
    whole = " ".join(_LONG.get(word, word) for word in words)
    found = _NUMBER.match(whole)
    if found is None:
        return whole
    return f"{found[1]}{(found[2] or '')[:1].upper()} {whole[found.end() :]}".strip()


def _cased(town: str, country: str) -> str:
    if not postal.is_french(country):
        return recased(town, is_town=True)
    whole = _SAINTS.sub(lambda found: "Sainte " if found[1].lower() == "ste" else "Saint ", recased(town, is_town=True))
    return _TO_HYPHEN.sub(r"\1-", whole)
