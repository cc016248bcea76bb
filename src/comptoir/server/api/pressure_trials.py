"""Rules of contact over the API: tried on last month before they hold, and how much people bear by them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

import msgspec

from comptoir.access import keys
from comptoir.access.audit import Deed
from comptoir.access.roles import Right
from comptoir.access.users import NoSuchBrand
from comptoir.pressure import conflicts, policies
from comptoir.pressure.caps import EVERY_BRAND
from comptoir.pressure.conflicts import Conflict
from comptoir.pressure.policies import BadPolicy, PolicyNotFound
from comptoir.pressure.replay import Replay
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.endpoints import Call, Endpoint
from comptoir.server.api.pressure import Policy, Written, told
from comptoir.server.api.spans import Span, scope
from comptoir.web import pressure, pressure_policy, pressure_trial
from comptoir.web.pressure_trial import TooManyTrials, TrialNotFound
from comptoir.web.pressure_words import in_words
from comptoir.web.view import speech_of
from comptoir.web.visit import Period


class Fates(msgspec.Struct, kw_only=True):
    """What became of wishes: sent (of these some late), dropped, still waiting, held out."""

    sent: int
    late: int
    dropped: int
    waiting: int
    held_out: int


class Row(msgspec.Struct, kw_only=True):
    """One scenario: what really happened, what today's rules would have done, and what the tried ones would have."""

    scenario: str
    """Empty for all of them together."""
    wishes: int
    really: Fates
    before: Fates
    after: Fates


class Why(msgspec.Struct, kw_only=True):
    """How many wishes did not go at once for a reason, by today's rules and by the tried ones."""

    reason: str
    before: int
    after: int


class Found(msgspec.Struct, kw_only=True):
    """What a trial found."""

    total: Row
    rows: list[Row]
    reasons: list[Why]
    most_a_week_before: int
    """The most messages that one person gets within seven days."""
    most_a_week_after: int
    since: datetime
    until: datetime
    is_cut: bool
    """Whether there were more wishes than are replayed."""


class Trial(msgspec.Struct, kw_only=True):
    """Rules tried on the wishes of last month: how far that is, and what it found once it is over."""

    id: str
    brand: str
    definition: str
    state: Literal["running", "done", "failed"]
    done: int
    whole: int
    started_at: datetime
    found: Found | None


