"""The lines of somebody who is erased, wherever they lie: found in spools and archive, and written anew there."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from comptoir.app import App
from comptoir.erasing import lines
from comptoir.erasing.lines import Concerned, Fate
from comptoir.erasing.sought import Sought
from comptoir.ids import hash64, hex64
from comptoir.model import erasure
from comptoir.model.erasure import Was
from comptoir.model.event import Line, Type, decode
from comptoir.model.tick import Tick
from comptoir.spool import archive
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.erasing"
Place = tuple[str, int]
"""A spool, and the offset in it."""


@dataclass(slots=True)
class Found:
    """What a look through all lines found."""

    concerned: dict[Place, Concerned] = field(default_factory=dict)
    done: dict[Place, bytes] = field(default_factory=dict)
    """Lines that this erasure wrote anew before it was broken off."""
    ticks: dict[Place, int] = field(default_factory=dict)
    """The tick of each; 0 where none has taken it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every place of an installation where lines lie."""

    app: App
    is_blocked: lines.IsBlocked

    def find(self, sought: Sought) -> Found:
        """Look through every line."""
        found = Found()
        for place, tick_id, text in self._every():
            if (
                place not in found.ticks
                and sought.may_concern(text)
                and _look(found, place, text, sought, self.is_blocked)
            ):
                found.ticks[place] = tick_id
        return found

    def beside(self, found: Found, sought: Sought) -> tuple[int, ...]:
        """Give the nodes that only lines of hers name: nobody else's, and nobody's once these are gone."""
        lonely = {node for one in found.concerned.values() if one.is_hers for node in one.names} - sought.nodes
        if not lonely:
            return ()
        hers = {place for place, one in found.concerned.items() if one.is_hers} | found.done.keys()
        for place, _, text in self._every():
            line = _decoded(text)
            if place not in hers and line is not None and line.type not in {Type.REFUSED, Type.ERASED}:
                lonely -= lines.nodes_of(text, line, self.is_blocked)[1]
        return tuple(sorted(lonely))

    def rewrite(self, changes: Mapping[Place, bytes]) -> None:
        """Put lines in the place of others: first in the archive, then in the spools."""
        by_spool: defaultdict[str, dict[int, bytes]] = defaultdict(dict)
        for (name, offset), text in changes.items():
            by_spool[name][offset] = text
        for name, texts in by_spool.items():
            for file, stretch in archive.stretches(self._archive, name):
                if not texts.keys().isdisjoint(offset for offset, _, _ in stretch):
                    archive.rewrite(file, texts)
            with _writable(self.app, name) as spool:
                spool.rewrite(texts)
            self.app.spools[name].let_go()

    @property
    def _archive(self) -> Path:
        return self.app.settings.path("archive")

    def _every(self) -> Iterator[tuple[Place, int, bytes]]:
        with self.app.state.read() as connection:
            ticks = rows.all_ticks(connection)
        for name, spool in self.app.spools.items():
            for _, stretch in archive.stretches(self._archive, name):
                yield from (((name, offset), tick_id, text) for offset, tick_id, text in stretch)
            own = _Ticks([one for one in ticks if one.spool == name])
            for offset, text in archive.lines(spool, 0, spool.head()):
                yield (name, offset), own.of(offset), text


@dataclass(slots=True)
class _Ticks:
    """The ticks of a spool, by where they begin."""

    ticks: list[Tick]
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.ticks = [one for one in self.ticks if one.to_offset > one.from_offset]
        self.starts = [one.from_offset for one in self.ticks]

    def of(self, offset: int) -> int:
        """Give the tick that took an offset; 0 where none has."""
        place = bisect_right(self.starts, offset) - 1
        return self.ticks[place].tick_id if place >= 0 and offset < self.ticks[place].to_offset else 0


class _writable:  # noqa: N801 (a context, as a function would be)
    """A spool opened for writing: the front one is the door's, and is opened only for this."""

    def __init__(self, app: App, name: str) -> None:
        self._spool = SqliteSpool(app.settings.path("spool", f"{name}.db"))

    def __enter__(self) -> SqliteSpool:
        return self._spool

    def __exit__(self, *_: object) -> None:
        self._spool.close()


