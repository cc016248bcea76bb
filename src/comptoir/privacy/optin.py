"""Double opt-in: a claimed consent is nothing until the owner of the address presses a button; each step is proof."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from comptoir.clock import instant, micros
from comptoir.ids import hash64, hex64
from comptoir.messaging import confirming
from comptoir.messaging.rows import outbox
from comptoir.messaging.suppression import suppressed
from comptoir.model.consent import EMAIL, Confirmed, ConsentKey, ConsentState, ConsentStatement
from comptoir.model.identifier import IdentifierKind, node_of
from comptoir.model.message import Discretion, MessageClass
from comptoir.privacy import texts
from comptoir.privacy.rows import opt_ins

_SEND_WITHIN = timedelta(hours=24)
_ADDRESS_WINDOW = timedelta(hours=24)
_NETWORK_WINDOW = timedelta(hours=1)
_LONGEST_ADDRESS = 254
_LONGEST_AGENT = 500

_HASH_CHARACTERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIns:
    """Asks, and takes the answer. All inside the caller's transaction."""

    salt: bytes
    """Hashes the networks that people spoke from."""
    language_of: Callable[[Connection, str], str] = lambda _connection, _brand: "fr"
    """Gives a brand's language, for a request that says none."""
    life: timedelta = timedelta(days=7)
    """How long the link works."""
    per_address: int = 2
    """Mails to one address in 24 hours, whatever brand: nobody can be bombed with them."""
    per_network: int = 20
    """Mails asked for from one network (/24, /48) in an hour."""
    name_of: Callable[[Connection, str], str] = lambda _connection, brand: brand
    """Gives a brand's name as people know it."""

    def ask(
        self,
        connection: Connection,
        claims: Sequence[ConsentStatement],
        granted: Collection[ConsentKey],
        now: datetime,
    ) -> None:
        """Queue the mails that ask; what was claimed of one address together is asked in one. Each leaves a row."""
        together: dict[tuple[str, str, str], list[ConsentStatement]] = defaultdict(list)
        for claim in claims:
            together[claim.contact, claim.brand, claim.channel].append(claim)
        for some in together.values():
            fresh = [one for one in some if not _is_known(connection, one.statement_id)]
            self._note(connection, [one for one in fresh if one.key in granted], "confirmed_already", now)
            open_ones = [one for one in fresh if one.key not in granted]
            if open_ones:
                self._ask(connection, open_ones, now)

    def confirm(self, connection: Connection, said: Confirmed) -> list[ConsentStatement]:
        """Give the consents that a pressed button confirms; pressed again, or too late, it confirms none."""
        o = opt_ins.c
        wanted = (o.message_id == said.message_id) & o.confirmed_at.is_(None)
        found = connection.execute(select(opt_ins).where(wanted).order_by(o.request_id)).mappings().all()
        known = [dict(row) for row in found if micros(said.stated_at) <= row["asked_at"] + self._longest()]
        if known:
            connection.execute(update(opt_ins).where(wanted).values(confirmed_at=micros(said.stated_at)))
        return [_confirmed(row, said, self.hashed(said.network)) for row in known]

    def hashed(self, network: str | None) -> str | None:
        """Hash a network as proof keeps it: compared, never read."""
        if not network:
            return None
        return hmac.digest(self.salt, b"network\0" + network.encode(), "sha256").hex()[:_HASH_CHARACTERS]

    def _longest(self) -> int:
        return int((self.life + _SEND_WITHIN) / timedelta(microseconds=1))

    def _ask(self, connection: Connection, claims: Sequence[ConsentStatement], now: datetime) -> None:
        first = claims[0]
        refused = self._refuses(connection, first, self.hashed(first.network), now)
        if refused is not None:
            self._note(connection, claims, refused, now)
            return
        message_id = f"opt-in-{hex64(hash64('opt-in', first.statement_id))}"
        versions = self._note(connection, claims, "mailed", now, message_id=message_id)
        row = self._row(connection, first, versions, message_id, now)
        connection.execute(insert(outbox).prefix_with("OR IGNORE").values(row))

    def _refuses(
        self, connection: Connection, claim: ConsentStatement, network: str | None, now: datetime
    ) -> str | None:
        if not _is_address(claim.contact):
            return "bad_address"
        if suppressed(connection, contacts=[claim.contact], channel=EMAIL, brand=claim.brand):
            return "suppressed"
        if _mails(connection, opt_ins.c.contact == claim.contact, now - _ADDRESS_WINDOW) >= self.per_address:
            return "address_quota"
        if network is not None:
            count = _mails(connection, opt_ins.c.network_hash == network, now - _NETWORK_WINDOW)
            if count >= self.per_network:
                return "network_quota"
        return None

    def _note(
        self,
        connection: Connection,
        claims: Sequence[ConsentStatement],
        outcome: str,
        now: datetime,
        *,
        message_id: str | None = None,
    ) -> list[texts.ConsentText]:
        """Write down what came of claims; give the words of those that are asked about."""
        asked = []
        for claim in claims:
            words = self._words(connection, claim)
            row = {
                "request_id": claim.statement_id,
                "contact": claim.contact,
                "brand": claim.brand,
                "channel": claim.channel,
                "purpose": claim.purpose,
                "language": words.language,
                "text_version": words.version,
                "source": claim.source,
                "asked_at": micros(now),
                "network_hash": self.hashed(claim.network),
                "user_agent": (claim.user_agent or "")[:_LONGEST_AGENT] or None,
                "outcome": outcome,
                "message_id": message_id,
            }
            connection.execute(insert(opt_ins).prefix_with("OR IGNORE").values(row))
            asked.append(words)
        return asked

    def _words(self, connection: Connection, claim: ConsentStatement) -> texts.ConsentText:
        """Give the words the claim is about: the version it names, else the newest, in its language."""
        language = _language(claim.language or self.language_of(connection, claim.brand))
        about = {"brand": claim.brand, "purpose": claim.purpose, "channel": claim.channel}
        found = texts.current(connection, **about, language=language)
        if claim.text_version and (found is None or found.version != claim.text_version):
            named = texts.find(connection, **about, version=claim.text_version)
            found = next((one for one in named if one.language == language), named[0] if named else None)
            # a version that only the site knows is kept by its name: the site holds its words
            found = found or texts.ConsentText(**about, language=language, version=claim.text_version, text="")
        return found or texts.ConsentText(**about, language=language, version="none", text="")

    def _row(
        self,
        connection: Connection,
        claim: ConsentStatement,
        asked: Sequence[texts.ConsentText],
        message_id: str,
        now: datetime,
    ) -> dict[str, Any]:
        words = confirming.words(
            self.name_of(connection, claim.brand),
            asked[0].language,
            {f"{one.purpose}:{one.version}": one.text for one in asked},
            self.life,
        )
        return {
            "message_id": message_id,
            "message_class": MessageClass.SERVICE.value,
            "scenario": confirming.SCENARIO,
            "scenario_version": 1,
            "step": "ask",
            "enrollment_id": 0,
            "brand": claim.brand,
            "channel": EMAIL,
            "purpose": "service",
            "contact": claim.contact,
            "node_id": node_of(IdentifierKind.EMAIL, claim.contact),
            "language": asked[0].language,
            "template": confirming.TEMPLATE,
            "words": msgspec.json.encode(words).decode(),
            "discretion": Discretion.GENERIC.value,
            "promise": "[]",
            "rank": MessageClass.SERVICE.rank,
            "queued_at": micros(now),
            "not_before": micros(now),
            "expires_at": micros(now + _SEND_WITHIN),
            "state": "queued",
        }


