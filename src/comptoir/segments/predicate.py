"""The first shape of a question: a predicate over all profiles, for counts, lists and refreshes."""

from __future__ import annotations

from sqlglot import exp

from comptoir.segments.asked import NODE, PROFILE, Asked, Every, No, Question, Scope, Some

PEOPLE, PERSON = "people", "person"
_MEASURED = "measured"


def members(question: Question) -> exp.Select:
    """
    Select those for whom a question holds. Grain: one row a profile.

    People are compared by number: by their names it takes several times as long.
    """
    return everybody().where(is_true(predicate(question)))


def everybody() -> exp.Select:
    """Select every profile there is. Grain: one row a profile."""
    return exp.select(exp.column(PROFILE, table=PEOPLE)).from_(exp.table_("people", db="fact", alias=PEOPLE))


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
    return exp.column(PERSON, table=PEOPLE).isin(query=matching(question))


def matching(asked: Asked, scope: Scope = None) -> exp.Select:
    """Select the numbers of those for whom a single question holds: aggregated by node, then mapped."""
    rows = asked.relation.rows(scope).subquery("rows")
    if asked.relation.by == PROFILE:
        return _numbers(_named(asked, rows))
    if asked.is_there:
        there = exp.select(NODE).from_(rows).where(asked.counts())
        owners = exp.select(PERSON).from_(exp.table_("persons", db="fact", alias="map"))
        return owners.where(exp.column(NODE, table="map").isin(query=there))
    if not asked.measure.adds_up:
        counting = exp.select("*").from_(rows).where(asked.counts())
        found = numbered(counting, exp.Column(this=exp.Star(), table=exp.to_identifier("r")))
        inner = exp.select(PERSON).from_(found.subquery("owned"))
        return inner.group_by(PERSON).having(asked.holds(asked.measure.whole()))
    partial = exp.select(exp.column(NODE), exp.alias_(asked.measure.whole(), _MEASURED)).from_(rows)
    by_node = partial.where(asked.counts()).group_by(NODE)
    whole = asked.measure.of_parts(exp.column(_MEASURED, table="r"))
    return numbered(by_node).group_by(exp.column(PERSON, table="map")).having(asked.holds(whole))


def numbered(rows: exp.Select, *columns: exp.Expr) -> exp.Select:
    """Add by number whose each row is: join rows keyed by node with the map of nodes."""
    nodes = exp.table_("persons", db="fact", alias="map")
    return (
        exp.select(exp.column(PERSON, table="map"), *columns)
        .from_(rows.subquery("r"))
        .join(nodes, on=exp.column(NODE, table="map").eq(exp.column(NODE, table="r")))
    )


def _named(asked: Asked, rows: exp.Subquery) -> exp.Select:
    """Select by name those for whom a question about rows keyed by profile holds."""
    found = exp.select(PROFILE).from_(rows).where(asked.counts())
    return found if asked.is_there else found.group_by(PROFILE).having(asked.holds(asked.measure.whole()))


def _numbers(named: exp.Select) -> exp.Select:
    people = exp.select(PERSON).from_(exp.table_("people", db="fact", alias="named"))
    return people.where(exp.column(PROFILE, table="named").isin(query=named))
