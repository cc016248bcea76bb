-- Name one person, as scores of everybody are asked for.
-- grain: one row a node of theirs
-- reads: fact.profile_of
-- param: profile_id VARCHAR
CREATE OR REPLACE TEMP TABLE score_people AS
SELECT node_id, profile_id FROM fact.profile_of WHERE profile_id = $profile_id
