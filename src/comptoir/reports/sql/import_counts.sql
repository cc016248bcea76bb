-- What became of the rows of one import.
-- grain: one row
-- reads: fact.import_counts
-- param: import_id VARCHAR  the import's run
SELECT
    coalesce(sum(received), 0)::BIGINT   AS received,
    coalesce(sum(stored), 0)::BIGINT     AS stored,
    coalesce(sum(refused), 0)::BIGINT    AS refused,
    coalesce(sum(duplicates), 0)::BIGINT AS duplicates
FROM fact.import_counts
WHERE import_id = $import_id