def scrub(app: App) -> None:
    """Leave nothing in the spools' files of what was overwritten."""
    for name in app.spools:
        with _writable(app, name) as spool:
            spool.scrub()


def rewritten(found: Found, sought: Sought, cursor: Cursor, is_blocked: lines.IsBlocked) -> dict[Place, bytes]:
    """Write what is left of every line that was found."""
    fates = _fates(found, cursor)
    return {
        place: _left_of(one, fates[place], sought, is_blocked) for place, one in found.concerned.items()
    } | found.done


def failed_id(tick_id: int, offset: int) -> str:
    """Give the id under which the warehouse keeps a refused line (`collect.tables.failed`)."""
    return "f" + hex64(hash64("failed", str(tick_id), str(offset)))


def _look(found: Found, place: Place, text: bytes, sought: Sought, is_blocked: lines.IsBlocked) -> bool:
    line = _decoded(text)
    if line is None:
        return False
    if (line.erased or "").startswith(sought.erasure_id):
        found.done[place] = text
        return True
    one = lines.concerned(text, line, sought, is_blocked)
    if one is not None:
        found.concerned[place] = one
    return one is not None


def _decoded(text: bytes) -> Line | None:
    try:
        return decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None  # it never became an event, and is kept as bytes that name nobody we know


def _left_of(one: Concerned, fate: Fate, sought: Sought, is_blocked: lines.IsBlocked) -> bytes:
    stays = fate.was is Was.STORED and (not one.is_hers or (lines.is_order(one.line) and not fate.robot_reason))
    return lines.without_her(one, sought, fate, is_blocked) if stays else lines.emptied(one, sought.erasure_id, fate)


def _fates(found: Found, cursor: Cursor) -> dict[Place, Fate]:
    """Find out what had become of each line: as a rule a message is a fact the first time, and known the second."""
    hashes = sorted({one.message_hash for one in found.concerned.values()})
    stored: defaultdict[int, set[int]] = defaultdict(set)
    robots: dict[int, str] = {}
    for message_hash, tick_id, robot_reason in load(_PACKAGE, "facts_of").run(cursor, hashes=hashes).fetchall():
        stored[message_hash].add(tick_id)
        robots[message_hash] = robot_reason or robots.get(message_hash, "")
    ids = {failed_id(found.ticks[place], place[1]): place for place in found.concerned}
    refused = dict(load(_PACKAGE, "failed_of").run(cursor, ids=sorted(ids)).fetchall())
    refusals = {ids[one]: reason for one, reason in refused.items()}
    known = {
        (left.message_hash, found.ticks[place])
        for place, text in found.done.items()
        if (left := erasure.read(decode(text).erased or "")).was in {Was.KEPT, Was.STORED}
    }
    fates: dict[Place, Fate] = {}
    for place in sorted(found.concerned, key=lambda one: (found.ticks[one] or 1 << 62, one)):
        one, tick_id = found.concerned[place], found.ticks[place]
        if place in refusals or one.line.type == Type.REFUSED:
            fates[place] = Fate(
                was=Was.REFUSED, reason=refusals.get(place) or one.line.reason or Fate(was=Was.REFUSED).reason
            )
            continue
        ticks = stored[one.message_hash]
        is_new = tick_id in ticks if ticks else one.message_hash not in {known_hash for known_hash, _ in known}
        is_first = is_new and (one.message_hash, tick_id) not in known
        known.add((one.message_hash, tick_id))
        fates[place] = Fate(
            was=Was.STORED if is_first else Was.DUPLICATE, robot_reason=robots.get(one.message_hash, "")
        )
    return fates
