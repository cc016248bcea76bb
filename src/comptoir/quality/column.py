"""Columns of a file graded before it is imported: how many values of each field are good, and the worst of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from comptoir.quality.fields import FIELD_OF, grade_all
from comptoir.quality.graded import Grade, Graded

SAMPLES = 3

Columns = Mapping[str, Sequence[str | None]]


def tally(sheets: Iterable[Columns], columns: Mapping[str, str], country: str, today: date) -> list[dict[str, object]]:
    """
    Count the grades of each field's column over a file's sheets.

    Shape: field, column, values, valid, corrected, doubtful, refused, samples (as they came → as they would be kept).
    """
    wanted = {name: column for name, column in columns.items() if name in FIELD_OF}
    counts: dict[str, Counter[Grade]] = {name: Counter() for name in wanted}
    samples: dict[str, dict[str, str]] = {name: {} for name in wanted}
    for sheet in sheets:
        for name, column in wanted.items():
            graded = grade_all(FIELD_OF[name], sheet[column], country, today)
            counts[name].update(one.grade for one in graded if one is not None)
            _sample(samples[name], graded)
    return [
        {
            "field": name,
            "column": wanted[name],
            "values": sum(counted.values()),
            **{grade.value: counted[grade] for grade in Grade},
            "samples": "; ".join(f"{came} → {kept}" for came, kept in samples[name].items()),
        }
        for name, counted in counts.items()
    ]


def _sample(samples: dict[str, str], graded: Iterable[Graded | None]) -> None:
    for one in graded:
        if len(samples) == SAMPLES:
            return
        if one is not None and one.grade is not Grade.VALID:
            samples.setdefault(one.original, one.value or "refused")
