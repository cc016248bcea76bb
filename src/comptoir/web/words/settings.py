"""Words of Settings."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "settings.nav": ("Réglages", "Settings"),
    "settings.title": ("Réglages", "Settings"),
    "settings.says": (
        "Marques, pays, expéditeurs, rôles et personnes.",
        "Brands, countries, senders, roles and people.",
    ),
}
