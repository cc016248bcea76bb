-- The derived tables: a pure function of the base tables, kept up to date tick by tick. Read the views in `main`, not these.

-- A 64-bit key any run makes again, in SQL and in Python (facts/keys.py): two numbers and texts cannot be confused,
-- since each part but the last is length-prefixed.
CREATE MACRO fact.cart_hash(brand, cart_id) AS
    CASE WHEN cart_id IS NULL THEN NULL ELSE md5_number_lower(concat('cart', length(brand), ':', brand, cart_id)) END;
CREATE MACRO fact.checkout_hash(brand, checkout_id) AS
    CASE
        WHEN checkout_id IS NULL THEN NULL
        ELSE md5_number_lower(concat('checkout', length(brand), ':', brand, checkout_id))
    END;
CREATE MACRO fact.order_hash(brand, namespace, order_id) AS
    CASE
        WHEN order_id IS NULL THEN NULL
        ELSE md5_number_lower(concat(
            'order', length(brand), ':', brand, length(coalesce(namespace, 'shop')), ':', coalesce(namespace, 'shop'), order_id
        ))
    END;
-- The names of touchpoints: of a visit by its session, of a click by its report.
CREATE MACRO fact.visit_id(session_id) AS concat('v', substr(session_id, 2));
CREATE MACRO fact.click_id(message_hash) AS concat('k', format('{:016x}', message_hash::HUGEINT + 9223372036854775808::HUGEINT));

-- What belongs to a visit: not robots, not nobody, and not what a shop's server says of an order.
CREATE MACRO fact.is_visit(robot_reason, browser_node, trust, anonymous_id, historical, name) AS
    robot_reason IS NULL AND browser_node <> 0 AND NOT (
        trust = 'confirmed' AND anonymous_id IS NULL AND NOT historical
        AND name IN ('Order Completed', 'Order Updated', 'Order Refunded', 'Order Cancelled')
    );

-- An event's session is stamped on it: it changes only when an earlier event of the same visit arrives later.
ALTER TABLE fact.events ADD COLUMN session_id VARCHAR;

ALTER TABLE fact.commerce ADD COLUMN namespace VARCHAR;       -- whose order ids these are; NULL is the shop's own
ALTER TABLE fact.commerce ADD COLUMN line_kind VARCHAR;       -- an imported line's own kind: sale | return | discount | shipping | tax | fee | points | adjustment
ALTER TABLE fact.commerce ADD COLUMN is_visit BOOLEAN;        -- its event lies in a session
ALTER TABLE fact.commerce ADD COLUMN cart_hash UBIGINT;       -- the keys, made once at insert: lookups scan narrow columns
ALTER TABLE fact.commerce ADD COLUMN other_cart_hash UBIGINT;
ALTER TABLE fact.commerce ADD COLUMN checkout_hash UBIGINT;   -- of an order only where it says so itself
ALTER TABLE fact.commerce ADD COLUMN order_hash UBIGINT;      -- on the names of orders only

-- One row a visit of one browser to one brand.
CREATE TABLE fact.sessions (
    session_id         VARCHAR   NOT NULL,
    brand              VARCHAR   NOT NULL,
    browser_node       BIGINT    NOT NULL,
    node_id            BIGINT    NOT NULL,  -- of its last event that names more than the browser, else the browser
    named_at           TIMESTAMP,           -- when that event was
    named_by           VARCHAR,             -- its message id
    started_at         TIMESTAMP NOT NULL,
    ended_at           TIMESTAMP NOT NULL,
    message_id         VARCHAR   NOT NULL,  -- of its first event
    event_count        BIGINT    NOT NULL,
    page_count         BIGINT    NOT NULL,
    product_view_count BIGINT    NOT NULL,
    entry_at           TIMESTAMP NOT NULL,  -- the first event that says where the visitor came from, else the first event
    entry_by           VARCHAR   NOT NULL,
    channel            VARCHAR,
    channel_detail     VARCHAR,
    utm_source         VARCHAR,
    utm_medium         VARCHAR,
    utm_campaign       VARCHAR,
    utm_term           VARCHAR,
    utm_content        VARCHAR,
    entry_url          VARCHAR,
    device             VARCHAR,
    browser            VARCHAR
);

