"""Acting on facts: the last box of the tick, and the sender beside it, wired over real stores."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from comptoir.access import public
from comptoir.access.rows import brands
from comptoir.access.site import Site
from comptoir.clock import Clock, instant, micros
from comptoir.collect import robots
from comptoir.collect.stages import Reference
from comptoir.config import Settings
from comptoir.facts import read
from comptoir.golden.keep import Keeper
from comptoir.identity import region, store
from comptoir.last_look import said_since
from comptoir.messaging import confirming, links, render, webhooks
from comptoir.messaging.base import Making
from comptoir.messaging.outbox import Sender
from comptoir.messaging.outward import Outward, channels_of, is_sending, sender_address
from comptoir.messaging.rows import outbox
from comptoir.messaging.template_shelf import Shelf
from comptoir.model import consent
from comptoir.model.consent import THEME, TRACKING, ConsentControl, ConsentState, ConsentStatement, Opened
from comptoir.model.event import Line, Record, Type, decode, encode
from comptoir.model.identifier import NOBODY, founder_of
from comptoir.model.message import ONSITE, Outcome, Reason
from comptoir.model.scenario import (
    SCORE_CHANGED,
    SEGMENT_ENTERED,
    SEGMENT_EXITED,
    Happening,
    Subject,
    WorldFacts,
)
from comptoir.model.tick import SpoolName, Tick
from comptoir.pressure import policies
from comptoir.pressure.caps import EVERY_BRAND, policy_of
from comptoir.pressure.explain import Archive
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.quiet import Place
from comptoir.pressure.rows import candidates
from comptoir.privacy import pages, prospects
from comptoir.privacy.consent import ConsentLedger
from comptoir.privacy.hearing import Hearing
from comptoir.privacy.keyring import Keyring
from comptoir.privacy.optin import OptIns
from comptoir.reports import guard
from comptoir.reports.results import EVERYTHING, Authored
from comptoir.scenarios import definitions, upcoming, world
from comptoir.scenarios.audience import WarehousePeople
from comptoir.scenarios.engine import Engine, applied
from comptoir.scenarios.happenings import happenings_from, made
from comptoir.scenarios.rows import enrollments, scenarios_applied
from comptoir.scenarios.triggers import Audience, DateRule
from comptoir.scenarios.turn import Found
from comptoir.scores import store as store_of_scores
from comptoir.segments import changes as segment_changes
from comptoir.segments.drafts import SEGMENTS
from comptoir.segments.live import readable
from comptoir.spool.base import Parcel
from comptoir.spool.sqlite import SqliteSpool
from comptoir.state import rows
from comptoir.state.base import State
from comptoir.state.sealing import master_key
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.duckdb import Warehouse

_OF_SEGMENTS = frozenset({SEGMENT_ENTERED, SEGMENT_EXITED})
SCORES_HEARD = "scores_heard"
"""The name in state of the last change of a score that scenarios have heard of."""
SCORES_AT_ONCE = 2_000
"""Changes of scores that are heard in one transaction."""
_RECORD = b'{"v":1,"type":"record",'
_NAME = b',"name":'
_ORDER_LINE = f'{_NAME.decode()}"{Record.ORDER_LINE}"'.encode()
_CONTROL = f'"type":"{Type.CONTROL}"'.encode()
_RETURN = f'"name":"{Record.CAMPAIGN_RETURN}"'.encode()
_CONSENTS = tuple(f'"name":"{name}"'.encode() for name in (Record.CONSENT, *sorted(consent.CONSENT_CHANGES)))


@dataclass(frozen=True, slots=True)
class LiveWorld:
    """The world as the warehouse has it now, and people as their golden records say; any thread may ask."""

    warehouse: Warehouse
    state: State
    golden: Keeper

    def facts_of(self, subjects: Sequence[Subject]) -> Mapping[int, WorldFacts]:
        """Give the facts of each subject by its id (`model.scenario.World`)."""
        with self.warehouse.cursor() as cursor:
            found = world.over(cursor).facts_of(subjects)
        by_brand: defaultdict[str, dict[int, str]] = defaultdict(dict)  # brands may rank their sources each its own way
        for one in subjects:
            profile_id = found[one.subject_id].profile_id
            if "person" in one.needs and profile_id is not None:
                by_brand[one.brand][one.subject_id] = profile_id
        return {**found, **self._retold(found, by_brand)} if by_brand else found

    def _retold(
        self, found: Mapping[int, WorldFacts], by_brand: Mapping[str, Mapping[int, str]]
    ) -> dict[int, WorldFacts]:
        told: dict[int, WorldFacts] = {}
        with self.state.read() as connection:
            for brand, people in by_brand.items():
                records = self.golden.values_of(connection, set(people.values()), brand)
                told |= {
                    subject_id: world.retold(found[subject_id], records[profile_id])
                    for subject_id, profile_id in people.items()
                    if profile_id in records
                }
        return told


@dataclass(frozen=True, slots=True)
class LivePeople:
    """Finds people by set in the warehouse as it is now; an author's SELECT passes the guard first."""

    warehouse: Warehouse
    rankers: Collection[str] = ()
    """Brands that rank their sources their own way."""

    def of_day(self, rule: DateRule, *, brand: str, zone: str, day: datetime) -> Sequence[Found]:
        """Give those whose day it is (`scenarios.turn.People`)."""
        with self.warehouse.cursor() as cursor:
            return _people_over(cursor, self.rankers).of_day(rule, brand=brand, zone=zone, day=day)

    def of_audience(self, audience: Audience, *, brand: str) -> Sequence[Found]:
        """Give those of an audience (`scenarios.turn.People`)."""
        with self.warehouse.cursor() as cursor:
            return _people_over(cursor, self.rankers).of_audience(audience, brand=brand)


