-- Say how much history a brand has, for the gates of scores.
-- grain: one row
-- reads: score_purchases, fact.events
-- param: brand VARCHAR
-- param: before TIMESTAMP
SELECT
    count(*)                                             AS order_count,
    count(DISTINCT profile_id)                           AS buyer_count,
    count(DISTINCT (profile_id, day)) - count(DISTINCT profile_id) AS repeat_count,
    (SELECT count(*) FROM fact.events WHERE brand = $brand AND occurred_at < $before) AS event_count,
    min(day)                                             AS first_on,
    max(day)                                             AS last_on,
    coalesce(mode(currency), 'EUR')                      AS currency
FROM score_purchases
