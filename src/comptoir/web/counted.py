"""What is counted of people for other programs: their service level, computed traits and scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from comptoir.access.roles import Principal
from comptoir.errors import ComptoirError
from comptoir.model.service import GOLD, SERVICE_LEVEL, STANDARD, level_of
from comptoir.segments.traits.definition import DAY, OF_NUMBERS, Made, Trait
from comptoir.segments.traits.keep import TRAITS
from comptoir.web import score_answers, trait_reach, trait_says
from comptoir.web.view import Desk

_NUMBERS = frozenset({Made.COUNT, Made.DAYS_SINCE, Made.RATIO, *OF_NUMBERS})


def traits(desk: Desk, who: Principal) -> dict[str, Trait]:
    """Give the computed traits that are live and that somebody may see. Order: by key."""
    with desk.state.read() as connection:
        live = TRAITS.live(connection)
    found = {key: trait_says.read(text) for key, (_, text) in live.items()}
    return {key: trait for key, trait in found.items() if trait_reach.may_see(trait, who)}


def values(desk: Desk, keys: Collection[str], profile_ids: Sequence[str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Give what computed traits come to, by person and trait. Raises: what the engine says."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    if keys and profile_ids:
        asked = {"kind": "trait", "do": "of_people", "traits": sorted(keys), "profile_ids": list(profile_ids)}
        for row in desk.ask(asked).to_pylist():
            found.setdefault(row["profile_id"], {})[row["trait"]] = row
    return found


def written(desk: Desk, who: Principal, profile_ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """Give the computed traits of people as words of messages write them; none while the engine is away."""
    try:
        found = values(desk, traits(desk, who), profile_ids)
    except ComptoirError:
        return {}
    return {person: {key: _said(row) for key, row in mine.items()} for person, mine in found.items()}


def _said(row: Mapping[str, Any]) -> object:
    return row["said"][0] if len(row["said"]) == 1 else row["said"]


def levels(desk: Desk, brands: Collection[str], profile_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give the service level of people by person and brand; none: all brands. Raises: what the engine says."""
    asked = {"kind": "score_labels", "score": "gold", "profile_ids": list(profile_ids), "brands": sorted(brands)}
    found: dict[str, dict[str, str]] = {}
    for row in desk.ask(asked).to_pylist() if profile_ids else ():
        found.setdefault(row["profile_id"], {})[row["brand"]] = level_of(row["label"])
    return found


def levels_known(desk: Desk, profile_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give the service level of people in each brand; none while the engine is away."""
    try:
        return levels(desk, (), profile_ids)
    except ComptoirError:
        return {}


def best(levels_of: Mapping[str, str]) -> str:
    """Give the best of somebody's levels: whoever no brand calls gold has the standard one."""
    return GOLD if GOLD in levels_of.values() else STANDARD


def field(trait: Trait) -> tuple[str, pa.DataType]:
    """Name the column of a trait in a list that is taken away, and what it holds."""
    name = f"trait_{trait.key}"
    if trait.made in _NUMBERS:
        return name, pa.float64()
    return name, pa.date32() if trait.value == DAY else pa.string()


def cell(trait: Trait, row: Mapping[str, Any] | None) -> float | date | str | None:
    """Give what stands in that column: several texts are joined; nothing where nothing counts."""
    if row is None:
        return None
    if trait.made in _NUMBERS:
        return None if row["number"] is None else float(row["number"])
    found: date | str = row["day"] if trait.value == DAY else "; ".join(row["said"])
    return found


def told(desk: Desk, who: Principal, profile_id: str) -> dict[str, object]:
    """Give what the profile API says beside who somebody is. Raises: what the engine says."""
    known = traits(desk, who)
    mine = values(desk, known, [profile_id]).get(profile_id, {})
    own = levels(desk, who.brands, [profile_id]).get(profile_id, {})
    return {
        SERVICE_LEVEL: best(own),
        "service_levels": own,
        "computed_traits": {
            key: _said(row) for key, row in sorted(mine.items())
        },
        "scores": [
            {"score": one.score, "brand": one.brand, "value": one.value, "label": one.label,
             "top_share": one.top_share, "since": one.since, "as_of": one.as_of}
            for one in score_answers.of_person(desk, who, profile_id)
        ],
    }  # fmt: skip
