"""`comptoir init`: make a new installation."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def init(
        home: Home = DEFAULT_HOME,
        as_json: AsJson = False,
        brand: Annotated[str, typer.Option(help="Name of the first brand.")] = "main",
    ) -> None:
        """Make a new installation in a folder; one that is there already is left as it is, and brought up to date."""
        from comptoir.app import make_home

        settings = settings_of(home)
        is_new = make_home(settings, brand=brand)
        if as_json:
            say_json({"home": str(settings.home), "is_new": is_new, "brand": brand})
            return
        said = "A new installation is in" if is_new else "There is an installation already in"
        say(f"{said} [bold]{settings.home}[/bold].")
        say(f"Next: comptoir source add web --home {home}, then comptoir serve --home {home}")
