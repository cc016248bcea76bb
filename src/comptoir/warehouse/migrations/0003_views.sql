-- The documented views: what everybody reads. `profile_id` is looked up when they are read, so a merge or a cut of
-- profiles rewrites no fact.

-- One row a node: its profile. Grouped although a node has one row only: so the optimizer sees that the join adds no row,
-- and leaves it out of every question that asks for no profile.
CREATE VIEW fact.person_of AS SELECT node_id, max(profile_id) AS profile_id FROM fact.profile_of GROUP BY node_id;

-- One row an accepted behaviour, robots included.
CREATE VIEW main.events_all AS
SELECT
    events.message_id, events.type, events.name, events.user_id, events.anonymous_id, profiles.profile_id, events.session_id,
    events.cart_id, events.checkout_id, events.order_id, events.product_id, events.brand, events.source, events.trust,
    events.occurred_at, events.received_at, events.properties, events.traits, events.group_id, events.previous_id,
    events.dialect, events.lane, events.historical, events.sent_at, events.original_timestamp, events.clock_flag,
    events.url, events.path, events.title, events.referrer, events.channel, events.channel_detail, events.utm_source,
    events.utm_medium, events.utm_campaign, events.utm_term, events.utm_content, events.robot_reason, events.browser,
    events.os, events.device, events.locale, events.ip, events.node_id, events.tick_id
FROM fact.events AS events
LEFT JOIN fact.person_of AS profiles ON events.node_id = profiles.node_id;

-- One row an accepted behaviour, robots left out.
CREATE VIEW main.events AS SELECT * EXCLUDE (robot_reason) FROM main.events_all WHERE robot_reason IS NULL;

-- One row a visit.
CREATE VIEW main.sessions AS
SELECT
    sessions.session_id, sessions.brand, sessions.node_id, profiles.profile_id, sessions.started_at, sessions.ended_at,
    sessions.event_count, sessions.page_count, sessions.product_view_count, sessions.channel, sessions.channel_detail,
    sessions.utm_source, sessions.utm_medium, sessions.utm_campaign, sessions.utm_term, sessions.utm_content,
    sessions.entry_url, sessions.device, sessions.browser
FROM fact.sessions AS sessions
LEFT JOIN fact.person_of AS profiles ON sessions.node_id = profiles.node_id;

-- One row a cart. Its states that time alone changes follow the clock of the last tick, never the machine's.
CREATE VIEW main.carts AS
SELECT
    format('{:016x}', carts.cart_hash) AS cart_key, carts.brand, carts.cart_id, carts.is_inferred, carts.node_id,
    profiles.profile_id, carts.source, carts.opened_at, carts.last_action_at, carts.checkout_at, carts.ordered_at,
    CASE WHEN carts.order_hash IS NOT NULL THEN format('{:016x}', carts.order_hash) END AS order_key,
    CASE
        WHEN carts.order_hash IS NOT NULL THEN 'ordered'
        WHEN carts.merged_at IS NOT NULL THEN 'merged'
        WHEN carts.last_action_at <= clock.now - to_days(settings.cart_expired_days) THEN 'expired'
        WHEN
            carts.last_action_at <= clock.now - to_minutes(settings.cart_abandoned_minutes)
            AND (carts.item_count > 0 OR carts.checkout_at IS NOT NULL) THEN 'abandoned'
        WHEN carts.checkout_at IS NOT NULL THEN 'checkout'
        ELSE 'open'
    END AS state,
    carts.item_count, carts.amount_minor, carts.currency, carts.session_count, carts.first_touch_id, carts.last_touch_id
FROM fact.carts AS carts
LEFT JOIN fact.person_of AS profiles ON carts.node_id = profiles.node_id
CROSS JOIN (SELECT max(now) AS now FROM fact.clock) AS clock
CROSS JOIN (
    SELECT max(cart_expired_days) AS cart_expired_days, max(cart_abandoned_minutes) AS cart_abandoned_minutes
    FROM fact.shop_settings
) AS settings;

-- One row a cart × product × variant.
CREATE VIEW main.cart_lines AS
SELECT
    format('{:016x}', cart_hash) AS cart_key, brand, product_id, variant_id, quantity, unit_price, amount_minor, currency,
    added_at
FROM fact.cart_lines;

-- One row an order.
CREATE VIEW main.orders AS
SELECT
    format('{:016x}', orders.order_hash) AS order_key, orders.brand, orders.namespace, orders.order_id, orders.node_id,
    profiles.profile_id,
    CASE WHEN orders.cart_hash IS NOT NULL THEN format('{:016x}', orders.cart_hash) END AS cart_key,
    orders.checkout_id, orders.ordered_at, orders.status, orders.trust, orders.currency, orders.amount_minor,
    orders.gross_minor, orders.channel, orders.country, orders.coupon, orders.source, orders.first_touch_id,
    orders.last_touch_id
