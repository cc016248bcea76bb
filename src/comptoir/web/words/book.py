"""All words of the screens: key → French and English. French signs get their narrow spaces when spoken."""

from __future__ import annotations

from comptoir.web.words import (
    audience,
    audit,
    carts,
    customers,
    erasing,
    frame,
    guide,
    health,
    known,
    live,
    matching,
    message_fate,
    messages,
    onsite,
    plan,
    pressure,
    pulls,
    quality,
    results,
    scenario_forms,
    scenarios,
    scores,
    segments,
    settings,
    sources,
    today,
    tour,
    traits,
    wrongs,
    wrongs_acting,
    wrongs_sources,
    wrongs_who,
)

_PARTS = (
    frame, today, guide, live, customers, erasing, matching, carts, segments, traits, scores, scenarios, scenario_forms,
    messages, message_fate, onsite, pressure, results, sources, pulls, health, settings, audit, tour, plan, audience,
    quality, known, wrongs, wrongs_acting, wrongs_sources, wrongs_who,
)  # fmt: skip


def _bound() -> dict[str, tuple[str, str]]:
    words: dict[str, tuple[str, str]] = {}
    for part in _PARTS:
        twice = words.keys() & part.WORDS.keys()
        assert not twice, f"said twice: {sorted(twice)}"
        words |= part.WORDS
    return words


WORDS = _bound()
