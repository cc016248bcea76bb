-- The base tables: what the tick writes and everything else is derived from. Read the views in `main`, not these.
CREATE SCHEMA fact;

-- One row an accepted behaviour (track, page, screen, identify, group, alias), robots included.
CREATE TABLE fact.events (
    tick_id            BIGINT    NOT NULL,
    message_id         VARCHAR   NOT NULL,
    message_hash       BIGINT    NOT NULL,  -- hash64(source, message_id)
    body_hash          BIGINT    NOT NULL,  -- hash64 of what the event says, without its envelope
    type               VARCHAR   NOT NULL,
    name               VARCHAR   NOT NULL,
    user_id            VARCHAR,
    anonymous_id       VARCHAR,
    group_id           VARCHAR,
    previous_id        VARCHAR,
    node_id            BIGINT    NOT NULL,  -- strongest identifier; 0 names nobody
    browser_node       BIGINT    NOT NULL,  -- the anonymous id's node, else node_id: sessions and inferred carts hang on it
    cart_id            VARCHAR,
    checkout_id        VARCHAR,
    order_id           VARCHAR,
    product_id         VARCHAR,             -- the event's own, or its only product's
    brand              VARCHAR   NOT NULL,
    source             VARCHAR   NOT NULL,
    dialect            VARCHAR   NOT NULL,
    trust              VARCHAR   NOT NULL,
    lane               VARCHAR   NOT NULL,
    historical         BOOLEAN   NOT NULL,
    occurred_at        TIMESTAMP NOT NULL,  -- UTC, clock corrected
    received_at        TIMESTAMP NOT NULL,  -- UTC
    sent_at            TIMESTAMP,           -- UTC, the client's clock
    original_timestamp VARCHAR,             -- what the client said, where it was corrected
    clock_flag         VARCHAR,             -- skew | future | unreadable | out_of_range
    url                VARCHAR,
    path               VARCHAR,
    title              VARCHAR,
    referrer           VARCHAR,
    channel            VARCHAR,             -- search | social | email | affiliate | paid | referral | direct, on visits only
    channel_detail     VARCHAR,             -- which network, engine or site
    utm_source         VARCHAR,
    utm_medium         VARCHAR,
    utm_campaign       VARCHAR,
    utm_term           VARCHAR,
    utm_content        VARCHAR,
    robot_reason       VARCHAR,
    browser            VARCHAR,
    os                 VARCHAR,
    device             VARCHAR,
    locale             VARCHAR,
    ip                 VARCHAR,             -- truncated
    properties         VARCHAR   NOT NULL,  -- exact JSON text
    traits             VARCHAR   NOT NULL   -- exact JSON text
);

-- One row an accepted event or record × product line (one row with NULL product where it names none) that speaks of a
-- cart or an order: Product Added/Removed, Cart Viewed, Cart Emptied, Cart Merged, Checkout Started, Order
-- Completed/Updated/Refunded/Cancelled, and imported order lines. Robots are left out.
CREATE TABLE fact.commerce (
    tick_id         BIGINT    NOT NULL,
    message_id      VARCHAR   NOT NULL,
    message_hash    BIGINT    NOT NULL,
    line_number     INTEGER   NOT NULL,  -- from 0, inside the event
    name            VARCHAR   NOT NULL,
    node_id         BIGINT    NOT NULL,
    browser_node    BIGINT    NOT NULL,
    brand           VARCHAR   NOT NULL,
    source          VARCHAR   NOT NULL,
    trust           VARCHAR   NOT NULL,
    historical      BOOLEAN   NOT NULL,
    occurred_at     TIMESTAMP NOT NULL,
    received_at     TIMESTAMP NOT NULL,
    cart_id         VARCHAR,
    other_cart_id   VARCHAR,             -- the cart that went into this one (Cart Merged)
    checkout_id     VARCHAR,
    order_id        VARCHAR,
    line_id         VARCHAR,             -- the source's own id of the order line, if it has one
    product_id      VARCHAR,
    variant_id      VARCHAR,
    product_name    VARCHAR,
    category        VARCHAR,
    quantity        DECIMAL(18, 6),
    unit_price      DECIMAL(18, 6),
    amount_minor    BIGINT,              -- quantity × unit_price, rounded once, half to even
    cost_minor      BIGINT,
    currency        VARCHAR,
    channel         VARCHAR,             -- site | shop | … where an import says so
    country         VARCHAR,
    coupon          VARCHAR,
    total_minor     BIGINT,              -- the event's own figures, repeated on each of its lines
    shipping_minor  BIGINT,
    tax_minor       BIGINT,
    discount_minor  BIGINT
);

