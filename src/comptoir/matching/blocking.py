"""Which pairs are looked at: keys that two records must share, chosen by how many pairs each makes in these data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlglot import exp

from comptoir.matching.composed import condition, dropped, expression, text
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
FOUND = "found_pairs"
_KEYS = "record_keys"


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


def find(people: People, rules: Sequence[Rule], source: str = PEOPLE, *, fresh: str = "") -> str:
    """
    Find the pairs of a table's records that share a key, each once, and give the name of the table they are in.

    Where `fresh` names a table of records, only the pairs that have one of them.

    Grain: one row a pair: `match_key`, `join_key_l` < `join_key_r`, as Splink wants them.
    """
    atoms = tuple(dict.fromkeys(atom for rule in rules for atom in rule.atoms))
    _key(people, atoms, source, step=1)
    joined = [_joined(sorted(atoms.index(atom) for atom in rule.atoms), fresh) for rule in rules]
    found = exp.union(*joined, distinct=True) if len(joined) > 1 else joined[0].distinct()
    named = exp.select("'0' AS match_key", "a AS join_key_l", "b AS join_key_r").from_(found.subquery("p"))
    people.database.execute(text(exp.Create(this=exp.to_table(FOUND), kind="TABLE", replace=True, expression=named)))
    people.database.execute(text(dropped(_KEYS)))
    return FOUND


def _joined(places: Sequence[int], fresh: str) -> exp.Select:
    """Give the pairs that share the pieces at some places; hashes that meet by chance cost a comparison."""
    filled = [condition("NOT k IS NULL", {"k": f"k{place}"}) for place in places]
    key = exp.alias_(exp.func("hash", *(exp.column(f"k{place}") for place in places)), "k")
    keyed = exp.select("record", key).from_(_KEYS).where(*filled)
    if fresh:  # each of them beside everybody: who is both is found twice, and the union keeps one
        new = keyed.where(exp.column("record").isin(query=exp.select("record").from_(fresh)))
        return (
            exp.select("least(l.record, r.record) AS a", "greatest(l.record, r.record) AS b")
            .from_(new.subquery("l"))
            .join(keyed.subquery("r"), on="l.k = r.k AND l.record <> r.record")
        )
    return (
        exp.select("l.record AS a", "r.record AS b")
        .from_(keyed.subquery("l"))
        .join(keyed.subquery("r"), on="l.k = r.k AND l.record < r.record")
    )


def _key(people: People, atoms: Sequence[Atom], source: str, *, step: int) -> None:
    """Write down the hash of each piece, by record: of all, or of one record in so many."""
    columns = [
        exp.alias_(
            exp.Case(ifs=[exp.If(this=atom.sql().is_(exp.null()).not_(), true=exp.func("hash", atom.sql()))]),
            f"k{place}",
        )
        for place, atom in enumerate(atoms)
    ]
    keyed = exp.select(RECORD, *columns).from_(source)
    if step > 1:
        keyed = keyed.where(f"hash({RECORD}) % {step} = 0")
    people.database.execute(text(exp.Create(this=exp.to_table(_KEYS), kind="TABLE", replace=True, expression=keyed)))


def pieces(fields: Sequence[Field]) -> list[Atom]:
    """Give every piece of a key that some columns offer."""
    return [atom for field in fields for atom in _atoms(field)] + _names(fields)


def _acceptable(people: People) -> list[Rule]:
    atoms = pieces(people.fields)
    step = max(1, people.count // _SAMPLE)
    _key(people, atoms, PEOPLE, step=step)
    most = max(_AT_LEAST, PAIRS_A_RULE * people.count)
    accepted: list[Rule] = []
    for size in (1, 2, 3):
        if size == 3 and len(accepted) >= MOST_RULES // 2:
            break
        for keys in combinations(atoms, size):
            if _overlap(keys) or any(_is_covered(keys, rule.atoms) for rule in accepted):
                continue
            pairs = _count(people, [atoms.index(key) for key in keys]) * step * step
            if 0 < pairs <= most:
                accepted.append(Rule(atoms=keys, pairs=pairs))
    people.database.execute(text(dropped(_KEYS)))
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


def _count(people: People, places: Sequence[int]) -> int:
    """Count the pairs of the keyed records that share the pieces at some places."""
    filled = [condition("NOT k IS NULL", {"k": f"k{place}"}) for place in places]
    sizes = exp.select("count(*) AS n").from_(_KEYS).where(*filled).group_by(*(f"k{place}" for place in places))
    counted = exp.select("sum(n * (n - 1)) / 2").from_(sizes.subquery("g"))
    (pairs,) = people.database.sql(text(counted)).fetchall()[0]
    return round(float(pairs or 0))
