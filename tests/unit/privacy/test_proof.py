"""X14: the proof is append-only, whoever holds the connection, and any instant is replayed with its words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from comptoir.model.consent import ConsentKey, ConsentState, ConsentStatement, Standing
from comptoir.model.event import Trust
from comptoir.privacy import keyring, pages, texts
from comptoir.privacy.consent import ConsentLedger
from comptoir.state.base import State
from tests.stores import migrated_state

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LEDGER = ConsentLedger()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = migrated_state(tmp_path / "state.db")
    yield made
    made.close()


def said(name: str, contact: str, state: str, at: datetime, trust: Trust = Trust.CONFIRMED) -> ConsentStatement:
    return ConsentStatement(
        statement_id=name, contact_kind="email", contact=contact, brand="main", state=ConsentState(state),
        source="shop", trust=trust, stated_at=at, text_version=f"v-{name}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consents SET state = 'granted'",
        "UPDATE consents SET proof = NULL",
        "UPDATE consents SET contact = 'bob@example.org'",
        "UPDATE consents SET contact = 'erased:1', state = 'granted'",
        "DELETE FROM consents",
        "UPDATE consent_texts SET text = 'other'",
        "DELETE FROM consent_texts",
    ],
)
def test_no_proof_is_changed_or_taken_away(state: State, statement: str) -> None:
    words = texts.ConsentText(
        brand="main", purpose="marketing", channel="email", language="en", version="1", text="I agree."
    )
    with state.write() as connection:
        LEDGER.apply(connection, [said("1", "ann@example.org", "withdrawn", NOON)])
        texts.add(connection, words, NOON)

    with pytest.raises(IntegrityError, match="append-only"), state.write() as connection:
        connection.execute(text(statement))

    with state.read() as connection:
        (row,) = LEDGER.history(connection, "ann@example.org")
        assert row["state"] == "withdrawn"
        assert texts.find(connection, brand="main", purpose="marketing", channel="email", version="1") == [words]


def test_an_erasure_puts_a_hash_in_the_place_of_the_contact_once(state: State) -> None:
    with state.write() as connection:
        LEDGER.apply(connection, [said("1", "ann@example.org", "granted", NOON)])
        connection.execute(text("UPDATE consents SET contact = 'erased:abc' WHERE contact = 'ann@example.org'"))

    with pytest.raises(IntegrityError), state.write() as connection:
        connection.execute(text("UPDATE consents SET contact = 'erased:def'"))

    with state.read() as connection:
        assert LEDGER.history(connection, "ann@example.org") == []
        assert len(LEDGER.history(connection, "erased:abc")) == 1


WORDS = st.lists(
    st.tuples(st.integers(0, 50), st.sampled_from(["granted", "withdrawn"]), st.sampled_from(list(Trust))),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=WORDS, order=st.randoms(use_true_random=False))
def test_any_instant_is_replayed_whatever_the_order_of_arrival(state: State, words: list, order: object) -> None:  # type: ignore[type-arg]
    with state.read() as connection:
        number = connection.execute(text("SELECT count(*) FROM consents")).scalar()
    contact = f"c{number}@example.org"
    made = [
        said(f"{contact}-{place}", contact, word, NOON + timedelta(hours=hour), trust)
        for place, (hour, word, trust) in enumerate(words)
    ]
    shuffled = list(made)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    with state.write() as connection:
        LEDGER.apply(connection, shuffled)

    key = ConsentKey(contact, "main", "marketing", "email")
    with state.read() as connection:
        for hour in range(-1, 52):
            at = NOON + timedelta(hours=hour)
            # at one instant a no stands over a yes
            heard = sorted(
                (one.stated_at, one.state.value) for one in made if one.stated_at <= at and one.trust is Trust.CONFIRMED
            )
            expected = bool(heard) and heard[-1][1] == "granted"
            assert LEDGER.granted_at(connection, key, at) is expected
            replayed = LEDGER.at(connection, contact, at)
            assert all(row["text_version"] for row in replayed)
            standing = LEDGER.standing(connection, [key], at=at)[key]
            assert (standing is Standing.GRANTED) is expected
            assert (standing is Standing.NOT_ASKED) is (not heard)


def test_a_wording_is_never_replaced(state: State) -> None:
    first = texts.ConsentText(
        brand="main", purpose="marketing", channel="email", language="fr", version="1", text="Oui."
    )
    with state.write() as connection:
        before = texts.current(connection, brand="main", purpose="marketing", channel="email", language="fr")
        texts.add(connection, first, NOON)
    with pytest.raises(texts.TextExists), state.write() as connection:
        texts.add(connection, first, NOON + timedelta(1))
    with state.read() as connection:
        now = texts.current(connection, brand="main", purpose="marketing", channel="email", language="fr")
        english = texts.current(connection, brand="main", purpose="marketing", channel="email", language="en")
    assert before is not None
    assert before.version == texts.BUILT_IN
    assert now == first
    assert english is not None
    assert english.version == texts.BUILT_IN


def test_keys_go_when_their_last_link_has_expired(state: State) -> None:
    first, second = b"1" * 32, b"2" * 32
    with state.write() as connection:
        assert keyring.newest_first(connection, first) == [first]
        keyring.rotate(connection, first, NOON, draw=second)
        assert keyring.newest_first(connection, first) == [second, first]
        keyring.rotate(connection, first, NOON + timedelta(days=10), draw=b"3" * 32)
        assert len(keyring.newest_first(connection, first)) == 3
        keyring.rotate(connection, first, NOON + keyring.KEPT, draw=b"4" * 32)
        assert keyring.newest_first(connection, first) == [b"4" * 32, b"3" * 32, second]
        keyring.rotate(connection, first, NOON + keyring.KEPT, draw=b"5" * 32, revoke=True)
        assert keyring.newest_first(connection, first) == [b"5" * 32]


@pytest.mark.parametrize(("color", "is_good"), [("#aBcDeF", True), ("red", False), ("#12345g", False), ("", True)])
def test_a_color_is_six_digits(state: State, color: str, is_good: bool) -> None:
    with state.write() as connection:
        if is_good:
            pages.dress(connection, "main", color=color)
            return
        with pytest.raises(pages.BadColor):
            pages.dress(connection, "main", color=color)
