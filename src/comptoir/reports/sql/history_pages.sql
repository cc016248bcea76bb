-- The pages that people looked at between two instants, as `scenarios/sql/pages.sql` gives them for a tick; an imported
-- one counts at the instant it happened, a live one when the door took it.
-- grain:  one row a page event
-- reads:  fact.events, fact.profile_of
-- param:  prefixes VARCHAR[]     beginnings of the paths that anybody listens to; empty: all
-- param:  brand VARCHAR          one brand, or NULL for all
-- param:  from_at TIMESTAMP      seen from this instant on
-- param:  until_at TIMESTAMP     seen before this instant
SELECT
    CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END AS seen_at,
    events.message_id,
    events.node_id,
    events.brand,
    events.occurred_at,
    events.name,
    coalesce(events.path, json_extract_string(events.properties, '$.path'), '') AS path,
    coalesce(events.url, '')                                                    AS url,
    coalesce(events.title, '')                                                  AS title
FROM fact.events AS events
INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
WHERE
    events.type = 'page' AND events.robot_reason IS NULL AND profiles.profile_id IS NOT NULL
    AND ($brand::VARCHAR IS NULL OR events.brand = $brand)
    AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END >= $from_at
    AND CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END < $until_at
    AND (
        len($prefixes::VARCHAR[]) = 0
        OR list_bool_or(list_transform($prefixes::VARCHAR[], lambda one: starts_with(
            coalesce(events.path, json_extract_string(events.properties, '$.path'), ''), one
        )))
    )
ORDER BY seen_at, events.occurred_at, events.message_id
