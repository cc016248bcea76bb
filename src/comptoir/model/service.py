"""How a customer is served: the tenth of a brand's buyers who are worth most, and everybody else."""

from __future__ import annotations

SERVICE_LEVEL = "service_level"
"""Its name where people are told of: in lists that are taken away, in the API, in the words of messages."""
GOLD, STANDARD = "gold", "standard"


def level_of(label: str | None) -> str:
    """Give the level of service that belongs to a label of the score `gold`."""
    return GOLD if label == GOLD else STANDARD
