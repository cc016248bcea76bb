-- What others bought together with what is in an order, the most often first; what lies in the order is left out.
-- grain:  one row an order × product, at most 6 an order
-- reads:  order_lines
-- param:  order_keys VARCHAR[]  the orders asked for
WITH bought AS (
    SELECT DISTINCT
        order_key,
        brand,
        product_id
    FROM order_lines
    WHERE order_key IN (SELECT unnest($order_keys::VARCHAR[])) AND product_id IS NOT NULL
),

together AS (
    SELECT
        bought.order_key,
        other.product_id,
        count(DISTINCT other.order_key) AS orders
    FROM bought
    INNER JOIN order_lines AS same
        ON bought.brand = same.brand AND bought.product_id = same.product_id AND bought.order_key <> same.order_key
    INNER JOIN order_lines AS other ON same.order_key = other.order_key
    WHERE other.product_id IS NOT NULL
    GROUP BY bought.order_key, other.product_id
)

SELECT
    together.order_key,
    together.product_id
FROM together
ANTI JOIN bought ON together.order_key = bought.order_key AND together.product_id = bought.product_id
QUALIFY row_number() OVER (
    PARTITION BY together.order_key ORDER BY together.orders DESC, together.product_id
) <= 6
ORDER BY together.order_key, together.orders DESC, together.product_id
