-- Write down who came or went.
-- grain: one row a change.
-- reads: moving (segment, profile_id, happens)
-- param: tick_id BIGINT
-- param: now TIMESTAMP
-- param: change VARCHAR, entered or exited
INSERT INTO fact.membership_changes BY NAME
SELECT $tick_id AS tick_id, segment, profile_id, $change AS change, $now AS "at", happens FROM moving
