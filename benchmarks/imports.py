"""
Imports whole, from the file to facts: orders, money and people, with the control sum of each file checked to the cent.

Beside each stands what the raw engine needs to read the same file into a table of the same columns, which is the least
there can be: no exactness, no refusals, no people, no ledger.

Run: python benchmarks/imports.py [online_retail | completejourney | invented] …; without words, what of the real data
is there, or else invented lines. Wall time and the time of the processor are told, as a machine may be shared.
"""

from __future__ import annotations

import csv
import gzip
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
import duckdb

from comptoir import app as apps
from comptoir import importing
from comptoir.clock import monotonic
from comptoir.config import Settings
from comptoir.sources import mapping

ROOT = Path(__file__).resolve().parents[1]
DATA = next(
    (one for one in (ROOT.parent / "shared" / "data", Path("/work/shared/data")) if one.is_dir()), ROOT / "nowhere"
)
REAL = ROOT / "examples" / "real"
HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file to import."""

    path: Path
    mapping: Path
    reference: str
    """What the raw engine does."""
    control: str
    """Asks for the sum that must come out."""
    expected: Decimal | None
    must_seconds: float | None


RETAIL = "CREATE TABLE rows AS SELECT * FROM read_csv(?, all_varchar = true)"
JOURNEY = "CREATE TABLE rows AS SELECT * FROM read_parquet(?)"
EXACT = "SELECT sum(quantity * unit_price) FROM order_lines"
CENTS = "SELECT sum(amount_minor)::DECIMAL(18, 2) / 100 FROM order_lines"


def invented(path: Path, count: int = 300_000) -> Path:
    """Write order lines like those of Online Retail."""
    draw = random.Random(7)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(count):
            sku, day = draw.randrange(4_000), f"2011-{1 + number * 11 // count:02d}-{1 + number % 28:02d}"
            price = f"{draw.randrange(1, 2_000) / 100:.2f}"
            at, bought = f"{day} 10:{number % 60:02d}:00", draw.randrange(-2, 30)
            writer.writerow((500_000 + number // 20, sku, f"LANTERN {sku}", bought, at, price, number // 60, "France"))
    return path


def cases(folder: Path) -> dict[str, Case]:
    """Name what can be imported."""
    return {
        "online_retail": Case(
            path=DATA / "online_retail" / "online_retail.csv.gz", mapping=REAL / "online_retail.yaml",
            reference=RETAIL, control=EXACT, expected=Decimal("9747747.934"), must_seconds=15,
        ),
        "completejourney": Case(
            path=DATA / "completejourney" / "transactions.parquet", mapping=REAL / "completejourney.yaml",
            reference=JOURNEY, control=CENTS, expected=Decimal("4596039.58"), must_seconds=30,
        ),
        "invented": Case(
            path=folder / "lines.csv.gz", mapping=REAL / "online_retail.yaml",
            reference=RETAIL, control=EXACT, expected=None, must_seconds=None,
        ),
    }  # fmt: skip


def timed(work: Callable[[], int]) -> tuple[int, float, float]:
    """Give rows, seconds of wall and of processor."""
    began, spent = monotonic(), process_time()
    rows = work()
    return rows, monotonic() - began, process_time() - spent


def reference(one: Case) -> int:
    """Read the file into a table of the raw engine."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(str(Path(folder) / "raw.duckdb")) as engine:
        engine.execute(one.reference, [str(one.path)])
        ((rows,),) = engine.execute("SELECT count(*) FROM rows").fetchall()
    return int(rows)


def imported(one: Case, home: Path) -> int:
    """Import the file into a new installation, as `comptoir import` does."""
    settings = Settings(home=home)
    apps.make_home(settings, brand="main")
    app = apps.open_app(settings)
    how = mapping.load(one.mapping)
    run = importing.new_run(app.state, app.clock, how, source=None, brand=None)
    work = importing.Importing(app=app, run=run, files=[one.path], how=how)
    try:
        with importing.noted(app, run, [one.path], how.kind.name, "", made_by="benchmark"):
            outcome = work.settle(work.take_in(lambda _done, _whole: None), lambda _done, _whole: None)
    finally:
        app.close()
    assert outcome.read == outcome.accepted, outcome
    return outcome.read


def checked(one: Case, home: Path) -> Decimal:
    """Ask for the control sum. Raises: AssertionError where it is not exact."""
    warehouse = apps.open_warehouse_of(Settings(home=home))
    with warehouse.cursor() as cursor:
        ((found,),) = cursor.execute(one.control).fetchall()
    warehouse.close()
    found = Decimal(str(found))
    assert one.expected is None or found == one.expected, (found, one.expected)
    return found


def measure(name: str, one: Case) -> None:
    """Measure both, and print them beside each other."""
    raw, raw_wall, raw_cpu = timed(lambda: reference(one))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        home = Path(folder) / "home"
        rows, wall, cpu = timed(lambda: imported(one, home))
        control = checked(one, home)
    must = "" if one.must_seconds is None else f"  (must: under {one.must_seconds:.0f} s)"
    print(f"{name}: {rows:,} rows, control sum {control:,f}")
    print(f"  raw engine, same columns   {raw:>9,} rows  {raw_wall:6.2f} s wall  {raw_cpu:6.2f} s processor")
    print(f"  imported into facts        {rows:>9,} rows  {wall:6.2f} s wall  {cpu:6.2f} s processor{must}")
    print(f"  {rows / wall:,.0f} rows/s; ratio: {wall / raw_wall:.1f} times the raw engine's wall time")


def main() -> None:
    """Measure what is asked for."""
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        known = cases(Path(folder))
        real = [name for name, one in known.items() if one.path.exists()]
        for name in sys.argv[1:] or real or ["invented"]:
            if name == "invented":
                invented(known[name].path)
            measure(name, known[name])


if __name__ == "__main__":
    main()
