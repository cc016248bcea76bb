-- Sum up what one person bought of a brand.
-- grain: one row
-- reads: score_purchases
-- param: on DATE
-- param: currency VARCHAR
-- param: from_on DATE  the first of the days that count as lately
SELECT
    count(*)                                      AS order_count,
    count(DISTINCT day)                           AS frequency,
    datediff('day', max(day), $on)                AS recency_days,
    min(day)                                      AS first_on,
    max(day)                                      AS last_on,
    coalesce(sum(amount_minor) FILTER (WHERE currency IS NOT DISTINCT FROM $currency), 0)::BIGINT AS amount_minor,
    count(*) FILTER (WHERE day >= $from_on)       AS lately_count,
    coalesce(sum(amount_minor) FILTER (
        WHERE day >= $from_on AND currency IS NOT DISTINCT FROM $currency
    ), 0)::BIGINT                                 AS lately_minor
FROM score_purchases
