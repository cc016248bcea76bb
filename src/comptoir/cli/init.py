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
        from comptoir.access.passwords import FIRST_USER, add_first_user
        from comptoir.app import make_home, open_app

        settings = settings_of(home)
        word = ""
        if make_home(settings, brand=brand):
            app = open_app(settings)
            word = add_first_user(app.state, app.clock.now())
            app.close()
        if as_json:
            first = {"user": FIRST_USER, "first_password": word} if word else {}
            say_json({"home": str(settings.home), "is_new": bool(word), "brand": brand, **first})
            return
        said = "A new installation is in" if word else "There is an installation already in"
        say(f"{said} [bold]{settings.home}[/bold].")
        if word:
            say(f"Its screens open for [bold]{FIRST_USER}[/bold] with the first password [bold]{word}[/bold].")
        say(f"Next: comptoir source add web --home {home}, then comptoir serve --home {home}")
