"""Words of Carts."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "carts.nav": ("Paniers", "Carts"),
    "carts.title": ("Paniers", "Carts"),
    "carts.says": (
        "Les paniers en cours, laissés et commandés, et ce qu’ils contiennent.",
        "Carts in progress, left and ordered, and what is in them.",
    ),
}
