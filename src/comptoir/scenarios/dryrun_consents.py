"""The consents of a rehearsal: the real ledger, asked once about everybody, and again of whom something new is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from comptoir.model.consent import ConsentKey, Consents, ConsentStatement, ContactPoint, Known

_MOST_AT_ONCE = 20_000
_Key = TypeVar("_Key", bound=ConsentKey | ContactPoint)
_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class Remembered:
    """
    Gives the same answers as `consents` (`model.consent.Consents`), from memory where it gave them before.

    What it says of an address depends on that address's own statements, and in a rehearsal nobody else writes them:
    an answer holds until the next statement about its address. `contacts` are those that are likely to be asked for.
    """

    consents: Consents
    contacts: Collection[str] = ()
    _told: dict[str, dict[tuple[str, object], Any]] = field(default_factory=dict)
    """By address; None where the ledger has nothing to say."""
    _asked: set[tuple[object, ...]] = field(default_factory=set)
    """Of which questions all contacts were asked."""

    def apply(self, connection: Any, statements: Sequence[ConsentStatement]) -> None:
        """Append statements, and forget what they may change."""
        if statements:
            self.consents.apply(connection, statements)
        for one in statements:
            self._told.pop(one.contact, None)

    def forget(self, contacts: Iterable[str]) -> None:
        """Forget what was told of addresses, of which something was written beside this."""
        for one in contacts:
            self._told.pop(one, None)

    def granted(self, connection: Any, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        return frozenset(
            self._of("granted", keys, lambda new: dict.fromkeys(self.consents.granted(connection, new), True))
        )

    def paused_until(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, int]:
        """Give until when (microseconds) each of `keys` asked for a pause; those who did not are left out."""
        return self._of("paused", keys, lambda new: self.consents.paused_until(connection, new))

    def refused_tags(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, frozenset[str]]:
        """Give the tags (themes) each of `keys` wants nothing of; those who want everything are left out."""
        return self._of("refused", keys, lambda new: self.consents.refused_tags(connection, new))

    def known(self, connection: Any, points: Collection[ContactPoint], at: int) -> Mapping[ContactPoint, Known]:
        """Give how things stand with each of `points`, said to be so `at` (microseconds)."""
        found = self._of("known", points, lambda new: self.consents.known(connection, new, at))
        return {point: replace(known, at=at) for point, known in found.items()}

    def _of(
        self, what: str, asked: Collection[_Key], ask: Callable[[Collection[_Key]], Mapping[_Key, _Value]]
    ) -> dict[_Key, _Value]:
        new = {one for one in asked if (what, one) not in self._told.get(one.contact, ())}
        if new:
            new |= self._like(what, new)
            found = ask(new)
            for one in new:
                self._told.setdefault(one.contact, {})[what, one] = found.get(one)
        told = {one: self._told[one.contact][what, one] for one in asked}
        return {one: value for one, value in told.items() if value is not None}

    def _like(self, what: str, new: Collection[_Key]) -> set[_Key]:
        """Give the same question about every contact, the first time it comes: one question costs as much as many."""
        if len(self.contacts) > _MOST_AT_ONCE:
            return set()
        like: set[_Key] = set()
        for one in new:
            kind = (what, *one[1:])  # all but the contact
            if kind not in self._asked:
                self._asked.add(kind)
                like.update(cast("_Key", one._replace(contact=contact)) for contact in self.contacts)
        return like
