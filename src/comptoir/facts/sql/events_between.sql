-- What sessions are made of, for a stretch of ticks.
-- grain: one row an event.
-- reads: fact.events
-- param: first BIGINT, the first tick
-- param: last BIGINT, the last tick
SELECT
    message_id, message_hash, type, name, anonymous_id, node_id, browser_node, brand, trust, historical, occurred_at, url,
    channel, channel_detail, utm_source, utm_medium, utm_campaign, utm_term, utm_content, robot_reason, browser, device
FROM fact.events
WHERE tick_id BETWEEN $first AND $last
