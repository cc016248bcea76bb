"""`comptoir config`: each setting, its value, and where it came from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("config")(config)


def config(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    home: Annotated[Path, typer.Option(envvar="COMPTOIR_HOME", help="The installation's folder.")] = Path(
        "comptoir-home"
    ),
) -> None:
    """Print each setting, its value and where it came from: a default, the file, or the environment."""
    from comptoir import config as settings

    told = settings.describe(settings.load(home))
    if as_json:
        typer.echo(json.dumps(told, default=str, ensure_ascii=False, indent=2))
        return
    _show(told)


def _show(told: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("setting", "value", "from", "what it is for", header_style="bold")
    for one in told:
        style = "" if one["origin"] == "default" else "bold"
        cells = (one["setting"], json.dumps(one["value"], default=str), one["origin"], one["says"])
        table.add_row(*(Text(str(cell), style=style) for cell in cells))
    Console().print(table)