-- One row an imported product statement; the latest per (brand, product, variant) is the catalogue.
CREATE TABLE fact.product_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL,
    product_id VARCHAR NOT NULL, variant_id VARCHAR, name VARCHAR, category VARCHAR, maker VARCHAR,
    url VARCHAR, image_url VARCHAR, price DECIMAL(18, 6), currency VARCHAR, is_for_sale BOOLEAN, stock DECIMAL(18, 6)
);

-- One row an imported contact statement.
CREATE TABLE fact.contact_records (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL, traits VARCHAR NOT NULL
);

-- One row a consent statement, given or withdrawn: append-only.
CREATE TABLE fact.consents (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, trust VARCHAR NOT NULL, node_id BIGINT NOT NULL,
    contact_kind VARCHAR NOT NULL,  -- email | phone | anonymous
    contact VARCHAR NOT NULL, purpose VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    state VARCHAR NOT NULL,         -- granted | withdrawn
    text_version VARCHAR, proof VARCHAR, occurred_at TIMESTAMP NOT NULL, received_at TIMESTAMP NOT NULL
);

-- One row a movement of loyalty points.
CREATE TABLE fact.loyalty_movements (
    tick_id BIGINT NOT NULL, message_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, node_id BIGINT NOT NULL, kind VARCHAR NOT NULL,
    points BIGINT NOT NULL, order_id VARCHAR, expires_on DATE, occurred_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL
);

-- One row a message that Comptoir decided to send (or held out), as its sender reported it.
CREATE TABLE fact.message_records (
    tick_id BIGINT NOT NULL, report_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    message_id VARCHAR NOT NULL, outcome VARCHAR NOT NULL, reason VARCHAR, scenario VARCHAR, scenario_version INTEGER,
    step VARCHAR, enrollment_id VARCHAR, brand VARCHAR NOT NULL, channel VARCHAR, contact VARCHAR, node_id BIGINT NOT NULL,
    cart_id VARCHAR, occurred_at TIMESTAMP NOT NULL
);

-- One row a fact about a message after it was handed over: accepted, failed, unknown, clicked.
CREATE TABLE fact.delivery_records (
    tick_id BIGINT NOT NULL, report_id VARCHAR NOT NULL, message_hash BIGINT NOT NULL,
    message_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, detail VARCHAR, link VARCHAR, node_id BIGINT NOT NULL,
    robot_reason VARCHAR, occurred_at TIMESTAMP NOT NULL
);

-- One row an event that was refused, at the door or later; `raw` (base64) or `line` is what came.
CREATE TABLE fact.failed (
    tick_id BIGINT NOT NULL, failed_id VARCHAR NOT NULL, source VARCHAR NOT NULL, brand VARCHAR NOT NULL,
    trust VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR, message_id VARCHAR, line VARCHAR, raw VARCHAR,
    import_id VARCHAR, row_number BIGINT, received_at TIMESTAMP NOT NULL
);

-- One row a tick and spool: what became of its lines. Their sums are the counting equation.
CREATE TABLE fact.tick_counts (
    tick_id BIGINT NOT NULL, spool VARCHAR NOT NULL, from_offset BIGINT NOT NULL, to_offset BIGINT NOT NULL,
    now TIMESTAMP NOT NULL, received BIGINT NOT NULL, stored BIGINT NOT NULL, refused BIGINT NOT NULL,
    consent_discarded BIGINT NOT NULL, duplicates BIGINT NOT NULL
);

-- One row an import's run and tick.
CREATE TABLE fact.import_counts (
    tick_id BIGINT NOT NULL, import_id VARCHAR NOT NULL, received BIGINT NOT NULL, stored BIGINT NOT NULL,
    refused BIGINT NOT NULL, duplicates BIGINT NOT NULL
);

-- One row a node: the profile it belongs to now. A copy of the identity store's answer, so that facts can be read late-bound.
CREATE TABLE fact.profile_of (
    node_id BIGINT PRIMARY KEY, kind VARCHAR NOT NULL, value VARCHAR NOT NULL, profile_id VARCHAR NOT NULL
);

-- One row: how far each spool is applied, and the clock of the last tick.
CREATE TABLE fact.applied (spool VARCHAR PRIMARY KEY, offset_after BIGINT NOT NULL, tick_id BIGINT NOT NULL);
CREATE TABLE fact.clock (now TIMESTAMP NOT NULL);
