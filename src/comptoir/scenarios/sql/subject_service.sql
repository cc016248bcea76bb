-- The label of the score `gold` of each subject's person, as the brand's last night found it.
-- grain:  one row a subject whose person has one
-- reads:  fact.profile_of, main.scores
-- param:  subject_ids BIGINT[]  subjects, in the order of node_ids and brands
-- param:  node_ids BIGINT[]     the node each subject began with
-- param:  brands VARCHAR[]      the brand of each subject
WITH subjects AS (
    SELECT
        unnest($subject_ids::BIGINT[]) AS subject_id,
        unnest($node_ids::BIGINT[])    AS node_id,
        unnest($brands::VARCHAR[])     AS brand
)

SELECT
    subjects.subject_id,
    scores.label
FROM subjects
INNER JOIN fact.profile_of AS mine ON subjects.node_id = mine.node_id
INNER JOIN main.scores AS scores ON mine.profile_id = scores.profile_id AND subjects.brand = scores.brand
WHERE scores.score = 'gold' AND scores.label = 'gold'
ORDER BY subjects.subject_id
