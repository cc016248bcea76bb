"""Codes: countries by their names in French and English, languages, currencies."""

from __future__ import annotations

import re

from comptoir.model import money
from comptoir.quality.graded import Graded, Reason, made, plain, refused, tidy, valid

_NAMES = {
    "AD": "andorre|andorra", "AE": "emirats arabes unis|united arab emirates", "AT": "autriche|austria|osterreich",
    "AU": "australie|australia", "BE": "belgique|belgium|belgie", "BG": "bulgarie|bulgaria",
    "BR": "bresil|brazil", "CA": "canada", "CH": "suisse|switzerland|schweiz", "CI": "cote d ivoire|ivory coast",
    "CM": "cameroun|cameroon", "CN": "chine|china", "CY": "chypre|cyprus",
    "CZ": "republique tcheque|rep tcheque|tchequie|czech republic|czechia", "DE": "allemagne|germany|deutschland",
    "DK": "danemark|denmark", "DZ": "algerie|algeria", "EE": "estonie|estonia", "ES": "espagne|spain|espana",
    "FI": "finlande|finland", "FR": "france|corse|france metropolitaine|fra|republique francaise",
    "GB": "royaume uni|united kingdom|great britain|grande bretagne|angleterre|england|uk|gbr|ecosse|scotland",
    "GF": "guyane|guyane francaise|french guiana", "GP": "guadeloupe", "GR": "grece|greece",
    "HR": "croatie|croatia", "HU": "hongrie|hungary", "IE": "irlande|ireland", "IL": "israel", "IN": "inde|india",
    "IS": "islande|iceland", "IT": "italie|italy|italia", "JP": "japon|japan", "LB": "liban|lebanon",
    "LT": "lituanie|lithuania", "LU": "luxembourg", "LV": "lettonie|latvia", "MA": "maroc|morocco", "MC": "monaco",
    "MG": "madagascar", "MQ": "martinique", "MT": "malte|malta", "MU": "maurice|ile maurice|mauritius",
    "MX": "mexique|mexico", "NC": "nouvelle caledonie|new caledonia",
    "NL": "pays bas|netherlands|the netherlands|hollande|holland|nederland", "NO": "norvege|norway",
    "NZ": "nouvelle zelande|new zealand", "PF": "polynesie francaise|french polynesia|tahiti",
    "PL": "pologne|poland", "PM": "saint pierre et miquelon", "PT": "portugal", "RE": "la reunion|reunion",
    "RO": "roumanie|romania", "RS": "serbie|serbia", "RU": "russie|russia", "SE": "suede|sweden",
    "SG": "singapour|singapore",
    "SI": "slovenie|slovenia", "SK": "slovaquie|slovakia", "SN": "senegal", "TN": "tunisie|tunisia",
    "TR": "turquie|turkey|turkiye", "UA": "ukraine",
    "US": "etats unis|united states|united states of america|usa|u s a|u s|etats unis d amerique",
    "YT": "mayotte", "ZA": "afrique du sud|south africa",
}  # fmt: skip
COUNTRY_OF: dict[str, str] = {name: code for code, names in _NAMES.items() for name in names.split("|")}
"""Country → its ISO 3166 code, by its name in French or English, without accents."""

_CODE = re.compile(r"[A-Za-z]{2}")
_ALIASES = {"UK": "GB", "EL": "GR"}
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{2,8})*")
_LANGUAGE_NAMES = {
    "francais": "fr", "french": "fr", "anglais": "en", "english": "en", "allemand": "de", "german": "de",
    "espagnol": "es", "spanish": "es", "italien": "it", "italian": "it", "neerlandais": "nl", "dutch": "nl",
    "portugais": "pt", "portuguese": "pt", "deutsch": "de", "espanol": "es", "castellano": "es", "italiano": "it",
    "nederlands": "nl", "portugues": "pt", "fra": "fr", "fre": "fr", "eng": "en", "deu": "de", "ger": "de",
    "spa": "es", "ita": "it", "nld": "nl", "dut": "nl", "por": "pt",
}  # fmt: skip
_SYMBOLS = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "£": "GBP", "$": "USD", "US$": "USD", "FRS": "CHF"}
_LONGEST = 60


def grade_country(text: str) -> Graded:
    """Grade a country: its ISO 3166 code, found by its name in French or English too."""
    tidied = tidy(text)
    if not tidied:
        return refused(text, Reason.EMPTY)
    if _CODE.fullmatch(tidied):
        code = tidied.upper()
        return valid(_ALIASES.get(code, code), text)
    known = COUNTRY_OF.get(plain(tidied))
    if known:
        return valid(known, text)
    is_short = len(tidied) <= _LONGEST
    return made(tidied, text, doubted=(Reason.NOT_READABLE,)) if is_short else refused(text, Reason.TOO_LONG)


def grade_language(text: str) -> Graded:
    """Grade a language, as ISO 639 or a tag that begins so; its name in French or English is understood."""
    tidied = tidy(text)
    if not tidied:
        return refused(text, Reason.EMPTY)
    known = _LANGUAGE_NAMES.get(plain(tidied))
    if known:
        return valid(known, text)
    if _LANGUAGE.fullmatch(tidied):
        return valid(tidied, text)
    return refused(text, Reason.NOT_READABLE)


def grade_currency(text: str) -> Graded:
    """Grade a currency: its ISO 4217 code; a sign that can mean but one is corrected."""
    tidied = tidy(text).upper()
    if not tidied:
        return refused(text, Reason.EMPTY)
    if tidied in money.EXPONENT:
        return valid(tidied, text)
    if tidied in _SYMBOLS:
        return made(_SYMBOLS[tidied], text, corrected=(Reason.NOT_READABLE,))
    return refused(text, Reason.NOT_READABLE)
