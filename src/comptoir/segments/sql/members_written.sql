-- Write members person by person.
-- grain: one row a segment × profile.
-- reads: moving (rows of fact.memberships)
INSERT INTO fact.memberships BY NAME SELECT * FROM moving ORDER BY profile_hash, segment
