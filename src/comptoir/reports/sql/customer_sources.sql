-- Who said what is known of a person: the source of each statement.
-- grain:  one row a statement found
-- reads:  events_all, fact.contact_records
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only sources of these brands; none: every one
-- param:  message_ids VARCHAR[]  the statements
SELECT message_id, min(source) AS source
FROM (
    SELECT message_id, source, brand FROM events_all WHERE node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
    UNION ALL
    SELECT message_id, source, brand FROM fact.contact_records WHERE node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
)
WHERE message_id IN (SELECT unnest(CAST($message_ids AS VARCHAR[])))
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
GROUP BY message_id
ORDER BY message_id
