-- Who has had as many messages as a cap allows, or one fewer.
-- grain:  one row a person
-- reads:  messages
-- param:  since_at TIMESTAMP  where the cap's window begins
-- param:  at_most INTEGER     messages that the cap allows
-- param:  channel VARCHAR     the cap's channel; empty for every channel
-- param:  brands VARCHAR[]    these brands; none for every brand
-- param:  most INTEGER        people given
SELECT
    profile_id,
    count(*)                                  AS message_count,
    max(decided_at)                           AS last_at,
    count_if(count(*) >= $at_most) OVER ()    AS full_count,
    count(*) OVER ()                          AS near_count
FROM messages
WHERE
    outcome = 'sent'
    AND profile_id IS NOT NULL
    AND decided_at > $since_at
    AND ($channel = '' OR channel = $channel)
    AND (len($brands) = 0 OR list_contains($brands, brand))
GROUP BY profile_id
HAVING count(*) >= greatest($at_most - 1, 1)
ORDER BY message_count DESC, last_at DESC, profile_id
LIMIT $most
