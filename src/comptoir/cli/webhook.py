"""`comptoir webhook`: addresses of other systems that are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.app import App

Name = Annotated[str, typer.Argument(help="Name of the endpoint.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    hooks = typer.Typer(name="webhook", help="Addresses of other systems that are called.", no_args_is_help=True)
    for name, command in (
        ("add", add), ("list", show), ("calls", calls), ("test", try_out), ("enable", enable), ("disable", disable),
        ("follow", follow), ("unfollow", unfollow), ("followers", followers), ("remove", remove),
    ):  # fmt: skip
        hooks.command(name)(command)
    app.add_typer(hooks)


def add(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where to call: https, a public host.")],
    home: Home = DEFAULT_HOME,
    secret: Annotated[
        str, typer.Option(envvar="COMPTOIR_WEBHOOK_SECRET", help="Secret (`whsec_…`); one is made if left out.")
    ] = "",
) -> None:
    """Store an endpoint over one of the same name; prints its secret (shown this once)."""
    from comptoir.messaging import webhooks
    from comptoir.state.sealing import master_key

    with _opened(home) as app, app.state.write() as connection:
        shown = webhooks.add(
            connection,
            name=name,
            url=url,
            key=master_key(app.settings.home),
            now=app.clock.now(),
            secret=secret,
            private_hosts=app.settings.webhooks.private_hosts,
        )
    typer.echo(shown)


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the endpoints and how many calls wait, are done, or failed."""
    from comptoir.messaging import webhooks

    with _opened(home) as app, app.state.read() as connection:
        found = webhooks.listing(connection)
    if as_json:
        say_json(found)
    else:
        say_table("Webhooks", found, empty="None yet: comptoir webhook add NAME URL")


def calls(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the latest calls of an endpoint."""
    from comptoir.messaging import webhooks

    with _opened(home) as app, app.state.read() as connection:
        found = webhooks.calls(connection, name)
    if as_json:
        say_json(found)
    else:
        say_table("Calls", found, empty="None yet.")


def try_out(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Call an endpoint once, now; exit code 1 where it did not answer 2xx."""
    from comptoir.messaging import webhooks
    from comptoir.state.sealing import master_key

    with _opened(home) as app:
        with app.state.read() as connection:
            url, secret = webhooks.opened(connection, name, master_key(app.settings.home))
        hooks = app.settings.webhooks
        is_fine, said = webhooks.try_out(
            url, secret, now=app.clock.now(), private_hosts=hooks.private_hosts, seconds=hooks.seconds
        )
    say(said)
    if not is_fine:
        raise typer.Exit(1)


def enable(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Call an endpoint again; what waits for it is called first."""
    _switch(home, name, is_enabled=True)
    _told({"endpoint": name, "is_enabled": True}, f"{name} is called again, what waits for it first.", as_json=as_json)


def disable(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Call an endpoint no more; what is queued for it waits."""
    _switch(home, name, is_enabled=False)
    again = f"What is queued for it waits for `comptoir webhook enable {name}`."
    _told({"endpoint": name, "is_enabled": False}, f"{name} is not called any more. {again}", as_json=as_json)


def follow(
    name: Name,
    home: Home = DEFAULT_HOME,
    source: Annotated[str, typer.Option(help="The source it speaks as: what that alone said is not told to it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Call an endpoint whenever something changes about people, from now on."""
    from comptoir.access import keys
    from comptoir.golden import subscribers

    with _opened(home) as app:
        if source and source not in {one.name for one in keys.list_sources(app.state)}:
            raise keys.NoSuchSource(source=source)
        with app.state.write() as connection:
            subscribers.follow(connection, name, source=source)
    said = {"endpoint": name, "source": source, "follows": True}
    _told(said, f"{name} is called whenever something changes about people.", as_json=as_json)


def unfollow(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Call an endpoint about people no more."""
    from comptoir.golden import subscribers
    from comptoir.messaging.webhooks import EndpointNotFound

    with _opened(home) as app, app.state.write() as connection:
        if not subscribers.unfollow(connection, name):
            raise EndpointNotFound(name=name)
    said = {"endpoint": name, "follows": False}
    _told(said, f"{name} is not called about people any more.", as_json=as_json)


def followers(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the endpoints that are called when something changes about people."""
    from comptoir.golden import subscribers

    with _opened(home) as app, app.state.read() as connection:
        found = [one._asdict() for one in subscribers.listing(connection)]
    if as_json:
        say_json(found)
    else:
        say_table("Followers", found, empty="None yet: comptoir webhook follow NAME")


def remove(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Forget an endpoint; what waits for it fails."""
    from comptoir.messaging import webhooks

    with _opened(home) as app, app.state.write() as connection:
        webhooks.remove(connection, name, app.clock.now())
    _told({"endpoint": name, "removed": True}, f"{name} is forgotten; what waited for it failed.", as_json=as_json)


def _switch(home: Path, name: str, *, is_enabled: bool) -> None:
    from comptoir.messaging import webhooks

    with _opened(home) as app, app.state.write() as connection:
        webhooks.enable(connection, name, is_enabled=is_enabled)


def _told(done: dict[str, object], sentence: str, *, as_json: bool) -> None:
    if as_json:
        say_json(done)
    else:
        say(sentence)


@contextmanager
def _opened(home: Path) -> Iterator[App]:
    from comptoir.app import open_app

    app = open_app(settings_of(home))
    try:
        yield app
    finally:
        app.close()
