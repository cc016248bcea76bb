"""When, and on which channel, each person answers best: their own acts, drawn towards everybody's pattern."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comptoir.scores import bought, shrink
from comptoir.scores.base import Floats, Integers
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, many, number, percent
from comptoir.scores.shrink import Counts
from comptoir.warehouse import sqlfile
from comptoir.warehouse.base import Cursor

HOUR, WEEKDAY, CHANNEL = "best_hour", "best_weekday", "best_channel"
FEWEST_ACTS = 200
"""Clicks and orders of all people below which nobody's hour is told."""
FEWEST_SENT, FEWEST_CLICKED = 50, 5
"""Messages and clicks below which a channel is not compared."""
_AT_ONCE = 50_000
_WEEKDAYS: Mapping[str, Mapping[str, str]] = {
    "monday": {"en": "Monday", "fr": "Lundi"},
    "tuesday": {"en": "Tuesday", "fr": "Mardi"},
    "wednesday": {"en": "Wednesday", "fr": "Mercredi"},
    "thursday": {"en": "Thursday", "fr": "Jeudi"},
    "friday": {"en": "Friday", "fr": "Vendredi"},
    "saturday": {"en": "Saturday", "fr": "Samedi"},
    "sunday": {"en": "Sunday", "fr": "Dimanche"},
}


