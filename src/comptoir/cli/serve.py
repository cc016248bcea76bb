"""`comptoir serve`: the door, the engine and the desk, started and watched; or one of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, Home, settings_of


class Process(StrEnum):
    """The three processes of an installation."""

    DOOR = "door"
    ENGINE = "engine"
    DESK = "desk"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def serve(
        process: Annotated[Process | None, typer.Argument(help="Only this one; all three if left out.")] = None,
        home: Home = DEFAULT_HOME,
        door_port: Annotated[int | None, typer.Option(help="Port of the public door.")] = None,
        desk_port: Annotated[int | None, typer.Option(help="Port of the private desk.")] = None,
    ) -> None:
        """Run Comptoir until it is told to stop."""
        from comptoir import logs
        from comptoir.server import supervisor

        logs.set_up()
        settings = settings_of(home, door__port=door_port, desk__port=desk_port)
        if process is None:
            supervisor.watch(settings, [one.value for one in Process])
        else:
            supervisor.run(settings, process.value)
