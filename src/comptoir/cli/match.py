"""`comptoir identity match`: find who is who in any file of people, and say how well where the truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comptoir.cli.options import AsJson, say, say_json, say_table

if TYPE_CHECKING:
    from comptoir.matching.blocking import Atom
    from comptoir.matching.matcher import Matched, Step
    from comptoir.matching.truth import Score, Truth

_STEPS = {
    "prepare": "Bringing columns into plain form",
    "choose": "Choosing which pairs to look at",
    "compare": "Comparing pairs",
    "learn": "Learning from them",
    "weigh": "Weighing pairs",
    "group": "Grouping records",
}


def match(
    people: Annotated[
        Path, typer.Argument(help="CSV, JSON lines or Parquet, a row a record.", exists=True, dir_okay=False)
    ],
    id_column: Annotated[str, typer.Option("--id", help="The column that numbers the rows.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write a CSV: each id, and the id of its group.")] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A second file of the same columns, matched with the first.", exists=True),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option("--truth", help="Who is who: pairs (id_l, id_r) or groups (id, cluster).", exists=True),
    ] = None,
    once: Annotated[
        bool | None,
        typer.Option("--once/--repeated", help="Whether each file holds everybody once; else the data say."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find who is who in a file of people: groups of records that are one person's. It needs no installation."""
    from comptoir.matching import matcher, reading
    from comptoir.matching import truth as truths

    files = [people] if against is None else [people, against]
    tables = [reading.read_people(path, id_column) for path in files]
    with _steps() as step:
        found = matcher.match(tables, id_column, is_unique=once, step=step)
    if out is not None:
        _write(found, out)
    known = truths.load(truth, found.people.ids, id_column) if truth is not None else None
    told = _told(found, known)
    if as_json:
        say_json(told)
    else:
        _say(found, told, out)


@contextmanager
def _steps() -> Iterator[Step]:
    """Show how far it is, on a terminal."""
    from comptoir.cli.progress import bar

    done = iter(range(len(_STEPS)))
    with bar("Matching") as move:
        yield lambda name: move(next(done), len(_STEPS))  # noqa: ARG005  # the bar counts steps; their names are for logs


def _told(found: Matched, known: Truth | None) -> dict[str, object]:
    told: dict[str, object] = {
        "records": found.people.count,
        "people": found.groups,
        "columns": [{"column": one.column, "role": one.role.value} for one in found.people.fields],
        "rules": [{"key": _rule(one.atoms), "pairs": one.pairs} for one in found.rules],
        "sources_without_repeats": sorted(found.unique),
    }
    if known is not None:
        told["pairs"], told["clusters"] = (_score(one) for one in _scores(found, known))
    return told


def _scores(found: Matched, known: Truth) -> tuple[Score, Score]:
    from comptoir.matching import clusters, truth

    rows = zip(*(found.pairs[name].to_pylist() for name in ("a", "b", "weight")), strict=True)
    likely = [(a, b) for a, b, weight in rows if weight >= clusters.LEAST]
    return truth.of_pairs(known, likely), truth.of_groups(known, found.first.tolist())


def _score(one: Score) -> dict[str, float]:
    return {"precision": round(one.precision, 4), "recall": round(one.recall, 4), "f1": round(one.f1, 4)}


def _rule(atoms: tuple[Atom, ...]) -> str:
    """Say what two records must share to be compared."""
    words = {
        "whole": "same {}",
        "beginning": "same beginning of {}",
        "year": "same year of {}",
        "month_and_day": "same day and month of {}",
        "user": "same {} before the @",
        "either_order": "same {}, in either order",
    }
    named = (words[atom.key].format(" and ".join(atom.fields).replace("_", " ")) for atom in atoms)
    return ", ".join(named)


def _write(found: Matched, out: Path) -> None:
    """Write who is who. Grain: a line a record: source (where there are two), id, cluster. Order: by source and id."""
    import csv

    ids, with_source = found.people.ids, len({source for source, _ in found.people.ids}) > 1
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["source", "id", "cluster"] if with_source else ["id", "cluster"])
        for (source, own), first in zip(ids, found.first.tolist(), strict=True):
            leader, name = ids[first]
            cluster = f"{leader + 1}:{name}" if with_source else name
            writer.writerow([source + 1, own, cluster] if with_source else [own, cluster])


def _say(found: Matched, told: dict[str, object], out: Path | None) -> None:
    say(f"{found.people.count:,} records are [bold]{found.groups:,}[/bold] people.")
    columns = [{"column": one.column, "read as": one.role.value.replace("_", " ")} for one in found.people.fields]
    say_table("Columns compared", columns, empty="")
    rules = [
        {"two records are compared if they have the": _rule(one.atoms), "pairs": f"{one.pairs:,}"}
        for one in found.rules
    ]
    say_table("Which pairs were looked at", rules, empty="")
    scores = [
        {"measured on": name} | score for name in ("pairs", "clusters") if isinstance(score := told.get(name), dict)
    ]
    if scores:
        say_table("Against the truth", scores, empty="")
    if out is not None:
        say(f"Written: {out}")
