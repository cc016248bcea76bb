"""`comptoir identity show|cut|merge|match|suggest|review`: who somebody is and why, and putting right what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli import review
from comptoir.cli.match import match
from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

if TYPE_CHECKING:
    from comptoir.golden.choose import Field, Record
    from comptoir.identity.links import Link
    from comptoir.identity.profile import Explanation, Profile
    from comptoir.state.base import State

Person = Annotated[str, typer.Argument(help="A profile id, KIND:VALUE, an e-mail, or a user id.")]
SHOWN_LINKS = 50
"""Links of each kind that a terminal shows; --json has them all."""
BY = "command line"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    identity = typer.Typer(name="identity", help="Who is who: show a person, cut an identifier off, merge two.")
    app.add_typer(identity)
    identity.command()(show)
    identity.command()(cut)
    identity.command()(merge)
    identity.command()(match)
    review.register(identity)


def show(person: Person, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show a person: identifiers, the record with what does not stand, and the links that make them one."""
    from comptoir.app import keeper_of
    from comptoir.identity import profile

    with _opened(home) as (state, _), state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, person))
        told = profile.explain(connection, found.profile_id if found else person)
        record = keeper_of(settings_of(home)).read(connection, told.profile)
    if as_json:
        say_json(_explained(told) | {"record": [_field(one) for one in record]})
    else:
        _show(told, record)


def cut(
    person: Person,
    identifier: Annotated[str, typer.Argument(help="What is not theirs.", metavar="KIND:VALUE")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Cut an identifier off a person, and say what that restores; facts follow within a tick."""
    from comptoir.identity import by_hand

    with _opened(home) as (state, now), state.write() as connection:
        parted = by_hand.cut(connection, person, identifier, at=now, by=BY)
    if as_json:
        say_json({"cuts": parted.cuts, "profile": _told(parted.left), "restored": _told(parted.restored)})
        return
    say(f"[bold]{parted.left.profile_id}[/bold] keeps {_listed(parted.left)}.")
    say(f"Restored: [bold]{parted.restored.profile_id}[/bold] with {_listed(parted.restored)}.")


def merge(person: Person, other: Person, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say that two are one person; `identity cut` takes it back exactly."""
    from comptoir.identity import by_hand

    with _opened(home) as (state, now), state.write() as connection:
        made = by_hand.merge(connection, person, other, at=now, by=BY)
    if as_json:
        say_json(_told(made))
    else:
        say(f"They are [bold]{made.profile_id}[/bold] with {_listed(made)}.")


@contextmanager
def _opened(home: Path) -> Iterator[tuple[State, int]]:
    from comptoir.clock import micros
    from comptoir.errors import NoSuchHome
    from comptoir.state.base import open_state

    settings = settings_of(home)
    if not settings.path("state.db").exists():
        raise NoSuchHome(home=str(home))
    state = open_state(settings.path("state.db"))
    try:
        yield state, micros(settings.make_clock().now())
    finally:
        state.close()


def _told(person: Profile) -> dict[str, object]:
    return {
        "profile_id": person.profile_id,
        "identifiers": [one._asdict() for one in person.identifiers],
        "traits": person.traits,
        "first_seen_at": person.first_seen_at,
        "last_seen_at": person.last_seen_at,
        "merged_from": person.merged_from,
    }


def _explained(told: Explanation) -> dict[str, object]:
    return _told(told.profile) | {
        "links": [_link(one, told) for one in told.active],
        "demoted": [_link(one.link, told) | {"why": one.why, "kind": one.kind} for one in told.demoted],
        "cuts": [{"a": told.names[a], "b": told.names[b], "at": at, "by": by} for a, b, at, by in told.cuts],
        "history": [
            {"kept": one.kept, "gone": one.gone, "at": _at(one.link), "link": _link(one.link, told)}
            for one in told.history
        ],
    }


def _link(link: Link, told: Explanation) -> dict[str, object]:
    return {
        "a": told.names[link.a],
        "b": told.names[link.b],
        "reason": link.reason,
        "trust": link.trust,
        "occurred_at": _at(link),
        "message_id": link.message_id,
    }


def _at(link: Link) -> object:
    from comptoir.clock import instant

    return instant(link.occurred_at)


def _listed(person: Profile) -> str:
    from rich.markup import escape

    return escape(", ".join(f"{one.kind}:{one.value}" for one in person.identifiers))


def _field(one: Field) -> dict[str, object]:
    others = [f"{bytes(other.value).decode()} ({other.source or '?'}, {other.why})" for other in one.others]
    return {
        "field": one.name, "value": bytes(one.value).decode(), "source": one.source, "trust": one.trust,
        "why": one.why, "others": "; ".join(others),
    }  # fmt: skip


def _show(told: Explanation, record: Record) -> None:
    person = told.profile
    first, last = (f"{at:%Y-%m-%d %H:%M}" for at in (person.first_seen_at, person.last_seen_at))
    say(f"[bold]{person.profile_id}[/bold], seen from {first} to {last} UTC")
    if person.merged_from:
        say(f"also known as {', '.join(person.merged_from)}")
    say_table("Identifiers", [one._asdict() for one in person.identifiers], empty="")
    say_table("Record", [_field(one) for one in record], empty="No traits.")
    say_table("Links", [_link(one, told) for one in told.active[:SHOWN_LINKS]], empty="No links.")
    if told.demoted:
        demoted = [_link(one.link, told) | {"why": one.why} for one in told.demoted[:SHOWN_LINKS]]
        say_table(f"Kept apart ({len(told.demoted)} links)", demoted, empty="")
    if told.cuts:
        said = [{"a": told.names[a], "b": told.names[b], "at": at, "by": by} for a, b, at, by in told.cuts]
        say_table("Cuts", said, empty="")
