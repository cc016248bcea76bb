"""Where a network lies, by a file that the operator brings; and which networks are machines'."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import maxminddb

from comptoir import logs
from comptoir.errors import ComptoirError

_log = logs.get("collect")

MOST_KNOWN = 50_000
"""Networks whose answers are kept in memory."""


class BadGeoFile(ComptoirError, ValueError):
    """The file that says where networks lie cannot be read."""

    code, status = "bad_geo_file", 400
    hint = "Give a file in MaxMind DB format (.mmdb), such as DB-IP City Lite or GeoLite2 City, as collect.geo_file."


class BadDatacenterFile(ComptoirError, ValueError):
    """A line of the list of data centers is no network."""

    code, status = "bad_datacenter_file", 400
    hint = "Write one network (CIDR) a line, then a space and its owner's name; `#` begins a remark."


class Place(NamedTuple):
    """Where a network lies, as far as the file says."""

    country: str | None = None
    """ISO 3166, two letters."""
    region: str | None = None
    town: str | None = None


NOWHERE = Place()


@dataclass(slots=True)
class Places:
    """A file of places, open."""

    path: Path
    modified_ns: int
    """When the file was last written: a newer one is opened anew."""
    made_on: date
    _reader: maxminddb.Reader
    _known: dict[str, Place] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path.name}, made on {self.made_on.isoformat()}"

    def of(self, network: str) -> Place:
        """Give the place of a network, by its first address; nowhere if the file does not know it."""
        found = self._known.get(network)
        if found is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            found = self._known[network] = self._find(network)
        return found

    def _find(self, network: str) -> Place:
        try:
            return _place(self._reader.get(network))
        except ValueError:  # IPv6 in a file of IPv4, or no address
            return NOWHERE


def open_places(path: Path) -> Places:
    """Open a file of places. Raises: BadGeoFile."""
    try:
        modified_ns = path.stat().st_mtime_ns
        reader = maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise BadGeoFile(file=str(path), problem=str(error)) from error
    made_on = datetime.fromtimestamp(reader.metadata().build_epoch, UTC).date()
    return Places(path, modified_ns, made_on, reader)


def _place(said: Any) -> Place:
    """Read MaxMind's and DB-IP's way of saying it, or IPinfo's, which is flat."""
    if not isinstance(said, Mapping):
        return NOWHERE
    country = said.get("country") or said.get("registered_country")
    if isinstance(country, Mapping):
        country = country.get("iso_code")
    regions = said.get("subdivisions")
    region = regions[0] if isinstance(regions, list) and regions else said.get("region")
    return Place(_name(country), _name(region), _name(said.get("city")))


def _name(said: Any) -> str | None:
    if isinstance(said, Mapping):
        names = said.get("names")
        said = names.get("en") or next(iter(names.values()), None) if isinstance(names, Mapping) else None
    return said or None if isinstance(said, str) else None


@dataclass(slots=True)
class Datacenters:
    """Networks in which machines stand and nobody sits."""

    path: Path
    modified_ns: int
    _ranges: Mapping[int, list[tuple[int, int, str]]]
    """By version: first address, last one, owner; sorted, and none lies in another."""
    _known: dict[str, str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{sum(len(one) for one in self._ranges.values()):,} networks"

    def owner(self, network: str) -> str | None:
        """Name whose machines stand in a network, or None."""
        if network not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[network] = self._find(network)
        return self._known[network]

    def _find(self, network: str) -> str | None:
        try:
            address = ip_address(network)
        except ValueError:
            return None
        ranges = self._ranges.get(address.version, [])
        number = int(address)
        at = bisect_right(ranges, number, key=lambda one: one[0]) - 1
        return ranges[at][2] if at >= 0 and number <= ranges[at][1] else None


def open_datacenters(path: Path) -> Datacenters:
    """Read a list of data centers. Raises: BadDatacenterFile."""
    try:
        modified_ns = path.stat().st_mtime_ns
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadDatacenterFile(file=str(path), problem=str(error)) from error
    said = list(_networks(text, path))
    ranges = {version: list(_outermost(one[1:] for one in said if one[0] == version)) for version in (4, 6)}
    return Datacenters(path, modified_ns, ranges)


def _networks(text: str, path: Path) -> Iterator[tuple[int, int, int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].replace(",", " ").split(maxsplit=1)
        if not said:
            continue
        try:
            network = ip_network(said[0], strict=False)
        except ValueError as error:
            raise BadDatacenterFile(file=str(path), line=number, problem=str(error)) from error
        owner = said[1].strip() if len(said) > 1 else "an unnamed owner"
        yield network.version, int(network.network_address), int(network.broadcast_address), owner


def _outermost(ranges: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Leave out networks that lie inside another. Order: by first address."""
    reached = -1
    for first, last, owner in sorted(ranges, key=lambda one: (one[0], -one[1], one[2])):
        if last > reached:
            yield first, last, owner
            reached = last


@dataclass(slots=True)
class Networks:
    """The operator's two files, opened once and again when they change; a broken one is as good as none, and said."""

    geo_file: Path | None = None
    datacenter_file: Path | None = None
    places: Places | None = None
    datacenters: Datacenters | None = None
    _failed: dict[Path, int] = field(default_factory=dict)
    """Files that could not be read, and when they were written: each is tried, and told of, once."""

    def refresh(self) -> None:
        """Look whether the files are still the ones that are open: cheap enough for every tick."""
        if self.geo_file is not None:
            self.places = self._fresh(self.geo_file, self.places, open_places)
        if self.datacenter_file is not None:
            self.datacenters = self._fresh(self.datacenter_file, self.datacenters, open_datacenters)

    def _fresh(self, path: Path, former: _File | None, opens: Callable[[Path], _File]) -> _File | None:
        try:
            modified_ns = path.stat().st_mtime_ns
        except OSError:
            modified_ns = 0
        if former is not None and modified_ns in {former.modified_ns, 0}:
            return former  # a file that is being replaced goes on being read as it was
        if self._failed.get(path) == modified_ns:
            return former
        try:
            found = opens(path)
        except ComptoirError as error:
            self._failed[path] = modified_ns
            _log.warning("a file about networks cannot be read", file=str(path), error=str(error))
            return former
        return found


_File = TypeVar("_File", Places, Datacenters)
