-- The stored sessions that a tick's events can lengthen or join: of the same browsers, within the idle gap of them.
-- grain: one row a session; `old_row` is where it lies.
-- reads: fact.sessions, collected (the tick's events)
-- param: low TIMESTAMP, the first instant such a session can end
-- param: high TIMESTAMP, the last instant one can start
SELECT
    rowid AS old_row, session_id AS old_id, brand, browser_node, node_id, named_at, named_by, started_at, ended_at, message_id,
    event_count, page_count, product_view_count, entry_at, entry_by, channel, channel_detail, utm_source, utm_medium,
    utm_campaign, utm_term, utm_content, entry_url, device, browser
FROM fact.sessions
WHERE rowid IN (
    SELECT rowid FROM fact.sessions
    WHERE ended_at >= $low AND started_at <= $high AND browser_node IN (SELECT browser_node FROM collected)
)
