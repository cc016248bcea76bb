"""History for a rehearsal: read once, set by set, then told again as it came, instant by instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from comptoir.clock import instant, micros
from comptoir.facts.carts import Action
from comptoir.facts.orders import Row
from comptoir.identity.rules import RULES, Rules
from comptoir.model.consent import ConsentState, ConsentStatement
from comptoir.model.event import Trust
from comptoir.model.identifier import IdentifierKind
from comptoir.scenarios import history_more
from comptoir.scenarios.history_carts import CartRules, CartsThen
from comptoir.scenarios.history_interest import MEMORY, Change, Interests, Paged
from comptoir.scenarios.history_more import Ask, Asked, More, Select
from comptoir.scenarios.history_people import Acquaintance, PeopleThen, acquaintance
from comptoir.scenarios.history_world import Heard, HistoryWorld, Listed, Named, Stated, shelved
from comptoir.state.base import State, metadata

_CONTACTS = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The days that are looked at: from `since` on, before `until`."""

    since: datetime
    until: datetime
    brand: str | None = None


class Moment(NamedTuple):
    """All that came in at one instant. Units: `at` in microseconds since 1970."""

    at: int
    rows: list[Action | Row]
    heard: list[Heard]
    said: list[ConsentStatement]
    paused: list[Mapping[str, Any]]
    """Rows of the table of pauses."""
    looked: list[Paged]
    changed: list[Change]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was read: enough to answer as of any instant of the stretch, and nothing that is not asked for."""

    stretch: Stretch
    heard: Sequence[tuple[int, Heard]]
    rows: Sequence[tuple[int, Action | Row]]
    catalogue: Mapping[tuple[str, str], Mapping[str | None, Sequence[Listed]]]
    stated: Mapping[int, Sequence[Stated]]
    known: Acquaintance
    consents: Sequence[Mapping[str, Any]]
    """Rows of the consent ledger about these people. Order: as they took effect."""
    pauses: Sequence[Mapping[str, Any]] = ()
    """Rows of the pauses they asked for."""
    more: More = field(default_factory=More)
    interests: Interests = field(default_factory=Interests)
    named: Mapping[tuple[int, str], Sequence[Named]] = field(default_factory=dict)
    """The products that browsers named, where messages on the site speak of them."""

    @property
    def event_count(self) -> int:
        """Count what scenarios hear."""
        return len(self.heard) + len(self.more.pages) + len(self.more.changes)

    def world(self, rules: CartRules, guard: Rules = RULES) -> HistoryWorld:
        """Make the world, as it stood before anything of the history."""
        people = PeopleThen(self.known, guard)
        return HistoryWorld(
            people=people,
            carts=CartsThen(rules=rules, person_of=people.of),
            catalogue=self.catalogue,
            stated=self.stated,
            interests=self.interests,
            bought=self.more.bought_then(),
            acts=_acts(self.heard),
            named=self.named,
        )

    def moments(self) -> Iterator[Moment]:
        """Tell the history again. Order: as it came."""
        told: list[tuple[int, int, Any]] = [(at, 0, row) for at, row in self.rows]
        told += [(at, 1, one) for at, one in self.heard]
        began = micros(self.stretch.since)
        until = micros(self.stretch.until)
        told += [
            (row["effective_at"], 2, _statement(row)) for row in self.consents if began < row["effective_at"] < until
        ]
        told += [(row["stated_at"], 3, row) for row in self.pauses if began < row["stated_at"] < until]
        told += [(at, 4, one) for at, one in self.more.pages]
        told += [(at, 5, one) for at, one in self.more.changes]
        told.sort(key=itemgetter(0, 1))
        for at, some in groupby(told, key=itemgetter(0)):
            parts: tuple[list[Any], ...] = ([], [], [], [], [], [])
            for _, kind, one in some:
                parts[kind].append(one)
            yield Moment(at, *parts)

    def consents_before(self) -> list[dict[str, Any]]:
        """Give what had been said of consent when the stretch began."""
        began = micros(self.stretch.since)
        return [dict(row) for row in self.consents if row["effective_at"] <= began]

    def pauses_before(self) -> list[dict[str, Any]]:
        """Give the pauses that had been asked for when the stretch began."""
        began = micros(self.stretch.since)
        return [dict(row) for row in self.pauses if row["stated_at"] <= began]


def read(ask: Ask, state: State, stretch: Stretch, asked: Asked, chosen_by: Select | None = None) -> History:
    """
    Read the history of a stretch: the events these definitions listen to, and all that bears on the people behind them.

    Nothing is written. One question a table, whatever the number of people; `chosen_by` runs an author's statement.
    """
    bounds: dict[str, object] = {
        "brand": stretch.brand, "from_at": micros(stretch.since), "until_at": micros(stretch.until),
    }  # fmt: skip
    events = ask("history_events", bounds | {"names": sorted(asked.names)})
    commerce = ask("history_commerce", bounds)
    heard = list(_tuples(events, Heard, Heard._fields))
    with state.read() as connection:
        more = history_more.read(ask, connection, asked, bounds, _chosen(asked, chosen_by))
        known = acquaintance(connection, _nodes(events) | _nodes(commerce) | more.nodes)
        kinds = {*_CONTACTS, *([IdentifierKind.ANONYMOUS] if "browser" in asked.needs else [])}
        contacts = {known.values[node] for node, kind in known.kinds.items() if kind in kinds}
        consents = _rows_about(connection, "consents", contacts, "effective_at")
        pauses = _rows_about(connection, "pauses", contacts, "stated_at")
    circle = more.nodes | (_nodes(events) if "orders" in asked.needs else set())
    rows, stated = list(_commerce(commerce)), _stated([ask("history_contacts", bounds)])
    if circle:
        circle = known.together(circle)
        rows = _with_more(rows, ask, circle, bounds)
        stated = _stated([ask("history_contacts", bounds), *_of(ask, "history_contacts_of", circle, bounds)])
    views = (
        history_more.signs(ask, bounds, nodes=known.kinds) if history_more.looks_at_views(asked.needs) else []
    )  # fmt: skip
    spoken_of = {"brand": bounds["brand"], "until_at": bounds["until_at"], "products": None}
    catalogue = _catalogue(ask("history_catalogue", spoken_of))
    products = {one.product_id for one in (*views, *more.signs)} | {one.product_id for _, one in more.changes}
    products |= _named_by(heard) if "shelf:product" in asked.needs else set()
    for some in history_more.batched_sorted(products):
        catalogue |= _catalogue(ask("history_catalogue", spoken_of | {"products": some}))
    return History(
        stretch=stretch,
        heard=heard,
        rows=rows,
        catalogue=catalogue,
        stated=stated,
        known=known,
        consents=consents,
        pauses=pauses,
        more=more,
        interests=more.interests(views),
        named=_named(ask, heard, bounds) if "browser" in asked.needs else {},
    )


def _chosen(asked: Asked, chosen_by: Select | None) -> dict[str, Collection[str]]:
    """Run the statements of audiences: who they name now."""
    texts = {one.trigger.schedule.audience.sql for one in asked.definitions if one.trigger.schedule is not None}
    return {text: chosen_by(text) for text in sorted(one for one in texts if one is not None) if chosen_by is not None}


def _acts(heard: Iterable[tuple[int, Heard]]) -> dict[tuple[str, datetime], list[Heard]]:
    """Find what was done in browsers by brand and when."""
    found: dict[tuple[str, datetime], list[Heard]] = defaultdict(list)
    for _, one in heard:
        if one.anonymous_id is not None:
            found[one.brand, one.occurred_at].append(one)
    return found


def _named(
    ask: Ask, heard: Iterable[tuple[int, Heard]], bounds: Mapping[str, Any]
) -> dict[tuple[int, str], list[Named]]:
    """Find the products that the browsers of these events named, up to 90 days before them."""
    since = bounds["from_at"] - MEMORY // timedelta(microseconds=1)
    found: dict[tuple[int, str], list[Named]] = defaultdict(list)
    for some in history_more.batched_sorted(one.browser_node for _, one in heard if one.anonymous_id is not None):
        table = ask("history_named", {**bounds, "from_at": since, "nodes": some})
        for row in zip(*(table[name].to_pylist() for name in Named._fields), strict=True):
            one = Named(*row)
            found[one.browser_node, one.brand].append(one)
    return found


def _named_by(heard: Iterable[tuple[int, Heard]]) -> set[str]:
    """Give the products that events speak of."""
    said = (msgspec.json.decode(one.properties) for _, one in heard if '"product_id"' in one.properties)
    return {str(one["product_id"]) for one in said if isinstance(one, dict) and one.get("product_id")}


def _with_more(
    rows: list[tuple[int, Action | Row]], ask: Ask, circle: Collection[int], bounds: Mapping[str, object]
) -> list[tuple[int, Action | Row]]:
    """Give the rows about carts and orders, and those about the people of a circle, each once."""
    known = {(row.message_hash, row.line_number, isinstance(row, Row)): (at, row) for at, row in rows}
    for table in _of(ask, "history_commerce_of", circle, bounds):
        for at, row in _commerce(table):
            known.setdefault((row.message_hash, row.line_number, isinstance(row, Row)), (at, row))
    return sorted(known.values(), key=_as_seen)


def _of(ask: Ask, name: str, circle: Collection[int], bounds: Mapping[str, object]) -> Iterator[pa.Table]:
    wanted = {key: bounds[key] for key in ("brand", "until_at") if name == "history_commerce_of" or key == "until_at"}
    for some in history_more.batched_sorted(circle):
        yield ask(name, {**wanted, "nodes": some})


def _as_seen(one: tuple[int, Action | Row]) -> tuple[Any, ...]:
    return one[0], one[1].occurred_at, one[1].message_id, one[1].line_number


def _nodes(table: pa.Table) -> set[int]:
    found: set[int] = set()
    for name in ("node_id", "browser_node"):
        found.update(pc.unique(table[name]).to_pylist())
    return found - {0}


def _tuples(table: pa.Table, kind: Callable[..., Any], names: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """Make (when it was seen, row) of each row of a table, reading only the columns that are wanted."""
    seen = table["seen_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_pylist()
    columns = [table[name].to_pylist() for name in names]
    return zip(seen, (kind(*row) for row in zip(*columns, strict=True)), strict=True)


def _commerce(table: pa.Table) -> Iterator[tuple[int, Action | Row]]:
    is_action = pc.is_null(table["order_hash"])
    found = list(_tuples(table.filter(is_action), Action, Action._fields))
    found += _tuples(table.filter(pc.invert(is_action)), Row, Row._fields)
    return iter(sorted(found, key=_as_seen))


def _catalogue(table: pa.Table) -> dict[tuple[str, str], dict[str | None, list[Listed]]]:
    columns = [table[name].to_pylist() for name in ("brand", "product_id", "variant_id", *Listed._fields)]
    return shelved([(*row[:3], Listed(*row[3:])) for row in zip(*columns, strict=True)])


def _stated(tables: Iterable[pa.Table]) -> dict[int, list[Stated]]:
    found: dict[int, dict[Stated, None]] = defaultdict(dict)
    for table in tables:
        for node, *said in zip(*(table[name].to_pylist() for name in ("node_id", *Stated._fields)), strict=True):
            found[node][Stated(*said)] = None
    return {node: list(said) for node, said in found.items()}


def _rows_about(connection: Connection, name: str, contacts: Collection[str], at: str) -> list[dict[str, Any]]:
    """Read a ledger of consents by its table's name: whoever keeps it is a neighbor of this floor."""
    table = metadata.tables[name]
    wanted = sorted(contacts)
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        asked = select(table).where(table.c.contact.in_(wanted[start : start + _AT_ONCE]))
        found += [dict(row) for row in connection.execute(asked).mappings()]
    return sorted(found, key=itemgetter(at, "seq"))


def _statement(row: Mapping[str, Any]) -> ConsentStatement:
    return ConsentStatement(
        statement_id=row["statement_id"],
        contact_kind=row["contact_kind"],
        contact=row["contact"],
        brand=row["brand"],
        purpose=row["purpose"],
        channel=row["channel"],
        state=ConsentState(row["state"]),
        source=row["source"],
        trust=Trust(row["trust"]),
        stated_at=instant(row["effective_at"]),
        text_version=row["text_version"],
        proof=row["proof"],
    )
