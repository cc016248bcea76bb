"""Postal codes: how each country writes them, and which town a French one belongs to, as far as we are told."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from comptoir.errors import ComptoirError
from comptoir.quality.distance import is_one_apart
from comptoir.quality.graded import plain

WRITING: dict[str, re.Pattern[str]] = {
    country: re.compile(pattern)
    for country, pattern in {
        **dict.fromkeys(("FR", "MC", "DE", "IT", "ES", "FI", "HR", "TR", "MA", "TN", "DZ"), r"\d{5}"),
        **dict.fromkeys(("BE", "LU", "CH", "AT", "DK", "NO", "HU", "SI", "BG", "AU", "NZ"), r"\d{4}"),
        "PT": r"\d{4}-\d{3}",
        "NL": r"[1-9]\d{3} [A-Z]{2}",
        "SE": r"\d{3} \d{2}",
        "PL": r"\d{2}-\d{3}",
        "GB": r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}",
        "IE": r"[AC-FHKNPRTV-Y]\d[\dW] [\dAC-FHKNPRTV-Y]{4}",
        "US": r"\d{5}(?:-\d{4})?",
        "CA": r"[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d",
    }.items()
}
"""How a postal code is written, by ISO 3166 code of the country."""

FIVE_DIGITS = frozenset({"DE", "ES", "IT", "US"})
"""Countries whose codes may begin with a zero that spreadsheets lose."""
_CAR_SIGNS = {
    "FR": "F", "MC": "MC", "BE": "B", "CH": "CH", "LU": "L", "DE": "D", "AT": "A", "IT": "I", "ES": "E", "PT": "P",
    "DK": "DK", "SE": "SE?", "NO": "NO?", "FI": "FIN?", "NL": "NL", "PL": "PL", "HU": "H", "SI": "SI", "HR": "HR",
}  # fmt: skip
"""What some write before a code, `D-10115`. Source: UPU, S42; the distinguishing signs of vehicles."""
_SPACED: dict[str, int] = {"NL": 2, "SE": 2, "GB": 3, "IE": 4, "CA": 3}
"""Characters after the space."""
_DASHED: dict[str, int] = {"PT": 3, "PL": 3}
_LIKE_FRANCE = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "PF", "NC", "WF"})
"""France and what dials and posts as France does."""
_OVERSEAS = frozenset({"971", "972", "973", "974", "975", "976", "977", "978", "980", "984", "986", "987", "988"})
_SIGNS = re.compile(r"[\s.\-]+")

_DEPARTMENTS = {
    "ajaccio": "20", "amiens": "80", "angers": "49", "annecy": "74", "antibes": "06", "avignon": "84", "bastia": "20",
    "bayonne": "64", "besancon": "25", "bordeaux": "33", "boulogne billancourt": "92", "bourges": "18", "brest": "29",
    "caen": "14", "cannes": "06", "chambery": "73", "clermont ferrand": "63", "colmar": "68", "creteil": "94",
    "dijon": "21", "dunkerque": "59", "grenoble": "38", "la rochelle": "17", "le havre": "76", "le mans": "72",
    "lille": "59", "limoges": "87", "lorient": "56", "lyon": "69", "marseille": "13", "metz": "57", "montpellier": "34",
    "montreuil": "93", "mulhouse": "68", "nancy": "54", "nanterre": "92", "nantes": "44", "nice": "06", "nimes": "30",
    "orleans": "45", "paris": "75", "pau": "64", "perpignan": "66", "poitiers": "86", "quimper": "29", "reims": "51",
    "rennes": "35", "roubaix": "59", "rouen": "76", "saint etienne": "42", "strasbourg": "67", "toulon": "83",
    "toulouse": "31", "tourcoing": "59", "tours": "37", "troyes": "10", "valence": "26", "vannes": "56",
    "versailles": "78", "villeurbanne": "69", "pointe a pitre": "971", "les abymes": "971", "fort de france": "972",
    "le lamentin": "97", "cayenne": "973", "mamoudzou": "976", "noumea": "988", "papeete": "987",
}  # fmt: skip
"""The first two digits of the postal codes of France's large towns: what is checked without a file. Montreuil, Valence
and Tours are also small places elsewhere, so a town of this table is only ever doubted, never corrected."""


class TownsUnreadable(ComptoirError, ValueError):
    """The file of postal codes and towns cannot be read."""

    code, status = "towns_unreadable", 400
    hint = "It is text in columns with a header line, naming postal code and town; see docs/explanation/quality.md."


@dataclass(frozen=True, slots=True)
class Towns:
    """Which towns a French postal code stands for, from a file that the shop brings; empty without one."""

    by_code: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names as `town_key` writes them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Each of them, as the file writes it."""

    def fits(self, code: str, town: str) -> bool | None:
        """Say whether a French code and a town belong together; None where nothing is known."""
        key, district = town_key(town), _DISTRICT.search(plain(town))
        if not key:
            return None
        if key == "monaco" or code.startswith("980"):
            return key == "monaco" and code.startswith("980")
        known = self.by_code.get(code)
        if known is not None and key not in known:
            return False
        if district is not None and _CEDEX.search(plain(town)) is None and code[:3] in _DISTRICTS:
            return int(code[3:]) == int(district[2])
        if known is not None:
            return True
        department = _DEPARTMENTS.get(key)
        return None if department is None else code.startswith(department)

    def nearest(self, code: str, town: str) -> str:
        """Give the one town of this code that a slip of one letter makes of `town`, else the only one; or nothing."""
        key, known = town_key(town), self.by_code.get(code, frozenset())
        near = [one for one in sorted(known) if is_one_apart(key, one)]
        if len(near) == 1:
            return self.names.get(near[0], "")
        return self.names.get(next(iter(known)), "") if len(known) == 1 else ""


