"""From wishes to candidates: whom, in which language, about which products; refused, held out, or to arbitration."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection

from comptoir.ids import hash64, hex64
from comptoir.messaging.render import SLOT, SOURCE, TIMES
from comptoir.messaging.suppression import suppressed
from comptoir.model.consent import ConsentKey, needed
from comptoir.model.message import ONSITE, Arm, Candidate, MessageClass, Outcome, PromisedLine, Reason
from comptoir.model.scenario import BACK_IN_STOCK, PRICE_DROPPED, BrowserFacts, Effect, Proposal, WorldFacts
from comptoir.scenarios.parse import Definition
from comptoir.scenarios.runs import Run
from comptoir.scenarios.turn import Turn

_A_YEAR = 365 * 86_400_000_000
"""Units: microseconds. No clock of silence is shorter."""
_WHOLE = 1 << 64
_SCALARS = (str, int, float, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a step wishes for, with the run that made it, where it stood and what is known. Units: microseconds."""

    run: Run
    step: str
    arrived_at: int
    definition: Definition
    effect: Effect
    world: WorldFacts
    zone: str = "UTC"

    @property
    def name(self) -> str:
        """Name the wish: the same step of the same run that came to it at the same moment gives the same name."""
        return hex64(hash64("message", hex64(self.run.enrollment_id), self.step, str(self.arrived_at)))


def all_of(turn: Turn, wishes: Sequence[Wish], granted: frozenset[ConsentKey]) -> None:
    """Make the candidates of wishes, and say of each what becomes of it."""
    if not wishes:
        return
    blocked = _suppressed(turn.connection, wishes)
    forbids = _Forbids.of(turn, wishes, granted)
    refused: dict[Reason, list[Candidate]] = defaultdict(list)
    held: list[Candidate] = []
    universal: list[Candidate] = []
    treated: list[Candidate] = []
    eligible: list[tuple[Wish, Candidate]] = []
    for wish in wishes:
        assert isinstance(wish.effect, Proposal)
        made, reason = candidate(turn, wish, wish.effect, granted, blocked)
        reason = reason or forbids.say(made)
        if reason is not None:
            refused[reason].append(made)
            continue
        eligible.append((wish, made))
    nobody = turn.hands.pressure.in_universal_control(turn.connection, [made for _, made in eligible], turn.now)
    for wish, made in eligible:
        if made.message_id in nobody:  # drawn before the scenario's own arms: these hold whom it could have written to
            universal.append(made)
            continue
        if made.message_class.is_marketing:
            _draw(turn, wish, made)
        elif wish.run.eligible_at is None:
            wish.run.eligible_at = turn.at  # it has come to a message: its key rests `again` after it
        is_held = made.message_class.is_marketing and wish.run.arm == Arm.CONTROL.value
        (held if is_held else treated).append(made)
    _hold_out(turn, universal, Reason.UNIVERSAL_CONTROL)
    _hold_out(turn, held, Reason.CONTROL)
    _decide(turn, refused, treated)


@dataclass(frozen=True, slots=True)
class _Forbids:
    """What people have said, or their silence says, beside consent: themes they refused, and that they are gone."""

    refused_tags: Mapping[ConsentKey, frozenset[str]]
    lapsed: frozenset[int]

    @classmethod
    def of(cls, turn: Turn, wishes: Sequence[Wish], granted: frozenset[ConsentKey]) -> _Forbids:
        """Read it once for all wishes."""
        lapsed = turn.hands.lapsed
        silent = {wish.run.node_id for wish in wishes if not _has_just_acted(wish, turn.at)}
        return cls(
            turn.hands.consents.refused_tags(turn.connection, granted),
            lapsed(silent, turn.now) if lapsed is not None and silent else frozenset(),
        )

    def say(self, made: Candidate) -> Reason | None:
        """Say why a candidate goes no further."""
        if not made.message_class.is_marketing:
            return None
        if made.node_id in self.lapsed:
            return Reason.NO_LONGER_A_PROSPECT
        key = ConsentKey(made.contact, made.brand, made.purpose, made.channel)
        if not self.refused_tags.get(key, frozenset()).isdisjoint(made.tags):
            return Reason.THEME_REFUSED
        return None


def _has_just_acted(wish: Wish, at: int) -> bool:
    """Say whether the run itself shows that its person is there: then nobody need look years back."""
    events = frozenset(wish.definition.trigger.events)
    is_own_act = bool(events) and events.isdisjoint({BACK_IN_STOCK, PRICE_DROPPED})
    return is_own_act and at - wish.run.last_action_at < _A_YEAR


def _hold_out(turn: Turn, held: list[Candidate], reason: Reason) -> None:
    if held:
        turn.hands.pressure.note(turn.connection, held, Outcome.HELD_OUT, reason, turn.now, arm=Arm.CONTROL)
        turn.done.candidates[Outcome.HELD_OUT.value] += len(held)


def _decide(turn: Turn, refused: Mapping[Reason, list[Candidate]], treated: list[Candidate]) -> None:
    pressure, done = turn.hands.pressure, turn.done
    for reason, some in refused.items():
        pressure.note(turn.connection, some, Outcome.DROPPED, reason, turn.now, arm=None)
        done.candidates[reason.value] += len(some)
    for verdict in pressure.arbitrate(turn.connection, treated, turn.now):
        done.candidates[verdict.outcome.value] += 1


