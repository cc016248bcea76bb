"""The warehouse without somebody: a new file, copied from the old one without her rows, and derived again."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from comptoir import app as apps
from comptoir.app import App
from comptoir.collect import pipeline
from comptoir.collect.seen import Seen
from comptoir.erasing.sought import Sought
from comptoir.erasing.stores import Found, Place, failed_id
from comptoir.facts import derive
from comptoir.model import erasure
from comptoir.model.event import decode
from comptoir.segments import changes
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

FOLDER = "erasing"
_PACKAGE = "comptoir.erasing"
_FILE = "warehouse.duckdb"
_MADE_AGAIN = frozenset(derive.DERIVED) - {"revenue_ledger"} | {"traits"}
"""Tables that are derived again, or copied from state. The ledger is not: it alone knows when it was booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What does not come along into the new file."""

    messages: Collection[int]
    failed: Collection[str]
    nodes: Collection[int]
    profiles: Collection[str]

    def keeps(self, columns: Collection[str]) -> exp.Expr | None:
        """Give which rows of a table with these columns come along; None for all."""
        for column, values in (
            ("message_hash", self.messages), ("failed_id", self.failed), ("node_id", self.nodes),
            ("profile_id", self.profiles),
        ):  # fmt: skip
            if column in columns:
                wanted = [exp.convert(one) for one in sorted(values)]
                kept: exp.Expr = exp.not_(exp.column(column).isin(*wanted)) if wanted else exp.true()
                return exp.or_(exp.column(column).is_(exp.null()), kept)
        return None


def forget(app: App, sought: Sought, found: Found, texts: Mapping[Place, bytes], gone: Collection[int]) -> None:
    """
    Put a warehouse in the place of the old one that never had what is forgotten; the old file is there until then.

    The caller is alone in the home, and has no warehouse open.
    """
    aside = app.settings.path(FOLDER)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    collected = _collected(app, found, texts)
    leaving = Leaving(
        messages={erasure.read(decode(text).erased or "").message_hash for text in texts.values()},
        failed={failed_id(found.ticks[place], place[1]) for place in texts},
        nodes=gone,
        profiles=sought.profiles,
    )
    try:
        visits = _visits(app, collected)
        apps.open_warehouse_of(app.settings, path=aside / _FILE).close()
        _copy(app, aside / _FILE, leaving)
        new = apps.open_warehouse_of(app.settings, path=aside / _FILE)
        try:
            with new.transaction() as cursor:
                derive.insert_again(cursor, collected, visits)
                derive.rederive_all(cursor)
                changes.ask_anew(cursor)
            new.checkpoint()
        finally:
            new.close()
        (aside / _FILE).replace(app.settings.path(_FILE))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _collected(app: App, found: Found, texts: Mapping[Place, bytes]) -> dict[str, pa.Table]:
    """Collect what is left of the lines, as a rebuild would."""
    knows = app.knowledge()
    tables: defaultdict[str, list[pa.Table]] = defaultdict(list)
    for place in sorted(texts, key=lambda one: (found.ticks[one], one)):
        if found.ticks[place]:
            world = replace(knows(Seen()), pace=None)
            made = pipeline.collect([texts[place]], first_offset=place[1], tick_id=found.ticks[place], world=world)
            for name, table in made.tables.items():
                tables[name].append(table)
    return {name: pa.concat_tables(parts) for name, parts in tables.items()}


def _visits(app: App, collected: Mapping[str, pa.Table]) -> set[int]:
    """Give which of the rows of carts and orders lay in a session, and still do."""
    old = apps.open_warehouse_of(app.settings)
    try:
        commerce = collected.get("commerce")
        if commerce is None:
            return set()
        still = commerce.filter(pc.not_equal(commerce["browser_node"], 0))["message_hash"].to_pylist()
        with old.cursor() as cursor:
            found = load(_PACKAGE, "commerce_visits").run(cursor, hashes=sorted(set(still))).fetchall()
        return {message_hash for (message_hash,) in found}
    finally:
        old.checkpoint()  # nothing of it may lie in its log alone
        old.close()


def _copy(app: App, path: Path, leaving: Leaving) -> None:
    engine = app.settings.engine
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{engine.memory_mb}MiB",
        "threads": engine.threads,
    }
    with duckdb.connect(str(path), config=limits) as cursor:
        cursor.execute(_attached(app.settings.path(_FILE)))
        for name, columns in _tables(cursor):
            if name in _MADE_AGAIN:
                continue
            cursor.execute(exp.delete(exp.table_(name, db="fact")).sql(dialect="duckdb"))
            rows = exp.select(*columns).from_(exp.table_(name, db="fact", catalog="old"))
            kept = leaving.keeps(columns)
            rows = rows if kept is None else rows.where(kept)
            into = exp.insert(rows, exp.table_(name, db="fact"), columns=columns)
            cursor.execute(into.sql(dialect="duckdb"))
        cursor.execute("DETACH old")
        cursor.execute("CHECKPOINT")


def _tables(cursor: Cursor) -> Iterator[tuple[str, list[str]]]:
    found = cursor.execute(
        "SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
        " WHERE schema_name = 'fact' AND database_name = 'old' AND NOT internal"
        " AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'old')"
        " GROUP BY table_name ORDER BY table_name"
    ).fetchall()
    yield from ((name, list(columns)) for name, columns in found)


def _attached(path: Path) -> str:
    old = exp.alias_(exp.Literal.string(str(path)), "old")
    return exp.Attach(this=old, expressions=[exp.AttachOption(this=exp.var("READ_ONLY"))]).sql(dialect="duckdb")
