"""Somebody taken out of the state store: what is hers alone goes, what counts in figures stays and names nobody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from comptoir.access.rows import audit
from comptoir.clock import micros
from comptoir.collect.plan.rows import findings
from comptoir.collect.rows import repairs
from comptoir.erasing.sought import SHORTEST, Sought
from comptoir.ids import hex64
from comptoir.messaging import suppression
from comptoir.messaging.rows import bounces, notices, outbox, suppressions, webhook_calls
from comptoir.model.identifier import IdentifierKind
from comptoir.pressure.rows import announced, candidates, reservations, universal_draws
from comptoir.privacy.rows import ERASED, consents, erasures, opt_ins, pauses
from comptoir.quality.rows import corrections
from comptoir.scenarios.rows import alerts, draws, enrollments, goals, timers

REASON = "erased"
_Values = Mapping[str, Any]

COUNTED: Mapping[Table, Callable[[Sought], _Values]] = {
    candidates: lambda one: {"profile_then": _nobody(one), "wish": "{}", "detail": None, "weighed": None},
    reservations: lambda _one: {},
    outbox: lambda _one: {
        "words": "{}",
        "traits": "{}",
        "promise": "[]",
        "detail": None,
        "cart_id": None,
        "cart_key": None,
    },
    goals: lambda _one: {},
    draws: lambda one: {"who": _nobody(one)},
    enrollments: lambda _one: {"said": "{}", "about": "", "cart_id": None, "cart_key": None, "arm_of": None},
    alerts: lambda one: {"said": "{}", "person": _nobody(one)},
}
"""Ledgers that figures are made of: their rows stay, and name nobody any more."""
_OWN = frozenset({audit.name, erasures.name, suppressions.name, consents.name, "golden_changes"})
"""Kept as they are: they name people by hashes, are a proof that may not change, or tell followers who is gone."""


def forget(connection: Connection, sought: Sought, failed: Collection[str], now: datetime) -> dict[str, int]:
    """Take a person out of the ledgers, in the caller's transaction; give how many rows of each table changed."""
    done = {
        "consents": _seal_consents(connection, sought),
        "enrollments_ended": _end_runs(connection, sought, now),
        "messages_dropped": _drop_waiting(connection, sought, now),
    }
    for table, blank in COUNTED.items():
        values = {**blank(sought), "node_id": sought.ghost}
        if "contact" in table.c:
            values["contact"] = _nobody(sought)
        done[table.name] = _changed(connection, update(table).where(table.c.node_id.in_(sought.nodes)).values(values))
    for wanted in _hers(sought, failed):
        done[wanted.table.name] = done.get(wanted.table.name, 0) + _changed(connection, wanted)
    done |= dict(_everywhere_else(connection, sought))
    return {name: count for name, count in sorted(done.items()) if count}


def _seal_consents(connection: Connection, sought: Sought) -> int:
    """Put a hash in the place of her addresses: the proof stays, and says no more whose it is."""
    contacts = [value for kind, value in sought.values if kind in _CONTACT_KINDS]
    count = 0
    for contact in contacts:
        sealed = ERASED + suppression.hash_of(contact)
        count += _changed(connection, update(consents).where(consents.c.contact == contact).values(contact=sealed))
        count += _changed(
            connection,
            update(opt_ins)
            .where(opt_ins.c.contact == contact)
            .values(contact=sealed, network_hash=None, user_agent=None),
        )
    return count


_CONTACT_KINDS = frozenset({IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.ANONYMOUS})


def _end_runs(connection: Connection, sought: Sought, now: datetime) -> int:
    c = enrollments.c
    hers = c.node_id.in_(sought.nodes)
    live = select(c.enrollment_id).where(hers, c.status == "live")
    connection.execute(delete(timers).where(timers.c.enrollment_id.in_(live)))
    own_key = literal(_nobody(sought) + ":") + c.enrollment_id.cast(String)  # at most one live run a key
    connection.execute(update(enrollments).where(hers).values(key=own_key))
    over = {
        "status": "exited", "exit_reason": REASON, "ended_at": micros(now), "due_at": None, "waits_for": None,
        "happened": None,
    }  # fmt: skip
    return _changed(connection, update(enrollments).where(hers, c.status == "live").values(over))


def _drop_waiting(connection: Connection, sought: Sought, now: datetime) -> int:
    o, c = outbox.c, candidates.c
    dropped = _changed(
        connection,
        update(outbox)
        .where(o.node_id.in_(sought.nodes), o.state == "queued")
        .values(state="dropped", reason=REASON, settled_at=micros(now)),
    )
    return dropped + _changed(
        connection,
        update(candidates)
        .where(c.node_id.in_(sought.nodes), c.outcome == "deferred")
        .values(outcome="dropped", reason=REASON, deferred_until=None, decided_at=micros(now)),
    )


