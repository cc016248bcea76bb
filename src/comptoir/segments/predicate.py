"""The first shape of a question: a predicate over all profiles, for counts, lists and refreshes."""

from __future__ import annotations

from sqlglot import exp

from comptoir.segments.asked import NODE, PROFILE, Asked, Every, No, Question, Scope, Some, mapped

PEOPLE = "people"
_MEASURED = "measured"


def members(question: Question) -> exp.Select:
    """Select those for whom a question holds. Grain: one row a profile."""
    column = exp.column(PROFILE, table=PEOPLE)
    return exp.select(column).from_(everybody().subquery(PEOPLE)).where(is_true(predicate(question)))


def everybody() -> exp.Select:
    """Select every profile there is. Grain: one row a profile."""
    return (
        exp.select(PROFILE).distinct().from_(exp.table_("profile_of", db="fact"))
        .where(exp.column(PROFILE).is_(exp.null()).not_())
    )  # fmt: skip


def is_true(condition: exp.Expr) -> exp.Expr:
    """Close a condition against NULL."""
    return exp.Is(this=exp.paren(condition), expression=exp.true())


def predicate(question: Question) -> exp.Expr:
    """Say whether a question holds for a row of `people`."""
    match question:
        case Every(parts):
            return exp.and_(*map(predicate, parts)) if parts else exp.true()
        case Some(parts):
            return exp.or_(*map(predicate, parts)) if parts else exp.false()
        case No(part):
            return exp.not_(is_true(predicate(part)))
    return exp.column(PROFILE, table=PEOPLE).isin(query=matching(question))


def matching(asked: Asked, scope: Scope = None) -> exp.Select:
    """Select those for whom a single question holds: aggregated by node, then mapped. Grain: one row a profile."""
    rows = asked.relation.rows(scope).subquery("rows")
    if asked.is_there:
        return _owners(asked, exp.select("*").from_(rows).where(asked.counts()))
    if asked.relation.by == PROFILE:
        found = exp.select(PROFILE).from_(rows).where(asked.counts()).group_by(PROFILE)
        return found.having(asked.holds(asked.measure.whole()))
    if not asked.measure.adds_up:
        counting = exp.select("*").from_(rows).where(asked.counts())
        found = mapped(counting, exp.Column(this=exp.Star(), table=exp.to_identifier("r")))
        inner = exp.select(PROFILE).from_(found.subquery("owned"))
        return inner.group_by(PROFILE).having(asked.holds(asked.measure.whole()))
    partial = exp.select(exp.column(NODE), exp.alias_(asked.measure.whole(), _MEASURED)).from_(rows)
    by_node = partial.where(asked.counts()).group_by(NODE)
    whole = asked.measure.of_parts(exp.column(_MEASURED, table="r"))
    return mapped(by_node).group_by(exp.column(PROFILE, table="map")).having(asked.holds(whole))


def _owners(asked: Asked, rows: exp.Select) -> exp.Select:
    if asked.relation.by == PROFILE:
        return rows.select(PROFILE, append=False)
    owners = exp.select(PROFILE).from_(exp.table_("profile_of", db="fact", alias="map"))
    return owners.where(
        exp.column(NODE, table="map").isin(query=rows.select(NODE, append=False)),
        exp.column(PROFILE, table="map").is_(exp.null()).not_(),
    )
