from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comptoir.grammar.fields import BadDefinition
from comptoir.scenarios import definitions, drafts, edit, standing
from comptoir.scenarios.drafts import NameTaken, NothingToUndo, StaleDraft
from comptoir.scenarios.edit import Slot
from comptoir.scenarios.parse import parse
from comptoir.state.base import State
from comptoir.state.drafts import KEPT_DRAFTS
from tests.stores import new_state

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASKET = definitions.shipped()["abandoned-basket"]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = new_state(tmp_path / "state.db")
    yield made
    made.close()


def with_pause(text: str, span: str) -> str:
    return edit.write(edit.change(edit.read(text), "pause", {"for": span, "since": "last_action"}))


def test_undo_goes_back_to_what_is_published_and_redo_forward_again(state: State) -> None:
    with state.write() as connection:
        definitions.publish(connection, BASKET, NOW, by="anna")
        first = drafts.read(connection, "abandoned-basket")
        one = drafts.save(
            connection, "abandoned-basket", with_pause(first.text, "1 hour"), NOW + timedelta(1), base=first.base
        )
        two = drafts.save(
            connection, "abandoned-basket", with_pause(one.text, "2 hours"), NOW + timedelta(1), base=one.base, by="bea"
        )

        back = drafts.undo(connection, "abandoned-basket", base=two.base)
        start = drafts.undo(connection, "abandoned-basket", base=back.base)
        again = drafts.redo(connection, "abandoned-basket", base=start.base)

        assert (first.revision, first.can_undo, first.can_redo) == (None, False, False)
        assert back.text == one.text
        assert start.text == BASKET
        assert (again.text, again.revision) == (one.text, one.revision)
        assert parse(two.text).version == 2, "a published version is not written over"
        assert (two.saved_by, two.can_redo, back.can_redo) == ("bea", False, True)


def test_who_saves_second_is_told_and_an_old_form_never_fits_again(state: State) -> None:
    with state.write() as connection:
        mine = drafts.begin(connection, BASKET, NOW, by="anna")
        other = drafts.save(connection, "abandoned-basket", with_pause(BASKET, "1 hour"), NOW, base=mine.base)

        with pytest.raises(StaleDraft):
            drafts.save(connection, "abandoned-basket", with_pause(BASKET, "3 hours"), NOW, base=mine.base)
        drafts.publish(connection, "abandoned-basket", NOW, base=other.base, by="bea")
        now = drafts.read(connection, "abandoned-basket")

        assert now.revision is None
        assert parse(now.text).program["pause"].step.span == timedelta(hours=1)  # type: ignore[attr-defined]
        with pytest.raises(StaleDraft):
            drafts.undo(connection, "abandoned-basket", base=other.base)
        with pytest.raises(NothingToUndo):
            drafts.publish(connection, "abandoned-basket", NOW, base=now.base)
        assert [(one.version, one.published_by) for one in drafts.versions(connection, "abandoned-basket")] == [
            (1, "bea")
        ]


def test_publishing_again_makes_the_next_version_and_the_old_draft_is_not_redone(state: State) -> None:
    with state.write() as connection:
        mine = drafts.begin(connection, BASKET, NOW)
        drafts.publish(connection, "abandoned-basket", NOW + timedelta(hours=1), base=mine.base)
        now = drafts.read(connection, "abandoned-basket")
        assert not now.can_redo

        edited = drafts.save(
            connection, "abandoned-basket", with_pause(BASKET, "1 hour"), NOW + timedelta(hours=2), base=now.base
        )
        made = drafts.publish(connection, "abandoned-basket", NOW + timedelta(hours=3), base=edited.base)

        assert made.version == 2
        assert definitions.text_of(connection, "abandoned-basket") == edited.text


def test_a_draft_of_another_name_or_a_taken_name_is_refused(state: State) -> None:
    with state.write() as connection:
        mine = drafts.begin(connection, BASKET, NOW)
        with pytest.raises(NameTaken):
            drafts.begin(connection, BASKET, NOW)
        with pytest.raises(BadDefinition):
            drafts.save(connection, "abandoned-basket", definitions.shipped()["welcome"], NOW, base=mine.base)
        with pytest.raises(NothingToUndo):
            drafts.undo(connection, "abandoned-basket", base=mine.base)
        with pytest.raises(NothingToUndo):
            drafts.discard(connection, "abandoned-basket", base=mine.base)


def test_only_so_many_revisions_are_kept(state: State) -> None:
    with state.write() as connection:
        now = drafts.begin(connection, BASKET, NOW)
        for number in range(1, KEPT_DRAFTS + 5):
            now = drafts.save(
                connection, "abandoned-basket", with_pause(BASKET, f"{number} minutes"), NOW, base=now.base
            )
        undone = 0
        while now.can_undo:
            now = drafts.undo(connection, "abandoned-basket", base=now.base)
            undone += 1

    assert undone == KEPT_DRAFTS - 1
    assert parse(now.text).program["pause"].step.span == timedelta(minutes=5)  # type: ignore[attr-defined]


def test_counts_of_an_empty_scenario_are_nought_for_every_step(state: State) -> None:
    definition = parse(BASKET)
    with state.read() as connection:
        found = standing.by_step(connection, definition)

    assert set(found) == set(definition.program)
    assert {(one.waiting, one.passed, one.deferred) for one in found.values()} == {(0, 0, 0)}
    assert Slot() == Slot(parent="", way="", place=0)


def test_a_shipped_scenario_whose_words_have_changed_takes_the_next_version(state: State) -> None:
    older = BASKET.replace("Votre panier vous attend", "Votre panier est là")
    with state.write() as connection:
        definitions.publish(connection, older, NOW)

        first = definitions.publish_shipped(connection, "abandoned-basket", NOW)
        again = definitions.publish_shipped(connection, "abandoned-basket", NOW)
        fresh = definitions.publish_shipped(connection, "welcome", NOW)

        assert (first.version, again.version, fresh.version) == (2, 2, 1)
        assert first.words["reminder"]["fr"]["subject"] == "Votre panier vous attend"
        assert definitions.text_of(connection, "abandoned-basket", 1) == older, "a published version never changes"
