"""
What the API takes and answers about scores, as types.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class GivenScore(TypedDict):
    """A score that a plug-in gives: what its value counts, and the kinds it names, by language."""

    name: str
    words: dict[str, str]
    unit: str
    labels: dict[str, dict[str, str]]


class OwnScore(TypedDict):
    """One score of a person. Units: `top_share` 0 to 1, 0 is the best."""

    score: str
    brand: str
    value: float | None
    label: str | None
    top_share: float | None
    since: str | None
    as_of: str
    reasons: list[dict[str, str]]


class PersonDue(TypedDict):
    """Somebody who may buy of a category again. Units: `chance` 0 to 1, of buying in the next 30 days."""

    profile_id: str
    last_on: str
    due_on: str
    chance: float


class PersonScores(TypedDict):
    """A person's scores."""

    profile_id: str
    service_level: dict[str, str]
    scores: list[OwnScore]


class RunNow(TypedDict):
    """As of when; default: as of last midnight. An earlier instant than what stands is counted and not kept."""

    as_of: NotRequired[str | None]


class ScorePlugin(TypedDict):
    """A plug-in of scores."""

    name: str
    title: dict[str, str]
    says: dict[str, str]
    formula: dict[str, str]
    source: str
    gives: list[GivenScore]
    runs: list[ScoreRun]


class ScoreRun(TypedDict):
    """How the last run for a brand ended, and what it found."""

    brand: str
    state: str
    as_of: str
    ran_at: str
    people_count: int
    change_count: int
    needs: dict[str, str]
    found: int | None
    error: str
    report: dict[str, Any]
    done_as_of: str | None


class ScoreSpread(TypedDict):
    """How people are spread over a score, and how far that drifted since an earlier day."""

    score: str
    brand: str
    now_on: str | None
    then_on: str | None
    stability_index: float | None
    verdict: str | None
    buckets: list[dict[str, Any]]
