"""Names of people: forms of address off, capitals put right, particles small, companies and slips noticed."""

from __future__ import annotations

import re
from enum import StrEnum

from comptoir.quality.graded import Graded, Reason, made, plain, refused, tidy, valid, words_of

LONGEST_NAME = 80


class Part(StrEnum):
    """Which part of a name a value is."""

    FIRST = "first_name"
    LAST = "last_name"
    WHOLE = "name"


CIVILITIES: dict[str, str] = {
    **dict.fromkeys(("m", "monsieur", "msr"), "M."),
    **dict.fromkeys(("mr", "mister"), "Mr"),
    **dict.fromkeys(("mme", "madame"), "Mme"),
    **dict.fromkeys(("mlle", "mademoiselle"), "Mlle"),
    **dict.fromkeys(("dr", "docteur", "doctor"), "Dr"),
    **dict.fromkeys(("pr", "professeur"), "Pr"),
    **dict.fromkeys(("prof", "professor"), "Prof."),
    **dict.fromkeys(("me", "maitre"), "Me"),
    "mrs": "Mrs",
    "ms": "Ms",
    "miss": "Miss",
    "mx": "Mx",
    "herr": "Herr",
    "frau": "Frau",
    **dict.fromkeys(("sr", "senor"), "Sr."),
    **dict.fromkeys(("sra", "senora"), "Sra."),
    **dict.fromkeys(("srta", "senorita"), "Srta."),
    **dict.fromkeys(("sig", "signor"), "Sig."),
    **dict.fromkeys(("sigra", "signora"), "Sig.ra"),
    "dhr": "Dhr.",
    **dict.fromkeys(("mevr", "mevrouw"), "Mevr."),
}
"""Forms of address as people type them, in small letters without accents, and the one way each is written."""

_PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "d",
        "von",
        "van",
        "der",
        "den",
        "vom",
        "zu",
        "zum",
        "zur",
        "da",
        "di",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "dalla",
        "e",
        "y",
        "ter",
        "ten",
    ]
)
_SMALL_IN_TOWNS = words_of("de du des en sur sous les lès le la aux au et à lez")
_ELIDED = frozenset("d")
_VOWELS = frozenset("aeiouy")
_COMPANIES = words_of(
    """
    sarl sas sasu eurl sa sci scp scop selarl snc gie ei eirl association asso mairie commune societe ste
    entreprise ets etablissements hopital clinique cabinet agence boulangerie garage restaurant hotel pharmacie
    lycee college ecole syndicat copropriete ltd limited llc inc corp gmbh ag plc bv nv srl spa sprl company
    holding group groupe
    """
)
"""Words that stand in names of companies; those that are family names too (Boulanger, Marchand) are left out."""
_SURE_ALONE = _COMPANIES - {"sa", "ei", "spa", "ag", "inc", "asso", "ste", "garage", "college", "hotel", "group", "ets"}
_PLACEHOLDERS = words_of(
    """
    aa aaa aaaa abc anonyme anonymous asdf azerty client customer inconnu inconnue invite guest na nc neant nom
    none non null prenom qwerty test teste tests testtest undefined unknown user utilisateur xx xxx xxxx zzz
    """
)
FIRST_NAMES: frozenset[str] = words_of(
    """
    adele adrien agathe alain albert alex alexandra alexandre alexis alice aline alison amandine amelie amy
    anais andre andrea andrew angelique anita ann anna anne annie anthony antoine antoinette ariane arnaud
    arthur audrey aurelie aurelien axel baptiste barbara bastien beatrice benjamin benoit bernadette bernard
    bertrand brigitte bruno camille carine carole caroline catherine cecile celia celine chantal charles
    charlotte chloe christelle christian christiane christine christophe claire clara claude claudine clement
    clemence colette corinne cyril damien daniel daniele david deborah delphine denis denise didier dominique
    dorothee edith edouard eleonore elena elisabeth elise elizabeth elodie eloise emilie emily emma emmanuel
    emmanuelle eric estelle esther etienne eugenie eva evelyne fabien fabienne fabrice fanny fatima florence
    florent florian france francine francis francois francoise frederic frederique gabriel gabrielle gaelle gael
    genevieve georges gerard ghislaine gilbert gilles ginette gisele gregory guillaume guy gwenaelle helene
    henri henriette hugo hugues ines irene isabelle jacqueline jacques jade james jane janine jean jeanne
    jeannine jennifer jeremie jeremy jerome jessica joan joel joelle john jonathan joseph josette josiane
    josephine juliette julie julien juliane justine karen karim karine kate katherine kevin khadija laetitia
    lara laura laure laurence laurent lea leila leo leon lila lina linda lise loic louis louise luc lucas lucie
    lucien lucienne ludovic lydia lydie madeleine maelle magali malika manon marc marcel marcelle margaret
    margaux marguerite maria marianne marie marine marion marjorie mark marthe martine mary maryse mathieu
    mathilde matthew matthieu maurice max maxime melanie melissa michael michel michele micheline mickael
    mireille mohamed monique morgane muriel myriam nadia nadine nancy natacha nathalie nathan nicolas nicole
    nina noemie nolwenn odette odile olga olivia olivier oceane pascal pascale patrice patricia patrick paul
    paula paulette pauline peter philippe pierre pierrette quentin rachel rachid raphael raymonde rebecca regine
    remi renee richard robert robin roger roland romain rose roxane ruth sabine sabrina said samantha samuel
    sandra sandrine sarah sebastien serge severine simon simone solange solene sonia sophie stephane stephanie
    steven suzanne sylvain sylvie tatiana theo theodore theophile therese thibault thierry thomas timothee tom
    valentin valentine valerie vanessa veronique vincent virginie viviane william xavier yann yannick yasmine
    yolande youssef yves yvette yvonne zoe
    """
)
"""Frequent first names in France and England, without accents; some are family names too."""
_BOTH = words_of(
    """
    albert alexandre andre antoine arnaud arthur baptiste bastien benoit bernard bertrand charles claude clement
    colette daniel david denis didier etienne fabre florent francois gabriel georges gerard gilbert gilles
    gregory guillaume guy henri hugues jacques james jean joseph julien laurent leon louis luc lucas lucien marc
    marcel mark martine marie mathieu matthieu maurice max michel nicolas olivier pascal patrice paul peter
    philippe pierre raymond remy richard robert robin roger roland rose samuel simon thomas thibault vincent
    william xavier yves france said
    """
)
"""First names that are frequent family names as well: they say nothing of which is which."""

