"""The audit: written once, found by who, what and when, and seen through where somebody has changed it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from comptoir.access import audit
from comptoir.access.audit import Asked, Deed, Door
from comptoir.access.roles import OPERATOR, Principal, Role
from comptoir.access.rows import audit as table
from comptoir.state.base import State, open_state
from tests.stores import migrated_state

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLAIRE = Principal(name="claire", role=Role.ADMIN)
SITE = Principal(name="claire", role=Role.ADMIN, kind="source", brands=frozenset({"maison"}))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = migrated_state(tmp_path / "state.db")
    yield made
    made.close()


def write(state: State, who: Principal, deed: Deed, about: str = "", *, brand: str = "", day: int = 0) -> None:
    with state.write() as connection:
        audit.write(
            connection, at=NOON + timedelta(days=day), who=who, door=Door.PAGE, deed=deed, about=about, brand=brand
        )


def fill(state: State) -> None:
    write(state, CLAIRE, Deed.USER_ADDED, "bea")
    write(state, SITE, Deed.SOURCE_CHANGED, "shop", brand="maison", day=1)
    write(state, OPERATOR, Deed.SCENARIO_PUBLISHED, "welcome 2", brand="atelier", day=2)
    write(state, CLAIRE, Deed.USER_KEY, "bea", day=3)


def listed(state: State, brands: frozenset[str] = frozenset(), **asked: object) -> list[str]:
    with state.read() as connection:
        return [one.deed for one in audit.listing(connection, Asked(**asked), brands=brands)]  # type: ignore[arg-type] # spelled below


def broken(state: State) -> int | None:
    with state.read() as connection:
        return audit.broken(connection)


def test_entries_are_found_by_who_what_about_and_day_the_newest_first(state: State) -> None:
    fill(state)

    assert listed(state) == ["user.key", "scenario.published", "source.changed", "user.added"]
    assert listed(state, who="user:claire") == ["user.key", "user.added"]
    assert listed(state, who="claire") == ["user.key", "source.changed", "user.added"], "every kind of that name"
    assert listed(state, deed="user") == ["user.key", "user.added"]
    assert listed(state, deed="user.key") == ["user.key"]
    assert listed(state, about="welc") == ["scenario.published"]
    assert listed(state, about="%") == []
    assert listed(state, since=date(2026, 11, 22), until=date(2026, 11, 23)) == ["scenario.published", "source.changed"]
    assert listed(state, frozenset({"maison"})) == ["source.changed"]


def test_the_store_itself_refuses_to_change_or_drop_an_entry(state: State) -> None:
    fill(state)

    for statement in (update(table).values(about="nothing"), delete(table)):
        with pytest.raises(IntegrityError, match="append-only"), state.write() as connection:
            connection.execute(statement)
    assert len(listed(state)) == 4
    assert broken(state) is None


@pytest.mark.parametrize("column", ["at", "who", "door", "deed", "about", "brand", "chain"])
@pytest.mark.parametrize("seq", [1, 2, 4])
def test_whoever_takes_the_lock_off_and_changes_an_entry_is_found_out(state: State, column: str, seq: int) -> None:
    fill(state)
    with state.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_stands_u")
        value: object = 1 if column == "at" else "another"
        connection.execute(update(table).where(table.c.seq == seq).values({column: value}))

    assert broken(state) == seq


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_an_entry_that_is_taken_out_of_the_middle_is_missed(state: State, seq: int) -> None:
    fill(state)
    with state.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_stands_d")
        connection.execute(delete(table).where(table.c.seq == seq))

    assert broken(state) == seq + 1


@given(st.text(max_size=400))
def test_what_an_entry_is_about_is_one_line_of_at_most_two_hundred_signs(about: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        state = open_state(Path(folder) / "state.db")
        table.create(state.engine)
        write(state, CLAIRE, Deed.OTHER, about)
        with state.read() as connection:
            (kept,) = audit.listing(connection, Asked())
        state.close()
    assert len(kept.about) <= audit.LONGEST_ABOUT
    assert kept.about == " ".join(kept.about.split())


def test_an_address_is_kept_as_the_beginning_of_a_hash_whatever_its_case() -> None:
    assert audit.sealed("Ann@Example.org ") == audit.sealed("ann@example.org")
    assert "ann" not in audit.sealed("ann@example.org")
    assert audit.sealed("bob@example.org") != audit.sealed("ann@example.org")


def test_a_day_that_is_none_is_refused_with_how_to_write_it() -> None:
    assert audit.day("") is None
    with pytest.raises(audit.BadDay):
        audit.day("yesterday")
