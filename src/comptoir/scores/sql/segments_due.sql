-- Tell the next tick that segments of scores are to be asked anew: of everybody, as a night writes everybody's.
-- grain: one row a run
-- reads: nothing
INSERT INTO fact.membership_due VALUES ('*scores', '')
