-- Who entered and left a segment lately; its first filling and new rules are nothing anybody did.
-- grain:  one row a change
-- reads:  fact.membership_changes
-- param:  segment VARCHAR  which
-- param:  most BIGINT  rows
SELECT profile_id, change, epoch_us("at") AS "at"
FROM fact.membership_changes
WHERE segment = $segment AND happens
ORDER BY "at" DESC, profile_id
LIMIT $most
