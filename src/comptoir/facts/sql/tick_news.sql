-- What a tick brought that something is derived from, and the last tick that was derived.
-- grain: one row.
-- reads: fact.derived, fact.commerce, fact.product_records, fact.delivery_records, fact.session_moves, fact.shop_settings
-- param: tick_id BIGINT
SELECT
    (SELECT max(tick_id) FROM fact.derived) AS derived,
    (SELECT count(*) FROM fact.commerce WHERE tick_id = $tick_id) AS commerce,
    (SELECT count(*) FROM fact.product_records WHERE tick_id = $tick_id) AS products,
    (SELECT count(*) FROM fact.delivery_records WHERE tick_id = $tick_id) AS deliveries,
    (SELECT count(*) FROM fact.session_moves WHERE tick_id = $tick_id) AS moves,
    (SELECT max(order_cart_days) FROM fact.shop_settings) AS order_cart_days
