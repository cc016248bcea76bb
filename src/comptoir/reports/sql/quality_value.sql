-- One value that was changed, doubted or refused.
-- grain:  one row at most
-- reads:  fact.field_grades
-- param:  message_id VARCHAR  the statement
-- param:  name VARCHAR  the trait
-- param:  brands VARCHAR[]  only these brands; none: every one
SELECT brand, source, node_id, field, name, grade, original, value, proposal
FROM fact.field_grades
WHERE message_id = $message_id AND name = $name
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
ORDER BY source, message_hash
LIMIT 1
