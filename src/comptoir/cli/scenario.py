"""`comptoir scenario`: the shelf of scenarios, the people in them, and moving them between versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App
    from comptoir.scenarios.parse import Definition

Name = Annotated[str, typer.Argument(help="The scenario's name.")]
File = Annotated[str, typer.Argument(help="A YAML file, or the name of a scenario that ships with Comptoir.")]
Persons = Annotated[list[str] | None, typer.Argument(help="E-mails, account ids or profile names.")]
PeopleFile = Annotated[Path | None, typer.Option("--file", help="A file with one person a line.")]
Version = Annotated[int | None, typer.Option("--version", help="Which version; 0 is the draft. Default: the live one.")]
Maps = Annotated[list[str] | None, typer.Option("--map", help="OLD=NEW step, or OLD=exit; may be given often.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    scenario = typer.Typer(
        name="scenario", help="Scenarios: write, publish, pause, look into, move people.", no_args_is_help=True
    )
    for name, command in (
        ("list", _list),
        ("show", _show),
        ("people", _people),
        ("check", _check),
        ("draft", _draft),
        ("publish", _publish),
        ("pause", _pause),
        ("resume", _resume),
        ("archive", _archive),
        ("enroll", _enroll),
        ("move", _move),
        ("export", _export),
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


def _people(
    name: Name,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    status: Annotated[str, typer.Option(help="live, finished or exited; empty for all.")] = "live",
    most: Annotated[int, typer.Option(help="How many at most.")] = 50,
) -> None:
    """List the people in a scenario, the newest first: at which step, since when, until when."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.read() as connection:
        found = definitions.people(connection, name, status=status, most=most)
    if as_json:
        say_json(found)
    else:
        say_table(f"People in {name}", found, empty="Nobody.")


def _check(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Check a definition without publishing it: its steps, conditions, words, and whether its templates are here."""
    from comptoir.scenarios import definitions, tell  # start-up time

    made = definitions.check(_text(file))
    missing = _missing_templates(home, made) if (home / "state.db").exists() else []
    if as_json:
        steps = list(made.program)
        say_json({"scenario": made.scenario, "version": made.version, "steps": steps, "missing_templates": missing})
        return
    for line in tell.lines(made, "en"):
        typer.echo(line)
    for one in missing:
        what = f"{one['template']} version {one['version']}" if one["version"] else one["template"]
        say(f"Careful: step {one['step']} sends the template {what}, which is not published here.")


def _missing_templates(home: Path, made: Definition) -> list[dict[str, object]]:
    """List the stored templates that steps send and that nobody has published. Order: by step."""
    from comptoir.messaging import template, template_shelf  # start-up time

    missing: list[dict[str, object]] = []
    with _opened(home) as app, app.state.read() as connection:
        for step, name, version in made.stored_templates:
            try:
                template_shelf.find(connection, name, version)
            except template.TemplateNotFound:
                missing.append({"step": step, "template": name, "version": version or None})
    return missing


def _draft(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Keep a definition as a draft: nothing of it runs."""
    from comptoir.scenarios import drafts  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        made = drafts.keep(connection, _text(file), app.clock.now())
    _told({"scenario": made.scenario, "version": made.version, "state": "draft"}, as_json=as_json)


def _publish(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish a definition: new runs get it, people in flight finish on theirs."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        if file in definitions.shipped():
            made = definitions.publish_shipped(connection, file, app.clock.now())
        else:
            made = definitions.publish(connection, _text(file), app.clock.now())
    _told({"scenario": made.scenario, "version": made.version, "state": "published"}, as_json=as_json)


def _pause(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Pause a scenario: nothing starts and nothing leaves; what is queued is dropped, with its reason."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        definitions.pause(connection, name, app.clock.now())
    _told({"scenario": name, "state": "paused"}, as_json=as_json)


def _resume(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Let a paused or archived scenario run again."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        definitions.resume(connection, name, app.clock.now())
    _told({"scenario": name, "state": "live"}, as_json=as_json)


def _archive(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Put a scenario away: nothing starts and nothing leaves."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.write() as connection:
        definitions.archive(connection, name, app.clock.now())
    _told({"scenario": name, "state": "archived"}, as_json=as_json)


def _enroll(
    name: Name,
    persons: Persons = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    file: PeopleFile = None,
    brand: Annotated[str, typer.Option(help="For which brand.")] = "main",
) -> None:
    """Enroll people by hand; who is in it already is left out."""
    from comptoir.acting import kin  # start-up time
    from comptoir.identity import profile  # start-up time
    from comptoir.scenarios import manual  # start-up time

    named = list(persons or ())
    if file is not None:
        named += [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    unknown: list[str] = []
    with _opened(home) as app, app.state.write() as connection:
        found: list[manual.Person] = []
        for one in named:
            try:
                node = profile.find(connection, one)
            except profile.PersonNotFound:
                unknown.append(one)
                continue
            read = profile.read_node(connection, node)
            if read is not None:
                found.append(manual.Person(node_id=node, profile_id=read.profile_id))
        done = manual.enroll(
            connection, scenario=name, people=found, brand=brand, now=app.clock.now(), nodes_of=kin, by="cli"
        )
    answer = {"scenario": name, "began": done.began, "left_out": done.left_out, "unknown": unknown}
    if as_json:
        say_json(answer)
    else:
        say(
            f"{name}: {done.began} began, {done.left_out} left out, {len(unknown)} unknown {' '.join(unknown)}".rstrip()
        )


def _move(
    name: Name,
    from_version: Annotated[int, typer.Option("--from", help="The version they are in.")],
    to_version: Annotated[int, typer.Option("--to", help="The version they go to.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
    maps: Maps = None,
    is_dry: Annotated[bool, typer.Option("--dry", help="Only show who would go where.")] = False,
) -> None:
    """Move people in flight to another version, step by step as mapped; --dry shows it first."""
    from comptoir.scenarios import moves  # start-up time

    if strange := [one for one in maps or () if "=" not in one]:
        raise typer.BadParameter(f"`{strange[0]}` is no mapping: write OLD=NEW, or OLD=exit", param_hint="--map")
    mapping = dict(one.split("=", 1) for one in maps or ())
    with _opened(home) as app, app.state.write() as connection:
        if is_dry:
            found = moves.plan(
                connection, scenario=name, from_version=from_version, to_version=to_version, mapping=mapping
            )
        else:
            found = moves.move(
                connection, scenario=name, from_version=from_version, to_version=to_version, mapping=mapping,
                now=app.clock.now(),
            )  # fmt: skip
    rows = [asdict(one) for one in found]
    if as_json:
        say_json(rows)
    else:
        title = f"{name}: {from_version} → {to_version}" + (" (only shown)" if is_dry else "")
        say_table(title, rows, empty="Nobody is in flight.")


def _export(
    name: Name,
    home: Home = DEFAULT_HOME,
    version: Version = None,
    is_tidy: Annotated[bool, typer.Option("--tidy", help="Written anew, in today's format.")] = False,
) -> None:
    """Write a definition's YAML to standard output: as it was published, or tidy."""
    from comptoir.scenarios import definitions  # start-up time

    with _opened(home) as app, app.state.read() as connection:
        give = definitions.tidy_text_of if is_tidy else definitions.text_of
        text = give(connection, name, version)
    typer.echo(text, nl=False)


def _text(file: str) -> str:
    from comptoir.scenarios import definitions  # start-up time

    shipped = definitions.shipped()
    return shipped[file] if file in shipped else Path(file).read_text(encoding="utf-8")


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
