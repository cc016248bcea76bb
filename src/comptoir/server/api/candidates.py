"""
For an outside tool that asks before it sends: `POST /api/v1/candidates`, then `…/{id}/outcome` to say what came of it.

They stand in the same ledger as our own messages, so that one person bears one pressure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, delete, insert, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.access.roles import Principal, Right
from comptoir.clock import Clock, instant, micros
from comptoir.config import Settings
from comptoir.errors import ComptoirError
from comptoir.identity import profile
from comptoir.ids import hash64, hex64
from comptoir.messaging import reporting
from comptoir.messaging.suppression import suppressed
from comptoir.model.consent import MARKETING, ConsentKey, Consents
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import Candidate, DeliveryKind, Discretion, MessageClass, Outcome, Reason
from comptoir.pressure import book, explain
from comptoir.pressure.ledger import PressureLedger
from comptoir.pressure.rows import answers, candidates, reservations
from comptoir.server.api.keys import SecretKeys
from comptoir.server.api.profiles import normal
from comptoir.state.base import State, open_state
from comptoir.state.rows import read_value

PREFIX = "/api/v1/candidates"
MOST = 1_000
"""Candidates in one request."""
MOST_BYTES = 2_000_000
REMEMBERED = timedelta(days=1)
"""How long the answer to an idempotency key is kept."""
LONGEST = timedelta(days=31)
"""How far ahead a candidate may expire."""


class BadCandidates(ComptoirError, ValueError):
    """These candidates cannot be read."""

    code, status = "bad_candidates", 400
    hint = "docs/reference/api.md shows a request with every field."


class TooManyCandidates(ComptoirError, ValueError):
    """There are too many candidates in one request."""

    code, status = "too_many_candidates", 413
    hint = "Send at most 1,000 at once."


class IdempotencyKeyNeeded(ComptoirError, ValueError):
    """This request needs an Idempotency-Key."""

    code, status = "idempotency_key_needed", 400
    hint = "Send a header Idempotency-Key that is new for each batch, and the same when the same batch is sent again."


class IdempotencyKeyReused(ComptoirError, ValueError):
    """This Idempotency-Key came with another body before."""

    code, status = "idempotency_key_reused", 422
    hint = "Draw a new key for each new batch."


class NoSuchCandidate(ComptoirError, LookupError):
    """No candidate of yours has this id."""

    code, status = "no_such_candidate", 404
    hint = "Use the id that the answer to POST /api/v1/candidates gave."


class OutcomeStands(ComptoirError):
    """Another outcome of this candidate was told before."""

    code, status = "outcome_stands", 409
    hint = "What was sent stays sent; ask again with a new candidate for a new message."


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody, by one identifier."""

    kind: str
    value: str


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """A message that an outside tool would send."""

    key: str
    """Names the message: the same key for the same person is the same message."""
    person: Person
    expires_at: datetime
    campaign: str = "outside"
    contact: str | None = None
    brand: str | None = None
    channel: str = "email"
    purpose: str = MARKETING
    message_class: str = "campaign"
    priority: int = 50
    expected_value: float = 0.0
    tags: tuple[str, ...] = ()
    discretion: str = "generic"
    language: str = "fr"
    country: str | None = None
    time_zone: str | None = None


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """At most 1,000 of them."""

    candidates: list[Wish]


