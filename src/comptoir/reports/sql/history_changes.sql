-- Statements that brought a product back into stock or made it cheaper, as `scenarios/sql/stock_and_price.sql` sees them.
-- grain:  one row a product × change × instant
-- reads:  fact.product_records, fact.price_records, fact.stock_records
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      stated from this instant on
-- param:  until_at TIMESTAMP     stated before this instant
WITH said AS (
    SELECT
        brand,
        product_id,
        message_id,
        occurred_at,
        price,
        currency,
        (is_for_sale IS TRUE AND coalesce(stock, 1) > 0) AS can_be_bought,
        lag(TRUE) OVER earlier                           AS was_known,
        lag(is_for_sale IS TRUE AND coalesce(stock, 1) > 0) OVER earlier AS could_be_bought,
        lag(price) OVER earlier                          AS price_before,
        lag(currency) OVER earlier                       AS currency_before,
        lead(occurred_at) OVER earlier                   AS outdated_at
    FROM fact.catalogue_of(NULL, NULL)
    WHERE ($brand::VARCHAR IS NULL OR brand = $brand) AND occurred_at < $until_at
    WINDOW earlier AS (PARTITION BY brand, product_id, variant_id ORDER BY occurred_at, place, message_id)
)

SELECT
    occurred_at                 AS seen_at,
    CASE WHEN NOT could_be_bought THEN 'Product Back In Stock' ELSE 'Price Dropped' END AS name,
    min(message_id)             AS message_id,
    brand,
    product_id,
    max(price_before)           AS price_before,
    min(price)                  AS price,
    min(currency)               AS currency
FROM said
WHERE
    occurred_at >= $from_at AND was_known AND outdated_at IS DISTINCT FROM occurred_at AND can_be_bought
    AND (NOT could_be_bought OR (price < price_before AND currency IS NOT DISTINCT FROM currency_before))
GROUP BY ALL
ORDER BY seen_at, name, brand, product_id
