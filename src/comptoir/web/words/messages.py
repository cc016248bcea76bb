"""Words of Messages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "messages.nav": ("Messages", "Messages"),
    "messages.title": ("Messages", "Messages"),
    "messages.says": (
        "Les modèles, ce qui est parti, et ce qui attend.",
        "Templates, what has left, and what waits.",
    ),
}
