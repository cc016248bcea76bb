"""Who orders within 60 days, foretold on real shops: trees against recency alone, on a stretch neither has seen."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent))

import _machine as machine
import duckdb

from comptoir.scores.night import prepare
from comptoir.scores.plugin import Asked
from comptoir.scores.propensity import Propensity
from comptoir.warehouse.duckdb import open_warehouse

READ = {
    "cdnow": (
        datetime(1998, 7, 1, tzinfo=UTC),
        """
        SELECT words[1] AS who, strptime(words[2], '%Y%m%d') AS bought_at, words[1] || '-' || words[2] AS invoice,
            (words[4]::DECIMAL(12, 2) * 100)::BIGINT AS amount
        FROM (
            SELECT regexp_split_to_array(trim(line), '\\s+') AS words
            FROM read_csv($file, columns = {'line': 'VARCHAR'}, delim = '\x01', header = true)
        )
        """,
        "cdnow/CDNOW_master.txt",
    ),
    "online_retail": (
        datetime(2011, 12, 10, tzinfo=UTC),
        """
        SELECT CustomerID::VARCHAR AS who, InvoiceDate::TIMESTAMP AS bought_at, InvoiceNo AS invoice,
            (Quantity::DECIMAL(12, 2) * UnitPrice::DECIMAL(12, 3) * 100)::BIGINT AS amount
        FROM read_csv($file, types = {'InvoiceNo': 'VARCHAR', 'CustomerID': 'VARCHAR'})
        WHERE CustomerID IS NOT NULL
        """,
        "online_retail/online_retail.csv.gz",
    ),
}
PEOPLE = """
INSERT INTO fact.profile_of BY NAME
SELECT row_number() OVER (ORDER BY who) AS node_id, 'account' AS kind, who AS value, concat('p', who) AS profile_id
FROM bought GROUP BY who
"""
INVOICES = """
CREATE TEMP TABLE invoices AS
SELECT
    row_number() OVER (ORDER BY min(bought_at), invoice) AS order_hash, invoice AS order_id, min(nodes.node_id) AS node_id,
    min(bought_at) AS ordered_at, sum(amount)::BIGINT AS amount_minor
FROM bought INNER JOIN fact.profile_of AS nodes ON bought.who = nodes.value
GROUP BY invoice HAVING sum(amount) > 0
"""
ORDERS = """
INSERT INTO fact.orders BY NAME
SELECT
    order_hash, 'main' AS brand, 'shop' AS namespace, order_id, node_id, ordered_at, ordered_at AS placed_at,
    'completed' AS status, 'confirmed' AS trust, 'GBP' AS currency, amount_minor AS gross_minor, amount_minor,
    'file' AS source, true AS is_sale, []::BIGINT[] AS browser_nodes, []::UBIGINT[] AS cart_hashes,
    []::UBIGINT[] AS checkout_hashes
FROM invoices
"""
LEDGER = """
INSERT INTO fact.revenue_ledger BY NAME
SELECT
    order_hash, 'main' AS brand, '1' AS line_key, 'sale' AS kind, 0 AS revision, amount_minor, 'GBP' AS currency,
    'confirmed' AS trust, 'file' AS source, order_id AS source_ref, node_id, ordered_at AS occurred_at,
    ordered_at AS booked_at
FROM invoices
"""


def judged(name: str, data: Path, folder: Path) -> None:
    """Load a shop's orders, and say how what was foretold of its last stretch came true."""
    as_of, read, file = READ[name]
    warehouse = open_warehouse(folder / f"{name}.duckdb", memory_mb=2_048)
    with warehouse.cursor() as cursor:
        # the warehouse opens no files: another engine reads them
        told = duckdb.sql(read, params={"file": str(data / file)}).to_arrow_table()
        cursor.register("told", told)
        cursor.execute("CREATE TEMP TABLE bought AS SELECT * FROM told")
        for statement in (PEOPLE, INVOICES, ORDERS, LEDGER):
            cursor.execute(statement)
        asked = prepare(cursor, Asked(brand="main", as_of=as_of))
        began = perf_counter()
        report = Propensity().run(cursor, asked).report
        seconds = perf_counter() - began
    warehouse.close()
    print(f"{name}: {asked.history.buyer_count:,} customers, {asked.history.order_count:,} orders; {seconds:.1f} s;"
          f" chosen: {report['chosen']}; without calibration Brier {report['uncalibrated_brier']:.4f}")  # fmt: skip
    for who in ("tested", "recency_alone"):
        told = report[who]
        print(f"  {who:<14} {told['people']:>6,} people, {told['share']:.1%} ordered, AUC {told['auc']:.3f}"
              f" ({told['auc_interval'][0]:.3f} – {told['auc_interval'][1]:.3f}), Brier {told['brier']:.4f},"
              f" skill {told['skill']:.3f}, first tenth {told['lift_top_tenth']:.2f} × as many")  # fmt: skip
    for band in report["tested"]["calibration"]:
        print(f"    {band['people']:>6,} people: said {band['said']:.3f}, came {band['came']:.3f}")
    print("  learned from:", ", ".join(f"{one['name']} {one['share']:.0%}" for one in report["features"][:6]))


def main() -> None:
    """Judge each shop whose data is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("/work/shared/data"))
    asked = parser.parse_args()
    machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        for name, (_, _, file) in READ.items():
            if (asked.data / file).exists():
                judged(name, asked.data, Path(folder))
            else:
                print(f"{name}: {asked.data / file} is not there")


if __name__ == "__main__":
    main()
