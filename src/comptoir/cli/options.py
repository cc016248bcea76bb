"""What every command shares: where the home is, and how answers are printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from comptoir.app import App
    from comptoir.config import Settings
    from comptoir.web.view import Desk

Home = Annotated[
    Path, typer.Option("--home", envvar="COMPTOIR_HOME", help="Folder of the installation.", show_default=True)
]
Lang = Annotated[str, typer.Option("--lang", help="en or fr.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]

DEFAULT_HOME = Path("comptoir-home")
WIDE = 140
"""Columns of a table that goes to a file or a pipe."""


def settings_of(home: Path, **flags: object) -> Settings:
    """Read the settings of a home; flags are named `table__key`."""
    from comptoir import config

    return config.load(home.resolve(), flags={name.replace("__", "."): value for name, value in flags.items()})


@contextmanager
def opened(home: Path) -> Iterator[App]:
    """Open an installation, and close it again. Raises: NoSuchHome."""
    from comptoir.app import open_app

    app = open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()


@contextmanager
def opened_desk(home: Path) -> Iterator[Desk]:
    """Stand at the desk without serving it: for commands that say what a screen says. Raises: NoSuchHome."""
    from comptoir import app as apps
    from comptoir.reports import service
    from comptoir.web.view import Desk

    with opened(home) as app:
        settings = app.settings
        yield Desk(
            settings=settings,
            state=app.state,
            clock=app.clock,
            ask=lambda asked: apps.answer(settings, asked),
            status=lambda: service.ask_status(settings.path(service.FILE_NAME)),
            app=lambda: app,
        )


def whoami() -> str:
    """Name who types: the user of the machine."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in this container
        return "operator"


def say_json(answer: object) -> None:
    """Print an answer as JSON on standard output."""
    import msgspec

    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answer, enc_hook=str), indent=2) + b"\n")
    sys.stdout.buffer.flush()


def say_table(title: str, rows: Sequence[Mapping[str, object]], *, empty: str) -> None:
    """Print rows as a table on a terminal; where there are none, say what to do next."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    if not rows:
        console.print(empty)
        return
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(table)


def say(text: str) -> None:
    """Print a sentence for a person."""
    from rich.console import Console

    Console(highlight=False).print(text)