_NAME = re.compile(r"[^\W\d_]+[.]?(?:[ '’·.-]+[^\W\d_]+[.]?)*")
_COUPLE = re.compile(r"\S\s+(?:et|&|and|und)\s+\S|\S\s*[&/]\s*\S", re.IGNORECASE)
"""`Mme et M. Dupont`, `Jean & Marie`; not `y`, which joins the two names of one Spanish person."""
_LOUD = re.compile(r"\b(?:[^\W\d_a-zà-ÿ]{2,}['’ -]?)*[^\W\d_a-zà-ÿ]{3,}\b")
"""The family name of `Jean DUPONT`, and of `d'ARC`."""
_CIVILITY = re.compile(r"([^\W\d_]+)\.?\s+(?=\S)")
_PIECE = re.compile(r"([^\W_]+)")
_LINKS = re.compile(r"\s*-\s*")
_APOSTROPHE = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "´": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-"})  # noqa: RUF001


def grade(text: str, part: Part) -> Graded:
    """Grade a first name, a last name or a whole one. `DE LA TOUR` becomes `de La Tour`, `MCDONALD` `McDonald`."""
    original = text
    text = _LINKS.sub("-", tidy(text).translate(_APOSTROPHE)).strip(" -,;")
    if not text:
        return refused(original, Reason.EMPTY)
    if len(text) > LONGEST_NAME:
        return refused(original, Reason.TOO_LONG)
    if "@" in text or "//" in text or "www." in text.lower() or not any(one.isalpha() for one in text):
        return refused(original, Reason.NOT_A_NAME)
    if _COUPLE.search(text):  # two people: whose name it is cannot be told
        return made(text, original, doubted=(Reason.TWO_PEOPLE, *_doubts(text, part)))
    bare = _without_civility(text)
    corrected: list[Reason] = [Reason.CIVILITY] if bare != text else []
    value = recased(bare)
    if part is not Part.FIRST and value == bare:
        value = _LOUD.sub(_softened, bare)
    if value != bare:
        corrected.append(Reason.LETTER_CASE)
    return made(value, original, corrected=tuple(corrected), doubted=_doubts(value, part))


