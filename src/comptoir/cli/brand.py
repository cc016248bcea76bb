"""`comptoir brand`: the brands of the installation: list, make, change."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table

Name = Annotated[str, typer.Argument(help="The brand's name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    brand = typer.Typer(name="brand", help="Brands: list, make, change.", no_args_is_help=True)
    brand.command("list")(_list)
    brand.command("save")(_save)
    app.add_typer(brand)


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the brands."""
    from comptoir.access import keys

    with opened(home) as app:
        found = [asdict(one) for one in keys.list_brands(app.state)]
    if as_json:
        say_json(found)
    else:
        say_table("Brands", found, empty="No brand yet.")


def _save(
    name: Name,
    country: Annotated[str | None, typer.Option(help="Such as FR.")] = None,
    currency: Annotated[str | None, typer.Option(help="Such as EUR.")] = None,
    language: Annotated[str | None, typer.Option(help="Such as fr.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Paris.")] = None,
    url: Annotated[str | None, typer.Option(help="The shop's address.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a brand, or change what is said of it; what is left out stays."""
    from comptoir.access import keys
    from comptoir.access.keys import Brand

    said = {"country": country, "currency": currency, "language": language, "time_zone": time_zone, "url": url}
    with opened(home) as app:
        former = next((one for one in keys.list_brands(app.state) if one.name == name), Brand(name=name))
        made = replace(former, **{key: value for key, value in said.items() if value is not None})
        keys.save_brand(app.state, made)
        app.publish()
    if as_json:
        say_json(asdict(made))
    else:
        say(f"{made.name}: {made.country}, {made.currency}, {made.language}, {made.time_zone} {made.url}".rstrip())
