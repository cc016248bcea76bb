"""Addresses of the API that read and answer in a way of their own, described beside the others."""

from __future__ import annotations

from typing import Any

import msgspec

from comptoir.access.roles import Right
from comptoir.reports.ask import QueryFailed, QueryTimedOut
from comptoir.reports.guard import QueryRefused
from comptoir.reports.service import EngineUnreachable
from comptoir.server.api.candidates import (
    BadCandidates,
    Batch,
    Came,
    IdempotencyKeyNeeded,
    IdempotencyKeyReused,
    NoSuchCandidate,
    OutcomeStands,
    TooManyCandidates,
)
from comptoir.server.api.endpoints import Endpoint
from comptoir.server.api.profiles import NoSuchProfile, UnknownKind
from comptoir.server.api.questions import BadQuestion, Question
from comptoir.server.api.why import NoSuchMessage


class Period(msgspec.Struct, kw_only=True):
    """Which brand, between which instants (ISO 8601), and how many days after a click count."""

    brand: str | None = None
    since: str | None = None
    until: str | None = None
    window_days: int | None = None


class Including(msgspec.Struct, kw_only=True):
    """Whether to tell what is counted too: `counted` adds service level, computed traits and scores."""

    include: str | None = None


ENDPOINTS = (
    Endpoint(
        method="POST", path="/query", deed=None, tag="Figures", right=Right.ASK, body=Question,
        answer=list[dict[str, Any]], called="query", summary="Answer a question in SQL, as JSON, CSV or Arrow.",
        errors=(BadQuestion, QueryRefused, QueryFailed, QueryTimedOut),
        example={"sql": "SELECT count(*) AS orders FROM orders"},
    ),
    Endpoint(
        method="GET", path="/results", tag="Figures", right=Right.SEE_RESULTS, query=Period, answer=dict[str, Any],
        summary="What scenarios brought: sent, clicked, ordered, held out, attributed and incremental revenue.",
        errors=(BadQuestion,),
    ),
    Endpoint(
        method="GET", path="/profiles/{kind}/{value}", tag="People", right=Right.SEE_CUSTOMERS, answer=dict[str, Any],
        called="profile_by_identifier", query=Including,
        summary="A profile by one identifier; made to be asked thousands of times a second.",
        errors=(NoSuchProfile, UnknownKind, EngineUnreachable),
    ),
    Endpoint(
        method="GET", path="/profiles/{profile_id}", tag="People", right=Right.SEE_CUSTOMERS, answer=dict[str, Any],
        called="profile", query=Including, summary="A profile by its own name, or by one that was merged into it.",
        errors=(NoSuchProfile, EngineUnreachable),
    ),
    Endpoint(
        method="GET", path="/profiles/{kind}/{value}/why", tag="Why", right=Right.SEE_CUSTOMERS,
        called="why_identifier", answer=dict[str, Any],
        summary="Every message ever wished for a person, and why it went or not.",
        errors=(NoSuchProfile,),
    ),
    Endpoint(
        method="GET", path="/profiles/{profile_id}/why", tag="Why", right=Right.SEE_CUSTOMERS, called="why_profile",
        answer=dict[str, Any], summary="The same, by the profile's own name.", errors=(NoSuchProfile,),
    ),
    Endpoint(
        method="GET", path="/messages/{message_id}/why", tag="Why", right=Right.SEE_CUSTOMERS, called="why_message",
        answer=dict[str, Any], summary="The whole story of one message.", errors=(NoSuchMessage,),
    ),
    Endpoint(
        method="POST", path="/candidates", deed=None, tag="Pressure", right=Right.PROPOSE_CONTACTS, body=Batch,
        called="candidates_ask",
        answer=dict[str, Any], summary="For an outside tool that asks before it sends; wants an Idempotency-Key.",
        errors=(BadCandidates, TooManyCandidates, IdempotencyKeyNeeded, IdempotencyKeyReused),
        example={
            "candidates": [
                {
                    "key": "spring-2026",
                    "person": {"kind": "email", "value": "ann@example.org"},
                    "expires_at": "2026-11-22T12:00:00Z",
                }
            ]
        },
    ),
    Endpoint(
        method="POST", path="/candidates/{message_id}/outcome", deed=None, tag="Pressure", right=Right.PROPOSE_CONTACTS,
        called="candidates_settle", body=Came, answer=dict[str, Any], summary="Say what came of a candidate, once.",
        errors=(BadCandidates, NoSuchCandidate, OutcomeStands), example={"outcome": "sent", "detail": "250 ok"},
    ),
)  # fmt: skip
"""Routed by their own modules."""
