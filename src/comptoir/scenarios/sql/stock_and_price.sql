-- Products that a tick's statements brought back into stock or made cheaper, beside those who were interested in them:
-- who looked at one, put it in a cart or asked to be told, within 90 days.
-- grain:  one row a change × person
-- reads:  fact.product_records, fact.price_records, fact.stock_records, fact.events, fact.profile_of
-- param:  tick_id BIGINT
-- param:  now TIMESTAMP   the tick's clock
WITH said AS (
    SELECT
        brand,
        product_id,
        variant_id,
        tick_id,
        message_id,
        name,
        price,
        currency,
        (is_for_sale IS TRUE AND coalesce(stock, 1) > 0) AS can_be_bought,
        lag(TRUE) OVER earlier                           AS was_known,
        lag(is_for_sale IS TRUE AND coalesce(stock, 1) > 0) OVER earlier AS could_be_bought,
        lag(price) OVER earlier                          AS price_before,
        lag(currency) OVER earlier                       AS currency_before,
        lead(TRUE) OVER earlier                          AS was_outdated
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
        $tick_id
    )
    WINDOW earlier AS (PARTITION BY brand, product_id, variant_id ORDER BY occurred_at, place, message_id)
),

changes AS (
    SELECT
        brand,
        product_id,
        CASE WHEN NOT could_be_bought THEN 'Product Back In Stock' ELSE 'Price Dropped' END AS name,
        min(message_id)             AS message_id,
        max(price_before)           AS price_before,
        min(price)                  AS price,
        min(currency)               AS currency
    FROM said
    WHERE
        tick_id = $tick_id AND was_known AND was_outdated IS NULL AND can_be_bought
        AND (NOT could_be_bought OR (price < price_before AND currency IS NOT DISTINCT FROM currency_before))
    GROUP BY ALL
),

interest AS (
    SELECT
        events.brand,
        events.product_id,
        profiles.profile_id,
        arg_max(events.node_id, (events.occurred_at, events.message_id))     AS node_id,
        bool_or(events.name = 'Back In Stock Requested')                     AS has_asked,
        bool_or(events.name = 'Product Added')                               AS had_in_cart
    FROM fact.events AS events
    INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
    WHERE
        events.name IN ('Product Viewed', 'Product Added', 'Product Added to Wishlist', 'Back In Stock Requested')
        AND events.product_id IN (SELECT changes.product_id FROM changes)
        AND events.robot_reason IS NULL AND profiles.profile_id IS NOT NULL
        AND events.occurred_at >= $now::TIMESTAMP - INTERVAL 90 DAY AND events.tick_id <= $tick_id
    GROUP BY events.brand, events.product_id, profiles.profile_id
)

SELECT
    changes.name,
    changes.message_id,
    changes.brand,
    changes.product_id,
    changes.price_before,
    changes.price,
    changes.currency,
    interest.profile_id,
    interest.node_id,
    CASE WHEN interest.has_asked THEN 'asked' WHEN interest.had_in_cart THEN 'cart' ELSE 'viewed' END AS interest
FROM changes
INNER JOIN interest ON changes.brand = interest.brand AND changes.product_id = interest.product_id
ORDER BY changes.name, changes.brand, changes.product_id, interest.profile_id
