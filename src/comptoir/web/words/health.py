"""Words of Health."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "health.nav": ("Santé", "Health"),
    "health.title": ("Santé", "Health"),
    "health.says": (
        "Si tout tourne, ce qui prend du retard, et ce qui est sauvegardé.",
        "Whether all is running, what lags behind, and what is backed up.",
    ),
}
