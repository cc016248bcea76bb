"""
How good probabilities are: whom they put first, and whether what they say comes true as often as they say.

Source: Hanley, McNeil, Radiology 143 (1982): the area under the curve, and its standard error.
Source: Brier, Monthly Weather Review 78 (1950).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comptoir.scores.base import Flags, Floats, Integers
from comptoir.scores.fit import SURE

BANDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A tenth of the people, by what was said of them: how many, what was said on average, how many it came true of."""

    people: int
    said: float
    came: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """
    How what was said stood against what came.

    Units: shares 0 to 1; `lift` how many times as many of the first tenth as of all.
    """

    people: int
    share: float
    auc: float
    auc_interval: tuple[float, float]
    brier: float
    skill: float
    """Brier's score against that of saying the mean of all: 1 is perfect, 0 no better than the mean."""
    lift: float
    bands: tuple[Band, ...]

    def report(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {
            "people": self.people,
            "share": round(self.share, 6),
            "auc": round(self.auc, 4),
            "auc_interval": [round(end, 4) for end in self.auc_interval],
            "brier": round(self.brier, 6),
            "skill": round(self.skill, 4),
            "lift_top_tenth": round(self.lift, 3),
            "calibration": [
                {"people": band.people, "said": round(band.said, 6), "came": round(band.came, 6)} for band in self.bands
            ],
        }


def judge(said: Floats, came: Flags) -> Quality:
    """Hold what was said against what came, both kinds being there."""
    share = float(came.mean())
    brier = float(((said - came) ** 2).mean())
    area = auc(said, came)
    reach = SURE * _auc_error(area, int(came.sum()), int((~came).sum()))
    return Quality(
        people=len(said),
        share=share,
        auc=area,
        auc_interval=(max(area - reach, 0.0), min(area + reach, 1.0)),
        brier=brier,
        skill=1.0 - brier / (share * (1.0 - share)),
        lift=top_share(said, came, 0.1) / share,
        bands=_bands(said, came),
    )


def auc(said: Floats, came: Flags) -> float:
    """Give the chance that one of whom it came true was put before one of whom it did not; a tie is half."""
    yes, no = int(came.sum()), int((~came).sum())
    at, before, tied = _order(said)
    ranks = (before + (tied + 1) / 2)[at]
    return float((ranks[came].sum() - yes * (yes + 1) / 2) / (yes * no))


def _order(said: Floats) -> tuple[Integers, Integers, Integers]:
    """Give each one's place among the values; of each value, how many are below it and how many share it."""
    _, at, tied = np.unique(said, return_inverse=True, return_counts=True)
    return at, np.cumsum(tied) - tied, tied


def _auc_error(area: float, yes: int, no: int) -> float:
    """Give the standard error of an area. Source: Hanley, McNeil (1982), formula (1)."""
    both_yes, both_no = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (yes - 1) * (both_yes - area**2) + (no - 1) * (both_no - area**2)
    return float(np.sqrt(max(variance, 0.0) / (yes * no)))


def top_share(said: Floats, came: Flags, top: float) -> float:
    """Give how many of the `top` share put first it came true of; of those tied at the edge, their mean counts."""
    values, at = np.unique(-said, return_inverse=True)
    people = np.bincount(at).astype(np.float64)
    yes = np.bincount(at, weights=came, minlength=len(values))
    wanted = top * len(said)
    before = np.cumsum(people) - people
    part = np.clip((wanted - before) / people, 0.0, 1.0)
    return float((part * yes).sum() / wanted)


def _bands(said: Floats, came: Flags) -> tuple[Band, ...]:
    """Part the people into tenths by what was said; equals stay together, so a tenth may be missing."""
    at, before, _ = _order(said)
    tenth = np.minimum(before[at] * BANDS // len(said), BANDS - 1)
    return tuple(
        Band(people=int(here.sum()), said=float(said[here].mean()), came=float(came[here].mean()))
        for here in (tenth == one for one in range(BANDS))
        if here.any()
    )
