-- What people search for on the site: told by an event, or read from the address of the page that shows what was found.
ALTER TABLE fact.events ADD COLUMN search_term VARCHAR;

-- One row a search.
CREATE VIEW main.searches AS
SELECT
    message_id, brand, source, session_id, node_id, profile_id, occurred_at, term, way
FROM (
    SELECT
        events.message_id, events.brand, events.source, events.session_id, events.node_id, profiles.profile_id,
        events.occurred_at,
        CASE
            WHEN events.name = 'Products Searched' AND events.type = 'track'
                THEN nullif(lower(trim(left(json_extract_string(events.properties, '$.query'), 200))), '')
            ELSE events.search_term
        END                                                              AS term,
        CASE WHEN events.type = 'track' THEN 'event' ELSE 'address' END  AS way
    FROM fact.events AS events
    LEFT JOIN fact.person_of AS profiles ON events.node_id = profiles.node_id
    WHERE events.robot_reason IS NULL
        AND (events.search_term IS NOT NULL OR (events.name = 'Products Searched' AND events.type = 'track'))
) AS told
WHERE term IS NOT NULL;

CREATE VIEW marketing.searches AS SELECT * FROM main.searches WHERE fact.may_read(brand);

CREATE VIEW finance.searches AS SELECT * FROM main.searches WHERE false;

CREATE VIEW support.searches AS SELECT * FROM main.searches WHERE fact.may_read(brand);

CREATE VIEW brand_admin.searches AS SELECT * FROM main.searches WHERE fact.may_read(brand);
