"""`comptoir placement`: messages that pages of the site show to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from comptoir.app import App

Name = Annotated[str, typer.Argument(help="Name of the message: small letters, digits and hyphens.")]
Brand = Annotated[str, typer.Option(help="The brand whose site shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    placed = typer.Typer(name="placement", help="Messages that the site shows to everybody.", no_args_is_help=True)
    for name, command in (("list", show), ("put", put), ("remove", remove)):
        placed.command(name)(command)
    app.add_typer(placed)


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the messages, and where each stands."""
    from comptoir.messaging import placements

    with _opened(home) as app, app.state.read() as connection:
        found = [placements.as_json(one, app.clock.now()) for one in placements.listing(connection)]
    if as_json:
        say_json(found)
    else:
        rows = [
            {name: one[name] for name in ("brand", "name", "slot", "stands", "starts_at", "ends_at")} for one in found
        ]
        say_table("On the site", rows, empty="None yet: comptoir placement put NAME --title …")


def put(
    name: Name,
    brand: Brand,
    title: Annotated[str, typer.Option(help="What it says first.")],
    home: Home = DEFAULT_HOME,
    language: Annotated[str, typer.Option(help="Language of its words, two letters.")] = "fr",
    text: Annotated[str, typer.Option(help="What it says then.")] = "",
    button: Annotated[str, typer.Option(help="Words of its button; goes with --url.")] = "",
    url: Annotated[str, typer.Option(help="Where the button leads.")] = "",
    slot: Annotated[str, typer.Option(help="corner, top, the name of a slot, or a CSS selector.")] = "corner",
    page: Annotated[list[str] | None, typer.Option(help="A path such as /shoes/*; may be given again.")] = None,
    starts: Annotated[datetime | None, typer.Option(help="First instant, UTC.")] = None,
    ends: Annotated[datetime | None, typer.Option(help="First instant after it, UTC.")] = None,
    times: Annotated[int, typer.Option(help="How often one browser shows it at most; 0 for always.")] = 0,
) -> None:
    """Show a message; one of this name keeps its words in other languages."""
    from datetime import UTC

    from comptoir.messaging import placements
    from comptoir.messaging.placements import Placement

    said = {"title": title, "text": text, "button": button, "url": url}
    with _opened(home) as app, app.state.write() as connection:
        former = [one for one in placements.listing(connection, [brand]) if one.name == name]
        words = dict(former[0].words) if former else {}
        words[language] = {field: one for field, one in said.items() if one}
        made = Placement(
            brand=brand,
            name=name,
            slot=slot,
            pages=tuple(page or ()),
            words=words,
            starts_at=starts.replace(tzinfo=UTC) if starts else None,
            ends_at=ends.replace(tzinfo=UTC) if ends else None,
            times=times,
        )
        placements.save(connection, made, app.clock.now(), by="command line")
    say(f"{name}: {made.stands(app.clock.now())}")


def remove(name: Name, brand: Brand, home: Home = DEFAULT_HOME) -> None:
    """Take a message from the site for good."""
    from comptoir.messaging import placements

    with _opened(home) as app, app.state.write() as connection:
        placements.remove(connection, brand, name)
    say(f"{name} is gone.")


@contextmanager
def _opened(home: Path) -> Iterator[App]:
    from comptoir import app as apps

    app = apps.open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()
