"""What every score shares: its arrays, and the honest answer where there is too little to count from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comptoir.errors import ComptoirError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

MILLIONTHS = 1_000_000
"""Amounts are whole millionths of the shop's currency: exact, as files write at most six decimals."""


class NotEnoughHistory(ComptoirError, ValueError):
    """There is too little history to count from."""

    code, status = "not_enough_history", 409
    hint = "Give more customers, a longer time, or a later day: `needs` says what is asked, `found` what there is."


class AmountsTooLarge(ComptoirError, OverflowError):
    """The amounts of this file add up to more than can be counted exactly."""

    code, status = "amounts_too_large", 400
    hint = "Amounts may add up to nine million million; say them in a larger unit."
