"""`comptoir doctor`: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say_json, say_table, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def doctor(
        home: Home = DEFAULT_HOME,
        as_json: AsJson = False,
        deep: Annotated[bool, typer.Option("--deep", help="Read every byte of every store; takes a while.")] = False,
    ) -> None:
        """Look at an installation and say what is wrong and how to mend it; exit code 1 if something is."""
        from comptoir import doctor as doctors

        found = doctors.examine(settings_of(home), deep=deep)
        rows = [{"check": one.check, "state": one.state.value, "says": one.says, "remedy": one.remedy} for one in found]
        if as_json:
            say_json(rows)
        else:
            say_table("Health", rows, empty="Nothing to look at.")
        if any(one.state is doctors.State.WRONG for one in found):
            raise typer.Exit(1)