def candidate(
    turn: Turn,
    wish: Wish,
    proposal: Proposal,
    granted: frozenset[ConsentKey],
    blocked: frozenset[tuple[str, str, str]],
) -> tuple[Candidate, Reason | None]:
    """Make the candidate of a wish, and say why it cannot go on to arbitration."""
    run, definition, world = wish.run, wish.definition, wish.world
    message_class = MessageClass(proposal.message_class) if proposal.message_class else definition.message_class
    contact, reason = _contact(wish, proposal, message_class, granted, blocked)
    shelf = proposal.shelf or definition.shelf
    promise = _promise(world, shelf, proposal.channel)
    if reason is None and shelf != "none" and not promise:
        reason = Reason.NOTHING_TO_SHOW
    language, words = _words(definition, proposal, world.language, world.browser)
    speaks_of_cart = shelf == "cart"
    return Candidate(
        message_id="m" + wish.name,
        message_class=message_class,
        scenario=run.scenario,
        scenario_version=run.version,
        step=wish.step,
        enrollment_id=run.enrollment_id,
        brand=run.brand,
        channel=proposal.channel,
        purpose=proposal.purpose,
        template=proposal.template,
        discretion=definition.discretion,
        language=language,
        node_id=run.node_id,
        profile_id=world.profile_id or "",
        contact=contact,
        occasion=hex64(run.enrollment_id),
        priority=definition.priority,
        expected_value=definition.expected_value,
        wished_at=turn.now,
        expires_at=proposal.expires_at,
        cart_key=run.cart_key if speaks_of_cart else None,
        cart_id=run.cart_id if speaks_of_cart else None,
        promise=promise,
        words=words,
        traits="{}" if proposal.channel == ONSITE else traits_of(world),
        tags=proposal.tags or definition.tags,
        country=world.person.country,
        time_zone=wish.zone,
    ), reason


def _promise(world: WorldFacts, shelf: str, channel: str) -> tuple[PromisedLine, ...]:
    """
    Give the products that a message speaks of: on the site only those which its browser named itself.

    A public key may claim anybody's account and anybody's cart, so a page says nothing that it did not say before.
    """
    shown = world.shown(shelf)
    if channel != ONSITE:
        return shown
    own = world.browser.product_ids if world.browser is not None else frozenset()
    return tuple(line for line in shown if line.product_id in own)


def traits_of(world: WorldFacts) -> str:
    """Write down what words may say of the person: what it stated, as JSON."""
    person = world.person
    said: dict[str, Any] = {name: value for name, value in person.traits.items() if isinstance(value, _SCALARS)}
    known = {"first_name": person.first_name, "last_name": person.last_name, "country": person.country}
    said |= {name: value for name, value in known.items() if value is not None}
    return msgspec.json.encode(said, order="sorted").decode() if said else "{}"


def _words(
    definition: Definition, proposal: Proposal, language: str | None, browser: BrowserFacts | None
) -> tuple[str, str]:
    if proposal.stored_version is not None:
        stored = {"@template": proposal.template, "@version": proposal.stored_version}
        return language or "fr", msgspec.json.encode(stored).decode()
    languages = definition.words[proposal.template]
    chosen = language if language in languages else next(iter(languages))
    assert chosen is not None
    if proposal.channel == ONSITE and browser is not None:
        place = {SLOT: proposal.slot, TIMES: proposal.times, SOURCE: browser.source}
        return chosen, msgspec.json.encode({**languages[chosen], **place}).decode()
    return chosen, _encoded(definition, proposal.template, chosen)


@lru_cache(maxsize=1_024)
def _encoded_words(words: tuple[tuple[str, str], ...]) -> str:
    return msgspec.json.encode(dict(words)).decode()


def _encoded(definition: Definition, template: str, language: str) -> str:
    return _encoded_words(tuple(definition.words[template][language].items()))


def _draw(turn: Turn, wish: Wish, made: Candidate) -> None:
    """Put the person in an arm, once for this run, at the moment a message would really go (intention to treat)."""
    run = wish.run
    if run.arm is not None:
        return
    who = made.profile_id or f"node:{run.node_id}"
    drawn = (hash64("arm", turn.hands.salt, run.scenario, who) % _WHOLE) / _WHOLE
    run.arm = (Arm.CONTROL if drawn < wish.definition.control_share else Arm.TREATED).value
    run.arm_of, run.eligible_at = who, turn.at


def _contact(
    wish: Wish,
    proposal: Proposal,
    message_class: MessageClass,
    granted: frozenset[ConsentKey],
    blocked: frozenset[tuple[str, str, str]],
) -> tuple[str, Reason | None]:
    contacts, brand = _contacts(wish, proposal), wish.run.brand
    if not contacts:
        return "", Reason.NO_CONTACT
    needs_consent = message_class.is_marketing or proposal.channel == ONSITE
    allowed = [
        one
        for one in contacts
        if not needs_consent or needed(one, brand, proposal.purpose, proposal.channel) in granted
    ]
    if not allowed:
        return contacts[0], Reason.NO_CONSENT
    free = [one for one in allowed if (one, proposal.channel, brand) not in blocked]
    return (free[0], None) if free else (allowed[0], Reason.SUPPRESSED)


def _contacts(wish: Wish, proposal: Proposal) -> tuple[str, ...]:
    """Give where a person can be reached: on the site it is the browser in which she did what the run follows."""
    if proposal.channel != ONSITE:
        return wish.world.emails
    return () if wish.world.browser is None else (wish.world.browser.anonymous_id,)


def _suppressed(connection: Connection, wishes: Sequence[Wish]) -> frozenset[tuple[str, str, str]]:
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for wish in wishes:
        assert isinstance(wish.effect, Proposal)
        asked[wish.effect.channel, wish.run.brand].update(_contacts(wish, wish.effect))
    return frozenset(
        (contact, channel, brand)
        for (channel, brand), contacts in asked.items()
        for contact in suppressed(connection, contacts=contacts, channel=channel, brand=brand)
    )
