"""`comptoir import`: rows of files become facts, once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, settings_of, whoami

if TYPE_CHECKING:
    from comptoir.importing import Importing, Outcome
    from comptoir.sources.mapping import Mapping
    from comptoir.sources.shape import Run


class As(StrEnum):
    """What the rows are."""

    EVENTS = "events"
    CONTACTS = "contacts"
    ACCOUNTS = "accounts"
    CONSENTS = "consents"
    PRODUCTS = "products"
    CATEGORIES = "categories"
    PRICES = "prices"
    STOCK = "stock"
    ORDERS = "orders"
    RETURNS = "returns"
    RECEIPTS = "receipts"
    PICKUPS = "pickups"
    LOYALTY = "loyalty"
    SUBSCRIPTIONS = "subscriptions"
    CAMPAIGN_RETURNS = "campaign_returns"
    CLAIMS = "claims"
    SPEND = "spend"


Files = Annotated[
    list[Path],
    typer.Argument(
        exists=True,
        readable=True,
        help="CSV, spreadsheet, JSON lines or Parquet; gzipped, zipped, or a folder of them.",
    ),
]
Kind = Annotated[As, typer.Option("--as", help="What the rows are.")]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", exists=True, dir_okay=False, help="Which column is which field (YAML).")
]
Source = Annotated[str | None, typer.Option("--source", help="Source to book the rows under; default: the mapping's.")]
Brand = Annotated[
    str | None, typer.Option("--brand", help="Brand they belong to; default: the mapping's, or the source's.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    files: Files,
    kind: Kind,
    mapping: MappingFile = None,
    source: Source = None,
    brand: Brand = None,
    home: Home = DEFAULT_HOME,
    import_id: Annotated[str | None, typer.Option(hidden=True, help="The row that a page has made for it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in rows of files. What is known already is recognised; what does not fit is kept aside with its reason."""
    from comptoir import importing
    from comptoir.app import open_app
    from comptoir.sources import propose
    from comptoir.sources.mapping import parse

    app = open_app(settings_of(home))
    try:
        named, whose = importing.booked_under(app.state, source, brand)
        text = "" if mapping else importing.former_mapping(app.state, files[0], kind.value, source=named, brand=whose)
        how = parse(text) if text else _mapping(files[0], kind, mapping, as_json=as_json)
        run = importing.new_run(app.state, app.clock, how, source=source, brand=brand, import_id=import_id)
        if not text:
            text = mapping.read_text(encoding="utf-8") if mapping else propose.propose(files[0], kind.value).text
        with importing.noted(app, run, files, kind.value, text, made_by=whoami()):
            outcome = _work(importing.Importing(app=app, run=run, files=files, how=how))
    finally:
        app.close()
    if as_json:
        say_json(_answer(run, outcome))
    else:
        _tell(outcome, home)


def _mapping(first: Path, kind: As, path: Path | None, *, as_json: bool) -> Mapping:
    from comptoir.sources import mapping, propose
    from comptoir.sources.base import MappingBroken, MappingNeeded

    if path is None:
        try:
            return propose.obvious(first, kind.value)
        except MappingNeeded as needed:
            # on standard output, so that `comptoir import … > mapping.yaml` saves it
            typer.echo(needed.proposal, nl=False, err=as_json)
            raise
    how = mapping.load(path)
    if how.kind.name != kind.value:
        raise MappingBroken(file=str(path), why=f"it is a mapping of {how.kind.name}, not of {kind.value}")
    return how


def _work(importing: Importing) -> Outcome:
    from comptoir.cli.progress import bar

    with bar("reading (bytes)") as move:
        taken = importing.take_in(move)
    with bar("working (rows)") as move:
        return importing.settle(taken, move)


def _answer(run: Run, outcome: Outcome) -> dict[str, object]:
    from dataclasses import asdict

    return {"import_id": run.import_id, "source": run.source, "brand": run.brand, **asdict(outcome)}


def _tell(outcome: Outcome, home: Path) -> None:
    parts = ", ".join(f"{getattr(outcome, name):,} {name}" for name in ("accepted", "duplicates", "refused"))
    say(f"{outcome.read:,} rows read: {parts}.")
    if outcome.skipped:
        say(f"{outcome.skipped:,} were left out by the mapping.")
    if outcome.refused:
        say(f"See why with: comptoir failed list --home {home}")
