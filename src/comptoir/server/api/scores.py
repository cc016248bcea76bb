"""Scores over the API: what is counted for each brand, how people are spread, who moved, and one person's scores."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.identity import profile
from comptoir.identity.profile import Profile
from comptoir.model.service import level_of
from comptoir.reports.service import EngineUnreachable
from comptoir.scores import plugin as plugins
from comptoir.scores.asking import NoSuchScore
from comptoir.scores.night import ScoresAreRunning
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.profiles import NoSuchProfile, normal
from comptoir.web import score_answers
from comptoir.web.customer_head import may_see

SUFFIXES = ("/scores", "/affinities")
"""How addresses below `/profiles` end that are answered here."""
_DAYS = 30


class ScoreRun(msgspec.Struct, kw_only=True):
    """How the last run for a brand ended, and what it found."""

    brand: str
    state: str
    """done, not_enough or failed."""
    as_of: datetime
    ran_at: datetime
    people_count: int
    change_count: int
    needs: dict[str, str]
    """What is missing to count honestly, by language."""
    found: int | None
    error: str
    report: dict[str, Any]
    done_as_of: datetime | None


class GivenScore(msgspec.Struct, kw_only=True):
    """A score that a plug-in gives: what its value counts, and the kinds it names, by language."""

    name: str
    words: dict[str, str]
    unit: str
    labels: dict[str, dict[str, str]]


class ScorePlugin(msgspec.Struct, kw_only=True):
    """A plug-in of scores."""

    name: str
    title: dict[str, str]
    says: dict[str, str]
    formula: dict[str, str]
    source: str
    gives: list[GivenScore]
    runs: list[ScoreRun]


class SpreadAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which brand, and how many days back it is compared with."""

    brand: str
    days: int = _DAYS


class MovedAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which brand, since when (default: thirty days), from and to which label, and how many at most."""

    brand: str
    since: datetime | None = None
    from_label: str = ""
    to_label: str = ""
    limit: int = 100


class PeopleAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which brand and label, and how many at most."""

    brand: str
    label: str = ""
    limit: int = 100


class DueAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which brand and category, and how many at most."""

    brand: str
    category: str
    limit: int = 100


class PersonDue(msgspec.Struct, kw_only=True):
    """Somebody who may buy of a category again. Units: `chance` 0 to 1, of buying in the next 30 days."""

    profile_id: str
    last_on: date
    due_on: date
    """By then half of all customers have bought again."""
    chance: float


class ScoreSpread(msgspec.Struct, kw_only=True):
    """How people are spread over a score, and how far that drifted since an earlier day."""

    score: str
    brand: str
    now_on: date | None
    then_on: date | None
    stability_index: float | None
    verdict: str | None
    """steady, shifted or moved."""
    buckets: list[dict[str, Any]]


class RunNow(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """As of when; default: as of last midnight. An earlier instant than what stands is counted and not kept."""

    as_of: datetime | None = None


class OwnScore(msgspec.Struct, kw_only=True):
    """One score of a person. Units: `top_share` 0 to 1, 0 is the best."""

    score: str
    brand: str
    value: float | None
    label: str | None
    top_share: float | None
    since: date | None
    as_of: datetime
    reasons: list[dict[str, str]]


class PersonScores(msgspec.Struct, kw_only=True):
    """A person's scores."""

    profile_id: str
    service_level: dict[str, str]
    """By brand: `gold`, or `other`."""
    scores: list[OwnScore]


