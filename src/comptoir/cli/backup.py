"""`comptoir backup`, `backups`, `restore` and `unfence`: copies of an installation that never send by accident."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for one in (backup, restore, unfence, backups):
        app.command()(one)


def backup(
    target: Annotated[Path, typer.Argument(help="Folder to write; it must not exist yet.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Copy the installation between two ticks, also while it runs."""
    from comptoir.engine import back_up

    mark = back_up(settings_of(home), target.resolve())
    if as_json:
        say_json({"folder": str(target), **mark})
    else:
        say(f"Backup written to [bold]{target}[/bold]. A copy restored from it sends nothing until you unfence it.")


def restore(
    source: Annotated[Path, typer.Argument(help="Folder that `comptoir backup` wrote.")],
    tombstones: Annotated[
        list[Path] | None, typer.Option(help="A tombstones.jsonl of the old home: who was erased since the backup.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Put a backup into a new home, fenced: it collects but sends nothing. Who was erased since is erased again."""
    from comptoir import backup as copies

    mark = copies.restore(source.resolve(), settings_of(home), stones=tombstones or ())
    if as_json:
        say_json({"home": str(home), "fenced": True, **mark})
    else:
        say(f"Restored into [bold]{home}[/bold], fenced: it sends nothing.")
        say(f"When the old one is surely gone: comptoir unfence --home {home}")


def unfence(home: Home = DEFAULT_HOME) -> None:
    """Allow a restored copy to send. Do it only when the installation it was copied from is stopped for good."""
    from comptoir.app import FENCED, open_app
    from comptoir.state import rows

    opened = open_app(settings_of(home))
    with opened.state.write() as connection:
        rows.write_value(connection, FENCED, b"0")
    opened.close()
    say("This copy may send now.")


def backups(
    home: Home = DEFAULT_HOME,
    forget: Annotated[str, typer.Option("--forget", help="Delete the one of this name.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the backups in the home's own folder `backups`, the newest first."""
    from dataclasses import asdict

    from comptoir import backup as kept

    settings = settings_of(home)
    if forget:
        kept.forget(settings, forget)
    found = [asdict(one) for one in kept.listing(settings)]
    if as_json:
        say_json(found)
    else:
        say_table("Backups", found, empty="No backup lies in this home.")
