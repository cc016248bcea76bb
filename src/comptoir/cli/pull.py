"""`comptoir pull`: places that rows are fetched from, and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table, whoami

if TYPE_CHECKING:
    from comptoir.pulling import Tried
    from comptoir.sources.pulls.runs import Ran
    from comptoir.sources.pulls.shelf import Kept

Name = Annotated[str, typer.Argument(help="Name of the source, under which its rows are booked.")]
Options = Annotated[
    list[str] | None, typer.Option("--set", help="What the place needs, as `name=value`; `comptoir pull places` lists.")
]
Secrets = Annotated[
    list[str] | None,
    typer.Option("--secret", help="A secret, as `name=FILE` or `name=-` to be asked; it is sealed and never shown."),
]
Kind = Annotated[str, typer.Option("--as", help="What the rows are, where the place does not say: orders, contacts …")]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", exists=True, dir_okay=False, help="Which column is which field (YAML).")
]
Streams = Annotated[list[str] | None, typer.Option("--stream", help="Which of its kinds of rows; none said: all.")]
Alarm = Annotated[int, typer.Option("--alarm-hours", help="Hours without anything new that are a finding; 0: never.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    pull = typer.Typer(name="pull", help="Fetch rows from folders, servers, databases and shops.", no_args_is_help=True)
    for name, command in (
        ("places", places), ("list", show), ("add", add), ("change", change), ("try", try_out), ("run", run),
        ("cancel", cancel), ("history", history), ("pause", pause), ("resume", resume), ("remove", remove),
    ):  # fmt: skip
        pull.command(name)(command)
    app.add_typer(pull)


def places(as_json: AsJson = False) -> None:
    """List the kinds of places, and what each needs."""
    from comptoir.sources.pulls import shelf

    found = [
        {"place": name, "option": one.name, "needed": one.is_needed, "secret": one.is_secret, "default": one.default,
         "says": one.says}
        for name in shelf.places()
        for one in shelf.place_of(name).options
    ]  # fmt: skip
    if as_json:
        say_json(found)
    else:
        say_table("Places", found, empty="No plug-in offers one.")


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the sources that are fetched, and how the last run of each ended."""
    from comptoir.clock import RealClock
    from comptoir.sources.pulls import runs, shelf

    with opened(home) as app, app.state.read() as connection:
        found = [
            told(one, runs.latest(connection, one.name, machine_now=RealClock().now()))
            for one in shelf.listing(connection)
        ]
    if as_json:
        say_json(found)
        return
    names = ("name", "place", "brand", "schedule", "is_paused", "last_state", "last_began_at", "brought_at")
    rows = [{name: one[name] for name in names} for one in found]
    say_table("Sources that are fetched", rows, empty="None yet: comptoir pull add NAME PLACE --set …")


def add(
    name: Name,
    place: Annotated[str, typer.Argument(help="Kind of place: folder, http, sftp, sql, shopify …")],
    home: Home = DEFAULT_HOME,
    brand: Annotated[str, typer.Option(help="Brand its rows belong to.")] = "main",
    options: Options = None,
    secrets: Secrets = None,
    kind: Kind = "",
    mapping: MappingFile = None,
    streams: Streams = None,
    schedule: Annotated[
        str, typer.Option(help="hand, every:15 (minutes) or daily:06:30 (the brand's clock).")
    ] = "hand",
    alarm_hours: Alarm = 48,
    as_json: AsJson = False,
) -> None:
    """Add a source that is fetched; look with `comptoir pull try` before its first run."""
    from comptoir.access import keys
    from comptoir.sources import schedule as schedules
    from comptoir.sources.pulls import shelf
    from comptoir.state.sealing import master_key

    keys.check_name(name)
    with opened(home) as app:
        wanted = shelf.Kept(
            name=name,
            place=place,
            brand=brand,
            kind=kind,
            mapping=mapping.read_text(encoding="utf-8") if mapping else "",
            streams=tuple(streams or [one.name for one in shelf.place_of(place).streams]),
            options=_pairs(options),
            schedule=schedules.parse(schedule),
            alarm_hours=alarm_hours,
            may_look_inside=True,
            made_at=app.clock.now(),
        )
        with app.state.write() as connection:
            made = shelf.save(connection, wanted, _secrets(secrets), master_key(app.settings.home), is_new=True)
    _tell(told(made, None), f"{name} is added. Look first: comptoir pull try {name}", as_json=as_json)


