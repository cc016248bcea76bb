"""A small installation, driven by hand: say what visitors do, work ticks, ask the facts, crash, come back."""

from __future__ import annotations

import atexit
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp
from typing import Any

import msgspec

from comptoir import app as apps
from comptoir.app import App
from comptoir.clock import ManualClock, micros
from comptoir.config import GoldenSettings, Settings
from comptoir.model.event import ENVELOPE_VERSION, Line, encode
from comptoir.model.tick import SpoolName
from comptoir.reports.guard import allow
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.tick import Ticker
from comptoir.warehouse import fingerprint
from comptoir.warehouse.duckdb import Warehouse

START = datetime(2026, 11, 21, 12, tzinfo=UTC)


@cache
def made_home() -> Path:
    """Give a new home, made once a process, to be copied: making its tables takes longer than most stories do."""
    folder = Path(mkdtemp(prefix="comptoir-shop-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    settings = Settings(home=folder / "home")
    apps.make_home(settings, brand="main")
    apps.open_warehouse_of(settings).close()
    return settings.home


@dataclass(slots=True)
class Shop:
    """One installation, opened. The door is played by a spool that we write ourselves."""

    home: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    acts: bool = True
    ranks: tuple[str, ...] = ()
    """Sources that are believed first, as in the settings."""
    app: App = field(init=False)
    warehouse: Warehouse = field(init=False)
    ticker: Ticker = field(init=False)
    front: SqliteSpool = field(init=False)
    said: int = 0

    def __post_init__(self) -> None:
        """Make the home if it is new, and open it."""
        if (self.home / "state.db").exists():
            apps.make_home(Settings(home=self.home), brand="main")
        else:
            copytree(made_home(), self.home, dirs_exist_ok=True)
        self.open()

    def open(self) -> None:
        """Open everything, as a process does that starts."""
        settings = Settings(home=self.home, golden=GoldenSettings(ranks=self.ranks))
        self.app = replace(apps.open_app(settings), clock=self.clock)
        self.front = SqliteSpool(self.home / "spool" / "front.db")
        self.warehouse = apps.open_warehouse_of(self.app.settings)
        self.ticker = self.app.ticker(self.warehouse, act=self.app.acting(self.warehouse) if self.acts else None)

    def close(self) -> None:
        """Let go of everything."""
        self.warehouse.close()
        self.front.close()
        self.app.close()

    def reopen(self) -> None:
        """Stop and start again."""
        self.close()
        self.open()

    def line(self, name: str = "Product Viewed", *, after: float = 0, **fields: object) -> Line:
        """Make a line that happened `after` seconds from START; properties, traits and context may be dictionaries."""
        self.said += 1
        at = micros(START + timedelta(seconds=after))
        json_fields = {
            key: msgspec.Raw(json.dumps(fields.pop(key)).encode())
            for key in ("properties", "traits", "context")
            if isinstance(fields.get(key), dict)
        }
        plain: dict[str, Any] = {
            "v": ENVELOPE_VERSION,
            "type": "track",
            "name": name,
            "source": "web",
            "brand": "main",
            "received_at": at,
            "timestamp": at,
            "message_id": f"m{self.said}",
        }
        return Line(**(plain | fields | json_fields))

    def say(self, *lines: Line, spool: str = SpoolName.FRONT, urgent: bool = False) -> None:
        """Put lines into a spool as one parcel."""
        texts = [encode(line) for line in lines]
        target = self.front if spool == SpoolName.FRONT else self.app.spools[spool]
        target.append([Parcel(lines=b"\n".join(texts), count=len(texts), urgent=urgent)])

    def tick(self) -> int:
        """Work all ticks that wait; give how many."""
        count = 0
        while self.ticker.run_once() is not None:
            count += 1
        return count

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """Ask as an analyst does, behind the guard."""
        with self.warehouse.cursor() as cursor:
            rows: list[dict[str, Any]] = cursor.sql(allow(sql)).to_arrow_table().to_pylist()
        return rows

    def one(self, sql: str) -> Any:
        """Ask for one value."""
        (row,) = self.ask(sql)
        return next(iter(row.values()))

    def raw(self, sql: str) -> list[tuple[Any, ...]]:
        """Look at the base tables, as no analyst may."""
        with self.warehouse.cursor() as cursor:
            rows: list[tuple[Any, ...]] = cursor.execute(sql).fetchall()
        return rows

    def fingerprints(self) -> dict[str, str]:
        """Give the logical hash of every derived table."""
        with self.warehouse.cursor() as cursor:
            return fingerprint.fingerprints(cursor)

    def equation(self) -> tuple[int, int]:
        """Give what was received, and what became of it: the two must be equal."""
        (counted,) = self.raw("SELECT sum(stored + refused + consent_discarded + duplicates) FROM fact.tick_counts")
        received = sum(spool.head() for spool in self.app.spools.values())
        return received, int(counted[0] or 0) + sum(self.ticker.pending().values())
