"""`comptoir rebuild`: make derived state anew from what came in, and prove that it is the same."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def rebuild(
        home: Home = DEFAULT_HOME,
        as_json: AsJson = False,
        dry: Annotated[bool, typer.Option("--dry", help="Only compare; keep what is there.")] = False,
    ) -> None:
        """Rebuild facts and identity from archive and spool, and compare logical hashes. Stop the server first."""
        from comptoir import rebuild as rebuilding
        from comptoir.app import alone, open_app
        from comptoir.cli.progress import bar
        from comptoir.erasing import work

        settings = settings_of(home)
        opened = open_app(settings)
        try:
            with alone(settings):  # what was rebuilt half erased would be erased again
                work.finish(opened)
            with bar("Rebuilding") as progress:
                done = rebuilding.rebuild(opened, progress=progress, keep=not dry)
        finally:
            opened.close()
        if as_json:
            tables = {
                name: {"before": done.before.get(name), "after": done.after.get(name)} for name in sorted(done.after)
            }
            same = not done.differing
            say_json(
                {"lines": done.lines, "ticks": done.ticks, "same": same, "differing": done.differing, "tables": tables}
            )
        else:
            say(f"{done.lines:,} lines in {done.ticks:,} ticks worked again.")
            say("Every table is what it was." if not done.differing else f"Not the same: {', '.join(done.differing)}.")
        if done.differing and dry:
            raise typer.Exit(1)
