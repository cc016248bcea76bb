"""`comptoir draft`: what is being written, scenarios and templates: show, save, undo, publish, throw away."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened, say, say_json, say_table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from comptoir.app import App

BY = "command line"


class What(StrEnum):
    """What is being written."""

    SCENARIO = "scenario"
    TEMPLATE = "template"


Of = Annotated[What, typer.Argument(help="scenario or template.")]
Name = Annotated[str, typer.Argument(help="Its name.")]
File = Annotated[Path, typer.Argument(help="A YAML file.", exists=True, dir_okay=False)]
Brand = Annotated[str, typer.Option("--brand", help="Whose template, where brands have one of the same name.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    draft = typer.Typer(
        name="draft", help="Drafts of scenarios and templates: show, undo, publish, throw away.", no_args_is_help=True
    )
    for name, command in (
        ("list", _list), ("begin", _begin), ("show", _show), ("save", _save), ("undo", _undo), ("redo", _redo),
        ("publish", _publish), ("discard", _discard), ("versions", _versions), ("back", _back),
    ):  # fmt: skip
        draft.command(name)(command)
    app.add_typer(draft)


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List what is being written."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import drafts

    with opened(home) as app, app.state.read() as connection:
        found = [
            {"what": "scenario", "name": one.key, "brand": "", "changed_at": _at(connection, one.key)}
            for one in drafts.shelf(connection)
            if one.has_draft
        ]
        found += [
            {"what": "template", "name": one["template"], "brand": one["brand"], "changed_at": one["changed_at"]}
            for one in template_drafts.listing(connection)
        ]
    if as_json:
        say_json(found)
    else:
        say_table("Drafts", found, empty="Nothing is being written.")


def _begin(
    of: Of,
    name: Annotated[str, typer.Argument(help="A scenario of the library, or the name of a new template.")],
    language: Annotated[list[str] | None, typer.Option("--language", help="Of a template; may be given often.")] = None,
    brand: Brand = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Begin a scenario from the library, or an empty template."""
    from comptoir.messaging import template_drafts
    from comptoir.messaging.template import EVERY_BRAND
    from comptoir.scenarios import definitions, drafts

    with opened(home) as app:
        now = app.clock.now()
        with app.state.write() as connection:
            if of is What.TEMPLATE:
                template_drafts.new(
                    connection, name, brand=brand or EVERY_BRAND, languages=language or ["fr", "en"], now=now, by=BY
                )
            elif name in definitions.shipped():
                drafts.begin(connection, definitions.shipped()[name], now, by=BY)
            else:
                raise typer.BadParameter(", ".join(definitions.shipped()), param_hint="NAME")
        _tell(app, of, name, brand, as_json=as_json)


