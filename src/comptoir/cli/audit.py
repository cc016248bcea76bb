"""`comptoir audit`: who changed what, when, and by which door."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    who: Annotated[str, typer.Option(help="Only what this user, source or machine's user did.")] = "",
    deed: Annotated[str, typer.Option(help="Only this, such as user.added, or all of a kind, such as user.")] = "",
    about: Annotated[str, typer.Option(help="Only what has this in its name or number.")] = "",
    since: Annotated[str, typer.Option(help="From this day on, such as 2026-11-22 (UTC).")] = "",
    until: Annotated[str, typer.Option(help="Up to this day, and with it.")] = "",
    most: Annotated[int, typer.Option(help="How many at most, the newest.", min=1, max=100_000)] = 50,
    check: Annotated[bool, typer.Option("--check", help="Look whether any entry was changed or taken out.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List who changed what: users, keys, sources, scenarios, templates, people. Newest first."""
    from comptoir.access import audit as kept  # start-up time
    from comptoir.app import open_app

    asked = kept.Asked(who=who, deed=deed, about=about, since=kept.day(since), until=kept.day(until))
    app = open_app(settings_of(home))
    try:
        with app.state.read() as connection:
            if check:
                _say_whole(kept.broken(connection), as_json=as_json)
                return
            found = kept.listing(connection, asked, most=most)
    finally:
        app.close()
    rows: list[dict[str, object]] = [
        {
            "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}", "who": one.who, "door": one.door, "deed": one.deed,
            "about": one.about, "brand": one.brand,
        }
        for one in found
    ]  # fmt: skip
    if as_json:
        say_json(rows)
    else:
        say_table("Who changed what", rows, empty="Nobody has changed anything that fits.")


def _say_whole(broken: int | None, *, as_json: bool) -> None:
    if as_json:
        say_json({"is_whole": broken is None, "broken_at": broken})
    elif broken is None:
        say("Every entry stands as it was written.")
    else:
        say(f"[red]The audit was changed at entry {broken}.[/red] Compare it with a backup: `comptoir restore`.")
    if broken is not None:
        raise typer.Exit(1)
