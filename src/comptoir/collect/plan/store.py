"""Tracking plans kept: versions with who and when, what breaks them, and the catalogue of all that arrives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from comptoir.clock import instant, micros
from comptoir.collect.plan import declared
from comptoir.collect.plan.check import EXAMPLES, Checker, Example, Findings, Key, Tally
from comptoir.collect.plan.declared import Plan
from comptoir.collect.plan.infer import OTHERS
from comptoir.collect.plan.rows import finding_days, findings, looks, plans, schema_names
from comptoir.errors import ComptoirError
from comptoir.state.base import State

SETTLES = timedelta(seconds=1)
"""A version holds from a second after it was published: so every tick, and its replay, sees the same one."""
MOST_FINDINGS = 2_000
"""Of a source; what is beyond is counted under no name."""
MOST_NAMES = 5_000
"""Events and properties of a source that the catalogue tells apart; what is beyond is counted together."""
DAYS = 90
"""Days of which the counts by day are kept."""
NEW = timedelta(days=30)
"""How long a finding that nobody has looked at asks for attention."""


class NoSuchPlan(ComptoirError, LookupError):
    """This brand has no tracking plan, or none of this version."""

    code, status = "no_such_plan", 404
    hint = "Make one of what arrives with `comptoir plan infer`, then publish it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version of a brand's plan."""

    brand: str
    version: int
    text: str
    """Empty where the plan was ended."""
    note: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that breaks the plan, as often as it was found."""

    source: str
    event: str
    property: str
    reason: str
    first_at: datetime
    last_at: datetime
    times: int
    examples: tuple[Example, ...]
    days: tuple[int, ...]
    """How often on each of the last days. Order: the oldest first."""
    is_new: bool
    """Nobody has looked since it was found first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """An event, or a property of one, that ever arrived."""

    source: str
    event: str
    property: str
    """Empty for the event itself."""
    types: Mapping[str, int]
    """JSON type → how often."""
    times: int
    first_at: datetime
    last_at: datetime
    fill_share: float = 1.0
    """Of its events, those that have it, 0–1."""


# ── versions


def publish(connection: Connection, brand: str, text: str, *, now: datetime, by: str, note: str = "") -> int:
    """Publish a plan as the brand's next version, and give its number; an empty text ends the plan. Raises: BadPlan."""
    if text.strip():
        declared.parse(text)
    number = int(connection.scalar(select(func.max(plans.c.version)).where(plans.c.brand == brand)) or 0) + 1
    row = {"brand": brand, "version": number, "text": text.strip() and text, "note": note[:200]}
    connection.execute(plans.insert().values(**row, published_at=micros(now), published_by=by))
    return number


def current(connection: Connection, brand: str) -> Version | None:
    """Give the newest version of a brand's plan; None where there is none, or it was ended."""
    found = next(iter(versions(connection, brand, most=1)), None)
    return found if found is not None and found.text else None


def plan_of(connection: Connection, brand: str) -> Plan | None:
    """Give the plan that stands for a brand."""
    found = current(connection, brand)
    return None if found is None else declared.parse(found.text)


def version(connection: Connection, brand: str, number: int) -> Version:
    """Give one version. Raises: NoSuchPlan."""
    found = connection.execute(select(plans).where(plans.c.brand == brand, plans.c.version == number)).first()
    if found is None:
        raise NoSuchPlan(brand=brand, version=number)
    return _version(found)


def versions(connection: Connection, brand: str, *, most: int = 100) -> list[Version]:
    """List the versions of a brand's plan. Order: the newest first."""
    asked = select(plans).where(plans.c.brand == brand).order_by(plans.c.version.desc()).limit(most)
    return [_version(row) for row in connection.execute(asked)]


def _version(row: object) -> Version:
    said = dict(row._mapping)  # type: ignore[attr-defined]  # noqa: SLF001 (SQLAlchemy's public name for it)
    return Version(**(said | {"published_at": instant(said["published_at"])}))


@dataclass(slots=True)
class Plans:
    """The plans of all brands, compiled once a version; asked at every tick."""

    state: State
    compiled: dict[tuple[str, int], Checker | None] = field(default_factory=dict)

    def at(self, now: datetime) -> dict[str, Checker]:
        """Give, by brand, the plan that stood at an instant."""
        asked = select(plans.c.brand, plans.c.version, plans.c.published_at).order_by(plans.c.brand, plans.c.version)
        with self.state.read() as connection:
            known = connection.execute(asked).all()
        until = micros(now - SETTLES)
        standing = {brand: number for brand, number, published in known if published <= until}
        found = {brand: self._checker(brand, number) for brand, number in standing.items()}
        return {brand: checker for brand, checker in found.items() if checker is not None}

    def _checker(self, brand: str, number: int) -> Checker | None:
        if (brand, number) not in self.compiled:
            with self.state.read() as connection:
                text = version(connection, brand, number).text
            self.compiled[brand, number] = Checker.of(declared.parse(text)) if text else None
        return self.compiled[brand, number]


