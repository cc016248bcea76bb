from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comptoir.reports import guard
from comptoir.reports.guard import QueryRefused
from comptoir.reports.surface import FUNCTIONS, TABLE_FUNCTIONS, VIEWS

HONEST = (Path(__file__).parent / "honest.sql").read_text(encoding="utf-8").strip().split("\n\n")
"""Questions an analyst asks, parted by a blank line."""


@pytest.mark.parametrize("sql", HONEST)
def test_an_honest_question_passes_unchanged(sql: str) -> None:
    assert guard.allow(sql) == sql.strip().removesuffix(";")


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_documented_view_may_be_read(view: str) -> None:
    assert guard.allow(str.join(" ", ("SELECT * FROM", view)))


def test_the_lists_name_only_functions_that_the_warehouse_has() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    known = {row[0] for row in rows}

    # these are words of the grammar, not functions of the catalog
    grammar = {"coalesce", "current_timestamp", "localtimestamp", "grouping", "grouping_id", "ifnull", "unnest", "->"}

    assert known | grammar >= FUNCTIONS | TABLE_FUNCTIONS


def test_nothing_that_reads_files_settings_or_the_catalog_is_on_the_lists() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE function_type IN ('pragma', 'table', 'table_macro') OR function_name SIMILAR TO "
            "'(read|pg|duckdb|pragma|current_s|getv|getenv|next|set|write|sleep|version|random|uuid).*'"
        ).fetchall()

    # `histogram` is an aggregate too: after FROM only TABLE_FUNCTIONS may stand
    assert {row[0] for row in rows} & (FUNCTIONS | TABLE_FUNCTIONS) == TABLE_FUNCTIONS | {"histogram"}


def test_the_refusal_says_what_to_do_instead() -> None:
    with pytest.raises(QueryRefused) as refused:
        guard.allow("SELECT * FROM read_csv('/etc/passwd')")

    assert refused.value.code == "query_refused"
    assert refused.value.status == 400
    assert "comptoir import" in str(refused.value.facts["instead"])
    assert "docs/how-to" in refused.value.hint


@given(st.text(max_size=200) | st.sampled_from(["SHOW", "SHOW ALL", "show -- x", "DESCRIBE", "EXPLAIN"]))
@example("SHOW ALL")  # sqlglot runs past its last token
def test_any_text_passes_or_is_refused_and_never_breaks(text: str) -> None:
    try:
        passed = guard.allow(text)
    except QueryRefused:
        return
    assert passed in text