-- One row a tick and browser whose session was renamed or joined with another: what hangs on it is derived again.
CREATE TABLE fact.session_moves (tick_id BIGINT NOT NULL, browser_node BIGINT NOT NULL);

-- One row a cart.
CREATE TABLE fact.carts (
    cart_hash      UBIGINT   NOT NULL,
    brand          VARCHAR   NOT NULL,
    cart_id        VARCHAR,              -- NULL where inferred
    is_inferred    BOOLEAN   NOT NULL,
    node_id        BIGINT    NOT NULL,   -- of its last action that names more than a browser, else of its last action
    browser_node   BIGINT    NOT NULL,   -- of its last action
    source         VARCHAR   NOT NULL,   -- of its first action
    opened_at      TIMESTAMP NOT NULL,
    last_action_at TIMESTAMP NOT NULL,
    checkout_at    TIMESTAMP,
    merged_at      TIMESTAMP,
    ordered_at     TIMESTAMP,
    order_hash     UBIGINT,
    item_count     DECIMAL(18, 6) NOT NULL,
    amount_minor   BIGINT    NOT NULL,   -- of the lines in its currency
    currency       VARCHAR,
    session_count  BIGINT    NOT NULL,
    first_touch_id VARCHAR,
    last_touch_id  VARCHAR
);

-- One row a cart × product × variant still in it (or in it when it was ordered).
CREATE TABLE fact.cart_lines (
    cart_hash    UBIGINT   NOT NULL,
    brand        VARCHAR   NOT NULL,
    product_id   VARCHAR   NOT NULL,
    variant_id   VARCHAR,
    quantity     DECIMAL(18, 6) NOT NULL,
    unit_price   DECIMAL(18, 6),
    amount_minor BIGINT,
    currency     VARCHAR,
    added_at     TIMESTAMP NOT NULL
);

-- One row a node that ever acted on a cart, ordered or clicked: the profile it belonged to when its carts were derived.
CREATE TABLE fact.bridge_nodes (
    node_id BIGINT NOT NULL, profile_id VARCHAR NOT NULL,
    has_cart BOOLEAN NOT NULL,  -- it acted on a cart
    is_told BOOLEAN NOT NULL    -- it ordered, clicked, named a checkout, or acted on a cart without naming it: there is something to find out
);

-- One row an action without a basket id: the cart it was inferred to belong to.
CREATE TABLE fact.inferred_acts (message_hash BIGINT NOT NULL, browser_node BIGINT NOT NULL, cart_hash UBIGINT NOT NULL);

-- One row a profile × brand × order × cart that this order emptied, in the eyes of that profile.
CREATE TABLE fact.cart_claims (
    profile_id VARCHAR NOT NULL, order_hash UBIGINT NOT NULL, cart_hash UBIGINT NOT NULL,
    rank TINYINT NOT NULL  -- 1 by checkout, 2 by browser, 3 by profile; 0, by basket id, needs no row
);

-- One row an order.
CREATE TABLE fact.orders (
    order_hash      UBIGINT   NOT NULL,
    brand           VARCHAR   NOT NULL,
    namespace       VARCHAR   NOT NULL,
    order_id        VARCHAR   NOT NULL,
    node_id         BIGINT    NOT NULL,
    checkout_id     VARCHAR,
    ordered_at      TIMESTAMP NOT NULL,
    status          VARCHAR   NOT NULL,  -- completed | cancelled | refunded | returned
    trust           VARCHAR   NOT NULL,
    currency        VARCHAR,
    gross_minor     BIGINT    NOT NULL,  -- as ordered, before returns
    amount_minor    BIGINT    NOT NULL,  -- as it stands: the sum of its ledger in its currency
    channel         VARCHAR,
    country         VARCHAR,
    coupon          VARCHAR,
    source          VARCHAR   NOT NULL,
    placed_at       TIMESTAMP NOT NULL,  -- when the shop saw it happen: an import's date must not close a cart too early
    is_sale         BOOLEAN   NOT NULL,  -- a return alone empties no cart
    browser_nodes   BIGINT[]  NOT NULL,
    cart_hashes     UBIGINT[] NOT NULL,  -- baskets it names, most trusted first
    checkout_hashes UBIGINT[] NOT NULL,
    own_node        BIGINT,              -- the browser that told it first on a visit, and when
    own_at          TIMESTAMP,
    cart_hash       UBIGINT,             -- the cart it joined
    first_touch_id  VARCHAR,
    last_touch_id   VARCHAR
);