def _people_over(cursor: Any, rankers: Collection[str]) -> WarehousePeople:
    return WarehousePeople(
        ask=world.asking(cursor), select=lambda sql: cursor.execute(guard.allow(sql)).fetchall(), rankers=rankers
    )


@dataclass(slots=True, kw_only=True)
class Acting:
    """Scenarios, pressure and the sender of one installation."""

    settings: Settings
    state: State
    warehouse: Warehouse
    clock: Clock
    spools: Mapping[str, SqliteSpool]
    link_key: bytes
    golden: Keeper
    engine: Engine = field(init=False)
    live: LiveWorld = field(init=False)
    hearing: Hearing = field(init=False)
    keyring: Keyring = field(init=False)
    site: Site = field(init=False)
    refusals_told: int = 0
    """The newest row of the consent ledger that the door knows of."""
    scores_moved: threading.Event = field(default_factory=threading.Event)
    """Set when scores may have changed of which scenarios have not heard."""

    def __post_init__(self) -> None:
        """Wire the engine of scenarios."""
        self.scores_moved.set()  # a run may have ended before the last stop, unheard
        self.live = LiveWorld(self.warehouse, self.state, self.golden)
        self.keyring = Keyring(self.state, self.link_key)
        self.hearing = hearing_of(self.settings, self.link_key)
        self.engine = Engine(
            pressure=pressure_of(self.settings, self.link_key),
            consents=ConsentLedger(),
            nodes_of=kin,
            salt=self.link_key.hex(),
            trigger_age=timedelta(minutes=self.settings.shop.trigger_minutes),
            zones=zones_of,
            people=LivePeople(self.warehouse, frozenset(self.golden.policy.by_brand)),
            call=webhooks.queue,
            lapsed=self._lapsed,
        )
        self.site = Site(
            state=self.state,
            path=self.settings.path("public.db"),
            consents=self.engine.consents,
            living=self.engine.last_second(self.live.facts_of, self.clock),
            facts_of=self.live.facts_of,
            heard=self._heard_on_site,
        )

    def _heard_on_site(self, message_ids: Collection[str]) -> dict[str, dict[str, int]]:
        with self.warehouse.cursor() as cursor:
            return read.heard_on_site(cursor, message_ids)

    def _lapsed(self, nodes: Collection[int], now: datetime) -> frozenset[int]:
        years = prospects.Clock(
            prospect_years=self.settings.consent.prospect_years, customer_years=self.settings.consent.customer_years
        )
        with self.warehouse.cursor() as cursor:
            return prospects.lapsed(cursor, nodes, now, clock=years)

    def applied(self) -> int:
        """Give the last tick that scenarios have had."""
        with self.state.read() as connection:
            return applied_tick(connection)

    def act(self, tick: Tick) -> None:
        """Act on the facts of a tick, in one transaction that also writes down the tick."""
        controls = self._controls(tick)
        with self.state.read() as connection:
            shelf = definitions.load(connection)
        names = sorted(frozenset().union(*(one.listens_to for one in shelf.definitions.values())))
        happenings: list[Happening] = []
        if names:
            with self.warehouse.cursor() as cursor:
                happenings = [Happening(**row) for row in read.happenings(cursor, tick.tick_id, names)]
                happenings += happenings_from(
                    world.asking(cursor), tick_id=tick.tick_id, now=tick.now, names=names,
                    definitions=shelf.definitions.values(),
                )  # fmt: skip
                if _OF_SEGMENTS & set(names):
                    happenings += self._of_segments(cursor, tick, names)
        with self.state.write() as connection:
            said = self.hearing.hear(connection, controls, tick.now)
            self._drop_refused_themes(connection, said, tick.now)
            self._drop_for_site(connection, said, tick.now)
            self.engine.advance(
                connection,
                tick_id=tick.tick_id,
                spool=tick.spool,
                offset_after=tick.to_offset,
                now=tick.now,
                happenings=happenings,
                controls=[one for one in said if one.is_about_writing],
                facts_of=self.live.facts_of,
            )

    def _of_segments(self, cursor: Cursor, tick: Tick, names: Collection[str]) -> list[Happening]:
        """Tell who entered and left segments in a tick, under names that a replay gives again."""
        brands = self._brands_of_segments()
        return [
            made(
                name=name, message_id=f"{name}:{segment}:{profile}:{tick.tick_id}:{brand}", node_id=founder_of(profile),
                profile_id=profile, brand=brand, at=tick.now, properties={"segment": segment},
            )
            for segment, profile, name in segment_changes.happened(cursor, tick.tick_id)
            if name in names
            for brand in brands.get(segment, ())
        ]  # fmt: skip

    def _brands_of_segments(self) -> dict[str, tuple[str, ...]]:
        """Give the brands that each segment's happenings are for: its own, else every brand."""
        with self.state.read() as connection:
            texts = {one.key: one.text for one in SEGMENTS.listing(connection) if one.live_version}
            every = tuple(connection.scalars(select(brands.c.name).order_by(brands.c.name)))
        return {key: every if one.brand is None else (one.brand,) for key, one in readable(texts).items()}

    def _drop_refused_themes(self, connection: Connection, said: Sequence[ConsentStatement], now: datetime) -> None:
        """Drop what is queued about a theme that its person wants no more of."""
        for one in said:
            if one.purpose.startswith(THEME) and one.state == ConsentState.WITHDRAWN:
                self.engine.pressure.cancel_contact(
                    connection, contact=one.contact, brand=one.brand, channel=one.channel,
                    reason=Reason.CONSENT_WITHDRAWN, now=now, tag=one.purpose.removeprefix(THEME),
                )  # fmt: skip

    def _drop_for_site(self, connection: Connection, said: Sequence[ConsentStatement], now: datetime) -> None:
        """Drop what is queued for a browser that may not be tracked any more."""
        for one in said:
            if one.purpose == TRACKING and one.state == ConsentState.WITHDRAWN:
                self.engine.pressure.cancel_contact(
                    connection, contact=one.contact, brand=one.brand, channel=ONSITE,
                    reason=Reason.CONSENT_WITHDRAWN, now=now,
                )  # fmt: skip

    def wake(self, now: datetime) -> None:
        """Do what is due although nothing came in."""
        if self.scores_moved.is_set():
            self._hear_scores(now)
        with self.state.read() as connection:
            is_due = self.engine.is_due(connection, now)
            is_silent = self.engine.pressure.has_expired(connection, now)
            if not is_due and not is_silent and not self.engine.pressure.is_due(connection, now):
                return
        with self.state.write() as connection:
            if is_silent:
                self.engine.pressure.expire(connection, now)
            self.engine.wake(connection, now=now, facts_of=self.live.facts_of)

    def _hear_scores(self, now: datetime) -> None:
        """Tell scenarios which scores changed, once: how far they have heard is written in the same transaction."""
        self.scores_moved.clear()
        with self.state.read() as connection:
            after = int(rows.read_value(connection, SCORES_HEARD) or b"0")
            is_listened_to = any(
                SCORE_CHANGED in one.listens_to for one in definitions.load(connection).definitions.values()
            )
        with self.warehouse.cursor() as cursor:
            upto = store_of_scores.last_change(cursor)
            told = store_of_scores.told_after(cursor, after, SCORES_AT_ONCE) if is_listened_to else []
        if upto <= after:
            return
        if len(told) == SCORES_AT_ONCE:
            upto = told[-1]["change_id"]
            self.scores_moved.set()
        with self.state.write() as connection:
            self.engine.hear(connection, [_changed(one, now) for one in told], now=now, facts_of=self.live.facts_of)
            rows.write_value(connection, SCORES_HEARD, str(upto).encode())

    def sender(self) -> Sender:
        """Wire the sender over all channels that are on."""
        door = self.settings.door
        channels = channels_of(self._making())
        goes_on = self.engine.last_second(self.live.facts_of, self.clock)
        return Sender(
            state=self.state,
            world=self.live,
            spools=self.spools,
            applied=applied,
            channel=channels["email"],
            channels=channels,
            may_send=is_sending,
            said_since=said_since(self.clock),
            clock=self.clock,
            report=self._report,
            gate=self.engine.pressure,
            consents=self.engine.consents,
            nodes_of=kin,
            living=lambda connection, rows: goes_on(connection, rows) | _confirmations(rows),
            links=render.Links(
                public_url=door.public_url or f"http://{door.host}:{door.port}",
                sign=lambda link: links.sign(self.keyring.newest, link),
                templates=Shelf(state=self.state, clock=self.clock),
            ),
            sender_of=lambda brand: sender_address(self.state, brand, self.settings.mail.sender),
            stale_after=timedelta(seconds=2 * self.settings.clock.speed),
        )

    def outward(self) -> Outward:
        """Wire what goes on beside the sender: mails that come back, and calls of other systems."""
        return Outward.of(self._making())

    def _making(self) -> Making:
        return Making(
            settings=self.settings,
            state=self.state,
            clock=self.clock,
            key=lambda: master_key(self.settings.home),
            link_key=self.link_key,
        )

    def _controls(self, tick: Tick) -> list[ConsentControl]:
        """Read what the lines of a tick say of consent; a statement said twice is one, so a replay changes nothing."""
        if tick.to_offset == tick.from_offset:
            return []
        stretch = self.spools[tick.spool].read(tick.from_offset, tick.to_offset - tick.from_offset)
        lines = [text for text in stretch.lines if not _is_order_line(text)]
        if not _says_consent(b"".join(lines)):
            return []
        said = (consent.read(decode(text)) for text in lines if _says_consent(text))
        return [one for one in said if one is not None]

    def refresh(self, *, is_fenced: bool = False) -> None:
        """
        Take up what other processes changed and tell the door; take back what the site has shown long enough.

        A fenced copy puts nothing on the site.
        """
        self.keyring.refresh()
        with self.state.read() as connection:
            newest, told = pages.refusals(connection, self.refusals_told)
        if told:
            public.write_refusals(self.settings.path("public.db"), told, anew=self.refusals_told == 0)
        self.refusals_told = newest
        if not is_fenced:
            now = self.clock.now()
            self.site.sweep(now)
            self.site.publish(now)

    def _report(self, lines: Sequence[Line]) -> None:
        texts = [encode(line) for line in lines]
        self.spools[SpoolName.BACK].append([Parcel(lines=b"\n".join(texts), count=len(texts))])


