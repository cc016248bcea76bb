"""
Foretelling who will order: learned on what came after earlier instants, tested on what came after a later one.

The order of the steps is the honesty of it. Trees are learned on the oldest times, watched and calibrated on the one
after, and tested on the last time that is over, which neither has seen. How long somebody has not ordered, alone, is
put to the same test; what foretells better there is taken, learned again with all moved one time on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from comptoir.scores import calibrate, measure, trees
from comptoir.scores.base import Flags, Floats, NotEnoughHistory
from comptoir.scores.calibrate import Curve
from comptoir.scores.measure import Quality
from comptoir.scores.snapshots import FEATURES, RECENCY, Snapshot
from comptoir.scores.trees import Trees

VERSION = 1
FEWEST_TIMES = 3
"""One to learn from, one to calibrate on, one to test on."""
MOST_TIMES = 6
FEWEST_A_KIND = 50
"""People who ordered, and who did not, that every time must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What foretells: trees, or how long ago somebody ordered where there are none; and how often that comes true."""

    trees: Trees | None
    curve: Curve

    def chance(self, features: Floats) -> Floats:
        """Give each person's probability of ordering. Raises: ModelsMissing."""
        return self.curve.of(_said(self.trees, features))

    def packed(self, **kept: object) -> bytes:
        """Write it down, with its version and what else is worth keeping."""
        return json.dumps({
            "version": VERSION,
            "features": FEATURES,
            "trees": None if self.trees is None else {"text": self.trees.text, "rounds": self.trees.rounds},
            "curve": {"said": self.curve.said.tolist(), "true": self.curve.true.tolist()},
            **kept,
        }).encode()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """A model, how it and how plain recency stood the test, and what it was learned from."""

    model: Model
    tested: Quality
    plain: Quality
    uncalibrated_brier: float
    weights: Mapping[str, float]
    """Share of what was learned that each feature brought; empty where recency alone was better."""


def unpacked(artifact: bytes) -> Model | None:
    """Read a model that was written down; None if by another version, of other features."""
    plain: dict[str, Any] = json.loads(artifact)
    if plain["version"] != VERSION or tuple(plain["features"]) != FEATURES:
        return None
    return Model(
        trees=None if plain["trees"] is None else Trees(**plain["trees"]),
        curve=Curve(said=np.array(plain["curve"]["said"]), true=np.array(plain["curve"]["true"])),
    )


def learn(times: Sequence[Snapshot]) -> Learned:
    """
    Learn from times that are over, the newest first.

    Raises: NotEnoughHistory, ModelsMissing.
    """
    for one in times:
        _check(one)
    test, watch, *old = times
    features, came = _together(old)
    first = trees.learn(features, came, FEATURES, watch=(watch.features, _came(watch)))
    tested = _judge(first, watch, test)
    plain = _judge(None, watch, test)
    raw = 1.0 / (1.0 + np.exp(-first.said(test.features)))
    is_better = tested.brier < plain.brier
    final = None
    if is_better:
        features, came = _together([watch, *old])
        final = trees.learn(features, came, FEATURES, rounds=first.rounds)
    return Learned(
        model=Model(trees=final, curve=calibrate.fit(_said(final, test.features), _came(test))),
        tested=tested,
        plain=plain,
        uncalibrated_brier=float(((raw - _came(test)) ** 2).mean()),
        weights={} if final is None else dict(zip(FEATURES, final.weights().tolist(), strict=True)),
    )


def _said(some: Trees | None, features: Floats) -> Floats:
    return -features[:, RECENCY] if some is None else some.said(features)


def _judge(some: Trees | None, watch: Snapshot, test: Snapshot) -> Quality:
    curve = calibrate.fit(_said(some, watch.features), _came(watch))
    return measure.judge(curve.of(_said(some, test.features)), _came(test))


def _came(one: Snapshot) -> Flags:
    assert one.came is not None
    return one.came


def _together(times: Sequence[Snapshot]) -> tuple[Floats, Flags]:
    return np.concatenate([one.features for one in times]), np.concatenate([_came(one) for one in times])


def _check(one: Snapshot) -> None:
    came = _came(one)
    for found, en, fr in (
        (int(came.sum()), "customers who ordered", "clients ayant commandé"),
        (int((~came).sum()), "customers who did not order", "clients n’ayant pas commandé"),
    ):
        if found < FEWEST_A_KIND:
            since = f"{one.at:%Y-%m-%d}"
            needs = {
                "en": f"{FEWEST_A_KIND} {en} in the time from {since} on",
                "fr": f"{FEWEST_A_KIND} {fr} dans la période à partir du {since}",
            }
            raise NotEnoughHistory(needs=needs, found=found)
