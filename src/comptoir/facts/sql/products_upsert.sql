-- Take in what the tick's statements say of products, in whole rows, prices or counts: derived again from all of theirs.
-- grain: none.
-- reads: fact.product_records, fact.price_records, fact.stock_records
-- param: tick_id BIGINT
MERGE INTO fact.products AS products
USING (
    SELECT
        brand, product_id, variant_id, name, category, maker, url, image_url, price, currency, is_for_sale, stock,
        occurred_at AS updated_at, message_id
    FROM fact.catalogue_of(
        (
            SELECT list(DISTINCT product_id)
            FROM (
                SELECT product_id FROM fact.product_records WHERE tick_id = $tick_id
                UNION ALL
                SELECT product_id FROM fact.price_records WHERE tick_id = $tick_id
                UNION ALL
                SELECT product_id FROM fact.stock_records WHERE tick_id = $tick_id
            )
        ),
        NULL
    )
    QUALIFY row_number() OVER (
        PARTITION BY brand, product_id, variant_id ORDER BY occurred_at DESC, place DESC, message_id DESC
    ) = 1
) AS news
    ON
        products.brand = news.brand AND products.product_id = news.product_id
        AND products.variant_id IS NOT DISTINCT FROM news.variant_id
WHEN MATCHED THEN UPDATE SET
    name = news.name, category = news.category, maker = news.maker, url = news.url, image_url = news.image_url,
    price = news.price, currency = news.currency, is_for_sale = news.is_for_sale, stock = news.stock,
    updated_at = news.updated_at, message_id = news.message_id
WHEN NOT MATCHED THEN INSERT BY NAME
