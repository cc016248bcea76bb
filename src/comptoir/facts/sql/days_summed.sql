-- Some days added up, in the order they are kept in: what is asked of a name and some days lies together.
-- grain: one row a node × day × brand × event name × category × currency.
-- reads: fact.day_activity
-- param: days DATE[]
SELECT
    node_id, day, brand, name, category, currency, sum(events)::BIGINT AS events, sum(mentions)::BIGINT AS mentions,
    sum(quantity)::DECIMAL(38, 6) AS quantity, sum(amount_minor)::DECIMAL(38, 0) AS amount_minor,
    min(first_at) AS first_at, max(last_at) AS last_at, 0::BIGINT AS tick_id
FROM fact.day_activity
WHERE day IN (SELECT unnest($days::DATE[]))
GROUP BY node_id, day, brand, name, category, currency
ORDER BY day, name, brand, category, node_id, currency
