-- What files bring beside orders, products, contacts, consents and points. Base tables, and the views that read them.

ALTER TABLE fact.commerce ADD COLUMN shop VARCHAR;  -- the shop of a till's ticket

-- One row a statement of what a product or variant costs from then on.
CREATE TABLE fact.price_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL,
    product_id VARCHAR NOT NULL, variant_id VARCHAR, price DECIMAL(18, 6) NOT NULL, list_price DECIMAL(18, 6),
    currency VARCHAR
);

-- One row a statement of how many of a product or variant there are from then on, in a shop or in all.
CREATE TABLE fact.stock_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL,
    product_id VARCHAR NOT NULL, variant_id VARCHAR, shop VARCHAR, stock DECIMAL(18, 6) NOT NULL
);

-- One row a statement about a category.
CREATE TABLE fact.category_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL,
    category_id VARCHAR NOT NULL, name VARCHAR, parent_id VARCHAR, is_active BOOLEAN
);

-- One row a step of an order that is fetched in a shop.
CREATE TABLE fact.pickup_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL, order_id VARCHAR NOT NULL, shop VARCHAR, state VARCHAR NOT NULL
);

-- One row a change of a subscription.
CREATE TABLE fact.subscription_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL, subscription_id VARCHAR NOT NULL, state VARCHAR NOT NULL, product_id VARCHAR,
    plan VARCHAR, price DECIMAL(18, 6), currency VARCHAR, every_days BIGINT, next_on DATE, reason VARCHAR
);

-- One row a thing that became of a message that an outside tool sent.
CREATE TABLE fact.campaign_return_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL, campaign_id VARCHAR NOT NULL, campaign VARCHAR, channel VARCHAR NOT NULL,
    kind VARCHAR NOT NULL, contact VARCHAR, link VARCHAR, detail VARCHAR
);

-- One row a step of a customer's claim.
CREATE TABLE fact.claim_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL, claim_id VARCHAR NOT NULL, state VARCHAR NOT NULL, subject VARCHAR,
    channel VARCHAR, order_id VARCHAR, product_id VARCHAR, shop VARCHAR, words VARCHAR
);

-- One row a sum that was spent on marketing.
CREATE TABLE fact.spend_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL,
    channel VARCHAR NOT NULL, campaign VARCHAR, amount_minor BIGINT NOT NULL, currency VARCHAR NOT NULL,
    impressions BIGINT, clicks BIGINT
);

-- ── views ──

-- One row a product × variant × time during which it had one price: what it cost on a day is the row whose time holds it.
CREATE VIEW main.prices AS
WITH said AS (
    SELECT brand, product_id, variant_id, price, NULL::DECIMAL(18, 6) AS list_price, currency, occurred_at, message_id
    FROM fact.product_records
    WHERE price IS NOT NULL
    UNION ALL
    SELECT brand, product_id, variant_id, price, list_price, currency, occurred_at, message_id
    FROM fact.price_records
),

last_said AS (
    SELECT *
    FROM said
    QUALIFY row_number() OVER (
        PARTITION BY brand, product_id, variant_id, occurred_at ORDER BY message_id DESC
    ) = 1
),

changes AS (
    SELECT *
    FROM last_said
    QUALIFY (price, list_price, currency) IS DISTINCT FROM lag((price, list_price, currency)) OVER (
        PARTITION BY brand, product_id, variant_id ORDER BY occurred_at
    )
)

SELECT
    brand, product_id, variant_id, price, list_price, currency, occurred_at AS valid_from,
    lead(occurred_at) OVER (PARTITION BY brand, product_id, variant_id ORDER BY occurred_at) AS valid_to
FROM changes;

-- One row a product × variant × shop × time during which there were so many: `shop` is empty where all shops are meant.
CREATE VIEW main.stock_levels AS
WITH said AS (
    SELECT brand, product_id, variant_id, NULL::VARCHAR AS shop, stock, occurred_at, message_id
    FROM fact.product_records
    WHERE stock IS NOT NULL
    UNION ALL
    SELECT brand, product_id, variant_id, shop, stock, occurred_at, message_id
    FROM fact.stock_records
),

last_said AS (
    SELECT *
    FROM said
    QUALIFY row_number() OVER (
        PARTITION BY brand, product_id, variant_id, shop, occurred_at ORDER BY message_id DESC
    ) = 1
),

changes AS (
    SELECT *
    FROM last_said
    QUALIFY stock IS DISTINCT FROM lag(stock) OVER (
        PARTITION BY brand, product_id, variant_id, shop ORDER BY occurred_at
    )
)

SELECT
    brand, product_id, variant_id, shop, stock, occurred_at AS valid_from,
    lead(occurred_at) OVER (PARTITION BY brand, product_id, variant_id, shop ORDER BY occurred_at) AS valid_to
FROM changes;

-- One row a category of a brand: the latest statement.
CREATE VIEW main.categories AS
SELECT brand, category_id, name, parent_id, is_active, occurred_at AS updated_at
FROM fact.category_records
QUALIFY row_number() OVER (PARTITION BY brand, category_id ORDER BY occurred_at DESC, message_id DESC) = 1;

