"""`comptoir quality`: how good each field of each source is, what to look at, and a value or a file tried out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, opened_desk, say, say_json, say_table, settings_of

Country = Annotated[str, typer.Option("--country", help="Country that numbers and codes are of, such as FR.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    quality = typer.Typer(name="quality", help="Quality of what sources bring: scores, values.", no_args_is_help=True)
    quality.command("scores")(scores)
    quality.command("values")(values)
    quality.command("watch")(watch)
    quality.command("ask")(ask)
    quality.command("grade")(grade)
    quality.command("check")(check)
    quality.command("towns")(towns)
    app.add_typer(quality)


def scores(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show how good each field of each source is: those with an alarm first."""
    import asyncio

    from comptoir.access.roles import OPERATOR
    from comptoir.server.api.quality import scored
    from comptoir.web import quality

    with opened_desk(home) as desk:
        found = [scored(one) for one in asyncio.run(quality.cards(desk, OPERATOR))]
    if as_json:
        say_json(found)
        return
    rows = [
        {
            "field": one.field, "source": one.source, "values": one.value_count, "good": f"{one.good_share:.1%}",
            "corrected": one.corrected_count, "doubtful": one.doubtful_count, "refused": one.refused_count,
            "filled": f"{one.fill_share:.1%}", "last": f"{one.last_at:%Y-%m-%d}", "owner": one.owner,
            "alarms": ", ".join(one.alarms),
        }
        for one in found
    ]  # fmt: skip
    say_table("Quality", rows, empty="No detail of a person has come yet.")


def values(
    brand: Annotated[str, typer.Option("--brand", help="Only of this brand.")] = "",
    source: Annotated[str, typer.Option("--source", help="Only of this source.")] = "",
    field: Annotated[str, typer.Option("--field", help="Only of this field, such as email.")] = "",
    grade_: Annotated[str, typer.Option("--grade", help="valid (rewritten), corrected, doubtful or refused.")] = "",
    most: Annotated[int, typer.Option("--most", help="How many at most.", min=1, max=100_000)] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List values that were corrected, doubted or refused, newest first."""
    import asyncio

    from comptoir.access.roles import OPERATOR
    from comptoir.web import quality

    with opened_desk(home) as desk:
        asked = quality.values(desk, OPERATOR, brand=brand, source=source, field=field, grade=grade_, most=most)
        found = asyncio.run(asked)
    if as_json:
        say_json(found)
        return
    shown = ("message_id", "name", "brand", "source", "grade", "reasons", "original", "value", "proposal", "row_number")
    say_table("Values", [{name: row[name] for name in shown} for row in found], empty="Nothing to look at.")


def watch(
    source: str,
    field: str,
    owner: Annotated[str, typer.Option("--owner", help="Who sees to it.")] = "",
    good: Annotated[float, typer.Option("--good", help="Least share of good values, 0 to 1.")] = 0.9,
    fill: Annotated[float, typer.Option("--fill", help="Least share of records filled, 0 to 1.")] = 0.0,
    days: Annotated[int, typer.Option("--days", help="Most days without a value.")] = 0,
    home: Home = DEFAULT_HOME,
) -> None:
    """Say who minds a field of a source, and from when on an alarm is raised; 0 raises none."""
    import asyncio

    from comptoir.access.roles import OPERATOR
    from comptoir.quality.scorecard import Watch
    from comptoir.web import quality

    minded = Watch(
        source=source, field=field, owner=owner, least_good_share=good, least_fill_share=fill, most_silent_days=days
    )
    with opened_desk(home) as desk:
        asyncio.run(quality.mind(desk, OPERATOR, minded))
    say(f"{field} of {source} is watched.")


def ask(message_id: str, name: str, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Make the signed link that asks a customer which of two values is right; `quality values` lists the ids."""
    import asyncio

    from comptoir.access.roles import OPERATOR
    from comptoir.web import quality

    with opened_desk(home) as desk:
        url = asyncio.run(quality.offer(desk, OPERATOR, message_id, name))
    if as_json:
        say_json({"url": url})
    else:
        typer.echo(url)


def grade(
    field: Annotated[str, typer.Argument(help="email, phone, last_name, postal_code …")],
    value: str,
    country: Country = "FR",
    as_json: AsJson = False,
) -> None:
    """Grade one value without keeping anything."""
    from dataclasses import asdict

    from comptoir.clock import RealClock
    from comptoir.quality import fields
    from comptoir.quality.scorecard import BadWatch

    if field not in set(fields.Field):
        raise BadWatch(field=field, known=[one.value for one in fields.Field])
    found = fields.grade(fields.Field(field), value, country.upper(), RealClock().now().date())
    if as_json:
        say_json(asdict(found))
        return
    because = f" ({', '.join(found.reasons)})" if found.reasons else ""
    meant = f"; perhaps {found.proposal}" if found.proposal else ""
    say(f"{found.grade.value}{because}: {found.value or 'nothing'}{meant}")


def check(
    file: Annotated[Path, typer.Argument(help="File of contacts, with a header that says what its columns are.")],
    country: Country = "FR",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Grade a file of contacts before it is imported: how many values of each field are good, and the worst."""
    from comptoir.clock import RealClock
    from comptoir.quality.column import tally
    from comptoir.sources import files, mapping, propose

    del home  # nothing is read of it and nothing written: the option is there as for every command
    how = mapping.parse(propose.propose(file, "contacts").text)
    columns = {one.name: one.text.columns[0] for one in how.targets if len(one.text.columns) == 1}
    today = RealClock().now().date()
    found = tally((sheet.columns for sheet in files.sheets(file, how.layout)), columns, country.upper(), today)
    if as_json:
        say_json(found)
    else:
        say_table("Fields", found, empty="No column is a field of a person.")


def towns(
    file: Annotated[
        Path, typer.Argument(help="Text with a column of postal codes and one of towns, such as La Poste's.")
    ],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Bring the table of French postal codes and towns that addresses are checked against; it is kept in the home."""
    import shutil

    from comptoir.quality import postal

    settings = settings_of(home)
    found = postal.read_towns(file)
    target = settings.path(postal.OWN_FILE)
    fresh = target.with_name(f".{target.name}")  # a reader never sees half a file
    shutil.copyfile(file, fresh)
    fresh.replace(target)
    used = settings.quality.towns_file or postal.OWN_FILE
    counts = {"postal_codes": len(found.by_code), "towns": len(found.names), "used": used}
    if as_json:
        say_json(counts)
        return
    say(f"{counts['postal_codes']:,} postal codes and {counts['towns']:,} towns are kept.")
    if used != postal.OWN_FILE:
        say(f"The setting quality.towns_file names {used}, which is used instead: take the setting away.")
