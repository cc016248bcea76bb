"""A second look at the write-ahead log after a crash: its end may be torn, but no byte may have changed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from struct import unpack, unpack_from

import numpy as np
import numpy.typing as npt

from comptoir.errors import SpoolDamaged

_HEADER = 32
_FRAME = 24
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF
_LOOKS = 3
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Break:
    """The first frame that does not match its checksum, and how many transactions were finished behind it."""

    frame: int
    commits_behind: int
    frames_behind_first_commit: int


def check(database: Path) -> None:
    """
    Refuse a log in which something is broken *before* its last transaction.

    SQLite takes the first bad checksum for the end of the log. With `synchronous=FULL` a crash can only tear the one
    transaction that was being written, so a finished transaction behind the break, and more behind that, were durable
    and acknowledged: the break is no torn end but changed bytes, and opening the file would silently drop what follows.

    Another process may be writing, so what looks broken is looked at again.

    Raises: SpoolDamaged.
    Source: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    log = database.with_name(database.name + "-wal")
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE_SECONDS)
        broken = _first_break(log.read_bytes()) if log.exists() else None
        if broken is None or not (broken.commits_behind and broken.frames_behind_first_commit):
            return
    raise SpoolDamaged(file=str(log), frame=broken.frame if broken else None)


def _first_break(text: bytes) -> _Break | None:
    if len(text) < _HEADER + _FRAME:
        return None
    magic, _version, page_size, _sequence, salt_1, salt_2, said_1, said_2 = unpack(">8I", text[:_HEADER])
    order = ">u4" if magic & 1 else "<u4"
    size = _FRAME + page_size
    if magic & ~1 != _MAGIC or not page_size or page_size & (page_size - 1):
        return _Break(frame=0, commits_behind=1, frames_behind_first_commit=1)
    sums = _sums((0, 0), np.frombuffer(text, order, 6))
    if sums != (said_1, said_2):
        return _Break(frame=0, commits_behind=1, frames_behind_first_commit=1)
    salts = (salt_1, salt_2)
    for number in range((len(text) - _HEADER) // size):
        at = _HEADER + number * size
        head = unpack_from(">6I", text, at)
        sums = _sums(sums, np.frombuffer(text, order, 2, at))
        sums = _sums(sums, np.frombuffer(text, order, page_size // 4, at + _FRAME))
        if (head[2], head[3]) != salts or (head[4], head[5]) != sums:
            return _behind(text, size, number, salts)
    return None


def _behind(text: bytes, size: int, number: int, salts: tuple[int, int]) -> _Break:
    """Count what the same generation of the log holds behind the break; older generations have other salts."""
    commits = after_first = 0
    for at in range(_HEADER + (number + 1) * size, len(text) - size + 1, size):
        _page, pages_after_commit, salt_1, salt_2 = unpack_from(">4I", text, at)
        if (salt_1, salt_2) != salts:
            continue
        after_first += bool(commits)
        commits += bool(pages_after_commit)
    # A break in a transaction's last frame hides that it was finished; whole frames behind it show it was.
    (finished,) = unpack_from(">I", text, _HEADER + number * size + 4)
    if finished and unpack_from(">2I", text, _HEADER + number * size + 8) == salts:
        after_first += commits
        commits += 1
    return _Break(frame=number, commits_behind=commits, frames_behind_first_commit=after_first)


def _sums(before: tuple[int, int], words: npt.NDArray[np.uint32]) -> tuple[int, int]:
    """
    Carry SQLite's checksum over some words.

    The recurrence `a += x + b; b += y + a` is linear, so a whole page is two dot products with fixed weights.
    """
    first, second, carry = _weights(len(words) // 2)
    even, odd = words[0::2].astype(np.uint32), words[1::2].astype(np.uint32)
    a, b = before
    sum_a = int(np.dot(even, first[0])) + int(np.dot(odd, first[1])) + carry[0] * a + carry[1] * b
    sum_b = int(np.dot(even, second[0])) + int(np.dot(odd, second[1])) + carry[2] * a + carry[3] * b
    return sum_a & _MASK, sum_b & _MASK


_Weights = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]


@lru_cache(maxsize=8)
def _weights(pairs: int) -> tuple[_Weights, _Weights, tuple[int, int, int, int]]:
    """Give the weight of every word in both sums (modulo 2^32), and of the sums carried in."""
    a_even, a_odd, b_even, b_odd = ([0] * pairs for _ in range(4))
    # One step: a' = a + x + b, b' = b + y + a' = a + 2b + x + y; `m` is its matrix, to the power of what follows.
    m = (1, 0, 0, 1)
    for index in reversed(range(pairs)):
        a_even[index], a_odd[index] = (m[0] + m[1]) & _MASK, m[1]
        b_even[index], b_odd[index] = (m[2] + m[3]) & _MASK, m[3]
        m = (m[0] + m[1]) & _MASK, (m[0] + 2 * m[1]) & _MASK, (m[2] + m[3]) & _MASK, (m[2] + 2 * m[3]) & _MASK
    first = np.array(a_even, np.uint32), np.array(a_odd, np.uint32)
    second = np.array(b_even, np.uint32), np.array(b_odd, np.uint32)
    return first, second, m