def _hers(sought: Sought, failed: Collection[str]) -> Iterator[Any]:
    """Give the statements that take away what is hers alone."""
    addresses = [value for _, value in sought.values]
    hashes = [suppression.hash_of(one) for one in addresses]
    yield delete(pauses).where(pauses.c.contact.in_(addresses))
    yield delete(corrections).where(corrections.c.node_id.in_(sought.nodes))
    yield delete(announced).where(announced.c.node_id.in_(sought.nodes))
    yield delete(universal_draws).where(universal_draws.c.node_id.in_(sought.nodes))
    yield delete(notices).where(
        or_(notices.c.message_id.in_(sought.messages), notices.c.browser.in_(sought.of_kind(IdentifierKind.ANONYMOUS)))
    )
    yield delete(repairs).where(repairs.c.failed_id.in_(failed))
    yield update(bounces).where(bounces.c.contact_hash.in_(hashes)).values(detail=None)


def _everywhere_else(connection: Connection, sought: Sought) -> Iterator[tuple[str, int]]:
    """
    Look into every table for what still tells of her: blank a text of a ledger, take away what hangs on her node.

    Tables that came after this was written are looked into too, by node and profile. What people wrote, such as
    scenarios, users and templates, is left as it is; the search at the end says where she still stands.
    """
    lying = MetaData()
    lying.reflect(connection)  # as they lie in the file, whoever declared them
    for table in lying.sorted_tables:
        if table.name in _OWN or table.name in _IDENTITY:
            continue
        told = _tells(table, sought)
        blanks = _BLANKED.get(table.name, {})
        if table.name in _COUNTED or blanks:
            for column, words in told:
                blank = blanks.get(column.name, "{}" if column.name in _JSON else None)
                if blank is not None or column.nullable:
                    yield table.name, _changed(connection, update(table).where(words).values({column.name: blank}))
            continue
        conditions = [words for _, words in told] if table.name in _WORDED else []
        conditions += [table.c[name].in_(values) for name, values in _keys(table, sought)]
        if conditions:
            yield table.name, _changed(connection, delete(table).where(or_(*conditions)))


_WORDED = frozenset({
    "candidate_answers", "reports", "repairs", "golden_records", "matching_suggestions", "notices",
})  # fmt: skip
"""Tables of which a row goes that speaks of her. No other may: a scenario may name a colleague, who is a person too."""
_COUNTED = frozenset(table.name for table in COUNTED)
_JSON = frozenset({"words", "traits", "wish", "said", "body", "examples", "answer"})
_BLANKED: Mapping[str, Mapping[str, str]] = {
    findings.name: {"examples": "[]"}, webhook_calls.name: {"body": "{}", "detail": ""}, bounces.name: {"detail": ""},
    "imports": {"problem": ""},
}  # fmt: skip
"""Tables whose rows stay, and what stands in the place of a text that told of her."""


def _tells(table: Table, sought: Sought) -> list[tuple[Column[Any], ColumnElement[bool]]]:
    """Give the columns of a table that may hold texts, each with the condition that one tells of her."""
    words = [value.lower() for kind, value in sought.values if kind in _WRITTEN and len(value) >= SHORTEST]
    words += [name.lower() for name in sought.names]
    words += [value for value in sought.of_kind(IdentifierKind.ANONYMOUS) if len(value) >= SHORTEST]
    texts = [one for one in table.columns if isinstance(one.type, (String, Text)) or one.name in {"line", "mended"}]
    texts = [one for one in texts if not isinstance(one.type, LargeBinary) or one.name in {"line", "mended"}]
    found = []
    for column in texts:
        lowered = func.lower(column.cast(Text))
        told = [func.instr(lowered, word.lower()) > 0 for word in words]
        if told:
            found.append((column, or_(*told)))
    return found


_WRITTEN = frozenset({IdentifierKind.EMAIL, IdentifierKind.PHONE})


def _keys(table: Table, sought: Sought) -> list[tuple[str, Collection[Any]]]:
    nodes: Collection[Any] = sought.nodes
    named = [(name, nodes) for name in _NODES if name in table.c and isinstance(table.c[name].type, Integer)]
    named += [(name, sought.profiles) for name in ("profile_id", "profile") if name in table.c]
    return named


_NODES = ("node_id", "node", "founder", "kin", "other", "a", "b")
"""What columns that hold a node are called."""
_IDENTITY = frozenset({"identity_nodes", "identity_links", "identity_cuts", "identity_traits", "identity_groups"})
"""Identity forgets by itself (`identity.store.erase`)."""


def _nobody(sought: Sought) -> str:
    return ERASED + hex64(sought.ghost)


def _changed(connection: Connection, statement: Any) -> int:
    return max(0, int(connection.execute(statement).rowcount))
