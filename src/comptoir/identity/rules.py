"""Guard rails as data: which values identify nobody, and which links may not make one person of two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from comptoir.identity.links import WEAK_FROM, Reason
from comptoir.model.event import Trust
from comptoir.model.identifier import IdentifierKind

BLOCKED: frozenset[str] = frozenset(
    {
        "-1",
        "(none)",
        "(not set)",
        "(null)",
        "[object object]",
        "%5bobject%20object%5d",
        "anonymous",
        "false",
        "guest",
        "n/a",
        "nan",
        "nil",
        "none",
        "null",
        "true",
        "undefined",
        "unknown",
        # and what people write in files
        "anonyme",
        "aucun",
        "aucune",
        "inconnu",
        "inconnue",
        "invité",
        "n.a.",
        "n.c.",
        "n/c",
        "na",
        "nc",
        "neant",
        "non communiqué",
        "non renseigné",
        "néant",
        "sans",
        "vide",
        "xxx",
        "xxxx",
    }
)
"""What broken code, and people in French and English files, write where an identifier should stand, in lower case."""

_AROUND = " \t\r\n\u00a0\"'`“”‘’«»"  # noqa: RUF001 (typographic quotes are what we look for)
_ZEROS = re.compile(r"[0\W_]*")

PER_PROFILE: Mapping[str, int] = {
    IdentifierKind.ACCOUNT: 1,
    IdentifierKind.LOYALTY_CARD: 5,
    IdentifierKind.EMAIL: 5,
    IdentifierKind.PHONE: 5,
    IdentifierKind.EXTERNAL: 100,
    IdentifierKind.DEVICE: 1_000,
    IdentifierKind.ANONYMOUS: 1_000,
}
"""How many identifiers of a kind one person may have."""

THROUGH_A_BROWSER: Mapping[str, int] = {  # and by a public key's word alone
    IdentifierKind.ACCOUNT: 1,
    IdentifierKind.LOYALTY_CARD: 1,
    IdentifierKind.EMAIL: 1,
    IdentifierKind.PHONE: 1,
}
"""How many of them a browser or a device may bring together: people share tablets, so it leads to one person only."""


class Demotion(StrEnum):
    """Why a link is kept but joins nobody."""

    CUT = "cut"
    """Somebody said by hand that the two are not one person."""
    TWO_ACCOUNTS = "two_accounts"
    """Each side is a known account; only a confirmed alias, or a merge by hand, makes one person of two."""
    SHARED_CONTACT = "shared_contact"
    """The contact point already belongs to another account: a couple with one e-mail."""
    SHARED_BROWSER = "shared_browser"
    """The browser or device already leads to another person: two people on one tablet, a kiosk."""
    ONLY_CLAIMED = "only_claimed"
    """A public key brings a person a second e-mail, phone or card: else a stranger could have her mail sent to him."""
    TYPED_CARD = "typed_card"
    """A card number was typed at a till: whoever paid need not be whose card it is."""
    TOO_MANY = "too_many"
    """The profile would have more identifiers of one kind than a person has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The guard rails of one installation."""

    blocked: frozenset[str] = BLOCKED
    """In lower case."""
    own_contacts: frozenset[str] = frozenset()
    """The shop's own e-mails and phones, lower case: they are on many orders and are nobody's."""
    per_profile: Mapping[str, int] = field(default_factory=lambda: PER_PROFILE)
    through_a_browser: Mapping[str, int] = field(default_factory=lambda: THROUGH_A_BROWSER)

    def is_blocked(self, kind: str, value: str) -> bool:
        """Say whether a value identifies nobody."""
        if kind == IdentifierKind.EXTERNAL:
            value = value.partition(":")[2]
        plain = value.strip(_AROUND).lower()
        if not plain or plain in self.blocked or plain in self.own_contacts:
            return True
        return (plain[0] == "0" or not plain[0].isalnum()) and _ZEROS.fullmatch(plain) is not None


RULES = Rules()
"""The defaults."""

_LANE = 20
_MASK = (1 << _LANE) - 1
_TOP = 1 << (_LANE - 1)
_KINDS = tuple(kind.value for kind in IdentifierKind)
_HIGH = sum(_TOP << (_LANE * place) for place in range(len(_KINDS)))

ONE: dict[str, int] = {kind: 1 << (_LANE * place) for place, kind in enumerate(_KINDS)}
"""
The tally of a single node of a kind.

