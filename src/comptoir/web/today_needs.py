"""What needs somebody: each with how many, in words, and where it is mended. What a role cannot mend is left out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import Connection, func, select
from starlette.concurrency import run_in_threadpool

from comptoir import repair
from comptoir.access.roles import Principal, Right
from comptoir.clock import micros
from comptoir.collect.plan import store as plan_store
from comptoir.identity import crowds
from comptoir.identity.crowds import Crowd
from comptoir.messaging import template_shelf
from comptoir.messaging.rows import outbox
from comptoir.messaging.template import EVERY_BRAND
from comptoir.messaging.template_rows import template_health
from comptoir.quality.scorecard import Card
from comptoir.reports import brought
from comptoir.scenarios import definitions
from comptoir.scenarios.rows import scenarios
from comptoir.web import quality, scenario_reach
from comptoir.web.speech import Speech
from comptoir.web.view import Desk
from comptoir.web.visit import Scope

LATE_SECONDS = 10.0
"""Lag from which the engine is worth a look."""
RECENT = timedelta(days=7)
USUAL = timedelta(days=28)
FEWEST_MAILS = 50
"""Mails below which a share of bounces says nothing."""
BOUNCED_SHARE = 0.02
MOST_CROWDS = 3
"""Crowds that are named; the largest first."""
COMPLAINED_SHARE = 0.001
"""Shares from which mailbox providers begin to turn a sender away."""

Weight = Literal["danger", "warn", "news"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something to look at: what, how grave, what to do, and the page where."""

    says: str
    does: str
    link: str
    weight: Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What state knows that may need somebody."""

    unknown: int
    paused: Sequence[str]
    drafts: Sequence[str]
    stopped: Sequence[tuple[str, str]]
    """Templates that stopped by themselves, each with why."""
    closed: int
    again: Sequence[str]
    crowds: Sequence[Crowd]
    """Identifiers that so many people use that they are nobody's."""
    off_plan: Mapping[str, int]
    """Brand → what breaks its tracking plan in a way nobody has looked at."""


async def load(desk: Desk, who: Principal, scope: Scope, said: Speech) -> tuple[Need, ...]:
    """Gather what needs this visitor. Order: gravest first. Raises: EngineUnreachable, EngineSilent."""
    now = desk.clock.now()
    brands = sorted(who.brands) if not scope.brands else list(scope.brands)
    kept = await run_in_threadpool(_kept, desk, who, brands, now)
    span = {"from_at": micros(now - RECENT), "until_at": micros(now)}
    status, counts, silences, unrated, alarms = await asyncio.gather(
        run_in_threadpool(desk.status),
        desk.report(
            "today_needs", since_at=micros(now - RECENT), now=micros(now), again=list(kept.again), brands=brands
        ),
        desk.report("today_silences", since_at=micros(now - USUAL), now=micros(now), brands=brands),
        desk.report("today_unrated", brands=brands, **span),
        _alarms(desk, who),
    )
    found: list[Need] = []
    if who.may(Right.RUN) and not who.brands:
        found += _of_engine(status, said)
    found += _of_counts(counts, who, said)
    found += _of_currencies(unrated, said)
    if who.may(Right.RUN):
        found += _of_silences(silences, now, said)
        if alarms:
            found.append(_of_quality(alarms, said))
        found += [
            _need(said, "off_plan", count, f"/sources/plan?brand={quote(brand)}", "warn")
            for brand, count in kept.off_plan.items()
        ]
    if who.may(Right.SEE_CUSTOMERS) and not who.brands:
        found += [_of_crowd(one, said) for one in kept.crowds]
    if who.may(Right.CAMPAIGN):
        found += _of_campaigns(kept, said)
    if kept.closed:
        found.append(_need(said, "closed", kept.closed, "/results", "news"))
    grave = {"danger": 0, "warn": 1, "news": 2}
    return tuple(sorted(found, key=lambda one: grave[one.weight]))


async def _alarms(desk: Desk, who: Principal) -> list[Card]:
    return await quality.alarmed(desk, who) if who.may(Right.RUN) else []


def _of_quality(alarms: Sequence[Card], said: Speech) -> Need:
    """Name the field that lost in quality, where it is one."""
    if len(alarms) > 1:
        return _need(said, "quality", len(alarms), "/sources/quality", "warn")
    (one,) = alarms
    field, why = said.known("detail", one.field), said(f"quality.alarm.{one.alarms[0].value}")
    link = f"/sources/quality/values?source={quote(one.source, safe='')}&field={quote(one.field)}"
    return Need(
        says=said("today.quality.one", field=field, source=one.source, why=why), does=said("today.quality.do"),
        link=link, weight="warn",
    )  # fmt: skip


def _need(said: Speech, key: str, number: int, link: str, weight: Weight, **values: object) -> Need:
    says = said(f"today.{key}", **values) if values else said.count(f"today.{key}", number)
    return Need(says=says, does=said(f"today.{key}.do"), link=link, weight=weight)


