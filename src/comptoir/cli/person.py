"""`comptoir person`: what is done for one person on her word: a pause, a stop, her data; and finding her."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import (
    DEFAULT_HOME,
    AsJson,
    Home,
    Lang,
    opened_desk,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from comptoir.identity.profile import Profile
    from comptoir.web.view import Desk

Whom = Annotated[str, typer.Argument(help="A profile id, KIND:VALUE, an e-mail, or a user id.")]
Days = Annotated[int, typer.Option("--days", help="For how long.", min=1, max=3_650)]
BY = "command line"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    person = typer.Typer(
        name="person",
        help="One person: find, show, pause, stop, export what is kept of her, erase.",
        no_args_is_help=True,
    )
    for name, command in (
        ("find", _find), ("recent", _recent), ("show", _show), ("pause", _pause), ("resume", _resume),
        ("stop", _stop), ("start", _start), ("export", _export), ("erase", _erase), ("erasures", _erasures),
    ):  # fmt: skip
        person.command(name)(command)
    app.add_typer(person)


def _find(
    words: Annotated[str, typer.Argument(help="An identifier, an order, a cart, a message, or part of a name.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Find people, by anything the search of the desk takes."""
    import asyncio
    from dataclasses import asdict

    from comptoir.web import customer

    with opened_desk(home) as desk:
        found = [asdict(one) for one in asyncio.run(customer.search(desk, words))]
    _listed("People", found, "Nobody was found.", as_json=as_json)


def _recent(
    who: Annotated[str, typer.Option(help="known, bought, left, written or everyone.")] = "known",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List who was in touch lately, the latest first."""
    import asyncio

    from comptoir.web import customer

    if who not in customer.WHO:
        raise typer.BadParameter(", ".join(customer.WHO), param_hint="--who")
    with opened_desk(home) as desk:
        found = [
            {
                "profile_id": one.sketch.profile_id, "name": one.sketch.name, "last_at": one.last_at,
                "orders": one.order_count, "amount_minor": one.amount_minor, "currency": one.currency,
            }
            for one in asyncio.run(customer.recent(desk, who, brands=()))
        ]  # fmt: skip
    _listed("Lately", found, "Nobody was in touch lately.", as_json=as_json)


def _show(whom: Whom, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show where a person is written to, and whether that is paused or stopped."""
    with opened_desk(home) as desk:
        _tell(desk, _read(desk, whom), as_json=as_json)


def _pause(whom: Whom, days: Days = 30, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Write to a person nowhere for a while."""
    from comptoir.privacy import care

    with opened_desk(home) as desk:
        person, now = _read(desk, whom), desk.clock.now()
        with desk.state.write() as connection:
            care.pause(connection, _points(desk, person), now + timedelta(days=days), now, by=BY)
        _tell(desk, person, as_json=as_json)


def _resume(whom: Whom, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """End a person's pause."""
    from comptoir.privacy import care

    with opened_desk(home) as desk:
        person = _read(desk, whom)
        with desk.state.write() as connection:
            care.end_pause(connection, _points(desk, person), desk.clock.now(), by=BY)
        _tell(desk, person, as_json=as_json)


def _stop(whom: Whom, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Write to none of a person's addresses any more."""
    from comptoir.privacy import care

    with opened_desk(home) as desk:
        person = _read(desk, whom)
        with desk.state.write() as connection:
            care.stop(connection, person, desk.clock.now())
        _tell(desk, person, as_json=as_json)


def _start(whom: Whom, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Take back a stop made by hand; addresses that bounced or complained stay stopped."""
    from comptoir.privacy import care

    with opened_desk(home) as desk:
        person = _read(desk, whom)
        with desk.state.write() as connection:
            care.lift(connection, person)
        _tell(desk, person, as_json=as_json)


def _export(
    whom: Whom,
    out: Annotated[Path | None, typer.Option("--out", help="A file to write; else standard output.")] = None,
    lang: Lang = "en",
    home: Home = DEFAULT_HOME,
) -> None:
    """Write everything kept of a person as JSON, for that person."""
    import msgspec

    from comptoir.web import customer_acts

    with opened_desk(home) as desk:
        said = customer_acts.gather(desk, _read(desk, whom), (), "fr" if lang.startswith("fr") else "en")
    if out is None:
        say_json(said)
    else:
        out.write_bytes(msgspec.json.format(msgspec.json.encode(said, enc_hook=str), indent=2))
        say(f"Written to [bold]{out}[/bold].")


def _erase(
    whom: Whom,
    confirm: Annotated[str, typer.Option(help="The word that the preview shows; without it, only a preview.")] = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Erase a person for ever: what goes and what stays, then with --confirm the deed. It cannot be taken back."""
    from dataclasses import asdict

    from comptoir.erasing import work
    from comptoir.web import customer_erase

    with opened_desk(home) as desk:
        person = _read(desk, whom)
        foreseen = customer_erase.foresee(desk, person)
        if not confirm:
            if as_json:
                say_json(asdict(foreseen))
            else:
                say_table("What an erasure would do", [asdict(foreseen)], empty="")
                say("It cannot be taken back. To do it:")
                say(f"comptoir person erase {foreseen.profile_id} --confirm {foreseen.word}")
            return
        erasure_id = customer_erase.ask(desk, person, confirm, by=BY)
        settings = desk.settings
    work.carry_out(settings)
    with opened_desk(home) as desk:
        told = customer_erase.find(desk, erasure_id)
    if as_json:
        say_json(told)
    else:
        say_table("Erased", [{"erasure_id": told["erasure_id"], "state": told["state"], **told["receipt"]}], empty="")


def _erasures(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List who was erased, by number: when, by whom, and what became of it."""
    from comptoir.web import customer_erase

    with opened_desk(home) as desk:
        found = customer_erase.listing(desk)
    _listed("Erasures", found, "Nobody was erased.", as_json=as_json)


def _read(desk: Desk, whom: str) -> Profile:
    from comptoir.identity import profile

    with desk.state.read() as connection:
        found = profile.read_node(connection, profile.find(connection, whom))
    if found is None:
        raise profile.PersonNotFound(person=whom[:100])
    return found


def _points(desk: Desk, person: Profile) -> Any:
    from comptoir.access.roles import OPERATOR
    from comptoir.web.customer_head import points_of

    return points_of(desk, OPERATOR, person)


def _tell(desk: Desk, person: Profile, *, as_json: bool) -> None:
    from comptoir.access.roles import OPERATOR
    from comptoir.web.customer_head import head_of

    head = head_of(desk, OPERATOR, person)
    told = {
        "profile_id": head.profile_id, "name": head.name, "contacts": list(head.contacts),
        "paused_until": head.paused_until, "is_stopped": head.is_stopped, "is_stopped_by_hand": head.is_by_hand,
    }  # fmt: skip
    if as_json:
        say_json(told)
    else:
        say_table(head.name or head.profile_id, [told], empty="")


def _listed(title: str, found: list[dict[str, Any]], empty: str, *, as_json: bool) -> None:
    if as_json:
        say_json(found)
    else:
        say_table(title, found, empty=empty)
