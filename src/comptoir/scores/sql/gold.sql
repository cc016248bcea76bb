-- Name the buyers who are worth most over twelve months. `share` is the share of buyers worth as much or more: who comes
-- within $enter is gold, and stays so within $leave. Equals are treated alike, so never more than $enter become gold.
-- grain:  one row a person who ever bought; without a place where nothing was bought in twelve months
-- reads:  score_purchases, fact.scores
-- param:  brand VARCHAR
-- param:  from_on DATE
-- param:  currency VARCHAR
-- param:  by_margin BOOLEAN
-- param:  cost HUGEINT    what the goods of known cost cost
-- param:  costed HUGEINT  and what they brought: goods of unknown cost are taken to cost as much in proportion
-- param:  enter DOUBLE
-- param:  leave DOUBLE
-- source: Pareto's share, with two thresholds as in a Schmitt trigger (Schmitt, 1938) so that nobody comes and goes
WITH buyers AS (
    SELECT
        profile_id,
        sum(amount_minor)::BIGINT AS revenue_minor,
        CASE
            WHEN $by_margin THEN
                sum(amount_minor)::HUGEINT - sum(cost_minor)::HUGEINT
                - sum(greatest(amount_minor - costed_minor, 0))::HUGEINT * $cost::HUGEINT // $costed::HUGEINT
            ELSE sum(amount_minor)::HUGEINT
        END::BIGINT               AS worth_minor
    FROM score_purchases
    WHERE day >= $from_on AND currency IS NOT DISTINCT FROM $currency
    GROUP BY profile_id
),

placed AS (
    SELECT
        *,
        (count(*) OVER () - rank() OVER (ORDER BY worth_minor) + 1) / count(*) OVER () AS share
    FROM buyers
),

everybody AS (SELECT DISTINCT profile_id FROM score_purchases)

SELECT
    'gold'                             AS score,
    everybody.profile_id,
    placed.worth_minor,
    placed.revenue_minor,
    CASE
        WHEN placed.worth_minor > 0 AND placed.share <= $enter + 1e-12 THEN 'gold'
        WHEN placed.worth_minor > 0 AND placed.share <= $leave + 1e-12 AND stood.label = 'gold' THEN 'gold'
        ELSE 'other'
    END                                AS label,
    NULL::DATE                         AS since
FROM everybody
LEFT JOIN placed ON everybody.profile_id = placed.profile_id
LEFT JOIN fact.scores AS stood
    ON stood.score = 'gold' AND stood.brand = $brand AND everybody.profile_id = stood.profile_id
