"""
People: a method for each address of the API.

Written by `make docs` from the description of the API; edit the endpoints instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Unpack

from comptoir.client import shapes_people
from comptoir.client.asking import Asking, at


class PeopleCalls(Asking):
    """People."""

    __slots__ = ()

    def people(self, *, person: str) -> shapes_people.PeoplePerson:
        """One person by any of her identifiers."""
        found: shapes_people.PeoplePerson = self.ask("GET", "/people", query={"person": person})
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
    ) -> Iterator[shapes_people.Moment]:
        """What happened with a person, newest first."""
        yield from self.each("/people/timeline", limit=limit, person=person, kind=kind)

    def people_cut(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Cut]
    ) -> shapes_people.Parted:
        """Cut an identifier off a person; joining them again takes it back."""
        found: shapes_people.Parted = self.ask("POST", "/people/cut", body=body, idempotency_key=idempotency_key)
        return found

    def people_foresee_cut(self, *, person: str, identifier: str) -> shapes_people.Foreseen:
        """What each side of a cut would keep, before anything is cut."""
        found: shapes_people.Foreseen = self.ask(
            "GET", "/people/cut", query={"person": person, "identifier": identifier}
        )
        return found

    def people_join(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Join]
    ) -> shapes_people.PeoplePerson:
        """Say that two are one person; a cut takes it back exactly."""
        found: shapes_people.PeoplePerson = self.ask("POST", "/people/join", body=body, idempotency_key=idempotency_key)
        return found

    def search(self, *, q: str) -> list[shapes_people.Hit]:
        """Pages, scenarios and people by what is typed, as ⌘K finds them."""
        found: list[shapes_people.Hit] = self.ask("GET", "/search", query={"q": q})
        return found

    def people_search(self, *, q: str) -> list[shapes_people.CareFound]:
        """People by any identifier, an order, a cart, a message, or part of a name."""
        found: list[shapes_people.CareFound] = self.ask("GET", "/people/search", query={"q": q})
        return found

    def people_recent(self, *, who: str | None = None) -> list[shapes_people.Recent]:
        """Who was in touch lately."""
        found: list[shapes_people.Recent] = self.ask("GET", "/people/recent", query={"who": who})
        return found

    def people_standing(self, *, person: str) -> shapes_people.Standing:
        """Where a person is written to, and whether that is paused or stopped."""
        found: shapes_people.Standing = self.ask("GET", "/people/standing", query={"person": person})
        return found

    def people_messages(self, *, person: str) -> list[shapes_people.CareWish]:
        """Every message wished for a person: sent, deferred, dropped or held out, and why."""
        found: list[shapes_people.CareWish] = self.ask("GET", "/people/messages", query={"person": person})
        return found

    def people_export(self, *, person: str) -> dict[str, Any]:
        """Everything kept of a person, for that person."""
        found: dict[str, Any] = self.ask("GET", "/people/export", query={"person": person})
        return found

    def people_pause(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Pause]
    ) -> shapes_people.Standing:
        """Write to a person nowhere for a while."""
        found: shapes_people.Standing = self.ask("POST", "/people/pause", body=body, idempotency_key=idempotency_key)
        return found

    def people_resume(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Named]
    ) -> shapes_people.Standing:
        """End a person's pause."""
        found: shapes_people.Standing = self.ask("POST", "/people/resume", body=body, idempotency_key=idempotency_key)
        return found

    def people_stop(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Named]
    ) -> shapes_people.Standing:
        """Write to none of a person's addresses any more."""
        found: shapes_people.Standing = self.ask("POST", "/people/stop", body=body, idempotency_key=idempotency_key)
        return found

    def people_start(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Named]
    ) -> shapes_people.Standing:
        """Take back a stop made by hand; addresses that bounced or complained stay stopped."""
        found: shapes_people.Standing = self.ask("POST", "/people/start", body=body, idempotency_key=idempotency_key)
        return found

    def changes(
        self,
        *,
        after: str | None = None,
        limit: int | None = None,
        wait: float | None = None,
        start: Literal["all", "now"] | None = None,
    ) -> shapes_people.Changes:
        """What changed about people, in order, at least once; a key of a source is not told its own words."""
        found: shapes_people.Changes = self.ask(
            "GET", "/changes", query={"after": after, "limit": limit, "wait": wait, "start": start}
        )
        return found

    def people_erasure(self, *, person: str) -> shapes_people.Preview:
        """What erasing a person would take away, what would stay, and the word."""
        found: shapes_people.Preview = self.ask("GET", "/people/erasure", query={"person": person})
        return found

    def people_erase(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Erase]
    ) -> shapes_people.Erasure:
        """Erase a person for ever: it cannot be taken back."""
        found: shapes_people.Erasure = self.ask("POST", "/people/erase", body=body, idempotency_key=idempotency_key)
        return found

    def erasures(self) -> list[shapes_people.Erasure]:
        """Who was erased, by number, and what became of it."""
        found: list[shapes_people.Erasure] = self.ask("GET", "/erasures")
        return found

    def erasures_get(self, erasure_id: str, /) -> shapes_people.Erasure:
        """One erasure, and its receipt once it is done."""
        found: shapes_people.Erasure = self.ask("GET", at("/erasures/{}", erasure_id))
        return found

    def matches(
        self, *, standing: Literal["decided", "open"] | None = None, limit: int | None = None
    ) -> shapes_people.Matches:
        """Pairs that may be one person, with what speaks for it and against."""
        found: shapes_people.Matches = self.ask("GET", "/matches", query={"standing": standing, "limit": limit})
        return found

    def matches_accept(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Pair]
    ) -> shapes_people.Match:
        """Say that two are one person; undo takes it back exactly."""
        found: shapes_people.Match = self.ask("POST", "/matches/accept", body=body, idempotency_key=idempotency_key)
        return found

    def matches_reject(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Pair]
    ) -> shapes_people.Match:
        """Say that two are not one person; nothing but a hand joins them any more."""
        found: shapes_people.Match = self.ask("POST", "/matches/reject", body=body, idempotency_key=idempotency_key)
        return found

    def matches_undo(
        self, *, idempotency_key: str | None = None, **body: Unpack[shapes_people.Pair]
    ) -> shapes_people.Match:
        """Take a decision back: the pair waits again."""
        found: shapes_people.Match = self.ask("POST", "/matches/undo", body=body, idempotency_key=idempotency_key)
        return found

    def matches_suggest(
        self, *, only_new: bool | None = None, idempotency_key: str | None = None
    ) -> shapes_people.Suggested:
        """Compare all people now, or who is new or changed with all, and suggest who may be one."""
        found: shapes_people.Suggested = self.ask(
            "POST", "/matches/suggest", query={"only_new": only_new}, idempotency_key=idempotency_key
        )
        return found

    def people_card(self, *, person: str) -> shapes_people.FiguresCard:
        """A person at a glance: orders, visits, points, affinities, consents, scenarios she is in."""
        found: shapes_people.FiguresCard = self.ask("GET", "/people/card", query={"person": person})
        return found

    def profile_by_identifier(self, kind: str, value: str, /, *, include: str | None = None) -> dict[str, Any]:
        """A profile by one identifier; made to be asked thousands of times a second."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}/{}", kind, value), query={"include": include})
        return found

    def profile(self, profile_id: str, /, *, include: str | None = None) -> dict[str, Any]:
        """A profile by its own name, or by one that was merged into it."""
        found: dict[str, Any] = self.ask("GET", at("/profiles/{}", profile_id), query={"include": include})
        return found