-- One row an order × shop: the tickets of the tills.
CREATE VIEW main.receipts AS
SELECT
    format('{:016x}', lines.order_hash) AS order_key, lines.brand, lines.order_id, lines.shop, lines.node_id,
    profiles.profile_id, lines.sold_at, lines.line_count, lines.amount_minor, lines.currency
FROM (
    SELECT
        order_hash, min(brand) AS brand, min(order_id) AS order_id, shop,
        coalesce(max(nullif(node_id, 0)), 0) AS node_id, min(occurred_at) AS sold_at, count(*) AS line_count,
        sum(amount_minor)::BIGINT AS amount_minor, currency
    FROM fact.commerce
    WHERE shop IS NOT NULL AND order_hash IS NOT NULL
    GROUP BY order_hash, shop, currency
) AS lines
LEFT JOIN fact.person_of AS profiles ON lines.node_id = profiles.node_id;

-- One row a step of an order that is fetched in a shop: ready, collected, not_collected or cancelled.
CREATE VIEW main.pickups AS
SELECT
    format('{:016x}', fact.order_hash(records.brand, NULL, records.order_id)) AS order_key, records.brand, records.source,
    records.order_id, records.shop, records.state, records.node_id, profiles.profile_id, records.occurred_at
FROM fact.pickup_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;

-- One row a change of a subscription: started, renewed, paused, resumed, cancelled or ended.
CREATE VIEW main.subscription_changes AS
SELECT
    records.brand, records.source, records.subscription_id, records.state, records.product_id, records.plan,
    records.price, records.currency, records.every_days, records.next_on, records.reason, records.node_id,
    profiles.profile_id, records.occurred_at
FROM fact.subscription_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;

-- One row a subscription: as it stands.
CREATE VIEW main.subscriptions AS
WITH stood AS (
    SELECT
        *,
        min(CASE WHEN state = 'started' THEN occurred_at END) OVER whole AS started_at,
        max(CASE WHEN state = 'renewed' THEN occurred_at END) OVER whole AS renewed_at
    FROM fact.subscription_records
    WINDOW whole AS (PARTITION BY brand, source, subscription_id)
    QUALIFY row_number() OVER (
        PARTITION BY brand, source, subscription_id ORDER BY occurred_at DESC, message_id DESC
    ) = 1
)

SELECT
    stood.brand, stood.source, stood.subscription_id, stood.state, stood.product_id, stood.plan, stood.price,
    stood.currency, stood.every_days, stood.next_on, stood.reason, stood.node_id, profiles.profile_id, stood.started_at,
    stood.renewed_at, CASE WHEN stood.state IN ('cancelled', 'ended') THEN stood.occurred_at END AS ended_at,
    stood.occurred_at AS changed_at
FROM stood
LEFT JOIN fact.person_of AS profiles ON stood.node_id = profiles.node_id;

-- One row a thing that became of a message that an outside tool sent: sent, opened, clicked, bounced, unsubscribed or complained.
CREATE VIEW main.campaign_returns AS
SELECT
    records.brand, records.source, records.campaign_id, records.campaign, records.channel, records.kind, records.contact,
    records.link, records.detail, records.node_id, profiles.profile_id, records.occurred_at
FROM fact.campaign_return_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;

