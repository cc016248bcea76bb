"""The shelf of definitions: drafts that two people write, undo and redo, versions that never change, pause, delete."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from comptoir.state import shelf
from comptoir.state.base import metadata
from comptoir.state.drafts import DRAFT, KEPT_DRAFTS, Draft
from comptoir.state.shelf import Shelf
from tests.stores import new_state

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def key_of(text: str) -> str:
    return text.split(maxsplit=1)[0]


THINGS = Shelf(kind="thing", key_of=key_of)
OTHERS = Shelf(kind="other", key_of=key_of)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    state = new_state(tmp_path / "state.db")
    with state.write() as made:
        yield made
    state.close()


def save(connection: Connection, text: str, **about: str) -> Draft:
    base = about.get("base") or THINGS.read(connection, "a").base
    return THINGS.save(connection, "a", text, NOW, base=base, by=about.get("by", ""))


def test_a_draft_is_published_under_the_next_number_and_is_no_draft_any_more(connection: Connection) -> None:
    begun = THINGS.begin(connection, "a 1", NOW, by="bea")
    assert (begun.state, begun.revision, begun.can_undo) == (DRAFT, 1, False)
    assert THINGS.publish(connection, "a", NOW, base=begun.base, by="bea") == 1
    again = save(connection, "a 2")
    assert THINGS.publish(connection, "a", LATER, base=again.base) == 2
    now = THINGS.read(connection, "a")
    assert (now.state, now.live_version, now.text, now.revision) == (shelf.LIVE, 2, "a 2", None)
    assert [one.text for one in THINGS.versions(connection, "a")] == ["a 2", "a 1"]
    THINGS.publish_text(connection, "b 1", NOW)
    OTHERS.publish_text(connection, "a 9", NOW)
    assert THINGS.live(connection) == {"a": (2, "a 2"), "b": (1, "b 1")}
    assert THINGS.live(connection, {"b", "c"}) == {"b": (1, "b 1")}


def test_undo_and_redo_walk_through_the_drafts_and_back_to_what_is_published(connection: Connection) -> None:
    THINGS.publish_text(connection, "a 1", NOW)
    for text in ("a 2", "a 3"):
        THINGS.save(connection, "a", text, LATER, base=THINGS.read(connection, "a").base)
    seen = []
    for step in (THINGS.undo, THINGS.undo, THINGS.redo, THINGS.redo):
        seen.append(step(connection, "a", base=THINGS.read(connection, "a").base).text)
    assert seen == ["a 2", "a 1", "a 2", "a 3"]
    with pytest.raises(shelf.NoWayBack):
        THINGS.redo(connection, "a", base=THINGS.read(connection, "a").base)
    assert THINGS.discard(connection, "a", base=THINGS.read(connection, "a").base).text == "a 1"


def test_a_save_made_from_an_older_draft_is_refused_and_says_who_was_first(connection: Connection) -> None:
    base = THINGS.begin(connection, "a 1", NOW).base
    save(connection, "a 2", by="bea")
    with pytest.raises(shelf.DraftMovedOn) as refused:
        save(connection, "a 3", base=base)
    assert refused.value.facts["by"] == "bea"
    assert THINGS.read(connection, "a").text == "a 2"


def test_a_definition_keeps_its_key_and_a_key_is_taken_once_in_its_kind(connection: Connection) -> None:
    THINGS.begin(connection, "a 1", NOW)
    with pytest.raises(shelf.AnotherKey):
        save(connection, "b 1")
    with pytest.raises(shelf.KeyTaken):
        THINGS.begin(connection, "a 2", NOW)
    OTHERS.begin(connection, "a 9", NOW)
    assert [one.text for one in THINGS.listing(connection)] == ["a 1"]


def test_what_is_paused_stays_so_over_a_new_version_and_is_not_live(connection: Connection) -> None:
    with pytest.raises(shelf.DefinitionNotFound):
        THINGS.pause(connection, "a", NOW)
    THINGS.begin(connection, "a 1", NOW)
    with pytest.raises(shelf.NotYetPublished):
        THINGS.pause(connection, "a", NOW)
    THINGS.publish_text(connection, "a 1", NOW)
    THINGS.pause(connection, "a", NOW)
    assert THINGS.publish_text(connection, "a 2", NOW) == 2
    assert THINGS.live(connection) == {}
    THINGS.resume(connection, "a", NOW)
    assert THINGS.live(connection) == {"a": (2, "a 2")}


def test_a_text_that_is_live_is_published_once_and_a_draft_of_another_stays(connection: Connection) -> None:
    THINGS.publish_text(connection, "a 1", NOW)
    save(connection, "a 2")
    assert THINGS.publish_text(connection, "a 1", NOW) == 1
    assert THINGS.read(connection, "a").text == "a 2"


def test_what_is_deleted_is_gone_with_its_versions_and_may_begin_anew(connection: Connection) -> None:
    THINGS.publish_text(connection, "a 1", NOW)
    OTHERS.publish_text(connection, "a 1", NOW)
    THINGS.delete(connection, "a")
    assert THINGS.listing(connection) == []
    assert THINGS.begin(connection, "a 5", NOW).live_version == 0
    assert OTHERS.live(connection) == {"a": (1, "a 1")}


def test_many_drafts_are_kept_up_to_a_number_and_undo_ends_there(connection: Connection) -> None:
    THINGS.begin(connection, "a 0", NOW)
    for number in range(1, KEPT_DRAFTS + 10):
        save(connection, f"a {number}")
    steps = 0
    while (now := THINGS.read(connection, "a")).can_undo:
        THINGS.undo(connection, "a", base=now.base)
        steps += 1
    assert steps == KEPT_DRAFTS - 1


def played(connection: Connection, deeds: list[str]) -> set[str]:
    """Do some deeds one after the other; give what was saved."""
    THINGS.begin(connection, "a 0", NOW)
    saved, at = {"a 0"}, NOW
    for number, deed in enumerate(deeds, start=1):
        at += timedelta(seconds=1)
        base = THINGS.read(connection, "a").base
        try:
            if deed == "save":
                saved.add(f"a {number}")
                THINGS.save(connection, "a", f"a {number}", at, base=base)
            elif deed == "publish":
                THINGS.publish(connection, "a", at, base=base)
            else:
                getattr(THINGS, deed)(connection, "a", base=base)
        except shelf.NoWayBack:
            assert THINGS.read(connection, "a").base == base
    return saved


@given(st.lists(st.sampled_from(["save", "undo", "redo", "publish", "discard"]), max_size=25))
def test_whatever_is_done_the_text_is_one_that_was_saved_and_versions_count_up(deeds: list[str]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=[shelf.shelved, shelf.shelved_versions, shelf.shelved_drafts])
    with engine.begin() as connection:
        saved = played(connection, deeds)
        now = THINGS.read(connection, "a")
        assert now.text in saved
        numbers = [one.version for one in THINGS.versions(connection, "a")]
        assert numbers == list(range(len(numbers), 0, -1))
        assert now.live_version == len(numbers)
    engine.dispose()
