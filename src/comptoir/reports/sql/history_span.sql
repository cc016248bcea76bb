-- How far history reaches, so that "the last days" of a shop whose history was imported are not empty.
-- grain:  one row
-- reads:  fact.events
-- param:  brand VARCHAR          one brand, or NULL for all
SELECT
    count(*)                                                                                  AS events,
    max(CASE WHEN events.historical THEN events.occurred_at ELSE events.received_at END)      AS newest_at
FROM fact.events AS events
WHERE events.robot_reason IS NULL AND ($brand::VARCHAR IS NULL OR events.brand = $brand)