def _confirmed(row: dict[str, Any], said: Confirmed, network: str | None) -> ConsentStatement:
    proof = {
        "kind": "double opt-in",
        "request": row["request_id"],
        "mail": row["message_id"],
        "asked_at": instant(row["asked_at"]).isoformat(),
        "asked_from": row["network_hash"],
        "asked_with": row["user_agent"],
        "confirmed_at": said.stated_at.isoformat(),
        "confirmed_from": network,
        "confirmed_with": (said.user_agent or "")[:_LONGEST_AGENT] or None,
        "language": row["language"],
    }
    return ConsentStatement(
        statement_id=f"{said.statement_id}:{row['purpose']}",
        contact_kind=EMAIL,
        contact=row["contact"],
        brand=row["brand"],
        purpose=row["purpose"],
        channel=row["channel"],
        state=ConsentState.GRANTED,
        source=row["source"],
        stated_at=said.stated_at,
        acts_at_once=True,
        text_version=row["text_version"],
        proof=msgspec.json.encode(proof).decode(),
    )


def _is_known(connection: Connection, request_id: str) -> bool:
    return connection.scalar(select(opt_ins.c.request_id).where(opt_ins.c.request_id == request_id)) is not None


def _mails(connection: Connection, whose: ColumnElement[bool], since: datetime) -> int:
    o = opt_ins.c
    asked = select(func.count(o.message_id.distinct())).where(whose, o.asked_at > micros(since), o.outcome == "mailed")
    return int(connection.scalar(asked) or 0)


def _is_address(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(
        at
        and local
        and "@" not in local
        and "." in domain.strip(".")
        and len(text) <= _LONGEST_ADDRESS
        and text.isprintable()
        and not any(one.isspace() or one in '<>,;"()' for one in text)
    )


def _language(language: str) -> str:
    return "en" if language.lower().startswith("en") else "fr"
