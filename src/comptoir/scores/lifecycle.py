"""The life cycle of customers: prospect, regular and, by each one's own rhythm, slipping and lost, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.recency import buyer
from comptoir.scores.sentences import because, day, many
from comptoir.warehouse.base import Cursor
from comptoir.warehouse.sqlfile import load

_PACKAGE = "comptoir.scores"
FEWEST = 20
"""Second and later purchases below which a shop has no rhythm yet."""
MONTHS = 13
STAGES = {
    "prospect": {"en": "Prospect", "fr": "Prospect"},
    "first_order": {"en": "First order", "fr": "Première commande"},
    "second_order": {"en": "Second order", "fr": "Deuxième commande"},
    "regular": {"en": "Regular", "fr": "Client régulier"},
    "slipping": {"en": "Slipping away", "fr": "En train de s’éloigner"},
    "inactive_6": {"en": "Inactive for 6 months", "fr": "Inactif depuis 6 mois"},
    "inactive_12": {"en": "Inactive for 12 months", "fr": "Inactif depuis 12 mois"},
    "lost": {"en": "Lost", "fr": "Perdu"},
}
"""In the order in which they follow each other."""


class LifeCycle:
    """Where somebody stands as a customer, and since when."""

    name = "life_cycle"
    about = About(
        title={"en": "Life cycle", "fr": "Cycle de vie"},
        says={
            "en": "Says where each person stands, from prospect to regular customer to lost, by their own rhythm of "
            "buying, and since which day. Anonymous visitors have no stage.",
            "fr": "Dit où en est chaque personne, de prospect à client régulier puis perdu, selon son propre rythme "
            "d’achat, et depuis quel jour. Les visiteurs anonymes n’ont pas d’étape.",
        },
        formula={
            "en": "Rhythm = (2 × the shop's median gap + days from first to last purchase) ÷ (2 + number of gaps). "
            "Slipping after 2 rhythms without a purchase (14 to 182 days), inactive after 183 and 365 days, lost after "
            "730 days or 3 rhythms, whichever is later.",
            "fr": "Rythme = (2 × l’écart médian de la boutique + jours du premier au dernier achat) ÷ (2 + nombre "
            "d’écarts). "
            "S’éloigne après 2 rythmes sans achat (14 à 182 jours), inactif après 183 et 365 jours, perdu après 730 "
            "jours "
            "ou 3 rythmes, au plus tard des deux.",
        },
        source="Own rhythm: Reinartz and Kumar, Journal of Marketing 64 (2000); shrinkage to the shop's median is ours",
    )
    gives = (
        Given(
            name="life_cycle",
            words={"en": "Life-cycle stage", "fr": "Étape du cycle de vie"},
            unit="days",
            labels=STAGES,
            is_ranked=False,
            is_told=True,
        ),
    )

    def gate(self, history: History) -> Need | None:
        """Ask for enough second purchases to have a rhythm."""
        if history.repeat_count >= FEWEST:
            return None
        return Need(
            needs={"en": f"{FEWEST} purchases after a first one", "fr": f"{FEWEST} achats après un premier"},
            found=history.repeat_count,
        )

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Say everybody's stage, and how people moved in the last months."""
        rhythm = rhythm_of(cursor)
        date_moves(cursor, asked, rhythm)
        rows = load(_PACKAGE, "life_now").table(cursor, on=asked.on)
        moved = load(_PACKAGE, "life_matrix").table(cursor, on=asked.on, from_on=months_ago(asked.on, MONTHS))
        cursor.execute("DROP TABLE score_moves")
        return Scored(rows=rows, report={"rhythm_days": rhythm, "months": _matrix(moved.to_pylist())})

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say the rhythm, the last purchase, how she came here, and what comes next if nothing is bought."""
        row = buyer(cursor, asked)
        rhythm = int(standing.report.get("rhythm_days") or 0)
        date_moves(cursor, asked, rhythm)
        moves = cursor.execute("SELECT stage, on_day FROM score_moves ORDER BY on_day").fetchall()
        if not row["order_count"]:
            return (because("Has not bought yet.", "N’a pas encore acheté."),)
        own = own_rhythm(rhythm, (row["last_on"] - row["first_on"]).days, row["frequency"])
        reasons = [
            because(
                f"Bought on {many(row['frequency'], 'en', 'day', 'days')}, the last time {day(row['last_on'], 'en')}.",
                f"A acheté {many(row['frequency'], 'fr', 'jour', 'jours')}, la dernière fois le "
                f"{day(row['last_on'], 'fr')}.",
            ),
            because(
                f"Expected rhythm: a purchase every {many(own, 'en', 'day', 'days')}.",
                f"Rythme attendu : un achat tous les {many(own, 'fr', 'jour', 'jours')}.",
            ),
        ]
        way = moves[-4:]
        if len(way) > 1:
            reasons.append(because(_way(way, "en"), _way(way, "fr")))
        due = row["last_on"] + timedelta(days=max(14, 2 * own))
        if standing.labels.get("life_cycle") in {"first_order", "second_order", "regular"} and due > asked.on:
            reasons.append(
                because(
                    f"Will be slipping around {day(due, 'en')} if nothing is bought before.",
                    f"S’éloignera vers le {day(due, 'fr')} si aucun achat n’arrive avant.",
                )
            )
        return reasons


def rhythm_of(cursor: Cursor) -> int:
    """Give the shop's median days between two purchases of one person, one at least."""
    row = load(_PACKAGE, "life_rhythm").run(cursor).fetchone()
    return max(1, int(row[0])) if row and row[0] is not None else 1


def own_rhythm(shop_days: int, span_days: int, purchases: int) -> int:
    """Give a person's days between purchases, drawn to the shop's as if two of its gaps had been seen."""
    return max(1, round((2 * shop_days + span_days) / (1 + purchases)))


def date_moves(cursor: Cursor, asked: Asked, rhythm: int) -> None:
    """Date every stage of everybody in `score_people`, in the table `score_moves`."""
    load(_PACKAGE, "life_moves").run(
        cursor, brand=asked.brand, zone=asked.zone, before=asked.before, on=asked.on, rhythm=rhythm
    )


def months_ago(on: date, count: int) -> date:
    """Give the first day of the month so many months before."""
    months = on.year * 12 + on.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _matrix(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"month": row["month"].isoformat()[:7], "from": row["from_stage"], "to": row["to_stage"],
         "people_count": row["people_count"]}
        for row in rows
    ]  # fmt: skip


def _way(moves: Sequence[tuple[str, date]], lang: str) -> str:
    steps = ", ".join(f"{STAGES[stage][lang].lower()} ({day(on, lang)})" for stage, on in moves)
    return f"The way here: {steps}." if lang == "en" else f"Le chemin parcouru : {steps}."
