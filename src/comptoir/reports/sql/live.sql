-- The latest events that were accepted or refused, newest first; narrowed by what was clicked.
-- grain:  one row an event
-- reads:  fact.events, fact.failed, fact.profile_of
-- param:  source VARCHAR  only this source; empty for all
-- param:  dialect VARCHAR  only what this dialect read; empty for all
-- param:  name VARCHAR  only this name; empty for all
-- param:  profile VARCHAR  only this profile; empty for all
-- param:  thing VARCHAR  only this product, cart, order or message number; empty for all
-- param:  reason VARCHAR  only what was refused for this reason; empty for all
-- param:  what VARCHAR  accepted, refused, or empty for both
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  most BIGINT  rows
WITH wanted AS NOT MATERIALIZED (
    SELECT rowid AS place, received_at, occurred_at, message_hash
    FROM fact.events
    WHERE $what <> 'refused' AND $reason = ''
        AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands::VARCHAR[], brand))
        AND ($source = '' OR source = $source)
        AND ($dialect = '' OR dialect = $dialect)
        AND ($name = '' OR name = $name)
        AND ($thing = '' OR product_id = $thing OR cart_id = $thing OR order_id = $thing OR message_id = $thing)
        AND ($profile = '' OR node_id IN (SELECT node_id FROM fact.profile_of WHERE profile_id = $profile))
),
-- by one column first, which is read from the newest end; all three decide only among those that remain
since AS (
    SELECT min(received_at) AS received_at
    FROM (SELECT received_at FROM wanted ORDER BY received_at DESC LIMIT $most)
),
newest AS (
    SELECT place
    FROM wanted
    WHERE received_at >= (SELECT received_at FROM since)
    ORDER BY received_at DESC, occurred_at DESC, message_hash
    LIMIT $most
),
accepted AS (
    SELECT
        received_at, occurred_at, 'accepted' AS outcome, type, name, source, dialect, brand, trust, node_id, message_id, url,
        product_id, cart_id, order_id, channel, robot_reason, clock_flag, historical, properties, traits,
        NULL AS failed_id, NULL AS reason, NULL AS detail, NULL AS raw
    FROM fact.events
    WHERE rowid IN (SELECT place FROM newest)
),
refused AS (
    SELECT
        received_at, received_at AS occurred_at, 'refused' AS outcome, NULL AS type, NULL AS name, source,
        coalesce(dialect, 'segment') AS dialect, brand, trust, NULL AS node_id, message_id, NULL AS url, NULL AS product_id, NULL AS cart_id, NULL AS order_id,
        NULL AS channel, NULL AS robot_reason, NULL AS clock_flag, import_id IS NOT NULL AS historical,
        coalesce(line, '') AS properties, '' AS traits, failed_id, reason, detail, raw
    FROM fact.failed
    WHERE $what <> 'accepted' AND $name = '' AND $profile = ''
        AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands::VARCHAR[], brand))
        AND ($source = '' OR source = $source)
        AND ($dialect = '' OR coalesce(dialect, 'segment') = $dialect)
        AND ($thing = '' OR message_id = $thing)
        AND ($reason = '' OR reason = $reason)
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
ORDER BY l.received_at DESC, l.occurred_at DESC, l.message_id, l.failed_id
LIMIT $most
