"""What became of one value of a field: how it is written now, how good it is, and why."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 1_000
"""Characters of a value that are looked at; what is longer is no field of a person."""
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})


class Grade(StrEnum):
    """How good a value is. Order: best first."""

    VALID = "valid"
    """As it should be; it may be written in another way than it came."""
    CORRECTED = "corrected"
    """It held a mistake with one safe remedy, which was applied; what came is kept beside it."""
    DOUBTFUL = "doubtful"
    """It can be used, but somebody should look; where there is a better guess, it is proposed and not applied."""
    REFUSED = "refused"
    """It cannot be what the field is for; it is kept and used for nothing."""


class Reason(StrEnum):
    """Why a value was graded so."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_READABLE = "not_readable"
    """It is not written as values of this field are."""
    PLACEHOLDER = "placeholder"
    """What people type to get on: test, xxx, 0600000000."""
    PUNCTUATION = "punctuation"
    """A slip of the keyboard: a comma for a point, a sign too many, a space inside."""
    WRAPPED = "wrapped"
    """Something stood around it: a name, `mailto:`, a form of address."""
    TYPO_DOMAIN = "typo_domain"
    """The domain is a mistyped one of a large mail provider."""
    NEAR_DOMAIN = "near_domain"
    """The domain is one letter away from that of a large mail provider, and may be right all the same."""
    DISPOSABLE = "disposable"
    """A mailbox that is thrown away after use."""
    ROLE = "role"
    """An address of a function (contact@, info@), read by several people."""
    ACCENT = "accent"
    """An accent where hardly any mail provider takes one."""
    LOST_ZERO = "lost_zero"
    """The first zero is missing, as spreadsheets make it."""
    LOST_PLUS = "lost_plus"
    """The sign + before the code of the country is missing."""
    LETTER_FOR_DIGIT = "letter_for_digit"
    """The letter O stands where a zero is meant, or l where a one is."""
    NOT_ASSIGNED = "not_assigned"
    """It has the right length, but such numbers are given to nobody."""
    NO_PERSON = "no_person"
    """A number of a service, at a special price or free, that no person is reached at."""
    LETTER_CASE = "letter_case"
    """It was all in capitals, or had none."""
    CIVILITY = "civility"
    """A form of address (M., Mme, Dr) stood in the name."""
    SWAPPED = "swapped"
    """First and last name seem to have changed places."""
    COMPANY = "company"
    """The name of a company stands where a person's is asked for."""
    NOT_A_NAME = "not_a_name"
    """Digits or signs that no name holds."""
    TWO_PEOPLE = "two_people"
    """Two people share the field: Mme et M. Dupont."""
    SEVERAL = "several"
    """Several values stand in the field; the first is used, or proposed."""
    IMPLAUSIBLE = "implausible"
    """A date that cannot be true of a customer: in the future, or more than 120 years ago."""
    AMBIGUOUS = "ambiguous"
    """A date that can be read in two ways, day first or month first."""
    DEFAULT_DATE = "default_date"
    """A date that forms fill in by themselves: 1 January 1900 or 1970."""
    CHECKSUM = "checksum"
    """The digits that check the others do not."""
    WRONG_TOWN = "wrong_town"
    """Postal code and town do not belong together."""
    WRONG_COUNTRY = "wrong_country"
    """It is not written as in that country."""
    TOO_WIDE = "too_wide"
    """Longer than the 38 characters of an address line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """
    One value, graded.

    `value` is what is used from here on, empty where it is refused; `original` is what came, to the letter.
    """

    value: str
    original: str
    grade: Grade
    reasons: tuple[Reason, ...] = ()
    proposal: str = ""
    """A better guess that is too unsure to be applied."""
    detail: str = ""
    """What else the value tells: `mobile` or `landline` of a telephone number."""

    @property
    def is_told(self) -> bool:
        """Say whether there is anything to tell: it was changed, or is not simply valid."""
        return self.grade is not Grade.VALID or self.value != self.original


def valid(value: str, original: str, *, detail: str = "") -> Graded:
    """Grade a value as valid."""
    return Graded(value=value, original=original, grade=Grade.VALID, detail=detail)


def refused(original: str, *reasons: Reason) -> Graded:
    """Grade a value as refused."""
    return Graded(value="", original=original, grade=Grade.REFUSED, reasons=reasons)


def made(
    value: str,
    original: str,
    *,
    corrected: tuple[Reason, ...] = (),
    doubted: tuple[Reason, ...] = (),
    proposal: str = "",
    detail: str = "",
) -> Graded:
    """Grade a value by what was corrected in it and what is doubted of it: a doubt weighs more."""
    grade = Grade.DOUBTFUL if doubted else Grade.CORRECTED if corrected else Grade.VALID
    reasons = tuple(dict.fromkeys((*doubted, *corrected)))
    return Graded(value=value, original=original, grade=grade, reasons=reasons, proposal=proposal, detail=detail)


def words_of(text: str) -> frozenset[str]:
    """Give the words of a text: a table of many words is read more easily as one."""
    return frozenset(text.split())


def tidy(text: str) -> str:
    """
    Compose accents, drop what cannot be seen, make one plain space of any run of spaces, and trim.

    Units: at most `LONGEST` characters come back, and one more where the text is longer.
    """
    text = text[: LONGEST + 1]
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    seen = "".join(" " if one.isspace() else one for one in text)
    kept = "".join(one for one in seen if unicodedata.category(one) not in _INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def plain(text: str) -> str:
    """Write a text without accents, in lower case, with single spaces for all that is no letter or digit."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    words = "".join(one if one.isalnum() else " " for one in bare if not unicodedata.combining(one))
    return " ".join(words.split())