class DrawnAsked(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """With a brand and a category: what was done there, rather than the list."""

    brand: str = ""
    category: str = ""
    limit: int = 50


def scores(call: Call) -> list[ScorePlugin]:
    """List the plug-ins and how they do."""
    return [
        ScorePlugin(
            name=one.plugin.name, title=dict(one.plugin.about.title), says=dict(one.plugin.about.says),
            formula=dict(one.plugin.about.formula), source=one.plugin.about.source,
            gives=[
                GivenScore(name=given.name, words=dict(given.words), unit=given.unit,
                           labels={label: dict(words) for label, words in given.labels.items()})
                for given in one.plugin.gives
            ],
            runs=[msgspec.convert(asdict(run), ScoreRun) for run in one.runs],
        )
        for one in score_answers.shelf(call.desk, call.who)
    ]  # fmt: skip


def progress(call: Call) -> dict[str, Any]:
    """Say how far a run is."""
    return {"running": score_answers.progress(call.desk, call.who)}


def run(call: Call) -> list[dict[str, Any]]:
    """Count a plug-in's scores now."""
    as_of: datetime | None = call.body.as_of
    return score_answers.run(
        call.desk,
        call.who,
        [call.path["name"]],
        as_of=as_of if as_of is None or as_of.tzinfo else as_of.replace(tzinfo=UTC),
    )


def spread(call: Call) -> ScoreSpread:
    """Say how people are spread."""
    found = score_answers.spread(call.desk, call.who, call.path["name"], call.query.brand, days=call.query.days)
    return msgspec.convert(asdict(found), ScoreSpread)


def moved(call: Call) -> list[dict[str, Any]]:
    """List who moved."""
    asked: MovedAsked = call.query
    since = asked.since or call.desk.clock.now() - timedelta(days=_DAYS)
    return score_answers.moved(
        call.desk, call.who, call.path["name"], asked.brand,
        since=since if since.tzinfo else since.replace(tzinfo=UTC),
        labels=(asked.from_label, asked.to_label), most=asked.limit,
    )  # fmt: skip


def people(call: Call) -> list[dict[str, Any]]:
    """List people of a score."""
    asked: PeopleAsked = call.query
    found = score_answers.people(
        call.desk, call.who, call.path["name"], asked.brand, label=asked.label, most=asked.limit
    )
    return [dict(row) for row in found]


def due(call: Call) -> list[PersonDue]:
    """List who is due in a category."""
    asked: DueAsked = call.query
    found = score_answers.due(call.desk, call.who, asked.brand, asked.category, most=asked.limit)
    return msgspec.convert(found, list[PersonDue])


def of_profile(call: Call) -> PersonScores:
    """Give a person's scores, and why."""
    found = found_by(call)
    own = score_answers.of_person(call.desk, call.who, found.profile_id)
    giving = {given.name: one.name for one in plugins.every() for given in one.gives}
    why = score_answers.reasons(call.desk, call.who, found.profile_id)
    return PersonScores(
        profile_id=found.profile_id,
        service_level={one.brand: level_of(one.label) for one in own if one.score == "gold" and one.label},
        scores=[
            OwnScore(
                **asdict(one),
                reasons=[
                    dict(said.words) for said in why if said.plugin == giving[one.score] and said.brand == one.brand
                ],
            )
            for one in own
        ],
    )


def drawn_to(call: Call) -> list[dict[str, Any]]:
    """Give what a person is drawn to; or, with a category, the pages that made it."""
    found = found_by(call)
    asked: DrawnAsked = call.query
    if asked.category:
        return score_answers.pages(
            call.desk, call.who, found.profile_id, brand=asked.brand, category=asked.category, most=asked.limit
        )
    return score_answers.affinities(call.desk, call.who, found.profile_id, most=asked.limit)


def found_by(call: Call) -> Profile:
    """Find the person of an address: by kind and value, or by profile id. Raises: NoSuchProfile."""
    with call.desk.state.read() as connection:
        if "kind" in call.path:
            kind = call.path["kind"]
            found = profile.read(connection, kind, normal(kind, call.path["value"]))
        else:
            found = profile.read_by_id(connection, call.path["profile_id"])
    if found is None or not may_see(call.desk, call.who, found):
        raise NoSuchProfile
    return found


ENDPOINTS = (
    Endpoint(
        method="GET", path="/scores", tag="Scores", right=Right.SEE_CUSTOMERS, answer=list[ScorePlugin], act=scores,
        summary="The scores that are counted, how, and what is missing where they are not.",
        errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="GET", path="/scores/progress", tag="Scores", right=Right.SEE_CUSTOMERS, answer=dict[str, Any],
        called="scores_progress", act=progress, summary="How far a run of scores is.", errors=(EngineUnreachable,),
    ),
    Endpoint(
        method="POST", path="/scores/{name}/run", tag="Scores", right=Right.CAMPAIGN, body=RunNow, called="scores_run",
        answer=list[dict[str, Any]], act=run, deed=Deed.SCORES_RUN, status=202, example={"as_of": None},
        summary="Count a plug-in's scores now; it goes on in the background.",
        errors=(NoSuchScore, ScoresAreRunning, EngineUnreachable),
    ),
    Endpoint(
        method="GET", path="/scores/{name}/spread", tag="Scores", right=Right.SEE_CUSTOMERS, query=SpreadAsked,
        called="scores_spread", answer=ScoreSpread, act=spread, errors=(NoSuchScore, EngineUnreachable),
        summary="How people are spread over a score, and how far that drifted.",
    ),
    Endpoint(
        method="GET", path="/scores/{name}/moved", tag="Scores", right=Right.SEE_CUSTOMERS, query=MovedAsked,
        called="scores_moved", answer=list[dict[str, Any]], act=moved, errors=(NoSuchScore, EngineUnreachable),
        summary="Who moved to another label or tenth, the latest first.",
    ),
    Endpoint(
        method="GET", path="/scores/{name}/people", tag="Scores", right=Right.SEE_CUSTOMERS, query=PeopleAsked,
        called="scores_people", answer=list[dict[str, Any]], act=people, errors=(NoSuchScore, EngineUnreachable),
        summary="People of a score, the best first, or those of a label.",
    ),
    Endpoint(
        method="GET", path="/scores/repurchase/due", tag="Scores", right=Right.SEE_CUSTOMERS, query=DueAsked,
        called="scores_due", answer=list[PersonDue], act=due, errors=(EngineUnreachable,),
        summary="Who is in the time of buying of a category again, the likeliest first.",
    ),
    Endpoint(
        method="GET", path="/profiles/{profile_id}/scores", tag="Scores", right=Right.SEE_CUSTOMERS,
        answer=PersonScores,
        called="profile_scores", act=of_profile, errors=(NoSuchProfile, EngineUnreachable),
        summary="The scores of a person, with their reasons.",
    ),
    Endpoint(
        method="GET", path="/profiles/{kind}/{value}/scores", tag="Scores", right=Right.SEE_CUSTOMERS,
        answer=PersonScores,
        called="identifier_scores", act=of_profile, errors=(NoSuchProfile, EngineUnreachable),
        summary="The same, by one identifier.",
    ),
    Endpoint(
        method="GET", path="/profiles/{profile_id}/affinities", tag="Scores", right=Right.SEE_CUSTOMERS,
        query=DrawnAsked,
        called="profile_affinities", answer=list[dict[str, Any]], act=drawn_to,
        errors=(NoSuchProfile, EngineUnreachable),
        summary="What a person is drawn to; or, with `brand` and `category`, the pages that made it.",
    ),
)  # fmt: skip
"""What the API says of scores."""
