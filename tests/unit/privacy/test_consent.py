from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comptoir.model.consent import ConsentKey, ConsentState, ConsentStatement
from comptoir.model.event import Trust
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.rows import consent_texts, consents, opt_ins, pauses, themes
from comptoir.state.base import State, metadata, open_state

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = ConsentKey("ann@example.org", "maison", "marketing", "email")
LEDGER = ConsentLedger()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = open_state(tmp_path / "state.db")
    metadata.create_all(made.engine, tables=[consents, consent_texts, pauses, opt_ins, themes])
    yield made
    made.close()


def said(
    name: str, state: str, at: datetime, *, at_once: bool = False, trust: Trust = Trust.CONFIRMED, brand: str = "maison"
) -> ConsentStatement:
    return ConsentStatement(
        statement_id=name, contact_kind="email", contact="ann@example.org", brand=brand, state=ConsentState(state),
        source="shop", trust=trust, stated_at=at, acts_at_once=at_once, text_version="v1", proof="form",
    )  # fmt: skip


def holds(state: State, key: ConsentKey = KEY) -> bool:
    with state.read() as connection:
        return key in LEDGER.granted(connection, [key])


def tell(state: State, *statements: ConsentStatement) -> None:
    with state.write() as connection:
        LEDGER.apply(connection, statements)


def test_nobody_has_consented_before_saying_so(state: State) -> None:
    assert not holds(state)


def test_the_latest_word_stands_whatever_the_order_it_came_in(state: State) -> None:
    tell(state, said("2", "withdrawn", NOON + timedelta(hours=1)), said("1", "granted", NOON))

    assert not holds(state)


def test_at_the_same_instant_no_wins(state: State) -> None:
    tell(state, said("1", "withdrawn", NOON), said("2", "granted", NOON))

    assert not holds(state)


def test_a_no_said_to_the_door_stands_even_where_the_clock_stepped_back(state: State) -> None:
    tell(state, said("1", "granted", NOON))
    tell(state, said("2", "withdrawn", NOON - timedelta(hours=1), at_once=True))

    assert not holds(state)


def test_what_a_public_key_claims_of_an_address_changes_nothing(state: State) -> None:
    tell(state, said("1", "granted", NOON, trust=Trust.CLAIMED))
    assert not holds(state)

    tell(state, said("2", "granted", NOON), said("3", "withdrawn", NOON + timedelta(1), trust=Trust.CLAIMED))
    assert holds(state)


def test_consent_belongs_to_one_brand(state: State) -> None:
    tell(state, said("1", "granted", NOON, brand="other"))

    assert not holds(state)


def test_the_same_statement_twice_is_one_row(state: State) -> None:
    tell(state, said("1", "granted", NOON))
    tell(state, said("1", "granted", NOON))

    with state.read() as connection:
        (row,) = LEDGER.history(connection, "ann@example.org")
    assert row["text_version"] == "v1"
    assert row["proof"] == "form"


def test_any_instant_is_replayed(state: State) -> None:
    tell(state, said("1", "granted", NOON), said("2", "withdrawn", NOON + timedelta(hours=2)))

    with state.read() as connection:
        then = [LEDGER.granted_at(connection, KEY, NOON + timedelta(hours=hour)) for hour in (-1, 0, 1, 2, 3)]
    assert then == [False, True, True, False, False]
