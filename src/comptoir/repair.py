"""Repair: refused events looked at, mended and sent in again, one or a hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from comptoir import logs, plugins
from comptoir.app import App, ask_warehouse, open_app
from comptoir.clock import micros
from comptoir.collect import failed, parse, pipeline
from comptoir.collect.dialects.base import Dialect
from comptoir.collect.failed import Failed, NotMendable
from comptoir.collect.plan.store import Plans
from comptoir.collect.rows import repairs
from comptoir.collect.seen import Seen
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.model.event import Line, Type, encode
from comptoir.model.tick import SpoolName
from comptoir.sources import again
from comptoir.sources.base import ColumnMissing, FileUnreadable, MappingBroken
from comptoir.sources.shape import Run
from comptoir.spool.base import Parcel

log = logs.get("repair")

Item = TypeVar("Item")
Progress = Callable[[int, int], None]
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
PARCEL_LINES = 1_000
EVERYTHING = 1_000_000
MOST_AGAIN = 200_000
"""Refused events sent in again that are told apart from those that wait, the latest first."""


class NoSuchFailed(ComptoirError, LookupError):
    """No refused event has this id."""

    code, status = "no_such_failed", 404
    hint = "List them with `comptoir failed list`."


class NothingChosen(ComptoirError, ValueError):
    """It was not said which refused events."""

    code, status = "nothing_chosen", 400
    hint = "Give ids, or all of one reason with --reason."


def listed(settings: Settings, *, reason: str | None, limit: int) -> list[dict[str, object]]:
    """List refused events with whether they were mended or sent in again. Order: newest first."""
    app = open_app(settings)
    try:
        found = list(_found(app, [], reason, limit))
        states = _states(app)
    finally:
        app.close()
    return [
        {
            "failed_id": one.failed_id,
            "reason": one.reason.value,
            "detail": one.detail,
            "source": one.source,
            "brand": one.brand,
            "message_id": one.message_id,
            "row_number": one.row_number,
            "received_at": one.received_at.strftime(INSTANT),
            "state": _state(states.get(one.failed_id)),
        }
        for one in found
    ]


def shown(settings: Settings, failed_id: str) -> dict[str, object]:
    """Give everything about one refused event. Raises: NoSuchFailed."""
    app = open_app(settings)
    try:
        one = next(_found(app, [failed_id], None, 1), None)
        state = _states(app).get(failed_id)
    finally:
        app.close()
    if one is None:
        raise NoSuchFailed(failed_id=failed_id)
    mended = state[0] if state else None
    return {
        "failed_id": one.failed_id,
        "reason": one.reason.value,
        "detail": one.detail,
        "source": one.source,
        "brand": one.brand,
        "message_id": one.message_id,
        "import_id": one.import_id,
        "row_number": one.row_number,
        "received_at": one.received_at.strftime(INSTANT),
        "state": _state(state),
        "body": one.body.decode("utf-8", "backslashreplace"),
        "mended": None if mended is None else mended.decode("utf-8", "backslashreplace"),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What would come of a refused event if it were sent in as it is, or as it is mended now."""

    text: str
    """The event, written for reading."""
    reason: str
    """Why it would be refused again; empty where it would be taken."""
    detail: str
    spot: tuple[int, int] | None
    """Where in `text` the fault lies: first character, and the one after the last."""
    line: Mapping[str, object]
    """What it would become; empty where it would not."""

    @property
    def is_taken(self) -> bool:
        """Say whether it would become a fact."""
        return not self.reason