def change(
    name: Name,
    home: Home = DEFAULT_HOME,
    options: Options = None,
    secrets: Secrets = None,
    kind: Annotated[str | None, typer.Option("--as", help="What the rows are.")] = None,
    mapping: MappingFile = None,
    streams: Streams = None,
    schedule: Annotated[str | None, typer.Option(help="hand, every:15 or daily:06:30.")] = None,
    alarm_hours: Annotated[int | None, typer.Option("--alarm-hours", help="0: never.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a source that is fetched; what is left out stays."""
    from dataclasses import replace

    from comptoir.sources import schedule as schedules
    from comptoir.sources.pulls import shelf
    from comptoir.state.sealing import master_key

    with opened(home) as app, app.state.write() as connection:
        former = shelf.find(connection, name)
        wanted = replace(
            former,
            options={**former.options, **_pairs(options)},
            kind=former.kind if kind is None else kind,
            mapping=mapping.read_text(encoding="utf-8") if mapping else former.mapping,
            streams=tuple(streams) if streams else former.streams,
            schedule=former.schedule if schedule is None else schedules.parse(schedule),
            alarm_hours=former.alarm_hours if alarm_hours is None else alarm_hours,
            may_look_inside=True,
        )
        made = shelf.save(connection, wanted, _secrets(secrets), master_key(app.settings.home), is_new=False)
    _tell(told(made, None), f"{name} is changed.", as_json=as_json)


def try_out(
    name: Name,
    home: Home = DEFAULT_HOME,
    stream: Annotated[str, typer.Option("--stream", help="Which of its kinds of rows; the first if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Look at a place, and show the first ten rows as they would be stored; nothing is kept."""
    from comptoir import pulling
    from comptoir.sources.pulls import shelf

    with opened(home) as app:
        with app.state.read() as connection:
            pull = shelf.find(connection, name)
        tried = pulling.try_out(app.settings, app.state, pull, stream)
    if as_json:
        say_json(asdict(tried))
    else:
        _show(tried)


def run(
    name: Name,
    home: Home = DEFAULT_HOME,
    run_id: Annotated[str, typer.Option(hidden=True, help="The run that a page or the schedule has begun.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fetch what is new, now, and wait until it is facts."""
    from comptoir import pulling
    from comptoir.clock import RealClock
    from comptoir.sources.pulls import runs

    with opened(home) as app:
        began = run_id or pulling.begin(app.settings, app.state, name, made_by=whoami())
        pulling.work(app, name, began)
        with app.state.read() as connection:
            ended = runs.find(connection, began, machine_now=RealClock().now())
    counts = f"{ended.stored:,} stored, {ended.duplicates:,} duplicates, {ended.refused:,} refused"
    _tell(ran(ended), f"{ended.read:,} rows read: {counts}.", as_json=as_json)


def cancel(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Cancel the run that is under way; what it has brought stays."""
    from comptoir.clock import RealClock
    from comptoir.sources.pulls import runs

    with opened(home) as app, app.state.write() as connection:
        asked = runs.cancel(connection, name, machine_now=RealClock().now())
    _tell({"name": name, "run_id": asked.run_id}, f"The run of {name} ends within a few seconds.", as_json=as_json)


def history(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the runs of a source: when, by whom, what came of each."""
    from comptoir.clock import RealClock
    from comptoir.sources.pulls import runs, shelf

    with opened(home) as app, app.state.read() as connection:
        shelf.find(connection, name)
        found = [ran(one) for one in runs.listing(connection, name, machine_now=RealClock().now())]
    if as_json:
        say_json(found)
        return
    names = (
        "began_at", "made_by", "state", "read", "stored", "duplicates", "refused", "skipped", "problem",
    )  # fmt: skip
    rows = [{one: each[one] for one in names} for each in found]
    say_table(f"Runs of {name}", rows, empty=f"None yet: comptoir pull run {name}")


def pause(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Let a source rest: it is no longer fetched by itself."""
    _switch(home, name, is_paused=True)
    _tell({"name": name, "is_paused": True}, f"{name} rests.", as_json=as_json)


def resume(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Fetch a source that rests by itself again."""
    _switch(home, name, is_paused=False)
    _tell({"name": name, "is_paused": False}, f"{name} is fetched again.", as_json=as_json)


def remove(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Forget a source that is fetched, its secrets and its history; what it brought stays."""
    from comptoir.sources.pulls import shelf

    with opened(home) as app, app.state.write() as connection:
        shelf.remove(connection, name)
    _tell({"name": name, "removed": True}, f"{name} is forgotten; what it brought stays.", as_json=as_json)


def told(pull: Kept, last: Ran | None) -> dict[str, Any]:
    """Say what is kept of a source, without its secrets, and how its last run ended."""
    return asdict(pull) | {
        "schedule": pull.schedule.text(),
        "secrets": sorted(pull.secrets),
        "last_state": None if last is None else last.state,
        "last_began_at": None if last is None else last.began_at,
    }


def ran(one: Ran) -> dict[str, Any]:
    """Say what came of a run."""
    took = None if one.took is None else one.took.total_seconds()
    return asdict(one) | {"took_seconds": took}


def _switch(home: Path, name: str, *, is_paused: bool) -> None:
    from comptoir.sources.pulls import shelf

    with opened(home) as app, app.state.write() as connection:
        shelf.pause(connection, name, is_paused=is_paused)


def _show(tried: Tried) -> None:
    say(f"{tried.look.says}: {', '.join(tried.look.items)}" if tried.look.items else tried.look.says)
    if tried.lacking:
        say(
            f"The columns do not say everything ({', '.join(tried.lacking)}). Complete this and pass it with --mapping:"
        )
        typer.echo(tried.mapping, nl=False)
    if tried.seen is None:
        return
    rows = [
        dict(zip(tried.seen.fields, one.values, strict=False)) | {"refused": f"{one.reason} {one.detail}".strip()}
        for one in tried.seen.rows
    ]
    say_table(tried.name, rows, empty="It has no rows.")


def _tell(done: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
    else:
        say(sentence)


def _pairs(said: list[str] | None) -> dict[str, str]:
    pairs = [one.partition("=") for one in said or ()]
    if any(not sign for _, sign, _ in pairs):
        raise typer.BadParameter("say it as name=value")
    return {name.strip(): value for name, _, value in pairs}


def _secrets(said: list[str] | None) -> dict[str, str]:
    """Read secrets from files, or ask for them: what stands on a command line, others see."""
    return {
        name: typer.prompt(name, hide_input=True) if where == "-" else Path(where).read_text(encoding="utf-8").strip()
        for name, where in _pairs(said).items()
    }
