-- Say whose label changed; and, where a score names no kinds, who came into another tenth of people, or into another
-- twentieth of a share.
-- grain: one row a score and person that changed
-- reads: ranked (rows), fact.scores, fact.profile_of
-- param: brand VARCHAR
-- param: scores VARCHAR[]
-- param: shares VARCHAR[]  scores whose value is a share
-- param: told VARCHAR[]    scores of which scenarios hear
-- param: before TIMESTAMP
WITH stood AS (
    SELECT scores.*
    FROM fact.scores AS scores
    SEMI JOIN fact.profile_of AS nodes ON scores.node_id = nodes.node_id AND scores.profile_id = nodes.profile_id
    WHERE scores.brand = $brand AND list_contains($scores, scores.score)
),

both_sides AS (
    SELECT
        coalesce(ranked.score, stood.score)           AS score,
        coalesce(ranked.profile_id, stood.profile_id) AS profile_id,
        coalesce(ranked.node_id, stood.node_id)       AS node_id,
        stood.label                                   AS from_label,
        ranked.label                                  AS to_label,
        least(1 + floor(stood.top_share * 10), 10)::TINYINT  AS from_tenth,
        least(1 + floor(ranked.top_share * 10), 10)::TINYINT AS to_tenth,
        stood.value                                   AS from_value,
        ranked.value                                  AS to_value
    FROM ranked
    FULL JOIN stood ON ranked.score = stood.score AND ranked.profile_id = stood.profile_id
)

SELECT
    score, $brand AS brand, profile_id, node_id, from_label, to_label, from_tenth, to_tenth, from_value, to_value,
    list_contains($told, score) AS is_told, $before AS as_of
FROM both_sides
WHERE
    from_label IS DISTINCT FROM to_label
    OR (
        from_label IS NULL AND to_label IS NULL
        AND (
            from_tenth IS DISTINCT FROM to_tenth
            OR (
                list_contains($shares, score)
                AND floor(from_value * 20 + 1e-9) IS DISTINCT FROM floor(to_value * 20 + 1e-9)
            )
        )
    )
ORDER BY profile_id, score
