"""`comptoir template`: the mails that scenarios send: list, show, check, publish, preview, try out, export, resume."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App
    from comptoir.golden.keep import Keeper
    from comptoir.messaging.template_preview import Person
    from comptoir.model.message import Mail

Name = Annotated[str, typer.Argument(help="The template's name.")]
Files = Annotated[Path, typer.Argument(help="A YAML file, or a folder of them.", exists=True)]
Version = Annotated[int, typer.Option("--version", help="Version; 0 is the newest.", min=0)]
As = Annotated[str, typer.Option("--as", help="The person: a profile id, KIND:VALUE, an e-mail, or a user id.")]
Language = Annotated[str, typer.Option("--language", help="Language; the person's own, else the template's first.")]
Brand = Annotated[str, typer.Option("--brand", help="Brand; the first of the installation where none is given.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    template = typer.Typer(
        name="template", help="Templates of mails: check, publish, preview, try out, export.", no_args_is_help=True
    )
    for name, command in (
        ("list", _list), ("show", _show), ("check", _check), ("publish", _publish), ("preview", _preview),
        ("test-send", _test_send), ("export", _export), ("resume", _resume),
    ):  # fmt: skip
        template.command(name)(command)
    app.add_typer(template)


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the templates: newest version, languages, and how making their mails went."""
    from comptoir.messaging import template_shelf

    with _opened(home) as app, app.state.read() as connection:
        found, alerts = template_shelf.listing(connection), template_shelf.alerts(connection)
    if as_json:
        say_json({"templates": found, "alerts": alerts})
        return
    say_table("Templates", found, empty="No template yet. Publish one: `comptoir template publish FILE`.")
    for one in alerts:
        say(f"[red]Paused:[/red] {one['template']} version {one['version']}: {one['alert']}")


