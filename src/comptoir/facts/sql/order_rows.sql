-- Where all that was ever said of the touched orders lies.
-- grain: one row an event or record × line.
-- reads: fact.commerce, touched_orders (keys)
CREATE OR REPLACE TEMP TABLE order_rows AS
SELECT rowid AS commerce_row, order_hash, name <> 'Order Line' AS is_event
FROM fact.commerce
WHERE order_hash IN (SELECT order_hash FROM touched_orders)
