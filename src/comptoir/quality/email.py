"""E-mail addresses: syntax as people use it, mistyped domains, thrown-away mailboxes, functions instead of people."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import lru_cache

import idna

from comptoir.quality import mailers
from comptoir.quality.distance import is_one_apart
from comptoir.quality.graded import Graded, Reason, made, refused, tidy

LONGEST_ADDRESS = 254
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 253
LONGEST_LABEL = 63
_WORTH_A_GUESS = 7
"""Letters of a provider's domain from which a slip of one letter is worth a proposal: `free.fr` has seven."""

_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_ENDING = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+")
_CLEAN = re.compile(r"[a-z0-9_-]+(?:[.+][a-z0-9_-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
"""An address of plain signs, which hides no slip of the keyboard."""
_NAMED = re.compile(r"[^<>@]*<\s*([^<>]+?)\s*>")
_AT = re.compile(r"\s*[\[({]\s*(?:at|arobase|chez)\s*[\])}]\s*", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:[;,/|]|\bou\b|\bor\b)\s*|\s+")
_AROUND = " \t\"'`“”‘’«»<>()[],;:."  # noqa: RUF001 (typographic quotes are what we look for)
_WIDE = str.maketrans({"＠": "@", "．": ".", "，": ","})  # noqa: RUF001 (full-width signs are what we look for)
_PLACEHOLDERS = frozenset({"test@test.com", "test@test.fr", "a@a.com", "a@a.fr", "email@email.com", "aaa@aaa.com"})
_NOBODY = frozenset({"noreply", "no-reply", "donotreply", "nepasrepondre", "ne-pas-repondre"})


def grade(text: str) -> Graded:
    """
    Grade an e-mail address.

    Source: RFC 5321 and 5322 for what is valid, without quoted names and numbers for domains, which no customer has;
    RFC 6531 for letters beyond ASCII; RFC 5891 for domains in other scripts, which are written out.
    """
    original, text = text, tidy(text)
    if len(text) > LONGEST_ADDRESS * 2:
        return refused(original, Reason.TOO_LONG)
    plain = text.lower()
    bare, slips = (plain, ()) if _CLEAN.fullmatch(plain) else _bare(text)
    if not bare:
        return refused(original, Reason.EMPTY if not text else Reason.NOT_READABLE)
    local, at, domain = bare.rpartition("@")
    if not at or not _is_local(local):
        return _several(plain, original)
    domain = _written_out(domain)
    if "." not in domain and domain in mailers.ENDINGS_OF_MAILERS:
        whole = f"{local}@{mailers.ENDINGS_OF_MAILERS[domain]}"
        return made(bare, original, doubted=(Reason.NOT_READABLE,), proposal=whole)
    if not _is_domain(domain):
        meant = _cut_short(domain)
        hopeless = refused(original, Reason.NOT_READABLE)
        return replace(hopeless, proposal=f"{local}@{meant}") if meant else hopeless
    if len(local.encode()) > LONGEST_LOCAL or len(f"{local}@{domain}".encode()) > LONGEST_ADDRESS:
        return refused(original, Reason.TOO_LONG)
    return _judged(local, domain, original, slips)


def masked(address: str) -> str:
    """Write an address so that its owner knows it and nobody else learns it: `a…n@gmail.com`."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "…"
    shown = local[:1] + "…" + (local[-1:] if len(local) > 3 else "")
    return f"{shown}@{domain}"


def domain_of(address: str) -> str:
    """Give what stands after the @."""
    return address.rpartition("@")[2]


def is_typo(graded: Graded) -> bool:
    """Say whether another domain was put in the place of the one typed: then who typed it may still be another."""
    return Reason.TYPO_DOMAIN in graded.reasons


def as_typed(graded: Graded) -> str:
    """Give the address with its slips mended but the domain that was typed; empty where nothing can be read."""
    bare, _ = _bare(tidy(graded.original))
    local, _, domain = bare.rpartition("@")
    return f"{local}@{_written_out(domain)}" if local else ""


def _judged(local: str, domain: str, original: str, slips: tuple[Reason, ...]) -> Graded:
    doubted: list[Reason] = []
    proposal = ""
    right, near = _meant(domain)
    if right:
        domain, slips = right, (*slips, Reason.TYPO_DOMAIN)
    if near:
        doubted.append(Reason.NEAR_DOMAIN)
        proposal = f"{local}@{near}"
    if not local.isascii():
        doubted.append(Reason.ACCENT)
        unaccented = _unaccented(local)
        if unaccented.isascii() and _is_local(unaccented):
            proposal = f"{unaccented}@{near or domain}"
    if _is_disposable(domain):
        doubted.append(Reason.DISPOSABLE)
    if local in mailers.ROLES:
        doubted.append(Reason.ROLE)
    if f"{local}@{domain}" in _PLACEHOLDERS:
        doubted.append(Reason.PLACEHOLDER)
    return made(f"{local}@{domain}", original, corrected=slips, doubted=tuple(doubted), proposal=proposal)


def _bare(text: str) -> tuple[str, tuple[Reason, ...]]:
    """Take away what stands around an address and mend slips of the keyboard that can mean but one thing."""
    slips: list[Reason] = []
    wide = text.translate(_WIDE)
    named = _NAMED.fullmatch(wide)
    bare = named[1] if named else wide
    if bare[:7].lower() == "mailto:":
        bare = bare[7:].partition("?")[0]
    if bare != wide:
        slips.append(Reason.WRAPPED)
    trimmed = _AT.sub("@", bare.strip(_AROUND)) if "@" not in bare else bare.strip(_AROUND)
    mended = re.sub(r"\s*([@.])\s*", r"\1", trimmed)
    mended = re.sub(r"@+", "@", mended)
    local, at, domain = mended.rpartition("@")
    if at:
        mended = f"{local}@{re.sub(r'[.,;]+', '.', domain).strip('.')}"
    if mended != bare:
        slips.append(Reason.PUNCTUATION)
    return unicodedata.normalize("NFC", mended.lower()), tuple(slips)


def _is_local(local: str) -> bool:
    return _ATOM.fullmatch(local) is not None and "\u0131" not in local


@lru_cache(maxsize=50_000)
def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > LONGEST_DOMAIN or not _ENDING.fullmatch(labels[-1]):
        return False
    if not all(_LABEL.fullmatch(label) and "_" not in label for label in labels):
        return False
    if domain.isascii():
        return all(len(label) <= LONGEST_LABEL for label in labels)
    try:
        return len(idna.encode(domain)) <= LONGEST_DOMAIN
    except idna.IDNAError:
        return False


def _written_out(domain: str) -> str:
    """Write a domain in its own script where it came in the form that machines use."""
    if "xn--" not in domain:
        return domain
    try:
        return unicodedata.normalize("NFC", idna.decode(domain).lower())
    except idna.IDNAError:
        return domain


@lru_cache(maxsize=50_000)
def _meant(domain: str) -> tuple[str, str]:
    """Give the domain that a known mistyping stands for, and the provider that one is a letter away from."""
    right = _mistyped(domain)
    return right, "" if right else _near(domain)


def _mistyped(domain: str) -> str:
    if domain in mailers.MISTYPED:
        return mailers.MISTYPED[domain]
    name, _, ending = domain.rpartition(".")
    meant = mailers.NO_ENDINGS.get(ending)
    whole = f"{name}.{meant}"
    return whole if meant and whole in mailers.MAILERS else ""


def _near(domain: str) -> str:
    """Find the one provider a slip of a letter away; none where there are two, or the domain is real itself."""
    if domain in mailers.MAILERS or domain in mailers.NEAR_BUT_REAL or _is_disposable(domain):
        return ""
    found = [one for one in mailers.MAILERS if len(one) >= _WORTH_A_GUESS and is_one_apart(domain, one)]
    return found[0] if len(found) == 1 else ""


@lru_cache(maxsize=50_000)
def _is_disposable(domain: str) -> bool:
    labels = domain.split(".")
    return any(".".join(labels[start:]) in mailers.DISPOSABLE for start in range(len(labels) - 1))


def _several(text: str, original: str) -> Graded:
    """Refuse what is no address; of several in one field, the first is proposed."""
    found = _SEVERAL.split(text) if text.count("@") > 1 else []
    if len(found) > 1 and all(_CLEAN.fullmatch(one) for one in found):
        return replace(refused(original, Reason.SEVERAL), proposal=found[0])
    return refused(original, Reason.NOT_READABLE)


@lru_cache(maxsize=5_000)
def _cut_short(domain: str) -> str:
    """Give the one provider that a domain which cannot be is a slip of: `orange.f`, `gmailcom`, `gmail com`."""
    found = [
        one
        for one in mailers.MAILERS
        if len(one) >= _WORTH_A_GUESS and (is_one_apart(domain, one) or (len(domain) > 5 and one[:-1] == domain))
    ]
    return found[0] if len(found) == 1 else ""


def _unaccented(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
