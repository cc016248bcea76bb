"""`comptoir import`: rows of files become facts, once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import DEFAULT_HOME, AsJson, Home, say, say_json, settings_of

if TYPE_CHECKING:
    from comptoir.app import App
    from comptoir.sources.intake import TakenIn
    from comptoir.sources.mapping import Mapping
    from comptoir.sources.shape import Run

DEFAULT_SOURCE = "import"


class As(StrEnum):
    """What the rows are."""

    EVENTS = "events"
    ORDERS = "orders"
    PRODUCTS = "products"
    CONTACTS = "contacts"
    CONSENTS = "consents"
    LOYALTY = "loyalty"


Files = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, JSON lines or Parquet; gzipped or not."),
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
    as_json: AsJson = False,
) -> None:
    """Bring in rows of files. What is known already is recognised; what does not fit is kept aside with its reason."""
    from comptoir.app import open_app

    app = open_app(settings_of(home))
    try:
        how = _mapping(files[0], kind, mapping, as_json=as_json)
        run = _run(app, how, source, brand)
        taken = _take_in(app, files, how, run)
        answer = _settled(app, run, taken)
    finally:
        app.close()
    if as_json:
        say_json(answer)
    else:
        _tell(answer, home)


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


def _run(app: App, how: Mapping, source: str | None, brand: str | None) -> Run:
    from comptoir.access import keys
    from comptoir.clock import micros
    from comptoir.ids import uuid7
    from comptoir.sources.shape import Run

    now = micros(app.clock.now())
    name = source or how.source or DEFAULT_SOURCE
    brands = {one.name: one.brand for one in keys.list_sources(app.state)}
    return Run(
        import_id=str(uuid7(now)),
        source=name,
        brand=brand or how.brand or brands.get(name, keys.DEFAULT_BRAND),
        now_micros=now,
    )


def _take_in(app: App, files: Sequence[Path], how: Mapping, run: Run) -> TakenIn:
    from comptoir.cli.progress import bar
    from comptoir.model.tick import SpoolName
    from comptoir.sources.intake import take_in

    sizes = {path: path.stat().st_size for path in files}
    done = dict.fromkeys(files, 0)
    with bar("reading (bytes)") as move:

        def show(path: Path, position: int) -> None:
            done[path] = position
            move(sum(done.values()), sum(sizes.values()))

        return take_in(files, how, app.spools[SpoolName.BACK], run, progress=show)


def _settled(app: App, run: Run, taken: TakenIn) -> dict[str, object]:
    """Wait until the rows are facts, and say what became of them; `read` is the sum of what follows it."""
    from comptoir.cli.progress import bar
    from comptoir.model.tick import SpoolName

    with bar("working (rows)") as move:
        app.settle(SpoolName.BACK, taken.head, progress=move)
    counts = app.import_counts(run.import_id)
    settled = counts.stored + counts.refused + counts.duplicates
    return {
        "import_id": run.import_id,
        "source": run.source,
        "brand": run.brand,
        "read": taken.read,
        "accepted": counts.stored,
        "refused": counts.refused,
        "duplicates": counts.duplicates,
        "skipped": taken.skipped,
        "pending": taken.read - taken.skipped - settled,
    }


def _tell(answer: dict[str, object], home: Path) -> None:
    parts = ", ".join(f"{answer[name]:,} {name}" for name in ("accepted", "duplicates", "refused"))
    say(f"{answer['read']:,} rows read: {parts}.")
    if answer["skipped"]:
        say(f"{answer['skipped']:,} were left out by the mapping.")
    if answer["refused"]:
        say(f"See why with: comptoir failed list --home {home}")
