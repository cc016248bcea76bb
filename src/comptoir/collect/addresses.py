"""Addresses of pages: what is personal is taken out before anything is kept, and what was searched for is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import unquote_plus

import msgspec

HIDDEN = "***"
"""What stands where something personal stood."""
MOST_TERM = 200
"""Characters of a search that are kept."""
_HIDDEN = HIDDEN.encode()

_ADDRESS = re.compile(rb'"(?:https?:|android-app:|\\?/|\?|#)[^"\\]*+(?:\\.[^"\\]*+)*+"')
"""A JSON text that is an address, or the end of one."""
_VALUE = rb"[^&;#?\"\s]*"
_PARAMETER = re.compile(rb"(?<=[?&;#])([^=&;#?\"\s]{1,100})=(" + _VALUE + rb")")
_PERSONAL = frozenset(
    b"email e-mail e_mail mail courriel useremail user_email customer_email login phone tel telephone mobile portable "
    b"phone_number password passwd pwd mot_de_passe token access_token iban card_number firstname first_name prenom "
    b"lastname last_name _cto".split()
)
"""Parameters whose value is somebody's, whatever it looks like; in lower case."""
_MAIL = re.compile(rb"[^/?&=;#\"\s]+(?:@|%(?:25)?40)[^/?&=;#\"\s]*", re.IGNORECASE)
_USER = re.compile(rb"(//|\\/\\/)[^/@?#\"\\\s]*@")
_SHORTEST = len(b'{"u":"/a@b"}')
_LONGEST_NAME = max(map(len, _PERSONAL))
_ENDS = frozenset(name[-3:] for name in _PERSONAL)
"""How their names end: a look at three letters tells most parameters from them."""
_BEFORE_NAME = (b"?", b"&", b"#", b";")


def without_personal(said: msgspec.Raw) -> msgspec.Raw:
    """
    Take e-mails, and what stands in parameters such as `phone=`, out of every address that a JSON text holds.

    Addresses only: what a shop says of a person in so many words is kept as it is. Numbers and other texts stay exact.
    """
    text = bytes(said)
    if len(text) < _SHORTEST:
        return said
    is_escaped = b"%" in text and (b"%40" in text or b"%2540" in text)
    if b"@" in text or is_escaped or (b"=" in text and _names_somebody(text)):  # few texts get further
        return msgspec.Raw(_ADDRESS.sub(_cleaned, text))
    return said


def _names_somebody(text: bytes) -> bool:
    """Say whether a parameter has a personal name: what stands before each `=`, as most texts have few of them."""
    at = text.find(b"=")
    while at >= 0:
        if text[at - 3 : at].lower() in _ENDS:
            first = max(0, at - _LONGEST_NAME - 1)
            begin = max(text.rfind(one, first, at) for one in _BEFORE_NAME)
            if begin >= 0 and text[begin + 1 : at].lower() in _PERSONAL:
                return True
        at = text.find(b"=", at + 1)
    return False


def _cleaned(found: re.Match[bytes]) -> bytes:
    address = _USER.sub(rb"\1", found.group())
    address = _PARAMETER.sub(_shown, address)
    return _MAIL.sub(_HIDDEN, address)


def _shown(found: re.Match[bytes]) -> bytes:
    name, value = found.groups()
    return name + b"=" + (_HIDDEN if value and name.lower() in _PERSONAL else value)


Searched = Callable[[str], str | None]
"""Says what an address of the shop was searched for."""


@lru_cache(maxsize=8)
def searched_by(parameters: Sequence[str]) -> Searched:
    """Make what reads the term of a search from the first of these parameters that an address has."""
    if not parameters:
        return lambda _url: None
    names = "|".join(re.escape(one) for one in parameters)
    sought = re.compile(rf"[?&](?:{names})=([^&#]+)", re.IGNORECASE)

    def searched(url: str) -> str | None:
        found = sought.search(url)
        if found is None:
            return None
        term = " ".join(unquote_plus(found.group(1)).split()).lower()[:MOST_TERM]
        return term if term and HIDDEN not in term else None

    return searched
