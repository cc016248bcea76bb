-- Append the tick's events, each with the session it lies in.
-- grain: one row an event.
-- reads: collected (the tick's events)
INSERT INTO fact.events BY NAME SELECT * FROM collected
