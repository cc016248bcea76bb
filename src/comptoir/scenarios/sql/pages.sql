-- The pages that people looked at in a tick; history and robots left out, and those who name nobody.
-- grain:  one row a page event
-- reads:  fact.events, fact.profile_of
-- param:  tick_id BIGINT
-- param:  prefixes VARCHAR[]  beginnings of the paths that anybody listens to; empty: all
SELECT
    events.message_id,
    events.node_id,
    profiles.profile_id,
    events.brand,
    events.occurred_at,
    events.received_at,
    events.name,
    coalesce(events.path, json_extract_string(events.properties, '$.path'), '') AS path,
    coalesce(events.url, '')                                                    AS url,
    coalesce(events.title, '')                                                  AS title
FROM fact.events AS events
INNER JOIN fact.profile_of AS profiles ON events.node_id = profiles.node_id
WHERE
    events.tick_id = $tick_id AND events.type = 'page' AND NOT events.historical AND events.robot_reason IS NULL
    AND profiles.profile_id IS NOT NULL
    AND (
        len($prefixes::VARCHAR[]) = 0
        OR list_bool_or(list_transform($prefixes::VARCHAR[], lambda one: starts_with(
            coalesce(events.path, json_extract_string(events.properties, '$.path'), ''), one
        )))
    )
ORDER BY events.occurred_at, events.message_id
