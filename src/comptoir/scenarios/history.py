"""History for a rehearsal: read once, set by set, then told again as it came, instant by instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

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
from comptoir.scenarios.history_carts import CartRules, CartsThen
from comptoir.scenarios.history_people import Acquaintance, PeopleThen, acquaintance
from comptoir.scenarios.history_world import Heard, HistoryWorld, Listed, Stated, shelved
from comptoir.state.base import State, metadata

Ask = Callable[[str, Mapping[str, object]], pa.Table]
"""Answer one of Comptoir's own questions, `reports/sql/<name>.sql`, with these parameters."""

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

    @property
    def event_count(self) -> int:
        """Count what scenarios hear."""
        return len(self.heard)

    def world(self, rules: CartRules, guard: Rules = RULES) -> HistoryWorld:
        """Make the world, as it stood before anything of the history."""
        people = PeopleThen(self.known, guard)
        return HistoryWorld(
            people=people,
            carts=CartsThen(rules=rules, person_of=people.of),
            catalogue=self.catalogue,
            stated=self.stated,
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
        told.sort(key=itemgetter(0, 1))
        for at, some in groupby(told, key=itemgetter(0)):
            parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
            for _, kind, one in some:
                parts[kind].append(one)
            yield Moment(at, *parts)

    def consents_before(self) -> list[dict[str, Any]]:
        """Give what had been said of consent when the stretch began."""
        began = micros(self.stretch.since)
        return [dict(row) for row in self.consents if row["effective_at"] <= began]


def read(ask: Ask, state: State, stretch: Stretch, names: Collection[str]) -> History:
    """
    Read the history of a stretch: the events of these names, and all that bears on the people behind them.

    Nothing is written. One question a table, whatever the number of people.
    """
    bounds: dict[str, object] = {
        "brand": stretch.brand, "from_at": micros(stretch.since), "until_at": micros(stretch.until),
    }  # fmt: skip
    events = ask("history_events", bounds | {"names": sorted(names)})
    commerce = ask("history_commerce", bounds)
    heard = list(_tuples(events, Heard, Heard._fields))
    rows = list(_commerce(commerce))
    with state.read() as connection:
        known = acquaintance(connection, _nodes(events) | _nodes(commerce))
        contacts = {known.values[node] for node, kind in known.kinds.items() if kind in _CONTACTS}
        consents = _consents(connection, contacts)
    return History(
        stretch=stretch,
        heard=heard,
        rows=rows,
        catalogue=_catalogue(ask("history_catalogue", {name: bounds[name] for name in ("brand", "until_at")})),
        stated=_stated(ask("history_contacts", bounds)),
        known=known,
        consents=consents,
    )


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
    return iter(sorted(found, key=lambda one: (one[0], one[1].occurred_at, one[1].message_id, one[1].line_number)))


def _catalogue(table: pa.Table) -> dict[tuple[str, str], dict[str | None, list[Listed]]]:
    columns = [table[name].to_pylist() for name in ("brand", "product_id", "variant_id", *Listed._fields)]
    return shelved([(*row[:3], Listed(*row[3:])) for row in zip(*columns, strict=True)])


def _stated(table: pa.Table) -> dict[int, list[Stated]]:
    found: dict[int, list[Stated]] = defaultdict(list)
    for node, *said in zip(*(table[name].to_pylist() for name in ("node_id", *Stated._fields)), strict=True):
        found[node].append(Stated(*said))
    return found


def _consents(connection: Connection, contacts: Collection[str]) -> list[dict[str, Any]]:
    """Read the ledger of consents by its table's name: whoever keeps it is a neighbor of this floor."""
    table = metadata.tables["consents"]
    wanted = sorted(contacts)
    found: list[dict[str, Any]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        asked = select(table).where(table.c.contact.in_(wanted[start : start + _AT_ONCE]))
        found += [dict(row) for row in connection.execute(asked).mappings()]
    return sorted(found, key=itemgetter("effective_at", "seq"))


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
