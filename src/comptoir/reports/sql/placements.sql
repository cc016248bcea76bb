-- How often messages that pages show to everybody were shown, clicked and closed; the view leaves robots out.
-- grain:  one row a brand × placement × kind
-- reads:  events
-- param:  brands VARCHAR[]     these brands; none for every brand
-- param:  since_at TIMESTAMP   at or after this instant
SELECT
    brand,
    properties ->> '$.placement' AS placement,
    CASE name
        WHEN 'Placement Shown' THEN 'shown' WHEN 'Placement Clicked' THEN 'clicked' ELSE 'dismissed'
    END                          AS kind,
    count(*)                     AS times
FROM events
WHERE
    name IN ('Placement Shown', 'Placement Clicked', 'Placement Dismissed')
    AND properties ->> '$.placement' IS NOT NULL
    AND occurred_at >= $since_at
    AND (len($brands) = 0 OR list_contains($brands, brand))
GROUP BY brand, placement, kind
ORDER BY brand, placement, kind
