-- Score buyers on recency, frequency and monetary value, by fifths. A score is 1 (least) to 5 (most), by the share of all
-- buyers who have less: equal values have equal scores, so no score depends on the order of the rows.
-- grain:  one row a person who bought
-- reads:  score_purchases, cells (rows)
-- param:  on DATE           recency counts to this day
-- param:  currency VARCHAR  orders in another count for recency and frequency only
-- source: Hughes, Strategic Database Marketing (1994): quintiles, recency first
WITH buyers AS (
    SELECT
        profile_id,
        datediff('day', max(day), $on) AS recency_days,
        count(DISTINCT day)            AS frequency,
        coalesce(sum(amount_minor) FILTER (WHERE currency IS NOT DISTINCT FROM $currency), 0)::BIGINT AS monetary_minor
    FROM score_purchases
    GROUP BY profile_id
),

fifths AS (
    SELECT
        *,
        1 + (5 * (rank() OVER (ORDER BY recency_days DESC) - 1)) // count(*) OVER () AS r,
        1 + (5 * (rank() OVER (ORDER BY frequency) - 1)) // count(*) OVER ()         AS f,
        1 + (5 * (rank() OVER (ORDER BY monetary_minor) - 1)) // count(*) OVER ()    AS m
    FROM buyers
)

SELECT
    'rfm'                                              AS score,
    fifths.profile_id,
    (100 * fifths.r + 10 * fifths.f + fifths.m)::DOUBLE AS value,
    cells.label,
    NULL::DATE                                         AS since
FROM fifths
INNER JOIN cells ON fifths.r = cells.r AND (fifths.f + fifths.m + 1) // 2 = cells.v
