-- Say what a brand's last twelve months came to, and of how much of it the cost is known.
-- grain: one row
-- reads: score_purchases
-- param: from_on DATE
-- param: currency VARCHAR
SELECT
    coalesce(sum(amount_minor), 0)::BIGINT                                     AS revenue_minor,
    coalesce(sum(least(costed_minor, amount_minor)), 0)::BIGINT                AS known_minor,
    coalesce(sum(costed_minor), 0)::BIGINT                                     AS costed_minor,
    coalesce(sum(cost_minor), 0)::BIGINT                                       AS cost_minor
FROM score_purchases
WHERE day >= $from_on AND currency IS NOT DISTINCT FROM $currency
