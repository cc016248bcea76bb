"""What the desk says of scores, to whom it may be said: for the screens, the API and the command line alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from comptoir.access.keys import list_brands
from comptoir.access.roles import Principal, Role
from comptoir.clock import micros
from comptoir.scores import drift
from comptoir.scores import plugin as plugins
from comptoir.scores.asking import NoSuchScore, giving
from comptoir.scores.plugin import Given, Score, Texts
from comptoir.web.view import Desk

_WORTH = frozenset({"worth_minor", "gold_worth_minor", "least_worth_minor"})
"""What a report says of margins, where people are compared by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the last run of a plug-in for a brand ended, and what it found."""

    brand: str
    state: str
    as_of: datetime
    ran_at: datetime
    people_count: int
    change_count: int
    needs: Texts
    """What is missing, by language; empty where nothing is."""
    found: int | None
    error: str
    report: Mapping[str, Any]
    """Figures of the last run that was done, as far as whoever asks may read them."""
    done_as_of: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A plug-in: what it is, what it gives, and how it does for each brand."""

    plugin: Score
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """People of a label, or of a stretch of values that begins at a number: then and now."""

    bucket: str
    then_count: int
    now_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How people are spread over a score, and how far that drifted."""

    score: str
    brand: str
    now_on: date | None
    then_on: date | None
    buckets: Sequence[Bucket]
    """Order: of labels, as the score lists them; else by value."""
    stability_index: float | None
    """None where no earlier day was counted."""
    verdict: drift.Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One score of one person."""

    score: str
    brand: str
    value: float | None
    label: str | None
    top_share: float | None
    since: date | None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One sentence that says why, by language."""

    plugin: str
    brand: str
    words: Texts


def may_read_cost(who: Principal) -> bool:
    """Say whether somebody may read what goods cost, and so margins."""
    return who.role in {Role.ADMIN, Role.FINANCE}


def may_read_money(who: Principal) -> bool:
    """Say whether somebody may read the shop's revenue."""
    return who.role is not Role.SUPPORT


def given(score: str) -> Given:
    """Give what is known of a score. Raises: NoSuchScore."""
    return next(one for one in giving(score).gives if one.name == score)


def shelf(desk: Desk, who: Principal) -> list[Shown]:
    """List the scores that are installed, and how they do for each brand somebody may see. Order: by name."""
    runs: dict[str, list[Run]] = {}
    for row in desk.ask({"kind": "score_runs"}).to_pylist():
        if who.may_see(row["brand"]):
            runs.setdefault(row["plugin"], []).append(_run(row, who))
    return [Shown(plugin=one, runs=runs.get(one.name, [])) for one in plugins.every()]


def _run(row: Mapping[str, Any], who: Principal) -> Run:
    last, done = msgspec.json.decode(row["report"]), msgspec.json.decode(row["done_report"] or "{}")
    return Run(
        brand=row["brand"], state=row["state"], as_of=_aware(row["as_of"]), ran_at=_aware(row["ran_at"]),
        people_count=row["people_count"], change_count=row["change_count"], needs=last.get("needs", {}),
        found=last.get("found") if "needs" in last else None, error=str(last.get("error", "")),
        report=readable(done, who), done_as_of=row["done_as_of"] and _aware(row["done_as_of"]),
    )  # fmt: skip


def readable(report: Mapping[str, Any], who: Principal) -> dict[str, Any]:
    """Give of a report what somebody may read: support no money of the shop, and no margin but who may read costs."""
    kept = dict(report)
    if not may_read_cost(who) and kept.get("measure") == "margin":
        kept = {name: value for name, value in kept.items() if name not in _WORTH}
    if not may_read_money(who):
        kept = {name: value for name, value in kept.items() if name != "spend" and not name.endswith("_minor")}
    return kept


def spread(desk: Desk, who: Principal, score: str, brand: str, *, days: int = 30) -> Spread:
    """Say how people are spread over a score now, and were so many days before. Raises: NoSuchScore, NotAllowed."""
    labels = list(given(score).labels)
    who.check_brand(brand)
    rows = desk.ask({"kind": "score_spread", "score": score, "brand": brand, "days": days}).to_pylist()
    buckets = [
        Bucket(bucket=row["bucket"], then_count=row["then_count"], now_count=row["now_count"])
        for row in sorted(rows, key=lambda row: _place(row["bucket"], labels))
    ]
    then_on = rows[0]["then_on"] if rows else None
    index = None
    if then_on is not None:
        index = drift.stability_index(
            {one.bucket: one.then_count for one in buckets}, {one.bucket: one.now_count for one in buckets}
        )
    return Spread(
        score=score, brand=brand, now_on=rows[0]["now_on"] if rows else None, then_on=then_on, buckets=buckets,
        stability_index=index, verdict=None if index is None else drift.verdict(index),
    )  # fmt: skip


def _place(bucket: str, labels: Sequence[str]) -> tuple[int, float, str]:
    if bucket in labels:
        return labels.index(bucket), 0.0, ""
    try:
        return len(labels), float(bucket), ""
    except ValueError:
        return len(labels), 0.0, bucket


