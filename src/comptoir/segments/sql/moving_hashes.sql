-- Who comes or goes, by the number of the name.
-- grain: one row a move.
-- reads: moving (segment, profile_id)
SELECT segment, md5_number_lower(profile_id) AS profile_hash FROM moving
