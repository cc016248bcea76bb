"""Who will order, and who will not: two scores learned from the brand's own past, with their test and their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import numpy as np

from comptoir.scores import bought, foretell, snapshots, trees
from comptoir.scores.base import Floats
from comptoir.scores.foretell import FEWEST_A_KIND, FEWEST_TIMES, MOST_TIMES, Learned, Model
from comptoir.scores.plugin import About, Asked, Given, History, Need, Reason, Scored, Standing
from comptoir.scores.sentences import because, money, number, percent
from comptoir.scores.snapshots import FEATURES, Snapshot
from comptoir.warehouse.base import Cursor

PROPENSITY, CHURN = "propensity", "churn"
FEWEST_BUYERS = 1_000
RAISES, LOWERS = 3, 2
"""Features that are told of one person: so many that raise the probability, so many that lower it."""
_SLIGHT = 0.02
"""What moves the logarithm of the odds by less is no reason."""
_AMOUNTS = frozenset({"spent_365", "spent_an_order"})
_RATES = frozenset({"returns_an_order", "coupons_an_order"})
_SAID: Mapping[str, tuple[str, str]] = {
    "days_since_order": ("last order {} days ago", "dernière commande il y a {} jours"),
    "days_a_customer": ("first order {} days ago", "première commande il y a {} jours"),
    "days_between": ("{} days between two orders", "{} jours entre deux commandes"),
    "overdue": ("{} × the usual gap since the last order", "{} × l’écart habituel depuis la dernière commande"),
    "orders": ("{} orders in all", "{} commandes en tout"),
    "orders_365": ("{} orders in 365 days", "{} commandes en 365 jours"),
    "orders_90": ("{} orders in 90 days", "{} commandes en 90 jours"),
    "spent_365": ("{} spent in 365 days", "{} dépensés en 365 jours"),
    "spent_an_order": ("{} spent an order", "{} dépensés par commande"),
    "returns_an_order": ("returns with {} of orders", "des retours pour {} des commandes"),
    "coupons_an_order": ("a coupon with {} of orders", "un code promo pour {} des commandes"),
    "days_since_visit": ("last visit {} days ago", "dernière visite il y a {} jours"),
    "visits_365": ("{} visits in 365 days", "{} visites en 365 jours"),
    "visits_90": ("{} visits in 90 days", "{} visites en 90 jours"),
    "visits_30": ("{} visits in 30 days", "{} visites en 30 jours"),
    "visits_7": ("{} visits in 7 days", "{} visites en 7 jours"),
    "views_90": ("{} products viewed in 90 days", "{} produits vus en 90 jours"),
    "views_30": ("{} products viewed in 30 days", "{} produits vus en 30 jours"),
    "added_90": ("{} products put in the cart in 90 days", "{} produits mis au panier en 90 jours"),
    "added_30": ("{} products put in the cart in 30 days", "{} produits mis au panier en 30 jours"),
    "clicks_90": ("{} clicks in messages in 90 days", "{} clics dans les messages en 90 jours"),
}
_NOTHING: Mapping[str, tuple[str, str]] = {
    "days_between": ("one order only", "une seule commande"),
    "overdue": ("one order only", "une seule commande"),
    "days_since_visit": ("no visit in 365 days", "aucune visite en 365 jours"),
}
_FORMULA = {
    "en": "Boosted trees (LightGBM) on {features} numbers of orders, visits, carts and clicks, learned on earlier "
    "stretches of {days} days, calibrated on the last one. Tested on a stretch they had not seen, beside recency "
    "alone: the better of the two is used.",
    "fr": "Arbres boostés (LightGBM) sur {features} chiffres de commandes, visites, paniers et clics, appris sur des "
    "périodes antérieures de {days} jours, calibrés sur la dernière. Testés sur une période jamais vue, à côté de la "
    "seule récence : le meilleur des deux est retenu.",
}
_SOURCE = "Ke and others, LightGBM (2017); Zadrozny, Elkan (2002); Platt (1999); Lundberg, Erion, Lee (2018)"


def _formula(days: int) -> dict[str, str]:
    return {lang: text.format(features=len(FEATURES), days=days) for lang, text in _FORMULA.items()}


class Propensity:
    """The probability of ordering in the next 60 days, of everybody who has ordered."""

    name: ClassVar[str] = PROPENSITY
    horizon_days: ClassVar[int] = 60
    active_days: ClassVar[int | None] = None
    """Whom it is asked of: who ordered within so many days, or everybody who ever did."""
    about = About(
        title={"en": "Ordering soon", "fr": "Prêts à commander"},
        says={
            "en": "How likely each customer is to order in the next 60 days.",
            "fr": "La probabilité que chaque client commande dans les 60 prochains jours.",
        },
        formula=_formula(60),
        source=_SOURCE,
    )
    gives = (
        Given(
            name=PROPENSITY,
            unit="share",
            words={"en": "Ordering in the next 60 days", "fr": "Commande dans les 60 prochains jours"},
            labels={
                "likely": {"en": "More likely than most", "fr": "Plus probable que la plupart"},
                "usual": {"en": "As likely as most", "fr": "Comme la plupart"},
                "unlikely": {"en": "Less likely than most", "fr": "Moins probable que la plupart"},
            },
        ),
    )

    def value(self, chance: Floats) -> Floats:
        """Give the score of a probability of ordering."""
        return chance

    def labels(self, chance: Floats, mean: float) -> list[str]:
        """Name the kinds: odds of at least twice, or at most half, those of the mean."""
        odds = chance / np.maximum(1.0 - chance, 1e-9) / max(mean / max(1.0 - mean, 1e-9), 1e-9)
        return ["likely" if one >= 2.0 else "unlikely" if one <= 0.5 else "usual" for one in odds.tolist()]

    def gate(self, history: History) -> Need | None:
        """Say what is missing to learn and to test honestly."""
        days = (FEWEST_TIMES + 1) * self.horizon_days
        if not trees.is_there():
            return Need(
                needs={
                    "en": "the extra `models`: pip install 'comptoir[models]', and the system’s libgomp",
                    "fr": "l’extension « models » : pip install 'comptoir[models]', et la bibliothèque libgomp",
                },
                found=0,
            )
        for found, fewest, en, fr in (
            (history.buyer_count, FEWEST_BUYERS, "customers", "clients"),
            (
                history.repeat_count,
                FEWEST_TIMES * FEWEST_A_KIND,
                "orders after a first",
                "commandes après une première",
            ),
            (history.days, days, "days of orders", "jours de commandes"),
        ):
            if found < fewest:
                return Need(needs={"en": f"{fewest} {en}", "fr": f"{fewest} {fr}"}, found=found)
        return None

    def run(self, cursor: Cursor, asked: Asked) -> Scored:
        """Learn, test and foretell. Raises: NotEnoughHistory, ModelsMissing."""
        whole = asked.history.days // self.horizon_days - 1
        count = max(min(whole, MOST_TIMES), FEWEST_TIMES)
        try:
            now, *times = (
                self._asked_of(one)
                for one in snapshots.take(cursor, asked, horizon_days=self.horizon_days, count=count)
            )
        finally:
            snapshots.purchases(cursor, asked)
        learned = foretell.learn(times)
        chance = learned.model.chance(now.features)
        rows = bought.rows_of(
            self.name, now.people, self.value(chance), list[str | None](self.labels(chance, learned.tested.share))
        )
        window = {"learned_from": f"{times[-1].at:%Y-%m-%d}", "learned_to": f"{asked.as_of:%Y-%m-%d}"}
        return Scored(
            rows=rows,
            report=self._report(learned, times) | window,
            artifact=learned.model.packed(horizon_days=self.horizon_days, **window),
        )

    def explain(self, cursor: Cursor, asked: Asked, standing: Standing) -> Sequence[Reason]:
        """Say what raises and what lowers one person's probability. Raises: ModelsMissing."""
        value = standing.values.get(self.name)
        model = None if standing.artifact is None else foretell.unpacked(standing.artifact)
        if value is None or model is None:
            return ()
        now = snapshots.now(cursor, asked)
        mean = float(standing.report.get("tested", {}).get("share", 0.0))
        return [self._headline(value, mean), *_reasons(model, now, asked.currency)]

    def _headline(self, value: float, mean: float) -> Reason:
        return because(
            f"Orders in the next {self.horizon_days} days with a probability of {percent(value, 'en')}; "
            f"of all customers {percent(mean, 'en')} did lately.",
            f"Commandera dans les {self.horizon_days} prochains jours avec une probabilité de {percent(value, 'fr')} ; "
            f"dernièrement, {percent(mean, 'fr')} des clients l’ont fait.",
        )

    def _asked_of(self, one: Snapshot) -> Snapshot:
        if self.active_days is None:
            return one
        return one.where(one.features[:, snapshots.RECENCY] <= self.active_days)

    def _report(self, learned: Learned, times: Sequence[Snapshot]) -> dict[str, Any]:
        shares = [float(one.came.mean()) for one in times if one.came is not None]
        report: dict[str, Any] = {
            "horizon_days": self.horizon_days,
            "chosen": "recency" if learned.model.trees is None else "trees",
            "tested": learned.tested.report(),
            "recency_alone": learned.plain.report(),
            "uncalibrated_brier": round(learned.uncalibrated_brier, 6),
            "times": [
                {
                    "from": f"{one.at:%Y-%m-%d}",
                    "to": f"{one.at + timedelta(days=self.horizon_days):%Y-%m-%d}",
                    "people": len(one.people),
                    "ordered_share": round(share, 6),
                }
                for one, share in zip(times, shares, strict=True)
            ],
            "features": [
                {"name": name, "share": round(share, 4)}
                for name, share in sorted(learned.weights.items(), key=lambda pair: (-pair[1], pair[0]))
            ],
            "cautions": [],
        }
        if max(shares) > 1.5 * min(shares):
            report["cautions"].append(
                {
                    "en": "Far more ordered in some stretches than in others: a season can mislead what is learned.",
                    "fr": "On a bien plus commandé à certaines périodes qu’à d’autres : une saison peut tromper.",
                }
            )
        return report


