"""The steps that draw: a random split, and an experiment whose arms are recorded. A person keeps what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Self

from comptoir.grammar.fields import Fields
from comptoir.grammar.forms import one
from comptoir.ids import hash64
from comptoir.model.scenario import Block, Drawn, Facts, FieldKind, FormField, Go, Stay

_WHOLE = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of a draw. Units: `weight` against the sum of all weights."""

    name: str
    weight: int
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draw:
    """What both steps share: ways with weights, one of which is drawn for a person and then kept."""

    waits_for: ClassVar[None] = None
    restarts: ClassVar[bool] = False
    listed: ClassVar[str]
    """Under which name the definition lists the ways."""
    is_experiment: ClassVar[bool]
    """Whether draws are recorded."""
    key: str
    ways: tuple[Way, ...]

    @property
    def branches(self) -> Mapping[str, Block]:
        """Give all ways by name."""
        return {way.name: way.block for way in self.ways}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read the list of ways, each with `name`, `weight` and `then`."""
        return cls(key=fields.key, ways=_ways(fields, cls.listed))

    def decide(self, facts: Facts) -> Go | Stay:
        """Go the way that was drawn before in this run, else draw one."""
        return _draw(self.key, self.ways, facts, is_experiment=self.is_experiment)


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomSplit(_Draw):
    """Send people different ways by chance, in shares by weight; the same person always goes the same way."""

    kind: ClassVar[str] = "random_split"
    label: ClassVar[Mapping[str, str]] = {"fr": "Répartition au hasard", "en": "Random split"}
    listed: ClassVar[str] = "ways"
    is_experiment: ClassVar[bool] = False

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (one("ways", FieldKind.WEIGHTS, "Chemins et poids", "Ways and weights", is_required=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment(_Draw):
    """Compare arms: a random split whose draws are recorded, so that results can be read per arm."""

    kind: ClassVar[str] = "experiment"
    label: ClassVar[Mapping[str, str]] = {"fr": "Expérience", "en": "Experiment"}
    listed: ClassVar[str] = "arms"
    is_experiment: ClassVar[bool] = True

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (one("arms", FieldKind.WEIGHTS, "Bras et poids", "Arms and weights", is_required=True),)


def _ways(fields: Fields, name: str) -> tuple[Way, ...]:
    found = []
    for inner in fields.items(name):
        found.append(Way(name=inner.text("name"), weight=inner.whole("weight", 1, least=1), block=inner.block("then")))
        inner.done()
    if len({way.name for way in found}) < len(found):
        raise fields.bad(name, [way.name for way in found], "names that differ")
    return tuple(found)


def _draw(key: str, ways: tuple[Way, ...], facts: Facts, *, is_experiment: bool) -> Go:
    before = facts.drawn.get(key)
    if before is not None and any(way.name == before for way in ways):
        return Go(before)
    lot = hash64("way", facts.salt, key, facts.who) % _WHOLE
    total = sum(way.weight for way in ways)
    sums = [0]
    for way in ways:
        sums.append(sums[-1] + way.weight)
    drawn = next(way.name for way, (_, upto) in zip(ways, pairwise(sums), strict=True) if lot * total < upto * _WHOLE)
    return Go(drawn, effects=(Drawn(arm=drawn, is_experiment=is_experiment),))