def moved(
    desk: Desk, who: Principal, score: str, brand: str, *, since: datetime, labels: tuple[str, str] = ("", ""),
    most: int = 100,
) -> list[dict[str, Any]]:  # fmt: skip
    """
    List who moved since an instant: all, or from one label to another (empty for any).

    Order: the latest first. Raises: NoSuchScore, NotAllowed.
    """
    known = given(score)
    who.check_brand(brand)
    asked = {
        "kind": "score_moved", "score": score, "brand": brand, "since_at": micros(since), "from_label": labels[0],
        "to_label": labels[1], "most": most,
    }  # fmt: skip
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    hidden = {} if may_read_value(known, who) else {"from_value": None, "to_value": None}
    return [row | hidden | {"as_of": _aware(row["as_of"])} for row in rows]


def may_read_value(score: Given, who: Principal) -> bool:
    """Say whether somebody may read the value of a score: of people's money, support may not."""
    if score.is_finance:
        return who.role is Role.ADMIN
    return score.unit != "money" or may_read_money(who)


def people(
    desk: Desk, who: Principal, score: str, brand: str, *, label: str = "", most: int = 100
) -> list[Mapping[str, Any]]:
    """
    List people of a score, or of a label.

    Order: the best first. Raises: NoSuchScore, NotAllowed.
    """
    known = given(score)
    who.check_brand(brand)
    asked = {"kind": "score_people", "score": score, "brand": brand, "label": label, "most": most}
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    hidden = {} if may_read_value(known, who) else {"value": None}
    return [row | hidden | {"as_of": _aware(row["as_of"])} for row in rows]


def due(desk: Desk, who: Principal, brand: str, category: str, *, most: int = 100) -> list[dict[str, Any]]:
    """
    List who is in the time of buying of a category again: since when, by when, and the chance of the next 30 days.

    Order: the likeliest first. Raises: NotAllowed.
    """
    who.check_brand(brand)
    asked = {"kind": "score_due", "brand": brand, "category": category, "most": most}
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    return rows


def of_person(desk: Desk, who: Principal, profile_id: str) -> list[Own]:
    """Give the scores of one person, of the brands that somebody may see. Order: by score and brand."""
    rows = desk.ask({"kind": "scores_of", "profile_id": profile_id, "brands": sorted(who.brands)}).to_pylist()
    known = {one.name: one for plugin in plugins.every() for one in plugin.gives}
    return [
        Own(
            score=row["score"], brand=row["brand"], label=row["label"], top_share=row["top_share"], since=row["since"],
            value=row["value"] if may_read_value(known[row["score"]], who) else None, as_of=_aware(row["as_of"]),
        )
        for row in rows
        if row["score"] in known
    ]  # fmt: skip


def reasons(desk: Desk, who: Principal, profile_id: str) -> list[Why]:
    """Say why one person has her scores. Order: by brand and plug-in, as each says them."""
    rows = desk.ask({"kind": "score_reasons", "profile_id": profile_id}).to_pylist()
    return [
        Why(plugin=row["plugin"], brand=row["brand"], words={"en": row["en"], "fr": row["fr"]})
        for row in rows
        if who.may_see(row["brand"]) and (may_read_cost(who) or not row["is_finance"])
    ]


def affinities(desk: Desk, who: Principal, profile_id: str, *, most: int = 20) -> list[dict[str, Any]]:
    """Give the categories that one person is drawn to. Order: the strongest first."""
    asked = {"kind": "score_affinities", "profile_id": profile_id, "brands": sorted(who.brands), "most": most}
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    return [row | {"as_of": _aware(row["as_of"])} for row in rows]


def pages(
    desk: Desk, who: Principal, profile_id: str, *, brand: str, category: str, most: int = 50
) -> list[dict[str, Any]]:
    """List the pages, baskets and orders that made an affinity. Order: the latest first. Raises: NotAllowed."""
    who.check_brand(brand)
    asked = {"kind": "score_pages", "profile_id": profile_id, "brand": brand, "category": category, "most": most}
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    return [row | {"occurred_at": _aware(row["occurred_at"])} for row in rows]


def run(
    desk: Desk, who: Principal, names: Sequence[str] = (), *, as_of: datetime | None = None
) -> list[dict[str, Any]]:
    """
    Count scores now, of the brands that somebody may see: in the background where an engine runs (`progress`).

    Raises: NoSuchScore, ScoresAreRunning, EngineUnreachable.
    """
    known = {one.name for one in plugins.every()}
    for name in names:
        if name not in known:
            raise NoSuchScore(score=name, known=sorted(known))
    brands = [brand.name for brand in list_brands(desk.state) if who.may_see(brand.name)]
    asked = {
        "kind": "score_run", "names": list(names), "brands": brands,
        "as_of_at": None if as_of is None else micros(as_of),
    }  # fmt: skip
    rows: list[dict[str, Any]] = desk.ask(asked).to_pylist()
    return [
        row | {"as_of": _aware(row["as_of"]), "report": readable(msgspec.json.decode(row["report"]), who)}
        for row in rows
    ]


def progress(desk: Desk, who: Principal) -> dict[str, Any] | None:
    """Say how far a run is, and at what if that is somebody's to see; None where none is under way."""
    rows: list[dict[str, Any]] = desk.ask({"kind": "score_progress"}).to_pylist()
    if not rows:
        return None
    return rows[0] if who.may_see(rows[0]["brand"]) else rows[0] | {"brand": "", "plugin": ""}


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