def foresee(settings: Settings, failed_id: str, text: bytes | None) -> Outlook:
    """Say what would come of a refused event, as it came or with another text. Raises: NoSuchFailed."""
    app = open_app(settings)
    try:
        one = next(_found(app, [failed_id], None, 1), None)
        if one is None:
            raise NoSuchFailed(failed_id=failed_id)
        body = one.body if text is None else text
        shown_text = _readable(body)
        try:
            lines = _row_again(app, one, text) or failed.again(one, text, _dialect(one.dialect))
        except NotMendable as error:
            fault = parse.fault(body) if body.lstrip().startswith(b"{") else None  # it may be a query, and no JSON
            detail = fault.detail if fault else str(error.facts.get("problem", ""))
            reason = fault.reason if fault else one.reason
            spot = failed.spot(body.decode("utf-8", "backslashreplace") if fault else shown_text, detail)
            return Outlook(text=shown_text, reason=reason.value, detail=detail, spot=spot, line={})
        return _judged(app, lines, shown_text)
    finally:
        app.close()


def _judged(app: App, lines: Sequence[Line], text: str) -> Outlook:
    """Send the lines of an event through the stages of collecting, and write nothing."""
    collected = pipeline.collect(
        [encode(line) for line in lines],
        first_offset=0,
        tick_id=0,
        world=replace(app.knowledge()(Seen()), plans=Plans(app.state).at(app.clock.now())),
    )
    if "failed" in collected.tables:
        row = collected.tables["failed"].select(["reason", "detail"]).to_pylist()[0]
        detail = row["detail"] or ""
        return Outlook(text=text, reason=row["reason"], detail=detail, spot=failed.spot(text, detail), line={})
    told: dict[str, object] = {}
    for table in (collected.tables[name] for name in ("events", "commerce") if name in collected.tables):
        told |= table.select([name for name in _TELLING if name in table.column_names]).slice(0, 1).to_pylist()[0]
    return Outlook(
        text=text,
        reason="",
        detail="",
        spot=None,
        line={"name": lines[0].name or lines[0].type}
        | {name: value for name, value in told.items() if value is not None},
    )


_TELLING = (
    "occurred_at", "user_id", "anonymous_id", "product_id", "cart_id", "order_id", "url", "quantity", "unit_price",
    "amount_minor", "currency",
)  # fmt: skip
"""Columns of a fact that say to a reader what it became."""


def _readable(body: bytes) -> str:
    """Indent JSON for reading; numbers and texts stay as they were written, and what is no JSON stays whole."""
    try:
        return msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "backslashreplace")


def sent_again(connection: Connection, most: int) -> list[str]:
    """Give the ids of refused events that were sent in again. Order: the latest first, `most` of them at most."""
    r = repairs.c
    asked = select(r.failed_id).where(r.replayed_at_micros.is_not(None)).order_by(r.replayed_at_micros.desc())
    return list(connection.scalars(asked.limit(most)))


def sent_again_of(connection: Connection, failed_ids: Sequence[str]) -> frozenset[str]:
    """Give those of some refused events that were sent in again."""
    r = repairs.c
    asked = select(r.failed_id).where(r.failed_id.in_(failed_ids), r.replayed_at_micros.is_not(None))
    return frozenset(connection.scalars(asked))


def is_any_mended(connection: Connection) -> bool:
    """Say whether any refused event is mended and not sent in yet."""
    r = repairs.c
    asked = select(r.failed_id).where(r.mended.is_not(None), r.replayed_at_micros.is_(None)).limit(1)
    return connection.execute(asked).first() is not None


def mended_count(settings: Settings, reason: str) -> int:
    """Count the events refused for a reason that are mended and not sent in yet."""
    app = open_app(settings)
    try:
        return len(_mended_of(app, reason))
    finally:
        app.close()


def unmend(settings: Settings, *, reason: str) -> int:
    """Take back the mending of all events of a reason that were not sent in yet; give how many."""
    app = open_app(settings)
    try:
        ids = _mended_of(app, reason)
        with app.state.write() as connection:
            for some in _by(PARCEL_LINES, ids):
                connection.execute(delete(repairs).where(repairs.c.failed_id.in_(some)))
        return len(ids)
    finally:
        app.close()


