"""
People: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from comptoir.client import shapes
from comptoir.client.asking import Asking, at


class PeopleCalls(Asking):
    """People."""

    __slots__ = ()

    def people(self, *, person: str) -> shapes.PeoplePerson:
        """One person by any of her identifiers."""
        found: shapes.PeoplePerson = self.ask("GET", "/people", query={"person": person})
        return found

    def people_links(self, *, person: str) -> dict[str, Any]:
        """Why her identifiers are one person: links, what does not count, merges and cuts."""
        found: dict[str, Any] = self.ask("GET", "/people/links", query={"person": person})
        return found

    def people_timeline(
        self,
        *,
        person: str,
        limit: int | None = None,
        kind: Literal["", "cart", "event", "message", "order", "points"] | None = None,
    ) -> Iterator[shapes.Moment]:
        """What happened with a person, newest first."""
        yield from self.each("/people/timeline", limit=limit, person=person, kind=kind)

    def people_cut(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Cut]) -> shapes.Parted:
        """Cut an identifier off a person; joining them again takes it back."""
        found: shapes.Parted = self.ask("POST", "/people/cut", body=body, idempotency_key=idempotency_key)
        return found

    def people_foresee_cut(self, *, person: str, identifier: str) -> shapes.Foreseen:
        """What each side of a cut would keep, before anything is cut."""
        found: shapes.Foreseen = self.ask("GET", "/people/cut", query={"person": person, "identifier": identifier})
        return found

    def people_join(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Join]) -> shapes.PeoplePerson:
        """Say that two are one person; a cut takes it back exactly."""
        found: shapes.PeoplePerson = self.ask("POST", "/people/join", body=body, idempotency_key=idempotency_key)
        return found

    def search(self, *, q: str) -> list[shapes.Hit]:
        """Pages, scenarios and people by what is typed, as ⌘K finds them."""
        found: list[shapes.Hit] = self.ask("GET", "/search", query={"q": q})
        return found

    def people_search(self, *, q: str) -> list[shapes.CareFound]:
        """People by any identifier, an order, a cart, a message, or part of a name."""
        found: list[shapes.CareFound] = self.ask("GET", "/people/search", query={"q": q})
        return found

    def people_recent(self, *, who: str | None = None) -> list[shapes.Recent]:
        """Who was in touch lately."""
        found: list[shapes.Recent] = self.ask("GET", "/people/recent", query={"who": who})
        return found

    def people_standing(self, *, person: str) -> shapes.Standing:
        """Where a person is written to, and whether that is paused or stopped."""
        found: shapes.Standing = self.ask("GET", "/people/standing", query={"person": person})
        return found

    def people_messages(self, *, person: str) -> list[shapes.CareWish]:
        """Every message wished for a person: sent, deferred, dropped or held out, and why."""
        found: list[shapes.CareWish] = self.ask("GET", "/people/messages", query={"person": person})
        return found

    def people_export(self, *, person: str) -> dict[str, Any]:
        """Everything kept of a person, for that person."""
        found: dict[str, Any] = self.ask("GET", "/people/export", query={"person": person})
        return found

    def people_pause(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Pause]) -> shapes.Standing:
        """Write to a person nowhere for a while."""
        found: shapes.Standing = self.ask("POST", "/people/pause", body=body, idempotency_key=idempotency_key)
        return found

    def people_resume(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Named]) -> shapes.Standing:
        """End a person's pause."""
        found: shapes.Standing = self.ask("POST", "/people/resume", body=body, idempotency_key=idempotency_key)
        return found

    def people_stop(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Named]) -> shapes.Standing:
        """Write to none of a person's addresses any more."""
        found: shapes.Standing = self.ask("POST", "/people/stop", body=body, idempotency_key=idempotency_key)
        return found

    def people_start(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Named]) -> shapes.Standing:
        """Take back a stop made by hand; addresses that bounced or complained stay stopped."""
        found: shapes.Standing = self.ask("POST", "/people/start", body=body, idempotency_key=idempotency_key)
        return found

    def matches(
        self, *, standing: Literal["decided", "open"] | None = None, limit: int | None = None
    ) -> shapes.Matches:
        """Pairs that may be one person, with what speaks for it and against."""
        found: shapes.Matches = self.ask("GET", "/matches", query={"standing": standing, "limit": limit})
        return found

    def matches_accept(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Pair]) -> shapes.Match:
        """Say that two are one person; undo takes it back exactly."""
        found: shapes.Match = self.ask("POST", "/matches/accept", body=body, idempotency_key=idempotency_key)
        return found

    def matches_reject(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Pair]) -> shapes.Match:
        """Say that two are not one person; nothing but a hand joins them any more."""
        found: shapes.Match = self.ask("POST", "/matches/reject", body=body, idempotency_key=idempotency_key)
        return found

    def matches_undo(self, *, idempotency_key: str | None = None, **body: Unpack[shapes.Pair]) -> shapes.Match:
        """Take a decision back: the pair waits again."""
        found: shapes.Match = self.ask("POST", "/matches/undo", body=body, idempotency_key=idempotency_key)
        return found

    def matches_suggest(self, *, idempotency_key: str | None = None) -> shapes.Suggested:
        """Compare all people now, as every night, and suggest who may be one."""
        found: shapes.Suggested = self.ask("POST", "/matches/suggest", idempotency_key=idempotency_key)
        return found

    def people_card(self, *, person: str) -> shapes.FiguresCard:
        """A person at a glance: orders, visits, points, affinities, consents, scenarios she is in."""
        found: shapes.FiguresCard = self.ask("GET", "/people/card", query={"person": person})
        return found

    def profile_by_identifier(self, kind: str, value: str, /) -> dict[str, Any]:
        """A profile by one identifier; made to be asked thousands of times a second."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}/{}", kind, value))
        return found

    def profile(self, profile_id: str, /) -> dict[str, Any]:
        """A profile by its own name, or by one that was merged into it."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}", profile_id))
        return found
