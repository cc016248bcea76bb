"""Addresses: what is personal in pages' is taken out before anything is kept, and IP's are cut to their networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, unquote, unquote_plus

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
_AT, _PERCENT, _EQUALS, _BACKSLASH = b"@%=\\"
"""To look for a number is ten times as quick as to look for a byte."""
_LONGEST_NAME = max(map(len, _PERSONAL))
_ENDS = frozenset(name[-3:] for name in _PERSONAL)
"""How their names end: a look at three letters tells most parameters from them."""
_ESCAPED = re.compile(rb"\\u00[2-7]")
"""A plain sign written as an escape: Go's encoder writes `&` so, and Java's Gson `=` too."""
_BEFORE_NAME = (b"?", b"&", b"#", b";")


_IP = rb"(?:\$?ip|cip|_?uip|ip_override|ip_?address|client_?ip|remote_?addr|context\.ip)"
"""Under which names clients say from which address somebody came; in any case."""
_IP_SAID = re.compile(
    rb"(\"" + _IP + rb"\\?\"\s*:\s*\\?\"|(?:^|[?&;\"])" + _IP + rb"=)"
    rb"([0-9a-f:.]{3,45}|[0-9a-f%.]{3,90})(?=[\\\"&;#\s]|$)",
    re.IGNORECASE,
)
"""In JSON, in JSON inside a text, and in a query."""

_NEAR = re.compile(
    r"127\.|10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|169\.254\.|::$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:"
)


@lru_cache(maxsize=8_192)
def truncated(address: str) -> str | None:
    """Keep the network of an IP address only: /24 for IPv4, /48 for IPv6; None if it is no address."""
    try:
        ip = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return str(IPv6Address(int(ip) >> 80 << 80))
        ip = ip.ipv4_mapped
    return str(type(ip)(int(ip) >> 8 << 8))


@lru_cache(maxsize=8_192)
def is_near(network: str) -> bool:
    """
    Say whether a truncated address is of our own house.

    That is no visitor's, but a proxy's that nobody named: to a door behind it all visitors look alike.
    """
    return _NEAR.match(network) is not None


def with_networks(text: bytes) -> bytes:
    """Cut the IP addresses that a client's bytes say to their networks, whatever else is wrong with these bytes."""
    lower = text.lower()  # a look is cheap, and few bodies say one
    return _IP_SAID.sub(_network, text) if b"ip" in lower or b"addr" in lower else text


def _network(found: re.Match[bytes]) -> bytes:
    head, address = found.groups()
    is_escaped = b"%" in address
    network = truncated(unquote(address.decode("ascii")) if is_escaped else address.decode("ascii"))
    if network is None:
        return found.group()
    return head + (quote(network, safe="") if is_escaped else network).encode()


def without_personal(said: msgspec.Raw) -> msgspec.Raw:
    """
    Take e-mails, and what stands in parameters such as `phone=`, out of every address that a JSON text holds.

    Addresses only: what a shop says of a person in so many words is kept as it is. Numbers and other texts stay exact.
    """
    text = bytes(said)
    return said if is_plain(text) else msgspec.Raw(_ADDRESS.sub(_cleaned, text))


def is_plain(text: bytes) -> bool:
    """Say that a JSON text holds nothing that could be somebody's: a quick look, as few texts need a closer one."""
    if _AT in text or (_PERCENT in text and (b"%40" in text or b"%2540" in text)):
        return False
    if _BACKSLASH in text and _ESCAPED.search(text):
        return False
    return _EQUALS not in text or not _names_somebody(text)


def _names_somebody(text: bytes) -> bool:
    """Say whether a parameter has a personal name: what stands before each `=`, as most texts have few of them."""
    at = text.find(_EQUALS)
    while at >= 0:
        if text[at - 3 : at].lower() in _ENDS:
            first = max(0, at - _LONGEST_NAME - 1)
            begin = max(text.rfind(one, first, at) for one in _BEFORE_NAME)
            if begin >= 0 and text[begin + 1 : at].lower() in _PERSONAL:
                return True
        at = text.find(_EQUALS, at + 1)
    return False


def _cleaned(found: re.Match[bytes]) -> bytes:
    address = found.group()
    if _ESCAPED.search(address):
        address = msgspec.json.encode(msgspec.json.decode(address))
    address = _USER.sub(rb"\1", address)
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
