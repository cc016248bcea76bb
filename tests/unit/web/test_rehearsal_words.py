from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator

import pytest

from comptoir.scenarios import dryrun_unknown
from comptoir.scenarios.dryrun_report import _Report
from comptoir.web import scenario_dryrun
from comptoir.web.speech import Language, Speech


def warnings_of(*told: Callable[..., object]) -> Iterator[str]:
    """Read the warnings out of the code that says them, with a number for whatever they count or name."""
    for one in told:
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one)))):
            if isinstance(node, ast.Yield) and node.value is not None:
                pieces = [part for part in ast.walk(node.value) if isinstance(part, ast.JoinedStr)]
                whole = pieces[0].values if pieces else [node.value]
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "12%" if place == 0 else "12"
                    for place, part in enumerate(whole)
                ).replace("12% products", "12 products")


WARNINGS = sorted(set(warnings_of(_Report._warnings, dryrun_unknown.unknowable, dryrun_unknown._computed)))


def test_the_code_was_read() -> None:
    assert len(WARNINGS) >= 14


@pytest.mark.parametrize("warning", WARNINGS)
def test_every_warning_of_a_rehearsal_is_said_in_french(warning: str) -> None:
    answer = {"entered": 1, "events": 1, "outcomes": [], "conflict_counts": {}, "warnings": [warning]}

    said = scenario_dryrun._warnings(answer, Speech(Language.FR))

    assert warning not in said
