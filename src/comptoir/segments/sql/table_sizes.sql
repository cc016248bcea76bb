-- How many rows the tables of facts hold, as the catalog knows it without counting.
-- grain:  one row a table
-- reads:  duckdb_tables
SELECT table_name, estimated_size
FROM duckdb_tables()
WHERE schema_name = 'fact'
ORDER BY table_name
