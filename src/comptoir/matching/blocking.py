"""Which pairs are looked at: keys that two records must share, chosen by how many pairs each makes in these data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlglot import exp

from comptoir.matching.composed import condition, expression, text
from comptoir.matching.people import PEOPLE, RECORD, People
from comptoir.matching.roles import Field, Role

PAIRS_A_RULE = 1
"""Most pairs a record may get from one rule, on average."""
PAIRS_IN_ALL = 5
"""Most pairs a record may get from all rules."""
_AT_LEAST = 50_000
"""Pairs a rule may make however few the records are."""
_SAMPLE = 60_000
"""Records whose pairs are counted; with more, the count is carried over to all."""
MOST_RULES = 12


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a key: a column, or its beginning."""

    fields: tuple[str, ...]
    key: str
    """The words `matching.key.<key>`."""
    template: str
    """SQL over `value` and, where there are two columns, `other`."""

    def covers(self, other: Atom) -> bool:
        """Say whether all who share the other piece share this one."""
        return self == other or (self.fields == other.fields and (self.key, other.key) in _COARSER)

    def sql(self, table: str = "") -> exp.Expr:
        """Give the expression over a table's columns."""
        names = dict(zip(("value", "other"), self.fields, strict=False))
        tree = expression(self.template, names)
        for one in tree.find_all(exp.Column) if table else ():
            one.set("table", exp.to_identifier(table))
        return tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A key: two records that share all its pieces are compared."""

    atoms: tuple[Atom, ...]
    pairs: int
    """How many pairs it makes, other rules apart."""

    @property
    def fields(self) -> frozenset[str]:
        """Give the columns it reads."""
        return frozenset(name for atom in self.atoms for name in atom.fields)

    @property
    def sql(self) -> str:
        """Give the condition over two records `l` and `r`."""
        return text(exp.and_(*(exp.EQ(this=atom.sql("l"), expression=atom.sql("r")) for atom in self.atoms)))


_COARSER = frozenset({("beginning", "whole"), ("year", "whole"), ("month_and_day", "whole"), ("user", "whole")})
_PIECES: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.FIRST_NAME: (("beginning", "left(value, 3)"),),
    Role.LAST_NAME: (("beginning", "left(value, 4)"),),
    Role.FULL_NAME: (("beginning", "left(value, 6)"),),
    Role.BIRTH_DATE: (("year", "left(value, 4)"), ("month_and_day", "right(value, 4)")),
    Role.EMAIL: (("user", "split_part(value, '@', 1)"),),
    Role.TOWN: (("beginning", "left(value, 5)"),),
}


def choose(people: People) -> tuple[Rule, ...]:
    """Choose the rules by counting: the fewest pairs first, and rather those that read other columns."""
    acceptable = _acceptable(people)
    chosen: list[Rule] = []
    room = max(_AT_LEAST * MOST_RULES, PAIRS_IN_ALL * people.count)
    while acceptable and len(chosen) < MOST_RULES:
        best = min(acceptable, key=lambda rule: (_cost(rule, chosen), rule.sql))
        acceptable.remove(best)
        if best.pairs <= room:
            chosen.append(best)
            room -= best.pairs
    return tuple(chosen)


def _cost(rule: Rule, chosen: Sequence[Rule]) -> float:
    shared = sum(1 for one in chosen if one.fields & rule.fields)
    return (rule.pairs + 1) * 2.0**shared


def _acceptable(people: People) -> list[Rule]:
    atoms = [atom for field in people.fields for atom in _atoms(field)] + _names(people.fields)
    most = max(_AT_LEAST, PAIRS_A_RULE * people.count)
    accepted: list[Rule] = []
    for size in (1, 2, 3):
        if size == 3 and len(accepted) >= MOST_RULES // 2:
            break
        for keys in combinations(atoms, size):
            if _overlap(keys) or any(_is_covered(keys, rule.atoms) for rule in accepted):
                continue
            pairs = _count(people, keys)
            if 0 < pairs <= most:
                accepted.append(Rule(atoms=keys, pairs=pairs))
    return [one for one in accepted if not any(_is_covered(one.atoms, rule.atoms) for rule in accepted if rule != one)]


def _atoms(field: Field) -> list[Atom]:
    whole = Atom((field.name,), "whole", "value")
    return [*(Atom((field.name,), key, sql) for key, sql in _PIECES.get(field.role, ())), whole]


def _names(fields: Sequence[Field]) -> list[Atom]:
    """Both names in either order, so that who wrote them into each other's box is found too."""
    pair = [one.name for one in fields if one.name in {Role.FIRST_NAME.value, Role.LAST_NAME.value}]
    either = "least(value, other) || ' ' || greatest(value, other)"
    return (
        [
            Atom(
                (pair[0], pair[1]),
                "either_order",
                f"CASE WHEN NOT value IS NULL AND NOT other IS NULL THEN {either} END",
            )
        ]
        if len(pair) == 2
        else []
    )


def _overlap(keys: Iterable[Atom]) -> bool:
    names = [name for atom in keys for name in atom.fields]
    return len(set(names)) < len(names)


def _is_covered(keys: Sequence[Atom], by: Sequence[Atom]) -> bool:
    return all(any(one.covers(key) for key in keys) for one in by)


def _count(people: People, keys: Sequence[Atom]) -> int:
    """Count the pairs that share a key, on a sample if there are many records."""
    step = max(1, people.count // _SAMPLE)
    columns = [exp.alias_(atom.sql(), f"k{place}") for place, atom in enumerate(keys)]
    filled = [condition("NOT k IS NULL", {"k": f"k{place}"}) for place in range(len(keys))]
    sampled = exp.select(*columns).from_(PEOPLE).where(f"hash({RECORD}) % {step} = 0" if step > 1 else "TRUE")
    sizes = (
        exp.select("count(*) AS n")
        .from_(sampled.subquery("s"))
        .where(*filled)
        .group_by(*(f"k{place}" for place in range(len(keys))))
    )
    counted = exp.select("sum(n * (n - 1)) / 2").from_(sizes.subquery("g"))
    (pairs,) = people.database.sql(text(counted)).fetchall()[0]
    return round(float(pairs or 0) * step * step)
