-- Take away the rows of field counts that are written anew.
-- grain: nothing comes back.
-- reads: collected (the rows to come)
DELETE FROM fact.field_counts
WHERE (brand, source, kind, field, grade, received_on) IN (
    SELECT (brand, source, kind, field, grade, received_on) FROM collected
)
