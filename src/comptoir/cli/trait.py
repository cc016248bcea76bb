"""`comptoir trait`: list, show, try, draft, publish and delete computed traits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened_desk, say, say_json, say_table, whoami

if TYPE_CHECKING:
    from typing import Any

    from comptoir.web.view import Desk

Key = Annotated[str, typer.Argument(help="The trait's key; `comptoir trait list` names them.")]
File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="File with the definition, in YAML.")
]
Most = Annotated[int, typer.Option("--most", help="How many people at most.", min=1, max=1_000)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    trait = typer.Typer(
        name="trait", help="Computed traits: list, show, try, draft, publish, delete.", no_args_is_help=True
    )  # fmt: skip
    for name, command in (
        ("list", _list), ("show", _show), ("preview", _preview), ("draft", _draft), ("publish", _publish),
        ("delete", _delete),
    ):  # fmt: skip
        trait.command(name)(command)
    app.add_typer(trait)


def _ask(desk: Desk, do: str, **asked: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.ask({"kind": "trait", "do": do, **asked}).to_pylist()
    return rows


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the computed traits: what each is, and how many people have it."""
    from comptoir.segments.traits.definition import read
    from comptoir.segments.traits.keep import TRAITS

    with opened_desk(home) as desk:
        with desk.state.read() as connection:
            shelf = TRAITS.listing(connection)
        sizes = {row["trait"]: row["people"] for row in _ask(desk, "sizes")}
    rows = [
        {
            "trait": one.key, "is": read(one.text).words("en"), "state": one.state, "version": one.live_version,
            "people": sizes.get(one.key),
        }
        for one in shelf
    ]  # fmt: skip
    if as_json:
        say_json(rows)
    else:
        say_table("Computed traits", rows, empty="None yet. Publish one: `comptoir trait publish FILE`.")


def _show(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Show a computed trait's definition."""
    from comptoir.segments.traits.keep import TRAITS

    with opened_desk(home) as desk, desk.state.read() as connection:
        typer.echo(TRAITS.read(connection, key).text, nl=False)


def _preview(file: File, most: Most = 10, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Compute a definition for some people, and keep nothing."""
    with opened_desk(home) as desk:
        rows = _ask(desk, "preview", definition=file.read_text(encoding="utf-8"), most=most, seconds=600)
    if as_json:
        say_json(rows)
        return
    told = [{"profile_id": row["profile_id"], "value": ", ".join(row["said"])} for row in rows]
    say_table(str(file), told, empty="Nobody has a value.")


def _draft(file: File, home: Home = DEFAULT_HOME) -> None:
    """Keep a definition as a draft, to be looked at and published on the screen."""
    from comptoir.segments.traits.definition import read
    from comptoir.segments.traits.keep import TRAITS

    text = file.read_text(encoding="utf-8")
    key = read(text).key
    with opened_desk(home) as desk, desk.state.write() as connection:
        now, by = desk.clock.now(), whoami()
        if key in {one.key for one in TRAITS.listing(connection)}:
            TRAITS.save(connection, key, text, now, base=TRAITS.read(connection, key).base, by=by)
        else:
            TRAITS.begin(connection, text, now, by=by)
    say(f"{key}: the draft is kept.")


def _publish(file: File, home: Home = DEFAULT_HOME) -> None:
    """Publish a definition: it is computed for everybody, and kept up to date."""
    from comptoir.segments.traits.definition import read
    from comptoir.segments.traits.keep import TRAITS

    text = file.read_text(encoding="utf-8")
    key = read(text).key
    with opened_desk(home) as desk, desk.state.write() as connection:
        version = TRAITS.publish_text(connection, text, desk.clock.now(), by=whoami())
    say(f"{key}: version {version} is live.")


def _delete(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Take a computed trait away, with its values."""
    from comptoir.segments.traits.keep import TRAITS

    with opened_desk(home) as desk, desk.state.write() as connection:
        TRAITS.delete(connection, key)
    say(f"{key}: deleted.")
