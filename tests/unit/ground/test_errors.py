from __future__ import annotations

import inspect

import pytest

from comptoir import errors
from comptoir.errors import ComptoirError, HomeIsTaken, NoSuchHome, UnknownSetting


def tree(root: type[ComptoirError] = ComptoirError) -> list[type[ComptoirError]]:
    return [root, *(below for child in root.__subclasses__() for below in tree(child))]


GROUND = [kind for kind in tree() if kind.__module__ == errors.__name__ and kind is not ComptoirError]


def test_the_docstring_is_the_message_and_the_facts_follow() -> None:
    assert str(NoSuchHome(home="/nowhere")) == "No installation of Comptoir lives in this folder: home='/nowhere'"


def test_without_facts_the_message_is_the_sentence() -> None:
    assert str(HomeIsTaken()) == "Another engine already works in this home"


def test_facts_stay_fields() -> None:
    assert UnknownSetting(setting="dor", nearest="door").facts == {"setting": "dor", "nearest": "door"}


def test_an_error_is_caught_as_the_standard_one_it_resembles() -> None:
    with pytest.raises(LookupError):
        raise NoSuchHome(home="x")


@pytest.mark.parametrize("kind", GROUND)
def test_every_error_says_what_happened_and_what_to_do(kind: type[ComptoirError]) -> None:
    assert inspect.getdoc(kind)
    assert kind.hint.endswith(".")
    assert kind.code != "error"
    assert 400 <= kind.status <= 599


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in GROUND]

    assert len(codes) == len(set(codes))
