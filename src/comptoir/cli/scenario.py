"""`comptoir scenario`: the shelf of scenarios: list, show, publish, pause, resume, and why somebody was written to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App

Name = Annotated[str, typer.Argument(help="The scenario's name.")]
File = Annotated[str, typer.Argument(help="A YAML file, or the name of a scenario that ships with Comptoir.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    scenario = typer.Typer(name="scenario", help="Scenarios: list, show, publish, pause, resume.", no_args_is_help=True)
    for name, command in (
        ("list", _list),
        ("show", _show),
        ("publish", _publish),
        ("pause", _pause),
        ("resume", _resume),
    ):
        scenario.command(name)(command)
    app.add_typer(scenario)


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the scenarios: version, state, and how many people wait in each."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.read() as connection:
        found = definitions.listing(connection)
    if as_json:
        say_json(found)
    else:
        say_table(
            "Scenarios", found, empty="No scenario yet. Publish one: `comptoir scenario publish abandoned-basket`."
        )


def _show(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one scenario: its definition, and where its people stand."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.read() as connection:
        one = definitions.show(connection, name)
    if as_json:
        say_json(one)
        return
    runs = one.pop("runs")
    typer.echo(one.pop("definition"))
    assert isinstance(runs, list)
    say_table(f"{name}: {one['state']}, version {one['version']}", runs, empty="Nobody has entered it yet.")


def _publish(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish a definition: new runs get it, people in flight finish on theirs."""
    from comptoir.scenarios import definitions  # start-up time

    shipped = definitions.shipped()
    text = shipped[file] if file in shipped else Path(file).read_text(encoding="utf-8")
    with _opened(home) as app, app.state.write() as connection:
        made = definitions.publish(connection, text, app.clock.now())
    _told({"scenario": made.scenario, "version": made.version, "state": "published"}, as_json=as_json)


def _pause(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Pause a scenario: nothing starts and nothing leaves; what is queued is dropped, with its reason."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        definitions.pause(connection, name, app.clock.now())
    _told({"scenario": name, "state": "paused"}, as_json=as_json)


def _resume(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Let a paused scenario run again."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        definitions.resume(connection, name, app.clock.now())
    _told({"scenario": name, "state": "live"}, as_json=as_json)


@contextmanager
def _opened(home: Path) -> Iterator[App]:
    from comptoir.app import open_app  # start-up time

    app = open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()


def _told(answer: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        say_json(answer)
    else:
        say(f"{answer['scenario']}: {answer['state']}")
