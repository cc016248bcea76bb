-- Name everybody whom scores are asked for.
-- grain: one row a node that is somebody's
-- reads: fact.profile_of
CREATE OR REPLACE TEMP TABLE score_people AS
SELECT node_id, profile_id FROM fact.profile_of WHERE profile_id IS NOT NULL
