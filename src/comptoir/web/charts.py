"""Charts as SVG, drawn here: they print, need no script, and read their colors from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup


def spark(figures: Sequence[int], says: str) -> Markup:
    """
    Draw a spark-line: a bar a day, the last one the present day.

    Units: `figures` in whatever they count; the tallest bar is the largest.
    """
    most = max([*figures, 1])
    bars = [
        Markup('<rect class="{}" x="{}" y="{}" width="9" height="{}" rx="1.5"/>').format(
            "now" if place == len(figures) - 1 else "past", place * 12, 32 - height, height
        )
        for place, height in ((place, max(2, round(32 * figure / most))) for place, figure in enumerate(figures))
    ]
    head = Markup('<svg class="spark" viewBox="0 0 {} 32" role="img" aria-label="{}">').format(
        max(1, len(figures) * 12 - 3), says
    )
    return head + Markup().join(bars) + Markup("</svg>")
