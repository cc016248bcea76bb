-- All that was ever said of the touched orders, all of which events speak of: they are settled one by one.
-- grain: one row an event or record × line.
-- reads: fact.commerce, touched_orders (keys)
SELECT
    order_hash, message_id, message_hash, line_number, name, node_id, browser_node, brand, source, trust, occurred_at,
    cart_hash, checkout_hash, checkout_id, namespace, order_id, line_id, line_kind, product_id, variant_id, product_name,
    category, quantity, unit_price, amount_minor, cost_minor, currency, channel, country, coupon, total_minor,
    shipping_minor, tax_minor, discount_minor, is_visit
FROM fact.commerce
WHERE rowid IN (SELECT rowid FROM fact.commerce WHERE order_hash IN (SELECT order_hash FROM touched_orders))
ORDER BY order_hash
