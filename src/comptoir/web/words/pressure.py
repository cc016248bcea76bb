"""Words of Pressure."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "pressure.nav": ("Pression", "Pressure"),
    "pressure.title": ("Pression", "Pressure"),
    "pressure.says": (
        "Combien de messages chacun reçoit, et les règles qui le limitent.",
        "How many messages each person gets, and the rules that limit it.",
    ),
}
