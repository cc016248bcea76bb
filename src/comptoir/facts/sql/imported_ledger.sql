-- Movements of money of orders that only imports speak of: each line as it stands.
-- grain: one row a line.
-- reads: imported_lines, imported_orders
CREATE OR REPLACE TEMP TABLE movements AS
SELECT
    lines.order_hash, lines.brand, lines.line_key, lines.kind, 0 AS revision, lines.quantity,
    lines.amount_minor, NULL::BIGINT AS tax_minor, lines.cost_minor, lines.currency,
    NULL::DATE AS fx_rate_on, lines.product_id, orders.channel, orders.country, orders.trust, orders.source,
    lines.message_id AS source_ref, orders.node_id, lines.occurred_at
FROM imported_lines AS lines
INNER JOIN imported_orders AS orders ON lines.order_hash = orders.order_hash
