"""What a score is: a plug-in that looks at a brand's history as of an instant and gives people values and kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from comptoir import plugins
from comptoir.clock import micros
from comptoir.warehouse.base import Cursor

Texts = Mapping[str, str]
"""The same words by language: `en` and `fr`."""
Unit = Literal["money", "days", "count", "share", "date", "points", "none"]

ROWS = pa.schema(
    {"score": pa.string(), "profile_id": pa.string(), "value": pa.float64(), "label": pa.string(), "since": pa.date32()}
)
"""What a run gives: one row a score and person. A `date` is the number of days since 1970."""
AFFINITIES = pa.schema(
    {"profile_id": pa.string(), "category": pa.string(), "value": pa.float64(), "lift": pa.float64()}
)
"""What a run may give beside: one row a person and category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One score that a plug-in gives."""

    name: str
    words: Texts
    unit: Unit = "none"
    """What `value` counts. Units: `money` in the brand's currency, `days` in days, `share` 0 to 1."""
    labels: Mapping[str, Texts] = field(default_factory=dict)
    """The kinds it names, in the order they are shown; none where it is a number only."""
    is_ranked: bool = True
    """Whether a higher value is better, so that people have a place among all."""
    is_told: bool = False
    """Whether scenarios hear when a label changes; where it names no kinds, a tenth (of a share: a twentieth)."""
    is_finance: bool = False
    """Whether its value tells of cost and margin, which not every role may read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a page says of a plug-in, by language: its title, what it is good for, its formula, and whose it is."""

    title: Texts
    says: Texts
    formula: Texts
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How much a brand has to count from."""

    order_count: int = 0
    buyer_count: int = 0
    repeat_count: int = 0
    """Purchases after a person's first, one a day."""
    event_count: int = 0
    """Events of any kind."""
    first_on: date | None = None
    last_on: date | None = None

    @property
    def days(self) -> int:
        """Give the days from the first purchase to the last."""
        return (self.last_on - self.first_on).days if self.first_on and self.last_on else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is missing, in words, beside what there is."""

    needs: Texts
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What a score is asked for.

    The cursor that comes with it has two tables of its own: `score_people` (node_id, profile_id), everybody or one
    person, and `score_purchases` (profile_id, order_hash, ordered_at, day, channel, coupon, currency, amount_minor,
    costed_minor, cost_minor), their orders of this brand that counted at `as_of`.
    """

    brand: str
    as_of: datetime
    """Aware; facts from then on are not looked at."""
    zone: str = "UTC"
    """IANA name."""
    currency: str = "EUR"
    history: History = History()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def on(self) -> date:
        """Give the day in the brand's zone that begins at or before `as_of`."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).date()

    @property
    def before(self) -> datetime:
        """Give `as_of` as the warehouse writes it: UTC, without saying so."""
        return self.as_of.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    @property
    def at(self) -> int:
        """Give `as_of` in microseconds since 1970."""
        return micros(self.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a run found."""

    rows: pa.Table
    """As `ROWS` says; a score or person may be missing."""
    affinities: pa.Table | None = None
    """As `AFFINITIES` says, all of them for the brand; None from a score that counts none."""
    report: Mapping[str, Any] = field(default_factory=dict)
    """Figures of the run as a whole, kept with it as JSON."""
    artifact: bytes | None = None
    """A fitted model, 2 MB at most: the newest of each brand is kept, and given to `explain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person's scores of one plug-in are now, by score: value, label, place."""

    profile_id: str
    values: Mapping[str, float | None]
    labels: Mapping[str, str | None]
    top_shares: Mapping[str, float | None]
    report: Mapping[str, Any] = field(default_factory=dict)
    """What the brand's last run reported."""
    artifact: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sentence that says why, in each language."""

    words: Texts
    is_finance: bool = False
    """Whether it tells of cost or margin."""


class Score(Protocol):
    """
    A plug-in of the group `comptoir.scores`: a class without arguments, whose objects keep nothing between calls.

    A run reads facts before `as_of` only, gives the same answer for any order of the facts, and at most one row a score
    and person. Its purchases are in `score_purchases` already; what else it needs it reads with SQL of its own.
    """

    @property
    def name(self) -> str:
        """Name the plug-in, as commands and addresses do."""
        ...

    @property
    def about(self) -> About:
        """Say what it is, how it is counted, and whose method that is."""
        ...

    @property
    def gives(self) -> Sequence[Given]:
        """List the scores it gives."""
        ...

    def gate(self, history: History) -> Need | None:
        """Say what is missing to count honestly; None where enough is there."""
        ...

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Score everybody of the brand."""
        ...

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say why one person has these scores; `score_people` and `score_purchases` hold hers only."""
        ...


def every() -> list[Score]:
    """Give all scores that are installed. Order: by name."""
    return [named(point.name) for point in plugins.offered(plugins.Kind.SCORE)]


def named(name: str) -> Score:
    """Give the score of this name. Raises: PluginNotFound, PluginBroken."""
    made: Score = plugins.load(plugins.Kind.SCORE, name)()
    return made