FROM fact.orders AS orders
LEFT JOIN fact.person_of AS profiles ON orders.node_id = profiles.node_id;

-- One row a line of an order.
CREATE VIEW main.order_lines AS
SELECT
    format('{:016x}', order_hash) AS order_key, brand, line_key, product_id, variant_id, product_name, category, quantity,
    unit_price, amount_minor, currency, kind
FROM fact.order_lines;

-- One row a signed movement of money. Finance reads `revenue`.
CREATE VIEW main.revenue_ledger AS
SELECT
    format('{:016x}', ledger.order_hash) AS order_key, ledger.brand, ledger.line_key, ledger.kind, ledger.revision,
    ledger.quantity, ledger.amount_minor, ledger.tax_minor, ledger.cost_minor, ledger.currency, ledger.fx_rate_on,
    ledger.product_id, ledger.channel, ledger.country, ledger.trust, ledger.source, ledger.source_ref, ledger.node_id,
    profiles.profile_id, ledger.occurred_at, ledger.booked_at
FROM fact.revenue_ledger AS ledger
LEFT JOIN fact.person_of AS profiles ON ledger.node_id = profiles.node_id;

-- One row a signed movement of money that counts: confirmed, or claimed by a source whose policy accepts claims.
CREATE VIEW main.revenue AS
SELECT *
FROM main.revenue_ledger
WHERE trust = 'confirmed' OR source IN (SELECT source FROM fact.source_policy WHERE accepts_claimed_orders);

-- One row a product × variant of a brand: the latest statement.
CREATE VIEW main.products AS
SELECT
    brand, product_id, variant_id, name, category, maker, url, image_url, price, currency, is_for_sale, stock, updated_at
FROM fact.products;

-- One row a touch: a visit's start, or a click in a message.
CREATE VIEW main.touchpoints AS
WITH touches AS (
    SELECT
        fact.visit_id(session_id) AS touchpoint_id, 'visit' AS kind, node_id, session_id, brand, channel, channel_detail,
        utm_source, utm_medium, utm_campaign, utm_content, NULL::VARCHAR AS message_id, started_at AS occurred_at
    FROM fact.sessions
    UNION ALL
    SELECT
        fact.click_id(clicks.message_hash), 'click', clicks.node_id, NULL, messages.brand, messages.channel,
        messages.scenario, 'comptoir', messages.channel, messages.scenario, messages.step, clicks.message_id,
        clicks.occurred_at
    FROM fact.delivery_records AS clicks
    LEFT JOIN (
        SELECT
            message_id, min(brand) AS brand, min(channel) AS channel, min(scenario) AS scenario, min(step) AS step
        FROM fact.message_records
        GROUP BY message_id
    ) AS messages ON clicks.message_id = messages.message_id
    WHERE clicks.kind = 'clicked' AND clicks.robot_reason IS NULL
)

SELECT
    touches.touchpoint_id, touches.kind, touches.node_id, profiles.profile_id, touches.session_id, touches.brand,
    touches.channel, touches.channel_detail, touches.utm_source, touches.utm_medium, touches.utm_campaign,
    touches.utm_content, touches.message_id, touches.occurred_at
FROM touches
LEFT JOIN fact.person_of AS profiles ON touches.node_id = profiles.node_id;

-- One row a movement of loyalty points.
CREATE VIEW main.loyalty_movements AS
SELECT movements.* EXCLUDE (tick_id, message_hash), profiles.profile_id
FROM fact.loyalty_movements AS movements
LEFT JOIN fact.person_of AS profiles ON movements.node_id = profiles.node_id;

-- One row a consent statement, given or withdrawn.
CREATE VIEW main.consents AS
SELECT consents.* EXCLUDE (tick_id, message_hash), profiles.profile_id
FROM fact.consents AS consents
LEFT JOIN fact.person_of AS profiles ON consents.node_id = profiles.node_id;

-- One row a message that Comptoir decided to send, or held out.
CREATE VIEW main.messages AS
SELECT
    records.message_id, records.outcome, records.reason, records.scenario, records.scenario_version, records.step,
    records.enrollment_id, records.brand, records.channel, records.contact, records.node_id, profiles.profile_id,
    records.cart_id, records.occurred_at AS decided_at
FROM fact.message_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;

-- One row a fact about a message after it was handed over.
CREATE VIEW main.deliveries AS
SELECT
    records.message_id, records.kind, records.detail, records.link, records.node_id, profiles.profile_id,
    records.robot_reason, records.occurred_at
FROM fact.delivery_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;