def hearing_of(settings: Settings, salt: bytes) -> Hearing:
    """Wire who hears what people say of consent."""
    asked = settings.consent
    return Hearing(
        ledger=ConsentLedger(),
        judge_open=_judge_open,
        opt_ins=OptIns(
            salt=salt,
            language_of=pages.language_of,
            name_of=pages.name_of,
            life=timedelta(days=asked.confirm_days),
            per_address=asked.mails_per_address,
            per_network=asked.mails_per_network,
        ),
    )


def _judge_open(opened: Opened, delivered_at: int | None) -> str | None:
    hit = robots.Hit(
        kind="open", message_id=opened.message_id, at=micros(opened.stated_at), network=opened.network or "",
        agent=opened.user_agent or "",
    )  # fmt: skip
    delivered = {} if delivered_at is None else {opened.message_id: delivered_at}
    return robots.verdicts([hit], delivered)[0]


def _changed(change: Mapping[str, Any], now: datetime) -> Happening:
    """Make a happening of a change: from one label to another, or from value to value where a score names no kinds."""
    what = "value" if change["from_label"] is None and change["to_label"] is None else "label"
    return made(
        name=SCORE_CHANGED,
        message_id=f"{SCORE_CHANGED}:{change['change_id']}",
        node_id=change["node_id"],
        profile_id=change["profile_id"],
        brand=change["brand"],
        at=now,
        properties={"score": change["score"], "from": change[f"from_{what}"], "to": change[f"to_{what}"]},
    )


