-- Who entered and left segments in a tick, as far as scenarios hear of it.
-- grain: one row a change.
-- reads: fact.membership_changes
-- param: tick_id BIGINT
SELECT segment, profile_id, change
FROM fact.membership_changes
WHERE tick_id = $tick_id AND happens
ORDER BY segment, profile_id, change
