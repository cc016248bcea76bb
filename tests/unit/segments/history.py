"""A small shop's history, told row by row into a warehouse, with segments that follow it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from comptoir.clock import micros
from comptoir.facts import derive
from comptoir.golden.choose import Policy, Said, choose
from comptoir.segments import follow, predicate, resolve, traits_kept
from comptoir.segments import parse as reader
from comptoir.segments.asked import Around, No, Question, Rhythm
from comptoir.segments.belonging import Belonging
from comptoir.segments.follow import Live, News
from comptoir.segments.traits_kept import Stood
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.duckdb import DuckdbWarehouse, open_warehouse

ZONE = "Europe/Paris"
START = datetime(2026, 3, 25, 10, tzinfo=UTC)
"""Some days before clocks are set forward in Europe."""
SOURCES = Policy(sources=("till",), by_brand={"m": ("crm", "till")})
"""All brands believe the till first, m believes the crm before it."""


def question_of(text: str, around: Around) -> Question:
    return resolve.resolve(reader.read(text), {}, lambda brand: replace(around, brand=brand))


def definition(key: str, condition: str) -> str:
    of = "brand: m\n" if key.startswith("m_") else ""
    return f"version: 1\nkey: {key}\nname: {key}\n{of}if: {{{condition}}}\n"


@dataclass
class History:
    """What was told; `tick` lets the segments follow."""

    warehouse: DuckdbWarehouse
    around: Around
    now: datetime = START
    tick_id: int = 0
    count: int = 0
    nodes: set[int] = field(default_factory=set)
    quiet: set[int] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    moved: list[tuple[int, str, str, str]] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    spoke: dict[int, set[int]] = field(default_factory=dict)
    """Who ever spoke of each order: a tick touches all of them (`touched_orders_nodes.sql`)."""
    said: dict[int, set[Said]] = field(default_factory=dict)
    rows: list[tuple[str, list[object]]] = field(default_factory=list)
    belonging: Belonging = field(default_factory=Belonging)

    def is_known(self, node: int) -> None:
        if node not in self.owners:
            self.move(node, f"p{node}")

    def move(self, node: int, profile: str) -> None:
        self.owners[node] = profile
        self.moved.append((node, "email", f"n{node}", profile))

    def did(
        self, node: int, name: str, at: datetime, category: str = "", said: Mapping[str, object] | None = None
    ) -> None:
        self.is_known(node)
        self.count += 1
        naive = at.astimezone(UTC).replace(tzinfo=None)
        self.rows.append((
            ("INSERT INTO fact.events (tick_id, message_id, message_hash, body_hash, type, name, node_id, browser_node,"
            " brand, source, dialect, trust, lane, historical, occurred_at, received_at, properties, traits, category)"
            " VALUES (?, ?, ?, 0, 'track', ?, ?, ?, 'm', 's', 'd', 'claimed', 'crm', ?, ?, ?, ?, '{}', ?)"),
            [self.tick_id + 1, f"m{self.count:06d}", self.count, name, node, node, False, naive, naive,
             json.dumps(said or {}), category or None],
        ))  # fmt: skip
        day = at.astimezone(ZoneInfo(ZONE)).date()
        self.rows.append((
            ("INSERT INTO fact.day_activity VALUES (?, ?, 'm', ?, ?, '', 1, 1, 0, 0, ?, ?, ?)"),
            [node, day, name, category, naive, naive, self.tick_id + 1],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"events"}
        self.events.add(name)

    def ordered(self, node: int, order: int, at: datetime, minor: int, status: str = "completed") -> None:
        self.is_known(node)
        naive = at.astimezone(UTC).replace(tzinfo=None)
        self.rows.append(("DELETE FROM fact.orders WHERE order_hash = ?", [order]))
        self.rows.append((
            ("INSERT INTO fact.orders (order_hash, brand, namespace, order_id, node_id, ordered_at, status, trust,"
            " currency, gross_minor, amount_minor, source, placed_at, is_sale, browser_nodes, cart_hashes,"
            " checkout_hashes)"
            " VALUES (?, 'm', 'shop', ?, ?, ?, ?, 'confirmed', 'EUR', ?, ?, 's', ?, TRUE, [], [], [])"),
            [order, str(order), node, naive, status, minor, minor, naive],
        ))  # fmt: skip
        self.spoke.setdefault(order, set()).add(node)
        self.nodes |= self.spoke[order]
        category = "Coffee" if order % 2 else "Shoes"
        self.rows.append(("DELETE FROM fact.order_lines WHERE order_hash = ?", [order]))
        self.rows.append((
            ("INSERT INTO fact.order_lines (order_hash, brand, line_key, category, quantity, amount_minor, currency,"
            " kind) VALUES (?, 'm', '1', ?, 1, ?, 'EUR', 'sale')"),
            [order, category, minor],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"commerce"}

    def stated(self, node: int, traits: Mapping[str, object], at: datetime, source: str = "s") -> None:
        self.is_known(node)
        self.count += 1
        for name, value in traits.items():
            said = Said(name, json.dumps(value), source, "m", micros(at), f"m{self.count:06d}", "confirmed")
            self.said.setdefault(node, set()).add(said)
        naive = at.astimezone(UTC).replace(tzinfo=None)
        self.rows.append((
            ("INSERT INTO fact.contact_records VALUES (?, ?, ?, 'm', ?, ?, ?, ?, ?)"),
            [self.tick_id + 1, f"m{self.count:06d}", self.count, source, node, naive, naive, json.dumps(traits)],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"contact_records", "traits"}

    def agreed(self, node: int, state: str, at: datetime) -> None:
        self.is_known(node)
        self.count += 1
        naive = at.astimezone(UTC).replace(tzinfo=None)
        self.rows.append((
            ("INSERT INTO fact.consents VALUES (?, ?, ?, 'm', 's', 'confirmed', ?, 'email', ?, 'marketing', 'email', ?,"
            " NULL, NULL, ?, ?)"),
            [self.tick_id + 1, f"m{self.count:06d}", self.count, node, f"n{node}", state, naive, naive],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"consents"}

    def earned(self, node: int, points: int, expires: datetime | None) -> None:
        self.is_known(node)
        self.count += 1
        naive = self.now.astimezone(UTC).replace(tzinfo=None)
        self.rows.append((
            ("INSERT INTO fact.loyalty_movements VALUES (?, ?, ?, 'm', 's', ?, 'earned', ?, NULL, ?, ?, ?)"),
            [self.tick_id + 1, f"m{self.count:06d}", self.count, node, points,
             None if expires is None else expires.date(), naive, naive],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"loyalty_movements"}

    def carted(self, node: int, cart: int, at: datetime, minor: int, order: int | None = None) -> None:
        self.is_known(node)
        naive = at.astimezone(UTC).replace(tzinfo=None)
        self.rows.append(("DELETE FROM fact.carts WHERE cart_hash = ?", [cart]))
        self.rows.append((
            ("INSERT INTO fact.carts (cart_hash, brand, is_inferred, node_id, browser_node, source, opened_at,"
            " last_action_at, order_hash, item_count, amount_minor, currency, session_count)"
            " VALUES (?, 'm', FALSE, ?, ?, 's', ?, ?, ?, 1, ?, 'EUR', 1)"),
            [cart, node, node, naive, naive, order, minor],
        ))  # fmt: skip
        self.nodes.add(node)
        self.heard |= {"commerce"}

    def tick(self, live: Iterable[Live]) -> None:
        """Write what was told in one transaction, and let the segments follow."""
        self.tick_id += 1
        with self.warehouse.transaction() as cursor:
            for text, values in self.rows:
                cursor.execute(text, values)
            moved = derive.copy_profiles(cursor, self.moved)
            traits_kept.clear(cursor)
            traits_kept.replace(cursor, (), self._standing())
            news = News(
                tick_id=self.tick_id, now=self.now, nodes=frozenset(self.nodes), quiet=frozenset(self.quiet),
                heard=frozenset(self.heard), events=frozenset(self.events), moved=moved,
            )  # fmt: skip
            follow.follow(cursor, news, follow.followed(live, self.around.zone_list), self.belonging)
        for kept in (self.nodes, self.quiet, self.heard, self.events, self.moved, self.rows):
            kept.clear()

    def _standing(self) -> Iterator[Stood]:
        """Choose what stands of everybody, as the golden records do."""
        people: dict[str, list[int]] = {}
        for node, name in self.owners.items():
            people.setdefault(name, []).append(node)
        for nodes in people.values():
            said = {one for node in nodes for one in self.said.get(node, ())}
            for brand in SOURCES.brands:
                for one in choose(said, SOURCES, brand):
                    name = traits_kept.kept_as(one.name, brand)
                    yield Stood(min(nodes), name, bytes(one.value).decode(), one.at, one.message_id)

    def members(self, segment: str) -> set[str]:
        with self.warehouse.cursor() as cursor:
            found = cursor.execute("SELECT profile_id FROM fact.memberships WHERE segment = ?", [segment]).fetchall()
        assert len({one for (one,) in found}) == len(found)
        return {one for (one,) in found}

    def changes(self) -> list[tuple[str, str, str, bool]]:
        with self.warehouse.cursor() as cursor:
            return cursor.execute(
                "SELECT segment, profile_id, change, happens FROM fact.membership_changes"
                " ORDER BY tick_id, segment, profile_id, change"
            ).fetchall()

    def asked(self, question: Question) -> set[str]:
        """Ask everybody, in the shape of a predicate."""
        with self.warehouse.cursor() as cursor:
            return set(follow.run(cursor, predicate.members(question), self.around.zone_list, self.now)
                       ["profile_id"].to_pylist())  # fmt: skip

    def everybody(self) -> set[str]:
        with self.warehouse.cursor() as cursor:
            return set(
                cursor.sql(predicate.everybody().sql(dialect="duckdb")).to_arrow_table()["profile_id"].to_pylist()
            )

    def negated(self, question: Question) -> set[str]:
        return self.asked(No(question))


def history(folder: Path) -> History:
    around = Around(zones={"m": ZONE}, currencies={"m": "EUR"}, below={"Shoes": frozenset({"Shoes", "Boots"})},
                    rhythms={"m": {"Coffee": Rhythm(2, 4)}}, rankers=frozenset(SOURCES.by_brand))  # fmt: skip
    return History(warehouse=open_warehouse(folder / "warehouse.duckdb"), around=around)


def erase(cursor: Cursor) -> None:
    for table in ("events", "day_activity", "orders", "order_lines", "contact_records", "consents", "loyalty_movements",
                  "carts", "traits", "memberships", "membership_changes", "segment_states", "segment_counts",
                  "membership_due", "profile_of", "persons", "people"):  # fmt: skip
        cursor.execute(f"DELETE FROM fact.{table}")


def days(count: float) -> timedelta:
    return timedelta(days=count)
