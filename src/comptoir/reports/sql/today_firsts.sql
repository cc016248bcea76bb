-- How far a new installation has come: whether a browser and whether anything at all has reached it.
-- grain:  one row
-- reads:  events_all
SELECT count(*) > 0 AS has_event, count(*) FILTER (WHERE anonymous_id IS NOT NULL AND NOT historical) > 0 AS has_browser
FROM (SELECT anonymous_id, historical FROM events_all LIMIT 100000)
