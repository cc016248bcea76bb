"""`comptoir outbox`: messages that wait, left, failed, or are of unknown fate; and settling these."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table

MessageId = Annotated[str, typer.Argument(help="The message's id, as `outbox list` shows it.")]
_SHOWN = ("message_id", "shown", "scenario", "step", "brand", "contact", "queued_at", "settled_at", "reason")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outbox = typer.Typer(name="outbox", help="Messages that go out: list, show, settle.", no_args_is_help=True)
    for name, command in (("list", _list), ("unknown", _unknown), ("show", _show), ("settle", _settle)):
        outbox.command(name)(command)
    app.add_typer(outbox)


def _list(
    state: Annotated[
        str, typer.Option("--state", help="waiting, deferred, sent, failed, unknown or stopped; empty for all.")
    ] = "",
    search: Annotated[str, typer.Option("--search", help="An address, or a message id.")] = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List messages, the newest first."""
    from comptoir.messaging.outbox_shelf import Shown

    if state and state not in set(Shown):
        raise typer.BadParameter(", ".join(one.value for one in Shown), param_hint="--state")
    _tell(home, state, search, "No message of this kind.", as_json=as_json)


def _unknown(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the messages nobody knows the fate of: they are never sent again by themselves."""
    _tell(home, "unknown", "", "Of every message it is known what became of it.", as_json=as_json)


def _show(message_id: MessageId, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one message of the outbox."""
    from comptoir.messaging import outbox_shelf

    with opened(home) as app, app.state.read() as connection:
        _told(asdict(outbox_shelf.find(connection, message_id)), as_json=as_json)


def _settle(
    message_id: MessageId,
    was_sent: Annotated[bool, typer.Option("--sent/--not-sent", help="What the mail server's log says of it.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say of a message of unknown fate whether it was sent."""
    from comptoir.acting import pressure_of
    from comptoir.messaging import outbox_shelf

    with opened(home) as app:
        with app.state.write() as connection:
            outbox_shelf.settle(
                connection, message_id, was_sent=was_sent, gate=pressure_of(app.settings, b""), now=app.clock.now(),
                by="command line",
            )  # fmt: skip
        with app.state.read() as connection:
            found = outbox_shelf.find(connection, message_id)
    _told(asdict(found), as_json=as_json)


def _tell(home: Any, state: str, search: str, empty: str, *, as_json: bool) -> None:
    from comptoir.messaging import outbox_shelf
    from comptoir.messaging.outbox_shelf import Shown

    with opened(home) as app, app.state.read() as connection:
        page = outbox_shelf.listing(connection, Shown(state) if state else None, asked=search)
    found = [asdict(one) for one in page.rows]
    if as_json:
        say_json(found)
    else:
        say_table("Outbox", [{name: one[name] for name in _SHOWN} for one in found], empty=empty)


def _told(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say_json(one)
        return
    for name, value in one.items():
        say(f"[bold]{name}[/bold]  {'' if value is None else value}")
