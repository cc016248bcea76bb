-- Orders that only imports speak of. Where their lines disagree on a field, the greatest value stands.
-- grain: one row an order.
-- reads: imported_lines
CREATE OR REPLACE TEMP TABLE imported_orders AS
WITH heads AS (
    SELECT
        order_hash,
        min(brand) AS brand,
        coalesce(max(namespace), 'shop') AS namespace,
        min(order_id) AS order_id,
        coalesce(max(CASE WHEN node_id <> browser_node THEN node_id END), max(nullif(node_id, 0)), 0) AS node_id,
        max(checkout_id) AS checkout_id,
        min(occurred_at) AS ordered_at,
        CASE WHEN bool_or(trust = 'confirmed') THEN 'confirmed' ELSE min(trust) END AS trust,
        coalesce(max(CASE WHEN NOT is_loose THEN currency END), max(currency)) AS currency,
        max(channel) AS channel,
        max(country) AS country,
        max(coupon) AS coupon,
        max(source) AS source,
        bool_or(NOT is_loose) AS is_sale,
        list_sort(coalesce(list(DISTINCT browser_node) FILTER (browser_node <> 0), []::BIGINT[])) AS browser_nodes,
        list_sort(coalesce(list(DISTINCT cart_hash) FILTER (cart_hash IS NOT NULL), []::UBIGINT[])) AS cart_hashes,
        list_sort(coalesce(
            list(DISTINCT checkout_hash) FILTER (checkout_hash IS NOT NULL), []::UBIGINT[]
        )) AS checkout_hashes,
        min(occurred_at) AS placed_at,
        CASE
            WHEN NOT bool_or(kind = 'return') THEN 'completed'
            WHEN bool_or(kind <> 'return' AND amount_minor > 0) AND sum(amount_minor) <= 0 THEN 'refunded'
            ELSE 'returned'
        END AS status,
        sum(amount_minor)::BIGINT AS amount_minor,
        coalesce(sum(amount_minor) FILTER (NOT is_loose), 0)::BIGINT AS gross_minor,
        count(DISTINCT currency) > 1 AS is_mixed
    FROM imported_lines
    GROUP BY order_hash
),

mixed AS (
    SELECT
        lines.order_hash,
        coalesce(sum(lines.amount_minor), 0)::BIGINT AS amount_minor,
        coalesce(sum(lines.amount_minor) FILTER (NOT lines.is_loose), 0)::BIGINT AS gross_minor
    FROM imported_lines AS lines
    INNER JOIN heads ON lines.order_hash = heads.order_hash AND lines.currency = heads.currency
    WHERE heads.is_mixed
    GROUP BY lines.order_hash
)

SELECT
    heads.* EXCLUDE (amount_minor, gross_minor, is_mixed),
    CASE WHEN heads.is_mixed THEN mixed.amount_minor ELSE heads.amount_minor END AS amount_minor,
    CASE WHEN heads.is_mixed THEN mixed.gross_minor ELSE heads.gross_minor END AS gross_minor
FROM heads
LEFT JOIN mixed ON heads.order_hash = mixed.order_hash
