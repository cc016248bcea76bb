"""What machine this is: every benchmark prints it before its figures."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from pathlib import Path


def fsync_ms(tries: int = 50) -> float:
    """Measure the disk: milliseconds of one write and fsync, the middle of some tries."""
    spent = []
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        for _ in range(tries):
            began = time.perf_counter()
            file.write(b"x" * 4_096)
            file.flush()
            os.fsync(file.fileno())
            spent.append(time.perf_counter() - began)
    return sorted(spent)[tries // 2] * 1e3


def describe() -> None:
    """Print the machine's facts on one line."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)
    load = os.getloadavg()[0]
    print(f"machine: {os.cpu_count()} cores, {pages:.0f} GiB, {platform.system()} {platform.release()},"
          f" Python {platform.python_version()}, fsync {fsync_ms():.2f} ms, load {load:.1f}")  # fmt: skip
