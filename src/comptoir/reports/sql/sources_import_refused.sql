-- Rows of one import that were refused, in the order of the file.
-- grain:  one row a refused row
-- reads:  fact.failed
-- param:  import_id VARCHAR  the import
-- param:  most BIGINT        at most so many
SELECT
    row_number,
    reason,
    detail,
    coalesce(line, raw) AS raw
FROM fact.failed
WHERE import_id = $import_id
ORDER BY row_number, failed_id
LIMIT $most