class Came(msgspec.Struct, forbid_unknown_fields=True):
    """What came of one."""

    outcome: Literal["sent", "failed", "not_sent"]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Where an outside tool asks: state that can be written, the ledger, and the consents."""

    state: State
    clock: Clock
    ledger: PressureLedger
    consents: Consents

    def ask(self, who: Principal, idempotency_key: str, body: bytes, lang: str) -> bytes:
        """
        Judge a batch and answer each candidate: send, wait or no. The same key and body get the same answer.

        Raises: BadCandidates, TooManyCandidates, IdempotencyKeyReused, NotAllowed.
        """
        now = self.clock.now()
        asked = _read(body)
        wishes = [_wish(one, who, now, place) for place, one in enumerate(asked)]
        digest = hashlib.sha256(body).hexdigest()
        with self.state.write() as connection:
            known = self._answered(connection, who.id, idempotency_key, digest)
            if known is not None:
                return known
            self.ledger.expire(connection, now)
            wishes = [_reached(connection, one, self.consents) for one in wishes]
            self._judge(connection, wishes, now)
            answer = msgspec.json.encode({"candidates": _answers(connection, wishes, lang)})
            connection.execute(
                insert(answers).values(
                    source=who.id, idempotency_key=idempotency_key, body_hash=digest, answer=answer.decode(),
                    at=micros(now),
                )
            )  # fmt: skip
            connection.execute(delete(answers).where(answers.c.at < micros(now - REMEMBERED)))
        return answer

    def settle(self, who: Principal, message_id: str, body: bytes, lang: str) -> bytes:
        """
        Write down what came of a message: sent counts, failed and not sent release. Saying it twice is saying it once.

        Raises: BadCandidates, NoSuchCandidate, OutcomeStands.
        """
        try:
            came = msgspec.json.decode(body, type=Came)
        except msgspec.MsgspecError as error:
            raise BadCandidates(detail=str(error)) from error
        now = self.clock.now()
        with self.state.write() as connection:
            row = _own(connection, who, message_id)
            wanted = _SETTLED[came.outcome]
            if (row["outcome"], row["reason"]) != wanted:
                may = row["outcome"] == Outcome.QUEUED or row["reason"] == Reason.NOT_SETTLED
                if not may:
                    raise OutcomeStands(id=message_id, outcome=row["outcome"])
                self._settle(connection, row, came, now)
            (told,) = explain.why(connection, message_id=message_id, lang=lang)
        return msgspec.json.encode({"id": message_id, "outcome": told["outcome"], "because": told["because"]})

    def _answered(self, connection: Connection, source: str, key: str, digest: str) -> bytes | None:
        found = connection.execute(
            select(answers.c.body_hash, answers.c.answer).where(
                answers.c.source == source, answers.c.idempotency_key == key
            )
        ).first()
        if found is None:
            return None
        if found.body_hash != digest:
            raise IdempotencyKeyReused(key=key[:100])
        return str(found.answer).encode()

    def _judge(self, connection: Connection, wishes: Sequence[Candidate], now: datetime) -> None:
        known = book.outcomes_of(connection, [one.message_id for one in wishes])
        fresh = [one for one in wishes if known.get(one.message_id, Outcome.DEFERRED) == Outcome.DEFERRED]
        refused = _refused(connection, fresh, self.consents)
        for reason in sorted(set(refused.values())):
            some = [one for one in fresh if refused.get(one.message_id) == reason]
            self.ledger.note(connection, some, Outcome.DROPPED, reason, now, arm=None)
        self.ledger.arbitrate(connection, [one for one in fresh if one.message_id not in refused], now, arm=None)

    def _settle(self, connection: Connection, row: Mapping[str, Any], came: Came, now: datetime) -> None:
        if came.outcome == "not_sent":
            self.ledger.dropped(connection, row, Reason.NOT_SENT, now)
            line = reporting.message_line(row, Outcome.DROPPED, Reason.NOT_SENT.value, now)
            reporting.queue(connection, [line])
            return
        kind = DeliveryKind.ACCEPTED if came.outcome == "sent" else DeliveryKind.FAILED
        self.ledger.handed(connection, row, now)
        self.ledger.settled(connection, row, kind, now)
        outcome = Outcome.SENT if came.outcome == "sent" else Outcome.FAILED
        reporting.queue(
            connection,
            [
                reporting.message_line(row, outcome, None, now),
                reporting.delivery_line(row, kind, came.detail[:500], now),
            ],
        )


_SETTLED = {
    "sent": (Outcome.SENT.value, None),
    "failed": (Outcome.FAILED.value, None),
    "not_sent": (Outcome.DROPPED.value, Reason.NOT_SENT.value),
}


def open_counter(settings: Settings, clock: Clock) -> Counter:
    """Open a home's ledger for outside tools. The desk's own state is read-only, so this opens one of its own."""
    from comptoir.acting import pressure_of  # noqa: PLC0415 (it brings the whole engine: not at the desk's start)
    from comptoir.app import LINK_KEY  # noqa: PLC0415
    from comptoir.privacy.consent import ConsentLedger  # noqa: PLC0415

    state = open_state(settings.path("state.db"))
    with state.read() as connection:
        link_key = read_value(connection, LINK_KEY) or b""
    return Counter(state=state, clock=clock, ledger=pressure_of(settings, link_key), consents=ConsentLedger())


def routes(keys: SecretKeys, opened: Callable[[], Counter]) -> list[Route]:
    """Give the routes; `keys` says who asks, `opened` gives the counter when the first one does."""

    async def ask(request: Request) -> Response:
        """Answer which of these candidates may go."""
        who = await run_in_threadpool(_principal, request, keys)
        key = request.headers.get("idempotency-key", "").strip()
        if not key or len(key) > 255:
            raise IdempotencyKeyNeeded
        body, lang = await _body(request), _lang(request)
        return _json(await run_in_threadpool(lambda: opened().ask(who, key, body, lang)))

    async def settle(request: Request) -> Response:
        """Note what came of one."""
        who = await run_in_threadpool(_principal, request, keys)
        body, lang, which = await _body(request), _lang(request), request.path_params["message_id"]
        return _json(await run_in_threadpool(lambda: opened().settle(who, which, body, lang)))

    return [
        Route(PREFIX, ask, methods=["POST"]),
        Route(PREFIX + "/{message_id}/outcome", settle, methods=["POST", "PATCH"]),
    ]


def _principal(request: Request, keys: SecretKeys) -> Principal:
    who = keys.check(request.headers.get("authorization", ""))
    who.check(Right.PROPOSE_CONTACTS)
    return who


async def _body(request: Request) -> bytes:
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > MOST_BYTES:
            raise TooManyCandidates(bytes=f"more than {MOST_BYTES}")
    return bytes(read)


def _lang(request: Request) -> str:
    said = request.query_params.get("lang") or request.headers.get("accept-language", "en")
    return "fr" if said.lower().startswith("fr") else "en"


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


# ── reading ──


def _read(body: bytes) -> list[Wish]:
    try:
        asked = msgspec.json.decode(body, type=Batch).candidates
    except msgspec.MsgspecError as error:
        raise BadCandidates(detail=str(error)) from error
    if len(asked) > MOST:
        raise TooManyCandidates(candidates=len(asked), most=MOST)
    return asked


def _wish(one: Wish, who: Principal, now: datetime, place: int) -> Candidate:
    where = f"candidates[{place}]"
    if one.person.kind not in set(IdentifierKind) or not one.person.value.strip():
        raise BadCandidates(field=f"{where}.person", takes=f"a kind of {[kind.value for kind in IdentifierKind]}")
    if one.message_class not in set(MessageClass) or one.discretion not in set(Discretion):
        raise BadCandidates(field=where, takes="a message_class and a discretion that are known")
    if one.expires_at.tzinfo is None or one.expires_at > now + LONGEST:
        raise BadCandidates(field=f"{where}.expires_at", takes="an instant with its offset, within 31 days")
    if not one.key or len(one.key) > 255 or not -1_000_000 <= one.priority <= 1_000_000:
        raise BadCandidates(field=where, takes="a key of 1 to 255 characters and a priority within a million")
    brand = one.brand or (next(iter(who.brands)) if len(who.brands) == 1 else None)
    if brand is None:
        raise BadCandidates(field=f"{where}.brand", takes="the brand, as your key is for several")
    who.check_brand(brand)
    value = normal(one.person.kind, one.person.value)
    is_address = one.person.kind == _ADDRESS_OF.get(one.channel)
    return Candidate(
        message_id="x" + hex64(hash64("outside", who.name, brand, one.channel, one.key, one.person.kind, value)),
        message_class=MessageClass(one.message_class),
        scenario=f"outside:{who.name}",
        scenario_version=0,
        step=one.campaign,
        enrollment_id=0,
        brand=brand,
        channel=one.channel,
        purpose=one.purpose,
        template="",
        discretion=Discretion(one.discretion),
        language=one.language,
        node_id=node_of(one.person.kind, value),
        profile_id="",
        contact=normal("email", one.contact) if one.contact else (value if is_address else ""),
        occasion=f"{who.name}/{one.key}",
        priority=one.priority,
        expected_value=one.expected_value,
        wished_at=now,
        expires_at=one.expires_at.astimezone(UTC),
        tags=one.tags,
        country=one.country,
        time_zone=one.time_zone,
        is_outside=True,
    )


_ADDRESS_OF = {"email": IdentifierKind.EMAIL.value, "sms": IdentifierKind.PHONE.value}


def _reached(connection: Connection, wish: Candidate, consents: Consents) -> Candidate:
    """Find the person, and the address where the tool named none: the first that has consent, else the first."""
    found = profile.read_node(connection, wish.node_id)
    if found is None:
        return wish
    contact = wish.contact
    if not contact:
        known = found.values(_ADDRESS_OF.get(wish.channel, wish.channel))
        keys = [ConsentKey(one, wish.brand, wish.purpose, wish.channel) for one in known]
        granted = consents.granted(connection, keys)
        contact = next((key.contact for key in keys if key in granted), known[0] if known else "")
    return msgspec.structs.replace(wish, profile_id=found.profile_id, contact=contact)


def _refused(connection: Connection, wishes: Sequence[Candidate], consents: Consents) -> dict[str, Reason]:
    """Say whom nobody may write to, whatever the pressure."""
    marketing = [one for one in wishes if one.message_class.is_marketing]
    granted = consents.granted(connection, {_key(one) for one in marketing})
    themes = consents.refused_tags(connection, granted)
    refused = {
        one.message_id: Reason.THEME_REFUSED
        for one in marketing
        if not themes.get(_key(one), frozenset()).isdisjoint(one.tags)
    }
    for brand, channel in sorted({(one.brand, one.channel) for one in wishes}):
        own = [one for one in wishes if (one.brand, one.channel) == (brand, channel)]
        listed = suppressed(connection, contacts=[one.contact for one in own], channel=channel, brand=brand)
        refused |= {one.message_id: Reason.SUPPRESSED for one in own if one.contact in listed}
    refused |= {one.message_id: Reason.NO_CONSENT for one in marketing if _key(one) not in granted}
    refused |= {one.message_id: Reason.NO_CONTACT for one in wishes if not one.contact}
    return refused


def _key(one: Candidate) -> ConsentKey:
    return ConsentKey(one.contact, one.brand, one.purpose, one.channel)


# ── answering ──


def _answers(connection: Connection, wishes: Sequence[Candidate], lang: str) -> list[dict[str, object]]:
    """Answer each candidate from what was written down. Order: as they were asked."""
    wanted = [one.message_id for one in wishes]
    c, r = candidates.c, reservations.c
    asked = select(
        c.message_id, c.outcome, c.reason, c.deferred_until, c.replaced_by, r.state, r.expires_at.label("held_until")
    ).outerjoin(reservations, r.message_id == c.message_id)
    rows = {}
    for start in range(0, len(wanted), 500):
        for row in connection.execute(asked.where(c.message_id.in_(wanted[start : start + 500]))).mappings():
            rows[row["message_id"]] = dict(row)
    return [_answer(one, rows[one.message_id], lang) for one in wishes]


def _answer(wish: Candidate, row: Mapping[str, Any], lang: str) -> dict[str, object]:
    until = instant(row["deferred_until"]).isoformat() if row["deferred_until"] else None
    may = row["outcome"] == Outcome.QUEUED and row["state"] == "reserved"
    answer = "send" if may else ("wait" if row["outcome"] == Outcome.DEFERRED else "no")
    because = explain.sentence(row["outcome"], row["reason"], until=until, replaced_by=row["replaced_by"], lang=lang)
    return {
        "id": wish.message_id,
        "key": wish.occasion.partition("/")[2],
        "answer": answer,
        "contact": wish.contact if may else None,
        "outcome": row["outcome"],
        "reason": row["reason"],
        "because": None if may else because,
        "wait_until": until,
        "reserved_until": instant(row["held_until"]).isoformat() if may else None,
    }


def _own(connection: Connection, who: Principal, message_id: str) -> dict[str, Any]:
    found = (
        connection.execute(select(candidates).where(candidates.c.message_id == message_id, candidates.c.is_outside))
        .mappings()
        .first()
    )
    if found is None or found["scenario"] != f"outside:{who.name}" or not who.may_see(found["brand"]):
        raise NoSuchCandidate(id=message_id[:100])
    return dict(found) | {"cart_id": None}