class Back(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A version that held before."""

    version: int


class Held(msgspec.Struct, kw_only=True):
    """The rules that hold for a brand, in words and as YAML to begin a draft from."""

    brand: str
    sentences: list[str]
    definition: str


class Week(msgspec.Struct, kw_only=True):
    """People who got so many messages in a week, what one of them bought on average, and how many had enough."""

    message_count: int
    is_more: bool
    """Whether it stands for that many or more."""
    person_weeks: int
    share: float
    tired_count: int
    tired_share: float
    amount_minor: dict[str, int]


class CloseTo(msgspec.Struct, kw_only=True):
    """Somebody who has had as many messages as a cap allows, or one fewer."""

    profile_id: str
    name: str
    message_count: int
    last_at: datetime


class NearCap(msgspec.Struct, kw_only=True):
    """A cap, and who is near it: `full_count` have had all it allows, `near_count` those and who lacks one."""

    brand: str
    words: str
    at_most: int
    full_count: int
    near_count: int
    people: list[CloseTo]


def start(call: Call) -> Trial:
    """Try rules."""
    brand, _ = policies.parse(call.body.definition)
    pressure_policy.check_brand(call.who, brand)
    if brand not in {EVERY_BRAND, *(one.name for one in keys.list_brands(call.desk.state))}:
        raise NoSuchBrand(brands=[brand[:100]])
    return _told(_trials(call).start(call.desk, brand, call.body.definition, by=call.who.id, only=call.who.brands))


def listed(call: Call) -> list[Trial]:
    """List one's own trials. Order: the newest first."""
    return [_told(one) for one in _trials(call).of(call.who.id)]


def show(call: Call) -> Trial:
    """Say how far a trial is, or what it found."""
    return _told(_trial(call))


def publish(call: Call) -> Policy:
    """Let rules hold that were tried."""
    one = _trial(call)
    pressure_policy.check_brand(call.who, one.brand)
    pressure_policy.publish(call.desk, call.who, one.definition)
    return _newest(call, one.brand)


def back(call: Call) -> Policy:
    """Let rules hold again that held before."""
    brand = call.path["brand"]
    pressure_policy.check_brand(call.who, brand)
    pressure_policy.publish_version(call.desk, call.who, brand, str(max(0, call.body.version)))
    return _newest(call, brand)


def held(call: Call) -> list[Held]:
    """Say which rules hold. Order: those of every brand first."""
    brands = [one.name for one in keys.list_brands(call.desk.state) if call.may_see(one.name)]
    said = speech_of(call.request)
    return [
        Held(
            brand=brand, sentences=in_words(said, pressure_policy.held_by(call.desk, brand)),
            definition=pressure_policy.text_of(call.desk, brand),
        )
        for brand in [EVERY_BRAND, *brands]
    ]  # fmt: skip


def weeks(call: Call) -> list[Week]:
    """Count people by the messages they got in a week. Order: fewest messages first."""
    asked = scope(call, default=Period.QUARTER)
    found = call.wait(pressure.weeks_of, call.desk, asked)
    return [
        Week(
            message_count=one.message_count, is_more=one.is_more, person_weeks=one.person_weeks, share=one.share,
            tired_count=one.tired_count, tired_share=one.tired_share, amount_minor=dict(one.worth),
        )
        for one in found
    ]  # fmt: skip


def near(call: Call) -> list[NearCap]:
    """Say who is near a cap of the brands asked for."""
    asked = scope(call)
    brands = [one.name for one in keys.list_brands(call.desk.state) if call.may_see(one.name)]
    brands = [one for one in brands if not asked.brands or one in asked.brands]
    found = call.wait(pressure.near_caps, call.desk, speech_of(call.request), brands, call.who)
    return [
        NearCap(
            brand=one.brand, words=one.words, at_most=one.at_most, full_count=one.full_count,
            near_count=one.near_count,
            people=[
                CloseTo(profile_id=person, name=name, message_count=count, last_at=last)
                for person, name, count, last in one.people
            ],
        )
        for one in found
    ]  # fmt: skip


def rivals(call: Call) -> list[Conflict]:
    """Say who made way for whom. Order: the most first."""
    asked = scope(call)
    with call.desk.state.read() as connection:
        return conflicts.displaced(connection, brands=asked.brands)


def _trials(call: Call) -> pressure_trial.Trials:
    return pressure_trial.trials_of(call.request.app.state)


def _trial(call: Call) -> pressure_trial.Trial:
    found = _trials(call).find(call.path["id"], call.who.id)
    if found is None:
        raise TrialNotFound
    return found


def _newest(call: Call, brand: str) -> Policy:
    call.tell(about=brand, brand="" if brand == EVERY_BRAND else brand)
    with call.desk.state.read() as connection:
        return told(policies.show(connection, brand))


def _told(one: pressure_trial.Trial) -> Trial:
    state: Any = "failed" if one.has_failed else "done" if one.is_over else "running"
    return Trial(
        id=one.id, brand=one.brand, definition=one.definition, state=state, done=one.done, whole=one.count,
        started_at=one.started_at, found=None if one.found is None else _found(one.found),
    )  # fmt: skip


def _found(found: Replay) -> Found:
    return Found(
        total=_row(found.total), rows=[_row(one) for one in found.rows],
        reasons=[Why(reason=reason, before=before, after=after) for reason, before, after in found.reasons],
        most_a_week_before=found.most_a_week[0], most_a_week_after=found.most_a_week[1], since=found.since,
        until=found.until, is_cut=found.is_cut,
    )  # fmt: skip


def _row(row: Any) -> Row:
    return Row(
        scenario=row.scenario, wishes=row.wishes, really=Fates(**asdict(row.really)),
        before=Fates(**asdict(row.before)), after=Fates(**asdict(row.after)),
    )  # fmt: skip


ENDPOINTS = (
    Endpoint(
        method="GET", path="/pressure/held", tag="Pressure", right=Right.CAMPAIGN, answer=list[Held], act=held,
        summary="The rules that hold for each brand, in words and as YAML to begin from.",
    ),
    Endpoint(
        method="POST", path="/pressure/trials", deed=None, called="pressure_try", tag="Pressure", right=Right.CAMPAIGN,
        body=Written, answer=Trial, act=start, status=202, errors=(BadPolicy, NoSuchBrand, TooManyTrials),
        summary="Try rules on the wishes of last month, in the background; nothing is kept or sent.",
        example={"definition": "brand: '*'\ncaps:\n  - {at_most: 2, days: 7}\n…"},
    ),
    Endpoint(
        method="GET", path="/pressure/trials", tag="Pressure", right=Right.CAMPAIGN, answer=list[Trial], act=listed,
        summary="Your own trials, the newest first; they are kept until the desk restarts.",
    ),
    Endpoint(
        method="GET", path="/pressure/trials/{id}", tag="Pressure", right=Right.CAMPAIGN, answer=Trial, act=show,
        summary="How far a trial is, or what it found: sent, deferred and dropped, before and after.",
        errors=(TrialNotFound,),
    ),
    Endpoint(
        method="POST", path="/pressure/trials/{id}/publish", deed=Deed.POLICY_PUBLISHED,
        tag="Pressure", right=Right.CAMPAIGN, answer=Policy,
        act=publish, status=201, summary="Let the rules hold that were tried.", errors=(TrialNotFound,),
    ),
    Endpoint(
        method="POST", path="/pressure/policies/{brand}/back", deed=Deed.POLICY_PUBLISHED, called="pressure_back",
        tag="Pressure",
        right=Right.CAMPAIGN, body=Back, answer=Policy, act=back, status=201, errors=(PolicyNotFound,),
        summary="Let a brand's rules hold again as they were in an earlier version.", example={"version": 1},
    ),
    Endpoint(
        method="GET", path="/pressure/weeks", tag="Pressure", right=Right.CAMPAIGN, query=Span, answer=list[Week],
        act=weeks, errors=(NoSuchBrand, EngineUnreachable),
        summary="People by the messages they got in a week, with what they bought and who had enough.",
    ),
    Endpoint(
        method="GET", path="/pressure/near", tag="Pressure", right=Right.CAMPAIGN, query=Span, answer=list[NearCap],
        act=near, errors=(NoSuchBrand, EngineUnreachable),
        summary="Who has had as many messages as a cap allows, or one fewer, cap by cap.",
    ),
    Endpoint(
        method="GET", path="/pressure/conflicts", tag="Pressure", right=Right.CAMPAIGN, query=Span,
        answer=list[Conflict], act=rivals, errors=(NoSuchBrand,),
        summary="Which scenarios made way for which, among the newest wishes.",
    ),
)  # fmt: skip
"""What the API says of trials of rules."""
