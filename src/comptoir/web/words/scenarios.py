"""Words of Scenarios."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "scenarios.nav": ("Scénarios", "Scenarios"),
    "scenarios.title": ("Scénarios", "Scenarios"),
    "scenarios.says": (
        "Ce que la boutique dit d’elle-même, à qui, quand, et ce que cela donne.",
        "What the shop says by itself, to whom, when, and what comes of it.",
    ),
}
