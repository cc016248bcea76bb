-- Gather the orders that counted as purchases at an instant: not cancelled, not wholly given back by then. Money is of
-- goods, in minor units of the order's currency: shipping, tax apart from prices, and fees are left out.
-- grain: one row an order of somebody among score_people
-- reads: fact.orders, fact.revenue_ledger, fact.source_policy, score_people
-- param: brand VARCHAR
-- param: zone VARCHAR       IANA name
-- param: before TIMESTAMP   orders and movements from then on are not counted
CREATE OR REPLACE TEMP TABLE score_purchases AS
WITH money AS (
    SELECT
        ledger.order_hash, ledger.currency,
        sum(ledger.amount_minor)::BIGINT AS amount_minor,
        coalesce(sum(ledger.amount_minor) FILTER (WHERE ledger.cost_minor IS NOT NULL), 0)::BIGINT AS costed_minor,
        coalesce(sum(ledger.cost_minor), 0)::BIGINT AS cost_minor,
        count(*) FILTER (WHERE ledger.amount_minor < 0) AS given_back
    FROM fact.revenue_ledger AS ledger
    SEMI JOIN score_people USING (node_id)
    WHERE
        ledger.brand = $brand AND ledger.occurred_at < $before AND ledger.kind NOT IN ('shipping', 'tax', 'fee')
        AND (
            ledger.trust = 'confirmed'
            OR ledger.source IN (SELECT source FROM fact.source_policy WHERE accepts_claimed_orders)
        )
    GROUP BY ledger.order_hash, ledger.currency
)

SELECT
    people.profile_id, orders.order_hash, orders.ordered_at,
    timezone($zone, timezone('UTC', orders.ordered_at))::DATE AS day,
    orders.channel, orders.coupon, orders.currency, money.amount_minor, money.costed_minor, money.cost_minor
FROM fact.orders AS orders
INNER JOIN score_people AS people ON orders.node_id = people.node_id
INNER JOIN money ON orders.order_hash = money.order_hash AND orders.currency IS NOT DISTINCT FROM money.currency
WHERE
    orders.brand = $brand AND orders.ordered_at < $before AND orders.is_sale
    AND (money.amount_minor > 0 OR (money.amount_minor = 0 AND money.given_back = 0))
