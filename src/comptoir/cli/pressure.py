"""`comptoir pressure`: the contact policy of each brand: show, list, check, try on last month, publish, go back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, Lang, opened, opened_desk, say, say_json, say_table

Brand = Annotated[str, typer.Argument(help="The brand; * for the policy of all brands that have none of their own.")]
File = Annotated[Path, typer.Argument(help="A YAML file.", exists=True, dir_okay=False)]
Version = Annotated[int | None, typer.Option("--version", help="A version other than the newest.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    pressure = typer.Typer(
        name="pressure", help="Contact policies: show, list, check, simulate, publish.", no_args_is_help=True
    )
    for name, command in (
        ("show", _show), ("list", _list), ("check", _check), ("simulate", _simulate), ("publish", _publish),
        ("back", _back), ("conflicts", _conflicts), ("near", _near),
    ):  # fmt: skip
        pressure.command(name)(command)
    app.add_typer(pressure)


def _show(brand: Brand = "*", version: Version = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Print a brand's policy as YAML: publishing what it prints changes nothing."""
    from comptoir.pressure import policies
    from comptoir.pressure.caps import EVERY_BRAND, policy_of

    with opened(home) as app, app.state.read() as connection:
        try:
            found = policies.show(connection, brand, version)
            text, number = found.definition, found.version
        except policies.PolicyNotFound:
            if brand != EVERY_BRAND or version is not None:
                raise
            text, number = policies.dump(EVERY_BRAND, policy_of(app.settings.pressure)), 0
    if as_json:
        say_json({"brand": brand, "version": number, "definition": text})
    else:
        typer.echo(text, nl=not text.endswith("\n"))


def _list(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List every version of every brand's policy."""
    from comptoir.pressure import policies

    with opened(home) as app, app.state.read() as connection:
        found = [
            {"brand": one.brand, "version": one.version, "published_at": one.published_at.isoformat()}
            for one in policies.listing(connection)
        ]
    if as_json:
        say_json(found)
    else:
        say_table("Contact policies", found, empty="No policy yet: the settings hold for every brand.")


def _check(file: File, as_json: AsJson = False) -> None:
    """Say whether a file is a contact policy, without publishing it."""
    from comptoir.pressure import policies

    brand, policy = policies.parse(file.read_text(encoding="utf-8"))
    if as_json:
        say_json({"brand": brand, "caps": len(policy.caps), "is_valid": True})
    else:
        say(f"A policy of brand {brand}, with {len(policy.caps)} caps.")


def _publish(file: File, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Publish a policy: it holds from the next decision on, for deferred messages too."""
    from comptoir.pressure import policies

    with opened(home) as app, app.state.write() as connection:
        made = policies.publish(connection, file.read_text(encoding="utf-8"), app.clock.now(), by="command line")
    if as_json:
        say_json({"brand": made.brand, "version": made.version, "state": "published"})
    else:
        say(f"{made.brand}: version {made.version} published")


def _simulate(
    file: File,
    days: Annotated[int, typer.Option("--days", help="How many days back.", min=1, max=365)] = 30,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Try a policy on the wishes of last month: what it would have sent, deferred and dropped; nothing is kept."""
    from dataclasses import asdict

    from comptoir.pressure import replay
    from comptoir.web.pressure_trial import past_of

    with opened(home) as app:
        past, own = past_of(
            app.state, app.settings, file.read_text(encoding="utf-8"), app.clock.now(), days=days
        )  # fmt: skip
        found = replay.replay(past, own, salt=app.link_key().hex())
    if as_json:
        say_json(asdict(found))
        return
    rows = [_row(one) for one in (*found.rows, found.total)]
    say_table(f"The last {days} days, by today's rules and by these", rows, empty="Nothing was wished.")
    reasons = [{"reason": reason, "today": one, "these": other} for reason, one, other in found.reasons]
    say_table("Why wishes did not go at once", reasons, empty="Every wish went at once.")
    say(f"The most messages that one person gets within a week: {found.most_a_week[0]} → {found.most_a_week[1]}.")


def _row(one: Any) -> dict[str, object]:
    row: dict[str, object] = {"scenario": one.scenario or "all", "wishes": one.wishes}
    for name in ("sent", "late", "dropped", "waiting", "held_out"):
        row[name] = f"{getattr(one.before, name):,} → {getattr(one.after, name):,}"
    return row


def _back(
    brand: Annotated[str, typer.Argument(help="The brand; * for the policy of all brands.")],
    version: Annotated[int, typer.Argument(help="A version that held before.", min=1)],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Let a policy hold again as it was in an earlier version, which makes a new version."""
    from comptoir.pressure import policies

    with opened(home) as app, app.state.write() as connection:
        former = policies.show(connection, brand, version)
        made = policies.publish(connection, former.definition, app.clock.now(), by="command line")
    if as_json:
        say_json({"brand": made.brand, "version": made.version, "state": "published"})
    else:
        say(f"{made.brand}: version {made.version} published, as version {version} was")


def _conflicts(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say which scenarios made way for which, among the newest wishes."""
    from dataclasses import asdict

    from comptoir.pressure import conflicts

    with opened(home) as app, app.state.read() as connection:
        found = [asdict(one) for one in conflicts.displaced(connection)]
    if as_json:
        say_json(found)
    else:
        say_table("Who displaced whom", found, empty="No scenario was in the way of another.")


def _near(
    brand: Annotated[str, typer.Option(help="Only the caps of this brand.")] = "",
    lang: Lang = "en",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say who has had as many messages as a cap allows, or one fewer."""
    import asyncio
    from dataclasses import asdict

    from comptoir.access import keys
    from comptoir.access.roles import OPERATOR
    from comptoir.web import pressure
    from comptoir.web.speech import Language, Speech

    said = Speech(Language.FR if lang.lower().startswith("fr") else Language.EN)
    with opened_desk(home) as desk:
        brands = [one.name for one in keys.list_brands(desk.state) if brand in {"", one.name}]
        found = asyncio.run(pressure.near_caps(desk, said, brands, OPERATOR))
    if as_json:
        say_json([asdict(one) for one in found])
        return
    rows = [
        {"cap": one.words, "brand": one.brand, "customer": person, "name": name, "messages": count, "last_at": last}
        for one in found
        for person, name, count, last in one.people
    ]
    say_table("Near a cap", rows, empty="Nobody is near a cap.")
