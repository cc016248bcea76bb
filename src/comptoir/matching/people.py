"""Records of people as matching compares them: one table, each column in the plainest form that still tells apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
from sqlglot import exp

from comptoir.matching.composed import column, dropped, expression, text
from comptoir.matching.roles import Field, Profile, Role, recognise

RECORD = "record"
"""Column: the record's number, by source and id, so that no order of the rows changes anything."""
SOURCE = "source"
"""Column: 0 for the first file, 1 for the second."""
ID = "id"
"""Column: the record's id as its source gives it, as text."""
PEOPLE = "people"
"""Table. Grain: one row a record: `record`, `source`, `id`, each field, and `tf_<field>`, its value's share."""
_SAMPLE = 1_000
_LOOKED_AT = 50_000
"""Records by whose values a column is recognized."""

_LETTERS = "nullif(trim(regexp_replace(lower(strip_accents(value)), '[^\\p{L}]+', ' ', 'g')), '')"
_WORDS = "nullif(trim(regexp_replace(lower(strip_accents(value)), '[^\\p{L}\\p{N}]+', ' ', 'g')), '')"
_SIGNS = "nullif(regexp_replace(lower(strip_accents(value)), '[^\\p{L}\\p{N}]+', '', 'g'), '')"
_DIGITS = "regexp_replace(value, '\\D', '', 'g')"
_DATE = (
    "CASE WHEN regexp_full_match(trim(value), '\\d{4}\\D?\\d\\d\\D?\\d\\d(\\D.*)?') THEN left(" + _DIGITS + ", 8) "
    "WHEN regexp_full_match(trim(value), '\\d\\d?\\D\\d\\d?\\D\\d{4}') THEN "
    "regexp_extract(value, '(\\d{4})\\s*$', 1) || lpad(regexp_extract(trim(value), PARTS, MONTH), 2, '0') "
    "|| lpad(regexp_extract(trim(value), PARTS, DAY), 2, '0') END"
).replace("PARTS", "'(\\d\\d?)\\D(\\d\\d?)'")
_PLAIN: Mapping[Role, str] = {
    Role.FIRST_NAME: _LETTERS,
    Role.LAST_NAME: _LETTERS,
    Role.FULL_NAME: _LETTERS,
    Role.BIRTH_DATE: _DATE,
    Role.EMAIL: "CASE WHEN contains(value, '@') THEN lower(trim(value)) END",
    Role.PHONE: "CASE WHEN length(" + _DIGITS + ") >= 6 THEN right(" + _DIGITS + ", 9) END",
    Role.NATIONAL_ID: _SIGNS,
    Role.ADDRESS: _WORDS,
    Role.STREET_NUMBER: _SIGNS,
    Role.POSTAL_CODE: _SIGNS,
    Role.TOWN: _LETTERS,
    Role.REGION: _WORDS,
    Role.GENDER: _WORDS,
    Role.CATEGORY: _WORDS,
    Role.TEXT: _WORDS,
}
"""The plain form of a `value`, by role; NULL where nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Records ready to be compared, in a database of their own."""

    database: duckdb.DuckDBPyConnection
    fields: tuple[Field, ...]
    ids: Sequence[tuple[int, str]]
    """Source and id of each record, by its number."""

    @property
    def count(self) -> int:
        """Give the number of records."""
        return len(self.ids)


def prepare(database: duckdb.DuckDBPyConnection, sources: Sequence[pa.Table], id_column: str) -> People:
    """Bring one or two tables of people, all of text, into plain form under one numbering."""
    shared = [name for name in sources[0].column_names if all(name in one.column_names for one in sources)]
    compared = [name for name in shared if name != id_column]
    raw = pa.concat_tables(
        pa.table(
            [
                pa.array([number] * one.num_rows, pa.int8()),
                *(one[name].cast(pa.string()) for name in [id_column, *compared]),
            ],
            names=[SOURCE, ID, *(f"raw_{place}" for place in range(len(compared)))],
        )
        for number, one in enumerate(sources)
    )
    database.register("raw_people", raw)
    fields = recognise(_profiles(database, compared, raw.num_rows))
    _make(database, fields, compared)
    database.unregister("raw_people")
    rows = database.sql("SELECT source, id FROM people ORDER BY record").to_arrow_table()
    return People(
        database=database, fields=fields, ids=list(zip(*(rows[name].to_pylist() for name in (SOURCE, ID)), strict=True))
    )


def _profiles(database: duckdb.DuckDBPyConnection, names: Sequence[str], count: int) -> dict[str, Profile]:
    """Look at each column: how full, how varied, and some of its values, whatever the order of the rows."""
    step = max(1, count // _LOOKED_AT)
    found: dict[str, Profile] = {}
    for place, name in enumerate(names):
        value = expression("nullif(trim(value), '')", {"value": f"raw_{place}"})
        some = exp.select(exp.alias_(value, "value")).from_("raw_people").where(f"hash({ID}) % {step} = 0")
        counted = exp.select("count(value)", "count(DISTINCT value)").from_(some.subquery("s"))
        filled, distinct = database.sql(text(counted)).fetchall()[0]
        values = exp.select("value").distinct().from_(some.subquery("s")).where("NOT value IS NULL")
        ordered = exp.select("value").from_(values.subquery("v")).order_by("hash(value)", "value").limit(_SAMPLE)
        sample = [row[0] for row in database.sql(text(ordered)).fetchall()]
        if step > 1 and filled == distinct:  # each value once among some: is it so among all?
            whole = exp.select(exp.Count(this=value), exp.Count(this=exp.Distinct(expressions=[value]))).from_(
                "raw_people"
            )
            filled, distinct = database.sql(text(whole)).fetchall()[0]
        found[name] = Profile(filled=filled, distinct=distinct, sample=sample)
    return found


def _make(database: duckdb.DuckDBPyConnection, fields: Sequence[Field], names: Sequence[str]) -> None:
    place_of = {name: place for place, name in enumerate(names)}
    plain = [exp.alias_(_plain(field, f"raw_{place_of[field.column]}"), field.name, quoted=True) for field in fields]
    numbered = expression("CAST(row_number() OVER (ORDER BY source, id) - 1 AS INTEGER)", {})
    made = exp.select(exp.alias_(numbered, RECORD), SOURCE, ID, *plain).from_("raw_people")
    database.execute(text(exp.Create(this=exp.to_table("plain_people"), kind="TABLE", expression=made)))
    joined = exp.select("plain_people.*").from_("plain_people")
    for place, field in enumerate(fields):
        value, share = column(field.name), exp.alias_(expression("n / sum(n) OVER ()", {}), "share")
        sizes = (
            exp.select(exp.alias_(value, "value"), "count(*) AS n")
            .from_("plain_people")
            .where(value.is_(exp.null()).not_())
            .group_by(value)
        )
        shares = exp.select("value", share).from_(sizes.subquery("s")).subquery(f"v{place}")
        joined = joined.join(
            shares,
            on=exp.EQ(this=column(field.name, "plain_people"), expression=column("value", f"v{place}")),
            join_type="left",
        )
        joined = joined.select(exp.alias_(column("share", f"v{place}"), f"tf_{field.name}", quoted=True))
    database.execute(text(exp.Create(this=exp.to_table(PEOPLE), kind="TABLE", expression=joined)))
    database.execute(text(dropped("plain_people")))


def _plain(field: Field, raw: str) -> exp.Expr:
    template = _PLAIN[field.role]
    month, day = ("1", "2") if field.is_month_first else ("2", "1")
    return expression(template.replace("MONTH", month).replace("DAY", day), {"value": raw})
