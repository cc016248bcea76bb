"""`comptoir demo`: the main job on real input, offline, told in the terminal."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import say

REPOSITORY_DATA = Path(__file__).parents[3] / "examples" / "real"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[
        Path, typer.Option("--home", help="Folder of the demonstration; thrown away and made anew.")
    ] = Path("comptoir-home/demo"),
    data: Annotated[Path, typer.Option("--data", help="Folder with the recorded stream.")] = REPOSITORY_DATA,
    speed: Annotated[float, typer.Option("--speed", min=1, help="How many times as fast as it was.")] = 120.0,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running at the end, to look at the screens.")] = False,
) -> None:
    """Play a real shop's morning, sped up: visits, abandoned baskets, mails, clicks, orders, euros."""
    from comptoir import demo as story
    from comptoir.cli.results import results

    say("[bold]Comptoir[/bold]: a real shop's stream (REES46 Open CDP), from a visit to a euro.")
    settings, new = story.prepare(home.resolve(), data, speed=speed, tell=say)
    with story.running(settings):
        say(f"The clock runs {speed:g} times as fast. Screens: http://{settings.desk.host}:{settings.desk.port}")
        told = story.play(settings, new, data, tell=say)
        if told.replayed is not None:
            say(f"\n{told.replayed.sent:,} events posted to the door, {told.replayed.acked:,} acknowledged.")
        say(f"{told.mails} mails, {told.clicks} clicks, {told.orders} orders.\n")
        results(home=settings.home)
        for failure in told.failures:
            say(f"[red]{failure}[/red]")
        if keep:
            _stay(f"http://{settings.desk.host}:{settings.desk.port}")
    if told.mails == 0 or told.orders == 0 or told.failures:
        raise typer.Exit(1)


def _stay(address: str) -> None:
    say(f"\nStill running: open {address}. Ctrl-C ends it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return
