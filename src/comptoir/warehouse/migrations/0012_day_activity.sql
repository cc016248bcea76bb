-- What everybody did, day by day: small enough to be asked for every segment, and added up by the tick.

-- The category that an event states itself; a basket's lines have theirs in fact.commerce.
ALTER TABLE fact.events ADD COLUMN category VARCHAR;
UPDATE fact.events
SET category = CASE json_type(properties, '$.category')
    WHEN 'VARCHAR' THEN nullif(trim(json_extract_string(properties, '$.category')), '')
    WHEN 'BIGINT' THEN json_extract_string(properties, '$.category')
    WHEN 'UBIGINT' THEN json_extract_string(properties, '$.category')
END
WHERE contains(properties, '"category"');

-- One row a brand: the zone its days are counted in. A brand without a row counts them in UTC.
CREATE TABLE fact.brand_zones (brand VARCHAR NOT NULL, zone VARCHAR NOT NULL);

-- One row a node × day × brand × event name × category × currency, and tick until the night adds them up: a reader
-- always sums. Robots and nobody are left out; so are imported order lines, which are no events.
CREATE TABLE fact.day_activity (
    node_id      BIGINT         NOT NULL,
    day          DATE           NOT NULL,  -- in the brand's zone
    brand        VARCHAR        NOT NULL,
    name         VARCHAR        NOT NULL,  -- of the event
    category     VARCHAR        NOT NULL,  -- as the event or its line says it; '' where it says none
    currency     VARCHAR        NOT NULL,  -- of the amount; '' where there is none
    events       BIGINT         NOT NULL,  -- each event once, with its first category: sums over categories are exact
    mentions     BIGINT         NOT NULL,  -- events that name this category: one of three categories counts in each
    quantity     DECIMAL(38, 6) NOT NULL,  -- of the lines of baskets and orders
    amount_minor HUGEINT        NOT NULL,
    first_at     TIMESTAMP      NOT NULL,
    last_at      TIMESTAMP      NOT NULL,
    tick_id      BIGINT         NOT NULL   -- 0 once the night has added up
);

-- One row a node × day × brand × event name × category × currency, whatever the night has done.
CREATE VIEW fact.day_activity_whole AS
SELECT
    node_id, day, brand, name, category, currency, sum(events)::BIGINT AS events, sum(mentions)::BIGINT AS mentions,
    sum(quantity)::DECIMAL(38, 6) AS quantity, sum(amount_minor)::HUGEINT AS amount_minor, min(first_at) AS first_at,
    max(last_at) AS last_at
FROM fact.day_activity
GROUP BY node_id, day, brand, name, category, currency;

-- One row a node × day of its brand × event name × category × currency: what was done that day.
CREATE VIEW main.day_activity AS
SELECT
    days.node_id, profiles.profile_id, days.day, days.brand, days.name, days.category, days.currency, days.events,
    days.mentions, days.quantity, days.amount_minor, days.first_at, days.last_at
FROM fact.day_activity_whole AS days
LEFT JOIN fact.person_of AS profiles ON days.node_id = profiles.node_id;

-- One row a node: the number of the person it belongs to, which is the node the person's profile is named after.
-- Numbers are compared and grouped several times as fast as names.
CREATE TABLE fact.persons (node_id BIGINT NOT NULL, person BIGINT NOT NULL);
INSERT INTO fact.persons
SELECT
    node_id,
    CASE WHEN number >= 9223372036854775808 THEN number::HUGEINT - 18446744073709551616 ELSE number END::BIGINT
FROM (
    SELECT node_id, concat('0x', substr(profile_id, 2))::UBIGINT AS number
    FROM fact.profile_of
    WHERE profile_id IS NOT NULL AND regexp_full_match(profile_id, 'p[0-9a-f]{16}')
)
ORDER BY node_id;

-- One row a profile that has a node.
CREATE TABLE fact.people (person BIGINT NOT NULL, profile_id VARCHAR NOT NULL);
INSERT INTO fact.people
SELECT persons.person, profiles.profile_id
FROM fact.persons AS persons
INNER JOIN fact.profile_of AS profiles ON persons.node_id = profiles.node_id
WHERE profiles.profile_id IS NOT NULL
GROUP BY persons.person, profiles.profile_id
ORDER BY persons.person;

-- One row a computed trait × profile: what it comes to. `said` holds its texts, `number` and `day` what it is as such.
CREATE TABLE fact.computed_traits (
    trait VARCHAR NOT NULL, profile_id VARCHAR NOT NULL, said VARCHAR[] NOT NULL, number DECIMAL(38, 9), day DATE,
    as_of TIMESTAMP NOT NULL
);

-- One row a computed trait: which text of it was computed for everybody last, and on which day.
CREATE TABLE fact.trait_states (trait VARCHAR NOT NULL, version BIGINT NOT NULL, computed_on DATE NOT NULL);

-- One row a person whom a tick touched and whose computed traits are not followed up yet.
CREATE TABLE fact.traits_due (profile_id VARCHAR NOT NULL, since TIMESTAMP NOT NULL);

-- One row an accepted behaviour, robots included.
CREATE OR REPLACE VIEW main.events_all AS
SELECT
    events.message_id, events.type, events.name, events.user_id, events.anonymous_id, profiles.profile_id, events.session_id,
    events.cart_id, events.checkout_id, events.order_id, events.product_id, events.brand, events.source, events.trust,
    events.occurred_at, events.received_at, events.properties, events.traits, events.group_id, events.previous_id,
    events.dialect, events.lane, events.historical, events.sent_at, events.original_timestamp, events.clock_flag,
    events.url, events.path, events.title, events.referrer, events.channel, events.channel_detail, events.utm_source,
    events.utm_medium, events.utm_campaign, events.utm_term, events.utm_content, events.robot_reason, events.browser,
    events.os, events.device, events.locale, events.ip, events.node_id, events.tick_id, events.device_type, events.country,
    events.region, events.town, events.category
FROM fact.events AS events
LEFT JOIN fact.person_of AS profiles ON events.node_id = profiles.node_id;

CREATE OR REPLACE VIEW main.events AS SELECT * EXCLUDE (robot_reason) FROM main.events_all WHERE robot_reason IS NULL;

-- The roles' views name no columns, and are read anew.
CREATE OR REPLACE VIEW marketing.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW marketing.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW finance.events AS SELECT * FROM main.events WHERE false;

CREATE OR REPLACE VIEW finance.events_all AS SELECT * FROM main.events_all WHERE false;

CREATE OR REPLACE VIEW support.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW support.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW brand_admin.events AS SELECT * FROM main.events WHERE fact.may_read(brand);

CREATE OR REPLACE VIEW brand_admin.events_all AS SELECT * FROM main.events_all WHERE fact.may_read(brand);

CREATE VIEW marketing.day_activity AS SELECT * FROM main.day_activity WHERE fact.may_read(brand);

CREATE VIEW finance.day_activity AS SELECT * FROM main.day_activity WHERE false;

CREATE VIEW support.day_activity AS SELECT * FROM main.day_activity WHERE fact.may_read(brand);

CREATE VIEW brand_admin.day_activity AS SELECT * FROM main.day_activity WHERE fact.may_read(brand);