# ── findings


def note(connection: Connection, found: Findings) -> None:
    """Add what a tick found to what was found before; called in the transaction that marks the tick."""
    if not found.tallies:
        return
    known = _known(connection, {(key.brand, key.source) for key in found.tallies})
    told: dict[Key, Tally] = {}
    for key, tally in sorted(found.tallies.items()):
        of_source = known[key.brand, key.source]
        if key not in of_source and len(of_source) >= MOST_FINDINGS:
            key = key._replace(event="", property="")  # noqa: PLW2901 (counted with the others)
        one = told.setdefault(key, Tally(tally.first_at, tally.last_at))
        one.take(tally)
        former = msgspec.json.decode(of_source.get(key, "[]"), type=list[Example])
        of_source[key] = msgspec.json.encode([*former, *tally.examples][-EXAMPLES:]).decode()
    put, daily = insert(findings), insert(finding_days)
    more = {
        "times": findings.c.times + put.excluded.times,
        "first_at": func.min(findings.c.first_at, put.excluded.first_at),
        "last_at": func.max(findings.c.last_at, put.excluded.last_at),
        "examples": put.excluded.examples,
    }
    connection.execute(
        put.on_conflict_do_update(index_elements=list(Key._fields), set_=more),
        [
            {**key._asdict(), "first_at": one.first_at, "last_at": one.last_at, "times": one.times,
             "examples": known[key.brand, key.source][key]}
            for key, one in told.items()
        ],
    )  # fmt: skip
    connection.execute(
        daily.on_conflict_do_update(
            index_elements=[*Key._fields, "day"], set_={"times": finding_days.c.times + daily.excluded.times}
        ),
        [{**key._asdict(), "day": _day(one.last_at).isoformat(), "times": one.times} for key, one in told.items()],
    )


def _known(connection: Connection, sources: Collection[tuple[str, str]]) -> dict[tuple[str, str], dict[Key, str]]:
    found: dict[tuple[str, str], dict[Key, str]] = {}
    for brand, source in sources:
        asked = select(findings).where(findings.c.brand == brand, findings.c.source == source)
        found[brand, source] = {
            Key(*(getattr(row, name) for name in Key._fields)): row.examples for row in connection.execute(asked)
        }
    return found


def _day(at: int) -> date:
    return instant(at).date()


def list_findings(
    connection: Connection, brand: str, *, now: datetime, days: int = 14, source: str = "", event: str = ""
) -> list[Finding]:
    """List what breaks a brand's plan, of the last days. Order: the most frequent of these days first."""
    first = (now - timedelta(days=days - 1)).date()
    f, d = findings.c, finding_days.c
    counted: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(select(finding_days).where(d.brand == brand, d.day >= first.isoformat())):
        counted[Key(*(getattr(row, name) for name in Key._fields))][row.day] = row.times
    since = _looked_at(connection, brand)
    asked = select(findings).where(f.brand == brand, f.last_at >= micros(now - timedelta(days=days)))
    asked = asked.where(*([f.source == source] if source else []), *([f.event == event] if event else []))
    found = [
        Finding(
            source=row.source,
            event=row.event,
            property=row.property,
            reason=row.reason,
            first_at=instant(row.first_at),
            last_at=instant(row.last_at),
            times=row.times,
            examples=tuple(msgspec.json.decode(row.examples, type=list[Example])),
            days=tuple(
                counted[Key(*(getattr(row, name) for name in Key._fields))].get(
                    (first + timedelta(days=ahead)).isoformat(), 0
                )
                for ahead in range(days)
            ),
            is_new=row.first_at > since,
        )
        for row in connection.execute(asked)
    ]
    return sorted(found, key=lambda one: (-sum(one.days), one.source, one.event, one.property, one.reason))