def _show(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show a draft, or what is published where there is none."""
    with opened(home) as app:
        _tell(app, of, name, brand, as_json=as_json, is_whole=True)


def _save(of: Of, file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Keep a file as the draft: nothing of it runs or is sent."""
    from comptoir.messaging import template_drafts, template_files
    from comptoir.scenarios import drafts

    text = file.read_text(encoding="utf-8")
    with opened(home) as app:
        now = app.clock.now()
        with app.state.write() as connection:
            if of is What.SCENARIO:
                name, brand = drafts.keep(connection, text, now, by=BY).scenario, ""
            else:
                made = template_drafts.save(connection, template_files.parse(text), now=now, by=BY)
                name, brand = made.name, made.brand
        _tell(app, of, name, brand, as_json=as_json)


def _undo(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Go back one change."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import drafts

    with opened(home) as app:
        with app.state.write() as connection:
            if of is What.SCENARIO:
                drafts.undo(connection, name, base=drafts.read(connection, name).base)
            else:
                template_drafts.undo(connection, name, brand=_owner(connection, name, brand))
        _tell(app, of, name, brand, as_json=as_json)


def _redo(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Go forward one change."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import drafts

    with opened(home) as app:
        with app.state.write() as connection:
            if of is What.SCENARIO:
                drafts.redo(connection, name, base=drafts.read(connection, name).base)
            else:
                template_drafts.redo(connection, name, brand=_owner(connection, name, brand))
        _tell(app, of, name, brand, as_json=as_json)


def _publish(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish a draft."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import definitions, drafts

    with opened(home) as app:
        now = app.clock.now()
        with app.state.write() as connection:
            if of is What.SCENARIO:
                draft = drafts.read(connection, name)
                definitions.check(draft.text)
                version = drafts.publish(connection, name, now, base=draft.base, by=BY).version
            else:
                owner = _owner(connection, name, brand)
                version = template_drafts.publish(connection, name, brand=owner, now=now, by=BY)[0].version
    if as_json:
        say_json({"what": of.value, "name": name, "version": version, "state": "published"})
    else:
        say(f"{name}: version {version} published")


def _discard(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Throw a draft away; what is published stays."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import drafts

    with opened(home) as app, app.state.write() as connection:
        if of is What.SCENARIO:
            drafts.discard(connection, name, base=drafts.read(connection, name).base)
        else:
            template_drafts.drop(connection, name, brand=_owner(connection, name, brand))
    if as_json:
        say_json({"what": of.value, "name": name, "state": "discarded"})
    else:
        say(f"The draft of {name} is gone.")


def _versions(of: Of, name: Name, brand: Brand = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the published versions, the newest first."""
    from comptoir.messaging import template_drafts
    from comptoir.scenarios import drafts

    with opened(home) as app, app.state.read() as connection:
        if of is What.SCENARIO:
            drafts.read(connection, name)
            found: list[dict[str, Any]] = [
                {"version": one.version, "published_at": one.published_at, "published_by": one.published_by}
                for one in drafts.versions(connection, name)
            ]
        else:
            found = template_drafts.versions(connection, name, brand=_owner(connection, name, brand))
    if as_json:
        say_json(found)
    else:
        say_table(name, found, empty="It was never published.")


def _back(
    name: Name,
    version: Annotated[int, typer.Argument(help="A published version.")],
    brand: Brand = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make the draft of a template what a published version was."""
    from comptoir.messaging import template_drafts

    with opened(home) as app:
        now = app.clock.now()
        with app.state.write() as connection:
            owner = _owner(connection, name, brand)
            template_drafts.go_back(connection, name, version, brand=owner, now=now, by=BY)
        _tell(app, What.TEMPLATE, name, owner, as_json=as_json)


def _tell(app: App, of: What, name: str, brand: str, *, as_json: bool, is_whole: bool = False) -> None:
    with app.state.read() as connection:
        told = _scenario(connection, name) if of is What.SCENARIO else _template(connection, name, brand)
    if as_json:
        say_json(told)
        return
    text = told.pop("definition")
    if is_whole:
        typer.echo(text, nl=not str(text).endswith("\n"))
    say(", ".join(f"{key} {value}" for key, value in told.items() if value not in {None, ""}))


def _scenario(connection: Connection, name: str) -> dict[str, object]:
    from comptoir.scenarios import drafts

    one = drafts.read(connection, name)
    return {
        "what": "scenario", "name": name, "is_draft": one.revision is not None, "live_version": one.live_version,
        "changed_at": one.saved_at, "changed_by": one.saved_by, "can_undo": one.can_undo, "can_redo": one.can_redo,
        "definition": one.text,
    }  # fmt: skip


def _template(connection: Connection, name: str, brand: str) -> dict[str, object]:
    from comptoir.messaging import template_drafts, template_files

    one = template_drafts.find(connection, name, brand=_owner(connection, name, brand))
    problems = {
        part.language: str(wrong.facts.get("what", wrong))
        for part in one.parts
        if (wrong := template_drafts.problem_of(part)) is not None
    }
    return {
        "what": "template", "name": name, "brand": one.brand, "is_draft": one.revision > 0,
        "version": one.parts[0].version, "changed_at": one.changed_at, "changed_by": one.changed_by,
        "can_undo": one.can_undo, "can_redo": one.can_redo, "problems": str(problems) if problems else "",
        "definition": template_files.dump(list(one.parts)),
    }  # fmt: skip


def _owner(connection: Connection, name: str, brand: str) -> str:
    """Give whose template is meant: the one asked for, else the first. Raises: TemplateNotFound."""
    from comptoir.messaging import template_drafts
    from comptoir.messaging.template import TemplateNotFound

    owners = template_drafts.brands_of(connection, name)
    if not owners or (brand and brand not in owners):
        raise TemplateNotFound(template=name[:60])
    return brand or owners[0]


def _at(connection: Connection, scenario: str) -> object:
    from comptoir.scenarios import drafts

    return drafts.read(connection, scenario).saved_at
