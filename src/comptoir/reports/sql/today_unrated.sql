-- Sales that were paid in another currency than the brand's, on days for which no rate turns it into that.
-- The rows of results_currencies that are not turned; without the views, which work out every sale of the shop.
-- grain:  one row a currency that was paid
-- reads:  fact.revenue_ledger, fact.orders, fact.brand_currency, fact.fx_rates, fact.source_policy
-- param:  brands VARCHAR[]       these brands, or none for all
-- param:  from_at TIMESTAMP      orders from this instant on
-- param:  until_at TIMESTAMP     orders before this instant
WITH unrated AS (
    SELECT sold.order_hash, sold.currency, sold.amount_minor
    FROM fact.revenue_ledger AS sold
    INNER JOIN fact.brand_currency AS own ON own.brand = sold.brand AND own.currency <> sold.currency
    LEFT JOIN fact.fx_rates AS rate
        ON rate.currency = sold.currency AND rate.into_currency = own.currency
        AND rate.day = CAST(sold.occurred_at AS DATE)
    WHERE rate.factor IS NULL
        AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), sold.brand))
        AND (
            sold.trust = 'confirmed'
            OR sold.source IN (SELECT source FROM fact.source_policy WHERE accepts_claimed_orders)
        )
)
SELECT
    unrated.currency                            AS paid_currency,
    count(DISTINCT unrated.order_hash)          AS orders,
    CAST(sum(unrated.amount_minor) AS BIGINT)   AS paid_minor
FROM unrated
INNER JOIN fact.orders AS orders ON orders.order_hash = unrated.order_hash
WHERE orders.ordered_at >= $from_at AND orders.ordered_at < $until_at
GROUP BY unrated.currency
ORDER BY unrated.currency
