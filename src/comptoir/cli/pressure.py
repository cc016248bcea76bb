"""`comptoir pressure`: the contact policy of each brand: show, list, check, publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

Brand = Annotated[str, typer.Argument(help="The brand; * for the policy of all brands that have none of their own.")]
File = Annotated[Path, typer.Argument(help="A YAML file.", exists=True, dir_okay=False)]
Version = Annotated[int | None, typer.Option("--version", help="A version other than the newest.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    pressure = typer.Typer(name="pressure", help="Contact policies: show, list, check, publish.", no_args_is_help=True)
    for name, command in (("show", _show), ("list", _list), ("check", _check), ("publish", _publish)):
        pressure.command(name)(command)
    app.add_typer(pressure)


def _show(brand: Brand = "*", version: Version = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Print a brand's policy as YAML: publishing what it prints changes nothing."""
    from comptoir.app import open_app
    from comptoir.pressure import policies
    from comptoir.pressure.caps import EVERY_BRAND, policy_of

    app = open_app(settings_of(home))
    try:
        with app.state.read() as connection:
            try:
                found = policies.show(connection, brand, version)
                text, number = found.definition, found.version
            except policies.PolicyNotFound:
                if brand != EVERY_BRAND or version is not None:
                    raise
                text, number = policies.dump(EVERY_BRAND, policy_of(app.settings.pressure)), 0
    finally:
        app.close()
    if as_json:
        say_json({"brand": brand, "version": number, "definition": text})
    else:
        typer.echo(text, nl=not text.endswith("\n"))


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List every version of every brand's policy."""
    from comptoir.app import open_app
    from comptoir.pressure import policies

    app = open_app(settings_of(home))
    try:
        with app.state.read() as connection:
            found = [
                {"brand": one.brand, "version": one.version, "published_at": one.published_at.isoformat()}
                for one in policies.listing(connection)
            ]
    finally:
        app.close()
    if as_json:
        say_json(found)
    else:
        say_table("Contact policies", found, empty="No policy yet: the settings hold for every brand.")


def _check(file: File, as_json: AsJson = False) -> None:
    """Say whether a file is a contact policy, without publishing it."""
    from comptoir.pressure import policies

    brand, policy = policies.parse(file.read_text(encoding="utf-8"))
    if as_json:
        say_json({"brand": brand, "caps": len(policy.caps), "is_valid": True})
    else:
        say(f"A policy of brand {brand}, with {len(policy.caps)} caps.")


def _publish(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish a policy: it holds from the next decision on, for deferred messages too."""
    from comptoir.app import open_app
    from comptoir.pressure import policies

    app = open_app(settings_of(home))
    try:
        with app.state.write() as connection:
            made = policies.publish(connection, file.read_text(encoding="utf-8"), app.clock.now())
    finally:
        app.close()
    if as_json:
        say_json({"brand": made.brand, "version": made.version, "state": "published"})
    else:
        say(f"{made.brand}: version {made.version} published")