class Churn(Propensity):
    """The probability that somebody who ordered in the last year orders no more in the next 180 days."""

    name: ClassVar[str] = CHURN
    horizon_days: ClassVar[int] = 180
    active_days: ClassVar[int | None] = 365
    about = About(
        title={"en": "Leaving", "fr": "Départs"},
        says={
            "en": "How likely each customer of the last year is to order nothing in the next 180 days.",
            "fr": "La probabilité que chaque client de l’année écoulée ne commande rien dans les 180 prochains jours.",
        },
        formula=_formula(180),
        source=_SOURCE,
    )
    gives = (
        Given(
            name=CHURN,
            unit="share",
            is_ranked=False,
            words={"en": "No order in the next 180 days", "fr": "Aucune commande dans les 180 prochains jours"},
            labels={
                "safe": {"en": "Safer than most", "fr": "Plus sûr que la plupart"},
                "usual": {"en": "As most", "fr": "Comme la plupart"},
                "at_risk": {"en": "At risk more than most", "fr": "Plus à risque que la plupart"},
            },
        ),
    )

    def value(self, chance: Floats) -> Floats:
        """Give the score of a probability of ordering: that of not doing so."""
        return 1.0 - chance

    def labels(self, chance: Floats, mean: float) -> list[str]:
        """Name the kinds, by the odds of ordering."""
        names = {"likely": "safe", "usual": "usual", "unlikely": "at_risk"}
        return [names[one] for one in super().labels(chance, mean)]

    def _headline(self, value: float, mean: float) -> Reason:
        return because(
            f"Orders nothing in the next {self.horizon_days} days with a probability of {percent(value, 'en')}; "
            f"of all customers of a year {percent(1 - mean, 'en')} did not lately.",
            f"Ne commandera rien dans les {self.horizon_days} prochains jours avec une probabilité de "
            f"{percent(value, 'fr')} ; dernièrement, c’est le cas de {percent(1 - mean, 'fr')} des clients d’un an.",
        )