def grade_civility(text: str) -> Graded:
    """Grade how a person is addressed: one of a few words, or as it came where it is another."""
    tidied = tidy(text)
    if not tidied:
        return refused(text, Reason.EMPTY)
    known = CIVILITIES.get(plain(tidied))
    if known:
        return valid(known, text)
    is_short = len(tidied) <= LONGEST_NAME
    return made(tidied, text, doubted=(Reason.NOT_READABLE,)) if is_short else refused(text, Reason.TOO_LONG)


def grade_company(text: str) -> Graded:
    """Grade the name of a company: its letters are its own, so only spaces are put right."""
    tidied = tidy(text)
    if not tidied:
        return refused(text, Reason.EMPTY)
    if len(tidied) > 2 * LONGEST_NAME:
        return refused(text, Reason.TOO_LONG)
    return made(tidied, text, doubted=(Reason.PLACEHOLDER,) if plain(tidied) in _PLACEHOLDERS else ())


def are_swapped(first: str, last: str) -> bool:
    """Say whether what stands as the last name is a first name, and what stands as the first one is not."""
    given, family = plain(first).partition(" ")[0], plain(last).partition(" ")[0]
    return bool(given and family) and given not in FIRST_NAMES and family in FIRST_NAMES and family not in _BOTH


def recased(name: str, *, is_town: bool = False) -> str:
    """Put capitals right in a name that is all in capitals, or has none; leave any other as it is."""
    letters = [one for one in name if one.isalpha()]
    if len(letters) < 2 or not (name == name.upper() or name == name.lower()):
        return name
    pieces = _PIECE.split(name.lower())
    return "".join(_cased(pieces, place, is_town=is_town) if place % 2 else piece for place, piece in enumerate(pieces))


def _cased(pieces: list[str], place: int, *, is_town: bool) -> str:
    """Give the capital of one piece: its neighbors say whether it is a particle, or begins after an apostrophe."""
    piece, after = pieces[place], pieces[place + 1]
    is_last = place >= len(pieces) - 2
    if piece in _ELIDED and after == "'" and not is_last:
        return piece
    is_small = piece in _SMALL_IN_TOWNS and place > 1 if is_town else piece in _PARTICLES and after == " "
    if is_small and not is_last and len(piece) > 1:
        return piece
    if len(piece) == 2 and not set(piece) & _VOWELS and piece.isascii():
        return piece.upper()  # J.-P., as people write it: JP
    if piece.startswith("mc") and len(piece) > 3:
        return f"Mc{piece[2:].capitalize()}"
    return piece[:1].upper() + piece[1:]


def _softened(found: re.Match[str]) -> str:
    is_company = not _COMPANIES.isdisjoint(plain(found[0]).split())
    return found[0] if is_company else recased(found[0])


def _without_civility(name: str) -> str:
    found = _CIVILITY.match(name)
    while found is not None and plain(found[1]) in CIVILITIES:
        name = name[found.end() :]
        found = _CIVILITY.match(name)
    return name


def _doubts(name: str, part: Part) -> tuple[Reason, ...]:
    words = plain(name).split()
    doubted = []
    if "".join(words) in _PLACEHOLDERS or (len(words) == 1 and len(words[0]) > 2 and len(set(words[0])) == 1):
        doubted.append(Reason.PLACEHOLDER)
    ends = {words[0], words[-1]} if len(words) > 1 else set()
    if (part is not Part.FIRST and ends & _COMPANIES) or (len(words) == 1 and words[0] in _SURE_ALONE):
        doubted.append(Reason.COMPANY)
    if not _NAME.fullmatch(name):
        doubted.append(Reason.NOT_A_NAME)
    if len(words) == 1 and words[0] in CIVILITIES and len(words[0]) < 5:
        doubted.append(Reason.CIVILITY)
    return tuple(doubted)
