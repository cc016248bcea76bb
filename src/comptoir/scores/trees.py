"""
Gradient-boosted trees, where the extra `models` is installed.

Source: Ke and others, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree", NeurIPS (2017).
Source: Lundberg, Erion, Lee, "Consistent Individualized Feature Attribution for Tree Ensembles" (2018): the parts that
features have in what is said of one person, which add up to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from comptoir.errors import ComptoirError
from comptoir.scores.base import Flags, Floats

ROUNDS = 300
"""Most trees; a time that was not learned from says when to stop."""
_PATIENCE = 25
_LEAVES = 15
_FEWEST_A_LEAF = 20


class ModelsMissing(ComptoirError, ImportError):
    """The package that learns trees is not installed."""

    code, status = "models_missing", 409
    hint = "Install Comptoir with its extra: `pip install 'comptoir[models]'`, and the system's library libgomp."


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Trees that were learned: text, in the package's own format, and how many there are."""

    text: str
    rounds: int

    def said(self, features: Floats) -> Floats:
        """Give the logarithm of the odds of each row. Raises: ModelsMissing."""
        return np.asarray(self._booster().predict(features, raw_score=True), dtype=np.float64)

    def parts(self, features: Floats) -> Floats:
        """
        Give what each feature adds to the logarithm of the odds of each row.

        Shape: a row a row, a column a feature, and the mean of all last. Raises: ModelsMissing.
        """
        return np.asarray(self._booster().predict(features, pred_contrib=True), dtype=np.float64)

    def weights(self) -> Floats:
        """Give the share of what was learned that each feature brought. Raises: ModelsMissing."""
        gain = np.asarray(self._booster().feature_importance(importance_type="gain"), dtype=np.float64)
        return gain / max(float(gain.sum()), 1e-300)

    def _booster(self) -> Any:
        return library().Booster(model_str=self.text)


def library() -> Any:
    """Give the package. Raises: ModelsMissing."""
    try:
        import lightgbm  # noqa: PLC0415 (an extra)
    except (ImportError, OSError) as error:  # OSError: the package is there, the system's libgomp is not
        raise ModelsMissing(error=str(error)) from error
    return lightgbm


def is_there() -> bool:
    """Say whether the package is installed and its system library is there."""
    try:
        library()
    except ModelsMissing:
        return False
    return True


def learn(
    features: Floats,
    came: Flags,
    names: Sequence[str],
    *,
    watch: tuple[Floats, Flags] | None = None,
    rounds: int = ROUNDS,
) -> Trees:
    """
    Learn trees; with `watch`, people of a later time, stop once they are foretold no better.

    The same rows in the same order give the same trees, on any number of cores.

    Raises: ModelsMissing.
    """
    lightgbm = library()
    shape = {
        "objective": "binary",
        "metric": "binary_logloss",
        "learning_rate": 0.05,
        "num_leaves": _LEAVES,
        "min_data_in_leaf": _FEWEST_A_LEAF,
        "lambda_l2": 5.0,
        "feature_fraction": 0.8,
        "seed": 20261122,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,  # ticks and the door want the other cores, and threads that wait for one another wait long
        "verbosity": -1,
    }
    data = lightgbm.Dataset(features, label=came.astype(np.float64), feature_name=list(names), free_raw_data=True)
    if watch is None:
        booster = lightgbm.train(shape, data, num_boost_round=rounds)
        return Trees(text=booster.model_to_string(), rounds=rounds)
    later = lightgbm.Dataset(watch[0], label=watch[1].astype(np.float64), reference=data)
    booster = lightgbm.train(
        shape,
        data,
        num_boost_round=rounds,
        valid_sets=[later],
        callbacks=[lightgbm.early_stopping(_PATIENCE, verbose=False)],
    )
    best = max(int(booster.best_iteration), 1)
    return Trees(text=booster.model_to_string(num_iteration=best), rounds=best)
