from __future__ import annotations

from typing import Any

import pytest

from comptoir.web import scenario_telling
from comptoir.web.speech import Language, Speech
from tests.contract.test_step import made

ANY: Any = None


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("{until: '09:30'}", "jusqu’à 09:30, heure de la personne", "until 09:30, the person’s time"),
        ("{best_hour: true}", "à sa meilleure heure, sinon à 10:00", "at their best hour, else at 10:00"),
        ("{best_hour: true, until: '18:00', on: [friday]}", "à sa meilleure heure, sinon à 18:00, vendredi",
         "at their best hour, else at 18:00, Friday"),
    ],
)  # fmt: skip
def test_a_wait_is_told_as_it_is(text: str, french: str, english: str) -> None:
    step = made("wait", text)

    assert scenario_telling.says(step, {}, ANY, Speech(Language.EN)).lower() == english.lower()
    assert scenario_telling.says(step, {}, ANY, Speech(Language.FR)).lower() == french.lower()
