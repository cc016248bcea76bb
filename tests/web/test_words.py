"""Words of the screens: nothing of a French page is left in English."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import comptoir
from comptoir import config
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.web.words import book, installation
from tests.web.counter import open_counter

ROOMS = (
    "web",
    "scenarios",
    "segments",
    "state.shelf",
    "pressure.policies",
    "messaging.outbox_shelf",
    "messaging.template",
    "messaging.trial",
    "access",
    "repair",
    "sources.history",
    "reports.service",
)
"""Where the errors come from that a page can lead to."""


def errors() -> Iterator[type[ComptoirError]]:
    for one in pkgutil.walk_packages(comptoir.__path__, "comptoir."):
        if one.name.removeprefix("comptoir.").startswith(ROOMS):
            found = importlib.import_module(one.name)
            yield from (
                kind
                for kind in vars(found).values()
                if isinstance(kind, type) and issubclass(kind, ComptoirError) and kind.__module__ == one.name
            )


def test_what_goes_wrong_on_a_page_is_said_in_the_tongue_of_the_page() -> None:
    unsaid = {kind.code for kind in errors() if kind.code != "error" and f"wrong.{kind.code}" not in book.WORDS}

    assert unsaid == set(), "add them to web/words/wrongs.py"
    assert [key for key in book.WORDS if key.startswith("wrong.") and len(book.WORDS[key]) != 2] == []


def test_every_setting_is_explained_in_french(tmp_path: Path) -> None:
    named = {str(one["setting"]) for one in config.describe(Settings(home=tmp_path))}

    assert named == installation.FRENCH.keys(), "words/installation.py says what each setting is for"
    assert {
        one.partition(".")[0] for one in named if f"settings.table.{one.partition('.')[0]}" not in book.WORDS
    } == set()


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/customers/p00", "Personne n’a ce numéro de client."),
        ("/results/of/nothing", "Ce scénario n’a pas de résultats dans cette période."),
        ("/scenarios/nothing", "Aucun scénario ne porte ce nom."),
        ("/pressure/policy?brand=nowhere", "n’a pas de règles à elle"),
        ("/live/reasons/nothing", "Aucun évènement n’est refusé pour cette raison."),
        ("/settings/file", "Port où la porte écoute."),
    ],
)
def test_a_french_page_is_french_where_something_is_wrong_too(target: str, words: str, tmp_path: Path) -> None:
    counter = open_counter(tmp_path)
    try:
        text = counter.get(target, accept_language="fr").text.replace("&#39;", "’")
    finally:
        counter.warehouse.close()
        counter.state.close()

    assert words in text.replace("\u202f", " ")