def _mended_of(app: App, reason: str) -> list[str]:
    waiting = {one for one, state in _states(app).items() if state[0] is not None and not state[1]}
    return [one.failed_id for one in _found(app, [], reason, EVERYTHING) if one.failed_id in waiting] if waiting else []


def mend(
    settings: Settings, ids: Sequence[str], *, reason: str | None, text: bytes | None, changes: Mapping[str, str]
) -> int:
    """
    Keep the mended form of refused events, and give how many; the original is never changed.

    Raises: NothingChosen; NoSuchFailed; NotMendable.
    """
    if not ids and reason is None:
        raise NothingChosen
    app = open_app(settings)
    try:
        now, rows = micros(app.clock.now()), list[dict[str, object]]()
        for one in _chosen(app, ids, reason):
            try:
                mended = _set(app, one, one.body if text is None else text, changes)
            except NotMendable:
                if ids:
                    raise
                continue  # of many, those that cannot be read are left as they are
            rows.append({"failed_id": one.failed_id, "mended": mended, "mended_at_micros": now})
        if rows:
            keep = insert(repairs)
            update = {"mended": keep.excluded.mended, "mended_at_micros": keep.excluded.mended_at_micros}
            with app.state.write() as connection:
                connection.execute(keep.on_conflict_do_update(index_elements=["failed_id"], set_=update), rows)
        return len(rows)
    finally:
        app.close()


def replay(
    settings: Settings, ids: Sequence[str], *, reason: str | None, progress: Progress | None = None
) -> dict[str, int]:
    """
    Send refused events in again by the back spool: by id, all of one reason, or all that were mended and not sent yet.

    Shape: replayed, stored, refused, duplicates, left (could not be made lines).
    """
    app = open_app(settings)
    try:
        states = _states(app)
        wanted = list(ids) or ([] if reason else [one for one, state in states.items() if state[0] and not state[1]])
        if not wanted and reason is None:
            return dict.fromkeys(("replayed", "stored", "refused", "duplicates", "left"), 0)
        batch = f"replay-{micros(app.clock.now())}"
        sent, left = _send(app, _chosen(app, wanted, reason), states, batch)
        app.settle(SpoolName.BACK, app.spools[SpoolName.BACK].head(), progress)
        counts = app.import_counts(batch)
        return {
            "replayed": sent,
            "stored": counts.stored,
            "refused": counts.refused,
            "duplicates": counts.duplicates,
            "left": left,
        }
    finally:
        app.close()


State = tuple[bytes | None, int | None]
"""The mended form, and when it was sent in again."""


def _send(app: App, chosen: Iterable[Failed], states: Mapping[str, State], batch: str) -> tuple[int, int]:
    now, sent, left = micros(app.clock.now()), 0, 0
    for group in _by(PARCEL_LINES, chosen):
        taken: list[str] = []
        texts: list[bytes] = []
        rows = [one for one in group if _is_row(one)]
        for one, line in _rows_again(app, rows, states):
            taken.append(one.failed_id)
            texts.append(encode(_of_batch(line, batch)))
        left += len(rows) - len(taken)
        for one in group:
            if _is_row(one):
                continue
            try:
                lines = failed.again(one, states.get(one.failed_id, (None, None))[0], _dialect(one.dialect))
            except NotMendable:
                left += 1
                continue
            taken.append(one.failed_id)
            texts += [encode(_of_batch(line, batch)) for line in lines]
        if taken:
            app.spools[SpoolName.BACK].append([Parcel(lines=b"\n".join(texts), count=len(texts), urgent=True)])
            keep = insert(repairs)
            with app.state.write() as connection:
                connection.execute(
                    keep.on_conflict_do_update(
                        index_elements=["failed_id"], set_={"replayed_at_micros": keep.excluded.replayed_at_micros}
                    ),
                    [{"failed_id": failed_id, "replayed_at_micros": now} for failed_id in taken],
                )
        sent += len(taken)
    return sent, left


