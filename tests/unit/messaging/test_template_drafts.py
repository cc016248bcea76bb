"""Drafts of templates: kept while one types, undone step by step, published as versions that never change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comptoir.messaging import template_drafts, template_shelf
from comptoir.messaging.template import EVERY_BRAND, BadTemplate, Template, TemplateNotFound
from comptoir.state.base import State, metadata, open_state

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section>"
    "{% render 'footer' %}</mj-body></mjml>"
)


@pytest.fixture
def state(home: Path) -> Iterator[State]:
    made = open_state(home / "state.db")
    metadata.create_all(
        made.engine, tables=[metadata.tables[name] for name in ("templates", "template_drafts", "template_health")]
    )
    yield made
    made.close()


def begin(state: State, *languages: str) -> Template:
    with state.write() as connection:
        draft = template_drafts.new(
            connection, "bienvenue", brand=EVERY_BRAND, languages=languages or ("fr",), now=NOON, by="ann"
        )
    return draft.parts[0]


def write(
    state: State, part: Template, subject: str, *, after: float = 0, typed: bool = False, by: str = "ann"
) -> None:
    with state.write() as connection:
        template_drafts.save(
            connection, [replace(part, subject=subject, mjml=MJML)], now=NOON + timedelta(seconds=after), by=by,
            is_typed=typed,
        )  # fmt: skip


def subject(state: State) -> str:
    with state.read() as connection:
        return template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND).parts[0].subject


def undo(state: State) -> None:
    with state.write() as connection:
        template_drafts.undo(connection, "bienvenue", brand=EVERY_BRAND)


def test_what_is_typed_within_a_minute_is_one_step_of_undo(state: State) -> None:
    part = begin(state)
    write(state, part, "A")
    for second, text in enumerate(["B", "Bo", "Bon"]):
        write(state, part, text, after=10 + second, typed=True)
    write(state, part, "Bonjour", after=80, typed=True)

    seen = [subject(state)]
    for _ in range(3):
        undo(state)
        seen.append(subject(state))

    assert seen == ["Bonjour", "Bon", "A", ""]
    with pytest.raises(template_drafts.DraftNotFound):
        undo(state)


def redo(state: State) -> None:
    with state.write() as connection:
        template_drafts.redo(connection, "bienvenue", brand=EVERY_BRAND)


def may_redo(state: State) -> bool:
    with state.read() as connection:
        return template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND).can_redo


def test_what_was_taken_back_is_done_again_step_by_step(state: State) -> None:
    part = begin(state)
    for text in ("A", "B", "C"):
        write(state, part, text)
    for _ in range(3):
        undo(state)

    seen = [subject(state)]
    while may_redo(state):
        redo(state)
        seen.append(subject(state))

    assert seen == ["", "A", "B", "C"]
    with pytest.raises(template_drafts.NothingToRedo):
        redo(state)


def test_a_change_after_undo_is_a_step_of_its_own_and_ends_what_could_be_done_again(state: State) -> None:
    part = begin(state)
    write(state, part, "A", typed=True)
    write(state, part, "B", typed=True, by="bob")
    undo(state)
    write(state, part, "Z", typed=True, after=1)

    assert not may_redo(state)
    undo(state)
    assert subject(state) == "A", "it was not melted into the step before, though typed within the minute"
    redo(state)
    assert subject(state) == "Z"


def test_a_draft_all_taken_back_is_none_and_yet_can_be_done_again(state: State) -> None:
    part = begin(state)
    write(state, part, "Un")
    with state.write() as connection:
        template_drafts.publish(connection, "bienvenue", brand=EVERY_BRAND, now=NOON, by="ann")
    write(state, part, "Deux")
    undo(state)

    with state.read() as connection:
        assert template_drafts.listing(connection) == []
        assert template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND).revision == 0
    redo(state)
    assert subject(state) == "Deux"


def test_another_persons_typing_is_a_step_of_its_own(state: State) -> None:
    part = begin(state)
    write(state, part, "Ann", typed=True)
    write(state, part, "Bob", typed=True, after=1, by="bob")
    undo(state)

    assert subject(state) == "Ann"


def test_publishing_makes_a_version_says_who_and_ends_the_draft(state: State) -> None:
    part = begin(state)
    write(state, part, "Un")
    with state.write() as connection:
        template_drafts.publish(connection, "bienvenue", brand=EVERY_BRAND, now=NOON, by="ann")
    write(state, part, "Deux", after=60)
    with state.write() as connection:
        made = template_drafts.publish(
            connection, "bienvenue", brand=EVERY_BRAND, now=NOON + timedelta(days=1), by="bob"
        )
        versions = template_drafts.versions(connection, "bienvenue")
        draft = template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND)

    assert [one.version for one in made] == [2]
    assert [(one["version"], one["published_by"], one["subject"]) for one in versions] == [
        (2, "bob", "Deux"),
        (1, "ann", "Un"),
    ]
    assert (draft.revision, draft.parts[0].version, draft.parts[0].subject) == (0, 3, "Deux")


def test_going_back_makes_a_draft_of_a_former_version(state: State) -> None:
    part = begin(state)
    for text in ("Un", "Deux"):
        write(state, part, text)
        with state.write() as connection:
            template_drafts.publish(connection, "bienvenue", brand=EVERY_BRAND, now=NOON, by="ann")
    with state.write() as connection:
        template_drafts.go_back(connection, "bienvenue", 1, brand=EVERY_BRAND, now=NOON, by="ann")

    assert subject(state) == "Un"
    undo(state)
    assert subject(state) == "Deux", "before the first step of a draft stands what is published"


def test_all_languages_must_be_fit_or_none_is_published(state: State) -> None:
    begin(state, "fr", "en")
    with state.read() as connection:
        draft = template_drafts.find(connection, "bienvenue", brand=EVERY_BRAND)
    whole = replace(draft.part("fr"), subject="Oui", mjml=MJML)
    with state.write() as connection:
        template_drafts.save(connection, [whole, draft.part("en")], now=NOON, by="ann")

    with pytest.raises(BadTemplate) as refused, state.write() as connection:
        template_drafts.publish(connection, "bienvenue", brand=EVERY_BRAND, now=NOON, by="ann")

    assert (refused.value.facts["part"], refused.value.facts["language"]) == ("subject", "en")
    with state.read() as connection, pytest.raises(TemplateNotFound):
        template_shelf.find(connection, "bienvenue")


def test_a_name_is_taken_once(state: State) -> None:
    begin(state)

    with pytest.raises(template_drafts.TemplateNameTaken):
        begin(state)


def test_no_more_than_fifty_steps_are_kept(state: State) -> None:
    part = begin(state)
    for step in range(70):
        write(state, part, str(step), after=step)

    for _ in range(template_drafts.MOST_REVISIONS - 1):
        undo(state)
    with pytest.raises(template_drafts.DraftNotFound):
        undo(state)