def _reasons(model: Model, now: Snapshot, currency: str) -> Iterator[Reason]:
    """Say what moves one person's probability of ordering most: what raises it first."""
    if model.trees is None:
        yield _reason("days_since_order", float(now.features[0, snapshots.RECENCY]), currency, raises=None)
        return
    parts = model.trees.parts(now.features)[0, :-1]
    order = np.argsort(-parts, kind="stable")
    told = set[tuple[str, str]]()
    up = [place for place in order if parts[place] > _SLIGHT]
    down = [place for place in order[::-1] if parts[place] < -_SLIGHT]
    for places, most, raises in ((up, RAISES, True), (down, LOWERS, False)):
        said = 0
        for place in places:
            name, value = FEATURES[place], float(now.features[0, place])
            if said == most:
                break
            # two features without a value may say the same: once is enough
            words = _NOTHING.get(name, (name, name)) if np.isnan(value) else (name, name)
            if words not in told:
                told.add(words)
                said += 1
                yield _reason(name, value, currency, raises=raises)


def _reason(name: str, value: float, currency: str, *, raises: bool | None) -> Reason:
    en, fr = _NOTHING[name] if np.isnan(value) else _SAID[name]
    texts = [text.format(_figure(name, value, currency, lang)) for text, lang in ((en, "en"), (fr, "fr"))]
    if raises is None:
        return because(f"Judged by recency alone: {texts[0]}.", f"Jugé sur la seule récence : {texts[1]}.")
    effect = ("more likely", "plus probable") if raises else ("less likely", "moins probable")
    return because(f"An order is {effect[0]}: {texts[0]}.", f"Une commande est {effect[1]} : {texts[1]}.")


def _figure(name: str, value: float, currency: str, lang: str) -> str:
    if np.isnan(value):
        return ""
    if name in _AMOUNTS:
        return money(round(value), currency, lang)
    if name in _RATES:
        return number(100 * value, lang) + ("\u202f%" if lang == "fr" else "%")
    return number(value, lang, 1 if name == "overdue" else 0)
