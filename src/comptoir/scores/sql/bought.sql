-- The orders that counted, for the models of lifetime value.
-- grain: one row an order.
-- reads: score_purchases
SELECT profile_id, currency, date_diff('day', DATE '1970-01-01', day)::BIGINT AS day, amount_minor
FROM score_purchases
ORDER BY profile_id, day, order_hash