def _rows_again(app: App, rows: Sequence[Failed], states: Mapping[str, State]) -> Iterator[tuple[Failed, Line]]:
    """Read refused rows of imports again, all of one import at once; those of one that is forgotten are left out."""
    by_import: dict[str, list[Failed]] = {}
    for one in rows:
        by_import.setdefault(str(one.import_id), []).append(one)
    for import_id, some in by_import.items():
        with app.state.read() as connection:
            shape = again.find(connection, import_id)
        if shape is None:
            continue
        known = {one.failed_id: one for one in some}
        texts = [
            again.Row(
                key=one.failed_id,
                number=one.row_number,
                text=(states.get(one.failed_id, (None, None))[0] or one.body).removesuffix(b"\n"),
            )
            for one in some
        ]
        first = some[0]
        run = Run(import_id=import_id, source=first.source, brand=first.brand, now_micros=micros(first.received_at))
        try:
            for row, line in again.lines(shape, texts, run):
                yield known[row.key], line
        except (MappingBroken, ColumnMissing, FileUnreadable) as error:
            log.warning("refused rows cannot be read by their import's mapping", import_id=import_id, error=str(error))


def _is_row(one: Failed) -> bool:
    """Say whether it is a row of an import that never became an event."""
    return one.line is None and again.is_row(one.dialect, one.import_id)


def _row_again(app: App, one: Failed, text: bytes | None) -> list[Line]:
    """Read one refused row of an import again; nothing where it is none, or its import is forgotten."""
    if not _is_row(one):
        return []
    found = [line for _, line in _rows_again(app, [one], {one.failed_id: (text, None)})]
    refused = next((line for line in found if line.type == Type.REFUSED), None)
    if refused is not None:
        raise NotMendable(failed_id=one.failed_id, problem=refused.detail or "")
    if not found:
        raise NotMendable(failed_id=one.failed_id, problem="the mapping of its import is not known, or leaves it out")
    return found


def _set(app: App, one: Failed, text: bytes, changes: Mapping[str, str]) -> bytes:
    """Set fields of an event by their paths, or columns of a row of an import by their names."""
    if _is_row(one):
        with app.state.read() as connection:
            shape = again.find(connection, str(one.import_id))
        if shape is not None and shape.form == again.CSV:
            try:
                return again.set_columns(shape, text, changes)
            except (ValueError, UnicodeError) as error:
                raise NotMendable(failed_id=one.failed_id, problem=str(error)) from error
    return failed.set_fields(text, changes)


@lru_cache
def _dialect(name: str) -> Dialect:
    """Make the dialect that reads an event again; what no dialect read is a row of an import, in Segment's words."""
    known = {point.name for point in plugins.offered(plugins.Kind.DIALECT)}
    dialect: Dialect = plugins.load(plugins.Kind.DIALECT, name if name in known else "segment")()
    return dialect


def _of_batch(line: Line, batch: str) -> Line:
    return msgspec.structs.replace(line, import_id=batch)


def _chosen(app: App, ids: Sequence[str], reason: str | None) -> Iterator[Failed]:
    found = 0
    for one in _found(app, ids, reason, EVERYTHING):
        found += 1
        yield one
    if ids and not found:
        raise NoSuchFailed(failed_id=ids[0])


def _found(app: App, ids: Sequence[str], reason: str | None, limit: int) -> Iterator[Failed]:
    parameters = {"ids": list(ids), "reason": reason, "most": limit}
    for row in ask_warehouse(app.settings, "failed", parameters).to_pylist():
        yield failed.from_row(row)


def _states(app: App) -> dict[str, State]:
    with app.state.read() as connection:
        found = connection.execute(select(repairs.c.failed_id, repairs.c.mended, repairs.c.replayed_at_micros))
        return {failed_id: (mended, sent) for failed_id, mended, sent in found}


def _state(state: State | None) -> str:
    if state is None:
        return "refused"
    return "sent in again" if state[1] else "mended"


def _by(size: int, items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group
