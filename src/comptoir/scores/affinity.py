"""Affinity: which categories each person is drawn to, beyond what everybody looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import pyarrow as pa

from comptoir.scores.plugin import AFFINITIES, About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, many, number
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
FEWEST = 200
"""Events below which everybody's interest is not known."""
HALF_DAYS = 30
HALVES = 6
"""Half-lives after which an action is left out: 2 % of it would be left."""
MOST_CATEGORIES = 20
PRIOR = 8.0
"""Everybody's interest that is mixed into a person's: as much as one order."""
WEIGHTS: dict[str, tuple[float, int]] = {
    "Product List Viewed": (0.5, 4),
    "Product Clicked": (0.5, 6),
    "Product Viewed": (1.0, 6),
    "Product Shared": (2.0, 2),
    "Product Added to Wishlist": (3.0, 3),
    "Product Removed from Wishlist": (-1.5, 3),
    "Product Added": (3.0, 3),
    "Product Removed": (-1.5, 3),
    "Product Reviewed": (2.0, 2),
    "ordered": (8.0, 3),
    "returned": (-6.0, 3),
}
"""
Each action: what it weighs, and how many times a visit it counts at most, so that one long visit is not everything.

Orders and returns are of no visit, since tills and files tell of them too: they count so many times a day.
"""


class Affinity:
    """What each person is drawn to."""

    name = "affinity"
    about = About(
        title={"en": "Affinity for categories", "fr": "Affinité pour les catégories"},
        says={
            "en": "Says which categories each person is drawn to, more than other people are, from what they look at, "
            "add "
            "and order.",
            "fr": "Dit quelles catégories attirent chaque personne, plus que les autres, d’après ce qu’elle regarde, "
            "ajoute "
            "et commande.",
        },
        formula={
            "en": "Interest = sum over actions of weight × ½^(days ago ÷ half-life), each action counted a few times "
            "a visit at most; categories above get the interest of those below. Lift = the person's share of interest, "
            "with 8 points of everybody's mixed in, ÷ everybody's share. Above 1 is more than usual.",
            "fr": "Intérêt = somme des actions : poids × ½^(jours écoulés ÷ demi-vie), chaque action comptant "
            "quelques fois par visite au plus ; les catégories parentes reçoivent l’intérêt des leurs. Attrait = part "
            "d’intérêt de la personne, mêlée de 8 points de celui de tous, ÷ part de tous. Au-dessus de 1, c’est plus "
            "que d’habitude.",
        },
        source="Decay: Koren, KDD (2009); lift: Brin, Motwani, Ullman and Tsur, SIGMOD (1997)",
    )
    gives = (
        Given(
            name="favorite_category",
            words={"en": "Favorite category", "fr": "Catégorie préférée"},
            is_ranked=False,
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for enough events to know what everybody looks at."""
        if history.event_count >= FEWEST or history.order_count >= FEWEST // 4:
            return None
        return Need(needs={"en": f"{FEWEST} events", "fr": f"{FEWEST} événements"}, found=history.event_count)

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Say what everybody is drawn to."""
        gather(cursor, asked)
        drawn = load(_PACKAGE, "affinity").table(cursor, prior=PRIOR, most=MOST_CATEGORIES)
        cursor.register("drawn", drawn)
        rows = load(_PACKAGE, "favorites").table(cursor)
        cursor.unregister("drawn")
        cursor.execute("DROP TABLE score_interest")
        report = {
            "category_count": len(drawn["category"].unique()),
            "people_count": len(drawn["profile_id"].unique()),
            "half_days": half_days(asked),
        }
        return Scored(rows=rows, affinities=drawn.select(AFFINITIES.names).cast(AFFINITIES), report=report)

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say what was done in the favorite category."""
        category, lift = standing.labels.get("favorite_category"), standing.values.get("favorite_category")
        if not category or lift is None:
            return ()
        gather(cursor, asked)
        done = dict(
            cursor.execute(
                "SELECT name, sum(times) FROM score_interest"
                " WHERE said IN (SELECT said FROM score_categories WHERE category = ?) GROUP BY name",
                [category],
            ).fetchall()
        )
        looked, added, ordered = (
            int(sum(done.get(name, 0) for name in names))
            for names in (
                ("Product Viewed", "Product List Viewed", "Product Clicked"),
                ("Product Added", "Product Added to Wishlist"),
                ("ordered",),
            )
        )
        return (
            because(
                f"{category}: {many(looked, 'en', 'look', 'looks')}, {added} added, {ordered} ordered in "
                f"{HALVES * half_days(asked)} days.",
                f"{category} : {many(looked, 'fr', 'consultation', 'consultations')}, {added} ajout"
                f"{'s' if added > 1 else ''}, {ordered} commande{'s' if ordered > 1 else ''} en "
                f"{HALVES * half_days(asked)} jours.",
            ),
            because(
                f"That is {number(lift, 'en', 1)} times the share of interest it has with everybody.",
                f"C’est {number(lift, 'fr', 1)} fois la part d’intérêt qu’elle a chez tous.",
            ),
        )


def half_days(asked: Asked) -> int:
    """Give the days after which interest counts half."""
    return int(asked.settings.get("affinity_half_days", HALF_DAYS))


def weights() -> pa.Table:
    """Give what each action weighs."""
    return pa.table({
        "name": list(WEIGHTS),
        "weight": [weight for weight, _ in WEIGHTS.values()],
        "most": [most for _, most in WEIGHTS.values()],
    })  # fmt: skip


def gather(cursor: Cursor, asked: Asked) -> None:
    """Make `score_interest` and `score_categories` of everybody in `score_people`."""
    half = half_days(asked)
    cursor.register("weights", weights())
    span = {"from_on": asked.on - timedelta(days=HALVES * half), "on": asked.on}
    load(_PACKAGE, "interest_done").run(cursor, brand=asked.brand, **span)
    load(_PACKAGE, "interest_busy").run(cursor)
    load(_PACKAGE, "interest_visits").run(cursor, brand=asked.brand, zone=asked.zone, **span)
    load(_PACKAGE, "interest").run(cursor, on=asked.on, half_days=float(half))
    for made in ("DROP TABLE score_done", "DROP TABLE score_busy", "DROP TABLE score_visits"):
        cursor.execute(made)
    cursor.unregister("weights")
    load(_PACKAGE, "categories").run(cursor, brand=asked.brand)


def pages(cursor: Cursor, asked: Asked, category: str, *, most: int = 50) -> pa.Table:
    """
    List what the one person in `score_people` did in a category, sub-categories included.

    Order: the latest first.
    """
    gather(cursor, asked)
    since = asked.on - timedelta(days=HALVES * half_days(asked))
    cursor.register("weights", weights())
    try:
        return load(_PACKAGE, "interest_pages").table(
            cursor, brand=asked.brand, category=category, from_at=datetime.combine(since, time()), most=most
        )
    finally:
        cursor.unregister("weights")
