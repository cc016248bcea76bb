"""HTTP to strangers: to public addresses only, checked on the socket itself, within a time and a size."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from comptoir.errors import ComptoirError

SECONDS = 18.0
MOST_RESPONSE_BYTES = 65_536
WHOLE_SECONDS = 3_600.0
"""A body that is fetched may take an hour, as long as something comes of it all the time."""
PART_BYTES = 1 << 16
MOST_MOVES = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
_PERSONAL = frozenset({"authorization", "cookie", "x-shopify-access-token"})
_SCHEMES = {"https": 443, "http": 80}

Resolve = Callable[[str, int], Collection[str]]
"""Give the addresses of a host."""


class BadAddress(ComptoirError, ValueError):
    """Nothing may be called at this address."""

    code, status = "bad_address", 400
    hint = (
        "Give an https address of a public host; `webhooks.private_hosts`, or `pulls.private_hosts` for what is "
        "fetched, allows named hosts of your own network."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back. `status` 0: nothing did, and `detail` says why."""

    status: int
    detail: str = ""
    retry_after: str = ""
    was_sent: bool = True
    """Whether the other side may have taken it; False where no connection came about."""


def check(url: str, private_hosts: Collection[str] = ()) -> SplitResult:
    """
    Read an address: https, or http to a host of one's own network; no user name, no strange port text.

    Raises: BadAddress.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(url=url) from error
    host = (parts.hostname or "").lower()
    is_own = host in private_hosts or f"{host}:{port}" in private_hosts
    plain = any(character <= " " or character == "\x7f" for character in url)
    if plain or not host or parts.username is not None or parts.scheme not in _SCHEMES:
        raise BadAddress(url=url)
    if parts.scheme == "http" and not is_own:
        raise BadAddress(url=url, problem="not https")
    return parts


def is_public(address: str) -> bool:
    """Say whether an address is one of the public internet, seen through every way of writing IPv4 inside IPv6."""
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(one, ipaddress.IPv6Address):
        inside = one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None) or _translated(one)
        if inside is not None:
            return is_public(str(inside)) and not one.is_private
    return one.is_global and not (one.is_multicast or one.is_reserved or one.is_unspecified)


def is_outside(host: str, port: int) -> bool:
    """Say whether a host's name leads to the public internet and nowhere else, at this moment."""
    try:
        found = resolved(host, port)
    except OSError:
        return False
    return bool(found) and all(is_public(one) for one in found)


