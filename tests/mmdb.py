"""A tiny writer of MaxMind DB files, so that tests need nobody's data. Source: MaxMind DB File Format 2.0."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from pathlib import Path

MARKER = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)
_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _LIST = 2, 5, 6, 7, 9, 11
_WIDER = {"node_count": _UINT32, "build_epoch": _UINT64}

Node = list["Node | int | None"]


def write(path: Path, places: Mapping[str, object], *, made_at: int = 1_790_000_000) -> None:
    """Write what is said of each IPv4 network. Networks must not lie in one another."""
    data = b""
    root: Node = [None, None]
    for network, said in places.items():
        _hang(root, IPv4Network(network), len(data))
        data += _encode(said)
    nodes = _listed(root)
    numbers = {id(node): number for number, node in enumerate(nodes)}

    def record(side: Node | int | None) -> bytes:
        if side is None:
            return len(nodes).to_bytes(3)
        return (numbers[id(side)] if isinstance(side, list) else len(nodes) + len(_SEPARATOR) + side).to_bytes(3)

    tree = b"".join(record(side) for node in nodes for side in node)
    about = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": made_at,
        "database_type": "Test-City", "description": {"en": "test"}, "ip_version": 4, "languages": ["en"],
        "node_count": len(nodes), "record_size": 24,
    }  # fmt: skip
    path.write_bytes(tree + _SEPARATOR + data + MARKER + _encode(about))


def _hang(root: Node, network: IPv4Network, place: int) -> None:
    bits = f"{int(network.network_address):032b}"[: network.prefixlen]
    node = root
    for bit in bits[:-1]:
        below = node[int(bit)]
        if not isinstance(below, list):
            below = node[int(bit)] = [None, None]
        node = below
    node[int(bits[-1])] = place


def _listed(root: Node) -> list[Node]:
    found, level = [], [root]
    while level:
        found += level
        level = [side for node in level for side in node if isinstance(side, list)]
    return found


def _encode(said: object, name: object = "") -> bytes:
    if isinstance(said, str):
        return _head(_TEXT, len(said.encode())) + said.encode()
    if isinstance(said, int):
        number = said.to_bytes((said.bit_length() + 7) // 8)
        return _head(_WIDER.get(str(name), _UINT16), len(number)) + number
    if isinstance(said, Mapping):
        return _head(_MAP, len(said)) + b"".join(_encode(key) + _encode(one, key) for key, one in said.items())
    assert isinstance(said, list)
    return _head(_LIST, len(said)) + b"".join(_encode(one) for one in said)


def _head(kind: int, size: int) -> bytes:
    assert size < 285
    short, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | short]) if kind < 8 else bytes([short, kind - 7])) + rest
