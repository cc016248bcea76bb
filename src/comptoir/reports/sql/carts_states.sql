-- Carts with an action in a stretch of days, by what became of them.
-- grain:  one row a state and currency
-- reads:  carts
-- param:  since_at TIMESTAMP  from when on
-- param:  until_at TIMESTAMP  until when
-- param:  brands VARCHAR[]  only these brands; none: every one
SELECT state, coalesce(currency, '') AS currency, count(*) AS times, CAST(sum(amount_minor) AS BIGINT) AS amount_minor
FROM carts
WHERE last_action_at >= $since_at AND last_action_at < $until_at
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
GROUP BY state, coalesce(currency, '')
ORDER BY state, currency
