-- The computed traits of each subject's person.
-- grain:  one row a subject × computed trait
-- reads:  fact.profile_of, fact.computed_traits
-- param:  subject_ids BIGINT[]  subjects, in the order of node_ids
-- param:  node_ids BIGINT[]     the node each subject began with
WITH subjects AS (
    SELECT
        unnest($subject_ids::BIGINT[]) AS subject_id,
        unnest($node_ids::BIGINT[])    AS node_id
)

SELECT
    subjects.subject_id,
    traits.trait,
    traits.said
FROM subjects
INNER JOIN fact.profile_of AS mine ON subjects.node_id = mine.node_id
INNER JOIN fact.computed_traits AS traits ON mine.profile_id = traits.profile_id
ORDER BY subjects.subject_id, traits.trait
