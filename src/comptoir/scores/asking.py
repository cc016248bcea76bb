"""
Questions about scores, as the engine answers them: each is a mapping, each answer a table.

Kinds: `score_runs`, `score_run`, `score_progress`, `score_spread`, `score_moved`, `score_people`, `scores_of`,
`score_reasons`, `score_due`, `score_affinities`, `score_pages`, `score_labels`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa

from comptoir import plugins as found_plugins
from comptoir.clock import instant
from comptoir.errors import ComptoirError
from comptoir.scores import affinity, rebuy, store
from comptoir.scores import plugin as plugins
from comptoir.scores.night import Nights, Ran, prepare
from comptoir.scores.plugin import Asked, Score, Standing
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
MOST = 10_000
_REASONS = pa.schema(
    {"plugin": pa.string(), "brand": pa.string(), "en": pa.string(), "fr": pa.string(), "is_finance": pa.bool_()}
)
_DUES = pa.schema({"profile_id": pa.string(), "last_on": pa.date32(), "due_on": pa.date32(), "chance": pa.float64()})
_RUNS = pa.schema({
    "plugin": pa.string(), "brand": pa.string(), "state": pa.string(), "as_of": pa.timestamp("us"),
    "ran_at": pa.timestamp("us"), "people_count": pa.int64(), "change_count": pa.int64(), "report": pa.string(),
    "done_as_of": pa.timestamp("us"), "done_report": pa.string(),
})  # fmt: skip


class NoSuchScore(ComptoirError, LookupError):
    """No score has this name."""

    code, status = "no_such_score", 404
    hint = "`comptoir score list` names the scores that are installed."


def giving(score: str) -> Score:
    """Give the plug-in that gives a score. Raises: NoSuchScore."""
    for one in plugins.every():
        if score in {given.name for given in one.gives}:
            return one
    raise NoSuchScore(score=score)


def answer(
    nights: Nights, zones: Mapping[str, str], request: Mapping[str, Any], *, now: datetime, in_background: bool = False
) -> pa.Table:
    """
    Answer a question; a run that is asked for may go on in the background.

    Raises: NoSuchScore, ScoresAreRunning; KeyError where a part of the question is missing.
    """
    if request["kind"] == "score_run":
        return _run(nights, zones, request, now=now, in_background=in_background)
    if request["kind"] == "score_progress":
        return _progress(nights)
    with nights.warehouse.cursor() as cursor:
        if request["kind"] == "score_reasons":
            return _reasons(cursor, nights, zones, str(request["profile_id"]))
        if request["kind"] == "score_due":
            return _due(cursor, nights, zones, request)
        if request["kind"] == "score_pages":
            return _pages(cursor, nights, zones, request, now)
        return _ANSWERS[request["kind"]](cursor, request)


def _run(
    nights: Nights, zones: Mapping[str, str], request: Mapping[str, Any], *, now: datetime, in_background: bool
) -> pa.Table:
    names = [str(name) for name in request.get("names", ())]
    known = {point.name for point in found_plugins.offered(found_plugins.Kind.SCORE)}
    for name in names:
        if name not in known:
            raise NoSuchScore(score=name, known=sorted(known))
    as_of = None if request.get("as_of_at") is None else instant(int(request["as_of_at"]))
    brands = set(request.get("brands") or zones)
    wanted = {brand: zone for brand, zone in zones.items() if brand in brands}
    if not in_background:
        return told(nights.run(wanted, now, names=names or _all_names(), as_of=as_of))
    work = nights.beginning(wanted, now, names=names or _all_names(), as_of=as_of)
    threading.Thread(target=work, name="scores", daemon=True).start()
    return told([])


def _all_names() -> list[str]:
    return [one.name for one in plugins.every()]


def told(ran: Sequence[Ran]) -> pa.Table:
    """Write how runs ended. Grain: one row a plug-in and brand."""
    rows = [
        {
            "plugin": one.plugin, "brand": one.brand, "state": one.state, "as_of": _naive(one.as_of),
            "people_count": one.people_count, "change_count": one.change_count, "seconds": one.seconds,
            "is_kept": one.is_kept, "report": _json(one.report),
        }
        for one in ran
    ]  # fmt: skip
    schema = pa.schema({
        "plugin": pa.string(), "brand": pa.string(), "state": pa.string(), "as_of": pa.timestamp("us"),
        "people_count": pa.int64(), "change_count": pa.int64(), "seconds": pa.float64(), "is_kept": pa.bool_(),
        "report": pa.string(),
    })  # fmt: skip
    return pa.Table.from_pylist(rows, schema)


def _progress(nights: Nights) -> pa.Table:
    at = nights.progress
    schema = pa.schema({"plugin": pa.string(), "brand": pa.string(), "done": pa.int64(), "whole": pa.int64()})
    return pa.Table.from_pylist([] if at is None else [asdict(at)], schema)


def _runs(cursor: Cursor, _request: Mapping[str, Any]) -> pa.Table:
    rows = [
        asdict(one)
        | {"report": _json(one.report), "done_report": _json(one.done_report), "as_of": _naive(one.as_of)}
        | {"ran_at": _naive(one.ran_at), "done_as_of": one.done_as_of and _naive(one.done_as_of)}
        for one in store.runs(cursor).values()
    ]
    return pa.Table.from_pylist(rows, _RUNS)


def _spread(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "spread").table(
        cursor, score=str(request["score"]), brand=str(request["brand"]), days=int(request.get("days", 30))
    )


def _moved(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "moved").table(
        cursor, score=str(request["score"]), brand=str(request["brand"]),
        since_at=_naive(instant(int(request.get("since_at", 0)))), from_label=str(request.get("from_label", "")),
        to_label=str(request.get("to_label", "")), most=_most(request),
    )  # fmt: skip


def _people(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "people_of").table(
        cursor, score=str(request["score"]), brand=str(request["brand"]), label=str(request.get("label", "")),
        most=_most(request),
    )  # fmt: skip


def _scores_of(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "scores_of").table(
        cursor, profile_id=str(request["profile_id"]), brands=list(request.get("brands", ()))
    )


def _affinities(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "affinities_of").table(
        cursor, profile_id=str(request["profile_id"]), brands=list(request.get("brands", ())), most=_most(request)
    )


def _labels(cursor: Cursor, request: Mapping[str, Any]) -> pa.Table:
    return load(_PACKAGE, "labels_of").table(
        cursor, score=str(request["score"]), brands=list(request.get("brands", ())),
        profile_ids=[str(one) for one in request["profile_ids"]][:MOST],
    )  # fmt: skip


def _due(cursor: Cursor, nights: Nights, zones: Mapping[str, str], request: Mapping[str, Any]) -> pa.Table:
    """Say who is due in a category, as of the last run. Grain: one row a person. Order: the likeliest first."""
    brand = str(request["brand"])
    run = store.runs(cursor).get((rebuy.NAME, brand))
    if run is None or run.done_as_of is None:
        return pa.Table.from_pylist([], _DUES)
    asked = Asked(brand=brand, as_of=run.done_as_of, zone=zones.get(brand, "UTC"), settings=nights.settings)
    artifact = store.artifact_of(cursor, rebuy.NAME, brand)
    found = rebuy.due_in(cursor, prepare(cursor, asked), str(request["category"]), artifact)
    return pa.Table.from_pylist([asdict(one) for one in found[: _most(request)]], _DUES)


_ANSWERS: Mapping[str, Callable[[Cursor, Mapping[str, Any]], pa.Table]] = {
    "score_runs": _runs,
    "score_spread": _spread,
    "score_moved": _moved,
    "score_people": _people,
    "scores_of": _scores_of,
    "score_affinities": _affinities,
    "score_labels": _labels,
}


def _reasons(cursor: Cursor, nights: Nights, zones: Mapping[str, str], profile_id: str) -> pa.Table:
    """Say why one person has her scores. Grain: one row a sentence. Order: by brand and plug-in, as each says them."""
    scores = load(_PACKAGE, "scores_of").table(cursor, profile_id=profile_id, brands=[]).to_pylist()
    last, rows = store.runs(cursor), []
    for brand in sorted({row["brand"] for row in scores}):
        zone = zones.get(brand, "UTC")
        asked, stands = None, None
        for one in plugins.every():
            run = last.get((one.name, brand))
            if run is None or run.done_as_of is None:
                continue
            if asked is None or stands != run.done_as_of:
                stands = run.done_as_of
                before = Asked(brand=brand, as_of=stands, zone=zone, settings=nights.settings)
                asked = prepare(cursor, before, profile_id=profile_id)
            standing = _standing(cursor, one, run, profile_id, [row for row in scores if row["brand"] == brand])
            rows += [
                {"plugin": one.name, "brand": brand, "is_finance": reason.is_finance, **reason.words}
                for reason in one.explain(cursor, asked, standing)
            ]
    return pa.Table.from_pylist(rows, _REASONS)


def _pages(
    cursor: Cursor, nights: Nights, zones: Mapping[str, str], request: Mapping[str, Any], now: datetime
) -> pa.Table:
    brand = str(request["brand"])
    asked = Asked(brand=brand, as_of=now, zone=zones.get(brand, "UTC"), settings=nights.settings)
    asked = prepare(cursor, asked, profile_id=str(request["profile_id"]))
    return affinity.pages(cursor, asked, str(request["category"]), most=_most(request))


def _standing(
    cursor: Cursor, score: Score, run: store.Run, profile_id: str, rows: Sequence[Mapping[str, Any]]
) -> Standing:
    names = {given.name for given in score.gives}
    own = {row["score"]: row for row in rows if row["score"] in names}
    return Standing(
        profile_id=profile_id,
        values={name: row["value"] for name, row in own.items()},
        labels={name: row["label"] for name, row in own.items()},
        top_shares={name: row["top_share"] for name, row in own.items()},
        report=run.done_report,
        artifact=store.artifact_of(cursor, score.name, run.brand),
    )


def _most(request: Mapping[str, Any]) -> int:
    return max(1, min(MOST, int(request.get("most", 100))))


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)


def _json(report: Mapping[str, Any]) -> str:
    return msgspec.json.encode(dict(report), enc_hook=str).decode()