class Moments:
    """The hour of the day, the day of the week and the channel at which each person answers best."""

    name = "moments"
    about = About(
        title={"en": "Best moment and channel", "fr": "Meilleur moment et canal"},
        says={
            "en": "The hour, the day of the week and the channel at which each person answers best.",
            "fr": "L’heure, le jour de la semaine et le canal auxquels chaque personne répond le mieux.",
        },
        formula={
            "en": "Share of each hour (or day) in the clicks and orders of a person: (own + w × everybody’s share) ÷ "
            "(all own + w), where w, the weight of everybody’s pattern, is learned: the less people differ, the more. "
            "Channel: messages clicked of those sent, drawn alike. Opened mails and clicks of robots count nothing.",
            "fr": "Part de chaque heure (ou jour) dans les clics et commandes d’une personne : (les siens + w × la "
            "part de tous) ÷ (tous les siens + w), où w, le poids de l’habitude de tous, est appris : moins les gens "
            "diffèrent, plus il est grand. Canal : messages cliqués sur envoyés, de même. Ni ouvertures ni clics de "
            "robots ne comptent.",
        },
        source="Efron, Morris (1975); Minka (2000)",
    )
    gives = (
        Given(name=HOUR, is_ranked=False, words={"en": "Best hour of the day", "fr": "Meilleure heure du jour"}),
        Given(
            name=WEEKDAY,
            is_ranked=False,
            words={"en": "Best day of the week", "fr": "Meilleur jour de la semaine"},
            labels=_WEEKDAYS,
        ),
        Given(name=CHANNEL, unit="share", is_ranked=False, words={"en": "Best channel", "fr": "Meilleur canal"}),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for enough that could be a click or an order."""
        found = history.event_count + history.order_count
        if found >= FEWEST_ACTS:
            return None
        needs = {"en": f"{FEWEST_ACTS} events or orders", "fr": f"{FEWEST_ACTS} événements ou commandes"}
        return Need(needs=needs, found=found)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Find the best hour, day and channel of everybody who ever clicked, ordered, or was sent something."""
        acts = sqlfile.load("comptoir.scores", "moments").table(cursor, **_when(asked))
        sent = sqlfile.load("comptoir.scores", "channels").table(cursor, brand=asked.brand, before=asked.before)
        rows, report = [], dict[str, Any](acts=int(pc.sum(acts["acts"]).as_py() or 0))
        if report["acts"] >= FEWEST_ACTS:
            people, hours = counted(acts, "hour", 24)
            _, days = counted(acts, "weekday", 7)
            hour, report["hours"] = best(hours, is_clock=True)
            day, report["weekdays"] = best(days, is_clock=False)
            rows += [
                bought.rows_of(HOUR, people, hour.astype(np.float64)),
                bought.rows_of(WEEKDAY, people, day.astype(np.float64), [list(_WEEKDAYS)[one] for one in day]),
            ]
        people, value, labels, report["channels"] = channels(sent)
        rows.append(bought.rows_of(CHANNEL, people, value, labels))
        return Scored(rows=bought.joined(rows), report=report)

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say from how many acts the hour and the day are, and how the channels compare."""
        acts = sqlfile.load("comptoir.scores", "moments").table(cursor, **_when(asked))
        sent = sqlfile.load("comptoir.scores", "channels").table(cursor, brand=asked.brand, before=asked.before)
        return [*_moment_reasons(acts, standing), *_channel_reasons(sent)]


def counted(acts: pa.Table, column: str, kinds: int) -> tuple[list[str], Counts]:
    """Give the people of a table of acts, and their acts by one of its columns."""
    names = acts["profile_id"].combine_chunks().dictionary_encode()
    key = bought.integers(names.indices) * kinds + bought.integers(acts[column])
    kept, at = np.unique(key, return_inverse=True)
    number_of = np.bincount(at, weights=bought.integers(acts["acts"])).astype(np.int64)
    people = names.dictionary.to_pylist()
    return people, Counts(person=kept // kinds, kind=kept % kinds, acts=number_of, people=len(people), kinds=kinds)


def best(counts: Counts, *, is_clock: bool) -> tuple[Integers, dict[str, Any]]:
    """Give the best kind of each person, and what everybody's pattern is and weighs; of equals, the first."""
    crowd = counts.of_kinds()
    weight = shrink.strength(counts, crowd)
    found = np.empty(counts.people, dtype=np.int64)
    for start in range(0, counts.people, _AT_ONCE):
        low, high = np.searchsorted(counts.person, [start, start + _AT_ONCE])
        part = Counts(
            person=counts.person[low:high] - start, kind=counts.kind[low:high], acts=counts.acts[low:high],
            people=min(_AT_ONCE, counts.people - start), kinds=counts.kinds,
        )  # fmt: skip
        shares = shrink.drawn(part, crowd, weight)
        found[start : start + part.people] = (shrink.around(shares) if is_clock else shares).argmax(axis=1)
    everybody = (shrink.around(crowd) if is_clock else crowd).argmax()
    return found, {
        "weight": round(weight, 3),
        "everybody": int(everybody),
        "shares": [round(float(one), 5) for one in crowd],
    }


def channels(sent: pa.Table) -> tuple[list[str], Floats, list[str | None], dict[str, Any]]:
    """Give each person's best channel with the share of messages they click there, and everybody's by channel."""
    people = np.asarray(sent["profile_id"].to_pylist(), dtype=object)
    names = np.asarray(sent["channel"].to_pylist(), dtype=object)
    whole, clicked = bought.integers(sent["sent"]), bought.integers(sent["clicked"])
    value, report = np.full(len(sent), np.nan), dict[str, Any]()
    for name in sorted(set(names.tolist())):
        here = names == name
        if whole[here].sum() < FEWEST_SENT or clicked[here].sum() < FEWEST_CLICKED:
            continue
        value[here], report[name] = _clicked(whole[here], clicked[here])
    told = ~np.isnan(value)
    people, names, value = people[told], names[told], value[told]
    order = np.lexsort((names.astype(str), -value, people.astype(str)))
    _, first = np.unique(people[order].astype(str), return_index=True)
    kept = order[first]
    return people[kept].tolist(), value[kept], names[kept].tolist(), report


def _clicked(sent: Integers, clicked: Integers) -> tuple[Floats, dict[str, Any]]:
    """Give the share of messages that each person clicks, drawn towards everybody's: two kinds, clicked and not."""
    place = np.arange(len(sent))
    both = Counts(
        person=np.concatenate([place, place]), kind=np.repeat([0, 1], len(sent)),
        acts=np.concatenate([clicked, sent - clicked]), people=len(sent), kinds=2,
    )  # fmt: skip
    crowd = both.of_kinds()
    weight = shrink.strength(both, crowd)
    share = (clicked + weight * crowd[0]) / (sent + weight)
    return share, {"sent": int(sent.sum()), "clicked": int(clicked.sum()), "weight": round(weight, 3)}


def _moment_reasons(acts: pa.Table, standing: Standing) -> Iterator[Reason]:
    hour, weekday = standing.values.get(HOUR), standing.labels.get(WEEKDAY)
    if hour is None or weekday is None:
        return
    own = int(pc.sum(acts["acts"]).as_py() or 0)
    at = int(hour)
    here = int(pc.sum(acts.filter(pc.equal(acts["hour"], at))["acts"]).as_py() or 0)
    weight = float(standing.report.get("hours", {}).get("weight", 0.0))
    yield because(
        f"Best hour: {at}:00 to {at + 1}:00, from {many(own, 'en', 'click or order', 'clicks and orders')}, "
        f"{number(here, 'en')} of them then; everybody’s pattern weighs as much as {number(weight, 'en', 1)}.",
        f"Meilleure heure : de {at} h à {at + 1} h, d’après {many(own, 'fr', 'clic ou commande', 'clics et commandes')}"
        f", dont {number(here, 'fr')} alors ; l’habitude de tous pèse autant que {number(weight, 'fr', 1)}.",
    )
    names = _WEEKDAYS[weekday]
    yield because(f"Best day: {names['en']}.", f"Meilleur jour : {names['fr'].lower()}.")


def _channel_reasons(sent: pa.Table) -> Iterator[Reason]:
    for row in sent.to_pylist():
        share = row["clicked"] / row["sent"]
        yield because(
            f"{row['channel']}: clicked in {number(row['clicked'], 'en')} of "
            f"{many(row['sent'], 'en', 'message', 'messages')} ({percent(share, 'en') if share else '0%'}).",
            f"{row['channel']} : a cliqué dans {number(row['clicked'], 'fr')} sur "
            f"{many(row['sent'], 'fr', 'message', 'messages')} ({percent(share, 'fr') if share else '0 %'}).",
        )


def _when(asked: Asked) -> dict[str, Any]:
    return {"brand": asked.brand, "zone": asked.zone, "before": asked.before}
