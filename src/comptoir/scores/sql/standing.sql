-- Give what is written of the scores of a run: a label that stays what it was keeps its day.
-- grain: one row a score and person
-- reads: ranked (rows), fact.scores
-- param: brand VARCHAR
-- param: on DATE
-- param: before TIMESTAMP
SELECT
    ranked.score, $brand AS brand, ranked.profile_id, ranked.node_id, ranked.value, ranked.label, ranked.top_share,
    CASE
        WHEN ranked.since IS NOT NULL THEN ranked.since
        WHEN ranked.label IS NOT NULL THEN
            coalesce(CASE WHEN stood.label = ranked.label THEN stood.since END, $on)
    END AS since,
    $before AS as_of
FROM ranked
LEFT JOIN fact.scores AS stood
    ON ranked.score = stood.score AND stood.brand = $brand AND ranked.profile_id = stood.profile_id
ORDER BY ranked.profile_id, ranked.score
