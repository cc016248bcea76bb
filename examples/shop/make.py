"""Write the synthetic shop's files, and the truth beside them, into a folder."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from comptoir.demo.shop import files, make, truth
from comptoir.demo.shop.plan import Plan

arguments = ArgumentParser(description=__doc__)
arguments.add_argument("--customers", type=int, default=20_000)
arguments.add_argument("--months", type=int, default=18)
arguments.add_argument("--seed", type=int, default=7)
arguments.add_argument("--to", type=Path, required=True, help="folder to write into")
asked = arguments.parse_args()

shop = make.make(Plan(customers=asked.customers, months=asked.months, seed=asked.seed))
for one in files.write(shop, asked.to):
    print(f"{one.rows:>9,}  {one.path}")
truth.write(shop, asked.to / "truth")
print(f"           {asked.to / 'truth'}")