A tally counts a group's nodes by kind in one integer, 20 bits a kind: the tally of a union is a sum, and whether any
limit is passed is one addition and one AND.
"""


def tally(counts: Mapping[str, int]) -> int:
    """Pack counts by kind."""
    return sum(ONE[kind] * count for kind, count in counts.items())


def counts_of(packed: int) -> dict[str, int]:
    """Unpack a tally; kinds that are not there are left out."""
    counts = ((kind, packed >> (_LANE * place) & _MASK) for place, kind in enumerate(_KINDS))
    return {kind: count for kind, count in counts if count}


@dataclass(frozen=True, slots=True)
class _Limits:
    slack: int
    """Added to a tally, it carries into a lane's top bit exactly where that lane passes its limit."""
    lanes: tuple[tuple[int, int, str], ...]


class Guard:
    """Applies the rules to a link that would join two groups."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self._limits: dict[tuple[bool, bool], _Limits | None] = {
            (is_narrow, may_join): self._of(is_narrow=is_narrow, may_join=may_join)
            for is_narrow in (False, True)
            for may_join in (False, True)
        }

    def refusal(self, weakness: int, reason: str, trust: str, ours: int, theirs: int) -> tuple[Demotion, str] | None:
        """
        Say why a link may not join two groups with these tallies, and which kind is the cause; None if it may.

        A limit refuses only where *both* sides have identifiers of the kind. So a refusal, once due, stays due however
        much either side grows: the law on which settling new links without resolving everything again rests.
        """
        if reason == Reason.MANUAL:
            return None
        if reason == Reason.RECEIPT:
            return Demotion.TYPED_CARD, IdentifierKind.LOYALTY_CARD.value
        is_weak = weakness >= WEAK_FROM
        is_claim = trust == Trust.CLAIMED
        may_join = not is_weak and reason == Reason.ALIAS and not is_claim
        limits = self._limits[is_weak or is_claim, may_join]
        if limits is None or not (ours + theirs + limits.slack) & _HIGH:
            return None
        for shift, limit, kind in limits.lanes:
            mine, other = ours >> shift & _MASK, theirs >> shift & _MASK
            if mine and other and mine + other > limit:
                return _why(weakness, kind, is_weak=is_weak, is_claim=is_claim, limit=limit), kind
        return None

    def _of(self, *, is_narrow: bool, may_join: bool) -> _Limits | None:
        limits = dict(self.rules.per_profile)
        if is_narrow:
            limits |= {kind: min(most, limits.get(kind, most)) for kind, most in self.rules.through_a_browser.items()}
        if may_join:
            limits.pop(IdentifierKind.ACCOUNT, None)
        lanes = tuple(
            (_LANE * place, min(limits[kind], _TOP - 1), kind) for place, kind in enumerate(_KINDS) if kind in limits
        )
        return _Limits(sum((_TOP - 1 - limit) << shift for shift, limit, _ in lanes), lanes)


def _why(weakness: int, kind: str, *, is_weak: bool, is_claim: bool, limit: int) -> Demotion:
    if is_weak and limit == 1:
        return Demotion.SHARED_BROWSER
    if kind == IdentifierKind.ACCOUNT:
        return Demotion.TWO_ACCOUNTS if weakness == 0 else Demotion.SHARED_CONTACT
    return Demotion.ONLY_CLAIMED if is_claim and limit == 1 else Demotion.TOO_MANY
