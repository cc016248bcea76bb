"""`comptoir user`: who may ask the desk, in which role, for which brands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.clock import Clock
    from comptoir.state.base import State


class RoleName(StrEnum):
    """The roles; a test holds them equal to `access.roles.Role`, which is not imported for start-up time."""

    ADMIN = "admin"
    MARKETING = "marketing"
    FINANCE = "finance"
    SUPPORT = "support"


class RightName(StrEnum):
    """The rights; a test holds them equal to `access.roles.Right`."""

    ASK = "ask"
    SEE_CUSTOMERS = "see_customers"
    SEE_RESULTS = "see_results"
    PROPOSE_CONTACTS = "propose_contacts"
    CARE = "care"
    CAMPAIGN = "campaign"
    RUN = "run"


Name = Annotated[str, typer.Argument(help="Name of the user, such as `claire` or `metabase`.")]
Days = Annotated[int, typer.Option(help="Days the key works.", min=1, max=3_650)]
RoleOption = Annotated[RoleName, typer.Option("--role", help="What it may read and do: docs/reference/roles.md.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    user = typer.Typer(help="Say who may ask the desk, in which role, for which brands.", no_args_is_help=True)
    user.command("add")(add)
    user.command("list")(show)
    user.command("key")(key)
    user.command("password")(password)
    user.command("role")(role)
    user.command("disable")(disable)
    user.command("enable")(enable)
    app.add_typer(user, name="user")


def add(
    name: Name,
    role: RoleOption,
    home: Home = DEFAULT_HOME,
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; repeat it. None: every brand.")] = None,
    days: Days = 365,
    as_json: AsJson = False,
) -> None:
    """Make a user; prints its key, shown this once."""
    from comptoir.access import users  # start-up time
    from comptoir.access.roles import Role  # start-up time

    with _opened(home) as (state, clock):
        made = users.add_user(
            state, name=name, role=Role(role.value), for_brands=brand or (), life=timedelta(days=days), now=clock.now()
        )
    _say_key(name, made, as_json=as_json)


def show(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the users, and the beginnings of the keys that work."""
    from comptoir.access import users  # start-up time

    with _opened(home) as (state, clock):
        found = [asdict(one) for one in users.list_users(state, now=clock.now())]
    if as_json:
        say_json(found)
        return
    rows = [
        one | {"brands": ", ".join(one["brands"]) or "every brand", "keys": ", ".join(one["keys"]) or "none"}
        for one in found
    ]
    say_table("Users", rows, empty="No users yet. Make one with `comptoir user add claire --role marketing`.")


def key(
    name: Name,
    home: Home = DEFAULT_HOME,
    days: Days = 365,
    right: Annotated[
        list[RightName] | None, typer.Option(help="Only this of what the role may; repeat it. None: all of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new key for a user; the ones it has end in a week."""
    from comptoir.access import users  # start-up time
    from comptoir.access.roles import Right  # start-up time

    rights = [Right(one.value) for one in right or ()]
    with _opened(home) as (state, clock):
        made = users.new_key(state, name, now=clock.now(), life=timedelta(days=days), rights=rights)
    _say_key(name, made, as_json=as_json)


def password(name: Name, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Give a user a first password for the screens; it is replaced when she signs in, and ends her sign-ins."""
    from comptoir.access import passwords  # start-up time

    with _opened(home) as (state, clock):
        word = passwords.first_password(state, name, clock.now())
    if as_json:
        say_json({"name": name, "first_password": word})
    else:
        say(f"{name} signs in with {word} once, and then chooses a password of her own.")


def role(name: Name, role: RoleOption, home: Home = DEFAULT_HOME) -> None:
    """Give a user another role."""
    from comptoir.access import users  # start-up time
    from comptoir.access.roles import Role  # start-up time

    with _opened(home) as (state, _):
        users.change_user(state, name, role=Role(role.value))
    say(f"{name} is {role.value} now.")


def disable(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Close a user's access: its keys work no longer."""
    _switch(name, home, is_enabled=False)


def enable(name: Name, home: Home = DEFAULT_HOME) -> None:
    """Open a user's access again."""
    _switch(name, home, is_enabled=True)


def _switch(name: str, home: Path, *, is_enabled: bool) -> None:
    from comptoir.access import users  # start-up time

    with _opened(home) as (state, _):
        users.change_user(state, name, is_enabled=is_enabled)
    say(f"{name} {'may ask again' if is_enabled else 'may ask no longer'}.")


def _say_key(name: str, made: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"name": name, "key": made})
    else:
        say(f"{name}: {made}\nKeep it: it is shown this once. Send it as `Authorization: Bearer {made[:7]}…`.")


@contextmanager
def _opened(home: Path) -> Iterator[tuple[State, Clock]]:
    from comptoir import app as apps  # start-up time

    app = apps.open_app(settings_of(home))
    try:
        yield app.state, app.clock
    finally:
        app.close()
