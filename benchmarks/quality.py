"""How fast fields are graded: a million values, distinct ones once, beside a copy of them in memory and the bare library."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import date
from time import perf_counter

import phonenumbers

from comptoir.quality.fields import Field, grade_all

ROWS = 1_000_000
TODAY = date(2026, 11, 22)
_NAMES = ("martin", "bernard", "durand", "petit", "robert", "richard", "moreau", "laurent", "lefebvre", "DE LA TOUR")
_TOWNS = ("Paris", "LYON", "st denis", "Marseille", "Aix-en-Provence", "BOURG EN BRESSE", "Nantes", "Lille")


def values(field: Field, rows: int, seed: int) -> list[str]:
    """Make a column as files have it: addresses and numbers nearly all distinct, names and towns few."""
    draw = random.Random(seed)
    makers: dict[Field, Callable[[], str]] = {
        Field.EMAIL: lambda: (
            f"{draw.choice(_NAMES[:9])}{draw.randrange(rows)}@{draw.choice(('gmail.com', 'orange.fr'))}"
        ),
        Field.PHONE: lambda: f"06{draw.randrange(10**8):08d}",
        Field.LAST_NAME: lambda: draw.choice(_NAMES),
        Field.TOWN: lambda: draw.choice(_TOWNS),
    }
    return [makers[field]() for _ in range(rows)]


def seconds(work: Callable[[], object]) -> float:
    """Time one run."""
    began = perf_counter()
    work()
    return perf_counter() - began


def main(rows: int) -> None:
    """Print rows a second and the ratio of each field."""
    print(f"{'field':12}{'rows/s':>12}{'distinct':>10}{'× a copy':>10}")
    for field in (Field.EMAIL, Field.PHONE, Field.LAST_NAME, Field.TOWN):
        column = values(field, rows, 7)
        copied = seconds(lambda column=column: [one[:] + "" for one in column])  # type: ignore[misc]
        spent = seconds(lambda field=field, column=column: grade_all(field, column, "FR", TODAY))  # type: ignore[misc]
        print(f"{field.value:12}{rows / spent:>12,.0f}{len(set(column)):>10,}{spent / copied:>10.1f}")
    some = list(dict.fromkeys(values(Field.PHONE, rows // 20, 8)))
    ours = seconds(lambda: grade_all(Field.PHONE, some, "FR", TODAY))
    bare = seconds(lambda: [phonenumbers.is_valid_number(phonenumbers.parse(one, "FR")) for one in some])
    print(f"phone beside the bare library (parse and is_valid): {ours / bare:.2f} × its time, {len(some):,} distinct")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