def _show(name: Name, version: Version = 0, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show one version of a template: what it says and uses, and how making its mails went."""
    from comptoir.messaging import template, template_files, template_shelf

    with _opened(home) as app, app.state.read() as connection:
        found = template_shelf.find(connection, name, version)
        health = template_shelf.health(connection, name, found[0].version)
    ready = template.read(found[0], template.check(found[0]))
    uses = sorted(ready.html.names | ready.text.names | ready.subject.names | ready.preheader.names)
    if as_json:
        say_json({"template": name, "version": found[0].version, **health, "uses": uses,
                  "yaml": _by_brand(found, template_files.dump)})  # fmt: skip
        return
    for text in _by_brand(found, template_files.dump).values():
        typer.echo(text)
    say_table(f"{name}: version {found[0].version}", [health], empty="")
    say("It uses " + ", ".join(uses))


def _check(files: Files, as_json: AsJson = False) -> None:
    """Check templates without publishing them: MJML, Liquid, names, missing values, and that people can unsubscribe."""
    from comptoir.messaging import template, template_files

    found = template_files.read(files)
    for one in found:
        template.check(one)
    checked = [{"template": one.name, "version": one.version, "language": one.language} for one in found]
    if as_json:
        say_json(checked)
    else:
        say(f"All good: {', '.join(f'{one.name} {one.version} ({one.language})' for one in found)}.")


def _publish(files: Files, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish templates, all or none; what is queued keeps its version."""
    from comptoir.messaging import template_files, template_shelf

    found = template_files.read(files)
    with _opened(home) as app, app.state.write() as connection:
        template_shelf.publish(connection, found, app.clock.now())
    if as_json:
        say_json([{"template": one.name, "version": one.version, "language": one.language} for one in found])
    else:
        say(f"Published: {', '.join(f'{one.name} {one.version} ({one.language})' for one in found)}.")


def _preview(
    name: Annotated[str, typer.Argument(help="The template's name, or a YAML file that is not yet published.")],
    person: As,
    version: Version = 0,
    language: Language = "",
    brand: Brand = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write here: .html, .txt, or .eml (what is sent).")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show the mail that a person would get: the same bytes as what is sent."""
    with _opened(home) as app:
        mail = _mail_for(app, name, person, version=version, language=language, brand=brand)
    if as_json:
        say_json({"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html})
    elif out is None:
        typer.echo(f"To: {mail.to}\nSubject: {mail.subject}\n\n{mail.text}")
    else:
        out.write_bytes(_bytes(mail, out.suffix))
        say(f"{mail.subject} → {out}")


def _test_send(
    name: Name,
    to: Annotated[str, typer.Option("--to", help="Your own address.")],
    person: As,
    version: Version = 0,
    language: Language = "",
    brand: Brand = "",
    home: Home = DEFAULT_HOME,
) -> None:
    """Send the mail that a person would get to your own address, now; nothing is counted."""
    from comptoir.messaging import trial
    from comptoir.messaging.base import Making
    from comptoir.state.sealing import master_key

    with _opened(home) as app:
        if app.is_fenced():
            raise trial.TrialFenced
        mail = _mail_for(app, name, person, version=version, language=language, brand=brand)
        making = Making(
            settings=app.settings, state=app.state, clock=app.clock, key=lambda: master_key(app.settings.home),
            link_key=app.link_key(),
        )  # fmt: skip
        trial.send(mail, to, making)
    say(f"Sent to {to}: {mail.subject}")


def _export(
    name: Annotated[str, typer.Argument(help="The template's name; every template where none is given.")] = "",
    to: Annotated[Path, typer.Option("--to", help="Folder to write into.")] = Path("templates"),
    version: Version = 0,
    home: Home = DEFAULT_HOME,
) -> None:
    """Write templates as YAML files; `publish` reads the same from them."""
    from comptoir.messaging import template_files, template_shelf

    with _opened(home) as app, app.state.read() as connection:
        names = [name] if name else sorted({str(one["template"]) for one in template_shelf.listing(connection)})
        found = {one: template_shelf.find(connection, one, version) for one in names}
    to.mkdir(parents=True, exist_ok=True)
    for one, parts in found.items():
        for owner, text in _by_brand(parts, template_files.dump).items():
            file = to / (f"{one}.yaml" if owner == "*" else f"{one}.{owner}.yaml")
            file.write_text(text, encoding="utf-8")
            say(str(file))


def _resume(name: Name, version: Version, home: Home = DEFAULT_HOME) -> None:
    """Let a paused version be used again."""
    from comptoir.messaging import template_shelf

    with _opened(home) as app, app.state.write() as connection:
        template_shelf.resume(connection, name, version)
    say(f"{name} version {version}: live")


def _by_brand(found: list[Any], write: Any) -> dict[str, str]:
    brands = dict.fromkeys(one.brand for one in found)
    return {brand: write([one for one in found if one.brand == brand]) for brand in brands}


def _mail_for(app: App, name: str, person: str, *, version: int, language: str, brand: str) -> Mail:
    from comptoir.access import keys
    from comptoir.messaging import links, template_files, template_preview, template_shelf
    from comptoir.messaging.render import Links
    from comptoir.messaging.template import Ref

    owner = brand or keys.list_brands(app.state)[0].name
    with app.state.read() as connection:
        known = _person(connection, person, app.keeper(), owner)
        promise = template_preview.latest_promise(connection, known) or template_preview.SAMPLE
        ref: Any = Ref(name, version)
        if name.endswith(".yaml"):
            ref = template_files.read(Path(name))
        spoken = [one.language for one in ref] if name.endswith(".yaml") else template_shelf.languages(connection, name)
    wished = language or str(known.traits.get("language") or "").partition("-")[0]
    door, key = app.settings.door, app.link_key()
    return template_preview.preview(
        ref, known,
        links=Links(
            public_url=door.public_url or f"http://{door.host}:{door.port}", sign=lambda link: links.sign(key, link)
        ),
        templates=template_shelf.Shelf(state=app.state, clock=app.clock, counts=False),
        brand=owner, language=wished if wished in spoken else spoken[0], sender=app.settings.mail.sender,
        at=app.clock.now(), promise=promise,
    )  # fmt: skip


def _person(connection: Any, person: str, keeper: Keeper, brand: str) -> Person:
    from comptoir.identity import profile
    from comptoir.messaging.template_preview import Person

    found = profile.read_node(connection, profile.find(connection, person))
    if found is None:
        raise profile.PersonNotFound(person=person)
    emails = found.values("email")
    golden = keeper.values_of(connection, [found.profile_id], brand).get(found.profile_id, {})
    traits = {name: value for name, value in {**found.traits, **golden}.items() if value is not None}
    return Person(
        nodes=found.node_ids, traits=traits,
        contact=emails[0] if emails else "nobody@example.org",
    )  # fmt: skip


def _bytes(mail: Mail, suffix: str) -> bytes:
    if suffix == ".eml":
        from comptoir.messaging.compose import compose

        return compose(mail).as_bytes()
    return (mail.text if suffix == ".txt" else mail.html).encode("utf-8")


@contextmanager
def _opened(home: Path) -> Iterator[App]:
    from comptoir.app import open_app  # start-up time

    app = open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()
