"""`comptoir audience`: visits without consent, as counts; and the counts made again from the archive."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    audience = typer.Typer(help="Visits without consent, as counts that lead to nobody.", no_args_is_help=True)
    audience.command("show")(show)
    audience.command("recount")(recount)
    app.add_typer(audience, name="audience")


def show(
    home: Home = DEFAULT_HOME,
    brand: Annotated[str, typer.Option(help="Brand whose visits are meant.")] = "main",
    days: Annotated[int, typer.Option(help="Days up to today.", min=1, max=800)] = 28,
    as_json: AsJson = False,
) -> None:
    """Show visitors and page views, with the pages, sites, campaigns, devices and countries most seen."""
    from dataclasses import asdict
    from datetime import timedelta

    from comptoir.audience.store import FOLDER, Store

    settings = settings_of(home)
    last = settings.make_clock().now().date()
    found = Store(settings.path(FOLDER)).report(brand, last - timedelta(days=days - 1), last)
    if as_json:
        say_json(asdict(found) | {"views": found.views, "visitors": found.visitors})
        return
    say(f"{found.visitors:,} visitors (each day's added up), {found.views:,} page views in {days} days.")
    for what, counts in found.tops.items():
        say_table(what.capitalize(), [asdict(one) for one in counts], empty=f"No {what}.")


def recount(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Count the days that are over again, from the archive."""
    from comptoir.audience.store import FOLDER, Store

    count = Store(settings_of(home).path(FOLDER)).recount()
    if as_json:
        say_json({"views": count})
        return
    say(f"{count:,} page views of the archive counted again.")
