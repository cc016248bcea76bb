"""What a request says beside its body: whose key it bears, where it comes from, and which page asks."""

from __future__ import annotations

import re
from binascii import Error as BadBase64
from binascii import a2b_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from comptoir.collect.addresses import truncated
from comptoir.config import DoorSettings
from comptoir.errors import BadSetting
from comptoir.server.problems import Headers

Scope = Mapping[str, Any]
Asked = dict[bytes, bytes]
"""The headers of one request, names in lower case."""

PREFLIGHT_SECONDS = 86_400
_ALLOWED_HEADERS = b"authorization, content-type, content-encoding, x-write-key, x-retry-count, anonymousid, sentat"
_AGENT_CHARACTERS = 500
_MASK = "***"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def key(in_body: str | None, scope: Scope, asked: Asked) -> str | None:
    """
    Find the key of a request where the SDKs of the field put it.

    Order: body, Basic's user name, X-Write-Key, query, Bearer; a key that a client masked is passed over.
    """
    if in_body and _MASK not in in_body:
        return in_body
    scheme, _, credentials = asked.get(b"authorization", b"").partition(b" ")
    scheme = scheme.lower()
    return (
        (_user(credentials) if scheme == b"basic" else None)
        or _in_header(asked.get(b"x-write-key", b""))
        or _in_query(scope.get("query_string", b""))
        or (credentials.strip().decode("latin-1") if scheme == b"bearer" else None)
        or None
    )


def origin(asked: Asked) -> str:
    """
    Give the origin of the page that asks, as its browser says it: empty where it says none.

    For a picture, such as a pixel, browsers say no origin but the address of the page.
    """
    said = asked.get(b"origin")
    return _origin_of(asked.get(b"referer", b"")) if said is None else said.decode("latin-1")


def agent(asked: Asked) -> str:
    """Give the client's own name, cut to a length that can be kept."""
    return asked.get(b"user-agent", b"")[:_AGENT_CHARACTERS].decode("latin-1")


def cors(asked: Asked) -> Headers:
    """Let the page that asked read the answer; keys, not origins, say who may write."""
    return [
        (b"access-control-allow-origin", asked[b"origin"]),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


def preflight(asked: Asked) -> Headers:
    """Allow what the browser asks for, for a day."""
    return [
        (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
        (b"access-control-allow-headers", asked.get(b"access-control-request-headers", _ALLOWED_HEADERS)),
        (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
    ]


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies whose word about their client is believed."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Read networks written as CIDR. Raises: BadSetting."""
        try:
            return cls(tuple(ip_network(text, strict=False) for text in texts))
        except ValueError as error:
            raise BadSetting(setting="door.trusted_proxies", value=list(texts), takes="networks as CIDR") from error

    def address(self, scope: Scope, asked: Asked) -> str | None:
        """Give the client's address, truncated; None if it has none."""
        speaker = self.client(scope, asked)
        return None if speaker is None else truncated(speaker)

    def client(self, scope: Scope, asked: Asked) -> str | None:
        """Give the client's whole address, which is nowhere kept; None if it has none."""
        client = scope.get("client")
        if not client:
            return None
        speaker: str = client[0]
        if self.networks and b"x-forwarded-for" in asked:
            said = asked[b"x-forwarded-for"]
            if len(asked) != len(scope["headers"]):  # some proxies write another one below it: they are one list
                said = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
            # Walk back from us towards the client for as long as who speaks is a proxy we trust.
            for before in reversed(said.decode("latin-1").split(",")):
                if not self._trusts(speaker):
                    break
                speaker = _without_port(before.strip())
        return speaker

    def door_url(self, scope: Scope, asked: Asked, settings: DoorSettings) -> str:
        """Give the address at which this client reaches the door, without a slash at its end."""
        if settings.public_url:
            return settings.public_url.rstrip("/")
        scheme, host = "http", asked.get(b"host", b"").decode("latin-1")
        client = scope.get("client")
        if client and self._trusts(client[0]):
            scheme = asked.get(b"x-forwarded-proto", b"http").decode("latin-1").partition(",")[0].strip()
            host = asked.get(b"x-forwarded-host", b"").decode("latin-1") or host
        if not _HOST.fullmatch(host):
            host = f"{settings.host}:{settings.port}"
        return f"{'https' if scheme == 'https' else 'http'}://{host}"

    def _trusts(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped  # how a door that listens on `::` sees an IPv4 proxy
        return any(ip in network for network in self.networks)


def _without_port(address: str) -> str:
    """Take off the port that some proxies write behind an address: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _origin_of(address: bytes) -> str:
    try:
        parts = urlsplit(address.decode("latin-1"))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower()


@lru_cache(maxsize=1_024)
def _user(credentials: bytes) -> str | None:
    try:
        return a2b_base64(credentials).partition(b":")[0].decode()
    except (BadBase64, UnicodeDecodeError):
        return None


def _in_header(value: bytes) -> str | None:
    first, _, second = value.decode("latin-1").strip().partition(":")
    return second or first


def _in_query(query: bytes) -> str | None:
    if not query:
        return None
    try:
        return parse_qs(query.decode("latin-1"), max_num_fields=50).get("writeKey", [None])[0]
    except ValueError:
        return None  # more fields than any SDK sends
