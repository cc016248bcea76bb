"""
From what a model says to how often it comes true: a curve that only rises.

Source: Zadrozny, Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates", KDD (2002):
isotonic regression. Platt, "Probabilistic Outputs for Support Vector Machines" (1999): the sigmoid, and its targets.
Source: Niculescu-Mizil, Caruana, "Predicting Good Probabilities with Supervised Learning", ICML (2005): which, when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from comptoir.scores import solvers
from comptoir.scores.base import Flags, Floats

FEWEST_FOR_STEPS = 1_000
"""Cases of the rarer kind below which a sigmoid, of two numbers, is taken: the freer curve would learn chance."""
_TURNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """
    What comes true of each thing said; between two points it is straight, beyond the ends it is level.

    Shape: arrays of one length. Units: `said` as the model says it, `true` 0 to 1. Order: by what is said.
    """

    said: Floats
    true: Floats

    def of(self, said: Floats) -> Floats:
        """Give how often things said come true."""
        return np.asarray(np.interp(said, self.said, self.true))


def fit(said: Floats, came: Flags) -> Curve:
    """Learn the curve from what was said and whether it came, both kinds being there."""
    rarer = min(int(came.sum()), int((~came).sum()))
    return steps(said, came) if rarer >= FEWEST_FOR_STEPS else sigmoid(said, came)


def steps(said: Floats, came: Flags) -> Curve:
    """Learn the curve that rises as it will: pools of neighbors, each at its mean, joined by straight lines."""
    values, at = np.unique(said, return_inverse=True)
    weight = np.bincount(at).astype(np.float64)
    share = np.bincount(at, weights=came) / weight
    block = solvers.pools(share, weight)
    size = np.add.reduceat(weight, block)
    middle = np.add.reduceat(weight * values, block) / size
    # never certain: as if half a case of each kind had come beside
    level = (np.add.reduceat(weight * share, block) + 0.5) / (size + 1.0)
    return Curve(said=middle, true=np.maximum.accumulate(level))


def sigmoid(said: Floats, came: Flags) -> Curve:
    """Learn the curve 1 / (1 + e^-(a + b s)), by Newton's method on Platt's softened targets."""
    yes, no = float(came.sum()), float((~came).sum())
    target = np.where(came, (yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0))
    middle, wide = float(said.mean()), max(float(said.std()), 1e-9)
    design = np.column_stack([np.ones(len(said)), (said - middle) / wide])
    answer = np.array([np.log((yes + 1.0) / (no + 1.0)), 0.0])
    for _ in range(_TURNS):
        chance = 1.0 / (1.0 + np.exp(-(design @ answer)))
        slope = design.T @ (target - chance)
        # a touch of ridge, so that what separates the two kinds wholly has an answer too
        bend = (design * (chance * (1.0 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        answer = answer + step
        if float(np.abs(step).max()) < 1e-10:
            break
    # a curve that only rises: what ranks the wrong way round says nothing, so all are given the mean
    points = np.linspace(float(said.min()), float(said.max()), 201)
    true = 1.0 / (1.0 + np.exp(-(answer[0] + max(float(answer[1]), 0.0) * (points - middle) / wide)))
    return Curve(said=points, true=true)
