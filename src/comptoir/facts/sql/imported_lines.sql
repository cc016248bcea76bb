-- The lines of orders that only imports speak of, each with its kind and its key in the order: a product that stands on
-- several lines is numbered.
-- grain: one row an imported line.
-- reads: fact.commerce, order_rows
CREATE OR REPLACE TEMP TABLE imported_lines AS
WITH lines AS (
    SELECT
        rowid AS commerce_row, order_hash, message_id, message_hash, line_number, occurred_at,
        coalesce(line_kind, CASE WHEN quantity < 0 THEN 'return' ELSE 'sale' END) AS kind,
        CASE
            WHEN coalesce(line_kind IN ('return', 'adjustment'), quantity < 0, FALSE) THEN coalesce(line_id, message_id)
            WHEN product_id IS NULL THEN concat('line ', coalesce(line_id, line_number::VARCHAR))
            WHEN variant_id IS NULL THEN product_id
            ELSE concat(product_id, '/', variant_id)
        END AS base_key
    FROM fact.commerce
    WHERE rowid IN (
        SELECT commerce_row FROM order_rows WHERE order_hash NOT IN (SELECT order_hash FROM order_rows WHERE is_event)
    )
),

numbered AS (
    SELECT
        commerce_row, kind, base_key,
        row_number() OVER (
            PARTITION BY order_hash, base_key, kind IN ('return', 'adjustment')
            ORDER BY occurred_at, message_id, message_hash, line_number
        ) AS number
    FROM lines
)

SELECT
    numbered.kind,
    numbered.kind IN ('return', 'adjustment') AS is_loose,
    CASE
        WHEN numbered.number = 1 OR numbered.kind IN ('return', 'adjustment') THEN numbered.base_key
        ELSE concat(numbered.base_key, '#', numbered.number)
    END AS line_key,
    rows.order_hash, rows.brand, rows.namespace, rows.order_id, rows.message_id, rows.node_id, rows.browser_node,
    rows.source, rows.trust, rows.occurred_at, rows.cart_hash, rows.checkout_hash, rows.checkout_id, rows.product_id,
    rows.variant_id, rows.product_name, rows.category, rows.quantity, rows.unit_price,
    coalesce(rows.amount_minor, 0) AS amount_minor, rows.cost_minor, rows.currency, rows.channel, rows.country, rows.coupon
FROM numbered
INNER JOIN fact.commerce AS rows ON numbered.commerce_row = rows.rowid
