"""`comptoir inbox`: the mails that the built-in inbox has kept."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say_json, say_table, settings_of

MailId = Annotated[str, typer.Argument(help="A mail's id as `inbox list` shows it, or `last`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    inbox = typer.Typer(name="inbox", help="Mails kept by the built-in inbox.", no_args_is_help=True)
    inbox.command("list")(_list)
    inbox.command("show")(_show)
    app.add_typer(inbox)


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the mails, oldest first."""
    from comptoir.messaging import inbox  # start-up time

    found = inbox.listing(settings_of(home).home)
    if as_json:
        say_json(found)
    else:
        shown = [one | {"to": ", ".join(one["to"])} for one in found]
        say_table("Inbox", shown, empty="No mail yet. Is `mail.inbox` on, and a scenario published?")


def _show(mail_id: MailId, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one mail: headers, text and links."""
    from comptoir.messaging import inbox  # start-up time

    one = inbox.show(settings_of(home).home, mail_id)
    if as_json:
        say_json(one)
        return
    for name, value in one["headers"].items():
        typer.echo(f"{name}: {value}")
    typer.echo()
    typer.echo(one["text"])
