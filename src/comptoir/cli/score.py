"""`comptoir score`: lifetime value, RFM and the time to the next purchase, from any file of purchases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli import scores
from comptoir.cli.options import AsJson, say, say_json, say_table

if TYPE_CHECKING:
    from comptoir.scoring.answers import Answer
    from comptoir.scoring.purchases import Log

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Purchases: CSV, JSON lines or Parquet.")
]
Customer = Annotated[str, typer.Option("--customer", help="Column that says who bought.")]
Date = Annotated[str, typer.Option("--date", help="Column that says when.")]
Amount = Annotated[str | None, typer.Option("--amount", help="Column that says for how much; below 0 is a refund.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="CSV file to write.")]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--at", formats=["%Y-%m-%d"], help="Look at what was known at the end of this day; default: the file's last."
    ),
]
Columns = Annotated[str, typer.Option("--columns", help="Names of the columns, by commas, of a file without a header.")]
Delimiter = Annotated[str | None, typer.Option("--delimiter", help="What stands between columns; default: recognized.")]
Encoding = Annotated[str | None, typer.Option("--encoding", help="Default: recognized.")]
DateFormat = Annotated[
    str | None, typer.Option("--date-format", help="How dates are written, such as %d/%m/%Y; default: ISO 8601.")
]
Decimal = Annotated[str, typer.Option("--decimal", help="Decimal mark of amounts.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out lines that cannot be read, and count them.")]


@dataclass(frozen=True, slots=True)
class _Written:
    """How a file is written, where it does not say so itself."""

    columns: str
    delimiter: str | None
    encoding: str | None
    date_format: str | None
    decimal: str
    skips_bad: bool


def register(app: typer.Typer) -> None:
    """Add the commands."""
    score = typer.Typer(
        name="score", help="Scores of the home's customers; lifetime value, RFM, repurchase from any file.",
        no_args_is_help=True,
    )  # fmt: skip
    scores.add_to(score)
    score.command("lifetime-value")(lifetime_value)
    score.command("rfm")(rfm)
    score.command("repurchase")(repurchase)
    app.add_typer(score)


def lifetime_value(
    file: File,
    customer: Customer,
    bought_on: Date,
    amount: Amount = None,
    holdout_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Fit on what was bought before this day, and foretell what came after."
        ),
    ] = None,
    days: Annotated[int, typer.Option(help="Days to foretell, without --holdout-from.", min=1, max=3_650)] = 365,
    out: Out = None,
    columns: Columns = "",
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    decimal: Decimal = ".",
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Foretell what each customer will buy, with the model that foretold best what is known already."""
    from comptoir.scoring import answers, purchases

    written = _Written(columns, delimiter, encoding, date_format, decimal, skip_bad)
    log = _read(file, written, customer, bought_on, amount=amount)
    cut = None if holdout_from is None else purchases.days_of(holdout_from.date())
    _tell(answers.lifetime_value(log, holdout_from=cut, horizon_days=days), out, as_json=as_json)


def rfm(
    file: File,
    customer: Customer,
    bought_on: Date,
    amount: Amount = None,
    at: Day = None,
    out: Out = None,
    columns: Columns = "",
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    decimal: Decimal = ".",
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Score customers on recency, frequency and amount, by fifths, and name their cell."""
    from comptoir.scoring import answers

    written = _Written(columns, delimiter, encoding, date_format, decimal, skip_bad)
    log = _read(file, written, customer, bought_on, amount=amount)
    _tell(answers.recency_frequency_monetary(log, at=_day(at, log)), out, as_json=as_json)


def repurchase(
    file: File,
    customer: Customer,
    bought_on: Date,
    category: Annotated[str, typer.Option("--category", help="Column that says of what.")],
    amount: Amount = None,
    at: Day = None,
    out: Out = None,
    columns: Columns = "",
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    date_format: DateFormat = None,
    decimal: Decimal = ".",
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Say for each category after how long customers buy of it again, those who have not yet among them."""
    from comptoir.scoring import answers

    written = _Written(columns, delimiter, encoding, date_format, decimal, skip_bad)
    log = _read(file, written, customer, bought_on, amount=amount, category=category)
    _tell(answers.repurchases(log, until=_day(at, log)), out, as_json=as_json)


def _read(
    file: Path, written: _Written, customer: str, bought_on: str, *, amount: str | None, category: str | None = None
) -> Log:
    from comptoir.clock import RealClock
    from comptoir.scoring import purchases
    from comptoir.sources.base import Layout
    from comptoir.sources.forms import Writing

    names = tuple(name.strip() for name in written.columns.split(",") if name.strip())
    how = purchases.Reading(
        customer=customer,
        date=bought_on,
        amount=amount,
        category=category,
        layout=Layout(columns=names, delimiter=written.delimiter, encoding=written.encoding),
        writing=Writing(date_format=written.date_format, decimal=written.decimal),
        skips_bad=written.skips_bad,
    )
    return purchases.read(file, how, today=RealClock().now().astimezone(UTC).date())


def _day(at: datetime | None, log: Log) -> int:
    from comptoir.scoring.purchases import days_of

    return log.last_day if at is None else days_of(at.date())


def _tell(answer: Answer, out: Path | None, *, as_json: bool) -> None:
    from comptoir.scoring import answers

    if out is not None:
        answers.write(answer, out)
    if as_json:
        say_json(answer.report)
        return
    say_table(answer.title, answer.table, empty="Nothing was bought by that day.")
    for sentence in answer.sentences:
        say(sentence)
    if out is not None:
        say(f"Written to {out}.")
