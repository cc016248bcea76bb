"""`comptoir failed`: events that were refused; look at them, mend them, send them in again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

Reason = Annotated[str | None, typer.Option("--reason", help="Only those refused for this reason.")]
Limit = Annotated[int, typer.Option("--limit", help="Most to list.")]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids as `failed list` shows them.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    failed = typer.Typer(
        name="failed", help="Events that were refused: list, show, repair, replay.", no_args_is_help=True
    )
    for name, command in (("list", list_), ("show", show), ("repair", mend), ("unmend", unmend), ("replay", replay)):
        failed.command(name)(command)
    app.add_typer(failed)


def list_(
    home: Home = DEFAULT_HOME,
    reason: Reason = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List refused events, the newest first, with why and whether they were mended or sent in again."""
    from comptoir import repair

    found = repair.listed(settings_of(home), reason=reason, limit=limit)
    if as_json:
        say_json(found)
    else:
        say_table("Refused events", found, empty="Nothing was refused.")


def show(failed_id: str, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one refused event whole: why, what came, and what it was mended to."""
    from comptoir import repair

    one = repair.shown(settings_of(home), failed_id)
    if as_json:
        say_json(one)
    else:
        for name, value in one.items():
            say(f"[bold]{name}[/bold]  {value}")


def mend(
    ids: Ids = None,
    home: Home = DEFAULT_HOME,
    with_: Annotated[Path | None, typer.Option("--with", help="File with the corrected event.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help='Field to set, as PATH=JSON: properties.total="12.50".')
    ] = None,
    reason: Reason = None,
    as_json: AsJson = False,
) -> None:
    """Mend refused events by id, or all of one reason; nothing is sent in until `failed replay`."""
    from comptoir import repair

    text = None if with_ is None else with_.read_bytes()
    changes = dict(one.partition("=")[::2] for one in set_ or [])
    count = repair.mend(settings_of(home), ids or [], reason=reason, text=text, changes=changes)
    _tell({"repaired": count}, f"{count:,} mended. Send them in with `comptoir failed replay`.", as_json=as_json)


def unmend(
    reason: Annotated[str, typer.Argument(help="Reason of those whose mending is taken back.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Take back the mending of all of one reason that were not sent in yet."""
    from comptoir import repair

    count = repair.unmend(settings_of(home), reason=reason)
    _tell({"undone": count}, f"{count:,} are as they came again.", as_json=as_json)


def replay(ids: Ids = None, home: Home = DEFAULT_HOME, reason: Reason = None, as_json: AsJson = False) -> None:
    """Send refused events in again, with their own time: by id, all of one reason, or all that were mended."""
    from comptoir import repair
    from comptoir.cli.progress import bar

    with bar("Sending in again") as progress:
        done = repair.replay(settings_of(home), ids or [], reason=reason, progress=progress)
    _tell(
        done,
        f"{done['replayed']:,} sent in again, {done['stored']:,} stored, {done['refused']:,} refused.",
        as_json=as_json,
    )


def _tell(answer: object, sentence: str, *, as_json: bool) -> None:
    if as_json:
        say_json(answer)
    else:
        say(sentence)
