"""Repurchase as a score: in which category each customer is about to buy again, and who is due in one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from comptoir.scores import bought
from comptoir.scores.base import Flags, Integers
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.repurchase import FEWEST_REPURCHASES, Curve, Waits, survival, waits
from comptoir.scores.sentences import because, day, percent
from comptoir.warehouse import sqlfile
from comptoir.warehouse.base import Cursor

NAME = "repurchase"
MOST_CATEGORIES = 500
"""Categories that are told of, those most bought again first: a catalogue has few that are bought again."""
AHEAD_DAYS = 30
_POINTS = 60
_FAR = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """
    How soon customers buy of a category again.

    Units: days after a purchase, by which a quarter, half and three quarters have; `late` is None if fewer ever do.
    """

    purchases: int
    repurchases: int
    early: int
    middle: int
    late: int | None
    day: Sequence[int]
    waiting: Sequence[float]
    """Share who have not bought again by each day, thinned: enough to read a chance from."""

    def chance(self, waited: int, ahead: int = AHEAD_DAYS) -> float:
        """Give the chance of buying again within `ahead` days, for who has waited so long."""
        now, then = (self._left(day) for day in (waited, waited + ahead))
        return 1.0 - then / now if now > 0 else 0.0

    def kind(self, waited: int) -> str:
        """Say where in the time of buying again somebody stands who has waited so long."""
        if waited < self.early:
            return "early"
        return "due" if self.late is None or waited <= self.late else "late"

    def _left(self, day: int) -> float:
        place = int(np.searchsorted(self.day, day, side="right"))
        return self.waiting[place - 1] if place else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Somebody who may buy of a category again."""

    profile_id: str
    last_on: date
    due_on: date
    """By then half have bought again."""
    kind: str
    chance: float
    """Of buying in the next 30 days."""


