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
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", help="As it was written down then (UTC), closed days only.")
    ] = None,
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="First write down the days that are over; a running server does it nightly."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show revenue by touch, visits by channel, what each scenario sent and brought, and how sure that is."""
    from comptoir import app as apps  # start-up time
    from comptoir.acting import authored  # start-up time
    from comptoir.reports import measures  # start-up time
    from comptoir.reports import results as reports  # start-up time

    settings = settings_of(home)

    def ask(name: str, parameters: Mapping[str, object]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = apps.ask_warehouse(settings, name, parameters).to_pylist()
        return found

    app = apps.open_app(settings)
    try:
        with app.state.read() as connection:
            known = authored(connection)
        if freeze:
            found = measures.live(ask, known.zones, window_days=reports.WINDOW_DAYS)
            with app.state.write() as connection:
                measures.freeze(connection, found, now=app.clock.now(), window_days=reports.WINDOW_DAYS)
        with app.state.read() as connection:
            closed = measures.kept(connection, as_of=as_of.replace(tzinfo=UTC) if as_of else None)
    finally:
        app.close()
    answer = reports.results(
        ask,
        brand=brand,
        since=since.replace(tzinfo=UTC) if since else reports.EARLIEST,
        until=until.replace(tzinfo=UTC) if until else reports.LATEST,
        window_days=window_days,
        authored=known,
        closed=closed,
        is_as_of=as_of is not None,
    )
    if as_json:
        say_json(answer)
    else:
        _tell(answer)


_COLUMNS = (
    "scenario", "eligible", "held_out", "sent", "deferred", "delivered", "clicked", "ordered", "unsubscribed",
    "complained", "failed", "unknown",
)  # fmt: skip


def _tell(answer: Mapping[str, Any]) -> None:
    say_table("Revenue by touch of the cart", [_priced(row) for row in answer["revenue"]], empty="No orders yet.")
    if answer["currencies"]:
        say_table("Paid in other currencies", [_in_two(row) for row in answer["currencies"]], empty="")
    say_table("Visits by channel", [_visited(row) for row in answer["visits"]], empty="No visits yet.")
    rows = [{name: one[name] for name in _COLUMNS} for one in answer["scenarios"]]
    say_table("Scenarios", rows, empty="No scenario has had a candidate yet.")
    for one in answer["scenarios"]:
        _tell_one(one)
    if answer["restated"]:
        say(f"Restated since the days were closed: {len(answer['restated'])} figures; --json lists them.")


def _in_two(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write what was paid beside what it counts as; the same where there is no rate."""
    counted = f"{_money(row['amount_minor'], row['currency'])} {row['currency']}"
    return {
        "paid": f"{_money(row['paid_minor'], row['paid_currency'])} {row['paid_currency']}",
        "orders": row["orders"],
        "counts as": counted if row["is_turned"] else "apart: no rate",
    }


def _visited(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write where visits came from, and how many of them took an interest."""
    return {
        "from": row["detail"] or row["channel"],
        "channel": row["channel"],
        "visits": row["visits"],
        "people": row["people"],
        "pages": f"{row['pages_a_visit']:.1f}",
        "engaged": f"{row['engaged_share']:.0%}",
        "carts": row["carts"],
        "ordered": row["ordered"],
    }


def _tell_one(one: Mapping[str, Any]) -> None:
    name = one["scenario"]
    if one["dropped"]:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in one["dropped"].items())
        say(f"{name}, not sent: {reasons}")
    say_table(f"{name}: attributed", [_priced(row) for row in one["attributed"]], empty="Nothing attributed yet.")
    say(f"{name}: {_arm('treated', one)}; {_arm('control', one)} (intention to treat)")
    for row in one["incremental"]:
        say(f"{name}: {_brought(row)}")
    if one["sample_ratio"]["alarm"]:
        say(f"[red]{name}: the arms are not of the sizes that were asked for; do not trust the comparison.[/red]")


def _brought(row: Mapping[str, Any]) -> str:
    if row["says"] == "too_few_people":
        return f"too few people to say what it brings in {row['currency']}: each arm needs {row['fewest']}"
    words = "brought" if row["says"] == "clear" else "may have brought"
    figures = [_money(round(row[part]), row["currency"]) for part in ("total", "total_low", "total_high")]
    return f"{words} {figures[0]} {row['currency']} more than nothing would have (95 %: {figures[1]} to {figures[2]})"


def _arm(name: str, one: Mapping[str, Any]) -> str:
    arm = one[name]
    rate = "no rate yet" if arm["order_rate"] is None else f"{arm['order_rate']:.1%} ordered"
    return f"{name} {arm['people']:,} people, {rate}"


def _priced(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_minor"): _money(value, row["currency"]) if name.endswith("_minor") else value
        for name, value in row.items()
    }


def _money(minor: int, currency: str) -> str:
    from comptoir.model.money import EXPONENT  # start-up time

    digits = EXPONENT.get(currency, 2)
    return f"{minor / 10**digits:,.{digits}f}"
