"""How the command line starts: with the files of the command that was typed, and without what only models need."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from comptoir.cli import main

WHOLE: Any = get_command(main.build())


def tree(command: Any) -> object:
    if hasattr(command, "commands"):
        return {name: tree(part) for name, part in command.commands.items()}
    return [word for one in command.params for word in one.opts]


@pytest.mark.parametrize("name", list(WHOLE.commands))
def test_a_command_built_alone_is_the_one_of_the_whole_command_line(name: str) -> None:
    alone: Any = get_command(main.build(main.files_for([name, "--help"])))

    assert tree(alone.commands[name]) == tree(WHOLE.commands[name])


@pytest.mark.parametrize("words", [[], ["--help"], ["no-such-command"]])
def test_where_no_command_is_named_all_are_built(words: list[str]) -> None:
    assert main.files_for(words) == main.COMMANDS


@pytest.mark.parametrize("module", ["comptoir.cli.main", "comptoir.server.desk", "comptoir.server.engine"])
def test_nothing_that_only_models_need_is_loaded_at_the_start(module: str) -> None:
    look = f"import sys, {module}; print(sorted({{'scipy', 'splink', 'lightgbm'}} & sys.modules.keys()))"

    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout

    assert loaded.strip() == "[]"
