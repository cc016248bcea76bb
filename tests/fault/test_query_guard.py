"""Attacks on analysts' SQL (faults.md X2): each is refused; none reads a file or the catalog; none writes."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from comptoir.errors import ComptoirError
from comptoir.reports import ask, guard
from comptoir.reports.guard import QueryRefused

CANARY = "canary-7d1f"

_FILE_FUNCTIONS = (
    "read_csv",
    "read_csv_auto",
    "read_parquet",
    "parquet_scan",
    "read_json",
    "read_json_auto",
    "read_ndjson",
    "read_ndjson_auto",
    "read_json_objects",
    "read_ndjson_objects",
    "read_text",
    "read_blob",
    "sniff_csv",
    "glob",
    "parquet_metadata",
    "parquet_schema",
    "parquet_file_metadata",
    "parquet_kv_metadata",
    "parquet_bloom_probe",
    "read_duckdb",
    "arrow_scan",
    "arrow_scan_dumb",
    "pandas_scan",
    "python_map_function",
    "sqlite_scan",
    "postgres_scan",
    "mysql_scan",
    "iceberg_scan",
    "delta_scan",
    "st_read",
    "read_xlsx",
    "http_get",
    "pg_read_file",
    "lo_import",
    "url",
    "s3",
    "seq_scan",
    "query",
    "query_table",
)

_CATALOG = (
    "duckdb_settings()",
    "duckdb_tables()",
    "duckdb_views()",
    "duckdb_secrets()",
    "duckdb_databases()",
    "duckdb_functions()",
    "duckdb_columns()",
    "duckdb_logs()",
    "duckdb_memory()",
    "duckdb_temporary_files()",
    "duckdb_extensions()",
    "duckdb_variables()",
    "duckdb_prepared_statements()",
    "pragma_database_size()",
    "pragma_table_info('events')",
    "pragma_storage_info('events')",
    "pragma_show('events')",
    "pragma_version()",
    "pragma_user_agent()",
    "pragma_collations()",
    "which_secret('x', 'y')",
    "checkpoint()",
    "force_checkpoint()",
    "repeat_row(1, num_rows = 3)",
    "repeat('x', 1000000000)",
    "summary(events)",
    "test_all_types()",
    "enable_logging()",
    "information_schema.tables",
    "information_schema.columns",
    "information_schema.schemata",
    "sqlite_master",
    "main.sqlite_master",
    "sqlite_schema",
    "sqlite_temp_master",
    "duckdb_settings",
    "duckdb_tables",
    "pg_catalog.pg_tables",
    "pg_catalog.pg_class",
    "pg_class",
    "pg_tables",
    "pg_settings",
    "pg_attribute",
    "fact.events",
    "fact.profile_of",
    "fact.failed",
    "warehouse.fact.events",
    "memory.main.events",
    "system.main.duckdb_tables",
    "temp.main.x",
    "state.users",
    "other.main.events",
    '"fact"."events"',
    '"main"."secrets"',
    "secrets",
)

_SCALARS = (
    "getenv('HOME')",
    "getvariable('x')",
    "current_setting('home_directory')",
    "current_setting('secret_directory')",
    "nextval('s')",
    "currval('s')",
    "setseed(0.5)",
    "write_log('x')",
    "sleep_ms(10)",
    "pg_sleep(10)",
    "version()",
    "current_database()",
    "current_schema()",
    "current_query()",
    "current_user",
    "session_user",
    "current_role",
    "current_catalog",
    "txid_current()",
    "current_transaction_id()",
    "current_connection_id()",
    "pg_get_viewdef(1)",
    "in_search_path('a', 'b')",
    "uuid()",
    "random()",
    "error('x')",
    "json_serialize_plan('SELECT 1')",
    "json_serialize_sql('SELECT 1')",
    "json_deserialize_sql('{}')",
    "json_execute_serialized_sql('{}')",
    "list_aggregate([1], 'sum')",
    "repeat('x', 1000000000)",
    "lpad('x', 1000000000, 'y')",
    "printf('%1000000000d', 1)",
    "format('{:1000000000}', 1)",
    "list_resize([1], 1000000000)",
    "range(10000000000)",
    "generate_series(1, 10000000000)",
    "main.sum(1)",
    "system.main.lower('A')",
    "pg_catalog.pg_typeof(1)",
    "stats(1)",
    "enum_range(NULL::x)",
    "invoke(lambda x: x, 1)",
    "finalize('x')",
    "create_sort_key(1, 'ASC')",
    "bar(1, 0, 10, 1000000000)",
    "parse_path('x')",
    "path_join('a', 'b')",
    "hive_partition_component('a', 'b')",
    "can_cast_implicitly(1, 2)",
    "'x'::regclass",
    "CAST('x' AS fact.kind)",
    "'a'::secret_type",
    "current_schemas(true)",
    "inet_server_addr()",
    "format_type(1, 2)",
    "has_table_privilege('events', 'SELECT')",
    "assert_true(true)",
    "gen_random_uuid()",
    "user",
)

_STATEMENTS = (
    "INSERT INTO events VALUES (1)",
    "UPDATE events SET name = 'x'",
    "DELETE FROM events",
    "TRUNCATE events",
    "DROP TABLE events",
    "DROP VIEW events",
    "CREATE TABLE x (a INT)",
    "CREATE TABLE x AS SELECT 1",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO lower(x) AS 1",
    "CREATE SECRET (TYPE s3)",
    "CREATE SEQUENCE s",
    "CREATE SCHEMA s",
    "CREATE TYPE t AS ENUM ('a')",
    "ALTER TABLE events ADD COLUMN x INT",
    "COPY events TO '{file}'",
    "COPY (SELECT 1) TO '{file}'",
    "COPY events FROM '{file}'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "ATTACH '{file}' AS x",
    "ATTACH ':memory:' AS x",
    "DETACH warehouse",
    "USE fact",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FORCE INSTALL httpfs",
    "UPDATE EXTENSIONS",
    "SET memory_limit = '1GB'",
    "SET enable_external_access = true",
    "RESET memory_limit",
    "SET VARIABLE x = 1",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "EXPORT DATABASE '{file}'",
    "IMPORT DATABASE '{file}'",
    "CALL pragma_version()",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "DESCRIBE events",
    "SUMMARIZE events",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "SHOW DATABASES",
    "SHOW events",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "EXECUTE p(1)",
    "DEALLOCATE p",
    "COMMENT ON TABLE events IS 'x'",
    "MERGE INTO events USING orders ON true WHEN MATCHED THEN DELETE",
    "VALUES (1)",
    "PIVOT events ON name USING count(*)",
    "GRANT ALL ON events TO x",
    "LOCK TABLE events",
    ".shell id",
    ".read /etc/passwd",
    "",
    "   ",
    ";",
    "--",
    "/* */",
    "\x00",
    "SELECT",
    "SELECT FROM",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE events",
    "SELECT 1;;SELECT 2",
    "SELECT 1 /* */; DROP TABLE events; --",
    "SELECT 1 -- \n; DELETE FROM events",
    "SELECT $1",
    "SELECT ?",
    "SELECT $name",
    "SELECT :name",
    "SELECT 1 INTO x",
    "SELECT * INTO x FROM events",
    "SELECT 1 FOR UPDATE",
    "WITH x AS (INSERT INTO events VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (DELETE FROM events RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE events SET name = 'y' RETURNING *) SELECT * FROM x",
    "WITH x AS (SELECT 1) DELETE FROM events",
    "WITH x AS (SELECT 1) INSERT INTO events SELECT * FROM x",
    "SELECT 1 UNION SELECT * FROM fact.failed",
    "FROM '{file}'",
    'FROM "{file}"',
    "TABLE '{file}'",
    "SELECT * FROM '{file}' AS events",
    'SELECT * FROM "{file}" events',
    "SELECT * FROM events, '{file}'",
    "SELECT * FROM events JOIN '{file}' ON true",
    "SELECT * FROM ['{file}']",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM 's3://bucket/x.parquet'",
    "SELECT * FROM '*.parquet'",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM stolen",
    "SELECT * FROM stolen.x",
    'SELECT * FROM "stolen"',
    "SELECT (SELECT content FROM read_text('{file}'))",
    "SELECT * FROM events WHERE name IN (FROM '{file}')",
    "SELECT * FROM events WHERE EXISTS (SELECT 1 FROM read_blob('{file}'))",
    "SELECT count(*) FILTER (WHERE (SELECT true FROM '{file}')) FROM events",
    "SELECT * FROM events ORDER BY (SELECT content FROM read_text('{file}'))",
    "SELECT * FROM events LIMIT (SELECT count(*) FROM '{file}')",
    "SELECT * FROM events QUALIFY row_number() OVER (ORDER BY getenv('HOME')) = 1",
    "SELECT sum(1) OVER (PARTITION BY getenv('X')) FROM events",
    "SELECT CASE WHEN true THEN getenv('HOME') END",
    "SELECT [getenv('HOME')]",
    "SELECT {'a': getenv('HOME')}",
    "SELECT MAP {'a': getenv('X')}",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    "SELECT [getenv(y) FOR y IN ['HOME']]",
    "SELECT 'HOME'.getenv()",
    "SELECT * FROM events GROUP BY getenv('HOME')",
    "SELECT 1 HAVING getenv('HOME') = 'x'",
    "SELECT * FROM (VALUES (getenv('HOME')))",
    "SELECT * FROM events AS e, LATERAL (SELECT * FROM read_text(e.name))",
    "SELECT * FROM unnest([getenv('HOME')])",
    "SELECT * REPLACE (getenv('HOME') AS name) FROM events",
    "SELECT COLUMNS(lambda c: getenv(c) = 'x') FROM events",
    "SELECT DISTINCT ON (getenv('HOME')) 1 FROM events",
    "SELECT 1 BETWEEN 0 AND getenv('HOME')",
    "SELECT getenv('HOME') IN ('a')",
    "SELECT sum(1 ORDER BY getenv('HOME'))",
    "SELECT 'a' COLLATE nocase || getenv('HOME')",
    "SELECT CAST(getenv('HOME') AS VARCHAR)",
    "WITH x AS (SELECT * FROM '{file}') SELECT * FROM x",
    'WITH "{file}" AS (SELECT 1) SELECT * FROM "{file}"',
    "SELECT * FROM (WITH stolen AS (SELECT 1) SELECT * FROM stolen), stolen",
    "WITH stolen AS (SELECT * FROM stolen) SELECT * FROM stolen",
    "WITH RECURSIVE stolen AS (SELECT * FROM stolen UNION ALL SELECT 1 FROM stolen) SELECT * FROM stolen",
    "WITH RECURSIVE stolen AS (SELECT * FROM stolen) SELECT * FROM stolen",
    "WITH a AS (SELECT * FROM stolen), stolen AS (SELECT 1) SELECT * FROM a",
    "WITH sqlite_master AS (SELECT 1) SELECT * FROM main.sqlite_master",
    "WITH stolen AS (SELECT 1) SELECT * FROM main.stolen",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM (SELECT * FROM sqlite_master)))",
    "SELECT * FROM events AT (VERSION => 1)",
    "SELECT/**/*/**/FROM/**/read_csv/**/('{file}')",
    "SELECT * FROM read_csv -- x\n ('{file}')",
    "SELECT * FROM \"read_csv\"('{file}')",
    "SELECT * FROM main.read_csv('{file}')",
    "SELECT * FROM system.main.read_csv('{file}')",
    "sElEcT * fRoM rEaD_cSv('{file}')",
    "SELECT * FROM read_csv(['{file}'])",
    "SELECT * FROM read_csv('{file}', header = false)",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('{file}')",
    "SELECT * FROM query_table(['events'])",
    "SELECT 1 UNION ALL (SELECT content FROM read_text('{file}'))",
    "(SELECT * FROM read_text('{file}'))",
    "((DELETE FROM events))",
    "FROM (DELETE FROM events RETURNING *)",
    "SELECT (DELETE FROM events)",
    "SELECT * FROM (SHOW TABLES)",
    "SELECT * FROM (DESCRIBE events)",
    "SELECT * FROM (SUMMARIZE events)",
    "FROM (PRAGMA database_list)",
    "SELECT * FROM events; COPY events TO '{file}'",
    "SELECT '\\'; DROP TABLE events; --'",
    "SELECT $$x$$; DROP TABLE events",
    "SELECT e'\\''; DROP TABLE events; --'",
    "SELECT \u2028* FROM read_csv('{file}')",
    "SELECT * FROM read\u200b_csv('{file}')",
    "\ufeffDROP TABLE events",
    "SELECT '\ud800'",
    "ＳＥＬＥＣＴ 1; DROP TABLE events",
    "SELECT 1\x00; DROP TABLE events",
    "PIVOT (SELECT * FROM read_csv('{file}')) ON a IN ('x') USING count(*)",
    "SELECT * FROM (PIVOT events ON name IN kinds USING count(*))",
    "UNPIVOT '{file}' ON a INTO NAME n VALUE v",
    "SELECT * FROM events POSITIONAL JOIN '{file}'",
    "SELECT * FROM events ASOF JOIN '{file}' ON true",
    "SELECT * FROM events SEMI JOIN read_text('{file}') ON true",
    "SELECT * FROM generate_series(1, (SELECT count(*) FROM '{file}'))",
    "SELECT * FROM json_each((SELECT content FROM read_text('{file}')))",
    "SELECT * FROM events TABLESAMPLE reservoir(getenv('HOME'))",
    "SELECT * FROM events WHERE (SELECT * FROM duckdb_settings() LIMIT 1) IS NULL",
    "SELECT getenv(name) FROM events",
)

_CALL = "SELECT * FROM name('{file}')"
_READ = "SELECT * FROM "
_SAY = "SELECT "

ATTACKS = (
    *_STATEMENTS,
    *(_CALL.replace("name", name) for name in _FILE_FUNCTIONS),
    *(_READ + name for name in _CATALOG),
    *(_SAY + call for call in _SCALARS),
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    folder = tmp_path_factory.mktemp("guarded")
    file = folder / "secret.csv"
    file.write_text(CANARY)
    connection = duckdb.connect(str(folder / "warehouse.duckdb"))
    connection.execute("CREATE TABLE events AS SELECT 'Product Viewed' AS name, '{}' AS properties")
    connection.execute("CREATE SCHEMA fact")
    connection.execute("CREATE TABLE fact.failed AS SELECT ? AS raw", [CANARY])
    connection.execute("CREATE TABLE main.stolen AS SELECT ? AS raw", [CANARY])
    yield connection, file
    connection.close()


def test_there_are_many_attacks() -> None:
    assert len(set(ATTACKS)) >= 300


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str, warehouse: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, file = warehouse

    with pytest.raises(QueryRefused) as refused:
        ask.ask(connection.cursor(), attack.replace("{file}", str(file)), seconds=2)

    assert refused.value.facts["because"]
    assert CANARY not in str(refused.value)


def test_what_reads_files_is_refused_by_each_wall_alone() -> None:
    with duckdb.connect() as parser:
        for name in _FILE_FUNCTIONS:
            text = _CALL.replace("name", name)
            with pytest.raises(QueryRefused):
                guard._check_parse(text, parser, guard.EVERYTHING)
            with pytest.raises(QueryRefused):
                guard._check_meaning(text, guard.EVERYTHING)


def test_attacks_bent_by_case_space_and_comments_are_refused(
    warehouse: tuple[duckdb.DuckDBPyConnection, Path], seed: int
) -> None:
    connection, file = warehouse
    draw = random.Random(seed)
    before = connection.execute("SELECT count(*) FROM events").fetchall()
    for attack in ATTACKS:
        bent = _bend(attack.replace("{file}", str(file)), draw)
        # a bend may make a comment of the harmful part: what then passes must have seen nothing and done nothing
        assert CANARY not in _said(connection, bent), bent
    assert connection.execute("SELECT count(*) FROM events").fetchall() == before


def _said(connection: duckdb.DuckDBPyConnection, question: str) -> str:
    try:
        return str(ask.ask(connection.cursor(), question, seconds=2).to_pylist())
    except ComptoirError as error:
        return str(error)


def _bend(text: str, draw: random.Random) -> str:
    bent = "".join(sign.swapcase() if draw.random() < 0.3 and sign.isascii() else sign for sign in text)
    for _ in range(draw.randint(0, 3)):
        place = draw.randint(0, len(bent))
        bent = (
            bent[:place] + draw.choice((" ", "\n", "/**/", "--\n", "\t", "'", '"', "(", ")", ";", "%")) + bent[place:]
        )
    return bent


BOMBS = (
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r, range(10)) SELECT count(*) FROM r",
    "SELECT count(*) FROM range(1000000) a, range(1000000) b, range(1000000) c WHERE a.range + b.range = c.range",
    "SELECT sum(x) FROM (SELECT unnest([1, 2, 3]) AS x FROM range(100000000000))",
)


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_question_without_end_is_stopped_by_its_time(
    bomb: str, warehouse: tuple[duckdb.DuckDBPyConnection, Path]
) -> None:
    connection, _ = warehouse

    with pytest.raises(ask.QueryTimedOut):
        ask.ask(connection.cursor(), bomb, seconds=0.3)

    assert ask.ask(connection.cursor(), "SELECT count(*) AS n FROM events").to_pylist() == [{"n": 1}]


def test_an_answer_without_end_is_stopped_by_its_rows(warehouse: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, _ = warehouse

    with pytest.raises(ask.QueryTooLarge):
        ask.ask(connection.cursor(), "SELECT * FROM range(100000000000)", rows=1000)


def test_a_question_that_is_stopped_leaves_others_alone(warehouse: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, _ = warehouse
    answers: list[object] = []
    slow = "SELECT count(*) AS n FROM range(30000000) a WHERE hash(a.range) % 7 = 3"
    other = threading.Thread(target=lambda: answers.append(ask.ask(connection.cursor(), slow).num_rows))
    other.start()

    with pytest.raises(ask.QueryTimedOut):
        ask.ask(connection.cursor(), BOMBS[0], seconds=0.2)
    other.join()

    assert answers == [1]


def test_even_what_the_guard_let_pass_could_not_write(warehouse: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    connection, _ = warehouse

    with pytest.raises(ask.QueryFailed, match="read-only"):
        ask._read(connection.cursor(), "INSERT INTO events VALUES ('x', '{}') RETURNING *", None, 2, 10)


def test_brackets_without_end_are_refused_at_once() -> None:
    with pytest.raises(QueryRefused):
        guard.allow("SELECT " + "(" * 5000 + "1" + ")" * 5000)
