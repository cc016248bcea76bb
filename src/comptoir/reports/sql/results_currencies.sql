-- Sales that were paid in another currency than the brand's: what was paid, and what it came to by the rates of its days.
-- grain:  one row a currency that was paid × currency it is shown in (the same where there is no rate)
-- reads:  orders, revenue, fact.brand_currency
-- param:  brands VARCHAR[]       these brands, or none for all
-- param:  from_at TIMESTAMP      orders from this instant on
-- param:  until_at TIMESTAMP     orders before this instant
SELECT
    revenue.paid_currency,
    revenue.currency,
    revenue.currency <> revenue.paid_currency                   AS is_turned,
    count(DISTINCT revenue.order_key)                           AS orders,
    sum(revenue.paid_minor)::BIGINT                             AS paid_minor,
    sum(revenue.amount_minor)::BIGINT                           AS amount_minor
FROM revenue
INNER JOIN orders ON revenue.order_key = orders.order_key
INNER JOIN fact.brand_currency AS wanted ON revenue.brand = wanted.brand
WHERE
    orders.ordered_at >= $from_at AND orders.ordered_at < $until_at
    AND revenue.paid_currency <> wanted.currency
    AND (len($brands::VARCHAR[]) = 0 OR list_contains($brands, revenue.brand))
GROUP BY revenue.paid_currency, revenue.currency
ORDER BY revenue.paid_currency, revenue.currency
