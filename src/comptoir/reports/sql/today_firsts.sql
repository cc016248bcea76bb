-- How far a new installation has come: whether a browser and whether anything at all has reached it.
-- grain:  one row
-- reads:  fact.events
SELECT
    (SELECT count(*) FROM (SELECT 1 FROM fact.events LIMIT 1)) > 0 AS has_event,
    (
        SELECT count(*)
        FROM (SELECT 1 FROM fact.events WHERE anonymous_id IS NOT NULL AND NOT historical LIMIT 1)
    ) > 0                                                          AS has_browser
