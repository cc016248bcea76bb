"""The command line: `comptoir <noun> <verb>`; each command is a thin function in a file of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
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
ALSO = {"scenario": ("scenario", "dryrun")}
"""The files of a command of which another file brings a part."""


def build(files: Sequence[str] = COMMANDS) -> typer.Typer:
    """Build the command line from its files, or from some of them."""
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

    for name in files:
        import_module(f"comptoir.cli.{name}").register(app)
    deeds.watch(app)
    return app


def files_for(words: Sequence[str]) -> Sequence[str]:
    """Give the files that these words of a command line need: the one of its command, or all where it names none."""
    if not words:
        return COMMANDS
    return ALSO.get(words[0]) or [name for name in COMMANDS if name.rstrip("_") == words[0]] or COMMANDS


def run() -> None:
    """Run the command line: an error is one red line and its remedy; exit code 1 (2 for wrong usage)."""
    try:
        build(files_for(sys.argv[1:]))()
    except ComptoirError as error:
        typer.secho(f"{error.code}: {error}", fg=typer.colors.RED, err=True)
        if error.hint:
            typer.secho(error.hint, err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(0)
