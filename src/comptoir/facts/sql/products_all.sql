-- The catalogue from scratch: what the latest statements of any kind make of each product and variant.
-- grain: one row a product × variant of a brand.
-- reads: fact.product_records, fact.price_records, fact.stock_records
INSERT INTO fact.products BY NAME
SELECT
    brand, product_id, variant_id, name, category, maker, url, image_url, price, currency, is_for_sale, stock,
    occurred_at AS updated_at, message_id
FROM fact.catalogue_of(NULL, NULL)
QUALIFY row_number() OVER (
    PARTITION BY brand, product_id, variant_id ORDER BY occurred_at DESC, place DESC, message_id DESC
) = 1
