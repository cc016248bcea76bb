"""`comptoir source`: make, list and close the sources that may send events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.access.keys import Source
    from comptoir.clock import Clock
    from comptoir.state.base import State

Name = Annotated[str, typer.Argument(help="Name of the source, such as `site` or `till`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    source = typer.Typer(help="Make, list and close the sources that may send events.", no_args_is_help=True)
    source.command("add")(add)
    source.command("list")(show)
    source.command("disable")(disable)
    source.command("enable")(enable)
    source.command("change")(change)
    source.command("key")(key)
    source.command("keys")(keys_of)
    source.command("end-key")(end_key)
    app.add_typer(source, name="source")


def add(
    name: Name,
    home: Home = DEFAULT_HOME,
    brand: Annotated[str, typer.Option(help="Brand it belongs to; made if it is new.")] = "main",
    origin: Annotated[
        list[str] | None, typer.Option(help="Origin browsers may send from; repeat it. None: any.")
    ] = None,
    rate: Annotated[float, typer.Option(help="Events a second it may send; 0 for no limit.")] = 0,
    burst: Annotated[int, typer.Option(help="Events it may send at once; 0 for twice the rate.")] = 0,
    accept_claimed_orders: Annotated[
        bool, typer.Option(help="Count orders sent with the public key as revenue, though nobody confirmed them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a source; prints its write key (public) and its secret key (shown this once)."""
    from comptoir.access import keys

    with _opened(home) as (state, clock):
        new = keys.add_source(
            state,
            name=name,
            brand=brand,
            now=clock.now(),
            accepts_claimed_orders=accept_claimed_orders,
            origins=origin or (),
            rate_per_second=rate,
            rate_burst=burst,
        )
        keys.publish(state, home / "public.db")
    if as_json:
        say_json(asdict(new))
        return
    say(f"[bold]{new.name}[/bold] may now send events of the brand {new.brand}.")
    say(f"write key   {new.write_key}   public: goes into the site")
    say(f"secret key  {new.secret_key}   shown this once: keep it on your servers")


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the sources with their write keys."""
    from comptoir.access import keys

    with _opened(home) as (state, _):
        found = [asdict(one) for one in keys.list_sources(state)]
    if as_json:
        say_json(found)
        return
    say_table("Sources", found, empty="No source yet. Make one with: comptoir source add web")


def disable(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Close a source: within a second the door answers 403 to its keys."""
    _open_or_close(name, home, is_enabled=False, as_json=as_json)


def enable(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Open a closed source again."""
    _open_or_close(name, home, is_enabled=True, as_json=as_json)


def change(
    name: Name,
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="From where browsers may send; may be given often.")
    ] = None,
    rate: Annotated[float | None, typer.Option("--rate", help="Events a second; 0 for no limit.", min=0)] = None,
    claimed_orders: Annotated[
        bool | None, typer.Option("--claimed-orders/--no-claimed-orders", help="Whether orders of browsers count.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change what a source may do; what is left out stays."""
    from comptoir.access import keys

    with _opened(home) as (state, _):
        one = _find(state, name)
        keys.change_source(
            state,
            name,
            origins=one.origins if origin is None else origin,
            rate_per_second=one.rate_per_second if rate is None else rate,
            rate_burst=one.rate_burst if rate is None else 0,
            accepts_claimed_orders=one.accepts_claimed_orders if claimed_orders is None else claimed_orders,
        )
        keys.publish(state, home / "public.db")
        made = _find(state, name)
    if as_json:
        say_json(asdict(made))
    else:
        say_table(name, [asdict(made)], empty="")


def key(
    name: Name,
    secret: Annotated[bool, typer.Option("--secret/--write", help="Which of its keys.")] = False,
    days: Annotated[float, typer.Option(help="Days the keys it has go on working beside the new one.", min=0)] = 7,
    scope: Annotated[str, typer.Option(help="What a secret key opens: all, send (events) or api.")] = "all",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make another key for a source; the one it has ends in a week, or as you say."""
    from comptoir.access import keys

    if scope not in {one.value for one in keys.Scope}:
        raise typer.BadParameter("--scope is all, send or api")
    kind: Literal["write", "secret"] = "secret" if secret else "write"
    overlap = timedelta(days=days)
    with _opened(home) as (state, clock):
        made = keys.renew_key(state, name, kind, now=clock.now(), overlap=overlap, scope=keys.Scope(scope))
        keys.publish(state, home / "public.db")
    if as_json:
        say_json({"name": name, "kind": kind, "key": made})
    else:
        say(f"{name}: {made}\nThe key it had goes on working for {days:g} days.")


def _find(state: State, name: str) -> Source:
    from comptoir.access import keys

    found = next((one for one in keys.list_sources(state) if one.name == name), None)
    if found is None:
        raise keys.NoSuchSource(name=name)
    return found


def keys_of(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the keys of a source: what each opens, and until when."""
    from comptoir.access import keys

    with _opened(home) as (state, _):
        found = [asdict(one) for one in keys.list_keys(state, name)]
    if as_json:
        say_json(found)
        return
    say_table(f"Keys of {name}", found, empty="No key.")


def end_key(
    name: Name,
    key_id: Annotated[str, typer.Argument(help="The key's id, as `source keys` shows it.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """End a key at once: the door takes nothing by it any more within a second."""
    from comptoir.access import keys

    with _opened(home) as (state, clock):
        keys.end_key(state, name, key_id, now=clock.now())
        keys.publish(state, home / "public.db")
    if as_json:
        say_json({"name": name, "ended": key_id})
        return
    say(f"The key {key_id} of [bold]{name}[/bold] has ended.")


def _open_or_close(name: str, home: Path, *, is_enabled: bool, as_json: bool) -> None:
    from comptoir.access import keys

    with _opened(home) as (state, _):
        keys.enable_source(state, name, is_enabled=is_enabled)
        keys.publish(state, home / "public.db")
    if as_json:
        say_json({"name": name, "is_enabled": is_enabled})
        return
    say(f"[bold]{name}[/bold] is {'open again' if is_enabled else 'closed'}.")


@contextmanager
def _opened(home: Path) -> Iterator[tuple[State, Clock]]:
    """Lend the state of a home, and its clock. Raises: NoSuchHome."""
    from comptoir.errors import NoSuchHome
    from comptoir.state.base import open_state

    settings = settings_of(home)
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(home))
    state = open_state(settings.path("state.db"))
    try:
        yield state, settings.make_clock()
    finally:
        state.close()
