-- The latest events that were accepted or refused, newest first; narrowed to a source, a name or a person if asked.
-- grain:  one row an event
-- reads:  fact.events, fact.failed, fact.profile_of
-- param:  source VARCHAR  only this source; empty for all
-- param:  name VARCHAR  only this name; empty for all
-- param:  profile VARCHAR  only this profile; empty for all
-- param:  what VARCHAR  accepted, refused, or empty for both
-- param:  most BIGINT  rows
WITH accepted AS (
    SELECT
        received_at, occurred_at, 'accepted' AS outcome, type, name, source, brand, trust, node_id, message_id, url,
        product_id, cart_id, order_id, channel, robot_reason, clock_flag, historical, properties, NULL AS reason,
        NULL AS detail
    FROM fact.events
    WHERE $what <> 'refused'
        AND ($source = '' OR source = $source)
        AND ($name = '' OR name = $name)
        AND ($profile = '' OR node_id IN (SELECT node_id FROM fact.profile_of WHERE profile_id = $profile))
    ORDER BY received_at DESC, occurred_at DESC, message_hash
    LIMIT $most
),
refused AS (
    SELECT
        received_at, received_at AS occurred_at, 'refused' AS outcome, NULL AS type, NULL AS name, source, brand,
        NULL AS trust, NULL AS node_id, message_id, NULL AS url, NULL AS product_id, NULL AS cart_id, NULL AS order_id,
        NULL AS channel, NULL AS robot_reason, NULL AS clock_flag, import_id IS NOT NULL AS historical,
        coalesce(line, '') AS properties, reason, detail
    FROM fact.failed
    WHERE $what <> 'accepted' AND $name = '' AND $profile = '' AND ($source = '' OR source = $source)
    ORDER BY received_at DESC, failed_id
    LIMIT $most
),
latest AS (
    SELECT * FROM accepted
    UNION ALL
    SELECT * FROM refused
)
SELECT l.*, p.profile_id, p.kind AS identifier_kind, p.value AS identifier
FROM latest AS l
LEFT JOIN fact.profile_of AS p ON p.node_id = l.node_id
ORDER BY l.received_at DESC, l.occurred_at DESC, l.message_id
LIMIT $most