-- One row a line of an order as it stands, and one a returned or adjusted line of an import.
CREATE TABLE fact.order_lines (
    order_hash   UBIGINT   NOT NULL,
    brand        VARCHAR   NOT NULL,
    line_key     VARCHAR   NOT NULL,
    product_id   VARCHAR,
    variant_id   VARCHAR,
    product_name VARCHAR,
    category     VARCHAR,
    quantity     DECIMAL(18, 6),
    unit_price   DECIMAL(18, 6),
    amount_minor BIGINT    NOT NULL,
    currency     VARCHAR,
    kind         VARCHAR   NOT NULL
);

-- One row a signed movement of money of one line of one order.
CREATE TABLE fact.revenue_ledger (
    order_hash   UBIGINT   NOT NULL,
    brand        VARCHAR   NOT NULL,
    line_key     VARCHAR   NOT NULL,
    kind         VARCHAR   NOT NULL,  -- sale | return | discount | shipping | tax | fee | points | adjustment
    revision     INTEGER   NOT NULL,
    quantity     DECIMAL(18, 6),
    amount_minor BIGINT    NOT NULL,
    tax_minor    BIGINT,
    cost_minor   BIGINT,
    currency     VARCHAR,
    fx_rate_on   DATE,
    product_id   VARCHAR,
    channel      VARCHAR,
    country      VARCHAR,
    trust        VARCHAR   NOT NULL,
    source       VARCHAR   NOT NULL,
    source_ref   VARCHAR   NOT NULL,  -- the message that says so
    node_id      BIGINT    NOT NULL,
    occurred_at  TIMESTAMP NOT NULL,
    booked_at    TIMESTAMP NOT NULL   -- the tick's now; a row that stays what it was keeps it
);

-- One row a product × variant of a brand: the latest statement.
CREATE TABLE fact.products (
    brand VARCHAR NOT NULL, product_id VARCHAR NOT NULL, variant_id VARCHAR, name VARCHAR, category VARCHAR, maker VARCHAR,
    url VARCHAR, image_url VARCHAR, price DECIMAL(18, 6), currency VARCHAR, is_for_sale BOOLEAN, stock DECIMAL(18, 6),
    updated_at TIMESTAMP NOT NULL, message_id VARCHAR NOT NULL
);

-- One row: the settings that the views and derivations read. Written by the engine.
CREATE TABLE fact.shop_settings (
    session_gap_minutes INTEGER NOT NULL, cart_abandoned_minutes INTEGER NOT NULL, cart_expired_days INTEGER NOT NULL,
    order_cart_days INTEGER NOT NULL, dedupe_days INTEGER NOT NULL
);
INSERT INTO fact.shop_settings VALUES (30, 30, 30, 7, 31);

-- One row a source whose policy is to take claimed orders for revenue, or not. Written by the engine.
CREATE TABLE fact.source_policy (source VARCHAR PRIMARY KEY, accepts_claimed_orders BOOLEAN NOT NULL);

-- One row: the last change of the identity store that profile_of has copied.
CREATE TABLE fact.profiles_copied (change BIGINT NOT NULL);
INSERT INTO fact.profiles_copied VALUES (0);

-- One row: the last tick that was derived.
CREATE TABLE fact.derived (tick_id BIGINT NOT NULL);
INSERT INTO fact.derived VALUES (0);

-- Node 0 names nobody, and has no profile.
ALTER TABLE fact.profile_of ALTER COLUMN profile_id DROP NOT NULL;
INSERT INTO fact.profile_of VALUES (0, 'nobody', '', NULL);
