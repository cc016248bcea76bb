"""`comptoir plan`: the tracking plan of a brand; made of what arrives, checked, published, and what breaks it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App

Brand = Annotated[str, typer.Option(help="Brand the plan is of.")]
Days = Annotated[int, typer.Option(help="Days that are looked at.", min=1, max=366)]
FileOf = Annotated[Path, typer.Argument(help="File with the plan, in YAML.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    plan = typer.Typer(help="Tracking plan: infer, show, check, publish, and what breaks it.", no_args_is_help=True)
    plan.command("infer")(infer)
    plan.command("show")(show)
    plan.command("versions")(versions)
    plan.command("check")(check)
    plan.command("publish")(publish)
    plan.command("findings")(findings)
    plan.command("seen")(seen)
    plan.command("names")(names)
    app.add_typer(plan, name="plan")


def infer(
    home: Home = DEFAULT_HOME,
    brand: Brand = "main",
    days: Days = 30,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write it to.")] = None,
) -> None:
    """Make a plan of what arrived lately, with types and fill rates; correct it, then publish it."""
    from datetime import timedelta

    from comptoir.app import ask_warehouse
    from comptoir.clock import micros
    from comptoir.collect.plan import declared
    from comptoir.collect.plan import infer as inferring

    settings = settings_of(home)
    since = micros(settings.make_clock().now() - timedelta(days=days))
    asked = inferring.asking(brand=brand, since=since)
    text = declared.render(inferring.infer(ask_warehouse(settings, "plan_shapes", asked).to_pylist()))
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    say(f"Written to {output}. Correct it, then: comptoir plan publish {output}")


def show(
    home: Home = DEFAULT_HOME,
    brand: Brand = "main",
    version: Annotated[int, typer.Option(help="Version to show; 0 for the one that stands.")] = 0,
) -> None:
    """Print the plan that stands, or one of its versions."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.read() as connection:
            found = store.version(connection, brand, version) if version else store.current(connection, brand)
    finally:
        app.close()
    if found is None:
        raise store.NoSuchPlan(brand=brand)
    typer.echo(found.text, nl=False)


def versions(home: Home = DEFAULT_HOME, brand: Brand = "main", as_json: AsJson = False) -> None:
    """List the versions of the plan, with who published each and when."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.read() as connection:
            found = [asdict(one) for one in store.versions(connection, brand)]
    finally:
        app.close()
    if as_json:
        say_json(found)
        return
    rows = [{name: row[name] for name in ("version", "published_at", "published_by", "note")} for row in found]
    say_table(f"Tracking plan of {brand}", rows, empty="No plan yet. Make one with: comptoir plan infer")


def check(file: FileOf, as_json: AsJson = False) -> None:
    """Say whether a file is a plan that can be published; changes nothing."""
    from comptoir.collect.plan import declared

    found = declared.parse(file.read_text(encoding="utf-8"))
    counted = {"events": len(found.events), "properties": sum(len(one.properties) for one in found.events.values())}
    if as_json:
        say_json(counted)
        return
    say(f"{file} can be published: {counted['events']} events, {counted['properties']} properties.")


def publish(
    file: FileOf,
    home: Home = DEFAULT_HOME,
    brand: Brand = "main",
    note: Annotated[str, typer.Option(help="What has changed, in a few words.")] = "",
    as_json: AsJson = False,
) -> None:
    """Publish a plan as the brand's next version; it holds from the next second on."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.write() as connection:
            text = file.read_text(encoding="utf-8")
            number = store.publish(connection, brand, text, now=app.clock.now(), by="command line", note=note)
    finally:
        app.close()
    if as_json:
        say_json({"brand": brand, "version": number})
        return
    say(f"Version {number} of the plan of [bold]{brand}[/bold] is published.")


def findings(home: Home = DEFAULT_HOME, brand: Brand = "main", days: Days = 14, as_json: AsJson = False) -> None:
    """List what breaks the plan: where, how, how often, since when."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.read() as connection:
            listed = store.list_findings(connection, brand, now=app.clock.now(), days=days)
    finally:
        app.close()
    if as_json:
        say_json([asdict(one) | {"examples": [_example(each) for each in one.examples]} for one in listed])
        return
    rows: list[dict[str, object]] = [
        {"source": one.source, "event": one.event, "property": one.property, "reason": one.reason,
         "times": sum(one.days), "since": one.first_at, "new": "new" if one.is_new else ""}
        for one in listed
    ]  # fmt: skip
    say_table(f"What breaks the plan of {brand}", rows, empty="Nothing breaks the plan.")


def seen(home: Home = DEFAULT_HOME, brand: Brand = "main") -> None:
    """Say that what breaks the plan was seen: from now on it is no news."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.write() as connection:
            store.look(connection, brand, now=app.clock.now(), by="command line")
    finally:
        app.close()
    say(f"Noted: nothing of [bold]{brand}[/bold] is new.")


def names(
    home: Home = DEFAULT_HOME,
    brand: Brand = "main",
    event: Annotated[str, typer.Option(help="Only the properties of this event.")] = "",
    as_json: AsJson = False,
) -> None:
    """List every event and property that ever arrived, with types, how often, first and last."""
    from comptoir.collect.plan import store

    app = _open(home)
    try:
        with app.state.read() as connection:
            found = [asdict(one) for one in store.catalogue(connection, brand, event=event)]
    finally:
        app.close()
    if as_json:
        say_json(found)
        return
    say_table(f"What arrives of {brand}", found, empty="Nothing has arrived yet.")


def _example(one: Any) -> dict[str, str]:
    return {"message_id": one.message_id, "value": one.value}


def _open(home: Path) -> App:
    from comptoir.app import open_app

    return open_app(settings_of(home))
