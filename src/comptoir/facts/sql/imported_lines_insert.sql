-- Write the lines of orders that only imports speak of.
-- grain: one row a line.
-- reads: imported_lines
INSERT INTO fact.order_lines BY NAME
SELECT
    order_hash, brand, line_key, product_id, variant_id, product_name, category, quantity, unit_price,
    amount_minor, currency, kind
FROM imported_lines
