-- Why rows of one import were refused.
-- grain:  one row a reason
-- reads:  fact.failed
-- param:  import_id VARCHAR  the import
SELECT
    reason,
    count(*) AS refused_count
FROM fact.failed
WHERE import_id = $import_id
GROUP BY reason
ORDER BY refused_count DESC, reason
