"""`comptoir carts`: carts in progress, left and ordered, and how far people got."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, Lang, opened_desk, say_json, say_table

if TYPE_CHECKING:
    from comptoir.web.view import Desk

Days = Annotated[int, typer.Option("--days", help="How many days back.", min=1, max=3_650)]
BrandName = Annotated[str, typer.Option("--brand", help="One brand; empty for every brand.")]
State = Annotated[str, typer.Option("--state", help="going, left or ordered; empty for all.")]
Sort = Annotated[str, typer.Option("--sort", help="last (action), worth or opened.")]
_SHOWN = ("cart_id", "brand", "state", "person", "last_action_at", "items", "worth", "outcome", "because")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    carts = typer.Typer(name="carts", help="Carts: list, CSV, and how far people got.", no_args_is_help=True)
    carts.command("list")(_list)
    carts.command("csv")(_csv)
    carts.command("funnel")(_funnel)
    app.add_typer(carts)


def _list(
    state: State = "",
    sort: Sort = "last",
    days: Days = 7,
    brand: BrandName = "",
    most: Annotated[int, typer.Option("--most", help="How many at most.", min=1, max=100_000)] = 50,
    lang: Lang = "en",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List carts with whose they are, what they are worth, and which message went for each, or why none."""
    import asyncio

    from comptoir.web import carts
    from comptoir.web.speech import Language, Speech

    said = Speech(Language.FR if lang.lower().startswith("fr") else Language.EN)
    with opened_desk(home) as desk:
        rows = asyncio.run(desk.report("carts", **_which(desk, state, sort, days, brand), start=0, most=most))
        kept = carts.kept_of(desk, rows, said)
    found = [_told(carts.cart_of(row, kept, said)) for row in rows]
    if as_json:
        say_json(found)
    else:
        shown = [{name: one[name] for name in _SHOWN} for one in found]
        say_table("Carts", shown, empty="No cart was touched in these days.")


def _csv(
    state: State = "", sort: Sort = "last", days: Days = 30, brand: BrandName = "", home: Home = DEFAULT_HOME
) -> None:
    """Write carts as CSV on standard output; a cell that a spreadsheet would run is made text."""
    from comptoir.web import carts

    with opened_desk(home) as desk:
        body = carts.csv_of(desk, {**_which(desk, state, sort, days, brand), "start": 0, "most": carts.MOST_CSV})
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def _funnel(days: Days = 30, brand: BrandName = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Count how many people viewed a product, put one into a cart, went to the checkout, and ordered."""
    import asyncio

    from comptoir.web import carts

    with opened_desk(home) as desk:
        rows = asyncio.run(desk.report("carts_funnel", **_span(desk, days, brand)))
    found = [{"step": carts.STEPS[row["step"] - 1], "people": row["people"]} for row in rows]
    if as_json:
        say_json(found)
    else:
        say_table(f"The last {days} days", found, empty="Nobody came.")


def _which(desk: Desk, state: str, sort: str, days: int, brand: str) -> dict[str, Any]:
    from comptoir.web import carts

    if state and state not in carts.STATES:
        raise typer.BadParameter(", ".join(carts.STATES), param_hint="--state")
    if sort not in carts.SORTS:
        raise typer.BadParameter(", ".join(carts.SORTS), param_hint="--sort")
    return {**_span(desk, days, brand), "states": list(carts.STATES.get(state, ())), "sort": sort}


def _span(desk: Desk, days: int, brand: str) -> dict[str, Any]:
    from comptoir.access import keys
    from comptoir.access.users import NoSuchBrand
    from comptoir.clock import micros

    if brand and brand not in {one.name for one in keys.list_brands(desk.state)}:
        raise NoSuchBrand(brands=[brand])
    now: datetime = desk.clock.now().astimezone(UTC)
    return {
        "since_at": micros(now - timedelta(days=days)),
        "until_at": micros(now),
        "brands": [brand] if brand else [],
    }


def _told(cart: Any) -> dict[str, Any]:
    row = cart.row
    return {
        "cart_id": row["cart_id"], "brand": row["brand"], "state": row["state"], "profile_id": row["profile_id"],
        "person": cart.name, "opened_at": row["opened_at"], "last_action_at": row["last_action_at"],
        "items": row["item_count"], "amount_minor": row["amount_minor"], "currency": row["currency"],
        "worth": _worth(row), "order_id": row["order_id"], "scenario": cart.said.scenario,
        "message_id": cart.said.message_id, "outcome": cart.said.outcome, "because": cart.said.because,
    }  # fmt: skip


def _worth(row: Any) -> str:
    from comptoir.model.money import EXPONENT

    if row["amount_minor"] is None or not row["currency"]:
        return ""
    digits = EXPONENT.get(row["currency"], 2)
    return f"{row['amount_minor'] / 10**digits:,.{digits}f} {row['currency']}"
