-- Take out who left.
-- grain: none.
-- reads: fact.memberships, moving (segment, profile_id)
DELETE FROM fact.memberships
WHERE
    profile_hash IN (SELECT md5_number_lower(profile_id) FROM moving)
    AND (segment, profile_id) IN (SELECT (segment, profile_id) FROM moving)
