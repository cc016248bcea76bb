"""
Import alone: a file of order lines to canonical lines in a durable spool, against reading it with csv and dumping JSON.

Run: python benchmarks/imports.py [FILE [MAPPING]]; without a file, UCI Online Retail, or else invented lines.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine

from comptoir.clock import monotonic
from comptoir.sources import files, intake, mapping
from comptoir.sources.shape import Run
from comptoir.spool.sqlite import SqliteSpool

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
MAPPING = ROOT / "examples" / "real" / "online_retail.yaml"
NOW = 1_795_290_409_850_000
ROUNDS = 3
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


def invented(path: Path, count: int = 300_000) -> Path:
    """Write order lines like those of Online Retail."""
    draw = random.Random(7)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(count):
            sku, at = (
                draw.randrange(4_000),
                f"2011-{1 + number * 11 // count:02d}-{1 + number % 28:02d} 10:{number % 60:02d}:00",
            )
            price = f"{draw.randrange(1, 2_000) / 100:.2f}"
            row = (
                500_000 + number // 20,
                sku,
                f"LANTERN {sku}",
                draw.randrange(-2, 30),
                at,
                price,
                number // 60,
                "France",
            )
            writer.writerow(row)
    return path


def reference(path: Path) -> tuple[int, float]:
    """Read the rows into dictionaries and dump them: what a script of ten lines would do, safe nowhere."""
    began, count = monotonic(), 0
    with files.unpacked(path) as (stream, _), tempfile.TemporaryFile("w", encoding="utf-8") as target:
        file = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        for row in csv.DictReader(file):
            target.write(json.dumps(row) + "\n")
            count += 1
    return count, monotonic() - began


def imported(path: Path, how: mapping.Mapping) -> tuple[int, float]:
    """Import the rows into a new spool, durable."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        spool = SqliteSpool(Path(folder) / "back.db")
        run = Run(import_id="benchmark", source="benchmark", brand="main", now_micros=NOW)
        began = monotonic()
        taken = intake.take_in([path], how, spool, run)
        spent = monotonic() - began
        spool.close()
    assert taken.read == taken.accepted, taken
    return taken.read, spent


def main() -> None:
    """Measure each some times, turn about, and print the best of both."""
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        path = (
            Path(sys.argv[1])
            if len(sys.argv) > 1
            else REAL
            if REAL.exists()
            else invented(Path(folder) / "lines.csv.gz")
        )
        how = mapping.load(Path(sys.argv[2]) if len(sys.argv) > 2 else MAPPING)
        turns = [(reference(path), imported(path, how)) for _ in range(ROUNDS)]
    (count, plain), (rows, ours) = min(one for one, _ in turns), min(one for _, one in turns)
    print(f"csv + json.dumps, not durable   {count:>9,} rows  {plain:6.2f} s  {count / plain:>9,.0f} rows/s")
    print(f"import into the spool, durable  {rows:>9,} rows  {ours:6.2f} s  {rows / ours:>9,.0f} rows/s")
    print(f"ratio: {ours / plain:.2f} times the reference (must: {rows / ours:,.0f} >= 30,000 rows/s; aim: 60,000)")


if __name__ == "__main__":
    main()