def resolved(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host. Raises: OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class CutShort(ConnectionError):
    """The other side hung up before it had sent what it said it would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a GET is answered, before its body is read."""

    url: str
    """Where it came from in the end."""
    status: int
    headers: Mapping[str, str]
    """By name, in small letters."""
    body: http.client.HTTPResponse

    @property
    def length(self) -> int | None:
        """Give how many bytes it says it has."""
        said = self.headers.get("content-length", "")
        return int(said) if said.isascii() and said.isdigit() else None

    def parts(self, most_bytes: int) -> Iterator[bytes]:
        """Read the body. Raises: OSError where it breaks off, or is longer than `most_bytes`."""
        read = 0
        while part := self.body.read(PART_BYTES):
            read += len(part)
            if read > most_bytes:
                raise OSError(f"more than {most_bytes} bytes")
            yield part
        if self.length is not None and read < self.length:
            raise CutShort(f"{read} of {self.length} bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Speaks to strangers. The address is checked on the very socket that is used, after the name was resolved."""

    private_hosts: Collection[str] = ()
    """Hosts (`name` or `name:port`) that may lie in the own network."""
    seconds: float = SECONDS
    resolve: Resolve = resolved
    context: ssl.SSLContext | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Post, and give the status; a redirect is not followed. Never raises for the other side's faults."""
        try:
            parts = check(url, self.private_hosts)
        except BadAddress as error:
            return Response(status=0, detail=str(error), was_sent=False)
        connection = self._connection(parts)
        # a body that drips byte by byte keeps every single read in time: only a clock beside it ends the whole
        watch = Timer(self.seconds, _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, body=body, headers=dict(headers))
            answer = connection.getresponse()
            said = answer.read(MOST_RESPONSE_BYTES)[:200].decode("utf-8", "replace")
            return Response(
                status=answer.status,
                detail=" ".join(f"{answer.status} {answer.reason} {said}".split())[:200],
                retry_after=answer.headers.get("Retry-After", ""),
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            was_sent = bool(getattr(connection, "is_connected", False))
            return Response(status=0, detail=f"{type(error).__name__}: {error}"[:200], was_sent=was_sent)
        finally:
            watch.cancel()
            connection.close()

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str], *, whole_seconds: float = WHOLE_SECONDS) -> Iterator[Answer]:
        """
        Ask for an address, following it where it is sent on; credentials stay with the host they were meant for.

        Raises: BadAddress; OSError and http.client.HTTPException where nothing whole comes back.
        """
        first = check(url, self.private_hosts)
        said = dict(headers)
        for _ in range(MOST_MOVES + 1):
            parts = check(url, self.private_hosts)
            if (parts.scheme, parts.netloc) != (first.scheme, first.netloc):
                said = {name: value for name, value in said.items() if name.lower() not in _PERSONAL}
            connection = self._connection(parts)
            watch = Timer(whole_seconds, _cut, [connection])
            watch.daemon = True
            watch.start()
            try:
                path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("GET", path, headers=said)
                body = connection.getresponse()
                moved = body.headers.get("Location") if body.status in _MOVED else None
                if moved is None:
                    names = {name.lower(): value for name, value in body.headers.items()}
                    yield Answer(url=url, status=body.status, headers=names, body=body)
                    return
                url = urljoin(url, moved)
            finally:
                watch.cancel()
                connection.close()
        raise OSError("it is sent on and on")

    def reached(self, host: str, port: int) -> socket.socket:
        """Connect to a host that may be connected to, for what is no HTTP. Raises: OSError."""
        is_own = host.lower() in self.private_hosts or f"{host.lower()}:{port}" in self.private_hosts
        return self._reached(host, port, is_own=is_own)

    def _connection(self, parts: SplitResult) -> http.client.HTTPConnection:
        host = parts.hostname or ""
        port = parts.port or _SCHEMES[parts.scheme]
        is_own = host.lower() in self.private_hosts or f"{host.lower()}:{port}" in self.private_hosts
        connection: Any = http.client.HTTPConnection(host, port, timeout=self.seconds)

        def connect() -> None:
            plain = self._reached(host, port, is_own=is_own)
            connection.sock = plain
            if parts.scheme == "https":
                secure = self.context or ssl.create_default_context()
                connection.sock = secure.wrap_socket(plain, server_hostname=host)
            connection.is_connected = True

        connection.connect = connect
        made: http.client.HTTPConnection = connection
        return made

    def _reached(self, host: str, port: int, *, is_own: bool) -> socket.socket:
        """Connect to an address that was checked, and to no other: a name is resolved once."""
        addresses = list(self.resolve(host, port))
        allowed = [one for one in addresses if is_own or is_public(one)]
        if len(allowed) < len(addresses) or not allowed:
            raise ConnectionRefusedError(f"{host} is not a public address")
        problem: OSError | None = None
        for one in allowed[:3]:
            try:
                family = socket.AF_INET6 if ":" in one else socket.AF_INET
                plain = socket.socket(family, socket.SOCK_STREAM)
                plain.settimeout(self.seconds)
                plain.connect((one, port))
            except OSError as error:
                plain.close()
                problem = error
                continue
            if is_own or is_public(str(plain.getpeername()[0])):
                return plain
            plain.close()
        raise problem or ConnectionRefusedError(host)


def _translated(one: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Read the IPv4 address that NAT64 (RFC 6052) or the deprecated compatible form carries."""
    number = int(one)
    if number >> 32 in {0x0064_FF9B << 64, 0}:
        return ipaddress.IPv4Address(number & 0xFFFF_FFFF)
    return None


def _cut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