def new_findings(connection: Connection, *, now: datetime, brands: Collection[str] = ()) -> dict[str, int]:
    """Count, by brand, what was found first lately and nobody has looked at."""
    f = findings.c
    since = func.max(func.coalesce(looks.c.looked_at, 0), micros(now - NEW))
    asked = (
        select(f.brand, func.count())
        .select_from(findings.outerjoin(looks, looks.c.brand == f.brand))
        .where(f.first_at > since, *([f.brand.in_(list(brands))] if brands else []))
        .group_by(f.brand)
        .order_by(f.brand)
    )
    return {brand: int(count) for brand, count in connection.execute(asked)}


def look(connection: Connection, brand: str, *, now: datetime, by: str) -> None:
    """Write down that somebody has seen what was found of a brand up to now."""
    put = insert(looks).values(brand=brand, looked_at=micros(now), looked_by=by)
    said = {"looked_at": put.excluded.looked_at, "looked_by": put.excluded.looked_by}
    connection.execute(put.on_conflict_do_update(index_elements=["brand"], set_=said))


def _looked_at(connection: Connection, brand: str) -> int:
    return int(connection.scalar(select(looks.c.looked_at).where(looks.c.brand == brand)) or 0)


def forget(connection: Connection, *, now: datetime) -> None:
    """Drop the counts of days that nobody shows any more."""
    connection.execute(delete(finding_days).where(finding_days.c.day < (now - timedelta(days=DAYS)).date().isoformat()))


# ── the catalogue of names


def note_names(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """
    Add what arrived to the catalogue.

    Shape: brand, source, event, property (empty for the event), type (JSON's; empty for the event), times, first_at,
    last_at (microseconds). Beyond `MOST_NAMES` of a source names are counted under `OTHERS`.
    """
    s = schema_names.c
    by_source: defaultdict[tuple[str, str], list[Mapping[str, object]]] = defaultdict(list)
    for row in rows:
        by_source[str(row["brand"]), str(row["source"])].append(row)
    for (brand, source), told in by_source.items():
        known: dict[tuple[str, str], dict[str, object]] = {
            (row.event, row.property): {
                "types": msgspec.json.decode(row.types), "times": row.times, "first_at": row.first_at,
                "last_at": row.last_at,
            }
            for row in connection.execute(select(schema_names).where(s.brand == brand, s.source == source))
        }  # fmt: skip
        touched = {_add(known, row) for row in told}
        values = [
            {"brand": brand, "source": source, "event": event, "property": name}
            | known[event, name]
            | {"types": msgspec.json.encode(known[event, name]["types"]).decode()}
            for event, name in sorted(touched)
        ]
        put = insert(schema_names)
        said = {name: put.excluded[name] for name in ("types", "times", "first_at", "last_at")}
        connection.execute(
            put.on_conflict_do_update(index_elements=["brand", "source", "event", "property"], set_=said), values
        )


def _add(known: dict[tuple[str, str], dict[str, object]], row: Mapping[str, object]) -> tuple[str, str]:
    event, name = str(row["event"])[:LONGEST], str(row["property"])[:LONGEST]
    if (event, name) not in known and len(known) >= MOST_NAMES:
        event, name = OTHERS, ""
    first, last, times = int(str(row["first_at"])), int(str(row["last_at"])), int(str(row["times"]))
    one = known.setdefault((event, name), {"types": {}, "times": 0, "first_at": first, "last_at": last})
    types: dict[str, int] = one["types"]  # type: ignore[assignment]
    if kind := str(row["type"]):
        types[kind] = types.get(kind, 0) + times
    one["times"] = int(str(one["times"])) + times
    one["first_at"], one["last_at"] = min(int(str(one["first_at"])), first), max(int(str(one["last_at"])), last)
    return event, name


LONGEST = 200
"""Characters of a name that the catalogue keeps."""


def catalogue(connection: Connection, brand: str, *, source: str = "", event: str = "") -> list[Name]:
    """List what ever arrived of a brand. Order: by source, event, property; each event before its properties."""
    s = schema_names.c
    asked = select(schema_names).where(s.brand == brand, *([s.source == source] if source else []))
    rows = connection.execute(
        asked.where(*([s.event == event] if event else [])).order_by(s.source, s.event, s.property)
    ).all()
    whole = {(row.source, row.event): row.times for row in rows if not row.property}
    return [
        Name(
            source=row.source,
            event=row.event,
            property=row.property,
            types=msgspec.json.decode(row.types),
            times=row.times,
            first_at=instant(row.first_at),
            last_at=instant(row.last_at),
            fill_share=min(1.0, row.times / max(1, whole.get((row.source, row.event), row.times))),
        )
        for row in rows
    ]
