"""What a person is worth and drawn to: scores, the stage of the life cycle, interest in a category, loyalty points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Self

from sqlglot import exp

from comptoir.grammar import forms
from comptoir.grammar.fields import Fields
from comptoir.model.scenario import FieldKind, FormField
from comptoir.segments import relations, window
from comptoir.segments.asked import Around, Asked, Edge, Every, Measure, Moment, Of, Question, days_back, number
from comptoir.segments.kinds import limits
from comptoir.segments.kinds.limits import Limits
from comptoir.segments.kinds.spans import between, edges_of
from comptoir.segments.window import EVER, Window

LIFE_CYCLE = "life_cycle"
_TENTHS = 10
_AS_DECIMAL = "DECIMAL(38, 9)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score of the person: its value, its label, the best share of people, a tenth, or a change of label."""

    name: str
    limits: Limits | None = None
    labels: tuple[str, ...] = ()
    top: float | None = None
    decile: int | None = None
    moved_to: str | None = None
    moved: Window = EVER
    kind: ClassVar[str] = "score"
    group: ClassVar[str] = "worth"
    label: ClassVar[Mapping[str, str]] = {"fr": "Score", "en": "Score"}
    short: ClassVar[str] = ""

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{name: gold, label: gold}`, `{name: rfm, top: 0.1}` or `{name: churn, at_least: 0.7}`."""
        found = cls(
            name=fields.text("name"),
            limits=limits.read(fields, default=Limits(), is_whole=False),
            labels=fields.texts("label", ()),
            top=fields.share("top") if fields.has("top") else None,
            decile=fields.whole("decile", least=1) if fields.has("decile") else None,
            moved_to=fields.text("changed_to") if fields.has("changed_to") else None,
            moved=window.read(fields),
        )
        if found.decile is not None and found.decile > _TENTHS:
            raise fields.bad("decile", found.decile, "a tenth from 1 (the best) to 10")
        if found.moved_to is None and found.moved != EVER:
            raise fields.bad("within", "", "`changed_to: LABEL` beside it")
        if found == cls(name=found.name, limits=Limits()):
            raise fields.bad("label", "", "`label`, `at_least`, `at_most`, `top`, `decile` or `changed_to`")
        return found

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("name", FieldKind.SCORE, "Score", "Score", is_required=True),
            forms.one("label", FieldKind.LABELS, "Étiquettes", "Labels"),
            *limits.form(is_whole=False),
            forms.one("top", FieldKind.SHARE, "Les meilleurs", "The best",
                      "0,1 : les 10 % de meilleurs.", "0.1: the best 10 %."),
            forms.one("decile", FieldKind.WHOLE, "Dixième (1 est le meilleur)", "Tenth (1 is the best)"),
            forms.one("changed_to", FieldKind.LABEL, "Passé à l’étiquette", "Changed to the label"),
            *window.form(),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        fr = language == "fr"
        said = []
        if self.labels:
            said.append(("est « {0} »" if fr else "is “{0}”").format((" ou " if fr else " or ").join(self.labels)))
        if self.limits is not None and self.limits != Limits():
            said.append(("vaut {0}" if fr else "is {0}").format(self.limits.words(language)))
        if self.top is not None:
            said.append(
                ("est parmi les {0:g} % meilleurs" if fr else "is among the best {0:g} %").format(self.top * 100)
            )
        if self.decile is not None:
            said.append(("est du {0}ᵉ dixième" if fr else "is in tenth {0}").format(self.decile))
        if self.moved_to is not None:
            said.append(("est passé à « {0} »" if fr else "changed to “{0}”").format(self.moved_to)
                        + self.moved.words(language))  # fmt: skip
        joint = (" et " if fr else " and ").join(said)
        return ("a un score « {0} » qui {1}" if fr else "has a score “{0}” that {1}").format(self.name, joint)

    def asked(self, around: Around) -> Question:
        """Compile: the score as the last run found it, and changes from the list of what moved."""
        parts: list[Question] = []
        where = self._where()
        if where:
            parts.append(Asked(relation=relations.SCORES, where=(*self._of(around), *where)))
        if self.moved_to is not None:
            moved = exp.column("to_label").eq(self.moved_to)
            parts.append(Asked(
                relation=relations.SCORE_CHANGES,
                where=(*self._of(around), moved, *between(self.moved, around, "as_of")),
                edges=edges_of(self.moved, around, "as_of"),
            ))  # fmt: skip
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _of(self, around: Around) -> list[exp.Expr]:
        found: list[exp.Expr] = [exp.column("score").eq(self.name)]
        if around.brand is not None:
            found.append(exp.column("brand").eq(around.brand))
        return found

    def _where(self) -> list[exp.Expr]:
        found: list[exp.Expr] = []
        value, share = exp.cast(exp.column("value"), _AS_DECIMAL), exp.column("top_share")
        if self.limits is not None and self.limits.least is not None:
            found.append(value >= number(self.limits.least))
        if self.limits is not None and self.limits.most is not None:
            found.append(value.copy() <= number(self.limits.most))
        if self.labels:
            found.append(exp.column("label").isin(*self.labels))
        if self.top is not None:
            found.append(share < number(Decimal(str(self.top))))
        if self.decile is not None:
            found.append(share.copy() >= number(Decimal(self.decile - 1) / _TENTHS))
            if self.decile < _TENTHS:
                found.append(share.copy() < number(Decimal(self.decile) / _TENTHS))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The person is in one of these stages of the life cycle, for so many days at least or at most."""

    stages: tuple[str, ...]
    least_days: int | None = None
    most_days: int | None = None
    kind: ClassVar[str] = "stage"
    group: ClassVar[str] = "worth"
    label: ClassVar[Mapping[str, str]] = {"fr": "Étape du cycle de vie", "en": "Stage of the life cycle"}
    short: ClassVar[str] = "is"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{is: [slipping], for_at_least: 30 days}`. Raises: BadDefinition."""
        found = cls(
            stages=fields.texts("is"),
            least_days=_days(fields, "for_at_least"),
            most_days=_days(fields, "for_at_most"),
        )
        if found.least_days is not None and found.most_days is not None and found.most_days < found.least_days:
            raise fields.bad("for_at_most", fields.raw("for_at_most"), "a span that is not below `for_at_least`")
        return found

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("is", FieldKind.STAGES, "Étapes", "Stages", is_required=True),
            forms.one("for_at_least", FieldKind.DURATION, "Depuis au moins", "For at least"),
            forms.one("for_at_most", FieldKind.DURATION, "Depuis au plus", "For at most"),
        )

    def words(self, language: str) -> str:
        """Say it in words."""
        fr = language == "fr"
        said = ("est à l’étape « {0} »" if fr else "is in the stage “{0}”").format(
            ("» ou «" if fr else "” or “").join(self.stages)
        )
        if self.least_days is not None:
            said += (" depuis au moins {0}" if fr else " for at least {0}").format(
                _said_days(self.least_days, language)
            )
        if self.most_days is not None:
            said += {"fr": " et", "en": " and"}[language] if self.least_days is not None else ""
            said += (" depuis au plus {0}" if fr else " for at most {0}").format(_said_days(self.most_days, language))
        return said

    def asked(self, around: Around) -> Question:
        """Compile: the label of the life cycle, and since when it is this one."""
        where = [exp.column("score").eq(LIFE_CYCLE), exp.column("label").isin(*self.stages)]
        if around.brand is not None:
            where.append(exp.column("brand").eq(around.brand))
        edges = []
        if self.least_days is not None:  # it began on that day or before
            edges.append(days_back("since", self.least_days, around, is_date=True, is_from=False))
        if self.most_days is not None:
            edges.append(days_back("since", self.most_days + 1, around, is_date=True))
        return Asked(relation=relations.SCORES, where=tuple(where), edges=tuple(edges))


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinity:
    """The person is drawn to a category: its interest, or how many times everybody's."""

    category: str
    value: Decimal | None = None
    lift: Decimal | None = None
    kind: ClassVar[str] = "affinity"
    group: ClassVar[str] = "worth"
    label: ClassVar[Mapping[str, str]] = {"fr": "Affinité pour une catégorie", "en": "Affinity for a category"}
    short: ClassVar[str] = "category"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{category: Shoes, lift_at_least: 2}`. Raises: BadDefinition."""
        return cls(
            category=fields.text("category"),
            value=fields.decimal("value_at_least") if fields.has("value_at_least") else None,
            lift=fields.decimal("lift_at_least") if fields.has("lift_at_least") else None,
        )

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            forms.one("category", FieldKind.CATEGORY, "Catégorie", "Category", is_required=True),
            forms.one("value_at_least", FieldKind.DECIMAL, "Intérêt d’au moins", "Interest of at least"),
            forms.one("lift_at_least", FieldKind.DECIMAL, "Fois l’intérêt de tous, au moins",
                      "Times everybody’s interest, at least"),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        fr = language == "fr"
        said = ("s’intéresse à « {0} »" if fr else "is drawn to “{0}”").format(self.category)
        if self.value is not None:
            said += (" (au moins {0})" if fr else " (at least {0})").format(self.value)
        if self.lift is not None:
            said += (
                " (au moins {0} fois plus que les autres)" if fr else " (at least {0} times as much as others)"
            ).format(self.lift)
        return said

    def asked(self, around: Around) -> Question:
        """Compile: the affinity as the last night found it."""
        names = {self.category} | around.below.get(self.category, frozenset())
        own = exp.column("category")
        where: list[exp.Expr] = [exp.paren(exp.or_(
            own.isin(*sorted(names)),
            exp.Anonymous(this="ends_with", expressions=[own.copy(), exp.Literal.string(f" / {self.category}")]),
        ))]  # fmt: skip
        if around.brand is not None:
            where.append(exp.column("brand").eq(around.brand))
        for name, least in (("value", self.value), ("lift", self.lift)):
            if least is not None:
                where.append(exp.cast(exp.column(name), _AS_DECIMAL) >= number(least))
        return Asked(relation=relations.AFFINITIES, where=tuple(where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loyalty:
    """The loyalty program: the balance of points, points that expire soon, or the tier as it stands."""

    points: Limits | None = None
    expiring: int | None = None
    within_days: int = 30
    tiers: tuple[str, ...] = ()
    kind: ClassVar[str] = "loyalty"
    group: ClassVar[str] = "worth"
    label: ClassVar[Mapping[str, str]] = {"fr": "Fidélité", "en": "Loyalty"}
    short: ClassVar[str] = "tier"

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read `{at_least: 500}`, `{expiring: 100, within: 30 days}` or `{tier: gold}`. Raises: BadDefinition."""
        points = limits.read(fields, default=Limits())
        found = cls(
            points=None if points == Limits() else points,
            expiring=fields.whole("expiring", least=1) if fields.has("expiring") else None,
            within_days=_days(fields, "within") or 30,
            tiers=fields.texts("tier", ()),
        )
        if found.points is None and found.expiring is None and not found.tiers:
            raise fields.bad("at_least", "", "`at_least: POINTS`, `expiring: POINTS` or `tier: NAME`")
        return found

    @classmethod
    def form(cls) -> tuple[FormField, ...]:
        """Describe its fields."""
        return (
            *limits.form(),
            forms.one("expiring", FieldKind.WHOLE, "Points qui expirent, au moins", "Points that expire, at least"),
            forms.one("within", FieldKind.DURATION, "Dans les", "Within", default="30 days"),
            forms.one("tier", FieldKind.TIERS, "Niveau", "Tier", "Le trait « loyalty_tier ».",
                      "The trait “loyalty_tier”."),
        )  # fmt: skip

    def words(self, language: str) -> str:
        """Say it in words."""
        fr = language == "fr"
        said = []
        if self.points is not None:
            said.append(("a {0}" if fr else "has {0}").format(self.points.of(language, "point", "points")))
        if self.expiring is not None:
            words = "a au moins {0} points qui expirent d’ici {1}" if fr else (
                "has at least {0} points that expire within {1}")  # fmt: skip
            said.append(words.format(self.expiring, _said_days(self.within_days, language)))
        if self.tiers:
            words = "est de niveau « {0} »" if fr else "is of the tier “{0}”"
            said.append(words.format((" ou " if fr else " or ").join(self.tiers)))
        return (" et " if fr else " and ").join(said)

    def asked(self, around: Around) -> Question:
        """Compile: points are added up as they stand, expired ones left out; what expires lies between two days."""
        own = (exp.column("brand").eq(around.brand),) if around.brand is not None else ()
        summed = Measure(Of.SUM, exp.column("points"))
        parts: list[Question] = []
        if self.points is not None:
            parts.append(self._balance(own, summed, around))
        if self.expiring is not None:
            edges = (
                Edge(column="expires_on", moment=Moment.DAY, back=0, calendars=around.calendars),
                Edge(column="expires_on", moment=Moment.DAY, back=-self.within_days - 1, is_from=False,
                     calendars=around.calendars),
            )  # fmt: skip
            where = (*own, exp.column("points") > 0)
            parts.append(Asked(relation=relations.POINTS, where=where, edges=edges, measure=summed,
                               value=Decimal(self.expiring)))  # fmt: skip
        if self.tiers:
            tier = relations.trait("loyalty_tier", around)
            said = exp.or_(*(exp.func("list_contains", exp.column("said"), exp.Literal.string(one))
                             for one in self.tiers))  # fmt: skip
            parts.append(Asked(relation=tier, where=(said,)))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _balance(self, own: tuple[exp.Expr, ...], summed: Measure, around: Around) -> Question:
        assert self.points is not None
        # a movement without a last day never expires: it is given one beyond all calendars
        edges = (Edge(column="lasts_to", moment=Moment.DAY, back=0, calendars=around.calendars),)
        return self.points.compiled(Asked(relation=relations.POINTS, where=own, edges=edges, measure=summed))


def _said_days(days: int, language: str) -> str:
    return window.said_span(timedelta(days=days), language)


def _days(fields: Fields, name: str) -> int | None:
    if not fields.has(name):
        return None
    span = fields.duration(name)
    if span % timedelta(days=1) or not span:
        raise fields.bad(name, fields.raw(name), "whole days, such as `30 days`")
    if span.days > window.MOST_DAYS:
        raise fields.bad(name, fields.raw(name), f"from 1 to {window.MOST_DAYS} days")
    return span.days
