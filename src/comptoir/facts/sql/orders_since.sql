-- Orders since an instant of these profiles.
-- grain: one row an order.
-- reads: orders
-- param: profile_ids VARCHAR[]
-- param: since TIMESTAMP
SELECT *
FROM main.orders
WHERE profile_id IN (SELECT unnest($profile_ids::VARCHAR[])) AND ordered_at >= $since
ORDER BY ordered_at, order_key
