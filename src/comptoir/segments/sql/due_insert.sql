-- Keep whom the next tick asks anew.
-- grain: one row a profile and its former name.
-- reads: made (rows)
INSERT INTO fact.membership_due BY NAME SELECT * FROM made
