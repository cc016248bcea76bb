-- Write the rows of field counts as they are now.
-- grain: one row a brand, source, kind of statement, field, grade and day.
-- reads: collected
INSERT INTO fact.field_counts BY NAME SELECT * FROM collected
