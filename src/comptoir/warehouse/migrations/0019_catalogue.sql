-- What the catalogue said at any time: a price or a count that a file states alone changes it as a whole row does.
-- Products made before this are as their last whole row said; the next statement of any kind derives them again.

-- One row a statement of any kind about a product or variant the catalogue knew by then: as it stood right after it.
-- `products` and `last_tick` narrow what is read; NULL stands for all. The newest statement of a price counts, and of
-- how many there are; at one instant a price or a count of its own beats a whole row. Counts of single shops add up
-- where nobody counts all of them together.
CREATE MACRO fact.catalogue_of(products, last_tick) AS TABLE
WITH stated AS (
    SELECT
        tick_id, message_id, brand, product_id, variant_id, occurred_at, 'product' AS kind, NULL::VARCHAR AS shop,
        price, currency, stock, name, category, maker, url, image_url, is_for_sale
    FROM fact.product_records
    UNION ALL BY NAME
    SELECT
        tick_id, message_id, brand, product_id, variant_id, occurred_at, 'price' AS kind, price, currency
    FROM fact.price_records
    UNION ALL BY NAME
    SELECT
        tick_id, message_id, brand, product_id, variant_id, occurred_at,
        CASE WHEN shop IS NULL THEN 'stock' ELSE 'shop' END AS kind, shop, stock
    FROM fact.stock_records
),

stepped AS (
    SELECT
        *,
        CASE WHEN kind = 'product' THEN 0 ELSE 1 END AS place,
        CASE WHEN kind = 'shop' THEN
            stock - coalesce(lag(stock) OVER (
                PARTITION BY brand, product_id, variant_id, kind, shop ORDER BY occurred_at, message_id
            ), 0)
        END AS step
    FROM stated
    WHERE
        (products IS NULL OR product_id IN (SELECT unnest(products::VARCHAR[])))
        AND (last_tick IS NULL OR tick_id <= last_tick)
),

stood AS (
    SELECT
        *,
        last_value(CASE WHEN kind = 'product' THEN {
            'at': occurred_at, 'price': price, 'currency': currency, 'stock': stock, 'name': name,
            'category': category, 'maker': maker, 'url': url, 'image_url': image_url, 'is_for_sale': is_for_sale
        } END IGNORE NULLS) OVER until_now AS whole,
        last_value(CASE WHEN kind = 'price' THEN {'at': occurred_at, 'price': price, 'currency': currency} END IGNORE NULLS)
            OVER until_now AS priced,
        last_value(CASE WHEN kind = 'stock' THEN {'at': occurred_at, 'stock': stock} END IGNORE NULLS)
            OVER until_now AS counted,
        sum(step) OVER until_now AS all_shops
    FROM stepped
    WINDOW until_now AS (
        PARTITION BY brand, product_id, variant_id ORDER BY occurred_at, place, message_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)

SELECT
    tick_id, message_id, brand, product_id, variant_id, occurred_at, place,
    whole.name AS name, whole.category AS category, whole.maker AS maker, whole.url AS url,
    whole.image_url AS image_url,
    CASE WHEN priced IS NOT NULL AND (whole.price IS NULL OR priced.at >= whole.at) THEN priced.price
        ELSE whole.price END AS price,
    CASE WHEN priced IS NOT NULL AND (whole.price IS NULL OR priced.at >= whole.at)
        THEN coalesce(priced.currency, whole.currency) ELSE whole.currency END AS currency,
    whole.is_for_sale AS is_for_sale,
    CASE
        WHEN counted IS NOT NULL AND (whole.stock IS NULL OR counted.at >= whole.at) THEN counted.stock
        ELSE coalesce(whole.stock, all_shops::DECIMAL(18, 6))
    END AS stock
FROM stood
WHERE whole IS NOT NULL;
