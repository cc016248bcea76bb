-- Write the scores of a run, those of one score and neighboring people together.
-- grain: one row a score and person
-- reads: standing (rows)
INSERT INTO fact.scores BY NAME SELECT * FROM standing ORDER BY score, brand, profile_id
