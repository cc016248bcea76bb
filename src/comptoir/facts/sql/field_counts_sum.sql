-- What a tick counted of fields, added to what stood.
-- grain: one row a brand, source, kind of statement, field, grade and day that the tick counts.
-- reads: collected (field counts of a tick), fact.field_counts
SELECT
    fresh.brand, fresh.source, fresh.kind, fresh.field, fresh.grade, fresh.received_on,
    CAST(fresh.value_count + coalesce(stood.value_count, 0) AS BIGINT) AS value_count,
    greatest(fresh.last_at, coalesce(stood.last_at, fresh.last_at)) AS last_at
FROM collected AS fresh
LEFT JOIN fact.field_counts AS stood USING (brand, source, kind, field, grade, received_on)
