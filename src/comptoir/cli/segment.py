"""`comptoir segment`: list, show, check, count, publish, pause, export and delete segments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened_desk, say, say_json, say_table, whoami

if TYPE_CHECKING:
    from typing import Any

    from comptoir.segments.parse import Definition
    from comptoir.web.view import Desk

Key = Annotated[str, typer.Argument(help="The segment's key; `comptoir segment list` names them.")]
File = Annotated[str, typer.Argument(help="A YAML file, or the key of a segment that ships with Comptoir.")]
Most = Annotated[int, typer.Option("--most", help="How many at most.", min=1, max=10_000)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    segment = typer.Typer(
        name="segment", help="Segments: write, count, publish, pause, look into, export.", no_args_is_help=True
    )
    for name, command in (
        ("list", _list), ("library", _library), ("show", _show), ("check", _check), ("words", _words),
        ("count", _count), ("draft", _draft), ("publish", _publish), ("pause", _pause), ("resume", _resume),
        ("members", _members), ("changes", _changes), ("export", _export), ("delete", _delete),
    ):  # fmt: skip
        segment.command(name)(command)
    app.add_typer(segment)


def _ask(desk: Desk, do: str, **asked: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.ask({"kind": "segment", "do": do, **asked}).to_pylist()
    return rows


def _text(file: str) -> str:
    from comptoir.segments import shipped

    return shipped.texts()[file] if file in shipped.texts() else Path(file).read_text(encoding="utf-8")


def _listed(found: Definition, **more: object) -> dict[str, object]:
    return {"segment": found.key, "name": found.name["en"], **more}


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the segments: state, version, and how many belong."""
    from comptoir.segments import parse
    from comptoir.segments.drafts import SEGMENTS

    with opened_desk(home) as desk:
        with desk.state.read() as connection:
            shelf = SEGMENTS.listing(connection)
        sizes = {row["segment"]: row["number"] for row in _ask(desk, "sizes", segments=[one.key for one in shelf])}
    rows = [
        _listed(parse.read(one.text), state=one.state, version=one.live_version, people=sizes.get(one.key))
        for one in shelf
    ]
    if as_json:
        say_json(rows)
    else:
        say_table("Segments", rows, empty="No segment yet. Publish one: `comptoir segment publish regulars`.")


def _library(as_json: AsJson = False) -> None:
    """List the segments that ship with Comptoir."""
    from comptoir.segments import parse, shipped

    rows = [_listed(found, says=found.description["en"]) for found in map(parse.read, shipped.texts().values())]
    if as_json:
        say_json(rows)
    else:
        say_table("The library of segments", rows, empty="None ships.")


def _show(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Show a segment's definition: the draft, or what is published."""
    from comptoir.segments.drafts import SEGMENTS

    with opened_desk(home) as desk, desk.state.read() as connection:
        typer.echo(SEGMENTS.read(connection, key).text)


def _check(file: File) -> None:
    """Read a definition without keeping it; say what is wrong, or the rule in words."""
    _words(file)


def _words(file: File) -> None:
    """Say a definition in words, in French and in English."""
    from comptoir.segments import parse

    found = parse.read(_text(file))
    for language in ("fr", "en"):
        say(f"{language}: {found.words(language)}")


def _count(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Count the people a definition finds now, and say how many rows of facts it reads at most."""
    with opened_desk(home) as desk:
        (cost,) = _ask(desk, "cost", definition=_text(file))
        (found,) = _ask(desk, "count", definition=_text(file), seconds=600)
    if as_json:
        say_json(found | cost)
    else:
        said = f"{found['number']:,} of {found['total']:,} people, in {found['seconds']:.2f} s"
        say(f"{said} ({cost['rows']:,} rows at most).")


def _draft(file: File, home: Home = DEFAULT_HOME) -> None:
    """Keep a definition as a draft: a new one, or the next of its key."""
    from comptoir.segments import parse
    from comptoir.segments.drafts import SEGMENTS

    text = _text(file)
    key = parse.read(text).key
    with opened_desk(home) as desk, desk.state.write() as connection:
        if key in {one.key for one in SEGMENTS.listing(connection)}:
            base = SEGMENTS.read(connection, key).base
            SEGMENTS.save(connection, key, text, desk.clock.now(), base=base, by=whoami())
        else:
            SEGMENTS.begin(connection, text, desk.clock.now(), by=whoami())
    say(f"{key}: drafted.")


def _publish(file: File, home: Home = DEFAULT_HOME) -> None:
    """Publish a definition: its members are followed from the next tick on."""
    from comptoir.segments.drafts import SEGMENTS

    with opened_desk(home) as desk, desk.state.write() as connection:
        version = SEGMENTS.publish_text(connection, _text(file), desk.clock.now(), by=whoami())
    say(f"{file}: version {version} is live.")


def _pause(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Let a segment rest: its members stay as they are."""
    from comptoir.segments.drafts import SEGMENTS

    with opened_desk(home) as desk, desk.state.write() as connection:
        SEGMENTS.pause(connection, key, desk.clock.now())
    say(f"{key}: paused.")


def _resume(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Follow a segment again."""
    from comptoir.segments.drafts import SEGMENTS

    with opened_desk(home) as desk, desk.state.write() as connection:
        SEGMENTS.resume(connection, key, desk.clock.now())
    say(f"{key}: live.")


def _members(key: Key, most: Most = 100, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List who belongs, since when."""
    with opened_desk(home) as desk:
        rows = _ask(desk, "members", segment=key, limit=most)
    if as_json:
        say_json(rows)
    else:
        say_table(key, rows, empty="Nobody belongs, or it is not followed yet.")


def _changes(key: Key, most: Most = 100, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List who entered and left lately."""
    with opened_desk(home) as desk:
        rows = _ask(desk, "changes", segment=key, limit=most)
    if as_json:
        say_json(rows)
    else:
        say_table(key, rows, empty="Nobody entered or left since it is followed.")


def _export(
    key: Key, out: Annotated[Path, typer.Argument(help="CSV file to write.")], home: Home = DEFAULT_HOME
) -> None:
    """Write the members of a segment to a CSV file, with their addresses."""
    from comptoir.access.roles import OPERATOR
    from comptoir.web import segment_page

    with opened_desk(home) as desk, out.open("wb") as file:
        count = segment_page.write_csv(desk, OPERATOR, key, file)
    say(f"{count:,} people in {out}.")


def _delete(key: Key, home: Home = DEFAULT_HOME) -> None:
    """Take a segment away that nothing stands on."""
    from comptoir.web import segment_uses

    with opened_desk(home) as desk, desk.state.write() as connection:
        segment_uses.delete(connection, key)
    say(f"{key}: deleted.")