OWN_FILE = "towns.csv"
"""In the home: the file that `comptoir quality towns` has brought."""
NO_TOWNS = Towns()
"""Without a file, only the large towns' departments are known."""

_CODE_NAMES = ("code_postal", "codepostal", "postal_code", "cp", "zip", "code postal")
_TOWN_NAMES = ("nom_de_la_commune", "nom_commune", "libelle_d_acheminement", "libelle_acheminement", "commune", "city",
    "town", "ville", "nomcommune", "ligne_5")  # fmt: skip


def read_towns(path: Path) -> Towns:
    """
    Read a file of postal codes and towns: text in columns, UTF-8 or Windows-1252.

    The base of postal codes of La Poste can be given as it is.

    Raises: TownsUnreadable.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TownsUnreadable(file=str(path), why=str(error)) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    lines = text.splitlines()
    header = lines[0] if lines else ""
    delimiter = max(";,\t|", key=header.count)
    names = [plain(one).replace(" ", "_") for one in next(csv.reader([header], delimiter=delimiter), [])]
    code_at, towns_at = _columns(names)
    if code_at is None or not towns_at:
        raise TownsUnreadable(file=str(path), why="no column is called code_postal, or none is a town", found=names)
    return _gather(csv.reader(lines[1:], delimiter=delimiter), code_at, towns_at)


def _columns(names: list[str]) -> tuple[int | None, list[int]]:
    bare = [one.strip("_#") for one in names]
    code = next((place for place, one in enumerate(bare) if one in _CODE_NAMES), None)
    return code, [place for place, one in enumerate(bare) if one in _TOWN_NAMES]


def _gather(rows: object, code_at: int, towns_at: list[int]) -> Towns:
    by_code: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for row in rows:  # type: ignore[attr-defined]  # csv's reader has no public type
        if len(row) <= max(code_at, *towns_at):
            continue
        code = row[code_at].strip().rjust(5, "0")
        for place in towns_at:
            key = town_key(row[place])
            if key:
                by_code.setdefault(code, set()).add(key)
                names.setdefault(key, row[place].strip())
    return Towns({code: frozenset(towns) for code, towns in by_code.items()}, names)


def without_sign(text: str, country: str) -> str:
    """Take away the sign of the country before a postal code."""
    sign = _CAR_SIGNS.get(country)
    return text if sign is None else re.sub(rf"^{sign}\s?-\s?(?=\d)", "", text, flags=re.IGNORECASE)


def written(text: str, country: str) -> str:
    """Write a postal code as its country does: digits together, the space or dash where it belongs."""
    bare = _SIGNS.sub("", text).upper()
    for signs, sign in ((_SPACED, " "), (_DASHED, "-")):
        if country in signs and len(bare) > signs[country]:
            return f"{bare[: -signs[country]]}{sign}{bare[-signs[country] :]}"
    if country == "US" and len(bare) == 9:
        return f"{bare[:5]}-{bare[5:]}"
    return bare


def is_french(country: str) -> bool:
    """Say whether a country posts as France does."""
    return country in _LIKE_FRANCE


def is_department(code: str) -> bool:
    """Say whether a French postal code begins as one can."""
    return code[:3] in _OVERSEAS or (code[:2] != "00" and "01" <= code[:2] <= "95")


_CEDEX = re.compile(r"\bcedex\b.*$")
_DISTRICT = re.compile(
    r"\b(paris|lyon|marseille)\s+(?:(\d{1,2})(?:\s?(?:e|er|eme|ieme|st|nd|rd|th))?)(?:\s+arrondissement)?$"
)
_DISTRICTS = frozenset({"750", "751", "690", "130"})
"""Where the last two digits of a code are the district."""
_SAINTS = re.compile(r"\b(st|ste|s|sts)\b")
_LONG = {"st": "saint", "ste": "sainte", "sts": "saints", "s": "sur"}


def town_key(town: str) -> str:
    """Write a town so that its spellings are one: small letters, no accents, Saint in full, no Cedex, no district."""
    key = _SAINTS.sub(lambda found: _LONG[found[1]], _CEDEX.sub("", plain(town)).strip())
    return _DISTRICT.sub(r"\1", key).strip()
