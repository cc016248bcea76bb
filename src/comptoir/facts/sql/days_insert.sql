-- Add what events come to by day.
-- grain: one row a node × day × brand × event name × category × currency that the events touch.
-- reads: counted (events by these, added up)
INSERT INTO fact.day_activity BY NAME SELECT * FROM counted
