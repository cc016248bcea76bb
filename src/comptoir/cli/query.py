"""`comptoir query`: ask the warehouse in SQL, through the engine if it runs, else directly."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from comptoir.cli.quick import Form, Question, write_answer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("query")(query)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT on the documented views; - reads it from standard input.")],
    form: Annotated[Form | None, typer.Option("--format", "-f", help="A table on a terminal, else JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    seconds: Annotated[float, typer.Option(help="Stop the question after so many seconds.", min=0.1, max=600)] = 30.0,
    rows: Annotated[int, typer.Option(help="Refuse an answer of more rows.", min=1, max=10_000_000)] = 1_000_000,
    role: Annotated[str, typer.Option(help="Read what this role may: admin, marketing, finance or support.")] = "admin",
    brand: Annotated[list[str] | None, typer.Option(help="Only this brand; repeat it. None: every brand.")] = None,
    home: Annotated[Path, typer.Option(envvar="COMPTOIR_HOME", help="The installation's folder.")] = Path(
        "comptoir-home"
    ),
) -> None:
    """Ask the warehouse one question in SQL."""
    text = sys.stdin.read() if sql == "-" else sql
    chosen = Form.JSON if as_json else form
    write_answer(
        Question(sql=text, form=chosen, home=home, seconds=seconds, rows=rows, role=role, brands=tuple(brand or ()))
    )
