"""Charts as SVG, drawn here: they print, need no script, and read their colors from the style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup


def spark(figures: Sequence[int], says: str) -> Markup:
    """
    Draw a spark-line: a bar for each part of a stretch of time, the last one the present.

    Units: `figures` in whatever they count; the tallest bar is the largest.
    """
    most = max([*figures, 1])
    pitch = max(4.0, min(12.0, 168 / max(1, len(figures))))
    bars = [
        Markup('<rect class="{}" x="{:g}" y="{}" width="{:g}" height="{}" rx="{:g}"/>').format(
            "now" if place == len(figures) - 1 else "past",
            round(place * pitch, 2),
            32 - height,
            round(pitch * 0.75, 2),
            height,
            min(1.5, round(pitch / 8, 2)),
        )
        for place, height in ((place, max(2, round(32 * figure / most))) for place, figure in enumerate(figures))
    ]
    width = max(1, round(len(figures) * pitch - pitch * 0.25))
    head = Markup(
        '<svg class="spark" viewBox="0 0 {0} 32" width="{0}" height="32" role="img" aria-label="{1}">'
    ).format(width, says)
    return head + Markup().join(bars) + Markup("</svg>")


def interval(low: float, value: float, high: float, *, least: float, most: float, is_clear: bool, says: str) -> Markup:
    """
    Draw an estimate with its interval on a scale from `least` to `most`, which hold nothing (0) and the interval.

    What is clear has a filled dot and a full line, what is not an empty dot and a broken line: never color alone.
    """
    width = most - least or 1.0

    def place(at: float) -> float:
        return round(8 + 224 * (at - least) / width, 1)

    kind = ("clear up" if value > 0 else "clear down") if is_clear else "open"
    return Markup(
        '<svg class="interval {}" viewBox="0 0 240 24" role="img" aria-label="{}">'
        '<path class="nothing" d="M{} 1V23"/><path class="reach" d="M{} 12H{}M{} 7V17M{} 7V17"/>'
        '<circle cx="{}" cy="12" r="5"/></svg>'
    ).format(kind, says, place(0), place(low), place(high), place(low), place(high), place(value))


def trend(days: Sequence[tuple[str, int]], number: Callable[[int], str], says: str) -> Markup:
    """
    Draw how a count moved: a point a day, the first and the last day named, zero and the largest at the edge.

    Order: as the days pass. Units: `days` in whatever they count. The table stands beside it.
    """
    most = max([*(figure for _, figure in days), 1])
    wide = max(1, len(days) - 1)
    places = [
        (round(64 + 640 * place / wide, 1), round(16 + 150 * (1 - figure / most), 1))
        for place, (_, figure) in enumerate(days)
    ]
    line = "L".join(f"{x} {y}" for x, y in places)
    return Markup(
        '<svg class="trend" viewBox="0 0 720 200" role="img" aria-label="{says}">'
        '<path class="grid" d="M64 16H704M64 91H704M64 166H704"/><path class="area" d="M64 166L{line}L{last} 166Z"/>'
        '<path class="line" d="M{line}"/><text class="end" x="56" y="20">{most}</text>'
        '<text class="end" x="56" y="170">{zero}</text><text x="64" y="190">{first}</text>'
        '<text class="end" x="704" y="190">{until}</text></svg>'
    ).format(
        says=says,
        line=line,
        last=places[-1][0] if places else 64,
        most=number(most),
        zero=number(0),
        first=days[0][0] if days else "",
        until=days[-1][0] if days else "",
    )


def histogram(bars: Sequence[tuple[str, int, str]], *, says: str) -> Markup:
    """
    Draw how many there are of each: a label below each bar, and what it says above. The table stands beside it.

    Units: the tallest bar is the largest.
    """
    most = max([*(count for _, count, _ in bars), 1])
    pitch, tall = 72, 140
    drawn = [
        Markup(
            '<rect x="{x}" y="{y}" width="48" height="{height}" rx="3"/><text x="{middle}" y="{above}">{says}</text>'
            '<text class="label" x="{middle}" y="{below}">{label}</text>'
        ).format(
            x=place * pitch + 12,
            y=24 + tall - height,
            height=height,
            middle=place * pitch + 36,
            above=18 + tall - height,
            below=24 + tall + 18,
            says=figure,
            label=label,
        )
        for place, (label, height, figure) in enumerate(
            (label, max(2, round(tall * count / most)), figure) for label, count, figure in bars
        )
    ]
    head = Markup('<svg class="histogram" viewBox="0 0 {0} 190" width="{0}" height="190" role="img" aria-label="{1}">')
    return head.format(max(1, len(bars)) * pitch, says) + Markup().join(drawn) + Markup("</svg>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a funnel: its words, and how many got there."""

    label: str
    figure: int


def funnel(steps: Sequence[Step], number: Callable[[int], str], percent: Callable[[float], str], says: str) -> Markup:
    """Draw a funnel: a bar a step, as wide as its share of the first, with how many of the step before got there."""
    most = max([*(step.figure for step in steps), 1])
    lines = []
    before: int | None = None
    for place, step in enumerate(steps):
        top = place * 52
        share = "" if not before else percent(step.figure / before)
        lines.append(
            Markup(
                '<text class="label" x="0" y="{}">{}</text><text class="figure" x="600" y="{}">{}</text>'
                '<rect class="all" x="0" y="{}" width="600" height="20" rx="4"/>'
                '<rect class="part" x="0" y="{}" width="{:g}" height="20" rx="4"/>'
            ).format(
                top + 14,
                step.label,
                top + 14,
                f"{number(step.figure)} · {share}" if share else number(step.figure),
                top + 22,
                top + 22,
                round(600 * step.figure / most, 1),
            )
        )
        before = step.figure
    head = Markup('<svg class="funnel" viewBox="0 0 600 {}" role="img" aria-label="{}">').format(
        len(steps) * 52 - 8, says
    )
    return head + Markup().join(lines) + Markup("</svg>")
