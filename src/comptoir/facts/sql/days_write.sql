-- Write days that were added up.
-- grain: one row a node × day × brand × event name × category × currency.
-- reads: summed (days added up)
INSERT INTO fact.day_activity BY NAME SELECT * FROM summed
