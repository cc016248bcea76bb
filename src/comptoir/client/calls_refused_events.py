"""
Refused events: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from comptoir.client import shapes_refused_events
from comptoir.client.asking import Asking, at


class RefusedEventsCalls(Asking):
    """Refused events."""

    __slots__ = ()

    def arrivals(
        self,
        *,
        source: str | None = None,
        dialect: str | None = None,
        name: str | None = None,
        profile: str | None = None,
        thing: str | None = None,
        reason: str | None = None,
        what: Literal["", "accepted", "refused"] | None = None,
    ) -> list[shapes_refused_events.Arrival]:
        """What came in lately, newest first, accepted or refused."""
        found: list[shapes_refused_events.Arrival] = self.ask(
            "GET",
            "/arrivals",
            query={
                "source": source,
                "dialect": dialect,
                "name": name,
                "profile": profile,
                "thing": thing,
                "reason": reason,
                "what": what,
            },
        )
        return found

    def refusals(self) -> list[shapes_refused_events.Refusals]:
        """How many events were refused of late, by reason."""
        found: list[shapes_refused_events.Refusals] = self.ask("GET", "/refusals")
        return found

    def refused_foresee(
        self,
        failed_id: str,
        /,
        *,
        idempotency_key: str | None = None,
        **body: Unpack[shapes_refused_events.FiguresText],
    ) -> shapes_refused_events.Outlook:
        """What would come of a refused event, as it came or with another text; nothing is kept."""
        found: shapes_refused_events.Outlook = self.ask(
            "POST", at("/refused/{}/foresee", failed_id), body=body, idempotency_key=idempotency_key
        )
        return found

    def refused(
        self, *, limit: int | None = None, reason: shapes_refused_events.RefusalReason | None = None
    ) -> Iterator[shapes_refused_events.Refused]:
        """Events that were refused, newest first, with the reason."""
        yield from self.each("/refused", limit=limit, reason=reason)

    def refused_get(self, failed_id: str, /) -> dict[str, Any]:
        """One refused event whole: why, what came, and what it was mended to."""
        found: dict[str, Any] = self.ask("GET", at("/refused/{}", failed_id))
        return found

    def refused_mend(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_refused_events.Mend]
    ) -> shapes_refused_events.Mended:
        """Mend refused events; nothing is sent in until they are replayed."""
        found: shapes_refused_events.Mended = self.ask(
            "POST", "/refused/mend", body=body, idempotency_key=idempotency_key
        )
        return found

    def refused_unmend(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_refused_events.Unmend]
    ) -> shapes_refused_events.Unmended:
        """Take back a mending of refused events that were not sent in yet."""
        found: shapes_refused_events.Unmended = self.ask(
            "POST", "/refused/unmend", body=body, idempotency_key=idempotency_key
        )
        return found

    def refused_replay(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_refused_events.Replay]
    ) -> shapes_refused_events.Replayed:
        """Send refused events in again, with their own time."""
        found: shapes_refused_events.Replayed = self.ask(
            "POST", "/refused/replay", body=body, idempotency_key=idempotency_key
        )
        return found
