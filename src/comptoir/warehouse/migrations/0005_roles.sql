-- What each role reads: the same figures, of its own trade, and only of its brands. A session that speaks for a role has
-- this schema before `main`; what the role may not read stands here too, empty, so that no name falls through to `main`.
-- The brands of a session are its variable `comptoir_brands`; without it, every brand.

CREATE MACRO fact.may_read(brand) AS
    getvariable('comptoir_brands') IS NULL OR list_contains(getvariable('comptoir_brands'), brand);

-- ── marketing ──

CREATE SCHEMA marketing;

CREATE VIEW marketing.cart_lines AS SELECT * FROM main.cart_lines WHERE fact.may_read(brand);

CREATE VIEW marketing.carts AS SELECT * FROM main.carts WHERE fact.may_read(brand);

CREATE VIEW marketing.consents AS SELECT * FROM main.consents WHERE fact.may_read(brand);

CREATE VIEW marketing.deliveries AS
SELECT deliveries.*
FROM main.deliveries AS deliveries
INNER JOIN main.messages AS messages ON deliveries.message_id = messages.message_id
WHERE fact.may_read(messages.brand);

CREATE VIEW marketing.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE VIEW marketing.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE VIEW marketing.loyalty_movements AS SELECT * FROM main.loyalty_movements WHERE fact.may_read(brand);

CREATE VIEW marketing.messages AS SELECT * FROM main.messages WHERE fact.may_read(brand);

CREATE VIEW marketing.order_lines AS SELECT * FROM main.order_lines WHERE fact.may_read(brand);

CREATE VIEW marketing.orders AS SELECT * FROM main.orders WHERE fact.may_read(brand);

CREATE VIEW marketing.products AS SELECT * FROM main.products WHERE fact.may_read(brand);

-- One row an order × currency: what it came to. Lines, tax and cost are finance's.
CREATE VIEW marketing.revenue AS
SELECT
    order_key, brand, currency, sum(amount_minor)::BIGINT AS amount_minor, min(channel) AS channel, min(country) AS country,
    min(profile_id) AS profile_id, min(occurred_at) AS occurred_at
FROM main.revenue
WHERE fact.may_read(brand)
GROUP BY order_key, brand, currency;

CREATE VIEW marketing.revenue_ledger AS SELECT * FROM main.revenue_ledger WHERE false;

CREATE VIEW marketing.sessions AS SELECT * FROM main.sessions WHERE fact.may_read(brand);

CREATE VIEW marketing.touchpoints AS SELECT * FROM main.touchpoints WHERE fact.may_read(brand);

-- ── finance ──

CREATE SCHEMA finance;

CREATE VIEW finance.cart_lines AS SELECT * FROM main.cart_lines WHERE false;

CREATE VIEW finance.carts AS SELECT * FROM main.carts WHERE false;

CREATE VIEW finance.consents AS SELECT * FROM main.consents WHERE false;

CREATE VIEW finance.deliveries AS SELECT * FROM main.deliveries WHERE false;

CREATE VIEW finance.events AS SELECT * FROM main.events WHERE false;

CREATE VIEW finance.events_all AS SELECT * FROM main.events_all WHERE false;

CREATE VIEW finance.loyalty_movements AS SELECT * FROM main.loyalty_movements WHERE fact.may_read(brand);

CREATE VIEW finance.messages AS SELECT * EXCLUDE (contact) FROM main.messages WHERE fact.may_read(brand);

CREATE VIEW finance.order_lines AS SELECT * FROM main.order_lines WHERE fact.may_read(brand);

CREATE VIEW finance.orders AS SELECT * FROM main.orders WHERE fact.may_read(brand);

CREATE VIEW finance.products AS SELECT * FROM main.products WHERE fact.may_read(brand);

CREATE VIEW finance.revenue AS SELECT * FROM main.revenue WHERE fact.may_read(brand);

CREATE VIEW finance.revenue_ledger AS SELECT * FROM main.revenue_ledger WHERE fact.may_read(brand);

CREATE VIEW finance.sessions AS SELECT * FROM main.sessions WHERE false;

CREATE VIEW finance.touchpoints AS SELECT * FROM main.touchpoints WHERE fact.may_read(brand);

-- ── support ──

CREATE SCHEMA support;

CREATE VIEW support.cart_lines AS SELECT * FROM main.cart_lines WHERE fact.may_read(brand);

CREATE VIEW support.carts AS SELECT * FROM main.carts WHERE fact.may_read(brand);

CREATE VIEW support.consents AS SELECT * FROM main.consents WHERE fact.may_read(brand);

CREATE VIEW support.deliveries AS
SELECT deliveries.*
FROM main.deliveries AS deliveries
INNER JOIN main.messages AS messages ON deliveries.message_id = messages.message_id
WHERE fact.may_read(messages.brand);

CREATE VIEW support.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE VIEW support.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE VIEW support.loyalty_movements AS SELECT * FROM main.loyalty_movements WHERE fact.may_read(brand);

CREATE VIEW support.messages AS SELECT * FROM main.messages WHERE fact.may_read(brand);

CREATE VIEW support.order_lines AS SELECT * FROM main.order_lines WHERE fact.may_read(brand);

CREATE VIEW support.orders AS SELECT * FROM main.orders WHERE fact.may_read(brand);

CREATE VIEW support.products AS SELECT * FROM main.products WHERE fact.may_read(brand);

CREATE VIEW support.revenue AS SELECT * FROM main.revenue WHERE false;

CREATE VIEW support.revenue_ledger AS SELECT * FROM main.revenue_ledger WHERE false;

CREATE VIEW support.sessions AS SELECT * FROM main.sessions WHERE fact.may_read(brand);

CREATE VIEW support.touchpoints AS SELECT * FROM main.touchpoints WHERE false;

-- ── an admin of some brands only ──

CREATE SCHEMA brand_admin;

CREATE VIEW brand_admin.cart_lines AS SELECT * FROM main.cart_lines WHERE fact.may_read(brand);

CREATE VIEW brand_admin.carts AS SELECT * FROM main.carts WHERE fact.may_read(brand);

CREATE VIEW brand_admin.consents AS SELECT * FROM main.consents WHERE fact.may_read(brand);

CREATE VIEW brand_admin.deliveries AS
SELECT deliveries.*
FROM main.deliveries AS deliveries
INNER JOIN main.messages AS messages ON deliveries.message_id = messages.message_id
WHERE fact.may_read(messages.brand);

CREATE VIEW brand_admin.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE VIEW brand_admin.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE VIEW brand_admin.loyalty_movements AS SELECT * FROM main.loyalty_movements WHERE fact.may_read(brand);

CREATE VIEW brand_admin.messages AS SELECT * FROM main.messages WHERE fact.may_read(brand);

CREATE VIEW brand_admin.order_lines AS SELECT * FROM main.order_lines WHERE fact.may_read(brand);

CREATE VIEW brand_admin.orders AS SELECT * FROM main.orders WHERE fact.may_read(brand);

CREATE VIEW brand_admin.products AS SELECT * FROM main.products WHERE fact.may_read(brand);

CREATE VIEW brand_admin.revenue AS SELECT * FROM main.revenue WHERE fact.may_read(brand);

CREATE VIEW brand_admin.revenue_ledger AS SELECT * FROM main.revenue_ledger WHERE fact.may_read(brand);

CREATE VIEW brand_admin.sessions AS SELECT * FROM main.sessions WHERE fact.may_read(brand);

CREATE VIEW brand_admin.touchpoints AS SELECT * FROM main.touchpoints WHERE fact.may_read(brand);
