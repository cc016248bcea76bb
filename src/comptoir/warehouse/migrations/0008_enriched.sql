-- What collecting reads from the agent and, with a file that the operator brings, from the network.
ALTER TABLE fact.events ADD COLUMN device_type VARCHAR;  -- console | tv | tablet | mobile | desktop
ALTER TABLE fact.events ADD COLUMN country VARCHAR;      -- ISO 3166, of the network
ALTER TABLE fact.events ADD COLUMN region VARCHAR;
ALTER TABLE fact.events ADD COLUMN town VARCHAR;

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
    events.region, events.town
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
