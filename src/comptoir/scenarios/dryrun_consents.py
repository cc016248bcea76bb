"""The consents of a rehearsal: the real ledger, asked once of each word until something new is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from comptoir.model.consent import ConsentKey, Consents, ConsentStatement, ContactPoint, Known

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class Remembered:
    """
    Gives the same answers as `consents` (`model.consent.Consents`), from memory where it gave them before.

    Nobody else writes to the ledger of a rehearsal, so that they hold until the next statement.
    """

    consents: Consents
    _granted: dict[ConsentKey, bool] = field(default_factory=dict)
    _paused: dict[ConsentKey, int | None] = field(default_factory=dict)
    _refused: dict[ConsentKey, frozenset[str] | None] = field(default_factory=dict)
    _known: dict[ContactPoint, Known | None] = field(default_factory=dict)

    def apply(self, connection: Any, statements: Sequence[ConsentStatement]) -> None:
        """Append statements, and forget."""
        if statements:
            self.consents.apply(connection, statements)
            for told in (self._granted, self._paused, self._refused, self._known):
                told.clear()

    def granted(self, connection: Any, keys: Collection[ConsentKey]) -> frozenset[ConsentKey]:
        """Give those of `keys` whose latest word is a consent given to a confirmed source."""
        new = {key for key in keys if key not in self._granted}
        if new:
            found = self.consents.granted(connection, new)
            self._granted |= {key: key in found for key in new}
        return frozenset(key for key in keys if self._granted[key])

    def paused_until(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, int]:
        """Give until when (microseconds) each of `keys` asked for a pause; those who did not are left out."""
        return _told(self._paused, keys, lambda new: self.consents.paused_until(connection, new))

    def refused_tags(self, connection: Any, keys: Collection[ConsentKey]) -> Mapping[ConsentKey, frozenset[str]]:
        """Give the tags (themes) each of `keys` wants nothing of; those who want everything are left out."""
        return _told(self._refused, keys, lambda new: self.consents.refused_tags(connection, new))

    def known(self, connection: Any, points: Collection[ContactPoint], at: int) -> Mapping[ContactPoint, Known]:
        """Give how things stand with each of `points`, said to be so `at` (microseconds)."""
        found = _told(self._known, points, lambda new: self.consents.known(connection, new, at))
        return {point: replace(known, at=at) for point, known in found.items()}


def _told(
    told: dict[_Key, _Value | None], asked: Collection[_Key], ask: Callable[[Collection[_Key]], Mapping[_Key, _Value]]
) -> dict[_Key, _Value]:
    new = {one for one in asked if one not in told}
    if new:
        found = ask(new)
        told |= {one: found.get(one) for one in new}
    return {one: value for one in asked if (value := told[one]) is not None}
