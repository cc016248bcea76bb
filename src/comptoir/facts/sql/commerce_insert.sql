-- Append the tick's commerce rows.
-- grain: one row an event or record × product line.
-- reads: collected (the tick's commerce rows, with their keys)
INSERT INTO fact.commerce BY NAME SELECT * FROM collected
