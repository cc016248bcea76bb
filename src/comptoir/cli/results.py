"""`comptoir results`: what the scenarios bring, in money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, say_table, settings_of

Since = Annotated[datetime | None, typer.Option("--since", help="From this day or instant on (UTC).")]
Until = Annotated[datetime | None, typer.Option("--until", help="Before this day or instant (UTC).")]
BrandName = Annotated[str | None, typer.Option("--brand", help="Only this brand.")]
Days = Annotated[
    int, typer.Option("--window-days", help="Days after a click or decision within which an order counts.", min=1)
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("results")(results)


def results(
    home: Home = DEFAULT_HOME,
    brand: BrandName = None,
    since: Since = None,
    until: Until = None,
    window_days: Days = 7,
    as_json: AsJson = False,
) -> None:
    """Show revenue by first and last touch of the cart, and what each scenario sent and brought."""
    from comptoir.app import ask_warehouse  # start-up time
    from comptoir.reports import results as reports  # start-up time

    settings = settings_of(home)

    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask_warehouse(settings, name, parameters).to_pylist()
        return found

    answer = reports.results(
        ask,
        brand=brand,
        since=since.replace(tzinfo=UTC) if since else reports.EARLIEST,
        until=until.replace(tzinfo=UTC) if until else reports.LATEST,
        window_days=window_days,
    )
    if as_json:
        say_json(answer)
    else:
        _tell(answer)


def _tell(answer: Mapping[str, Any]) -> None:
    say_table("Revenue by touch of the cart", [_priced(row) for row in answer["revenue"]], empty="No orders yet.")
    rows = [
        {
            name: one[name]
            for name in ("scenario", "eligible", "held_out", "sent", "clicked", "ordered", "failed", "unknown")
        }
        for one in answer["scenarios"]
    ]
    say_table("Scenarios", rows, empty="No scenario has had a candidate yet.")
    for one in answer["scenarios"]:
        if one["dropped"]:
            say(
                f"{one['scenario']}, not sent: "
                + ", ".join(f"{reason} {count:,}" for reason, count in one["dropped"].items())
            )
        say_table(
            f"{one['scenario']}: attributed",
            [_priced(row) for row in one["attributed"]],
            empty="Nothing attributed yet.",
        )
        say(f"{one['scenario']}: {_arm('treated', one)}; {_arm('control', one)} (intention to treat)")


def _arm(name: str, one: Mapping[str, Any]) -> str:
    arm = one[name]
    rate = "no rate yet" if arm["order_rate"] is None else f"{arm['order_rate']:.1%} ordered"
    return f"{name} {arm['people']:,} people, {rate}"


def _priced(row: Mapping[str, Any]) -> dict[str, Any]:
    from comptoir.model.money import EXPONENT  # start-up time

    def written(minor: int) -> str:
        digits = EXPONENT.get(row["currency"], 2)
        return f"{minor / 10**digits:,.{digits}f}"

    return {
        name.removesuffix("_minor"): written(value) if name.endswith("_minor") else value for name, value in row.items()
    }
