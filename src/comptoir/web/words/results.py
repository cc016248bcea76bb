"""Words of Results."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "results.nav": ("Résultats", "Results"),
    "results.title": ("Résultats", "Results"),
    "results.says": (
        "Ce que les messages ont rapporté, face à ceux qui n’en ont pas reçu.",
        "What messages brought, beside people who got none.",
    ),
}
