-- Where visits come from, and how far they go: a visit is engaged that sees two pages, lasts ten seconds or fills a cart.
-- grain:  one row a channel × detail (which engine, network or site)
-- reads:  sessions, carts, touchpoints
-- param:  brands VARCHAR[]       these brands, or none for all
-- param:  from_at TIMESTAMP      visits from this instant on
-- param:  until_at TIMESTAMP     visits before this instant
WITH carts_of AS (
    SELECT
        touchpoints.session_id,
        count(*)                                           AS carts,
        count(*) FILTER (WHERE carts.order_key IS NOT NULL) AS ordered
    FROM carts
    INNER JOIN touchpoints ON carts.first_touch_id = touchpoints.touchpoint_id
    WHERE touchpoints.kind = 'visit' AND carts.opened_at >= $from_at
    GROUP BY touchpoints.session_id
)

SELECT
    coalesce(sessions.channel, 'unknown')                                   AS channel,
    sessions.channel_detail                                                 AS detail,
    count(*)                                                                AS visits,
    count(DISTINCT coalesce(sessions.profile_id, sessions.node_id::VARCHAR)) AS people,
    coalesce(sum(sessions.page_count), 0) / count(*)                        AS pages_a_visit,
    count(*) FILTER (
        WHERE
        sessions.page_count >= 2 OR sessions.ended_at - sessions.started_at >= INTERVAL 10 SECONDS OR carts_of.carts > 0
    ) / count(*)                                                            AS engaged_share,
    coalesce(sum(carts_of.carts), 0)::BIGINT                                AS carts,
    coalesce(sum(carts_of.ordered), 0)::BIGINT                              AS ordered
FROM sessions
LEFT JOIN carts_of ON sessions.session_id = carts_of.session_id
WHERE
    sessions.started_at >= $from_at AND sessions.started_at < $until_at
    AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands, sessions.brand))
GROUP BY sessions.channel, sessions.channel_detail
ORDER BY visits DESC, channel, detail
LIMIT 60
