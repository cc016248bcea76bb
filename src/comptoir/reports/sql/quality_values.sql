-- Values that were rewritten, corrected, doubted or refused, newest first.
-- grain:  one row a statement and field
-- reads:  fact.field_grades, fact.profile_of
-- param:  source VARCHAR  only of this source; empty: every one
-- param:  field VARCHAR  only of this field; empty: every one
-- param:  grade VARCHAR  only of this grade; empty: corrected, doubtful and refused
-- param:  nodes BIGINT[]  only of these nodes; none: every one
-- param:  brands VARCHAR[]  only these brands; none: every one
-- param:  before_at TIMESTAMP  only what came before, or at this instant before the place; null: from the newest on
-- param:  before_place VARCHAR  the place in its instant
-- param:  most BIGINT  how many
WITH told AS (
    SELECT *, concat(lpad(CAST(message_hash AS VARCHAR), 20, '0'), ' ', name) AS place FROM fact.field_grades
)

SELECT
    g.message_id, g.brand, g.source, g.trust, g.node_id, p.profile_id, g.field, g.name, g.grade, g.reasons, g.original,
    g.value, g.proposal, g.detail, g.import_id, g.row_number, g.occurred_at, g.received_at, g.place
FROM told AS g
LEFT JOIN fact.profile_of AS p ON p.node_id = g.node_id
WHERE ($source = '' OR g.source = $source)
    AND ($field = '' OR g.field = $field)
    AND (CASE WHEN $grade = '' THEN g.grade <> 'valid' ELSE g.grade = $grade END)
    AND (len(CAST($nodes AS BIGINT[])) = 0 OR list_contains(CAST($nodes AS BIGINT[]), g.node_id))
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), g.brand))
    AND (
        CAST($before_at AS TIMESTAMP) IS NULL
        OR g.received_at < CAST($before_at AS TIMESTAMP)
        OR (g.received_at = CAST($before_at AS TIMESTAMP) AND g.place < $before_place)
    )
ORDER BY g.received_at DESC, g.place DESC
LIMIT CAST($most AS BIGINT)
