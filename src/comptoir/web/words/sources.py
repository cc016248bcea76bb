"""Words of Sources."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "sources.nav": ("Sources", "Sources"),
    "sources.title": ("Sources", "Sources"),
    "sources.says": (
        "D’où viennent les données, et quand elles sont venues la dernière fois.",
        "Where data comes from, and when it last came.",
    ),
}