def _confirmations(rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Give the mails that no scenario is behind: those that ask to confirm a consent."""
    return frozenset(row["message_id"] for row in rows if row["scenario"] == confirming.SCENARIO)


def _is_order_line(text: bytes) -> bool:
    """Say so by the first name in a record, which is its own: so a large import is not searched to its last byte."""
    return text.startswith(_RECORD) and text.startswith(_ORDER_LINE, text.find(_NAME))


def _says_consent(text: bytes) -> bool:
    return _CONTROL in text or _RETURN in text or (b"onsent" in text and any(name in text for name in _CONSENTS))


def pressure_of(settings: Settings, link_key: bytes) -> PressureLedger:
    """Wire the pressure ledger, the same for the engine and for outside tools that ask the desk."""
    return PressureLedger(
        policy=policy_of(settings.pressure),
        nodes_of=kin,
        salt=link_key.hex(),
        places=places,
        paused_until=ConsentLedger().paused_until,
        upcoming=upcoming.of,
    )


def archive_of(settings: Settings, ask: Callable[[str, dict[str, object]], Sequence[Mapping[str, Any]]]) -> Archive:
    """Wire where the whole story of a message lies, for whoever asks why; `ask` puts a report to the warehouse."""

    def heard_of(message_ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        return ask("heard_of", {"message_ids": list(message_ids)})

    return Archive(ledger=pressure_of(settings, b""), proofs=ConsentLedger(), way_of=ways_of, heard_of=heard_of)


def ways_of(connection: Connection, enrollment_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Give the way each enrollment went: scenario, version, when it began, the steps that wished, where it is now."""
    wanted = sorted(set(enrollment_ids) - {0})
    steps: dict[int, list[dict[str, object]]] = {}
    ways: dict[int, dict[str, Any]] = {}
    c = candidates.c
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        wished = select(c.enrollment_id, c.step, c.wished_at, c.message_id, c.outcome)
        for row in connection.execute(wished.where(c.enrollment_id.in_(some)).order_by(c.wished_at, c.message_id)):
            said = {"step": row.step, "at": _told_at(row.wished_at), "message_id": row.message_id}
            steps.setdefault(row.enrollment_id, []).append(said | {"outcome": row.outcome})
        for row in connection.execute(select(enrollments).where(enrollments.c.enrollment_id.in_(some))):
            ways[row.enrollment_id] = {
                "scenario": row.scenario,
                "version": row.version,
                "entered_at": _told_at(row.entered_at),
                "steps": steps.get(row.enrollment_id, []),
                "at_step": row.step,
                "arrived_at": _told_at(row.arrived_at),
                "due_at": _told_at(row.due_at),
                "status": row.status,
                "exit_reason": row.exit_reason,
                "ended_at": _told_at(row.ended_at),
                "arm": row.arm,
            }
    return ways


def _told_at(at: int | None) -> str | None:
    return None if at is None else instant(at).isoformat()


def places(connection: Connection) -> dict[str, Place]:
    """Give where each brand lives: for people of whom we do not know where they do."""
    found = connection.execute(select(brands.c.name, brands.c.time_zone, brands.c.country))
    return {name: Place(zone=zone or None, country=country or None) for name, zone, country in found}


def zones_of(connection: Connection) -> Mapping[str, str]:
    """Give the zone of each brand (`scenarios.turn.Zones`)."""
    return {row.name: row.time_zone for row in connection.execute(select(brands.c.name, brands.c.time_zone))}


def applied_tick(connection: Connection) -> int:
    """Give the last tick that scenarios have had."""
    return int(connection.scalar(select(func.max(scenarios_applied.c.tick_id))) or 0)


def kin(connection: Any, nodes: Collection[int]) -> Mapping[int, frozenset[int]]:
    """Give, for each node, all nodes of its person, itself included (`model.scenario.NodesOf`)."""
    founders = region.founders_of(connection, nodes)
    people = {one: frozenset(own) for one, own in store.nodes_of(connection, set(founders.values())).items()}
    return {node: people.get(founders.get(node, NOBODY)) or frozenset({node}) for node in nodes}


def message_references(state: State, message_ids: Sequence[str]) -> dict[str, Reference]:
    """Say whom messages were sent to, from our own ledger."""
    if not message_ids:
        return {}
    o = outbox.c
    wanted = select(o.message_id, o.brand, o.channel, o.contact, o.node_id, o.scenario, o.step, o.handed_at)
    with state.read() as connection:
        found = connection.execute(wanted.where(outbox.c.message_id.in_(set(message_ids))))
        return {row.message_id: Reference(*row[1:]) for row in found}


def counts_of(connection: Connection) -> dict[str, object]:
    """Count what acts: enrollments by status, messages by state."""
    by_status = connection.execute(select(enrollments.c.status, func.count()).group_by(enrollments.c.status))
    by_state = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {
        "enrollments": {row[0]: row[1] for row in by_status},
        "messages": {row[0]: row[1] for row in by_state},
    }


def _universal_share(connection: Connection) -> dict[tuple[str, int], float]:
    """Give the share of the universal control group, once a policy for every brand says one."""
    policy = policies.load(connection).get(EVERY_BRAND)
    return {} if policy is None else {(EVERYTHING, 0): policy.universal_share}


def authored(connection: Connection) -> Authored:
    """Give what results need to know that no fact says: zones, control shares, and what stands in the ledger now."""
    shelf = definitions.load(connection)
    c = candidates.c
    place = (c.scenario, c.scenario_version, c.step, c.brand)
    waiting = connection.execute(
        select(*place, func.count()).where(c.outcome == Outcome.DEFERRED.value).group_by(*place)
    )
    loser = candidates.alias("loser")
    taken = connection.execute(
        select(*place, func.count())
        .join(loser, loser.c.replaced_by == c.message_id)
        .where(loser.c.scenario != c.scenario)
        .group_by(*place)
    )
    return Authored(
        zones=zones_of(connection),
        control_shares={key: one.control_share for key, one in shelf.definitions.items()}
        | _universal_share(connection),
        deferred={(name, version, step, brand): count for name, version, step, brand, count in waiting},
        crowded_out={(name, version, step, brand): count for name, version, step, brand, count in taken},
    )