class Repurchase:
    """For each category, the time until customers buy of it again, those who have not yet among them."""

    name = NAME

    about = About(
        title={"en": "Buying again, by category", "fr": "Réachat, par catégorie"},
        says={
            "en": "After how long customers buy of a category again, and who is due in which.",
            "fr": "Après combien de temps les clients rachètent dans une catégorie, et qui y est attendu.",
        },
        formula={
            "en": "Share still waiting after so many days: the product of 1 − d/n over the days on which d of n came "
            "back. Due: from the day by which a quarter have bought again until three quarters have.",
            "fr": "Part de ceux qui attendent encore après tant de jours : produit des 1 − d/n sur les jours où d sur "
            "n sont revenus. Attendu : du jour où un quart ont racheté jusqu’à celui où trois quarts l’ont fait.",
        },
        source="Kaplan, Meier (1958)",
    )
    gives = (
        Given(
            name=NAME,
            unit="date",
            is_ranked=False,
            words={"en": "Next repurchase of a category", "fr": "Prochain réachat dans une catégorie"},
            labels={
                "early": {"en": "Still early", "fr": "Encore tôt"},
                "due": {"en": "Due", "fr": "Attendu"},
                "late": {"en": "Late", "fr": "Tardif"},
            },
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Say what is missing to count honestly."""
        if history.repeat_count >= FEWEST_REPURCHASES:
            return None
        needs = {
            "en": f"{FEWEST_REPURCHASES} orders after a first",
            "fr": f"{FEWEST_REPURCHASES} commandes après une première",
        }
        return Need(needs=needs, found=history.repeat_count)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Learn the rhythm of every category that is bought again, and find where each customer stands."""
        until = bought.last_day(asked)
        table, found, names, people = _waits(cursor, until)
        rhythms = {names[one]: rhythm for one, rhythm in _rhythms(found)}
        kept = sorted(rhythms, key=lambda name: (-rhythms[name].repurchases, name))[:MOST_CATEGORIES]
        rhythms = {name: rhythms[name] for name in sorted(kept)}
        person, due, kinds = _nearest(found, names, rhythms, until)
        return Scored(
            rows=bought.rows_of(NAME, np.asarray(people, dtype=object)[person], due.astype(np.float64), kinds),
            report={
                "lines": len(table),
                "categories": [
                    {"category": name, "purchases": one.purchases, "repurchases": one.repurchases,
                     "quarter_days": one.early, "half_days": one.middle, "three_quarters_days": one.late}
                    for name, one in rhythms.items()
                ],
            },
            artifact=_packed(rhythms),
        )  # fmt: skip

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say for each category that one person buys again where in its time they are."""
        until = bought.last_day(asked)
        rhythms = unpacked(standing.artifact)
        mine = [
            (one.due_on, category, one)
            for category, rhythm in rhythms.items()
            for one in _due(_last(cursor, category), rhythm, until)
        ]
        return [_reason(category, one, rhythms[category]) for _, category, one in sorted(mine, key=_order)]


def due_in(cursor: Cursor, asked: Asked, category: str, artifact: bytes | None) -> list[Due]:
    """
    Say who is in the time of buying of a category again.

    Order: by chance of buying in the next 30 days, the likeliest first; then by profile.
    """
    rhythm = unpacked(artifact).get(category)
    if rhythm is None:
        return []
    found = [one for one in _due(_last(cursor, category), rhythm, bought.last_day(asked)) if one.kind == "due"]
    return sorted(found, key=lambda one: (-one.chance, one.profile_id))


def unpacked(artifact: bytes | None) -> dict[str, Rhythm]:
    """Read the rhythms that a run kept."""
    return {} if artifact is None else {name: Rhythm(**one) for name, one in json.loads(artifact).items()}


def _packed(rhythms: Mapping[str, Rhythm]) -> bytes:
    fields = tuple(Rhythm.__slots__)
    plain = {name: {field: getattr(one, field) for field in fields} for name, one in rhythms.items()}
    return json.dumps(plain, ensure_ascii=False).encode()


def _waits(cursor: Cursor, until: int) -> tuple[pa.Table, Waits, list[str], list[str]]:
    table = sqlfile.load("comptoir.scores", "category_purchases").table(cursor)
    categories = table["category"].combine_chunks().dictionary_encode()
    people = table["profile_id"].combine_chunks().dictionary_encode()
    found = waits(
        bought.integers(categories.indices), bought.integers(people.indices), bought.integers(table["day"]), until=until
    )
    return table, found, categories.dictionary.to_pylist(), people.dictionary.to_pylist()


def _rhythms(found: Waits) -> Iterator[tuple[int, Rhythm]]:
    """Give the rhythm of each category that enough have bought again, half of them at least."""
    category, start, size = np.unique(found.category, return_index=True, return_counts=True)
    for one, first, count in zip(category.tolist(), start.tolist(), size.tolist(), strict=True):
        here = slice(first, first + count)
        again = int(found.came[here].sum())
        if again < FEWEST_REPURCHASES:
            continue
        curve = survival(found.days[here], found.came[here])
        early, middle = curve.day_of(0.25), curve.day_of(0.5)
        if early is None or middle is None:
            continue
        day, waiting = _thinned(curve)
        yield one, Rhythm(
            purchases=count, repurchases=again, early=early, middle=middle, late=curve.day_of(0.75),
            day=day, waiting=waiting,
        )  # fmt: skip


def _thinned(curve: Curve) -> tuple[list[int], list[float]]:
    step = -(-len(curve.day) // _POINTS)
    kept = np.unique(np.append(np.arange(0, len(curve.day), step), len(curve.day) - 1))
    return curve.day[kept].tolist(), [round(one, 6) for one in curve.waiting[kept].tolist()]


def _nearest(
    found: Waits, names: Sequence[str], rhythms: Mapping[str, Rhythm], until: int
) -> tuple[Integers, Integers, list[str | None]]:
    """Give for each person the category whose day is nearest to now, of those they may still buy of, else of all."""
    pending = ~found.came
    category, customer, waited = found.category[pending], found.customer[pending], found.days[pending]
    known = [rhythms.get(name) for name in names]
    middle = np.array([_FAR if one is None else one.middle for one in known], dtype=np.int64)[category]
    late = np.array([_FAR if one is None or one.late is None else one.late for one in known], dtype=np.int64)[category]
    early = np.array([0 if one is None else one.early for one in known], dtype=np.int64)[category]
    told: Flags = middle < _FAR
    customer, waited, middle, late, early, category = (
        part[told] for part in (customer, waited, middle, late, early, category)
    )
    order = np.lexsort((category, np.abs(middle - waited), waited > late, customer))
    person, first = np.unique(customer[order], return_index=True)
    best = order[first]
    kinds = np.where(waited < early, "early", np.where(waited <= late, "due", "late"))[best]
    return person, (until - waited + middle)[best], kinds.tolist()


def _last(cursor: Cursor, category: str) -> pa.Table:
    return sqlfile.load("comptoir.scores", "category_last").table(cursor, category=category)


def _due(last: pa.Table, rhythm: Rhythm, until: int) -> Iterator[Due]:
    for profile_id, bought_on in zip(last["profile_id"].to_pylist(), last["day"].to_pylist(), strict=True):
        waited = until - bought_on
        yield Due(
            profile_id=profile_id, last_on=bought.date_of(bought_on), due_on=bought.date_of(bought_on + rhythm.middle),
            kind=rhythm.kind(waited), chance=rhythm.chance(waited),
        )  # fmt: skip


def _order(one: tuple[date, str, Due]) -> tuple[date, str]:
    return one[:2]


def _reason(category: str, one: Due, rhythm: Rhythm) -> Reason:
    return because(
        f"{category}: last bought on {day(one.last_on, 'en')}; half of all customers buy again within {rhythm.middle} "
        f"days; a chance of {percent(one.chance, 'en')} in the next {AHEAD_DAYS} days.",
        f"{category} : dernier achat le {day(one.last_on, 'fr')} ; la moitié des clients rachètent en {rhythm.middle} "
        f"jours ; {percent(one.chance, 'fr')} de chances dans les {AHEAD_DAYS} prochains jours.",
    )