-- One row a claim: as it stands.
CREATE VIEW main.claims AS
WITH stood AS (
    SELECT
        * EXCLUDE (subject, channel, order_id, product_id, shop, words),
        coalesce(subject, first_value(subject IGNORE NULLS) OVER whole) AS subject,
        coalesce(channel, first_value(channel IGNORE NULLS) OVER whole) AS channel,
        coalesce(order_id, first_value(order_id IGNORE NULLS) OVER whole) AS order_id,
        coalesce(product_id, first_value(product_id IGNORE NULLS) OVER whole) AS product_id,
        coalesce(shop, first_value(shop IGNORE NULLS) OVER whole) AS shop,
        first_value(words IGNORE NULLS) OVER whole AS words,
        min(occurred_at) OVER (PARTITION BY brand, source, claim_id) AS opened_at,
        min(CASE WHEN state = 'answered' THEN occurred_at END) OVER (
            PARTITION BY brand, source, claim_id
        ) AS answered_at
    FROM fact.claim_records
    WINDOW whole AS (
        PARTITION BY brand, source, claim_id ORDER BY occurred_at, message_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
    QUALIFY row_number() OVER (PARTITION BY brand, source, claim_id ORDER BY occurred_at DESC, message_id DESC) = 1
)

SELECT
    stood.brand, stood.source, stood.claim_id, stood.state, stood.subject, stood.channel, stood.order_id,
    stood.product_id, stood.shop, stood.words, stood.node_id, profiles.profile_id, stood.opened_at, stood.answered_at,
    CASE WHEN stood.state = 'closed' THEN stood.occurred_at END AS closed_at, stood.occurred_at AS changed_at
FROM stood
LEFT JOIN fact.person_of AS profiles ON stood.node_id = profiles.node_id;

-- One row a sum that was spent on marketing, as the file says it: a channel, a campaign and a day as a rule.
CREATE VIEW main.marketing_spend AS
SELECT
    brand, source, channel, campaign, amount_minor, currency, impressions, clicks, occurred_at
FROM fact.spend_records;

-- ── what each role reads ──

CREATE VIEW marketing.campaign_returns AS SELECT * FROM main.campaign_returns WHERE fact.may_read(brand);

CREATE VIEW marketing.categories AS SELECT * FROM main.categories WHERE fact.may_read(brand);

CREATE VIEW marketing.claims AS SELECT * FROM main.claims WHERE fact.may_read(brand);

CREATE VIEW marketing.marketing_spend AS SELECT * FROM main.marketing_spend WHERE fact.may_read(brand);

CREATE VIEW marketing.pickups AS SELECT * FROM main.pickups WHERE fact.may_read(brand);

CREATE VIEW marketing.prices AS SELECT * FROM main.prices WHERE fact.may_read(brand);

CREATE VIEW marketing.receipts AS SELECT * FROM main.receipts WHERE fact.may_read(brand);

CREATE VIEW marketing.stock_levels AS SELECT * FROM main.stock_levels WHERE fact.may_read(brand);

CREATE VIEW marketing.subscription_changes AS SELECT * FROM main.subscription_changes WHERE fact.may_read(brand);

CREATE VIEW marketing.subscriptions AS SELECT * FROM main.subscriptions WHERE fact.may_read(brand);

CREATE VIEW finance.campaign_returns AS SELECT * FROM main.campaign_returns WHERE false;

CREATE VIEW finance.categories AS SELECT * FROM main.categories WHERE fact.may_read(brand);

CREATE VIEW finance.claims AS SELECT * FROM main.claims WHERE false;

CREATE VIEW finance.marketing_spend AS SELECT * FROM main.marketing_spend WHERE fact.may_read(brand);

CREATE VIEW finance.pickups AS SELECT * FROM main.pickups WHERE false;

CREATE VIEW finance.prices AS SELECT * FROM main.prices WHERE fact.may_read(brand);

CREATE VIEW finance.receipts AS SELECT * FROM main.receipts WHERE fact.may_read(brand);

CREATE VIEW finance.stock_levels AS SELECT * FROM main.stock_levels WHERE fact.may_read(brand);

CREATE VIEW finance.subscription_changes AS SELECT * FROM main.subscription_changes WHERE fact.may_read(brand);

CREATE VIEW finance.subscriptions AS SELECT * FROM main.subscriptions WHERE fact.may_read(brand);

CREATE VIEW support.campaign_returns AS SELECT * FROM main.campaign_returns WHERE fact.may_read(brand);

CREATE VIEW support.categories AS SELECT * FROM main.categories WHERE fact.may_read(brand);

CREATE VIEW support.claims AS SELECT * FROM main.claims WHERE fact.may_read(brand);

CREATE VIEW support.marketing_spend AS SELECT * FROM main.marketing_spend WHERE false;

CREATE VIEW support.pickups AS SELECT * FROM main.pickups WHERE fact.may_read(brand);

CREATE VIEW support.prices AS SELECT * FROM main.prices WHERE fact.may_read(brand);

CREATE VIEW support.receipts AS SELECT * FROM main.receipts WHERE fact.may_read(brand);

CREATE VIEW support.stock_levels AS SELECT * FROM main.stock_levels WHERE fact.may_read(brand);

CREATE VIEW support.subscription_changes AS SELECT * FROM main.subscription_changes WHERE fact.may_read(brand);

CREATE VIEW support.subscriptions AS SELECT * FROM main.subscriptions WHERE fact.may_read(brand);

CREATE VIEW brand_admin.campaign_returns AS SELECT * FROM main.campaign_returns WHERE fact.may_read(brand);

CREATE VIEW brand_admin.categories AS SELECT * FROM main.categories WHERE fact.may_read(brand);

CREATE VIEW brand_admin.claims AS SELECT * FROM main.claims WHERE fact.may_read(brand);

CREATE VIEW brand_admin.marketing_spend AS SELECT * FROM main.marketing_spend WHERE fact.may_read(brand);

CREATE VIEW brand_admin.pickups AS SELECT * FROM main.pickups WHERE fact.may_read(brand);

CREATE VIEW brand_admin.prices AS SELECT * FROM main.prices WHERE fact.may_read(brand);

CREATE VIEW brand_admin.receipts AS SELECT * FROM main.receipts WHERE fact.may_read(brand);

CREATE VIEW brand_admin.stock_levels AS SELECT * FROM main.stock_levels WHERE fact.may_read(brand);

CREATE VIEW brand_admin.subscription_changes AS SELECT * FROM main.subscription_changes WHERE fact.may_read(brand);

CREATE VIEW brand_admin.subscriptions AS SELECT * FROM main.subscriptions WHERE fact.may_read(brand);
