-- Write people who are new.
-- grain: one row a profile.
-- reads: made (rows)
INSERT INTO fact.people BY NAME SELECT * FROM made
