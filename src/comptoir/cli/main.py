"""The command line: `comptoir <noun> <verb>`; each command is a thin function in a file of its own."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import version

import typer

from comptoir.cli import deeds
from comptoir.errors import ComptoirError

COMMANDS = (
    "init", "serve", "demo", "brand", "source", "user", "import_", "replay", "query", "results", "score",
    "carts", "person", "segment", "trait", "scenario", "draft", "pressure",
    "why", "dryrun", "template",
    "consent",
    "pull", "inbox", "outbox", "mail", "placement", "webhook", "identity", "failed", "plan", "quality", "audience",
    "rebuild", "backup", "audit", "doctor", "config",
)  # fmt: skip
"""The files of this folder that hold commands. Order: as `--help` lists them."""


def build() -> typer.Typer:
    """Build the command line from its files."""
    app = typer.Typer(
        name="comptoir",
        help="The counter of a shop that remembers everyone who comes to it.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def main(
        *,
        show_version: bool = typer.Option(False, "--version", help="Print the version and stop."),
    ) -> None:
        """The counter of a shop that remembers everyone who comes to it."""
        if show_version:
            typer.echo(version("comptoir"))
            raise typer.Exit

    for name in COMMANDS:
        import_module(f"comptoir.cli.{name}").register(app)
    deeds.watch(app)
    return app


def run() -> None:
    """Run the command line: an error is one red line and its remedy; exit code 1 (2 for wrong usage)."""
    try:
        build()()
    except ComptoirError as error:
        typer.secho(f"{error.code}: {error}", fg=typer.colors.RED, err=True)
        if error.hint:
            typer.secho(error.hint, err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