def _of_crowd(one: Crowd, said: Speech) -> Need:
    kind = said(f"kind.{one.kind}").capitalize()
    link = f"/customers?q={quote(one.value, safe='')}"
    return _need(said, "crowd", 0, link, "warn", kind=kind, value=one.value, links=said.number(one.links))


def _of_engine(status: Mapping[str, Any], said: Speech) -> Iterable[Need]:
    lag = timedelta(seconds=float(status.get("lag_seconds") or 0))
    if lag.total_seconds() > LATE_SECONDS:
        yield _need(said, "lag", 0, "/running", "danger", time=said.span(lag))
    failures = [f"{work}: {told}" for work, told in (status.get("failures") or {}).items()]
    for told in [*(status.get("warnings") or ()), *failures]:
        yield Need(says=str(told), does=said("today.warning.do"), link="/running", weight="danger")


def _of_counts(rows: Iterable[Mapping[str, Any]], who: Principal, said: Speech) -> Iterable[Need]:
    counted: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        counted[row["brand"]][row["kind"]] = int(row["times"])
    refused = sum(one.get("refused", 0) for one in counted.values())
    if refused and who.may(Right.SEE_CUSTOMERS):
        yield _need(said, "refused", refused, "/live?what=refused", "warn")
    if not who.may(Right.CAMPAIGN):
        return
    for brand, one in sorted(counted.items()):
        accepted = one.get("accepted", 0)
        if accepted < FEWEST_MAILS:
            continue
        for kind, share in (("bounced", BOUNCED_SHARE), ("complained", COMPLAINED_SHARE)):
            if one.get(kind, 0) / accepted > share:
                told = said.percent(one[kind] / accepted, 1)
                yield _need(said, kind, 0, "/messages", "danger", share=told, brand=brand)


def _of_silences(rows: Iterable[Mapping[str, Any]], now: datetime, said: Speech) -> Iterable[Need]:
    for row in rows:
        silent = said.span(now - row["last_at"].replace(tzinfo=UTC))
        usual = said.span(timedelta(seconds=row["longest_seconds"]))
        yield _need(said, "silent", 0, "/sources", "danger", source=row["source"], time=silent, usual=usual)


def _of_currencies(rows: Iterable[Mapping[str, Any]], said: Speech) -> Iterable[Need]:
    """Name what was sold in a currency that no rate turns into the brand's: no figure in that has it."""
    for row in rows:
        paid = said.amount(int(row["paid_minor"]), row["paid_currency"])
        count = said.count("customer.orders", int(row["orders"]))
        yield _need(said, "no_rate", 0, "/results", "warn", paid=paid, count=count)


def _of_campaigns(kept: Kept, said: Speech) -> Iterable[Need]:
    if kept.unknown:
        yield _need(said, "unknown", kept.unknown, "/messages", "warn")
    for name, alert in kept.stopped:
        yield _need(said, "stopped", 0, "/messages", "danger", name=name, alert=alert)
    for name in kept.paused:
        yield _need(said, "paused", 0, f"/scenarios/{name}", "warn", name=name)
    for name in kept.drafts:
        yield _need(said, "draft", 0, f"/scenarios/{name}", "news", name=name)


def _kept(desk: Desk, who: Principal, brands: Sequence[str], now: datetime) -> Kept:
    with desk.state.read() as connection:
        seen = scenario_reach.names(connection, who) if who.brands else None
        shelf = template_shelf.listing(connection) if who.brands else []
        mine = {str(one["template"]) for one in shelf if one["brand"] == EVERY_BRAND or who.may_see(str(one["brand"]))}
        return Kept(
            unknown=_unknown(connection, brands),
            paused=_scenarios(connection, scenarios.c.state == definitions.PAUSED, seen),
            drafts=_scenarios(connection, scenarios.c.draft.is_not(None), seen),
            stopped=[(name, why) for name, why in _stopped(connection) if not who.brands or name in mine],
            closed=brought.closed_since(connection, now - timedelta(days=1)),
            again=repair.sent_again(connection, repair.MOST_AGAIN),
            crowds=crowds.listing(connection)[:MOST_CROWDS],
            off_plan=plan_store.new_findings(connection, now=now, brands=brands),
        )


def _unknown(connection: Connection, brands: Sequence[str]) -> int:
    asked = select(func.count()).where(outbox.c.state == "unknown")
    return int(connection.scalar(asked.where(outbox.c.brand.in_(brands)) if brands else asked) or 0)


def _scenarios(connection: Connection, which: Any, seen: set[str] | None) -> list[str]:
    asked = select(scenarios.c.scenario).where(which, scenarios.c.state != definitions.ARCHIVED)
    found = connection.scalars(asked.order_by(scenarios.c.scenario))
    return [one for one in found if seen is None or one in seen][:10]


def _stopped(connection: Connection) -> list[tuple[str, str]]:
    h = template_health.c
    asked = select(h.name, h.alert).where(h.paused_at.is_not(None)).order_by(h.name, h.version.desc()).limit(10)
    return [(name, alert or "") for name, alert in connection.execute(asked)]
